-- Mirrors of both catalogs, the values both sides last agreed on, and how far each side was read. A row is written only
-- when something of it changed, so a full compare of an unchanged catalog writes nothing.
CREATE TABLE catalog_rows (
  connection_id TEXT NOT NULL,
  platform TEXT NOT NULL CHECK (platform IN ('bigcommerce', 'clover')),
  -- Variant id, or merchant id and item id with a colon between.
  row_id TEXT NOT NULL,
  -- Product id or merchant id: what is deleted or read as a whole.
  parent_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  -- What the platform told, as JSON.
  facts TEXT NOT NULL,
  -- By the platform's own clock, of the last change that was not ours.
  modified_ms INTEGER,
  -- The platform's time of our own last write: a read that shows an older row comes from a copy that lags behind.
  written_ms INTEGER NOT NULL,
  -- When it changed, by our clock; 0: compared since, and both sides were found settled; below 0:
  -- given up, it waits for a person or for another change.
  changed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, platform, row_id)
) WITHOUT ROWID;

-- Only rows that wait are in it.
CREATE INDEX catalog_rows_changed ON catalog_rows (connection_id, platform, row_id) WHERE changed_at_ms <> 0;
-- A product's variants that are gone, a merchant that was disconnected.
CREATE INDEX catalog_rows_by_parent ON catalog_rows (connection_id, platform, parent_id);

CREATE TABLE catalog_bases (
  connection_id TEXT NOT NULL,
  link_id TEXT NOT NULL,
  -- Field values that both sides agreed on, as JSON.
  agreed TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, link_id)
) WITHOUT ROWID;

CREATE TABLE catalog_marks (
  connection_id TEXT NOT NULL,
  -- Store hash or merchant id.
  account TEXT NOT NULL,
  -- Changes up to here were read, by the platform's own clock.
  mark_ms INTEGER NOT NULL,
  -- When the whole list was last read to its end, by ours; 0: never.
  full_read_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, account)
) WITHOUT ROWID;

-- Webhooks name rows that changed without their lists telling so: each is read by its id.
CREATE TABLE catalog_wakes (
  connection_id TEXT NOT NULL,
  -- Store hash or merchant id.
  account TEXT NOT NULL,
  -- Product id or item id.
  object_id TEXT NOT NULL,
  -- Last named, by our clock: a read that began later covers it.
  named_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, account, object_id)
) WITHOUT ROWID;

CREATE TABLE catalog_schedules (
  connection_id TEXT PRIMARY KEY,
  -- Next read of what changed; the one that begins it moves this forward.
  due_at_ms INTEGER NOT NULL,
  -- When the read of rows that webhooks named begins; later webhooks wait for it.
  woken_at_ms INTEGER NOT NULL,
  -- What the store's amounts mean, as JSON, and when it was asked.
  store TEXT,
  store_read_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- More kinds of plans, where a plan came from, and which one it undoes. SQLite cannot change a check in place.
CREATE TABLE plans_wider (
  id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('link', 'resync', 'catalog', 'cleanup', 'undo')),
  status TEXT NOT NULL CHECK (status IN (
    'computing', 'ready', 'applying', 'applied', 'stopped', 'stale', 'failed', 'needs_decision'
  )),
  progress_done INTEGER NOT NULL,
  progress_total INTEGER NOT NULL,
  counts TEXT NOT NULL,
  hash TEXT NOT NULL,
  error TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  -- 'person', or 'sync' for a change set that the relay made by itself.
  origin TEXT NOT NULL DEFAULT 'person' CHECK (origin IN ('person', 'sync')),
  -- What the plan was asked to do, as JSON: the plan to undo, the rules of a clean-up.
  request TEXT
) WITHOUT ROWID;

INSERT INTO plans_wider (id, connection_id, kind, status, progress_done, progress_total, counts, hash, error,
  created_at_ms, updated_at_ms)
SELECT id, connection_id, kind, status, progress_done, progress_total, counts, hash, error, created_at_ms, updated_at_ms
FROM plans;

DROP TABLE plans;
ALTER TABLE plans_wider RENAME TO plans;
CREATE INDEX plans_unfinished ON plans (connection_id) WHERE status IN ('computing', 'applying');

-- The first schema. What D1 costs decides its shape: a million rows read is a thousandth of a dollar, a million rows
-- written is a dollar, and every index on a written row is one more row written. So:
--   * Tables with a TEXT or composite key are WITHOUT ROWID: the key is the table, not a second b-tree beside it.
--   * Tables written on every stock event (ledger_copies, logs) lead with connection_id in their key. That one key
--     separates merchants, lists one merchant and pages through it, so they need no further index.
--   * Other indexes are partial (nothing is written for a row at rest) or stand on rows written once per link.
-- Times are epoch milliseconds, JSON is text, booleans are 0 or 1. src/store/schema.ts says the same to the code;
-- test/worker/store-schema.test.ts compares the two.

CREATE TABLE connections (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'reauthorise', 'uninstalled')),
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  plan_level TEXT NOT NULL,
  scopes TEXT NOT NULL,
  settings TEXT NOT NULL,
  installed_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  sweep_due_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE clover_merchants (
  merchant_id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('connected', 'reauthorise', 'disconnected')),
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  track_stock INTEGER NOT NULL,
  update_stock INTEGER NOT NULL,
  vat INTEGER NOT NULL,
  linked_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- Read with every connection, written once per merchant.
CREATE INDEX clover_merchants_by_connection ON clover_merchants (connection_id);

CREATE TABLE hooks (
  connection_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  hook_id INTEGER NOT NULL,
  secret_key_id TEXT NOT NULL,
  checked_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, scope)
) WITHOUT ROWID;

-- Few rows, all short-lived: expired ones are found by a scan.
CREATE TABLE one_time_codes (
  hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('clover_state', 'session_ticket', 'jwt')),
  connection_id TEXT,
  bound_to TEXT,
  expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE links (
  link_id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  name TEXT NOT NULL,
  product_id INTEGER NOT NULL,
  variant_id INTEGER NOT NULL,
  tracking TEXT NOT NULL CHECK (tracking IN ('product', 'variant', 'none')),
  status TEXT NOT NULL CHECK (status IN ('active', 'broken')),
  evidence TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- Webhooks name variants and products, lists and people name SKUs. Written once per link.
-- Unique, because two ledgers for one variant would each count its sales.
CREATE UNIQUE INDEX links_by_variant ON links (connection_id, variant_id);
CREATE INDEX links_by_product ON links (connection_id, product_id);
CREATE INDEX links_by_sku ON links (connection_id, sku);

CREATE TABLE link_items (
  -- '{merchant_id}:{item_id}': an item belongs to one link, and a Clover webhook finds it by key.
  id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  link_id TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX link_items_by_link ON link_items (link_id);

CREATE TABLE ledger_copies (
  link_id TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  on_hand INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  buffer INTEGER NOT NULL,
  places TEXT NOT NULL,
  pools TEXT NOT NULL,
  outstanding_since_ms INTEGER,
  parked INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, link_id)
) WITHOUT ROWID;

-- `activity` and the watchdog ask for these; a ledger at rest is in neither.
CREATE INDEX ledger_copies_outstanding ON ledger_copies (connection_id, outstanding_since_ms)
  WHERE outstanding_since_ms IS NOT NULL;
CREATE INDEX ledger_copies_parked ON ledger_copies (connection_id, parked) WHERE parked > 0;

CREATE TABLE plans (
  id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('link', 'resync')),
  status TEXT NOT NULL CHECK (status IN (
    'computing', 'ready', 'applying', 'applied', 'stopped', 'stale', 'failed', 'needs_decision'
  )),
  progress_done INTEGER NOT NULL,
  progress_total INTEGER NOT NULL,
  counts TEXT NOT NULL,
  hash TEXT NOT NULL,
  error TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX plans_unfinished ON plans (connection_id) WHERE status IN ('computing', 'applying');

CREATE TABLE plan_operations (
  plan_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sku TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('planned', 'open', 'applied', 'failed', 'skipped')),
  reason TEXT,
  before TEXT,
  after TEXT,
  payload TEXT,
  PRIMARY KEY (plan_id, seq)
) WITHOUT ROWID;

-- One row written per record: the key is the time index of one connection. Other filters walk the key inside a
-- bounded span (src/store/logs.ts). The long columns come last, so that a walk does not read them.
-- Only the record that opens an event is indexed by it; the rest of its chain follows in time.
CREATE TABLE logs (
  connection_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  event_id TEXT,
  platform TEXT,
  sku TEXT,
  order_id TEXT,
  operation TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT,
  http_status INTEGER,
  duration_ms INTEGER,
  message TEXT NOT NULL,
  detail TEXT,
  PRIMARY KEY (connection_id, id)
) WITHOUT ROWID;

CREATE INDEX logs_of_events ON logs (connection_id, event_id) WHERE kind = 'event';

CREATE TABLE failures (
  id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'replayed', 'dismissed')),
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  source TEXT NOT NULL,
  platform TEXT,
  sku TEXT,
  order_id TEXT,
  event_id TEXT,
  count INTEGER NOT NULL,
  first_at_ms INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  replay TEXT
) WITHOUT ROWID;

CREATE INDEX failures_open ON failures (connection_id, last_at_ms) WHERE status = 'open';

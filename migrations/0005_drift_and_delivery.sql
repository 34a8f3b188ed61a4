-- What sweeps found, how well each kind of webhook is delivered, and how far long sweeps and refunds were read. Nothing
-- here is written while nothing changes: findings come with a difference, scores when their counts moved, cursors while
-- a place of more than one page is being read.

-- A level that a sweep found different from what its ledger believed. One row per SKU and place, the newest finding;
-- removed by the first sweep that finds them agreeing again.
CREATE TABLE drift_findings (
  connection_id TEXT NOT NULL,
  link_id TEXT NOT NULL,
  place TEXT NOT NULL,
  -- As the place showed it; NULL: not counted there.
  level INTEGER,
  believed INTEGER,
  -- When a sweep saw a difference here first, and last.
  found_at_ms INTEGER NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  -- The platform's own time of that level, where it tells one.
  platform_modified_ms INTEGER,
  -- 1: the mass guard stopped the sweep, the ledger was not told.
  held INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (connection_id, place, link_id)
) WITHOUT ROWID;

-- Of the changes at a place, how many a webhook told first and how many a poll found first. Both fade with time.
CREATE TABLE deliveries (
  connection_id TEXT NOT NULL,
  place TEXT NOT NULL,
  -- levels | sales
  subject TEXT NOT NULL,
  told REAL NOT NULL,
  found REAL NOT NULL,
  -- The ledgers' running counts when they were last added up.
  told_sum INTEGER NOT NULL,
  found_sum INTEGER NOT NULL,
  measured_at_ms INTEGER NOT NULL,
  last_found_at_ms INTEGER,
  PRIMARY KEY (connection_id, place, subject)
) WITHOUT ROWID;

-- Where the sweep of a place of several pages stands: a sweep that died goes on behind the page it died at.
CREATE TABLE sweep_marks (
  connection_id TEXT NOT NULL,
  place TEXT NOT NULL,
  sweep_id TEXT NOT NULL,
  -- The page being read.
  cursor INTEGER NOT NULL,
  -- Pages of the last whole round, 0 before it.
  pages INTEGER NOT NULL,
  moved_at_ms INTEGER NOT NULL,
  -- End of the last whole round.
  done_at_ms INTEGER,
  PRIMARY KEY (connection_id, place)
) WITHOUT ROWID;

-- As order_marks, for the lists of refunds.
CREATE TABLE refund_marks (
  connection_id TEXT NOT NULL,
  account TEXT NOT NULL,
  -- By the platform's own clock.
  mark_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, account)
) WITHOUT ROWID;

-- Minutes between polls while webhooks are lost; NULL: as the merchant's settings say.
ALTER TABLE connections ADD COLUMN stock_poll_minutes INTEGER;
ALTER TABLE connections ADD COLUMN orders_poll_minutes INTEGER;

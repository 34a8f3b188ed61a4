-- The merchant's service plan at Clover: simple ones have no item groups. Empty: not read yet.
ALTER TABLE clover_merchants ADD COLUMN plan_code TEXT NOT NULL DEFAULT '';

-- What became of each link, by whom and on what evidence; rows are added only.
CREATE TABLE link_history (
  connection_id TEXT NOT NULL,
  link_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  -- The plan, request or message that did it: a piece of work that comes again adds no second row.
  event_id TEXT NOT NULL,
  act TEXT NOT NULL CHECK (act IN ('linked', 'relinked', 'broken', 'unlinked')),
  by TEXT NOT NULL,
  sku TEXT NOT NULL,
  variant_id INTEGER NOT NULL,
  -- Merchant and item ids, as JSON.
  items TEXT NOT NULL,
  -- The rule and the values that agreed, as JSON.
  evidence TEXT NOT NULL,
  PRIMARY KEY (connection_id, link_id, event_id, act)
) WITHOUT ROWID;

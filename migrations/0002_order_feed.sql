-- How far the orders of each store and merchant were read, and what their sales taught about a register. Written once
-- per poll and account, and once per merchant.
CREATE TABLE order_marks (
  connection_id TEXT NOT NULL,
  -- Store hash or merchant id.
  account TEXT NOT NULL,
  -- By the platform's own clock.
  mark_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, account)
) WITHOUT ROWID;

ALTER TABLE connections ADD COLUMN orders_due_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clover_merchants ADD COLUMN sale_moment TEXT;

-- What became of each order on the other side, for lists, for the tie-out, and to find parked ones once a mapping is
-- saved. The order's object is the truth; this is its copy, written when a look at the order ends. One row per order,
-- written once or twice, so one index in time is affordable; the two others hold only what waits.

CREATE TABLE order_links (
  connection_id TEXT NOT NULL,
  -- Where the order was made.
  platform TEXT NOT NULL CHECK (platform IN ('bigcommerce', 'clover')),
  order_id TEXT NOT NULL,
  merchant_id TEXT,
  -- The order on the other side.
  other_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('pushed', 'parked', 'attention', 'removed', 'failed')),
  -- One plain sentence, for what waits.
  reason TEXT,
  fix TEXT,
  currency TEXT NOT NULL,
  total_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  breakdown TEXT,
  payments TEXT NOT NULL,
  sold_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, platform, order_id)
) WITHOUT ROWID;

CREATE INDEX order_links_by_time ON order_links (connection_id, sold_at_ms);
CREATE INDEX order_links_waiting ON order_links (connection_id) WHERE status IN ('parked', 'failed');
-- A register's webhook asks whether an order of it is one of ours.
CREATE INDEX order_links_by_other ON order_links (connection_id, other_id) WHERE other_id IS NOT NULL;

-- Tenders and order types of ours at a merchant, found or made once. Clover keeps no label unique, so whoever makes one
-- holds its row meanwhile; a lease that ran out is taken over.
CREATE TABLE register_objects (
  merchant_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tender', 'order_type')),
  label_key TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  object_id TEXT,
  lease_until_ms INTEGER NOT NULL,
  PRIMARY KEY (merchant_id, kind, label_key)
) WITHOUT ROWID;

-- Which ledgers have units reserved for which web order: a line that is edited away, or a whole order that is deleted,
-- names no SKU any more. One row per order and SKU while it is promised, none otherwise.
CREATE TABLE reserved_orders (
  connection_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  link_id TEXT NOT NULL,
  PRIMARY KEY (connection_id, order_id, link_id)
) WITHOUT ROWID;

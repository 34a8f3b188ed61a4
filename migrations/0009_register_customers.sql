-- Customers made at a register are held like tenders while they are looked for and made, so that two orders of one new
-- shopper make one customer. The key is a digest of the contact, never the contact itself. SQLite cannot change a CHECK.

CREATE TABLE register_objects_next (
  merchant_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tender', 'order_type', 'customer')),
  label_key TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  object_id TEXT,
  lease_until_ms INTEGER NOT NULL,
  PRIMARY KEY (merchant_id, kind, label_key)
) WITHOUT ROWID;

INSERT INTO register_objects_next SELECT * FROM register_objects;
DROP TABLE register_objects;
ALTER TABLE register_objects_next RENAME TO register_objects;

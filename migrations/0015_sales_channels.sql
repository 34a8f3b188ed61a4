-- The sales channel of a merchant's registers in BigCommerce is held like a tender while it is looked for and made, so
-- that two first sales at once make one channel. SQLite cannot change a CHECK.

CREATE TABLE register_objects_next (
  merchant_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tender', 'order_type', 'customer', 'channel')),
  label_key TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  object_id TEXT,
  lease_until_ms INTEGER NOT NULL,
  PRIMARY KEY (merchant_id, kind, label_key)
) WITHOUT ROWID;

INSERT INTO register_objects_next SELECT * FROM register_objects;
DROP TABLE register_objects;
ALTER TABLE register_objects_next RENAME TO register_objects;

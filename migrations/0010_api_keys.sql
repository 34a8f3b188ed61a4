-- A connection's own keys to the admin API. Only a digest is kept: a copy of this table opens nothing. The digest is the
-- primary key because every call looks it up; the list of one connection is short and read by a person now and then.
CREATE TABLE api_keys (
  digest TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
  created_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX api_keys_of_connection ON api_keys (connection_id, created_at_ms);

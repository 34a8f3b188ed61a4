-- First outcomes of POSTs that came with an `Idempotency-Key`, for a day. One row per key and caller, written twice: when the
-- request begins, and with its answer.
CREATE TABLE idempotency_keys (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  -- SHA-256 of method, path and body: the same key with other content is a conflict.
  request TEXT NOT NULL,
  began_at_ms INTEGER NOT NULL,
  -- NULL while the request is under way.
  status INTEGER,
  -- NULL also where the answer holds a secret that is shown once.
  body TEXT,
  PRIMARY KEY (caller, key)
) WITHOUT ROWID;

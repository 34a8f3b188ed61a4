-- Which store customer is which customer of a register (O8). Nothing of a person is kept here: what each side showed is
-- kept as digests, enough to tell which side changed. The unique index finds a pair from the store's side, and lets no
-- store customer have two at one register.
CREATE TABLE customer_pairs (
  connection_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  register_id TEXT NOT NULL,
  web_id INTEGER NOT NULL,
  seen TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, merchant_id, register_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX customer_pairs_by_web ON customer_pairs (connection_id, web_id, merchant_id);

-- How far the customers of each store (by change) and register (by entry) were read, by the platform's own clock.
CREATE TABLE customer_marks (
  connection_id TEXT NOT NULL,
  account TEXT NOT NULL,
  mark_ms INTEGER NOT NULL,
  PRIMARY KEY (connection_id, account)
) WITHOUT ROWID;

-- Requests to erase a person. `subject` is whom to look for, and goes when the work is done; the report stays as the
-- proof that it was done, with counts and ids and without anything of the person.
CREATE TABLE erasures (
  id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
  subject TEXT,
  report TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at_ms INTEGER NOT NULL,
  done_at_ms INTEGER
) WITHOUT ROWID;

CREATE INDEX erasures_of_connection ON erasures (connection_id, id);

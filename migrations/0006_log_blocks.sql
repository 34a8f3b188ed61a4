-- A log record as a row of its own cost 9 to 15 written rows per sale, more than everything else together, and its
-- requests and answers filled D1's 10 GB at about five million records. So records are stored in blocks: what one
-- batch of the queue brought of one connection is one row, its records compressed. Each keeps an id of its own
-- (`logs/{id}`), which begins with its time.
--   * The key leads with the id of the block's newest record: it is the time index. No block spans more than a minute,
--     so whatever reaches into a span of time is found within a minute of it.
--   * `terms` are short hashes of the SKUs, orders, events, platforms, outcomes and kinds inside: a filter skips blocks
--     by them, unread. An index on any of these would cost rows again.
--   * `timing` counts how long levels took to follow (R8), summed up by the hour in `lag_hours`; `calls` counts tries
--     against the platforms by outcome.
-- The long column comes last, so that a walk does not read it.
CREATE TABLE log_blocks (
  connection_id TEXT NOT NULL,
  -- Id of the newest record and a hash of all ids: a batch that comes again meets itself.
  id TEXT NOT NULL,
  first_id TEXT NOT NULL,
  records INTEGER NOT NULL,
  terms TEXT NOT NULL,
  timing TEXT,
  calls TEXT,
  -- base64 of gzip of a JSON array, oldest first.
  body TEXT NOT NULL,
  PRIMARY KEY (connection_id, id)
) WITHOUT ROWID;

CREATE TABLE lag_hours (
  connection_id TEXT NOT NULL,
  -- Beginning of the hour.
  hour_ms INTEGER NOT NULL,
  timing TEXT NOT NULL,
  PRIMARY KEY (connection_id, hour_ms)
) WITHOUT ROWID;

-- No version with this table was released: what it holds is history of trials.
DROP TABLE logs;

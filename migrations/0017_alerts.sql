-- Alerts: what a person was told of, and what is still to be told.
-- What failed before there were alerts is no news.
ALTER TABLE failures ADD COLUMN told_at_ms INTEGER;
UPDATE failures SET told_at_ms = last_at_ms;
CREATE INDEX failures_untold ON failures (connection_id) WHERE status = 'open' AND told_at_ms IS NULL;

-- What is worth a message and is no failure: drift over a limit, a webhook that was switched off, access that ended.
-- One row per occasion; it goes when the occasion is over, so that the next one is told again.
CREATE TABLE alert_notices (
  connection_id TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  told_at_ms INTEGER,
  PRIMARY KEY (connection_id, key)
) WITHOUT ROWID;
CREATE INDEX alert_notices_untold ON alert_notices (connection_id) WHERE told_at_ms IS NULL;

-- Messages, stored before they are sent: a crash in between sends the same one again, under the same id.
CREATE TABLE alert_messages (
  connection_id TEXT NOT NULL,
  id TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('webhook', 'email')),
  status TEXT NOT NULL CHECK (status IN ('sending', 'sent', 'failed')),
  attempts INTEGER NOT NULL,
  next_try_at_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  is_test INTEGER NOT NULL,
  count INTEGER NOT NULL,
  subject TEXT NOT NULL,
  groups TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (connection_id, id, channel)
) WITHOUT ROWID;
CREATE INDEX alert_messages_due ON alert_messages (next_try_at_ms) WHERE status = 'sending';

-- What the signing secret of a connection's alerts is derived from; the secret itself is stored nowhere.
CREATE TABLE alert_secrets (
  connection_id TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  made_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

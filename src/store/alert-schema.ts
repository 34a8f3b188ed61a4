/** Tables of alerts; the SQL is in `migrations/0017_alerts.sql`. */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { AlertGroup, AlertKind } from '../domain/alerts.ts';

/** What is worth a message and is no failure; the row goes when the occasion is over. */
export const alertNotices = sqliteTable(
  'alert_notices',
  {
    connectionId: text('connection_id').notNull(),
    key: text('key').notNull(),
    kind: text('kind').$type<AlertKind>().notNull(),
    message: text('message').notNull(),
    atMs: integer('at_ms').notNull(),
    /** null: still to be told. */
    toldAtMs: integer('told_at_ms'),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.key] }),
    index('alert_notices_untold')
      .on(table.connectionId)
      .where(sql`told_at_ms is null`),
  ],
);

/** Messages of one digest, one row per channel. */
export const alertMessages = sqliteTable(
  'alert_messages',
  {
    connectionId: text('connection_id').notNull(),
    id: text('id').notNull(),
    channel: text('channel', { enum: ['webhook', 'email'] }).notNull(),
    status: text('status', { enum: ['sending', 'sent', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull(),
    nextTryAtMs: integer('next_try_at_ms').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    isTest: integer('is_test', { mode: 'boolean' }).notNull(),
    /** Things told. */
    count: integer('count').notNull(),
    subject: text('subject').notNull(),
    groups: text('groups', { mode: 'json' }).$type<readonly AlertGroup[]>().notNull(),
    /** Why the last try failed. */
    error: text('error'),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.id, table.channel] }),
    index('alert_messages_due')
      .on(table.nextTryAtMs)
      .where(sql`status = 'sending'`),
  ],
);

/** What the signing secret of a connection's alerts is derived from. */
export const alertSecrets = sqliteTable('alert_secrets', {
  connectionId: text('connection_id').primaryKey(),
  keyId: text('key_id').notNull(),
  nonce: text('nonce').notNull(),
  madeAtMs: integer('made_at_ms').notNull(),
});

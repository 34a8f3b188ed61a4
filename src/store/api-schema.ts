/** The tables of the admin API: its keys, and what was answered to keyed requests. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const apiKeys = sqliteTable(
  'api_keys',
  {
    /** SHA-256 of the key. */
    digest: text('digest').primaryKey(),
    id: text('id').notNull(),
    connectionId: text('connection_id').notNull(),
    name: text('name').notNull(),
    scope: text('scope', { enum: ['read', 'operate', 'admin'] }).notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [index('api_keys_of_connection').on(table.connectionId, table.createdAtMs)],
);

/** First outcomes of POSTs that came with an `Idempotency-Key`. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    /** `admin`, or the id of a key. */
    caller: text('caller').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body. */
    request: text('request').notNull(),
    beganAtMs: integer('began_at_ms').notNull(),
    /** null while the request is under way. */
    status: integer('status'),
    /** null also where the answer holds a secret that is shown once. */
    body: text('body'),
  },
  (table) => [primaryKey({ columns: [table.caller, table.key] })],
);

/** Tables of how far orders were read, and what they hold; the SQL is in `migrations/`. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** How far the orders of each store and merchant were read. */
export const orderMarks = sqliteTable(
  'order_marks',
  {
    connectionId: text('connection_id').notNull(),
    account: text('account').notNull(),
    /** By the platform's own clock. */
    markMs: integer('mark_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.account] })],
);

/** Which ledgers hold units for which web order. */
export const reservedOrders = sqliteTable(
  'reserved_orders',
  {
    connectionId: text('connection_id').notNull(),
    orderId: text('order_id').notNull(),
    linkId: text('link_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.orderId, table.linkId] })],
);

/** As `orderMarks`, for the lists of refunds. */
export const refundMarks = sqliteTable(
  'refund_marks',
  {
    connectionId: text('connection_id').notNull(),
    account: text('account').notNull(),
    /** By the platform's own clock. */
    markMs: integer('mark_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.account] })],
);

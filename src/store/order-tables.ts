/** Tables of orders on their way between the sides; a part of `schema.ts` (its DDL: migrations/0009). */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Breakdown, PlanPayment } from '../domain/orders/push-plan.ts';

/** What became of each order on the other side: the copy of its object. */
export const orderLinks = sqliteTable(
  'order_links',
  {
    connectionId: text('connection_id').notNull(),
    /** Where the order was made. */
    platform: text('platform', { enum: ['bigcommerce', 'clover'] }).notNull(),
    orderId: text('order_id').notNull(),
    merchantId: text('merchant_id'),
    /** The order on the other side. */
    otherId: text('other_id'),
    status: text('status', {
      enum: ['pushed', 'parked', 'attention', 'removed', 'failed'],
    }).notNull(),
    reason: text('reason'),
    fix: text('fix'),
    currency: text('currency').notNull(),
    totalMinor: integer('total_minor').notNull(),
    taxMinor: integer('tax_minor').notNull(),
    breakdown: text('breakdown', { mode: 'json' }).$type<Breakdown>(),
    payments: text('payments', { mode: 'json' })
      .notNull()
      .$type<readonly Pick<PlanPayment, 'method' | 'amountMinor'>[]>(),
    soldAtMs: integer('sold_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.platform, table.orderId] }),
    index('order_links_by_time').on(table.connectionId, table.soldAtMs),
    index('order_links_waiting')
      .on(table.connectionId)
      .where(sql`status in ('parked', 'failed')`),
    index('order_links_by_other')
      .on(table.connectionId, table.otherId)
      .where(sql`other_id is not null`),
  ],
);

/** Tenders, order types and customers of ours at a merchant, and its sales channel in BigCommerce; a row without an object is held by whoever makes it. */
export const registerObjects = sqliteTable(
  'register_objects',
  {
    merchantId: text('merchant_id').notNull(),
    kind: text('kind', { enum: ['tender', 'order_type', 'customer', 'channel'] }).notNull(),
    labelKey: text('label_key').notNull(),
    connectionId: text('connection_id').notNull(),
    objectId: text('object_id'),
    leaseUntilMs: integer('lease_until_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.merchantId, table.kind, table.labelKey] })],
);

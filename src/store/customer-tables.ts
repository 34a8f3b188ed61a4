/** Tables of customers; a part of `schema.ts` (its DDL: migrations/0016). */
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import type { CustomerField } from '../domain/customers/merge.ts';
import type { Subject } from '../domain/customers/erase.ts';

/** One side as it was last looked at: digests, never values. */
export interface SeenPerson {
  readonly fields: Readonly<Record<CustomerField, string>>;
  readonly consents: boolean | null;
}

export const customerPairs = sqliteTable(
  'customer_pairs',
  {
    connectionId: text('connection_id').notNull(),
    merchantId: text('merchant_id').notNull(),
    registerId: text('register_id').notNull(),
    webId: integer('web_id').notNull(),
    seen: text('seen', { mode: 'json' })
      .notNull()
      .$type<{ readonly web: SeenPerson; readonly register: SeenPerson }>(),
    updatedAtMs: integer('updated_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.merchantId, table.registerId] }),
    uniqueIndex('customer_pairs_by_web').on(table.connectionId, table.webId, table.merchantId),
  ],
);

export const customerMarks = sqliteTable(
  'customer_marks',
  {
    connectionId: text('connection_id').notNull(),
    account: text('account').notNull(),
    markMs: integer('mark_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.account] })],
);

/** What was done, and what is left at the platforms, where only the merchant may delete it. */
export interface ErasureReport {
  /** Rows and records changed or deleted, by where they were. */
  readonly erased: Readonly<Record<string, number>>;
  readonly remains: readonly string[];
}

export const erasures = sqliteTable(
  'erasures',
  {
    id: text('id').primaryKey(),
    connectionId: text('connection_id').notNull(),
    status: text('status', { enum: ['running', 'done', 'failed'] }).notNull(),
    subject: text('subject', { mode: 'json' }).$type<Subject | null>(),
    report: text('report', { mode: 'json' }).notNull().$type<ErasureReport>(),
    askedBy: text('asked_by').notNull(),
    askedAtMs: integer('asked_at_ms').notNull(),
    doneAtMs: integer('done_at_ms'),
  },
  (table) => [index('erasures_of_connection').on(table.connectionId, table.id)],
);

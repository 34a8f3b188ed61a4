/** The tables of catalogs, as drizzle sees them; the rules of `schema.ts` hold here too. */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Values } from '../domain/catalog/fields.ts';
import type { StoreFacts } from '../domain/catalog/mirror.ts';

/** Both catalogs as last read, one row per variant and per item. */
export const catalogRows = sqliteTable(
  'catalog_rows',
  {
    connectionId: text('connection_id').notNull(),
    platform: text('platform', { enum: ['bigcommerce', 'clover'] }).notNull(),
    /** Variant id, or `{merchantId}:{itemId}`. */
    rowId: text('row_id').notNull(),
    /** Product id or merchant id. */
    parentId: text('parent_id').notNull(),
    sku: text('sku').notNull(),
    facts: text('facts').notNull(),
    modifiedMs: integer('modified_ms'),
    /** The platform's time of our own last write: an older row comes from a copy that lags behind. */
    writtenMs: integer('written_ms').notNull(),
    /**
     * When it changed, by our clock; 0: compared since, and both sides were found settled; below 0:
     * given up, it waits for a person or for another change.
     */
    changedAtMs: integer('changed_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.platform, table.rowId] }),
    index('catalog_rows_changed')
      .on(table.connectionId, table.platform, table.rowId)
      .where(sql`changed_at_ms <> 0`),
    index('catalog_rows_by_parent').on(table.connectionId, table.platform, table.parentId),
  ],
);

/** The field values that both sides of a link last agreed on. */
export const catalogBases = sqliteTable(
  'catalog_bases',
  {
    connectionId: text('connection_id').notNull(),
    linkId: text('link_id').notNull(),
    agreed: text('agreed', { mode: 'json' }).notNull().$type<Values>(),
    updatedAtMs: integer('updated_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.linkId] })],
);

/** How far each side's catalog was read. */
export const catalogMarks = sqliteTable(
  'catalog_marks',
  {
    connectionId: text('connection_id').notNull(),
    account: text('account').notNull(),
    /** By the platform's own clock. */
    markMs: integer('mark_ms').notNull(),
    /** By ours; 0: never. */
    fullReadAtMs: integer('full_read_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.account] })],
);

/** Products and items that a webhook named and nobody has read since. */
export const catalogWakes = sqliteTable(
  'catalog_wakes',
  {
    connectionId: text('connection_id').notNull(),
    account: text('account').notNull(),
    objectId: text('object_id').notNull(),
    /** Last named, by our clock: a read that began later covers it. */
    namedAtMs: integer('named_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.account, table.objectId] })],
);

export const catalogSchedules = sqliteTable('catalog_schedules', {
  connectionId: text('connection_id').primaryKey(),
  dueAtMs: integer('due_at_ms').notNull(),
  /** When the read of rows that webhooks named begins. */
  wokenAtMs: integer('woken_at_ms').notNull(),
  store: text('store', { mode: 'json' }).$type<StoreFacts>(),
  storeReadAtMs: integer('store_read_at_ms').notNull(),
});

/** What became of each link, by whom and on what evidence. */
export const linkHistory = sqliteTable(
  'link_history',
  {
    connectionId: text('connection_id').notNull(),
    linkId: text('link_id').notNull(),
    atMs: integer('at_ms').notNull(),
    /** The plan, request or message that did it. */
    eventId: text('event_id').notNull(),
    act: text('act', { enum: ['linked', 'relinked', 'broken', 'unlinked'] }).notNull(),
    by: text('by').notNull(),
    sku: text('sku').notNull(),
    variantId: integer('variant_id').notNull(),
    items: text('items', { mode: 'json' })
      .notNull()
      .$type<readonly { readonly merchantId: string; readonly itemId: string }[]>(),
    evidence: text('evidence', { mode: 'json' })
      .notNull()
      .$type<Readonly<Record<string, unknown>>>(),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.linkId, table.eventId, table.act] }),
  ],
);

/**
 * D1 as drizzle sees it; the DDL with its reasons is in migrations/. Times are epoch milliseconds, JSON is text.
 * Every table that holds a merchant's data carries `connection_id`, and every query filters on it (X5).
 */
import { sql } from 'drizzle-orm';
import type { FailureCode } from '../domain/failure.ts';
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import type { TimingCounts } from '../domain/stock/timing.ts';

export { customerMarks, customerPairs, erasures } from './customer-tables.ts';
export { orderLinks, registerObjects } from './order-tables.ts';

export const connections = sqliteTable('connections', {
  /** The store hash. */
  id: text('id').primaryKey(),
  status: text('status', { enum: ['active', 'reauthorise', 'uninstalled'] }).notNull(),
  name: text('name').notNull(),
  currency: text('currency').notNull(),
  timeZone: text('time_zone').notNull(),
  planLevel: text('plan_level').notNull(),
  scopes: text('scopes').notNull(),
  /** Settings as saved: only what differs from the defaults (JSON merge patch over them). */
  settings: text('settings', { mode: 'json' }).notNull().$type<Record<string, unknown>>(),
  installedAtMs: integer('installed_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
  /** Next stock sweep; a sweep that runs holds it by moving this forward. */
  sweepDueAtMs: integer('sweep_due_at_ms').notNull(),
  /** Next poll of changed orders, as above. */
  ordersDueAtMs: integer('orders_due_at_ms').notNull().default(0),
  /** When web orders take stock, as the store's inventory settings say. */
  takesStock: text('takes_stock', { enum: ['order_placed', 'order_completed_or_shipped'] }),
  /** Minutes between polls while webhooks are lost; null: as the settings say. */
  stockPollMinutes: integer('stock_poll_minutes'),
  ordersPollMinutes: integer('orders_poll_minutes'),
});

export const cloverMerchants = sqliteTable(
  'clover_merchants',
  {
    merchantId: text('merchant_id').primaryKey(),
    connectionId: text('connection_id').notNull(),
    status: text('status', { enum: ['connected', 'reauthorise', 'disconnected'] }).notNull(),
    name: text('name').notNull(),
    currency: text('currency').notNull(),
    timeZone: text('time_zone').notNull(),
    trackStock: integer('track_stock', { mode: 'boolean' }).notNull(),
    updateStock: integer('update_stock', { mode: 'boolean' }).notNull(),
    vat: integer('vat', { mode: 'boolean' }).notNull(),
    linkedAtMs: integer('linked_at_ms').notNull(),
    saleMoment: text('sale_moment', { enum: ['added', 'paid'] }),
    /** Whether orders made through the API move its levels, as its ledgers learnt. */
    apiOrdersMove: integer('api_orders_move', { mode: 'boolean' }),
    /** Its service plan at Clover; empty: not read yet. */
    planCode: text('plan_code').notNull().default(''),
  },
  (table) => [index('clover_merchants_by_connection').on(table.connectionId)],
);

/** A level that a sweep found different from what its ledger believed; gone once a sweep finds them agreeing. */
export const driftFindings = sqliteTable(
  'drift_findings',
  {
    connectionId: text('connection_id').notNull(),
    linkId: text('link_id').notNull(),
    place: text('place').notNull(),
    level: integer('level'),
    believed: integer('believed'),
    foundAtMs: integer('found_at_ms').notNull(),
    seenAtMs: integer('seen_at_ms').notNull(),
    platformModifiedMs: integer('platform_modified_ms'),
    /** The mass guard stopped the sweep: the ledger was not told. */
    held: integer('held', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.place, table.linkId] })],
);

/** Of the changes at a place, how many a webhook told first and how many a poll found first. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    connectionId: text('connection_id').notNull(),
    place: text('place').notNull(),
    subject: text('subject', { enum: ['levels', 'sales'] }).notNull(),
    told: real('told').notNull(),
    found: real('found').notNull(),
    toldSum: integer('told_sum').notNull(),
    foundSum: integer('found_sum').notNull(),
    measuredAtMs: integer('measured_at_ms').notNull(),
    lastFoundAtMs: integer('last_found_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.place, table.subject] })],
);

/** Where the sweep of a place stands: one that died goes on behind the page it died at. */
export const sweepMarks = sqliteTable(
  'sweep_marks',
  {
    connectionId: text('connection_id').notNull(),
    place: text('place').notNull(),
    sweepId: text('sweep_id').notNull(),
    cursor: integer('cursor').notNull(),
    /** Pages of the last whole round; 0 before it. */
    pages: integer('pages').notNull(),
    movedAtMs: integer('moved_at_ms').notNull(),
    doneAtMs: integer('done_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.place] })],
);

export const hooks = sqliteTable(
  'hooks',
  {
    connectionId: text('connection_id').notNull(),
    scope: text('scope').notNull(),
    hookId: integer('hook_id').notNull(),
    /** Which encryption key derived the secret header, so that a rotated key renews the hook. */
    secretKeyId: text('secret_key_id').notNull(),
    checkedAtMs: integer('checked_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.scope] })],
);

/** OAuth states, exchange tickets, used JWT ids: anything that may be used once. Only the SHA-256 is stored. */
export const oneTimeCodes = sqliteTable('one_time_codes', {
  hash: text('hash').primaryKey(),
  purpose: text('purpose', { enum: ['clover_state', 'session_ticket', 'jwt'] }).notNull(),
  connectionId: text('connection_id'),
  /** SHA-256 of the browser-side secret that must come along; null when the code alone is the proof. */
  boundTo: text('bound_to'),
  expiresAtMs: integer('expires_at_ms').notNull(),
});

export const sessions = sqliteTable('sessions', {
  hash: text('hash').primaryKey(),
  connectionId: text('connection_id').notNull(),
  userId: text('user_id').notNull(),
  expiresAtMs: integer('expires_at_ms').notNull(),
});

export const links = sqliteTable(
  'links',
  {
    linkId: text('link_id').primaryKey(),
    connectionId: text('connection_id').notNull(),
    sku: text('sku').notNull(),
    name: text('name').notNull(),
    productId: integer('product_id').notNull(),
    variantId: integer('variant_id').notNull(),
    /** Which identity the Inventory API takes for this variant (bigcommerce.md 6.4). */
    tracking: text('tracking', { enum: ['product', 'variant', 'none'] }).notNull(),
    status: text('status', { enum: ['active', 'broken'] }).notNull(),
    /** How the join was found: rule and the values that agreed (C4, C5). */
    evidence: text('evidence', { mode: 'json' }).notNull().$type<Record<string, unknown>>(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [
    /** A variant has one ledger, whatever the state of its link. */
    uniqueIndex('links_by_variant').on(table.connectionId, table.variantId),
    index('links_by_product').on(table.connectionId, table.productId),
    index('links_by_sku').on(table.connectionId, table.sku),
  ],
);

export const linkItems = sqliteTable(
  'link_items',
  {
    /** `{merchantId}:{itemId}`. */
    id: text('id').primaryKey(),
    connectionId: text('connection_id').notNull(),
    merchantId: text('merchant_id').notNull(),
    itemId: text('item_id').notNull(),
    linkId: text('link_id').notNull(),
  },
  (table) => [index('link_items_by_link').on(table.linkId)],
);

/** What a ledger last said of itself: for lists, sweeps and `activity`. The object is the truth. */
export const ledgerCopies = sqliteTable(
  'ledger_copies',
  {
    linkId: text('link_id').notNull(),
    connectionId: text('connection_id').notNull(),
    /** The ledger's own version: an older copy never replaces a newer one. */
    version: integer('version').notNull(),
    onHand: integer('on_hand').notNull(),
    reserved: integer('reserved').notNull(),
    buffer: integer('buffer').notNull(),
    places: text('places', { mode: 'json' }).notNull().$type<LedgerPlaceCopy[]>(),
    pools: text('pools', { mode: 'json' }).notNull().$type<LedgerPoolCopy[]>(),
    /** Since when something waits to be written or read; null at rest. */
    outstandingSinceMs: integer('outstanding_since_ms'),
    /** Effects out of attempts. */
    parked: integer('parked').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connectionId, table.linkId] }),
    index('ledger_copies_outstanding')
      .on(table.connectionId, table.outstandingSinceMs)
      .where(sql`outstanding_since_ms is not null`),
    index('ledger_copies_parked')
      .on(table.connectionId, table.parked)
      .where(sql`parked > 0`),
  ],
);

export interface LedgerPlaceCopy {
  platform: 'bigcommerce' | 'clover';
  /** `bigcommerce:{locationId}` or `clover:{merchantId}`. */
  place: string;
  level: number | null;
  target: number;
  /** Epoch milliseconds of the observation or confirmed write behind `level`. */
  observedAtMs: number | null;
  pending: boolean;
  /** Why nothing is written here (deleted, tracking off); absent or null: nothing stands in the way. */
  skipped?: string | null;
  /** The code of that reason; absent in older copies, as the next two. */
  skippedFor?: FailureCode | null;
  /** The pool that it belongs to. */
  locationId?: number;
  /** Further pools of a register that stands in several. */
  alsoAt?: readonly number[];
  /** Units that BigCommerce itself holds back from shoppers. */
  safetyStock?: number;
  /** As in `LedgerView`. */
  awaited?: number;
  unexplained?: number;
  told?: {
    levelsTold: number;
    levelsFound: number;
    salesTold: number;
    salesFound: number;
    foundAtMs: number;
  };
}

export interface LedgerPoolCopy {
  locationId: number;
  onHand: number;
  reserved: number;
}

export const plans = sqliteTable(
  'plans',
  {
    id: text('id').primaryKey(),
    connectionId: text('connection_id').notNull(),
    kind: text('kind', { enum: ['link', 'resync', 'catalog', 'cleanup', 'undo'] }).notNull(),
    status: text('status', {
      enum: [
        'computing',
        'ready',
        'applying',
        'applied',
        'stopped',
        'stale',
        'failed',
        'needs_decision',
      ],
    }).notNull(),
    progressDone: integer('progress_done').notNull(),
    progressTotal: integer('progress_total').notNull(),
    counts: text('counts', { mode: 'json' }).notNull().$type<Record<string, number>>(),
    hash: text('hash').notNull(),
    error: text('error'),
    createdAtMs: integer('created_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
    /** `sync`: a change set that the relay made by itself. */
    origin: text('origin', { enum: ['person', 'sync'] })
      .notNull()
      .default('person'),
    /** What the plan was asked to do, for kinds that need more than their name. */
    request: text('request', { mode: 'json' }),
  },
  (table) => [
    index('plans_unfinished')
      .on(table.connectionId)
      .where(sql`status in ('computing', 'applying')`),
  ],
);

export const planOperations = sqliteTable(
  'plan_operations',
  {
    planId: text('plan_id').notNull(),
    seq: integer('seq').notNull(),
    /** link | baseline | unmatched | ambiguous | skip */
    kind: text('kind').notNull(),
    sku: text('sku').notNull(),
    outcome: text('outcome', {
      enum: ['planned', 'open', 'applied', 'failed', 'skipped'],
    }).notNull(),
    reason: text('reason'),
    before: text('before', { mode: 'json' }),
    after: text('after', { mode: 'json' }),
    /** What apply needs; not shown. */
    payload: text('payload', { mode: 'json' }),
  },
  (table) => [primaryKey({ columns: [table.planId, table.seq] })],
);

/** Log records in blocks; src/store/log-blocks.ts says what is inside. */
export const logBlocks = sqliteTable(
  'log_blocks',
  {
    connectionId: text('connection_id').notNull(),
    /** Id of the newest record and a hash of all ids. */
    id: text('id').notNull(),
    firstId: text('first_id').notNull(),
    records: integer('records').notNull(),
    terms: text('terms').notNull(),
    timing: text('timing', { mode: 'json' }).$type<TimingCounts | null>(),
    /** Tries against the platforms: `{platform}:{outcome}` and how many. */
    calls: text('calls', { mode: 'json' }).$type<Record<string, number> | null>(),
    body: text('body').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.id] })],
);

/** How long levels took to follow, per connection and hour (R8). */
export const lagHours = sqliteTable(
  'lag_hours',
  {
    connectionId: text('connection_id').notNull(),
    hourMs: integer('hour_ms').notNull(),
    timing: text('timing', { mode: 'json' }).notNull().$type<TimingCounts>(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.hourMs] })],
);

/** What ran out of attempts, one row per cause and subject, with what a replay needs. */
export const failures = sqliteTable(
  'failures',
  {
    id: text('id').primaryKey(),
    connectionId: text('connection_id').notNull(),
    status: text('status', { enum: ['open', 'replayed', 'dismissed'] }).notNull(),
    code: text('code').notNull(),
    message: text('message').notNull(),
    /** Which message or effect failed: `work:write`, `intake:bigcommerce`, `plan:apply`. */
    source: text('source').notNull(),
    platform: text('platform'),
    sku: text('sku'),
    orderId: text('order_id'),
    eventId: text('event_id'),
    count: integer('count').notNull(),
    firstAtMs: integer('first_at_ms').notNull(),
    lastAtMs: integer('last_at_ms').notNull(),
    /** The queue message to send again: { queue: 'intake' | 'work', body }. */
    replay: text('replay', { mode: 'json' }).$type<{
      queue: 'intake' | 'work';
      body: unknown;
    } | null>(),
    /** When a person was told of it; null: still to be told. */
    toldAtMs: integer('told_at_ms'),
  },
  (table) => [
    index('failures_untold')
      .on(table.connectionId)
      .where(sql`status = 'open' and told_at_ms is null`),
    index('failures_open')
      .on(table.connectionId, table.lastAtMs)
      .where(sql`status = 'open'`),
  ],
);

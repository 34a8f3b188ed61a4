/** Schemas of every queue message. A message that does not parse is dead-lettered, never guessed at. */
import * as v from 'valibot';

const platform = v.picklist(['bigcommerce', 'clover']);
const epochMs = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Running counts of ledgers may be taken back by one. */
const count = v.pipe(v.number(), v.integer());
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(255));

/** One change named by a Clover webhook: `O:ID` is key `O`, object `ID` (clover.md 2). */
const cloverChange = v.object({
  merchantId: text,
  key: v.pipe(v.string(), v.maxLength(8)),
  objectId: v.pipe(v.string(), v.maxLength(64)),
  type: v.pipe(v.string(), v.maxLength(16)),
  /** Clover's own clock, epoch milliseconds. */
  tsMs: epochMs,
});
export type CloverChange = v.InferOutput<typeof cloverChange>;

export const intakeMessage = v.variant('platform', [
  v.object({
    v: v.literal(1),
    platform: v.literal('bigcommerce'),
    eventId: text,
    connectionId: text,
    receivedAtMs: epochMs,
    scope: text,
    /** The webhook's `data`, ids only; never trusted as a value. */
    data: v.record(v.string(), v.unknown()),
    /** BigCommerce's clock at the event, epoch milliseconds (second precision). */
    createdAtMs: epochMs,
  }),
  v.object({
    v: v.literal(1),
    platform: v.literal('clover'),
    eventId: text,
    receivedAtMs: epochMs,
    changes: v.array(cloverChange),
  }),
]);
export type IntakeMessage = v.InferOutput<typeof intakeMessage>;
export type BigCommerceIntake = Extract<IntakeMessage, { platform: 'bigcommerce' }>;
export type CloverIntake = Extract<IntakeMessage, { platform: 'clover' }>;

const common = { v: v.literal(1), connectionId: text, eventId: text };
const ledger = { ...common, linkId: text };
const place = v.pipe(v.string(), v.regex(/^(bigcommerce:\d+|clover:[A-Z0-9]{13})$/));

export const workMessage = v.variant('kind', [
  /** Claim this effect, carry it out, confirm the outcome. */
  v.object({ ...ledger, kind: v.literal('write'), effectId: text }),
  /** Read the levels of these places and tell the ledger; a second look gives way to sales. */
  v.object({
    ...ledger,
    kind: v.literal('read'),
    place,
    also: v.optional(v.pipe(v.array(place), v.readonly())),
    isSecondLook: v.optional(v.boolean()),
  }),
  /** A level that a sweep already read and found different from its mirror. */
  v.object({
    ...ledger,
    kind: v.literal('observe'),
    place,
    level: v.nullable(v.number()),
    readStartedAtMs: epochMs,
    platformModifiedMs: v.nullable(epochMs),
  }),
  /** Work the targets of one SKU out again; `unpark`: writes that were given up on are tried afresh. */
  v.object({ ...ledger, kind: v.literal('evaluate'), unpark: v.optional(v.boolean()) }),
  /** Tell the components of a bundle what it sold, and the bundle what they allow. */
  v.object({ ...ledger, kind: v.literal('bundle') }),
  /** Tell the bundles of a component that its count moved. */
  v.object({ ...ledger, kind: v.literal('bundles') }),
  /** One place of an open ledger left (its merchant was unlinked), or may be written again. */
  v.object({ ...ledger, kind: v.literal('place'), place, change: v.picklist(['leave', 'resume']) }),
  /** A location of the store may have been switched on again. */
  v.object({ ...common, kind: v.literal('location'), locationId: v.pipe(v.number(), v.integer()) }),
  /** Read one order and tell the ledgers what it sold. */
  v.object({
    ...common,
    kind: v.literal('order'),
    platform,
    account: text,
    orderId: text,
    receivedAtMs: epochMs,
    /** The poll found it so long after its change that a webhook should have come before. */
    toldBy: v.optional(v.literal('poll')),
  }),
  /** Go on with an order on its way to the other side; `again`: a person or a new setting asks for another look. */
  v.object({
    ...common,
    kind: v.literal('push'),
    orderId: text,
    /** A sale in store on its way to BigCommerce; left out: a web order on its way to a register. */
    from: v.optional(v.literal('clover')),
    again: v.optional(v.boolean()),
  }),
  /** A payment was made: find its order, unless the order's own event was read meanwhile. */
  v.object({
    ...common,
    kind: v.literal('payment'),
    merchantId: text,
    paymentId: text,
    receivedAtMs: epochMs,
  }),
  /** One page of a level sweep. `cursor` 0 is the first page. */
  v.object({
    ...common,
    kind: v.literal('sweep'),
    platform,
    account: text,
    cursor: v.pipe(v.number(), v.integer(), v.minValue(0)),
    sweepId: text,
    /** Left out by an older version: the round began at 0. */
    round: v.optional(
      v.object({
        start: count,
        isWrapped: v.boolean(),
        pages: count,
        counted: count,
        levelsTold: count,
        levelsFound: count,
        salesTold: count,
        salesFound: count,
      }),
    ),
    /** Also looks for linked items that the place does not list any more. */
    isFull: v.optional(v.boolean()),
    /** A person saw what the mass guard stopped and let it go on (S11). */
    approved: v.optional(v.boolean()),
  }),
  /** Find the linked items that a place does not list any more. */
  v.object({ ...common, kind: v.literal('missing'), platform, account: text }),
  /** One page of the orders that changed, or were refunded, at a store or merchant. `page` 0 is the first. */
  v.object({
    ...common,
    kind: v.literal('order_feed'),
    /** Left out: the orders that changed. */
    list: v.optional(v.literal('refunds')),
    platform,
    account: text,
    sinceMs: epochMs,
    /** The newest change on the pages before; 0: none. */
    newestMs: epochMs,
    page: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** Reads the orders that may be reserved, once, and leaves the mark alone. */
    isReservable: v.optional(v.boolean()),
  }),
  /** Read what changed in both catalogs, and make the fields of linked SKUs equal. */
  v.object({
    ...common,
    kind: v.literal('catalog'),
    /** `woken`: the rows that webhooks named; `changes`: what the platforms say has changed; `full`: everything. */
    extent: v.picklist(['woken', 'changes', 'full']),
    /** How far each account was read; null: it begins. */
    states: v.nullable(
      v.array(
        v.object({
          account: text,
          sinceMs: v.nullable(epochMs),
          cursor: v.nullable(epochMs),
          newestMs: epochMs,
        }),
      ),
    ),
  }),
  /** Look at one customer on both sides. */
  v.object({
    ...common,
    kind: v.literal('customer'),
    platform,
    account: text,
    customerId: v.pipe(text, v.maxLength(64)),
  }),
  /** One page of the customers of a store or merchant. `page` 0 is the first; Clover's is an offset. */
  v.object({
    ...common,
    kind: v.literal('customer_feed'),
    platform,
    account: text,
    sinceMs: epochMs,
    newestMs: epochMs,
    page: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  /** Go on with a request to erase a person. `cursor`: the block of the log reached; left out: not there yet. */
  v.object({
    ...common,
    kind: v.literal('erase'),
    erasureId: text,
    cursor: v.optional(v.pipe(v.string(), v.maxLength(64))),
  }),
  /** Compute a plan, or the next part of it. */
  v.object({ ...common, kind: v.literal('plan'), planId: text }),
  /** Apply the next operations of a plan, from `seq` on. */
  v.object({
    ...common,
    kind: v.literal('apply'),
    planId: text,
    seq: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** Who asked for it; left out: the relay itself. */
    by: v.optional(text),
    /** Since when it waits for ledgers to be written. */
    waitsSinceMs: v.optional(epochMs),
  }),
  /** Make sure that every webhook we need exists and is active. */
  v.object({ ...common, kind: v.literal('hooks') }),
]);
export type WorkMessage = v.InferOutput<typeof workMessage>;
export type WorkKind = WorkMessage['kind'];
export type Work<Kind extends WorkKind> = Extract<WorkMessage, { kind: Kind }>;

/**
 * The state of one SKU's ledger and the words it is told in. Levels and quantities are whole units; times are epoch
 * milliseconds of the relay's clock unless the name says `platform`.
 */
import type { EffectId, EventId, LinkId, MerchantId, PlaceKey } from '../ids.ts';

/** How the SKU is addressed at a place. */
export type PlaceAddress =
  | {
      readonly platform: 'bigcommerce';
      readonly locationId: number;
      readonly productId: number;
      readonly variantId: number;
      /** Which of the two ids the Inventory API takes: it must match the product's tracking (bigcommerce.md 6.4). */
      readonly tracking: 'product' | 'variant';
    }
  | { readonly platform: 'clover'; readonly merchantId: MerchantId; readonly itemId: string };

export interface PlaceSetup {
  readonly place: PlaceKey;
  /** The pool's name: its BigCommerce location. */
  readonly locationId: number;
  readonly address: PlaceAddress;
}

/** The merchant's stock settings as they apply to this SKU. */
export interface StockPolicy {
  /** Off: levels are watched, nothing is written. */
  readonly enabled: boolean;
  readonly direction: 'two-way' | 'to-clover' | 'to-bigcommerce';
  /** How long a platform may take to show a write; also the wait before a rise is believed. */
  readonly settleMs: number;
  /** Units held back from the web. */
  readonly bufferUnits: number;
  /** When the settings were saved: a worker that read them before a change must not bring the old ones back. */
  readonly asOfMs?: number;
}

export interface LedgerSetup {
  readonly connectionId: string;
  readonly linkId: LinkId;
  readonly sku: string;
  readonly places: readonly PlaceSetup[];
  readonly policy: StockPolicy;
}

/** What a place showed when the SKU was linked. */
export interface BaselineLevel {
  readonly place: PlaceKey;
  /** null: never counted there (BigCommerce: no absolute adjustment yet; Clover: no stock row). */
  readonly level: number | null;
  readonly readStartedAtMs: number;
  /** Clover's own time of the stock row; null where the platform has none. */
  readonly platformModifiedMs: number | null;
}

export interface Baseline {
  readonly levels: readonly BaselineLevel[];
  readonly pools: readonly { readonly locationId: number; readonly onHand: number }[];
}

export type EntryCause =
  /** The counts agreed on when the SKU was linked or its place set changed. */
  | 'baseline'
  /** A level moved at a place and nothing explained it (yet). */
  | 'level'
  /** A sale known by its own unique key. `delta` 0 when a level entry already moved the count. */
  | 'sale'
  /** A sold line that went away again before it left the shelf (void, edit). */
  | 'unsale'
  /** A person counted. */
  | 'recount'
  /** More was sold than there was; `delta` 0, the count below 0 is the units owed (S7). */
  | 'oversell';

/** One line of the account; never changed, never removed. On hand = sum of `delta` per pool (S1). */
export interface Entry {
  readonly locationId: number;
  readonly delta: number;
  readonly cause: EntryCause;
  readonly place: PlaceKey | null;
  /** What caused it outside: order id, webhook, sweep, person. */
  readonly source: string;
  readonly eventId: EventId;
  readonly atMs: number;
  /** One plain sentence. */
  readonly note: string;
}

/** A write decided on, and what is known of it. */
export interface Effect {
  readonly effectId: EffectId;
  /** The cause it serves, for logs. */
  readonly eventId: EventId;
  readonly decidedAtMs: number;
  /** Not before this moment (spacing, back-off). */
  readonly notBeforeMs: number;
  /** When the queue is told of it (again): a poke can be lost. */
  readonly pokeAtMs: number;
  readonly attempts: number;
  readonly status: 'pending' | 'claimed' | 'unknown' | 'parked';
  /** Set from the claim on. */
  readonly claim: EffectClaim | null;
  /** Why the last try failed. */
  readonly lastFailure: string | null;
}

export interface EffectClaim {
  readonly atMs: number;
  readonly kind: 'relative' | 'absolute';
  /** What the place showed before (BigCommerce: as believed; Clover: as just read), and what it shows if this works. */
  readonly before: number | null;
  readonly after: number;
  /** The change that the ledger wanted; `after - before` unless the place was never counted. */
  readonly delta: number;
}

/** A confirmed write, remembered while its echo and its visibility are open. */
export interface ConfirmedWrite {
  readonly before: number | null;
  readonly after: number;
  readonly startedAtMs: number;
  readonly confirmedAtMs: number;
  /** How many writes followed each other closely up to this one, itself counted. */
  readonly streak: number;
}

/** A rise seen once (S3). */
export interface SuspectedRise {
  /** The lowest level seen since, and the highest: between them something was sold out of the rise. */
  readonly level: number;
  readonly peak: number;
  readonly seenAtMs: number;
}

/** A sale known by its key whose fall in level was not seen yet. */
export interface AwaitedFall {
  readonly units: number;
  readonly untilMs: number;
  /** True: the sale already lowered on hand, the fall must not do it again. False: the fall will, as this sale. */
  readonly counted: boolean;
  readonly orderId: string;
}

/** A fall seen that no sale has claimed yet. */
export interface UnexplainedFall {
  readonly units: number;
  readonly atMs: number;
}

export interface ReadDue {
  /** A read that begins at or after this moment settles it. */
  readonly wantedAtMs: number;
  /** When the queue is told of it (again). */
  readonly pokeAtMs: number;
  readonly eventId: EventId;
}

export interface PlaceState extends PlaceSetup {
  /** When the first count of this place was read: what was sold before is in it. */
  readonly countedFromMs: number;
  /** What we believe the place shows; null: never counted there. */
  readonly level: number | null;
  /** When the read or write behind `level` began; older reads say nothing new. */
  readonly levelReadAtMs: number;
  readonly levelKnownAtMs: number;
  /** Clover's own time of that stock row; events not newer than it are already known. */
  readonly platformModifiedMs: number | null;
  readonly effect: Effect | null;
  readonly lastWrite: ConfirmedWrite | null;
  readonly suspectedRise: SuspectedRise | null;
  readonly awaited: readonly AwaitedFall[];
  readonly unexplained: readonly UnexplainedFall[];
  readonly readDue: ReadDue | null;
  /** Deleted at the platform or tracking off: nothing is written here, and why (S12). */
  readonly skipped: string | null;
  /**
   * Units of a write of unknown outcome that a read took for carried out. A web sale that never shows a fall after it
   * was that fall (S5).
   */
  readonly doubtedUnits: number;
  /** Counts that had to be guessed after an unknown outcome (S5). */
  readonly ambiguous: number;
}

export interface PoolState {
  readonly locationId: number;
  /** Below 0: units owed after an oversell. */
  readonly onHand: number;
  readonly reserved: number;
}

export interface LedgerState {
  readonly connectionId: string;
  readonly linkId: LinkId;
  readonly sku: string;
  readonly policy: StockPolicy;
  readonly pools: readonly PoolState[];
  readonly places: readonly PlaceState[];
  /** Grows by one with every change that is stored. */
  readonly version: number;
  /** Names effects: never reused. */
  readonly effectCount: number;
  /** Since when something has been waiting to be written or read; null at rest. */
  readonly outstandingSinceMs: number | null;
}

/** What a command made of the ledger: the next state, and the lines to append. Nothing else is ever written. */
export interface Change {
  readonly state: LedgerState;
  readonly entries: readonly Entry[];
}

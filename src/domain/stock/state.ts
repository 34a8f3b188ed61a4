/** One SKU's ledger and its words: whole units; epoch milliseconds, by the relay's clock unless named `platform`. */
import type { Goods, Restock } from './restock.ts';
import type { BundleState, Due } from './bundles.ts';
import type { Component } from './bundle-parts.ts';
import type { Sharing } from './parts.ts';
import type { PromisedPart } from './part-reservations.ts';
import type { Draw, Returns } from './several.ts';
import type { FailureCode } from '../failure.ts';
import type { Pace } from './buffer.ts';
import type { Oversell, RecentOrder } from './incident.ts';
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
  /** Further pools of a register that stands in several (S10); left out: it stands in one. */
  readonly alsoAt?: readonly number[];
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
  /** More is held back where the SKU's own pace at registers asks for it. */
  readonly isBufferMeasured?: boolean;
  /** Whether sales lower this place's level by themselves, by the merchant's settings (clover.md 4.2); left out: unknown. */
  readonly followsSales?: Readonly<Record<PlaceKey, boolean>>;
  /** Whether orders that we make move the level of this place (S8, O5); left out: not known, on the web: we make none. */
  readonly apiOrdersMove?: Readonly<Record<PlaceKey, boolean>>;
  /** When sales move the level of this place, as its ledgers have learnt; left out: not known yet. */
  readonly saleMoments?: Readonly<Record<PlaceKey, SaleMoment>>;
  /** Pools whose registers hold a part each, by location, and by which rule; left out: each shows the pool (S10). */
  readonly sharing?: Readonly<Record<number, Sharing>>;
  /** What one unit of this SKU consumes; left out: it is no bundle (S9). */
  readonly components?: readonly Component[];
  /** Bundles consume this SKU: they hear of its count. */
  readonly isComponent?: boolean;
  /** Whether goods of a refund count again (O6); left out: only a level tells. */
  readonly restock?: Restock;
  /** When the settings were saved: a worker that read them before a change must not bring the old ones back. */
  readonly asOfMs?: number;
}

/** Merchants' registers count a sale as its line is added, or as it is paid (clover.md 4.2 leaves it open). */
export type SaleMoment = 'added' | 'paid';

export interface LedgerSetup {
  readonly connectionId: string;
  readonly linkId: LinkId;
  readonly sku: string;
  readonly places: readonly PlaceSetup[];
  readonly policy: StockPolicy;
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
  /** The place that counted the units, or the sale, belongs to another pool; the two lines add up to 0. */
  | 'moved'
  /** The pool left the settings: its units are no longer in this account. */
  | 'left'
  /** What the components of a bundle allow has changed. */
  | 'component'
  /** A person counted. */
  | 'recount'
  /** Goods that came back with a refund, by the merchant's rule or a person's word (O6). */
  | 'returned'
  /** More was sold than there was; `delta` 0, the count below 0 is the units owed (S7). */
  | 'oversell'
  /** Old lines summed up; only ever the oldest of a pool. */
  | 'carried';

/** One line of the account; never changed, never removed. On hand = sum of `delta` per pool (S1). */
export interface Entry {
  readonly locationId: number;
  readonly delta: number;
  readonly cause: EntryCause;
  readonly place: PlaceKey | null;
  /** What caused it outside: order id, webhook, sweep, person. */
  readonly source: string;
  readonly eventId: EventId;
  /** When it was decided. */
  readonly atMs: number;
  /** When its cause happened, by the platform's own clock (BigCommerce tells whole seconds); left out: not known. */
  readonly happenedAtMs?: number | null;
  /** When an event told us; left out: none did. */
  readonly receivedAtMs?: number | null;
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
  /** When the last read began that surely showed all writes before this one: a sale may hide behind later ones. */
  readonly surelyReadAtMs: number;
}

/** A rise seen once (S3). */
export interface SuspectedRise {
  /** The lowest level seen since, and the highest: between them something was sold out of the rise. */
  readonly level: number;
  readonly peak: number;
  readonly seenAtMs: number;
  /** Seen so soon after our own write that it may be a level from before it. */
  readonly isEarly: boolean;
  /** The believed level is as old as this read of ours and this row of the place. */
  readonly believedReadMs: number;
  readonly believedRowMs: number | null;
}

/** A stretch of time by the place's own clock, epoch milliseconds: after `fromMs`, up to and with `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** The row's own time: something moved the level at exactly `toMs`. */
  readonly endsWithChange?: boolean;
}

/** A sale known by its key whose fall in level was not seen yet. */
export interface AwaitedFall {
  readonly units: number;
  readonly toldAtMs: number;
  readonly untilMs: number;
  /** True: the sale already lowered on hand, the fall must not do it again. False: the fall will, as this sale. */
  readonly counted: boolean;
  readonly orderId: string;
  /** When the level moved for it; null when the platform does not tell. */
  readonly span: Span | null;
  /** When its event reached intake; left out by older versions. */
  readonly receivedAtMs?: number;
  /** The pool of the device that sold it, at a register in several; left out: the place's first (S10). */
  readonly locationId?: number;
  /** The platform's own times, as in `Sale`. */
  readonly soldAtMs: number | null;
  readonly addedAtMs: number | null;
  /** Set for the fall that an order of ours may cause here (S8); left out: a sale's. */
  readonly pushKey?: string;
  /** Set for the fall of a web order's line that is or was reserved (S6). */
  readonly reservationKey?: string;
  /** The web may have had nothing left when it was to fall. */
  readonly isFromNothing?: boolean;
}

/** A web order's line whose units are promised and not gone (S6). */
export interface Reservation {
  readonly saleKey: string;
  readonly orderId: string;
  readonly units: number;
  /** Of these, what the web's level has shown to be taken. */
  readonly takenUnits: number;
  /** When the read began that last showed the line as promised, by our clock. */
  readonly seenAtMs: number;
}

/** A fall of the web that is presumed to be a reserved order's, until its event tells or the time is over. */
export interface PresumedFall {
  readonly units: number;
  readonly untilMs: number;
  readonly span: Span | null;
  readonly eventId: EventId;
  readonly source: string;
}

/** An order that we push to a register, as far as this SKU is in it (S8). */
export interface Push {
  readonly pushKey: string;
  readonly units: number;
  /** Units whose fall was seen. */
  readonly seenUnits: number;
  /** Units whose lines are known by key. */
  readonly keyedUnits: number;
  readonly isMade: boolean;
  readonly toldAtMs: number;
  /** Nobody told of it: an order that refers to us was read at the register. All its lines are ours. */
  readonly isReadBack?: boolean;
  /** Falls that it was given before it was made; when it may have moved the level, once it is. */
  readonly early?: readonly UnexplainedFall[];
  readonly span?: Span | null;
}

/** A fall seen that no sale has claimed yet. */
export interface UnexplainedFall {
  readonly units: number;
  readonly atMs: number;
  /** When the level fell; null where levels carry no time of their own. */
  readonly span: Span | null;
}

/**
 * A stretch in which a write of ours overwrote whatever happened at the place: between the read before it and its
 * commit. A sale inside it left no trace in the level (S2, S4).
 */
export interface WriteWindow {
  /** null: when is unknown, so every sale may have been in it. */
  readonly span: Span | null;
  /** The row's own time in the read before the write: what happened until then was in that read. */
  readonly rowMs: number | null;
  /** By our clock, to forget it by. */
  readonly endedAtMs: number;
}

/** A fall that was given to a sale. Another one may turn out to fit it better. */
export interface ExplainedFall extends UnexplainedFall {
  /** When the level moved for the sale that has it. */
  readonly sale: Span | null;
  /** Of an order of ours that may not have moved the level at all (S8): it can do without. */
  readonly pushKey?: string;
}

/** A write of unknown outcome that a read decided; what comes to light later can show that it was the other way (S5). */
export interface Doubt {
  readonly decidedAtMs: number;
  /** Between these moments of our clock nobody knows what happened when. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The change that the write would have made. */
  readonly delta: number;
  readonly applied: boolean;
  /** Units that the deciding read showed and nothing explains, as decided and decided the other way. */
  readonly residual: number;
  readonly otherResidual: number;
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
  /** By Clover's clock, the row in that read; left out: none, or counted by an older version. */
  readonly countedRowMs?: number;
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
  /** The failure that it is skipped for: some end by themselves. */
  readonly skippedFor: FailureCode | null;
  /** BigCommerce only: units on hand that the merchant has the store hold back itself, as last read. */
  readonly safetyStock: number;
  /** Clover only: levels there are overwritten, the web's never are. Oldest first. */
  readonly windows: readonly WriteWindow[];
  /** Of the last falls, whose they are. */
  readonly explained: readonly ExplainedFall[];
  /** Times of rows, by the place's clock, that were newer than the one known and yet showed no fall. */
  readonly coveredRows: readonly number[];
  /** How often a fall came as the line was added, and as it was paid: merchants differ (clover.md 4.2). */
  readonly moments: { readonly added: number; readonly paid: number };
  readonly doubts: readonly Doubt[];
  /** The web only. */
  readonly reservations: readonly Reservation[];
  readonly presumed: readonly PresumedFall[];
  /** Orders of ours at this register, of the last days. */
  readonly pushes: readonly Push[];
  /** How often the level moved with a push of ours, and how often it surely did not (clover.md 4.2). */
  readonly pushEvidence: { readonly moved: number; readonly still: number };
  /** Units of sales counted because a write may have swallowed them, although something that arrived may have hidden them. */
  readonly guessedUnits: number;
  /** Outcomes that had to be guessed, and that nothing settled since (S5). */
  readonly ambiguous: number;
  /** Who told of changes here first; left out: nobody yet. */
  readonly told?: ToldCounts;
}

/** Changes by who told the ledger first, a webhook or a poll; they only grow. */
export interface ToldCounts {
  readonly levelsTold: number;
  readonly levelsFound: number;
  readonly salesTold: number;
  readonly salesFound: number;
  /** When a sweep last found a level; 0: not open any more. */
  readonly foundAtMs: number;
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
  /** What each register of a shared pool holds of it (S10); registers of other pools are absent. */
  readonly parts: Readonly<Record<PlaceKey, number>>;
  /** What was taken by rule from the pools of registers that stand in several, until a sale claims it (S10). */
  readonly drawn?: Readonly<Record<PlaceKey, readonly Draw[]>>;
  /** What came back to registers that stand in several pools (S10). */
  readonly returns?: Readonly<Record<PlaceKey, Returns>>;
  /** What came back with refunds (O6); left out: nothing lately. */
  readonly goods?: Goods;
  /** Grows by one with every change that is stored. */
  readonly version: number;
  /** Of a bundle: what its components allow and are owed; null: it is none (S9). */
  readonly bundle: BundleState | null;
  /** Of a component: its bundles are to hear of its count; null: they know. */
  readonly bundlesDue: Due | null;
  /** Of a component: what lines of bundles have promised of it; left out: nothing (S9). */
  readonly promisedParts?: readonly PromisedPart[];
  /** The count that they know or are about to hear; empty: nobody needs to. */
  readonly bundlesKnow: string;
  /** Incidents that are open, and the last ones that ended. */
  readonly oversells: readonly Oversell[];
  /** Names incidents, and counts them. */
  readonly oversellCount: number;
  readonly recentOrders: readonly RecentOrder[];
  /** null: nothing learnt yet, or the buffer is fixed. */
  readonly pace: Pace | null;
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

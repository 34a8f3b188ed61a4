/**
 * What one SKU's ledger answers to: the RPC surface of the `SkuLedger` object, in plain data. Every call may come
 * twice, late or out of order; none of them may then change the count again.
 */
import type { Failure, FailureCode } from '../failure.ts';
import type { EffectId, EventId, LinkId, PlaceKey } from '../ids.ts';
import type { BundleJob, BundleNews } from './bundles.ts';
import type { Oversell } from './incident.ts';
import type { KeptEntry } from './journal.ts';
import type { PlaceChange } from './places.ts';
import type { RestockQuestion } from './restock.ts';
import type { Baseline } from './first-count.ts';
import type {
  Entry,
  LedgerSetup,
  PlaceAddress,
  SaleMoment,
  StockPolicy,
  ToldCounts,
} from './state.ts';
import type { Written } from './timing.ts';

/** The ledger as lists and pages show it; one row of D1's `ledger_copies`. */
export interface LedgerView {
  readonly connectionId: string;
  readonly linkId: LinkId;
  readonly sku: string;
  readonly version: number;
  /** Sum over pools. */
  readonly onHand: number;
  readonly reserved: number;
  readonly buffer: number;
  readonly pools: readonly { locationId: number; onHand: number; reserved: number }[];
  readonly places: readonly {
    platform: 'bigcommerce' | 'clover';
    place: PlaceKey;
    level: number | null;
    target: number;
    observedAtMs: number | null;
    pending: boolean;
    skipped: string | null;
    skippedFor: FailureCode | null;
    /** The pool that it belongs to. */
    locationId: number;
    /** Further pools of a register that stands in several (S10). */
    alsoAt?: readonly number[];
    /** Units that BigCommerce itself holds back from shoppers there; 0 at registers. */
    safetyStock: number;
    /** What this ledger learnt of when sales move the level here; left out: nothing yet. */
    saleMoment?: SaleMoment;
    /** What it learnt of whether our own orders move the level here; left out: nothing yet. */
    apiOrdersMove?: boolean;
    /** Units of known sales whose fall is still to come here; left out: none. */
    awaited?: number;
    /** Units that fell here and no sale has claimed; left out: none. */
    unexplained?: number;
    /** Who told of changes here first; left out: nobody yet. */
    told?: ToldCounts;
  }[];
  /** Incidents that are open or ended lately; left out: none. */
  readonly oversells?: readonly Oversell[];
  /** What a person was asked about goods that came back (O6), open or answered; left out: nothing. */
  readonly questions?: readonly RestockQuestion[];
  readonly outstandingSinceMs: number | null;
  /** More follows soon: the copy in D1 need not take every step. */
  readonly isInterim?: boolean;
  /** What the write just confirmed carried to its place, for the measures of lag (R8). */
  readonly timings?: readonly Written[];
  /** Effects out of attempts, with the reason. */
  readonly parked: readonly { effectId: EffectId; place: PlaceKey; reason: string }[];
}

/** An event said that a place may have changed. */
export interface Wake {
  readonly place: PlaceKey;
  readonly eventId: EventId;
  /** When the event reached intake. A read that begins later covers it. */
  readonly receivedAtMs: number;
  /** The platform's own time of the change, where events carry one (Clover `ts`); null otherwise. */
  readonly platformTsMs: number | null;
}

export type WakeReply =
  /** Read the level at `startAtMs` (or now, when that has passed) and report it with `observe`. */
  | { readonly read: true; readonly startAtMs: number; readonly address: PlaceAddress }
  | {
      readonly read: false;
      readonly reason: 'covered' | 'later' | 'skipped' | 'unknown_place' | 'not_open';
    };

/** A level read from a place. */
export interface Observation {
  readonly place: PlaceKey;
  readonly eventId: EventId;
  readonly level: number | null;
  /** When the request was sent: what happened before is in the answer (or will be, within the settle time). */
  readonly readStartedAtMs: number;
  readonly platformModifiedMs: number | null;
  /** BigCommerce: units that the merchant has the store hold back; left out: not told. */
  readonly safetyStock?: number;
  /** When the event that asked for the read reached intake; left out: no event did. */
  readonly receivedAtMs?: number;
  /**
   * An event said that the level itself changed, and when by the platform's clock (null: it does not tell): a read that
   * shows nothing new may have been too early, and is made once more. Left out: nobody said so.
   */
  readonly expected?: { readonly changedAtMs: number | null };
  /** For entries and logs: `webhook`, `sweep`, `verify`, `read-before-write`. */
  readonly source: string;
}

/** A sold order line, by its own unique key. Quantity 0 takes it back (void, edit). */
export interface Sale {
  readonly place: PlaceKey;
  /** `clover:{merchantId}:{orderId}:{lineItemId}` or `bigcommerce:{orderId}:{lineId}`. */
  readonly saleKey: string;
  readonly quantity: number;
  readonly orderId: string;
  readonly eventId: EventId;
  readonly receivedAtMs: number;
  /** The platform's own time of the sale, epoch milliseconds; null when it tells none. */
  readonly soldAtMs: number | null;
  /** The pool of the device that sold it; left out: the place's first (S10). */
  readonly locationId?: number;
  /** Of the quantity, units whose money was given back, and when: if they are on the shelf again, it is that pool's (S10). */
  readonly returned?: { readonly units: number; readonly atMs: number };
  /** The earliest moment at which the level may have moved for it (the line was added); left out: `soldAtMs`. */
  readonly addedAtMs?: number | null;
  /** Who told of the order; left out: neither, and it is not held for or against webhooks. */
  readonly toldBy?: 'webhook' | 'poll';
  /** Sold as part of this bundle: no level moves by itself for it, so it counts at once, in the pool that sold it. */
  readonly asPartOf?: { readonly sku: string; readonly locationId: number };
  /** Of a bundle's line: components that have lines of their own in the order, and are not consumed twice. */
  readonly partsApart?: readonly string[];
  /** A line of a pick list: whether the level moves for it depends on the product, so it counts at once. */
  readonly isPart?: boolean;
  /**
   * What the order's status makes of the line (S6). `sold` (left out): it is gone, or on its way. `promised`: its units
   * are reserved. `over`: neither any more; what it sold stays sold. Lines of the order that are reserved and not told
   * with it are over too.
   */
  readonly standing?: 'sold' | 'promised' | 'over';
  /** Promised: the web took the units from its level as the order was placed. */
  readonly takesAtOnce?: boolean;
  /** When the order's read began, by our clock; and the order's own time of its last change: an older read tells nothing. */
  readonly readAtMs?: number;
  readonly modifiedAtMs?: number;
  /** The order refers to one that we pushed (`BC{orderId}`): its lines are no sales of the register (S8). */
  readonly pushKey?: string;
}

/**
 * An order of ours at a register, or in BigCommerce (O5), as far as this SKU is in it (S8). Told before the order is created (`isMade` false, no
 * lines yet) and again when the last call that may move stock was answered (lines and payments are in). A crash between
 * the two is mended when the order is read back.
 */
export interface PushedOrder {
  /** Where the order is made. */
  readonly place: PlaceKey;
  /** What the order refers to: `BC{orderId}` at Clover, `clover:{merchantId}:{orderId}` in BigCommerce. */
  readonly pushKey: string;
  /** Units of this SKU in the order, all lines together; the same before and after. */
  readonly units: number;
  readonly isMade: boolean;
  /** Its lines of this SKU, by their keys as in `Sale`; none before it is made. */
  readonly lines: readonly Pick<Sale, 'saleKey' | 'quantity'>[];
  /**
   * By the register's clock, from its answers: when the lines were added and when it was paid; null: not known. In
   * BigCommerce: when the order was sent and when it was answered, by ours.
   */
  readonly addedAtMs: number | null;
  readonly soldAtMs: number | null;
  /** Nobody told of it before: it was found at the register by its reference. */
  readonly isReadBack?: boolean;
  /** It takes no stock after all: nothing is expected of it any more. */
  readonly isOff?: boolean;
}

/** A write to carry out now; only the caller that holds it may. */
export interface WriteInstruction {
  readonly kind: 'relative' | 'absolute';
  readonly effectId: EffectId;
  readonly eventId: EventId;
  readonly sku: string;
  readonly place: PlaceKey;
  readonly address: PlaceAddress;
  /** Relative: units to add (negative takes away). Absolute: the level to set. */
  readonly quantity: number;
  readonly attempt: number;
}

export type ClaimReply =
  | { readonly claim: 'write'; readonly instruction: WriteInstruction; readonly view: LedgerView }
  /** Clover: read the level first and claim again with the observation (S4). */
  | { readonly claim: 'read_first'; readonly address: PlaceAddress }
  | { readonly claim: 'none'; readonly reason: string; readonly view: LedgerView };

export type WriteOutcome =
  /** `level`: what the platform's answer says the place now shows, where it does (Clover). */
  | {
      readonly result: 'applied';
      readonly level: number | null;
      readonly platformModifiedMs: number | null;
      readonly startedAtMs: number;
    }
  /** Certainly not carried out. `address`: under which the platform takes it now (bigcommerce.md 6.4). */
  | {
      readonly result: 'refused';
      readonly failure: Failure;
      readonly startedAtMs: number;
      readonly address?: PlaceAddress;
    }
  /** Time-out or broken answer after sending: only a read can tell (S5). */
  | { readonly result: 'unknown'; readonly failure: Failure; readonly startedAtMs: number };

/** What levels read now would lead to, if a second look after the settle time showed the same. Nothing of it happened. */
export interface LedgerPreview {
  readonly before: LedgerView;
  readonly after: LedgerView;
  readonly entries: readonly Entry[];
  /** Levels that would be written. */
  readonly writes: readonly {
    readonly place: PlaceKey;
    /** null: never counted there. */
    readonly from: number | null;
    readonly to: number;
  }[];
}

/** The calls of one ledger. Each answers with the view after it, for the copy in D1. */
export interface SkuLedgerApi {
  /** Opens the account or, when it is open, changes its places; a repeat with the same content changes nothing. */
  open(setup: LedgerSetup, baseline: Baseline, eventId: EventId): Promise<LedgerView>;
  /** Takes the policy in and works the targets out again; `retryParked`: parked writes get a fresh set of attempts. */
  evaluate(policy: StockPolicy, eventId: EventId, retryParked: boolean): Promise<LedgerView | null>;
  wake(wake: Wake, policy: StockPolicy): Promise<WakeReply>;
  observe(observation: Observation, policy: StockPolicy): Promise<LedgerView | null>;
  /** Levels of several places, read together: told in one step. */
  observeAll(all: readonly Observation[], policy: StockPolicy): Promise<LedgerView | null>;
  /** The read handed out by `wake` failed: it is due again, or the place is skipped when the item is gone. */
  readFailed(place: PlaceKey, failure: Failure, eventId: EventId): Promise<LedgerView | null>;
  /** A place left, moved to another identity, or was switched off or on. */
  changePlace(place: PlaceKey, change: PlaceChange, eventId: EventId): Promise<LedgerView | null>;
  /** Sold lines of one order, all of this SKU; each counts once however often it is told. */
  sell(sales: readonly Sale[], policy: StockPolicy): Promise<LedgerView | null>;
  /** An order of ours is about to be made, or was made, at a register; each key counts nothing, however often told. */
  pushed(order: PushedOrder, eventId: EventId, policy: StockPolicy): Promise<LedgerView | null>;
  claim(effectId: EffectId, observation: Observation | null): Promise<ClaimReply>;
  /** The read asked for by `read_first` failed: the write waits for its next try, or ends as any other (R3). */
  claimFailed(effectId: EffectId, failure: Failure): Promise<LedgerView | null>;
  confirm(effectId: EffectId, outcome: WriteOutcome): Promise<LedgerView | null>;
  /** Gives a parked effect a fresh set of attempts. */
  unpark(effectId: EffectId, eventId: EventId): Promise<LedgerView | null>;
  /** What the queue has to do for a bundle; null: it is none (S9). */
  bundleJob(): Promise<BundleJob | null>;
  /** What the components of a bundle say, and which of its sales they have counted. */
  tellBundle(news: BundleNews, eventId: EventId, policy: StockPolicy): Promise<LedgerView | null>;
  /** The bundles of this component know its count as it was at this version. */
  bundlesTold(version: number, eventId: EventId): Promise<LedgerView | null>;
  view(): Promise<LedgerView | null>;
  /** Decides on these levels without storing, sending or writing anything. */
  preview(all: readonly Observation[], policy: StockPolicy): Promise<LedgerPreview | null>;
  /** Entries newest first; `cursor` is the last seen entry's sequence. */
  entries(
    cursor: number | null,
    limit: number,
  ): Promise<{
    items: readonly KeptEntry[];
    nextCursor: number | null;
  }>;
  /** A person says whether the goods of an order's refund are on the shelf again (O6); what is decided stays so. */
  answerReturns(
    orderId: string,
    isRestocked: boolean,
    eventId: EventId,
  ): Promise<LedgerView | null>;
  /** Reads every place again and closes what drifted; answered at once, done by the queue. */
  recount(eventId: EventId): Promise<LedgerView | null>;
}

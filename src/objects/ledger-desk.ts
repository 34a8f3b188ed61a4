/**
 * What a ledger's object does with each call, apart from where it keeps things: load, ask the pure core, store in one
 * step, say which messages to send and when to wake up. The object runs it over SQLite, the simulation over memory.
 */
import { isSame } from '../domain/equal.ts';
import { isStructural, type Failure } from '../domain/failure.ts';
import type { EffectId, EventId, PlaceKey } from '../domain/ids.ts';
import { unreachable } from '../domain/result.ts';
import type {
  ClaimReply,
  LedgerPreview,
  LedgerView,
  Observation,
  PushedOrder,
  Sale,
  Wake,
  WakeReply,
  WriteOutcome,
} from '../domain/stock/api.ts';
import {
  bundleJob,
  bundlesTold,
  tellBundle,
  type BundleJob,
  type BundleNews,
} from '../domain/stock/bundles.ts';
import { heldKeys } from '../domain/stock/bundle-promises.ts';
import { findPlace, readLater, readsNow, withPlace } from '../domain/stock/change.ts';
import {
  nextAlarmAtMs,
  openLedger,
  settle,
  takePokes,
  type SentPokes,
  viewOf,
  wantAllReads,
  withPolicy,
} from '../domain/stock/ledger.ts';
import { writesBetween, type WriteMark } from '../domain/stock/journal.ts';
import { changePlace, reopenLedger, skipFor, type PlaceChange } from '../domain/stock/places.ts';
import { preview } from '../domain/stock/preview.ts';
import { pushed } from '../domain/stock/push.ts';
import { answerReturns } from '../domain/stock/restock.ts';
import { sell } from '../domain/stock/sell.ts';
import type { Baseline } from '../domain/stock/first-count.ts';
import type {
  Change,
  Entry,
  LedgerSetup,
  LedgerState,
  PoolState,
  StockPolicy,
} from '../domain/stock/state.ts';
import { countSale, observeEach } from '../domain/stock/told.ts';
import type { Written } from '../domain/stock/timing.ts';
import { wake, type OpenRead } from '../domain/stock/wake.ts';
import { claim, claimFailed, confirm, unpark } from '../domain/stock/write.ts';
import { COPY_WHEN_BUSY_MS } from '../limits.ts';
import type { WorkMessage } from '../queue/messages.ts';
import { keptOf, versionOf, type KnownSale, type SaleVersion } from './known-sale.ts';

/** Everything one call changes; stored in one transaction or not at all. */
export interface LedgerWrite {
  /** null: the state is as it was. */
  readonly state: LedgerState | null;
  /** The pools before the entries, for the count after each of them. */
  readonly poolsBefore: readonly PoolState[];
  readonly entries: readonly Entry[];
  /** What each of these sale keys now stands for. */
  readonly sales: readonly KnownSale[];
  /** Writes of ours that were confirmed: noted at the entries that they carried. */
  readonly writes: readonly WriteMark[];
}

/** Where one ledger is kept. */
export interface LedgerStore {
  load(): LedgerState | null;
  /** Units that this sale key already counted for; 0 for an unknown one. */
  soldUnits(saleKey: string): number;
  /** Which read of the order this key was last told from; null: none that is ordered. */
  versionOf(saleKey: string): SaleVersion | null;
  /** Answers how long the entries took that its writes carried. */
  save(write: LedgerWrite): readonly Written[];
}

/** The answer to one call, and what follows from it once it is stored. */
export interface Decided<Reply> {
  readonly reply: Reply;
  /** Losing them costs time only: the alarm sends them again. */
  readonly messages: readonly WorkMessage[];
  /** When the ledger must look at itself again; null: not before somebody calls. */
  readonly alarmAtMs: number | null;
}

/** Epoch milliseconds, and uniform chance in [0, 1) for jitter. */
export interface DeskPorts {
  now(): number;
  random(): number;
}

type DecidedView = Decided<LedgerView | null>;

/**
 * The desk of one ledger, a class because it is the object without its platform. It remembers, in memory only, which
 * reads are under way and which pokes went out: losing that costs a read or a message.
 */
export class LedgerDesk {
  readonly #store: LedgerStore;
  readonly #ports: DeskPorts;
  readonly #openReads = new Map<PlaceKey, OpenRead>();
  #sent: SentPokes = new Map();

  constructor(store: LedgerStore, ports: DeskPorts) {
    this.#store = store;
    this.#ports = ports;
  }

  open(setup: LedgerSetup, baseline: Baseline, eventId: EventId): Decided<LedgerView> {
    const nowMs = this.#ports.now();
    const state = this.#store.load();
    const opened =
      state === null
        ? openLedger(setup, baseline, eventId, nowMs)
        : reopenLedger(state, setup, baseline, eventId, nowMs);
    return this.#commit(state, opened, eventId, nowMs);
  }

  evaluate(policy: StockPolicy, eventId: EventId, retryParked: boolean): DecidedView {
    return this.#change(eventId, policy, (state, nowMs) =>
      unmoved(retryParked ? readsNow(unpark(state, null, nowMs), nowMs) : state),
    );
  }

  wake(event: Wake, policy: StockPolicy): Decided<WakeReply> {
    const loaded = this.#store.load();
    if (loaded === null) return quiet({ read: false, reason: 'not_open' });
    const nowMs = this.#ports.now();
    const decision = wake(withPolicy(loaded, policy), event, this.#openReads, nowMs);
    switch (decision.kind) {
      case 'read': {
        const { place, startsAtMs } = decision;
        this.#openReads.set(place.place, { startsAtMs, eventId: event.eventId });
        return quiet({ read: true, startAtMs: startsAtMs, address: place.address });
      }
      case 'later': {
        const stored = this.#commit(loaded, unmoved(decision.state), event.eventId, nowMs);
        return { ...stored, reply: { read: false, reason: 'later' } };
      }
      case 'covered':
      case 'skipped':
      case 'unknown_place':
        return quiet({ read: false, reason: decision.kind });
      default:
        return unreachable(decision);
    }
  }

  observe(seen: Observation, policy: StockPolicy): DecidedView {
    return this.observeAll([seen], policy);
  }

  observeAll(all: readonly Observation[], policy: StockPolicy): DecidedView {
    const [first] = all;
    if (first === undefined) return quiet(this.view());
    for (const { place, readStartedAtMs } of all) this.#closeRead(place, readStartedAtMs);
    return this.#change(first.eventId, policy, (state, nowMs) => observeEach(state, all, nowMs));
  }

  readFailed(place: PlaceKey, failure: Failure, eventId: EventId): DecidedView {
    this.#openReads.delete(place);
    return this.#change(eventId, null, (state, nowMs) => {
      const found = findPlace(state, place);
      if (found === undefined) return unmoved(state);
      const gone = isStructural(failure);
      const next = gone ? skipFor(found, failure) : readLater(found, failure, eventId, nowMs);
      return unmoved(withPlace(state, next));
    });
  }

  changePlace(place: PlaceKey, change: PlaceChange, eventId: EventId): DecidedView {
    return this.#change(eventId, null, (state, nowMs) =>
      changePlace(state, place, change, eventId, nowMs),
    );
  }

  sell(sales: readonly Sale[], policy: StockPolicy): DecidedView {
    const [first] = sales;
    const loaded = this.#store.load();
    if (first === undefined || loaded === null) return quiet(this.view());
    const told = new Set(sales.map(({ saleKey }) => saleKey));
    const ended = heldKeys(loaded, first)
      .filter((saleKey) => !told.has(saleKey))
      .map((saleKey): Sale => ({ ...first, saleKey, quantity: 0, standing: 'over' }));
    const known = new Map(
      [...sales, ...ended].map(({ saleKey }) => [saleKey, this.#store.soldUnits(saleKey)]),
    );
    const all = [...sales, ...ended];
    const changed = all.filter((sale) => this.#isNews(sale, known));
    // What came back of a known sale is no news of what it sold.
    const heard = all.filter((sale) => changed.includes(sale) || sale.returned !== undefined);
    const decide = (state: LedgerState, nowMs: number): Change =>
      heard.reduce<Change>((sofar, sale) => {
        const before = known.get(sale.saleKey) ?? 0;
        const sold = sell(sofar.state, sale, before, this.#openReads, nowMs);
        const isSold = keptOf(sale, before).quantity !== before;
        const next = isSold ? countSale(sold, sale) : sold;
        return { state: next.state, entries: [...sofar.entries, ...next.entries] };
      }, unmoved(state));
    const kept = changed.map((sale) => keptOf(sale, known.get(sale.saleKey) ?? 0));
    return this.#change(first.eventId, policy, decide, kept);
  }

  /** An order whose lines may be promised is told by each of its reads; an older one than the last tells nothing. */
  #isNews(sale: Sale, known: ReadonlyMap<string, number>): boolean {
    const version = versionOf(sale);
    if (version === null) return known.get(sale.saleKey) !== sale.quantity;
    const last = this.#store.versionOf(sale.saleKey);
    if (last === null) return sale.standing !== 'over' || sale.quantity > 0;
    const later = version.modifiedAtMs - last.modifiedAtMs || version.readAtMs - last.readAtMs;
    return later > 0;
  }

  pushed(order: PushedOrder, eventId: EventId, policy: StockPolicy): DecidedView {
    const unknown = order.lines.filter(
      ({ saleKey, quantity }) => this.#store.soldUnits(saleKey) < quantity,
    );
    return this.#change(
      eventId,
      policy,
      (state, nowMs) => pushed(state, { ...order, lines: unknown }, eventId, nowMs),
      unknown,
    );
  }

  /** Throws on a ledger that was never opened: nobody can hold an effect of it. */
  claim(effectId: EffectId, seen: Observation | null): Decided<ClaimReply> {
    const state = this.#store.load();
    const nowMs = this.#ports.now();
    if (state === null) throw new Error('claim on a ledger that was never opened');
    const claimed = claim(state, effectId, seen, nowMs);
    const reply = claimed.reply;
    if (reply.claim === 'read_first') {
      return quiet({ claim: 'read_first', address: reply.place.address });
    }
    const eventId = seen?.eventId ?? (effectId as string as EventId);
    const stored = this.#commit(state, claimed, eventId, nowMs);
    return { ...stored, reply: { ...reply, view: stored.reply } };
  }

  claimFailed(effectId: EffectId, failure: Failure): DecidedView {
    return this.#change(this.#causeOf(effectId), null, (state, nowMs) =>
      unmoved(claimFailed(state, effectId, failure, nowMs, this.#ports.random())),
    );
  }

  confirm(effectId: EffectId, outcome: WriteOutcome): DecidedView {
    return this.#change(this.#causeOf(effectId), null, (state, nowMs) =>
      confirm(state, effectId, outcome, nowMs, this.#ports.random()),
    );
  }

  unpark(effectId: EffectId, eventId: EventId): DecidedView {
    return this.#change(eventId, null, (state, nowMs) => unmoved(unpark(state, effectId, nowMs)));
  }

  answerReturns(orderId: string, isRestocked: boolean, eventId: EventId): DecidedView {
    return this.#change(eventId, null, (state, nowMs) =>
      answerReturns(state, orderId, isRestocked, eventId, nowMs),
    );
  }

  recount(eventId: EventId): DecidedView {
    return this.#change(eventId, null, (state, nowMs) =>
      unmoved(wantAllReads(state, eventId, nowMs)),
    );
  }

  alarm(): DecidedView {
    return this.#change('alarm' as EventId, null, unmoved);
  }

  bundleJob(): BundleJob | null {
    const state = this.#store.load();
    return state === null ? null : bundleJob(state);
  }

  tellBundle(news: BundleNews, eventId: EventId, policy: StockPolicy): DecidedView {
    return this.#change(eventId, policy, (state) => tellBundle(state, news));
  }

  bundlesTold(version: number, eventId: EventId): DecidedView {
    return this.#change(eventId, null, (state) => unmoved(bundlesTold(state, version)));
  }

  view(): LedgerView | null {
    const state = this.#store.load();
    return state === null ? null : shown(state, this.#ports.now());
  }

  preview(all: readonly Observation[], policy: StockPolicy): LedgerPreview | null {
    const loaded = this.#store.load();
    return loaded === null ? null : preview(loaded, all, policy, this.#ports.now());
  }

  /** The event that a write serves, for the entries and reads that come of it. */
  #causeOf(effectId: EffectId): EventId {
    const places = this.#store.load()?.places ?? [];
    const held = places.find((place) => place.effect?.effectId === effectId)?.effect;
    return held?.eventId ?? (effectId as string as EventId);
  }

  #closeRead(place: PlaceKey, readStartedAtMs: number): void {
    const open = this.#openReads.get(place);
    if (open !== undefined && open.startsAtMs <= readStartedAtMs) this.#openReads.delete(place);
  }

  #change(
    eventId: EventId,
    policy: StockPolicy | null,
    decide: (state: LedgerState, nowMs: number) => Change,
    sales: LedgerWrite['sales'] = [],
  ): DecidedView {
    const loaded = this.#store.load();
    if (loaded === null) return quiet(null);
    const nowMs = this.#ports.now();
    const state = policy === null ? loaded : withPolicy(loaded, policy);
    return this.#commit(loaded, decide(state, nowMs), eventId, nowMs, sales);
  }

  #commit(
    before: LedgerState | null,
    decided: Change,
    eventId: EventId,
    nowMs: number,
    sales: LedgerWrite['sales'] = [],
  ): Decided<LedgerView> {
    const change = settle(decided, eventId, nowMs);
    const { sent, pokes } = takePokes(change.state, this.#sent, nowMs);
    const changed = before === null || !isSame(change.state, before);
    const state = changed ? { ...change.state, version: change.state.version + 1 } : change.state;
    const { entries } = change;
    let timings: readonly Written[] = [];
    if (changed || entries.length > 0 || sales.length > 0) {
      const poolsBefore = before?.pools ?? [];
      const writes = writesBetween(before, state);
      timings = this.#store.save({
        state: changed ? state : null,
        poolsBefore,
        entries,
        sales,
        writes,
      });
    }
    this.#sent = sent;
    for (const poke of pokes) {
      // The read begins after this moment: it covers every event that has arrived by now.
      if (poke.kind === 'read') {
        for (const place of [poke.place, ...(poke.also ?? [])]) {
          this.#openReads.set(place, { startsAtMs: nowMs, eventId: poke.eventId });
        }
      }
    }
    const { connectionId, linkId } = state;
    const messages = pokes.map((poke): WorkMessage => ({ v: 1, connectionId, linkId, ...poke }));
    const view = shown(state, nowMs);
    const reply = timings.length === 0 ? view : { ...view, timings };
    return { reply, messages, alarmAtMs: nextAlarmAtMs(state, sent) };
  }
}

/** Most ledgers are at rest again within seconds: until then nothing of theirs is worth a row of D1. */
function shown(state: LedgerState, nowMs: number): LedgerView {
  const view = viewOf(state);
  const sinceMs = view.outstandingSinceMs;
  const isInterim =
    sinceMs !== null && nowMs - sinceMs < COPY_WHEN_BUSY_MS && view.parked.length === 0;
  return isInterim ? { ...view, isInterim } : view;
}

function quiet<Reply>(reply: Reply): Decided<Reply> {
  return { reply, messages: [], alarmAtMs: null };
}

function unmoved(state: LedgerState): Change {
  return { state, entries: [] };
}

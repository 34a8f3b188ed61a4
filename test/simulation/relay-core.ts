/**
 * The relay's queue and objects: the real ledger desk over memory, messages that are lost, doubled and late, workers that
 * die between any two steps.
 */
import { eventId, type EventId, type PlaceKey } from '../../src/domain/ids.ts';
import type { LedgerView, Observation } from '../../src/domain/stock/api.ts';
import type { Entry, LedgerState, SaleMoment, StockPolicy } from '../../src/domain/stock/state.ts';
import type { KnownSale } from '../../src/objects/known-sale.ts';
import { LedgerDesk, type Decided, type LedgerStore } from '../../src/objects/ledger-desk.ts';
import type { WorkMessage } from '../../src/queue/messages.ts';
import type { SimClock } from './clock.ts';
import { WEB, type SimBundle, type SimPlatforms, type SimSku } from './platforms.ts';
import type { Scenario, Troubles } from './scenario.ts';
import type { Tally } from './tally.ts';
import type { Wire } from './wire.ts';

/** What the world is told of what the relay does to a place, to know afterwards which units nobody could have known. */
export interface Watcher {
  /** The read before a register write reached the register. */
  readBeforeWrite(sku: SimSku, place: PlaceKey): void;
  /** A write was carried out, or surely never will be. */
  wrote(sku: SimSku, place: PlaceKey): void;
  /** A read decided about a write of `units` and of unknown outcome; what was believed dates from `believedAtMs`. */
  decided(sku: SimSku, place: PlaceKey, believedAtMs: number, units: number): void;
}

export interface RelayDeps {
  readonly clock: SimClock;
  readonly random: () => number;
  readonly scenario: Scenario;
  readonly troubles: () => Troubles;
  readonly platforms: SimPlatforms;
  readonly wire: Wire;
  readonly bundle: SimBundle | null;
  readonly tally: Tally;
  readonly watcher: Watcher;
}

/** One ledger as its object would hold it. */
export interface Book {
  readonly sku: SimSku;
  desk: LedgerDesk;
  state: LedgerState | null;
  entries: Entry[];
  sum: number;
  readonly sold: Map<string, KnownSale>;
  alarmAtMs: number | null;
  /** Writes under way per place. */
  readonly writing: Map<PlaceKey, number>;
}

export class RuleBroken extends Error {}

function momentIn({ register }: Scenario): SaleMoment {
  return register.decrementMoment === 'line-added' ? 'added' : 'paid';
}

/** The policy a connection of this scenario hands to its ledgers. */
export function policyOf(scenario: Scenario, registers: readonly PlaceKey[]): StockPolicy {
  const each = <Value>(value: Value): Readonly<Record<PlaceKey, Value>> =>
    Object.fromEntries(registers.map((place) => [place, value]));
  return {
    enabled: true,
    direction: 'two-way',
    settleMs: scenario.settleMs,
    bufferUnits: scenario.bufferUnits,
    followsSales: each(true),
    ...(scenario.isMomentKnown ? { saleMoments: each(momentIn(scenario)) } : {}),
    ...(scenario.pushing.setting === 'auto'
      ? {}
      : { apiOrdersMove: each(scenario.pushing.setting === 'yes') }),
    ...(scenario.sharing === null ? {} : { sharing: { 1: scenario.sharing } }),
  };
}

export interface Worker {
  dead: boolean;
  /** The next step, unless the worker dies right here. */
  go(step: () => void): void;
  retry(waitMs: number): void;
}

export abstract class RelayCore {
  readonly books: Book[] = [];
  readonly deps: RelayDeps;
  policy: StockPolicy;
  #events = 0;

  constructor(deps: RelayDeps) {
    this.deps = deps;
    this.policy = policyOf(
      deps.scenario,
      deps.platforms.registers.map(({ place }) => place),
    );
  }

  /** The policy of one SKU, as `stockPolicy` of sync/policy.ts makes it. */
  readonly policyFor = ({ sku }: SimSku): StockPolicy => {
    const { bundle } = this.deps;
    if (bundle === null) return this.policy;
    const { components } = bundle;
    if (sku === bundle.sku.sku) return { ...this.policy, bufferUnits: 0, components };
    const isComponent = components.some((each) => each.sku === sku);
    return isComponent ? { ...this.policy, isComponent } : this.policy;
  };

  /** What a message of the work queue asks for. */
  abstract readonly perform: (worker: Worker, message: WorkMessage) => void;

  readonly newEvent = (what: string): EventId => {
    this.#events += 1;
    return eventId(`${what}-${this.#events}`);
  };

  readonly meets = (trouble: keyof Troubles): boolean => {
    const share = this.deps.troubles()[trouble];
    if (share === 0 || this.deps.random() >= share) return false;
    this.deps.tally.count(`trouble ${trouble}`);
    return true;
  };

  // --- Queue -------------------------------------------------------------------------------------------------------

  /** Runs a message until it says that it is done; a worker that dies never does, and the message comes again. */
  readonly enqueue = (run: (worker: Worker) => void, delayMs = 0, tries = 0): void => {
    if (tries === 0 && this.meets('messageTwice'))
      this.deliver(run, delayMs + this.deps.random() * 3_000, 1);
    const lateMs = this.meets('messageLate') ? this.deps.random() * 60_000 : 0;
    this.deliver(run, delayMs + 2 + this.deps.random() * 20 + lateMs, tries);
  };

  readonly deliver = (run: (worker: Worker) => void, delayMs: number, tries: number): void => {
    this.deps.clock.after(delayMs, () => {
      this.deps.tally.count('message');
      const worker: Worker = {
        dead: false,
        go: (step) => {
          if (worker.dead) return;
          if (this.meets('workerDies')) {
            worker.dead = true;
            if (tries < 11) this.enqueue(run, 5_000 + this.deps.random() * 30_000, tries + 1);
            return;
          }
          step();
        },
        retry: (waitMs) => {
          if (tries < 11) this.enqueue(run, waitMs, tries + 1);
        },
      };
      worker.go(() => run(worker));
    });
  };

  // --- Objects -----------------------------------------------------------------------------------------------------

  readonly bookOf = (message: { readonly linkId: string }): Book => {
    const book = this.books[Number(message.linkId.slice(1))];
    if (book === undefined) throw new Error(`no ledger ${message.linkId}`);
    return book;
  };

  readonly storeOf = (book: () => Book): LedgerStore => ({
    load: () => book().state,
    soldUnits: (saleKey) => book().sold.get(saleKey)?.quantity ?? 0,
    versionOf: (saleKey) => book().sold.get(saleKey)?.version ?? null,
    save: ({ state, entries, sales }) => {
      const held = book();
      if (state !== null) held.state = state;
      for (const entry of entries) {
        held.sum += entry.delta;
        held.entries.push(entry);
        if (entry.cause === 'level' && entry.note.includes('rose')) {
          this.deps.tally.count('rise believed');
        }
        this.deps.tally.tell(
          () =>
            `    entry ${entry.delta} ${held.sku.sku} ${entry.place}: ${entry.note} = ${held.sum}`,
        );
      }
      for (const sale of sales) held.sold.set(sale.saleKey, sale);
      this.check(held);
      return [];
    },
  });

  readonly newDesk = (book: () => Book): LedgerDesk =>
    new LedgerDesk(this.storeOf(book), {
      now: () => this.deps.clock.nowMs,
      random: this.deps.random,
    });

  /** After what was stored: messages go out, the alarm is set. */
  readonly follow = <Reply>(book: Book, { reply, messages, alarmAtMs }: Decided<Reply>): Reply => {
    for (const message of messages) {
      if (this.meets('messageLost')) continue;
      this.enqueue((worker) => this.perform(worker, message));
    }
    if (alarmAtMs !== null && (book.alarmAtMs === null || alarmAtMs < book.alarmAtMs)) {
      book.alarmAtMs = alarmAtMs;
      this.deps.clock.at(alarmAtMs, () => {
        if (book.alarmAtMs !== alarmAtMs) return;
        book.alarmAtMs = null;
        this.deps.tally.count('alarm');
        this.follow(book, book.desk.alarm());
      });
    }
    return reply;
  };

  /** What one ledger learns of its register, all ledgers of the merchant are told (sync/merchants.ts). */
  readonly learn = (view: LedgerView | null): void => {
    for (const { place, saleMoment, apiOrdersMove } of view?.places ?? []) {
      if (apiOrdersMove !== undefined && this.policy.apiOrdersMove?.[place] === undefined) {
        this.deps.tally.count(`learnt that pushes ${apiOrdersMove ? 'move' : 'move no'} stock`);
        const learnt = { ...this.policy.apiOrdersMove, [place]: apiOrdersMove };
        this.policy = { ...this.policy, apiOrdersMove: learnt };
      }
      if (saleMoment === undefined || place === WEB) continue;
      if (this.policy.saleMoments?.[place] !== undefined) continue;
      const saleMoments = { ...this.policy.saleMoments, [place]: saleMoment };
      this.policy = { ...this.policy, saleMoments };
    }
  };

  readonly observe = (book: Book, seen: Observation): LedgerView | null =>
    this.observeAll(book, [seen]);

  readonly observeAll = (book: Book, all: readonly Observation[]): LedgerView | null => {
    const before = book.state?.places ?? [];
    const reply = this.follow(book, book.desk.observeAll(all, this.policyFor(book.sku)));
    this.learn(reply);
    for (const { place: key } of all) {
      this.noteDecision(
        book,
        before.find(({ place }) => place === key),
        key,
      );
    }
    return reply;
  };

  readonly noteDecision = (
    book: Book,
    before: LedgerState['places'][number] | undefined,
    place: PlaceKey,
  ): void => {
    if (before?.effect?.status !== 'unknown') return;
    const after = book.state?.places.find((each) => each.place === place);
    if (after?.effect?.status === 'unknown') return;
    const { suspectedRise, levelReadAtMs } = before;
    const units = Math.abs(before.effect.claim?.delta ?? 0);
    this.deps.watcher.decided(
      book.sku,
      place,
      suspectedRise?.believedReadMs ?? levelReadAtMs,
      units,
    );
  };

  readonly check = (book: Book): void => {
    const { state } = book;
    if (state === null) return;
    const onHand = state.pools.reduce((sum, pool) => sum + pool.onHand, 0);
    if (onHand !== book.sum) {
      throw new RuleBroken(`on hand ${onHand} is not the sum ${book.sum} of ${book.sku.sku}`);
    }
    this.checkPools(book.sku, state);
  };

  /** What holds after each step, at rest or not: parts add up to what is free, and what is reserved is some order's. */
  readonly checkPools = ({ sku }: SimSku, state: LedgerState): void => {
    const held = state.places.flatMap(({ reservations }) => reservations);
    const reserved = held.reduce((sum, { units }) => sum + units, 0);
    const inPools = state.pools.reduce((sum, pool) => sum + pool.reserved, 0);
    if (reserved !== inPools)
      throw new RuleBroken(`${inPools} of ${sku} are reserved, orders hold ${reserved}`);
    const parts = Object.values(state.parts);
    if (parts.length === 0) return;
    const free = state.pools.reduce((sum, pool) => sum + pool.onHand - pool.reserved, 0);
    const shared = parts.reduce((sum, part) => sum + part, 0);
    if (shared !== Math.max(0, free) || Math.min(...parts) < 0)
      throw new RuleBroken(`parts ${parts.join(' and ')} of ${sku}, ${free} are free`);
  };
}

/**
 * One SKU's ledger as a Durable Object: load, call the pure core, write in one transaction, poke the queue. The alarm
 * exists only while something is outstanding; it finds lost pokes, lost workers and reads that are due.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Failure } from '../domain/failure.ts';
import type { EffectId, EventId, PlaceKey } from '../domain/ids.ts';
import { unreachable } from '../domain/result.ts';
import type {
  ClaimReply,
  LedgerView,
  Observation,
  Sale,
  SkuLedgerApi,
  Wake,
  WakeReply,
  WriteOutcome,
} from '../domain/stock/api.ts';
import { findPlace, readLater, readsNow, withPlace } from '../domain/stock/change.ts';
import {
  nextAlarmAtMs,
  openLedger,
  reopenLedger,
  settle,
  takePokes,
  viewOf,
  wantAllReads,
  withPolicy,
  type Poke,
} from '../domain/stock/ledger.ts';
import { observe } from '../domain/stock/observe.ts';
import { sell } from '../domain/stock/sell.ts';
import type {
  Baseline,
  Change,
  LedgerSetup,
  LedgerState,
  StockPolicy,
} from '../domain/stock/state.ts';
import { wake, type OpenRead } from '../domain/stock/wake.ts';
import { claim, claimFailed, confirm, unpark } from '../domain/stock/write.ts';
import { RETRY_BASE_MS } from '../limits.ts';
import type { WorkMessage } from '../queue/messages.ts';
import { portsFor } from '../wiring.ts';
import { appendEntries, readEntries, type Entries } from './ledger-entries.ts';
import { applyMigrations } from './migrations.ts';

const MIGRATIONS = [
  {
    id: 1,
    // One row of state, so that a decision costs one written row; entries and sale keys are append-only.
    sql: `
      CREATE TABLE ledger (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL);
      CREATE TABLE entries (
        seq INTEGER PRIMARY KEY, location_id INTEGER NOT NULL, delta INTEGER NOT NULL, cause TEXT NOT NULL,
        place TEXT, source TEXT NOT NULL, event_id TEXT NOT NULL, at_ms INTEGER NOT NULL, note TEXT NOT NULL,
        on_hand_after INTEGER NOT NULL
      );
      CREATE TABLE sales (sale_key TEXT PRIMARY KEY, quantity INTEGER NOT NULL) WITHOUT ROWID;
    `,
  },
];

export class SkuLedger extends DurableObject<Env> implements SkuLedgerApi {
  readonly #sql = this.ctx.storage.sql;
  #openReads = new Map<PlaceKey, OpenRead>();
  /** What the last view told of work that waits; in memory, because telling it again costs one row. */
  #told = '';

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    applyMigrations(ctx.storage, MIGRATIONS);
  }

  async open(setup: LedgerSetup, baseline: Baseline, eventId: EventId): Promise<LedgerView> {
    const nowMs = this.#now();
    const state = this.#load();
    const change =
      state === null
        ? openLedger(setup, baseline, eventId, nowMs)
        : reopenLedger(state, setup, baseline, eventId, nowMs);
    return this.#commit(state, change, eventId, nowMs);
  }

  async evaluate(
    policy: StockPolicy,
    eventId: EventId,
    retryParked: boolean,
  ): Promise<LedgerView | null> {
    return this.#change(eventId, policy, (state, nowMs) => ({
      state: retryParked ? readsNow(unpark(state, null, nowMs), nowMs) : state,
      entries: [],
    }));
  }

  async wake(event: Wake, policy: StockPolicy): Promise<WakeReply> {
    const loaded = this.#load();
    if (loaded === null) return { read: false, reason: 'not_open' };
    const nowMs = this.#now();
    const decision = wake(withPolicy(loaded, policy), event, this.#openReads, nowMs);
    switch (decision.kind) {
      case 'read': {
        const { place, startsAtMs } = decision;
        this.#openReads.set(place.place, { startsAtMs, eventId: event.eventId });
        return { read: true, startAtMs: startsAtMs, address: place.address };
      }
      case 'later':
        await this.#commit(loaded, { state: decision.state, entries: [] }, event.eventId, nowMs);
        return { read: false, reason: 'later' };
      case 'covered':
      case 'skipped':
      case 'unknown_place':
        return { read: false, reason: decision.kind };
      default:
        return unreachable(decision);
    }
  }

  async observe(seen: Observation, policy: StockPolicy): Promise<LedgerView | null> {
    this.#closeRead(seen.place, seen.readStartedAtMs);
    return this.#change(seen.eventId, policy, (state, nowMs) => observe(state, seen, nowMs));
  }

  async readFailed(
    place: PlaceKey,
    failure: Failure,
    eventId: EventId,
  ): Promise<LedgerView | null> {
    this.#openReads.delete(place);
    return this.#change(eventId, null, (state, nowMs) => {
      const found = findPlace(state, place);
      if (found === undefined) return { state, entries: [] };
      const gone = failure.code === 'not_found' || failure.code === 'item_deleted';
      const next = gone
        ? { ...found, skipped: failure.message, readDue: null }
        : readLater(found, failure, eventId, nowMs);
      return { state: withPlace(state, next), entries: [] };
    });
  }

  async sell(sales: readonly Sale[], policy: StockPolicy): Promise<LedgerView | null> {
    const [first] = sales;
    if (first === undefined) return this.view();
    const known = new Map(sales.map(({ saleKey }) => [saleKey, this.#soldUnits(saleKey)]));
    const changed = sales.filter((sale) => known.get(sale.saleKey) !== sale.quantity);
    return this.#change(
      first.eventId,
      policy,
      (state, nowMs) => {
        let change: Change = { state, entries: [] };
        for (const sale of changed) {
          const next = sell(
            change.state,
            sale,
            known.get(sale.saleKey) ?? 0,
            this.#openReads,
            nowMs,
          );
          change = { state: next.state, entries: [...change.entries, ...next.entries] };
        }
        return change;
      },
      changed,
    );
  }

  async claim(effectId: EffectId, seen: Observation | null): Promise<ClaimReply> {
    const state = this.#load();
    const nowMs = this.#now();
    if (state === null) throw new Error('claim on a ledger that was never opened');
    const claimed = claim(state, effectId, seen, nowMs);
    const reply = claimed.reply;
    if (reply.claim === 'read_first') return { claim: 'read_first', address: reply.place.address };
    const eventId = seen?.eventId ?? (effectId as string as EventId);
    const view = await this.#commit(state, claimed, eventId, nowMs);
    return { ...reply, view };
  }

  async claimFailed(effectId: EffectId, failure: Failure): Promise<LedgerView | null> {
    const { random } = portsFor(this.env);
    return this.#change(this.#causeOf(effectId), null, (state, nowMs) => ({
      state: claimFailed(state, effectId, failure, nowMs, random()),
      entries: [],
    }));
  }

  async confirm(effectId: EffectId, outcome: WriteOutcome): Promise<LedgerView | null> {
    const { random } = portsFor(this.env);
    return this.#change(this.#causeOf(effectId), null, (state, nowMs) =>
      confirm(state, effectId, outcome, nowMs, random()),
    );
  }

  async unpark(effectId: EffectId, eventId: EventId): Promise<LedgerView | null> {
    return this.#change(eventId, null, (state, nowMs) => ({
      state: unpark(state, effectId, nowMs),
      entries: [],
    }));
  }

  async view(): Promise<LedgerView | null> {
    const state = this.#load();
    return state === null ? null : viewOf(state);
  }

  async entries(cursor: number | null, limit: number): Promise<Entries> {
    return readEntries(this.#sql, cursor, limit);
  }

  async recount(eventId: EventId): Promise<LedgerView | null> {
    return this.#change(eventId, null, (state, nowMs) => ({
      state: wantAllReads(state, eventId, nowMs),
      entries: [],
    }));
  }

  override async alarm(): Promise<void> {
    const ports = portsFor(this.env);
    try {
      const state = this.#load();
      if (state === null) return;
      await this.#commit(state, { state, entries: [] }, 'alarm' as EventId, ports.now());
    } catch (error) {
      // A throw burns one of six retries, after which the alarm is gone for good (cloudflare.md 1.6).
      await this.ctx.storage.setAlarm(ports.now() + RETRY_BASE_MS);
      ports.log.add({
        kind: 'decision',
        atMs: ports.now(),
        connectionId: this.ctx.id.name?.split(':')[0] ?? '',
        operation: 'ledger.alarm',
        outcome: 'failed',
        code: 'internal',
        message: `The ledger's alarm failed and will try again: ${String(error)}`,
      });
      await ports.log.flush();
    }
  }

  #now(): number {
    return portsFor(this.env).now();
  }

  #load(): LedgerState | null {
    const [row] = this.#sql.exec<{ state: string }>('SELECT state FROM ledger').toArray();
    return row === undefined ? null : (JSON.parse(row.state) as LedgerState);
  }

  /** The event that a write serves, for the entries and reads that come of it. */
  #causeOf(effectId: EffectId): EventId {
    const places = this.#load()?.places ?? [];
    const held = places.find((place) => place.effect?.effectId === effectId)?.effect;
    return held?.eventId ?? (effectId as string as EventId);
  }

  #soldUnits(saleKey: string): number {
    const [row] = this.#sql
      .exec<{ quantity: number }>('SELECT quantity FROM sales WHERE sale_key = ?', saleKey)
      .toArray();
    return row?.quantity ?? 0;
  }

  #closeRead(place: PlaceKey, readStartedAtMs: number): void {
    const open = this.#openReads.get(place);
    if (open !== undefined && open.startsAtMs <= readStartedAtMs) this.#openReads.delete(place);
  }

  async #change(
    eventId: EventId,
    policy: StockPolicy | null,
    decide: (state: LedgerState, nowMs: number) => Change,
    sales: readonly Sale[] = [],
  ): Promise<LedgerView | null> {
    const loaded = this.#load();
    if (loaded === null) return null;
    const nowMs = this.#now();
    const state = policy === null ? loaded : withPolicy(loaded, policy);
    return this.#commit(loaded, decide(state, nowMs), eventId, nowMs, sales);
  }

  /** Writes the change in one transaction, then tells the queue; a message lost in between is the alarm's to find. */
  async #commit(
    before: LedgerState | null,
    decided: Change,
    eventId: EventId,
    nowMs: number,
    sales: readonly Sale[] = [],
  ): Promise<LedgerView> {
    const change = settle(decided, eventId, nowMs);
    const poked = takePokes(change.state, nowMs);
    const changed = before === null || JSON.stringify(poked.state) !== JSON.stringify(before);
    const state = changed ? { ...poked.state, version: poked.state.version + 1 } : poked.state;
    this.ctx.storage.transactionSync(() => {
      if (changed) this.#store(state);
      appendEntries(this.#sql, before?.pools ?? [], change.entries);
      for (const sale of sales) {
        this.#sql.exec(
          'INSERT INTO sales VALUES (?, ?) ON CONFLICT DO UPDATE SET quantity = excluded.quantity',
          sale.saleKey,
          sale.quantity,
        );
      }
    });
    await this.#arm(state, nowMs);
    await this.#send(state, poked.pokes, nowMs);
    return this.#show(state);
  }

  #show(state: LedgerState): LedgerView {
    const view = viewOf(state);
    const told = view.outstandingSinceMs === null ? 'rest' : `busy, ${view.parked.length} parked`;
    const isInterim = told !== 'rest' && told === this.#told;
    this.#told = told;
    return isInterim ? { ...view, isInterim } : view;
  }

  #store(state: LedgerState): void {
    this.#sql.exec(
      'INSERT INTO ledger VALUES (1, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
      JSON.stringify(state),
    );
  }

  /**
   * Sets the alarm only when it must come earlier than it is set, because each setting is a written row. At rest a
   * leftover one is let go off: it finds nothing to do, and that is cheaper than a row that deletes it.
   */
  async #arm(state: LedgerState, nowMs: number): Promise<void> {
    const wanted = nextAlarmAtMs(state);
    if (wanted === null) return;
    const current = await this.ctx.storage.getAlarm();
    // One that should have fired long ago cannot be trusted to fire (cloudflare.md 1.6).
    const lost = current !== null && current < nowMs - RETRY_BASE_MS;
    if (current === null || lost || wanted < current) await this.ctx.storage.setAlarm(wanted);
  }

  async #send(state: LedgerState, pokes: readonly Poke[], nowMs: number): Promise<void> {
    for (const poke of pokes) {
      // The read begins after this moment: it covers every event that has arrived by now.
      if (poke.kind === 'read') {
        this.#openReads.set(poke.place, { startsAtMs: nowMs, eventId: poke.eventId });
      }
    }
    const { connectionId, linkId } = state;
    const messages = pokes.map((poke): WorkMessage => ({ v: 1, connectionId, linkId, ...poke }));
    if (messages.length > 0) await portsFor(this.env).queues.work.sendAll(messages);
  }
}

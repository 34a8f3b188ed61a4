/**
 * One SKU's ledger as a Durable Object: `ledger-desk.ts` over SQLite. The alarm exists only while something is
 * outstanding; it finds lost pokes, lost workers and reads that are due.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Failure } from '../domain/failure.ts';
import type { EffectId, EventId, PlaceKey } from '../domain/ids.ts';
import type {
  ClaimReply,
  LedgerPreview,
  LedgerView,
  Observation,
  PushedOrder,
  Sale,
  SkuLedgerApi,
  Wake,
  WakeReply,
  WriteOutcome,
} from '../domain/stock/api.ts';
import type { BundleJob, BundleNews } from '../domain/stock/bundles.ts';
import type { PlaceChange } from '../domain/stock/places.ts';
import type { Baseline } from '../domain/stock/first-count.ts';
import type { LedgerSetup, StockPolicy } from '../domain/stock/state.ts';
import { RETRY_BASE_MS } from '../limits.ts';
import { portsFor } from '../wiring.ts';
import { LedgerDesk, type Decided } from './ledger-desk.ts';
import { type Entries, openLedgerStore, type SqlLedgerStore } from './ledger-store.ts';

export class SkuLedger extends DurableObject<Env> implements SkuLedgerApi {
  readonly #store: SqlLedgerStore;
  readonly #desk: LedgerDesk;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = openLedgerStore(ctx.storage);
    this.#desk = new LedgerDesk(this.#store, {
      now: () => portsFor(this.env).now(),
      random: () => portsFor(this.env).random(),
    });
  }

  async open(setup: LedgerSetup, baseline: Baseline, eventId: EventId): Promise<LedgerView> {
    return this.#follow(this.#desk.open(setup, baseline, eventId));
  }

  async evaluate(
    policy: StockPolicy,
    eventId: EventId,
    retryParked: boolean,
  ): Promise<LedgerView | null> {
    return this.#follow(this.#desk.evaluate(policy, eventId, retryParked));
  }

  async wake(event: Wake, policy: StockPolicy): Promise<WakeReply> {
    return this.#follow(this.#desk.wake(event, policy));
  }

  async observe(seen: Observation, policy: StockPolicy): Promise<LedgerView | null> {
    return this.#follow(this.#desk.observe(seen, policy));
  }

  async observeAll(all: readonly Observation[], policy: StockPolicy): Promise<LedgerView | null> {
    return this.#follow(this.#desk.observeAll(all, policy));
  }

  async readFailed(
    place: PlaceKey,
    failure: Failure,
    eventId: EventId,
  ): Promise<LedgerView | null> {
    return this.#follow(this.#desk.readFailed(place, failure, eventId));
  }

  async changePlace(
    place: PlaceKey,
    change: PlaceChange,
    eventId: EventId,
  ): Promise<LedgerView | null> {
    return this.#follow(this.#desk.changePlace(place, change, eventId));
  }

  async sell(sales: readonly Sale[], policy: StockPolicy): Promise<LedgerView | null> {
    return this.#follow(this.#desk.sell(sales, policy));
  }

  async pushed(
    order: PushedOrder,
    eventId: EventId,
    policy: StockPolicy,
  ): Promise<LedgerView | null> {
    return this.#follow(this.#desk.pushed(order, eventId, policy));
  }

  async claim(effectId: EffectId, seen: Observation | null): Promise<ClaimReply> {
    return this.#follow(this.#desk.claim(effectId, seen));
  }

  async claimFailed(effectId: EffectId, failure: Failure): Promise<LedgerView | null> {
    return this.#follow(this.#desk.claimFailed(effectId, failure));
  }

  async confirm(effectId: EffectId, outcome: WriteOutcome): Promise<LedgerView | null> {
    return this.#follow(this.#desk.confirm(effectId, outcome));
  }

  async unpark(effectId: EffectId, eventId: EventId): Promise<LedgerView | null> {
    return this.#follow(this.#desk.unpark(effectId, eventId));
  }

  async bundleJob(): Promise<BundleJob | null> {
    return this.#desk.bundleJob();
  }

  async tellBundle(
    news: BundleNews,
    eventId: EventId,
    policy: StockPolicy,
  ): Promise<LedgerView | null> {
    return this.#follow(this.#desk.tellBundle(news, eventId, policy));
  }

  async bundlesTold(version: number, eventId: EventId): Promise<LedgerView | null> {
    return this.#follow(this.#desk.bundlesTold(version, eventId));
  }

  async view(): Promise<LedgerView | null> {
    return this.#desk.view();
  }

  async preview(all: readonly Observation[], policy: StockPolicy): Promise<LedgerPreview | null> {
    return this.#desk.preview(all, policy);
  }

  async entries(cursor: number | null, limit: number): Promise<Entries> {
    return this.#store.entries(cursor, limit);
  }

  async answerReturns(
    orderId: string,
    isRestocked: boolean,
    eventId: EventId,
  ): Promise<LedgerView | null> {
    return this.#follow(this.#desk.answerReturns(orderId, isRestocked, eventId));
  }

  async recount(eventId: EventId): Promise<LedgerView | null> {
    return this.#follow(this.#desk.recount(eventId));
  }

  override async alarm(): Promise<void> {
    const ports = portsFor(this.env);
    try {
      await this.#follow(this.#desk.alarm());
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

  /** What is stored is told to the queue; a message lost in between is the alarm's to find. */
  async #follow<Reply>({ reply, messages, alarmAtMs }: Decided<Reply>): Promise<Reply> {
    const ports = portsFor(this.env);
    await this.#arm(alarmAtMs, ports.now());
    if (messages.length > 0) await ports.queues.work.sendAll(messages);
    return reply;
  }

  /**
   * Sets the alarm only when it must come earlier than it is set, because each setting is a written row. At rest a
   * leftover one is let go off: it finds nothing to do, and that is cheaper than a row that deletes it.
   */
  async #arm(wanted: number | null, nowMs: number): Promise<void> {
    if (wanted === null) return;
    const current = await this.ctx.storage.getAlarm();
    // One that should have fired long ago cannot be trusted to fire (cloudflare.md 1.6).
    const lost = current !== null && current < nowMs - RETRY_BASE_MS;
    if (current === null || lost || wanted < current) await this.ctx.storage.setAlarm(wanted);
  }
}

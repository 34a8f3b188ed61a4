/**
 * One object per order. It shares reads: an order's many webhooks, arriving together, cost one read; that is in memory
 * only, because forgetting it costs one read too many and never a lost one. And it keeps the state of an order on its way to
 * the other side (`domain/orders/relay.ts`), in one row, written before anything is sent.
 */
import { DurableObject } from 'cloudflare:workers';
import { eraseDeep, ownMarksOf, type Subject } from '../domain/customers/erase.ts';
import {
  ask,
  claim,
  finish,
  NEW_RELAY,
  nextAlarmAtMs,
  poke,
  progress,
  type Ask,
  type Progress,
  type PushClaim,
  type PushOutcome,
  type RelayState,
} from '../domain/orders/relay.ts';
import { isCovered } from '../domain/stock/wake.ts';
import { CALL_TIMEOUT_MS, COALESCE_MS, RETRY_BASE_MS } from '../limits.ts';
import type { OrderRelayApi } from '../ports.ts';
import { portsFor } from '../wiring.ts';
import { applyMigrations } from './migrations.ts';

/** How long a read that was handed out counts as under way. */
const OPEN_READ_MS = CALL_TIMEOUT_MS + 10_000;

const MIGRATIONS = [
  { id: 1, sql: 'CREATE TABLE relay (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL)' },
];

export class OrderRelay extends DurableObject<Env> implements OrderRelayApi {
  readonly #sql = this.ctx.storage.sql;
  #open: { readonly startsAtMs: number; readonly eventId: string } | null = null;
  #lastReadStartedAtMs = 0;
  #hasTables = false;

  async wake(
    receivedAtMs: number,
    eventId: string,
  ): Promise<{ read: false } | { read: true; startAtMs: number }> {
    const nowMs = this.#now();
    if (isCovered(receivedAtMs, this.#lastReadStartedAtMs)) return { read: false };
    const open = this.#open;
    const isOpen = open !== null && nowMs < open.startsAtMs + OPEN_READ_MS;
    if (isOpen && open.eventId !== eventId && isCovered(receivedAtMs, open.startsAtMs)) {
      return { read: false };
    }
    this.#open = { startsAtMs: nowMs + COALESCE_MS, eventId };
    return { read: true, startAtMs: nowMs + COALESCE_MS };
  }

  async done(startedAtMs: number): Promise<void> {
    this.#lastReadStartedAtMs = Math.max(this.#lastReadStartedAtMs, startedAtMs);
    if (this.#open !== null && this.#open.startsAtMs <= startedAtMs) this.#open = null;
  }

  async ask(wanted: Ask): Promise<void> {
    const before = this.#load() ?? NEW_RELAY;
    await this.#follow(before, ask(before, wanted, this.#now()));
  }

  async claimPush(claimId: string): Promise<PushClaim> {
    const before = this.#load() ?? NEW_RELAY;
    const { state, reply } = claim(before, claimId, this.#now());
    await this.#follow(before, state);
    return reply;
  }

  async progressPush(claimId: string, made: Progress): Promise<boolean> {
    const before = this.#load() ?? NEW_RELAY;
    const state = progress(before, claimId, made, this.#now());
    if (state === null) return false;
    await this.#follow(before, state);
    return true;
  }

  async finishPush(claimId: string, outcome: PushOutcome): Promise<RelayState> {
    const before = this.#load() ?? NEW_RELAY;
    const random = portsFor(this.env).random();
    return this.#follow(before, finish(before, claimId, outcome, this.#now(), random));
  }

  async viewPush(): Promise<RelayState | null> {
    return this.#load();
  }

  async erasePerson(subject: Subject): Promise<'erased' | 'nothing' | 'busy'> {
    const state = this.#load();
    if (state === null) return 'nothing';
    if (state.claim !== null && state.claim.untilMs > this.#now()) return 'busy';
    const clean = eraseDeep(state, ownMarksOf(subject));
    if (clean === state) return 'nothing';
    this.#save(clean);
    return 'erased';
  }

  override async alarm(): Promise<void> {
    try {
      const before = this.#load();
      if (before !== null) await this.#follow(before, before);
    } catch (error) {
      // A throw burns one of six retries, after which the alarm is gone for good (cloudflare.md 1.6).
      const ports = portsFor(this.env);
      await this.ctx.storage.setAlarm(ports.now() + RETRY_BASE_MS);
      ports.log.add({
        kind: 'decision',
        atMs: ports.now(),
        connectionId: this.#name().connectionId,
        orderId: this.#name().orderId,
        operation: 'push.alarm',
        outcome: 'failed',
        code: 'internal',
        message: `The order's alarm failed and will try again: ${String(error)}`,
      });
      await ports.log.flush();
    }
  }

  #now(): number {
    return portsFor(this.env).now();
  }

  /** `{connection}:{platform}:{orderId}` (see `wiring.ts`). */
  #name(): { connectionId: string; platform: string; orderId: string } {
    const [connectionId = '', platform = '', orderId = ''] = this.ctx.id.name?.split(':') ?? [];
    return { connectionId, platform, orderId };
  }

  /** Tables only for orders that are pushed: most objects just share reads, and each table is rows written. */
  #prepare(): void {
    if (this.#hasTables) return;
    applyMigrations(this.ctx.storage, MIGRATIONS);
    this.#hasTables = true;
  }

  #load(): RelayState | null {
    this.#prepare();
    const [row] = this.#sql.exec<{ state: string }>('SELECT state FROM relay').toArray();
    return row === undefined ? null : (JSON.parse(row.state) as RelayState);
  }

  #save(state: RelayState): void {
    this.#sql.exec(
      'INSERT INTO relay VALUES (1, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
      JSON.stringify(state),
    );
  }

  /** Stores the state, then calls a worker when one is due; a call that is lost is the alarm's to repeat. */
  async #follow(before: RelayState, after: RelayState): Promise<RelayState> {
    const { state, isDue } = poke(after, this.#now());
    if (state !== before) this.#save(state);
    await this.#arm(nextAlarmAtMs(state));
    if (isDue) {
      const { connectionId, platform, orderId } = this.#name();
      const { eventId } = state;
      await portsFor(this.env).queues.work.send({
        v: 1,
        kind: 'push',
        connectionId,
        eventId,
        orderId,
        ...(platform === 'clover' ? { from: 'clover' } : {}),
      });
    }
    return state;
  }

  /** Only earlier than it is set: each setting is a written row, and a leftover alarm that finds nothing costs less. */
  async #arm(wanted: number | null): Promise<void> {
    if (wanted === null) return;
    const nowMs = this.#now();
    const current = await this.ctx.storage.getAlarm();
    const isLost = current !== null && current < nowMs - RETRY_BASE_MS;
    if (current === null || isLost || wanted < current) {
      await this.ctx.storage.setAlarm(Math.max(wanted, nowMs));
    }
  }
}

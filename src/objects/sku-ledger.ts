/**
 * One SKU's ledger as a Durable Object: `ledger-desk.ts` over SQLite. The alarm exists only while something is
 * outstanding; it finds lost pokes, lost workers and reads that are due.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Failure } from '../domain/failure.ts';
import type { EffectId, EventId, PlaceKey } from '../domain/ids.ts';
import type {
  ClaimReply,
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
import { upgradeState } from '../domain/stock/ledger.ts';
import type { PlaceChange } from '../domain/stock/places.ts';
import type { Baseline, LedgerSetup, LedgerState, StockPolicy } from '../domain/stock/state.ts';
import { RETRY_BASE_MS } from '../limits.ts';
import { portsFor } from '../wiring.ts';
import { LedgerDesk, type Decided, type LedgerWrite, type SaleVersion } from './ledger-desk.ts';
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
  {
    id: 2,
    // Which read of the order each sale key was told from, where reads are ordered (S6). In the same row: no write more.
    sql: `
      ALTER TABLE sales ADD COLUMN modified_at_ms INTEGER;
      ALTER TABLE sales ADD COLUMN read_at_ms INTEGER;
    `,
  },
];

export class SkuLedger extends DurableObject<Env> implements SkuLedgerApi {
  readonly #sql = this.ctx.storage.sql;
  readonly #desk: LedgerDesk;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    applyMigrations(ctx.storage, MIGRATIONS);
    this.#desk = new LedgerDesk(
      {
        load: () => this.#load(),
        soldUnits: (saleKey) => this.#soldUnits(saleKey),
        versionOf: (saleKey) => this.#versionOf(saleKey),
        save: (write) => this.#save(write),
      },
      {
        now: () => portsFor(this.env).now(),
        random: () => portsFor(this.env).random(),
      },
    );
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

  async entries(cursor: number | null, limit: number): Promise<Entries> {
    return readEntries(this.#sql, cursor, limit);
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

  #load(): LedgerState | null {
    const [row] = this.#sql.exec<{ state: string }>('SELECT state FROM ledger').toArray();
    return row === undefined ? null : upgradeState(JSON.parse(row.state) as LedgerState);
  }

  #soldUnits(saleKey: string): number {
    const [row] = this.#sql
      .exec<{ quantity: number }>('SELECT quantity FROM sales WHERE sale_key = ?', saleKey)
      .toArray();
    return row?.quantity ?? 0;
  }

  #versionOf(saleKey: string): SaleVersion | null {
    const [row] = this.#sql
      .exec<{ modified: number | null; read: number | null }>(
        'SELECT modified_at_ms AS modified, read_at_ms AS read FROM sales WHERE sale_key = ?',
        saleKey,
      )
      .toArray();
    const { modified = null, read = null } = row ?? {};
    return modified === null || read === null ? null : { modifiedAtMs: modified, readAtMs: read };
  }

  #save({ state, poolsBefore, entries, sales }: LedgerWrite): void {
    this.ctx.storage.transactionSync(() => {
      if (state !== null) {
        this.#sql.exec(
          'INSERT INTO ledger VALUES (1, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
          JSON.stringify(state),
        );
      }
      appendEntries(this.#sql, poolsBefore, entries);
      for (const sale of sales) {
        this.#sql.exec(
          `INSERT INTO sales VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET quantity = excluded.quantity,
             modified_at_ms = excluded.modified_at_ms, read_at_ms = excluded.read_at_ms`,
          sale.saleKey,
          sale.quantity,
          sale.version?.modifiedAtMs ?? null,
          sale.version?.readAtMs ?? null,
        );
      }
    });
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

/**
 * One store or merchant: its tokens (token-keeper), its rate budget (permit-queue), and which messages are being worked
 * on for it. Named `{platform}:{account}`.
 */
import { DurableObject } from 'cloudflare:workers';
import type { BudgetLimits } from '../domain/budget.ts';
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import {
  BACKGROUND_SHARE,
  BIGCOMMERCE_CONCURRENT_MAX,
  BIGCOMMERCE_QUOTA_DEFAULT,
  BIGCOMMERCE_QUOTA_SHARE,
  BIGCOMMERCE_WINDOW_MS,
  CLOVER_TOKEN_CONCURRENT_MAX,
  CLOVER_TOKEN_PER_SECOND,
  LEDGER_BUSY_MAX_MS,
  PERMIT_LEASE_MS,
  PERMIT_PAUSE_CAP_MS,
  WORKING_MAX,
} from '../limits.ts';
import type {
  AccountStatus,
  LedgerBusy,
  Permit,
  PlatformAccountApi,
  Priority,
  RateReport,
  TokenGrant,
} from '../platforms/account-port.ts';
import { refreshGrant } from '../platforms/clover/oauth.ts';
import type { Ports } from '../ports.ts';
import { saveAccountState } from '../store/connections.ts';
import { faultText } from '../store/faults.ts';
import { portsFor } from '../wiring.ts';
import { disconnected } from './account-failures.ts';
import { applyMigrations, type Migration } from './migrations.ts';
import { createPermitQueue, type PermitQueue } from './permit-queue.ts';
import {
  createTokenKeeper,
  type AccountStore,
  type StoredAccount,
  type TokenKeeper,
} from './token-keeper.ts';

const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    // One row, so that a renewal of tokens is one written row and never half of one.
    sql: `
      CREATE TABLE account (
        id INTEGER PRIMARY KEY CHECK (id = 1), connection_id TEXT NOT NULL, state TEXT NOT NULL,
        sealed TEXT, access_expires_at_ms INTEGER, issued_at_ms INTEGER NOT NULL,
        is_access_usable INTEGER NOT NULL
      );
    `,
  },
];

const SHARED_LIMITS = {
  backgroundShare: BACKGROUND_SHARE,
  leaseMs: PERMIT_LEASE_MS,
  pauseCapMs: PERMIT_PAUSE_CAP_MS,
};
const LIMITS: Readonly<Record<Platform, BudgetLimits>> = {
  bigcommerce: {
    ...SHARED_LIMITS,
    perWindow: Math.floor(BIGCOMMERCE_QUOTA_DEFAULT * BIGCOMMERCE_QUOTA_SHARE),
    windowMs: BIGCOMMERCE_WINDOW_MS,
    concurrent: BIGCOMMERCE_CONCURRENT_MAX,
    quotaShare: BIGCOMMERCE_QUOTA_SHARE,
  },
  clover: {
    ...SHARED_LIMITS,
    perWindow: CLOVER_TOKEN_PER_SECOND,
    windowMs: 1_000,
    concurrent: CLOVER_TOKEN_CONCURRENT_MAX,
    quotaShare: 1,
  },
};

interface Parts {
  readonly ports: Ports;
  readonly platform: Platform;
  readonly queue: PermitQueue;
  readonly tokens: TokenKeeper;
}

export class PlatformAccount extends DurableObject<Env> implements PlatformAccountApi {
  #parts: Parts | undefined;
  /** Version of the token that each permit was handed out with. */
  readonly #permitVersions = new Map<string, number>();
  /** Messages being worked on, with the moment from which they count as lost. In memory: losing it costs nothing. */
  readonly #working = new Map<string, number>();
  /** Ledgers lately heard of, the latest last. In memory: one that stays busy is told of again, and shows in its copy. */
  readonly #ledgers = new Map<
    string,
    Omit<LedgerBusy, 'linkId'> & { readonly heardAtMs: number }
  >();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    applyMigrations(ctx.storage, MIGRATIONS);
  }

  async storeGrant(connectionId: string, grant: TokenGrant): Promise<void> {
    const { tokens, ports } = this.#open();
    await tokens.storeGrant(connectionId, grant);
    this.ctx.waitUntil(ports.log.flush());
  }

  async disconnect(): Promise<void> {
    const { tokens, queue, platform, ports } = this.#open();
    await tokens.disconnect();
    queue.refuseAll(disconnected(platform));
    this.ctx.waitUntil(ports.log.flush());
  }

  async status(): Promise<AccountStatus> {
    const { tokens, ports, queue } = this.#open();
    const nowMs = ports.now();
    const working = [...this.#working.values()].filter((endsAtMs) => endsAtMs > nowMs).length;
    const ledgers = [...this.#ledgers.values()].filter(
      ({ isBusy, heardAtMs }) => isBusy && heardAtMs + LEDGER_BUSY_MAX_MS > nowMs,
    ).length;
    return { ...tokens.status(), working: working + ledgers, perHourMax: queue.perHourMax() };
  }

  async acquire(
    priority: Priority,
    connectionId?: string,
    patienceMs?: number,
  ): Promise<Result<Permit, Failure>> {
    const { tokens, queue, platform } = this.#open();
    const ready = await tokens.current();
    if (!ready.ok) return ready;
    const isForeign = connectionId !== undefined && tokens.status().connectionId !== connectionId;
    if (isForeign) return fail(disconnected(platform));
    const permit = await queue.take('', priority, patienceMs);
    if (!permit.ok) return permit;
    const permitId = permit.value;
    // The token may have been renewed, or the account disconnected, while this call waited for its turn.
    const token = tokens.recent(ready.value);
    if (!token.ok) {
      queue.release(permitId, { status: null });
      return token;
    }
    this.#remember(permitId, token.value.version);
    return ok({ permitId, accessToken: token.value.accessToken });
  }

  async release(permitId: string, report: RateReport): Promise<void> {
    const { tokens, queue } = this.#open();
    // The limit that all merchants share is the app object's business.
    const news = report.appWide === true ? { status: null } : report;
    queue.release(permitId, news);
    const version = this.#permitVersions.get(permitId);
    this.#permitVersions.delete(permitId);
    const isAccepted = report.status !== null && report.status >= 200 && report.status < 300;
    if (isAccepted && version !== undefined) tokens.accepted(version);
  }

  async refused(permitId: string): Promise<Result<'retry', Failure>> {
    const { tokens, ports } = this.#open();
    const verdict = await tokens.refused(this.#permitVersions.get(permitId));
    this.ctx.waitUntil(ports.log.flush());
    return verdict;
  }

  async beginWork(workId: string, expiresInMs: number): Promise<void> {
    const nowMs = this.#open().ports.now();
    for (const [id, endsAtMs] of this.#working) {
      if (endsAtMs <= nowMs || this.#working.size >= WORKING_MAX) this.#working.delete(id);
    }
    this.#working.set(workId, nowMs + expiresInMs);
  }

  async endWork(workId: string, ledgers: readonly LedgerBusy[] = []): Promise<void> {
    this.#working.delete(workId);
    const nowMs = this.#open().ports.now();
    for (const [id, { heardAtMs }] of this.#ledgers) {
      if (heardAtMs + LEDGER_BUSY_MAX_MS > nowMs && this.#ledgers.size < WORKING_MAX) break;
      this.#ledgers.delete(id);
    }
    for (const { linkId, version, isBusy } of ledgers) {
      if ((this.#ledgers.get(linkId)?.version ?? -1) > version) continue;
      this.#ledgers.delete(linkId);
      this.#ledgers.set(linkId, { version, isBusy, heardAtMs: nowMs });
    }
  }

  /** Permits that nobody gives back would pile up here: the oldest go first. */
  #remember(permitId: string, version: number): void {
    for (const id of this.#permitVersions.keys()) {
      if (this.#permitVersions.size < REMEMBERED_PERMITS_MAX) break;
      this.#permitVersions.delete(id);
    }
    this.#permitVersions.set(permitId, version);
  }

  /** The row follows the object; nobody waits for it, and losing it costs a label on a page. */
  #show(
    ports: Ports,
    account: {
      readonly platform: Platform;
      readonly name: string;
      readonly connectionId: string;
      readonly state: 'connected' | 'reauthorise';
    },
  ): void {
    const { platform, name, connectionId, state } = account;
    const id = name.slice(platform.length + 1);
    const saved = saveAccountState(ports.db, { platform, id, connectionId }, state, ports.now());
    this.ctx.waitUntil(
      saved.catch((error: unknown) => {
        ports.printError(`${name}: its state was not shown: ${faultText(error)}`);
      }),
    );
  }

  #open(): Parts {
    this.#parts ??= this.#assemble();
    return this.#parts;
  }

  #assemble(): Parts {
    const ports = portsFor(this.env);
    const name = this.ctx.id.name ?? '';
    const platform: Platform = name.startsWith('clover:') ? 'clover' : 'bigcommerce';
    const tokens = createTokenKeeper({
      platform,
      name,
      store: storeOf(this.ctx.storage.sql),
      vault: { keys: ports.config.encryptionKeys, randomBytes: ports.randomBytes },
      now: ports.now,
      random: ports.random,
      refresh: async (refreshToken, connectionId) => {
        const answer = await refreshGrant(ports, refreshToken, connectionId);
        this.ctx.waitUntil(ports.log.flush());
        return answer;
      },
      keepAlive: (task) => {
        this.ctx.waitUntil(task);
      },
      stateChanged: (state, connectionId, why) => {
        ports.log.add({
          kind: 'audit',
          atMs: ports.now(),
          connectionId,
          platform,
          operation: 'account.state',
          outcome: state === 'reauthorise' ? 'failed' : 'ok',
          ...(state === 'reauthorise' ? { code: 'reauthorise' as const } : {}),
          message: `${name} is ${state}: ${why}.`,
        });
        if (state !== 'disconnected') this.#show(ports, { platform, name, connectionId, state });
      },
    });
    return { ports, platform, queue: createPermitQueue(ports, LIMITS[platform]), tokens };
  }
}

/** More than any budget hands out within a lease. */
const REMEMBERED_PERMITS_MAX = 500;

interface AccountRow extends Record<string, SqlStorageValue> {
  connection_id: string;
  state: string;
  sealed: string | null;
  access_expires_at_ms: number | null;
  issued_at_ms: number;
  is_access_usable: number;
}

function storeOf(sql: SqlStorage): AccountStore {
  return {
    load() {
      const [row] = sql.exec<AccountRow>('SELECT * FROM account WHERE id = 1').toArray();
      if (row === undefined) return null;
      return {
        connectionId: row.connection_id,
        state: row.state as StoredAccount['state'],
        sealed: row.sealed,
        accessExpiresAtMs: row.access_expires_at_ms,
        issuedAtMs: row.issued_at_ms,
        isAccessUsable: row.is_access_usable === 1,
      };
    },
    save(account) {
      sql.exec(
        `INSERT OR REPLACE INTO account
           (id, connection_id, state, sealed, access_expires_at_ms, issued_at_ms, is_access_usable)
         VALUES (1, ?, ?, ?, ?, ?, ?)`,
        account.connectionId,
        account.state,
        account.sealed,
        account.accessExpiresAtMs,
        account.issuedAtMs,
        account.isAccessUsable ? 1 : 0,
      );
    },
  };
}

/** The relay's objects in this process: the real desks and budgets over memory, with alarms of the world's clock. */
import type { BudgetLimits } from '../../src/domain/budget.ts';
import type { Platform } from '../../src/domain/ids.ts';
import type { SkuLedgerApi } from '../../src/domain/stock/api.ts';
import type { LedgerState } from '../../src/domain/stock/state.ts';
import {
  BACKGROUND_SHARE,
  BIGCOMMERCE_CONCURRENT_MAX,
  BIGCOMMERCE_QUOTA_DEFAULT,
  BIGCOMMERCE_QUOTA_SHARE,
  BIGCOMMERCE_WINDOW_MS,
  CLOVER_APP_CONCURRENT_MAX,
  CLOVER_APP_PER_SECOND,
  CLOVER_TOKEN_CONCURRENT_MAX,
  CLOVER_TOKEN_PER_SECOND,
  PERMIT_LEASE_MS,
  PERMIT_PAUSE_CAP_MS,
} from '../../src/limits.ts';
import type { KnownSale } from '../../src/objects/known-sale.ts';
import { LedgerDesk, type Decided } from '../../src/objects/ledger-desk.ts';
import { createPermitQueue, type PermitQueue } from '../../src/objects/permit-queue.ts';
import type { PlatformAccountApi, Priority, RateReport } from '../../src/platforms/account-port.ts';
import type { Ports } from '../../src/ports.ts';
import type { WorkMessage } from '../../src/queue/messages.ts';
import type { WorldClock } from './world-clock.ts';
import type { WorldQueue } from './world-queue.ts';

const SHARED = {
  backgroundShare: BACKGROUND_SHARE,
  leaseMs: PERMIT_LEASE_MS,
  pauseCapMs: PERMIT_PAUSE_CAP_MS,
};
/** As the objects have them. */
export const LIMITS: Readonly<Record<Platform | 'app', BudgetLimits>> = {
  bigcommerce: {
    ...SHARED,
    perWindow: Math.floor(BIGCOMMERCE_QUOTA_DEFAULT * BIGCOMMERCE_QUOTA_SHARE),
    windowMs: BIGCOMMERCE_WINDOW_MS,
    concurrent: BIGCOMMERCE_CONCURRENT_MAX,
    quotaShare: BIGCOMMERCE_QUOTA_SHARE,
  },
  clover: {
    ...SHARED,
    perWindow: CLOVER_TOKEN_PER_SECOND,
    windowMs: 1_000,
    concurrent: CLOVER_TOKEN_CONCURRENT_MAX,
    quotaShare: 1,
  },
  app: {
    ...SHARED,
    perWindow: CLOVER_APP_PER_SECOND,
    windowMs: 1_000,
    concurrent: CLOVER_APP_CONCURRENT_MAX,
    quotaShare: 1,
  },
};

export type WorldObjects = Ports['objects'] & { dueAlarms(): number };

export function openObjects(
  clock: WorldClock,
  work: WorldQueue<WorkMessage>,
  tokens: ReadonlyMap<Platform, string>,
): WorldObjects {
  let ids = 0;
  const queuePorts = {
    now: () => clock.now(),
    newId: () => `p${(ids += 1)}`,
    timer: (ms: number, task: () => void) => clock.after(ms, task),
  };
  const queues = new Map<string, PermitQueue>();
  const queueOf = (name: string, limits: BudgetLimits): PermitQueue => {
    const queue = queues.get(name) ?? createPermitQueue(queuePorts, limits);
    queues.set(name, queue);
    return queue;
  };
  const ledgers = new Map<string, Ledger>();
  const app = () => queueOf('app', LIMITS.app);
  return {
    dueAlarms: () => [...ledgers.values()].filter(({ isArmed }) => isArmed()).length,
    skuLedger(connectionId, linkId) {
      const name = `${connectionId}:${linkId}`;
      const ledger = ledgers.get(name) ?? openLedger(clock, work);
      ledgers.set(name, ledger);
      return ledger.api;
    },
    orderRelay: () => {
      throw new Error('Nobody sells in this world.');
    },
    platformAccount: (platform, account) =>
      accountOf(queueOf(`${platform}:${account}`, LIMITS[platform]), tokens.get(platform) ?? ''),
    cloverApp: () => ({
      async acquire(merchantId, priority, patienceMs) {
        const permit = await app().take(merchantId, priority, patienceMs);
        return permit.ok ? { ok: true, value: { permitId: permit.value } } : permit;
      },
      release: async (permitId, report) => {
        const own = report.status === 429 && report.appWide !== true;
        app().release(permitId, own ? { status: null } : report);
      },
    }),
  };
}

function accountOf(queue: PermitQueue, accessToken: string): PlatformAccountApi {
  return {
    storeGrant: async () => undefined,
    disconnect: async () => undefined,
    status: async () => ({
      state: 'connected',
      connectionId: '',
      accessExpiresAtMs: null,
      working: 0,
      perHourMax: 0,
    }),
    async acquire(priority: Priority, _connectionId, patienceMs) {
      const permit = await queue.take('', priority, patienceMs);
      return permit.ok ? { ok: true, value: { permitId: permit.value, accessToken } } : permit;
    },
    async release(permitId: string, report: RateReport) {
      queue.release(permitId, report.appWide === true ? { status: null } : report);
    },
    refused: async () => ({ ok: true, value: 'retry' }),
    beginWork: async () => undefined,
    endWork: async () => undefined,
  };
}

interface Ledger {
  readonly api: SkuLedgerApi;
  isArmed(): boolean;
}

const PLAIN: ReadonlySet<string> = new Set(['view', 'bundleJob', 'preview']);

/** The real desk over memory; what it answers is followed as its object does. */
function openLedger(clock: WorldClock, work: WorldQueue<WorkMessage>): Ledger {
  let state: LedgerState | null = null;
  const sold = new Map<string, KnownSale>();
  const desk = new LedgerDesk(
    {
      load: () => state,
      soldUnits: (key) => sold.get(key)?.quantity ?? 0,
      versionOf: (key) => sold.get(key)?.version ?? null,
      save(write) {
        state = write.state ?? state;
        for (const sale of write.sales) sold.set(sale.saleKey, sale);
        return [];
      },
    },
    { now: () => clock.now(), random: () => 0.5 },
  );
  let alarmAtMs: number | null = null;
  const follow = <Reply>({ reply, messages, alarmAtMs: wanted }: Decided<Reply>): Reply => {
    if (wanted !== null && (alarmAtMs === null || wanted < alarmAtMs)) {
      alarmAtMs = wanted;
      clock.after(wanted - clock.now(), () => {
        if (alarmAtMs === null || alarmAtMs > clock.now()) return;
        alarmAtMs = null;
        follow(desk.alarm());
      });
    }
    if (messages.length > 0) void work.sender.sendAll(messages);
    return reply;
  };
  const api = new Proxy({} as SkuLedgerApi, {
    get: (_, name) =>
      // A promise would be asked for this one.
      name === 'then'
        ? undefined
        : async (...args: unknown[]) => {
            clock.touch();
            const method = desk[name as 'view'] as (...given: unknown[]) => unknown;
            const decided = method.apply(desk, args);
            return PLAIN.has(String(name)) ? decided : follow(decided as Decided<unknown>);
          },
  });
  return {
    api,
    isArmed: () =>
      state?.places.some(({ effect, readDue }) => effect !== null || readDue !== null) ?? false,
  };
}

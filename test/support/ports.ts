/** Ports for tests of the store and the API: a clock to set, real D1 when given, everything else recorded. */
import { drizzle } from 'drizzle-orm/d1';
import { parseConfig, type Config } from '../../src/config.ts';
import type { EventId, LinkId } from '../../src/domain/ids.ts';
import type { Entry } from '../../src/domain/stock/state.ts';
import type { LedgerView, SkuLedgerApi } from '../../src/domain/stock/api.ts';
import type { LogRecord } from '../../src/log.ts';
import type { PlatformAccountApi } from '../../src/platforms/account-port.ts';
import type { MessageSender, Ports } from '../../src/ports.ts';
import type { IntakeMessage, WorkMessage } from '../../src/queue/messages.ts';

export const ADMIN_TOKEN = 'test-admin-token-0123456789abcdef';
export const START_MS = Date.UTC(2026, 10, 20, 12);

const testConfig: Config = configured();

function configured(): Config {
  const config = parseConfig({
    PUBLIC_ORIGIN: 'https://onhand.test',
    BIGCOMMERCE_CLIENT_ID: 'bc-client',
    BIGCOMMERCE_CLIENT_SECRET: 'bc-secret',
    CLOVER_APP_ID: 'CLOVERAPP',
    CLOVER_APP_SECRET: 'clover-secret',
    CLOVER_WEBHOOK_AUTH_CODES: 'auth-code',
    CLOVER_REGION: 'na',
    ADMIN_API_TOKEN: ADMIN_TOKEN,
    TOKEN_ENCRYPTION_KEYS: `k1:${btoa('k'.repeat(32))}`,
  });
  if (!config.ok) throw new Error(config.failure.message);
  return config.value;
}

/** A ledger as far as the API sees it. */
interface LedgerDouble {
  view: LedgerView | null;
  entries: (Entry & { seq: number; onHandAfter: number })[];
}

export interface TestPorts extends Ports {
  /** What was sent, in order. */
  readonly sent: { readonly intake: IntakeMessage[]; readonly work: WorkMessage[] };
  readonly logged: LogRecord[];
  /** What went to the error console. */
  readonly printed: string[];
  /** Calls of objects: `skuLedger abc:l1 recount`. */
  readonly calls: string[];
  /** By `{connection}:{linkId}`. */
  readonly ledgers: Map<string, LedgerDouble>;
  /** What queues and accounts report. */
  readonly activity: { intakeBacklog: number; workBacklog: number; working: number };
  /** Callers that asked too often. */
  readonly eager: Set<string>;
  advance(ms: number): void;
}

/** Without a database, whatever asks for one throws. */
export function testPorts(database?: D1Database): TestPorts {
  let nowMs = START_MS;
  let ids = 0;
  const sent = { intake: [] as IntakeMessage[], work: [] as WorkMessage[] };
  const logged: LogRecord[] = [];
  const printed: string[] = [];
  const calls: string[] = [];
  const ledgers = new Map<string, LedgerDouble>();
  const activity = { intakeBacklog: 0, workBacklog: 0, working: 0 };
  const eager = new Set<string>();
  return {
    config: testConfig,
    now: () => nowMs,
    random: () => 0.5,
    newId: () => newId(nowMs, (ids += 1)),
    randomBytes: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    sleep: () => Promise.resolve(),
    timer: () => () => undefined,
    fetch: () => Promise.reject(new Error('No test of the store calls a platform.')),
    mayAsk: (caller) => Promise.resolve(!eager.has(caller)),
    email: null,
    log: { add: (record) => void logged.push(record), flush: () => Promise.resolve() },
    printError: (line) => void printed.push(line),
    db: drizzle(database ?? noDatabase),
    queues: {
      intake: recorder(sent.intake, () => activity.intakeBacklog),
      work: recorder(sent.work, () => activity.workBacklog),
    },
    objects: {
      skuLedger: (connectionId, linkId) =>
        ledgerDouble(ledgers, calls, `${connectionId}:${linkId}`),
      orderRelay: () => unused('orderRelay'),
      platformAccount: (platform, account) =>
        accountDouble(calls, `${platform}:${account}`, activity),
      cloverApp: () => unused('cloverApp'),
    },
    sent,
    logged,
    printed,
    calls,
    ledgers,
    activity,
    eager,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

const noDatabase = new Proxy({} as D1Database, {
  get: (_, name) => unused(`database.${String(name)}`),
});

function unused(what: string): never {
  throw new Error(`${what} is not part of this test`);
}

/** 26 characters like a ULID: time, then a counter. */
function newId(nowMs: number, count: number): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  let time = '';
  for (let rest = nowMs, index = 0; index < 10; index += 1, rest = Math.floor(rest / 32)) {
    time = (alphabet[rest % 32] ?? '') + time;
  }
  return time + String(count).padStart(16, '0');
}

function recorder<Message>(into: Message[], backlog: () => number): MessageSender<Message> {
  return {
    send: (message) => Promise.resolve(void into.push(message)),
    sendAll: (messages) => Promise.resolve(void into.push(...messages)),
    backlog: () => Promise.resolve(backlog()),
  };
}

function ledgerDouble(
  ledgers: ReadonlyMap<string, LedgerDouble>,
  calls: string[],
  name: string,
): SkuLedgerApi {
  const ledger = ledgers.get(name);
  const answer = (call: string) => {
    calls.push(`skuLedger ${name} ${call}`);
    return Promise.resolve(ledger?.view ?? null);
  };
  const asked: Pick<SkuLedgerApi, 'unpark' | 'view' | 'preview' | 'recount' | 'entries'> = {
    unpark: (effectId) => answer(`unpark ${effectId}`),
    view: () => answer('view'),
    preview: async () => {
      const view = await answer('preview');
      return view && { before: view, after: view, entries: [], writes: [] };
    },
    recount: () => answer('recount'),
    entries: (cursor, limit) => {
      const items = (ledger?.entries ?? [])
        .filter(({ seq }) => cursor === null || seq < cursor)
        .toSorted((one, other) => other.seq - one.seq);
      const page = items.slice(0, limit);
      const nextCursor = items.length > limit ? (page.at(-1)?.seq ?? null) : null;
      return Promise.resolve({ items: page, nextCursor });
    },
  };
  return asked as SkuLedgerApi;
}

function accountDouble(
  calls: string[],
  name: string,
  activity: { readonly working: number },
): PlatformAccountApi {
  const asked: Pick<PlatformAccountApi, 'disconnect' | 'status'> = {
    disconnect: () => Promise.resolve(void calls.push(`platformAccount ${name} disconnect`)),
    status: () =>
      Promise.resolve({
        state: 'connected',
        connectionId: name,
        accessExpiresAtMs: null,
        working: activity.working,
        perHourMax: 9_000,
      }),
  };
  return asked as PlatformAccountApi;
}

/** A view at rest with one place on each side; `changes` say what matters to the test. */
export function ledgerView(
  connectionId: string,
  linkId: string,
  changes: Partial<LedgerView> = {},
): LedgerView {
  return {
    connectionId,
    linkId: linkId as LinkId,
    sku: `SKU-${linkId}`,
    version: 1,
    onHand: 5,
    reserved: 0,
    buffer: 0,
    pools: [{ locationId: 1, onHand: 5, reserved: 0 }],
    places: [
      {
        platform: 'bigcommerce',
        place: 'bigcommerce:1',
        level: 5,
        target: 5,
        observedAtMs: START_MS,
        pending: false,
        skipped: null,
        skippedFor: null,
        locationId: 1,
        safetyStock: 0,
      },
      {
        platform: 'clover',
        place: 'clover:MERCHANT00001',
        level: 4,
        target: 5,
        observedAtMs: START_MS,
        pending: true,
        skipped: null,
        skippedFor: null,
        locationId: 1,
        safetyStock: 0,
      },
    ],
    outstandingSinceMs: null,
    parked: [],
    ...changes,
  };
}

/** An entry of a ledger double. */
export function entry(seq: number, delta: number, onHandAfter: number) {
  return {
    seq,
    delta,
    onHandAfter,
    locationId: 1,
    cause: 'level' as const,
    place: 'bigcommerce:1' as const,
    source: 'webhook',
    eventId: `e${seq}` as EventId,
    atMs: START_MS + seq,
    note: `entry ${seq}`,
  };
}

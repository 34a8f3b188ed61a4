/** Ports of the platform clients for tests in Node: answers by hand or from a sandbox, records kept. */
import type { Config } from '../../src/config.ts';
import type { LogRecord } from '../../src/log.ts';
import type {
  CloverAppApi,
  PlatformAccountApi,
  RateReport,
} from '../../src/platforms/account-port.ts';
import type { CallContext } from '../../src/platforms/http.ts';

export const CONFIG: Config = {
  publicOrigin: 'https://onhand.example.com',
  bigcommerce: {
    clientId: 'bc-client',
    clientSecret: 'bc-client-secret',
    apiOrigin: 'https://api.bigcommerce.com',
    loginOrigin: 'https://login.bigcommerce.com',
  },
  clover: {
    appId: 'ONHANDAPP0001',
    appSecret: 'clover-app-secret',
    webhookAuthCodes: ['auth-code'],
    apiOrigin: 'https://apisandbox.dev.clover.com',
    webOrigin: 'https://sandbox.dev.clover.com',
  },
  adminApiToken: 'admin',
  alertEmailFrom: '',
  encryptionKeys: [{ id: 'k1', bytes: new Uint8Array(32).fill(1) }],
};

export const CONTEXT: CallContext = {
  connectionId: 'abc123',
  eventId: 'event-1',
  sku: 'SKU-1',
  orderId: '250',
  priority: 'interactive',
};

interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: string;
  /** Parsed; undefined without a body. */
  readonly body: unknown;
}

export interface PlatformBench {
  readonly ports: BenchPorts;
  readonly sent: SentRequest[];
  readonly records: LogRecord[];
  /** What accounts were told when a permit came back. */
  readonly reports: RateReport[];
  readonly account: FakeAccount;
  /** Timers that run, with their milliseconds; call one to let its time come. */
  readonly timers: Map<() => void, number>;
}

interface BenchPorts {
  readonly config: Config;
  now(): number;
  fetch(request: Request): Promise<Response>;
  timer(ms: number, task: () => void): () => void;
  readonly log: { add(record: LogRecord): void };
  readonly objects: {
    platformAccount(): PlatformAccountApi;
    cloverApp(): CloverAppApi;
  };
}

/** An account that always has leave; tests overwrite what they need otherwise. */
type FakeAccount = {
  -readonly [Name in keyof PlatformAccountApi]: PlatformAccountApi[Name];
};

type Answering = (request: Request, index: number) => Response | Promise<Response>;

/** A bench whose platform answers with `answer`; each call takes 5 ms of its clock. */
export function openPlatformBench(answer: Answering, nowMs = 1_700_000_000_000): PlatformBench {
  const sent: SentRequest[] = [];
  const records: LogRecord[] = [];
  const reports: RateReport[] = [];
  const timers: PlatformBench['timers'] = new Map();
  let clockMs = nowMs;
  const account: FakeAccount = {
    storeGrant: async () => undefined,
    disconnect: async () => undefined,
    status: async () => ({
      state: 'connected',
      connectionId: CONTEXT.connectionId,
      accessExpiresAtMs: null,
      working: 0,
      perHourMax: 9_000,
    }),
    acquire: async () => ({ ok: true, value: { permitId: 'permit', accessToken: 'the-token' } }),
    release: async (_permitId, report) => {
      reports.push(report);
    },
    refused: async () => ({ ok: true, value: 'retry' }),
    beginWork: async () => undefined,
    endWork: async () => undefined,
  };
  const ports: BenchPorts = {
    config: CONFIG,
    now: () => clockMs,
    async fetch(request) {
      clockMs += 5;
      sent.push({
        method: request.method,
        url: request.url,
        headers: request.headers,
        redirect: request.redirect,
        body: await bodyOf(request.clone()),
      });
      return answer(request, sent.length - 1);
    },
    timer(ms, task) {
      timers.set(task, ms);
      return () => timers.delete(task);
    },
    log: {
      add: (record) => {
        records.push(record);
      },
    },
    objects: {
      platformAccount: () => account,
      cloverApp: () => ({
        acquire: async () => ({ ok: true, value: { permitId: 'app-permit' } }),
        release: async () => undefined,
      }),
    },
  };
  return { ports, sent, records, reports, account, timers };
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** The value of a result; fails the test with the failure's words otherwise. */
export function valueOf<Value>(
  result: { ok: true; value: Value } | { ok: false; failure: { code: string; message: string } },
): Value {
  if (result.ok) return result.value;
  throw new Error(`${result.failure.code}: ${result.failure.message}`);
}

/** The failure of a result; fails the test when there is none. */
export function failureOf<Failure>(
  result: { ok: true; value: unknown } | { ok: false; failure: Failure },
): Failure {
  if (!result.ok) return result.failure;
  throw new Error(`expected a failure, got ${JSON.stringify(result.value)}`);
}

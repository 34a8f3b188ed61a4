/** Intake with a queue that only remembers, and webhooks as the platforms send them. */
import { parseConfig, type Config } from '../../src/config.ts';
import { parseConnectionId, type ConnectionId } from '../../src/domain/ids.ts';
import { createIntake, type IntakePorts } from '../../src/intake/intake.ts';
import type { Tallies } from '../../src/intake/refusals.ts';
import type { LogRecord } from '../../src/log.ts';
import { HOOK_SECRET_HEADER, hookSecret } from '../../src/platforms/bigcommerce/hook-secret.ts';
import type { IntakeMessage } from '../../src/queue/messages.ts';

export const APP_ID = 'ONHANDAPP0001';
export const AUTH_CODE = 'a3b0c442-98fc-4c14-9afb-f4c8996fb924';
export const CLIENT_SECRET = 'client-secret-of-the-test';
export const STORE = storeHash('abc123');

const base64Key = (byte: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(byte)));

export function storeHash(text: string): ConnectionId {
  const id = parseConnectionId(text);
  if (id === undefined) throw new Error(`${text} is no store hash`);
  return id;
}

/** A whole configuration; `keys` are the ids of encryption keys, newest first. */
export function testConfig(keys: readonly string[] = ['k1']): Config {
  const config = parseConfig({
    PUBLIC_ORIGIN: 'https://onhand.test',
    BIGCOMMERCE_CLIENT_ID: 'client-id',
    BIGCOMMERCE_CLIENT_SECRET: CLIENT_SECRET,
    CLOVER_APP_ID: APP_ID,
    CLOVER_APP_SECRET: 'app-secret',
    CLOVER_WEBHOOK_AUTH_CODES: `${AUTH_CODE}, an-older-code`,
    ADMIN_API_TOKEN: 'admin-token',
    // The id decides the bytes, so that a key keeps its content when the list changes.
    TOKEN_ENCRYPTION_KEYS: keys.map((id) => `${id}:${base64Key(Number(id.slice(1)))}`).join(','),
  });
  if (!config.ok) throw new Error(config.failure.message);
  return config.value;
}

export interface IntakeStage {
  readonly config: Config;
  readonly sent: IntakeMessage[];
  readonly logged: LogRecord[];
  /** Tasks handed to `waitUntil`. */
  readonly kept: Promise<unknown>[];
  readonly clock: { nowMs: number };
  /** Lets milliseconds pass, wakes who slept until then, and waits for every kept task. */
  wake(ms: number): Promise<void>;
  /** The next sends fail with this. */
  readonly queue: { failure: Error | null };
  post(path: string, body: BodyInit | null, headers?: Record<string, string>): Promise<Response>;
  request(request: Request): Promise<Response>;
}

export function openIntake(config: Config = testConfig()): IntakeStage {
  const sent: IntakeMessage[] = [];
  const logged: LogRecord[] = [];
  const kept: Promise<unknown>[] = [];
  const clock = { nowMs: 1_790_000_000_000 };
  const sleepers: { untilMs: number; wake: () => void }[] = [];
  const queue: { failure: Error | null } = { failure: null };
  const ports: IntakePorts = {
    config,
    now: () => clock.nowMs,
    sleep: (ms) =>
      new Promise((wake) => {
        sleepers.push({ untilMs: clock.nowMs + ms, wake });
      }),
    log: { add: (record) => void logged.push(record), flush: () => Promise.resolve() },
    queues: {
      intake: {
        send: (message) => {
          if (queue.failure !== null) return Promise.reject(queue.failure);
          sent.push(message);
          return Promise.resolve();
        },
        sendAll: () => Promise.reject(new Error('intake sends one message')),
        backlog: () => Promise.resolve(0),
      },
    },
  };
  const tallies: Tallies = new Map();
  const context = {
    waitUntil: (task: Promise<unknown>) => void kept.push(task),
    passThroughOnException: () => undefined,
    props: {},
  };
  const request = async (incoming: Request) =>
    createIntake(ports, tallies).fetch(incoming, {}, context);
  return {
    config,
    sent,
    logged,
    kept,
    clock,
    queue,
    request,
    wake: async (ms) => {
      clock.nowMs += ms;
      for (const sleeper of sleepers.filter(({ untilMs }) => untilMs <= clock.nowMs))
        sleeper.wake();
      await Promise.all(kept);
    },
    post: (path, body, headers = {}) =>
      request(new Request(`https://onhand.test${path}`, { method: 'POST', body, headers })),
  };
}

/** The headers of a hook of this store; with `signed`, the signature over the body too (bigcommerce.md 2.5). */
export async function bigcommerceHeaders(
  config: Config,
  body: string,
  options: { store?: ConnectionId; signedAtMs?: number; clientSecret?: string } = {},
): Promise<Record<string, string>> {
  const secret = await hookSecret(config, options.store ?? STORE);
  const headers = { [HOOK_SECRET_HEADER]: secret, 'Content-Type': 'application/json' };
  if (options.signedAtMs === undefined) return headers;
  const id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';
  const timestamp = String(Math.floor(options.signedAtMs / 1_000));
  const key = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(options.clientSecret ?? CLIENT_SECRET),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const text = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, text));
  return {
    ...headers,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${btoa(String.fromCharCode(...mac))}`,
  };
}

/** A BigCommerce webhook's body. */
export function orderCreated(orderId: number, overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    scope: 'store/order/created',
    store_id: '1025646',
    data: { type: 'order', id: orderId },
    hash: 'dd70c0976e06b67aaf671e73f49dcb79230ebf9d',
    created_at: 1_789_999_990,
    producer: `stores/${STORE}`,
    ...overrides,
  });
}

/** A Clover webhook's body. */
export function cloverChanges(
  merchants: Record<string, { objectId: string; type: string; ts: number }[]>,
  appId = APP_ID,
): string {
  return JSON.stringify({ appId, merchants });
}

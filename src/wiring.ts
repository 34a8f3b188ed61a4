/**
 * The composition root: Env in, ports out. The only file that touches the clock, randomness and the global fetch, so
 * everything else can be run under another clock, another chance and another network.
 */
import { drizzle } from 'drizzle-orm/d1';
import { parseConfig, type Config } from './config.ts';
import type { Failure } from './domain/failure.ts';
import { ok, type Result } from './domain/result.ts';
import { createLogSink } from './log.ts';
import type { Email, MessageSender, Ports } from './ports.ts';

/** Cloudflare Queues take at most 100 messages a call (cloudflare.md 2). */
const SEND_BATCH_MAX = 100;
const ULID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const configs = new WeakMap<Env, Result<Config, Failure>>();

/** The ports of one invocation, or `config_missing` naming every variable that is wrong. */
export function openPorts(env: Env): Result<Ports, Failure> {
  const known = configs.get(env);
  const config = known ?? parseConfig({ ...env });
  if (known === undefined) configs.set(env, config);
  if (!config.ok) return config;
  const log = createLogSink(env.LOGS, (line) => {
    console.log(line);
  });
  return ok({
    config: config.value,
    now: () => Date.now(),
    random: () => Math.random(),
    newId: () => newUlid(Date.now(), randomBytes(10)),
    randomBytes,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    timer: (ms, task) => {
      const id = setTimeout(task, ms);
      return () => clearTimeout(id);
    },
    // Looked up at each call: tests replace the global one.
    fetch: (request) => globalThis.fetch(request),
    mayAsk: async (caller) => (await env.CALLERS.limit({ key: caller })).success,
    email: mailer(env, config.value.alertEmailFrom),
    log,
    printError: (line) => {
      console.error(line);
    },
    db: drizzle(env.DB),
    queues: { intake: sender(env.INTAKE), work: sender(env.WORK) },
    objects: {
      skuLedger: (connectionId, linkId) => env.SKU_LEDGER.getByName(`${connectionId}:${linkId}`),
      orderRelay: (connectionId, platform, orderId) =>
        env.ORDER_RELAY.getByName(`${connectionId}:${platform}:${orderId}`),
      platformAccount: (platform, account) =>
        env.PLATFORM_ACCOUNT.getByName(`${platform}:${account}`),
      cloverApp: () => env.CLOVER_APP.getByName('app'),
    },
  });
}

/** As `openPorts`, for objects: their callers have checked the configuration already. */
export function portsFor(env: Env): Ports {
  const ports = openPorts(env);
  if (!ports.ok) throw new Error(ports.failure.message);
  return ports.value;
}

/** Cloudflare's `send_email` binding, which an installation may leave out; only the part that is used. */
interface EmailBinding {
  send(message: { from: string; to: string[]; subject: string; text: string }): Promise<unknown>;
}

function mailer(env: Env & { EMAIL?: EmailBinding }, from: string): Ports['email'] {
  const { EMAIL: binding } = env;
  if (binding === undefined || from === '') return null;
  return async ({ to, subject, text }: Email) => {
    await binding.send({ from, to: [...to], subject, text });
  };
}

function sender<Message>(queue: Queue): MessageSender<Message> {
  return {
    async send(message, options) {
      await queue.send(message, { contentType: 'json', ...options });
    },
    async sendAll(messages, options) {
      for (let start = 0; start < messages.length; start += SEND_BATCH_MAX) {
        const part = messages.slice(start, start + SEND_BATCH_MAX);
        await queue.sendBatch(
          part.map((body) => ({ body, contentType: 'json' as const })),
          options,
        );
      }
    },
    async backlog() {
      return (await queue.metrics()).backlogCount;
    },
  };
}

function randomBytes(bytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

/** 10 characters of time, 16 of chance: sorts by the moment of making. */
function newUlid(nowMs: number, random: Uint8Array): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < 10; i += 1, rest = Math.floor(rest / 32)) {
    time = (ULID_ALPHABET[rest % 32] ?? '0') + time;
  }
  let chance = '';
  let bits = 0;
  let held = 0;
  for (const byte of random) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      chance += ULID_ALPHABET[(held >> bits) & 31] ?? '0';
    }
    held &= (1 << bits) - 1;
  }
  return time + chance;
}

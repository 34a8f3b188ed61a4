/**
 * The relay's own consumers between both sandbox platforms in this process, under a clock that jumps over waits. D1 is
 * SQLite, objects are the real desks and budgets over memory, webhooks are the platforms' own. What a call costs and how
 * fast calls may follow each other is the platforms'; only the waiting takes no real time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/d1';
import type { Platform } from '../../src/domain/ids.ts';
import type { Ports } from '../../src/ports.ts';
import { consumeIntake } from '../../src/queue/intake-consumer.ts';
import type { CloverChange, IntakeMessage, WorkMessage } from '../../src/queue/messages.ts';
import { consumeWork } from '../../src/queue/work-consumer.ts';
import { createBigCommerce, type BigCommerceSandbox } from '../sandbox/bigcommerce/index.ts';
import { APP_SCOPES } from '../sandbox/bigcommerce/platform.ts';
import { createClover, type CloverSandbox } from '../sandbox/clover/index.ts';
import { createRuntime, fetchInto } from '../sandbox/kernel.ts';
import type { SandboxRuntime, TappedHook } from '../sandbox/runtime.ts';
import { CONFIG } from '../support/platform-ports.ts';
import { openSqliteD1, type CountedD1 } from './sqlite-d1.ts';
import { createWorldClock, type WorldClock } from './world-clock.ts';
import { openObjects } from './world-objects.ts';
import { openQueue, type Life, type WorldQueue } from './world-queue.ts';

const START_MS = Date.UTC(2026, 10, 2, 12);
const LATENCY_MS = 50;
const HOOK_BATCH_MS = 20;
const HASH = 'world';
const MIGRATIONS = join(import.meta.dirname, '../../migrations');

export interface World {
  readonly clock: WorldClock;
  readonly runtime: SandboxRuntime;
  readonly bigcommerce: BigCommerceSandbox;
  readonly clover: CloverSandbox;
  readonly d1: CountedD1;
  readonly ports: Ports;
  readonly hash: string;
  readonly merchantId: string;
  /** Calls so far, by what they are: kept here, because the journal forgets. */
  readonly calls: Map<string, number>;
  /** The worker whose request this is dies after the platform has carried it out. One time. */
  killOn(isFatal: (request: Request) => boolean): void;
  deaths(): number;
  /** Nothing is queued, under way or due. */
  isIdle(): boolean;
  deadLetters(): number;
}

export function openWorld(settings: unknown): World {
  const clock = createWorldClock(START_MS);
  const hooks: TappedHook[] = [];
  let takeHooks = (): void => undefined;
  const { runtime, bigcommerce, clover } = openPlatforms(clock, (hook) => {
    hooks.push(hook);
    if (hooks.length === 1) clock.after(HOOK_BATCH_MS, () => takeHooks());
  });
  bigcommerce.createStore({ hash: HASH, name: 'World', plan: 'Enterprise' });
  const merchantId = clover.createMerchant({ name: 'World' }).id;
  const tokens = grantTokens(bigcommerce, clover, merchantId, clock);
  const d1 = openSqliteD1();
  fill(d1, merchantId, settings);
  const wire = openWire(clock, bigcommerce, clover);
  const work: WorldQueue<WorkMessage> = openQueue('work', clock, (batch, life) =>
    consumeWork(portsOf(life), batch),
  );
  const intake: WorldQueue<IntakeMessage> = openQueue('intake', clock, (batch, life) =>
    consumeIntake(portsOf(life), batch),
  );
  const objects = openObjects(clock, work, tokens);
  let ids = 0;
  const newId = () => String((ids += 1)).padStart(26, '0');
  const portsOf = (life: Life | null): Ports => ({
    config: CONFIG,
    now: () => clock.now(),
    random: runtime.random,
    newId,
    randomBytes: (bytes) => new Uint8Array(bytes),
    sleep: (ms) => clock.sleep(ms),
    timer: (ms, task) => clock.after(ms, task),
    fetch: (request) => wire.send(request, life),
    email: null,
    mayAsk: async () => true,
    log: { add: () => undefined, flush: async () => undefined },
    printError: (line) => console.error(line),
    db: drizzle(d1.binding),
    queues: { intake: intake.sender, work: work.sender },
    objects,
  });
  takeHooks = () => {
    for (const message of intakeOf(hooks.splice(0), newId, clock.now())) {
      void intake.sender.send(message);
    }
  };
  return {
    clock,
    runtime,
    bigcommerce,
    clover,
    d1,
    ports: portsOf(null),
    hash: HASH,
    merchantId,
    calls: wire.calls,
    killOn: wire.killOn,
    deaths: wire.deaths,
    isIdle: () =>
      work.isIdle() && intake.isIdle() && hooks.length === 0 && objects.dueAlarms() === 0,
    deadLetters: () => work.dead.length + intake.dead.length,
  };
}

type Platforms = Pick<World, 'runtime' | 'bigcommerce' | 'clover'>;

function openPlatforms(clock: WorldClock, hookTap: (hook: TappedHook) => void): Platforms {
  const runtime: SandboxRuntime = {
    ...createRuntime({
      deliver: async () => new Response(),
      now: () => clock.now(),
      sleep: (ms) => clock.sleep(ms),
    }),
    hookTap,
  };
  runtime.faults.latencyMs = LATENCY_MS;
  const { clientId, clientSecret } = CONFIG.bigcommerce;
  const appOrigin = 'https://r';
  const bigcommerce = createBigCommerce({ runtime, clientId, clientSecret, appOrigin });
  const clover = createClover({
    runtime,
    appId: CONFIG.clover.appId,
    appSecret: CONFIG.clover.appSecret,
    authCode: 'auth-code',
    webhookUrl: `${appOrigin}/webhooks/clover`,
    siteUrl: `${appOrigin}/clover`,
  });
  return { runtime, bigcommerce, clover };
}

type Wire = Pick<World, 'calls' | 'killOn' | 'deaths'> & {
  send(request: Request, life: Life | null): Promise<Response>;
};

function openWire(clock: WorldClock, bigcommerce: BigCommerceSandbox, clover: CloverSandbox): Wire {
  const calls = new Map<string, number>();
  let deaths = 0;
  let isFatal: ((request: Request) => boolean) | null = null;
  const intoBigCommerce = fetchInto(bigcommerce.app);
  const intoClover = fetchInto(clover.app);
  const send = async (request: Request, life: Life | null): Promise<Response> => {
    clock.touch();
    if (isOver(life)) return never();
    const isClover = request.url.startsWith(CONFIG.clover.apiOrigin);
    const name = callName(request, isClover);
    calls.set(name, (calls.get(name) ?? 0) + 1);
    const kills = isFatal?.(request) === true;
    if (kills) isFatal = null;
    const answer = await (isClover ? intoClover : intoBigCommerce)(request);
    clock.touch();
    if (kills && life !== null) {
      deaths += 1;
      life.die();
    }
    return isOver(life) ? never() : answer;
  };
  return {
    calls,
    send,
    killOn(fatal) {
      isFatal = fatal;
    },
    deaths: () => deaths,
  };
}

const isOver = (life: Life | null): boolean => life?.isDead === true;
const never = <Value>(): Promise<Value> => new Promise(() => undefined);

function callName({ method, url }: Request, isClover: boolean): string {
  const { pathname, search } = new URL(url);
  const path = pathname
    .replace(/^\/v3\/merchants\/\w+|^\/stores\/\w+/, '')
    .replaceAll(/\/(\d+|[0-9A-Z]{13})(?=\/|$)/g, '/{id}');
  const kind = /filter=id|%3Ain|id:in/.test(search) ? ' by ids' : '';
  return `${isClover ? 'clover' : 'bigcommerce'} ${method} ${path}${kind}`;
}

function grantTokens(
  bigcommerce: BigCommerceSandbox,
  clover: CloverSandbox,
  merchantId: string,
  clock: WorldClock,
): ReadonlyMap<Platform, string> {
  const store = bigcommerce.state.stores[HASH];
  const merchant = clover.state.merchants[merchantId];
  if (store === undefined || merchant === undefined) throw new Error('no store or merchant');
  store.token = { value: 'web-token', scopes: [...APP_SCOPES] };
  clover.state.accessTokens['register-token'] = {
    merchantId,
    permissions: [...merchant.permissions],
    expiresAtMs: clock.now() + 365 * 86_400_000,
  };
  return new Map([
    ['bigcommerce', 'web-token'],
    ['clover', 'register-token'],
  ]);
}

function fill(d1: CountedD1, merchantId: string, settings: unknown): void {
  for (const file of readdirSync(MIGRATIONS).toSorted()) {
    d1.exec(readFileSync(join(MIGRATIONS, file), 'utf8'));
  }
  d1.exec(`
    INSERT INTO connections (id, status, name, currency, time_zone, plan_level, scopes, settings, installed_at_ms,
      updated_at_ms, sweep_due_at_ms) VALUES ('${HASH}', 'active', 'World', 'USD', 'UTC', 'Enterprise', '',
      '${JSON.stringify(settings)}', 1, 1, 1);
    INSERT INTO clover_merchants (merchant_id, connection_id, status, name, currency, time_zone, track_stock,
      update_stock, vat, linked_at_ms) VALUES ('${merchantId}', '${HASH}', 'connected', 'World', 'USD', 'UTC', 1, 1, 0, 1);`);
}

/** Webhooks as the intake routes would have put them on the queue. */
function intakeOf(
  hooks: readonly TappedHook[],
  newId: () => string,
  nowMs: number,
): IntakeMessage[] {
  const changes = hooks.flatMap((hook): CloverChange[] => {
    if (hook.platform !== 'clover') return [];
    const objectId = String(hook.data).replace(/^[A-Z]+:/, '');
    const { account: merchantId, topic: key, type, atMs: tsMs } = hook;
    return [{ merchantId, key, objectId, type, tsMs }];
  });
  const common = { v: 1, receivedAtMs: nowMs } as const;
  const web = hooks.flatMap((hook): IntakeMessage[] => {
    if (hook.platform !== 'bigcommerce') return [];
    const { account: connectionId, topic: scope, atMs: createdAtMs } = hook;
    const data = hook.data as Record<string, unknown>;
    const about = { connectionId, scope, data, createdAtMs };
    return [{ ...common, platform: 'bigcommerce', eventId: newId(), ...about }];
  });
  if (changes.length === 0) return web;
  return [...web, { ...common, platform: 'clover', eventId: newId(), changes }];
}

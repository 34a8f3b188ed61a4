/**
 * A stage for worker tests: the real Worker with its objects, queues and D1, and both sandbox platforms in process.
 * The relay's fetches reach the sandboxes, the sandboxes' webhooks reach the relay, and a connection is authorised
 * through the real OAuth routes.
 */
import { env, exports } from 'cloudflare:workers';
import {
  createBigCommerce,
  type BigCommerceSandbox,
  type BigCommerceSwitches,
} from '../sandbox/bigcommerce/index.ts';
import { createClover, type CloverSandbox, type CloverSwitches } from '../sandbox/clover/index.ts';
import { createRuntime, fetchInto } from '../sandbox/kernel.ts';
import type { SandboxRuntime } from '../sandbox/runtime.ts';

export const ORIGIN = 'https://onhand.test';
const REST_POLL_MS = 25;
/** Three time-outs of 10 s, one after the other, with their settle times. */
const REST_MAX_MS = 45_000;

export interface Stage {
  readonly runtime: SandboxRuntime;
  readonly bigcommerce: BigCommerceSandbox;
  readonly clover: CloverSandbox;
  /** A request to the relay as its visitor makes it; redirects are not followed. */
  visit(url: string, init?: RequestInit): Promise<Response>;
  /** A call of the admin API. */
  api(method: string, path: string, body?: unknown): Promise<Response>;
}

export interface StageSwitches {
  bigcommerce?: Partial<BigCommerceSwitches>;
  clover?: Partial<CloverSwitches>;
}

/** Builds the stage and takes the global fetch over: only the two platforms can be reached. */
export function openStage(switches: StageSwitches = {}): Stage {
  const visit = (url: string, init?: RequestInit): Promise<Response> =>
    exports.default.fetch(new Request(url, { redirect: 'manual', ...init }));
  const runtime = createRuntime({
    deliver: (request) => exports.default.fetch(request),
    schedule: openPump(),
  });
  const bigcommerce = createBigCommerce({
    runtime,
    clientId: env.BIGCOMMERCE_CLIENT_ID,
    clientSecret: env.BIGCOMMERCE_CLIENT_SECRET,
    appOrigin: ORIGIN,
    ...(switches.bigcommerce === undefined ? {} : { switches: switches.bigcommerce }),
  });
  const clover = createClover({
    runtime,
    appId: env.CLOVER_APP_ID,
    appSecret: env.CLOVER_APP_SECRET,
    authCode: env.CLOVER_WEBHOOK_AUTH_CODES,
    webhookUrl: `${ORIGIN}/webhooks/clover`,
    siteUrl: `${ORIGIN}/clover`,
    ...(switches.clover === undefined ? {} : { switches: switches.clover }),
  });
  const intoBigCommerce = fetchInto(bigcommerce.app);
  const intoClover = fetchInto(clover.app);
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { hostname } = new URL(request.url);
    if (hostname.endsWith('.bigcommerce.test')) return intoBigCommerce(request);
    if (hostname.endsWith('.clover.test')) return intoClover(request);
    throw new TypeError(`no such host: ${hostname}`);
  };
  return {
    runtime,
    bigcommerce,
    clover,
    visit,
    api: (method, path, body) =>
      visit(`${ORIGIN}/api/v1${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${env.ADMIN_API_TOKEN}`,
          'Content-Type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/**
 * Runs scheduled tasks in the test's own context. A timer set while the relay calls a sandbox would belong to that
 * queue batch or request, and workerd drops it when that ends; a platform's webhooks do not die with its caller.
 */
function openPump(): SandboxRuntime['schedule'] {
  const tasks: { readonly atMs: number; readonly task: () => void | Promise<void> }[] = [];
  const pump = async (): Promise<void> => {
    for (;;) {
      const due = tasks.findIndex(({ atMs }) => atMs <= Date.now());
      const [next] = due < 0 ? [] : tasks.splice(due, 1);
      if (next === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
      else void Promise.resolve(next.task());
    }
  };
  void pump();
  return (delayMs, task) => {
    tasks.push({ atMs: Date.now() + delayMs, task });
  };
}

/** Installs the app into a store, as BigCommerce's control panel does. */
export async function installStore(stage: Stage, hash: string): Promise<void> {
  const response = await stage.visit(await stage.bigcommerce.installUrl(hash));
  if (response.status >= 400)
    throw new Error(`install answered ${response.status}: ${await response.text()}`);
}

/** Authorises a merchant for the store; throws when the relay does not say that it is connected. */
export async function authoriseMerchant(
  stage: Stage,
  hash: string,
  merchantId: string,
): Promise<void> {
  const answer = await tryAuthorise(stage, hash, merchantId);
  if (answer.status !== 200) {
    throw new Error(`the callback answered ${answer.status}: ${await answer.text()}`);
  }
}

/** Goes through the admin API and Clover's consent page to the relay's callback, and hands back its answer. */
export async function tryAuthorise(
  stage: Stage,
  hash: string,
  merchantId: string,
): Promise<Response> {
  const asked = await stage.api('POST', `/connections/${hash}/clover/authorize-url`);
  const { url } = await asked.json<{ url: string }>();
  const consent = new URL(url);
  consent.searchParams.set('merchant_id', merchantId);
  const agreed = await stage.clover.app.fetch(new Request(consent, { redirect: 'manual' }));
  const callback = agreed.headers.get('location');
  if (callback === null)
    throw new Error(`Clover's consent answered ${agreed.status}: ${await agreed.text()}`);
  return stage.visit(callback);
}

/** Computes a link plan and applies it. */
export async function linkAll(stage: Stage, hash: string): Promise<void> {
  const started = await stage.api('POST', `/connections/${hash}/plans`, { kind: 'link' });
  const { id } = await started.json<{ id: string }>();
  const ready = await planIn(stage, hash, id, ['ready', 'needs_decision']);
  const applied = await stage.api('POST', `/connections/${hash}/plans/${id}/apply`, {
    hash: ready.hash,
  });
  if (applied.status !== 202)
    throw new Error(`apply answered ${applied.status}: ${await applied.text()}`);
  await planIn(stage, hash, id, ['applied']);
  await atRest(stage, hash);
}

interface PlanBody {
  status: string;
  hash: string;
  counts: Record<string, number>;
  error?: string | null;
}

export async function planIn(
  stage: Stage,
  hash: string,
  planId: string,
  statuses: readonly string[],
): Promise<PlanBody> {
  return until(`plan ${statuses.join('|')}`, async () => {
    const plan = await (
      await stage.api('GET', `/connections/${hash}/plans/${planId}`)
    ).json<PlanBody>();
    if (plan.status === 'failed') throw new Error(`plan failed: ${JSON.stringify(plan)}`);
    return statuses.includes(plan.status) ? plan : undefined;
  });
}

/** Waits until the connection has nothing outstanding, several looks in a row. */
export async function atRest(stage: Stage, hash: string): Promise<void> {
  let quiet = 0;
  await until('rest', async () => {
    const response = await stage.api('GET', `/connections/${hash}/activity`);
    const { outstanding } = await response.json<{ outstanding: number }>();
    quiet = outstanding === 0 ? quiet + 1 : 0;
    return quiet >= 8 ? true : undefined;
  });
}

/** Polls until `look` answers something. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined> | Value | undefined,
  maxMs = REST_MAX_MS,
): Promise<Value> {
  const endMs = Date.now() + maxMs;
  while (Date.now() < endMs) {
    const value = await look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, REST_POLL_MS));
  }
  throw new Error(`timed out waiting for ${what}`);
}

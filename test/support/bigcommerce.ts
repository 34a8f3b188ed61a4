/**
 * A BigCommerce sandbox on a virtual clock whose every answer and webhook is judged by the official
 * documents.
 */
import { createVirtualClock } from './virtual-clock.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { openSpecs } from './specs.ts';
import { createBigCommerce } from '../sandbox/bigcommerce/index.ts';
import type {
  BigCommerceSandbox,
  BigCommerceState,
  BigCommerceSwitches,
  StoreInput,
} from '../sandbox/bigcommerce/index.ts';
import { createRuntime, fetchInto } from '../sandbox/kernel.ts';
import type { SandboxRuntime } from '../sandbox/runtime.ts';

export const HASH = 'g5cd38';
export const CLIENT_ID = 'client-of-onhand';
export const CLIENT_SECRET = 'secret of onhand, 32 bytes long!';
export const APP_ORIGIN = 'https://onhand.localhost';

/** Undefined where the documents are missing: suites skip themselves then, except on CI. */
export const specs = openSpecs();

export type Json = Record<string, never> & { [name: string]: Json } & Json[];

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed, undefined when there was no body. Tests reach into it freely. */
  body: Json;
}

export interface Webhook {
  atMs: number;
  url: string;
  headers: Headers;
  text: string;
  payload: { scope: string; data: Record<string, unknown>; hash: string; [name: string]: unknown };
}

export interface CallOptions {
  token?: string;
  headers?: Record<string, string>;
  /** Sent as it is instead of as JSON. */
  rawBody?: string;
}

export interface Bench {
  sandbox: BigCommerceSandbox;
  runtime: SandboxRuntime;
  clock: VirtualClock;
  /** Webhooks and callbacks received so far, oldest first. */
  received: Webhook[];
  /** What the relay answers to the next webhooks; 200 by default. */
  reply: (request: Request) => Response | Promise<Response>;
  token: string;
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  /** Runs what is due now and hands out the webhooks it brought, as scopes. */
  scopes(): Promise<string[]>;
  hook(scope: string, headers?: Record<string, string>): Promise<Answer>;
}

export interface BenchOptions {
  switches?: Partial<BigCommerceSwitches>;
  store?: StoreInput;
  scopes?: readonly string[];
  state?: BigCommerceState;
}

/** Throws when an answer is not what the documents allow; returns it otherwise. */
async function judged(method: string, path: string, response: Response): Promise<Answer> {
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const contentType = response.headers.get('content-type');
  const { status, headers } = response;
  if (path.startsWith('/stores/')) {
    const problems = specs?.validateResponse({ method, path, status, contentType, body }) ?? [];
    if (problems.length > 0) {
      const shown = text.slice(0, 600);
      throw new Error(`${method} ${path} -> ${status} ${shown}\n${problems.join('\n')}`);
    }
  }
  return { status, headers, body: body as Json };
}

/**
 * Opens a store, installs the app through the real token exchange and returns the bench it all
 * stands on.
 */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const clock = createVirtualClock();
  const received: Webhook[] = [];
  let reported = 0;
  const deliver = async (request: Request) => {
    const text = await request.clone().text();
    const payload = text === '' ? { scope: '', data: {}, hash: '' } : JSON.parse(text);
    const problems = text === '' ? [] : (specs?.validateHook(payload.scope, payload) ?? []);
    // Unhandled on purpose: thrown at the sandbox it would only count as a failed delivery.
    if (problems.length > 0) void Promise.reject(new Error(`${text}\n${problems.join('\n')}`));
    received.push({ atMs: clock.now(), url: request.url, headers: request.headers, text, payload });
    return bench.reply(request);
  };
  const runtime = createRuntime({ ...clock, seed: 7, deliver });
  const sandbox = createBigCommerce({
    runtime,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    appOrigin: APP_ORIGIN,
    ...(options.scopes === undefined ? {} : { scopes: options.scopes }),
    ...(options.state === undefined ? {} : { state: options.state }),
    switches: options.switches ?? {},
  });
  const fetchSandbox = fetchInto(sandbox.app);
  const bench: Bench = {
    sandbox,
    runtime,
    clock,
    received,
    reply: () => new Response(null, { status: 200 }),
    token: '',
    call: async (method, path, body, more = {}) => {
      const request = new Request(`https://api.bigcommerce.com/stores/${HASH}${path}`, {
        method,
        headers: {
          'x-auth-token': more.token ?? bench.token,
          accept: 'application/json',
          'user-agent': 'Onhand contract tests',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...more.headers,
        },
        ...(body === undefined ? {} : { body: more.rawBody ?? JSON.stringify(body) }),
      });
      return judged(method, `/stores/${HASH}${path}`, await fetchSandbox(request));
    },
    scopes: async () => {
      await clock.advance(0);
      const fresh = received.slice(reported).map((webhook) => webhook.payload.scope);
      reported = received.length;
      return fresh;
    },
    hook: (scope, headers = {}) =>
      bench.call('POST', '/v3/hooks', {
        scope,
        destination: `${APP_ORIGIN}/webhooks/bigcommerce`,
        headers,
      }),
  };
  if (options.state === undefined) {
    sandbox.createStore({ hash: HASH, ...options.store });
    bench.token = await install(bench);
  } else {
    bench.token = sandbox.state.stores[HASH]?.token?.value ?? '';
  }
  return bench;
}

/** The fields of a token request for an install URL, to be changed by tests of refusals. */
export function tokenRequest(installUrl: string): Record<string, string> {
  const query = new URL(installUrl).searchParams;
  return {
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    code: query.get('code') ?? '',
    context: query.get('context') ?? '',
    scope: query.get('scope') ?? '',
    grant_type: 'authorization_code',
    redirect_uri: `${APP_ORIGIN}/bigcommerce/auth`,
  };
}

export async function exchange(bench: Bench, fields: Record<string, string>): Promise<Answer> {
  const request = new Request('https://login.bigcommerce.com/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  });
  return judged('POST', '/oauth2/token', await fetchInto(bench.sandbox.app)(request));
}

/** Installs the app, or opens it after its scopes changed; returns the new token. */
export async function install(bench: Bench): Promise<string> {
  const answer = await exchange(bench, tokenRequest(await bench.sandbox.installUrl(HASH)));
  return String(answer.body['access_token']);
}

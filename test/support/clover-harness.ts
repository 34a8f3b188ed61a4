/** One Clover sandbox under a virtual clock whose every answer and webhook is held against the contract. */
import { expect } from 'vitest';
import { createClover } from '../sandbox/clover/index.ts';
import type { CloverSandbox, CloverState, CloverSwitches } from '../sandbox/clover/index.ts';
import { createRuntime } from '../sandbox/kernel.ts';
import type { SandboxRuntime } from '../sandbox/runtime.ts';
import type { CloverSpecs } from './specs-clover.ts';
import { createVirtualClock } from './virtual-clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const APP_ID = 'ONHANDAPP0001';
export const APP_SECRET = 'clover-app-secret';
export const AUTH_CODE = '5d1b1a5c-2a55-4c1f-9d0e-3f7f1f3a0c11';
export const MERCHANT_ID = 'MERCHANT00001';
export const SITE_URL = 'https://relay.example/clover';
export const API_ORIGIN = 'https://apisandbox.dev.clover.com';
export const START_MS = Date.UTC(2026, 5, 1, 12);
const USER_AGENT = 'onhand/0.1 (contract test)';

export interface Hook {
  auth: string | null;
  body: { appId?: string; merchants?: Record<string, HookUpdate[]>; verificationCode?: string };
}

export interface HookUpdate {
  objectId: string;
  type: string;
  ts: number;
  [extra: string]: unknown;
}

export interface CallOptions {
  body?: unknown;
  token?: string | null;
  userAgent?: string | null;
  merchantId?: string;
}

export interface Answered {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  /** Members of a list answer. */
  elements: Record<string, unknown>[];
}

export interface Harness {
  clover: CloverSandbox;
  runtime: SandboxRuntime;
  clock: VirtualClock;
  hooks: Hook[];
  token: string;
  /** Status the callback answers with. */
  callback: { status: number };
  /** A v3 call below the merchant, or an absolute path that starts with '/oauth' or '/v3'. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Answered>;
  get: (path: string, options?: CallOptions) => Promise<Answered>;
  post: (path: string, body: unknown, options?: CallOptions) => Promise<Answered>;
  /** Runs out the batching window and gives the updates since the last time as 'TYPE KEY:id'. */
  updates: () => Promise<string[]>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function read(response: Response): Promise<Answered> {
  const text = await response.text();
  const body: unknown = text === '' ? {} : JSON.parse(text);
  const record = isRecord(body) ? body : {};
  const list = Array.isArray(body) ? body : record['elements'];
  const elements = Array.isArray(list) ? list.filter(isRecord) : [];
  return { status: response.status, headers: response.headers, body: record, elements };
}

function requestOf(method: string, path: string, token: string, options: CallOptions): Request {
  const absolute = path.startsWith('/oauth') || path.startsWith('/v3');
  const merchantPath = `/v3/merchants/${options.merchantId ?? MERCHANT_ID}`;
  const headers = new Headers();
  const userAgent = options.userAgent === undefined ? USER_AGENT : options.userAgent;
  if (userAgent !== null) headers.set('User-Agent', userAgent);
  const bearer = options.token === undefined ? token : options.token;
  if (bearer !== null) headers.set('Authorization', `Bearer ${bearer}`);
  const init: RequestInit = { method, headers };
  if (options.body !== undefined) {
    headers.set('Content-Type', 'application/json');
    init.body = JSON.stringify(options.body);
  }
  return new Request(`${API_ORIGIN}${absolute ? '' : merchantPath}${path}`, init);
}

/** Collects what arrives at the callback and holds it against the contract. */
function receiver(specs: CloverSpecs, hooks: Hook[], callback: { status: number }) {
  return async (request: Request): Promise<Response> => {
    const body = await request.json<Hook['body']>();
    const schema = body.verificationCode === undefined ? 'WebhookEnvelope' : 'WebhookVerification';
    expect(specs.validateSchema(schema, body)).toEqual([]);
    hooks.push({ auth: request.headers.get('X-Clover-Auth'), body });
    return new Response(null, { status: callback.status });
  };
}

/** Gets a token pair through authorize and token, as the relay does. */
export async function authorize(
  clover: CloverSandbox,
  merchantId = MERCHANT_ID,
  query: Record<string, string> = {},
): Promise<string> {
  const url = new URL(`${API_ORIGIN}/oauth/v2/authorize`);
  const redirect = `${SITE_URL}/callback`;
  const parameters = { client_id: APP_ID, redirect_uri: redirect, merchant_id: merchantId };
  for (const [name, value] of Object.entries({ ...parameters, ...query })) {
    url.searchParams.set(name, value);
  }
  const response = await clover.app.fetch(new Request(url));
  expect(response.status).toBe(302);
  const target = new URL(response.headers.get('Location') ?? '');
  return target.searchParams.get('code') ?? '';
}

/** Builds the bench: one installed merchant, one live token, no webhooks pending. */
export async function createHarness(
  specs: CloverSpecs,
  switches: Partial<CloverSwitches> = {},
  state?: CloverState,
): Promise<Harness> {
  const clock = createVirtualClock(START_MS);
  const hooks: Hook[] = [];
  const callback = { status: 200 };
  const deliver = receiver(specs, hooks, callback);
  const runtime = createRuntime({ ...clock, deliver });
  const clover = createClover({
    runtime,
    appId: APP_ID,
    appSecret: APP_SECRET,
    authCode: AUTH_CODE,
    webhookUrl: 'https://relay.example/webhooks/clover',
    siteUrl: SITE_URL,
    switches,
    ...(state === undefined ? {} : { state }),
  });
  const call: Harness['call'] = async (method, path, options = {}) => {
    const request = requestOf(method, path, harness.token, options);
    const response = await clover.app.fetch(request.clone());
    expect(await specs.validateResponse(request, response)).toEqual([]);
    return read(response);
  };
  const harness: Harness = {
    clover,
    runtime,
    clock,
    hooks,
    callback,
    token: '',
    call,
    get: (path, options) => call('GET', path, options),
    post: (path, body, options) => call('POST', path, { ...options, body }),
    updates: async () => {
      await clock.advance(50);
      return hooks
        .splice(0)
        .flatMap((hook) => Object.values(hook.body.merchants ?? {}).flat())
        .map((update) => `${update.type} ${update.objectId}`);
    },
  };
  if (state === undefined) {
    clover.createMerchant({ id: MERCHANT_ID, name: 'Corner Shop' });
    await clock.advance(50);
  }
  const code = await authorize(clover);
  const pair = await harness.post('/oauth/v2/token', tokenBody(code));
  harness.token = String(pair.body['access_token']);
  hooks.length = 0;
  return harness;
}

/** The body of a server-side code exchange. */
export const tokenBody = (code: string) => ({
  client_id: APP_ID,
  client_secret: APP_SECRET,
  code,
});

/** Items named 'Item 0', 'Item 1' and so on, one millisecond apart; prices 100, 101, ... */
export async function addItems(harness: Harness, count: number): Promise<string[]> {
  const ids = [];
  for (let index = 0; index < count; index += 1) {
    const input = { name: `Item ${index}`, sku: `S-${index}`, price: 100 + index, quantity: index };
    ids.push(harness.clover.addItem(MERCHANT_ID, input).id);
    if (index < 20) await harness.clock.advance(1);
  }
  return ids;
}

/** The names in a list answer. */
export const names = (answer: Answered) => answer.elements.map((element) => element['name']);

/** A query of these filters, joined by AND. */
export const filter = (...conditions: string[]) =>
  conditions.map((condition) => `filter=${encodeURIComponent(condition)}`).join('&');

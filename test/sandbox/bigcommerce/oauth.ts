/** Install, token exchange, signed callbacks and uninstall (bigcommerce.md 1.2, 1.3). */
import type { Context, Hono } from 'hono';
import { platformCall } from '../kernel.ts';
import { seconds } from './clock.ts';
import { randomHex, signJwt, uuid } from './crypto.ts';
import { emit } from './events.ts';
import { faultAnswers } from './faults.ts';
import type { Platform } from './platform.ts';
import type { Env } from './serve.ts';
import type { Grant, Person, Store } from './state.ts';

const DAY_S = 86_400;
const UNINSTALLED_SCOPE = 'store/app/uninstalled';
const ACCOUNT_UUID = '12345678-90ab-cdef-1234-567890abcdef';

/** The auth callback as registered; a token request must name exactly this one (1.2). */
export const redirectUri = (platform: Platform) => `${platform.app.origin}/bigcommerce/auth`;

/**
 * Where the browser goes when a merchant installs the app, or opens it after its scopes changed.
 */
export function installUrl(platform: Platform, store: Store): string {
  const { runtime, state, switches, app } = platform;
  const grant: Grant = {
    code: randomHex(runtime, 32),
    hash: store.hash,
    scopes: [...app.scopes],
    expiresAtMs: runtime.now() + switches.grantLifetimeMs,
    used: false,
  };
  state.grants = state.grants.filter((one) => one.expiresAtMs > runtime.now());
  state.grants.push(grant);
  const query = new URLSearchParams({
    code: grant.code,
    scope: grant.scopes.join(' '),
    context: `stores/${store.hash}`,
    account_uuid: ACCOUNT_UUID,
  });
  return `${redirectUri(platform)}?${query}`;
}

export type Callback = 'load' | 'uninstall' | 'remove-user';

/** A callback URL with its `signed_payload_jwt`, signed with the client secret (1.3). */
export async function callbackUrl(
  platform: Platform,
  store: Store,
  callback: Callback,
  user: Person = store.owner,
): Promise<string> {
  const issuedAt = seconds(platform.runtime.now());
  const jwt = await signJwt(platform.app.clientSecret, {
    aud: platform.app.clientId,
    iss: 'bc',
    iat: issuedAt,
    // Five seconds before iat in the documented sample, though the text says equal.
    nbf: issuedAt - 5,
    exp: issuedAt + DAY_S,
    jti: uuid(platform.runtime),
    sub: `stores/${store.hash}`,
    user: { id: user.id, email: user.email, locale: 'en-US' },
    owner: { id: store.owner.id, email: store.owner.email },
    url: '/',
    channel_id: null,
  });
  return `${platform.app.origin}/bigcommerce/${callback}?signed_payload_jwt=${jwt}`;
}

/**
 * The merchant uninstalls: hooks go, the token stops working, and the relay is told once, answer
 * ignored (1.3).
 */
export async function uninstall(platform: Platform, store: Store): Promise<void> {
  const url = await callbackUrl(platform, store, 'uninstall');
  if (platform.switches.uninstallFiresHook) {
    emit(platform, store, UNINSTALLED_SCOPE, { type: 'store' });
    for (const delivery of Object.values(platform.state.deliveries)) {
      const hook = store.hooks[delivery.hookId];
      const farewell = delivery.envelope.scope === UNINSTALLED_SCOPE;
      if (farewell && hook !== undefined) delivery.lastHook = { ...hook };
    }
  }
  store.hooks = {};
  store.hookEmails = [];
  if (store.token !== null) store.lostTokens.push(store.token.value);
  store.token = null;
  platform.runtime.schedule(0, async () => {
    await platform.runtime.deliver(new Request(url)).catch(() => undefined);
  });
}

interface Problem {
  status: 400 | 401 | 415;
  error: string;
  description: string;
}

const FIELDS = [
  'client_id',
  'client_secret',
  'code',
  'context',
  'scope',
  'grant_type',
  'redirect_uri',
] as const;
type TokenRequest = Record<(typeof FIELDS)[number], string>;

async function readTokenRequest(context: Context): Promise<TokenRequest | Problem> {
  const type = context.req.header('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return { status: 415, error: 'invalid_request', description: 'The body must be JSON.' };
  }
  let body: unknown;
  try {
    body = JSON.parse(await context.req.text());
  } catch {
    return { status: 400, error: 'invalid_request', description: 'The body is not valid JSON.' };
  }
  const fields = (body ?? {}) as Record<string, unknown>;
  const missing = FIELDS.find((name) => typeof fields[name] !== 'string');
  if (missing === undefined) return fields as TokenRequest;
  return { status: 400, error: 'invalid_request', description: `Missing parameter ${missing}.` };
}

const sameWords = (a: string, b: readonly string[]) =>
  a.split(' ').toSorted().join(' ') === b.toSorted().join(' ');

/** The grant a token request stands on, or what is wrong with it. */
function check(platform: Platform, request: TokenRequest): Grant | Problem {
  const { app, runtime, state } = platform;
  const invalid = (description: string): Problem => ({
    status: 400,
    error: 'invalid_grant',
    description,
  });
  if (request.client_id !== app.clientId || request.client_secret !== app.clientSecret) {
    return { status: 401, error: 'invalid_client', description: 'Unknown client or secret.' };
  }
  if (request.grant_type !== 'authorization_code') {
    const description = 'The grant type is not supported.';
    return { status: 400, error: 'unsupported_grant_type', description };
  }
  if (request.redirect_uri !== redirectUri(platform)) {
    return invalid('The redirect_uri is not the registered auth callback.');
  }
  const grant = state.grants.find((one) => one.code === request.code);
  if (grant === undefined || grant.expiresAtMs <= runtime.now()) {
    return invalid('The code is unknown or expired.');
  }
  if (grant.used) return invalid('The code was used before.');
  if (request.context !== `stores/${grant.hash}`) {
    return invalid('The context is not that of the code.');
  }
  if (!sameWords(request.scope, grant.scopes)) {
    const description = 'The scope is not what was granted.';
    return { status: 400, error: 'invalid_scope', description };
  }
  return grant;
}

function issueToken(platform: Platform, grant: Grant): Response {
  const store = platform.state.stores[grant.hash];
  if (store === undefined) throw new Error(`A grant for the unknown store ${grant.hash}`);
  grant.used = true;
  // A new token makes the one before it invalid at once (1.1).
  store.token = { value: randomHex(platform.runtime, 31), scopes: [...grant.scopes] };
  const person = ({ id, email }: Person) => ({ id, username: email, email });
  return Response.json({
    access_token: store.token.value,
    scope: grant.scopes.join(' '),
    user: person(store.owner),
    ...(platform.switches.tokenAnswerHasOwner ? { owner: person(store.owner) } : {}),
    context: `stores/${grant.hash}`,
    account_uuid: ACCOUNT_UUID,
  });
}

/** The part of login.bigcommerce.com the app talks to: POST /oauth2/token. */
export function serveLogin(platform: Platform, login: Hono<Env>): void {
  const call = platformCall(platform.runtime, 'bigcommerce', () => '', faultAnswers(platform));
  login.use('/oauth2/*', call);
  login.post('/oauth2/token', async (context) => {
    const request = await readTokenRequest(context);
    const verdict = 'error' in request ? request : check(platform, request);
    if (!('error' in verdict)) return issueToken(platform, verdict);
    const { status, error, description } = verdict;
    return context.json({ error, error_description: description }, status);
  });
  login.all('/oauth2/token', (context) => context.json({ error: 'invalid_request' }, 405));
}

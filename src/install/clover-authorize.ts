/**
 * The way to Clover's consent page and the proof that an answer belongs to it (X3): a `state` of 256 random bits, used
 * once, for ten minutes, tied to a connection and, where a browser asked, to that browser.
 */
import {
  parseConnectionId,
  parseMerchantId,
  type ConnectionId,
  type MerchantId,
} from '../domain/ids.ts';
import { ONE_TIME_CODE_TTL_MS } from '../limits.ts';
import { cloverAuthorizeUrl } from '../platforms/clover/oauth.ts';
import type { Ports } from '../ports.ts';
import { sha256Hex } from '../store/digest.ts';
import { saveCode, takeCode } from '../store/one-time-codes.ts';
import { newSecret, secretCookie } from './secret.ts';

/** Below the Site URL `{PUBLIC_ORIGIN}/clover`, as Clover demands (clover.md 1). */
export const CLOVER_CALLBACK_PATH = '/clover/callback';

const COOKIE = '__Host-onhand-clover';

export interface AuthorizeOptions {
  /** A secret of the browser that asks (see `authorizeCookie`): it must come along to the callback. */
  readonly boundTo?: string;
  /** Authorise this merchant and no other. */
  readonly merchantId?: MerchantId;
}

/** Stores a state for the connection and answers the address of Clover's consent page. */
export async function startCloverAuthorize(
  ports: Pick<Ports, 'config' | 'db' | 'now' | 'randomBytes'>,
  connectionId: ConnectionId,
  options: AuthorizeOptions = {},
): Promise<string> {
  // The expected merchant is part of the state, and the state's hash is stored: it cannot be exchanged.
  const state = `${newSecret(ports)}.${options.merchantId ?? ''}`;
  await saveCode(ports.db, {
    hash: await sha256Hex(state),
    purpose: 'clover_state',
    connectionId,
    boundTo: options.boundTo === undefined ? null : await sha256Hex(options.boundTo),
    expiresAtMs: ports.now() + ONE_TIME_CODE_TTL_MS,
  });
  return cloverAuthorizeUrl(ports.config, {
    redirectUri: `${ports.config.publicOrigin}${CLOVER_CALLBACK_PATH}`,
    state,
    ...(options.merchantId === undefined ? {} : { merchantId: options.merchantId }),
  });
}

export interface AuthorizeState {
  readonly connectionId: ConnectionId;
  readonly expectedMerchantId: MerchantId | undefined;
}

/**
 * Uses a state up. Undefined when it is unknown, expired, used before, or bound to another browser; it is used up then
 * too, because somebody who is not its owner holds it.
 */
export async function takeCloverState(
  ports: Pick<Ports, 'db' | 'now'>,
  state: string,
  browserSecret: string | undefined,
): Promise<AuthorizeState | undefined> {
  const expected = /^[A-Za-z0-9_-]{43}\.([A-Z0-9]*)$/.exec(state)?.[1];
  if (expected === undefined) return undefined;
  const code = await takeCode(ports.db, await sha256Hex(state), 'clover_state', ports.now());
  const connectionId = parseConnectionId(code?.connectionId ?? '');
  if (code === undefined || connectionId === undefined) return undefined;
  if (code.boundTo !== null) {
    if (browserSecret === undefined) return undefined;
    // Both sides are SHA-256 of secrets: how long the comparison takes tells nothing.
    if ((await sha256Hex(browserSecret)) !== code.boundTo) return undefined;
  }
  return { connectionId, expectedMerchantId: parseMerchantId(expected) };
}

/** Value of Set-Cookie that binds a state to this browser. Lax: Clover's answer is a plain link from another site. */
export function authorizeCookie(browserSecret: string): string {
  const maxAgeSeconds = ONE_TIME_CODE_TTL_MS / 1_000;
  return `${COOKIE}=${browserSecret}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; SameSite=Lax`;
}

/** The secret that `authorizeCookie` gave this browser, if it did. */
export function browserSecretOf(request: Request): string | undefined {
  return secretCookie(request, COOKIE);
}

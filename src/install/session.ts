/**
 * Browser sessions (X4): 256 random bits in a `__Host-` cookie, stored only as SHA-256, short, and dropped with the
 * user or the connection. The cookie is partitioned, so the one inside BigCommerce's frame and the one of a tab of our
 * own are different sessions; a one-use ticket leads from the first to the second.
 */
import type { Config } from '../config.ts';
import { fromBase64Url, toBase64Url } from '../domain/encoding.ts';
import { parseConnectionId, type ConnectionId } from '../domain/ids.ts';
import { ONE_TIME_CODE_TTL_MS, SESSION_TTL_MS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { sha256Hex } from '../store/digest.ts';
import { saveCode, takeCode } from '../store/one-time-codes.ts';
import { findSession, saveSession } from '../store/sessions.ts';
import { wasRemovedSince } from './removed-users.ts';
import { newSecret, secretCookie } from './secret.ts';

const COOKIE = '__Host-onhand';

export interface Session {
  readonly connectionId: ConnectionId;
  /** BigCommerce's user id as text. */
  readonly userId: string;
  /** The cookie's value: a secret, never shown, logged or stored. */
  readonly token: string;
}

/** Whom a new session is for. */
export type SessionOwner = Pick<Session, 'connectionId' | 'userId'>;

/** Opens a session and answers it; `sessionCookie` hands it to the browser. */
export async function openSession(
  ports: Pick<Ports, 'db' | 'now' | 'randomBytes'>,
  owner: SessionOwner,
): Promise<Session> {
  const token = newSecret(ports);
  await saveSession(ports.db, {
    hash: await sha256Hex(token),
    connectionId: owner.connectionId,
    userId: owner.userId,
    expiresAtMs: ports.now() + SESSION_TTL_MS,
  });
  return { ...owner, token };
}

/** Value of Set-Cookie for a session. */
export function sessionCookie(session: Session): string {
  const maxAgeSeconds = Math.floor(SESSION_TTL_MS / 1_000);
  return `${COOKIE}=${session.token}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`;
}

/** The session that a request's cookie belongs to, or undefined: none, unknown, expired, or dropped. */
export async function readSession(
  ports: Pick<Ports, 'db' | 'now'>,
  request: Request,
): Promise<Session | undefined> {
  const token = secretCookie(request, COOKIE);
  if (token === undefined) return undefined;
  const row = await findSession(ports.db, await sha256Hex(token), ports.now());
  const connectionId = row === undefined ? undefined : parseConnectionId(row.connectionId);
  if (row === undefined || connectionId === undefined) return undefined;
  return { connectionId, userId: row.userId, token };
}

/**
 * A one-use ticket that opens a session where no cookie reaches: in a new tab, or where the frame forbids cookies.
 * It names its user, so that removing the user later removes what the ticket opened.
 */
export async function makeTicket(
  ports: Pick<Ports, 'db' | 'now' | 'randomBytes'>,
  owner: SessionOwner,
): Promise<string> {
  const ticket = `${owner.userId}.${newSecret(ports)}`;
  await saveCode(ports.db, {
    hash: await sha256Hex(ticket),
    purpose: 'session_ticket',
    connectionId: owner.connectionId,
    boundTo: null,
    expiresAtMs: ports.now() + ONE_TIME_CODE_TTL_MS,
  });
  return ticket;
}

/** Uses a ticket up. Undefined: unknown, expired, used before, or its user was removed since. */
export async function takeTicket(
  ports: Pick<Ports, 'db' | 'now'>,
  ticket: string,
): Promise<SessionOwner | undefined> {
  const userId = /^([A-Za-z0-9-]{1,64})\.[A-Za-z0-9_-]{43}$/.exec(ticket)?.[1];
  if (userId === undefined) return undefined;
  const code = await takeCode(ports.db, await sha256Hex(ticket), 'session_ticket', ports.now());
  const connectionId = parseConnectionId(code?.connectionId ?? '');
  if (code === undefined || connectionId === undefined) return undefined;
  const owner = { connectionId, userId };
  const madeAtMs = code.expiresAtMs - ONE_TIME_CODE_TTL_MS;
  return (await wasRemovedSince(ports, owner, madeAtMs)) ? undefined : owner;
}

async function formKey(session: Session): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(session.token);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
}

/** The hidden field of one form (named by its action path): derived from the session, so nothing is stored. */
export async function formToken(session: Session, action: string): Promise<string> {
  const text = new TextEncoder().encode(`form:${action}`);
  return toBase64Url(
    new Uint8Array(await crypto.subtle.sign('HMAC', await formKey(session), text)),
  );
}

/** True when a posted form came from our own page of this session: right Origin and right token. */
export async function isOwnForm(
  config: Pick<Config, 'publicOrigin'>,
  request: Request,
  session: Session,
  posted: { action: string; token: string },
): Promise<boolean> {
  if (!isOwnOrigin(config, request)) return false;
  const mac = fromBase64Url(posted.token);
  if (mac === undefined) return false;
  const text = new TextEncoder().encode(`form:${posted.action}`);
  return crypto.subtle.verify('HMAC', await formKey(session), mac, text);
}

/** True when the browser says that the form was on a page of ours. Every browser sends Origin with a POST. */
export function isOwnOrigin(config: Pick<Config, 'publicOrigin'>, request: Request): boolean {
  return request.headers.get('origin') === config.publicOrigin;
}

/** The single-click app callbacks (bigcommerce.md 1.2, 1.3): install, open, uninstall, remove a user. */
import { Hono, type Context } from 'hono';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { parseStoreContext } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { troublePage } from '../pages/page.tsx';
import {
  exchangeCode,
  verifyJwt,
  type Installation,
  type SignedCallback,
} from '../platforms/bigcommerce/oauth.ts';
import { storeCall } from '../platforms/bigcommerce/session.ts';
import { readStore, storeRequest, type StoreInfo } from '../platforms/bigcommerce/store.ts';
import { callPlatform } from '../platforms/http.ts';
import type { Ports } from '../ports.ts';
import { findConnection, saveInstall } from '../store/connections.ts';
import { deleteSessions } from '../store/sessions.ts';
import { resumeConnection } from '../sync/resume.ts';
import { onceForCallback, rememberCallback } from './once.ts';
import { rememberRemoval, wasRemovedSince } from './removed-users.ts';
import { missingScopes } from './scopes.ts';
import { makeTicket, openSession, sessionCookie, type SessionOwner } from './session.ts';
import { stopConnection } from './uninstall.ts';

const CODE_CHARS_MAX = 2_000;

/** The app under `/bigcommerce`. */
export function createBigCommerceCallbacks(ports: Ports): Hono {
  const app = new Hono();
  app.get('/auth', (context) => install(ports, context));
  app.get('/load', (context) => load(ports, context));
  app.get('/uninstall', (context) => uninstall(ports, context));
  app.get('/remove-user', (context) => removeUser(ports, context));
  return app;
}

/**
 * `GET /auth`: everything is checked before anything is stored. A second install of a known store replaces its token
 * and wakes it up again, with the settings and links it had.
 */
async function install(ports: Ports, context: Context): Promise<Response> {
  const query = (name: string) => context.req.query(name) ?? '';
  const code = query('code');
  if (code === '' || code.length > CODE_CHARS_MAX || !parseStoreContext(query('context'))) {
    return notInstalled(ports, 400, 'The request lacks what BigCommerce sends with an install.');
  }
  const exchanged = await exchangeCode(ports, {
    code,
    scope: query('scope'),
    context: query('context'),
    redirectUri: `${ports.config.publicOrigin}/bigcommerce/auth`,
  });
  if (!exchanged.ok) return refusedInstall(ports, exchanged.failure);
  const scopes = exchanged.value.scopes.split(/\s+/).filter((scope) => scope !== '');
  const missing = missingScopes(scopes);
  if (missing.length > 0) {
    const message = `BigCommerce did not grant everything that Onhand needs: ${missing.join(', ')}.`;
    return notInstalled(ports, 403, message);
  }
  const store = await readStoreOnce(ports, exchanged.value);
  if (!store.ok) return refusedInstall(ports, store.failure);
  await settle(ports, exchanged.value, scopes, store.value);
  return enter(ports, {
    connectionId: exchanged.value.connectionId,
    userId: String(exchanged.value.userId),
  });
}

/** Reads the store with the token that was just issued: it proves the token before it is kept. */
async function readStoreOnce(
  ports: Ports,
  installation: Installation,
): Promise<Result<StoreInfo, Failure>> {
  const { connectionId, grant } = installation;
  const context = { connectionId, priority: 'interactive' } as const;
  const answer = await callPlatform(
    ports,
    storeCall(ports, connectionId, storeRequest(), grant.accessToken, context),
  );
  return answer.ok ? ok(readStore(answer.value.body)) : fail(answer.failure);
}

async function settle(
  ports: Ports,
  installation: Installation,
  scopes: readonly string[],
  store: StoreInfo,
): Promise<void> {
  const { connectionId, grant } = installation;
  // Token first: an active row without a token would have work fail for a moment.
  await ports.objects.platformAccount('bigcommerce', connectionId).storeGrant(connectionId, grant);
  await saveInstall(ports.db, {
    id: connectionId,
    name: store.name,
    currency: store.currency,
    timeZone: store.timeZone,
    planLevel: store.planLevel,
    scopes,
    nowMs: ports.now(),
  });
  const eventId = `install_${ports.newId()}`;
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId,
    eventId,
    platform: 'bigcommerce',
    operation: 'connection.install',
    outcome: 'ok',
    message: `Onhand was installed at ${store.name}.`,
    detail: { scopes, planLevel: store.planLevel },
  });
  await resumeConnection(ports, connectionId, eventId);
  try {
    await ports.queues.work.send({ v: 1, kind: 'hooks', connectionId, eventId });
  } catch (error) {
    // The install stands; the cron makes the webhooks.
    ports.log.add({
      kind: 'event',
      atMs: ports.now(),
      connectionId,
      eventId,
      operation: 'hooks.enqueue',
      outcome: 'failed',
      code: 'platform_unavailable',
      message: `The queue did not take the order to make webhooks: ${String(error)}`,
    });
  }
}

/** `GET /load`: the app is opened from the control panel. */
async function load(ports: Ports, context: Context): Promise<Response> {
  const callback = await callbackOf(ports, context);
  if (!callback.ok) return callback.failure;
  const { connectionId, userId, issuedAtMs } = callback.value;
  const owner = { connectionId, userId: String(userId) };
  const connection = await findConnection(ports.db, connectionId);
  if (connection === undefined || connection.status === 'uninstalled') {
    return troublePage(ports, {
      status: 404,
      title: 'Please install Onhand again',
      message: 'This store is not known here: the install did not finish, or it was undone.',
      advice: 'Uninstall Onhand under Apps in your BigCommerce control panel and install it again.',
    });
  }
  if (await wasRemovedSince(ports, owner, issuedAtMs)) {
    return troublePage(ports, {
      status: 403,
      title: 'You no longer have access to Onhand',
      message: 'You were removed from this app after this page was opened the first time.',
      advice: 'Ask the owner of the store to let you in again, then open Onhand from Apps.',
    });
  }
  // Not refused when it comes twice: a person may reload. What it opens is a short session of our own.
  await rememberCallback(ports, callback.value);
  return enter(ports, owner);
}

/** `GET /uninstall`, sent by BigCommerce's server: stops everything of the connection at once. */
async function uninstall(ports: Ports, context: Context): Promise<Response> {
  const callback = await callbackOf(ports, context);
  if (!callback.ok) return callback.failure;
  await onceForCallback(ports, callback.value, () =>
    stopConnection(ports, callback.value.connectionId, 'the app was uninstalled.'),
  );
  return new Response(null, { status: 200 });
}

/** `GET /remove-user`, sent by BigCommerce's server: the named user's sessions end. */
async function removeUser(ports: Ports, context: Context): Promise<Response> {
  const callback = await callbackOf(ports, context);
  if (!callback.ok) return callback.failure;
  const { connectionId, userId, issuedAtMs } = callback.value;
  const owner = { connectionId, userId: String(userId) };
  // Remembered first, so that nothing opens between the two.
  await rememberRemoval(ports, owner, issuedAtMs);
  await deleteSessions(ports.db, connectionId, owner.userId);
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId,
    platform: 'bigcommerce',
    operation: 'user.remove',
    outcome: 'ok',
    message: 'A user was removed; the sessions of that user ended.',
  });
  return new Response(null, { status: 200 });
}

async function callbackOf(
  ports: Ports,
  context: Context,
): Promise<Result<SignedCallback, Response>> {
  const jwt = context.req.query('signed_payload_jwt') ?? '';
  const verified = await verifyJwt(jwt, ports.config.bigcommerce, ports.now());
  if (verified.ok) return verified;
  return fail(
    troublePage(ports, {
      status: 401,
      title: 'BigCommerce did not vouch for this visit',
      message: verified.failure.message,
      advice: 'Open Onhand from Apps in your BigCommerce control panel.',
    }),
  );
}

/**
 * Lets somebody in: the session's cookie, and a one-use ticket for the case that the frame forbids cookies. The ticket
 * page goes on to the overview when the cookie arrived, and offers a new tab when it did not.
 */
async function enter(ports: Ports, owner: SessionOwner): Promise<Response> {
  const session = await openSession(ports, owner);
  const target = new URL('/app/enter', ports.config.publicOrigin);
  target.searchParams.set('ticket', await makeTicket(ports, owner));
  return new Response(null, {
    status: 302,
    headers: {
      Location: target.href,
      'Set-Cookie': sessionCookie(session),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    },
  });
}

function refusedInstall(ports: Ports, failure: Failure): Response {
  return isRetryable(failure) && failure.code !== 'unauthorized'
    ? notInstalled(ports, 503, 'BigCommerce did not answer as it should.')
    : notInstalled(
        ports,
        400,
        'BigCommerce refused the install: its code may have been used or expired.',
      );
}

function notInstalled(ports: Ports, status: number, message: string): Response {
  return troublePage(ports, {
    status,
    title: 'Onhand was not installed',
    message: `${message} Nothing was stored.`,
    advice: 'Start again from Apps in your BigCommerce control panel.',
  });
}

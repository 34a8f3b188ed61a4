/** Clover's way in (clover.md 1): launch from its App Market, and the answer of its consent page. */
import { Hono, type Context } from 'hono';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { parseMerchantId, type ConnectionId, type MerchantId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { MerchantWarnings } from '../pages/merchant-warnings.tsx';
import { page, troublePage } from '../pages/page.tsx';
import type { TokenGrant } from '../platforms/account-port.ts';
import { merchantRequest, readMerchant, type Merchant } from '../platforms/clover/merchant.ts';
import { exchangeCode } from '../platforms/clover/oauth.ts';
import { merchantCall } from '../platforms/clover/session.ts';
import { callPlatform } from '../platforms/http.ts';
import type { Ports } from '../ports.ts';
import { findConnection, findMerchant, linkMerchant } from '../store/connections.ts';
import { resumeConnection } from '../sync/resume.ts';
import {
  authorizeCookie,
  browserSecretOf,
  startCloverAuthorize,
  takeCloverState,
  type AuthorizeState,
} from './clover-authorize.ts';
import { newSecret } from './secret.ts';
import { readSession } from './session.ts';

const CODE_CHARS_MAX = 2_000;

/** The app under `/clover`. */
export function createCloverCallbacks(ports: Ports): Hono {
  const app = new Hono();
  app.get('/launch', (context) => launch(ports, context));
  app.get('/callback', (context) => callback(ports, context));
  return app;
}

/**
 * `GET /launch`: nothing vouches for `merchant_id` here, so it only chooses whom Clover is asked about. A code that a
 * legacy launch brings along is ignored: it is bound to no state.
 */
async function launch(ports: Ports, context: Context): Promise<Response> {
  const merchantId = parseMerchantId(context.req.query('merchant_id') ?? '');
  if (merchantId === undefined) {
    return notConnected(ports, 400, 'The launch names no Clover merchant.');
  }
  const connectionId = await connectionFor(ports, context.req.raw, merchantId);
  if (connectionId === undefined) {
    return troublePage(ports, {
      status: 404,
      title: 'Please start from BigCommerce',
      message: 'This Clover merchant is not connected to a BigCommerce store yet.',
      advice:
        'Open Onhand from Apps in your BigCommerce control panel and choose Connect Clover there.',
    });
  }
  return redirectToClover(ports, connectionId, merchantId);
}

/** The merchant's own active connection, else the one that this browser is signed in to. */
async function connectionFor(
  ports: Ports,
  request: Request,
  merchantId: MerchantId,
): Promise<ConnectionId | undefined> {
  const merchant = await findMerchant(ports.db, merchantId);
  if (merchant !== undefined && (await isActive(ports, merchant.connectionId))) {
    return merchant.connectionId;
  }
  const session = await readSession(ports, request);
  if (session === undefined || !(await isActive(ports, session.connectionId))) return undefined;
  return session.connectionId;
}

async function isActive(ports: Ports, connectionId: ConnectionId): Promise<boolean> {
  const connection = await findConnection(ports.db, connectionId);
  return connection !== undefined && connection.status !== 'uninstalled';
}

/** Sends this browser to Clover's consent page, with a state that only this browser can bring back. */
export async function redirectToClover(
  ports: Ports,
  connectionId: ConnectionId,
  merchantId?: MerchantId,
): Promise<Response> {
  const browserSecret = newSecret(ports);
  const url = await startCloverAuthorize(ports, connectionId, {
    boundTo: browserSecret,
    ...(merchantId === undefined ? {} : { merchantId }),
  });
  return new Response(null, {
    status: 302,
    headers: {
      Location: url,
      'Set-Cookie': authorizeCookie(browserSecret),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    },
  });
}

/** `GET /callback`: everything is checked before anything is stored. */
async function callback(ports: Ports, context: Context): Promise<Response> {
  const query = (name: string) => context.req.query(name) ?? '';
  const state = await takeCloverState(ports, query('state'), browserSecretOf(context.req.raw));
  if (state === undefined || !(await isActive(ports, state.connectionId))) {
    return notConnected(
      ports,
      400,
      'This sign-in was not started here, was started in another browser, has been used before, or is older than ten minutes.',
    );
  }
  const proven = await proveMerchant(ports, state, {
    code: query('code'),
    merchantId: query('merchant_id'),
    clientId: query('client_id'),
  });
  if (!proven.ok) return proven.failure;
  const { merchant, merchantId, grant } = proven.value;
  // The row first: it refuses a merchant of another store, whose token must not be replaced.
  const linked = await linkMerchant(ports.db, {
    merchantId,
    connectionId: state.connectionId,
    status: 'connected',
    name: merchant.name,
    currency: merchant.currency,
    timeZone: merchant.timeZone,
    trackStock: merchant.trackStock,
    updateStock: merchant.updateStock,
    vat: merchant.vat,
    planCode: merchant.planCode,
    linkedAtMs: ports.now(),
  });
  if (!linked.ok) return notConnected(ports, 409, linked.failure.message);
  await ports.objects.platformAccount('clover', merchantId).storeGrant(state.connectionId, grant);
  await resumeConnection(ports, state.connectionId, ports.newId());
  record(ports, state.connectionId, merchant);
  return connectedPage(ports, merchant);
}

interface Proven {
  readonly merchantId: MerchantId;
  readonly merchant: Merchant;
  readonly grant: TokenGrant;
}

/** Swaps the code and asks Clover, with the token itself, which merchant it is for. */
async function proveMerchant(
  ports: Ports,
  state: AuthorizeState,
  claimed: { code: string; merchantId: string; clientId: string },
): Promise<Result<Proven, Response>> {
  const refuse = (status: number, message: string) => fail(notConnected(ports, status, message));
  const merchantId = parseMerchantId(claimed.merchantId);
  const isUsable = claimed.code !== '' && claimed.code.length <= CODE_CHARS_MAX;
  if (merchantId === undefined || !isUsable) {
    return refuse(400, 'Clover did not send what a consent brings: it may have been declined.');
  }
  if (claimed.clientId !== '' && claimed.clientId !== ports.config.clover.appId) {
    return refuse(400, 'Clover answered for another app.');
  }
  if (state.expectedMerchantId !== undefined && state.expectedMerchantId !== merchantId) {
    return refuse(409, 'Clover answered for another merchant than the one to be connected.');
  }
  const { connectionId } = state;
  const exchanged = await exchangeCode(ports, claimed.code, connectionId);
  if (!exchanged.ok) return refuse(...sayRefusal(exchanged.failure));
  const grant = exchanged.value;
  const call = merchantCall(ports, merchantId, merchantRequest(), grant.accessToken, {
    connectionId,
    priority: 'interactive',
  });
  const answer = await callPlatform(ports, call);
  const merchant = answer.ok ? readMerchant(answer.value.body, merchantId) : answer;
  if (merchant.ok) return ok({ merchantId, merchant: merchant.value, grant });
  return refuse(...sayRefusal(merchant.failure));
}

function sayRefusal(failure: Failure): [number, string] {
  return isRetryable(failure) && failure.code !== 'unauthorized'
    ? [503, 'Clover did not answer as it should.']
    : [400, 'Clover refused: the consent was used or expired, or it belongs to another merchant.'];
}

function record(ports: Ports, connectionId: ConnectionId, merchant: Merchant): void {
  const off = [
    ...(merchant.trackStock ? [] : ['stock tracking (trackStock)']),
    ...(merchant.updateStock ? [] : ['taking sales off the count (updateStock)']),
  ];
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId,
    platform: 'clover',
    operation: 'merchant.connect',
    outcome: 'ok',
    message: [
      `Clover merchant ${merchant.merchantId} was connected.`,
      ...(off.length === 0 ? [] : [`Switched off there: ${off.join(', ')}.`]),
    ].join(' '),
    detail: { trackStock: merchant.trackStock, updateStock: merchant.updateStock },
  });
}

function connectedPage(ports: Ports, merchant: Merchant): Response {
  return page(ports, 200, {
    title: 'Clover is connected',
    children: (
      <section class="card">
        <h1>{merchant.name} is connected</h1>
        <MerchantWarnings trackStock={merchant.trackStock} updateStock={merchant.updateStock} />
        <p>
          Next: go back to Onhand in your BigCommerce control panel, reload it, and compute the plan
          that links your SKUs. Nothing is written before you apply it.
        </p>
        <p>
          <a class="button" href="/app">
            Go on to Onhand
          </a>
        </p>
      </section>
    ),
  });
}

function notConnected(ports: Ports, status: number, message: string): Response {
  return troublePage(ports, {
    status,
    title: 'Clover was not connected',
    message: `${message} Nothing was stored.`,
    advice: 'Open Onhand in your BigCommerce control panel and choose Connect Clover again.',
  });
}

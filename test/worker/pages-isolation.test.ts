/** Every route of the hosted pages, asked by one connection's person with the ids of another's things. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConnectionId } from '../../src/domain/ids.ts';
import { formToken, openSession, type Session, sessionCookie } from '../../src/install/session.ts';
import { createPages } from '../../src/pages/pages.ts';
import { testPorts } from '../support/ports.ts';
import { MERCHANT } from '../support/store.ts';
import { openTwoShops, SECRET, type TwoShops } from '../support/two-shops.ts';

const ports = testPorts(env.DB);
const pages = createPages(ports);
const ORIGIN = 'https://onhand.test';
/** Pages of one thing: somebody else's is as good as none. */
const OF_ONE_THING = /:(linkId|planId|orderId)/;
let shops: TwoShops;
let session: Session;
let cookie: string;

const routes = [
  ...new Map(
    pages.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/app'))
      .map((route) => [`${route.method} ${route.path}`, route]),
  ).values(),
];

beforeAll(async () => {
  shops = await openTwoShops(ports);
  const connectionId = parseConnectionId('mine');
  if (connectionId === undefined) throw new Error('"mine" is no connection id.');
  session = await openSession(ports, { connectionId, userId: '7' });
  cookie = sessionCookie(session).split(';')[0] ?? '';
});

/** What a form may name of somebody else's: every field that any of them reads. */
function fieldsOf(token: string): URLSearchParams {
  return new URLSearchParams({
    token,
    planId: 'theirplan',
    hash: 'h',
    linkId: 'theirs-l1',
    merchantId: MERCHANT,
    sku: SECRET,
    failureId: shops.filled(':failureId'),
    id: shops.filled(':failureId'),
    keyId: 'theirkey',
    variantId: '1',
    units: '1',
    reason: 'mine now',
    seq: '0',
    approve: '0',
  });
}

describe('[X5] every route of the pages, asked with the ids of another connection', () => {
  it('is tried: the list below is the pages themselves', () => {
    expect(routes.length).toBeGreaterThanOrEqual(40);
  });

  it('opens its own pages all the same', async () => {
    for (const path of ['/app', '/app/skus', '/app/plans', '/app/settings/connection']) {
      const answer = await pages.request(`${ORIGIN}${path}`, { headers: { cookie } });
      expect(answer.status, path).toBe(200);
    }
  });

  it.each(routes.map(({ method, path }) => [method, path] as const))(
    '%s %s shows nothing of it and starts nothing in it',
    async (method, path) => {
      const sent = ports.sent.work.length;
      const calls = ports.calls.length;
      const filled = shops
        .filled(path)
        .replace(':section', 'stock')
        .replace(':part', 'links')
        .replace(':kind', 'link');
      const body = method === 'POST' ? fieldsOf(await formToken(session, filled)) : undefined;
      const answer = await pages.request(`${ORIGIN}${filled}`, {
        method,
        headers: { cookie, origin: ORIGIN },
        ...(body === undefined ? {} : { body }),
      });
      // The tie-out asks the platforms, which nobody plays here: 503, in words.
      expect(answer.status).not.toBe(500);
      if (OF_ONE_THING.test(path) && method === 'GET' && !path.endsWith('.csv')) {
        expect(answer.status).toBe(404);
      }
      const shown = new TextDecoder().decode(await answer.arrayBuffer());
      // What a form was sent is shown back to who sent it.
      if (method === 'GET') expect(shown).not.toContain(SECRET);
      expect(shown).not.toContain('theirs store');
      const started = ports.sent.work.slice(sent);
      expect(started.filter(({ connectionId }) => connectionId !== 'mine')).toEqual([]);
      expect(ports.calls.slice(calls).filter((each) => /theirs|MERCHANT00001/.test(each))).toEqual(
        [],
      );
    },
  );

  it('has left the other one as it was', () => shops.isUntouched());
});

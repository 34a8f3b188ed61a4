import { env } from 'cloudflare:workers';
import { describe, beforeAll, expect, it } from 'vitest';
import { createApi } from '../../src/api/api.ts';
import { apiCaller } from '../support/api.ts';
import { testPorts } from '../support/ports.ts';
import { MERCHANT } from '../support/store.ts';
import { openTwoShops, SECRET, type TwoShops } from '../support/two-shops.ts';

const ports = testPorts(env.DB);
const call = apiCaller(ports);
let shops: TwoShops;

beforeAll(async () => {
  shops = await openTwoShops(ports);
});

const BODIES: Readonly<Record<string, unknown>> = {
  '/connections/:id/settings': {
    stock: { pools: [{ locationId: 1, merchantIds: [MERCHANT] }] },
  },
  '/connections/:id/plans': { kind: 'link' },
  '/connections/:id/plans/:planId/apply': { hash: 'h' },
  '/connections/:id/failures/:failureId/dismiss': { reason: 'mine now' },
  '/connections/:id/links': {
    links: [{ variantId: 1, items: [{ merchantId: MERCHANT, itemId: 'ITEM1' }] }],
  },
  '/connections/:id/failures/:failureId/restock': { restocked: true },
  '/connections/:id/reconcile': { scope: 'all' },
  '/connections/:id/events/replay': {
    since: '2020-01-01T00:00:00Z',
    until: '2100-01-01T00:00:00Z',
  },
  '/connections/:id/customers/erase': { email: 'somebody@example.com' },
};

const routes = createApi(ports).routes.filter(
  ({ method, path }) => method !== 'ALL' && path.includes(':id'),
);
const unique = [
  ...new Map(routes.map((route) => [`${route.method} ${route.path}`, route])).values(),
];

describe('[X5] every route of one connection, asked with the ids of another', () => {
  it('is tried: the list below is the API itself', () => {
    expect(unique.length).toBeGreaterThanOrEqual(20);
  });

  it.each(unique.map(({ method, path }) => [method, path] as const))(
    '%s %s shows nothing of it and starts nothing in it',
    async (method, path) => {
      const sent = ports.sent.work.length;
      const calls = ports.calls.length;
      const body = method === 'GET' ? undefined : BODIES[path];
      const answer = await call(method, shops.filled(path), body);
      expect(answer.status).toBeLessThan(500);
      expect(JSON.stringify(answer.body)).not.toContain(SECRET);
      expect(JSON.stringify(answer.body)).not.toContain('theirs');
      if (/:(merchantId|planId|sku|linkId|orderId|logId|eventId|failureId)/.test(path)) {
        expect(answer.status).toBe(404);
      }
      const started = ports.sent.work.slice(sent);
      expect(started.filter(({ connectionId }) => connectionId !== 'mine')).toEqual([]);
      expect(ports.calls.slice(calls).filter((each) => /theirs|MERCHANT00001/.test(each))).toEqual(
        [],
      );
    },
  );

  it('has left the other one as it was', () => shops.isUntouched());

  it('counts nothing of the other one in its activity', async () => {
    const { body } = await call('GET', '/connections/mine/activity');
    expect(body.parked).toBe(0);
    // The plan that the test above started in `mine` itself.
    expect(body.outstanding).toBe(1);
  });
});

import { env } from 'cloudflare:workers';
import { describe, beforeAll, expect, it } from 'vitest';
import { createApi } from '../../src/api/api.ts';
import { findConnection } from '../../src/store/connections.ts';
import { addErasure } from '../../src/store/erasures.ts';
import { findFailure, parkFailure } from '../../src/store/failures.ts';
import { saveLedgerViews } from '../../src/store/ledger-copies.ts';
import { findLink, saveLinks } from '../../src/store/links.ts';
import { logId } from '../../src/store/log-blocks.ts';
import { insertLogs } from '../../src/store/logs.ts';
import { saveOrderLink } from '../../src/store/order-links.ts';
import { createPlan, findPlan, insertOperations, setPlanStatus } from '../../src/store/plans.ts';
import { apiCaller } from '../support/api.ts';
import { ledgerView, START_MS, testPorts } from '../support/ports.ts';
import { install, link, linked, MERCHANT, OTHER_MERCHANT } from '../support/store.ts';

/** Everything in `theirs` carries this word; nothing asked of `mine` may ever show or change it. */
const SECRET = 'THEIRSECRET';
const ports = testPorts(env.DB);
const call = apiCaller(ports);
let failureId = '';
let logRecordId: string;

beforeAll(async () => {
  const { db } = ports;
  await install(db, 'mine');
  await linked(db, 'mine', OTHER_MERCHANT);
  await install(db, 'theirs');
  await linked(db, 'theirs');
  await saveLinks(db, [link('theirs', 1, { sku: SECRET, name: SECRET })]);
  const view = ledgerView('theirs', 'theirs-l1', { sku: SECRET, outstandingSinceMs: START_MS });
  await saveLedgerViews(db, [view], START_MS);
  ports.ledgers.set('theirs:theirs-l1', { view, entries: [] });
  await createPlan(db, { id: 'theirplan', connectionId: 'theirs', kind: 'link', nowMs: START_MS });
  await insertOperations(db, 'theirplan', [
    {
      seq: 0,
      kind: 'link',
      sku: SECRET,
      outcome: 'planned',
      reason: null,
      before: null,
      after: null,
      payload: null,
    },
  ]);
  await setPlanStatus(db, 'theirs', 'theirplan', {
    from: ['computing'],
    to: 'ready',
    nowMs: START_MS,
    hash: 'h',
  });
  failureId = await parkFailure(db, {
    connectionId: 'theirs',
    code: 'timeout',
    message: SECRET,
    source: 'work:hooks',
    subject: SECRET,
    atMs: START_MS,
    replay: { queue: 'work', body: { v: 1, kind: 'hooks', connectionId: 'theirs', eventId: 'e1' } },
  });
  await saveOrderLink(db, {
    connectionId: 'theirs',
    platform: 'bigcommerce',
    orderId: '4711',
    merchantId: MERCHANT,
    otherId: SECRET,
    status: 'parked',
    reason: SECRET,
    fix: SECRET,
    currency: 'USD',
    totalMinor: 1,
    taxMinor: 0,
    breakdown: null,
    payments: [{ method: SECRET, amountMinor: 1 }],
    soldAtMs: START_MS,
    updatedAtMs: START_MS,
  });
  await addErasure(db, {
    id: 'theirerasure',
    connectionId: 'theirs',
    status: 'done',
    subject: null,
    report: { erased: {}, remains: [SECRET] },
    askedBy: SECRET,
    askedAtMs: START_MS,
    doneAtMs: START_MS,
  });
  logRecordId = logId(START_MS, 'm', 0);
  await insertLogs(db, [
    {
      id: logRecordId,
      record: {
        kind: 'event',
        atMs: START_MS,
        connectionId: 'theirs',
        eventId: 'theirevent',
        operation: 'x',
        outcome: 'ok',
        message: SECRET,
        detail: { request: SECRET },
      },
    },
  ]);
});

/** The route's own parameters, filled with ids that exist in `theirs`. */
function filled(path: string): string {
  return path
    .replace(':id', 'mine')
    .replace(':merchantId', MERCHANT)
    .replace(':planId', 'theirplan')
    .replace(':sku', SECRET)
    .replace(':linkId', 'theirs-l1')
    .replace(':platform', 'bigcommerce')
    .replace(':orderId', '4711')
    .replace(':logId', logRecordId)
    .replace(':eventId', 'theirevent')
    .replace(':failureId', failureId)
    .replace(':erasureId', 'theirerasure');
}

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
      const answer = await call(method, filled(path), body);
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

  it('has left the other one as it was', async () => {
    const { db } = ports;
    const theirs = await findConnection(db, 'theirs');
    expect(theirs?.savedSettings).toEqual({});
    expect(theirs?.merchants.map(({ merchantId, status }) => [merchantId, status])).toEqual([
      [MERCHANT, 'connected'],
    ]);
    expect((await findPlan(db, 'theirs', 'theirplan'))?.status).toBe('ready');
    expect((await findFailure(db, 'theirs', failureId))?.status).toBe('open');
    expect((await findLink(db, 'theirs', 'theirs-l1'))?.status).toBe('active');
  });

  it('counts nothing of the other one in its activity', async () => {
    const { body } = await call('GET', '/connections/mine/activity');
    expect(body.parked).toBe(0);
    // The plan that the test above started in `mine` itself.
    expect(body.outstanding).toBe(1);
  });
});

import { env } from 'cloudflare:workers';
import { applyD1Migrations, reset } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EffectId } from '../../src/domain/ids.ts';
import { findFailure, parkFailure } from '../../src/store/failures.ts';
import { findSku, saveLedgerViews } from '../../src/store/ledger-copies.ts';
import { saveLinks } from '../../src/store/links.ts';
import { logId } from '../../src/store/log-blocks.ts';
import { insertLogs } from '../../src/store/logs.ts';
import { createPlan } from '../../src/store/plans.ts';
import { apiCaller } from '../support/api.ts';
import { entry, ledgerView, START_MS, testPorts, type TestPorts } from '../support/ports.ts';
import { install, link, linked, MERCHANT } from '../support/store.ts';

let ports: TestPorts;
let call: ReturnType<typeof apiCaller>;

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  ports = testPorts(env.DB);
  call = apiCaller(ports);
  await install(ports.db, 'abc');
  await linked(ports.db, 'abc');
});

function log(index: number, changes: Record<string, unknown> = {}) {
  const record = {
    kind: 'decision' as const,
    atMs: START_MS + index,
    connectionId: 'abc',
    operation: 'stock.write',
    outcome: 'ok' as const,
    message: `record ${index}`,
    ...changes,
  };
  return { id: logId(record.atMs, 'm', 0), record };
}

describe('SKUs', () => {
  beforeEach(async () => {
    await saveLinks(ports.db, [link('abc', 1), link('abc', 2, { sku: 'A/B %40' })]);
    await saveLedgerViews(ports.db, [ledgerView('abc', 'abc-l1')], START_MS);
  });

  it('are listed from the copies and shown by the ledger itself', async () => {
    const list = await call('GET', '/connections/abc/skus?limit=1');
    expect(list.body.items).toMatchObject([{ sku: 'A/B %40', onHand: null, places: [] }]);
    const rest = await call('GET', `/connections/abc/skus?cursor=${list.body.nextCursor}`);
    expect(rest.body).toMatchObject({ items: [{ sku: 'SKU-00001', onHand: 5 }], nextCursor: null });
    ports.ledgers.set('abc:abc-l1', {
      view: ledgerView('abc', 'abc-l1', { version: 2, onHand: 4 }),
      entries: [],
    });
    const one = await call('GET', '/connections/abc/skus/SKU-00001');
    expect(one.body).toMatchObject({
      sku: 'SKU-00001',
      onHand: 4,
      reserved: 0,
      buffer: 0,
      pools: [{ locationId: 1, onHand: 5, reserved: 0 }],
      places: [
        {
          platform: 'bigcommerce',
          place: 'bigcommerce:1',
          level: 5,
          target: 5,
          observedAt: '2026-11-20T12:00:00.000Z',
          pending: false,
        },
        { platform: 'clover', pending: true },
      ],
    });
  });

  it('may carry any character', async () => {
    const path = `/connections/abc/skus/${encodeURIComponent('A/B %40')}`;
    expect((await call('GET', path)).body.sku).toBe('A/B %40');
    expect((await call('GET', `${path}/ledger`)).status).toBe(200);
    expect((await call('GET', '/connections/abc/skus/nope')).status).toBe(404);
  });

  it('[S1] list their entries, newest first, with the count after each', async () => {
    const entries = [entry(1, 5, 5), entry(2, -1, 4), entry(3, -1, 3)];
    ports.ledgers.set('abc:abc-l1', { view: ledgerView('abc', 'abc-l1'), entries });
    const first = await call('GET', '/connections/abc/skus/SKU-00001/ledger?limit=2');
    expect(first.body.items).toMatchObject([
      { seq: 3, delta: -1, onHandAfter: 3, cause: 'level', at: '2026-11-20T12:00:00.003Z' },
      { seq: 2, onHandAfter: 4 },
    ]);
    const rest = await call(
      'GET',
      `/connections/abc/skus/SKU-00001/ledger?limit=2&cursor=${first.body.nextCursor}`,
    );
    expect(rest.body).toMatchObject({ items: [{ seq: 1 }], nextCursor: null });
  });

  it('are recounted by their ledger, whose answer is kept', async () => {
    const closed = await call('POST', '/connections/abc/skus/SKU-00001/recount');
    expect([closed.status, closed.body.error.code]).toEqual([409, 'conflict']);
    const view = ledgerView('abc', 'abc-l1', { version: 7, outstandingSinceMs: START_MS });
    ports.ledgers.set('abc:abc-l1', { view, entries: [] });
    const answer = await call('POST', '/connections/abc/skus/SKU-00001/recount');
    expect(answer.status).toBe(202);
    expect(ports.calls.at(-1)).toBe('skuLedger abc:abc-l1 recount');
    expect((await findSku(ports.db, 'abc', 'SKU-00001'))?.ledger?.version).toBe(7);
  });
});

describe('the log', () => {
  beforeEach(async () => {
    await insertLogs(ports.db, [
      log(0, { kind: 'event', eventId: 'e1', platform: 'clover' }),
      log(1, {
        kind: 'attempt',
        eventId: 'e1',
        sku: 'S1',
        outcome: 'failed',
        code: 'timeout',
        detail: { request: { url: 'u' }, error: { code: 'timeout' }, note: 'x' },
      }),
      log(2, { eventId: 'e2', orderId: '77' }),
      log(3, { connectionId: 'def', eventId: 'e1' }),
    ]);
  });

  const messages = (answer: { body: { items: { message: string }[] } }) =>
    answer.body.items.map(({ message }) => message);

  it.each([
    ['', ['record 2', 'record 1', 'record 0']],
    ['?sku=S1', ['record 1']],
    ['?order=77', ['record 2']],
    ['?platform=clover', ['record 0']],
    ['?outcome=failed', ['record 1']],
    ['?eventId=e1', ['record 1', 'record 0']],
    ['?kind=event', ['record 0']],
    ['?since=2026-11-20T12:00:00.001Z', ['record 2', 'record 1']],
    ['?until=2026-11-20T13:00:00.002%2B01:00', ['record 1', 'record 0']],
    ['?sku=S1&outcome=ok', []],
  ])('[R6] is searched with %j', async (query, expected) => {
    expect(messages(await call('GET', `/connections/abc/logs${query}`))).toEqual(expected);
  });

  it('pages, and shows one record with request, response and error', async () => {
    const first = await call('GET', '/connections/abc/logs?limit=2');
    const rest = await call('GET', `/connections/abc/logs?limit=2&cursor=${first.body.nextCursor}`);
    expect([...messages(first), ...messages(rest)]).toEqual(['record 2', 'record 1', 'record 0']);
    const { id } = first.body.items[1];
    const one = await call('GET', `/connections/abc/logs/${id}`);
    expect(one.body).toMatchObject({
      id,
      at: '2026-11-20T12:00:00.001Z',
      code: 'timeout',
      request: { url: 'u' },
      response: null,
      error: { code: 'timeout' },
      detail: { note: 'x' },
    });
    expect((await call('GET', '/connections/abc/logs/12x')).status).toBe(404);
  });

  it('tells what one event led to, oldest first', async () => {
    const answer = await call('GET', '/connections/abc/events/e1');
    expect(messages(answer)).toEqual(['record 0', 'record 1']);
    expect((await call('GET', '/connections/abc/events/e9')).status).toBe(404);
  });
});

describe('failures', () => {
  const write = {
    v: 1,
    kind: 'write',
    connectionId: 'abc',
    eventId: 'e1',
    linkId: 'abc-l1',
    effectId: 'x1',
  } as const;

  function park(replay: { queue: 'intake' | 'work'; body: unknown } | null) {
    return parkFailure(ports.db, {
      connectionId: 'abc',
      code: 'timeout',
      message: 'Too slow.',
      source: 'work:write',
      subject: 'abc-l1',
      eventId: 'e1',
      atMs: START_MS,
      replay,
    });
  }

  it('[R7] are replayed: the ledger gets fresh attempts, the message goes again, the row is closed', async () => {
    const parked = [{ effectId: 'x1' as EffectId, place: 'bigcommerce:1' as const, reason: 'no' }];
    await saveLinks(ports.db, [link('abc', 1)]);
    await saveLedgerViews(ports.db, [ledgerView('abc', 'abc-l1', { parked })], START_MS);
    const view = ledgerView('abc', 'abc-l1', { version: 2 });
    ports.ledgers.set('abc:abc-l1', { view, entries: [] });
    const id = await park({ queue: 'work', body: write });
    const list = await call('GET', '/connections/abc/failures');
    expect(list.body.items).toMatchObject([{ id, code: 'timeout', count: 1, replayable: true }]);
    const answer = await call('POST', `/connections/abc/failures/${id}/replay`);
    expect([answer.status, answer.body]).toEqual([202, { id, status: 'replayed' }]);
    expect(ports.calls).toEqual(['skuLedger abc:abc-l1 unpark x1']);
    expect(ports.sent.work).toEqual([write]);
    expect((await call('GET', '/connections/abc/activity')).body.parked).toBe(0);
    expect((await call('GET', '/connections/abc/failures')).body.items).toEqual([]);
    const closed = await call('GET', '/connections/abc/failures?status=replayed');
    expect(closed.body.items).toHaveLength(1);
  });

  it('[R7] of intake go back to intake', async () => {
    const body = {
      v: 1,
      platform: 'clover',
      eventId: 'e1',
      receivedAtMs: START_MS,
      changes: [{ merchantId: MERCHANT, key: 'O', objectId: 'O1', type: 'UPDATE', tsMs: START_MS }],
    };
    const id = await park({ queue: 'intake', body });
    expect((await call('POST', `/connections/abc/failures/${id}/replay`)).status).toBe(202);
    expect(ports.sent.intake).toEqual([body]);
  });

  it.each([
    ['nothing is stored', null],
    ['the message is malformed', { queue: 'work' as const, body: { kind: 'write' } }],
    [
      'the message is of another connection',
      { queue: 'work' as const, body: { ...write, connectionId: 'def' } },
    ],
  ])('stay open with 409 when %s', async (_, replay) => {
    const id = await park(replay);
    const answer = await call('POST', `/connections/abc/failures/${id}/replay`);
    expect([answer.status, answer.body.error.code]).toEqual([409, 'conflict']);
    expect((await findFailure(ports.db, 'abc', id))?.status).toBe('open');
    expect(ports.sent.work).toEqual([]);
  });

  it('are dismissed with a reason that the log keeps', async () => {
    const id = await park(null);
    const bare = await call('POST', `/connections/abc/failures/${id}/dismiss`, { reason: ' ' });
    expect(bare.status).toBe(400);
    const answer = await call('POST', `/connections/abc/failures/${id}/dismiss`, {
      reason: 'test item',
    });
    expect(answer.body).toEqual({ id, status: 'dismissed' });
    expect(ports.logged.at(-1)?.message).toMatch(/test item/);
    expect(
      (await call('POST', '/connections/abc/failures/nope/dismiss', { reason: 'x' })).status,
    ).toBe(404);
  });
});

describe('activity', () => {
  it('is 0 at rest', async () => {
    expect((await call('GET', '/connections/abc/activity')).body).toEqual({
      outstanding: 0,
      oldestOutstandingMs: null,
      parked: 0,
    });
  });

  it('counts queues, work in hand, plans and ledgers, and tells the age of the oldest', async () => {
    await saveLinks(ports.db, [link('abc', 1)]);
    const view = ledgerView('abc', 'abc-l1', { outstandingSinceMs: START_MS });
    await saveLedgerViews(ports.db, [view], START_MS);
    await createPlan(ports.db, {
      id: 'p1',
      connectionId: 'abc',
      kind: 'link',
      nowMs: START_MS - 50,
    });
    Object.assign(ports.activity, { intakeBacklog: 3, workBacklog: 4, working: 2 });
    ports.advance(1_000);
    expect((await call('GET', '/connections/abc/activity')).body).toEqual({
      outstanding: 3 + 4 + 2 + 1 + 1,
      oldestOutstandingMs: 1_050,
      parked: 0,
    });
  });

  it('reconcile sweeps both sides', async () => {
    await saveLinks(ports.db, [link('abc', 1)]);
    const answer = await call('POST', '/connections/abc/reconcile', { scope: 'stock' });
    expect(answer.status).toBe(202);
    expect(ports.sent.work.map((message) => message.kind === 'sweep' && message.platform)).toEqual([
      'bigcommerce',
      'clover',
    ]);
    expect(answer.body).toMatchObject({ started: ['stock'], skipped: [] });
    const sweepIds = ports.sent.work.map(({ eventId }) => eventId);
    expect(new Set(sweepIds)).toEqual(new Set([answer.body.sweepId]));
    ports.sent.work.length = 0;
    const later = await call('POST', '/connections/abc/reconcile', { scope: 'customers' });
    expect(later.status).toBe(202);
    expect(later.body).toMatchObject({
      started: [],
      skipped: [{ scope: 'customers', reason: expect.stringContaining('Nothing is configured') }],
    });
    expect(ports.sent.work).toEqual([]);
    const all = await call('POST', '/connections/abc/reconcile', { scope: 'all' });
    expect(all.body).toMatchObject({
      started: ['stock', 'orders', 'catalog'],
      skipped: [{ scope: 'customers' }],
    });
    const kinds = ports.sent.work.map((message) =>
      message.kind === 'order_feed'
        ? `${message.platform} ${message.list ?? 'orders'}`
        : message.kind,
    );
    expect(kinds).toEqual([
      'sweep',
      'sweep',
      'bigcommerce orders',
      'bigcommerce refunds',
      'clover orders',
      'clover refunds',
      'catalog',
    ]);
    expect((await call('POST', '/connections/abc/reconcile', {})).status).toBe(400);
  });
});

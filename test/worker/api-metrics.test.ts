/** Goal: `metrics` tells what was measured, of this connection only. Method: rows in D1, the API over them. */
import { env } from 'cloudflare:workers';
import { applyD1Migrations, reset } from 'cloudflare:test';
import { beforeEach, expect, it } from 'vitest';
import { saveDeliveries } from '../../src/store/deliveries.ts';
import { saveLinks } from '../../src/store/links.ts';
import { logId } from '../../src/store/log-blocks.ts';
import { insertLogs } from '../../src/store/logs.ts';
import { apiCaller } from '../support/api.ts';
import { START_MS, testPorts, type TestPorts } from '../support/ports.ts';
import { install, link, linked, MERCHANT, OTHER_MERCHANT } from '../support/store.ts';

let ports: TestPorts;
let call: ReturnType<typeof apiCaller>;

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  ports = testPorts(env.DB);
  call = apiCaller(ports);
  await install(ports.db, 'abc');
  await linked(ports.db, 'abc');
  await install(ports.db, 'other');
  await linked(ports.db, 'other', OTHER_MERCHANT);
});

const row = (connectionId: string, place: string, told: number, found: number, atMs = START_MS) =>
  ({
    connectionId,
    place,
    subject: 'levels',
    told,
    found,
    toldSum: told,
    foundSum: found,
    measuredAtMs: atMs,
    lastFoundAtMs: found > 0 ? atMs : null,
  }) as const;

it('[R8] shows the delivery score of each place and topic, and polling as set before any', async () => {
  const before = await call('GET', '/connections/abc/metrics');
  expect(before.body).toMatchObject({
    delivery: [],
    polling: { stockMinutes: 15, ordersMinutes: 15 },
    rows: { links: 0, ledgers: 0 },
  });
  await saveLinks(ports.db, [link('abc', 1), link('other', 2)]);
  await saveDeliveries(ports.db, [
    row('abc', 'bigcommerce:1', 3, 1),
    row('abc', `clover:${MERCHANT}`, 10, 0),
    row('other', 'bigcommerce:1', 0, 9),
  ]);
  // An older measurement that arrives late.
  await saveDeliveries(ports.db, [row('abc', 'bigcommerce:1', 0, 7, START_MS - 1)]);
  const { body } = await call('GET', '/connections/abc/metrics');
  expect(body.rows).toEqual({ links: 1, ledgers: 0 });
  expect(body.delivery).toMatchObject([
    {
      platform: 'bigcommerce',
      place: 'bigcommerce:1',
      topic: expect.stringContaining('stock_changed'),
      score: 0.75,
      told: 3,
      found: 1,
      lastFoundAt: new Date(START_MS).toISOString(),
    },
    { platform: 'clover', topic: 'IS,I', score: 1, lastFoundAt: null },
  ]);
});

it('[R8] counts the tries of the last hour by platform and outcome', async () => {
  const nowMs = ports.now();
  const log = (index: number, changes: Record<string, unknown>) => {
    const record = {
      kind: 'attempt' as const,
      atMs: nowMs - 1_000 + index,
      connectionId: 'abc',
      platform: 'clover' as const,
      operation: 'stock.read',
      outcome: 'ok' as const,
      message: `record ${index}`,
      ...changes,
    };
    return { id: logId(record.atMs, 'm', 0), record };
  };
  await insertLogs(ports.db, [
    log(1, {}),
    log(2, {}),
    log(3, { outcome: 'failed' }),
    log(4, { platform: 'bigcommerce' }),
    log(5, { kind: 'decision' }),
    log(6, { connectionId: 'other' }),
    log(7, { atMs: nowMs - 3_700_000 }),
  ]);
  const { body } = await call('GET', '/connections/abc/metrics');
  expect(body.lagMs.total).toEqual({ count: 0, p50Ms: null, p99Ms: null, buckets: [] });
  expect(body.calls).toMatchObject({
    isWhole: true,
    counts: [
      { platform: 'bigcommerce', outcome: 'ok', calls: 1 },
      { platform: 'clover', outcome: 'failed', calls: 1 },
      { platform: 'clover', outcome: 'ok', calls: 2 },
    ],
  });
});

it('[R8] tells how long levels took to follow, by stage, and the exposure of falls', async () => {
  const nowMs = ports.now();
  const written = (delta: number) => ({
    happenedAtMs: nowMs - 1_400,
    receivedAtMs: nowMs - 600,
    decidedAtMs: nowMs - 550,
    writtenAtMs: nowMs - 100,
    delta,
  });
  const record = {
    kind: 'decision' as const,
    atMs: nowMs,
    connectionId: 'abc',
    operation: 'stock.write',
    outcome: 'ok' as const,
    message: 'Written.',
    timings: [written(-1), written(2)],
  };
  await insertLogs(ports.db, [{ id: logId(nowMs, 'm', 0), record }]);
  const { body } = await call('GET', '/connections/abc/metrics');
  expect(body.lagMs).toMatchObject({
    received: { count: 2, p50Ms: 1_000 },
    decided: { count: 2, p50Ms: 50 },
    written: { count: 2, p50Ms: 500 },
    total: { count: 2, p99Ms: 1_500, buckets: [{ upToMs: 1_500, count: 2 }] },
  });
  expect(body.exposureMs).toMatchObject({ count: 1, p50Ms: 1_500 });
});

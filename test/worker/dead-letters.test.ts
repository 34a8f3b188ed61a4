import { env } from 'cloudflare:workers';
import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  reset,
} from 'cloudflare:test';
import { beforeEach, expect, it } from 'vitest';
import { consumeDeadLetters } from '../../src/queue/dead-letters.ts';
import { listFailures } from '../../src/store/failures.ts';
import { apiCaller } from '../support/api.ts';
import { START_MS, testPorts, type TestPorts } from '../support/ports.ts';
import { install, linked, MERCHANT, OTHER_MERCHANT } from '../support/store.ts';

let ports: TestPorts;

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  ports = testPorts(env.DB);
  await install(ports.db, 'abc');
  await install(ports.db, 'def');
  await linked(ports.db, 'abc', MERCHANT);
  await linked(ports.db, 'def', OTHER_MERCHANT);
});

async function die(queue: string, bodies: readonly unknown[], diedAtMs = START_MS) {
  const lines: string[] = [];
  const batch = createMessageBatch(
    queue,
    bodies.map((body, index) => ({
      id: `${queue}-${index}-${diedAtMs}`,
      body,
      timestamp: new Date(diedAtMs),
      attempts: 1,
    })),
  );
  await consumeDeadLetters(ports, batch, (line) => lines.push(line));
  return { result: await getQueueResult(batch, createExecutionContext()), lines };
}

const read = (linkId: string, eventId = 'e1') => ({
  v: 1,
  kind: 'read',
  connectionId: 'abc',
  eventId,
  linkId,
  place: 'bigcommerce:1',
});
const openOf = async (connectionId: string) =>
  (await listFailures(ports.db, connectionId, 'open', null, 100)).items;

it('[R3] a dead message is parked where a person sees it, logged, and only then acknowledged', async () => {
  const { result } = await die('work-dead', [read('l1')]);
  expect(result.explicitAcks).toHaveLength(1);
  expect(await openOf('abc')).toMatchObject([
    {
      source: 'work:read',
      code: 'internal',
      eventId: 'e1',
      count: 1,
      replay: { queue: 'work', body: read('l1') },
    },
  ]);
  expect(ports.logged).toMatchObject([
    { connectionId: 'abc', eventId: 'e1', operation: 'dead_letter.park', outcome: 'failed' },
  ]);
});

it('[R3] a dead letter that D1 refuses comes back', async () => {
  await env.DB.prepare('drop table failures').run();
  const { result, lines } = await die('work-dead', [read('l1'), read('l2')]);
  expect(result.explicitAcks).toEqual([]);
  expect(result.retryMessages).toHaveLength(2);
  expect(lines[0]).toMatch(/dead_letter\.park/);
});

it('repeats about one subject meet in one row with the newest message; others stand alone', async () => {
  await die('work-dead', [read('l1', 'e1'), read('l2', 'e2')]);
  await die('work-dead', [read('l1', 'e3')], START_MS + 60_000);
  const open = await openOf('abc');
  expect(
    open.map(({ count, replay }) => [
      count,
      (replay?.body as { eventId: string } | undefined)?.eventId,
    ]),
  ).toEqual([
    [2, 'e3'],
    [1, 'e2'],
  ]);
});

it('[X5] a Clover webhook of several merchants is parked part by part, each at its own connection', async () => {
  const change = (merchantId: string, objectId: string) => ({
    merchantId,
    key: 'O',
    objectId,
    type: 'UPDATE',
    tsMs: START_MS,
  });
  const body = {
    v: 1,
    platform: 'clover',
    eventId: 'e1',
    receivedAtMs: START_MS,
    changes: [change(MERCHANT, 'A'), change(OTHER_MERCHANT, 'B'), change(MERCHANT, 'C')],
  };
  await die('intake-dead', [body]);
  const replayed = (parked: Awaited<ReturnType<typeof openOf>>) =>
    parked.map(({ replay }) =>
      (replay?.body as typeof body | undefined)?.changes.map(({ objectId }) => objectId),
    );
  expect(replayed(await openOf('abc'))).toEqual([['A', 'C']]);
  expect(replayed(await openOf('def'))).toEqual([['B']]);
});

it('a BigCommerce webhook is parked per scope and object', async () => {
  const hook = (id: number, eventId: string) => ({
    v: 1,
    platform: 'bigcommerce',
    eventId,
    connectionId: 'abc',
    receivedAtMs: START_MS,
    scope: 'store/order/created',
    data: { type: 'order', id },
    createdAtMs: START_MS,
  });
  await die('intake-dead', [hook(1, 'e1'), hook(2, 'e2')]);
  await die('intake-dead', [hook(1, 'e3')], START_MS + 1_000);
  expect((await openOf('abc')).map(({ count, eventId }) => [count, eventId])).toEqual([
    [2, 'e3'],
    [1, 'e2'],
  ]);
});

it('a message of unknown shape is kept too', async () => {
  const { result } = await die('work-dead', [{ kind: 'mystery' }, null]);
  expect(result.explicitAcks).toHaveLength(2);
  expect(await openOf('')).toMatchObject([
    { source: 'work:malformed' },
    { source: 'work:malformed' },
  ]);
});

it('[R7] what is parked is replayed as it was', async () => {
  await die('work-dead', [read('l1')]);
  const [parked] = await openOf('abc');
  const answer = await apiCaller(ports)('POST', `/connections/abc/failures/${parked?.id}/replay`);
  expect(answer.status).toBe(202);
  expect(ports.sent.work).toEqual([read('l1')]);
  expect(await openOf('abc')).toEqual([]);
});

it('dead log records are printed, never stored', async () => {
  const { result, lines } = await die('logs-dead', [{ v: 1, records: [{ message: 'lost' }] }]);
  expect(result.explicitAcks).toHaveLength(1);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { operation: 'logs.dead', record: { message: 'lost' } },
  ]);
});

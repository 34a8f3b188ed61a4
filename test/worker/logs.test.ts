import { env } from 'cloudflare:workers';
import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  reset,
} from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/log.ts';
import { consumeLogs } from '../../src/queue/logs-consumer.ts';
import { saveSettings } from '../../src/store/connections.ts';
import {
  deleteOldLogs,
  eventChain,
  findLog,
  insertLogs,
  type LogFilters,
  logId,
  queryLogs,
} from '../../src/store/logs.ts';
import { explained } from '../support/explain.ts';
import { START_MS, testPorts } from '../support/ports.ts';
import { install } from '../support/store.ts';

const ports = testPorts(env.DB);
const { db } = ports;

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

function record(changes: Partial<LogRecord> = {}): LogRecord {
  return {
    kind: 'decision',
    atMs: START_MS,
    connectionId: 'abc',
    operation: 'stock.write',
    outcome: 'ok',
    message: 'Done.',
    ...changes,
  };
}

async function allOf(connectionId: string, filters: LogFilters = {}, limit = 500) {
  const items = [];
  let pages = 0;
  for (let cursor: number | null = null; ;) {
    const page = await queryLogs(db, connectionId, filters, cursor, limit);
    items.push(...page.items);
    pages += 1;
    if (page.nextCursor === null) return { items, pages };
    cursor = page.nextCursor;
  }
}

async function consumed(bodies: readonly { id: string; body: unknown }[], lines: string[] = []) {
  const batch = createMessageBatch(
    'logs',
    bodies.map(({ id, body }) => ({ id, body, timestamp: new Date(START_MS), attempts: 1 })),
  );
  await consumeLogs(ports, batch, (line) => lines.push(line));
  return getQueueResult(batch, createExecutionContext());
}

const message = (id: string, ...records: LogRecord[]) => ({ id, body: { v: 1, records } });

describe('the consumer', () => {
  it('[R6] stores every record of a batch, in order, and acknowledges it', async () => {
    const result = await consumed([
      message('m1', record({ message: 'a' }), record({ message: 'b' }), record({ message: 'c' })),
      message('m2', record({ connectionId: 'def', message: 'd' })),
    ]);
    expect(result.ackAll || result.explicitAcks.length === 2).toBe(true);
    const { items } = await allOf('abc');
    expect(items.map((item) => item.message)).toEqual(['c', 'b', 'a']);
    expect((await allOf('def')).items).toHaveLength(1);
  });

  it('[R2] adds nothing when the same batch comes again', async () => {
    const batch = [
      message('m1', record({ message: 'a' }), record({ message: 'b' })),
      message('m2', record({ message: 'c' })),
    ];
    await consumed(batch);
    await consumed(batch);
    expect((await allOf('abc')).items).toHaveLength(3);
  });

  it('loses none of many records of one millisecond', async () => {
    const messages = Array.from({ length: 40 }, (_, m) =>
      message(
        `message-${m}`,
        ...Array.from({ length: 10 }, (__, n) => record({ message: `${m}:${n}` })),
      ),
    );
    await consumed(messages);
    await consumed(messages.toReversed());
    const { items } = await allOf('abc');
    expect(new Set(items.map((item) => item.message)).size).toBe(400);
    expect(items).toHaveLength(400);
  });

  it('[R3] drops a malformed record, prints it, and stores its neighbours', async () => {
    const lines: string[] = [];
    const result = await consumed(
      [
        { id: 'm1', body: { v: 1, records: [{ nonsense: 1 }, record({ message: 'good' })] } },
        { id: 'm2', body: 'no message at all' },
      ],
      lines,
    );
    expect(result.retryMessages).toEqual([]);
    expect((await allOf('abc')).items.map((item) => item.message)).toEqual(['good']);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/nonsense/);
  });

  it('sends the batch back when D1 fails', async () => {
    await env.DB.prepare('drop table logs').run();
    const lines: string[] = [];
    const result = await consumed([message('m1', record())], lines);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['m1']);
    expect(lines[0]).toMatch(/logs\.store/);
  });

  it("keeps of bodies what the connection's settings say", async () => {
    await install(db, 'abc');
    await install(db, 'def');
    await saveSettings(db, 'def', { logs: { bodyBytesMax: 20 } }, START_MS);
    const detail = { request: { body: 'x'.repeat(100) }, response: { ok: true } };
    await consumed([message('m1', record({ detail }), record({ connectionId: 'def', detail }))]);
    const [kept] = (await allOf('abc')).items;
    expect((await findLog(db, 'abc', kept?.id ?? 0))?.detail).toEqual(detail);
    const [cut] = (await allOf('def')).items;
    expect((await findLog(db, 'def', cut?.id ?? 0))?.detail).toEqual({
      request: { truncated: true, chars: 111, head: '{"body":"xxxxxxxxxxx' },
      response: { ok: true },
    });
  });
});

describe('searching', () => {
  async function many(count: number, every: number, changes: Partial<LogRecord>) {
    const rows = Array.from({ length: count }, (_, n) => ({
      id: logId(START_MS + n, 'm', 0),
      record: record({ atMs: START_MS + n, message: `r${n}`, ...(n % every === 0 ? changes : {}) }),
    }));
    await insertLogs(db, rows);
  }

  it('looks at a bounded number of rows per page and still finds everything', async () => {
    await many(45_000, 22_000, { sku: 'RARE' });
    const { items, pages } = await allOf('abc', { sku: 'RARE' });
    expect(items.map((item) => item.message)).toEqual(['r44000', 'r22000', 'r0']);
    expect(pages).toBe(3);
    const whole = await queryLogs(db, 'abc', {}, null, 2);
    expect(whole.items.map((item) => item.message)).toEqual(['r44999', 'r44998']);
  }, 30_000);

  it('neither skips nor repeats a row, whatever the page size', async () => {
    await many(23, 2, { outcome: 'failed' });
    const { items } = await allOf('abc', { outcome: 'failed' }, 5);
    expect(items.map((item) => item.message)).toEqual(
      Array.from({ length: 12 }, (_, n) => `r${22 - 2 * n}`),
    );
  });

  it('finds the chain of an event by its index, and of our own ids by their time', async () => {
    await many(50, 7, { eventId: 'sha-1' });
    await insertLogs(db, [
      { id: logId(START_MS, 'x', 1), record: record({ kind: 'event', eventId: 'sha-1' }) },
    ]);
    const chain = await eventChain(db, 'abc', 'sha-1', 100);
    expect(chain).toHaveLength(9);
    const ids = chain.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
    expect(await eventChain(db, 'def', 'sha-1', 100)).toEqual([]);
    const ours = ports.newId();
    await insertLogs(db, [
      { id: logId(START_MS + 9, 'y', 0), record: record({ atMs: START_MS + 9, eventId: ours }) },
    ]);
    expect(await eventChain(db, 'abc', ours, 100)).toHaveLength(1);
    const steps = await explained(env.DB, (recorded) => eventChain(recorded, 'abc', 'sha-1', 10));
    expect(steps[0]).toMatch(/logs_of_events/);
  });
});

describe('retention', () => {
  it('deletes what is older, of one connection, in bounded steps', async () => {
    const rows = (connectionId: string) =>
      Array.from({ length: 2_500 }, (_, n) => ({
        id: logId(START_MS + n, 'm', 0),
        record: record({ connectionId, atMs: START_MS + n }),
      }));
    await insertLogs(db, [...rows('abc'), ...rows('def')]);
    expect(await deleteOldLogs(db, 'abc', START_MS + 2_400, 1_500)).toBe(1_500);
    expect(await deleteOldLogs(db, 'abc', START_MS + 2_400, 1_500)).toBe(900);
    expect(await deleteOldLogs(db, 'abc', START_MS + 2_400, 1_500)).toBe(0);
    const left = await env.DB.prepare(
      'select connection_id as id, count(*) as n, min(at_ms) as oldest from logs group by 1 order by 1',
    ).all();
    expect(left.results).toEqual([
      { id: 'abc', n: 100, oldest: START_MS + 2_400 },
      { id: 'def', n: 2_500, oldest: START_MS },
    ]);
  }, 30_000);
});

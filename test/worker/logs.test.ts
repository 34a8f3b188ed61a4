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
import { histogramOf } from '../../src/domain/stock/timing.ts';
import { lagSince, sumUpLag } from '../../src/store/lag.ts';
import { logId } from '../../src/store/log-blocks.ts';
import {
  deleteOldLogs,
  eventChain,
  findLog,
  insertLogs,
  type LogFilters,
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
  for (let cursor: string | null = null; ;) {
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

  it('stores what a batch holds of one connection as one row', async () => {
    const batch = Array.from({ length: 100 }, (_, n) =>
      message(
        `m${n}`,
        record({ atMs: START_MS + n }),
        record({ atMs: START_MS + n, sku: `S${n}` }),
      ),
    );
    await consumed(batch);
    const blocks = await env.DB.prepare('select records from log_blocks').all();
    expect(blocks.results).toEqual([{ records: 200 }]);
  });

  it('[R6] shows each record once when a batch comes again in another composition', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((text, n) =>
      message(`m${text}`, record({ atMs: START_MS + n, message: text })),
    );
    if (a === undefined || b === undefined || c === undefined) throw new Error('three');
    await consumed([a, b]);
    await consumed([b, c]);
    await consumed([a, c, b]);
    expect((await allOf('abc')).items.map((item) => item.message)).toEqual(['c', 'b', 'a']);
    expect((await allOf('abc', {}, 1)).items.map((item) => item.message)).toEqual(['c', 'b', 'a']);
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
    await env.DB.prepare('drop table log_blocks').run();
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
    expect((await findLog(db, 'abc', kept?.id ?? ''))?.detail).toEqual(detail);
    const [cut] = (await allOf('def')).items;
    expect((await findLog(db, 'def', cut?.id ?? ''))?.detail).toEqual({
      request: { truncated: true, chars: 111, head: '{"body":"xxxxxxxxxxx' },
      response: { ok: true },
    });
  });
});

describe('searching', () => {
  /** One record each 100 ms, in blocks whose times overlap. */
  async function many(count: number, every: number, changes: Partial<LogRecord>) {
    const rows = Array.from({ length: count }, (_, n) => ({
      id: logId(START_MS + n * 100, 'm', 0),
      record: record({
        atMs: START_MS + n * 100,
        message: `r${n}`,
        ...(n % every === 0 ? changes : {}),
      }),
    }));
    const parts = [0, 1, 2].map((part) => rows.filter((_, n) => n % 3 === part));
    for (const part of parts) await insertLogs(db, part);
  }

  /** As many blocks as years bring, of which none holds what is searched for. */
  async function crowd(blocks: number) {
    const fromMs = START_MS - blocks * 1_000;
    await env.DB.prepare(
      `with recursive n(value) as (select 0 union all select value + 1 from n where value < ?1 - 1)
       insert into log_blocks select 'abc', (?2 + value * 1000) || '00000000000000',
         (?2 + value * 1000) || '00000000', 9, ' 0000aa 0000bb', null, null, 'never opened' from n`,
    )
      .bind(blocks, fromMs)
      .run();
  }

  it('looks at a bounded number of blocks per page and still finds everything', async () => {
    await crowd(45_000);
    const atMs = [START_MS, START_MS - 20_000_000, START_MS - 46_000_000];
    const rare = atMs.map((ms) => ({
      id: logId(ms, 'm', 0),
      record: record({ atMs: ms, message: `${ms - START_MS}`, sku: 'RARE' }),
    }));
    for (const each of rare) await insertLogs(db, [each]);
    const { items, pages } = await allOf('abc', { sku: 'RARE' });
    expect(items.map((item) => item.message)).toEqual(['0', '-20000000', '-46000000']);
    expect(pages).toBe(3);
    const steps = await explained(env.DB, (recorded) =>
      queryLogs(recorded, 'abc', { sku: 'RARE' }, null, 10),
    );
    expect(steps.join()).toMatch(/SEARCH log_blocks USING PRIMARY KEY/);
    expect(steps.join()).not.toMatch(/SCAN|TEMP B-TREE/);
  }, 30_000);

  it('neither skips nor repeats a record, whatever the page size, and keeps to their times', async () => {
    await many(800, 2, { outcome: 'failed' });
    const failed = Array.from({ length: 400 }, (_, n) => `r${798 - 2 * n}`);
    for (const limit of [23, 100, 500]) {
      const { items } = await allOf('abc', { outcome: 'failed' }, limit);
      expect(items.map((item) => item.message)).toEqual(failed);
    }
    const part = { sinceMs: START_MS + 50_000, untilMs: START_MS + 60_050 };
    const { items } = await allOf('abc', part, 9);
    expect(items.map((item) => item.message)).toEqual(
      Array.from({ length: 101 }, (_, n) => `r${600 - n}`),
    );
  });

  it('[R6] finds each record by its id', async () => {
    await many(700, 1, { detail: { request: { url: 'u' } } });
    const { items } = await allOf('abc');
    for (const { id, message: text } of items.filter((_, n) => n % 50 === 0)) {
      expect(await findLog(db, 'abc', id)).toMatchObject({ id, message: text });
      expect(await findLog(db, 'def', id)).toBeUndefined();
    }
    expect(await findLog(db, 'abc', logId(START_MS, 'other', 0))).toBeUndefined();
  });

  it('finds the chain of an event, oldest first, and of our own ids by their time', async () => {
    await crowd(5_000);
    await many(50, 7, { eventId: 'sha-1' });
    await insertLogs(db, [
      { id: logId(START_MS, 'x', 1), record: record({ kind: 'event', eventId: 'sha-1' }) },
    ]);
    const chain = await eventChain(db, 'abc', 'sha-1', 100);
    expect(chain).toHaveLength(9);
    const ids = chain.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    expect(await eventChain(db, 'def', 'sha-1', 100)).toEqual([]);
    const ours = ports.newId();
    await insertLogs(db, [
      { id: logId(START_MS + 9, 'y', 0), record: record({ atMs: START_MS + 9, eventId: ours }) },
    ]);
    expect(await eventChain(db, 'abc', ours, 100)).toHaveLength(1);
  });
});

describe('measures of lag', () => {
  const HOUR_MS = 3_600_000;
  const written = (atMs: number, lagMs: number) => ({
    id: logId(atMs, 'm', 0),
    record: record({
      atMs,
      timings: [
        {
          happenedAtMs: atMs - lagMs,
          receivedAtMs: null,
          decidedAtMs: atMs,
          writtenAtMs: atMs,
          delta: -1,
        },
      ],
    }),
  });

  it('[R8] are summed up by the hour, and the sum of all stays the same', async () => {
    const hourMs = START_MS - (START_MS % HOUR_MS);
    const ages = [0.1, 0.5, 1.2, 2.5, 2.6, 5.1];
    for (const age of ages) await insertLogs(db, [written(hourMs - age * HOUR_MS, 900)]);
    const count = async (sinceMs: number) =>
      histogramOf(await lagSince(db, 'abc', sinceMs), 'lag').count;
    expect(await count(hourMs - 6 * HOUR_MS)).toBe(6);
    await sumUpLag(db, 'abc', hourMs);
    await sumUpLag(db, 'abc', hourMs);
    expect(await count(hourMs - 6 * HOUR_MS)).toBe(6);
    expect(await count(hourMs - 3 * HOUR_MS)).toBe(5);
    await deleteOldLogs(db, 'abc', hourMs - 2 * HOUR_MS, 100);
    expect(await count(hourMs - 6 * HOUR_MS)).toBe(6);
    expect(histogramOf(await lagSince(db, 'def', 0), 'lag').count).toBe(0);
  });
});

describe('retention', () => {
  it('deletes what is older, of one connection, in bounded steps', async () => {
    const rows = (connectionId: string) =>
      Array.from({ length: 25 }, (_, n) => ({
        id: logId(START_MS + n * 100_000, 'm', 0),
        record: record({ connectionId, atMs: START_MS + n * 100_000 }),
      }));
    await insertLogs(db, [...rows('abc'), ...rows('def')]);
    const beforeMs = START_MS + 24 * 100_000;
    expect(await deleteOldLogs(db, 'abc', beforeMs, 15)).toBe(15);
    expect(await deleteOldLogs(db, 'abc', beforeMs, 15)).toBe(9);
    expect(await deleteOldLogs(db, 'abc', beforeMs, 15)).toBe(0);
    const left = await env.DB.prepare(
      'select connection_id as id, count(*) as n from log_blocks group by 1 order by 1',
    ).all();
    expect(left.results).toEqual([
      { id: 'abc', n: 1 },
      { id: 'def', n: 25 },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { createLogSink, cutJson, type LogMessage, type LogRecord } from '../../src/log.ts';

function sink(fails = false) {
  const calls: LogMessage[][] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLogSink(
    {
      sendBatch: (messages) => {
        if (fails) return Promise.reject(new Error('queue is down'));
        calls.push(Array.from(messages, ({ body }) => body));
        return Promise.resolve();
      },
    },
    (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  );
  return { log, calls, lines };
}

function record(changes: Partial<LogRecord> = {}): LogRecord {
  return {
    kind: 'decision',
    atMs: 1,
    connectionId: 'abc',
    operation: 'stock.write',
    outcome: 'ok',
    message: 'Done.',
    ...changes,
  };
}

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength;

describe('log sink', () => {
  it('sends everything in one message where it fits, once', async () => {
    const { log, calls } = sink();
    for (let n = 0; n < 20; n += 1) log.add(record({ atMs: n }));
    await log.flush();
    await log.flush();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toHaveLength(1);
    expect(calls[0]?.[0]?.records.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  it('keeps messages below 128 KB and calls below 200 KB, in order', async () => {
    const { log, calls } = sink();
    for (let n = 0; n < 60; n += 1) {
      log.add(record({ atMs: n, kind: 'attempt', detail: { body: 'ü'.repeat(5_000) } }));
    }
    await log.flush();
    expect(calls.length).toBeGreaterThan(1);
    for (const call of calls) {
      expect(call.length).toBeLessThanOrEqual(100);
      expect(bytesOf(call)).toBeLessThan(256_000);
      for (const message of call) expect(bytesOf(message)).toBeLessThan(128_000);
    }
    const order = calls.flat().flatMap(({ records }) => records.map(({ atMs }) => atMs));
    expect(order).toEqual(Array.from({ length: 60 }, (_, n) => n));
  });

  it('cuts a detail that no message could carry, whatever its characters', async () => {
    const { log, calls } = sink();
    log.add(record({ kind: 'attempt', detail: { body: '\u0001'.repeat(300_000) } }));
    log.add(record({ kind: 'attempt', detail: { body: '水'.repeat(300_000) } }));
    await log.flush();
    const messages = calls.flat();
    for (const message of messages) expect(bytesOf(message)).toBeLessThan(128_000);
    const [first] = messages.flatMap(({ records }) => records);
    expect(first?.detail).toMatchObject({ truncated: true });
  });

  it('prints one line per record at once, without the detail', () => {
    const { log, lines } = sink();
    log.add(record({ detail: { request: 'x' }, sku: 'S1' }));
    expect(lines).toEqual([record({ sku: 'S1' })]);
  });

  it('[R6][X8] takes secrets and addresses out of details and messages that come unredacted', async () => {
    const { log, calls, lines } = sink();
    log.add(
      record({ message: 'Told ann@example.com.', detail: { access_token: 'tok-123', n: 1 } }),
    );
    await log.flush();
    const told = JSON.stringify([calls, lines]);
    expect(told).not.toMatch(/tok-123|ann@example/);
    expect(calls[0]?.[0]?.records[0]?.detail).toMatchObject({ n: 1 });
  });

  it('never fails the work it rides on, and says what was lost', async () => {
    const { log, lines } = sink(true);
    log.add(record());
    await expect(log.flush()).resolves.toBeUndefined();
    expect(lines.at(-1)).toMatchObject({
      operation: 'logs.flush',
      outcome: 'failed',
      message: '1 log records did not reach the logs queue: queue is down',
    });
  });

  it('takes a detail that is no JSON', async () => {
    const { log, calls } = sink();
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    log.add(record({ kind: 'attempt', detail: loop }));
    log.add(record({ detail: { big: 1n } }));
    await log.flush();
    expect(calls[0]?.[0]?.records).toHaveLength(2);
  });
});

it('cutJson keeps what fits and begins what does not', () => {
  expect(cutJson({ a: 1 }, 7)).toEqual({ a: 1 });
  expect(cutJson({ a: 12 }, 7)).toEqual({ truncated: true, chars: 8, head: '{"a":12' });
  expect(cutJson(undefined, 7)).toBeUndefined();
});

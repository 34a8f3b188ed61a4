/** Consumer of `logs`: what a queue batch holds of one connection becomes one row. A record that cannot be stored never holds up the others. */
import * as v from 'valibot';
import { FAILURES } from '../domain/failure.ts';
import { cutJson, type LogMessage, type LogRecord } from '../log.ts';
import type { Ports } from '../ports.ts';
import { defaultSettings } from '../settings.ts';
import { bodyBytesMaxOf } from '../store/connections.ts';
import { faultText } from '../store/faults.ts';
import { logId, type NewLog } from '../store/log-blocks.ts';
import { insertLogs } from '../store/logs.ts';

const text = v.pipe(v.string(), v.maxLength(4_000));
const count = v.pipe(v.number(), v.finite());

const logRecord = v.object({
  kind: v.picklist(['attempt', 'event', 'decision', 'skip', 'refused', 'audit']),
  atMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 41)),
  connectionId: text,
  eventId: v.optional(text),
  platform: v.optional(v.picklist(['bigcommerce', 'clover'])),
  sku: v.optional(text),
  orderId: v.optional(text),
  operation: text,
  outcome: v.picklist(['ok', 'failed', 'skipped', 'refused', 'unknown']),
  code: v.optional(v.custom<LogRecord['code']>((code) => Object.hasOwn(FAILURES, String(code)))),
  httpStatus: v.optional(count),
  durationMs: v.optional(count),
  message: text,
  timings: v.optional(
    v.array(
      v.object({
        happenedAtMs: v.nullable(count),
        receivedAtMs: v.nullable(count),
        decidedAtMs: count,
        writtenAtMs: count,
        delta: count,
      }),
    ),
  ),
  detail: v.optional(v.unknown()),
});

/** Seconds before a batch that D1 refused comes back; it doubles with each try. */
const RETRY_SECONDS = 5;

/**
 * Stores a batch of log messages; all of it comes back when D1 fails, and stored records are then left alone. `print`
 * takes what cannot be stored.
 */
export async function consumeLogs(
  ports: Pick<Ports, 'db'>,
  batch: MessageBatch,
  print: (line: string) => void,
): Promise<void> {
  const records: NewLog[] = [];
  for (const message of batch.messages) {
    for (const [index, raw] of recordsOf(message.body).entries()) {
      const parsed = v.safeParse(logRecord, raw);
      if (parsed.success) {
        const record = parsed.output as LogRecord;
        records.push({ id: logId(record.atMs, message.id, index), record });
      } else {
        print(JSON.stringify({ operation: 'logs.malformed', record: raw }));
      }
    }
  }
  try {
    await insertLogs(ports.db, await capped(ports, records));
    batch.ackAll();
  } catch (error) {
    print(
      JSON.stringify({ operation: 'logs.store', outcome: 'failed', message: faultText(error) }),
    );
    for (const message of batch.messages) {
      message.retry({ delaySeconds: RETRY_SECONDS * 2 ** Math.min(message.attempts - 1, 6) });
    }
  }
}

/** Records of a message; one that is no log message counts as a malformed record. */
export function recordsOf(body: unknown): readonly unknown[] {
  const records = (body as Partial<LogMessage> | null)?.records;
  return Array.isArray(records) ? records : [body];
}

/** Cuts request, response and error, or the facts of a decision, to what the connection wants kept. */
async function capped(ports: Pick<Ports, 'db'>, records: readonly NewLog[]): Promise<NewLog[]> {
  const ids = new Set(records.map(({ record }) => record.connectionId).filter((id) => id !== ''));
  const known = await bodyBytesMaxOf(ports.db, [...ids]);
  return records.map(({ id, record }) => {
    const bytesMax = known.get(record.connectionId) ?? defaultSettings.logs.bodyBytesMax;
    return { id, record: { ...record, detail: cutParts(record.detail, bytesMax) } };
  });
}

function cutParts(detail: unknown, bytesMax: number): unknown {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) {
    return cutJson(detail, bytesMax);
  }
  const parts = Object.entries(detail).map(([key, part]) => [key, cutJson(part, bytesMax)]);
  return Object.fromEntries(parts);
}

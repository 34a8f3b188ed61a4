/**
 * Log records: one per attempt, event, decision or skip (R6). They travel through the `logs` queue into D1.
 * The same fields go to Workers Logs as one JSON line, so both can be searched with the same words.
 */
import type { FailureCode } from './domain/failure.ts';
import type { Platform } from './domain/ids.ts';
import type { Written } from './domain/stock/timing.ts';
import { LOG_MESSAGE_BYTES_MAX } from './limits.ts';
import { redact, redactText } from './log-redaction.ts';

export type LogKind =
  /** One HTTP try against a platform. */
  | 'attempt'
  /** A webhook or other cause that reached a consumer. */
  | 'event'
  /** What a ledger, a plan or a person decided. */
  | 'decision'
  /** Something left alone on purpose, with the reason. */
  | 'skip'
  /** Intake that was turned away: a counter and a sample, never the body. */
  | 'refused'
  /** Sign-in, install, settings, uninstall. */
  | 'audit';

export type LogOutcome = 'ok' | 'failed' | 'skipped' | 'refused' | 'unknown';

export interface LogRecord {
  kind: LogKind;
  atMs: number;
  /** Empty when no connection is known yet (refused intake). */
  connectionId: string;
  eventId?: string;
  platform?: Platform;
  sku?: string;
  orderId?: string;
  /** What was tried, in our words: `inventory.adjust_relative`, `stock.observe`, `intake.signature`. */
  operation: string;
  outcome: LogOutcome;
  code?: FailureCode;
  httpStatus?: number;
  durationMs?: number;
  /** One plain sentence for a person. */
  message: string;
  /** The entries that this write carried to its place, for the measures of lag (R8). */
  timings?: readonly Written[];
  /** Redacted and capped by the writer: { request, response, error } of an attempt, or the facts of a decision. */
  detail?: unknown;
}

/** Where records go during one invocation; `flush` hands them to the `logs` queue in batches. */
export interface LogSink {
  add(record: LogRecord): void;
  flush(): Promise<void>;
}

/** One message of the `logs` queue: many records, because a message costs as much as a row. */
export interface LogMessage {
  readonly v: 1;
  readonly records: readonly LogRecord[];
}

/** The part of a queue that the sink needs. */
export interface LogQueue {
  sendBatch(messages: Iterable<{ body: LogMessage; contentType: 'json' }>): Promise<unknown>;
}

/** Messages and bytes per `sendBatch`: below the queue's 100 messages and 256 KB (cloudflare.md 2). */
const SEND_MESSAGES_MAX = 100;
const SEND_BYTES_MAX = 200_000;

/**
 * A sink over the `logs` queue. Each record is printed at once as one JSON line (without its detail, which stays in
 * D1) and kept until `flush`. A flush that fails is told in a line of its own and never fails the work it rides on.
 */
export function createLogSink(queue: LogQueue, print: (line: string) => void): LogSink {
  let waiting: LogRecord[] = [];
  return {
    add(record) {
      const clean = cleanRecord(record);
      const { detail: _, ...line } = clean;
      print(JSON.stringify(line));
      waiting.push(clean);
    },
    async flush() {
      const records = waiting;
      waiting = [];
      try {
        for (const messages of packSends(packMessages(records))) await queue.sendBatch(messages);
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        const message = `${records.length} log records did not reach the logs queue: ${cause}`;
        print(
          JSON.stringify({ kind: 'audit', operation: 'logs.flush', outcome: 'failed', message }),
        );
      }
    },
  };
}

/** The value, or its beginning as text when its JSON is longer than `charsMax`. */
export function cutJson(value: unknown, charsMax: number): unknown {
  const json = JSON.stringify(value);
  if (json === undefined || json.length <= charsMax) return value;
  return { truncated: true, chars: json.length, head: json.slice(0, charsMax) };
}

/** Attempts come redacted from the one place that makes them; every other detail is redacted here. */
function cleanRecord(record: LogRecord): LogRecord {
  const message = redactText(record.message);
  if (record.detail === undefined) return { ...record, message };
  try {
    const detail = record.kind === 'attempt' ? record.detail : redact(record.detail);
    // A quarter: escapes and characters of several bytes may make more of the text that is left.
    return { ...record, message, detail: cutJson(detail, LOG_MESSAGE_BYTES_MAX / 4) };
  } catch {
    return { ...record, message, detail: { error: 'The detail could not be written as JSON.' } };
  }
}

interface Sized {
  readonly bytes: number;
  readonly message: { body: LogMessage; contentType: 'json' };
}

function packMessages(records: readonly LogRecord[]): Sized[] {
  const sized = records.map((record) => ({ record, bytes: byteLength(record) }));
  return packed(sized, Number.POSITIVE_INFINITY, LOG_MESSAGE_BYTES_MAX).map((group) => ({
    bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
    message: {
      body: { v: 1, records: group.map(({ record }) => record) },
      contentType: 'json',
    },
  }));
}

function packSends(messages: readonly Sized[]): Sized['message'][][] {
  return packed(messages, SEND_MESSAGES_MAX, SEND_BYTES_MAX).map((group) =>
    group.map(({ message }) => message),
  );
}

/** Groups in order, each at most so many items and bytes (one larger item stands alone). */
function packed<Item extends { bytes: number }>(
  items: readonly Item[],
  itemsMax: number,
  bytesMax: number,
): Item[][] {
  const groups: Item[][] = [];
  let group: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (group.length > 0 && (group.length >= itemsMax || bytes + item.bytes > bytesMax)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(item);
    bytes += item.bytes;
  }
  return group.length > 0 ? [...groups, group] : groups;
}

function byteLength(record: LogRecord): number {
  return new TextEncoder().encode(JSON.stringify(record)).byteLength;
}

/**
 * How log records are packed: those of one connection that one batch of the queue brought are a block, one written row
 * however many they are. A record's id begins with its time, so ids sort by time, and a block is found by its newest.
 */
import { countTimings, type Written } from '../domain/stock/timing.ts';
import { LOG_BLOCK_CHARS_MAX, LOG_BLOCK_RECORDS_MAX, LOG_BLOCK_SPAN_MS } from '../limits.ts';
import type { LogRecord } from '../log.ts';
import type { logBlocks } from './schema.ts';

/** A record with its place in time. */
export interface NewLog {
  /** From `logId`. */
  readonly id: string;
  readonly record: LogRecord;
}

export type BlockRow = typeof logBlocks.$inferInsert;

const TIME_DIGITS = 13;
const KEY_DIGITS = 6;
const INDEX_DIGITS = 2;
/** Length of a record's id. */
export const LOG_ID_LENGTH = TIME_DIGITS + KEY_DIGITS + INDEX_DIGITS;

/**
 * Id of the `index`-th record of one queue message: its time, a hash of the message's own key and its index, so records
 * of one message keep their order and a message delivered twice makes the same ids again.
 */
export function logId(atMs: number, messageKey: string, index: number): string {
  return timeId(atMs) + shortHash(messageKey) + digits(index, INDEX_DIGITS);
}

/** Where records of this moment begin among ids. */
export function timeId(atMs: number): string {
  return String(Math.max(0, Math.floor(atMs))).padStart(TIME_DIGITS, '0');
}

/** Epoch milliseconds of a record's or block's id. */
export function timeOf(id: string): number {
  return Number(id.slice(0, TIME_DIGITS));
}

function digits(value: number, length: number): string {
  return (value % 36 ** length).toString(36).padStart(length, '0');
}

/** FNV-1a in six letters: tells apart, hides nothing. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return digits((hash ^ (hash >>> 15)) >>> 0, KEY_DIGITS);
}

type TermKind = 'sku' | 'order' | 'event' | 'platform' | 'outcome' | 'kind';

/** How a block says that it holds a record with this value: with a space before it, so that no two run together. */
export function termOf(kind: TermKind, value: string): string {
  return ` ${shortHash(`${kind}:${value}`)}`;
}

function termsOf(records: readonly NewLog[]): string {
  const terms = new Set<string>();
  for (const { record } of records) {
    const { sku, orderId, eventId, platform, outcome, kind } = record;
    terms.add(termOf('kind', kind));
    terms.add(termOf('outcome', outcome));
    if (platform !== undefined) terms.add(termOf('platform', platform));
    if (sku !== undefined) terms.add(termOf('sku', sku));
    if (orderId !== undefined) terms.add(termOf('order', orderId));
    if (eventId !== undefined) terms.add(termOf('event', eventId));
  }
  return [...terms].join('');
}

/** Packs records into as few blocks as their connections, times and sizes allow. */
export async function packBlocks(records: readonly NewLog[]): Promise<BlockRow[]> {
  const byConnection = Map.groupBy(records, ({ record }) => record.connectionId);
  const rows: Promise<BlockRow>[] = [];
  for (const [connectionId, own] of byConnection) {
    const sorted = own.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (const part of cutBlocks(sorted)) rows.push(blockOf(connectionId, part));
  }
  return Promise.all(rows);
}

interface Sized extends NewLog {
  readonly json: string;
}

function cutBlocks(sorted: readonly NewLog[]): Sized[][] {
  const parts: Sized[][] = [];
  let part: Sized[] = [];
  let chars = 0;
  for (const { id, record } of sorted) {
    const json = JSON.stringify({ id, ...record });
    const [first] = part;
    const isFull =
      first !== undefined &&
      (part.length >= LOG_BLOCK_RECORDS_MAX ||
        chars + json.length > LOG_BLOCK_CHARS_MAX ||
        timeOf(id) - timeOf(first.id) > LOG_BLOCK_SPAN_MS);
    if (isFull) {
      parts.push(part);
      part = [];
      chars = 0;
    }
    part.push({ id, record, json });
    chars += json.length;
  }
  return part.length > 0 ? [...parts, part] : parts;
}

async function blockOf(connectionId: string, part: readonly Sized[]): Promise<BlockRow> {
  const ids = part.map(({ id }) => id);
  return {
    connectionId,
    id: (ids.at(-1) ?? '') + shortHash(ids.join()),
    firstId: ids[0] ?? '',
    records: part.length,
    terms: termsOf(part),
    timing: countTimings(part.flatMap(({ record }) => timingsIn(record))),
    calls: callsIn(part),
    body: await gzipped(`[${part.map(({ json }) => json).join()}]`),
  };
}

function callsIn(records: readonly NewLog[]): Record<string, number> | null {
  const calls: Record<string, number> = {};
  for (const { record } of records) {
    const { kind, platform, outcome } = record;
    if (kind !== 'attempt' || platform === undefined) continue;
    const key = `${platform}:${outcome}`;
    calls[key] = (calls[key] ?? 0) + 1;
  }
  return Object.keys(calls).length === 0 ? null : calls;
}

/** What a record of a write says of the entries that it carried (sync/write.ts). */
function timingsIn(record: LogRecord): readonly Written[] {
  return record.timings ?? [];
}

/** A record as it lies in a block. */
export type PackedLog = LogRecord & { readonly id: string };

export async function unpackBlock(body: string): Promise<PackedLog[]> {
  return JSON.parse(await gunzipped(body)) as PackedLog[];
}

/** Records as the body of their block. */
export function packBody(records: readonly PackedLog[]): Promise<string> {
  return gzipped(JSON.stringify(records));
}

async function gzipped(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

async function gunzipped(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

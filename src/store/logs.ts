/**
 * Log records in D1. One row per record, plus an index row for the record that opens an event: other filters walk the
 * key (connection, time), at most `SCAN_ROWS` rows per page, so a rare SKU costs pages, not a stalled database.
 */
import { and, asc, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { FailureCode } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import type { LogKind, LogOutcome, LogRecord } from '../log.ts';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows } from './bulk.ts';
import { logs } from './schema.ts';

/** Ids per millisecond. */
const IDS_PER_MS = 4_096;
/** Rows that one page may look at. */
const SCAN_ROWS = 20_000;
/** Rows that one statement of a retention run deletes (cloudflare.md 4: chunks of about 1,000). */
const DELETE_ROWS = 1_000;
/** Rows that the search for one event's records may look at. */
const CHAIN_SCAN_ROWS = 100_000;
/** Records of one event may be a little older than the event's own: Workers' clocks differ. */
const CHAIN_SLACK_MS = 5_000;
const ULID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** Rounds until every record found an id; more than a few only when hundreds of records share one millisecond. */
const ROUNDS_MAX = 256;

/** A record with its place in time. */
export interface NewLog {
  /** From `logId`. */
  readonly id: number;
  readonly record: LogRecord;
}

/** A record as lists show it. */
export interface LogRow {
  readonly id: number;
  readonly connectionId: string;
  readonly atMs: number;
  readonly kind: LogKind;
  readonly eventId: string | null;
  readonly platform: Platform | null;
  readonly sku: string | null;
  readonly orderId: string | null;
  readonly operation: string;
  readonly outcome: LogOutcome;
  readonly code: FailureCode | null;
  readonly httpStatus: number | null;
  readonly durationMs: number | null;
  readonly message: string;
}

export interface LogFilters {
  /** Inclusive, epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Exclusive, epoch milliseconds. */
  readonly untilMs?: number | undefined;
  readonly sku?: string | undefined;
  readonly orderId?: string | undefined;
  readonly platform?: Platform | undefined;
  readonly outcome?: LogOutcome | undefined;
  readonly eventId?: string | undefined;
  readonly kind?: LogKind | undefined;
}

export interface LogPage {
  /** May be shorter than asked for while `nextCursor` is not null. */
  readonly items: LogRow[];
  /** Id of the last row looked at. */
  readonly nextCursor: number | null;
}

/**
 * Id of the `index`-th record of one queue message: its time, 6 bits of the message's own key and 6 bits of its index,
 * so records of one message keep their order and a message delivered twice makes the same ids again.
 */
export function logId(atMs: number, messageKey: string, index: number): number {
  let hash = 0x811c9dc5;
  for (const char of messageKey) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  const mixed = (hash ^ (hash >>> 15)) >>> 0;
  return Math.floor(atMs) * IDS_PER_MS + (mixed % 64) * 64 + (index % 64);
}

/** The least id that a record of this moment has. */
export function logFloor(atMs: number): number {
  return Math.floor(atMs) * IDS_PER_MS;
}

/**
 * Stores records in one batch. A record that is there already is left alone; a different one at the same id moves to
 * the next free id.
 */
export async function insertLogs(db: Database, records: readonly NewLog[]): Promise<void> {
  let waiting = [...records];
  for (let round = 0; waiting.length > 0; round += 1) {
    if (round > ROUNDS_MAX) throw new Error('Log records found no free id.');
    waiting = await insertOnce(db, waiting);
  }
}

/**
 * Inserts what has a free id. Answers what must be tried again: those that met a different record, one id further on,
 * and those that stood behind another of the same id. Each walks on from its own id and stops where it finds itself, so
 * a batch that comes again in another order still adds nothing.
 */
async function insertOnce(db: Database, records: readonly NewLog[]): Promise<NewLog[]> {
  const { first, later } = splitById(records);
  const statements = chunksOf(first, 100).map((chunk) => {
    const rows = chunk.map(({ id, record }) => rowOf(id, record));
    return insertRows(db, logs, rows)
      .onConflictDoNothing()
      .returning({ connectionId: logs.connectionId, id: logs.id });
  });
  const [head, ...tail] = statements;
  if (head === undefined) return [];
  const inserted = new Set(
    (await db.batch([head, ...tail])).flat().map((row) => `${row.connectionId}:${row.id}`),
  );
  const met = first.filter(({ id, record }) => !inserted.has(`${record.connectionId}:${id}`));
  const others = await differing(db, met);
  return [...others.map(({ id, record }) => ({ id: id + 1, record })), ...later];
}

function splitById(records: readonly NewLog[]): { first: NewLog[]; later: NewLog[] } {
  const first = new Map<string, NewLog>();
  const later: NewLog[] = [];
  for (const each of records) {
    const key = `${each.record.connectionId}:${each.id}`;
    if (first.has(key)) later.push(each);
    else first.set(key, each);
  }
  return { first: [...first.values()], later };
}

/** Those whose stored namesake says something else. */
async function differing(db: Database, met: readonly NewLog[]): Promise<NewLog[]> {
  if (met.length === 0) return [];
  const keys = JSON.stringify(met.map(({ id, record }) => [record.connectionId, id]));
  const stored = await db
    .select(columns)
    .from(logs)
    .where(
      sql`(${logs.connectionId}, ${logs.id}) in
        (select value ->> 0, value ->> 1 from json_each(${keys}))`,
    );
  const fingerprints = new Set(stored.map((row) => fingerprint(row.id, row)));
  return met.filter(({ id, record }) => !fingerprints.has(fingerprint(id, record)));
}

function fingerprint(id: number, row: LogRecord | LogRow): string {
  const { connectionId, atMs, kind, eventId, operation, outcome, message } = row;
  return JSON.stringify([
    id,
    connectionId,
    atMs,
    kind,
    eventId ?? null,
    operation,
    outcome,
    message,
  ]);
}

/** A page of a connection's records, newest first. */
export async function queryLogs(
  db: Database,
  connectionId: string,
  filters: LogFilters,
  cursor: number | null,
  limit: number,
): Promise<LogPage> {
  const span = and(
    eq(logs.connectionId, connectionId),
    cursor === null ? undefined : lt(logs.id, cursor),
    filters.sinceMs === undefined ? undefined : gte(logs.id, filters.sinceMs * IDS_PER_MS),
    filters.untilMs === undefined ? undefined : lt(logs.id, filters.untilMs * IDS_PER_MS),
  );
  const wanted = conditions(filters);
  const floor = wanted === undefined ? null : await scanFloor(db, span);
  const rows = await db
    .select(columns)
    .from(logs)
    .where(and(span, wanted, floor === null ? undefined : gte(logs.id, floor)))
    .orderBy(desc(logs.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit) as LogRow[];
  if (rows.length > limit) return { items, nextCursor: items.at(-1)?.id ?? null };
  return { items, nextCursor: floor };
}

/** Id at which this page stops looking; null when the whole span is short enough. */
async function scanFloor(db: Database, span: SQL | undefined): Promise<number | null> {
  const [row] = await db
    .select({ id: logs.id })
    .from(logs)
    .where(span)
    .orderBy(desc(logs.id))
    .limit(1)
    .offset(SCAN_ROWS);
  return row?.id ?? null;
}

function conditions(filters: LogFilters): SQL | undefined {
  const { sku, orderId, platform, outcome, eventId, kind } = filters;
  return and(
    sku === undefined ? undefined : eq(logs.sku, sku),
    orderId === undefined ? undefined : eq(logs.orderId, orderId),
    platform === undefined ? undefined : eq(logs.platform, platform),
    outcome === undefined ? undefined : eq(logs.outcome, outcome),
    eventId === undefined ? undefined : eq(logs.eventId, eventId),
    kind === undefined ? undefined : eq(logs.kind, kind),
  );
}

/**
 * What one event led to, oldest first. It begins at the event's own record, which the partial index finds, or at the
 * time inside an id of ours (a ULID), and looks at a bounded number of rows from there.
 */
export async function eventChain(
  db: Database,
  connectionId: string,
  eventId: string,
  limit: number,
): Promise<LogRow[]> {
  const ofConnection = eq(logs.connectionId, connectionId);
  const [first] = await db
    .select({ id: sql<number | null>`min(${logs.id})` })
    .from(logs)
    .where(and(ofConnection, eq(logs.eventId, eventId), sql`kind = 'event'`));
  const openedId = first?.id ?? null;
  const beganAtMs = openedId === null ? ulidTimeMs(eventId) : Math.floor(openedId / IDS_PER_MS);
  const start = gte(logs.id, Math.max(0, beganAtMs - CHAIN_SLACK_MS) * IDS_PER_MS);
  const [end] = await db
    .select({ id: logs.id })
    .from(logs)
    .where(and(ofConnection, start))
    .orderBy(asc(logs.id))
    .limit(1)
    .offset(CHAIN_SCAN_ROWS);
  const rows = await db
    .select(columns)
    .from(logs)
    .where(
      and(
        ofConnection,
        start,
        end === undefined ? undefined : lt(logs.id, end.id),
        eq(logs.eventId, eventId),
      ),
    )
    .orderBy(asc(logs.id))
    .limit(limit);
  return rows;
}

/** Epoch milliseconds in a ULID; 0 for any other id: then the search begins at the oldest record. */
function ulidTimeMs(id: string): number {
  if (!/^[0-9a-hjkmnp-tv-z]{26}$/.test(id)) return 0;
  let timeMs = 0;
  for (const char of id.slice(0, 10)) timeMs = timeMs * 32 + ULID_ALPHABET.indexOf(char);
  return timeMs;
}

/** One record with its detail: request, response and error of an attempt, or the facts of a decision. */
export async function findLog(
  db: Database,
  connectionId: string,
  id: number,
): Promise<(LogRow & { readonly detail: unknown }) | undefined> {
  const [row] = await db
    .select({ ...columns, detail: logs.detail })
    .from(logs)
    .where(and(eq(logs.connectionId, connectionId), eq(logs.id, id)));
  return row;
}

/**
 * Deletes at most `rowsMax` records older than this of one connection, in short statements. Answers how many: fewer
 * than `rowsMax` means done.
 */
export async function deleteOldLogs(
  db: Database,
  connectionId: string,
  olderThanMs: number,
  rowsMax: number,
): Promise<number> {
  const old = and(eq(logs.connectionId, connectionId), lt(logs.id, olderThanMs * IDS_PER_MS));
  let deleted = 0;
  while (deleted < rowsMax) {
    const limit = Math.min(DELETE_ROWS, rowsMax - deleted);
    const part = db
      .select({ id: logs.id })
      .from(logs)
      .where(old)
      .orderBy(asc(logs.id))
      .limit(limit);
    const { meta } = await db
      .delete(logs)
      .where(and(eq(logs.connectionId, connectionId), sql`${logs.id} in ${part}`));
    deleted += meta.changes;
    if (meta.changes < limit) break;
  }
  return deleted;
}

const columns = {
  id: logs.id,
  connectionId: logs.connectionId,
  atMs: logs.atMs,
  kind: sql<LogKind>`${logs.kind}`,
  eventId: logs.eventId,
  platform: sql<Platform | null>`${logs.platform}`,
  sku: logs.sku,
  orderId: logs.orderId,
  operation: logs.operation,
  outcome: sql<LogOutcome>`${logs.outcome}`,
  code: sql<FailureCode | null>`${logs.code}`,
  httpStatus: logs.httpStatus,
  durationMs: logs.durationMs,
  message: logs.message,
};

function rowOf(id: number, record: LogRecord): typeof logs.$inferInsert {
  return {
    id,
    connectionId: record.connectionId,
    atMs: record.atMs,
    kind: record.kind,
    eventId: record.eventId ?? null,
    platform: record.platform ?? null,
    sku: record.sku ?? null,
    orderId: record.orderId ?? null,
    operation: record.operation,
    outcome: record.outcome,
    code: record.code ?? null,
    httpStatus: record.httpStatus ?? null,
    durationMs: record.durationMs ?? null,
    message: record.message,
    detail: record.detail ?? null,
  };
}

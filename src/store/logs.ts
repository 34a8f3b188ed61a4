/**
 * The log in D1: records lie in blocks (log-blocks.ts). A query walks the blocks of its span, newest first, skips those
 * whose terms say that nothing in them fits, and looks at `LOG_SCAN_BLOCKS` per page at most, so that a rare SKU costs
 * pages, not a stalled database.
 */
import { and, asc, desc, eq, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { FailureCode } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { LOG_BLOCK_SPAN_MS, LOG_SCAN_BLOCKS } from '../limits.ts';
import type { LogKind, LogOutcome } from '../log.ts';
import type { Database } from '../ports.ts';
import { insertRows } from './bulk.ts';
import {
  LOG_ID_LENGTH,
  type NewLog,
  packBlocks,
  type PackedLog,
  termOf,
  timeId,
  timeOf,
  unpackBlock,
} from './log-blocks.ts';
import { logBlocks } from './schema.ts';

/** Blocks that one statement of a retention run deletes (cloudflare.md 4: chunks of about 1,000). */
const DELETE_BLOCKS = 1_000;
/** Blocks that a search looks at: the newest hold a page of most, a rare word is looked for up to the bound of a page. */
const LOOKS_BLOCKS = [64, 1_024, LOG_SCAN_BLOCKS] as const;
/** Blocks opened at a time: a page of 50 records rarely needs more. */
const OPEN_BLOCKS = 16;
/** Rows per statement: a block is up to some hundred kilobytes, a statement's value 2 MB (cloudflare.md 4). */
const INSERT_BLOCKS = 4;
/** Records of one event may be a little older than the event's own: Workers' clocks differ. */
const CHAIN_SLACK_MS = 5_000;
/** What an event leads to comes to an end: its retries last a day. */
const CHAIN_SPAN_MS = 48 * 3_600_000;
const ULID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A record as lists show it. */
export interface LogRow {
  readonly id: string;
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

/** A record with what was sent and answered, or the facts of a decision. */
export type LogWithDetail = LogRow & { readonly detail: unknown };

export interface LogPage<Row = LogRow> {
  /** May be shorter than asked for while `nextCursor` is not null. */
  readonly items: Row[];
  /** Records before this id follow. */
  readonly nextCursor: string | null;
}

/** Stores records. A block that is there already is left alone; its ids say that it holds the same. */
export async function insertLogs(db: Database, records: readonly NewLog[]): Promise<void> {
  const rows = await packBlocks(records);
  const statements = Array.from({ length: Math.ceil(rows.length / INSERT_BLOCKS) }, (_, n) =>
    insertRows(
      db,
      logBlocks,
      rows.slice(n * INSERT_BLOCKS, (n + 1) * INSERT_BLOCKS),
    ).onConflictDoNothing(),
  );
  const [head, ...tail] = statements;
  if (head !== undefined) await db.batch([head, ...tail]);
}

/** A page of a connection's records, newest first. */
export async function queryLogs(
  db: Database,
  connectionId: string,
  filters: LogFilters,
  cursor: string | null,
  limit: number,
): Promise<LogPage> {
  const { items, nextCursor } = await pageOf(db, connectionId, filters, cursor, limit);
  return { items: items.map((record) => rowOf(record)), nextCursor };
}

/** As `queryLogs`, each record with its detail: pages are large, so ask for few records at a time. */
export async function queryLogDetails(
  db: Database,
  connectionId: string,
  filters: LogFilters,
  cursor: string | null,
  limit: number,
): Promise<LogPage<LogWithDetail>> {
  const { items, nextCursor } = await pageOf(db, connectionId, filters, cursor, limit);
  return { items: items.map((record) => detailedRowOf(record)), nextCursor };
}

async function pageOf(
  db: Database,
  connectionId: string,
  filters: LogFilters,
  cursor: string | null,
  limit: number,
): Promise<LogPage<PackedLog>> {
  const { sinceMs, untilMs } = filters;
  const until = untilMs === undefined ? null : timeId(untilMs);
  const before = cursor !== null && (until === null || cursor < until) ? cursor : until;
  const from = sinceMs === undefined ? '' : timeId(sinceMs);
  const fits = (record: PackedLog): boolean =>
    record.id >= from && (before === null || record.id < before) && matches(record, filters);
  const span = { connectionId, from, before };
  let looked: LogPage<PackedLog> = { items: [], nextCursor: null };
  for (const blocks of LOOKS_BLOCKS) {
    const floor = await floorOf(db, span, blocks);
    const walk = { ...span, from: floor ?? from, terms: blockTerms(filters), fits, floor };
    const records = await newest(db, walk, limit + 1);
    if (records.length > limit) {
      const items = records.slice(0, limit);
      return { items, nextCursor: items.at(-1)?.id ?? null };
    }
    looked = { items: records, nextCursor: floor };
    if (floor === null) break;
  }
  return looked;
}

/** Ids of records: [`from`, `before`). */
interface LogSpan {
  readonly connectionId: string;
  readonly from: string;
  readonly before: string | null;
}

/**
 * Blocks that may reach into the span. One bound on each side of the key: SQLite walks by the first it is given and only
 * filters by a second, however much narrower that is.
 */
function blocksOf(
  { connectionId, from, before }: LogSpan,
  underId: string | null,
): SQL | undefined {
  // A block's id begins with its newest record's; it spans so long at most.
  const reachesTo = before === null ? null : timeId(timeOf(before) + LOG_BLOCK_SPAN_MS + 1);
  const upper = underId ?? reachesTo;
  return and(
    eq(logBlocks.connectionId, connectionId),
    gte(logBlocks.id, from),
    upper === null ? undefined : lt(logBlocks.id, upper),
    before === null ? undefined : lt(logBlocks.firstId, before),
  );
}

/** The id at which a look at so many blocks of the span ends; null when the whole span is short enough. */
async function floorOf(db: Database, span: LogSpan, blocks: number): Promise<string | null> {
  const [row] = await db
    .select({ id: logBlocks.id })
    .from(logBlocks)
    .where(blocksOf(span, null))
    .orderBy(desc(logBlocks.id))
    .limit(1)
    .offset(blocks);
  return row === undefined ? null : row.id.slice(0, LOG_ID_LENGTH);
}

function blockTerms(filters: LogFilters): SQL[] {
  const { sku, orderId, platform, outcome, eventId, kind } = filters;
  const terms = [
    sku === undefined ? undefined : termOf('sku', sku),
    orderId === undefined ? undefined : termOf('order', orderId),
    platform === undefined ? undefined : termOf('platform', platform),
    outcome === undefined ? undefined : termOf('outcome', outcome),
    eventId === undefined ? undefined : termOf('event', eventId),
    kind === undefined ? undefined : termOf('kind', kind),
  ];
  return terms
    .filter((term) => term !== undefined)
    .map((term) => sql`instr(${logBlocks.terms}, ${term}) > 0`);
}

function matches(record: PackedLog, filters: LogFilters): boolean {
  const { sku, orderId, platform, outcome, eventId, kind } = filters;
  return (
    (sku === undefined || record.sku === sku) &&
    (orderId === undefined || record.orderId === orderId) &&
    (platform === undefined || record.platform === platform) &&
    (outcome === undefined || record.outcome === outcome) &&
    (eventId === undefined || record.eventId === eventId) &&
    (kind === undefined || record.kind === kind)
  );
}

interface Walk extends LogSpan {
  readonly terms: readonly SQL[];
  readonly fits: (record: PackedLog) => boolean;
  /** Records before this id may lie in blocks outside the span too. */
  readonly floor: string | null;
}

/**
 * The newest `wanted` records that fit. Blocks overlap in time: a record is told once no unread block can hold a newer
 * one, and one that two blocks hold (a batch came again in another composition) is told once.
 */
async function newest(db: Database, walk: Walk, wanted: number): Promise<PackedLog[]> {
  const { terms, fits, floor } = walk;
  const waiting = new Map<string, PackedLog>();
  for (let at: string | null = null; ;) {
    const blocks = await db
      .select({ id: logBlocks.id, body: logBlocks.body })
      .from(logBlocks)
      .where(and(blocksOf(walk, at), ...terms))
      .orderBy(desc(logBlocks.id))
      .limit(OPEN_BLOCKS);
    for (const opened of await Promise.all(blocks.map(({ body }) => unpackBlock(body)))) {
      for (const record of opened) if (fits(record)) waiting.set(record.id, record);
    }
    at = blocks.at(-1)?.id ?? at;
    const isDone = blocks.length < OPEN_BLOCKS;
    const bound = isDone ? (floor ?? '') : (at ?? '').slice(0, LOG_ID_LENGTH);
    const sorted = [...waiting.values()].toSorted((one, other) => (one.id < other.id ? 1 : -1));
    const sure = sorted.filter(({ id }) => id >= bound);
    if (isDone || sure.length >= wanted) return sure.slice(0, wanted);
  }
}

/**
 * What one event led to, oldest first. An id of ours (a ULID) says when it began; for another one the blocks' terms are
 * searched for where it is told first.
 */
export async function eventChain(
  db: Database,
  connectionId: string,
  eventId: string,
  limit: number,
): Promise<LogRow[]> {
  const holds = and(
    eq(logBlocks.connectionId, connectionId),
    sql`instr(${logBlocks.terms}, ${termOf('event', eventId)}) > 0`,
  );
  const bornMs = ulidTimeMs(eventId);
  const until = bornMs === 0 ? undefined : lt(logBlocks.id, timeId(bornMs + CHAIN_SPAN_MS));
  const chain = new Map<string, PackedLog>();
  // No block's id is just a time, so "after it" is "from it on".
  for (let at = timeId(bornMs - CHAIN_SLACK_MS); chain.size < limit;) {
    const blocks = await db
      .select({ id: logBlocks.id, body: logBlocks.body })
      .from(logBlocks)
      .where(and(holds, sql`${logBlocks.id} > ${at}`, until))
      .orderBy(asc(logBlocks.id))
      .limit(OPEN_BLOCKS);
    for (const opened of await Promise.all(blocks.map(({ body }) => unpackBlock(body)))) {
      for (const record of opened) if (record.eventId === eventId) chain.set(record.id, record);
    }
    if (blocks.length < OPEN_BLOCKS) break;
    at = blocks.at(-1)?.id ?? at;
  }
  const sorted = [...chain.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return sorted.slice(0, limit).map((record) => rowOf(record));
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
  id: string,
): Promise<LogWithDetail | undefined> {
  for (let at = id; ;) {
    const blocks = await db
      .select({ id: logBlocks.id, body: logBlocks.body })
      .from(logBlocks)
      .where(
        and(
          eq(logBlocks.connectionId, connectionId),
          // A block's id begins with its newest record's and goes on: `>` holds for a block that ends with this one.
          sql`${logBlocks.id} > ${at}`,
          lt(logBlocks.id, timeId(timeOf(id) + LOG_BLOCK_SPAN_MS + 1)),
          lte(logBlocks.firstId, id),
        ),
      )
      .orderBy(asc(logBlocks.id))
      .limit(OPEN_BLOCKS);
    for (const { body } of blocks) {
      const found = (await unpackBlock(body)).find((record) => record.id === id);
      if (found !== undefined) return detailedRowOf(found);
    }
    if (blocks.length < OPEN_BLOCKS) return undefined;
    at = blocks.at(-1)?.id ?? at;
  }
}

/**
 * Deletes at most `blocksMax` blocks of one connection whose records are all older than this, in short statements.
 * Answers how many: fewer than `blocksMax` means done.
 */
export async function deleteOldLogs(
  db: Database,
  connectionId: string,
  olderThanMs: number,
  blocksMax: number,
): Promise<number> {
  const old = and(eq(logBlocks.connectionId, connectionId), lt(logBlocks.id, timeId(olderThanMs)));
  let deleted = 0;
  while (deleted < blocksMax) {
    const limit = Math.min(DELETE_BLOCKS, blocksMax - deleted);
    const part = db
      .select({ id: logBlocks.id })
      .from(logBlocks)
      .where(old)
      .orderBy(asc(logBlocks.id))
      .limit(limit);
    const { meta } = await db
      .delete(logBlocks)
      .where(and(eq(logBlocks.connectionId, connectionId), sql`${logBlocks.id} in ${part}`));
    deleted += meta.changes;
    if (meta.changes < limit) break;
  }
  return deleted;
}

function detailedRowOf(record: PackedLog): LogWithDetail {
  return { ...rowOf(record), detail: record.detail ?? null };
}

function rowOf(record: PackedLog): LogRow {
  return {
    id: record.id,
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
  };
}

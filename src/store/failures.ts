/** What ran out of attempts: one row per cause and subject, with what a replay needs. */
import { and, desc, eq, sql } from 'drizzle-orm';
import type { FailureCode } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { sha256Hex } from './digest.ts';
import { failures } from './schema.ts';

export type FailureStatus = 'open' | 'replayed' | 'dismissed';

/** The queue message to send again. */
interface Replay {
  readonly queue: 'intake' | 'work';
  readonly body: unknown;
}

export interface NewFailure {
  /** Empty when no connection could be told from the message; such rows are only seen in D1. */
  readonly connectionId: string;
  readonly code: FailureCode;
  readonly message: string;
  /** Which message or effect failed: `work:write`, `intake:bigcommerce`, `plan:apply`. */
  readonly source: string;
  /** What it was about, so that repeats meet in one row: a link and its place, an order, a plan. */
  readonly subject: string;
  readonly platform?: Platform | undefined;
  readonly sku?: string | undefined;
  readonly orderId?: string | undefined;
  readonly eventId?: string | undefined;
  readonly atMs: number;
  readonly replay: Replay | null;
}

export interface ParkedFailure {
  readonly id: string;
  readonly connectionId: string;
  readonly status: FailureStatus;
  readonly code: FailureCode;
  readonly message: string;
  readonly source: string;
  readonly platform: Platform | null;
  readonly sku: string | null;
  readonly orderId: string | null;
  readonly eventId: string | null;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly replay: Replay | null;
}

export interface FailureCursor {
  readonly lastAtMs: number;
  readonly id: string;
}

/**
 * Parks a failure and answers its id. The same cause and subject again counts up, keeps the newest replay and opens a
 * row that was replayed or dismissed. A repeat of the very same moment (a message delivered twice) does not count.
 */
export async function parkFailure(db: Database, failure: NewFailure): Promise<string> {
  const { subject, atMs, ...facts } = failure;
  const { connectionId, source, code } = facts;
  const id = await failureId({ connectionId, source, code, subject });
  const counted = sql`${failures.count} + (${failures.lastAtMs} <> excluded.last_at_ms)`;
  await db
    .insert(failures)
    .values({ ...facts, id, status: 'open', count: 1, firstAtMs: atMs, lastAtMs: atMs })
    .onConflictDoUpdate({
      target: failures.id,
      set: {
        status: 'open',
        // Told once for as long as it is open; opened again it is news.
        toldAtMs: sql`case when ${failures.status} = 'open' then ${failures.toldAtMs} end`,
        count: counted,
        message: failure.message,
        sku: failure.sku ?? null,
        orderId: failure.orderId ?? null,
        eventId: failure.eventId ?? null,
        lastAtMs: atMs,
        replay: failure.replay,
      },
    });
  return id;
}

/** The row in which repeats of one cause and subject meet. */
export async function failureId(
  failure: Pick<NewFailure, 'connectionId' | 'source' | 'code' | 'subject'>,
): Promise<string> {
  const { connectionId, source, code, subject } = failure;
  const digest = await sha256Hex(JSON.stringify([connectionId, source, code, subject]));
  return digest.slice(0, 32);
}

/** A page of failures in one status, the latest first. */
export async function listFailures(
  db: Database,
  connectionId: string,
  status: FailureStatus,
  cursor: FailureCursor | null,
  limit: number,
): Promise<{ items: ParkedFailure[]; nextCursor: FailureCursor | null }> {
  const before =
    cursor === null
      ? undefined
      : sql`(${failures.lastAtMs}, ${failures.id}) < (${cursor.lastAtMs}, ${cursor.id})`;
  const rows = await db
    .select()
    .from(failures)
    // Written out, not bound: only a literal lets SQLite use the partial index of open failures.
    .where(
      and(eq(failures.connectionId, connectionId), sql`status = ${sql.raw(`'${status}'`)}`, before),
    )
    .orderBy(desc(failures.lastAtMs), desc(failures.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(parkedOf);
  const last = items.at(-1);
  return {
    items,
    nextCursor:
      rows.length > limit && last !== undefined ? { lastAtMs: last.lastAtMs, id: last.id } : null,
  };
}

export async function findFailure(
  db: Database,
  connectionId: string,
  id: string,
): Promise<ParkedFailure | undefined> {
  const [row] = await db
    .select()
    .from(failures)
    .where(and(eq(failures.connectionId, connectionId), eq(failures.id, id)));
  return row === undefined ? undefined : parkedOf(row);
}

/** Closes a failure. False when there is none of that id in the connection. */
export async function closeFailure(
  db: Database,
  connectionId: string,
  id: string,
  status: Exclude<FailureStatus, 'open'>,
): Promise<boolean> {
  const changed = await db
    .update(failures)
    .set({ status })
    .where(and(eq(failures.connectionId, connectionId), eq(failures.id, id)))
    .returning({ id: failures.id });
  return changed.length > 0;
}

/** Closes every open failure of one source, or of one order of it: what it was about came right by itself. */
export async function closeFailuresOf(
  db: Database,
  connectionId: string,
  source: string,
  orderId?: string,
): Promise<void> {
  await db
    .update(failures)
    .set({ status: 'replayed' })
    .where(
      and(
        eq(failures.connectionId, connectionId),
        sql`status = 'open'`,
        eq(failures.source, source),
        ...(orderId === undefined ? [] : [eq(failures.orderId, orderId)]),
      ),
    );
}

function parkedOf(row: typeof failures.$inferSelect): ParkedFailure {
  return {
    ...row,
    code: row.code as FailureCode,
    platform: row.platform as Platform | null,
    replay: row.replay ?? null,
  };
}

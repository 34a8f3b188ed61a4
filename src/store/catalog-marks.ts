/** How far each catalog was read, which rows webhooks named since, and when the next read is due. */
import { and, asc, eq, gt, lte, sql } from 'drizzle-orm';
import type { StoreFacts } from '../domain/catalog/mirror.ts';
import type { ConnectionId } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { isOneOf } from './bulk.ts';
import { catalogMarks, catalogSchedules, catalogWakes } from './catalog-schema.ts';

export interface CatalogMark {
  readonly account: string;
  /** Changes up to here were read, by the platform's clock. */
  readonly markMs: number;
  /** When the whole list was last read to its end, by ours; 0: never. */
  readonly fullReadAtMs: number;
}

export async function listMarks(db: Database, connectionId: string): Promise<CatalogMark[]> {
  return db
    .select({
      account: catalogMarks.account,
      markMs: catalogMarks.markMs,
      fullReadAtMs: catalogMarks.fullReadAtMs,
    })
    .from(catalogMarks)
    .where(eq(catalogMarks.connectionId, connectionId));
}

/** Moves the mark on; never back, whatever order two reads end in. */
export async function saveMark(
  db: Database,
  connectionId: string,
  { account, markMs, fullReadAtMs }: CatalogMark,
): Promise<void> {
  await db
    .insert(catalogMarks)
    .values({ connectionId, account, markMs, fullReadAtMs })
    .onConflictDoUpdate({
      target: [catalogMarks.connectionId, catalogMarks.account],
      set: {
        markMs: sql`max(${catalogMarks.markMs}, ${markMs})`,
        fullReadAtMs: sql`max(${catalogMarks.fullReadAtMs}, ${fullReadAtMs})`,
      },
    });
}

/** Remembers that this product or item changed. */
export async function addWake(
  db: Database,
  connectionId: string,
  { account, objectId }: CatalogWake,
  namedAtMs: number,
): Promise<void> {
  await db
    .insert(catalogWakes)
    .values({ connectionId, account, objectId, namedAtMs })
    .onConflictDoUpdate({
      target: [catalogWakes.connectionId, catalogWakes.account, catalogWakes.objectId],
      set: { namedAtMs },
    });
}

export interface CatalogWake {
  readonly account: string;
  readonly objectId: string;
}

export async function listWakes(
  db: Database,
  connectionId: string,
  limit: number,
): Promise<CatalogWake[]> {
  return db
    .select({ account: catalogWakes.account, objectId: catalogWakes.objectId })
    .from(catalogWakes)
    .where(eq(catalogWakes.connectionId, connectionId))
    .orderBy(asc(catalogWakes.account), asc(catalogWakes.objectId))
    .limit(limit);
}

/** Forgets those of an account that a read which began at `readStartedAtMs` covered. */
export async function deleteWakes(
  db: Database,
  connectionId: string,
  account: string,
  objectIds: readonly string[],
  readStartedAtMs: number,
): Promise<void> {
  await db
    .delete(catalogWakes)
    .where(
      and(
        eq(catalogWakes.connectionId, connectionId),
        eq(catalogWakes.account, account),
        isOneOf(catalogWakes.objectId, objectIds),
        lte(catalogWakes.namedAtMs, readStartedAtMs),
      ),
    );
}

/**
 * Plans a read of the rows that webhooks named, `delayMs` from now, unless one is about to begin. True for the one caller
 * that has to send it.
 */
export async function planWoken(
  db: Database,
  connectionId: string,
  nowMs: number,
  delayMs: number,
): Promise<boolean> {
  const wokenAtMs = nowMs + delayMs;
  const changed = await db
    .insert(catalogSchedules)
    .values({ connectionId, dueAtMs: nowMs, wokenAtMs, storeReadAtMs: 0 })
    .onConflictDoUpdate({
      target: catalogSchedules.connectionId,
      set: { wokenAtMs },
      setWhere: lte(catalogSchedules.wokenAtMs, nowMs),
    })
    .returning({ connectionId: catalogSchedules.connectionId });
  return changed.length > 0;
}

/** The next read of what changed is due at `dueAtMs`. */
export async function setDue(db: Database, connectionId: string, dueAtMs: number): Promise<void> {
  await db
    .insert(catalogSchedules)
    .values({ connectionId, dueAtMs, wokenAtMs: 0, storeReadAtMs: 0 })
    .onConflictDoUpdate({ target: catalogSchedules.connectionId, set: { dueAtMs } });
}

/** What the store's amounts mean, as last asked after `sinceMs`. */
export async function findStoreFacts(
  db: Database,
  connectionId: string,
  sinceMs: number,
): Promise<StoreFacts | undefined> {
  const [row] = await db
    .select({ store: catalogSchedules.store })
    .from(catalogSchedules)
    .where(
      and(
        eq(catalogSchedules.connectionId, connectionId),
        gt(catalogSchedules.storeReadAtMs, sinceMs),
      ),
    );
  return row?.store ?? undefined;
}

export async function saveStoreFacts(
  db: Database,
  connectionId: string,
  store: StoreFacts,
  storeReadAtMs: number,
): Promise<void> {
  await db
    .insert(catalogSchedules)
    .values({ connectionId, dueAtMs: storeReadAtMs, wokenAtMs: 0, store, storeReadAtMs })
    .onConflictDoUpdate({
      target: catalogSchedules.connectionId,
      set: { store, storeReadAtMs },
    });
}

/** Connections whose read was due before `beforeMs`, longest first. */
export async function listDue(
  db: Database,
  beforeMs: number,
  limit: number,
): Promise<ConnectionId[]> {
  const rows = await db
    .select({ id: catalogSchedules.connectionId })
    .from(catalogSchedules)
    .where(sql`${catalogSchedules.dueAtMs} <= ${beforeMs}`)
    .orderBy(asc(catalogSchedules.dueAtMs))
    .limit(limit);
  return rows.map(({ id }) => id as ConnectionId);
}

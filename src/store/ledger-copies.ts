/**
 * What ledgers last said of themselves: for lists, sweeps and `activity`. The object is the truth, this is its copy,
 * and an older copy never replaces a newer one.
 */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import {
  type ConnectionId,
  type LinkId,
  linkId,
  type PlaceKey,
  type Platform,
} from '../domain/ids.ts';
import type { FailureCode } from '../domain/failure.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import { newRound, type ToldSums } from '../domain/sweep-round.ts';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf, takeNew } from './bulk.ts';
import { saveOversells } from './oversells.ts';
import { saveQuestions } from './restock-questions.ts';
import {
  ledgerCopies,
  type LedgerPlaceCopy,
  type LedgerPoolCopy,
  linkItems,
  links,
} from './schema.ts';

/** One SKU as lists and pages show it. The counts are null until its ledger has been opened. */
export interface SkuRow {
  readonly linkId: LinkId;
  readonly sku: string;
  readonly name: string;
  readonly productId: number;
  readonly variantId: number;
  readonly linkStatus: 'active' | 'broken';
  readonly ledger: {
    readonly version: number;
    readonly onHand: number;
    readonly reserved: number;
    readonly buffer: number;
    readonly pools: readonly LedgerPoolCopy[];
    readonly places: readonly LedgerPlaceCopy[];
    readonly outstandingSinceMs: number | null;
    readonly parked: number;
    readonly updatedAtMs: number;
  } | null;
}

export interface SkuCursor {
  readonly sku: string;
  readonly linkId: string;
}

/** What is left to do in a connection's ledgers. */
export interface Outstanding {
  /** Ledgers with something waiting to be written or read. */
  readonly outstanding: number;
  /** Since when the oldest of them waits; null at rest. */
  readonly oldestOutstandingMs: number | null;
  /** Effects out of attempts. */
  readonly parked: number;
}

/** What a ledger last believed of one place, beside the id that the platform's level list uses. */
export interface MirrorLevel {
  readonly linkId: LinkId;
  /** Variant id or Clover item id, as text. */
  readonly externalId: string;
  /** null: never counted there, or no copy of the ledger is stored. */
  readonly level: number | null;
  /** null: no copy of the ledger is stored; tell the ledger, and one will be. */
  readonly target: number | null;
  readonly pending: boolean;
  /** Nothing is written there, with a reason. */
  readonly skipped: boolean;
  readonly told: ToldSums;
}

/** Stores what ledgers answered, and tells the merchant of oversells (S7). A copy that is not newer than the stored one is dropped without a write. */
export async function saveLedgerViews(
  db: Database,
  views: readonly LedgerView[],
  nowMs: number,
): Promise<void> {
  for (const chunk of chunksOf(newestOf(views), 200)) {
    const rows = chunk.map((view) => copyOf(view, nowMs));
    await insertRows(db, ledgerCopies, rows).onConflictDoUpdate({
      target: [ledgerCopies.connectionId, ledgerCopies.linkId],
      set: takeNew(ledgerCopies, REPLACED),
      setWhere: sql`excluded.version > ${ledgerCopies.version}`,
    });
  }
  await saveOversells(db, views, nowMs);
  await saveQuestions(db, views, nowMs);
}

const REPLACED = [
  'version',
  'onHand',
  'reserved',
  'buffer',
  'places',
  'pools',
  'outstandingSinceMs',
  'parked',
  'updatedAtMs',
] as const;

/** A page of SKUs in the order of their text. */
export async function listSkus(
  db: Database,
  connectionId: string,
  cursor: SkuCursor | null,
  limit: number,
): Promise<{ items: SkuRow[]; nextCursor: SkuCursor | null }> {
  const after =
    cursor === null
      ? undefined
      : sql`(${links.sku}, ${links.linkId}) > (${cursor.sku}, ${cursor.linkId})`;
  const rows = await selectSkus(db, connectionId, after, limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor:
      rows.length > limit && last !== undefined ? { sku: last.sku, linkId: last.linkId } : null,
  };
}

/** SKUs whose text begins with, or whose name contains, what a person typed; at most `limit`. */
export function searchSkus(
  db: Database,
  connectionId: string,
  typed: string,
  limit: number,
): Promise<SkuRow[]> {
  const text = typed.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
  const found = sql`(${links.sku} like ${`${text}%`} escape '\\'
    or ${links.name} like ${`%${text}%`} escape '\\')`;
  return selectSkus(db, connectionId, found, limit);
}

/** The SKU's active link before a broken one; undefined when the connection has no link of that SKU. */
export async function findSku(
  db: Database,
  connectionId: string,
  sku: string,
): Promise<SkuRow | undefined> {
  const rows = await selectSkus(db, connectionId, eq(links.sku, sku), 10);
  return rows.find(({ linkStatus }) => linkStatus === 'active') ?? rows[0];
}

/** SKUs by their links. */
export function findSkusByLink(
  db: Database,
  connectionId: string,
  linkIds: readonly string[],
): Promise<SkuRow[]> {
  return selectSkus(db, connectionId, isOneOf(links.linkId, linkIds), Math.max(1, linkIds.length));
}

/** What is left to do in this connection's ledgers, as their copies tell. */
export async function outstanding(db: Database, connectionId: string): Promise<Outstanding> {
  const own = eq(ledgerCopies.connectionId, connectionId);
  const [[waiting], [stuck]] = await db.batch([
    db
      .select({
        count: sql<number>`count(*)`,
        oldestMs: sql<number | null>`min(${ledgerCopies.outstandingSinceMs})`,
      })
      .from(ledgerCopies)
      .where(and(own, sql`outstanding_since_ms is not null`)),
    db
      .select({ parked: sql<number>`coalesce(sum(${ledgerCopies.parked}), 0)` })
      .from(ledgerCopies)
      .where(and(own, sql`parked > 0`)),
  ]);
  return {
    outstanding: waiting?.count ?? 0,
    oldestOutstandingMs: waiting?.oldestMs ?? null,
    parked: stuck?.parked ?? 0,
  };
}

/**
 * What the ledgers believe of these levels of one place, for a sweep's page. An id without an active link, or whose
 * ledger does not keep this place, is absent.
 */
export async function mirrorLevels(
  db: Database,
  connectionId: string,
  platform: Platform,
  place: PlaceKey,
  externalIds: readonly (string | number)[],
): Promise<MirrorLevel[]> {
  const rows = await db.all<MirrorRow>(sql`
    select l.link_id, x.external_id, c.version, p.value ->> '$.level' as level,
      p.value ->> '$.target' as target, p.value ->> '$.pending' as pending,
      p.value ->> '$.skipped' as skipped, p.value -> '$.told' as told
    from (${wantedLinks(connectionId, platform, place, externalIds)}) x
    cross join ${links} l on l.link_id = x.link_id
    left join ${ledgerCopies} c on c.connection_id = l.connection_id and c.link_id = l.link_id
    left join json_each(c.places) p on p.value ->> '$.place' = ${place}
    where l.connection_id = ${connectionId} and l.status = 'active'
      and (c.version is null or p.value is not null)`);
  return rows.map((row) => ({
    linkId: linkId(row.link_id),
    externalId: String(row.external_id),
    level: row.level,
    target: row.target,
    pending: row.pending === 1,
    skipped: row.skipped !== null,
    told: row.told === null ? newRound(0) : (JSON.parse(row.told) as ToldSums),
  }));
}

/** Links whose ledger skips this place for this reason. Reads every copy of the connection: for rare occasions. */
export async function skippedAt(
  db: Database,
  connectionId: string,
  place: PlaceKey,
  code: FailureCode,
): Promise<LinkId[]> {
  const rows = await db.all<{ link_id: string }>(sql`
    select c.link_id from ${ledgerCopies} c, json_each(c.places) p
    where c.connection_id = ${connectionId} and p.value ->> '$.place' = ${place}
      and p.value ->> '$.skippedFor' = ${code}`);
  return rows.map((row) => linkId(row.link_id));
}

/** Ledgers of all connections in which something has waited for longer than this: the watchdog pokes them. */
export async function listOutstanding(
  db: Database,
  olderThanMs: number,
  limit: number,
): Promise<{ connectionId: ConnectionId; linkId: LinkId; outstandingSinceMs: number }[]> {
  const rows = await db
    .select({
      connectionId: ledgerCopies.connectionId,
      linkId: ledgerCopies.linkId,
      outstandingSinceMs: sql<number>`${ledgerCopies.outstandingSinceMs}`,
    })
    .from(ledgerCopies)
    .where(
      sql`outstanding_since_ms is not null and ${ledgerCopies.outstandingSinceMs} < ${olderThanMs}`,
    )
    .orderBy(ledgerCopies.outstandingSinceMs)
    .limit(limit);
  return rows.map((row) => ({
    connectionId: row.connectionId as ConnectionId,
    linkId: linkId(row.linkId),
    outstandingSinceMs: row.outstandingSinceMs,
  }));
}

/** Ledgers of one connection that hold writes out of attempts. */
export async function listParked(
  db: Database,
  connectionId: string,
  limit: number,
): Promise<LinkId[]> {
  const rows = await db
    .select({ linkId: ledgerCopies.linkId })
    .from(ledgerCopies)
    .where(sql`${ledgerCopies.connectionId} = ${connectionId} and parked > 0`)
    .limit(limit);
  return rows.map((row) => linkId(row.linkId));
}

interface MirrorRow {
  link_id: string;
  external_id: string | number;
  version: number | null;
  level: number | null;
  target: number | null;
  pending: number | null;
  skipped: string | null;
  told: string | null;
}

/** `link_id, external_id` of the wanted ids: by variant for BigCommerce, by item for Clover. */
function wantedLinks(
  connectionId: string,
  platform: Platform,
  place: PlaceKey,
  externalIds: readonly (string | number)[],
): SQL {
  if (platform === 'bigcommerce') {
    return sql`select v.link_id, v.variant_id as external_id
      from json_each(${JSON.stringify(externalIds.map(Number))}) w
      cross join ${links} v on v.connection_id = ${connectionId} and v.variant_id = w.value`;
  }
  const merchantId = place.slice('clover:'.length);
  return sql`select i.link_id, i.item_id as external_id
    from json_each(${JSON.stringify(externalIds)}) w
    cross join ${linkItems} i on i.id = ${merchantId} || ':' || w.value
      and i.connection_id = ${connectionId}`;
}

/** One statement must not carry a key twice: the newest view of each ledger stays. */
function newestOf(views: readonly LedgerView[]): LedgerView[] {
  const newest = new Map<string, LedgerView>();
  for (const view of views) {
    const key = `${view.connectionId}:${view.linkId}`;
    const known = newest.get(key);
    if (known === undefined || known.version < view.version) newest.set(key, view);
  }
  return [...newest.values()];
}

function copyOf(view: LedgerView, nowMs: number): typeof ledgerCopies.$inferInsert {
  return {
    linkId: view.linkId,
    connectionId: view.connectionId,
    version: view.version,
    onHand: view.onHand,
    reserved: view.reserved,
    buffer: view.buffer,
    places: view.places.map((place) => ({ ...place })),
    pools: view.pools.map((pool) => ({ ...pool })),
    outstandingSinceMs: view.outstandingSinceMs,
    parked: view.parked.length,
    updatedAtMs: nowMs,
  };
}

async function selectSkus(
  db: Database,
  connectionId: string,
  condition: SQL | undefined,
  limit: number,
): Promise<SkuRow[]> {
  const rows = await db
    .select({ link: links, copy: ledgerCopies })
    .from(links)
    .leftJoin(
      ledgerCopies,
      and(eq(ledgerCopies.connectionId, links.connectionId), eq(ledgerCopies.linkId, links.linkId)),
    )
    .where(and(eq(links.connectionId, connectionId), condition))
    .orderBy(links.sku, links.linkId)
    .limit(limit);
  return rows.map(({ link, copy }) => ({
    linkId: linkId(link.linkId),
    sku: link.sku,
    name: link.name,
    productId: link.productId,
    variantId: link.variantId,
    linkStatus: link.status,
    ledger: copy === null ? null : ledgerOf(copy),
  }));
}

function ledgerOf(copy: typeof ledgerCopies.$inferSelect): NonNullable<SkuRow['ledger']> {
  const { linkId: _link, connectionId: _connection, ...ledger } = copy;
  return ledger;
}

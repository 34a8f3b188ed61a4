/** Mirrors of both catalogs, and the field values that both sides of a link agreed on. */
import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { Values } from '../domain/catalog/fields.ts';
import type { MirrorRow } from '../domain/catalog/mirror.ts';
import type { Platform } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf, takeNew } from './bulk.ts';
import { catalogBases, catalogRows } from './catalog-schema.ts';
import { linkItems, links } from './schema.ts';

/**
 * Keeps rows as read. One that is as it was is not written; one that changed waits to be compared with the other side;
 * one that is older than our own last write comes from a copy that lags behind, and is left out.
 */
export async function saveMirrors(
  db: Database,
  connectionId: string,
  rows: readonly MirrorRow[],
  nowMs: number,
): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    const values = chunk.map((row) => ({
      ...stored(connectionId, row),
      writtenMs: 0,
      changedAtMs: nowMs,
    }));
    await insertRows(db, catalogRows, values).onConflictDoUpdate({
      target: KEY,
      set: takeNew(catalogRows, ['parentId', 'sku', 'facts', 'modifiedMs', 'changedAtMs']),
      setWhere: sql`${catalogRows.facts} <> excluded.facts
        and coalesce(excluded.modified_ms, ${catalogRows.writtenMs}) >= ${catalogRows.writtenMs}`,
    });
  }
}

const KEY = [catalogRows.connectionId, catalogRows.platform, catalogRows.rowId];

/** Keeps rows as our own write left them: no news, so neither their time of change moves nor do they wait. */
export async function saveWritten(
  db: Database,
  connectionId: string,
  rows: readonly MirrorRow[],
  nowMs: number,
): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    const values = chunk.map((row) => ({
      ...stored(connectionId, row),
      writtenMs: row.modifiedMs ?? 0,
      changedAtMs: nowMs,
    }));
    await insertRows(db, catalogRows, values).onConflictDoUpdate({
      target: KEY,
      set: takeNew(catalogRows, ['parentId', 'sku', 'facts', 'writtenMs']),
    });
  }
}

function stored(
  connectionId: string,
  row: MirrorRow,
): Omit<typeof catalogRows.$inferInsert, 'changedAtMs' | 'writtenMs'> {
  // The time of a change is not a fact of the row: our own writes move it too.
  const { modifiedMs, ...facts } = row;
  return {
    connectionId,
    platform: row.platform,
    rowId: row.id,
    parentId: row.platform === 'bigcommerce' ? String(row.productId) : row.merchantId,
    sku: row.sku,
    facts: JSON.stringify(facts),
    modifiedMs,
  };
}

/** Facts are written by `saveMirrors` alone, so their shape is a mirror row's. */
function mirrorOf(row: Pick<typeof catalogRows.$inferSelect, 'facts' | 'modifiedMs'>): MirrorRow {
  const facts: unknown = JSON.parse(row.facts);
  return { ...(facts as MirrorRow), modifiedMs: row.modifiedMs };
}

/** The rows of these ids; those that were never read, or are gone, are absent. */
export async function findMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  rowIds: readonly string[],
): Promise<Map<string, MirrorRow>> {
  if (rowIds.length === 0) return new Map();
  const rows = await db
    .select({ facts: catalogRows.facts, modifiedMs: catalogRows.modifiedMs })
    .from(catalogRows)
    .where(and(own(connectionId, platform), isOneOf(catalogRows.rowId, rowIds)));
  return new Map(rows.map(mirrorOf).map((row) => [row.id, row]));
}

/** A page of one side's rows by row id; `nextCursor` is null on the last one. */
export async function listMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  cursor: string | null,
  limit: number,
): Promise<{ items: MirrorRow[]; nextCursor: string | null }> {
  const rows = await db
    .select({ facts: catalogRows.facts, modifiedMs: catalogRows.modifiedMs })
    .from(catalogRows)
    .where(and(own(connectionId, platform), gt(catalogRows.rowId, cursor ?? '')))
    .orderBy(asc(catalogRows.rowId))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(mirrorOf);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Forgets rows of these parents (products, or one merchant) except those still there. */
export async function dropMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  parentIds: readonly string[],
  except: readonly string[],
): Promise<void> {
  for (const chunk of chunksOf(parentIds)) {
    await db
      .delete(catalogRows)
      .where(
        and(
          own(connectionId, platform),
          isOneOf(catalogRows.parentId, chunk),
          sql`not ${isOneOf(catalogRows.rowId, except)}`,
        ),
      );
  }
}

/** Forgets rows by their ids. */
export async function deleteMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  rowIds: readonly string[],
): Promise<void> {
  for (const chunk of chunksOf(rowIds)) {
    await db
      .delete(catalogRows)
      .where(and(own(connectionId, platform), isOneOf(catalogRows.rowId, chunk)));
  }
}

/**
 * Link ids with a row that changed since both sides were found settled, in order; those above `afterLinkId`.
 * `withGivenUp`: those too that the relay cannot settle by itself.
 */
export async function changedLinks(
  db: Database,
  connectionId: string,
  { afterLinkId, limit, withGivenUp }: ChangedQuery,
): Promise<string[]> {
  const waits = withGivenUp ? sql`r.changed_at_ms <> 0` : sql`r.changed_at_ms > 0`;
  const rows = await db.all<{ link_id: string }>(sql`
    select link_id from (
      select l.link_id from ${catalogRows} r
        join ${links} l on l.connection_id = r.connection_id and l.variant_id = cast(r.row_id as integer)
        where r.connection_id = ${connectionId} and r.platform = 'bigcommerce' and ${waits}
          and l.status = 'active'
      union
      select i.link_id from ${catalogRows} r
        join ${linkItems} i on i.id = r.row_id and i.connection_id = r.connection_id
        join ${links} l on l.link_id = i.link_id and l.status = 'active'
        where r.connection_id = ${connectionId} and r.platform = 'clover' and ${waits}
    ) where link_id > ${afterLinkId} order by link_id limit ${limit}`);
  return rows.map((row) => row.link_id);
}

export interface ChangedQuery {
  readonly afterLinkId: string;
  readonly limit: number;
  readonly withGivenUp: boolean;
}

/** Marks rows that wait as given up: they wait for a person, or for another change. */
export async function giveUpMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  rowIds: readonly string[],
): Promise<void> {
  for (const chunk of chunksOf(rowIds)) {
    await db
      .update(catalogRows)
      .set({ changedAtMs: sql`-${catalogRows.changedAtMs}` })
      .where(
        and(
          own(connectionId, platform),
          isOneOf(catalogRows.rowId, chunk),
          gt(catalogRows.changedAtMs, 0),
        ),
      );
  }
}

/** Marks rows as settled that did not change since `comparedAtMs`. */
export async function settleMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  rowIds: readonly string[],
  comparedAtMs: number,
): Promise<void> {
  for (const chunk of chunksOf(rowIds)) {
    await db
      .update(catalogRows)
      .set({ changedAtMs: 0 })
      .where(
        and(
          own(connectionId, platform),
          isOneOf(catalogRows.rowId, chunk),
          sql`${catalogRows.changedAtMs} <> 0 and ${catalogRows.changedAtMs} <= ${comparedAtMs}`,
        ),
      );
  }
}

/** Rows of no link have nothing to wait for; linking them marks them anew. */
export async function settleUnlinked(db: Database, connectionId: string): Promise<void> {
  await db.run(sql`update ${catalogRows} set changed_at_ms = 0
    where connection_id = ${connectionId} and platform = 'bigcommerce' and changed_at_ms <> 0
      and not exists (select 1 from ${links} l where l.connection_id = ${connectionId}
        and l.variant_id = cast(${catalogRows}.row_id as integer))`);
  await db.run(sql`update ${catalogRows} set changed_at_ms = 0
    where connection_id = ${connectionId} and platform = 'clover' and changed_at_ms <> 0
      and not exists (select 1 from ${linkItems} i where i.id = ${catalogRows}.row_id)`);
}

/** Marks rows as waiting to be compared: their link is new, or what was agreed on is forgotten. */
export async function unsettleMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  rowIds: readonly string[],
  nowMs: number,
): Promise<void> {
  for (const chunk of chunksOf(rowIds)) {
    await db
      .update(catalogRows)
      .set({ changedAtMs: nowMs })
      .where(and(own(connectionId, platform), isOneOf(catalogRows.rowId, chunk)));
  }
}

export async function findBases(
  db: Database,
  connectionId: string,
  linkIds: readonly string[],
): Promise<Map<string, Values>> {
  const rows = await db
    .select({ linkId: catalogBases.linkId, agreed: catalogBases.agreed })
    .from(catalogBases)
    .where(and(eq(catalogBases.connectionId, connectionId), isOneOf(catalogBases.linkId, linkIds)));
  return new Map(rows.map(({ linkId, agreed }) => [linkId, agreed]));
}

export interface Base {
  readonly linkId: string;
  readonly agreed: Values;
}

/** Lays agreed fields over those of before; fields that are not named stay. */
export async function saveBases(
  db: Database,
  connectionId: string,
  bases: readonly Base[],
  nowMs: number,
): Promise<void> {
  for (const chunk of chunksOf(bases)) {
    const ids = chunk.map(({ linkId }) => linkId);
    const known = await findBases(db, connectionId, ids);
    const rows = chunk.map(({ linkId, agreed }) => ({
      connectionId,
      linkId,
      agreed: { ...known.get(linkId), ...agreed },
      updatedAtMs: nowMs,
    }));
    await insertRows(db, catalogBases, rows).onConflictDoUpdate({
      target: [catalogBases.connectionId, catalogBases.linkId],
      set: takeNew(catalogBases, ['agreed', 'updatedAtMs']),
    });
  }
}

/** Forgets what was agreed, so that nothing is written to these links before a person plans again. */
export async function deleteBases(
  db: Database,
  connectionId: string,
  linkIds: readonly string[],
): Promise<void> {
  for (const chunk of chunksOf(linkIds)) {
    await db
      .delete(catalogBases)
      .where(and(eq(catalogBases.connectionId, connectionId), isOneOf(catalogBases.linkId, chunk)));
  }
}

function own(connectionId: string, platform: Platform): SQL | undefined {
  return and(eq(catalogRows.connectionId, connectionId), eq(catalogRows.platform, platform));
}

/** Rows of one side whose SKU begins with, or whose name or barcode contains, what a person typed; at most `limit`. */
export async function searchMirrors(
  db: Database,
  connectionId: string,
  platform: Platform,
  typed: string,
  limit: number,
): Promise<MirrorRow[]> {
  const text = typed.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
  const inside = `%${text}%`;
  const rows = await db
    .select({ facts: catalogRows.facts, modifiedMs: catalogRows.modifiedMs })
    .from(catalogRows)
    .where(
      and(
        own(connectionId, platform),
        sql`(${catalogRows.sku} like ${`${text}%`} escape '\\'
          or json_extract(${catalogRows.facts}, '$.values.name') like ${inside} escape '\\'
          or json_extract(${catalogRows.facts}, '$.values.barcode') like ${inside} escape '\\')`,
      ),
    )
    .orderBy(asc(catalogRows.rowId))
    .limit(limit);
  return rows.map(mirrorOf);
}

/** Ids of one side's rows by exactly these SKUs; those that no row has are absent. */
export async function findMirrorsBySku(
  db: Database,
  connectionId: string,
  platform: Platform,
  skus: readonly string[],
): Promise<Map<string, { readonly id: string }[]>> {
  if (skus.length === 0) return new Map();
  const rows = await db
    .select({ id: catalogRows.rowId, sku: catalogRows.sku })
    .from(catalogRows)
    .where(and(own(connectionId, platform), isOneOf(catalogRows.sku, [...new Set(skus)])));
  return Map.groupBy(rows, ({ sku }) => sku);
}

/** What sweeps found different from what the ledgers believed. */
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf, takeNew } from './bulk.ts';
import { driftFindings, ledgerCopies, type LedgerPlaceCopy, links } from './schema.ts';

export interface DriftFinding {
  readonly connectionId: string;
  readonly linkId: string;
  readonly place: string;
  /** As the place showed it; null: not counted there. */
  readonly level: number | null;
  readonly believed: number | null;
  readonly foundAtMs: number;
  readonly seenAtMs: number;
  readonly platformModifiedMs: number | null;
  /** The mass guard stopped the sweep: the ledger was not told. */
  readonly held: boolean;
}

/** Stores findings; one that is known keeps the moment at which it was found first. */
export async function saveFindings(db: Database, found: readonly DriftFinding[]): Promise<void> {
  for (const chunk of chunksOf(found)) {
    await insertRows(db, driftFindings, chunk).onConflictDoUpdate({
      target: [driftFindings.connectionId, driftFindings.place, driftFindings.linkId],
      set: takeNew(driftFindings, ['level', 'believed', 'seenAtMs', 'platformModifiedMs', 'held']),
    });
  }
}

/** Forgets the findings of a place that these links' levels bear out no more. Nothing is written when there are none. */
export async function closeFindings(
  db: Database,
  connectionId: string,
  place: string,
  agreeing: ReadonlySet<string>,
): Promise<void> {
  const own = and(eq(driftFindings.connectionId, connectionId), eq(driftFindings.place, place));
  const open = await db.select({ linkId: driftFindings.linkId }).from(driftFindings).where(own);
  const closed = open.flatMap(({ linkId }) => (agreeing.has(linkId) ? [linkId] : []));
  for (const chunk of chunksOf(closed)) {
    await db.delete(driftFindings).where(and(own, isOneOf(driftFindings.linkId, chunk)));
  }
}

/** One place of one SKU that may drift: what its ledger last said, beside what a sweep saw. */
export interface DriftCandidate {
  readonly linkId: string;
  readonly sku: string;
  readonly isLinkBroken: boolean;
  readonly copy: LedgerPlaceCopy;
  readonly parked: number;
  readonly outstandingSinceMs: number | null;
  readonly finding: Omit<DriftFinding, 'connectionId' | 'linkId' | 'place' | 'believed'> | null;
}

/** The last place of a page. */
export interface DriftCursor {
  readonly linkId: string;
  readonly place: string;
}

/**
 * Places whose level is not their target, that show less than nothing, are skipped or whose link is broken, and those
 * that a sweep found otherwise, in the order of their links.
 */
export async function listDriftCandidates(
  db: Database,
  connectionId: string,
  cursor: DriftCursor | null,
  limit: number,
): Promise<DriftCandidate[]> {
  const after =
    cursor === null
      ? sql``
      : sql`and c.link_id >= ${cursor.linkId}
          and (c.link_id, p.value ->> '$.place') > (${cursor.linkId}, ${cursor.place})`;
  const rows = await db.all<CandidateRow>(sql`
    select c.link_id, l.sku, l.status, p.value as copy, c.parked, c.outstanding_since_ms,
      f.level, f.found_at_ms, f.seen_at_ms, f.platform_modified_ms, f.held
    from ${ledgerCopies} c
    cross join ${links} l on l.link_id = c.link_id and +l.connection_id = c.connection_id
    cross join json_each(c.places) p
    left join ${driftFindings} f on f.connection_id = c.connection_id
      and f.place = p.value ->> '$.place' and f.link_id = c.link_id
    where c.connection_id = ${connectionId} ${after}
      and (coalesce(p.value ->> '$.level', 0) <> p.value ->> '$.target'
        or p.value ->> '$.level' < 0 or p.value ->> '$.skipped' is not null
        or l.status = 'broken' or f.link_id is not null)
    order by c.link_id, p.value ->> '$.place'
    limit ${limit}`);
  return rows.map((row) => ({
    linkId: row.link_id,
    sku: row.sku,
    isLinkBroken: row.status === 'broken',
    copy: JSON.parse(row.copy) as LedgerPlaceCopy,
    parked: row.parked,
    outstandingSinceMs: row.outstanding_since_ms,
    finding:
      row.found_at_ms === null || row.seen_at_ms === null
        ? null
        : {
            level: row.level,
            foundAtMs: row.found_at_ms,
            seenAtMs: row.seen_at_ms,
            platformModifiedMs: row.platform_modified_ms,
            held: row.held === 1,
          },
  }));
}

interface CandidateRow {
  link_id: string;
  sku: string;
  status: 'active' | 'broken';
  copy: string;
  parked: number;
  outstanding_since_ms: number | null;
  level: number | null;
  found_at_ms: number | null;
  seen_at_ms: number | null;
  platform_modified_ms: number | null;
  held: number | null;
}

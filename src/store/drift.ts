/** What sweeps found different from what the ledgers believed. */
import { and, eq } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf, takeNew } from './bulk.ts';
import { driftFindings } from './schema.ts';

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

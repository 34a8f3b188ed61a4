/** Where the sweep of each place stands. */
import { and, eq, sql } from 'drizzle-orm';
import type { RoundMark } from '../domain/sweep-round.ts';
import type { Database } from '../ports.ts';
import { sweepMarks } from './schema.ts';

export interface SweepMark extends RoundMark {
  readonly connectionId: string;
  readonly place: string;
  readonly sweepId: string;
  /** Pages of the last whole round; 0 before it. */
  readonly pages: number;
}

/** All of a connection. */
export function listSweepMarks(db: Database, connectionId: string): Promise<SweepMark[]> {
  return db.select().from(sweepMarks).where(eq(sweepMarks.connectionId, connectionId));
}

export async function findSweepMark(
  db: Database,
  connectionId: string,
  place: string,
): Promise<SweepMark | undefined> {
  const [row] = await db
    .select()
    .from(sweepMarks)
    .where(and(eq(sweepMarks.connectionId, connectionId), eq(sweepMarks.place, place)));
  return row;
}

/** A round stands at `cursor` now; what the rounds before it left stays. */
export async function moveSweepMark(
  db: Database,
  mark: Pick<SweepMark, 'connectionId' | 'place' | 'sweepId' | 'cursor' | 'movedAtMs'>,
): Promise<void> {
  const { sweepId, cursor, movedAtMs } = mark;
  await db
    .insert(sweepMarks)
    .values({ ...mark, pages: 0, doneAtMs: null })
    .onConflictDoUpdate({
      target: [sweepMarks.connectionId, sweepMarks.place],
      set: { sweepId, cursor, movedAtMs },
    });
}

/** A round is over: the next one begins at the first page. `pages` null: it was stopped, not finished. */
export async function endSweepMark(
  db: Database,
  mark: Pick<SweepMark, 'connectionId' | 'place' | 'sweepId'>,
  pages: number | null,
  nowMs: number,
): Promise<void> {
  const ended = { sweepId: mark.sweepId, cursor: 0, movedAtMs: nowMs, doneAtMs: nowMs };
  await db
    .insert(sweepMarks)
    .values({ ...mark, ...ended, pages: pages ?? 0 })
    .onConflictDoUpdate({
      target: [sweepMarks.connectionId, sweepMarks.place],
      set: { ...ended, ...(pages === null ? {} : { pages: sql`${pages}` }) },
    });
}

/** Counts behind `metrics`: what D1 can tell without a counter of its own. */
import { and, desc, eq, gte, isNotNull, sql } from 'drizzle-orm';
import type { Platform } from '../domain/ids.ts';
import type { LogOutcome } from '../log.ts';
import type { Database } from '../ports.ts';
import { timeId } from './log-blocks.ts';
import { ledgerCopies, links, logBlocks } from './schema.ts';

/** Blocks of the log that one count of calls looks at. */
const CALLS_SCAN_BLOCKS = 10_000;

export interface CallCount {
  readonly platform: Platform;
  readonly outcome: LogOutcome;
  readonly calls: number;
}

/**
 * Tries against the platforms by outcome, in blocks of the log that end since then; `isWhole`: false when there were
 * more than one look takes in.
 */
export async function countCalls(
  db: Database,
  connectionId: string,
  sinceMs: number,
): Promise<{ counts: CallCount[]; isWhole: boolean }> {
  const blocks = await db
    .select({ calls: logBlocks.calls })
    .from(logBlocks)
    .where(
      and(
        eq(logBlocks.connectionId, connectionId),
        gte(logBlocks.id, timeId(sinceMs)),
        isNotNull(logBlocks.calls),
      ),
    )
    .orderBy(desc(logBlocks.id))
    .limit(CALLS_SCAN_BLOCKS);
  const sums = new Map<string, number>();
  for (const [key, count] of blocks.flatMap(({ calls }) => Object.entries(calls ?? {}))) {
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  const counts = [...sums]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, calls]) => {
      const [platform, outcome] = key.split(':') as [Platform, LogOutcome];
      return { platform, outcome, calls };
    });
  return { counts, isWhole: blocks.length < CALLS_SCAN_BLOCKS };
}

/** Rows that D1 holds of a connection's stock. */
export async function countRows(
  db: Database,
  connectionId: string,
): Promise<{ links: number; ledgers: number }> {
  const [row] = await db.all<{ links: number; ledgers: number }>(sql`
    select (select count(*) from ${links} where ${links.connectionId} = ${connectionId}) as links,
      (select count(*) from ${ledgerCopies} where ${ledgerCopies.connectionId} = ${connectionId}) as ledgers`);
  return row ?? { links: 0, ledgers: 0 };
}

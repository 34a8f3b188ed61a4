/** Counts behind `metrics`: what D1 can tell without a counter of its own. */
import { sql } from 'drizzle-orm';
import type { Platform } from '../domain/ids.ts';
import type { LogOutcome } from '../log.ts';
import type { Database } from '../ports.ts';
import { ledgerCopies, links, logs } from './schema.ts';
import { logFloor } from './logs.ts';

/** Log rows that one count of calls looks at. */
const CALLS_SCAN_ROWS = 50_000;

export interface CallCount {
  readonly platform: Platform;
  readonly outcome: LogOutcome;
  readonly calls: number;
}

/** Tries against the platforms since then by outcome; `isWhole`: false when there was more than one look takes in. */
export async function countCalls(
  db: Database,
  connectionId: string,
  sinceMs: number,
): Promise<{ counts: CallCount[]; isWhole: boolean }> {
  const rows = await db.all<{ platform: Platform | null; outcome: LogOutcome; calls: number }>(sql`
    select iif(kind = 'attempt', platform, null) as platform, outcome, count(*) as calls
    from (
      select kind, platform, outcome from ${logs}
      where ${logs.connectionId} = ${connectionId} and ${logs.id} >= ${logFloor(sinceMs)}
      order by ${logs.id} desc limit ${CALLS_SCAN_ROWS}
    )
    group by 1, 2 order by 1, 2`);
  const looked = rows.reduce((sum, { calls }) => sum + calls, 0);
  const counts = rows.flatMap(({ platform, outcome, calls }) =>
    platform === null ? [] : [{ platform, outcome, calls }],
  );
  return { counts, isWhole: looked < CALLS_SCAN_ROWS };
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

/**
 * How fast levels followed, per connection (R8). Blocks of the log carry the counts of their own records; once an hour
 * those of a past hour are summed into one row, so that measuring costs no row per sale.
 */
import { and, eq, gte, isNotNull, lt, max } from 'drizzle-orm';
import { addTimings, type TimingCounts } from '../domain/stock/timing.ts';
import { LAG_HOURS_KEPT_MS } from '../limits.ts';
import type { Database } from '../ports.ts';
import { timeId, timeOf } from './log-blocks.ts';
import { lagHours, logBlocks } from './schema.ts';

const HOUR_MS = 3_600_000;
/** Records may reach D1 late: an hour is summed up when it has been over for this long. */
const LATE_MS = HOUR_MS;
/** Hours summed up per run: what the relay missed while it was off is no news. */
const HOURS_PER_RUN = 26;

/** Sums up the hours that are over. A repeat changes nothing. */
export async function sumUpLag(db: Database, connectionId: string, nowMs: number): Promise<void> {
  const untilMs = floorHour(nowMs - LATE_MS);
  const known = await summedUntil(db, connectionId);
  for (let hourMs = Math.max(known, untilMs - HOURS_PER_RUN * HOUR_MS); hourMs < untilMs;) {
    const endMs = hourMs + HOUR_MS;
    const timing = addTimings(await inBlocks(db, connectionId, hourMs, endMs));
    if (Object.keys(timing).length > 0 || endMs === untilMs) {
      await db.insert(lagHours).values({ connectionId, hourMs, timing }).onConflictDoNothing();
    }
    hourMs = endMs;
  }
  const oldMs = nowMs - LAG_HOURS_KEPT_MS;
  await db
    .delete(lagHours)
    .where(and(eq(lagHours.connectionId, connectionId), lt(lagHours.hourMs, oldMs)));
}

/** Counts since this moment, rounded down to the hour where hours are summed up already. */
export async function lagSince(
  db: Database,
  connectionId: string,
  sinceMs: number,
): Promise<TimingCounts> {
  const fromMs = floorHour(sinceMs);
  const [hours, known] = await Promise.all([
    db
      .select({ timing: lagHours.timing })
      .from(lagHours)
      .where(and(eq(lagHours.connectionId, connectionId), gte(lagHours.hourMs, fromMs))),
    summedUntil(db, connectionId),
  ]);
  const fresh = await inBlocks(db, connectionId, Math.max(fromMs, known), null);
  return addTimings([...hours.map(({ timing }) => timing), ...fresh]);
}

/** Counts of each hour since this moment that has any, the oldest first. */
export async function lagByHour(
  db: Database,
  connectionId: string,
  sinceMs: number,
): Promise<{ readonly hourMs: number; readonly timing: TimingCounts }[]> {
  const fromMs = floorHour(sinceMs);
  const [hours, known] = await Promise.all([
    db
      .select({ hourMs: lagHours.hourMs, timing: lagHours.timing })
      .from(lagHours)
      .where(and(eq(lagHours.connectionId, connectionId), gte(lagHours.hourMs, fromMs))),
    summedUntil(db, connectionId),
  ]);
  const fresh = await blocksOf(db, connectionId, Math.max(fromMs, known), null);
  const all = [
    ...hours,
    ...fresh.map(({ id, timing }) => ({ hourMs: floorHour(timeOf(id)), timing })),
  ];
  return [...Map.groupBy(all, ({ hourMs }) => hourMs)]
    .map(([hourMs, rows]) => ({ hourMs, timing: addTimings(rows.map(({ timing }) => timing)) }))
    .toSorted((one, other) => one.hourMs - other.hourMs);
}

/** The end of the newest hour that is summed up; 0: none is. */
async function summedUntil(db: Database, connectionId: string): Promise<number> {
  const [row] = await db
    .select({ hourMs: max(lagHours.hourMs) })
    .from(lagHours)
    .where(eq(lagHours.connectionId, connectionId));
  return row?.hourMs === undefined || row.hourMs === null ? 0 : row.hourMs + HOUR_MS;
}

async function inBlocks(
  db: Database,
  connectionId: string,
  fromMs: number,
  untilMs: number | null,
): Promise<(TimingCounts | null)[]> {
  return (await blocksOf(db, connectionId, fromMs, untilMs)).map(({ timing }) => timing);
}

function blocksOf(
  db: Database,
  connectionId: string,
  fromMs: number,
  untilMs: number | null,
): Promise<{ id: string; timing: TimingCounts | null }[]> {
  return db
    .select({ id: logBlocks.id, timing: logBlocks.timing })
    .from(logBlocks)
    .where(
      and(
        eq(logBlocks.connectionId, connectionId),
        gte(logBlocks.id, timeId(fromMs)),
        untilMs === null ? undefined : lt(logBlocks.id, timeId(untilMs)),
        isNotNull(logBlocks.timing),
      ),
    );
}

function floorHour(ms: number): number {
  return ms - (ms % HOUR_MS);
}

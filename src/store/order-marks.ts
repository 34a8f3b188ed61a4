/** How far the orders of each store and merchant were read, by the platform's own clock. */
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { orderMarks } from './schema.ts';

/** Epoch milliseconds; undefined before the first poll. */
export async function findOrderMark(
  db: Database,
  connectionId: string,
  account: string,
): Promise<number | undefined> {
  const [row] = await db
    .select({ markMs: orderMarks.markMs })
    .from(orderMarks)
    .where(and(eq(orderMarks.connectionId, connectionId), eq(orderMarks.account, account)));
  return row?.markMs;
}

/** Moves the mark on; never back, whatever order two polls end in. */
export async function saveOrderMark(
  db: Database,
  connectionId: string,
  account: string,
  markMs: number,
): Promise<void> {
  await db
    .insert(orderMarks)
    .values({ connectionId, account, markMs })
    .onConflictDoUpdate({
      target: [orderMarks.connectionId, orderMarks.account],
      set: { markMs },
      setWhere: sql`${orderMarks.markMs} < ${markMs}`,
    });
}

/** How far the lists of orders and refunds of each store and merchant were read, by the platform's own clock. */
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { orderMarks, refundMarks } from './order-schema.ts';

const MARKS = { orders: orderMarks, refunds: refundMarks } as const;
export type FeedList = keyof typeof MARKS;

/** Epoch milliseconds; undefined before the first poll. */
export async function findOrderMark(
  db: Database,
  connectionId: string,
  account: string,
  list: FeedList = 'orders',
): Promise<number | undefined> {
  const marks = MARKS[list];
  const [row] = await db
    .select({ markMs: marks.markMs })
    .from(marks)
    .where(and(eq(marks.connectionId, connectionId), eq(marks.account, account)));
  return row?.markMs;
}

/** Moves the mark on; never back, whatever order two polls end in. */
export async function saveOrderMark(
  db: Database,
  connectionId: string,
  account: string,
  markMs: number,
  list: FeedList = 'orders',
): Promise<void> {
  const marks = MARKS[list];
  await db
    .insert(marks)
    .values({ connectionId, account, markMs })
    .onConflictDoUpdate({
      target: [marks.connectionId, marks.account],
      set: { markMs },
      setWhere: sql`${marks.markMs} < ${markMs}`,
    });
}

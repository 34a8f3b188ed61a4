/** What is known of a connection's Clover merchants: what they say of themselves, and what their sales taught. */
import { and, eq, sql } from 'drizzle-orm';
import type { MerchantId } from '../domain/ids.ts';
import type { SaleMoment } from '../domain/stock/state.ts';
import type { Database } from '../ports.ts';
import type { CloverMerchant } from './connections.ts';
import { cloverMerchants, connections } from './schema.ts';

/** Two changes in one millisecond, or by two clocks, still differ: ledgers ignore what is not newer. */
export function laterThanBefore(nowMs: number) {
  return sql`max(${nowMs}, ${connections.updatedAtMs} + 1)`;
}

/**
 * Keeps what a merchant says of itself. A change makes the connection newer, so that ledgers take it for newer than
 * what they hold.
 */
export async function saveMerchantFacts(
  db: Database,
  connectionId: string,
  merchantId: MerchantId,
  facts: Pick<
    CloverMerchant,
    'name' | 'currency' | 'timeZone' | 'trackStock' | 'updateStock' | 'vat' | 'planCode'
  >,
  nowMs: number,
): Promise<void> {
  const { name, currency, timeZone, trackStock, updateStock, vat, planCode } = facts;
  const set = { name, currency, timeZone, trackStock, updateStock, vat, planCode };
  const changed = await db
    .update(cloverMerchants)
    .set(set)
    .where(
      and(
        eq(cloverMerchants.connectionId, connectionId),
        eq(cloverMerchants.merchantId, merchantId),
        sql`(${cloverMerchants.name}, ${cloverMerchants.currency}, ${cloverMerchants.timeZone},
          ${cloverMerchants.trackStock}, ${cloverMerchants.updateStock}, ${cloverMerchants.vat}, ${cloverMerchants.planCode})
          is not (${name}, ${currency}, ${timeZone}, ${Number(trackStock)}, ${Number(updateStock)}, ${Number(vat)}, ${planCode})`,
      ),
    )
    .returning({ merchantId: cloverMerchants.merchantId });
  if (changed.length === 0) return;
  await db
    .update(connections)
    .set({ updatedAtMs: laterThanBefore(nowMs) })
    .where(eq(connections.id, connectionId));
}

/** What the levels of a merchant have taught: when sales move them, and whether orders of ours do. */
export type Lesson = Readonly<{ saleMoment: SaleMoment }> | Readonly<{ apiOrdersMove: boolean }>;

/** Keeps what was learnt of a merchant's levels. */
export async function saveLesson(
  db: Database,
  connectionId: string,
  merchantId: string,
  lesson: Lesson,
  nowMs: number,
): Promise<void> {
  await db.batch([
    db
      .update(cloverMerchants)
      .set(lesson)
      .where(
        and(
          eq(cloverMerchants.connectionId, connectionId),
          eq(cloverMerchants.merchantId, merchantId),
        ),
      ),
    db
      .update(connections)
      .set({ updatedAtMs: laterThanBefore(nowMs) })
      .where(eq(connections.id, connectionId)),
  ]);
}

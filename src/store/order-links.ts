/** Order links: what became of each order on the other side. */
import { and, desc, eq, gte, sql } from 'drizzle-orm';
import type { Platform } from '../domain/ids.ts';
import type { Breakdown, PlanPayment } from '../domain/orders/push-plan.ts';
import type { Database } from '../ports.ts';
import { isOneOf } from './bulk.ts';
import { orderLinks } from './order-tables.ts';

export type OrderLinkStatus = 'pushed' | 'parked' | 'attention' | 'removed' | 'failed';

export interface OrderLink {
  readonly connectionId: string;
  /** Where the order was made. */
  readonly platform: Platform;
  readonly orderId: string;
  readonly merchantId: string | null;
  readonly otherId: string | null;
  readonly status: OrderLinkStatus;
  readonly reason: string | null;
  readonly fix: string | null;
  readonly currency: string;
  /** Minor units, as the other side was told. */
  readonly totalMinor: number;
  readonly taxMinor: number;
  /** null: nothing could be worked out yet. */
  readonly breakdown: Breakdown | null;
  readonly payments: readonly Pick<PlanPayment, 'method' | 'amountMinor'>[];
  /** Epoch milliseconds. */
  readonly soldAtMs: number;
  readonly updatedAtMs: number;
}

/** Stores the newest copy; an older one that comes late is dropped. */
export async function saveOrderLink(db: Database, link: OrderLink): Promise<void> {
  const { connectionId: _connection, platform: _platform, orderId: _order, ...facts } = link;
  await db
    .insert(orderLinks)
    .values(link)
    .onConflictDoUpdate({
      target: [orderLinks.connectionId, orderLinks.platform, orderLinks.orderId],
      set: facts,
      setWhere: sql`${orderLinks.updatedAtMs} <= ${link.updatedAtMs}`,
    });
}

export async function findOrderLink(
  db: Database,
  connectionId: string,
  platform: Platform,
  orderId: string,
): Promise<OrderLink | undefined> {
  const [row] = await db
    .select()
    .from(orderLinks)
    .where(
      and(
        eq(orderLinks.connectionId, connectionId),
        eq(orderLinks.platform, platform),
        eq(orderLinks.orderId, orderId),
      ),
    );
  return row;
}

export interface OrderLinkCursor {
  readonly soldAtMs: number;
  readonly orderId: string;
}

/** A page of orders, the latest sold first. */
export async function listOrderLinks(
  db: Database,
  connectionId: string,
  status: OrderLinkStatus | null,
  cursor: OrderLinkCursor | null,
  limit: number,
): Promise<{ items: OrderLink[]; nextCursor: OrderLinkCursor | null }> {
  const rows = await db
    .select()
    .from(orderLinks)
    .where(
      and(
        eq(orderLinks.connectionId, connectionId),
        status === null ? undefined : eq(orderLinks.status, status),
        cursor === null
          ? undefined
          : sql`(${orderLinks.soldAtMs}, ${orderLinks.orderId}) < (${cursor.soldAtMs}, ${cursor.orderId})`,
      ),
    )
    .orderBy(desc(orderLinks.soldAtMs), desc(orderLinks.orderId))
    .limit(limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items,
    nextCursor: hasMore ? { soldAtMs: last.soldAtMs, orderId: last.orderId } : null,
  };
}

/** Orders that wait for a mapping or ran out of attempts. */
export async function listWaitingOrders(
  db: Database,
  connectionId: string,
  limit: number,
): Promise<readonly Pick<OrderLink, 'platform' | 'orderId'>[]> {
  return db
    .select({ platform: orderLinks.platform, orderId: orderLinks.orderId })
    .from(orderLinks)
    .where(
      and(
        eq(orderLinks.connectionId, connectionId),
        // Written out, not bound: only a literal lets SQLite use the partial index.
        sql`status in ('parked', 'failed')`,
      ),
    )
    .limit(limit);
}

/** Links of the orders that were sold in a span of time. */
export async function orderLinksSold(
  db: Database,
  connectionId: string,
  fromMs: number,
  untilMs: number,
): Promise<OrderLink[]> {
  return db
    .select()
    .from(orderLinks)
    .where(
      and(
        eq(orderLinks.connectionId, connectionId),
        sql`${orderLinks.soldAtMs} >= ${fromMs}`,
        sql`${orderLinks.soldAtMs} < ${untilMs}`,
      ),
    );
}

/** Links by the register's orders. */
export async function orderLinksByOther(
  db: Database,
  connectionId: string,
  otherIds: readonly string[],
): Promise<OrderLink[]> {
  return db
    .select()
    .from(orderLinks)
    .where(and(eq(orderLinks.connectionId, connectionId), isOneOf(orderLinks.otherId, otherIds)));
}

/** Orders sold since then, by where they were made and what became of them. */
export function countOrders(
  db: Database,
  connectionId: string,
  sinceMs: number,
): Promise<{ platform: Platform; status: OrderLinkStatus; orders: number }[]> {
  return db
    .select({
      platform: orderLinks.platform,
      status: orderLinks.status,
      orders: sql<number>`count(*)`,
    })
    .from(orderLinks)
    .where(and(eq(orderLinks.connectionId, connectionId), gte(orderLinks.soldAtMs, sinceMs)))
    .groupBy(orderLinks.platform, orderLinks.status);
}

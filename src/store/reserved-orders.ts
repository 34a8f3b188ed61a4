/** Which ledgers hold units for which web order (S6). */
import { and, asc, eq, gt } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { isOneOf } from './bulk.ts';
import { reservedOrders } from './order-schema.ts';

/** Ids of the links that hold units for the order. */
export async function reservedLinks(
  db: Database,
  connectionId: string,
  orderId: string,
): Promise<string[]> {
  const rows = await db
    .select({ linkId: reservedOrders.linkId })
    .from(reservedOrders)
    .where(ofOrder(connectionId, orderId));
  return rows.map(({ linkId }) => linkId);
}

/** Remembers that these links hold units for the order, before they do: a crash in between costs one call more. */
export async function addReservedLinks(
  db: Database,
  connectionId: string,
  orderId: string,
  linkIds: readonly string[],
): Promise<void> {
  if (linkIds.length === 0) return;
  const rows = linkIds.map((linkId) => ({ connectionId, orderId, linkId }));
  await db.insert(reservedOrders).values(rows).onConflictDoNothing();
}

/** Forgets links that hold nothing for the order any more; call it when their ledgers were told. */
export async function removeReservedLinks(
  db: Database,
  connectionId: string,
  orderId: string,
  linkIds: readonly string[],
): Promise<void> {
  if (linkIds.length === 0) return;
  await db
    .delete(reservedOrders)
    .where(and(ofOrder(connectionId, orderId), isOneOf(reservedOrders.linkId, linkIds)));
}

/** A page of the orders that hold units, by id. */
export async function listReservedOrders(
  db: Database,
  connectionId: string,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectDistinct({ orderId: reservedOrders.orderId })
    .from(reservedOrders)
    .where(and(eq(reservedOrders.connectionId, connectionId), gt(reservedOrders.orderId, after)))
    .orderBy(asc(reservedOrders.orderId))
    .limit(limit);
  return rows.map(({ orderId }) => orderId);
}

function ofOrder(connectionId: string, orderId: string) {
  return and(eq(reservedOrders.connectionId, connectionId), eq(reservedOrders.orderId, orderId));
}

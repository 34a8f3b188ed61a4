/** What the status of a web order makes of its lines: sold, promised or over (S6). Status ids: bigcommerce.md 7.3. */
import type { Sale } from './api.ts';

/** When BigCommerce takes stock for an order, by the store's inventory settings (bigcommerce.md 6.5). */
export type TakesStock = 'order_placed' | 'order_completed_or_shipped';

/** What decides whether orders are reserved. */
export interface ReservationPolicy {
  readonly reserveStatusIds: readonly number[];
  readonly takesStock: TakesStock;
}

/** Incomplete, cancelled, declined: no stock was taken for them, or it was given back. */
const UNSOLD: ReadonlySet<number> = new Set([0, 5, 6]);
const REFUNDED = 4;
/** Shipped and completed: what takes stock when placing an order does not. */
const SHIPPED: ReadonlySet<number> = new Set([2, 10]);

/** Whether any order can be reserved. */
export function reservesOrders({ reserveStatusIds, takesStock }: ReservationPolicy): boolean {
  return reserveStatusIds.length > 0 || takesStock === 'order_completed_or_shipped';
}

/**
 * How the lines of an order in this status stand. A status that the merchant chose is promised whatever it is; where
 * BigCommerce takes stock only on shipment, so is every open order.
 */
export function standingOf(
  order: { readonly statusId: number; readonly isDeleted: boolean },
  policy: ReservationPolicy,
): NonNullable<Sale['standing']> {
  const { statusId, isDeleted } = order;
  if (isDeleted) return 'over';
  if (policy.reserveStatusIds.includes(statusId)) return 'promised';
  if (UNSOLD.has(statusId)) return 'over';
  if (policy.takesStock === 'order_placed') {
    return statusId === REFUNDED && reservesOrders(policy) ? 'over' : 'sold';
  }
  if (SHIPPED.has(statusId)) return 'sold';
  return statusId === REFUNDED ? 'over' : 'promised';
}

/** Whether the web's level falls as an order comes to this status, not only when it ships. */
export function takesAtOnce(statusId: number, { takesStock }: ReservationPolicy): boolean {
  return takesStock === 'order_placed' && !UNSOLD.has(statusId);
}

/** What one read of a web order says of all its lines. */
export type StandingFacts = Pick<
  Sale,
  'soldAtMs' | 'standing' | 'takesAtOnce' | 'readAtMs' | 'modifiedAtMs'
>;

/** A web order as one read showed it: times are epoch milliseconds. */
export interface ReadOrder {
  readonly statusId: number;
  readonly createdAtMs: number;
  /** null: the platform told none. */
  readonly modifiedAtMs: number | null;
  /** Set as it came to Shipped; null: it did not, or the platform told none. */
  readonly shippedAtMs: number | null;
  readonly readStartedAtMs: number;
}

/** What all lines of a web order share. Reads are ordered where anything is or may be reserved (`isHeld`: something is). */
export function factsOf(
  order: ReadOrder,
  policy: ReservationPolicy,
  standing: NonNullable<Sale['standing']>,
  isHeld: boolean,
): StandingFacts {
  const isOnShipment = policy.takesStock === 'order_completed_or_shipped';
  // Completed without being shipped: its last change was that one.
  const goneAtMs = order.shippedAtMs ?? order.modifiedAtMs;
  const soldAtMs = isOnShipment && standing === 'sold' ? goneAtMs : order.createdAtMs;
  if (!reservesOrders(policy) && !isHeld) return { soldAtMs };
  return {
    soldAtMs,
    standing,
    takesAtOnce: takesAtOnce(order.statusId, policy),
    readAtMs: order.readStartedAtMs,
    modifiedAtMs: order.modifiedAtMs ?? 0,
  };
}

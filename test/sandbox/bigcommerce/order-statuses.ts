/**
 * The fifteen order statuses, their place in lists and their texts (bigcommerce.md 7.3,
 * orders.v2.oas2.yml).
 */
export interface OrderStatus {
  id: number;
  name: string;
  description: string;
  sortOrder: number;
}

export const INCOMPLETE = 0;
export const REFUNDED = 4;
export const CANCELLED = 5;
export const DECLINED = 6;
export const AWAITING_FULFILLMENT = 11;
export const PARTIALLY_REFUNDED = 14;

const rows: readonly [number, string, number, string][] = [
  [0, 'Incomplete', 0, 'A shopper reached the payment page, but did not complete the transaction.'],
  [1, 'Pending', 1, 'Customer started the checkout process, but did not complete it.'],
  [2, 'Shipped', 8, 'Order has been shipped, but receipt has not been confirmed.'],
  [3, 'Partially Shipped', 6, 'Only some items in the order have been shipped.'],
  [4, 'Refunded', 11, 'Seller has used the Refund action.'],
  [5, 'Cancelled', 9, 'Seller has cancelled an order.'],
  [6, 'Declined', 10, 'Seller has marked the order as declined.'],
  [7, 'Awaiting Payment', 2, 'Payment has yet to be confirmed.'],
  [8, 'Awaiting Pickup', 5, 'Order is awaiting customer pickup.'],
  [9, 'Awaiting Shipment', 4, 'Order is awaiting collection from a shipping provider.'],
  [10, 'Completed', 7, 'Client has paid and received the order.'],
  [11, 'Awaiting Fulfillment', 3, 'Payment has been confirmed.'],
  [12, 'Manual Verification Required', 13, 'Order is on hold until something is confirmed.'],
  [13, 'Disputed', 12, 'Customer has initiated a dispute resolution process.'],
  [14, 'Partially Refunded', 14, 'Seller has partially refunded the order.'],
];

export const ORDER_STATUSES: readonly OrderStatus[] = rows.map(
  ([id, name, sortOrder, description]) => ({ id, name, sortOrder, description }),
);

export function statusName(statusId: number): string {
  const status = ORDER_STATUSES.find((one) => one.id === statusId);
  if (status === undefined) throw new Error(`No order status ${statusId}`);
  return status.name;
}

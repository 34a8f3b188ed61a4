/** What BigCommerce holds of sales in store. */
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { orderTotals } from '../sandbox/bigcommerce/order-money.ts';

export interface BookedOrder {
  readonly orderId: number;
  readonly statusId: number;
  /** With tax, decimal text. */
  readonly total: string;
  readonly channelType: string;
  readonly isDeleted: boolean;
  readonly lines: readonly { readonly variantId: number; readonly quantity: number }[];
  readonly fees: readonly { readonly name: string; readonly amount: number }[];
  readonly refunds: readonly {
    readonly total: number;
    readonly tax: number;
    readonly items: readonly { readonly type: string; readonly quantity: number }[];
  }[];
}

/** The orders of one sale at the register, oldest first. Amounts of refunds and fees in cents. */
export function bookedOrders(
  stage: Stage,
  { hash, merchantId }: Pick<Shop, 'hash' | 'merchantId'>,
  saleId: string,
): BookedOrder[] {
  const store = stage.bigcommerce.state.stores[hash];
  if (store === undefined) throw new Error(`no store ${hash}`);
  return Object.values(store.orders)
    .filter(({ externalOrderId }) => externalOrderId === `clover:${merchantId}:${saleId}`)
    .map((order) => ({
      orderId: order.id,
      statusId: order.statusId,
      total: (orderTotals(store, order).total_inc_tax / 10_000).toFixed(2),
      channelType: store.channels[order.channelId]?.type ?? '',
      isDeleted: order.isDeleted,
      lines: order.lines.map(({ variantId, quantity }) => ({ variantId, quantity })),
      fees: order.fees.map(({ name, incTax }) => ({ name, amount: incTax / 100 })),
      refunds: order.refunds.map(({ total, tax, items }) => ({
        total: total / 100,
        tax: tax / 100,
        items: items.map(({ type, quantity }) => ({ type, quantity })),
      })),
    }));
}

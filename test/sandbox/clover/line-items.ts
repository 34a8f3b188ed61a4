/** Line items: clover.md section 5.2. No quantity: three units are three lines. */
import { notFound } from './errors.ts';
import { byNumber, byText, many, ref } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Call, Operation } from './serve.ts';
import { find, pick } from './store.ts';
import type {
  DiscountRow,
  LineItemRow,
  LineTaxRow,
  ModificationRow,
  OrderRow,
  ServiceChargeRow,
} from './types.ts';

const lineTaxRates: Resource<LineTaxRow> = { wire: (rate) => ({ ...rate }) };

/** Of an order or of a line. */
export const discounts: Resource<DiscountRow> = { wire: (discount) => ({ ...discount }) };

export const serviceCharges: Resource<ServiceChargeRow> = {
  wire: ({ id, name, enabled, percentageDecimal }) => ({ id, name, enabled, percentageDecimal }),
};

export const modifications: Resource<ModificationRow> = {
  wire: ({ id, name, amount, modifierId }) => ({ id, name, amount, modifier: { id: modifierId } }),
};

export const lineItems: Resource<LineItemRow> = {
  wire: (row, view) => ({
    id: row.id,
    orderRef: { href: `${view.base}/orders/${row.orderId}`, id: row.orderId },
    item: ref(row.itemId),
    name: row.name,
    price: row.price,
    unitQty: row.unitQty,
    unitName: row.unitName,
    itemCode: row.itemCode,
    alternateName: row.alternateName,
    note: row.note,
    binName: row.binName,
    userData: row.userData,
    printed: row.printed,
    createdTime: row.createdTime,
    orderClientCreatedTime: row.createdTime,
    exchanged: false,
    refunded: row.refunded,
    refund: ref(row.refundId),
    isRevenue: row.isRevenue,
  }),
  relations: {
    taxRates: many(lineTaxRates, (row) => row.taxRates),
    discounts: many(discounts, (row) => row.discounts),
    modifications: many(modifications, (row) => row.modifications),
  },
  emptyExpands: ['employee', 'orderType', 'payments'],
  sorts: { id: byText((row) => row.id), createdTime: byNumber((row) => row.createdTime) },
};

/** The order a path names, at the instant the call sees. */
export function orderOf(call: Call): OrderRow {
  const row = find(call.view.tables.orders, param(call, 'orderId'), call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound('Order');
  return row;
}

export const lineItemOperations: Operation[] = [
  listOperation(
    '/orders/:orderId/line_items',
    'ORDERS_R',
    lineItems,
    (call) => pick(call.view.tables.lineItems, orderOf(call).lineItemIds, call.view.asOf),
    true,
  ),
  getOperation('/orders/:orderId/line_items/:lineItemId', 'ORDERS_R', lineItems, (call) => {
    const id = param(call, 'lineItemId');
    const row = find(call.view.tables.lineItems, id, call.view.asOf);
    if (row === null || !orderOf(call).lineItemIds.includes(id)) throw notFound('Line item');
    return row;
  }),
];

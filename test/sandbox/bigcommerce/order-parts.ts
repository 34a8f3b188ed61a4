/** Parts of an order with money in them: coupons, taxes, and the V3 transactions (bigcommerce.md 7, 8, 10). */
import { iso } from './clock.ts';
import { data, nothing } from './errors.ts';
import { moneyNumber, moneyText } from './money.ts';
import { taxRows } from './order-money.ts';
import type { TaxRow } from './order-money.ts';
import { providerId } from './order-payment.ts';
import { orderOf } from './orders.ts';
import { pageV2, PAGING_FILTERS } from './paging.ts';
import { flag } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Order, Transaction } from './state.ts';

type Row = Record<string, unknown>;

function coupons(call: Call): Response {
  const order = orderOf(call);
  return pageV2(call, order.coupons, (coupon) => ({
    id: coupon.id,
    coupon_id: coupon.couponId,
    order_id: order.id,
    code: coupon.code,
    amount: moneyText(coupon.amount),
    type: coupon.type,
    discount: moneyNumber(coupon.discount),
  }));
}

/** Without details one row tells each rate's sum, with them one each thing's share. */
function taxes(call: Call): Response {
  const order = orderOf(call);
  const details = flag(call, 'details') ?? false;
  const rows = taxRows(call.store, order);
  const shown = details ? rows : sumByRate(rows);
  const wide = [...shown.entries()];
  return pageV2(call, wide, ([index, row]) => taxView(order, row, index, details, rows));
}

function sumByRate(rows: readonly TaxRow[]): TaxRow[] {
  const sums = new Map<number, TaxRow>();
  for (const row of rows) {
    const sum = sums.get(row.rate.id);
    sums.set(row.rate.id, sum === undefined ? row : { ...sum, amount: sum.amount + row.amount });
  }
  return [...sums.values()];
}

function taxView(
  order: Order,
  row: TaxRow,
  index: number,
  details: boolean,
  all: readonly TaxRow[],
): Row {
  const { rate } = row;
  const sum = all
    .filter((one) => one.rate.id === rate.id)
    .reduce((total, one) => total + one.amount, 0);
  return {
    id: order.id * 100 + index,
    order_id: order.id,
    order_address_id: order.shippingAddresses[0]?.id ?? 0,
    tax_rate_id: rate.id,
    sales_tax_id: '',
    tax_class_id: rate.classId,
    name: rate.name,
    class: rate.className,
    rate: moneyText(rate.milliPercent * 10),
    priority: 0,
    priority_amount: moneyText(sum),
    line_amount: moneyText(row.amount),
    order_pickup_method_id: 0,
    ...(details
      ? {
          order_product_id: row.lineId === null ? '' : String(row.lineId),
          line_item_type: row.type,
        }
      : {}),
  };
}

/** 204 when no money moved (8). */
function transactions(call: Call): Response {
  const order = orderOf(call);
  if (order.transactions.length === 0) return nothing();
  return data(order.transactions.map((transaction) => transactionView(order, transaction)));
}

function transactionView(order: Order, transaction: Transaction): Row {
  const { method, name, amount, referenceId } = transaction;
  return {
    id: transaction.id,
    order_id: String(order.id),
    event: transaction.event,
    method,
    amount: moneyNumber(amount),
    currency: order.currencyCode,
    gateway: transaction.gateway,
    gateway_transaction_id: providerId(transaction),
    date_created: iso(transaction.atMs),
    test: false,
    status: transaction.status,
    fraud_review: false,
    payment_method_id: `${transaction.gateway}.${method}`,
    ...(referenceId === null ? {} : { reference_transaction_id: referenceId }),
    ...(method === 'offline' ? { offline: { display_name: name } } : {}),
    ...(method === 'custom' ? { custom: { payment_method: name } } : {}),
  };
}

const order = '/orders/:order{[0-9]+}';
const readV2 = { method: 'GET', version: 'v2', scopes: reading('store_v2_orders') } as const;

export const orderPartRoutes: readonly Route[] = [
  { ...readV2, path: `${order}/coupons`, query: PAGING_FILTERS, handle: coupons },
  { ...readV2, path: `${order}/taxes`, query: [...PAGING_FILTERS, 'details'], handle: taxes },
  {
    method: 'GET',
    version: 'v3',
    path: `${order}/transactions`,
    scopes: reading('store_v2_transactions'),
    handle: transactions,
  },
];

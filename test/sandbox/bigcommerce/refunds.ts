/** Refund quotes, refunds and their feed under /v3/orders (orders.v3.yml, bigcommerce.md 8). */
import { iso } from './clock.ts';
import { created, data, Refusal, refuse422, STATUS_CODES_V3 } from './errors.ts';
import { moneyNumber, moneyText, parseMoney } from './money.ts';
import { orderOf } from './orders.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { date, integers, words } from './query.ts';
import { quoteRefund, refundOrder } from './refund-model.ts';
import type { AskedItem, AskedPayment, Quote } from './refund-model.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Order, Refund, RefundItemType } from './state.ts';

type Fields = Record<string, unknown>;

const LIMIT_MAX = 250;
const COUNTED: readonly string[] = ['PRODUCT', 'GIFT_WRAPPING'];
const COSTS: readonly string[] = ['ORDER', 'SHIPPING', 'HANDLING', 'FEE'];

function objectOf(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse422(`${at} is not an object.`);
  }
  return value as Fields;
}

function refuseOthers(fields: Fields, known: readonly string[], at: string): void {
  const other = Object.keys(fields).find((name) => !known.includes(name));
  if (other !== undefined) throw refuse422(`${at} has no field '${other}'.`);
}

function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse422(`${name} is invalid.`);
  return value;
}

function moneyOf(fields: Fields, name: string): number {
  return parseMoney(numberOf(fields, name)) ?? 0;
}

function itemOf(value: unknown): AskedItem {
  const fields = objectOf(value, 'items');
  const { item_type: type, reason = '', adjustments = [] } = fields;
  if (typeof type !== 'string' || ![...COUNTED, ...COSTS].includes(type)) {
    throw refuse422('item_type is invalid.');
  }
  const isCounted = COUNTED.includes(type);
  const known = words('item_type item_id reason');
  refuseOthers(
    fields,
    [...known, ...(isCounted ? words('quantity adjustments') : ['amount'])],
    type,
  );
  if (typeof reason !== 'string' || !Array.isArray(adjustments)) throw refuse422('Invalid item.');
  const quantity = isCounted ? numberOf(fields, 'quantity') : 0;
  const itemId = numberOf(fields, 'item_id');
  if (!Number.isSafeInteger(quantity) || !Number.isSafeInteger(itemId)) {
    throw refuse422('quantity and item_id are whole numbers.');
  }
  return {
    type: type as RefundItemType,
    itemId,
    reason,
    quantity,
    amount: isCounted ? 0 : moneyOf(fields, 'amount'),
    adjustments: adjustments.map((one: unknown) => {
      const adjustment = objectOf(one, 'adjustments');
      const { description = '' } = adjustment;
      return { amount: moneyOf(adjustment, 'amount'), description: String(description) };
    }),
  };
}

function itemsOf(body: Fields): AskedItem[] {
  if (body['tax_adjustment_amount'] !== undefined) {
    throw new Refusal(501, 'The sandbox does not serve tax adjustments yet.');
  }
  const { items } = body;
  if (!Array.isArray(items) || items.length === 0) throw refuse422('items is required.');
  return items.map(itemOf);
}

function paymentsOf(body: Fields): AskedPayment[] {
  const { payments } = body;
  if (!Array.isArray(payments) || payments.length === 0) throw refuse422('payments is required.');
  return payments.map((value: unknown) => {
    const fields = objectOf(value, 'payments');
    refuseOthers(fields, words('provider_id amount offline'), 'payments');
    const { provider_id: providerId, offline = false } = fields;
    if (typeof providerId !== 'string' || typeof offline !== 'boolean') {
      throw refuse422('payments are invalid.');
    }
    return { providerId, amount: moneyOf(fields, 'amount'), offline };
  });
}

function quote(call: Call): Response {
  const order = orderOf(call);
  const body = objectOf(call.body, 'The body');
  refuseOthers(body, words('items tax_adjustment_amount'), 'The body');
  return created(quoteView(order, quoteRefund(call.platform, call.store, order, itemsOf(body))));
}

function quoteView(order: Order, found: Quote) {
  return {
    order_id: order.id,
    total_refund_amount: moneyNumber(found.total),
    total_refund_tax_amount: moneyNumber(found.tax),
    order_level_refund_amount: moneyNumber(found.orderLevel),
    rounding: 0,
    adjustment: moneyNumber(found.adjustment),
    tax_inclusive: order.isTaxInclusive,
    refund_methods: found.methods.map((method) =>
      method.map((payment) => ({
        provider_id: payment.providerId,
        provider_description: payment.description,
        amount: moneyNumber(payment.amount),
        offline: payment.offline,
        offline_provider: payment.offline,
        offline_reason: payment.offlineReason,
      })),
    ),
  };
}

function create(call: Call): Response {
  const order = orderOf(call);
  try {
    const body = objectOf(call.body, 'The body');
    refuseOthers(body, words('items payments merchant_calculated_override'), 'The body');
    const { merchant_calculated_override: given } = body;
    const override = given === undefined ? undefined : objectOf(given, 'override');
    const { platform, store } = call;
    const sums = override && {
      total: moneyOf(override, 'total_amount'),
      tax: moneyOf(override, 'total_tax'),
    };
    const refund = refundOrder(platform, store, order, itemsOf(body), paymentsOf(body), sums);
    return created(refundView(order, refund));
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 422) throw error;
    // This one endpoint lists its errors under `data`.
    const problem = { status: 422, title: error.message, type: STATUS_CODES_V3 };
    return new Response(JSON.stringify({ data: [problem] }), {
      status: 422,
      headers: { 'content-type': 'application/json' },
    });
  }
}

function refundView(order: Order, refund: Refund, isSingle = false) {
  const requested = isSingle ? moneyText : moneyNumber;
  return {
    id: refund.id,
    order_id: order.id,
    user_id: 0,
    created: iso(refund.atMs),
    reason: '',
    total_amount: moneyNumber(refund.total),
    total_tax: moneyNumber(refund.tax),
    uses_merchant_override_values: refund.isOverride,
    items: refund.items.map((item) => ({
      item_type: item.type,
      item_id: item.itemId,
      reason: item.reason,
      quantity: item.quantity,
      requested_amount: requested(item.requested),
      ...(isSingle
        ? {}
        : {
            adjustments: item.adjustments.map((one) => ({
              amount: moneyNumber(one.amount),
              description: one.description,
            })),
          }),
    })),
    payments: refund.payments.map((payment) => ({
      id: payment.id,
      provider_id: payment.providerId,
      amount: moneyNumber(payment.amount),
      offline: payment.offline,
      is_declined: false,
      declined_message: '',
      ...(isSingle ? {} : { transaction_id: String(payment.transactionId) }),
    })),
  };
}

function listOfOrder(call: Call): Response {
  const order = orderOf(call);
  return data(order.refunds.map((refund) => refundView(order, refund)));
}

interface Found {
  order: Order;
  refund: Refund;
}

const allRefunds = (call: Call): Found[] =>
  Object.values(call.store.orders)
    .flatMap((order) => order.refunds.map((refund) => ({ order, refund })))
    .toSorted((a, b) => a.refund.id - b.refund.id);

/** The feed of refunds, oldest first; both bounds are inclusive. */
function feed(call: Call): Response {
  const orderIds = integers(call, 'order_id:in');
  const ids = integers(call, 'id:in');
  const least = date(call, 'created:min') ?? 0;
  const most = date(call, 'created:max') ?? Number.POSITIVE_INFINITY;
  const rows = allRefunds(call).filter(
    ({ order, refund }) =>
      refund.atMs >= Math.floor(least / 1000) * 1000 &&
      refund.atMs <= most &&
      (ids === undefined || ids.includes(refund.id)) &&
      (orderIds === undefined || orderIds.includes(order.id)),
  );
  return pageV3(call, rows, ({ order, refund }) => refundView(order, refund), {
    limitMax: LIMIT_MAX,
  });
}

function readOne(call: Call): Response {
  const found = allRefunds(call).find(({ refund }) => refund.id === call.id('refund'));
  if (found === undefined) throw new Refusal(404, 'The requested resource was not found.');
  return data(refundView(found.order, found.refund, true));
}

const payments = '/orders/:order{[0-9]+}/payment_actions';
const all = '/orders/payment_actions/refunds';
const scopes = ['store_v2_orders', 'store_v2_transactions'];
const read = { method: 'GET', version: 'v3', scopes: scopes.flatMap(reading) } as const;
const write = { method: 'POST', version: 'v3', scopes } as const;

export const refundRoutes: readonly Route[] = [
  { ...write, path: `${payments}/refund_quotes`, handle: quote },
  { ...write, path: `${payments}/refunds`, handle: create },
  { ...read, path: `${payments}/refunds`, handle: listOfOrder },
  {
    ...read,
    path: all,
    query: [...PAGING_FILTERS, 'order_id:in', 'id:in', 'created:min', 'created:max'],
    handle: feed,
  },
  { ...read, path: `${all}/:refund{[0-9]+}`, handle: readOne },
];

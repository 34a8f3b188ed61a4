/**
 * /v2/orders with count, products, addresses, coupons, consignments, and /v2/order_statuses
 * (bigcommerce.md 7).
 */
import { nothing, ok, Refusal } from './errors.ts';
import { readNewOrder, readOrderChange } from './order-input.ts';
import {
  archiveOrder,
  editLines,
  enterOrder,
  OutOfStock,
  setOrderStatus,
  touchOrder,
} from './order-model.ts';
import type { Shortage } from './order-stock.ts';
import { ORDER_STATUSES } from './order-statuses.ts';
import { linesMoney, orderTotals } from './order-money.ts';
import { addressView, lineView, orderView } from './order-view.ts';
import type { OrderIncludes } from './order-view.ts';
import { pageV2, PAGING_FILTERS } from './paging.ts';
import { badFilter, date, integer, number, text, texts, words } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Order } from './state.ts';

type Test = (order: Order) => boolean;

/** `min_` and `max_` bounds, both inclusive. */
function bounds(
  name: string,
  read: (name: string) => number | undefined,
  of: (order: Order) => number,
): Test[] {
  const least = read(`min_${name}`);
  const most = read(`max_${name}`);
  return [
    ...(least === undefined ? [] : [(order: Order) => of(order) >= least]),
    ...(most === undefined ? [] : [(order: Order) => of(order) <= most]),
  ];
}

function same<Value>(value: Value | undefined, of: (order: Order) => Value): Test[] {
  return value === undefined ? [] : [(order: Order) => of(order) === value];
}

function matching(call: Call): Order[] {
  const { store, platform } = call;
  // Dates of orders have whole seconds, so a bound within a second includes it.
  const second = (name: string) => {
    const atMs = date(call, name);
    return atMs === undefined ? undefined : Math.floor(atMs / 1000) * 1000;
  };
  const tests = [
    ...bounds(
      'id',
      (name) => integer(call, name),
      (order) => order.id,
    ),
    ...bounds(
      'total',
      (name) => number(call, name),
      (order) => orderTotals(store, order).total_inc_tax / 10_000,
    ),
    ...bounds('date_created', second, (order) => order.createdAtMs),
    ...bounds('date_modified', second, (order) => order.modifiedAtMs),
    ...same(integer(call, 'customer_id'), (order) => order.customerId),
    ...same(integer(call, 'status_id'), (order) => order.statusId),
    ...same(integer(call, 'channel_id'), (order) => order.channelId),
    ...same(text(call, 'cart_id'), (order) => order.cartId),
    ...same(text(call, 'payment_method'), (order) => order.paymentMethod),
    ...same(text(call, 'external_order_id'), (order) => order.externalOrderId),
    ...same(text(call, 'email')?.toLowerCase(), (order) =>
      order.billingAddress.email.toLowerCase(),
    ),
  ];
  return Object.values(store.orders).filter(
    (order) =>
      (platform.switches.listArchivedOrders || !order.isDeleted) &&
      tests.every((test) => test(order)),
  );
}

const SORTS: Record<string, (order: Order) => number | string> = {
  id: (order) => order.id,
  customer_id: (order) => order.customerId,
  date_created: (order) => order.createdAtMs,
  date_modified: (order) => order.modifiedAtMs,
  status_id: (order) => order.statusId,
  channel_id: (order) => order.channelId,
};

/** `field` or `field:asc|desc`; by id when left open, and so are equal keys (7.1). */
function sorted(call: Call, orders: Order[]): Order[] {
  const [name = 'id', direction = 'asc', ...rest] = (text(call, 'sort') ?? 'id').split(':');
  const key = SORTS[name];
  if (key === undefined || !['asc', 'desc'].includes(direction) || rest.length > 0) {
    throw badFilter(call, 'sort');
  }
  const sign = direction === 'desc' ? -1 : 1;
  return orders.toSorted((a, b) => {
    if (key(a) === key(b)) return a.id - b.id;
    return key(a) < key(b) ? -sign : sign;
  });
}

function includesOf(call: Call): OrderIncludes {
  const names = texts(call, 'include') ?? [];
  const known = ['consignments', 'consignments.line_items', 'fees'];
  if (names.some((name) => !known.includes(name))) throw badFilter(call, 'include');
  const consignments = names.some((name) => name.startsWith('consignments'));
  const structure = text(call, 'consignment_structure');
  if (structure !== undefined && structure !== 'object') {
    throw badFilter(call, 'consignment_structure');
  }
  // The spec wants the parameter with these includes; what comes without it is not a supported
  // structure.
  if (consignments && structure === undefined) throw badFilter(call, 'consignment_structure');
  return {
    consignments,
    lineItems: names.includes('consignments.line_items'),
    fees: names.includes('fees'),
  };
}

export function orderOf(call: Call): Order {
  const order = call.store.orders[call.id('order')];
  if (order === undefined) throw new Refusal(404, 'The requested resource was not found.');
  return order;
}

const view = (call: Call, order: Order) => ok(orderView(call.store, order, includesOf(call)));

function list(call: Call): Response {
  const includes = includesOf(call);
  return pageV2(call, sorted(call, matching(call)), (order) =>
    orderView(call.store, order, includes),
  );
}

const statusView = (status: (typeof ORDER_STATUSES)[number]) => ({
  id: status.id,
  name: status.name,
  system_label: status.name,
  custom_label: status.name,
  system_description: status.description,
});

function count(call: Call): Response {
  const orders = matching(call);
  const statuses = ORDER_STATUSES.toSorted((a, b) => a.sortOrder - b.sortOrder).map((status) => ({
    ...statusView(status),
    count: orders.filter((order) => order.statusId === status.id).length,
    sort_order: status.sortOrder,
  }));
  return ok({ statuses, count: orders.length });
}

/** The documented 409: the whole order is refused, and nothing moved (7.4). */
function outOfStock(shortages: readonly Shortage[], channelId: number): Refusal {
  const errors = shortages.map(({ variantId, locationId, available }) => ({
    type: 'OutOfStock',
    message:
      `Insufficient stock of variant(id: ${variantId}), available stock: ${available}, ` +
      `order(id: ), channel(id: ${channelId}), location(id: ${locationId}).`,
    variant_id: variantId,
    location_id: locationId,
    available_quantity: available,
    available_quantity_for_backorder: 0,
  }));
  const message =
    'Quantities of one or more products are out of stock or did not meet quantity requirements.';
  return new Refusal(409, message, { details: { errors } });
}

function refusingShortage<Value>(order: Order, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (error instanceof OutOfStock) throw outOfStock(error.shortages, order.channelId);
    throw error;
  }
}

function create(call: Call): Response {
  const draft = readNewOrder(call);
  includesOf(call);
  return refusingShortage(draft, () => view(call, enterOrder(call.platform, call.store, draft)));
}

function update(call: Call): Response {
  const { platform, store } = call;
  const order = orderOf(call);
  const { fields, lines, statusId, archives } = readOrderChange(call, order);
  if (lines !== undefined) {
    refusingShortage(order, () => editLines(platform, store, order, lines));
  }
  if (lines !== undefined || Object.keys(fields).length > 0) {
    Object.assign(order, fields);
    touchOrder(platform, store, order);
  }
  if (statusId !== undefined) setOrderStatus(platform, store, order, statusId);
  if (archives) archiveOrder(platform, store, order);
  return view(call, order);
}

function archive(call: Call): Response {
  archiveOrder(call.platform, call.store, orderOf(call));
  return nothing();
}

function listLines(call: Call): Response {
  const order = orderOf(call);
  return pageV2(call, linesMoney(call.store, order), (money) => lineView(order, money));
}

function listAddresses(call: Call): Response {
  const order = orderOf(call);
  return pageV2(call, [...order.shippingAddresses.keys()], (index) =>
    addressView(call.store, order, index),
  );
}

function readStatus(call: Call): Response {
  const status = ORDER_STATUSES.find((one) => one.id === call.id('status'));
  if (status === undefined) throw new Refusal(404, 'The requested resource was not found.');
  return ok(statusView(status));
}

const range = (name: string) => [`min_${name}`, `max_${name}`];
const FILTERS = [
  ...['id', 'total', 'date_created', 'date_modified'].flatMap(range),
  ...words('customer_id email status_id cart_id payment_method channel_id external_order_id'),
];
const SHAPE = ['include', 'consignment_structure'];

const scopes = reading('store_v2_orders');
const read = { method: 'GET', version: 'v2', scopes } as const;
const write = { version: 'v2', scopes: ['store_v2_orders'] } as const;
const order = '/orders/:order{[0-9]+}';

export const orderRoutes: readonly Route[] = [
  {
    ...read,
    path: '/orders',
    query: [...PAGING_FILTERS, ...FILTERS, ...SHAPE, 'sort'],
    handle: list,
  },
  { ...write, method: 'POST', path: '/orders', query: SHAPE, handle: create },
  { ...read, path: '/orders/count', query: FILTERS, handle: count },
  { ...read, path: order, query: SHAPE, handle: (call) => view(call, orderOf(call)) },
  { ...write, method: 'PUT', path: order, handle: update },
  { ...write, method: 'DELETE', path: order, handle: archive },
  { ...read, path: `${order}/products`, query: PAGING_FILTERS, handle: listLines },
  { ...read, path: `${order}/shipping_addresses`, query: PAGING_FILTERS, handle: listAddresses },
  { ...read, path: '/order_statuses', handle: () => ok(ORDER_STATUSES.map(statusView)) },
  { ...read, path: '/order_statuses/:status{[0-9]+}', handle: readStatus },
];

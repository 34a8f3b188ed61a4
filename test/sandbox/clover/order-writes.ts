/** Orders made, changed and deleted over the API: clover.md section 5.3 (a). */
import { badRequest } from './errors.ts';
import { flag, integer, listOf, oneOf, readFields, reference, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { linesOf, openOrder, restock, retotal, saveOrder } from './order-book.ts';
import { orderOf } from './line-items.ts';
import { orders } from './orders.ts';
import { nowMs } from './platform.ts';
import { show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { find, pick, PRIMARY, put } from './store.ts';
import { emit } from './webhooks.ts';
import type { OrderRow } from './types.ts';

interface OrderBody {
  state: 'open' | 'Open' | 'OPEN' | 'locked';
  title: string;
  note: string;
  taxRemoved: boolean;
  testMode: boolean;
  manualTransaction: boolean;
  groupLineItems: boolean;
  orderType: { id: string };
  total: number;
  currency: string;
  employee: { id: string };
  externalReferenceId: string;
  clientCreatedTime: number;
  /** "Exact behaviour UNCONFIRMED" (clover.md 5.3): taken to replace whom the order names. */
  customers: { id: string }[];
}

const ORDER_FIELDS: Fields<OrderBody> = {
  state: oneOf('open', 'Open', 'OPEN', 'locked'),
  title: text(127),
  note: text(2047),
  taxRemoved: flag,
  testMode: flag,
  manualTransaction: flag,
  groupLineItems: flag,
  orderType: reference,
  total: integer(0),
  currency: text(3, 3),
  employee: reference,
  externalReferenceId: text(Number.MAX_SAFE_INTEGER, 1),
  clientCreatedTime: integer(0),
  customers: listOf(reference),
};

/** "Only those are valid on create" (clover.md 5.3). */
const DOCUMENTED_ON_CREATE: ReadonlySet<string> = new Set([
  'state',
  'title',
  'note',
  'testMode',
  'manualTransaction',
  'groupLineItems',
  'orderType',
  'taxRemoved',
]);

/** What a locked order still takes: words about it, nothing that moves its money. */
const WORDS: ReadonlySet<string> = new Set([
  'title',
  'note',
  'state',
  'externalReferenceId',
  'customers',
]);

/** The body as fields of a row, every pointer checked. */
function fieldsOf(call: Call, body: Partial<OrderBody>): Partial<OrderRow> {
  const { tables } = call.merchant;
  const { orderType, employee, customers, ...plain } = body;
  const { externalReferenceMax } = call.platform.switches;
  if (
    (plain.externalReferenceId?.length ?? 0) > (externalReferenceMax ?? Number.POSITIVE_INFINITY)
  ) {
    throw badRequest(`externalReferenceId is limited to ${externalReferenceMax} characters`);
  }
  const fields: Partial<OrderRow> = { ...plain };
  if (orderType !== undefined) {
    const found = find(tables.orderTypes, orderType.id, PRIMARY);
    if (found === null || found.deletedTime !== undefined) throw badRequest('Invalid order type');
    fields.orderTypeId = found.id;
  }
  if (employee !== undefined) {
    if (find(tables.employees, employee.id, PRIMARY) === null) throw badRequest('Invalid employee');
    fields.employeeId = employee.id;
  }
  if (customers !== undefined) {
    const found = pick(
      tables.customers,
      customers.map(({ id }) => id),
      PRIMARY,
    ).filter((row) => row.deletedTime === undefined);
    if (found.length < customers.length) throw badRequest('Invalid customer');
    fields.customerIds = found.map(({ id }) => id);
  }
  return fields;
}

/** Without a state the order is hidden: only GET by id finds it (clover.md 5.1). */
function createOrder(call: Call): Answer {
  const { platform, merchant } = call;
  const read = readFields(call.body, ORDER_FIELDS);
  if (read.state === 'locked') throw badRequest('Invalid value for state');
  const all = platform.switches.orderCreateFields === 'all';
  const taken: Partial<OrderBody> = Object.fromEntries(
    Object.entries(read).filter(([name]) => all || DOCUMENTED_ON_CREATE.has(name)),
  );
  const fields = { ...fieldsOf(call, taken), state: taken.state };
  const order = openOrder(platform, merchant, 'api', undefined, fields);
  return { body: show(call, orders, order) };
}

/** 400 for a change of lines or money of a locked order. */
export function demandUnlocked(call: Call, order: OrderRow): void {
  if (order.state === 'locked' && call.platform.switches.lockedOrderEdits === 'refuse') {
    throw badRequest('Order is locked');
  }
}

function updateOrder(call: Call): Answer {
  const { platform, merchant } = call;
  const order = orderOf(call);
  const body = readFields(call.body, ORDER_FIELDS);
  if (Object.keys(body).some((name) => !WORDS.has(name))) demandUnlocked(call, order);
  const changed = { ...order, ...fieldsOf(call, body) };
  const totalled = body.total === undefined ? retotal(platform, merchant, changed) : changed;
  return { body: show(call, orders, saveOrder(platform, merchant, totalled, 'api')) };
}

/** Soft: found again with `filter=deletedTime>=`, not by its id. */
function deleteOrder(call: Call): Answer {
  const { platform, merchant } = call;
  const order = orderOf(call);
  if (order.paymentIds.length > 0 && !platform.switches.paidOrdersDeletable) {
    throw badRequest('An order with payments cannot be deleted');
  }
  if (platform.switches.voidRestocks) restock(platform, merchant, linesOf(merchant, order));
  const atMs = nowMs(platform);
  const gone = { ...order, deletedTime: atMs, modifiedTime: atMs };
  put(platform, merchant.tables.orders, order.id, gone);
  emit(platform, merchant, 'O', order.id, 'DELETE', { by: 'api' });
  return {};
}

export const orderWriteOperations: Operation[] = [
  { method: 'POST', path: '/orders', permission: 'ORDERS_W', run: createOrder },
  { method: 'POST', path: '/orders/:orderId', permission: 'ORDERS_W', run: updateOrder },
  { method: 'DELETE', path: '/orders/:orderId', permission: 'ORDERS_W', run: deleteOrder },
];

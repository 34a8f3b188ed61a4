/** Orders as they are read: clover.md section 5.1. */
import { customers } from './customers.ts';
import { discounts, lineItems, orderOf, serviceCharges } from './line-items.ts';
import { employees } from './employees.ts';
import { orderTypes } from './order-types.ts';
import { orderWire } from './order-wire.ts';
import { payments } from './payments.ts';
import { refunds } from './refunds.ts';
import { byFlag, byNumber, byText, many, one, ref } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { getOperation, listOperation } from './serve.ts';
import type { Operation } from './serve.ts';
import { all, find, pick } from './store.ts';
import type { OrderRow } from './types.ts';

/** Filters that cut a list to the last 90 days (clover.md 5.1); modifiedTime and id are not among them. */
const WINDOW_FIELDS = new Set([
  'deletedTime',
  'externalReferenceId',
  'createdTime',
  'total',
  'payType',
  'title',
  'note',
  'state',
  'manualTransaction',
  'cardTransaction.last4',
  'testMode',
  'touched',
]);

const hrefOf = (name: string) => (row: OrderRow, view: View) => ({
  href: `${view.base}/orders/${row.id}/${name}`,
});

export const orders: Resource<OrderRow> = {
  wire: orderWire,
  relations: {
    lineItems: many(
      lineItems,
      (row, view) => pick(view.tables.lineItems, row.lineItemIds, view.asOf),
      hrefOf('line_items'),
    ),
    payments: many(
      payments,
      (row, view) => pick(view.tables.payments, row.paymentIds, view.asOf),
      hrefOf('payments'),
    ),
    customers: many(customers, (row, view) =>
      pick(view.tables.customers, row.customerIds, view.asOf),
    ),
    discounts: many(discounts, (row) => row.discounts),
    serviceCharge: one(serviceCharges, (row) => row.serviceCharge ?? null),
    orderType: one(
      orderTypes,
      (row, view) => find(view.tables.orderTypes, row.orderTypeId ?? '', view.asOf),
      (row) => ref(row.orderTypeId),
    ),
    refunds: many(refunds, (row, view) => pick(view.tables.refunds, row.refundIds, view.asOf)),
    employee: one(
      employees,
      (row, view) => find(view.tables.employees, row.employeeId, view.asOf),
      (row) => ref(row.employeeId),
    ),
  },
  emptyExpands: ['credits', 'voids', 'payment', 'orderFulfillmentEvent'],
  filters: {
    'employee.id': byText((row) => row.employeeId),
    note: byText((row) => row.note),
    modifiedTime: byNumber((row) => row.modifiedTime),
    orderType: byText((row) => row.orderTypeId),
    touched: byFlag(() => undefined),
    'cardTransaction.last4': byText(() => undefined),
    manualTransaction: byFlag((row) => row.manualTransaction),
    'employee.name': byText(
      (row, view) => find(view.tables.employees, row.employeeId, view.asOf)?.name,
    ),
    title: byText((row) => row.title),
    'device.id': byText((row) => row.deviceId),
    externalReferenceId: byText((row) => row.externalReferenceId),
    clientCreatedTime: byNumber((row) => row.clientCreatedTime),
    total: byNumber((row) => row.total),
    payType: byText((row) => row.payType),
    testMode: byFlag((row) => row.testMode),
    createdTime: byNumber((row) => row.createdTime),
    id: byText((row) => row.id),
    state: byText((row) => row.state),
    deletedTime: byNumber((row) => row.deletedTime),
  },
  listed: (row, filteredBy) =>
    row.state !== undefined && (row.deletedTime !== undefined) === filteredBy.has('deletedTime'),
  newest: (row) => row.createdTime,
  window: (filteredBy) =>
    [...filteredBy].some((field) => WINDOW_FIELDS.has(field)) ? (row) => row.createdTime : null,
  nullable: ['title', 'note', 'externalReferenceId', 'payType', 'device'],
};

export const orderOperations: Operation[] = [
  listOperation('/orders', 'ORDERS_R', orders, (call) =>
    all(call.view.tables.orders, call.view.asOf),
  ),
  getOperation('/orders/:orderId', 'ORDERS_R', orders, (call) => orderOf(call)),
];

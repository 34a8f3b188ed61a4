/** Payments, read only for now: clover.md section 5.4. */
import { notFound } from './errors.ts';
import { orderOf } from './line-items.ts';
import { orderWire } from './order-wire.ts';
import { byFlag, byNumber, byText, many, one, ref } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Operation } from './serve.ts';
import { all, find, pick } from './store.ts';
import { tenders } from './tenders.ts';
import type { PaymentRow, RefundRow } from './types.ts';

/** A refund as it stands inside its payment: a pointer with its amount. */
const refundReferences: Resource<RefundRow> = {
  wire: (row) => ({ id: row.id, amount: row.amount }),
};

const paymentTaxRates: Resource<PaymentRow['taxRates'][number]> = {
  wire: (share) => ({
    id: share.id,
    name: share.name,
    rate: share.rate,
    taxableAmount: share.taxableAmount,
    taxAmount: share.taxAmount,
  }),
};

/** The 90-day window goes by the time a list is filtered by, else by creation (clover.md 5.4). */
function windowOf(filteredBy: ReadonlySet<string>): (row: PaymentRow) => number {
  return filteredBy.has('modifiedTime')
    ? (row) => row.modifiedTime
    : filteredBy.has('clientCreatedTime')
      ? (row) => row.clientCreatedTime
      : (row) => row.createdTime;
}

export const payments: Resource<PaymentRow> = {
  wire: (row) => ({
    id: row.id,
    device: ref(row.deviceId),
    amount: row.amount,
    tipAmount: row.tipAmount,
    taxAmount: row.taxAmount,
    cashbackAmount: 0,
    cashTendered: row.cashTendered,
    externalPaymentId: row.externalPaymentId,
    externalReferenceId: row.externalReferenceId,
    createdTime: row.createdTime,
    clientCreatedTime: row.clientCreatedTime,
    modifiedTime: row.modifiedTime,
    offline: row.offline,
    result: row.result,
    note: row.note,
  }),
  relations: {
    order: one(
      { wire: orderWire },
      (row, view) => find(view.tables.orders, row.orderId, view.asOf),
      (row) => ref(row.orderId),
    ),
    tender: one(
      tenders,
      (row, view) => find(view.tables.tenders, row.tenderId, view.asOf),
      (row, view) => ({ href: `${view.base}/tenders/${row.tenderId}`, id: row.tenderId }),
    ),
    employee: one(
      { wire: (id: string) => ({ id }) },
      (row) => row.employeeId,
      (row) => ref(row.employeeId),
    ),
    refunds: many(refundReferences, (row, view) =>
      pick(view.tables.refunds, row.refundIds, view.asOf),
    ),
    taxRates: many(paymentTaxRates, (row) => row.taxRates),
  },
  emptyExpands: [
    'germanInfo',
    'lineItemPayments',
    'cardTransaction',
    'dccInfo',
    'transactionInfo',
    'externalReferenceId',
    'oceanGatewayInfo',
    'additionalCharges',
    'appTracking',
    'paymentAttributes',
  ],
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    'device.id': byText((row) => row.deviceId),
    externalReferenceId: byText((row) => row.externalReferenceId),
    result: byText((row) => row.result),
    offline: byFlag((row) => row.offline),
    createdTime: byNumber((row) => row.createdTime),
    externalPaymentId: byText((row) => row.externalPaymentId),
    voided: byFlag((row) => row.result === 'VOIDED'),
    id: byText((row) => row.id),
    'tender.id': byText((row) => row.tenderId),
    'employee.id': byText((row) => row.employeeId),
    'order.modifiedTime': byNumber(
      (row, view) => find(view.tables.orders, row.orderId, view.asOf)?.modifiedTime,
    ),
    amount: byNumber((row) => row.amount),
    cardType: byText(() => undefined),
    clientCreatedTime: byNumber((row) => row.clientCreatedTime),
  },
  newest: (row) => row.createdTime,
  window: windowOf,
};

export const paymentOperations: Operation[] = [
  listOperation('/payments', 'PAYMENTS_R', payments, (call) =>
    all(call.view.tables.payments, call.view.asOf),
  ),
  getOperation('/payments/:payId', 'PAYMENTS_R', payments, (call) => {
    const row = find(call.view.tables.payments, param(call, 'payId'), call.view.asOf);
    if (row === null) throw notFound('Payment');
    return row;
  }),
  listOperation('/orders/:orderId/payments', 'PAYMENTS_R', payments, (call) =>
    pick(call.view.tables.payments, orderOf(call).paymentIds, call.view.asOf),
  ),
];

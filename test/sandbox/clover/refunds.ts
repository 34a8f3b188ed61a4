/** Refunds: records of their own with positive amounts, read only in v3 (clover.md 5.6). */
import { notFound } from './errors.ts';
import { lineItems } from './line-items.ts';
import { byNumber, many, one, ref } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Operation } from './serve.ts';
import { all, find, pick } from './store.ts';
import { payments } from './payments.ts';
import { tenders } from './tenders.ts';
import type { RefundRow } from './types.ts';

export const refunds: Resource<RefundRow> = {
  wire: (row, view) => ({
    id: row.id,
    orderRef: { href: `${view.base}/orders/${row.orderId}`, id: row.orderId },
    device: ref(row.deviceId),
    amount: row.amount,
    taxAmount: row.taxAmount,
    tipAmount: row.tipAmount,
    createdTime: row.createdTime,
    clientCreatedTime: row.createdTime,
    status: 'SUCCESS',
    voided: false,
    reason: row.reason,
  }),
  relations: {
    payment: one(
      payments,
      (row, view) => find(view.tables.payments, row.paymentId, view.asOf),
      (row) => ref(row.paymentId),
    ),
    employee: one(
      { wire: (id: string) => ({ id }) },
      (row) => row.employeeId,
      (row) => ref(row.employeeId),
    ),
    overrideMerchantTender: one(
      tenders,
      (row, view) => find(view.tables.tenders, row.overrideTenderId ?? '', view.asOf),
      (row) => ref(row.overrideTenderId),
    ),
    lineItems: many(lineItems, (row, view) =>
      pick(view.tables.lineItems, row.lineItemIds, view.asOf),
    ),
  },
  emptyExpands: [
    'germanInfo',
    'appTracking',
    'serviceCharge',
    'transactionInfo',
    'oceanGatewayInfo',
    'additionalCharges',
  ],
  filters: { createdTime: byNumber((row) => row.createdTime) },
  newest: (row) => row.createdTime,
};

export const refundOperations: Operation[] = [
  listOperation('/refunds', 'PAYMENTS_R', refunds, (call) =>
    all(call.view.tables.refunds, call.view.asOf),
  ),
  getOperation('/refunds/:refundId', 'PAYMENTS_R', refunds, (call) => {
    const row = find(call.view.tables.refunds, param(call, 'refundId'), call.view.asOf);
    if (row === null) throw notFound('Refund');
    return row;
  }),
];

/** Credits: manual refunds that belong to no payment, read only in v3 (clover.md 5.6). */
import { notFound } from './errors.ts';
import { byNumber, byText, one, ref } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Operation } from './serve.ts';
import { all, find } from './store.ts';
import { tenders } from './tenders.ts';
import type { CreditRow } from './types.ts';

const credits: Resource<CreditRow> = {
  wire: (row) => ({
    id: row.id,
    device: ref(row.deviceId),
    amount: row.amount,
    taxAmount: row.taxAmount,
    createdTime: row.createdTime,
    clientCreatedTime: row.createdTime,
    voided: false,
    result: 'SUCCESS',
    reason: row.reason,
  }),
  relations: {
    tender: one(
      tenders,
      (row, view) => find(view.tables.tenders, row.tenderId, view.asOf),
      (row) => ref(row.tenderId),
    ),
    employee: one(
      { wire: (id: string) => ({ id }) },
      (row) => row.employeeId,
      (row) => ref(row.employeeId),
    ),
  },
  emptyExpands: [
    'dccInfo',
    'germanInfo',
    'appTracking',
    'cardTransaction',
    'order',
    'taxRates',
    'transactionInfo',
  ],
  filters: {
    'employee.id': byText((row) => row.employeeId),
    reason: byText((row) => row.reason),
    amount: byNumber((row) => row.amount),
    'device.id': byText((row) => row.deviceId),
    result: byText(() => 'SUCCESS'),
    clientCreatedTime: byNumber((row) => row.createdTime),
    id: byText((row) => row.id),
    'tender.id': byText((row) => row.tenderId),
    taxAmount: byNumber((row) => row.taxAmount),
  },
  newest: (row) => row.createdTime,
};

export const creditOperations: Operation[] = [
  listOperation('/credits', 'PAYMENTS_R', credits, (call) =>
    all(call.view.tables.credits, call.view.asOf),
  ),
  getOperation('/credits/:creditId', 'PAYMENTS_R', credits, (call) => {
    const row = find(call.view.tables.credits, param(call, 'creditId'), call.view.asOf);
    if (row === null) throw notFound('Credit');
    return row;
  }),
];

/** The plain fields of an order; apart from `orders.ts` so that a payment can show its order too. */
import { ref } from './resource.ts';
import type { View, Wire } from './resource.ts';
import { pick } from './store.ts';
import type { OrderRow } from './types.ts';

/** What is left to pay, minor units. */
export function unpaidBalance(row: OrderRow, view: View): number {
  const paid = pick(view.tables.payments, row.paymentIds, view.asOf)
    .filter((payment) => payment.result === 'SUCCESS' || payment.result === 'AUTH_COMPLETED')
    .reduce((sum, payment) => sum + payment.amount, 0);
  return Math.max(0, row.total - paid);
}

export const orderWire = (row: OrderRow, view: View): Wire => ({
  href: `${view.base}/orders/${row.id}`,
  id: row.id,
  currency: row.currency,
  employee: ref(row.employeeId),
  device: ref(row.deviceId),
  total: row.total,
  unpaidBalance: unpaidBalance(row, view),
  paymentState: row.paymentState,
  title: row.title,
  note: row.note,
  externalReferenceId: row.externalReferenceId,
  taxRemoved: row.taxRemoved,
  isVat: row.isVat,
  state: row.state,
  manualTransaction: row.manualTransaction,
  groupLineItems: row.groupLineItems,
  testMode: row.testMode,
  payType: row.payType,
  createdTime: row.createdTime,
  clientCreatedTime: row.clientCreatedTime,
  modifiedTime: row.modifiedTime,
  deletedTimestamp: row.deletedTime,
});

/**
 * Payments logged over the API: external and custom tenders only, for bookkeeping (clover.md 5.4). No idempotency:
 * the same body twice is two payments.
 */
import { badRequest } from './errors.ts';
import { flag, integer, readFields, reference, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { orderOf } from './line-items.ts';
import { linesOf, orderTotals, saveOrder, sellAt } from './order-book.ts';
import { payments } from './payments.ts';
import { newId, nowMs } from './platform.ts';
import { show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { find, pick, PRIMARY, put } from './store.ts';
import { emit } from './webhooks.ts';
import type { OrderRow, PaymentRow, TenderRow } from './types.ts';

interface PaymentBody {
  tender: { id: string };
  amount: number;
  tipAmount: number;
  taxAmount: number;
  cashTendered: number;
  employee: { id: string };
  externalPaymentId: string;
  externalReferenceId: string;
  note: string;
  offline: boolean;
  clientCreatedTime: number;
}

const PAYMENT_FIELDS: Fields<PaymentBody> = {
  tender: reference,
  amount: integer(1),
  tipAmount: integer(0),
  taxAmount: integer(0),
  cashTendered: integer(0),
  employee: reference,
  externalPaymentId: text(32, 1),
  externalReferenceId: text(Number.MAX_SAFE_INTEGER, 1),
  note: text(255),
  offline: flag,
  clientCreatedTime: integer(0),
};

const isExternal = (tender: TenderRow): boolean =>
  tender.editable || tender.labelKey.startsWith('com.clover.tender.external_');

function tenderOf(call: Call, tender: { id: string }): TenderRow {
  const row = find(call.merchant.tables.tenders, tender.id, PRIMARY);
  if (row === null || row.deletedTime !== undefined) throw badRequest('Invalid tender');
  if (!isExternal(row)) throw badRequest('Only external and custom tenders are accepted');
  if (!row.enabled) throw badRequest('The tender is disabled');
  return row;
}

function paymentRow(call: Call, order: OrderRow): PaymentRow {
  const required = ['tender', 'amount'] as const;
  const { tender, employee, ...fields } = readFields(call.body, PAYMENT_FIELDS, required);
  const { id: tenderId } = tenderOf(call, tender ?? { id: '' });
  if (
    employee !== undefined &&
    find(call.merchant.tables.employees, employee.id, PRIMARY) === null
  ) {
    throw badRequest('Invalid employee');
  }
  const atMs = nowMs(call.platform);
  return {
    id: newId(call.platform),
    orderId: order.id,
    tenderId,
    employeeId: employee?.id ?? order.employeeId,
    amount: 0,
    tipAmount: 0,
    taxAmount: 0,
    offline: false,
    clientCreatedTime: atMs,
    ...fields,
    result: 'SUCCESS',
    createdTime: atMs,
    modifiedTime: atMs,
    taxRates: orderTotals(call.merchant, order).taxes,
    refundIds: [],
  };
}

/** The order after a payment: UNCONFIRMED 8, by the switch `apiPaymentSettles`. */
function settled(call: Call, order: OrderRow, paid: number): OrderRow {
  if (!call.platform.switches.apiPaymentSettles) return order;
  if (paid < order.total) return { ...order, paymentState: 'PARTIALLY_PAID' };
  return { ...order, paymentState: 'PAID', state: 'locked', payType: 'FULL' };
}

function createPayment(call: Call): Answer {
  const { platform, merchant } = call;
  const order = orderOf(call);
  const before = pick(merchant.tables.payments, order.paymentIds, PRIMARY);
  const payment = paymentRow(call, order);
  const paid = before.reduce((sum, { amount }) => sum + amount, payment.amount);
  if (paid > order.total && platform.switches.overpayment === 'refuse') {
    throw badRequest('The payment is more than what is left to pay');
  }
  put(platform, merchant.tables.payments, payment.id, payment);
  emit(platform, merchant, 'P', payment.id, 'CREATE', { by: 'api' });
  const paymentIds = [...order.paymentIds, payment.id];
  saveOrder(platform, merchant, settled(call, { ...order, paymentIds }, paid), 'api');
  if (paid >= order.total) sellAt(platform, merchant, order, linesOf(merchant, order), 'paid');
  return { body: show(call, payments, payment) };
}

export const paymentWriteOperations: Operation[] = [
  {
    method: 'POST',
    path: '/orders/:orderId/payments',
    permission: 'PAYMENTS_W',
    run: createPayment,
  },
];

/** What people do at the register and in the dashboard; every action goes the way a real one would. */
import { createCustomer, removeCustomer, saveCustomer } from './customers.ts';
import { invalidId } from './errors.ts';
import { removeItem, updateItem } from './items.ts';
import {
  addLines,
  attachLines,
  emptyLine,
  linesOf,
  openOrder,
  orderRow,
  orderTotals,
  payOrder,
  printOrder,
  removeLine,
  restock,
  saveOrder,
} from './order-book.ts';
import { merchantOf, newId, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { setQuantity } from './stock.ts';
import { all, find, pick, PRIMARY, put } from './store.ts';
import { totalsOf } from './totals.ts';
import { emit } from './webhooks.ts';
import type {
  CreditRow,
  CustomerRow,
  DiscountRow,
  ItemRow,
  LineItemRow,
  Merchant,
  OrderRow,
  PaymentRow,
  RefundRow,
} from './types.ts';

export interface RingUpInput {
  /** Pieces, or units with a fraction for a PER_UNIT item. */
  lines: { itemId: string; quantity: number }[];
  /** Lines typed in by hand: no item, no tax. */
  customLines?: { name: string; price: number }[];
  /** On the whole order, in the API's words. */
  discounts?: Omit<DiscountRow, 'id'>[];
  /** The merchant's own service charge. */
  serviceCharge?: boolean;
  /** Training mode. */
  testMode?: boolean;
  /** Whether the customer pays at once; true when left out. */
  pay?: boolean;
  /** Label key of the tender, `com.clover.tender.cash` when left out. */
  tender?: string;
  tipAmount?: number;
  /** Minor units of this payment; all that is left when left out. */
  amount?: number;
  /** Whom the cashier puts on the order. */
  customerId?: string;
  /** The merchant's first device when left out. */
  deviceId?: string;
}

export interface RefundInput {
  /** Lines given back; all that are left when neither lines nor an amount are named. */
  lineItemIds?: string[];
  /** The payment that is given back; the first when left out. */
  paymentId?: string;
  /** An amount without lines, minor units. */
  amount?: number;
  /** What the cashier chooses; counts where the switch `refundRestocks` is 'cashier'. False when left out. */
  restock?: boolean;
  reason?: string;
}

function itemRow(merchant: Merchant, itemId: string): ItemRow {
  const item = find(merchant.tables.items, itemId, PRIMARY);
  if (item === null || item.deletedTime !== undefined) throw invalidId();
  return item;
}

function tenderId(merchant: Merchant, labelKey: string): string {
  const tender = all(merchant.tables.tenders, PRIMARY).find((row) => row.labelKey === labelKey);
  if (tender === undefined) throw new Error(`The merchant has no tender ${labelKey}`);
  return tender.id;
}

/** A cashier sells: O CREATE, O UPDATE per item and for printing, then P CREATE and O UPDATE if paid. */
export function ringUp(platform: Platform, merchantId: string, input: RingUpInput): OrderRow {
  const merchant = merchantOf(platform, merchantId);
  const chosen = input.lines.map(({ itemId, quantity }) => {
    const item = itemRow(merchant, itemId);
    if (platform.switches.unavailableBlocksSale && item.autoManage && !item.available) {
      throw new Error(`${item.name} is not available`);
    }
    return { item, quantity };
  });
  const deviceId = input.deviceId ?? all(merchant.tables.devices, PRIMARY)[0]?.id;
  const customerIds = input.customerId === undefined ? [] : [input.customerId];
  const charge = find(merchant.tables.merchants, merchantId, PRIMARY)?.serviceCharge;
  const order = openOrder(platform, merchant, 'register', deviceId, {
    customerIds,
    testMode: input.testMode ?? false,
    discounts: (input.discounts ?? []).map((discount) => ({ id: newId(platform), ...discount })),
    ...(input.serviceCharge === true ? { serviceCharge: charge } : {}),
  });
  for (const { item, quantity } of chosen) {
    addLines(platform, merchant, order.id, item, quantity);
  }
  const typed = (input.customLines ?? []).map((fields) => ({
    ...emptyLine(platform, order.id),
    ...fields,
  }));
  if (typed.length > 0) attachLines(platform, merchant, orderRow(merchant, order.id), typed);
  printOrder(platform, merchant, order.id);
  if (input.pay !== false) pay(platform, merchantId, order.id, input);
  return orderRow(merchant, order.id);
}

/** Pays an order that was left open, or a part of it. */
export function pay(
  platform: Platform,
  merchantId: string,
  orderId: string,
  input: Pick<RingUpInput, 'tender' | 'tipAmount' | 'amount'> = {},
): PaymentRow {
  const merchant = merchantOf(platform, merchantId);
  return payOrder(platform, merchant, orderId, {
    tenderId: tenderId(merchant, input.tender ?? 'com.clover.tender.cash'),
    tipAmount: input.tipAmount ?? 0,
    amount: input.amount,
  });
}

/** A cashier takes a line off an open order. */
export function voidLine(
  platform: Platform,
  merchantId: string,
  orderId: string,
  lineItemId: string,
): OrderRow {
  const merchant = merchantOf(platform, merchantId);
  removeLine(platform, merchant, orderId, lineItemId);
  return orderRow(merchant, orderId);
}

/** The lines a refund gives back. */
function refundedLines(merchant: Merchant, order: OrderRow, input: RefundInput): LineItemRow[] {
  if (input.amount !== undefined) return [];
  const open = linesOf(merchant, order).filter((line) => !line.refunded);
  if (input.lineItemIds === undefined) return open;
  const lines = open.filter((line) => input.lineItemIds?.includes(line.id));
  if (lines.length !== input.lineItemIds.length) {
    throw new Error('Only lines of the order that are not refunded yet can be given back');
  }
  return lines;
}

interface RefundSums {
  amount: number;
  taxAmount: number;
  tipAmount: number;
  /** Whether nothing of the payment is left. */
  complete: boolean;
}

function refundSums(
  merchant: Merchant,
  order: OrderRow,
  payment: PaymentRow,
  lines: LineItemRow[],
  input: RefundInput,
): RefundSums {
  const paid = payment.amount + payment.tipAmount;
  const before = payment.refundIds
    .map((id) => find(merchant.tables.refunds, id, PRIMARY)?.amount ?? 0)
    .reduce((sum, amount) => sum + amount, 0);
  const left = paid - before;
  const { isVat: vat, taxRemoved } = order;
  const sold = orderTotals(merchant, order, true);
  const plain = totalsOf(lines, { vat, taxRemoved });
  // The lines' part of what was taken off the whole order.
  const taken = sold.subtotal - sold.discountedSubtotal;
  const part = sold.subtotal === 0 ? 0 : Math.round((taken * plain.subtotal) / sold.subtotal);
  const discounts = part === 0 ? [] : [{ id: '', name: '', amount: -part }];
  const share = totalsOf(lines, { vat, taxRemoved, discounts });
  const whole = input.amount === undefined && input.lineItemIds === undefined;
  const amount = whole ? left : Math.min(left, input.amount ?? share.total);
  if (amount <= 0) throw new Error('Nothing is left to refund');
  return {
    amount,
    taxAmount: share.taxAmount,
    tipAmount: whole ? payment.tipAmount : 0,
    complete: amount === left && othersRefunded(merchant, order, payment),
  };
}

/** Whether nothing is left of the order's other payments. */
function othersRefunded(merchant: Merchant, order: OrderRow, payment: PaymentRow): boolean {
  const others = pick(merchant.tables.payments, order.paymentIds, PRIMARY);
  return others
    .filter(({ id }) => id !== payment.id)
    .every(({ amount, tipAmount, refundIds }) => {
      const back = pick(merchant.tables.refunds, refundIds, PRIMARY);
      return back.reduce((sum, refund) => sum + refund.amount, 0) >= amount + tipAmount;
    });
}

/** A cashier refunds: a record of its own, lines marked, stock back only if the switch or cashier says so. */
export function refundOrder(
  platform: Platform,
  merchantId: string,
  orderId: string,
  input: RefundInput = {},
): RefundRow {
  const merchant = merchantOf(platform, merchantId);
  const { tables } = merchant;
  const order = orderRow(merchant, orderId);
  const paymentId = order.paymentIds.find((id) => id === (input.paymentId ?? id)) ?? '';
  const payment = find(tables.payments, paymentId, PRIMARY);
  if (payment === null) throw new Error('The order has no payment to refund');
  const lines = refundedLines(merchant, order, input);
  const { complete, ...sums } = refundSums(merchant, order, payment, lines, input);
  const atMs = nowMs(platform);
  const refund: RefundRow = {
    id: newId(platform),
    orderId,
    paymentId: payment.id,
    employeeId: order.employeeId,
    deviceId: order.deviceId,
    ...sums,
    reason: input.reason,
    createdTime: atMs,
    lineItemIds: lines.map((line) => line.id),
  };
  put(platform, tables.refunds, refund.id, refund);
  for (const line of lines) {
    put(platform, tables.lineItems, line.id, { ...line, refunded: true, refundId: refund.id });
  }
  const refundIds = [...payment.refundIds, refund.id];
  put(platform, tables.payments, payment.id, { ...payment, refundIds, modifiedTime: atMs });
  announceRefund(platform, merchant, order, refund, complete);
  const { refundRestocks } = platform.switches;
  const back = refundRestocks === 'cashier' ? input.restock === true : refundRestocks === 'always';
  if (back) restock(platform, merchant, lines);
  return refund;
}

function announceRefund(
  platform: Platform,
  merchant: Merchant,
  order: OrderRow,
  refund: RefundRow,
  complete: boolean,
): void {
  const { refundEvents } = platform.switches;
  const refunded: OrderRow = {
    ...order,
    paymentState: complete ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
    refundIds: [...order.refundIds, refund.id],
    modifiedTime: nowMs(platform),
  };
  if (refundEvents.includes('P')) emit(platform, merchant, 'P', refund.paymentId, 'UPDATE');
  if (refundEvents.includes('O')) saveOrder(platform, merchant, refunded);
  else put(platform, merchant.tables.orders, order.id, refunded);
}

/** A cashier gives money back that belongs to no payment. */
export function giveCredit(
  platform: Platform,
  merchantId: string,
  input: { amount: number; tender?: string; reason?: string },
): CreditRow {
  const merchant = merchantOf(platform, merchantId);
  const { tables } = merchant;
  const credit: CreditRow = {
    id: newId(platform),
    tenderId: tenderId(merchant, input.tender ?? 'com.clover.tender.cash'),
    employeeId: all(tables.employees, PRIMARY)[0]?.id ?? 'DFLTEMPLOYEE',
    deviceId: all(tables.devices, PRIMARY)[0]?.id,
    amount: input.amount,
    taxAmount: 0,
    reason: input.reason,
    createdTime: nowMs(platform),
  };
  put(platform, tables.credits, credit.id, credit);
  return credit;
}

/** Someone adds a customer at the register; the same fields as the API takes. */
export const addCustomer = (platform: Platform, merchantId: string, fields: unknown): CustomerRow =>
  createCustomer(platform, merchantOf(platform, merchantId), fields, 'merchant');

/** Someone changes a customer at the register: names, consent, and the contacts as a whole. */
export function editCustomer(
  platform: Platform,
  merchantId: string,
  customerId: string,
  change: Partial<Pick<CustomerRow, 'firstName' | 'lastName' | 'marketingAllowed'>> & {
    readonly email?: string;
    readonly phone?: string;
  },
): CustomerRow {
  const merchant = merchantOf(platform, merchantId);
  const row = find(merchant.tables.customers, customerId, PRIMARY);
  if (row === null) throw new Error(`The merchant has no customer ${customerId}`);
  const { email, phone, ...fields } = change;
  const contact = (value: string) =>
    value === '' ? [] : [{ id: newId(platform), value, primary: false }];
  const changed = {
    ...row,
    ...fields,
    ...(email === undefined ? {} : { emails: contact(email) }),
    ...(phone === undefined ? {} : { phones: contact(phone) }),
  };
  return saveCustomer(platform, merchant, changed, 'merchant');
}

/** Someone deletes a customer at the register. */
export function deleteCustomer(platform: Platform, merchantId: string, customerId: string): void {
  const merchant = merchantOf(platform, merchantId);
  const row = find(merchant.tables.customers, customerId, PRIMARY);
  if (row === null) throw new Error(`The merchant has no customer ${customerId}`);
  removeCustomer(platform, merchant, row, 'merchant');
}

/** Someone counts the shelf and types a number in. */
export function setStock(
  platform: Platform,
  merchantId: string,
  itemId: string,
  quantity: number,
  stockAlertThreshold?: number,
): void {
  const merchant = merchantOf(platform, merchantId);
  const { id } = itemRow(merchant, itemId);
  setQuantity(platform, merchant, id, quantity, 'manual', stockAlertThreshold);
}

/** Someone edits an item in the dashboard; the same fields as the API takes. */
export function editItem(
  platform: Platform,
  merchantId: string,
  itemId: string,
  fields: Record<string, unknown>,
): ItemRow {
  const merchant = merchantOf(platform, merchantId);
  return updateItem(platform, merchant, itemRow(merchant, itemId), fields, 'merchant');
}

/** Someone deletes an item in the dashboard. */
export function deleteItem(platform: Platform, merchantId: string, itemId: string): void {
  const merchant = merchantOf(platform, merchantId);
  removeItem(platform, merchant, itemRow(merchant, itemId), 'merchant');
}

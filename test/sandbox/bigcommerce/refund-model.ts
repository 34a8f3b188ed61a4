/**
 * Refunds: what goes back for each thing with its tax, by which ways, and what becomes of the order (orders.v3.yml,
 * bigcommerce.md 8). A refund never moves stock (6.5).
 */
import { wholeSecond } from './clock.ts';
import { emit } from './events.ts';
import { refuse422 } from './errors.ts';
import { moveRefunded } from './order-model.ts';
import { coinOf, linesMoney, orderTotals, toCoin } from './order-money.ts';
import { bookTransaction } from './order-payment.ts';
import { INCOMPLETE } from './order-statuses.ts';
import { unitsRefunded } from './order-view.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Order, Refund, RefundItem, RefundItemType, Store, Transaction } from './state.ts';

export interface AskedItem {
  type: RefundItemType;
  itemId: number;
  reason: string;
  /** Of PRODUCT and GIFT_WRAPPING. */
  quantity: number;
  /** Of the others, as the store enters prices. */
  amount: number;
  adjustments: { amount: number; description: string }[];
}

export interface AskedPayment {
  providerId: string;
  amount: number;
  offline: boolean;
}

/** One way of giving the money back, complete in itself. */
export type RefundMethod = (AskedPayment & { description: string; offlineReason: string })[];

export interface Quote {
  items: RefundItem[];
  total: number;
  tax: number;
  orderLevel: number;
  adjustment: number;
  methods: RefundMethod[];
}

/** What an order has for sale of one thing: its price with tax, the tax, and how many pieces that is. */
interface Whole {
  incTax: number;
  tax: number;
  pieces: number;
}

const whole = (exTax: number, incTax: number, pieces: number): Whole => ({
  incTax,
  tax: incTax - exTax,
  pieces,
});

/** The thing an item names, whole; undefined when the order has none such. A cost is cut into coins, a line into units. */
const WHOLES: Record<
  RefundItemType,
  (store: Store, order: Order, itemId: number) => Whole | undefined
> = {
  PRODUCT: (store, order, itemId) => {
    const money = linesMoney(store, order).find(({ line }) => line.id === itemId);
    return money && whole(money.paid.exTax, money.paid.incTax, money.line.quantity);
  },
  GIFT_WRAPPING: (_store, order, itemId) => {
    const line = order.lines.find((one) => one.id === itemId);
    return line?.wrapping
      ? whole(line.wrapping.exTax, line.wrapping.incTax, line.quantity)
      : undefined;
  },
  SHIPPING: (_store, order, itemId) =>
    addressCost(order, itemId, order.shippingExTax, order.shippingIncTax),
  HANDLING: (_store, order, itemId) =>
    addressCost(order, itemId, order.handlingExTax, order.handlingIncTax),
  FEE: (_store, order, itemId) => {
    const fee = order.fees.find(({ id }) => id === itemId);
    return fee && cost(order, fee.exTax, fee.incTax);
  },
  // Tax-exempt: an amount of the order's total, no tax in it.
  ORDER: (store, order, itemId) => {
    const total = orderTotals(store, order).total_inc_tax;
    return itemId === order.id ? whole(total, total, total) : undefined;
  },
};

const cost = (order: Order, exTax: number, incTax: number): Whole =>
  whole(exTax, incTax, order.isTaxInclusive ? incTax : exTax);

const addressCost = (order: Order, itemId: number, exTax: number, incTax: number) =>
  order.shippingAddresses.some(({ id }) => id === itemId) ? cost(order, exTax, incTax) : undefined;

const isCounted = (type: RefundItemType) => type === 'PRODUCT' || type === 'GIFT_WRAPPING';

/** Pieces of the same thing that went back before. */
function piecesBefore(order: Order, item: AskedItem): number {
  if (item.type === 'PRODUCT') return unitsRefunded(order, item.itemId);
  return order.refunds
    .flatMap((refund) => refund.items)
    .filter((one) => one.type === item.type && one.itemId === item.itemId)
    .reduce((sum, one) => sum + (isCounted(one.type) ? one.quantity : one.requested), 0);
}

/** What goes back for one item: the sum of all parts of a thing is the thing, to the coin. */
function quoteItem(store: Store, order: Order, item: AskedItem): RefundItem {
  const thing = WHOLES[item.type](store, order, item.itemId);
  if (thing === undefined) {
    throw refuse422(`Invalid item_id ${item.itemId} for item_type ${item.type}.`);
  }
  const { incTax, tax, pieces } = thing;
  const before = piecesBefore(order, item);
  const asked = isCounted(item.type) ? item.quantity : item.amount;
  if (asked <= 0) throw refuse422('Refund quantities and amounts must be greater than zero.');
  if (before + asked > pieces) {
    throw refuse422(`Refund of item ${item.itemId} exceeds what is left to refund.`);
  }
  const coin = coinOf(store);
  const part = (amount: number) =>
    toCoin((amount * (before + asked)) / pieces, coin) - toCoin((amount * before) / pieces, coin);
  const adjustment = item.adjustments.reduce((sum, one) => sum + one.amount, 0);
  const taxPart = part(tax);
  const net = part(incTax) - taxPart;
  return {
    type: item.type,
    itemId: item.itemId,
    reason: item.reason,
    quantity: isCounted(item.type) ? item.quantity : 1,
    requested: isCounted(item.type) ? net + (order.isTaxInclusive ? taxPart : 0) : item.amount,
    adjustments: item.adjustments,
    total: net + taxPart + adjustment,
    tax: taxPart,
  };
}

const refundedOf = (order: Order): number =>
  order.refunds.reduce((sum, refund) => sum + refund.total, 0);

/** What a transaction that brought money in has left. */
function leftOf(order: Order, transaction: Transaction): number {
  return order.transactions
    .filter((one) => one.event === 'refund' && one.referenceId === transaction.id)
    .reduce((left, one) => left - one.amount, transaction.amount);
}

const isIncoming = ({ event, status }: Transaction) =>
  status === 'ok' && ['purchase', 'capture', 'settled'].includes(event);

/** Back the way it came: the payment itself first, then store credit and gift certificates. */
function originalMethod(order: Order, total: number): RefundMethod {
  const incoming = order.transactions.filter(isIncoming).toReversed();
  let due = total;
  const method: RefundMethod = [];
  for (const transaction of incoming) {
    const amount = Math.min(due, leftOf(order, transaction));
    if (amount <= 0) continue;
    due -= amount;
    const offline = ['offline', 'custom'].includes(transaction.method);
    const offlineReason = offline ? 'The provider does not support online refunds.' : '';
    const { gateway: providerId, name: description } = transaction;
    method.push({ providerId, description, amount, offline, offlineReason });
  }
  return due === 0 ? method : [];
}

function methodsOf(order: Order, amount: number): RefundMethod[] {
  const original = originalMethod(order, amount);
  const credit = { providerId: 'storecredit', description: 'Store Credit', amount };
  const custom = { providerId: 'custom', description: 'Custom', amount };
  const offlineReason = 'Refunded outside of BigCommerce.';
  return [
    ...(original.length === 0 || original[0]?.providerId === 'custom' ? [] : [original]),
    // Guests have no store credit (8).
    ...(order.customerId === 0 ? [] : [[{ ...credit, offline: false, offlineReason: '' }]]),
    [{ ...custom, offline: true, offlineReason }],
  ];
}

function refuseUnpaid(platform: Platform, order: Order): void {
  const isPaid = order.transactions.some(isIncoming);
  const isMade = order.orderSource === 'external' && order.statusId !== INCOMPLETE;
  if (isPaid || (isMade && platform.switches.apiOrdersRefundable)) return;
  throw refuse422('The order has no payment that can be refunded.');
}

/** What a refund would come to; throws a `Refusal` for what cannot be refunded. */
export function quoteRefund(
  platform: Platform,
  store: Store,
  order: Order,
  asked: readonly AskedItem[],
): Quote {
  refuseUnpaid(platform, order);
  const names = asked.map((item) => `${item.type} ${item.itemId}`);
  if (new Set(names).size < names.length) throw refuse422('An item is named twice.');
  const items = asked.map((item) => quoteItem(store, order, item));
  const sum = (of: (item: RefundItem) => number) =>
    items.reduce((total, item) => total + of(item), 0);
  const total = sum((item) => item.total);
  const left = orderTotals(store, order).total_inc_tax - refundedOf(order);
  if (total <= 0 || total > left) throw refuse422('The refund exceeds what is left of the order.');
  return {
    items,
    total,
    tax: sum((item) => item.tax),
    orderLevel: sum((item) => (item.type === 'ORDER' ? item.total : 0)),
    adjustment: sum((item) => item.adjustments.reduce((all, one) => all + one.amount, 0)),
    methods: methodsOf(order, total),
  };
}

const isSame = (method: RefundMethod, payments: readonly AskedPayment[]): boolean =>
  method.length === payments.length &&
  method.every((one) =>
    payments.some(
      ({ providerId, amount, offline }) =>
        providerId === one.providerId && amount === one.amount && offline === one.offline,
    ),
  );

/** Gives money back: books it, moves the order to Refunded or Partially Refunded, moves no stock. */
export function refundOrder(
  platform: Platform,
  store: Store,
  order: Order,
  asked: readonly AskedItem[],
  payments: readonly AskedPayment[],
  override?: { total: number; tax: number },
): Refund {
  const quote = quoteRefund(platform, store, order, asked);
  const total = override?.total ?? quote.total;
  refuseOtherPayments(order, payments, override === undefined ? quote.methods : undefined, total);
  const refund: Refund = {
    id: storeId(store, 'refund'),
    atMs: wholeSecond(platform.runtime.now()),
    total,
    tax: override?.tax ?? quote.tax,
    isOverride: override !== undefined,
    items: quote.items,
    payments: payments.map((payment) => ({
      ...payment,
      id: storeId(store, 'refundPayment'),
      transactionId: giveBack(platform, store, order, payment),
    })),
  };
  order.refunds.push(refund);
  const isAll = refundedOf(order) >= orderTotals(store, order).total_inc_tax;
  order.paymentStatus = isAll ? 'refunded' : 'partially refunded';
  const data = { type: 'order', id: order.id, refund: { refund_id: refund.id } };
  emit(platform, store, 'store/order/refund/created', data);
  moveRefunded(platform, store, order, isAll);
  return refund;
}

function refuseOtherPayments(
  order: Order,
  payments: readonly AskedPayment[],
  methods: readonly RefundMethod[] | undefined,
  total: number,
): void {
  if (order.customerId === 0 && payments.some(({ providerId }) => providerId === 'storecredit')) {
    throw refuse422('Unable to provide store credit for a guest customer.');
  }
  const paid = payments.reduce((sum, { amount }) => sum + amount, 0);
  const fits =
    methods === undefined ? paid === total : methods.some((method) => isSame(method, payments));
  if (!fits) throw refuse422('The payments do not match a refund method of the quote.');
}

/** The movement of one payment; its id. */
function giveBack(platform: Platform, store: Store, order: Order, payment: AskedPayment): number {
  const source = order.transactions.find(
    (one) => isIncoming(one) && one.gateway === payment.providerId,
  );
  return bookTransaction(platform, store, order, {
    event: 'refund',
    method: source?.method ?? (payment.providerId === 'storecredit' ? 'store_credit' : 'custom'),
    gateway: payment.providerId,
    name: source?.name ?? 'Custom',
    amount: payment.amount,
    referenceId: source?.id ?? null,
  }).id;
}

/** What is left of an order, as the items that refund all of it. */
export function everythingLeft(order: Order): AskedItem[] {
  const more = { reason: '', adjustments: [] };
  const address = order.shippingAddresses[0]?.id ?? 0;
  const basis = (pair: { exTax: number; incTax: number }) =>
    order.isTaxInclusive ? pair.incTax : pair.exTax;
  const costItem = (type: RefundItemType, itemId: number, amount: number): AskedItem => ({
    ...more,
    type,
    itemId,
    quantity: 0,
    amount,
  });
  const items: AskedItem[] = [
    ...order.lines.flatMap((line): AskedItem[] => {
      const product = { ...more, itemId: line.id, quantity: line.quantity, amount: 0 };
      const wrapping: AskedItem[] =
        line.wrapping === null ? [] : [{ ...product, type: 'GIFT_WRAPPING' }];
      return [{ ...product, type: 'PRODUCT' }, ...wrapping];
    }),
    costItem(
      'SHIPPING',
      address,
      basis({ exTax: order.shippingExTax, incTax: order.shippingIncTax }),
    ),
    costItem(
      'HANDLING',
      address,
      basis({ exTax: order.handlingExTax, incTax: order.handlingIncTax }),
    ),
    ...order.fees.map((fee) => costItem('FEE', fee.id, basis(fee))),
  ];
  return items
    .map((item) => {
      const before = piecesBefore(order, item);
      return { ...item, quantity: item.quantity - before, amount: item.amount - before };
    })
    .filter((item) => (isCounted(item.type) ? item.quantity : item.amount) > 0);
}

/** The money of an order coming in: store credit and gift certificates first, the rest by the chosen method (7.2). */
import { wholeSecond } from './clock.ts';
import { emit } from './events.ts';
import { orderTotals } from './order-money.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Order, Store, Transaction } from './state.ts';

/** How a shopper pays; `name` is the order's `payment_method`. */
export interface PaymentMethod {
  name: string;
  method: 'credit_card' | 'custom' | 'offline' | 'offsite';
  gateway: string;
}

export const CARD: PaymentMethod = {
  name: 'Credit Card',
  method: 'credit_card',
  gateway: 'stripe',
};

/** Ways to pay by the name that the order shows. */
const METHODS: readonly PaymentMethod[] = [
  CARD,
  { name: 'Cash on Delivery', method: 'offline', gateway: 'cod' },
  { name: 'Bank Deposit', method: 'offline', gateway: 'bankdeposit' },
  { name: 'PayPal', method: 'offsite', gateway: 'paypalexpress' },
  { name: 'Manual', method: 'custom', gateway: 'custom' },
];

export const methodOf = (name: string): PaymentMethod =>
  METHODS.find((method) => method.name === name) ?? { name, method: 'custom', gateway: 'custom' };

/** What is left for the chosen method once store credit and gift certificates are used up. */
export const dueOf = (store: Store, order: Order): number =>
  orderTotals(store, order).total_inc_tax - order.giftCertificateAmount - order.storeCreditAmount;

/** Books what came in, once; each movement fires `transaction/created` (2.3). */
export function takePayment(platform: Platform, store: Store, order: Order): void {
  if (order.transactions.length > 0) return;
  const { name, method, gateway } = methodOf(order.paymentMethod);
  const event = method === 'credit_card' ? 'capture' : 'purchase';
  const rows: Pick<Transaction, 'event' | 'method' | 'gateway' | 'name' | 'amount'>[] = [
    {
      event: 'purchase',
      method: 'gift_certificate',
      gateway: 'giftcertificate',
      name: 'Gift Certificate',
      amount: order.giftCertificateAmount,
    },
    {
      event: 'purchase',
      method: 'store_credit',
      gateway: 'storecredit',
      name: 'Store Credit',
      amount: order.storeCreditAmount,
    },
    { event, method, gateway, name, amount: dueOf(store, order) },
  ];
  for (const row of rows) {
    if (row.amount > 0) bookTransaction(platform, store, order, { ...row, referenceId: null });
  }
}

/** Enters one movement of money. */
export function bookTransaction(
  platform: Platform,
  store: Store,
  order: Order,
  movement: Omit<Transaction, 'id' | 'atMs' | 'status'>,
): Transaction {
  const transaction: Transaction = {
    ...movement,
    id: storeId(store, 'transaction'),
    atMs: wholeSecond(platform.runtime.now()),
    status: 'ok',
  };
  order.transactions.push(transaction);
  emit(platform, store, 'store/order/transaction/created', {
    type: 'transaction',
    order_id: String(order.id),
    transaction_id: String(transaction.id),
    transaction_status: 'complete',
    transaction_type: transaction.event,
    result: { code: '', message: '', type: '' },
    platform_transaction_id: String(transaction.id),
    provider_transaction_id: providerId(transaction),
  });
  return transaction;
}

/** What the gateway calls the movement. */
export const providerId = (transaction: Transaction): string => `pay_${transaction.id}`;

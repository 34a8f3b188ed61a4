/**
 * Refunds at the register of sales that are orders in BigCommerce (O4): quoted first, one after the other, as money that
 * was given back outside. What a lost answer may have left is looked for before anything is sent again.
 */
import type { Failure } from '../domain/failure.ts';
import { decimalText, minorDigits, moneyText, readExact, toMinor } from '../domain/money.ts';
import {
  attributed,
  linesBack,
  refundMark,
  refundWork,
  type BookedRefund,
  type RegisterRefund,
  type WebRefund,
} from '../domain/orders/refund-back.ts';
import type { PushOutcome } from '../domain/orders/relay.ts';
import type { InStoreState } from '../domain/orders/sale-state.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  createRefund,
  getOrderRefunds,
  offlineMethod,
  quoteRefund,
  type OrderRefund,
  type RefundQuote,
  type RefundRequestItem,
} from '../platforms/bigcommerce/refunds.ts';
import { getOrderRefunds as getRegisterRefunds } from '../platforms/clover/order-money.ts';
import type { PushWorker } from './push-worker.ts';
import type { SeenSale } from './sale-inputs.ts';

interface Refunding {
  readonly worker: PushWorker;
  readonly orderId: number;
  readonly currency: string;
}

/** Brings BigCommerce's refunds of the order to the register's. Null: there is nothing to say of them. */
export async function bookRefunds(
  worker: PushWorker,
  { sale, isRefunded }: SeenSale,
  inStore: InStoreState,
): Promise<PushOutcome | null> {
  const { orderId, refunds: known = [], plan } = inStore;
  if (orderId === null || (!isRefunded && known.length === 0)) return null;
  const read = await getRegisterRefunds(worker.clover(sale.merchantId), sale.orderId);
  if (!read.ok) return { end: 'failed', failure: read.failure };
  const flagged = sale.lines.flatMap((line) => (line.isRefunded ? [line.lineItemId] : []));
  const register = attributed(read.value, flagged);
  const isKnown = register.every(
    ({ refundId, isDone }) =>
      isDone === known.some((each) => each.refundId === refundId && each.webRefundId !== null),
  );
  if (isKnown) return null;
  const web = await getOrderRefunds(worker.bigcommerce(), orderId);
  if (!web.ok) return { end: 'failed', failure: web.failure };
  const { currency } = plan;
  const shown = web.value.map((refund) => webRefundOf(refund, currency));
  const work = refundWork(known, register, shown);
  const [undone] = work.undone;
  if (undone !== undefined)
    return { end: 'attention', reason: takenBack(undone, orderId, currency) };
  let booked = work.booked;
  for (const refund of work.missing) {
    const made = await bookOne({ worker, orderId, currency }, inStore, booked, refund);
    if (!made.ok) return refusal(made.failure, refund, orderId, currency);
    booked = made.value;
  }
  const kept = await worker.keep({ inStore: { ...inStore, refunds: booked } });
  if (!kept.ok) return { end: 'failed', failure: kept.failure };
  const sum = booked.reduce((sofar, { amountMinor }) => sofar + amountMinor, 0);
  return {
    end: 'pushed',
    story: `The refund of ${moneyText(sum, currency)} stands on both sides.`,
  };
}

function webRefundOf(refund: OrderRefund, currency: string): WebRefund {
  const isDeclined =
    refund.payments.length > 0 && refund.payments.every((payment) => payment.isDeclined);
  return {
    refundId: refund.refundId,
    amountMinor: isDeclined ? 0 : minorOf(refund.total, currency),
    reasons: [refund.reason, ...refund.items.map(({ reason }) => reason)],
  };
}

function minorOf(text: string, currency: string): number {
  const read = readExact(text);
  return read.ok ? toMinor(read.value, minorDigits(currency)) : 0;
}

/** Intent, quote, refund, and what came of it. */
async function bookOne(
  refunding: Refunding,
  inStore: InStoreState,
  booked: readonly BookedRefund[],
  refund: RegisterRefund,
): Promise<Result<readonly BookedRefund[], Failure>> {
  const { worker, orderId, currency } = refunding;
  const { refundId, amount: amountMinor } = refund;
  const quoted = await quoteFor(refunding, inStore, refund);
  if (!quoted.ok) return quoted;
  const { items, quote } = quoted.value;
  const sent = [...booked, { refundId, amountMinor, webRefundId: null }];
  const intent = await worker.keep({ inStore: { ...inStore, refunds: sent } });
  if (!intent.ok) return intent;
  const money = (minor: number) => decimalText(minor, currency);
  const isExact =
    minorOf(quote.total, currency) === amountMinor &&
    minorOf(quote.tax, currency) === refund.taxAmount;
  const method = isExact ? offlineMethod(quote) : null;
  // The register's own figures where BigCommerce would work out others: they are what went over the counter.
  const offline = [{ providerId: 'custom', amount: money(amountMinor), offline: true }];
  const made = await createRefund(worker.bigcommerce(), orderId, {
    items,
    payments: method ?? offline,
    ...(method === null
      ? { override: { total: money(amountMinor), tax: money(refund.taxAmount) } }
      : {}),
  });
  if (!made.ok) return made;
  const done = [...booked, { refundId, amountMinor, webRefundId: made.value.refundId }];
  const kept = await worker.keep({ inStore: { ...inStore, refunds: done } });
  return kept.ok ? ok(done) : kept;
}

interface Quoted {
  readonly items: readonly RefundRequestItem[];
  readonly quote: RefundQuote;
}

/**
 * The units that came back, and what is more than they cost (tips, fees, plain money) as an amount of the order. Where
 * BigCommerce has no such units left, all of it is an amount.
 */
async function quoteFor(
  { worker, orderId, currency }: Refunding,
  inStore: InStoreState,
  refund: RegisterRefund,
): Promise<Result<Quoted, Failure>> {
  const reason = [refundMark(refund.refundId), refund.reason].filter(Boolean).join(' ');
  const products = linesBack(inStore, refund).map(({ webLineId, quantity }): RefundRequestItem => ({
    type: 'PRODUCT',
    itemId: webLineId,
    quantity,
    reason,
  }));
  const amountOf = (minor: number): RefundRequestItem => ({
    type: 'ORDER',
    itemId: orderId,
    amount: decimalText(minor, currency),
    reason,
  });
  const ask = async (items: readonly RefundRequestItem[]): Promise<Result<Quoted, Failure>> => {
    const quote = await quoteRefund(worker.bigcommerce(), orderId, items);
    return quote.ok ? ok({ items, quote: quote.value }) : quote;
  };
  const plain = () => ask([amountOf(refund.amount)]);
  if (products.length === 0) return plain();
  const first = await ask(products);
  if (!first.ok) return first.failure.code === 'rejected' ? plain() : first;
  const more = refund.amount - minorOf(first.value.quote.total, currency);
  if (more <= 0) return first;
  const both = await ask([...products, amountOf(more)]);
  return !both.ok && both.failure.code === 'rejected' ? first : both;
}

function refusal(
  failure: Failure,
  { amount }: RegisterRefund,
  orderId: number,
  currency: string,
): PushOutcome {
  if (failure.code !== 'rejected') return { end: 'failed', failure };
  return {
    end: 'attention',
    reason: `${moneyText(amount, currency)} were refunded at the register, and BigCommerce does not take that (${failure.message}): refund order ${orderId} there by hand.`,
  };
}

function takenBack({ amountMinor }: BookedRefund, orderId: number, currency: string): string {
  return `A refund of ${moneyText(amountMinor, currency)} was taken back at the register; BigCommerce cannot take back one of order ${orderId}. Note it on the order there, then dismiss this.`;
}

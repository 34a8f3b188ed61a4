/** The tie-out of one business day (O9): both sides' money read afresh, and what the orders' copies say of it. */
import type { Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { minorDigits, readExact, toMinor } from '../domain/money.ts';
import {
  tieOut,
  type LinkMoney,
  type RefundMoney,
  type RegisterMoney,
  type TieOut,
  type WebMoney,
} from '../domain/orders/tie-out.ts';
import { isPushable } from '../domain/orders/translate.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { dayIn } from '../domain/time.ts';
import { TIE_OUT_PAGES_MAX, TIE_OUT_PUSH_LAG_MS } from '../limits.ts';
import { getRefundsSince, type OrderRefund } from '../platforms/bigcommerce/refunds.ts';
import { getSalePage } from '../platforms/bigcommerce/sale-list.ts';
import type { Sale } from '../platforms/bigcommerce/sales.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getPaymentPage, type CloverPayment } from '../platforms/clover/payments.ts';
import { getRefundPage, type CloverRefund } from '../platforms/clover/refunds.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { orderLinksByOther, orderLinksSold, type OrderLink } from '../store/order-links.ts';
import { isOwnOrder } from './push.ts';

export interface DayTieOut extends TieOut {
  readonly date: string;
  readonly timeZone: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly currency: string;
  /** Web orders of which the relay has a story. */
  readonly relayedIds: ReadonlySet<string>;
  /** Which merchant's register an order stands at, by the order's id. */
  readonly merchantOf: ReadonlyMap<string, MerchantId>;
}

/** Our payments' ids: `BC{orderId}-{n}`. */
const OWN_PAYMENT = /^BC(\d+)-\d+$/;

/**
 * Reads both sides for the merchant's day `date` (`2026-11-25`). Failures: `invalid_input` for a date that is none,
 * `conflict` without a register, `too_large` beyond what one look reads, and those of the platforms.
 */
export async function tieOutOf(
  ports: Ports,
  connection: Connection,
  date: string,
  eventId: string,
): Promise<Result<DayTieOut, Failure>> {
  const merchants = connection.merchants.filter(({ status }) => status === 'connected');
  const [first] = merchants;
  if (first === undefined) {
    return fail({ code: 'conflict', message: 'No Clover merchant is connected to compare with.' });
  }
  const { timeZone, currency } = first;
  const day = dayIn(date, timeZone) ?? dayIn(date, connection.timeZone);
  if (day === null) {
    return fail({ code: 'invalid_input', message: `"${date}" is no date such as 2026-11-25.` });
  }
  const context = { connectionId: connection.id, eventId, priority: 'interactive' as const };
  const web = await readWeb(ports, connection, context, day);
  if (!web.ok) return web;
  const payments: CloverPayment[] = [];
  const refunds: CloverRefund[] = [];
  const merchantOf = new Map<string, MerchantId>();
  for (const { merchantId } of merchants) {
    const read = await readRegister(ports, merchantId, context, day);
    if (!read.ok) return read;
    payments.push(...read.value.payments);
    refunds.push(...read.value.refunds);
    for (const { orderId } of [...read.value.payments, ...read.value.refunds]) {
      if (orderId !== null) merchantOf.set(orderId, merchantId);
    }
  }
  const links = await linksOf(ports, connection.id, day, refunds);
  // Orders that we made of sales in store are the register's own money, and counted there (O5).
  const webRefunds = await withoutOwn(ports, connection.id, web.value.refunds);
  const webSales = web.value.sales.filter((sale) => !isOwnOrder(sale));
  const { webToClover } = connection.settings.orders;
  const outcome = tieOut({
    web: webSales.map((sale) => webMoney(sale, connection, currency, links)),
    links: links.map(linkMoney),
    register: payments.filter(({ isDone }) => isDone).map((payment) => registerMoney(payment, day)),
    webRefunds: webRefunds.map((refund) => webRefund(refund, currency)),
    registerRefunds: refunds
      .filter(({ isDone }) => isDone)
      .map((refund) => registerRefund(refund, links)),
    roundingMaxMinor: webToClover.roundingMaxMinor,
    isPushOn: webToClover.enabled,
  });
  const relayedIds = new Set(links.map(({ orderId }) => orderId));
  return ok({ date, timeZone, ...day, currency, relayedIds, merchantOf, ...outcome });
}

interface Day {
  readonly fromMs: number;
  readonly untilMs: number;
}
type Context = Parameters<typeof openBigCommerce>[2];

function tooLarge(what: string): Result<never, Failure> {
  const message = `The day has more ${what} than one tie-out reads.`;
  return fail({ code: 'too_large', message });
}

async function readWeb(
  ports: Ports,
  connection: Connection,
  context: Context,
  { fromMs, untilMs }: Day,
): Promise<Result<{ sales: readonly Sale[]; refunds: readonly OrderRefund[] }, Failure>> {
  const session = openBigCommerce(ports, connection.id, context);
  const sales: Sale[] = [];
  for (let page = 1; ; page += 1) {
    if (page > TIE_OUT_PAGES_MAX) return tooLarge('web orders');
    const read = await getSalePage(session, fromMs, untilMs, page);
    if (!read.ok) return read;
    sales.push(...read.value.sales);
    if (read.value.isLast) break;
  }
  const refunds: OrderRefund[] = [];
  for (let page = 1; ; page += 1) {
    if (page > TIE_OUT_PAGES_MAX) return tooLarge('web refunds');
    const read = await getRefundsSince(session, fromMs, page);
    if (!read.ok) return read;
    refunds.push(...read.value.refunds);
    if (read.value.isLast) break;
  }
  const inDay = refunds.filter(({ createdAtMs }) => (createdAtMs ?? 0) < untilMs);
  return ok({ sales, refunds: inDay });
}

/** Payments until some hours after the day: an order sold before midnight may reach the register after it. */
async function readRegister(
  ports: Ports,
  merchantId: string,
  context: Context,
  { fromMs, untilMs }: Day,
): Promise<
  Result<{ payments: readonly CloverPayment[]; refunds: readonly CloverRefund[] }, Failure>
> {
  const session = openClover(ports, merchantId, context);
  const span = { fromMs, untilMs: untilMs + TIE_OUT_PUSH_LAG_MS };
  const payments: CloverPayment[] = [];
  for (let page = 0; ; page += 1) {
    if (page >= TIE_OUT_PAGES_MAX) return tooLarge('payments');
    const read = await getPaymentPage(session, span, page);
    if (!read.ok) return read;
    payments.push(...read.value.payments);
    if (read.value.isLast) break;
  }
  const refunds: CloverRefund[] = [];
  for (let page = 0; ; page += 1) {
    if (page >= TIE_OUT_PAGES_MAX) return tooLarge('refunds');
    const read = await getRefundPage(session, fromMs, page);
    if (!read.ok) return read;
    refunds.push(...read.value.refunds);
    if (read.value.isLast || isBeyond(refunds, untilMs)) break;
  }
  return ok({
    payments,
    refunds: refunds.filter(({ createdMs }) => (createdMs ?? 0) < untilMs),
  });
}

const isBeyond = (rows: readonly { readonly createdMs: number | null }[], untilMs: number) =>
  (rows.at(-1)?.createdMs ?? 0) >= untilMs;

/** Links of the day's orders, and of the orders of its refunds, which may be older. */
async function linksOf(
  ports: Ports,
  connectionId: string,
  { fromMs, untilMs }: Day,
  refunds: readonly CloverRefund[],
): Promise<readonly OrderLink[]> {
  const sold = await orderLinksSold(ports.db, connectionId, fromMs, untilMs);
  const otherIds = refunds.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
  const refunded = await orderLinksByOther(ports.db, connectionId, otherIds);
  const all = [...sold, ...refunded].filter(({ platform }) => platform === 'bigcommerce');
  return [...new Map(all.map((link) => [link.orderId, link])).values()];
}

/** Refunds of orders that stand for no sale in store. */
async function withoutOwn(
  ports: Ports,
  connectionId: string,
  refunds: readonly OrderRefund[],
): Promise<readonly OrderRefund[]> {
  const orderIds = [...new Set(refunds.map(({ orderId }) => String(orderId)))];
  const links = await orderLinksByOther(ports.db, connectionId, orderIds);
  const own = new Set(
    links.flatMap(({ platform, otherId }) => (platform === 'clover' ? (otherId ?? []) : [])),
  );
  return refunds.filter(({ orderId }) => !own.has(String(orderId)));
}

function minor(text: string, currency: string): number {
  const read = readExact(text);
  return read.ok ? toMinor(read.value, minorDigits(currency)) : 0;
}

/** An order in another currency counts with what it came to at the register, at its own rate. */
function webMoney(
  sale: Sale,
  { settings }: Connection,
  currency: string,
  links: readonly OrderLink[],
): WebMoney {
  const orderId = String(sale.orderId);
  const link = links.find((each) => each.orderId === orderId);
  const isSale =
    isPushable(sale.statusId, settings.orders.webToClover.statusIds) && !sale.isDeleted;
  // Refunded in full: it was a sale, and its refund counts on its own day.
  const wasSold = isSale || ((link?.otherId ?? null) !== null && sale.statusId === 4);
  const { breakdown } = link ?? {};
  if (sale.currency !== currency) {
    return {
      orderId,
      isSale: wasSold && link !== undefined,
      totalMinor: link?.totalMinor ?? 0,
      taxMinor: link?.taxMinor ?? 0,
      shippingMinor: breakdown?.shipping ?? 0,
      discountMinor: breakdown?.discount ?? 0,
      payments: link?.payments ?? [],
    };
  }
  const of = (text: string) => minor(text, currency);
  const total = of(sale.total.incTax);
  const [gift, credit] = [of(sale.giftCertificate), of(sale.storeCredit)];
  const method = sale.paymentMethod === '' ? 'Web payment' : sale.paymentMethod;
  return {
    orderId,
    isSale: wasSold,
    totalMinor: total,
    taxMinor: of(sale.totalTax),
    shippingMinor: shippingOf(sale, breakdown?.shipping, of),
    discountMinor: -of(sale.discount) - of(sale.couponDiscount),
    payments: [
      { method: 'Gift Certificate', amountMinor: gift },
      { method: 'Store Credit', amountMinor: credit },
      { method, amountMinor: total - gift - credit },
    ].filter(({ amountMinor }) => amountMinor !== 0),
  };
}

/** With tax or without it, as the register was told; by the order's own mode while it was not. */
function shippingOf(
  { shipping, isTaxInclusive }: Sale,
  toldMinor: number | undefined,
  of: (text: string) => number,
): number {
  const [exTax, incTax] = [of(shipping.exTax), of(shipping.incTax)];
  if (toldMinor === exTax || toldMinor === incTax) return toldMinor;
  return isTaxInclusive ? incTax : exTax;
}

function linkMoney(link: OrderLink): LinkMoney {
  return {
    orderId: link.orderId,
    otherId: link.otherId,
    status: link.status,
    reason: link.reason,
    shippingMinor: link.breakdown?.shipping ?? 0,
    discountMinor: link.breakdown?.discount ?? 0,
  };
}

function registerMoney(payment: CloverPayment, { untilMs }: Day): RegisterMoney {
  const [, webOrderId = null] = OWN_PAYMENT.exec(payment.externalPaymentId ?? '') ?? [];
  return {
    paymentId: payment.paymentId,
    registerOrderId: payment.orderId,
    webOrderId,
    tender: payment.tenderLabel,
    amountMinor: payment.amount + payment.tipAmount + payment.additionalCharges,
    taxMinor: payment.taxAmount,
    isInDay: (payment.createdMs ?? 0) < untilMs,
  };
}

const webRefund = (refund: OrderRefund, currency: string): RefundMoney => ({
  refundId: String(refund.refundId),
  webOrderId: String(refund.orderId),
  amountMinor: minor(refund.total, currency),
});

function registerRefund(refund: CloverRefund, links: readonly OrderLink[]): RefundMoney {
  const link = links.find(({ otherId }) => otherId === refund.orderId);
  return {
    refundId: refund.refundId,
    webOrderId: link?.orderId ?? null,
    amountMinor: refund.amount,
  };
}

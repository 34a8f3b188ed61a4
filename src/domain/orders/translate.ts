/**
 * Web order -> register order (O1, O2), without I/O. One tax strategy for every store: the register computes no tax
 * (`taxRemoved`); a store that prices without tax gets its tax as a line, one that prices with tax has it in its lines,
 * and each payment says its share of tax. Matching rate objects would let the register round by itself (clover.md 5.3),
 * and so miss the total by cents.
 */
import {
  divideExact,
  fromMinor,
  minorDigits,
  moneyText,
  readExact,
  share,
  shareBy,
  spread,
  toMinor,
  type Exact,
} from '../money.ts';
import type { Part, PartKind, Reading } from './parts.ts';
import { readParts } from './parts.ts';
import type {
  Breakdown,
  ParkCode,
  Parking,
  PlanDiscount,
  PlanLine,
  PlanPayment,
  PushOptions,
  Translation,
} from './push-plan.ts';
import { cut, REGISTER_LIMITS } from './register-limits.ts';
import { fillTemplate } from './template.ts';
import type { WebSale, WebSaleLine } from './web-sale.ts';

/** Partially refunded: sold and paid before, so its sale still belongs on the register; the refund follows it. */
const PARTIALLY_REFUNDED = 14;
/** The money never came in (bigcommerce.md 7.2). */
const UNPAID = new Set(['declined', 'void', 'void pending']);

/** Clover's reference of a pushed web order. */
export const referenceOf = (orderId: number | string): string => `BC${orderId}`;

/** A part and what it is in whole minor units of the register's currency. */
interface Counted {
  readonly part: Part;
  readonly minor: number;
}

/** Whether an order in this status belongs at the register. */
export function isPushable(statusId: number, statusIds: readonly number[]): boolean {
  return statusIds.includes(statusId) || statusId === PARTIALLY_REFUNDED;
}

export function translate(sale: WebSale, options: PushOptions): Translation {
  const reason = whyNoSale(sale, options.statusIds);
  if (reason !== null) return { kind: 'not_a_sale', reason };
  const digits = minorDigits(sale.currency);
  const read = readParts(sale, digits);
  if (!read.ok) {
    return park(
      'unreadable_amount',
      `Order ${sale.orderId} has an amount that is no number: "${read.failure}".`,
      'Open the order in BigCommerce, save it again and replay.',
    );
  }
  const parking =
    tooManyLines(sale, read.value) ??
    unlinkedLine(sale, options) ??
    difference(sale, read.value, options.roundingMaxMinor) ??
    otherCurrency(sale, options);
  if (parking !== null) return { kind: 'parked', parking };
  return planOf(sale, read.value, options);
}

function whyNoSale(sale: WebSale, statusIds: readonly number[]): string | null {
  if (sale.isDeleted) return 'it was archived';
  if (!isPushable(sale.statusId, statusIds)) {
    return `its status ${sale.statusId} is not among those that make a register order`;
  }
  if (UNPAID.has(sale.paymentStatus)) return `its payment is ${sale.paymentStatus}`;
  return null;
}

function planOf(sale: WebSale, reading: Reading, options: PushOptions): Translation {
  const rate = rateOf(sale, options);
  const digits = minorDigits(options.currency);
  const convert = (amount: Exact): Exact => (rate === null ? amount : divideExact(amount, rate));
  const total = toMinor(convert(exact(sale.total.incTax)), digits);
  const tax = Math.min(total, Math.max(0, toMinor(convert(exact(sale.totalTax)), digits)));
  const minors = spread(
    reading.parts.map(({ amount }) => convert(amount)),
    digits,
  );
  const counted = reading.parts.map((part, index) => ({ part, minor: minors[index] ?? 0 }));
  const rounding = total - minors.reduce((sum, minor) => sum + minor, 0);
  if (rounding !== 0) {
    const amount = fromMinor(rounding, digits);
    const part: Part = { kind: 'rounding', name: 'Rounding', line: null, amount };
    counted.push({ part, minor: rounding });
  }
  const paid = paymentsOf(sale, options, { total, tax, digits, convert });
  if (paid.kind === 'parked') return paid;
  const isConverted = rate !== null;
  const original = isConverted ? ` (${sale.total.incTax} ${sale.currency})` : '';
  return {
    kind: 'plan',
    plan: {
      reference: referenceOf(sale.orderId),
      currency: options.currency,
      totalMinor: total,
      taxMinor: tax,
      title: titleOf(sale, options),
      note:
        fillTemplate(options.note, sale, REGISTER_LIMITS.noteChars - original.length) + original,
      lines: counted.flatMap((each) => linesOf(each, options)),
      discounts: counted.flatMap(discountOf),
      payments: paid.payments,
      breakdown: breakdownOf(counted),
    },
  };
}

/** The order's number is in every title, because staff look for it and a lost answer is found by it (O3). */
function titleOf(sale: WebSale, options: PushOptions): string {
  const reference = referenceOf(sale.orderId);
  const filled = fillTemplate(
    options.title,
    sale,
    REGISTER_LIMITS.titleChars - reference.length - 1,
  );
  return filled.includes(String(sale.orderId)) ? filled : `${filled} ${reference}`.trim();
}

/** Amounts were read before: one that is none never gets here. */
function exact(text: string): Exact {
  const read = readExact(text);
  return read.ok ? read.value : 0n;
}

/** Units of the order's currency per unit of the register's; null when they are one currency. */
function rateOf(sale: WebSale, options: PushOptions): Exact | null {
  if (sale.currency === options.currency) return null;
  return exact(sale.storeToCurrencyRate);
}

function linesOf({ part, minor }: Counted, options: PushOptions): PlanLine[] {
  const { kind, line } = part;
  if (kind === 'discount' || (kind === 'rounding' && minor < 0)) return [];
  if (line === null) {
    if (minor === 0) return [];
    const isRevenue = kind !== 'tax' && kind !== 'rounding';
    const name = cut(part.name, REGISTER_LIMITS.lineNameChars);
    return [{ kind, webLineId: null, itemId: null, name, priceMinor: minor, note: '', isRevenue }];
  }
  const itemId = line.variantId === null ? null : (options.items.get(line.variantId) ?? null);
  // Clover has no quantity: N units are N lines (clover.md 5.2), which may differ by one minor unit.
  return share(minor, line.quantity).map((priceMinor) => ({
    kind,
    webLineId: line.lineId,
    itemId,
    name: cut(line.name === '' ? line.sku : line.name, REGISTER_LIMITS.lineNameChars) || 'Item',
    priceMinor,
    note: noteOf(line),
    // A gift certificate is money kept for somebody, not something sold.
    isRevenue: line.type !== 'giftcertificate',
  }));
}

function noteOf(line: WebSaleLine): string {
  const options = line.options.map(({ name, value }) => `${name}: ${value}`);
  return cut(options.join(', '), REGISTER_LIMITS.lineNoteChars);
}

/** Every discount is one of the order, by its name: one on each of N lines would cost a call each. */
function discountOf({ part, minor }: Counted): PlanDiscount[] {
  if (part.kind !== 'discount' && part.kind !== 'rounding') return [];
  if (minor >= 0) return [];
  return [{ name: cut(part.name, REGISTER_LIMITS.discountNameChars), amountMinor: minor }];
}

function breakdownOf(counted: readonly Counted[]): Breakdown {
  const sum = (kind: PartKind) =>
    counted.reduce((sofar, { part, minor }) => sofar + (part.kind === kind ? minor : 0), 0);
  return {
    product: sum('product'),
    shipping: sum('shipping'),
    handling: sum('handling'),
    wrapping: sum('wrapping'),
    fee: sum('fee'),
    tax: sum('tax'),
    discount: sum('discount'),
    rounding: sum('rounding'),
  };
}

interface Paying {
  readonly total: number;
  readonly tax: number;
  readonly digits: number;
  readonly convert: (amount: Exact) => Exact;
}

type Paid =
  | { readonly kind: 'paid'; readonly payments: readonly PlanPayment[] }
  | { readonly kind: 'parked'; readonly parking: Parking };

/** Gift certificate and store credit are tenders of their own (O1); the rest is what the shopper's method paid. */
function paymentsOf(sale: WebSale, options: PushOptions, paying: Paying): Paid {
  const { total, tax, digits, convert } = paying;
  const giftCertificate = toMinor(convert(exact(sale.giftCertificate)), digits);
  const storeCredit = Math.min(
    toMinor(convert(exact(sale.storeCredit)), digits),
    // Rounding of a converted amount must not overpay.
    sale.currency === options.currency ? Number.MAX_SAFE_INTEGER : total - giftCertificate,
  );
  const rest = total - giftCertificate - storeCredit;
  if (rest < 0) {
    return park(
      'credits_exceed_total',
      `Order ${sale.orderId}: gift certificate and store credit are more than its total of ${moneyText(total, options.currency)}.`,
      'Correct the order in BigCommerce; it goes on by itself.',
    );
  }
  const amounts: Omit<PlanPayment, 'key' | 'taxMinor' | 'tenderId'>[] = [
    { kind: 'gift_certificate' as const, method: 'Gift Certificate', amountMinor: giftCertificate },
    { kind: 'store_credit' as const, method: 'Store Credit', amountMinor: storeCredit },
    ...methodPayments(sale, rest, paying),
  ].filter(({ amountMinor }) => amountMinor > 0);
  const unknown = amounts.find(({ method }) => options.tenders[method] === undefined);
  if (unknown !== undefined && options.unknownMethods === 'park') {
    return park(
      'unknown_method',
      `Order ${sale.orderId} was paid by "${unknown.method}", which no Clover tender is set for.`,
      `Set a tender for "${unknown.method}" under orders.webToClover.tenders.`,
    );
  }
  const taxes = shareBy(
    tax,
    amounts.map(({ amountMinor }) => amountMinor),
  );
  const payments = amounts.map((payment, index) => ({
    ...payment,
    key: `${referenceOf(sale.orderId)}-${index + 1}`,
    tenderId: options.tenders[payment.method] ?? null,
    taxMinor: taxes[index] ?? 0,
  }));
  return { kind: 'paid', payments };
}

/** Several methods when BigCommerce's transactions add up to what is left, else the order's one method. */
function methodPayments(
  sale: WebSale,
  rest: number,
  { digits, convert }: Paying,
): { kind: 'method'; method: string; amountMinor: number }[] {
  const own = sale.payments
    .filter(({ method }) => method !== 'gift_certificate' && method !== 'store_credit')
    .map(({ method, amount }) => ({ method, exact: convert(exact(amount)) }));
  const minors = spread(
    own.map((payment) => payment.exact),
    digits,
  );
  const adds = own.length > 1 && minors.reduce((sum, minor) => sum + minor, 0) === rest;
  const method = sale.paymentMethod === '' ? 'Web payment' : sale.paymentMethod;
  if (!adds) return [{ kind: 'method', method, amountMinor: rest }];
  return own.map((payment, index) => ({
    kind: 'method',
    method: payment.method,
    amountMinor: minors[index] ?? 0,
  }));
}

function tooManyLines(sale: WebSale, reading: Reading): Parking | null {
  const units = sale.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const lines = units + reading.parts.filter(({ line }) => line === null).length + 1;
  if (lines <= REGISTER_LIMITS.linesMax) return null;
  return {
    code: 'too_many_lines',
    message: `Order ${sale.orderId} would need ${lines} lines at the register, where an order holds ${REGISTER_LIMITS.linesMax}.`,
    fix: 'Enter it at the register by hand, then dismiss this.',
  };
}

function unlinkedLine(sale: WebSale, options: PushOptions): Parking | null {
  if (options.unlinkedLines === 'custom') return null;
  const line = sale.lines.find(
    ({ variantId, type }) =>
      type === 'physical' && (variantId === null || !options.items.has(variantId)),
  );
  if (line === undefined) return null;
  const sku = line.sku === '' ? line.name : line.sku;
  return {
    code: 'unlinked_line',
    message: `Order ${sale.orderId} holds ${sku}, which is linked to no item of the register.`,
    fix: `Link ${sku}, or set orders.webToClover.unlinkedLines to "custom".`,
  };
}

function difference(sale: WebSale, reading: Reading, maxMinor: number): Parking | null {
  const { differenceMinor } = reading;
  if (Math.abs(differenceMinor) <= maxMinor) return null;
  const money = (minor: number) => moneyText(minor, sale.currency);
  const total = toMinor(exact(sale.total.incTax), minorDigits(sale.currency));
  return {
    code: 'total_differs',
    message: `Order ${sale.orderId} is ${money(total)}, but its parts add up to ${money(total - differenceMinor)} (${explain(sale, reading)}): a difference of ${money(differenceMinor)}.`,
    fix: 'Correct the order in BigCommerce, or allow a rounding line of that size under orders.webToClover.roundingMaxMinor.',
    differenceMinor,
  };
}

/** `products 10.00 USD, shipping 5.00 USD, discount -1.00 USD`. */
function explain(sale: WebSale, reading: Reading): string {
  const digits = minorDigits(sale.currency);
  const sums = Map.groupBy(reading.parts, ({ kind }) => kind);
  return [...sums]
    .map(([kind, parts]) => {
      const sum = parts.reduce((sofar, { amount }) => sofar + amount, 0n);
      return `${kind} ${moneyText(toMinor(sum, digits), sale.currency)}`;
    })
    .join(', ');
}

function otherCurrency(sale: WebSale, options: PushOptions): Parking | null {
  if (sale.currency === options.currency) return null;
  const message = `Order ${sale.orderId} was paid in ${sale.currency}, the register counts ${options.currency}`;
  const fix =
    'Enter it at the register by hand, or set orders.webToClover.otherCurrency to "convert".';
  if (options.otherCurrency === 'park')
    return { code: 'other_currency', message: `${message}.`, fix };
  const rate = readExact(sale.storeToCurrencyRate);
  if (sale.storeCurrency === options.currency && rate.ok && rate.value > 0n) return null;
  return {
    code: 'other_currency',
    message: `${message}, and the order tells no rate between the two.`,
    fix: 'Enter it at the register by hand, then dismiss this.',
  };
}

function park(
  code: ParkCode,
  message: string,
  fix: string,
): { readonly kind: 'parked'; readonly parking: Parking } {
  return { kind: 'parked', parking: { code, message, fix } };
}

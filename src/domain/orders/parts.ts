/**
 * What a web order's total is made of (O2). BigCommerce gives no formula for its grand total (bigcommerce.md 7.2), so
 * the documented readings are tried in the order in which they are likely; the one that gives the total to the cent is
 * the one that is used, and none is used in silence when none does.
 */
import { toMinor, readExact, type Exact } from '../money.ts';
import { ok, type Result } from '../result.ts';
import type { TaxedAmount, WebSale, WebSaleLine } from './web-sale.ts';

export type PartKind =
  | 'product'
  | 'shipping'
  | 'handling'
  | 'wrapping'
  | 'fee'
  | 'tax'
  | 'discount'
  | 'rounding';

export interface Part {
  readonly kind: PartKind;
  readonly name: string;
  /** The order line it is of; null for what belongs to the whole order. */
  readonly line: WebSaleLine | null;
  /** Taken off when negative. */
  readonly amount: Exact;
}

/** Whether lines carry their tax inside or tax is a line of its own. */
export type TaxMode = 'inclusive' | 'exclusive';

export interface Reading {
  readonly mode: TaxMode;
  readonly parts: readonly Part[];
  /** The order's total less the parts, in minor units of the order's currency; 0: it ties. */
  readonly differenceMinor: number;
}

type DiscountSource = 'order' | 'lines' | 'inside';

/** The best reading of the order's money; a failure names the text that is no amount. */
export function readParts(sale: WebSale, digits: number): Result<Reading, string> {
  const read = collect(sale);
  if (read.unreadable !== null) return { ok: false, failure: read.unreadable };
  const own: TaxMode = sale.isTaxInclusive ? 'inclusive' : 'exclusive';
  const modes: TaxMode[] = own === 'inclusive' ? [own, 'exclusive'] : [own, 'inclusive'];
  const sources: DiscountSource[] = hasDiscounts(sale, read.of)
    ? ['order', 'lines', 'inside']
    : ['order'];
  const total = toMinor(read.of(sale.total.incTax), digits);
  let best: Reading | null = null;
  for (const mode of modes) {
    for (const source of sources) {
      const parts = partsOf(sale, mode, source, digits, read.of);
      const sum = parts.reduce((sofar, { amount }) => sofar + amount, 0n);
      const reading = { mode, parts, differenceMinor: total - toMinor(sum, digits) };
      if (reading.differenceMinor === 0) return ok(reading);
      if (best === null || isCloser(reading, best)) best = reading;
    }
  }
  return ok(best ?? { mode: own, parts: [], differenceMinor: total });
}

const isCloser = (a: Reading, b: Reading): boolean =>
  Math.abs(a.differenceMinor) < Math.abs(b.differenceMinor);

type ReadAmount = (text: string) => Exact;

/** Every amount of the order parsed once. */
function collect(sale: WebSale): { unreadable: string | null; of: ReadAmount } {
  const pairs: TaxedAmount[] = [
    sale.total,
    sale.subtotal,
    sale.shipping,
    sale.handling,
    sale.wrapping,
    ...sale.fees,
    ...sale.lines.map((line) => line.total),
  ];
  const texts = [
    ...pairs.flatMap(({ exTax, incTax }) => [exTax, incTax]),
    sale.totalTax,
    sale.discount,
    sale.couponDiscount,
    sale.storeCredit,
    sale.giftCertificate,
    ...sale.taxes.map(({ amount }) => amount),
    ...sale.payments.map(({ amount }) => amount),
    ...sale.lines.flatMap((line) => line.discounts.map(({ amount }) => amount)),
  ];
  const amounts = new Map<string, Exact>();
  for (const text of texts) {
    const read = readExact(text);
    if (!read.ok) return { unreadable: text, of: () => 0n };
    amounts.set(text, read.value);
  }
  return { unreadable: null, of: (text) => amounts.get(text) ?? 0n };
}

function hasDiscounts(sale: WebSale, of: ReadAmount): boolean {
  return (
    of(sale.discount) !== 0n || of(sale.couponDiscount) !== 0n || lineDiscounts(sale, of).length > 0
  );
}

function partsOf(
  sale: WebSale,
  mode: TaxMode,
  source: DiscountSource,
  digits: number,
  of: ReadAmount,
): Part[] {
  const amountOf = (pair: TaxedAmount): Exact =>
    of(mode === 'inclusive' ? pair.incTax : pair.exTax);
  const whole = (kind: PartKind, name: string, amount: Exact): Part => ({
    kind,
    name,
    line: null,
    amount,
  });
  const children = countsChildren(sale, amountOf, digits);
  const products = sale.lines.map((line) => ({
    kind: 'product' as const,
    name: line.name,
    line,
    amount: line.isBundleChild && !children ? 0n : amountOf(line.total),
  }));
  const shippingName = sale.shippingMethod === '' ? 'Shipping' : `Shipping: ${sale.shippingMethod}`;
  const rest = [
    whole('shipping', shippingName, amountOf(sale.shipping)),
    whole('handling', 'Handling', amountOf(sale.handling)),
    whole('wrapping', 'Gift wrapping', amountOf(sale.wrapping)),
    ...sale.fees.map((fee) => whole('fee', fee.name === '' ? 'Fee' : fee.name, amountOf(fee))),
    ...(mode === 'exclusive' ? taxParts(sale, digits, of) : []),
    ...discountParts(sale, source, of),
  ].filter(({ amount }) => amount !== 0n);
  return [...products, ...rest];
}

/** Pick-list children either add to the subtotal or are inside their parent's price: the subtotal tells. */
function countsChildren(
  sale: WebSale,
  amountOf: (pair: TaxedAmount) => Exact,
  digits: number,
): boolean {
  const sum = (lines: readonly WebSaleLine[]) =>
    toMinor(
      lines.reduce((sofar, line) => sofar + amountOf(line.total), 0n),
      digits,
    );
  const subtotal = toMinor(amountOf(sale.subtotal), digits);
  const withoutChildren = sum(sale.lines.filter((line) => !line.isBundleChild));
  return sum(sale.lines) === subtotal || withoutChildren !== subtotal;
}

/** Tax by name when the names add up to the order's tax, else one line. */
function taxParts(sale: WebSale, digits: number, of: ReadAmount): Part[] {
  const totalTax = of(sale.totalTax);
  const byName = grouped(sale.taxes.map(({ name, amount }) => [name, of(amount)]));
  const named = byName.reduce((sum, [, amount]) => sum + amount, 0n);
  const tells = byName.length > 0 && toMinor(named, digits) === toMinor(totalTax, digits);
  const parts: (readonly [string, Exact])[] = tells ? byName : [['', totalTax]];
  return parts.map(([name, amount]) => ({
    kind: 'tax',
    name: name === '' ? 'Tax' : name,
    line: null,
    amount,
  }));
}

function discountParts(sale: WebSale, source: DiscountSource, of: ReadAmount): Part[] {
  const off = (name: string, amount: Exact): Part => ({
    kind: 'discount',
    name: name === '' ? 'Discount' : name,
    line: null,
    amount: -amount,
  });
  if (source === 'inside') return [];
  const named = lineDiscounts(sale, of);
  const sum = named.reduce((sofar, [, amount]) => sofar + amount, 0n);
  const told = of(sale.discount) + of(sale.couponDiscount);
  if (source === 'lines' || sum === told) return named.map(([name, amount]) => off(name, amount));
  return [off('Discount', of(sale.discount)), off('Coupon', of(sale.couponDiscount))];
}

function lineDiscounts(sale: WebSale, of: ReadAmount): (readonly [string, Exact])[] {
  const all = sale.lines.flatMap((line) => line.discounts);
  return grouped(all.map(({ name, amount }) => [name, of(amount)]));
}

function grouped(amounts: readonly (readonly [string, Exact])[]): (readonly [string, Exact])[] {
  const byName = new Map<string, Exact>();
  for (const [name, amount] of amounts) byName.set(name, (byName.get(name) ?? 0n) + amount);
  return [...byName].filter(([, amount]) => amount !== 0n);
}

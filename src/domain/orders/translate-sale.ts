/**
 * A sale in store as a BigCommerce order (O5): pure. What the order comes to is what the customer paid, to the cent, or
 * it is parked with the difference explained.
 */
import { moneyText, share, shareBy } from '../money.ts';
import type { Parking } from './push-plan.ts';
import { cut } from './register-limits.ts';
import type { RegisterPayment, RegisterSale, RegisterSaleLine } from './register-sale.ts';
import { sumsOf, type RegisterSums } from './register-sums.ts';
import {
  saleReferenceOf,
  type SaleOptions,
  type SalePlan,
  type SalePlanLine,
  type SaleTranslation,
} from './sale-plan.ts';

/** Cash is rounded to the coins that there are: less than five of the smallest unit (clover.md 9). */
const CASH_ROUNDING_MAX_MINOR = 4;
/** BigCommerce's names of lines and fees; the API names no limit, the control panel shows this many. */
const NAME_CHARS = 250;

/** One reading of the order's lines that may be what was paid. */
interface Reading {
  readonly lines: readonly RegisterSaleLine[];
  readonly sums: RegisterSums;
  readonly tax: number;
  /** What was paid less what the parts add up to. */
  readonly difference: number;
}

export function translateSale(sale: RegisterSale, options: SaleOptions): SaleTranslation {
  const payments = sale.payments.filter(({ isDone }) => isDone);
  const paid = total(payments, ({ amountMinor }) => amountMinor);
  const reason = whyNoSale(sale, payments, paid);
  if (reason !== null) return { kind: 'not_a_sale', reason };
  if (sale.currency !== options.storeCurrency) {
    return { kind: 'parked', parking: otherCurrency(sale, options) };
  }
  const isCash = payments.some((payment) => payment.isCash);
  const allowed = Math.max(isCash ? CASH_ROUNDING_MAX_MINOR : 0, options.roundingMaxMinor);
  const reading = readingOf(sale, payments, paid, allowed);
  if (Math.abs(reading.difference) > allowed) {
    const isOpen = reading.difference < 0 && paid < sale.totalMinor - allowed;
    return isOpen
      ? { kind: 'not_a_sale', reason: 'it is not fully paid: an open tab is no sale yet' }
      : { kind: 'parked', parking: totalDiffers(sale, reading, paid) };
  }
  return planOf(sale, payments, reading, options);
}

const total = <Item>(items: readonly Item[], minorOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + minorOf(item), 0);

/** O7. */
function whyNoSale(
  sale: RegisterSale,
  payments: readonly RegisterPayment[],
  paid: number,
): string | null {
  if (sale.isTest) return 'it is a test order';
  if (sale.isDeleted) return 'it was deleted';
  if (payments.length === 0) return 'it is not paid';
  if (sale.lines.length === 0 && paid === 0) return 'nothing is on it';
  return null;
}

/**
 * The lines that were paid for, and the tax in it: all lines, or those that an exchange left; by the tax that the
 * payments name, else by the lines' rates. The first that fits, else the first within what may be rounded, else the
 * closest.
 */
function readingOf(
  sale: RegisterSale,
  payments: readonly RegisterPayment[],
  paid: number,
  allowed: number,
): Reading {
  const told = total(payments, ({ taxMinor }) => taxMinor);
  // Without tax: only where nothing is left to pay.
  const isUntaxed = paid >= sale.totalMinor;
  const candidates = [
    sale.lines,
    sale.lines.filter(({ isExchanged }) => !isExchanged),
    sale.lines.filter(({ isExchanged, isRefunded }) => !isExchanged && !isRefunded),
  ].flatMap((lines) => {
    const sums = sumsOf(sale, lines);
    return (told > 0 ? [told, sums.tax] : [sums.tax, ...(isUntaxed ? [0] : [])]).map(
      (tax): Reading => {
        const { subtotal, discount, serviceCharge } = sums;
        const due = subtotal - discount + serviceCharge + (sale.isVat ? 0 : tax);
        return { lines, sums, tax, difference: paid - due };
      },
    );
  });
  const [first, ...others] = candidates;
  if (first === undefined) throw new Error('there is always a reading of all lines');
  return (
    candidates.find(({ difference }) => difference === 0) ??
    candidates.find(({ difference }) => Math.abs(difference) <= allowed) ??
    others.reduce(
      (best, each) => (Math.abs(each.difference) < Math.abs(best.difference) ? each : best),
      first,
    )
  );
}

function planOf(
  sale: RegisterSale,
  payments: readonly RegisterPayment[],
  { lines, sums, tax, difference }: Reading,
  options: SaleOptions,
): SaleTranslation {
  const units = pricedUnits(sale, lines, sums, tax);
  // A price below zero is a discount that somebody typed in as a line: BigCommerce takes no such price.
  const sold = units.filter(({ incTaxMinor, exTaxMinor }) => incTaxMinor >= 0 && exTaxMinor >= 0);
  const negative = units.filter((unit) => !sold.includes(unit));
  if (sold.length === 0) return { kind: 'parked', parking: nothingSold(sale) };
  const tips = total(payments, ({ tipMinor }) => tipMinor);
  const charges = total(payments, ({ chargesMinor }) => chargesMinor);
  const fees = [
    { name: sale.serviceCharge?.name || 'Service charge', amountMinor: sums.serviceCharge },
    { name: 'Tip', amountMinor: tips },
    { name: 'Surcharge', amountMinor: charges },
    { name: 'Rounding', amountMinor: Math.max(0, difference) },
  ]
    .filter(({ amountMinor }) => amountMinor !== 0)
    .map(({ name, amountMinor }) => ({ name: cut(name, NAME_CHARS), amountMinor }));
  const off = total(negative, ({ incTaxMinor }) => -incTaxMinor);
  const discountMinor = sums.discount + off + Math.max(0, -difference);
  const planned = grouped(sold, options);
  const ex = total(planned, ({ exTaxMinor, quantity }) => exTaxMinor * quantity);
  const inc = total(planned, ({ incTaxMinor, quantity }) => incTaxMinor * quantity);
  const feeMinor = total(fees, ({ amountMinor }) => amountMinor);
  const plan: SalePlan = {
    reference: saleReferenceOf(sale.merchantId, sale.orderId),
    currency: sale.currency,
    totalMinor: inc + feeMinor - discountMinor,
    taxMinor: inc - ex,
    lines: planned,
    discountMinor,
    fees,
    ...paymentsOf(payments),
    staffNotes: notesOf(sale, payments),
    soldAtMs: sale.soldAtMs,
    breakdown: {
      product: ex,
      shipping: 0,
      handling: 0,
      wrapping: 0,
      fee: feeMinor - Math.max(0, difference),
      tax: inc - ex,
      discount: -(discountMinor - Math.max(0, -difference)),
      rounding: difference,
    },
  };
  return { kind: 'plan', plan };
}

interface PricedUnit {
  readonly line: RegisterSaleLine;
  /** As the register prices it: with tax for VAT merchants, without it for others. */
  readonly minor: number;
  readonly exTaxMinor: number;
  readonly incTaxMinor: number;
}

/** Each line with its share of the tax, which Clover takes on the sum of a rate's lines. */
function pricedUnits(
  { isVat, taxRemoved }: RegisterSale,
  lines: readonly RegisterSaleLine[],
  { lineMinors }: RegisterSums,
  tax: number,
): PricedUnit[] {
  const taxed = lines.map(({ rates }, index) => {
    const bears = !taxRemoved && rates.some(({ rate, flatMinor }) => rate > 0 || flatMinor > 0);
    return bears ? Math.max(0, lineMinors[index] ?? 0) : 0;
  });
  // Tax that no line's rate explains lies on all of them.
  const isExplained = taxed.some((weight) => weight > 0);
  const weights = isExplained ? taxed : lineMinors.map((minor) => Math.max(0, minor));
  const taxes = shareBy(tax, weights);
  return lines.map((line, index) => {
    const minor = lineMinors[index] ?? 0;
    // Tax inside a price is never more than the price.
    const own = isVat ? Math.min(taxes[index] ?? 0, Math.max(0, minor)) : (taxes[index] ?? 0);
    return {
      line,
      minor,
      exTaxMinor: isVat ? minor - own : minor,
      incTaxMinor: isVat ? minor : minor + own,
    };
  });
}

/** Units alike are one line: N register lines are a quantity of N (clover.md 5.2). */
function grouped(units: readonly PricedUnit[], options: SaleOptions): SalePlanLine[] {
  const lines = new Map<string, SalePlanLine>();
  for (const { line, exTaxMinor, incTaxMinor } of evened(units)) {
    // What is weighed has no whole number of pieces that a catalog line could take.
    const isCounted = line.itemId !== null && line.unitQty === null;
    const variant = isCounted ? (options.variants.get(line.itemId ?? '') ?? null) : null;
    const name = cut(nameOf(line), NAME_CHARS);
    const key = JSON.stringify([line.itemId, variant, name, exTaxMinor, incTaxMinor]);
    const known = lines.get(key);
    const lineItemIds = [...(known?.lineItemIds ?? []), line.lineItemId];
    const quantity = lineItemIds.length;
    lines.set(key, { lineItemIds, variant, name, quantity, exTaxMinor, incTaxMinor });
  }
  return [...lines.values()];
}

/** Shares of tax may differ by a cent between equal units: the larger ones together, so that there are two groups at most. */
function evened(units: readonly PricedUnit[]): PricedUnit[] {
  const alike = Map.groupBy(units, ({ line, minor }) =>
    JSON.stringify([line.itemId, nameOf(line), minor]),
  );
  return [...alike.values()].flatMap((group) => {
    const ex = share(
      total(group, ({ exTaxMinor }) => exTaxMinor),
      group.length,
    );
    const inc = share(
      total(group, ({ incTaxMinor }) => incTaxMinor),
      group.length,
    );
    return group.map((unit, index) => ({
      ...unit,
      exTaxMinor: ex[index] ?? 0,
      incTaxMinor: inc[index] ?? 0,
    }));
  });
}

function nameOf({ name, modifications, note, unitQty }: RegisterSaleLine): string {
  const options = modifications.map((each) => each.name).filter((each) => each !== '');
  const measure = unitQty === null ? '' : ` (${unitQty / 1_000})`;
  const more = [...options, note].filter((each) => each !== '').join(', ');
  return `${name === '' ? 'Item' : name}${measure}${more === '' ? '' : `: ${more}`}`;
}

/** Split payments: one sum a tender, the order's method names them all. */
function paymentsOf(payments: readonly RegisterPayment[]) {
  const sums = new Map<string, number>();
  for (const { tender, amountMinor, tipMinor, chargesMinor } of payments) {
    const method = tender === '' ? 'Clover' : tender;
    sums.set(method, (sums.get(method) ?? 0) + amountMinor + tipMinor + chargesMinor);
  }
  const listed = [...sums].map(([method, amountMinor]) => ({ method, amountMinor }));
  const names = listed.map(({ method }) => method).join(', ');
  return { payments: listed, paymentMethod: cut(`Clover: ${names}`, 100) };
}

function notesOf(sale: RegisterSale, payments: readonly RegisterPayment[]): string {
  const { payments: listed } = paymentsOf(payments);
  const paid = listed.map(
    ({ method, amountMinor }) => `${method} ${moneyText(amountMinor, sale.currency)}`,
  );
  const discounts = sale.discounts.map(({ name }) => name).filter((name) => name !== '');
  const off = discounts.length === 0 ? '' : ` Discounts: ${discounts.join(', ')}.`;
  const note = sale.note === '' ? '' : ` ${sale.note}`;
  return `Sold in store, Clover order ${sale.orderId}. Paid: ${paid.join(', ')}.${off}${note}`;
}

function otherCurrency(sale: RegisterSale, { storeCurrency }: SaleOptions): Parking {
  return {
    code: 'other_currency',
    message: `Sale ${sale.orderId} was paid in ${sale.currency}, the store counts ${storeCurrency}.`,
    fix: 'Enter it in BigCommerce by hand, then dismiss this.',
  };
}

function nothingSold(sale: RegisterSale): Parking {
  return {
    code: 'nothing_sold',
    message: `Sale ${sale.orderId} was paid, but no line on it has a price of its own.`,
    fix: 'Enter it in BigCommerce by hand, then dismiss this.',
  };
}

function totalDiffers(
  sale: RegisterSale,
  { sums, tax, difference }: Reading,
  paid: number,
): Parking {
  const money = (minor: number) => moneyText(minor, sale.currency);
  const parts = [
    `lines ${money(sums.subtotal)}`,
    ...(sums.discount === 0 ? [] : [`discount ${money(-sums.discount)}`]),
    ...(sums.serviceCharge === 0 ? [] : [`service charge ${money(sums.serviceCharge)}`]),
    ...(tax === 0 ? [] : [`tax ${money(tax)}${sale.isVat ? ' included' : ''}`]),
  ];
  return {
    code: 'total_differs',
    message: `Sale ${sale.orderId} was paid ${money(paid)}, but its parts add up to ${money(paid - difference)} (${parts.join(', ')}): a difference of ${money(difference)}.`,
    fix: 'Enter it in BigCommerce by hand, or allow a rounding of that size under orders.webToClover.roundingMaxMinor.',
    differenceMinor: difference,
  };
}

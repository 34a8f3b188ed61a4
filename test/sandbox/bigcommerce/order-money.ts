/**
 * What an order costs, to the cent: lines, shares of discounts, taxes, totals (orders.v2.oas2.yml, bigcommerce.md 7.2).
 * A line's own total has its discounts not taken off, its tax has: `(price_ex_tax - discount) * tax_rate = total_tax`.
 * All amounts are ten-thousandths; what the platform computes is rounded to the currency's own digits.
 */
import type { Order, OrderLine, Store, TaxRate, TotalField } from './state.ts';

/** 100 % in thousandths of a percent. */
const WHOLE = 100_000;

/** Ten-thousandths in the currency's smallest coin. */
export const coinOf = (store: Store): number => 10 ** (4 - Math.min(store.decimalPlaces, 4));

export const toCoin = (amount: number, coin: number): number => Math.round(amount / coin) * coin;

export interface Taxed {
  exTax: number;
  incTax: number;
  /** The tax by rate; empty where the caller's prices say it. */
  taxes: { rate: TaxRate; amount: number }[];
}

type Basis = Pick<Order, 'isTaxInclusive' | 'taxRates'>;

/** An amount as it was entered, with or without tax, with the tax that its class bears. */
export function withTax(order: Basis, classId: number, entered: number, coin: number): Taxed {
  const rates = order.taxRates.filter((rate) => rate.classId === classId);
  const sum = rates.reduce((total, rate) => total + rate.milliPercent, 0);
  const exact = order.isTaxInclusive ? (entered * sum) / (WHOLE + sum) : (entered * sum) / WHOLE;
  const tax = toCoin(exact, coin);
  const shares = shareOut(
    tax,
    rates.map((rate) => rate.milliPercent),
    coin,
  );
  return {
    exTax: order.isTaxInclusive ? entered - tax : entered,
    incTax: order.isTaxInclusive ? entered : entered + tax,
    taxes: rates.map((rate, index) => ({ rate, amount: shares[index] ?? 0 })),
  };
}

/** An amount cut by weights into whole coins; the parts sum up to it exactly. */
export function shareOut(amount: number, weights: readonly number[], coin: number): number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  if (whole === 0) return weights.map(() => 0);
  let weight = 0;
  let given = 0;
  return weights.map((own, index) => {
    weight += own;
    const until = index === weights.length - 1 ? amount : toCoin((amount * weight) / whole, coin);
    const share = until - given;
    given = until;
    return share;
  });
}

export interface LineMoney {
  line: OrderLine;
  /** Quantity times price, as entered. */
  entered: number;
  manualDiscount: number;
  couponDiscount: number;
  /** What the shopper pays for it, discounts taken off. */
  paid: Taxed;
  /** Discounts not taken off, the tax of what is paid. */
  exTax: number;
  incTax: number;
}

const enteredOf = (order: Order, line: OrderLine): number =>
  (order.isTaxInclusive ? line.priceIncTax : line.priceExTax) * line.quantity;

export const couponDiscountOf = (order: Order): number =>
  order.coupons.reduce((sum, coupon) => sum + coupon.discount, 0);

/** The lines with their shares of the order's discounts. */
export function linesMoney(store: Store, order: Order): LineMoney[] {
  const coin = coinOf(store);
  const entered = order.lines.map((line) => enteredOf(order, line));
  const manual = shareOut(order.discountAmount, entered, coin);
  const coupon = shareOut(couponDiscountOf(order), entered, coin);
  return order.lines.map((line, index) => {
    const of = (list: readonly number[]) => list[index] ?? 0;
    const discount = of(manual) + of(coupon);
    const paid = paidOf(order, line, of(entered), discount, coin);
    return {
      line,
      entered: of(entered),
      manualDiscount: of(manual),
      couponDiscount: of(coupon),
      paid,
      exTax: paid.exTax + discount,
      incTax: paid.incTax + discount,
    };
  });
}

function paidOf(
  order: Order,
  line: OrderLine,
  entered: number,
  discount: number,
  coin: number,
): Taxed {
  if (line.isTaxedByStore) return withTax(order, line.taxClassId, entered - discount, coin);
  return {
    exTax: line.priceExTax * line.quantity - discount,
    incTax: line.priceIncTax * line.quantity - discount,
    taxes: [],
  };
}

interface Pair {
  exTax: number;
  incTax: number;
}

const sumOf = (pairs: readonly Pair[]): Pair => ({
  exTax: pairs.reduce((sum, pair) => sum + pair.exTax, 0),
  incTax: pairs.reduce((sum, pair) => sum + pair.incTax, 0),
});

export const wrappingOf = (order: Order): Pair =>
  sumOf(order.lines.flatMap(({ wrapping }) => (wrapping === null ? [] : [wrapping])));

/** Totals; what the API caller gave wins over what is computed (7.4). */
export function orderTotals(store: Store, order: Order): Record<TotalField, number> {
  const subtotal = sumOf(linesMoney(store, order));
  const more = sumOf([
    { exTax: order.shippingExTax, incTax: order.shippingIncTax },
    { exTax: order.handlingExTax, incTax: order.handlingIncTax },
    wrappingOf(order),
    ...order.fees,
  ]);
  const off = order.discountAmount + couponDiscountOf(order);
  return {
    subtotal_ex_tax: subtotal.exTax,
    subtotal_inc_tax: subtotal.incTax,
    total_ex_tax: subtotal.exTax + more.exTax - off,
    total_inc_tax: subtotal.incTax + more.incTax - off,
    ...order.overrides,
  };
}

export interface TaxRow {
  rate: TaxRate;
  amount: number;
  type: 'item' | 'shipping' | 'handling' | 'gift-wrapping';
  lineId: number | null;
}

const GIVEN: TaxRate = {
  id: 0,
  name: 'API Tax Override',
  classId: 0,
  className: 'Default Tax Class',
  milliPercent: 0,
};

/** The order's tax, thing by thing; what an API caller gave goes under one name of its own (bigcommerce.md 10). */
export function taxRows(store: Store, order: Order): TaxRow[] {
  const coin = coinOf(store);
  const rows: TaxRow[] = [];
  for (const { line, paid } of linesMoney(store, order)) {
    const given = line.isTaxedByStore ? 0 : paid.incTax - paid.exTax;
    if (given !== 0) rows.push({ rate: GIVEN, amount: given, type: 'item', lineId: line.id });
    for (const { rate, amount } of paid.taxes) {
      rows.push({ rate, amount, type: 'item', lineId: line.id });
    }
    if (line.wrapping !== null) {
      rows.push(...costRows(order, line.wrapping, 'gift-wrapping', line.id, line.taxClassId, coin));
    }
  }
  const shipping = { exTax: order.shippingExTax, incTax: order.shippingIncTax };
  const handling = { exTax: order.handlingExTax, incTax: order.handlingIncTax };
  const { shippingTaxClassId: classId } = order;
  rows.push(...costRows(order, shipping, 'shipping', null, classId, coin));
  rows.push(...costRows(order, handling, 'handling', null, classId, coin));
  return rows;
}

/** The tax inside a cost, by the rates of its class. */
function costRows(
  order: Order,
  cost: Pair,
  type: TaxRow['type'],
  lineId: number | null,
  classId: number,
  coin: number,
): TaxRow[] {
  const tax = cost.incTax - cost.exTax;
  if (tax === 0) return [];
  const rates = order.taxRates.filter((rate) => rate.classId === classId);
  if (rates.length === 0) return [{ rate: GIVEN, amount: tax, type, lineId }];
  const shares = shareOut(
    tax,
    rates.map((rate) => rate.milliPercent),
    coin,
  );
  return rates.map((rate, index) => ({ rate, amount: shares[index] ?? 0, type, lineId }));
}

/**
 * Order totals: clover.md 5.3 "Totals". An order-level discount lowers every line by the same factor, as the
 * `getDiscountMultiplier` of Clover's own calculator says; several percentages add up: UNCONFIRMED.
 */
import type { DiscountRow, LineItemRow, ServiceChargeRow } from './types.ts';

/** 100 % in Clover's unit of a tax rate. */
const WHOLE_RATE = 10_000_000;
/** 100 % in Clover's unit of discounts and service charges. */
const WHOLE_PERCENT = 1_000_000;

export interface TaxShare {
  id: string;
  name: string;
  rate: number;
  taxableAmount: number;
  taxAmount: number;
}

/** Minor units throughout. */
export interface Totals {
  /** Lines after their own discounts. */
  subtotal: number;
  /** After the order's discounts too. */
  discountedSubtotal: number;
  serviceCharge: number;
  taxAmount: number;
  taxes: TaxShare[];
  total: number;
}

export interface TotalsOptions {
  vat: boolean;
  taxRemoved: boolean;
  withRefunded?: boolean;
  discounts?: readonly DiscountRow[];
  serviceCharge?: ServiceChargeRow | undefined;
}

const roundHalfUp = (value: number): number => Math.floor(value + 0.5);

/** `numerator / denominator` in whole numbers, halves up, without the limits of a double. */
function divideHalfUp(numerator: bigint, denominator: bigint): number {
  if (denominator < 0n) return divideHalfUp(-numerator, -denominator);
  const doubled = 2n * numerator + denominator;
  const whole = 2n * denominator;
  const quotient = doubled / whole;
  return Number(doubled % whole < 0n ? quotient - 1n : quotient);
}

const percentOf = (discount: DiscountRow): number =>
  discount.percentageDecimal ?? (discount.percentage ?? 0) * 10_000;

/** Percentages first, amounts after them, never below zero. */
function discounted(base: number, discounts: readonly DiscountRow[]): number {
  const percent = discounts.reduce((sum, discount) => sum + percentOf(discount), 0);
  const amounts = discounts.reduce((sum, discount) => sum + (discount.amount ?? 0), 0);
  if (percent === 0 && amounts === 0) return base;
  return Math.max(0, base - roundHalfUp((base * percent) / WHOLE_PERCENT) + amounts);
}

/** What one line costs with its modifiers and after its discounts. */
export function lineAmount(line: LineItemRow): number {
  const units = line.unitQty === undefined ? 1000 : line.unitQty;
  const modifiers = line.modifications.reduce((sum, { amount }) => sum + amount, 0);
  return discounted(roundHalfUp((line.price * units) / 1000) + modifiers, line.discounts);
}

/**
 * Totals in minor units. Tax is taken per tax-rate object on the summed base and rounded half up; for VAT
 * merchants it is inside the prices. Refunded lines do not count.
 */
export function totalsOf(lines: readonly LineItemRow[], options: TotalsOptions): Totals {
  const counted = lines.filter((line) => options.withRefunded === true || !line.refunded);
  const subtotal = counted.reduce((sum, line) => sum + lineAmount(line), 0);
  const discountedSubtotal = discounted(subtotal, options.discounts ?? []);
  const taxes = options.taxRemoved
    ? []
    : taxShares(counted, { vat: options.vat, subtotal, discountedSubtotal });
  const taxAmount = taxes.reduce((sum, share) => sum + share.taxAmount, 0);
  const percent = options.serviceCharge?.percentageDecimal ?? 0;
  const serviceCharge = roundHalfUp((discountedSubtotal * percent) / WHOLE_PERCENT);
  const total = discountedSubtotal + serviceCharge + (options.vat ? 0 : taxAmount);
  return { subtotal, discountedSubtotal, serviceCharge, taxAmount, taxes, total };
}

function taxShares(
  lines: readonly LineItemRow[],
  sums: { vat: boolean; subtotal: number; discountedSubtotal: number },
): TaxShare[] {
  const byRate = new Map<string, { share: TaxShare; base: number; flat: number }>();
  for (const line of lines) {
    for (const { id, name, rate, taxAmount } of line.taxRates) {
      const share = { id, name, rate, taxableAmount: 0, taxAmount: 0 };
      const sum = byRate.get(id) ?? { share, base: 0, flat: 0 };
      sum.base += lineAmount(line);
      sum.flat += taxAmount ?? 0;
      byRate.set(id, sum);
    }
  }
  const whole = BigInt(sums.subtotal === 0 ? 1 : sums.subtotal);
  return [...byRate.values()].map(({ share, base, flat }) => {
    const taxable = BigInt(base) * BigInt(sums.discountedSubtotal);
    const divisor = BigInt(sums.vat ? WHOLE_RATE + share.rate : WHOLE_RATE);
    return {
      ...share,
      taxableAmount: divideHalfUp(taxable, whole),
      taxAmount: divideHalfUp(taxable * BigInt(share.rate), whole * divisor) + flat,
    };
  });
}

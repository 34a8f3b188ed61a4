/** What a register's order adds up to, by Clover's own rules (clover.md 5.3 "Totals"). Whole minor units throughout. */
import type { RegisterDiscount, RegisterSale, RegisterSaleLine } from './register-sale.ts';

/** 100 % in Clover's unit of discounts and service charges. */
const WHOLE_PERCENT = 1_000_000n;
/** 100 % in Clover's unit of tax rates. */
const WHOLE_RATE = 10_000_000n;

export interface RegisterSums {
  /** Each line after its own discounts, in the order of the lines given. */
  readonly lineMinors: readonly number[];
  readonly subtotal: number;
  /** Taken off the whole order, zero or more. */
  readonly discount: number;
  readonly serviceCharge: number;
  /** As the lines' rates make it. */
  readonly tax: number;
}

/** `numerator / denominator`, halves up. */
function divideHalfUp(numerator: bigint, denominator: bigint): number {
  const doubled = 2n * numerator + denominator;
  const whole = 2n * denominator;
  const quotient = doubled / whole;
  return Number(doubled % whole < 0n ? quotient - 1n : quotient);
}

const partOf = (base: number, percent: number): number =>
  divideHalfUp(BigInt(base) * BigInt(percent), WHOLE_PERCENT);

/** Percentages first, amounts after them, never below zero. */
function discounted(base: number, discounts: readonly RegisterDiscount[]): number {
  const percent = discounts.reduce((sum, each) => sum + each.percentageDecimal, 0);
  const off = discounts.reduce((sum, each) => sum + each.amountOff, 0);
  if (percent === 0 && off === 0) return base;
  return Math.max(0, base - partOf(base, percent) - off);
}

function lineMinor(line: RegisterSaleLine): number {
  const units = line.unitQty ?? 1_000;
  const price = divideHalfUp(BigInt(line.priceMinor) * BigInt(units), 1_000n);
  const more = line.modifications.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return discounted(price + more, line.discounts);
}

/** The sums of these lines under the order's discounts, service charge and tax mode. */
export function sumsOf(sale: RegisterSale, lines: readonly RegisterSaleLine[]): RegisterSums {
  const lineMinors = lines.map(lineMinor);
  const subtotal = lineMinors.reduce((sum, each) => sum + each, 0);
  const net = discounted(subtotal, sale.discounts);
  return {
    lineMinors,
    subtotal,
    discount: subtotal - net,
    serviceCharge: partOf(net, sale.serviceCharge?.percentageDecimal ?? 0),
    tax: sale.taxRemoved ? 0 : taxOf(sale, lines, lineMinors, { subtotal, net }),
  };
}

/** Tax is taken per rate object on the summed base, not per line. */
function taxOf(
  { isVat }: RegisterSale,
  lines: readonly RegisterSaleLine[],
  lineMinors: readonly number[],
  { subtotal, net }: { readonly subtotal: number; readonly net: number },
): number {
  const bases = new Map<string, { rate: number; base: number; flat: number }>();
  for (const [index, line] of lines.entries()) {
    for (const { taxRateId, rate, flatMinor } of line.rates) {
      const known = bases.get(taxRateId) ?? { rate, base: 0, flat: 0 };
      const base = known.base + (lineMinors[index] ?? 0);
      bases.set(taxRateId, { rate, base, flat: known.flat + flatMinor });
    }
  }
  const whole = BigInt(subtotal === 0 ? 1 : subtotal);
  let tax = 0;
  for (const { rate, base, flat } of bases.values()) {
    const divisor = isVat ? WHOLE_RATE + BigInt(rate) : WHOLE_RATE;
    tax += divideHalfUp(BigInt(base) * BigInt(net) * BigInt(rate), whole * divisor) + flat;
  }
  return tax;
}

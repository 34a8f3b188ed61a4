/** Order totals: clover.md 5.3 "Totals". Discounts and service charges come with order creation. */
import type { LineItemRow } from './types.ts';

/** 100 % in Clover's unit of a tax rate. */
const WHOLE_RATE = 10_000_000;

export interface TaxShare {
  id: string;
  name: string;
  rate: number;
  taxableAmount: number;
  taxAmount: number;
}

export interface Totals {
  total: number;
  taxAmount: number;
  taxes: TaxShare[];
}

const roundHalfUp = (value: number): number => Math.floor(value + 0.5);

/** Price of one line in minor units. */
export const lineAmount = (line: LineItemRow): number =>
  line.unitQty === undefined ? line.price : roundHalfUp((line.price * line.unitQty) / 1000);

/**
 * Totals in minor units. Tax is taken per tax-rate object on the summed base and rounded half up; for VAT
 * merchants it is inside the prices. Refunded lines do not count.
 */
export function totalsOf(
  lines: readonly LineItemRow[],
  options: { vat: boolean; taxRemoved: boolean; withRefunded?: boolean },
): Totals {
  const counted = lines.filter((line) => options.withRefunded === true || !line.refunded);
  const subtotal = counted.reduce((sum, line) => sum + lineAmount(line), 0);
  const shares = new Map<string, TaxShare>();
  for (const line of options.taxRemoved ? [] : counted) {
    for (const rate of line.taxRates) {
      const share = shares.get(rate.id) ?? { ...rate, taxableAmount: 0, taxAmount: 0 };
      share.taxableAmount += lineAmount(line);
      shares.set(rate.id, share);
    }
  }
  const taxes = [...shares.values()];
  for (const share of taxes) {
    const divisor = options.vat ? WHOLE_RATE + share.rate : WHOLE_RATE;
    share.taxAmount = roundHalfUp((share.taxableAmount * share.rate) / divisor);
  }
  const taxAmount = taxes.reduce((sum, share) => sum + share.taxAmount, 0);
  return { total: options.vat ? subtotal : subtotal + taxAmount, taxAmount, taxes };
}

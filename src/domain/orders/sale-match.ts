/** Comparing a sale's plan with what BigCommerce shows of it, and with the plan before (O5). */
import { moneyText } from '../money.ts';
import type { SalePlan, SalePlanLine } from './sale-plan.ts';
import type { SoldLine } from './sale-state.ts';

/** A line of BigCommerce's order. */
export interface ShownLine {
  readonly lineId: number;
  readonly variantId: number | null;
  readonly name: string;
  readonly quantity: number;
}

/**
 * Which line of the order stands for which of the register's: by variant or name, and quantity, each once, in their
 * order. Null: one is missing, or there are more.
 */
export function matchLines(
  plan: SalePlan,
  shown: readonly ShownLine[],
): readonly SoldLine[] | null {
  const left = [...shown];
  const matched: SoldLine[] = [];
  for (const line of plan.lines) {
    const at = left.findIndex((each) => isOf(line, each));
    const found = left[at];
    if (found === undefined) return null;
    left.splice(at, 1);
    matched.push({ webLineId: found.lineId, lineItemIds: line.lineItemIds });
  }
  return left.length === 0 ? matched : null;
}

/** A line of the catalog may have gone by its name: BigCommerce had too little. */
function isOf(line: SalePlanLine, { variantId, name, quantity }: ShownLine): boolean {
  if (quantity !== line.quantity) return false;
  return variantId === null ? name === line.name : variantId === line.variant?.variantId;
}

const soldOf = ({ lines, discountMinor }: SalePlan): string =>
  JSON.stringify([
    discountMinor,
    ...lines
      .map(({ name, quantity, exTaxMinor, incTaxMinor, lineItemIds }) =>
        [...lineItemIds.toSorted(), name, quantity, exTaxMinor, incTaxMinor].join('\u0000'),
      )
      .toSorted(),
  ]);

const feesOf = ({ fees, totalMinor, currency }: SalePlan): string =>
  [
    ...fees.map(({ name, amountMinor }) => `${name} ${amountMinor}`),
    moneyText(totalMinor, currency),
  ].join();

/** Both come to the same, line by line. */
export const isSameSale = (before: SalePlan, after: SalePlan): boolean =>
  onlyFeesDiffer(before, after) && feesOf(before) === feesOf(after);

/** What was sold is the same; tips, surcharges and service charges may not be. */
export const onlyFeesDiffer = (before: SalePlan, after: SalePlan): boolean =>
  soldOf(before) === soldOf(after);

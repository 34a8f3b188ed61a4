/** How far a sale in store has come in BigCommerce: stored before and after each call (O5). */
import type { BookedRefund } from './refund-back.ts';
import type { SalePlan } from './sale-plan.ts';

export interface InStoreState {
  readonly plan: SalePlan;
  /** BigCommerce's order; null: none is known to be there. */
  readonly orderId: number | null;
  /** All lines go by name, and no stock is taken: BigCommerce had too little, or would not take the catalog's lines. */
  readonly isCustom: boolean;
  /** Which of the register's lines each line of the order stands for; empty before it was read back. */
  readonly lines: readonly SoldLine[];
  /** Refunds that BigCommerce has of it, or was sent; left out: none. */
  readonly refunds?: readonly BookedRefund[];
}

export interface SoldLine {
  readonly webLineId: number;
  readonly lineItemIds: readonly string[];
}

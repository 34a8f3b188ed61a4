/** What a web order of the simulation becomes at its register: lines and their money, one payment. */
import type { PlaceKey } from '../../src/domain/ids.ts';
import type { Breakdown, PlanLine, PushPlan } from '../../src/domain/orders/push-plan.ts';
import { WEB, type ReadWebOrder, type SimSku } from './platforms.ts';

/** Shipped, Awaiting Shipment, Completed, Awaiting Fulfillment (bigcommerce.md 7.3). */
export const PUSHED_STATUS_IDS: readonly number[] = [2, 9, 10, 11];

const PRICE_MINOR = 1_000;

const NOTHING: Breakdown = {
  product: 0,
  shipping: 0,
  handling: 0,
  wrapping: 0,
  fee: 0,
  tax: 0,
  discount: 0,
  rounding: 0,
};

export function planOf(
  orderId: string,
  order: ReadWebOrder,
  books: readonly { readonly sku: SimSku }[],
  place: PlaceKey,
): PushPlan {
  const lines = order.lines.flatMap((line): PlanLine[] => {
    const sku = books.find((book) => String(book.sku.variantId) === line.subject)?.sku;
    const one: PlanLine = {
      kind: 'product',
      webLineId: Number(line.lineId),
      itemId: sku?.itemIds[place] ?? null,
      name: sku?.sku ?? WEB,
      priceMinor: PRICE_MINOR,
      note: '',
      isRevenue: true,
    };
    return Array.from({ length: line.quantity }, () => one);
  });
  const totalMinor = lines.length * PRICE_MINOR;
  const reference = `BC${orderId}`;
  return {
    reference,
    currency: 'USD',
    totalMinor,
    taxMinor: 0,
    title: `Web order ${orderId}`,
    note: '',
    lines,
    discounts: [],
    payments: [
      {
        key: `${reference}-1`,
        kind: 'method',
        method: 'Credit Card',
        tenderId: null,
        amountMinor: totalMinor,
        taxMinor: 0,
      },
    ],
    breakdown: { ...NOTHING, product: totalMinor },
  };
}

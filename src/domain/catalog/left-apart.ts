/** What stays apart, as operations of a plan: nothing in them that apply could do. */
import type { Operation } from './plan.ts';
import type { RegisterItem, Sellable, Unlinked } from './rows.ts';

/** Rows that no link holds, with what both sides say of them. */
export function planUnlinked(row: Unlinked): Operation {
  return leave(row.kind, row.sku, row.message, {
    bigcommerce: row.sellables.map(webFacts),
    clover: row.items.map(registerFacts),
  });
}

/** Ambiguous rows wait for a person; the others have nothing to be carried out. */
export function leave(
  kind: Unlinked['kind'],
  sku: string,
  reason: string,
  before: Record<string, unknown> | null,
): Operation {
  const outcome = kind === 'ambiguous' ? 'open' : 'skipped';
  return { kind, sku, outcome, reason, before, after: null, payload: null };
}

function webFacts({ productId, variantId, sku, name }: Sellable): Record<string, unknown> {
  return { productId, variantId, sku, name };
}

function registerFacts({
  merchantId,
  itemId,
  sku,
  name,
  code,
}: RegisterItem): Record<string, unknown> {
  return { merchantId, itemId, sku, name, barcode: code };
}

/**
 * What is gone on one side of a link and still stands on the other: hidden or deleted there when the merchant says so, as
 * operations of a plan, never silently (C9). A side that seems to have lost many rows at once is left to a person.
 */
import type { MerchantId } from '../ids.ts';
import { itemKey } from './board.ts';
import { exceedsMassGuard } from './guard.ts';
import type { Operation } from './plan.ts';
import type { BrokenLink, Matching, RegisterItem, Sellable } from './rows.ts';
import { planRemoval } from './undo-plan.ts';

export interface RemovalInput {
  readonly matching: Matching;
  readonly sellables: readonly Sellable[];
  readonly items: readonly RegisterItem[];
  readonly how: 'keep' | 'hide' | 'delete';
  /** Merchants whose items were read: of others nothing is known to be gone. */
  readonly merchantIds: ReadonlySet<MerchantId>;
  /** Share of the links, 0 to 1. */
  readonly massGuardShare: number;
}

export interface Removals {
  readonly operations: readonly Operation[];
  /** The matching without the rows that go: they are not created on the other side again. */
  readonly matching: Matching;
}

export function planRemovals(input: RemovalInput): Removals {
  const { matching, how } = input;
  if (how === 'keep') return { operations: [], matching };
  const variants = new Map(input.sellables.map((row) => [row.variantId, row]));
  const items = new Map(
    input.items.filter((row) => !row.deleted).map((row) => [itemKey(row), row]),
  );
  const active = matching.broken.filter(
    ({ link }) =>
      link.status === 'active' &&
      link.items.every(({ merchantId }) => input.merchantIds.has(merchantId)),
  );
  const free = freeRows(matching);
  const going = new Set<string>();
  const operations = active.flatMap((row) => removalOf(row, variants, items, free, how, going));
  const total = matching.links.length + active.length;
  const isMass = exceedsMassGuard(operations.length, total, input.massGuardShare);
  const why =
    `Held back by the mass guard: ${operations.length} of ${total} linked SKUs seem to be gone on one side. ` +
    'Look at that side; approve what is meant.';
  return {
    operations: isMass
      ? operations.map((each) => ({
          ...each,
          outcome: 'open',
          reason: `${each.reason ?? ''} ${why}`,
        }))
      : operations,
    matching: {
      ...matching,
      unlinked: matching.unlinked.filter(
        (row) =>
          !row.items.some((item) => going.has(itemKey(item))) &&
          !row.sellables.some(({ variantId }) => going.has(String(variantId))),
      ),
    },
  };
}

/** Rows that found no new link: what another link took is in use. */
function freeRows({ unlinked }: Matching): ReadonlySet<string> {
  return new Set(
    unlinked.flatMap((row) => [
      ...row.items.map(itemKey),
      ...row.sellables.map(({ variantId }) => String(variantId)),
    ]),
  );
}

function removalOf(
  { link }: BrokenLink,
  variants: ReadonlyMap<number, Sellable>,
  items: ReadonlyMap<string, RegisterItem>,
  free: ReadonlySet<string>,
  how: 'hide' | 'delete',
  going: Set<string>,
): Operation[] {
  const sellable = variants.get(link.variantId);
  const left = link.items.filter((item) => items.has(itemKey(item)) && free.has(itemKey(item)));
  const { sku, productId, variantId, linkId } = link;
  if (sellable === undefined && left.length > 0) {
    for (const item of left) going.add(itemKey(item));
    const before = { clover: left };
    return [planRemoval(sku, before, 'clover', how, { linkId, productId, variantId, items: left })];
  }
  if (sellable === undefined || left.length > 0 || !free.has(String(variantId))) return [];
  going.add(String(variantId));
  const before = { bigcommerce: [{ productId, variantId, sku, name: sellable.name }] };
  return [
    planRemoval(sku, before, 'bigcommerce', how, { linkId, productId, variantId, items: [] }),
  ];
}

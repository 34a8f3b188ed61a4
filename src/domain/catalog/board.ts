/** The table on which matching lays its rows: which of them still wait for an outcome, and what is known of each. */
import type {
  BrokenLink,
  Catalogs,
  ExistingLink,
  MatchedLink,
  OpenReason,
  RegisterItem,
  Sellable,
  Unlinked,
} from './rows.ts';
import { compareText, normaliseSku, quote } from './text.ts';

/** What is known while matching: rows in a fixed order, and which of them already have an outcome. */
export interface Board {
  readonly sellables: readonly Sellable[];
  readonly items: readonly RegisterItem[];
  readonly links: MatchedLink[];
  readonly unlinked: Unlinked[];
  readonly broken: BrokenLink[];
  /** Links that existed, by the variant that they hold now; their items may still lack a merchant. */
  readonly held: Map<number, { readonly link: ExistingLink; readonly items: RegisterItem[] }>;
  /** Why this variant cannot be linked; undefined when it can. */
  obstacle(sellable: Sellable): { reason: OpenReason; message: string } | undefined;
  /** A bundle needs no Clover item (S9). */
  isBundle(sku: string): boolean;
  sellablesOf(sku: string): readonly Sellable[];
  /** Items of this SKU without an outcome. */
  itemsOf(sku: string): readonly RegisterItem[];
  skus(): readonly string[];
  take(item: RegisterItem): void;
  isFree(item: RegisterItem): boolean;
  leave(
    kind: Unlinked['kind'],
    reason: OpenReason,
    sellables: readonly Sellable[],
    items: readonly RegisterItem[],
    message: string,
  ): void;
  /** A product with options whose own SKU this is. */
  productOf(sku: string): number | undefined;
  lookAlike(sku: string, side: 'bigcommerce' | 'clover'): string | undefined;
}

export function newBoard(catalogs: Catalogs): Board {
  const sellables = catalogs.sellables.toSorted((a, b) => a.variantId - b.variantId);
  const items = catalogs.items.toSorted(compareItems);
  const bySku = Map.groupBy(sellables, ({ sku }) => sku);
  const itemsBySku = Map.groupBy(items, ({ sku }) => sku);
  const variantsOf = new Map<number, number>();
  const optioned = new Map<string, number>();
  for (const { productId, isBase, productSku } of sellables) {
    variantsOf.set(productId, (variantsOf.get(productId) ?? 0) + 1);
    if (!isBase && !isBlank(productSku) && !optioned.has(productSku)) {
      optioned.set(productSku, productId);
    }
  }
  const looks = lookAlikes(sellables, items);
  const taken = new Set<RegisterItem>();
  const unlinked: Unlinked[] = [];
  return {
    sellables,
    items,
    links: [],
    unlinked,
    broken: [],
    held: new Map(),
    isBundle: (sku) => catalogs.bundles?.has(sku) === true,
    obstacle: (sellable) => obstacleOf(sellable, variantsOf.get(sellable.productId) ?? 1),
    sellablesOf: (sku) => bySku.get(sku) ?? [],
    itemsOf: (sku) => (itemsBySku.get(sku) ?? []).filter((item) => !taken.has(item)),
    skus: () => [...new Set([...bySku.keys(), ...itemsBySku.keys()])].toSorted(compareText),
    take: (item) => taken.add(item),
    isFree: (item) => !taken.has(item),
    leave(kind, reason, left, leftItems, message) {
      const sku = left[0]?.sku ?? leftItems[0]?.sku ?? '';
      unlinked.push({ kind, sku, sellables: left, items: leftItems, reason, message });
    },
    productOf: (sku) => optioned.get(sku),
    lookAlike: looks,
  };
}

/** Finds another SKU that a person could take for this one. Most catalogs need few of them, so it is set up late. */
function lookAlikes(
  sellables: readonly Sellable[],
  items: readonly RegisterItem[],
): Board['lookAlike'] {
  const index = (rows: readonly { readonly sku: string }[]): ReadonlyMap<string, string[]> => {
    const skus = new Map<string, string[]>();
    for (const { sku } of rows) {
      const alike = skus.get(normaliseSku(sku)) ?? [];
      if (!alike.includes(sku)) skus.set(normaliseSku(sku), [...alike, sku]);
    }
    return skus;
  };
  let web: ReadonlyMap<string, string[]> | undefined;
  let register: ReadonlyMap<string, string[]> | undefined;
  return (sku, side) => {
    if (side === 'bigcommerce') web ??= index(sellables);
    else register ??= index(items.filter(({ deleted }) => !deleted));
    const skus = side === 'bigcommerce' ? web : register;
    return skus?.get(normaliseSku(sku))?.find((other) => other !== sku);
  };
}

/** Why a variant's stock cannot be kept, whoever its counterpart is (S12). */
export function obstacleOf(
  sellable: Sellable,
  variantsOfProduct: number,
): { reason: OpenReason; message: string } | undefined {
  if (sellable.type === 'digital') {
    return { reason: 'digital', message: 'A digital product has no stock to keep.' };
  }
  if (sellable.tracking === 'none') {
    return {
      reason: 'tracking_none',
      message:
        'BigCommerce does not track the inventory of this product: switch tracking on and plan again.',
    };
  }
  if (sellable.tracking === 'product' && variantsOfProduct > 1) {
    return {
      reason: 'counted_per_product',
      message:
        `BigCommerce counts product ${sellable.productId} as a whole although it has ` +
        `${variantsOfProduct} variants: track inventory by variant and plan again.`,
    };
  }
  return undefined;
}

export function isBlank(sku: string): boolean {
  return sku.trim() === '';
}

export function itemKey(item: ItemId): string {
  return `${item.merchantId}:${item.itemId}`;
}

export function nameOf(item: RegisterItem): string {
  return `${quote(item.name)} (${item.itemId})`;
}

type ItemId = Pick<RegisterItem, 'merchantId' | 'itemId'>;

export function compareItems(a: ItemId, b: ItemId): number {
  return compareText(a.merchantId, b.merchantId) || compareText(a.itemId, b.itemId);
}

export function compareUnlinked(a: Unlinked, b: Unlinked): number {
  return compareText(a.sku, b.sku) || compareText(rowKey(a), rowKey(b));
}

/** The first row's id: a row stands in one outcome only, so it names the outcome. */
function rowKey(row: Unlinked): string {
  const [sellable] = row.sellables;
  if (sellable !== undefined) return `b${String(sellable.variantId).padStart(16, '0')}`;
  const [item] = row.items;
  return item === undefined ? '' : `c${itemKey(item)}`;
}

/**
 * Levels: where they are kept, what reads show of them, and the one way to change them, with the
 * journal row and the webhooks each change causes (bigcommerce.md 6). Nothing else writes `onHand`.
 */
import { note } from '../journal.ts';
import type { JournalStockChange } from '../journal.ts';
import { wholeSecond } from './clock.ts';
import { emit } from './events.ts';
import type { Platform } from './platform.ts';
import type { Product, StockRecord, Store, Variant } from './state.ts';

/** Per location (bigcommerce.md 6.2). */
export const LEVEL_MAX = 2_147_483_647;
export const DEFAULT_LOCATION_ID = 1;

const ITEM_SCOPE = 'store/channel/*/inventory/product';

/** What a level belongs to: all variants of a product tracked by product share one. */
export interface StockItem {
  product: Product;
  variant: Variant;
}

export function itemOf(store: Store, variantId: number): StockItem | undefined {
  const variant = store.variants[variantId];
  const product = variant && store.products[variant.productId];
  return variant && product && { product, variant };
}

/** The item a product tracked by product is counted under: its base variant, or else its first. */
export function productItem(store: Store, product: Product): StockItem | undefined {
  const variantId = product.baseVariantId ?? product.variantIds[0];
  return variantId === undefined ? undefined : itemOf(store, variantId);
}

function stockKey({ product, variant }: StockItem, locationId: number): string {
  const owner = product.tracking === 'product' ? `product ${product.id}` : `variant ${variant.id}`;
  return `${owner} @ ${locationId}`;
}

const NO_RECORD: Readonly<StockRecord> = {
  onHand: null,
  past: [],
  safetyStock: 0,
  isInStock: true,
  warningLevel: 0,
  binPickingNumber: '',
};

/** The record of an item at a location for reading; one without any has no level at all (6.4). */
export function stockOf(store: Store, item: StockItem, locationId: number): Readonly<StockRecord> {
  return store.stock[stockKey(item, locationId)] ?? NO_RECORD;
}

/** The record of an item at a location for writing, made on first need. */
export function recordOf(store: Store, item: StockItem, locationId: number): StockRecord {
  return (store.stock[stockKey(item, locationId)] ??= { ...NO_RECORD, past: [] });
}

/**
 * The level as reads show it now, null when it never was set; trails `onHand` by `inventoryLagMs`
 * (6.3).
 */
export function visibleOnHand(record: Readonly<StockRecord>, nowMs: number): number | null {
  const past = record.past.find((one) => nowMs < one.untilMs);
  return past === undefined ? record.onHand : past.onHand;
}

/** What may be sold: on hand less the safety stock (6.1, worked example). */
export function availableToSell(onHand: number | null, record: Readonly<StockRecord>): number {
  return Math.max(0, (onHand ?? 0) - record.safetyStock);
}

export interface StockChange {
  item: StockItem;
  locationId: number;
  onHand: number;
  cause: JournalStockChange['cause'];
}

/** Sets a level, journals it and fires what the platform fires for it (6.6). */
export function changeStock(platform: Platform, store: Store, change: StockChange): void {
  const { item, locationId, onHand } = change;
  const record = recordOf(store, item, locationId);
  const before = record.onHand;
  const changed = (before ?? 0) !== onHand;
  if (before !== onHand) {
    remember(platform, record);
    record.onHand = onHand;
    noteChange(platform, store, change, before);
  }
  if (!changed && !platform.switches.echoUnchangedLevels) return;
  if (changed && platform.switches.stockEditBumpsDateModified) {
    item.product.modifiedAtMs = wholeSecond(platform.runtime.now());
  }
  fireStockHooks(platform, store, change, before ?? 0);
}

/** Keeps what reads go on showing until the lag is over. */
function remember(platform: Platform, record: StockRecord): void {
  const { inventoryLagMs } = platform.switches;
  const nowMs = platform.runtime.now();
  record.past = record.past.filter((one) => nowMs < one.untilMs);
  if (inventoryLagMs > 0) {
    record.past.push({ onHand: record.onHand, untilMs: nowMs + inventoryLagMs });
  }
}

function noteChange(
  platform: Platform,
  store: Store,
  change: StockChange,
  before: number | null,
): void {
  note(platform.runtime.journal.stock, {
    atMs: platform.runtime.now(),
    platform: 'bigcommerce',
    account: store.hash,
    place: String(change.locationId),
    item: String(change.item.variant.id),
    before,
    after: change.onHand,
    cause: change.cause,
  });
}

function fireStockHooks(
  platform: Platform,
  store: Store,
  change: StockChange,
  before: number,
): void {
  const { item, locationId, onHand, cause } = change;
  const { product, variant } = item;
  const { inventoryLagMs, stockHooksAfterLag, hookInventoryValue } = platform.switches;
  const afterMs = stockHooksAfterLag ? inventoryLagMs : 0;
  const fire = (scope: string, data: unknown) => emit(platform, store, scope, data, afterMs);
  const place = { variant_id: variant.id, product_id: product.id, location_id: locationId };
  const byOrder = cause === 'sale' || cause === 'cancel';

  fire(`${ITEM_SCOPE}/stock_changed`, place);
  if (cause === 'sale') {
    const record = stockOf(store, item, locationId);
    if (before > record.warningLevel && onHand <= record.warningLevel) {
      fire(`${ITEM_SCOPE}/low_stock_reached`, place);
    }
    if (onHand <= 0) fire(`${ITEM_SCOPE}/out_of_stock_reached`, place);
  }
  // "absolute" is the control panel and the API, "relative" an order; the value is disputed (2.3).
  const method = byOrder ? 'relative' : 'absolute';
  const value = hookInventoryValue === 'level' ? onHand : onHand - before;
  const inventoryChange = { product_id: product.id, method, value };
  const topic = byOrder ? 'inventory/order/updated' : 'inventory/updated';
  if (product.tracking === 'product') {
    fire(`store/product/${topic}`, { type: 'product', id: product.id, inventory: inventoryChange });
  } else if (variant.skuId !== null) {
    const inventory = { ...inventoryChange, variant_id: variant.id };
    fire(`store/sku/${topic}`, { type: 'sku', id: variant.skuId, inventory });
  }
  fire('store/product/updated', { type: 'product', id: product.id });
}

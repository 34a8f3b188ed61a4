/**
 * GET /v3/inventory/items, GET/PUT /v3/inventory/locations/{id}/items (bigcommerce.md 6.1, 6.2).
 */
import { uuid } from './crypto.ts';
import { ok, Refusal } from './errors.ts';
import { emit } from './events.ts';
import { findItem, payloadError, readIdentity } from './inventory-identity.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { integers, texts } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Location, Store } from './state.ts';
import { availableToSell, itemOf, recordOf, stockOf, visibleOnHand } from './stock.ts';
import type { StockItem } from './stock.ts';

/** Most items in one answer, and in one settings write (bigcommerce.md 6.1, 6.2). */
const LIMIT_MAX = 1_000;
const SETTINGS_MAX = 2_000;

const ITEM_FILTERS = ['sku:in', 'variant_id:in', 'product_id:in'];

function levelsAt(call: Call, item: StockItem, location: Location) {
  const record = stockOf(call.store, item, location.id);
  const onHand = visibleOnHand(record, call.platform.runtime.now());
  return {
    available_to_sell: availableToSell(onHand, record),
    // A level that never was set reads as 0, which is how the relative trap hides (6.4).
    total_inventory_onhand: onHand ?? 0,
    settings: {
      safety_stock: record.safetyStock,
      is_in_stock: record.isInStock,
      warning_level: record.warningLevel,
      bin_picking_number: record.binPickingNumber,
    },
  };
}

const identityOf = ({ variant, product }: StockItem) => ({
  sku: variant.sku,
  variant_id: variant.id,
  product_id: product.id,
});

function itemsOf(call: Call): StockItem[] {
  const skus = texts(call, 'sku:in')?.map((sku) => sku.toLowerCase());
  const variantIds = integers(call, 'variant_id:in');
  const productIds = integers(call, 'product_id:in');
  return Object.values(call.store.variants)
    .map((variant) => itemOf(call.store, variant.id))
    .filter((item) => item !== undefined)
    .filter(
      ({ product, variant }) =>
        (product.tracking !== 'none' || call.platform.switches.listUntrackedItems) &&
        (skus === undefined || skus.includes(variant.sku.toLowerCase())) &&
        (variantIds === undefined || variantIds.includes(variant.id)) &&
        (productIds === undefined || productIds.includes(product.id)),
    );
}

function listItems(call: Call): Response {
  const locationIds = integers(call, 'location_id:in');
  const codes = texts(call, 'location_code:in');
  const locations = Object.values(call.store.locations).filter(
    (location) =>
      (locationIds === undefined || locationIds.includes(location.id)) &&
      (codes === undefined || codes.includes(location.code)),
  );
  const view = (item: StockItem) => ({
    identity: { ...identityOf(item), sku_id: item.variant.skuId },
    locations: locations.map((location) => ({
      location_id: location.id,
      location_code: location.code,
      location_name: location.label,
      location_enabled: location.enabled,
      ...levelsAt(call, item, location),
    })),
  });
  return pageV3(call, itemsOf(call), view, { limitMax: LIMIT_MAX });
}

function locationOf(call: Call): Location {
  const location = call.store.locations[call.id('location')];
  if (location === undefined) throw new Refusal(404, 'The location was not found.');
  return location;
}

function listLocationItems(call: Call): Response {
  const location = locationOf(call);
  const view = (item: StockItem) => ({
    identity: identityOf(item),
    ...levelsAt(call, item, location),
  });
  return pageV3(call, itemsOf(call), view, { limitMax: LIMIT_MAX });
}

interface SettingsInput {
  item: StockItem;
  safetyStock?: number;
  warningLevel?: number;
  isInStock?: boolean;
  binPickingNumber?: string;
}

const wholeNumber = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * One row of the settings body; a number, a boolean and a text each under their documented name.
 */
function readSettings(store: Store, row: unknown, index: number): SettingsInput {
  const at = `setting.${index}`;
  if (typeof row !== 'object' || row === null) throw payloadError({ [at]: 'Must be an object' });
  const input = row as Record<string, unknown>;
  const { safety_stock: safety, warning_level: warning } = input;
  const { is_in_stock: isInStock, bin_picking_number: bin } = input;
  const errors: Record<string, string> = {};
  if (safety !== undefined && !wholeNumber(safety)) errors[`${at}.safety_stock`] = 'Invalid';
  if (warning !== undefined && !wholeNumber(warning)) errors[`${at}.warning_level`] = 'Invalid';
  if (isInStock !== undefined && typeof isInStock !== 'boolean') {
    errors[`${at}.is_in_stock`] = 'Invalid';
  }
  if (bin !== undefined && typeof bin !== 'string') errors[`${at}.bin_picking_number`] = 'Invalid';
  if ([safety, warning, isInStock, bin].every((value) => value === undefined)) {
    errors[`${at}.settings`] =
      'At least one setting must be specified: warning_level, is_in_stock or safety_stock';
  }
  if (Object.keys(errors).length > 0) throw payloadError(errors);
  const item = findItem(store, readIdentity(input['identity'], `${at}.identity`));
  return {
    item,
    ...(safety === undefined ? {} : { safetyStock: safety as number }),
    ...(warning === undefined ? {} : { warningLevel: warning as number }),
    ...(isInStock === undefined ? {} : { isInStock: isInStock as boolean }),
    ...(bin === undefined ? {} : { binPickingNumber: bin as string }),
  };
}

function putSettings(call: Call): Response {
  const { platform, store } = call;
  const location = locationOf(call);
  const rows = (call.body as { settings?: unknown } | null)?.settings;
  if (!Array.isArray(rows) || rows.length === 0) throw payloadError({ settings: 'Required' });
  if (rows.length > SETTINGS_MAX) {
    throw new Refusal(413, `The maximum items allowed in the array is ${SETTINGS_MAX}`);
  }
  for (const { item, ...settings } of rows.map((row, index) => readSettings(store, row, index))) {
    Object.assign(recordOf(store, item, location.id), settings);
    emit(platform, store, 'store/channel/*/inventory/product/settings_changed', {
      variant_id: item.variant.id,
      product_id: item.product.id,
      location_id: location.id,
    });
  }
  return ok({ transaction_id: uuid(platform.runtime) });
}

const scopes = reading('store_inventory');
const locationItems = '/inventory/locations/:location{[0-9]+}/items';

export const inventoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    version: 'v3',
    path: '/inventory/items',
    scopes,
    query: [...PAGING_FILTERS, ...ITEM_FILTERS, 'location_id:in', 'location_code:in'],
    handle: listItems,
  },
  {
    method: 'GET',
    version: 'v3',
    path: locationItems,
    scopes,
    query: [...PAGING_FILTERS, ...ITEM_FILTERS],
    handle: listLocationItems,
  },
  {
    method: 'PUT',
    version: 'v3',
    path: locationItems,
    scopes: ['store_inventory'],
    handle: putSettings,
  },
];

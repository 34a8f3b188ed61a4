/**
 * Stock per location: reads, and the two adjustments (bigcommerce.md 6). Writes are asynchronous at BigCommerce: a read
 * right after one may still show the old level. There is no idempotency key.
 */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import {
  BIGCOMMERCE_ADJUSTMENTS_MAX,
  BIGCOMMERCE_IDS_PER_FILTER,
  BIGCOMMERCE_INVENTORY_PAGE,
  PAGES_MAX,
} from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import {
  listOf,
  wireInventoryItem,
  wireLocationItem,
  wireTransaction,
  type Meta,
  type WireStock,
} from './wire.ts';

/** What one location shows of one variant. */
interface InventoryLevel {
  readonly locationId: number;
  /** null where BigCommerce names only the product. */
  readonly variantId: number | null;
  readonly productId: number | null;
  readonly sku: string;
  /** On hand, whole units: what adjustments move. null when nothing was ever counted there. */
  readonly level: number | null;
  /** On hand minus safety stock: what shoppers can buy. */
  readonly availableToSell: number | null;
  /** The store's location is switched off: its stock can neither be edited nor sold (bigcommerce.md 5). */
  readonly isLocationOff: boolean;
  readonly safetyStock: number;
}

/** Which id the Inventory API takes must match the product's tracking (bigcommerce.md 6.4). */
interface StockAddress {
  readonly locationId: number;
  readonly productId: number;
  readonly variantId: number;
  readonly tracking: 'product' | 'variant';
}

export interface Adjustment {
  readonly address: StockAddress;
  /** Relative: units to add, negative takes away. Absolute: the level to set, 0 or more. */
  readonly quantity: number;
}

const LOCATION_ITEMS = listOf(wireLocationItem);
const INVENTORY_ITEMS = listOf(wireInventoryItem);

function levelOf(
  locationId: number,
  identity: v.InferOutput<typeof wireLocationItem>['identity'],
  stock: WireStock,
): InventoryLevel {
  return {
    locationId,
    variantId: identity.variant_id,
    productId: identity.product_id,
    sku: identity.sku ?? '',
    level: stock.total_inventory_onhand ?? null,
    availableToSell: stock.available_to_sell ?? null,
    isLocationOff: stock.location_enabled === false,
    safetyStock: stock.settings?.safety_stock ?? 0,
  };
}

/** True when a page cannot be the last one. Totals decide where the answer has them, else the page's length. */
function hasMore(meta: Meta, page: number, rows: number): boolean {
  const pages = meta?.pagination?.total_pages ?? null;
  return rows > 0 && (pages === null ? rows >= BIGCOMMERCE_INVENTORY_PAGE : page < pages);
}

// --- All levels of one location ------------------------------------------------------------------------------------

export interface InventoryPage {
  readonly levels: readonly InventoryLevel[];
  /** Number of the next page; null when this was the last. */
  readonly nextPage: number | null;
  /** When the request left, epoch milliseconds. */
  readonly readStartedAtMs: number;
}

/** `page` counts from 1. */
function inventoryPageRequest(
  locationId: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof LOCATION_ITEMS>> {
  return {
    operation: 'inventory.page',
    method: 'GET',
    path: `/v3/inventory/locations/${locationId}/items`,
    query: { page, limit: BIGCOMMERCE_INVENTORY_PAGE },
    accepts: LOCATION_ITEMS,
  };
}

function readInventoryPage(
  wire: v.InferOutput<typeof LOCATION_ITEMS>,
  locationId: number,
  page: number,
  readStartedAtMs: number,
): InventoryPage {
  return {
    levels: wire.data.map((item) => levelOf(locationId, item.identity, item)),
    nextPage: hasMore(wire.meta, page, wire.data.length) ? page + 1 : null,
    readStartedAtMs,
  };
}

/** Up to 1,000 levels of one location. Failures: those of `session.call`; `not_found` for an unknown location. */
export async function getInventoryPage(
  session: BigCommerceSession,
  locationId: number,
  page: number,
): Promise<Result<InventoryPage, Failure>> {
  const answer = await session.call(inventoryPageRequest(locationId, page));
  if (!answer.ok) return answer;
  const { body, startedAtMs } = answer.value;
  return ok(readInventoryPage(body, locationId, page, startedAtMs));
}

/** Every level of one location, page by page; ends after the first failure, and with `too_large` past `PAGES_MAX`. */
export async function* inventoryPages(
  session: BigCommerceSession,
  locationId: number,
): AsyncGenerator<Result<InventoryPage, Failure>, void> {
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const answer = await getInventoryPage(session, locationId, page);
    yield answer;
    if (!answer.ok || answer.value.nextPage === null) return;
  }
  yield fail({
    code: 'too_large',
    message: `Location ${locationId} lists more than ${PAGES_MAX * BIGCOMMERCE_INVENTORY_PAGE} levels.`,
  });
}

// --- Levels of chosen variants or products -------------------------------------------------------------------------

export type InventoryFilter =
  | { readonly variantIds: readonly number[]; readonly locationIds?: readonly number[] }
  | { readonly productIds: readonly number[]; readonly locationIds?: readonly number[] };

export interface InventoryRead {
  readonly levels: readonly InventoryLevel[];
  /** When the first request left, epoch milliseconds. */
  readonly readStartedAtMs: number;
}

/** One request for at most `BIGCOMMERCE_IDS_PER_FILTER` ids; `page` counts from 1. */
function inventoryRequest(
  filter: InventoryFilter,
  page: number,
): PlatformRequest<v.InferOutput<typeof INVENTORY_ITEMS>> {
  const ids: Record<string, string> =
    'variantIds' in filter
      ? { 'variant_id:in': filter.variantIds.join(',') }
      : { 'product_id:in': filter.productIds.join(',') };
  const { locationIds } = filter;
  return {
    operation: 'inventory.read',
    method: 'GET',
    path: '/v3/inventory/items',
    query: {
      ...ids,
      ...(locationIds === undefined ? {} : { 'location_id:in': locationIds.join(',') }),
      page,
      limit: BIGCOMMERCE_INVENTORY_PAGE,
    },
    accepts: INVENTORY_ITEMS,
  };
}

function readInventoryItems(wire: v.InferOutput<typeof INVENTORY_ITEMS>): InventoryLevel[] {
  return wire.data.flatMap((item) =>
    (item.locations ?? []).map((stock) => levelOf(stock.location_id, item.identity, stock)),
  );
}

/**
 * Levels of the named variants or products, at the named locations or at all, in as few calls as the filter allows.
 * A variant that BigCommerce does not know is simply not among them. Failures: those of `session.call`, and
 * `invalid_input` without any id: no filter would select everything.
 */
export async function readInventory(
  session: BigCommerceSession,
  filter: InventoryFilter,
): Promise<Result<InventoryRead, Failure>> {
  const levels: InventoryLevel[] = [];
  let readStartedAtMs = Number.POSITIVE_INFINITY;
  for (const part of filterParts(filter)) {
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const answer = await session.call(inventoryRequest(part, page));
      if (!answer.ok) return answer;
      const { body, startedAtMs } = answer.value;
      levels.push(...readInventoryItems(body));
      readStartedAtMs = Math.min(readStartedAtMs, startedAtMs);
      if (!hasMore(body.meta, page, body.data.length)) break;
    }
  }
  if (readStartedAtMs === Number.POSITIVE_INFINITY) {
    return fail({
      code: 'invalid_input',
      message: 'A read of inventory has to name what to read.',
    });
  }
  return ok({ levels, readStartedAtMs });
}

/** The filter cut so that no address grows too long. */
function filterParts(filter: InventoryFilter): InventoryFilter[] {
  const ids = 'variantIds' in filter ? filter.variantIds : filter.productIds;
  const parts: InventoryFilter[] = [];
  for (let start = 0; start < ids.length; start += BIGCOMMERCE_IDS_PER_FILTER) {
    const chunk = ids.slice(start, start + BIGCOMMERCE_IDS_PER_FILTER);
    parts.push(
      'variantIds' in filter ? { ...filter, variantIds: chunk } : { ...filter, productIds: chunk },
    );
  }
  return parts;
}

// --- Writes --------------------------------------------------------------------------------------------------------

/** The body both adjustments share. `reason` shows in the store's history. */
function adjustmentBody(reason: string, adjustments: readonly Adjustment[]) {
  return {
    reason,
    items: adjustments.map(({ address, quantity }) => ({
      location_id: address.locationId,
      ...(address.tracking === 'variant'
        ? { variant_id: address.variantId }
        : { product_id: address.productId }),
      quantity,
    })),
  };
}

function relativeRequest(
  reason: string,
  adjustments: readonly Adjustment[],
): PlatformRequest<v.InferOutput<typeof wireTransaction>> {
  return {
    operation: 'inventory.adjust_relative',
    method: 'POST',
    path: '/v3/inventory/adjustments/relative',
    body: adjustmentBody(reason, adjustments),
    accepts: wireTransaction,
  };
}

function absoluteRequest(
  reason: string,
  adjustments: readonly Adjustment[],
): PlatformRequest<v.InferOutput<typeof wireTransaction>> {
  return {
    operation: 'inventory.adjust_absolute',
    method: 'PUT',
    path: '/v3/inventory/adjustments/absolute',
    body: adjustmentBody(reason, adjustments),
    accepts: wireTransaction,
  };
}

/** Times of a write that BigCommerce accepted. */
export interface Written {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/**
 * Adds to or takes from levels; commutes with web sales (S4). Failures: `baseline_required` (never counted there: set
 * an absolute level first), `stock_insufficient` (it would fall below the safety stock), `tracking_mismatch`, and
 * those of `session.call`; `outcomeUnknown` when it may have been carried out.
 */
export async function adjustRelative(
  session: BigCommerceSession,
  reason: string,
  adjustments: readonly Adjustment[],
): Promise<Result<Written, Failure>> {
  const invalid = invalidAdjustment(adjustments, Number.isSafeInteger);
  return invalid ?? write(session, relativeRequest(reason, adjustments));
}

/** Sets levels; for baselines only, because the last of two writers wins. Failures as `adjustRelative`. */
export async function adjustAbsolute(
  session: BigCommerceSession,
  reason: string,
  adjustments: readonly Adjustment[],
): Promise<Result<Written, Failure>> {
  const isLevel = (quantity: number) => Number.isSafeInteger(quantity) && quantity >= 0;
  const invalid = invalidAdjustment(adjustments, isLevel);
  return invalid ?? write(session, absoluteRequest(reason, adjustments));
}

async function write(
  session: BigCommerceSession,
  request: PlatformRequest<v.InferOutput<typeof wireTransaction>>,
): Promise<Result<Written, Failure>> {
  const answer = await session.call(request);
  if (!answer.ok) return answer;
  const { startedAtMs, endedAtMs } = answer.value;
  return ok({ startedAtMs, endedAtMs });
}

function invalidAdjustment(
  adjustments: readonly Adjustment[],
  isQuantity: (quantity: number) => boolean,
): Result<never, Failure> | undefined {
  const { length } = adjustments;
  if (length === 0 || length > BIGCOMMERCE_ADJUSTMENTS_MAX) {
    const message = `An adjustment takes 1 to ${BIGCOMMERCE_ADJUSTMENTS_MAX} items, not ${length}.`;
    return fail({ code: 'invalid_input', message });
  }
  const wrong = adjustments.find(({ quantity }) => !isQuantity(quantity));
  if (wrong === undefined) return undefined;
  return fail({ code: 'invalid_input', message: `${wrong.quantity} is no quantity to write.` });
}

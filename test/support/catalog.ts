/** Rows of both catalogs for tests of matching and plans. */
import type { SeenLevel } from '../../src/domain/catalog/baseline.ts';
import type { ExistingLink, RegisterItem, Sellable } from '../../src/domain/catalog/rows.ts';
import type { RegisterMirror, WebMirror } from '../../src/domain/catalog/mirror.ts';
import { linkId, type MerchantId, type PlaceKey } from '../../src/domain/ids.ts';

export const WEB: PlaceKey = 'bigcommerce:1';
export const REGISTER: PlaceKey = 'clover:MERCHANT00001';
export const M1 = 'MERCHANT00001' as MerchantId;
export const M2 = 'MERCHANT00002' as MerchantId;

export function sellable(
  variantId: number,
  sku: string,
  changes: Partial<Sellable> = {},
): Sellable {
  return {
    productId: variantId,
    variantId,
    sku,
    name: `Product ${variantId}`,
    tracking: 'product',
    type: 'physical',
    isBase: true,
    productSku: sku,
    ...changes,
  };
}

export function item(
  itemId: string,
  sku: string,
  changes: Partial<RegisterItem> = {},
): RegisterItem {
  return {
    merchantId: M1,
    itemId,
    sku,
    code: '',
    name: `Item ${itemId}`,
    deleted: false,
    ...changes,
  };
}

export function existing(
  id: string,
  variantId: number,
  changes: Partial<ExistingLink> = {},
): ExistingLink {
  return {
    linkId: linkId(id),
    sku: 'A',
    productId: variantId,
    variantId,
    tracking: 'product',
    status: 'active',
    items: [{ merchantId: M1, itemId: 'i1' }],
    ledger: { onHand: 5, places: [WEB, REGISTER], standing: new Map() },
    ...changes,
  };
}

/** What a place showed. */
export function seen(place: PlaceKey, level: number | null, readStartedAtMs = 1_000): SeenLevel {
  return { place, level, readStartedAtMs, platformModifiedMs: null };
}

export function webMirror(
  variantId: number,
  sku: string,
  more: Partial<WebMirror> = {},
): WebMirror {
  return {
    platform: 'bigcommerce',
    id: String(variantId),
    productId: variantId,
    variantId,
    sku,
    productName: `Product ${variantId}`,
    productSku: sku,
    isBase: true,
    hasOwnPrice: false,
    isRounded: false,
    tracking: 'product',
    type: 'physical',
    values: { name: `Product ${variantId}`, price: 1_000, salePrice: null },
    modifiedMs: null,
    ...more,
  };
}

export function registerMirror(
  itemId: string,
  sku: string,
  more: Partial<RegisterMirror> = {},
): RegisterMirror {
  return {
    platform: 'clover',
    id: `${M1}:${itemId}`,
    merchantId: M1,
    itemId,
    sku,
    isGrouped: false,
    priceType: 'FIXED',
    followsStock: false,
    values: { name: `Item ${itemId}`, price: 1_000, barcode: null },
    modifiedMs: null,
    ...more,
  };
}

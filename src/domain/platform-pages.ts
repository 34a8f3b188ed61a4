/**
 * Addresses of the platforms' own pages. Clover's SDK names `/orders/m/{mId}/orders` for a merchant's orders; the page of
 * one order below it, and BigCommerce's addresses by store hash, are documented nowhere and as people use them. A wrong
 * one costs a click, so they are shown; where nothing is known there is no link.
 */
import type { PlaceKey, Platform } from './ids.ts';

export interface PlatformPages {
  readonly connectionId: string;
  /** Clover's dashboard of the region, without a slash at its end. */
  readonly cloverOrigin: string;
}

/** The page of an order at the platform that a place belongs to; null where none is known. */
export function orderPage(
  pages: PlatformPages,
  place: PlaceKey | null,
  orderId: string,
): string | null {
  const id = encodeURIComponent(orderId);
  if (place?.startsWith('bigcommerce:') === true) {
    return `${controlPanel(pages)}/orders/${id}`;
  }
  const merchantId = place?.startsWith('clover:') === true ? place.slice('clover:'.length) : '';
  if (merchantId === '' || pages.cloverOrigin === '') return null;
  return `${pages.cloverOrigin}/orders/m/${merchantId}/orders/${id}`;
}

/** The page of a product in BigCommerce's control panel. */
export function productPage(pages: PlatformPages, productId: number): string {
  return `${controlPanel(pages)}/products/edit/${productId}`;
}

/** Where the level of a place can be looked at: the product's page, or the merchant's items; null where none is known. */
export function levelPage(
  pages: PlatformPages,
  place: PlaceKey | null,
  productId: number,
): string | null {
  if (place === null) return null;
  const platform = place.startsWith('clover:') ? 'clover' : 'bigcommerce';
  return rowPage(pages, { platform, row: place, productId });
}

/** The list of a merchant's items; null where Clover's dashboard is not known. */
function itemsPage({ cloverOrigin }: PlatformPages, merchantId: string): string | null {
  return cloverOrigin === '' ? null : `${cloverOrigin}/inventory/m/${merchantId}/items`;
}

/**
 * Where a row of a catalog, a merchant or a setting of the store can be mended: the product's page, the merchant's
 * items, the control panel. `row`: variant id, `{merchantId}:{itemId}`, merchant id or place.
 */
export function rowPage(
  pages: PlatformPages,
  { platform, row, productId }: { platform: Platform; row: string; productId?: number },
): string | null {
  if (platform === 'bigcommerce') {
    return productId === undefined ? controlPanel(pages) : productPage(pages, productId);
  }
  const merchantId = /[A-Z0-9]{13}/u.exec(row)?.[0];
  return merchantId === undefined ? null : itemsPage(pages, merchantId);
}

function controlPanel({ connectionId }: PlatformPages): string {
  return `https://store-${encodeURIComponent(connectionId)}.mybigcommerce.com/manage`;
}

/** The order that an entry or sale names as its source; null for any other source. */
export function orderIn(source: string): string | null {
  return /^order:(.+)$/.exec(source)?.[1] ?? null;
}

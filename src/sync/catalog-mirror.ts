/** What the platforms' clients tell of products and items, as rows of the mirrors. */
import { minorUnits } from '../domain/catalog/fields.ts';
import type {
  MerchantFacts,
  MirrorRow,
  RegisterMirror,
  StoreFacts,
  WebMirror,
} from '../domain/catalog/mirror.ts';
import type { MerchantId } from '../domain/ids.ts';
import type { Product } from '../platforms/bigcommerce/catalog.ts';
import type { StoreInfo } from '../platforms/bigcommerce/store.ts';
import type { CatalogItem } from '../platforms/clover/catalog.ts';
import type { Item } from '../platforms/clover/inventory.ts';
import type { Connection } from '../store/connections.ts';

/** One row per variant. `decimals` are those of the store's currency. */
export function webMirrors(product: Product, decimals: number): WebMirror[] {
  const { productId, name, sku: productSku, tracking, type } = product;
  const modifiedMs = Date.parse(product.dateModified);
  return product.variants.map((variant) => {
    const { variantId, sku, isBase, options } = variant;
    const hasOwnPrice = variant.price !== null;
    // A variant's own price stands above the product's sale (bigcommerce.md 4.3).
    const sale = variant.salePrice || (hasOwnPrice ? 0 : product.salePrice);
    const cost = variant.costPrice ?? product.costPrice;
    return {
      platform: 'bigcommerce',
      id: String(variantId),
      productId,
      variantId,
      sku,
      productName: name,
      productSku,
      isBase,
      hasOwnPrice,
      isRounded: isFiner(variant.price ?? product.price, decimals),
      tracking,
      type,
      values: {
        name: options === '' ? name : `${name} (${options})`,
        price: minorUnits(variant.price ?? product.price, decimals),
        salePrice: sale === 0 ? null : minorUnits(sale, decimals),
        // BigCommerce shows 0 where no cost was ever given.
        cost: cost === 0 ? null : minorUnits(cost, decimals),
        barcode: variant.barcode === '' ? null : variant.barcode,
        visibility: product.isVisible,
        availability: product.availability !== 'disabled' && variant.isPurchasable,
      },
      categoryIds: product.categoryIds.map(String),
      taxClassId: product.taxClassId,
      modifiedMs: Number.isNaN(modifiedMs) ? null : modifiedMs,
    };
  });
}

/** More decimals than the currency has. */
function isFiner(amount: number, decimals: number): boolean {
  return Math.abs(Number(amount.toFixed(decimals)) - amount) > 1e-9;
}

export function registerMirror(merchantId: MerchantId, item: Item): RegisterMirror {
  const { itemId, sku, barcode, price, cost, isHidden, isAvailable } = item;
  return {
    platform: 'clover',
    id: registerRowId(merchantId, itemId),
    merchantId,
    itemId,
    sku,
    isGrouped: item.itemGroupId !== null,
    priceType: item.priceType,
    followsStock: item.followsStock,
    values: {
      name: item.name,
      price,
      cost: cost === 0 ? null : cost,
      barcode: barcode === '' ? null : barcode,
      visibility: !isHidden,
      availability: isAvailable,
    },
    modifiedMs: item.modifiedMs,
    ...(item.categoryIds === null ? {} : { categoryIds: item.categoryIds }),
    ...(item.taxRateIds === null
      ? {}
      : { taxRateIds: item.taxRateIds, defaultTaxRates: item.defaultTaxRates }),
  };
}

/** An item as a write answered it: current, unlike what lists show for a while (clover.md 0). */
export function writtenMirror(merchantId: MerchantId, item: CatalogItem): RegisterMirror {
  return registerMirror(merchantId, { ...item, followsStock: item.autoManage, stock: null });
}

export function registerRowId(merchantId: string, itemId: string): string {
  return `${merchantId}:${itemId}`;
}

export function storeFacts({ currency, decimalPlaces, pricesIncludeTax }: StoreInfo): StoreFacts {
  return { currency, decimals: decimalPlaces, pricesIncludeTax };
}

export function merchantFacts(connection: Connection): MerchantFacts[] {
  return connection.merchants.map(({ merchantId, currency, vat }) => ({
    merchantId,
    currency,
    vat,
  }));
}

/** The rows as mirrored, by product and by item; items that were deleted are no rows. */
export function mirrorsOfProducts(products: readonly Product[], decimals: number): MirrorRow[] {
  return products.flatMap((product) => webMirrors(product, decimals));
}

export function mirrorsOfItems(merchantId: MerchantId, items: readonly Item[]): MirrorRow[] {
  return items
    .filter(({ isDeleted }) => !isDeleted)
    .map((item) => registerMirror(merchantId, item));
}

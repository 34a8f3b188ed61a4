/** Products with their variants, as far as joining by SKU needs them (bigcommerce.md 4). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { BIGCOMMERCE_PRODUCT_PAGE, PRODUCT_PAGES_MAX } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import {
  listOf,
  oneOf,
  wholeNumber,
  wireProduct,
  type WireProduct,
  type WireVariant,
} from './wire.ts';

interface Variant {
  readonly variantId: number;
  readonly productId: number;
  /** As BigCommerce holds it, untrimmed; empty when the variant has none. */
  readonly sku: string;
  /** `upc`, else `gtin`; empty when there is neither. */
  readonly barcode: string;
  /** `Size: M, Colour: red`; empty for a base variant. */
  readonly options: string;
  readonly optionValues: readonly { readonly name: string; readonly label: string }[];
  /** As BigCommerce writes amounts: major units, up to four decimals. null: the product's counts (bigcommerce.md 4.3). */
  readonly price: number | null;
  readonly salePrice: number | null;
  readonly costPrice: number | null;
  readonly isPurchasable: boolean;
  /** The one variant of a simple product (bigcommerce.md 4.1). */
  readonly isBase: boolean;
}

export interface Product {
  readonly productId: number;
  readonly name: string;
  readonly sku: string;
  /** Which identity the Inventory API takes for its variants (bigcommerce.md 6.4). */
  readonly tracking: 'none' | 'product' | 'variant';
  readonly type: string;
  readonly isVisible: boolean;
  /** `available`, `disabled`, `preorder`. */
  readonly availability: string;
  /** Amounts in major units, up to four decimals; a sale price or cost of 0 is none. */
  readonly price: number;
  readonly salePrice: number;
  readonly costPrice: number;
  /** As BigCommerce writes it, ISO 8601; empty when absent. */
  readonly dateModified: string;
  readonly categoryIds: readonly number[];
  /** 0: the store's default class. */
  readonly taxClassId: number;
  readonly variants: readonly Variant[];
}

const FIELDS =
  'name,sku,upc,gtin,type,inventory_tracking,is_visible,availability,price,sale_price,cost_price,date_modified,categories,tax_class_id';
const PRODUCT_LIST = listOf(wireProduct);
const ONE_PRODUCT = oneOf(wireProduct);

/** Which products a page is about; all of them when nothing is named. */
export interface ProductFilter {
  /** Changed since then, epoch milliseconds. Not moved by every edit (bigcommerce.md 4.5). */
  readonly modifiedSinceMs?: number;
  /** At most `BIGCOMMERCE_IDS_PER_FILTER`. */
  readonly productIds?: readonly number[];
  /** SKUs of products themselves, without commas; at most `BIGCOMMERCE_SKUS_PER_FILTER`. */
  readonly skus?: readonly string[];
}

/**
 * Up to 250 products with an id above `afterProductId`, in order of id. A window by id does not skip or repeat rows
 * while the catalog changes, page numbers do (bigcommerce.md 3.4).
 */
function productPageRequest(
  afterProductId: number,
  { modifiedSinceMs, productIds, skus }: ProductFilter,
): PlatformRequest<v.InferOutput<typeof PRODUCT_LIST>> {
  return {
    operation: 'catalog.products',
    method: 'GET',
    path: '/v3/catalog/products',
    query: {
      include: 'variants',
      include_fields: FIELDS,
      sort: 'id',
      direction: 'asc',
      'id:greater': afterProductId,
      ...(modifiedSinceMs === undefined
        ? {}
        : { 'date_modified:min': new Date(modifiedSinceMs).toISOString() }),
      ...(productIds === undefined ? {} : { 'id:in': productIds.join(',') }),
      ...(skus === undefined ? {} : { 'sku:in': skus.join(',') }),
      limit: BIGCOMMERCE_PRODUCT_PAGE,
    },
    accepts: PRODUCT_LIST,
  };
}

function readProduct(wire: WireProduct): Product {
  return {
    productId: wire.id,
    name: wire.name,
    sku: wire.sku,
    tracking: wire.inventory_tracking,
    type: wire.type ?? 'physical',
    isVisible: wire.is_visible ?? true,
    availability: wire.availability ?? 'available',
    price: wire.price ?? 0,
    salePrice: wire.sale_price ?? 0,
    costPrice: wire.cost_price ?? 0,
    dateModified: wire.date_modified ?? '',
    categoryIds: wire.categories ?? [],
    taxClassId: wire.tax_class_id ?? 0,
    variants: (wire.variants ?? []).map((variant) => readVariant(wire, variant)),
  };
}

function readVariant(product: WireProduct, variant: WireVariant): Variant {
  const options = variant.option_values ?? [];
  const isBase = product.base_variant_id === variant.id || options.length === 0;
  return {
    variantId: variant.id,
    productId: product.id,
    // The base variant's SKU mirrors the product's; where an answer leaves it out, the product's counts.
    sku: variant.sku === '' && isBase ? product.sku : variant.sku,
    barcode: variant.upc || variant.gtin || (isBase ? product.upc || product.gtin : ''),
    options: options.map((value) => `${value.option_display_name}: ${value.label}`).join(', '),
    price: variant.price,
    salePrice: variant.sale_price,
    costPrice: variant.cost_price,
    optionValues: options.map(({ option_display_name: name, label }) => ({ name, label })),
    isPurchasable: variant.purchasing_disabled !== true,
    isBase,
  };
}

export interface ProductPage {
  readonly products: readonly Product[];
  /** Pass as `afterProductId` for the next page; null when this was the last. */
  readonly nextAfterProductId: number | null;
}

function readProductPage(wire: v.InferOutput<typeof PRODUCT_LIST>): ProductPage {
  const products = wire.data.map(readProduct);
  const last = products.at(-1);
  const isFull = products.length >= BIGCOMMERCE_PRODUCT_PAGE;
  return { products, nextAfterProductId: isFull && last !== undefined ? last.productId : null };
}

/** One page of products; start with `afterProductId` 0. Failures: those of `session.call`. */
export async function getProductPage(
  session: BigCommerceSession,
  afterProductId: number,
  filter: ProductFilter = {},
): Promise<Result<ProductPage, Failure>> {
  const answer = await session.call(productPageRequest(afterProductId, filter));
  return answer.ok ? ok(readProductPage(answer.value.body)) : answer;
}

/** Every product, page by page; ends after the first failure, and with `too_large` beyond `PRODUCT_PAGES_MAX` pages. */
export async function* productPages(
  session: BigCommerceSession,
): AsyncGenerator<Result<readonly Product[], Failure>, void> {
  let after = 0;
  for (let page = 0; page < PRODUCT_PAGES_MAX; page += 1) {
    const answer = await getProductPage(session, after);
    if (!answer.ok) {
      yield answer;
      return;
    }
    yield ok(answer.value.products);
    if (answer.value.nextAfterProductId === null) return;
    after = answer.value.nextAfterProductId;
  }
  yield fail({
    code: 'too_large',
    message: `The catalog has more than ${PRODUCT_PAGES_MAX * BIGCOMMERCE_PRODUCT_PAGE} products.`,
  });
}

function productRequest(productId: number): PlatformRequest<v.InferOutput<typeof ONE_PRODUCT>> {
  return {
    operation: 'catalog.product',
    method: 'GET',
    path: `/v3/catalog/products/${productId}`,
    query: { include: 'variants', include_fields: FIELDS },
    accepts: ONE_PRODUCT,
  };
}

/** One product with its variants. `not_found` when it was deleted; otherwise the failures of `session.call`. */
export async function getProduct(
  session: BigCommerceSession,
  productId: number,
): Promise<Result<Product, Failure>> {
  const answer = await session.call(productRequest(productId));
  return answer.ok ? ok(readProduct(answer.value.body)) : answer;
}

const VARIANT_LIST = listOf(
  v.object({ id: wholeNumber, product_id: wholeNumber, sku: v.nullish(v.string(), '') }),
);

/**
 * The product that has a variant of exactly this SKU; null when none has. BigCommerce holds each SKU once, whatever its
 * case (bigcommerce.md 4.2). Failures: those of `session.call`.
 */
export async function findProductOfSku(
  session: BigCommerceSession,
  sku: string,
): Promise<Result<number | null, Failure>> {
  const answer = await session.call({
    operation: 'catalog.find_variant',
    method: 'GET',
    path: '/v3/catalog/variants',
    query: { sku, include_fields: 'product_id,sku' },
    accepts: VARIANT_LIST,
  });
  if (!answer.ok) return answer;
  return ok(answer.value.body.data.find((row) => row.sku === sku)?.product_id ?? null);
}

/** Products with every field that is kept in step, their options and modifiers, and categories (bigcommerce.md 4). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { BIGCOMMERCE_PARTS_PAGE, BIGCOMMERCE_PRODUCT_PAGE } from '../../limits.ts';
import type { QueryValue } from '../http.ts';
import { epochMs } from './orders.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, oneOf, wholeNumber } from './wire.ts';
import {
  wireCatalogProduct,
  wireCategory,
  wireModifier,
  type WireCatalogProduct,
  type WireCatalogVariant,
  type WireModifier,
} from './wire-catalog.ts';

export interface CatalogVariant {
  readonly variantId: number;
  readonly productId: number;
  readonly sku: string;
  readonly upc: string;
  readonly gtin: string;
  /** In the store's currency, at most four decimals; null: the product's counts. */
  readonly price: number | null;
  readonly salePrice: number | null;
  readonly costPrice: number | null;
  readonly isPurchasingDisabled: boolean;
  readonly options: readonly {
    readonly optionId: number;
    readonly valueId: number;
    readonly name: string;
    readonly label: string;
  }[];
  /** The one variant of a simple product. */
  readonly isBase: boolean;
}

export interface CatalogModifier {
  readonly modifierId: number;
  readonly name: string;
  /** `dropdown`, `radio_buttons`, `checkbox`, `text`, … */
  readonly type: string;
  readonly isRequired: boolean;
  readonly values: readonly {
    readonly valueId: number;
    readonly label: string;
    /** What choosing it adds to the price: an amount, or percent of the price; null: nothing. */
    readonly priceChange: { readonly kind: string; readonly value: number } | null;
  }[];
}

export interface CatalogProduct {
  readonly productId: number;
  readonly name: string;
  /** `physical`, `digital`. */
  readonly type: string;
  readonly sku: string;
  /** HTML. */
  readonly description: string;
  readonly upc: string;
  readonly gtin: string;
  /** In the store's currency, at most four decimals, with or without tax as the store enters its prices. */
  readonly price: number;
  /** 0: not on sale. */
  readonly salePrice: number;
  readonly costPrice: number;
  /** 0: the default class. */
  readonly taxClassId: number;
  readonly categoryIds: readonly number[];
  readonly isVisible: boolean;
  /** `available`, `disabled`, `preorder`. */
  readonly availability: string;
  readonly tracking: 'none' | 'product' | 'variant';
  /** Epoch milliseconds; null when BigCommerce tells none. Edits of variants and stock may not move it (4.5). */
  readonly modifiedAtMs: number | null;
  readonly baseVariantId: number | null;
  readonly variants: readonly CatalogVariant[];
  /** Empty unless asked for. */
  readonly options: readonly {
    readonly optionId: number;
    readonly name: string;
    readonly values: readonly { readonly valueId: number; readonly label: string }[];
  }[];
  readonly modifiers: readonly CatalogModifier[];
}

const FIELDS = [
  'name,type,sku,description,upc,gtin,price,sale_price,cost_price,tax_class_id,categories,is_visible',
  'availability,inventory_tracking,date_modified,base_variant_id',
].join(',');
const PRODUCTS = listOf(wireCatalogProduct);
const PRODUCT = oneOf(wireCatalogProduct);
const MODIFIERS = listOf(wireModifier);

export function readCatalogVariant(
  wire: WireCatalogVariant,
  product: { readonly id: number; readonly baseVariantId: number | null },
): CatalogVariant {
  return {
    variantId: wire.id,
    productId: wire.product_id ?? product.id,
    sku: wire.sku,
    upc: wire.upc,
    gtin: wire.gtin,
    price: wire.price,
    salePrice: wire.sale_price,
    costPrice: wire.cost_price,
    isPurchasingDisabled: wire.purchasing_disabled ?? false,
    options: (wire.option_values ?? []).map((value) => ({
      optionId: value.option_id,
      valueId: value.id,
      name: value.option_display_name,
      label: value.label,
    })),
    isBase: wire.id === product.baseVariantId || (wire.option_values ?? []).length === 0,
  };
}

export function readModifier(wire: WireModifier): CatalogModifier {
  return {
    modifierId: wire.id,
    name: wire.display_name,
    type: wire.type,
    isRequired: wire.required,
    values: wire.option_values.map((value) => {
      const price = value.adjusters?.price ?? null;
      const kind = price?.adjuster ?? null;
      const priceChange =
        price === null || kind === null ? null : { kind, value: price.adjuster_value };
      return { valueId: value.id, label: value.label, priceChange };
    }),
  };
}

export function readCatalogProduct(wire: WireCatalogProduct): CatalogProduct {
  const owner = { id: wire.id, baseVariantId: wire.base_variant_id };
  return {
    productId: wire.id,
    name: wire.name,
    type: wire.type,
    sku: wire.sku,
    description: wire.description,
    upc: wire.upc,
    gtin: wire.gtin,
    price: wire.price,
    salePrice: wire.sale_price,
    costPrice: wire.cost_price,
    taxClassId: wire.tax_class_id,
    categoryIds: wire.categories,
    isVisible: wire.is_visible ?? true,
    availability: wire.availability,
    tracking: wire.inventory_tracking,
    modifiedAtMs: epochMs(wire.date_modified),
    baseVariantId: wire.base_variant_id,
    variants: wire.variants.map((variant) => readCatalogVariant(variant, owner)),
    options: wire.options.map((option) => ({
      optionId: option.id,
      name: option.display_name,
      values: option.option_values.map(({ id, label }) => ({ valueId: id, label })),
    })),
    modifiers: wire.modifiers.map(readModifier),
  };
}

async function readProducts(
  session: BigCommerceSession,
  query: Readonly<Record<string, QueryValue>>,
): Promise<Result<readonly CatalogProduct[], Failure>> {
  const answer = await session.call({
    operation: 'catalog.products_full',
    method: 'GET',
    path: '/v3/catalog/products',
    query: { include_fields: FIELDS, ...query },
    accepts: PRODUCTS,
  });
  return answer.ok ? ok(answer.value.body.data.map(readCatalogProduct)) : answer;
}

/**
 * Up to 250 products with an id above `afterProductId`, in order of id, with their variants; fewer are the last page.
 * Options and modifiers do not come along: they would make pages of 10 (4.5). Failures: those of `session.call`.
 */
export async function getCatalogPage(
  session: BigCommerceSession,
  afterProductId: number,
): Promise<Result<readonly CatalogProduct[], Failure>> {
  return readProducts(session, {
    include: 'variants',
    sort: 'id',
    direction: 'asc',
    'id:greater': afterProductId,
    limit: BIGCOMMERCE_PRODUCT_PAGE,
  });
}

/**
 * Up to 10 products after `afterProductId`, in order of id, with options and modifiers besides their variants. More
 * than 10 do not fit a page, whatever is asked for (4.5). Failures: those of `session.call`.
 */
export async function getCatalogPartsPage(
  session: BigCommerceSession,
  afterProductId: number,
): Promise<Result<readonly CatalogProduct[], Failure>> {
  return readProducts(session, {
    include: 'variants,options,modifiers',
    sort: 'id',
    direction: 'asc',
    'id:greater': afterProductId,
    limit: BIGCOMMERCE_PARTS_PAGE,
  });
}

/**
 * One page of up to 250 products changed at or after `sinceMs`, oldest change first, with their variants; `page` counts
 * from 1. Ask with an overlap: pages shift while the catalog changes. Failures: those of `session.call`.
 */
export async function getChangedProducts(
  session: BigCommerceSession,
  sinceMs: number,
  page: number,
): Promise<Result<readonly CatalogProduct[], Failure>> {
  return readProducts(session, {
    include: 'variants',
    // With its time: to a bare date BigCommerce adds the present time of day (4.5).
    'date_modified:min': new Date(sinceMs).toISOString(),
    sort: 'date_modified',
    direction: 'asc',
    page,
    limit: BIGCOMMERCE_PRODUCT_PAGE,
  });
}

/** One product with everything. `not_found` when it was deleted; otherwise the failures of `session.call`. */
export async function getCatalogProduct(
  session: BigCommerceSession,
  productId: number,
): Promise<Result<CatalogProduct, Failure>> {
  const answer = await session.call({
    operation: 'catalog.product_full',
    method: 'GET',
    path: `/v3/catalog/products/${productId}`,
    query: { include: 'variants,options,modifiers', include_fields: FIELDS },
    accepts: PRODUCT,
  });
  return answer.ok ? ok(readCatalogProduct(answer.value.body)) : answer;
}

/** The modifiers of one product, up to 250. Failures as `getCatalogProduct`. */
export async function getModifiers(
  session: BigCommerceSession,
  productId: number,
): Promise<Result<readonly CatalogModifier[], Failure>> {
  const answer = await session.call({
    operation: 'catalog.modifiers',
    method: 'GET',
    path: `/v3/catalog/products/${productId}/modifiers`,
    query: { limit: BIGCOMMERCE_PRODUCT_PAGE },
    accepts: MODIFIERS,
  });
  return answer.ok ? ok(answer.value.body.data.map(readModifier)) : answer;
}

export interface Category {
  readonly categoryId: number;
  /** 0: at the top. */
  readonly parentId: number;
  readonly treeId: number;
  readonly name: string;
  readonly isVisible: boolean;
}

export function readCategory(wire: v.InferOutput<typeof wireCategory>): Category {
  return {
    categoryId: wire.category_id,
    parentId: wire.parent_id,
    treeId: wire.tree_id,
    name: wire.name,
    isVisible: wire.is_visible ?? true,
  };
}

const CATEGORIES = listOf(wireCategory);

/** One page of up to 250 categories of every tree; `page` counts from 1. Failures: those of `session.call`. */
export async function getCategories(
  session: BigCommerceSession,
  page: number,
): Promise<Result<readonly Category[], Failure>> {
  const answer = await session.call({
    operation: 'catalog.categories',
    method: 'GET',
    path: '/v3/catalog/trees/categories',
    query: { page, limit: BIGCOMMERCE_PRODUCT_PAGE },
    accepts: CATEGORIES,
  });
  return answer.ok ? ok(answer.value.body.data.map(readCategory)) : answer;
}

const TREES = listOf(v.object({ id: wholeNumber, channels: v.nullish(v.array(wholeNumber), []) }));

/** The store's category trees with the channels each serves. Failures: those of `session.call`. */
export async function getCategoryTrees(
  session: BigCommerceSession,
): Promise<
  Result<readonly { readonly treeId: number; readonly channelIds: readonly number[] }[], Failure>
> {
  const answer = await session.call({
    operation: 'catalog.trees',
    method: 'GET',
    path: '/v3/catalog/trees',
    accepts: TREES,
  });
  if (!answer.ok) return answer;
  return ok(
    answer.value.body.data.map(({ id, channels }) => ({ treeId: id, channelIds: channels })),
  );
}

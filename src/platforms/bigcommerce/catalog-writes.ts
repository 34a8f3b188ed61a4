/**
 * Writes to the catalog (bigcommerce.md 4.6). None has an idempotency key: a create that was not answered is settled by
 * looking for its SKU or name. Whether a batch with one bad item applies the others is not documented: read again.
 */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { BIGCOMMERCE_PRODUCT_BATCH, BIGCOMMERCE_VARIANT_BATCH } from '../../limits.ts';
import {
  readCatalogProduct,
  readCatalogVariant,
  type CatalogProduct,
  type CatalogVariant,
} from './catalog-full.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, oneOf } from './wire.ts';
import { wireCatalogProduct, wireCatalogVariant } from './wire-catalog.ts';

export interface ProductFields {
  /** At most 250 characters, unique in the store. */
  readonly name?: string;
  /** At most 255 characters, unique among products and variants whatever its case. */
  readonly sku?: string;
  readonly description?: string;
  /** In the store's currency, at most four decimals, with or without tax as the store enters its prices. */
  readonly price?: number;
  /** 0 ends the sale. */
  readonly salePrice?: number;
  readonly costPrice?: number;
  /** At most 14 characters. */
  readonly upc?: string;
  readonly gtin?: string;
  readonly taxClassId?: number;
  readonly categoryIds?: readonly number[];
  readonly isVisible?: boolean;
  readonly availability?: 'available' | 'disabled' | 'preorder';
  readonly tracking?: 'none' | 'product' | 'variant';
  readonly sortOrder?: number;
}

export interface VariantFields {
  readonly sku?: string;
  /** null takes the variant's own price away: the product's counts then. */
  readonly price?: number | null;
  readonly salePrice?: number | null;
  readonly costPrice?: number | null;
  readonly upc?: string;
  readonly gtin?: string;
  readonly isPurchasingDisabled?: boolean;
}

export interface NewVariant extends VariantFields {
  readonly sku: string;
  readonly options: readonly { readonly name: string; readonly label: string }[];
}

export interface NewProduct extends ProductFields {
  readonly name: string;
  readonly price: number;
  readonly type: 'physical' | 'digital';
  /** In the store's unit; BigCommerce asks for one. */
  readonly weight: number;
  /** Left out: a simple product. Options are made as the variants name them. */
  readonly variants?: readonly NewVariant[];
}

const PRODUCT = oneOf(wireCatalogProduct);
const PRODUCTS = listOf(wireCatalogProduct);
const VARIANT = oneOf(wireCatalogVariant);
const VARIANTS = listOf(wireCatalogVariant);

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const productBody = (fields: ProductFields) =>
  given({
    name: fields.name,
    sku: fields.sku,
    description: fields.description,
    price: fields.price,
    sale_price: fields.salePrice,
    cost_price: fields.costPrice,
    upc: fields.upc,
    gtin: fields.gtin,
    tax_class_id: fields.taxClassId,
    categories: fields.categoryIds,
    is_visible: fields.isVisible,
    availability: fields.availability,
    inventory_tracking: fields.tracking,
    sort_order: fields.sortOrder,
  });

const variantBody = (fields: VariantFields) =>
  given({
    sku: fields.sku,
    price: fields.price,
    sale_price: fields.salePrice,
    cost_price: fields.costPrice,
    upc: fields.upc,
    gtin: fields.gtin,
    purchasing_disabled: fields.isPurchasingDisabled,
  });

const newVariantBody = (variant: NewVariant) => ({
  ...variantBody(variant),
  option_values: variant.options.map(({ name, label }) => ({ option_display_name: name, label })),
});

/**
 * Makes one product, with its variants if it has any. In stores with several storefronts it is sold nowhere until
 * `assignToChannel`. Failures: `conflict` when the name or a SKU is taken, `rejected` for values BigCommerce does not
 * take, `outcomeUnknown` when it may have been made.
 */
export async function createProduct(
  session: BigCommerceSession,
  product: NewProduct,
): Promise<Result<CatalogProduct, Failure>> {
  const { variants } = product;
  const answer = await session.call({
    operation: 'catalog.create_product',
    method: 'POST',
    path: '/v3/catalog/products',
    body: {
      ...productBody(product),
      type: product.type,
      weight: product.weight,
      ...(variants === undefined ? {} : { variants: variants.map(newVariantBody) }),
    },
    accepts: PRODUCT,
  });
  return answer.ok ? ok(readCatalogProduct(answer.value.body)) : answer;
}

/** Changes one product, only what is named. Failures as `createProduct`, and `not_found`. */
export async function updateProduct(
  session: BigCommerceSession,
  productId: number,
  fields: ProductFields,
): Promise<Result<CatalogProduct, Failure>> {
  const answer = await session.call({
    operation: 'catalog.update_product',
    method: 'PUT',
    path: `/v3/catalog/products/${productId}`,
    body: productBody(fields),
    accepts: PRODUCT,
  });
  return answer.ok ? ok(readCatalogProduct(answer.value.body)) : answer;
}

const tooMany = (what: string, count: number, most: number): Result<never, Failure> | undefined =>
  count > 0 && count <= most
    ? undefined
    : fail({ code: 'invalid_input', message: `A batch takes 1 to ${most} ${what}, not ${count}.` });

/** Changes up to 10 products; answers without their variants. Failures as `updateProduct`. */
export async function updateProducts(
  session: BigCommerceSession,
  changes: readonly (ProductFields & { readonly productId: number })[],
): Promise<Result<readonly CatalogProduct[], Failure>> {
  const refused = tooMany('products', changes.length, BIGCOMMERCE_PRODUCT_BATCH);
  if (refused !== undefined) return refused;
  const answer = await session.call({
    operation: 'catalog.update_products',
    method: 'PUT',
    path: '/v3/catalog/products',
    body: changes.map(({ productId, ...fields }) => ({ id: productId, ...productBody(fields) })),
    accepts: PRODUCTS,
  });
  return answer.ok ? ok(answer.value.body.data.map(readCatalogProduct)) : answer;
}

/** What a batch of variants can change: the documents know neither SKU, GTIN nor an own price taken away there. */
export interface VariantBatchChange {
  readonly variantId: number;
  readonly price?: number;
  readonly salePrice?: number;
  readonly costPrice?: number;
  readonly upc?: string;
  readonly isPurchasingDisabled?: boolean;
}

const owner = { id: 0, baseVariantId: null };

/** Changes up to 50 variants of any products. `rejected` names the first refusals; otherwise as `updateProduct`. */
export async function updateVariants(
  session: BigCommerceSession,
  changes: readonly VariantBatchChange[],
): Promise<Result<readonly CatalogVariant[], Failure>> {
  const refused = tooMany('variants', changes.length, BIGCOMMERCE_VARIANT_BATCH);
  if (refused !== undefined) return refused;
  const answer = await session.call({
    operation: 'catalog.update_variants',
    method: 'PUT',
    path: '/v3/catalog/variants',
    body: changes.map(({ variantId, ...fields }) => ({ id: variantId, ...variantBody(fields) })),
    accepts: VARIANTS,
  });
  if (!answer.ok) return answer;
  return ok(answer.value.body.data.map((variant) => readCatalogVariant(variant, owner)));
}

/** Changes one variant, its SKU and GTIN too; options cannot be changed. Failures as `updateProduct`. */
export async function updateVariant(
  session: BigCommerceSession,
  variant: { readonly productId: number; readonly variantId: number },
  fields: VariantFields,
): Promise<Result<CatalogVariant, Failure>> {
  const answer = await session.call({
    operation: 'catalog.update_variant',
    method: 'PUT',
    path: `/v3/catalog/products/${variant.productId}/variants/${variant.variantId}`,
    body: variantBody(fields),
    accepts: VARIANT,
  });
  return answer.ok ? ok(readCatalogVariant(answer.value.body, owner)) : answer;
}

/**
 * Adds a variant out of values that the product's options have. The first one of a simple product takes the base
 * variant's place, whose id is gone then (4.1). Failures as `createProduct`, and `not_found`.
 */
export async function createVariant(
  session: BigCommerceSession,
  productId: number,
  variant: VariantFields & {
    readonly sku: string;
    readonly values: readonly { readonly optionId: number; readonly valueId: number }[];
  },
): Promise<Result<CatalogVariant, Failure>> {
  const answer = await session.call({
    operation: 'catalog.create_variant',
    method: 'POST',
    path: `/v3/catalog/products/${productId}/variants`,
    body: {
      ...variantBody(variant),
      option_values: variant.values.map(({ optionId, valueId }) => ({
        option_id: optionId,
        id: valueId,
      })),
    },
    accepts: VARIANT,
  });
  return answer.ok ? ok(readCatalogVariant(answer.value.body, owner)) : answer;
}

const NOTHING = v.unknown();

/** Sells products on a channel; never two calls at once for the same products (4.6). Idempotent. */
export async function assignToChannel(
  session: BigCommerceSession,
  channelId: number,
  productIds: readonly number[],
): Promise<Result<null, Failure>> {
  const answer = await session.call({
    operation: 'catalog.assign_channel',
    method: 'PUT',
    path: '/v3/catalog/products/channel-assignments',
    body: productIds.map((id) => ({ product_id: id, channel_id: channelId })),
    accepts: NOTHING,
  });
  return answer.ok ? ok(null) : answer;
}

/** Deletes one product with its variants, for good. Failures: `not_found`, and those of `session.call`. */
export async function deleteProduct(
  session: BigCommerceSession,
  productId: number,
): Promise<Result<null, Failure>> {
  const answer = await session.call({
    operation: 'catalog.delete_product',
    method: 'DELETE',
    path: `/v3/catalog/products/${productId}`,
    accepts: NOTHING,
  });
  return answer.ok ? ok(null) : answer;
}

/**
 * Deletes one variant, for good; a base variant goes with its product only. Failures: `not_found`, and those of
 * `session.call`.
 */
export async function deleteVariant(
  session: BigCommerceSession,
  variant: { readonly productId: number; readonly variantId: number },
): Promise<Result<null, Failure>> {
  const answer = await session.call({
    operation: 'catalog.delete_variant',
    method: 'DELETE',
    path: `/v3/catalog/products/${variant.productId}/variants/${variant.variantId}`,
    accepts: NOTHING,
  });
  return answer.ok ? ok(null) : answer;
}

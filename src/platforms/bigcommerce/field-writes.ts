/** Changes to products and variants in batches (bigcommerce.md 4.6). What is not named stays. */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { BIGCOMMERCE_PRODUCTS_PER_PUT, BIGCOMMERCE_VARIANTS_PER_PUT } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import { wholeNumber } from './wire.ts';

export interface ProductChange {
  readonly productId: number;
  readonly name?: string;
  readonly sku?: string;
  readonly barcode?: string;
  /** Major units. */
  readonly price?: number;
  readonly costPrice?: number;
  readonly isVisible?: boolean;
  readonly availability?: 'available' | 'disabled';
  readonly tracking?: 'product' | 'variant';
}

export interface VariantChange {
  readonly variantId: number;
  readonly sku?: string;
  readonly barcode?: string;
  /** Major units. */
  readonly price?: number;
  readonly costPrice?: number;
  readonly isPurchasable?: boolean;
}

const WRITTEN = v.object({ data: v.array(v.object({ id: wholeNumber })) });

function productsRequest(
  changes: readonly ProductChange[],
): PlatformRequest<v.InferOutput<typeof WRITTEN>> {
  return {
    operation: 'catalog.update_products',
    method: 'PUT',
    path: '/v3/catalog/products',
    body: changes.map((change) => ({
      id: change.productId,
      name: change.name,
      sku: change.sku,
      upc: change.barcode,
      price: change.price,
      cost_price: change.costPrice,
      is_visible: change.isVisible,
      availability: change.availability,
      inventory_tracking: change.tracking,
    })),
    accepts: WRITTEN,
  };
}

/**
 * Changes products; absolute values, so a repeat changes nothing more. Failures: `too_large` beyond
 * `BIGCOMMERCE_PRODUCTS_PER_PUT`, `conflict` when a name or SKU is taken, and those of `session.call`.
 */
export async function updateProducts(
  session: BigCommerceSession,
  changes: readonly ProductChange[],
): Promise<Result<void, Failure>> {
  if (changes.length === 0) return ok(undefined);
  if (changes.length > BIGCOMMERCE_PRODUCTS_PER_PUT) {
    const message = `${changes.length} products in one call are too many.`;
    return fail({ code: 'too_large', message });
  }
  const answer = await session.call(productsRequest(changes));
  return answer.ok ? ok(undefined) : answer;
}

function variantsRequest(
  changes: readonly VariantChange[],
): PlatformRequest<v.InferOutput<typeof WRITTEN>> {
  return {
    operation: 'catalog.update_variants',
    method: 'PUT',
    path: '/v3/catalog/variants',
    body: changes.map((change) => ({
      id: change.variantId,
      sku: change.sku,
      upc: change.barcode,
      price: change.price,
      cost_price: change.costPrice,
      purchasing_disabled: change.isPurchasable === undefined ? undefined : !change.isPurchasable,
    })),
    accepts: WRITTEN,
  };
}

/** As `updateProducts`, for variants; up to `BIGCOMMERCE_VARIANTS_PER_PUT`. */
export async function updateVariants(
  session: BigCommerceSession,
  changes: readonly VariantChange[],
): Promise<Result<void, Failure>> {
  if (changes.length === 0) return ok(undefined);
  if (changes.length > BIGCOMMERCE_VARIANTS_PER_PUT) {
    const message = `${changes.length} variants in one call are too many.`;
    return fail({ code: 'too_large', message });
  }
  const answer = await session.call(variantsRequest(changes));
  return answer.ok ? ok(undefined) : answer;
}

/**
 * How an inventory write names its item, and the refusals of a wrong name (bigcommerce.md 6.2,
 * 6.4).
 */
import { Refusal } from './errors.ts';
import type { Store } from './state.ts';
import { itemOf, productItem } from './stock.ts';
import type { StockItem } from './stock.ts';

export type Identity =
  | { by: 'variant_id'; value: number }
  | { by: 'product_id'; value: number }
  | { by: 'sku'; value: string };

/** `variant_id 106`, as the titles of refusals name an item. */
export const nameOf = (identity: Identity) => `${identity.by} ${identity.value}`;

export function payloadError(errors: Record<string, string>): Refusal {
  return new Refusal(422, 'Payload contains invalid fields', { errors });
}

/** Exactly one of `variant_id`, `product_id` and `sku`. */
export function readIdentity(value: unknown, at: string): Identity {
  const input = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const given = (['variant_id', 'product_id', 'sku'] as const).filter(
    (name) => input[name] !== undefined,
  );
  const [by] = given;
  if (by === undefined || given.length > 1) {
    throw payloadError({ [at]: 'Exactly one of variant_id, product_id and sku is required' });
  }
  const id = input[by];
  if (by === 'sku') {
    if (typeof id !== 'string' || id === '') throw payloadError({ [`${at}.sku`]: 'Invalid' });
    return { by, value: id };
  }
  if (!Number.isSafeInteger(id)) throw payloadError({ [`${at}.${by}`]: 'Must be an integer' });
  return { by, value: id as number };
}

/**
 * The item of an identity, whatever its tracking. The title for an unknown one is an assumption.
 */
export function findItem(store: Store, identity: Identity): StockItem {
  const item = lookUp(store, identity);
  if (item === undefined) {
    throw new Refusal(422, `Items with identity: [${nameOf(identity)}] not found`);
  }
  return item;
}

function lookUp(store: Store, identity: Identity): StockItem | undefined {
  if (identity.by === 'variant_id') return itemOf(store, identity.value);
  if (identity.by === 'product_id') {
    const product = store.products[identity.value];
    return product && productItem(store, product);
  }
  const sku = identity.value.toLowerCase();
  const variant = Object.values(store.variants).find((one) => one.sku.toLowerCase() === sku);
  return variant && itemOf(store, variant.id);
}

/**
 * The complaint about an identity that does not fit the product's tracking, without brackets (6.4).
 */
export function trackingComplaint(
  item: StockItem,
  identity: Identity,
  skuNamesProductTracked: boolean,
): string | undefined {
  const { tracking } = item.product;
  if (tracking === 'product' && identity.by !== 'product_id') {
    if (identity.by === 'sku' && skuNamesProductTracked) return undefined;
    return `Item with ${nameOf(identity)} is tracked by product, please update stock by product id`;
  }
  if (tracking === 'variant' && identity.by === 'product_id') {
    return `Item with ${nameOf(identity)} is tracked by variant, please update stock by variant id`;
  }
  return undefined;
}

/** Branded ids: a Clover id cannot be passed where a BigCommerce id is meant. */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A connection is named by its store hash. */
export type ConnectionId = Branded<string, 'ConnectionId'>;
/** 13 characters, one per Clover merchant (one location of the merchant). */
export type MerchantId = Branded<string, 'MerchantId'>;
/** Stable id of the join of a BigCommerce variant and its Clover items; survives a renamed SKU. */
export type LinkId = Branded<string, 'LinkId'>;
/** Id of one webhook, sweep finding or admin action, carried through logs and entries. */
export type EventId = Branded<string, 'EventId'>;
/** Id of one write that a ledger decided on. */
export type EffectId = Branded<string, 'EffectId'>;

export type Platform = 'bigcommerce' | 'clover';

/** `bigcommerce:{locationId}` or `clover:{merchantId}`: somewhere stock is counted. */
export type PlaceKey = `bigcommerce:${number}` | `clover:${string}`;

const STORE_HASH = /^[a-z0-9]{3,32}$/;
const MERCHANT_ID = /^[A-Z0-9]{13}$/;

/** The connection's id, or undefined when the text is no store hash. */
export function parseConnectionId(text: string): ConnectionId | undefined {
  return STORE_HASH.test(text) ? (text as ConnectionId) : undefined;
}

/** Reads `stores/{hash}` as BigCommerce writes it in `context`, `sub` and `producer`. */
export function parseStoreContext(text: string): ConnectionId | undefined {
  return text.startsWith('stores/') ? parseConnectionId(text.slice('stores/'.length)) : undefined;
}

/** The merchant's id, or undefined when the text is none (13 base-32-like characters, clover.md 0). */
export function parseMerchantId(text: string): MerchantId | undefined {
  return MERCHANT_ID.test(text) ? (text as MerchantId) : undefined;
}

export function linkId(text: string): LinkId {
  return text as LinkId;
}

export function eventId(text: string): EventId {
  return text as EventId;
}

export function effectId(text: string): EffectId {
  return text as EffectId;
}

export function bigcommercePlace(locationId: number): PlaceKey {
  return `bigcommerce:${locationId}`;
}

export function cloverPlace(merchantId: MerchantId): PlaceKey {
  return `clover:${merchantId}`;
}

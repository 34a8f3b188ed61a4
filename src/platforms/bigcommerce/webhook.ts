/** Webhooks of BigCommerce: envelope, signature, and which ones the relay needs (bigcommerce.md 2). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { parseStoreContext, type ConnectionId } from '../../domain/ids.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { WEBHOOK_TOLERANCE_MS } from '../../limits.ts';
import { wholeNumber } from './wire.ts';

/**
 * The subscriptions that stock needs. `stock_changed` names the location and fires for orders, edits and API writes
 * alike, so the four older inventory scopes would only repeat it. The `*` is literal.
 */
const STOCK_CHANGED = 'store/channel/*/inventory/product/stock_changed';
export const HOOK_SCOPES = [
  STOCK_CHANGED,
  'store/order/created',
  'store/order/updated',
  'store/order/statusUpdated',
  'store/order/refund/created',
  'store/product/deleted',
  'store/sku/deleted',
  'store/inventory/location/updated',
  'store/app/uninstalled',
] as const;

/** And those that a catalog kept in step needs: `product/updated` fires for each sale too, so not everybody gets them. */
export const CATALOG_HOOK_SCOPES = [
  'store/product/created',
  'store/product/updated',
  'store/sku/created',
  'store/sku/updated',
] as const;

/** And those that customers kept in step need (bigcommerce.md 2.3): a change of an address does not fire the first. */
export const CUSTOMER_HOOK_SCOPES = [
  'store/customer/created',
  'store/customer/updated',
  'store/customer/deleted',
] as const;

/** What a webhook's scope and data point at; the relay re-reads it and trusts no value in it. */
export type WebhookSubject =
  | {
      readonly kind: 'stock';
      readonly productId: number;
      /** null: every variant of the product. */
      readonly variantId: number | null;
      /** null: every location. */
      readonly locationId: number | null;
    }
  | { readonly kind: 'order'; readonly orderId: number }
  | { readonly kind: 'location'; readonly locationId: number }
  /** variantId null: the whole product. */
  | { readonly kind: 'deleted'; readonly productId: number; readonly variantId: number | null }
  /** Something of a product changed, perhaps only its stock. */
  | { readonly kind: 'product'; readonly productId: number }
  | { readonly kind: 'customer'; readonly customerId: number }
  | { readonly kind: 'uninstalled' }
  | { readonly kind: 'other' };

export interface BigCommerceWebhook {
  readonly connectionId: ConnectionId;
  readonly scope: string;
  readonly data: Record<string, unknown>;
  /** SHA-1 of the payload, not keyed: proves nothing, equal for repeats (bigcommerce.md 2.2). */
  readonly hash: string;
  /** BigCommerce's clock, epoch milliseconds (second precision). */
  readonly createdAtMs: number;
}

const envelope = v.object({
  scope: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  producer: v.string(),
  hash: v.pipe(v.string(), v.maxLength(128)),
  created_at: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Batch events carry a list; none of ours does. */
  data: v.union([
    v.record(v.string(), v.unknown()),
    v.pipe(
      v.array(v.unknown()),
      v.transform((items) => ({ items })),
    ),
  ]),
});

/** Reads a webhook's JSON. `invalid_input` when it is no envelope; its values are never part of the message. */
export function parseWebhook(body: unknown): Result<BigCommerceWebhook, Failure> {
  const parsed = v.safeParse(envelope, body, { abortEarly: true });
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'the body';
    return fail({ code: 'invalid_input', message: `The webhook is malformed at ${where}.` });
  }
  const { scope, producer, hash, created_at: createdAtS, data } = parsed.output;
  const connectionId = parseStoreContext(producer);
  if (connectionId === undefined) {
    return fail({ code: 'invalid_input', message: 'The webhook names no store as its producer.' });
  }
  return ok({ connectionId, scope, data, hash, createdAtMs: createdAtS * 1000 });
}

const stockChanged = v.object({
  product_id: wholeNumber,
  variant_id: v.nullish(wholeNumber),
  location_id: v.nullish(wholeNumber),
});
const stockUpdated = v.object({
  inventory: v.object({ product_id: wholeNumber, variant_id: v.nullish(wholeNumber) }),
});
/** Channel-scoped order events say `order_id`, global ones `id` (bigcommerce.md 14). */
const orderData = v.union([v.object({ order_id: wholeNumber }), v.object({ id: wholeNumber })]);

/** A SKU event's own `id` is not the variant's (bigcommerce.md 14). */
const deleted = v.union([
  v.object({ sku: v.object({ product_id: wholeNumber, variant_id: wholeNumber }) }),
  v.object({ type: v.literal('product'), id: wholeNumber }),
]);

/** What the event is about, for every scope that touches stock; `other` for the rest and for data that is unreadable. */
export function subjectOf(scope: string, data: Record<string, unknown>): WebhookSubject {
  if (scope === 'store/app/uninstalled') return { kind: 'uninstalled' };
  if (/^store\/channel\/[^/]+\/inventory\/product\//.test(scope)) {
    const parsed = v.safeParse(stockChanged, data);
    if (!parsed.success) return { kind: 'other' };
    const { product_id: productId, variant_id: variantId, location_id: locationId } = parsed.output;
    return {
      kind: 'stock',
      productId,
      variantId: variantId ?? null,
      locationId: locationId ?? null,
    };
  }
  if (/^store\/(product|sku)\/inventory\/(order\/)?updated$/.test(scope)) {
    const parsed = v.safeParse(stockUpdated, data);
    if (!parsed.success) return { kind: 'other' };
    const { product_id: productId, variant_id: variantId } = parsed.output.inventory;
    return { kind: 'stock', productId, variantId: variantId ?? null, locationId: null };
  }
  if (scope === 'store/product/deleted' || scope === 'store/sku/deleted') {
    const parsed = v.safeParse(deleted, data);
    if (!parsed.success) return { kind: 'other' };
    return 'sku' in parsed.output
      ? {
          kind: 'deleted',
          productId: parsed.output.sku.product_id,
          variantId: parsed.output.sku.variant_id,
        }
      : { kind: 'deleted', productId: parsed.output.id, variantId: null };
  }
  if (/^store\/(product|sku)\/(created|updated)$/.test(scope)) {
    const parsed = v.safeParse(deleted, data);
    if (!parsed.success) return { kind: 'other' };
    const productId = 'sku' in parsed.output ? parsed.output.sku.product_id : parsed.output.id;
    return { kind: 'product', productId };
  }
  if (/^store\/customer\/(created|updated|deleted)$/.test(scope)) {
    const parsed = v.safeParse(v.object({ id: wholeNumber }), data);
    return parsed.success ? { kind: 'customer', customerId: parsed.output.id } : { kind: 'other' };
  }
  if (scope === 'store/inventory/location/updated') {
    const parsed = v.safeParse(v.object({ location_id: wholeNumber }), data);
    if (!parsed.success) return { kind: 'other' };
    return { kind: 'location', locationId: parsed.output.location_id };
  }
  const isOrder =
    /^store\/(channel\/[^/]+\/)?order\/(created|updated|archived|statusUpdated|refund\/created)$/;
  if (isOrder.test(scope)) {
    const parsed = v.safeParse(orderData, data);
    if (!parsed.success) return { kind: 'other' };
    const orderId = 'order_id' in parsed.output ? parsed.output.order_id : parsed.output.id;
    return { kind: 'order', orderId };
  }
  return { kind: 'other' };
}

export interface SignatureCheck {
  /** All three headers are there. A hook without them is known by its secret header alone. */
  readonly present: boolean;
  /** Only meaningful when present. */
  readonly valid: boolean;
  /** How far the signed timestamp is from now, milliseconds, positive when in the past; null when unreadable. */
  readonly ageMs: number | null;
  /** Beyond the 5-minute tolerance; recorded, not refused, because retries may keep an old timestamp (2.5). */
  readonly stale: boolean;
}

/**
 * Checks a Standard Webhooks signature over the raw bytes: HMAC-SHA256 of `{id}.{timestamp}.{body}` keyed with the
 * UTF-8 bytes of a client secret; any of `secrets` and any `v1` signature of the list may match. Web Crypto compares in
 * constant time.
 */
export async function checkSignature(
  rawBody: Uint8Array,
  headers: Headers,
  secrets: readonly string[],
  nowMs: number,
): Promise<SignatureCheck> {
  const id = headers.get('webhook-id');
  const timestamp = headers.get('webhook-timestamp');
  const signatures = headers.get('webhook-signature');
  if (id === null || timestamp === null || signatures === null) {
    return { present: false, valid: false, ageMs: null, stale: false };
  }
  const ageMs = /^\d{1,12}$/.test(timestamp) ? nowMs - Number(timestamp) * 1000 : null;
  const stale = ageMs === null || Math.abs(ageMs) > WEBHOOK_TOLERANCE_MS;
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), rawBody);
  const candidates = signatures
    .split(' ')
    .slice(0, SIGNATURES_MAX)
    .flatMap((part) => (part.startsWith('v1,') ? [decodeBase64(part.slice('v1,'.length))] : []));
  for (const secret of secrets) {
    const key = await hmacKey(secret);
    for (const candidate of candidates) {
      if (candidate !== undefined && (await crypto.subtle.verify('HMAC', key, candidate, signed))) {
        return { present: true, valid: true, ageMs, stale };
      }
    }
  }
  return { present: true, valid: false, ageMs, stale };
}

/** Signatures looked at per message: a sender rotating keys sends two. */
const SIGNATURES_MAX = 5;

async function hmacKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head, 0);
  whole.set(tail, head.length);
  return whole;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

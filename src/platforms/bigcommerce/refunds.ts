/**
 * Money given back through BigCommerce, and what was given back there (orders.v3.yml, bigcommerce.md 8). A refund never
 * moves stock. Refunds of one order must follow one another; there is no idempotency key, so a lost answer is settled
 * by reading the order's refunds.
 */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { BIGCOMMERCE_REFUND_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import { epochMs } from './orders.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, oneOf, wholeNumber } from './wire.ts';
import { amount } from './wire-orders.ts';

/** Things are refunded by piece, costs by amount. */
export type RefundRequestItem =
  | {
      readonly type: 'PRODUCT' | 'GIFT_WRAPPING';
      /** The order line's own id. */
      readonly itemId: number;
      readonly quantity: number;
      readonly reason?: string;
    }
  | {
      /** `ORDER`: of the order as a whole, without tax. */
      readonly type: 'ORDER' | 'SHIPPING' | 'HANDLING' | 'FEE';
      /** Id of the order, the order's address (shipping, handling) or the fee. */
      readonly itemId: number;
      /** Decimal text; with or without tax as the store enters its prices. */
      readonly amount: string;
      readonly reason?: string;
    };

/** One way money goes back: `custom` with `offline` is money that was given back elsewhere, as at a register. */
export interface RefundPayment {
  readonly providerId: string;
  /** Decimal text. */
  readonly amount: string;
  readonly offline: boolean;
}

export interface RefundQuote {
  readonly total: string;
  readonly tax: string;
  /** Each is complete in itself; the payments of a refund must equal one of them. */
  readonly methods: readonly (readonly RefundPayment[])[];
}

export interface OrderRefund {
  readonly refundId: number;
  readonly orderId: number;
  /** Epoch milliseconds; null when BigCommerce tells no date. */
  readonly createdAtMs: number | null;
  readonly total: string;
  readonly tax: string;
  readonly reason: string;
  readonly items: readonly {
    /** `PRODUCT`, `GIFT_WRAPPING`, `SHIPPING`, `HANDLING`, `ORDER`, `FEE`. */
    readonly type: string;
    readonly itemId: number;
    readonly quantity: number;
    readonly amount: string;
    readonly reason: string;
  }[];
  readonly payments: readonly (RefundPayment & { readonly isDeclined: boolean })[];
}

const text = v.nullish(v.string(), '');
const payment = v.object({
  provider_id: text,
  amount,
  offline: v.nullish(v.boolean(), false),
  is_declined: v.nullish(v.boolean(), false),
});

const wireQuote = v.object({
  total_refund_amount: amount,
  total_refund_tax_amount: amount,
  refund_methods: v.nullish(v.array(v.array(payment)), []),
});

const wireRefund = v.object({
  id: wholeNumber,
  order_id: wholeNumber,
  created: text,
  total_amount: amount,
  total_tax: amount,
  reason: text,
  items: v.nullish(
    v.array(
      v.object({
        item_type: text,
        item_id: v.nullish(wholeNumber, 0),
        quantity: v.nullish(wholeNumber, 0),
        requested_amount: amount,
        reason: text,
      }),
    ),
    [],
  ),
  payments: v.nullish(v.array(payment), []),
});
const QUOTE = oneOf(wireQuote);
const REFUND = oneOf(wireRefund);
const REFUNDS = listOf(wireRefund);

const readPayment = (wire: v.InferOutput<typeof payment>): RefundPayment => ({
  providerId: wire.provider_id,
  amount: wire.amount,
  offline: wire.offline,
});

function readRefund(wire: v.InferOutput<typeof wireRefund>): OrderRefund {
  return {
    refundId: wire.id,
    orderId: wire.order_id,
    createdAtMs: epochMs(wire.created),
    total: wire.total_amount,
    tax: wire.total_tax,
    reason: wire.reason,
    items: wire.items.map((item) => ({
      type: item.item_type,
      itemId: item.item_id,
      quantity: item.quantity,
      amount: item.requested_amount,
      reason: item.reason,
    })),
    payments: wire.payments.map((one) => ({ ...readPayment(one), isDeclined: one.is_declined })),
  };
}

function itemBody(item: RefundRequestItem) {
  return {
    item_type: item.type,
    item_id: item.itemId,
    ...('quantity' in item ? { quantity: item.quantity } : { amount: Number(item.amount) }),
    ...(item.reason === undefined ? {} : { reason: item.reason }),
  };
}

function quoteRequest(
  orderId: number,
  items: readonly RefundRequestItem[],
): PlatformRequest<v.InferOutput<typeof QUOTE>> {
  return {
    operation: 'orders.quote_refund',
    method: 'POST',
    path: `/v3/orders/${orderId}/payment_actions/refund_quotes`,
    body: { items: items.map(itemBody) },
    accepts: QUOTE,
  };
}

/**
 * What a refund would come to and the ways to give it back. Changes nothing. `rejected` for what cannot be refunded:
 * more than is left, no payment received; `not_found` for an unknown order; otherwise the failures of `session.call`.
 */
export async function quoteRefund(
  session: BigCommerceSession,
  orderId: number,
  items: readonly RefundRequestItem[],
): Promise<Result<RefundQuote, Failure>> {
  const answer = await session.call(quoteRequest(orderId, items));
  if (!answer.ok) return answer;
  const { body } = answer.value;
  return ok({
    total: body.total_refund_amount,
    tax: body.total_refund_tax_amount,
    methods: body.refund_methods.map((method) => method.map(readPayment)),
  });
}

export interface RefundRequest {
  readonly items: readonly RefundRequestItem[];
  readonly payments: readonly RefundPayment[];
  /** The figures of another system instead of BigCommerce's own; the payments must add up to the total. */
  readonly override?: { readonly total: string; readonly tax: string };
}

function refundRequest(
  orderId: number,
  { items, payments, override }: RefundRequest,
): PlatformRequest<v.InferOutput<typeof REFUND>> {
  return {
    operation: 'orders.refund',
    method: 'POST',
    path: `/v3/orders/${orderId}/payment_actions/refunds`,
    body: {
      items: items.map(itemBody),
      payments: payments.map((one) => ({
        provider_id: one.providerId,
        amount: Number(one.amount),
        offline: one.offline,
      })),
      ...(override === undefined
        ? {}
        : {
            merchant_calculated_override: {
              total_amount: Number(override.total),
              total_tax: Number(override.tax),
            },
          }),
    },
    accepts: REFUND,
  };
}

/**
 * Gives money back: sets the order to Refunded or Partially Refunded and may tell the shopper. Failures as
 * `quoteRefund`; `rejected` also when the payments are none of the quote's methods; `outcomeUnknown` when it may have
 * been carried out: look in `getOrderRefunds` before trying again.
 */
export async function createRefund(
  session: BigCommerceSession,
  orderId: number,
  request: RefundRequest,
): Promise<Result<OrderRefund, Failure>> {
  const answer = await session.call(refundRequest(orderId, request));
  return answer.ok ? ok(readRefund(answer.value.body)) : answer;
}

function orderRefundsRequest(orderId: number): PlatformRequest<v.InferOutput<typeof REFUNDS>> {
  return {
    operation: 'orders.refunds',
    method: 'GET',
    path: `/v3/orders/${orderId}/payment_actions/refunds`,
    accepts: REFUNDS,
  };
}

/** Every refund of one order. Failures: those of `session.call`; `not_found` for an unknown order. */
export async function getOrderRefunds(
  session: BigCommerceSession,
  orderId: number,
): Promise<Result<readonly OrderRefund[], Failure>> {
  const answer = await session.call(orderRefundsRequest(orderId));
  return answer.ok ? ok(answer.value.body.data.map(readRefund)) : answer;
}

export interface RefundPage {
  readonly refunds: readonly OrderRefund[];
  readonly isLast: boolean;
}

function refundsSinceRequest(
  sinceMs: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof REFUNDS>> {
  return {
    operation: 'orders.refunds_since',
    method: 'GET',
    path: '/v3/orders/payment_actions/refunds',
    query: {
      'created:min': new Date(sinceMs).toISOString(),
      page,
      limit: BIGCOMMERCE_REFUND_PAGE,
    },
    accepts: REFUNDS,
  };
}

/** One page of the store's refunds made at or after `sinceMs`; `page` counts from 1. Failures: those of `session.call`. */
export async function getRefundsSince(
  session: BigCommerceSession,
  sinceMs: number,
  page: number,
): Promise<Result<RefundPage, Failure>> {
  const answer = await session.call(refundsSinceRequest(sinceMs, page));
  if (!answer.ok) return answer;
  const { data } = answer.value.body;
  return ok({ refunds: data.map(readRefund), isLast: data.length < BIGCOMMERCE_REFUND_PAGE });
}

/** The method of a quote that says the money was given back elsewhere, as at a register; null when there is none. */
export function offlineMethod(quote: RefundQuote): readonly RefundPayment[] | null {
  return (
    quote.methods.find((method) =>
      method.every((one) => one.providerId === 'custom' && one.offline),
    ) ?? null
  );
}

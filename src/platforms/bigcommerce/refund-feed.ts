/** Which orders were refunded since a moment: V3's list of refunds over all orders (bigcommerce.md 8). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { ORDER_FEED_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import { epochMs } from './orders.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, wholeNumber } from './wire.ts';

const REFUNDS = listOf(
  v.object({ id: wholeNumber, order_id: wholeNumber, created: v.nullish(v.string(), null) }),
);

export interface RefundedOrders {
  readonly refunds: readonly { readonly orderId: string; readonly createdMs: number }[];
  readonly isLast: boolean;
}

/** `page` counts from 1; dates are RFC 3339. */
function refundsRequest(
  sinceMs: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof REFUNDS>> {
  return {
    operation: 'refunds.since',
    method: 'GET',
    path: '/v3/orders/payment_actions/refunds',
    query: { 'created:min': new Date(sinceMs).toISOString(), page, limit: ORDER_FEED_PAGE },
    accepts: REFUNDS,
  };
}

/** One page of refunds made at or after `sinceMs`, of any order; one without a date is left out. Failures: `session.call`. */
export async function getRefundedOrders(
  session: BigCommerceSession,
  sinceMs: number,
  page: number,
): Promise<Result<RefundedOrders, Failure>> {
  const answer = await session.call(refundsRequest(sinceMs, page));
  if (!answer.ok) return answer;
  const { data, meta } = answer.value.body;
  const refunds = data.flatMap(({ order_id, created }) => {
    const createdMs = epochMs(created);
    return createdMs === null ? [] : [{ orderId: String(order_id), createdMs }];
  });
  const pages = meta?.pagination?.total_pages ?? null;
  const isLast = pages === null ? data.length < ORDER_FEED_PAGE : page >= pages;
  return ok({ refunds, isLast });
}

/** Refunds: records of their own, positive, with tax and tip; v3 only reads them (clover.md 5.6). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { ORDER_FEED_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { CloverSession } from './session.ts';
import { elementsOf } from './wire.ts';
import { wireCredit, wireFullRefund, type WireCredit, type WireFullRefund } from './wire-money.ts';

export interface CloverRefund {
  readonly refundId: string;
  readonly orderId: string | null;
  readonly paymentId: string | null;
  /** Minor units, positive, with tax and tip. */
  readonly amount: number;
  readonly taxAmount: number;
  readonly tipAmount: number;
  /** Money really went back: not voided, not failed, not pending. */
  readonly isDone: boolean;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly createdMs: number | null;
  /** Set when the money went back another way than it came. */
  readonly otherTenderId: string | null;
  /** Empty for an amount without lines. */
  readonly lineItemIds: readonly string[];
}

export function readRefund(wire: WireFullRefund): CloverRefund {
  return {
    refundId: wire.id,
    orderId: wire.orderRef?.id ?? null,
    paymentId: wire.payment?.id ?? null,
    amount: wire.amount,
    taxAmount: wire.taxAmount ?? 0,
    tipAmount: wire.tipAmount ?? 0,
    isDone: wire.voided !== true && (wire.status ?? 'SUCCESS') === 'SUCCESS',
    reason: wire.reason,
    createdMs: wire.createdTime,
    otherTenderId: wire.overrideMerchantTender?.id ?? null,
    lineItemIds: (wire.lineItems?.elements ?? []).map(({ id }) => id),
  };
}

const REFUND_LIST = elementsOf(wireFullRefund);

function refundPageRequest(
  sinceMs: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof REFUND_LIST>> {
  return {
    operation: 'refunds.page',
    method: 'GET',
    path: '/refunds',
    query: {
      filter: `createdTime>=${sinceMs}`,
      orderBy: 'createdTime ASC',
      expand: 'lineItems',
      limit: ORDER_FEED_PAGE,
      offset: page * ORDER_FEED_PAGE,
    },
    accepts: REFUND_LIST,
  };
}

export interface RefundPage {
  readonly refunds: readonly CloverRefund[];
  readonly isLast: boolean;
}

/**
 * One page, counted from 0, of refunds made at or after `sinceMs`, oldest first. From the replica: overlap the polls.
 * Nested lists are cut at 100 lines. Failures: those of `session.call`.
 */
export async function getRefundPage(
  session: CloverSession,
  sinceMs: number,
  page: number,
): Promise<Result<RefundPage, Failure>> {
  const answer = await session.call(refundPageRequest(sinceMs, page));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({ refunds: elements.map(readRefund), isLast: elements.length < ORDER_FEED_PAGE });
}

// --- Credits -------------------------------------------------------------------------------------------------------

/** Money given back without a payment that it belongs to: a manual refund (clover.md 5.6). */
export interface CloverCredit {
  readonly creditId: string;
  readonly orderId: string | null;
  readonly tenderId: string | null;
  readonly tenderLabel: string;
  /** Minor units, positive. */
  readonly amount: number;
  readonly taxAmount: number;
  readonly isDone: boolean;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly createdMs: number | null;
}

const readCredit = (wire: WireCredit): CloverCredit => ({
  creditId: wire.id,
  orderId: wire.orderRef?.id ?? null,
  tenderId: wire.tender?.id ?? null,
  tenderLabel: wire.tender?.label ?? '',
  amount: wire.amount,
  taxAmount: wire.taxAmount ?? 0,
  isDone: wire.voided !== true && (wire.result ?? 'SUCCESS') === 'SUCCESS',
  reason: wire.reason,
  createdMs: wire.createdTime,
});

const CREDIT_LIST = elementsOf(wireCredit);

/** Credits cannot be filtered by createdTime (specs/clover). */
function creditPageRequest(
  sinceMs: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof CREDIT_LIST>> {
  return {
    operation: 'credits.page',
    method: 'GET',
    path: '/credits',
    query: {
      filter: `clientCreatedTime>=${sinceMs}`,
      orderBy: 'clientCreatedTime ASC',
      expand: 'tender',
      limit: ORDER_FEED_PAGE,
      offset: page * ORDER_FEED_PAGE,
    },
    accepts: CREDIT_LIST,
  };
}

export interface CreditPage {
  readonly credits: readonly CloverCredit[];
  readonly isLast: boolean;
}

/** One page, counted from 0, of credits given at or after `sinceMs` by the register's clock, oldest first. */
export async function getCreditPage(
  session: CloverSession,
  sinceMs: number,
  page: number,
): Promise<Result<CreditPage, Failure>> {
  const answer = await session.call(creditPageRequest(sinceMs, page));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({ credits: elements.map(readCredit), isLast: elements.length < ORDER_FEED_PAGE });
}

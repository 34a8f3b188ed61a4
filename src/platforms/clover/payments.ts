/** Payments: those taken in store are read; ours are logged under tenders of our own (clover.md 5.4). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE, ORDER_FEED_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { TimeSpan } from './order-money.ts';
import type { CloverSession } from './session.ts';
import { elementsOf } from './wire.ts';
import { wireFullPayment, type WireFullPayment } from './wire-money.ts';

export interface CloverPayment {
  readonly paymentId: string;
  readonly orderId: string | null;
  readonly tenderId: string | null;
  readonly tenderLabel: string;
  readonly tenderKey: string;
  /** Minor units, without tip and surcharges. */
  readonly amount: number;
  readonly tipAmount: number;
  /** Part of `amount`. */
  readonly taxAmount: number;
  /** Surcharges and fees that the customer paid on top, minor units. */
  readonly additionalCharges: number;
  /** Money really came in: SUCCESS or AUTH_COMPLETED (clover.md 5.4). */
  readonly isDone: boolean;
  readonly result: string;
  readonly externalPaymentId: string | null;
  /** Epoch milliseconds. */
  readonly createdMs: number | null;
  readonly modifiedMs: number | null;
  readonly taxes: readonly PaymentTax[];
}

export interface PaymentTax {
  readonly taxRateId: string | null;
  readonly name: string;
  /** 10,000,000 is 100 %. */
  readonly rate: number;
  readonly taxableAmount: number;
  readonly taxAmount: number;
}

function readPayment(wire: WireFullPayment): CloverPayment {
  return {
    paymentId: wire.id,
    orderId: wire.order?.id ?? null,
    tenderId: wire.tender?.id ?? null,
    tenderLabel: wire.tender?.label ?? '',
    tenderKey: wire.tender?.labelKey ?? '',
    amount: wire.amount,
    tipAmount: wire.tipAmount ?? 0,
    taxAmount: wire.taxAmount ?? 0,
    additionalCharges: (wire.additionalCharges?.elements ?? []).reduce(
      (sum, { amount }) => sum + (amount ?? 0),
      0,
    ),
    isDone: wire.result === 'SUCCESS' || wire.result === 'AUTH_COMPLETED',
    result: wire.result,
    externalPaymentId: wire.externalPaymentId,
    createdMs: wire.createdTime,
    modifiedMs: wire.modifiedTime,
    taxes: (wire.taxRates?.elements ?? []).map((tax) => ({
      taxRateId: tax.id,
      name: tax.name,
      rate: tax.rate ?? 0,
      taxableAmount: tax.taxableAmount ?? 0,
      taxAmount: tax.taxAmount ?? 0,
    })),
  };
}

const PAYMENT_LIST = elementsOf(wireFullPayment);
const PAYMENT_EXPANDED = 'tender,taxRates,additionalCharges';

function paymentsRequest(
  operation: string,
  path: string,
  query: Readonly<Record<string, string | number>>,
): PlatformRequest<v.InferOutput<typeof PAYMENT_LIST>> {
  return {
    operation,
    method: 'GET',
    path,
    query: { ...query, expand: PAYMENT_EXPANDED, limit: CLOVER_PAGE, forceRealTime: true },
    accepts: PAYMENT_LIST,
  };
}

async function listPayments(
  session: CloverSession,
  request: PlatformRequest<v.InferOutput<typeof PAYMENT_LIST>>,
): Promise<Result<readonly CloverPayment[], Failure>> {
  const answer = await session.call(request);
  return answer.ok ? ok(answer.value.body.elements.map(readPayment)) : answer;
}

/** The payments of one order, from the primary. `not_found` for an unknown or deleted order. */
export function getOrderPayments(
  session: CloverSession,
  orderId: string,
): Promise<Result<readonly CloverPayment[], Failure>> {
  const path = `/orders/${encodeURIComponent(orderId)}/payments`;
  return listPayments(session, paymentsRequest('payments.of_order', path, {}));
}

/** Payments that carry this id of ours, from the primary: what a lost answer may have left. Last 90 days (clover.md 5.4). */
export function findPayments(
  session: CloverSession,
  externalPaymentId: string,
): Promise<Result<readonly CloverPayment[], Failure>> {
  const query = { filter: `externalPaymentId=${externalPaymentId}` };
  return listPayments(session, paymentsRequest('payments.find', '/payments', query));
}

function paymentPageRequest(
  span: TimeSpan,
  page: number,
): PlatformRequest<v.InferOutput<typeof PAYMENT_LIST>> {
  return {
    operation: 'payments.page',
    method: 'GET',
    path: '/payments',
    query: {
      filter: [`createdTime>=${span.fromMs}`, `createdTime<${span.untilMs}`],
      orderBy: 'createdTime ASC',
      expand: PAYMENT_EXPANDED,
      limit: ORDER_FEED_PAGE,
      offset: page * ORDER_FEED_PAGE,
    },
    accepts: PAYMENT_LIST,
  };
}

export interface PaymentPage {
  readonly payments: readonly CloverPayment[];
  readonly isLast: boolean;
}

/** One page, counted from 0, of payments made in a span of the last 90 days, oldest first, failed ones among them. */
export async function getPaymentPage(
  session: CloverSession,
  span: TimeSpan,
  page: number,
): Promise<Result<PaymentPage, Failure>> {
  const answer = await session.call(paymentPageRequest(span, page));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({ payments: elements.map(readPayment), isLast: elements.length < ORDER_FEED_PAGE });
}

export interface NewPayment {
  /** Of an external or custom tender: Clover logs no others (clover.md 5.4). */
  readonly tenderId: string;
  /** Minor units, more than zero, without tip. */
  readonly amount: number;
  readonly tipAmount: number;
  readonly taxAmount: number;
  /** At most 32 characters; the only way to find the payment again. */
  readonly externalPaymentId: string;
  /** At most 255 characters. */
  readonly note?: string;
}

function addPaymentRequest(orderId: string, payment: NewPayment): PlatformRequest<WireFullPayment> {
  const { tenderId, ...rest } = payment;
  return {
    operation: 'payments.create',
    method: 'POST',
    path: `/orders/${encodeURIComponent(orderId)}/payments`,
    body: { tender: { id: tenderId }, ...rest },
    accepts: wireFullPayment,
  };
}

/**
 * Logs one payment of an order. Twice the same is two payments: look with `findPayments` before a repeat. Failures:
 * those of `session.call`; 400 for a tender of Clover's own.
 */
export async function addPayment(
  session: CloverSession,
  orderId: string,
  payment: NewPayment,
): Promise<Result<CloverPayment, Failure>> {
  const answer = await session.call(addPaymentRequest(orderId, payment));
  return answer.ok ? ok(readPayment(answer.value.body)) : answer;
}

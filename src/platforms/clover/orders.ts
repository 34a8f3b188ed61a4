/** Orders rung up in store, as far as stock needs them (clover.md 5). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_NESTED_MAX, CLOVER_PAGE, ORDER_FEED_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { CloverSession } from './session.ts';
import {
  elementsOf,
  wireChangedOrder,
  wireLine,
  wireOrder,
  wirePayment,
  type WireLine,
  type WireOrder,
} from './wire.ts';

interface OrderLine {
  readonly lineItemId: string;
  /** null for a line typed in by hand; may name an item that was deleted since. */
  readonly itemId: string | null;
  readonly name: string;
  /** The item went back: its money was refunded. Whether it is on the shelf again is another question (O6). */
  readonly refunded: boolean;
  /** When, epoch milliseconds; null when it was not, or no refund tells. */
  readonly refundedAtMs: number | null;
  readonly exchanged: boolean;
  /** 1, because a line has no quantity; for items sold by weight or length their measure, rounded up (clover.md 5.2). */
  readonly units: number;
  /** Sold by weight or length. */
  readonly isMeasured: boolean;
  /** Epoch milliseconds; null when Clover tells none. */
  readonly createdTime: number | null;
}

export interface RegisterOrder {
  readonly orderId: string;
  /** null: hidden. Not to be relied on (clover.md 5.1). */
  readonly state: string | null;
  readonly paymentState: string | null;
  /** Training mode: sells nothing. */
  readonly isTest: boolean;
  /** All of the money came in, also when some of it went back since: an open tab is not paid. */
  readonly isPaid: boolean;
  /** Soft-deleted orders can still be read. */
  readonly isDeleted: boolean;
  /** Ours carry `BC{orderId}`. */
  readonly externalReferenceId: string | null;
  readonly lines: readonly OrderLine[];
  readonly paymentIds: readonly string[];
  /** When the last of its payments was made, epoch milliseconds; null when none tells. */
  readonly paidAtMs: number | null;
  /** Epoch milliseconds; null when Clover tells none. */
  readonly createdTime: number | null;
  readonly modifiedTime: number | null;
  /** Which register sold it. */
  readonly deviceId: string | null;
  /** When the request left, epoch milliseconds. */
  readonly readStartedAtMs: number;
}

/** Most lines of an order by the reference (clover.md 5.3), rounded up to pages. */
const LINE_PAGES_MAX = 4;

/** The order with what decides whether and what it sold; three expansions are the limit (clover.md 0). */
function orderRequest(orderId: string): PlatformRequest<WireOrder> {
  return {
    operation: 'orders.get',
    method: 'GET',
    path: `/orders/${encodeURIComponent(orderId)}`,
    // From the primary: a webhook is often faster than the replica.
    query: { expand: 'lineItems,payments,refunds', forceRealTime: true },
    accepts: wireOrder,
  };
}

const LINE_LIST = elementsOf(wireLine);

function orderLinesRequest(
  orderId: string,
  offset: number,
): PlatformRequest<v.InferOutput<typeof LINE_LIST>> {
  return {
    operation: 'orders.lines',
    method: 'GET',
    path: `/orders/${encodeURIComponent(orderId)}/line_items`,
    query: { limit: CLOVER_PAGE, offset, forceRealTime: true },
    accepts: LINE_LIST,
  };
}

/** Money that really came in (clover.md 5.4). */
const PAID_RESULTS = new Set(['SUCCESS', 'AUTH_COMPLETED']);
/** The order's own word for it, where there is one; OPEN says nothing about what is on its way. */
const PAID_STATES = new Set([
  'PAID',
  'PARTIALLY_PAID',
  'REFUNDED',
  'PARTIALLY_REFUNDED',
  'CREDITED',
]);

export function isPaid(wire: WireOrder): boolean {
  const done = (wire.payments?.elements ?? []).filter(({ result }) =>
    PAID_RESULTS.has(result ?? ''),
  );
  if (wire.paymentState === 'PARTIALLY_PAID' && wire.total !== null) {
    const paid = done.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
    return paid >= wire.total - CASH_ROUNDING_MAX;
  }
  return PAID_STATES.has(wire.paymentState ?? '') || done.length > 0;
}

/** Cash that was rounded to coins leaves an order partially paid for good (clover.md 9); an open tab misses more. */
const CASH_ROUNDING_MAX = 4;

function paidAtMs(wire: WireOrder): number | null {
  const times = (wire.payments?.elements ?? []).flatMap(({ createdTime }) =>
    createdTime === null ? [] : [createdTime],
  );
  return times.length === 0 ? null : Math.max(...times);
}

interface Refunds {
  /** Lines that refunds name, and when. */
  readonly lines: ReadonlyMap<string, number | null>;
  /** When the last of all was made: the flag of a line tells no time. */
  readonly newestMs: number | null;
}

/** A refund may name its lines before they are flagged themselves, and may name none (clover.md 5.6). */
function readRefunds(wire: WireOrder): Refunds {
  const done = (wire.refunds?.elements ?? []).filter(
    (refund) => refund.voided !== true && (refund.status ?? 'SUCCESS') === 'SUCCESS',
  );
  const lines = done.flatMap(({ lineItems, createdTime }) =>
    (lineItems?.elements ?? []).map((line) => [line.id, createdTime] as const),
  );
  const times = done.flatMap(({ createdTime }) => createdTime ?? []);
  return { lines: new Map(lines), newestMs: times.length === 0 ? null : Math.max(...times) };
}

function readLine(line: WireLine, refunds: Refunds): OrderLine {
  const refunded = line.refunded === true || refunds.lines.has(line.id);
  return {
    lineItemId: line.id,
    itemId: line.item?.id ?? null,
    name: line.name,
    refunded,
    refundedAtMs: refunded ? (refunds.lines.get(line.id) ?? refunds.newestMs) : null,
    exchanged: line.exchanged ?? false,
    isMeasured: line.unitQty !== null,
    units: line.unitQty === null ? 1 : Math.ceil(line.unitQty / 1_000),
    createdTime: line.createdTime ?? null,
  };
}

export function readOrder(
  wire: WireOrder,
  lines: readonly WireLine[],
  readStartedAtMs: number,
): RegisterOrder {
  const refunds = readRefunds(wire);
  return {
    orderId: wire.id,
    state: wire.state ?? null,
    paymentState: wire.paymentState ?? null,
    isTest: wire.testMode ?? false,
    isPaid: isPaid(wire),
    isDeleted: (wire.deletedTimestamp ?? 0) > 0,
    externalReferenceId: wire.externalReferenceId ?? null,
    lines: lines.map((line) => readLine(line, refunds)),
    paidAtMs: paidAtMs(wire),
    paymentIds: (wire.payments?.elements ?? []).flatMap(({ id }) => (id === null ? [] : [id])),
    createdTime: wire.createdTime ?? null,
    modifiedTime: wire.modifiedTime ?? null,
    deviceId: wire.device?.id ?? null,
    readStartedAtMs,
  };
}

/**
 * One order with all its lines: one call, one more per 1,000 lines when there are 100 or more, because nested lists are
 * cut there without a word. `not_found` for an unknown order; otherwise the failures of `session.call`.
 */
export async function getOrder(
  session: CloverSession,
  orderId: string,
): Promise<Result<RegisterOrder, Failure>> {
  const answer = await session.call(orderRequest(orderId));
  if (!answer.ok) return answer;
  const { body, startedAtMs } = answer.value;
  const included = body.lineItems?.elements ?? [];
  if (included.length < CLOVER_NESTED_MAX) return ok(readOrder(body, included, startedAtMs));
  const lines = await getOrderLines(session, orderId);
  return lines.ok ? ok(readOrder(body, lines.value, startedAtMs)) : lines;
}

async function getOrderLines(
  session: CloverSession,
  orderId: string,
): Promise<Result<readonly WireLine[], Failure>> {
  const lines = new Map<string, WireLine>();
  for (let page = 0; page < LINE_PAGES_MAX; page += 1) {
    const answer = await session.call(orderLinesRequest(orderId, page * CLOVER_PAGE));
    if (!answer.ok) return answer;
    const { elements } = answer.value.body;
    for (const line of elements) lines.set(line.id, line);
    if (elements.length < CLOVER_PAGE) return ok([...lines.values()]);
  }
  return fail({ code: 'too_large', message: `Order ${orderId} has too many lines to read.` });
}

export interface ChangedOrders {
  readonly orders: readonly { readonly orderId: string; readonly modifiedMs: number }[];
  readonly isLast: boolean;
}

const CHANGED_LIST = elementsOf(wireChangedOrder);

/** `modifiedTime` is not among the filters that cut a list to the last 90 days (clover.md 5.1). */
function changedOrdersRequest(
  sinceMs: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof CHANGED_LIST>> {
  return {
    operation: 'orders.changed',
    method: 'GET',
    path: '/orders',
    query: {
      filter: `modifiedTime>=${sinceMs}`,
      orderBy: 'modifiedTime ASC',
      limit: ORDER_FEED_PAGE,
      offset: page * ORDER_FEED_PAGE,
    },
    accepts: CHANGED_LIST,
  };
}

/** One page, counted from 0, of orders that changed at or after `sinceMs`. Failures: those of `session.call`. */
export async function getChangedOrders(
  session: CloverSession,
  sinceMs: number,
  page: number,
): Promise<Result<ChangedOrders, Failure>> {
  const answer = await session.call(changedOrdersRequest(sinceMs, page));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  const orders = elements.flatMap(({ id, modifiedTime }) =>
    modifiedTime === null ? [] : [{ orderId: id, modifiedMs: modifiedTime }],
  );
  return ok({ orders, isLast: elements.length < ORDER_FEED_PAGE });
}

function paymentRequest(paymentId: string): PlatformRequest<v.InferOutput<typeof wirePayment>> {
  return {
    operation: 'payments.get',
    method: 'GET',
    path: `/payments/${encodeURIComponent(paymentId)}`,
    query: { forceRealTime: true },
    accepts: wirePayment,
  };
}

/** The order that a payment pays; null for one without. `not_found` for an unknown payment. */
export async function getPaymentOrderId(
  session: CloverSession,
  paymentId: string,
): Promise<Result<string | null, Failure>> {
  const answer = await session.call(paymentRequest(paymentId));
  return answer.ok ? ok(answer.value.body.order?.id ?? null) : answer;
}

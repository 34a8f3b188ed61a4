/** A pushed order as its next step needs it: terms, lines and payments in one call (three expansions, clover.md 0). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import type { SeenLine, SeenOrder } from '../../domain/orders/converge.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_NESTED_MAX } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import { getPricedLines } from './order-money.ts';
import { getOrderPayments } from './payments.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, epochMs, maybe, nested } from './wire.ts';
import { wireFullPayment, wireOrderTerms, wirePricedLine } from './wire-money.ts';

const wirePushedLine = v.object({ ...wirePricedLine.entries, createdTime: maybe(epochMs) });
const wirePushedOrder = v.object({
  ...wireOrderTerms.entries,
  lineItems: nested(wirePushedLine),
  payments: nested(wireFullPayment),
});
type WirePushedOrder = v.InferOutput<typeof wirePushedOrder>;

function pushedOrderRequest(orderId: string): PlatformRequest<WirePushedOrder> {
  return {
    operation: 'orders.pushed',
    method: 'GET',
    path: `/orders/${encodeURIComponent(orderId)}`,
    query: { expand: 'lineItems,payments,discounts', forceRealTime: true },
    accepts: wirePushedOrder,
  };
}

/**
 * One order from the primary; calls of their own for lines and payments where 100 of them came, because nested lists
 * are cut there without a word. `not_found` for an unknown or deleted order.
 */
export async function getPushedOrder(
  session: CloverSession,
  orderId: string,
): Promise<Result<SeenOrder, Failure>> {
  const answer = await session.call(pushedOrderRequest(orderId));
  if (!answer.ok) return answer;
  const { body } = answer.value;
  const lines = await linesOf(session, body);
  if (!lines.ok) return lines;
  const payments = await paymentsOf(session, body);
  if (!payments.ok) return payments;
  return ok({
    orderId: body.id,
    title: body.title,
    note: body.note,
    totalMinor: body.total ?? 0,
    reference: body.externalReferenceId,
    isDeleted: (body.deletedTimestamp ?? 0) > 0,
    taxRemoved: body.taxRemoved ?? false,
    // Not among the three expansions of this call.
    customerIds: [],
    lines: lines.value,
    discounts: (body.discounts?.elements ?? []).map(({ id, name, amount }) => ({
      discountId: id ?? '',
      name,
      amountMinor: amount ?? 0,
    })),
    payments: payments.value,
  });
}

const lineOf = (wire: v.InferOutput<typeof wirePushedLine>): SeenLine => ({
  lineItemId: wire.id,
  itemId: wire.item?.id ?? null,
  name: wire.name,
  priceMinor: wire.price ?? 0,
  note: wire.note,
  createdMs: wire.createdTime,
});

async function linesOf(
  session: CloverSession,
  body: WirePushedOrder,
): Promise<Result<readonly SeenLine[], Failure>> {
  const nestedLines = body.lineItems?.elements ?? [];
  if (nestedLines.length < CLOVER_NESTED_MAX) return ok(nestedLines.map(lineOf));
  const lines = await getPricedLines(session, body.id);
  if (!lines.ok) return lines;
  return ok(
    lines.value.map(({ lineItemId, itemId, name, price, note }) => ({
      lineItemId,
      itemId,
      name,
      priceMinor: price,
      note,
      createdMs: null,
    })),
  );
}

async function paymentsOf(
  session: CloverSession,
  body: WirePushedOrder,
): Promise<Result<SeenOrder['payments'], Failure>> {
  const nestedPayments = body.payments?.elements ?? [];
  if (nestedPayments.length < CLOVER_NESTED_MAX) {
    return ok(
      nestedPayments.map((wire) => ({
        paymentId: wire.id,
        key: wire.externalPaymentId,
        amountMinor: wire.amount,
        isDone: isDone(wire.result),
        createdMs: wire.createdTime,
      })),
    );
  }
  const payments = await getOrderPayments(session, body.id);
  if (!payments.ok) return payments;
  return ok(
    payments.value.map((payment) => ({
      paymentId: payment.paymentId,
      key: payment.externalPaymentId,
      amountMinor: payment.amount,
      isDone: payment.isDone,
      createdMs: payment.createdMs,
    })),
  );
}

/** Money that really came in (clover.md 5.4). */
const isDone = (result: string): boolean => result === 'SUCCESS' || result === 'AUTH_COMPLETED';

// --- Finding what a lost answer left -------------------------------------------------------------------------------

const wireFound = elementsOf(
  v.object({
    id: v.string(),
    createdTime: maybe(epochMs),
    externalReferenceId: maybe(v.string()),
  }),
);

export interface FoundOrder {
  readonly orderId: string;
  readonly reference: string | null;
  readonly createdMs: number | null;
}

function findRequest(filter: string): PlatformRequest<v.InferOutput<typeof wireFound>> {
  return {
    operation: 'orders.find_pushed',
    method: 'GET',
    path: '/orders',
    query: { filter, forceRealTime: true },
    accepts: wireFound,
  };
}

/**
 * Orders by one of our own marks, oldest first, from the primary: what a create whose answer got lost may have left.
 * Neither deleted nor hidden ones, and the last 90 days only (clover.md 5.1).
 */
export async function findPushedOrders(
  session: CloverSession,
  by: { readonly reference: string } | { readonly title: string },
): Promise<Result<readonly FoundOrder[], Failure>> {
  const filter = 'reference' in by ? `externalReferenceId=${by.reference}` : `title=${by.title}`;
  const answer = await session.call(findRequest(filter));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  if (elements.length >= CLOVER_NESTED_MAX) {
    const message = `More than ${CLOVER_NESTED_MAX} orders of Clover answer to ${filter}.`;
    return fail({ code: 'conflict', message });
  }
  return ok(
    elements
      .map(({ id, createdTime, externalReferenceId }) => ({
        orderId: id,
        reference: externalReferenceId,
        createdMs: createdTime,
      }))
      .toSorted((a, b) => (a.createdMs ?? 0) - (b.createdMs ?? 0)),
  );
}

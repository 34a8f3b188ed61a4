/**
 * Orders made and changed at Clover (clover.md 5.3 a). Nothing here has an idempotency key: before a create is repeated,
 * look for what the first try left (`findOrdersByReference`, `findPayments`). Clover totals nothing: the caller posts
 * `total` after each change.
 */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_BULK_LINES_MAX } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, maybe, reference, wireOrder, type WireOrder } from './wire.ts';

/** Fields of an order that an app may set; those left out stay as they are. Money in minor units. */
export interface OrderFields {
  /** Without it on create the order is hidden: no list shows it (clover.md 5.1). */
  readonly state?: 'open';
  /** At most 127 characters. */
  readonly title?: string;
  /** At most 2,047 characters. */
  readonly note?: string;
  readonly orderTypeId?: string;
  readonly isTest?: boolean;
  /** No tax is taken from any line. */
  readonly taxRemoved?: boolean;
  readonly groupLineItems?: boolean;
  readonly total?: number;
  /** 12 characters are safe. Whether it is taken on create is not known: compare the answer (clover.md 10). */
  readonly externalReferenceId?: string;
  readonly customerIds?: readonly string[];
}

/** What Clover answers to a write: always current, unlike reads (clover.md 0). */
export interface WrittenOrder {
  readonly orderId: string;
  readonly state: string | null;
  readonly paymentState: string | null;
  /** Minor units; what was posted, 0 before. */
  readonly total: number;
  readonly externalReferenceId: string | null;
  readonly modifiedMs: number | null;
}

function orderBody(fields: OrderFields): Record<string, unknown> {
  const { orderTypeId, isTest, customerIds, ...same } = fields;
  return {
    ...same,
    ...(orderTypeId === undefined ? {} : { orderType: { id: orderTypeId } }),
    ...(isTest === undefined ? {} : { testMode: isTest }),
    ...(customerIds === undefined ? {} : { customers: customerIds.map((id) => ({ id })) }),
  };
}

const orderPath = (orderId: string): string => `/orders/${encodeURIComponent(orderId)}`;
const linePath = (orderId: string, lineItemId: string): string =>
  `${orderPath(orderId)}/line_items/${encodeURIComponent(lineItemId)}`;

function writeOrderRequest(
  operation: string,
  path: string,
  fields: OrderFields,
): PlatformRequest<WireOrder> {
  return { operation, method: 'POST', path, body: orderBody(fields), accepts: wireOrder };
}

async function writeOrder(
  session: CloverSession,
  request: PlatformRequest<WireOrder>,
): Promise<Result<WrittenOrder, Failure>> {
  const answer = await session.call(request);
  if (!answer.ok) return answer;
  const { body } = answer.value;
  return ok({
    orderId: body.id,
    state: body.state,
    paymentState: body.paymentState,
    total: body.total ?? 0,
    externalReferenceId: body.externalReferenceId,
    modifiedMs: body.modifiedTime,
  });
}

/** An order without lines. Failures: those of `session.call`, with `outcomeUnknown` where it may exist now. */
export function createOrder(
  session: CloverSession,
  fields: OrderFields,
): Promise<Result<WrittenOrder, Failure>> {
  return writeOrder(session, writeOrderRequest('orders.create', '/orders', fields));
}

/** Changes what is named and nothing else. `not_found` for an unknown or deleted order. */
export function updateOrder(
  session: CloverSession,
  orderId: string,
  fields: OrderFields,
): Promise<Result<WrittenOrder, Failure>> {
  return writeOrder(session, writeOrderRequest('orders.update', orderPath(orderId), fields));
}

// --- Lines ---------------------------------------------------------------------------------------------------------

/** One piece; N pieces are N of these. What it says overrides the item (clover.md 5.3). */
export interface NewLine {
  /** Left out: a line of its own, such as shipping. */
  readonly itemId?: string;
  readonly name: string;
  /** Minor units, per piece. */
  readonly price: number;
  /** At most 255 characters. */
  readonly note?: string;
  readonly itemCode?: string;
  /** At most 255 characters that nobody is shown: marks a line as ours, to find it again. */
  readonly userData?: string;
  /** Counts as revenue; Clover's default is not settled, so it is always sent (clover.md 4.1). */
  readonly isRevenue: boolean;
  /**
   * Left out: the item's own rates. An empty list may mean the same: name NO_TAX_APPLIED instead. 10,000,000 is 100 %;
   * `taxAmount` is a flat tax in minor units.
   */
  readonly taxRates?: readonly NewLineTax[];
}

export interface NewLineTax {
  readonly id: string;
  readonly name: string;
  readonly rate: number;
  readonly taxAmount?: number;
}

const LINE_IDS = v.array(reference);
/** Which of the three it is, is not settled (specs/clover, BulkLineItemsResponse). */
const WRITTEN_LINES = v.union([LINE_IDS, elementsOf(reference), v.object({ items: LINE_IDS })]);

function addLinesRequest(
  orderId: string,
  lines: readonly NewLine[],
): PlatformRequest<v.InferOutput<typeof WRITTEN_LINES>> {
  const items = lines.map(({ itemId, ...line }) => ({
    ...(itemId === undefined ? {} : { item: { id: itemId } }),
    ...line,
  }));
  return {
    operation: 'orders.add_lines',
    method: 'POST',
    path: `${orderPath(orderId)}/bulk_line_items`,
    body: { items },
    accepts: WRITTEN_LINES,
  };
}

/**
 * Adds up to 100 lines and answers their ids in the same order. Failures: `invalid_input` for none or more, and those of
 * `session.call`; 400 beyond `CLOVER_ORDER_LINES_MAX` lines per order.
 */
export async function addLines(
  session: CloverSession,
  orderId: string,
  lines: readonly NewLine[],
): Promise<Result<readonly string[], Failure>> {
  if (lines.length === 0 || lines.length > CLOVER_BULK_LINES_MAX) {
    return fail({
      code: 'invalid_input',
      message: `Clover takes 1 to ${CLOVER_BULK_LINES_MAX} lines a call, not ${lines.length}.`,
    });
  }
  const answer = await session.call(addLinesRequest(orderId, lines));
  if (!answer.ok) return answer;
  const { body } = answer.value;
  const written = Array.isArray(body) ? body : 'items' in body ? body.items : body.elements;
  return ok(written.map(({ id }) => id));
}

/** The body of a deletion may be empty or show what is gone (specs/clover, Deleted). */
function deleteRequest(operation: string, path: string): PlatformRequest<unknown> {
  return { operation, method: 'DELETE', path, accepts: v.unknown() };
}

async function remove(
  session: CloverSession,
  request: PlatformRequest<unknown>,
): Promise<Result<null, Failure>> {
  const answer = await session.call(request);
  return answer.ok ? ok(null) : answer;
}

/** Takes one line off an order that is not locked. `not_found` when it is gone already. */
export function deleteLine(
  session: CloverSession,
  orderId: string,
  lineItemId: string,
): Promise<Result<null, Failure>> {
  return remove(session, deleteRequest('orders.delete_line', linePath(orderId, lineItemId)));
}

/**
 * Deletes an order, softly; `not_found` when it is gone already. Whether one with payments may go is not known
 * (clover.md 10): expect a 400.
 */
export function deleteOrder(
  session: CloverSession,
  orderId: string,
): Promise<Result<null, Failure>> {
  return remove(session, deleteRequest('orders.delete', orderPath(orderId)));
}

// --- Discounts and modifications -----------------------------------------------------------------------------------

const WRITTEN_TERM = v.object({ id: maybe(v.string()) });

function termRequest(
  operation: string,
  path: string,
  body: Record<string, unknown>,
): PlatformRequest<v.InferOutput<typeof WRITTEN_TERM>> {
  return { operation, method: 'POST', path, body, accepts: WRITTEN_TERM };
}

async function addTerm(
  session: CloverSession,
  request: PlatformRequest<v.InferOutput<typeof WRITTEN_TERM>>,
): Promise<Result<string | null, Failure>> {
  const answer = await session.call(request);
  return answer.ok ? ok(answer.value.body.id) : answer;
}

export interface NewDiscount {
  /** At most 64 characters. */
  readonly name: string;
  /** What is taken off, minor units, zero or more. */
  readonly amountOff: number;
}

/** Clover wants zero or less. */
const discountBody = ({ name, amountOff }: NewDiscount) => ({
  name,
  amount: amountOff === 0 ? 0 : -amountOff,
});

/** Takes an amount off a whole order, spread over its lines; answers the discount's id. */
export function addOrderDiscount(
  session: CloverSession,
  orderId: string,
  discount: NewDiscount,
): Promise<Result<string | null, Failure>> {
  const path = `${orderPath(orderId)}/discounts`;
  return addTerm(session, termRequest('orders.discount', path, discountBody(discount)));
}

/** Takes an amount off one line; answers the discount's id. */
export function addLineDiscount(
  session: CloverSession,
  orderId: string,
  lineItemId: string,
  discount: NewDiscount,
): Promise<Result<string | null, Failure>> {
  const path = `${linePath(orderId, lineItemId)}/discounts`;
  return addTerm(session, termRequest('orders.discount_line', path, discountBody(discount)));
}

/** Takes a discount of the whole order back. `not_found` when it is gone already. */
export function deleteOrderDiscount(
  session: CloverSession,
  orderId: string,
  discountId: string,
): Promise<Result<null, Failure>> {
  const path = `${orderPath(orderId)}/discounts/${encodeURIComponent(discountId)}`;
  return remove(session, deleteRequest('orders.delete_discount', path));
}

export interface NewModification {
  readonly modifierId: string;
  /** At most 255 characters. */
  readonly name: string;
  /** Minor units, on top of the line's price. */
  readonly amount: number;
}

/** Applies a modifier of the merchant to one line, under a name and price of our own; answers its id. */
export function addModification(
  session: CloverSession,
  orderId: string,
  lineItemId: string,
  { modifierId, name, amount }: NewModification,
): Promise<Result<string | null, Failure>> {
  const path = `${linePath(orderId, lineItemId)}/modifications`;
  const body = { modifier: { id: modifierId }, name, amount };
  return addTerm(session, termRequest('orders.modify_line', path, body));
}

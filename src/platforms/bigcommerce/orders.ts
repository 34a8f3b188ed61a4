/** Orders as far as stock needs them: what was sold, in which status (bigcommerce.md 7). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { ORDER_FEED_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import {
  wireChangedOrders,
  wireOrder,
  wireOrderLines,
  type WireOrder,
  type WireOrderLine,
} from './wire.ts';

interface OrderLine {
  readonly lineId: number;
  /** null for a custom line, which is in no catalog and moves no stock. */
  readonly productId: number | null;
  readonly variantId: number | null;
  readonly quantity: number;
  readonly quantityRefunded: number;
  readonly sku: string;
  readonly name: string;
  /** Part of a pick list or bundle: its parent line counts the price (bigcommerce.md 7.2). */
  readonly isBundleChild: boolean;
  readonly parentLineId: number | null;
  /** `physical`, `digital`, `giftcertificate`. */
  readonly type: string;
}

export interface WebOrder {
  readonly orderId: number;
  /** 0 incomplete … 14 partially refunded (bigcommerce.md 7.3). */
  readonly statusId: number;
  /** Epoch milliseconds, second precision. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when BigCommerce tells none. */
  readonly modifiedAtMs: number | null;
  /** Epoch milliseconds; null until it was set to Shipped. */
  readonly shippedAtMs: number | null;
  readonly channelId: number | null;
  readonly paymentStatus: string;
  /** `www`, `manual`, `external` (made by API), … */
  readonly source: string;
  readonly externalOrderId: string;
  readonly isDeleted: boolean;
  readonly lines: readonly OrderLine[];
  /** When the request left, epoch milliseconds. */
  readonly readStartedAtMs: number;
}

export const LINES_PER_PAGE = 250;
/** 250 x 40 lines; BigCommerce names no limit of lines per order. */
export const LINE_PAGES_MAX = 40;

/** The order and its lines in one call (bigcommerce.md 7.1). */
function orderRequest(orderId: number): PlatformRequest<WireOrder> {
  return {
    operation: 'orders.get',
    method: 'GET',
    path: `/v2/orders/${orderId}`,
    query: { include: 'consignments.line_items', consignment_structure: 'object' },
    accepts: wireOrder,
  };
}

/** `page` counts from 1; an empty page is a 204. */
function orderLinesRequest(
  orderId: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof wireOrderLines>> {
  return {
    operation: 'orders.lines',
    method: 'GET',
    path: `/v2/orders/${orderId}/products`,
    query: { page, limit: LINES_PER_PAGE },
    accepts: wireOrderLines,
  };
}

interface Consignment<Line> {
  readonly line_items: readonly Line[] | null;
}

/** What of an order its included lines are in. */
interface OrderWithLines<Line> {
  readonly items_total: number | null;
  readonly consignments: {
    readonly pickups: readonly Consignment<Line>[] | null;
    readonly shipping: readonly Consignment<Line>[] | null;
    readonly downloads: readonly Consignment<Line>[] | null;
    readonly email: { readonly gift_certificates: readonly Consignment<Line>[] | null } | null;
  } | null;
}

/**
 * The lines that came along with the order, or null when they are missing or do not add up to its `items_total`: the
 * lines' own endpoint is the truth then.
 */
export function includedLines<Line extends WireOrderLine>(
  order: OrderWithLines<Line>,
): readonly Line[] | null {
  const parts = order.consignments;
  if (parts === null) return null;
  const lists = [
    ...(parts.pickups ?? []),
    ...(parts.shipping ?? []),
    ...(parts.downloads ?? []),
    ...(parts.email?.gift_certificates ?? []),
  ].map((consignment) => consignment.line_items);
  const lines: Line[] = [];
  for (const list of lists) {
    if (list === null) return null;
    lines.push(...list);
  }
  const counted = (keep: (line: Line) => boolean) =>
    lines.filter(keep).reduce((sum, line) => sum + line.quantity, 0);
  // Also what is left of a link, or of the other structure.
  if (lines.length === 0) return null;
  const total = order.items_total ?? null;
  const addsUp =
    total === null ||
    total === counted(() => true) ||
    total === counted((line) => !isBundleChild(line));
  return addsUp && new Set(lines.map((line) => line.id)).size === lines.length ? lines : null;
}

export function isBundleChild(line: WireOrderLine): boolean {
  return line.is_bundled_product === true || (line.parent_order_product_id ?? 0) > 0;
}

function readOrderLine(line: WireOrderLine): OrderLine {
  const productId = line.product_id ?? 0;
  return {
    lineId: line.id,
    productId: productId > 0 ? productId : null,
    variantId: (line.variant_id ?? 0) > 0 ? line.variant_id : null,
    quantity: line.quantity,
    quantityRefunded: line.quantity_refunded ?? 0,
    sku: line.sku,
    name: line.name,
    isBundleChild: isBundleChild(line),
    parentLineId: (line.parent_order_product_id ?? 0) > 0 ? line.parent_order_product_id : null,
    type: line.type,
  };
}

/** RFC 2822 or ISO 8601, as the two versions of the API write dates. */
export function epochMs(date: string | null): number | null {
  const ms = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(ms) ? null : ms;
}

export function readOrder(
  wire: WireOrder,
  lines: readonly WireOrderLine[],
  readStartedAtMs: number,
): Result<WebOrder, Failure> {
  const createdAtMs = epochMs(wire.date_created);
  if (createdAtMs === null) {
    const message = `bigcommerce answered order ${wire.id} with a creation date that is no date.`;
    return fail({ code: 'malformed_answer', message });
  }
  return ok({
    orderId: wire.id,
    statusId: wire.status_id,
    createdAtMs,
    modifiedAtMs: epochMs(wire.date_modified),
    shippedAtMs: epochMs(wire.date_shipped),
    channelId: wire.channel_id ?? null,
    paymentStatus: wire.payment_status ?? '',
    source: wire.order_source ?? '',
    externalOrderId: String(wire.external_order_id ?? ''),
    isDeleted: wire.is_deleted ?? false,
    lines: lines.map(readOrderLine),
    readStartedAtMs,
  });
}

/**
 * One order with all its lines: one call, or a few more when the lines did not come along. `not_found` for an unknown
 * order; otherwise the failures of `session.call`.
 */
export async function getOrder(
  session: BigCommerceSession,
  orderId: number,
): Promise<Result<WebOrder, Failure>> {
  const answer = await session.call(orderRequest(orderId));
  if (!answer.ok) return answer;
  const { body, startedAtMs } = answer.value;
  const included = includedLines(body);
  if (included !== null) return readOrder(body, included, startedAtMs);
  const lines = await getOrderLines(session, orderId);
  return lines.ok ? readOrder(body, lines.value, startedAtMs) : lines;
}

export interface ChangedOrders {
  readonly orders: readonly {
    readonly orderId: string;
    readonly modifiedMs: number;
    readonly statusId: number;
  }[];
  readonly isLast: boolean;
}

/** Orders that changed at or after `sinceMs`, oldest change first; `page` counts from 1 (bigcommerce.md 7.1). */
function changedOrdersRequest(
  sinceMs: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof wireChangedOrders>> {
  return {
    operation: 'orders.changed',
    method: 'GET',
    path: '/v2/orders',
    query: {
      min_date_modified: new Date(sinceMs).toISOString(),
      sort: 'date_modified:asc',
      page,
      limit: ORDER_FEED_PAGE,
    },
    accepts: wireChangedOrders,
  };
}

/** One page of changed orders; orders without a date of change are left out. Failures: those of `session.call`. */
export async function getChangedOrders(
  session: BigCommerceSession,
  sinceMs: number,
  page: number,
): Promise<Result<ChangedOrders, Failure>> {
  const answer = await session.call(changedOrdersRequest(sinceMs, page));
  if (!answer.ok) return answer;
  const list = answer.value.body;
  const orders = list.flatMap(({ id, date_modified, status_id: statusId }) => {
    const modifiedMs = epochMs(date_modified);
    return modifiedMs === null ? [] : [{ orderId: String(id), modifiedMs, statusId }];
  });
  return ok({ orders, isLast: list.length < ORDER_FEED_PAGE });
}

async function getOrderLines(
  session: BigCommerceSession,
  orderId: number,
): Promise<Result<readonly WireOrderLine[], Failure>> {
  const lines: WireOrderLine[] = [];
  for (let page = 1; page <= LINE_PAGES_MAX; page += 1) {
    const answer = await session.call(orderLinesRequest(orderId, page));
    if (!answer.ok) return answer;
    lines.push(...answer.value.body);
    if (answer.value.body.length < LINES_PER_PAGE) return ok(lines);
  }
  return fail({ code: 'too_large', message: `Order ${orderId} has too many lines to read.` });
}

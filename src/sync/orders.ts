/** Orders in: what an order sold is told to the ledgers, line by line, each by its own key (S2). */
import type { Failure } from '../domain/failure.ts';
import {
  cloverPlace,
  type ConnectionId,
  type EventId,
  type MerchantId,
  type Platform,
} from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import {
  getOrder as getRegisterOrder,
  getPaymentOrderId,
  type RegisterOrder,
} from '../platforms/clover/orders.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Work } from '../queue/messages.ts';
import { findLinksByItem, type Link } from '../store/links.ts';
import { askAfterRegister } from './push.ts';
import { askSale, mayBook } from './sale.ts';
import { expectOrder } from './sale-stock.ts';
import type { Cause, Scope } from './scope.ts';
import { poolOfOrder } from './devices.ts';
import { patienceRetryMs, places, wakeLinks } from './stock.ts';
import { skip, tellSales, type SoldLine } from './tell-sales.ts';
import { takeWebOrder } from './web-orders.ts';

type Handled = Result<void, Failure>;
/** What orders that we pushed refer to: their web order (S8). */
const OWN_REFERENCE = /^BC\d+$/;

/** Clover's replica lags (clover.md 0): an order older than its event is read again, but not for ever. */
const REPLICA_PATIENCE_MS = 30_000;

export interface OrderEvent {
  readonly platform: Platform;
  /** Store hash or merchant id. */
  readonly account: string;
  readonly orderId: string;
  /** The platform's own time of the event; null where events carry none that compares. */
  readonly platformTsMs: number | null;
}

/** One event about an order: at most one read of it, shared with the other events of the same burst. */
export async function takeOrderEvent(
  scope: Scope,
  cause: Cause,
  event: OrderEvent,
): Promise<Handled> {
  const { ports } = scope;
  const relay = ports.objects.orderRelay(cause.connection.id, event.platform, event.orderId);
  const reply = await relay.wake(cause.receivedAtMs, cause.eventId);
  if (!reply.read) return ok(undefined);
  await ports.sleep(Math.max(0, reply.startAtMs - ports.now()));
  const startedAtMs = ports.now();
  const handled =
    event.platform === 'bigcommerce'
      ? await takeWebOrder(scope, cause, event.orderId)
      : await takeRegisterOrder(scope, cause, event, startedAtMs);
  if (handled.ok) await relay.done(startedAtMs);
  return handled;
}

async function takeRegisterOrder(
  scope: Scope,
  cause: Cause,
  event: OrderEvent,
  startedAtMs: number,
): Promise<Handled> {
  const { connection, eventId } = cause;
  const { orderId } = event;
  const merchantId = event.account as MerchantId;
  const session = openClover(scope.ports, merchantId, {
    connectionId: connection.id,
    eventId,
    orderId,
    priority: 'interactive',
  });
  const read = await getRegisterOrder(session, orderId);
  if (!read.ok) return awaitReplica(read.failure, startedAtMs - cause.receivedAtMs);
  const order = read.value;
  const isFresh = (order.modifiedTime ?? Number.MAX_SAFE_INTEGER) >= (event.platformTsMs ?? 0);
  const ageMs = startedAtMs - cause.receivedAtMs;
  if (!isFresh && ageMs < REPLICA_PATIENCE_MS) return fail(replicaBehind(orderId, ageMs));
  await coverPayments(scope, connection.id, order.paymentIds, startedAtMs);
  if (order.isTest) return ok(skip(scope, cause, 'clover', orderId, 'a test order sells nothing'));
  if (order.isDeleted) return ok(skip(scope, cause, 'clover', orderId, 'the order was deleted'));
  const lines = order.lines.filter((line) => line.itemId !== null);
  const itemIds = [
    ...new Set(lines.flatMap((line) => (line.itemId === null ? [] : [line.itemId]))),
  ];
  const links = await findLinksByItem(scope.ports.db, connection.id, merchantId, itemIds);
  const linkOf = (itemId: string | null): Link | undefined =>
    links.find((link) =>
      link.items.some((item) => item.merchantId === merchantId && item.itemId === itemId),
    );
  if (!order.isPaid) {
    // Not a sale yet, but some merchants' registers take the stock as lines are added (clover.md 4.2).
    return wakeLinks(scope, cause, links, places.clover(merchantId), null, false);
  }
  // Paid is when it became a sale; a tab opened before the link and paid after it is one.
  const soldAtMs = order.paidAtMs ?? order.createdTime;
  const place = cloverPlace(merchantId);
  const reference = order.externalReferenceId ?? '';
  const ours: { pushKey?: string } = OWN_REFERENCE.test(reference) ? { pushKey: reference } : {};
  if (OWN_REFERENCE.test(reference)) await askAfterRegister(scope, cause, reference.slice(2));
  else await toBigCommerce(scope, cause, merchantId, order, links);
  const isSale = links.length > 0 && ours.pushKey === undefined;
  const locationId = isSale ? await poolOfOrder(scope, cause, merchantId, order) : undefined;
  const sold = lines.map((line): SoldLine => ({
    link: linkOf(line.itemId),
    sku: line.name,
    saleKey: `clover:${merchantId}:${orderId}:${line.lineItemId}`,
    quantity: line.units,
    addedAtMs: line.createdTime,
    ...returnedOf(line, order),
  }));
  const where = locationId === undefined ? {} : { locationId };
  return tellSales(scope, cause, { orderId, place, soldAtMs, ...ours, ...where }, sold);
}

/** A refunded line, or one that was exchanged: the goods of both may be on the shelf again (O6). */
function returnedOf(
  { refundedAtMs, exchanged, units }: RegisterOrder['lines'][number],
  { modifiedTime, readStartedAtMs }: RegisterOrder,
): Pick<SoldLine, 'returned'> {
  const atMs = refundedAtMs ?? (exchanged ? (modifiedTime ?? readStartedAtMs) : null);
  return atMs === null ? {} : { returned: { units, atMs } };
}

/** A sale of the register's own becomes a web order, where the merchant wants that (O5). */
async function toBigCommerce(
  scope: Scope,
  cause: Cause,
  merchantId: MerchantId,
  order: RegisterOrder,
  links: readonly Link[],
): Promise<void> {
  if (mayBook(cause.connection, order)) await expectOrder(scope, cause, merchantId, order, links);
  await askSale(scope, cause, merchantId, order);
}

/** A webhook can arrive before the replica has the order: gone for a moment is not gone. */
function awaitReplica(failure: Failure, ageMs: number): Handled {
  if (failure.code !== 'not_found' || ageMs > REPLICA_PATIENCE_MS) return fail(failure);
  return fail({ ...failure, code: 'busy', retryAfterMs: patienceRetryMs(ageMs) });
}

function replicaBehind(orderId: string, ageMs: number): Failure {
  return {
    code: 'busy',
    message: `Clover's replica does not show the last change of order ${orderId} yet.`,
    retryAfterMs: patienceRetryMs(ageMs),
  };
}

/** The payments of an order just read need no read of their own: their events find this mark. */
async function coverPayments(
  scope: Scope,
  connectionId: ConnectionId,
  paymentIds: readonly string[],
  startedAtMs: number,
): Promise<void> {
  const marks = paymentIds.map((paymentId) =>
    paymentRelay(scope, connectionId, paymentId).done(startedAtMs),
  );
  await Promise.allSettled(marks);
}

function paymentRelay(scope: Scope, connectionId: string, paymentId: string) {
  return scope.ports.objects.orderRelay(connectionId, 'clover', `payment-${paymentId}`);
}

/** Reads one order again, whoever asked for it (a payment, a person). */
export async function performOrder(scope: Scope, message: Work<'order'>): Promise<Handled> {
  const connection = await scope.connection(message.connectionId);
  if (connection === undefined)
    return fail({ code: 'disconnected', message: 'No such connection.' });
  const { platform, account, orderId } = message;
  const cause = {
    connection,
    eventId: message.eventId as EventId,
    receivedAtMs: message.receivedAtMs,
    ...(message.toldBy === undefined ? {} : { toldBy: message.toldBy }),
  };
  return takeOrderEvent(scope, cause, { platform, account, orderId, platformTsMs: null });
}

/**
 * A payment's event names no order. Usually the order's own event has been read meanwhile and marked the payment; only
 * otherwise the payment is read to find its order.
 */
export async function performPayment(scope: Scope, message: Work<'payment'>): Promise<Handled> {
  const { ports } = scope;
  const connection = await scope.connection(message.connectionId);
  if (connection === undefined)
    return fail({ code: 'disconnected', message: 'No such connection.' });
  const eventId = message.eventId as EventId;
  const relay = paymentRelay(scope, connection.id, message.paymentId);
  const reply = await relay.wake(message.receivedAtMs, eventId);
  if (!reply.read) return ok(undefined);
  const session = openClover(ports, message.merchantId, {
    connectionId: connection.id,
    eventId,
    priority: 'interactive',
  });
  const read = await getPaymentOrderId(session, message.paymentId);
  if (!read.ok) return awaitReplica(read.failure, ports.now() - message.receivedAtMs);
  if (read.value === null) return ok(undefined);
  const { receivedAtMs } = message;
  const cause: Cause = { connection, eventId, receivedAtMs, toldBy: 'webhook' };
  return takeOrderEvent(scope, cause, {
    platform: 'clover',
    account: message.merchantId,
    orderId: read.value,
    platformTsMs: null,
  });
}

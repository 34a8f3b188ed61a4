/**
 * Sales in store to BigCommerce (O5): claim the sale, read it at the register, decide, carry out, say how it ended, and
 * keep the copy in D1. Dying anywhere leaves a claim that runs out and a state that says where to go on.
 */
import type { Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import type { PushOutcome } from '../domain/orders/relay.ts';
import { translateSale } from '../domain/orders/translate-sale.ts';
import { unreachable, type Result } from '../domain/result.ts';
import { QUEUE_HAND_OVER_MS } from '../limits.ts';
import { getOrder } from '../platforms/bigcommerce/orders.ts';
import type { RegisterOrder } from '../platforms/clover/orders.ts';
import type { Work } from '../queue/messages.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import { findOrderLink } from '../store/order-links.ts';
import { runOrder } from './order-run.ts';
import { salesBecomeOrders } from './policy.ts';
import type { PushWorker } from './push-worker.ts';
import { keepSaleCopy, type SaleLook } from './sale-end.ts';
import { linksOfSale, readRegisterSale, saleOptions, type SeenSale } from './sale-inputs.ts';
import { bookSale } from './sale-order.ts';
import { saleStock } from './sale-stock.ts';
import type { Cause, Scope } from './scope.ts';

/** Sales from this moment on become orders, epoch milliseconds. */
function salesSinceMs({ settings, updatedAtMs }: Connection): number {
  const { inStoreSince } = settings.orders;
  return inStoreSince === null ? updatedAtMs : Date.parse(inStoreSince);
}

/** Whether a register's order, just read, may become a BigCommerce order (O7). */
export function mayBook(connection: Connection, order: RegisterOrder): boolean {
  if (!salesBecomeOrders(connection) || !order.isPaid || order.isTest || order.isDeleted) {
    return false;
  }
  return (order.paidAtMs ?? order.createdTime ?? 0) >= salesSinceMs(connection);
}

/** Tells the sale's object of an order just read at the register; it decides whether anything follows. */
export async function askSale(
  scope: Scope,
  cause: Cause,
  merchantId: MerchantId,
  order: RegisterOrder,
): Promise<void> {
  const { connection, eventId, receivedAtMs } = cause;
  if (!salesBecomeOrders(connection)) return;
  const mayPush = mayBook(connection, order);
  // A refund need not change the order's own time.
  const isRefunded =
    /REFUNDED|CREDITED/.test(order.paymentState ?? '') ||
    order.lines.some(({ refunded, exchanged }) => refunded || exchanged);
  const modifiedAtMs = isRefunded ? null : order.modifiedTime;
  const relay = scope.ports.objects.orderRelay(connection.id, 'clover', order.orderId);
  await relay.ask({ atMs: receivedAtMs, eventId, mayPush, modifiedAtMs, merchantId });
  if (mayPush) await scope.linger(connection.id, `push:${order.orderId}`, QUEUE_HAND_OVER_MS);
}

/** Goes on with one sale. A repeat finds it held by another worker, or nothing due. */
export function performSale(scope: Scope, message: Work<'push'>): Promise<Result<void, Failure>> {
  return runOrder(scope, message, { from: 'clover', look: lookAt, keepCopy: keepSaleCopy });
}

async function lookAt(scope: Scope, worker: PushWorker): Promise<SaleLook> {
  const { connection, state } = worker;
  const merchant = connection.merchants.find(({ merchantId }) => merchantId === state.merchantId);
  if (merchant === undefined) {
    const message = 'The merchant that made this sale is not linked any more.';
    return { outcome: { end: 'failed', failure: { code: 'disconnected', message } }, seen: null };
  }
  const read = await readRegisterSale(worker, merchant);
  if (!read.ok) {
    if (read.failure.code !== 'not_found') {
      return { outcome: { end: 'failed', failure: read.failure }, seen: null };
    }
    return { outcome: await withoutSale(worker, 'it was deleted'), seen: null };
  }
  return { outcome: await decide(scope, worker, merchant, read.value), seen: read.value };
}

async function decide(
  scope: Scope,
  worker: PushWorker,
  merchant: CloverMerchant,
  seen: SeenSale,
): Promise<PushOutcome> {
  const { connection, state } = worker;
  const isKnown = state.inStore !== undefined;
  const isOff = !salesBecomeOrders(connection) || seen.isOwn;
  const isOld = seen.sale.soldAtMs < salesSinceMs(connection) && !isKnown;
  if ((isOff && !isKnown) || isOld) return { end: 'idle', story: null };
  const { modifiedAtMs, readStartedAtMs: atMs } = seen;
  const kept = await worker.keep({ seen: modifiedAtMs === null ? null : { modifiedAtMs, atMs } });
  if (!kept.ok) return { end: 'failed', failure: kept.failure };
  const links = await linksOfSale(worker, merchant, seen);
  const translation = translateSale(seen.sale, saleOptions(connection, merchant, seen, links));
  const stock = saleStock({ scope, worker, merchant, links });
  switch (translation.kind) {
    case 'plan':
      return bookSale({ worker, merchant, seen, plan: translation.plan, stock });
    case 'parked':
      await stock.off(translation.parking.message);
      return (state.inStore?.orderId ?? null) === null
        ? { end: 'parked', parking: translation.parking }
        : { end: 'attention', reason: `Changed at the register: ${translation.parking.message}` };
    case 'not_a_sale':
      return withoutSale(worker, translation.reason);
    default:
      return unreachable(translation);
  }
}

/** Cancelled, declined, refunded in full (bigcommerce.md 7.3). */
const ENDED_STATUS_IDS: ReadonlySet<number> = new Set([4, 5, 6]);

/**
 * The sale is none (any more). An order that stands for it in BigCommerce is a person's to cancel: whether its stock comes
 * back is their decision. Once it is seen cancelled, that is done with.
 */
async function withoutSale(worker: PushWorker, reason: string): Promise<PushOutcome> {
  const webOrderId = worker.state.inStore?.orderId ?? null;
  if (webOrderId === null) return { end: 'idle', story: null };
  const read = await getOrder(worker.bigcommerce(), webOrderId);
  if (!read.ok && read.failure.code !== 'not_found')
    return { end: 'failed', failure: read.failure };
  if (!read.ok || read.value.isDeleted || ENDED_STATUS_IDS.has(read.value.statusId)) {
    return {
      end: 'removed',
      story: `The sale is none any more: ${reason}; its order is cancelled.`,
    };
  }
  return {
    end: 'attention',
    reason: `Sale ${worker.orderId} is none any more: ${reason}. Cancel order ${webOrderId} in BigCommerce.`,
  };
}

/** `clover:{merchantId}:{orderId}`, as our orders refer to their sales. */
const OWN_SALE = /^clover:[^:]+:([^:]+)$/;

/** An order of ours changed in BigCommerce: what waited for a person there may be done now. */
export async function askAfterOrder(
  scope: Scope,
  cause: Cause,
  externalOrderId: string,
): Promise<void> {
  const [, saleId] = OWN_SALE.exec(externalOrderId) ?? [];
  if (saleId === undefined) return;
  const { connection, eventId, receivedAtMs } = cause;
  const link = await findOrderLink(scope.ports.db, connection.id, 'clover', saleId);
  // Otherwise it is the echo of our own order, and a look would find nothing.
  if (link?.status !== 'attention') return;
  const relay = scope.ports.objects.orderRelay(connection.id, 'clover', saleId);
  await relay.ask({ atMs: receivedAtMs, eventId, mayPush: false, modifiedAtMs: null });
  await scope.linger(connection.id, `push:${saleId}`, QUEUE_HAND_OVER_MS);
}

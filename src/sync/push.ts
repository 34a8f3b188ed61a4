/**
 * Web orders to a register (O1 to O4): claim the order, read it at BigCommerce, decide, carry out, say how it ended, and
 * keep the copy in D1. Dying anywhere leaves a claim that runs out and a state that says where to go on.
 */
import type { Failure } from '../domain/failure.ts';
import type { PushOptions, PushPlan } from '../domain/orders/push-plan.ts';
import { refundTask, withRefundNote } from '../domain/orders/refunds.ts';
import type { PushOutcome } from '../domain/orders/relay.ts';
import { isPushable, translate } from '../domain/orders/translate.ts';
import { unreachable, type Result } from '../domain/result.ts';
import { QUEUE_HAND_OVER_MS } from '../limits.ts';
import type { WebOrder } from '../platforms/bigcommerce/orders.ts';
import { getSale, type Sale } from '../platforms/bigcommerce/sales.ts';
import type { Work } from '../queue/messages.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import type { Link } from '../store/links.ts';
import { findOrderLink } from '../store/order-links.ts';
import { runOrder } from './order-run.ts';
import { keepCopy, type Look } from './push-end.ts';
import { customerFor } from './push-customer.ts';
import { linksOf, merchantFor, pushOptions, webSaleOf } from './push-inputs.ts';
import { pushOrder } from './push-order.ts';
import { refundStateOf } from './push-refunds.ts';
import { removeOrder } from './push-removal.ts';
import { pushStock } from './push-stock.ts';
import type { PushWorker } from './push-worker.ts';
import type { Cause, Scope } from './scope.ts';

/** Cancelled, declined: the sale did not happen after all (bigcommerce.md 7.3). */
const UNDONE_STATUS_IDS: ReadonlySet<number> = new Set([5, 6]);
const REFUNDED_STATUS_ID = 4;
/** Sales that we made ourselves out of register orders carry this before their number. */
const OWN_ORDERS = 'clover:';

/** Orders placed from this moment on go to the register, epoch milliseconds. */
function pushedSinceMs({ settings, installedAtMs }: Connection): number {
  const { since } = settings.orders.webToClover;
  return since === null ? installedAtMs : Date.parse(since);
}

/** A sale in store that we made an order of. */
export const isOwnOrder = ({ externalOrderId }: Pick<WebOrder, 'externalOrderId'>): boolean =>
  externalOrderId.startsWith(OWN_ORDERS);

/** Tells the order's object of a web order just read; it decides whether anything follows. */
export async function askPush(scope: Scope, cause: Cause, order: WebOrder): Promise<void> {
  const { connection, eventId, receivedAtMs } = cause;
  const { webToClover } = connection.settings.orders;
  if (!webToClover.enabled || isOwnOrder(order)) return;
  const { orderId, statusId, isDeleted, modifiedAtMs } = order;
  const mayPush =
    !isDeleted &&
    isPushable(statusId, webToClover.statusIds) &&
    order.createdAtMs >= pushedSinceMs(connection);
  const relay = scope.ports.objects.orderRelay(connection.id, 'bigcommerce', String(orderId));
  await relay.ask({ atMs: receivedAtMs, eventId, mayPush, modifiedAtMs });
  if (mayPush) await scope.linger(connection.id, `push:${orderId}`, QUEUE_HAND_OVER_MS);
}

/** A pushed order changed at the register: what waited for a person there may be done now. */
export async function askAfterRegister(scope: Scope, cause: Cause, orderId: string): Promise<void> {
  const { connection, eventId, receivedAtMs } = cause;
  const link = await findOrderLink(scope.ports.db, connection.id, 'bigcommerce', orderId);
  // Otherwise it is the echo of our own push, and a look would find nothing.
  if (link?.status !== 'attention') return;
  const relay = scope.ports.objects.orderRelay(connection.id, 'bigcommerce', orderId);
  await relay.ask({ atMs: receivedAtMs, eventId, mayPush: false, modifiedAtMs: null });
  await scope.linger(connection.id, `push:${orderId}`, QUEUE_HAND_OVER_MS);
}

/** Goes on with one web order. A repeat finds it held by another worker, or nothing due. */
export function performPush(scope: Scope, message: Work<'push'>): Promise<Result<void, Failure>> {
  return runOrder(scope, message, { from: 'bigcommerce', look: lookAt, keepCopy });
}

async function lookAt(scope: Scope, worker: PushWorker): Promise<Look> {
  const { orderId, state } = worker;
  const read = await getSale(worker.bigcommerce(), Number(orderId));
  if (read.ok) return { outcome: await decide(scope, worker, read.value), sale: read.value };
  const isNone = read.failure.code === 'not_found' && state.registerOrderId === null;
  const outcome: PushOutcome = isNone
    ? { end: 'idle', story: null }
    : { end: 'failed', failure: read.failure };
  return { outcome, sale: null };
}

async function decide(scope: Scope, worker: PushWorker, sale: Sale): Promise<PushOutcome> {
  const { connection, state } = worker;
  const isOwn = isOwnOrder(sale);
  const isOld = sale.createdAtMs < pushedSinceMs(connection) && state.plan === null;
  if (!connection.settings.orders.webToClover.enabled || isOwn || isOld) {
    return { end: 'idle', story: null };
  }
  const { modifiedAtMs, readStartedAtMs: atMs } = sale;
  const kept = await worker.keep({ seen: modifiedAtMs === null ? null : { modifiedAtMs, atMs } });
  if (!kept.ok) return { end: 'failed', failure: kept.failure };
  const chosen = await merchantFor(worker, connection, sale);
  if (!chosen.ok) return { end: 'failed', failure: chosen.failure };
  const merchant = chosen.value;
  if (merchant === undefined) return { end: 'parked', parking: NO_REGISTER };
  const whole = await webSaleOf(worker, sale);
  if (!whole.ok) return { end: 'failed', failure: whole.failure };
  const links = await linksOf(worker, connection, sale);
  const translation = translate(whole.value, optionsFor(worker, merchant, links));
  const { merchantId } = merchant;
  switch (translation.kind) {
    case 'plan':
      return pushWithRefunds(scope, worker, { sale, merchant, links, plan: translation.plan });
    case 'parked':
      return state.registerOrderId === null
        ? { end: 'parked', parking: translation.parking }
        : { end: 'attention', reason: `Changed online: ${translation.parking.message}` };
    case 'not_a_sale':
      return withoutSale(worker, merchantId, sale, translation.reason);
    default:
      return unreachable(translation);
  }
}

/** An order that is at the register stays there when all of it is refunded: its refund follows it. */
function optionsFor(
  { connection, state }: PushWorker,
  merchant: CloverMerchant,
  links: readonly Link[],
): PushOptions {
  const options = pushOptions(connection, merchant, links);
  if (state.registerOrderId === null) return options;
  return { ...options, statusIds: [...options.statusIds, REFUNDED_STATUS_ID] };
}

interface Push {
  readonly sale: Sale;
  readonly merchant: CloverMerchant;
  readonly links: readonly Link[];
  readonly plan: PushPlan;
}

/** Brings the order to its plan; what was refunded online and not at the register is for a person there. */
async function pushWithRefunds(
  scope: Scope,
  worker: PushWorker,
  { sale, merchant, links, plan: planned }: Push,
): Promise<PushOutcome> {
  const { connection } = worker;
  const { merchantId } = merchant;
  const refunds = await refundStateOf(worker, merchant, sale);
  if (!refunds.ok) return { end: 'failed', failure: refunds.failure };
  const customer = await customerFor(worker, merchantId, sale);
  if (!customer.ok) return { end: 'failed', failure: customer.failure };
  const plan = {
    ...withRefundNote(planned, refunds.value),
    ...(customer.value === null ? {} : { customerId: customer.value }),
  };
  const stock = pushStock({ scope, worker, connection, merchantId, plan, links });
  const outcome = await pushOrder(worker, merchantId, plan, stock);
  if (outcome.end !== 'pushed') return outcome;
  const task = refundTask(plan, refunds.value);
  switch (task.kind) {
    case 'none':
      return outcome;
    case 'done':
      return { end: 'pushed', story: task.story };
    case 'open':
      return { end: 'attention', reason: task.reason };
    default:
      return unreachable(task);
  }
}

const NO_REGISTER = {
  code: 'no_register',
  message: 'No Clover merchant is connected that could receive web orders.',
  fix: 'Connect the merchant that orders.webToClover.merchantRule chooses.',
} as const;

/** The order is (no longer) a sale: what stands at the register for it goes, unless it was merely refunded. */
async function withoutSale(
  worker: PushWorker,
  merchantId: string,
  sale: Sale,
  reason: string,
): Promise<PushOutcome> {
  const { registerOrderId } = worker.state;
  const isUndone = sale.isDeleted || UNDONE_STATUS_IDS.has(sale.statusId);
  if (registerOrderId === null) return { end: 'idle', story: null };
  if (!isUndone) return { end: 'pushed', story: `It stays at the register as it is: ${reason}.` };
  const status = sale.isDeleted ? 'archived' : sale.status.toLowerCase();
  return removeOrder(
    worker,
    merchantId,
    registerOrderId,
    `Web order ${sale.orderId} was ${status}`,
  );
}

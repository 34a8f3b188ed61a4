/**
 * The order feed: the orders of each store and merchant that changed or were refunded since the last poll, read again as
 * their webhooks would have had them read (R4). A webhook that did its work costs nothing more: the order's object knows the read.
 */
import type { Failure } from '../domain/failure.ts';
import { parseMerchantId, type Platform } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import {
  ORDER_FEED_BACK_MS,
  ORDER_FEED_OVERLAP_MS,
  ORDERS_TOLD_SLACK_MS,
  SWEEPS_PER_TICK,
  WEBHOOK_GRACE_MS,
} from '../limits.ts';
import { getChangedOrders as getWebOrders } from '../platforms/bigcommerce/orders.ts';
import { getRefundedOrders } from '../platforms/bigcommerce/refund-feed.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getChangedOrders as getRegisterOrders } from '../platforms/clover/orders.ts';
import { getRefundPage } from '../platforms/clover/refunds.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Work, WorkMessage } from '../queue/messages.ts';
import { standingOf } from '../domain/stock/standing.ts';
import { refreshTakesStock, reservationPolicy } from './reservations.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { findOrderMark, saveOrderMark, type FeedList } from '../store/order-marks.ts';
import { takeDue } from '../store/polling.ts';

type StartPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues'>;
type PagePorts = StartPorts & Pick<Ports, 'config' | 'fetch' | 'objects' | 'timer' | 'log'>;

/** What cron does each minute: starts the polls that are due, one message per store and merchant. */
export async function pollDueOrders(ports: StartPorts): Promise<void> {
  for (const connectionId of await takeDue(ports.db, 'orders', ports.now(), SWEEPS_PER_TICK)) {
    await startOrderFeed(ports, connectionId, ports.newId());
  }
}

/**
 * Starts a poll of every account of the connection now; `eventId` is that of everything it causes. Failure
 * `disconnected`: the connection is not active.
 */
export async function startOrderFeed(
  ports: StartPorts,
  connectionId: string,
  eventId: string,
): Promise<Result<void, Failure>> {
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const accounts: readonly [Platform, string][] = [
    ['bigcommerce', connection.id],
    ...connection.merchants
      .filter(({ status }) => status === 'connected')
      .map(({ merchantId }): [Platform, string] => ['clover', merchantId]),
  ];
  const messages: Work<'order_feed'>[] = [];
  for (const [platform, account] of accounts) {
    const common = { v: 1, kind: 'order_feed', connectionId: connection.id, eventId } as const;
    const first = { ...common, platform, account, newestMs: 0, page: 0 };
    const sinceMs = await sinceOf(ports, connection, account, 'orders');
    const refundsSinceMs = await sinceOf(ports, connection, account, 'refunds');
    messages.push({ ...first, sinceMs });
    messages.push({ ...first, sinceMs: refundsSinceMs, list: 'refunds' });
  }
  await ports.queues.work.sendAll(messages);
  return ok(undefined);
}

/** Without a mark the feed begins at the install, and not further back than a day: older sales are in the baselines. */
async function sinceOf(
  ports: StartPorts,
  connection: Connection,
  account: string,
  list: FeedList,
): Promise<number> {
  const mark = await findOrderMark(ports.db, connection.id, account, list);
  if (mark !== undefined) return mark - ORDER_FEED_OVERLAP_MS;
  return Math.max(connection.installedAtMs, ports.now() - ORDER_FEED_BACK_MS);
}

/**
 * Reads one page of changed or refunded orders, has each of them read if no read covered it yet, and sends the next
 * page. The mark moves when the last page was told: a poll that dies is done again by the next. Failures: those of the
 * platform.
 */
export async function pollOrders(
  ports: PagePorts,
  message: Work<'order_feed'>,
): Promise<Result<void, Failure>> {
  const { connectionId, account, eventId, platform } = message;
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const { isReservable = false } = message;
  // What the store says of its orders is kept current with them, one call a poll.
  const isOrders = (message.list ?? 'orders') === 'orders' && !isReservable;
  const isFirst = platform === 'bigcommerce' && message.page === 0 && isOrders;
  if (isFirst) await refreshTakesStock(ports, connection, eventId);
  const page = await readPage(ports, message);
  if (!page.ok) return page;
  const { isLast } = page.value;
  const policy = reservationPolicy(connection);
  const changes = page.value.changes.filter(
    ({ statusId = 0 }) =>
      !isReservable || standingOf({ statusId, isDeleted: false }, policy) === 'promised',
  );
  const newestMs = Math.max(message.newestMs, ...changes.map(({ changedMs }) => changedMs));
  const nowMs = ports.now();
  await ports.queues.work.sendAll(changes.map((change) => wakeOf(message, change, nowMs)));
  if (!isLast) {
    await ports.queues.work.send({ ...message, newestMs, page: message.page + 1 });
  } else if (newestMs > 0 && !isReservable) {
    await saveOrderMark(ports.db, connectionId, account, newestMs, message.list ?? 'orders');
  }
  return ok(undefined);
}

/** What has the order read; a refund that names only its payment has the payment's order found. */
function wakeOf(
  { connectionId, eventId, platform, account, list, isReservable }: Work<'order_feed'>,
  { orderId, paymentId, changedMs }: ChangedOrder,
  nowMs: number,
): WorkMessage {
  // By the platform's clock: a read that began well after it has seen the change, but not what is reserved since.
  const changedByMs = Math.min(nowMs, changedMs + ORDERS_TOLD_SLACK_MS);
  const receivedAtMs = isReservable === true ? nowMs : changedByMs;
  const common = { v: 1, connectionId, eventId, receivedAtMs } as const;
  if (orderId === null) {
    return { ...common, kind: 'payment', merchantId: account, paymentId: paymentId ?? '' };
  }
  // A refund is no sale: whose webhook came first is not measured by it.
  const isLate = list === undefined && nowMs - changedMs >= WEBHOOK_GRACE_MS;
  const order = { ...common, kind: 'order', platform, account, orderId } as const;
  return isLate ? { ...order, toldBy: 'poll' } : order;
}

interface ChangedOrder {
  /** null: only its payment is known. */
  readonly orderId: string | null;
  readonly paymentId: string | null;
  /** By the platform's clock. */
  readonly changedMs: number;
  /** Of a web order. */
  readonly statusId?: number;
}

interface ChangedPage {
  readonly changes: readonly ChangedOrder[];
  readonly isLast: boolean;
}

async function readPage(
  ports: PagePorts,
  message: Work<'order_feed'>,
): Promise<Result<ChangedPage, Failure>> {
  const { connectionId, eventId, account, sinceMs, page, list } = message;
  const context = { connectionId, eventId, priority: 'background' as const };
  if (message.platform === 'bigcommerce') {
    const session = openBigCommerce(ports, connectionId, context);
    return list === 'refunds'
      ? refundsOf(await getRefundedOrders(session, sinceMs, page + 1))
      : ordersOf(await getWebOrders(session, sinceMs, page + 1));
  }
  const merchantId = parseMerchantId(account);
  if (merchantId === undefined) {
    return fail({ code: 'invalid_input', message: `"${account}" is no Clover merchant id.` });
  }
  const session = openClover(ports, merchantId, context);
  return list === 'refunds'
    ? refundsOf(await getRefundPage(session, sinceMs, page))
    : ordersOf(await getRegisterOrders(session, sinceMs, page));
}

interface ListedRefund {
  readonly orderId: string | null;
  readonly paymentId?: string | null;
  readonly createdMs: number | null;
}

function refundsOf(
  page: Result<{ readonly refunds: readonly ListedRefund[]; readonly isLast: boolean }, Failure>,
): Result<ChangedPage, Failure> {
  if (!page.ok) return page;
  const changes = page.value.refunds.flatMap(({ orderId, paymentId = null, createdMs }) =>
    createdMs === null || (orderId ?? paymentId) === null
      ? []
      : [{ orderId, paymentId, changedMs: createdMs }],
  );
  return ok({ changes, isLast: page.value.isLast });
}

function ordersOf(
  page: Result<
    {
      readonly orders: readonly {
        readonly orderId: string;
        readonly modifiedMs: number;
        readonly statusId?: number;
      }[];
      readonly isLast: boolean;
    },
    Failure
  >,
): Result<ChangedPage, Failure> {
  if (!page.ok) return page;
  const changes = page.value.orders.map(({ orderId, modifiedMs, statusId }) => ({
    orderId,
    paymentId: null,
    changedMs: modifiedMs,
    ...(statusId === undefined ? {} : { statusId }),
  }));
  return ok({ changes, isLast: page.value.isLast });
}

/**
 * The order feed: the orders of each store and merchant that changed since the last poll, read again as their webhooks
 * would have had them read (R4). A webhook that did its work costs nothing more: the order's object knows the read.
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
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getChangedOrders as getRegisterOrders } from '../platforms/clover/orders.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { findOrderMark, saveOrderMark } from '../store/order-marks.ts';
import { takeDue } from '../store/polling.ts';

type StartPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues'>;
type PagePorts = StartPorts & Pick<Ports, 'config' | 'fetch' | 'objects' | 'timer' | 'log'>;

/** What cron does each minute: starts the polls that are due, one message per store and merchant. */
export async function pollDueOrders(ports: StartPorts): Promise<void> {
  for (const connectionId of await takeDue(ports.db, 'orders', ports.now(), SWEEPS_PER_TICK)) {
    await startOrderFeed(ports, connectionId, ports.newId());
  }
}

/** Starts a poll of every account of the connection now; `eventId` is that of everything it causes. */
export async function startOrderFeed(
  ports: StartPorts,
  connectionId: string,
  eventId: string,
): Promise<void> {
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') return;
  const accounts: readonly [Platform, string][] = [
    ['bigcommerce', connection.id],
    ...connection.merchants
      .filter(({ status }) => status === 'connected')
      .map(({ merchantId }): [Platform, string] => ['clover', merchantId]),
  ];
  const messages: Work<'order_feed'>[] = [];
  for (const [platform, account] of accounts) {
    const sinceMs = await sinceOf(ports, connection, account);
    const common = { v: 1, kind: 'order_feed', connectionId: connection.id, eventId } as const;
    messages.push({ ...common, platform, account, sinceMs, newestMs: 0, page: 0 });
  }
  await ports.queues.work.sendAll(messages);
}

/** Without a mark the feed begins at the install, and not further back than a day: older sales are in the baselines. */
async function sinceOf(
  ports: StartPorts,
  connection: Connection,
  account: string,
): Promise<number> {
  const mark = await findOrderMark(ports.db, connection.id, account);
  if (mark !== undefined) return mark - ORDER_FEED_OVERLAP_MS;
  return Math.max(connection.installedAtMs, ports.now() - ORDER_FEED_BACK_MS);
}

/**
 * Reads one page of changed orders, has each of them read if no read covered it yet, and sends the next page. The mark
 * moves when the last page was told: a poll that dies is done again by the next. Failures: those of the platform.
 */
export async function pollOrders(
  ports: PagePorts,
  message: Work<'order_feed'>,
): Promise<Result<void, Failure>> {
  const { connectionId, eventId, platform, account } = message;
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const page = await readPage(ports, message);
  if (!page.ok) return page;
  const { orders, isLast } = page.value;
  const newestMs = Math.max(message.newestMs, ...orders.map(({ modifiedMs }) => modifiedMs));
  await ports.queues.work.sendAll(
    orders.map(({ orderId, modifiedMs }): Work<'order'> => ({
      v: 1,
      kind: 'order',
      connectionId,
      eventId,
      platform,
      account,
      orderId,
      // By the platform's clock: a read that began well after it has seen the change.
      receivedAtMs: Math.min(ports.now(), modifiedMs + ORDERS_TOLD_SLACK_MS),
      ...(ports.now() - modifiedMs < WEBHOOK_GRACE_MS ? {} : { toldBy: 'poll' as const }),
    })),
  );
  if (!isLast) {
    await ports.queues.work.send({ ...message, newestMs, page: message.page + 1 });
  } else if (newestMs > 0) {
    await saveOrderMark(ports.db, connectionId, account, newestMs);
  }
  return ok(undefined);
}

interface ChangedPage {
  readonly orders: readonly { readonly orderId: string; readonly modifiedMs: number }[];
  readonly isLast: boolean;
}

async function readPage(
  ports: PagePorts,
  message: Work<'order_feed'>,
): Promise<Result<ChangedPage, Failure>> {
  const { connectionId, eventId, account, sinceMs, page } = message;
  const context = { connectionId, eventId, priority: 'background' as const };
  if (message.platform === 'bigcommerce') {
    return getWebOrders(openBigCommerce(ports, connectionId, context), sinceMs, page + 1);
  }
  const merchantId = parseMerchantId(account);
  if (merchantId === undefined) {
    return fail({ code: 'invalid_input', message: `"${account}" is no Clover merchant id.` });
  }
  return getRegisterOrders(openClover(ports, merchantId, context), sinceMs, page);
}

/** Reservations (S6): what the orders of a store hold, and reading them again when what is reserved changes. */
import type { Sale } from '../domain/stock/api.ts';
import { reservesOrders, type ReservationPolicy } from '../domain/stock/standing.ts';
import { RESERVED_BACK_MS, RESERVED_PAGE_ROWS } from '../limits.ts';
import { getInventorySettings } from '../platforms/bigcommerce/store.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection, saveTakesStock, type Connection } from '../store/connections.ts';
import { findLink } from '../store/links.ts';
import { listReservedOrders, removeReservedLinks } from '../store/reserved-orders.ts';
import { stockPolicy } from './policy.ts';
import type { Cause, Scope } from './scope.ts';

type ReadPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues'>;

/** What decides which orders are reserved; a store whose settings were never read takes stock as orders are placed. */
export function reservationPolicy(connection: Connection): ReservationPolicy {
  return {
    reserveStatusIds: connection.settings.stock.reserveStatusIds,
    takesStock: connection.takesStock ?? 'order_placed',
  };
}

/**
 * Reads when the store takes stock and keeps it. A change decides anew which orders are reserved, so they are read again.
 * A read that fails changes nothing; the next poll tries again.
 */
export async function refreshTakesStock(
  ports: ReadPorts & Parameters<typeof openBigCommerce>[0],
  connection: Connection,
  eventId: string,
): Promise<void> {
  const context = { connectionId: connection.id, eventId, priority: 'background' as const };
  const read = await getInventorySettings(openBigCommerce(ports, connection.id, context));
  if (!read.ok || read.value.takesStock === connection.takesStock) return;
  await saveTakesStock(ports.db, connection.id, read.value.takesStock, ports.now());
  const before = reservationPolicy(connection).takesStock;
  if (read.value.takesStock !== before) await readReservable(ports, connection.id, eventId);
}

/**
 * Has the orders read again that hold units, and those that may have to: the ones that changed in the last months.
 * A repeat costs reads only.
 */
export async function readReservable(
  ports: ReadPorts,
  connectionId: string,
  eventId: string,
): Promise<void> {
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') return;
  const nowMs = ports.now();
  const common = { v: 1, connectionId, eventId, platform: 'bigcommerce' } as const;
  const account = connection.id;
  for (let after = ''; ;) {
    const page = await listReservedOrders(ports.db, connectionId, after, RESERVED_PAGE_ROWS);
    await ports.queues.work.sendAll(
      page.map((orderId): Work<'order'> => ({
        ...common,
        kind: 'order',
        account,
        orderId,
        receivedAtMs: nowMs,
      })),
    );
    const last = page.at(-1);
    if (last === undefined || page.length < RESERVED_PAGE_ROWS) break;
    after = last;
  }
  if (!reservesOrders(reservationPolicy(connection))) return;
  const sinceMs = nowMs - RESERVED_BACK_MS;
  const feed = { kind: 'order_feed', account, sinceMs, newestMs: 0, page: 0 } as const;
  await ports.queues.work.send({ ...common, ...feed, isReservable: true });
}

/** The order names these SKUs no more: what their ledgers hold for it is free again. */
export async function releaseLinks(
  scope: Scope,
  cause: Cause,
  order: Pick<Sale, 'orderId' | 'place' | 'readAtMs' | 'modifiedAtMs'>,
  linkIds: readonly string[],
): Promise<void> {
  const { connection, eventId, receivedAtMs } = cause;
  for (const id of linkIds) {
    const link = await findLink(scope.ports.db, connection.id, id);
    if (link === undefined) continue;
    const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
    const over: Sale = {
      ...order,
      saleKey: `bigcommerce:${order.orderId}:0`,
      quantity: 0,
      standing: 'over',
      eventId,
      receivedAtMs,
      soldAtMs: null,
    };
    scope.keep(await ledger.sell([over], stockPolicy(connection, link.sku)));
  }
  await removeReservedLinks(scope.ports.db, connection.id, order.orderId, linkIds);
}

/** Web orders in: read, and told to the ledgers as sold, promised or over (S2, S6). */
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, type PlaceKey } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import { factsOf, reservesOrders, standingOf } from '../domain/stock/standing.ts';
import { getOrder, type WebOrder } from '../platforms/bigcommerce/orders.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { findLinksByVariant } from '../store/links.ts';
import { addReservedLinks, removeReservedLinks, reservedLinks } from '../store/reserved-orders.ts';
import { defaultLocationId } from './pools.ts';
import { askPush, isOwnOrder } from './push.ts';
import { releaseLinks, reservationPolicy } from './reservations.ts';
import { askAfterOrder } from './sale.ts';
import type { Cause, Scope } from './scope.ts';
import { isBundle, tellSales, type SoldLine } from './tell-sales.ts';

type Handled = Result<void, Failure>;

const CANCELLED_STATUS_ID = 5;

/** Reads the order and tells it. Failures: those of the read, and `busy` while a ledger is being opened. */
export async function takeWebOrder(scope: Scope, cause: Cause, orderId: string): Promise<Handled> {
  const { connection, eventId } = cause;
  const session = openBigCommerce(scope.ports, connection.id, {
    connectionId: connection.id,
    eventId,
    orderId,
    priority: 'interactive',
  });
  const [read, held] = await Promise.all([
    getOrder(session, Number(orderId)),
    reservedLinks(scope.ports.db, connection.id, orderId),
  ]);
  const place = bigcommercePlace(defaultLocationId(connection));
  if (!read.ok) {
    if (read.failure.code !== 'not_found' || held.length === 0) return read;
    const gone = { readAtMs: scope.ports.now(), modifiedAtMs: Number.MAX_SAFE_INTEGER };
    await releaseLinks(scope, cause, { orderId, place, ...gone }, held);
    return ok(undefined);
  }
  await askPush(scope, cause, read.value);
  return tellWebOrder(scope, cause, read.value, place, held);
}

/** `held`: the links whose ledgers hold units for the order (S6). */
async function tellWebOrder(
  scope: Scope,
  cause: Cause,
  order: WebOrder,
  place: PlaceKey,
  held: readonly string[],
): Promise<Handled> {
  const { connection } = cause;
  const { db } = scope.ports;
  const orderId = String(order.orderId);
  if (isOwnOrder(order)) return tellOwnOrder(scope, cause, order, place);
  const policy = reservationPolicy(connection);
  const standing = standingOf(order, policy);
  // A cancelled bundle's units are its components', once its level shows that they came back (S9).
  const isCancelled = order.statusId === CANCELLED_STATUS_ID;
  if (standing === 'over' && held.length === 0 && !isCancelled) return ok(undefined);
  const lines = order.lines.filter((line) => line.variantId !== null && line.type === 'physical');
  const variantIds = lines.flatMap((line) => (line.variantId === null ? [] : [line.variantId]));
  const links = await findLinksByVariant(db, connection.id, variantIds);
  const all = lines.map((line): SoldLine => ({
    link: links.find(({ variantId }) => variantId === line.variantId),
    sku: line.sku,
    saleKey: `bigcommerce:${orderId}:${line.lineId}`,
    quantity: line.quantity - (standing === 'promised' ? line.quantityRefunded : 0),
    ...(standing === 'sold' && line.quantityRefunded > 0
      ? {
          returned: { units: line.quantityRefunded, atMs: order.modifiedAtMs ?? order.createdAtMs },
        }
      : {}),
    isPart: line.isBundleChild,
    partsApart: lines
      .filter(({ parentLineId }) => parentLineId === line.lineId)
      .map(({ sku }) => sku),
  }));
  const { bundled = [], plain = [] } = Object.groupBy(all, (line) =>
    isBundle(connection.settings.bundles, line) ? 'bundled' : 'plain',
  );
  const isReserving = reservesOrders(policy) || held.length > 0;
  // A bundle that was sold and is cancelled: its components get it back once its level shows it.
  const sold = bundled.map((line) => ({ ...line, quantity: isCancelled ? 0 : line.quantity }));
  const isPlain = isCancelled || (standing !== 'over' && !isReserving);
  const told = isPlain
    ? await tellSales(scope, cause, { orderId, place, soldAtMs: order.createdAtMs }, sold)
    : ok(undefined);
  if (!told.ok || (standing === 'over' && held.length === 0)) return told;
  const linkIds = [...new Set(links.map(({ linkId }): string => linkId))];
  // Before the ledgers hold anything: what dies in between is found by the order's next read.
  if (standing === 'promised') await addReservedLinks(db, connection.id, orderId, linkIds);
  const facts = factsOf(order, policy, standing, held.length > 0);
  const handled = await tellSales(
    scope,
    cause,
    { orderId, place, ...facts },
    isReserving ? all : plain,
  );
  if (!handled.ok) return handled;
  const gone = held.filter((linkId) => !linkIds.includes(linkId));
  await releaseLinks(scope, cause, { orderId, place, ...facts }, gone);
  const free = held.filter((linkId) => standing !== 'promised' && linkIds.includes(linkId));
  await removeReservedLinks(db, connection.id, orderId, free);
  return handled;
}

/** An order that we made of a sale in store: its lines are known, and no sales of the web (O5). */
async function tellOwnOrder(
  scope: Scope,
  cause: Cause,
  order: WebOrder,
  place: PlaceKey,
): Promise<Handled> {
  await askAfterOrder(scope, cause, order.externalOrderId);
  // What a person does to it later, the levels tell.
  if (order.isDeleted || UNDONE.has(order.statusId)) return ok(undefined);
  const orderId = String(order.orderId);
  const { externalOrderId: pushKey, modifiedAtMs: soldAtMs } = order;
  const lines = order.lines.filter(({ variantId }) => variantId !== null);
  const variantIds = lines.flatMap(({ variantId }) => (variantId === null ? [] : [variantId]));
  const links = await findLinksByVariant(scope.ports.db, cause.connection.id, variantIds);
  const told = lines.flatMap((line): SoldLine[] => {
    const link = links.find(({ variantId }) => variantId === line.variantId);
    const saleKey = `bigcommerce:${orderId}:${line.lineId}`;
    const { sku, quantity } = line;
    return link === undefined ? [] : [{ link, sku, saleKey, quantity }];
  });
  return tellSales(scope, cause, { orderId, place, soldAtMs, pushKey }, told);
}

/** Incomplete, cancelled, declined: they hold no stock. */
const UNDONE: ReadonlySet<number> = new Set([0, CANCELLED_STATUS_ID, 6]);

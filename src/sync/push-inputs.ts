/** What the translation of a web order needs beside the order: its taxes and payments, a register, the linked items. */
import type { Failure } from '../domain/failure.ts';
import type { PushOptions } from '../domain/orders/push-plan.ts';
import { routeOf } from '../domain/orders/route.ts';
import type { RelayState } from '../domain/orders/relay.ts';
import type { WebSale } from '../domain/orders/web-sale.ts';
import { ok, type Result } from '../domain/result.ts';
import { getLocations } from '../platforms/bigcommerce/locations.ts';
import { getOrderTaxes, getOrderTransactions, type Sale } from '../platforms/bigcommerce/sales.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import { findLinksByVariant, type Link } from '../store/links.ts';
import { poolsOf } from './pools.ts';
import type { PushWorker } from './push-worker.ts';

/** Money that came in (orders.v3.yml): a capture is of an authorization that is listed as well. */
const PAYING_EVENTS: ReadonlySet<string> = new Set(['purchase', 'capture', 'settled']);

/**
 * The order with what its own answer leaves out: taxes by name where tax is a line of its own, and payments where the
 * order names no single method.
 */
export async function webSaleOf(worker: PushWorker, sale: Sale): Promise<Result<WebSale, Failure>> {
  const hasTaxLines = !sale.isTaxInclusive && Number(sale.totalTax) !== 0;
  const taxes = hasTaxLines ? await getOrderTaxes(worker.bigcommerce(), sale.orderId) : ok([]);
  if (!taxes.ok) return taxes;
  const isOneMethod = sale.paymentMethod !== '' && !/multiple|split/i.test(sale.paymentMethod);
  const moved = isOneMethod
    ? ok([])
    : await getOrderTransactions(worker.bigcommerce(), sale.orderId);
  // A store that did not grant transactions still has its one payment.
  const payments = moved.ok ? moved.value : [];
  return ok({
    ...sale,
    taxes: taxes.value.map(({ name, rate, amount }) => ({
      name: `${name} ${percent(rate)}`,
      amount,
    })),
    payments: payments
      .filter(({ event, isOk }) => isOk && PAYING_EVENTS.has(event))
      .map(({ method, name, amount }) => ({ method: name === '' ? method : name, amount })),
  });
}

/** `8.2500` as `8.25 %`. */
const percent = (rate: string): string =>
  `${rate.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')} %`;

/** The register that has the order already, else the one that the merchant's rule names; undefined: there is none. */
export async function merchantFor(
  worker: PushWorker,
  connection: Connection,
  sale: Sale,
): Promise<Result<CloverMerchant | undefined, Failure>> {
  const connected = connection.merchants.filter(({ status }) => status === 'connected');
  const known = knownMerchant(worker.state);
  if (known !== null) return ok(connected.find(({ merchantId }) => merchantId === known));
  const located = await pickupLocation(worker, connection, sale);
  if (!located.ok) return located;
  const [address] = sale.shippingAddresses;
  const chosen = routeOf(
    {
      pickupLocationId: located.value,
      state: address?.state ?? '',
      countryIso2: address?.countryIso2 ?? '',
    },
    connection.settings.orders.webToClover,
    poolsOf(connection),
    connected.map(({ merchantId }) => merchantId),
  );
  return ok(connected.find(({ merchantId }) => merchantId === chosen));
}

/** Where the order is, or where a create that was not answered may have put it. */
function knownMerchant({ registerOrderId, createSentAtMs, merchantId }: RelayState): string | null {
  return registerOrderId === null && createSentAtMs === null ? null : merchantId;
}

/** Orders name the code of the location where they are collected; null: shipped, or the rule does not ask. */
async function pickupLocation(
  worker: PushWorker,
  { settings }: Connection,
  sale: Sale,
): Promise<Result<number | null, Failure>> {
  const [code] = sale.pickupLocationCodes;
  if (settings.orders.webToClover.merchantRule !== 'by-location' || code === undefined) {
    return ok(null);
  }
  const locations = await getLocations(worker.bigcommerce());
  if (!locations.ok) return locations;
  return ok(locations.value.find((location) => location.code === code)?.locationId ?? null);
}

/** Active links of the order's variants. */
export async function linksOf(
  worker: PushWorker,
  connection: Connection,
  sale: Sale,
): Promise<readonly Link[]> {
  const variantIds = sale.lines.flatMap(({ variantId }) => (variantId === null ? [] : [variantId]));
  const links = await findLinksByVariant(worker.ports.db, connection.id, variantIds);
  return links.filter(({ status }) => status === 'active');
}

/** The merchant's item of a link. */
export function itemOf(link: Link, merchantId: string): string | undefined {
  return link.items.find((item) => item.merchantId === merchantId)?.itemId;
}

export function pushOptions(
  { settings }: Connection,
  merchant: CloverMerchant,
  links: readonly Link[],
): PushOptions {
  const items = links.flatMap((link) => {
    const itemId = itemOf(link, merchant.merchantId);
    return itemId === undefined ? [] : [[link.variantId, itemId] as const];
  });
  return { ...settings.orders.webToClover, currency: merchant.currency, items: new Map(items) };
}

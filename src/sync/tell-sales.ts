/** Sales told to the ledgers: the lines of one order, each to the ledger of its SKU (S2, S9). */
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Sale } from '../domain/stock/api.ts';
import { componentsOf, type Bundles } from '../domain/stock/bundle-parts.ts';
import type { Link } from '../store/links.ts';
import { sellUnlinkedBundle } from './bundles.ts';
import { keepLessons } from './merchants.ts';
import { stockPolicy } from './policy.ts';
import { locationOfPlace } from './pools.ts';
import type { Cause, Scope } from './scope.ts';
import { awaitLedger } from './stock.ts';

type Handled = Result<void, Failure>;

/** What all lines of an order share. */
export type OrderFacts = Pick<
  Sale,
  'soldAtMs' | 'locationId' | 'pushKey' | 'standing' | 'takesAtOnce' | 'readAtMs' | 'modifiedAtMs'
>;

/** Whether the merchant made a bundle of it. */
export function isBundle(bundles: Bundles, { link, sku }: SoldLine): boolean {
  return componentsOf(bundles, link?.sku ?? sku) !== undefined;
}

export interface SoldLine {
  readonly link: Link | undefined;
  readonly sku: string;
  readonly saleKey: string;
  readonly quantity: number;
  readonly addedAtMs?: number | null;
  readonly returned?: NonNullable<Sale['returned']>;
  /** Of a pick list or bundle, as the platform itself knows it. */
  readonly isPart?: boolean;
  /** SKUs of the lines that are parts of this one. */
  readonly partsApart?: readonly string[];
}

/** Tells each ledger its lines of the order; lines without a link are logged, not lost silently (S12). */
export async function tellSales(
  scope: Scope,
  cause: Cause,
  order: Pick<Sale, 'orderId' | 'place'> & OrderFacts,
  lines: readonly SoldLine[],
): Promise<Handled> {
  const { connection, eventId, receivedAtMs } = cause;
  const { orderId, place } = order;
  const teller = cause.toldBy === undefined ? {} : { toldBy: cause.toldBy };
  const bySku = new Map<Link, Sale[]>();
  const unlinked: Promise<Handled>[] = [];
  for (const { link, sku, saleKey, quantity, addedAtMs = null, ...parts } of lines) {
    const sale = {
      ...order,
      saleKey,
      quantity,
      addedAtMs,
      eventId,
      receivedAtMs,
      ...teller,
      ...parts,
    };
    if (link === undefined || link.status === 'broken') {
      if (isBundle(connection.settings.bundles, { link, sku, saleKey, quantity })) {
        unlinked.push(sellWithoutLedger(scope, cause, link?.sku ?? sku, sale));
        continue;
      }
      const platform = place.startsWith('clover') ? 'clover' : 'bigcommerce';
      skip(scope, cause, platform, orderId, `${sku === '' ? 'a line' : sku} is not linked`);
      continue;
    }
    bySku.set(link, [...(bySku.get(link) ?? []), sale]);
  }
  const told = await Promise.all([
    ...unlinked,
    ...[...bySku].map(([link, sales]) => tellLedger(scope, cause, link, sales)),
  ]);
  return told.find((outcome) => !outcome.ok) ?? ok(undefined);
}

async function tellLedger(
  scope: Scope,
  cause: Cause,
  link: Link,
  sales: readonly Sale[],
): Promise<Handled> {
  const { connection, receivedAtMs } = cause;
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  const view = await ledger.sell(sales, stockPolicy(connection, link.sku));
  scope.keep(view);
  if (view !== null) {
    await keepLessons(scope.ports, connection, view);
    return ok(undefined);
  }
  const opening = awaitLedger(scope, link.sku, receivedAtMs);
  if (!opening.ok) return opening;
  const told = await Promise.all(
    sales.map((sale) => sellWithoutLedger(scope, cause, link.sku, sale)),
  );
  return told.find((outcome) => !outcome.ok) ?? opening;
}

/** A bundle that has no ledger consumes its components all the same; anything else has nobody to be told to. */
async function sellWithoutLedger(
  scope: Scope,
  cause: Cause,
  sku: string,
  sale: Sale,
): Promise<Handled> {
  const { connection } = cause;
  const apart = new Set(sale.partsApart ?? []);
  const components = (componentsOf(connection.settings.bundles, sku) ?? []).filter(
    (component) => !apart.has(component.sku),
  );
  if (sale.quantity === 0 || sale.standing === 'over') return ok(undefined);
  const { saleKey, place, orderId, quantity, soldAtMs, eventId } = sale;
  const locationId = sale.locationId ?? locationOfPlace(connection, place);
  // Nobody remembers what such a bundle has promised, so its components are consumed as it is ordered.
  const line = { saleKey, place, orderId, quantity, soldAtMs, eventId, components, locationId };
  return sellUnlinkedBundle(scope, cause, sku, line);
}

/** Says in the log why an order, or a line of it, changed nothing. */
export function skip(
  scope: Scope,
  cause: Cause,
  platform: Platform,
  orderId: string,
  why: string,
): undefined {
  scope.ports.log.add({
    kind: 'skip',
    atMs: scope.ports.now(),
    connectionId: cause.connection.id,
    eventId: cause.eventId,
    platform,
    orderId,
    operation: 'orders.sale',
    outcome: 'skipped',
    code: 'unlinked',
    message: `Order ${orderId}: ${why}, so no level was changed for it.`,
  });
  return undefined;
}

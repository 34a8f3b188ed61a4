/** A connection's settings as the ledger takes them. */
import { bigcommercePlace, cloverPlace } from '../domain/ids.ts';
import { bundlesWith, componentsOf } from '../domain/stock/bundle-parts.ts';
import type { StockPolicy } from '../domain/stock/state.ts';
import type { Connection } from '../store/connections.ts';
import { defaultLocationId } from './pools.ts';

/** The stock policy of one SKU: settings, with the SKU's own buffer where it has one. */
export function stockPolicy(connection: Connection, sku: string): StockPolicy {
  const { stock } = connection.settings;
  const { units, bySku, mode } = stock.buffer;
  const components = componentsOf(connection.settings.bundles, sku);
  // What is held back of the components is held back of their bundle: only its own buffer comes on top.
  const ofAll = components === undefined ? units : 0;
  // A number for the SKU is a person's decision; a bundle's pace is that of its components.
  const isMeasured = mode === 'measured' && components === undefined && !Object.hasOwn(bySku, sku);
  return {
    enabled: stock.enabled,
    direction: stock.direction,
    settleMs: stock.settleMs,
    // Own keys only: a SKU may be called `constructor`.
    asOfMs: connection.updatedAtMs,
    bufferUnits: Object.hasOwn(bySku, sku) ? (bySku[sku] ?? ofAll) : ofAll,
    ...sharingOf(stock.pools),
    ...(isMeasured ? { isBufferMeasured: true } : {}),
    ...(components === undefined ? {} : { components }),
    ...(bundlesWith(connection.settings.bundles, sku).length === 0 ? {} : { isComponent: true }),
    saleMoments: Object.fromEntries(
      connection.merchants.flatMap(({ merchantId, saleMoment }) =>
        saleMoment === null ? [] : [[cloverPlace(merchantId), saleMoment]],
      ),
    ),
    apiOrdersMove: apiOrdersMove(connection),
    restock: connection.settings.orders.restock,
    followsSales: Object.fromEntries(
      connection.merchants.map(({ merchantId, trackStock, updateStock }) => [
        cloverPlace(merchantId),
        trackStock && updateStock,
      ]),
    ),
  };
}

/** Pools with several merchants that hold a part each (S10). */
function sharingOf(pools: Connection['settings']['stock']['pools']): Pick<StockPolicy, 'sharing'> {
  const shared = pools.flatMap(({ locationId, merchantIds, policy }) =>
    policy === 'default' || merchantIds.length < 2 ? [] : [[locationId, policy] as const],
  );
  return shared.length === 0 ? {} : { sharing: Object.fromEntries(shared) };
}

/** The setting for all merchants, or what each of them taught (S8); orders in BigCommerce take stock (O5). */
function apiOrdersMove(connection: Connection): Readonly<Record<string, boolean>> {
  const { settings, merchants } = connection;
  const { apiOrdersMoveStock: told } = settings.orders.webToClover;
  const web = salesBecomeOrders(connection)
    ? { [bigcommercePlace(defaultLocationId(connection))]: true }
    : {};
  const registers = merchants.flatMap((merchant) => {
    const moves = told === 'auto' ? merchant.apiOrdersMove : told === 'yes';
    return moves === null ? [] : [[cloverPlace(merchant.merchantId), moves]];
  });
  return { ...web, ...Object.fromEntries(registers) };
}

/** Whether register sales become BigCommerce orders. */
export function salesBecomeOrders({ settings }: Connection): boolean {
  return settings.orders.inStoreSales === 'bigcommerce-orders';
}

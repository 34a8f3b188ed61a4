/** Which places share a shelf, from the merchant's settings. */
import type { WantedPool } from '../domain/catalog/pools.ts';
import { DEFAULT_LOCATION_ID } from '../platforms/bigcommerce/locations.ts';
import type { Connection } from '../store/connections.ts';

/** The pools as set; unset: the default location and the first merchant linked, the safe start. */
export function poolsOf(connection: Connection): readonly WantedPool[] {
  const { pools } = connection.settings.stock;
  if (pools.length > 0) return pools;
  const first = connection.merchants.find(({ status }) => status !== 'disconnected');
  return first === undefined
    ? []
    : [{ locationId: DEFAULT_LOCATION_ID, merchantIds: [first.merchantId] }];
}

/** Where web orders take stock: the default location, when a pool has it (bigcommerce.md 6.5, inferred). */
export function defaultLocationId(connection: Connection): number {
  const ids = poolsOf(connection).map(({ locationId }) => locationId);
  return ids.includes(DEFAULT_LOCATION_ID) ? DEFAULT_LOCATION_ID : (ids[0] ?? DEFAULT_LOCATION_ID);
}

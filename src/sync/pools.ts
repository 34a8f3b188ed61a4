/** Which places share a shelf, from the merchant's settings. */
import type { PlaceKey } from '../domain/ids.ts';
import type { WantedPool } from '../domain/catalog/pools.ts';
import { DEFAULT_LOCATION_ID, getLocations } from '../platforms/bigcommerce/locations.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import type { Ports } from '../ports.ts';
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

/** The pool that a place belongs to; a merchant's first one. */
export function locationOfPlace(connection: Connection, place: PlaceKey): number {
  const [platform, name = ''] = place.split(':');
  if (platform === 'bigcommerce') return Number(name);
  const pool = poolsOf(connection).find(({ merchantIds }) => merchantIds.includes(name));
  return pool?.locationId ?? defaultLocationId(connection);
}

/** The pool of a device, for a merchant that stands in several; undefined: in one, or the device is in no pool's list. */
export function locationOfDevice(
  connection: Connection,
  merchantId: string,
  deviceId: string | null,
): number | undefined {
  const pools = poolsOf(connection).filter(({ merchantIds }) => merchantIds.includes(merchantId));
  if (pools.length < 2 || deviceId === null) return undefined;
  return pools.find(({ deviceIds = [] }) => deviceIds.includes(deviceId))?.locationId;
}

/** One thing that is wrong with `stock.pools`, by the path of the setting. */
export interface PoolProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * What both platforms say against these pools: merchants that are not linked here (X5) or not connected, locations that
 * BigCommerce does not know or that are switched off. When BigCommerce cannot be asked now, the next plan asks.
 */
export async function poolProblems(
  ports: Pick<Ports, 'config' | 'now' | 'timer' | 'fetch' | 'log' | 'objects'>,
  connection: Connection,
  wanted: readonly WantedPool[],
  eventId: string,
): Promise<PoolProblem[]> {
  const problems = wanted.flatMap(({ merchantIds }, index) =>
    merchantIds.flatMap((merchantId) => merchantProblem(connection, merchantId, index)),
  );
  if (problems.length > 0 || connection.status !== 'active' || wanted.length === 0) return problems;
  const context = { connectionId: connection.id, eventId, priority: 'interactive' as const };
  const read = await getLocations(openBigCommerce(ports, connection.id, context));
  if (!read.ok) return [];
  const known = new Map(read.value.map((location) => [location.locationId, location]));
  return wanted.flatMap(({ locationId }, index): PoolProblem[] => {
    const location = known.get(locationId);
    if (location?.enabled === true) return [];
    const what =
      location === undefined
        ? 'does not exist in BigCommerce'
        : `("${location.label}") is switched off in BigCommerce`;
    return [{ path: `stock.pools.${index}.locationId`, message: `location ${locationId} ${what}` }];
  });
}

function merchantProblem(connection: Connection, merchantId: string, index: number): PoolProblem[] {
  const path = `stock.pools.${index}.merchantIds`;
  const own = connection.merchants.find((merchant) => merchant.merchantId === merchantId);
  if (own === undefined) {
    return [{ path, message: `merchant ${merchantId} is not linked to this connection` }];
  }
  if (own.status === 'connected') return [];
  const what =
    own.status === 'reauthorise' ? 'no longer accepts our access' : 'is not connected any more';
  return [{ path, message: `merchant ${merchantId} ("${own.name}") ${what}: connect it first` }];
}

/** Which places share a shelf, from the merchant's settings. */
import type { PlaceKey } from '../domain/ids.ts';
import {
  deviceProblems,
  type KnownDevice,
  type PoolProblem,
  type WantedPool,
} from '../domain/catalog/pools.ts';
import { DEFAULT_LOCATION_ID, getLocations } from '../platforms/bigcommerce/locations.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getDevices } from '../platforms/clover/merchant.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { CallContext } from '../platforms/http.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';

type AskPorts = Pick<Ports, 'config' | 'now' | 'timer' | 'fetch' | 'log' | 'objects'>;

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

export function poolsOfMerchant(connection: Connection, merchantId: string): WantedPool[] {
  return poolsOf(connection).filter(({ merchantIds }) => merchantIds.includes(merchantId));
}

/** The pool of a device, for a merchant that stands in several; undefined: in one, or the device is in no pool's list. */
export function locationOfDevice(
  connection: Connection,
  merchantId: string,
  deviceId: string | null,
): number | undefined {
  const pools = poolsOfMerchant(connection, merchantId);
  if (pools.length < 2 || deviceId === null) return undefined;
  return pools.find(({ deviceIds = [] }) => deviceIds.includes(deviceId))?.locationId;
}

/**
 * What both platforms say against these pools: merchants that are not linked here (X5) or not connected, locations that
 * BigCommerce does not know or that are switched off, devices that Clover does not know or that stand twice. When
 * BigCommerce cannot be asked now, the next plan asks; nobody asks for devices later, so they are refused then.
 */
export async function poolProblems(
  ports: AskPorts,
  connection: Connection,
  wanted: readonly WantedPool[],
  eventId: string,
): Promise<PoolProblem[]> {
  const problems = wanted.flatMap(({ merchantIds }, index) =>
    merchantIds.flatMap((merchantId) => merchantProblem(connection, merchantId, index)),
  );
  if (problems.length > 0 || connection.status !== 'active' || wanted.length === 0) return problems;
  const context = { connectionId: connection.id, eventId, priority: 'interactive' as const };
  const [locations, devices] = await Promise.all([
    locationProblems(ports, connection, wanted, context),
    strangeDevices(ports, wanted, context),
  ]);
  return [...locations, ...devices];
}

async function locationProblems(
  ports: AskPorts,
  connection: Connection,
  wanted: readonly WantedPool[],
  context: CallContext,
): Promise<PoolProblem[]> {
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

/** Clover is asked only where pools name devices: once per merchant. */
async function strangeDevices(
  ports: AskPorts,
  wanted: readonly WantedPool[],
  context: CallContext,
): Promise<PoolProblem[]> {
  const naming = wanted.filter(({ deviceIds = [] }) => deviceIds.length > 0);
  const merchantIds = [...new Set(naming.flatMap((pool) => pool.merchantIds))];
  const known = new Map<string, readonly KnownDevice[]>();
  const problems: PoolProblem[] = [];
  for (const merchantId of merchantIds) {
    const read = await getDevices(openClover(ports, merchantId, context));
    if (read.ok) {
      known.set(merchantId, read.value);
      continue;
    }
    const index = wanted.findIndex((pool) => pool.merchantIds.includes(merchantId));
    problems.push({
      path: `stock.pools.${index}.deviceIds`,
      message: `the devices of merchant ${merchantId} could not be checked, so save again later: ${read.failure.message}`,
    });
  }
  return problems.length > 0 ? problems : deviceProblems(wanted, known);
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

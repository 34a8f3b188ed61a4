/** Pools: which places share one physical shelf. */
import type { Failure } from '../failure.ts';
import type { MerchantId } from '../ids.ts';
import type { Sharing } from '../stock/parts.ts';
import type { Joining } from '../stock/first-count.ts';
import { fail, ok, type Result } from '../result.ts';

export interface Pool {
  readonly locationId: number;
  readonly merchantIds: readonly MerchantId[];
  /** How its merchants share it; left out: each shows all of it (S10). */
  readonly sharing?: Sharing;
  /** What its units are when it joins registers that were counted before; left out: a person is asked (S10). */
  readonly joins?: Joining;
}

/** As the settings have them; merchants may not be connected (any more). */
export interface WantedPool {
  readonly locationId: number;
  readonly merchantIds: readonly string[];
  /** Registers of a merchant that stands in several pools. */
  readonly deviceIds?: readonly string[] | undefined;
  readonly policy?: 'default' | Sharing;
  readonly joins?: 'ask' | Joining | undefined;
}

/** A register as Clover reports it. */
export interface KnownDevice {
  readonly deviceId: string;
  /** Empty when nobody named it. */
  readonly name: string;
}

/** One thing that is wrong with `stock.pools`, by the path of the setting. */
export interface PoolProblem {
  readonly path: string;
  readonly message: string;
}

/** Devices of a merchant that a message names: enough to find the right one. */
const DEVICES_NAMED = 5;

/**
 * What is wrong with the devices of these pools (S10): one that is named twice, so that nobody can tell where it stands,
 * or one that is no device of its pool's merchants. `devices`: those that Clover reports, by merchant.
 */
export function deviceProblems(
  wanted: readonly WantedPool[],
  devices: ReadonlyMap<string, readonly KnownDevice[]>,
): PoolProblem[] {
  const firstAt = new Map<string, number>();
  return wanted.flatMap(({ locationId, merchantIds, deviceIds = [] }, index) =>
    deviceIds.flatMap((deviceId): PoolProblem[] => {
      const path = `stock.pools.${index}.deviceIds`;
      const at = firstAt.get(deviceId);
      if (at !== undefined) {
        const where = at === index ? 'twice' : `at location ${wanted[at]?.locationId} as well`;
        return [{ path, message: `device ${deviceId} is named ${where}: it stands in one place` }];
      }
      firstAt.set(deviceId, index);
      const own = merchantIds.flatMap((merchantId) => devices.get(merchantId) ?? []);
      if (own.some((device) => device.deviceId === deviceId)) return [];
      const message =
        `device ${deviceId} is none of the devices that Clover has for the merchants of location ${locationId}; ` +
        saySome(own);
      return [{ path, message }];
    }),
  );
}

function saySome(devices: readonly KnownDevice[]): string {
  if (devices.length === 0) return 'it has none';
  const some = devices
    .slice(0, DEVICES_NAMED)
    .map(({ deviceId, name }) => (name === '' ? deviceId : `${deviceId} ("${name}")`));
  const more = devices.length - some.length;
  return `it has ${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export interface Pools {
  readonly pools: readonly Pool[];
  /** Merchants and pools left out, one plain sentence each (S12). */
  readonly notes: readonly string[];
}

/**
 * The pools in use: those wanted, without merchants that are not connected. Failures `invalid_input`: no pool is left,
 * or a merchant that stands in several shares one of them by parts (its one level is no part of one pool).
 */
export function poolsInUse(
  wanted: readonly WantedPool[],
  merchants: readonly MerchantId[],
): Result<Pools, Failure> {
  const connected = new Set<string>(merchants);
  const pools = wanted.map(({ locationId, merchantIds, policy = 'default', joins = 'ask' }) => ({
    locationId,
    ...(joins === 'ask' ? {} : { joins }),
    ...(policy === 'default' || merchantIds.length < 2 ? {} : { sharing: policy }),
    merchantIds: [...new Set(merchantIds)].filter((id): id is MerchantId => connected.has(id)),
  }));
  const used = pools.filter(({ merchantIds }) => merchantIds.length > 0);
  const standing = used.flatMap(({ merchantIds }) => merchantIds);
  const several = new Set(standing.filter((id, index) => standing.indexOf(id) !== index));
  const twice = used
    .filter(({ sharing }) => sharing !== undefined)
    .flatMap(({ merchantIds }) => merchantIds)
    .find((id) => several.has(id));
  if (twice !== undefined) {
    return fail({
      code: 'invalid_input',
      message:
        `stock.pools: merchant ${twice} stands in several pools, and one of them is shared by parts. Its one Clover ` +
        'count is the sum of its pools, no part of one: give that pool the default policy.',
    });
  }
  if (used.length === 0) {
    return fail({
      code: 'invalid_input',
      message:
        'stock.pools names no connected Clover merchant: connect one of them or change the pools.',
    });
  }
  return ok({ pools: used, notes: notesOf(wanted, merchants, used) });
}

function notesOf(
  wanted: readonly WantedPool[],
  merchants: readonly MerchantId[],
  used: readonly Pool[],
): string[] {
  const inUse = new Set(used.flatMap(({ merchantIds }) => merchantIds));
  const connected = new Set<string>(merchants);
  const strangers = new Set(
    wanted.flatMap(({ merchantIds }) => merchantIds).filter((id) => !connected.has(id)),
  );
  return [
    ...merchants
      .filter((id) => !inUse.has(id))
      .map(
        (id) => `Clover merchant ${id} stands in no pool of stock.pools: its items were not read.`,
      ),
    ...[...strangers].map(
      (id) => `stock.pools names Clover merchant ${id}, which is not connected: it was left out.`,
    ),
  ];
}

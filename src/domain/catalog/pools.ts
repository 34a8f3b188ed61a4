/** Pools: which places share one physical shelf. */
import type { Failure } from '../failure.ts';
import type { MerchantId } from '../ids.ts';
import type { Sharing } from '../stock/parts.ts';
import { fail, ok, type Result } from '../result.ts';

export interface Pool {
  readonly locationId: number;
  readonly merchantIds: readonly MerchantId[];
  /** How its merchants share it; left out: each shows all of it (S10). */
  readonly sharing?: Sharing;
}

/** As the settings have them; merchants may not be connected (any more). */
export interface WantedPool {
  readonly locationId: number;
  readonly merchantIds: readonly string[];
  /** Registers of a merchant that stands in several pools. */
  readonly deviceIds?: readonly string[] | undefined;
  readonly policy?: 'default' | Sharing;
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
  const pools = wanted.map(({ locationId, merchantIds, policy = 'default' }) => ({
    locationId,
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

/** What each place should show, and how far it is from that (S6). */
import { unreachable } from '../result.ts';
import { bufferOf } from './buffer.ts';
import { webAllowance } from './bundles.ts';
import { movesForPushes } from './push.ts';
import { isInSeveral, locationsOf } from './several.ts';
import { unitsInDoubt } from './reservations.ts';
import type { LedgerState, PlaceState, StockPolicy } from './state.ts';

/**
 * The level that a place should show, whole units, never negative (S6, S7).
 * Web: on hand - reserved - buffer. Register: on hand - reserved, or its part of that, or the sum of its pools (S10).
 */
export function targetOf(state: LedgerState, place: PlaceState): number {
  if (isInSeveral(place)) {
    return locationsOf(place).reduce((sum, locationId) => sum + freeUnits(state, locationId), 0);
  }
  const pool = state.pools.find((candidate) => candidate.locationId === place.locationId);
  if (pool === undefined) return 0;
  const free = pool.onHand - pool.reserved;
  switch (place.address.platform) {
    case 'bigcommerce':
      return Math.max(
        0,
        Math.min(free, webAllowance(state, place.locationId) ?? free) - bufferOf(state),
      );
    case 'clover':
      return Math.max(0, state.parts[place.place] ?? free);
    default:
      return unreachable(place.address);
  }
}

/** What a pool has to sell, whole units, never negative. */
function freeUnits(state: LedgerState, locationId: number): number {
  const pool = state.pools.find((candidate) => candidate.locationId === locationId);
  return Math.max(0, (pool?.onHand ?? 0) - (pool?.reserved ?? 0));
}

/**
 * Units whose fall at this place is still to come, although on hand already counts them. The fall of an order of ours is
 * one only where such orders are known to move stock: until then it may never come, and the place is lowered at once.
 */
function awaitedUnits(policy: StockPolicy, place: PlaceState): number {
  const isSure = movesForPushes(policy, place) === true;
  return place.awaited
    .filter(({ counted, pushKey }) => counted && (pushKey === undefined || isSure))
    .reduce((sum, { units }) => sum + units, 0);
}

/**
 * The change that would bring the place to its target; a place never counted shows 0. An awaited fall may never come:
 * it holds a lowering back, but never raises the level in advance. A presumed fall holds a raise back.
 */
export function wantedDelta(state: LedgerState, place: PlaceState): number {
  const shortfall = targetOf(state, place) - (place.level ?? 0);
  const afterFalls = shortfall + awaitedUnits(state.policy, place);
  return afterFalls <= 0 ? afterFalls : Math.max(0, shortfall - unitsInDoubt(place));
}

/** Whether the merchant's settings let us write to this place, and the place can be written to. */
export function isWritable(policy: StockPolicy, place: PlaceState): boolean {
  if (!policy.enabled || place.skipped !== null) return false;
  switch (policy.direction) {
    case 'two-way':
      return true;
    case 'to-clover':
      return place.address.platform === 'clover';
    case 'to-bigcommerce':
      return place.address.platform === 'bigcommerce';
    default:
      return unreachable(policy.direction);
  }
}

/**
 * How well webhooks are delivered, and how often to look because of it. Of each change that the relay came to know, a
 * webhook told first or a poll found it first; the share that webhooks told is the score.
 */
import {
  DELIVERY_HALF_LIFE_MS,
  DELIVERY_TRUST,
  LOST_SHARE_TOLERATED,
  POLL_FLOOR_MINUTES,
  SWEEP_PAGES_PER_MINUTE,
} from '../limits.ts';

/** Changes by who came first; both fade with time, so they are no whole numbers. */
export interface Delivery {
  readonly told: number;
  readonly found: number;
}

/** Running counts of ledgers: whole numbers that only grow, unless a ledger leaves or begins anew. */
export interface DeliverySum {
  readonly told: number;
  readonly found: number;
}

export const NO_DELIVERY: Delivery = { told: 0, found: 0 };

/** Adds what the running counts grew by; what was known before weighs half as much after each half-life. */
export function measure(
  known: Delivery,
  before: DeliverySum,
  now: DeliverySum,
  elapsedMs: number,
): Delivery {
  const share = 2 ** (-Math.max(0, elapsedMs) / DELIVERY_HALF_LIFE_MS);
  return {
    told: known.told * share + Math.max(0, now.told - before.told),
    found: known.found * share + Math.max(0, now.found - before.found),
  };
}

/** Share of changes that a webhook told, 0 to 1; null while nothing was measured. */
export function scoreOf({ told, found }: Delivery): number | null {
  const all = told + found;
  // Below half a change everything measured has faded away.
  return all < 0.5 ? null : told / all;
}

/**
 * Minutes between two polls. While at most `LOST_SHARE_TOLERATED` of the changes come without their webhook: as set.
 * Beyond it so much more often that changes stay hidden for as long, on average, as they would at that share. Never
 * less often than set, never more often than `floorMinutes`.
 */
export function pollMinutes(
  deliveries: readonly Delivery[],
  setMinutes: number,
  floorMinutes: number,
): number {
  const lost = Math.max(0, ...deliveries.map(lostShare));
  if (lost <= LOST_SHARE_TOLERATED) return setMinutes;
  const wanted = Math.round((setMinutes * LOST_SHARE_TOLERATED) / lost);
  return Math.min(setMinutes, Math.max(floorMinutes, wanted));
}

/** The score's counterpart with trust in advance, so that one loss among few changes weighs little. */
function lostShare({ told, found }: Delivery): number {
  return found / (told + found + DELIVERY_TRUST);
}

/** The shortest time between two sweeps of a place of so many pages: sweeps leave the quota to sales. */
export function sweepFloorMinutes(pages: number): number {
  return Math.max(POLL_FLOOR_MINUTES, Math.ceil(pages / SWEEP_PAGES_PER_MINUTE));
}

/**
 * Who told of a change first, a webhook or a poll, counted where the change is taken in: only the ledger knows what was
 * news to it. Sweeps add the counts up; they are what delivery scores are made of (R4).
 */
import { WEBHOOK_GRACE_MS } from '../../limits.ts';
import type { Observation, Sale } from './api.ts';
import { findPlace, withPlace } from './change.ts';
import { observe } from './observe.ts';
import type { Change, LedgerState, PlaceState, ToldCounts } from './state.ts';

export const NOTHING_TOLD: ToldCounts = {
  levelsTold: 0,
  levelsFound: 0,
  salesTold: 0,
  salesFound: 0,
  foundAtMs: 0,
};

/** Takes levels in one after the other, and counts who told of each. */
export function observeEach(
  start: LedgerState,
  all: readonly Observation[],
  nowMs: number,
): Change {
  return all.reduce<Change>(
    ({ state, entries }, seen) => {
      const next = countLevel(state, observe(state, seen, nowMs), seen, nowMs);
      return { state: next.state, entries: [...entries, ...next.entries] };
    },
    { state: start, entries: [] },
  );
}

/** Counts the observation that led from `before` to `change`, if it was news. Reads that we wanted ourselves are not. */
function countLevel(before: LedgerState, change: Change, seen: Observation, nowMs: number): Change {
  const old = findPlace(before, seen.place);
  const place = findPlace(change.state, seen.place);
  if (old === undefined || place === undefined) return change;
  const told = place.told ?? NOTHING_TOLD;
  const isNews = isMoved(old, place);
  if (seen.source === 'webhook') {
    if (isNews) return withTold(change, place, { levelsTold: told.levelsTold + 1 });
    // The sweep was only a little faster than the webhook: it was not lost.
    const wasFound = told.foundAtMs > 0 && nowMs < told.foundAtMs + WEBHOOK_GRACE_MS;
    if (!wasFound) return change;
    const { levelsTold, levelsFound } = told;
    const counts = { levelsTold: levelsTold + 1, levelsFound: levelsFound - 1, foundAtMs: 0 };
    return withTold(change, place, counts);
  }
  if (seen.source !== 'sweep' || !isNews || isYoung(seen)) return change;
  return withTold(change, place, { levelsFound: told.levelsFound + 1, foundAtMs: nowMs });
}

/** Counts a sold line that was news to the ledger. What was sold before the first count proves nothing. */
export function countSale(change: Change, sale: Sale): Change {
  const place = findPlace(change.state, sale.place);
  if (place === undefined || sale.toldBy === undefined) return change;
  if (sale.soldAtMs !== null && sale.soldAtMs < place.countedFromMs) return change;
  const told = place.told ?? NOTHING_TOLD;
  return sale.toldBy === 'webhook'
    ? withTold(change, place, { salesTold: told.salesTold + 1 })
    : withTold(change, place, { salesFound: told.salesFound + 1 });
}

function isMoved(before: PlaceState, after: PlaceState): boolean {
  const isNewRise = before.suspectedRise === null && after.suspectedRise !== null;
  return before.level !== after.level || isNewRise;
}

/** By the platform's own time the change is so fresh that its webhook may be under way. */
function isYoung({ platformModifiedMs, readStartedAtMs }: Observation): boolean {
  return platformModifiedMs !== null && readStartedAtMs - platformModifiedMs < WEBHOOK_GRACE_MS;
}

function withTold(change: Change, place: PlaceState, counts: Partial<ToldCounts>): Change {
  const told = { ...NOTHING_TOLD, ...place.told, ...counts };
  return { ...change, state: withPlace(change.state, { ...place, told }) };
}

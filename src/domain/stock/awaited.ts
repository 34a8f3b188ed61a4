/** Falls that known sales are still to show: which fall is whose, and what it means when none comes (S2). */
import type { Observation } from './api.ts';
import { move, withPlace } from './change.ts';
import type { AwaitedFall, Change, LedgerState, PlaceState, Span } from './state.ts';
import { explainDoubts } from './unknown.ts';
import { isInWindow, mayMeet, shareOf } from './windows.ts';

export interface Consumed {
  readonly taken: readonly AwaitedFall[];
  readonly left: readonly AwaitedFall[];
  /** Units of the fall that no awaited sale explains. */
  readonly rest: number;
}

/** Shares a fall out among the awaited ones that it may have been, oldest first. */
export function consume(
  awaited: readonly AwaitedFall[],
  units: number,
  span: Span | null,
): Consumed {
  const taken: AwaitedFall[] = [];
  const left: AwaitedFall[] = [];
  let rest = units;
  for (const fall of awaited) {
    const part = Math.min(fall.units, shareOf({ units: rest, span }, fall.span));
    if (part > 0) taken.push({ ...fall, units: part });
    if (part < fall.units) left.push({ ...fall, units: fall.units - part });
    rest -= part;
  }
  return { taken, left, rest };
}

/** Units among them that on hand counts already. */
export function countedUnits(falls: readonly AwaitedFall[]): number {
  return falls.reduce((sum, { units, counted }) => (counted ? sum + units : sum), 0);
}

/** Takes the falls that did not come by the time of this read off the list, and draws what follows from each. */
export function expireAwaited(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  nowMs: number,
): Change {
  const awaited = place.awaited.filter((fall) => fall.untilMs > seen.readStartedAtMs);
  const expired = place.awaited.filter((fall) => !awaited.includes(fall));
  let left: PlaceState = { ...place, awaited };
  let change: Change = { state: withPlace(state, left), entries: [] };
  for (const fall of expired) {
    const next = fall.counted
      ? withoutFall(change, left, fall, seen, nowMs)
      : explainDoubts(change, left, lateSale(fall, seen), nowMs);
    change = next.change;
    left = next.place;
  }
  return change;
}

/** A web sale without a fall moved no stock, unless a write of unknown outcome was mistaken for it (S5). */
function lateSale(fall: AwaitedFall, seen: Observation) {
  const { units, span, orderId } = fall;
  return { units, span, orderId, eventId: seen.eventId, fallSeenAtMs: null };
}

/**
 * A register sale without a fall. If a write of ours may have swallowed it, or sales do not move this level, it stays
 * counted. Otherwise the level has shown it already and something that arrived hid it: it was counted twice.
 */
function withoutFall(
  change: Change,
  place: PlaceState,
  fall: AwaitedFall,
  seen: Observation,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  const follows = change.state.policy.followsSales?.[place.place] === true;
  if (!follows || isInWindow(place, fall.span)) return { change, place };
  const borrowed = consumeBorrowed(place, fall);
  const units = fall.units - borrowed.units;
  const next = { ...place, borrowed: borrowed.left };
  const stored = { ...change, state: withPlace(change.state, next) };
  if (units === 0) return { change: stored, place: next };
  const given = move(stored, next, {
    delta: units,
    cause: 'level',
    source: seen.source,
    eventId: seen.eventId,
    atMs: nowMs,
    note: `The ${units} of order ${fall.orderId} are in the level already: something that arrived hid the fall.`,
  });
  return { change: given, place: next };
}

/** Its fall was given to a sale that a window swallowed: then that one is not counted yet, and this one makes up. */
function consumeBorrowed(
  place: PlaceState,
  fall: AwaitedFall,
): { readonly units: number; readonly left: PlaceState['borrowed'] } {
  const left: PlaceState['borrowed'][number][] = [];
  let units = 0;
  for (const borrowed of place.borrowed) {
    const part = mayMeet(borrowed.span, fall.span)
      ? Math.min(borrowed.units, fall.units - units)
      : 0;
    units += part;
    if (part < borrowed.units) left.push({ ...borrowed, units: borrowed.units - part });
  }
  return { units, left };
}

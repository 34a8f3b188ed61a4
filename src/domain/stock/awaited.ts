/** Falls that known sales are still to show: which fall is whose, and what it means when none comes (S2). */
import { OUTCOME_PATIENCE_LOOKS } from '../../limits.ts';
import type { Observation } from './api.ts';
import { move, undoDrawn, withPlace } from './change.ts';
import { pushWithoutFall } from './push.ts';
import { awaitedAbove, takenUnseen } from './reservations.ts';
import { riseSeen } from './restock.ts';
import type { AwaitedFall, Change, LedgerState, PlaceState, Span } from './state.ts';
import { byFit, giveFalls, isVague, restOfSpan, shareOf, takeFromDoubtful } from './falls.ts';
import { explainDoubts, explainUnseen } from './unknown.ts';
import { isInWindow, takeCoveredRow } from './windows.ts';

export interface Consumed {
  readonly taken: readonly AwaitedFall[];
  readonly left: readonly AwaitedFall[];
  /** Units of the fall that no awaited sale explains. */
  readonly rest: number;
}

/**
 * Shares a fall out among the awaited ones: those that fit its time best, of those the oldest. Sales that `isSuspect`
 * get what is left.
 */
export function consume(
  awaited: readonly AwaitedFall[],
  units: number,
  span: Span | null,
  isSuspect: (fall: AwaitedFall) => boolean = () => false,
): Consumed {
  const parts = new Map<AwaitedFall, number>();
  let rest = units;
  let open = span;
  const rank = (fall: AwaitedFall): number => (isSuspect(fall) ? 1 : 0);
  const inOrder = awaited.toSorted(
    (one, other) => rank(one) - rank(other) || byFit(span, one.span, other.span),
  );
  for (const fall of inOrder) {
    const part = Math.min(fall.units, shareOf({ units: rest, span: open }, fall.span));
    if (part > 0) open = restOfSpan(open, fall.span);
    rest -= part;
    parts.set(fall, part);
  }
  const withUnits = (fall: AwaitedFall, part: number): AwaitedFall[] =>
    part > 0 ? [{ ...fall, units: part }] : [];
  return {
    taken: awaited.flatMap((fall) => withUnits(fall, parts.get(fall) ?? 0)),
    left: awaited.flatMap((fall) => withUnits(fall, fall.units - (parts.get(fall) ?? 0))),
    rest,
  };
}

/**
 * As `consume`, for units that fell at an unknown moment: sales that a window may have swallowed, and orders of ours that
 * may move nothing, take no part.
 */
export function consumeShown(place: PlaceState, units: number): Consumed {
  const hidden = place.awaited.filter(
    ({ counted, span, pushKey }) =>
      pushKey !== undefined || (counted && span !== null && isInWindow(place, span)),
  );
  const shown = place.awaited.filter((fall) => !hidden.includes(fall));
  const shared = consume(shown, units, null);
  return { ...shared, left: [...hidden, ...shared.left] };
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
  const open = awaitedAbove(place, place.awaited, seen.level ?? 0);
  const awaited = open.filter(
    (fall) => fall.untilMs > seen.readStartedAtMs || isTooBusyToTell(state, place, fall, seen),
  );
  const expired = open.filter((fall) => !awaited.includes(fall));
  let left: PlaceState = { ...place, awaited };
  let change: Change = { state: withPlace(state, left), entries: [] };
  for (const fall of expired) {
    const next = endOf(fall)(change, left, fall, seen, nowMs);
    change = next.change;
    left = next.place;
  }
  return change;
}

function endOf({ counted, pushKey, reservationKey }: AwaitedFall): typeof withoutFall {
  if (pushKey !== undefined) return pushWithoutFall;
  if (reservationKey !== undefined) return reservedWithoutFall;
  return counted ? withoutFall : withoutWebFall;
}

/**
 * A web sale has no fall, but falls were seen just now: the one that a newer sale was given may be its own, and the newer
 * one's may not be visible yet. It is waited for, within bounds, until a settle time went by without falls.
 */
function isTooBusyToTell(
  state: LedgerState,
  place: PlaceState,
  fall: AwaitedFall,
  seen: Observation,
): boolean {
  const { settleMs } = state.policy;
  const patienceMs = OUTCOME_PATIENCE_LOOKS * settleMs;
  const isCounted = fall.counted && fall.reservationKey === undefined;
  if (isCounted || seen.readStartedAtMs >= fall.toldAtMs + patienceMs) return false;
  return place.explained.some(({ atMs }) => atMs + settleMs > seen.readStartedAtMs);
}

/**
 * A web sale without a fall: its own may have been counted as nobody's, or be another sale's that fits that one. Else it
 * moved no stock, unless a write of unknown outcome was mistaken for it (S5).
 */
function withoutWebFall(
  change: Change,
  place: PlaceState,
  fall: AwaitedFall,
  seen: Observation,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  const { units, span, orderId } = fall;
  const { eventId } = seen;
  const given = giveFalls(place, units, span, nowMs);
  const shown = units - given.rest;
  let next = given.place;
  let told: Change = { ...change, state: withPlace(change.state, next) };
  if (shown > 0) {
    told = move(told, next, {
      delta: 0,
      cause: 'sale',
      source: `order:${orderId}`,
      eventId,
      atMs: nowMs,
      note: `Order ${orderId} sold ${shown}; the level had shown it already.`,
    });
  }
  const parts = given.taken.map(({ units: part, atMs }) => ({ part, fallSeenAtMs: atMs }));
  for (const { part, fallSeenAtMs } of parts) {
    const late = { units: part, span, orderId, eventId, fallSeenAtMs };
    const weighed = explainDoubts(told, next, late, nowMs);
    told = weighed.change;
    next = weighed.place;
  }
  if (given.rest === 0) return { change: told, place: next };
  return explainUnseen(told, next, { units: given.rest, span, orderId, eventId }, nowMs);
}

/** Of reserved units: as a web sale, although on hand counts them already. */
function reservedWithoutFall(
  change: Change,
  place: PlaceState,
  fall: AwaitedFall,
  seen: Observation,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  const back = takenUnseen(change, place, fall, seen, nowMs);
  if (fall.isFromNothing === true) return back;
  return withoutWebFall(back.change, back.place, fall, seen, nowMs);
}

/** It stays counted, the lower count; where it may have been hidden by something else all the same, that is a guess. */
function guess(
  change: Change,
  place: PlaceState,
  fall: AwaitedFall,
): { readonly change: Change; readonly place: PlaceState } {
  const sinceMs = fall.span?.fromMs ?? 0;
  const isCovered = place.coveredRows.some((rowMs) => rowMs > sinceMs);
  if (!isCovered && !isVague(fall.span)) return { change, place };
  const next = { ...place, guessedUnits: place.guessedUnits + fall.units };
  return { change: { ...change, state: withPlace(change.state, next) }, place: next };
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
  if (!follows) return { change, place };
  const covered = takeCoveredRow(place, fall);
  if (covered !== null) return giveBack(change, covered, fall, fall.units, seen, nowMs);
  // A fall that was counted as nobody's, or one that another sale can do without, may be its own after all.
  const given = giveFalls(place, fall.units, fall.span, nowMs);
  const shown = giveBack(change, given.place, fall, fall.units - given.rest, seen, nowMs, true);
  if (given.rest === 0) return shown;
  const open = { ...fall, units: given.rest };
  if (isInWindow(shown.place, fall.span)) return guess(shown.change, shown.place, open);
  const { units: owed, place: next } = takeFromDoubtful(shown.place, given.rest, fall.span);
  const stored = { ...shown.change, state: withPlace(shown.change.state, next) };
  return giveBack(stored, next, fall, given.rest - owed, seen, nowMs);
}

/** The level has shown these units already: they were counted twice. `isFound`: as a fall of nobody's. */
function giveBack(
  change: Change,
  place: PlaceState,
  fall: AwaitedFall,
  units: number,
  seen: Observation,
  nowMs: number,
  isFound = false,
): { readonly change: Change; readonly place: PlaceState } {
  const stored = { ...change, state: withPlace(change.state, place) };
  if (units === 0) return { change: stored, place };
  const movement = {
    delta: units,
    cause: 'level',
    source: seen.source,
    eventId: seen.eventId,
    atMs: nowMs,
    note: `The ${units} of order ${fall.orderId} are in the level already.`,
  } as const;
  const moved = isFound
    ? undoDrawn(stored, place, movement, fall.locationId)
    : // Something that arrived had hidden the fall: it may be what a refund brought back (O6).
      riseSeen(move(stored, place, movement), place, units, seen.eventId, nowMs);
  return { change: moved, place };
}

/** Levels move the count (S2, S3): what a level read from a place means for the ledger. */
import { CLOCK_SKEW_MS } from '../../limits.ts';
import type { Observation } from './api.ts';
import { consume, countedUnits, expireAwaited } from './awaited.ts';
import { findPlace, move, wantRead, withPlace } from './change.ts';
import type { Change, LedgerState, PlaceState, Span } from './state.ts';
import { resolveUnknown } from './unknown.ts';
import { rememberFall, spanOfChange } from './windows.ts';

/** Why an observation changed nothing. */
export type ObservationVerdict =
  | 'taken'
  | 'unknown_place'
  | 'stale'
  | 'write_in_flight'
  | 'not_yet_visible';

export interface Observed extends Change {
  readonly verdict: ObservationVerdict;
}

/**
 * Takes one observation in. Late, repeated and overtaken ones change nothing: a read says something new only when it
 * began after the read or write that we already know of.
 */
export function observe(state: LedgerState, seen: Observation, nowMs: number): Observed {
  const found = findPlace(state, seen.place);
  if (found === undefined) return { state, entries: [], verdict: 'unknown_place' };
  if (isStale(found, seen)) {
    return { state: rereadOvertaken(state, found, seen), entries: [], verdict: 'stale' };
  }
  if (found.effect?.status === 'claimed') {
    // Before or after our write? Only a read that begins after it ends can tell.
    return rereadLater(state, found, seen, nowMs, 'write_in_flight');
  }
  if (found.effect?.status === 'unknown') {
    const since = found.effect.claim?.atMs ?? nowMs;
    if (seen.readStartedAtMs < since + state.policy.settleMs) {
      return rereadLater(state, found, seen, nowMs, 'write_in_flight');
    }
  }
  const place = resolveUnknown(settleRead(found, seen), seen, nowMs);
  if (seen.level === null) return takeUncounted(state, place, seen, nowMs);
  const wait = visibleAtMs(state, place);
  const isEarly = seen.readStartedAtMs < wait;
  if (place.lastWrite !== null && isEarly && seen.level === place.lastWrite.before) {
    const next = wantRead(place, wait, seen.eventId);
    return { state: withPlace(state, next), entries: [], verdict: 'not_yet_visible' };
  }
  const from = isEarly ? baseOf(place, seen.level) : (place.level ?? 0);
  const change = takeLevel(state, place, seen, from, nowMs);
  const isGuess = from !== (place.level ?? 0);
  const looked = isGuess ? wantReadAt(change.state, seen, wait) : change.state;
  return { ...change, state: lookAgain(looked, seen), verdict: 'taken' };
}

function wantReadAt(state: LedgerState, seen: Observation, atMs: number): LedgerState {
  const place = findPlace(state, seen.place);
  return place === undefined ? state : withPlace(state, wantRead(place, atMs, seen.eventId));
}

/** A sale whose fall this read did not show either is looked for once more when its time is up. */
function lookAgain(state: LedgerState, seen: Observation): LedgerState {
  const place = findPlace(state, seen.place);
  const [first] = place?.awaited ?? [];
  if (place === undefined || first === undefined || place.readDue !== null) return state;
  return withPlace(state, wantRead(place, first.untilMs, seen.eventId));
}

/** A read that began before what is known, or that shows a row older than the known one, is no news. */
function isStale(place: PlaceState, seen: Observation): boolean {
  if (seen.readStartedAtMs < place.levelReadAtMs) return true;
  const write = place.lastWrite;
  if (write !== null && seen.readStartedAtMs <= write.confirmedAtMs + CLOCK_SKEW_MS) return true;
  return (
    seen.platformModifiedMs !== null &&
    place.platformModifiedMs !== null &&
    seen.platformModifiedMs < place.platformModifiedMs
  );
}

/**
 * A write of ours was confirmed while this read was under way: which of the two came first nobody knows, and what the
 * read was to find out is still open. It is made again as soon as it can tell.
 */
function rereadOvertaken(state: LedgerState, place: PlaceState, seen: Observation): LedgerState {
  const write = place.lastWrite;
  const isOvertaken =
    write !== null &&
    seen.readStartedAtMs >= place.levelReadAtMs &&
    seen.readStartedAtMs <= write.confirmedAtMs + CLOCK_SKEW_MS;
  if (!isOvertaken) return state;
  const due = place.readDue;
  const atMs = Math.max(due?.wantedAtMs ?? 0, write.confirmedAtMs + 2 * CLOCK_SKEW_MS);
  return withPlace(state, wantRead(place, atMs, seen.eventId));
}

function rereadLater(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  nowMs: number,
  verdict: ObservationVerdict,
): Observed {
  if (place.effect?.status === 'unknown' && place.readDue !== null) {
    return { state, entries: [], verdict };
  }
  const next = wantRead(place, nowMs + state.policy.settleMs, seen.eventId);
  return { state: withPlace(state, next), entries: [], verdict };
}

/** The read that was due is done when this one began late enough; otherwise it stays due. */
function settleRead(place: PlaceState, seen: Observation): PlaceState {
  const due = place.readDue;
  if (due === null) return place;
  const done = seen.readStartedAtMs + CLOCK_SKEW_MS >= due.wantedAtMs;
  return { ...place, readDue: done ? null : { ...due, pokeAtMs: due.wantedAtMs } };
}

/** Until when our last write may not be visible yet. */
function visibleAtMs(state: LedgerState, place: PlaceState): number {
  return (place.lastWrite?.confirmedAtMs ?? 0) + state.policy.settleMs + CLOCK_SKEW_MS;
}

/**
 * The level that the observation is compared with. Within the settle time of a write that raised the level, a value
 * below the old one is the old one less a sale, not the new one less a heap of sales. A guess: it is looked at again.
 */
function baseOf(place: PlaceState, level: number): number {
  const write = place.lastWrite;
  const known = place.level ?? 0;
  if (write === null || write.before === null) return known;
  const raised = write.after > write.before;
  return raised && level < write.before ? write.before : known;
}

/** The place stopped counting this SKU (or never did): nothing is sold by that; a write gives it a count again. */
function takeUncounted(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  nowMs: number,
): Observed {
  const next = { ...known(place, seen, nowMs), level: null, suspectedRise: null };
  return { state: withPlace(state, next), entries: [], verdict: 'taken' };
}

function known(place: PlaceState, seen: Observation, nowMs: number): PlaceState {
  return {
    ...place,
    levelReadAtMs: seen.readStartedAtMs,
    levelKnownAtMs: nowMs,
    platformModifiedMs: seen.platformModifiedMs ?? place.platformModifiedMs,
  };
}

function takeLevel(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  from: number,
  nowMs: number,
): Change {
  const level = seen.level ?? 0;
  const fresh = known(place, seen, nowMs);
  if (level < from) {
    const span = spanOfChange(place, seen.platformModifiedMs);
    return takeFall(state, fresh, seen, { units: from - level, span }, nowMs);
  }
  // Awaited falls stay open while a rise is doubted: it may hide them.
  if (level > from) return takeRise(state, fresh, seen, level, nowMs);
  const same = { ...fresh, level: fresh.level ?? level, suspectedRise: null };
  return expireAwaited(state, same, seen, nowMs);
}

/** Bad news at once: known sales take their part of the fall, the rest lowers the count unexplained (S2, S3). */
function takeFall(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  { units, span }: { readonly units: number; readonly span: Span | null },
  nowMs: number,
): Change {
  const split = consume(place.awaited, units, span);
  const level = (place.level ?? 0) - units;
  const lowered: PlaceState = { ...place, level, awaited: split.left, suspectedRise: null };
  const rest = { units: split.rest, atMs: nowMs, span };
  const unexplained = rememberFall(place.unexplained, rest);
  let change: Change = { state: withPlace(state, { ...lowered, unexplained }), entries: [] };
  const common = { eventId: seen.eventId, atMs: nowMs };
  for (const fall of split.taken.filter((candidate) => !candidate.counted)) {
    change = move(change, lowered, {
      ...common,
      delta: -fall.units,
      cause: 'sale',
      source: `order:${fall.orderId}`,
      note: `Order ${fall.orderId} sold ${fall.units}; the level fell to ${level}.`,
    });
  }
  if (split.rest === 0) return change;
  return move(change, lowered, {
    ...common,
    delta: -split.rest,
    cause: 'level',
    source: seen.source,
    note: `The level fell by ${split.rest} to ${level}.`,
  });
}

/**
 * Good news after a second look: believed when a read after the settle time still shows it (S3). What was sold out of
 * it between the two looks is part of the rise, not a fall that is still to come (S2).
 */
function takeRise(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  level: number,
  nowMs: number,
): Change {
  const suspicion = place.suspectedRise;
  const secondLookMs = (suspicion?.seenAtMs ?? nowMs) + state.policy.settleMs;
  if (suspicion === null || seen.readStartedAtMs < secondLookMs) {
    const suspectedRise = {
      level: Math.min(level, suspicion?.level ?? level),
      peak: Math.max(level, suspicion?.peak ?? level),
      seenAtMs: suspicion?.seenAtMs ?? nowMs,
    };
    const next = wantRead({ ...place, suspectedRise }, secondLookMs, seen.eventId);
    return { state: withPlace(state, next), entries: [] };
  }
  const believed = Math.min(level, suspicion.level);
  const sold = consume(place.awaited, suspicion.peak - believed, null);
  const units = believed - (place.level ?? 0) + countedUnits(sold.taken);
  const more = level > believed ? { level, peak: level, seenAtMs: nowMs } : null;
  const raised: PlaceState = {
    ...place,
    level: believed,
    suspectedRise: more,
    awaited: sold.left,
    unexplained: rememberFall(place.unexplained, { units: sold.rest, atMs: nowMs, span: null }),
  };
  const next =
    more === null ? raised : wantRead(raised, nowMs + state.policy.settleMs, seen.eventId);
  const change = move({ state: withPlace(state, next), entries: [] }, next, {
    delta: units,
    cause: 'level',
    source: seen.source,
    eventId: seen.eventId,
    atMs: nowMs,
    note: `The level rose by ${units} to ${believed}, seen twice.`,
  });
  const settled = expireAwaited(change.state, next, seen, nowMs);
  return { state: settled.state, entries: [...change.entries, ...settled.entries] };
}

/** Small steps from one ledger state to the next, shared by the commands. */
import { RETRY_BASE_MS, RETRY_CAP_MS } from '../../limits.ts';
import { isRetryable, type Failure } from '../failure.ts';
import type { EventId, PlaceKey } from '../ids.ts';
import { isInSeveral, poolOfSale, spreadOf, takeDrawn, withDraws } from './several.ts';
import type { Change, Entry, EntryCause, LedgerState, PlaceState } from './state.ts';

/** The place's state, or undefined when the ledger has no such place. */
export function findPlace(state: LedgerState, place: PlaceKey): PlaceState | undefined {
  return state.places.find((candidate) => candidate.place === place);
}

export function withPlace(state: LedgerState, next: PlaceState): LedgerState {
  return {
    ...state,
    places: state.places.map((place) => (place.place === next.place ? next : place)),
  };
}

export interface Movement {
  readonly delta: number;
  readonly cause: EntryCause;
  readonly source: string;
  readonly eventId: EventId;
  readonly atMs: number;
  readonly happenedAtMs?: number | null;
  readonly receivedAtMs?: number | null;
  readonly note: string;
}

/** At a register in several pools (S10). */
export interface PoolChoice {
  /** The pool that it counts in; left out: a rise in the first, a fall in the fullest. */
  readonly at?: number;
  /** Nobody's so far: a sale may claim it and move it to its pool. */
  readonly isUnclaimed?: boolean;
}

/**
 * Moves the count of the place's pool and appends the line that says why: the only way on hand changes (S1).
 */
export function move(
  change: Change,
  place: PlaceState,
  movement: Movement,
  choice: PoolChoice = {},
): Change {
  if (!isInSeveral(place)) return moveAt(change, place.locationId, movement, place.place);
  const spread =
    choice.at === undefined
      ? spreadOf(change.state, place, movement.delta)
      : [{ locationId: poolOfSale(place, choice.at), delta: movement.delta }];
  const moved = spread.reduce(
    (sofar, { locationId, delta }) =>
      moveAt(sofar, locationId, { ...movement, delta }, place.place),
    change,
  );
  if (choice.isUnclaimed !== true) return moved;
  return { ...moved, state: withDraws(moved.state, place.place, spread, movement.atMs) };
}

/**
 * A sale of the pool `at` claims units whose fall was taken from pools by rule: they move to its pool, in two lines each
 * that add up to 0 (S10).
 */
export function claimDrawn(
  change: Change,
  place: PlaceState,
  movement: Movement,
  units: number,
  at: number | undefined,
): Change {
  if (!isInSeveral(place)) return change;
  const to = poolOfSale(place, at);
  const { state, taken } = takeDrawn(change.state, place.place, units, to);
  const elsewhere = taken.filter(({ locationId }) => locationId !== to);
  return elsewhere.reduce(
    (sofar, draw) => {
      const from = draw.locationId;
      const common = { ...movement, cause: 'moved' } as const;
      const back = `The ${draw.units} had been taken here by rule; location ${to} sold them.`;
      const owed = `Location ${to} sold ${draw.units} that had been taken from location ${from} by rule.`;
      const given = moveAt(sofar, from, { ...common, delta: draw.units, note: back }, place.place);
      return moveAt(given, to, { ...common, delta: -draw.units, note: owed }, place.place);
    },
    { ...change, state },
  );
}

/** Units of a sale in the pool `at` were counted twice: what was taken by rule for them goes back, the rest to the first. */
export function undoDrawn(
  change: Change,
  place: PlaceState,
  movement: Movement,
  at: number | undefined,
): Change {
  if (!isInSeveral(place)) return move(change, place, movement);
  const { state, taken } = takeDrawn(
    change.state,
    place.place,
    movement.delta,
    poolOfSale(place, at),
  );
  const back = taken.reduce(
    (sofar, { locationId, units }) =>
      moveAt(sofar, locationId, { ...movement, delta: units }, place.place),
    { ...change, state },
  );
  const rest = taken.reduce((left, { units }) => left - units, movement.delta);
  return rest === 0 ? back : move(back, place, { ...movement, delta: rest });
}

/** As `move`, for a pool; `place`: where it was seen, if anywhere. */
export function moveAt(
  change: Change,
  locationId: number,
  movement: Movement,
  place: PlaceKey | null = null,
): Change {
  const before = onHandOf(change.state, locationId);
  const after = before + movement.delta;
  const entry: Entry = { ...movement, locationId, place };
  const entries = [...change.entries, entry];
  const pools = change.state.pools.map((pool) =>
    pool.locationId === locationId ? { ...pool, onHand: after } : pool,
  );
  // What moved at a register that holds a part of the pool is its own (S10).
  const part = place === null ? undefined : change.state.parts[place];
  const parts =
    place === null || part === undefined
      ? change.state.parts
      : { ...change.state.parts, [place]: part + movement.delta };
  return { state: { ...change.state, pools, parts }, entries };
}

function onHandOf(state: LedgerState, locationId: number): number {
  return state.pools.find((pool) => pool.locationId === locationId)?.onHand ?? 0;
}

/**
 * Asks for a read that begins at or after `wantedAtMs`; an earlier wish that the same read settles is folded into it.
 * `pokeAtMs`: when the queue is told, later than `wantedAtMs` when a read is under way that may settle it.
 */
export function wantRead(
  place: PlaceState,
  wantedAtMs: number,
  eventId: EventId,
  pokeAtMs: number = wantedAtMs,
): PlaceState {
  const due = place.readDue;
  if (due === null) return { ...place, readDue: { wantedAtMs, pokeAtMs, eventId } };
  return {
    ...place,
    readDue: {
      wantedAtMs: Math.max(due.wantedAtMs, wantedAtMs),
      pokeAtMs: Math.min(due.pokeAtMs, pokeAtMs),
      eventId: due.eventId,
    },
  };
}

/**
 * A read failed: it is due again, later and later the longer it is owed (R3). Where trying again changes nothing (a
 * merchant left), it waits for the longest time; `readsNow` ends the wait when the way is free again.
 */
export function readLater(
  place: PlaceState,
  failure: Failure,
  eventId: EventId,
  nowMs: number,
): PlaceState {
  const wantedAtMs = place.readDue?.wantedAtMs ?? nowMs;
  const owedMs = Math.max(RETRY_BASE_MS, (nowMs - wantedAtMs) / 2);
  const waitMs = isRetryable(failure)
    ? Math.min(RETRY_CAP_MS, Math.max(owedMs, failure.retryAfterMs ?? 0))
    : RETRY_CAP_MS;
  const pokeAtMs = Math.max(wantedAtMs, Math.round(nowMs + waitMs));
  return {
    ...place,
    readDue: { wantedAtMs, pokeAtMs, eventId: place.readDue?.eventId ?? eventId },
  };
}

/** Reads that are due are asked for at once, however long they were to wait. */
export function readsNow(state: LedgerState, nowMs: number): LedgerState {
  const places = state.places.map((place) => {
    const due = place.readDue;
    if (due === null || due.wantedAtMs > nowMs) return place;
    return { ...place, readDue: { ...due, pokeAtMs: Math.min(due.pokeAtMs, nowMs) } };
  });
  return { ...state, places };
}

/** Looks that follow from what a read did not show. */
import type { Observation } from './api.ts';
import { findPlace, wantRead, withPlace } from './change.ts';
import type { LedgerState, PlaceState } from './state.ts';

export function wantReadAt(state: LedgerState, seen: Observation, atMs: number): LedgerState {
  const place = findPlace(state, seen.place);
  return place === undefined ? state : withPlace(state, wantRead(place, atMs, seen.eventId));
}

/** A sale whose fall this read did not show either is looked for once more when its time is up. */
export function lookAgain(state: LedgerState, seen: Observation): LedgerState {
  const place = findPlace(state, seen.place);
  const [first] = place?.awaited ?? [];
  if (place === undefined || first === undefined || place.readDue !== null) return state;
  const { untilMs } = first;
  const isOverdue = untilMs <= seen.readStartedAtMs;
  const atMs = isOverdue ? seen.readStartedAtMs + state.policy.settleMs : untilMs;
  return withPlace(state, wantRead(place, atMs, seen.eventId));
}

/**
 * An event told of a change that this read does not show: the read may have come from a replica that did not have it yet
 * (clover.md 0), or before it was visible. One later look, which no event told of, so that none follows from it.
 */
export function lookOnceMore(
  state: LedgerState,
  before: PlaceState,
  seen: Observation,
): LedgerState {
  const place = findPlace(state, seen.place);
  if (seen.expected === undefined || place === undefined || place.readDue !== null) return state;
  if (seen.readStartedAtMs < before.levelReadAtMs) return state;
  const isNews = place.level !== before.level || place.suspectedRise !== null;
  const { changedAtMs } = seen.expected;
  const isAsNew =
    changedAtMs !== null &&
    seen.platformModifiedMs !== null &&
    seen.platformModifiedMs >= changedAtMs;
  if (isNews || isAsNew) return state;
  return wantReadAt(state, seen, seen.readStartedAtMs + state.policy.settleMs);
}

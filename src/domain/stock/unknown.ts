/** An attempt whose outcome is unknown is never repeated blindly: a read tells (S5). */
import { CLOCK_SKEW_MS } from '../../limits.ts';
import type { Observation } from './api.ts';
import type { EffectClaim, PlaceState } from './state.ts';

/**
 * Decides from a read after the settle time whether a write of unknown outcome was carried out. Level equals the one
 * asked for: it was. Equals the one before: it was not. Anything else: something else moved the level as well, and
 * both readings may fit; then the one that leaves the lower count is taken, and counted as ambiguous.
 */
export function resolveUnknown(place: PlaceState, seen: Observation, nowMs: number): PlaceState {
  const effect = place.effect;
  if (effect?.status !== 'unknown' || effect.claim === null) return place;
  const reading = readOutcome(effect.claim, seen.level);
  const resolved = { ...place, ambiguous: place.ambiguous + (reading.ambiguous ? 1 : 0) };
  if (!reading.applied) {
    const pokeAtMs = Math.max(nowMs, effect.notBeforeMs);
    return { ...resolved, effect: { ...effect, status: 'pending', claim: null, pokeAtMs } };
  }
  return {
    ...resolved,
    ...writtenLevel(place, effect.claim),
    effect: null,
    doubtedUnits: place.doubtedUnits + Math.max(0, -effect.claim.delta),
    lastWrite: {
      before: effect.claim.before,
      after: effect.claim.after,
      startedAtMs: effect.claim.atMs,
      // The settle time is over already: what this read shows is what there is.
      confirmedAtMs: Math.min(effect.claim.atMs, seen.readStartedAtMs - CLOCK_SKEW_MS - 1),
      streak: 1,
    },
  };
}

/** The believed level, and a rise still doubted, after a write by `claim.delta` was carried out. */
export function writtenLevel(
  place: PlaceState,
  claim: EffectClaim,
): Pick<PlaceState, 'level' | 'suspectedRise'> {
  const rise = place.suspectedRise;
  return {
    level: (place.level ?? 0) + claim.delta,
    suspectedRise:
      rise === null
        ? null
        : { ...rise, level: rise.level + claim.delta, peak: rise.peak + claim.delta },
  };
}

interface Reading {
  readonly applied: boolean;
  readonly ambiguous: boolean;
}

function readOutcome(claim: EffectClaim, level: number | null): Reading {
  if (level === null) return { applied: false, ambiguous: false };
  if (level === claim.after) return { applied: true, ambiguous: false };
  const before = claim.before ?? 0;
  if (level === before) return { applied: false, ambiguous: false };
  const moved = { ifApplied: level - claim.after, ifNot: level - before };
  if (moved.ifApplied < 0 && moved.ifNot < 0) {
    // Both leave a fall to explain: the larger fall leaves the lower count.
    return { applied: moved.ifApplied < moved.ifNot, ambiguous: true };
  }
  if (moved.ifApplied < 0) return { applied: true, ambiguous: true };
  if (moved.ifNot < 0) return { applied: false, ambiguous: true };
  return { applied: moved.ifApplied < moved.ifNot, ambiguous: true };
}

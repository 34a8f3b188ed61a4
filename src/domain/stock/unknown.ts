/** An attempt whose outcome is unknown is never repeated blindly: a read tells, and sales that surface later (S5). */
import { CLOCK_SKEW_MS, DOUBTS_MAX, SALE_CLOCK_DOUBT_MS, WINDOW_MEMORY_MS } from '../../limits.ts';
import type { EventId } from '../ids.ts';
import type { Observation } from './api.ts';
import { move, withPlace } from './change.ts';
import type { Change, Doubt, Effect, EffectClaim, PlaceState, Span } from './state.ts';
import { withWindow } from './windows.ts';

/**
 * Decides from a read after the settle time whether a write of unknown outcome was carried out: the reading that leaves
 * nothing unexplained once the sales known by now are taken off. If neither does, the one that leaves the lower count
 * is taken and counted as ambiguous; sales that come to light later settle or turn it (`explainDoubts`).
 */
export function resolveUnknown(place: PlaceState, seen: Observation, nowMs: number): PlaceState {
  const effect = place.effect;
  if (effect?.status !== 'unknown' || effect.claim === null) return place;
  const { claim } = effect;
  // The row is the one from before the write, by the platform's own clock: nothing at all has happened to it.
  const isUntouched =
    seen.platformModifiedMs !== null && seen.platformModifiedMs === place.platformModifiedMs;
  if (seen.level === null || isUntouched) return notApplied(place, effect, nowMs);
  const residuals = residualsOf(place, claim, seen.level);
  const applied = wasApplied(residuals, claim.delta);
  const [residual, otherResidual] = applied
    ? [residuals.ifApplied, residuals.ifNot]
    : [residuals.ifNot, residuals.ifApplied];
  const doubt: Doubt = {
    decidedAtMs: nowMs,
    sinceMs: place.levelReadAtMs,
    untilMs: seen.readStartedAtMs,
    delta: claim.delta,
    applied,
    residual,
    otherResidual,
  };
  const doubted = withWindow(
    {
      ...place,
      ambiguous: place.ambiguous + (residual === 0 ? 0 : 1),
      doubts: rememberDoubt(place.doubts, doubt, nowMs),
    },
    seen.platformModifiedMs,
    nowMs,
  );
  return applied ? asApplied(doubted, claim, seen) : notApplied(doubted, effect, nowMs);
}

function rememberDoubt(doubts: readonly Doubt[], doubt: Doubt, nowMs: number): readonly Doubt[] {
  const recent = doubts.filter(({ decidedAtMs }) => nowMs - decidedAtMs < WINDOW_MEMORY_MS);
  return [...recent, doubt].slice(-DOUBTS_MAX);
}

interface Residuals {
  readonly ifApplied: number;
  readonly ifNot: number;
}

/** What the read shows beyond the write and the sales that are known and were still to fall. */
function residualsOf(place: PlaceState, claim: EffectClaim, level: number): Residuals {
  const known = place.awaited.reduce((sum, { units }) => sum + units, 0);
  const before = place.level ?? 0;
  const shownIfApplied = level - before - claim.delta;
  // A register's write swallows the sales before it and shows those after it: any part of them may have fallen.
  const fallen =
    place.address.platform === 'clover' ? Math.min(known, Math.max(0, -shownIfApplied)) : known;
  return { ifApplied: shownIfApplied + fallen, ifNot: level - before + known };
}

function wasApplied({ ifApplied, ifNot }: Residuals, delta: number): boolean {
  if (ifApplied === 0) return true;
  if (ifNot === 0) return false;
  // The lower count: a raise that took place leaves more to explain by sales, and so does a fall that did not.
  return delta > 0;
}

function notApplied(place: PlaceState, effect: Effect, nowMs: number): PlaceState {
  const pokeAtMs = Math.max(nowMs, effect.notBeforeMs);
  return { ...place, effect: { ...effect, status: 'pending', claim: null, pokeAtMs } };
}

function asApplied(place: PlaceState, claim: EffectClaim, seen: Observation): PlaceState {
  return {
    ...place,
    ...writtenLevel(place, claim),
    effect: null,
    lastWrite: {
      before: claim.before,
      after: claim.after,
      startedAtMs: claim.atMs,
      // The settle time is over already: what this read shows is what there is.
      confirmedAtMs: Math.min(claim.atMs, seen.readStartedAtMs - CLOCK_SKEW_MS - 1),
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

/** A sale that came to light, and what is known of when it moved the level. */
export interface LateSale {
  readonly units: number;
  readonly span: Span | null;
  readonly orderId: string;
  readonly eventId: EventId;
  /** When the deciding read took its fall for unexplained; null: it never showed a fall. */
  readonly fallSeenAtMs: number | null;
}

/**
 * Weighs remembered decisions again with one more sale: if only the other way round explains what the read showed, the
 * decision is turned, with an entry that says so. At most one decision takes the sale.
 */
export function explainDoubts(
  change: Change,
  place: PlaceState,
  sale: LateSale,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  const doubt = place.doubts.find((candidate) => mayConcern(candidate, sale));
  if (doubt === undefined) return { change, place };
  const kept = doubt.residual + sale.units;
  const turned = doubt.otherResidual + sale.units;
  const isTurned = kept !== 0 && turned === 0;
  // It stays on the list: one more sale may turn it back.
  const weighed: Doubt = isTurned
    ? { ...doubt, applied: !doubt.applied, residual: turned, otherResidual: kept }
    : { ...doubt, residual: kept, otherResidual: turned };
  const openBefore = doubt.residual === 0 ? 0 : 1;
  const openAfter = weighed.residual === 0 ? 0 : 1;
  const next: PlaceState = {
    ...place,
    ambiguous: place.ambiguous + openAfter - openBefore,
    doubts: place.doubts.map((each) => (each === doubt ? weighed : each)),
    // Decided the other way the read leaves nothing unexplained.
    unexplained: isTurned
      ? place.unexplained.filter(({ atMs }) => atMs !== doubt.decidedAtMs)
      : place.unexplained,
  };
  const stored = { ...change, state: withPlace(change.state, next) };
  if (!isTurned) return { change: stored, place: next };
  const delta = doubt.applied ? doubt.delta : -doubt.delta;
  const was = doubt.applied ? 'was not carried out after all' : 'had been carried out after all';
  const corrected = move(stored, next, {
    delta,
    cause: 'sale',
    source: `order:${sale.orderId}`,
    eventId: sale.eventId,
    atMs: nowMs,
    note: `Order ${sale.orderId} shows that an unanswered write of ${doubt.delta} ${was}.`,
  });
  return { change: corrected, place: next };
}

/**
 * A sale that showed a fall concerns the decision made from that very read; one that never did concerns any decision of
 * about its time.
 */
function mayConcern(doubt: Doubt, sale: LateSale): boolean {
  if (sale.fallSeenAtMs !== null) {
    return doubt.decidedAtMs === sale.fallSeenAtMs && doubt.residual !== 0;
  }
  if (sale.span === null) return true;
  return (
    sale.span.toMs > doubt.sinceMs - SALE_CLOCK_DOUBT_MS &&
    sale.span.fromMs < doubt.untilMs + SALE_CLOCK_DOUBT_MS
  );
}

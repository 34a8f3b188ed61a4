/** An attempt whose outcome is unknown is never repeated blindly: a read tells, and sales that surface later (S5). */
import { CLOCK_SKEW_MS, DOUBTS_MAX, WEB_CLOCK_DOUBT_MS, WINDOW_MEMORY_MS } from '../../limits.ts';
import type { EventId } from '../ids.ts';
import type { Observation } from './api.ts';
import { move, withPlace } from './change.ts';
import { takeFromSpare } from './falls.ts';
import type { AwaitedFall, Change, Doubt, Effect, EffectClaim, PlaceState, Span } from './state.ts';
import { mayMeet, surelyReadAtMs, withWindow } from './windows.ts';

/**
 * Decides from a read after the settle time whether a write of unknown outcome was carried out: the reading that leaves
 * nothing unexplained once the sales known by now are taken off. If neither does, the one that leaves the lower count
 * is taken and counted as ambiguous; sales that come to light later settle or turn it (`explainDoubts`).
 */
export function resolveUnknown(
  place: PlaceState,
  seen: Observation,
  settleMs: number,
  nowMs: number,
): PlaceState {
  const effect = place.effect;
  if (effect?.status !== 'unknown' || effect.claim === null) return place;
  const { claim } = effect;
  // The row is the one from before the write, by the platform's own clock: nothing at all has happened to it.
  const isUntouched =
    seen.platformModifiedMs !== null && seen.platformModifiedMs === place.platformModifiedMs;
  if (seen.level === null || isUntouched) return notApplied(place, effect, nowMs);
  const unseen = unseenBefore(place, seen.platformModifiedMs, settleMs);
  const residuals = fittingResiduals(place, claim, seen.level, unseen);
  const applied = wasApplied(residuals, claim.delta);
  const [residual, otherResidual] = applied
    ? [residuals.ifApplied, residuals.ifNot]
    : [residuals.ifNot, residuals.ifApplied];
  const doubt: Doubt = {
    decidedAtMs: nowMs,
    sinceMs: believedReadMs(place),
    untilMs: seen.readStartedAtMs,
    delta: claim.delta,
    applied,
    residual,
    otherResidual,
  };
  const doubted = withWindow(
    {
      ...place,
      awaited: place.awaited.filter((fall) => fall.counted || unseen.includes(fall)),
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

/**
 * A register's write starts from what was just read there. The web's starts from what is believed, and a rise that is
 * still doubted may have been there all the same.
 */
function fittingResiduals(
  place: PlaceState,
  claim: EffectClaim,
  level: number,
  awaited: readonly AwaitedFall[],
): Residuals {
  const from = (before: number): Residuals => residualsOf(place, claim, level, awaited, before);
  if (place.address.platform === 'clover') return from(claim.before ?? 0);
  const believed = from(place.level ?? 0);
  const fits = believed.ifApplied === 0 || believed.ifNot === 0;
  return fits || place.suspectedRise === null ? believed : from(place.suspectedRise.level);
}

/** What the read shows beyond the write and the sales that may have fallen since the last read. */
function residualsOf(
  place: PlaceState,
  claim: EffectClaim,
  level: number,
  awaited: readonly AwaitedFall[],
  before: number,
): Residuals {
  const known = awaited.reduce((sum, { units }) => sum + units, 0);
  const shownIfApplied = level - before - claim.delta;
  // A register's write swallows the sales before it and shows those after it: any part of them may have fallen.
  const fallen =
    place.address.platform === 'clover' ? Math.min(known, Math.max(0, -shownIfApplied)) : known;
  return { ifApplied: shownIfApplied + fallen, ifNot: level - before + known };
}

/** When the read behind the believed level began: a rise that is still doubted was read later. */
function believedReadMs(place: PlaceState): number {
  return place.suspectedRise?.believedReadMs ?? place.levelReadAtMs;
}

/**
 * The awaited falls that the last read cannot have shown. At a register the row's own time tells; the web shows a sale
 * within half the settle time, so one told that long before the read was in it.
 */
function unseenBefore(
  place: PlaceState,
  seenRowMs: number | null,
  settleMs: number,
): readonly AwaitedFall[] {
  const { platformModifiedMs: rowMs } = place;
  if (place.address.platform === 'bigcommerce') {
    const readAtMs = believedReadMs(place);
    // A read that may not have shown our write yet may have shown a sale in its place: it tells of neither.
    if (surelyReadAtMs(place, settleMs) < readAtMs) return place.awaited;
    return place.awaited.filter(({ toldAtMs }) => toldAtMs + settleMs / 2 > readAtMs);
  }
  const since = rowMs === null || seenRowMs === null ? null : { fromMs: rowMs, toMs: seenRowMs };
  return place.awaited.filter(({ span }) => mayMeet(span, since));
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
      surelyReadAtMs: seen.readStartedAtMs,
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
  return doubt === undefined ? { change, place } : weigh(change, place, doubt, sale, nowMs);
}

function weigh(
  change: Change,
  place: PlaceState,
  doubt: Doubt,
  sale: Omit<LateSale, 'span' | 'fallSeenAtMs'>,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
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
 * Weighs a web sale that never showed a fall. If it turns no decision itself, a fall of its time may have gone to a sale
 * that would: that one is the sale without a fall then, and the two falls are put right.
 */
export function explainUnseen(
  change: Change,
  place: PlaceState,
  sale: Omit<LateSale, 'fallSeenAtMs'>,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  const late = { ...sale, fallSeenAtMs: null };
  if (wouldTurn(place, { ...sale, counted: false })) {
    return explainDoubts(change, place, late, nowMs);
  }
  for (const doubt of place.doubts) {
    const units = -doubt.otherResidual;
    const isTurned = units > 0 && units <= sale.units && doubt.residual + units !== 0;
    if (!isTurned) continue;
    const freed = takeFromSpare(place, units, sale.span, (holder) =>
      mayConcern(doubt, { span: holder, fallSeenAtMs: null }),
    );
    if (freed === null) continue;
    const weighed = weigh(change, freed, doubt, { ...sale, units }, nowMs);
    const rest = { ...sale, units: sale.units - units };
    return rest.units === 0 ? weighed : explainUnseen(weighed.change, weighed.place, rest, nowMs);
  }
  return explainDoubts(change, place, late, nowMs);
}

/** Whether a web sale would turn a decision if it never showed a fall: other falls are not to be taken for its own. */
export function wouldTurn(
  place: PlaceState,
  { counted, units, span }: Pick<AwaitedFall, 'counted' | 'units' | 'span'>,
): boolean {
  if (counted) return false;
  const late = { units, span, fallSeenAtMs: null };
  return place.doubts.some(
    (doubt) => mayConcern(doubt, late) && doubt.residual === 0 && doubt.otherResidual + units === 0,
  );
}

/**
 * A sale that showed a fall concerns the decision made from that very read; one that never did concerns any decision of
 * about its time.
 */
function mayConcern(doubt: Doubt, sale: Pick<LateSale, 'span' | 'fallSeenAtMs'>): boolean {
  if (sale.fallSeenAtMs !== null) {
    return doubt.decidedAtMs === sale.fallSeenAtMs && doubt.residual !== 0;
  }
  const fromMs = doubt.sinceMs - WEB_CLOCK_DOUBT_MS;
  return mayMeet(sale.span, { fromMs, toMs: doubt.untilMs + WEB_CLOCK_DOUBT_MS });
}

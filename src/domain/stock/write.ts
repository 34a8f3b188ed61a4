/** Claim, act, confirm: one write per place in flight, and what each outcome leads to (S4, S5). */
import {
  CLAIM_LEASE_MS,
  CLOCK_SKEW_MS,
  EFFECT_ATTEMPTS_MAX,
  WRITE_STREAK_MS,
} from '../../limits.ts';
import { refusedBackoffMs, retryDelayMs } from '../backoff.ts';
import { FAILURES, isStructural, type Failure } from '../failure.ts';
import type { EffectId, EventId } from '../ids.ts';
import { unreachable } from '../result.ts';
import type { Observation, WriteInstruction, WriteOutcome } from './api.ts';
import { wantRead, withPlace } from './change.ts';
import { observe } from './observe.ts';
import { readdress, skipFor } from './places.ts';
import type { Change, Effect, EffectClaim, LedgerState, PlaceState } from './state.ts';
import { targetOf, wantedDelta } from './targets.ts';
import { writtenLevel } from './unknown.ts';
import { surelyReadAtMs, withWindow } from './windows.ts';

export type Claim =
  | { readonly claim: 'write'; readonly instruction: WriteInstruction }
  | { readonly claim: 'read_first'; readonly place: PlaceState }
  | { readonly claim: 'none'; readonly reason: string };

/** The claim that is refused with this reason has parked its write. */
export const OUT_OF_ATTEMPTS = 'out of attempts';

export interface Claimed extends Change {
  readonly reply: Claim;
}

/**
 * Hands a pending write out, once. Clover has absolute writes only: there the level is read first, what changed is
 * folded in, and the wanted change is added to what was read, so that a sale or a restock nobody told us of survives.
 */
export function claim(
  state: LedgerState,
  effectId: EffectId,
  observation: Observation | null,
  nowMs: number,
): Claimed {
  const found = state.places.find((place) => place.effect?.effectId === effectId);
  const effect = found?.effect;
  if (found === undefined || effect === null || effect === undefined) {
    return none({ state, entries: [] }, 'superseded');
  }
  if (effect.status !== 'pending') return none({ state, entries: [] }, effect.status);
  if (effect.notBeforeMs > nowMs) return none({ state, entries: [] }, 'too early');
  if (effect.attempts >= EFFECT_ATTEMPTS_MAX) {
    const parked = parkIfSpent({ ...found, effect }, effect);
    return none({ state: withPlace(state, parked), entries: [] }, OUT_OF_ATTEMPTS);
  }
  if (found.address.platform === 'bigcommerce') {
    return grant({ state, entries: [] }, found, effect, found.level, nowMs);
  }
  if (observation === null) {
    return { state, entries: [], reply: { claim: 'read_first', place: found } };
  }
  const observed = observe(state, observation, nowMs);
  if (observed.verdict !== 'taken') {
    const later = { ...effect, notBeforeMs: nowMs + state.policy.settleMs };
    const waiting = { ...found, effect: { ...later, pokeAtMs: later.notBeforeMs } };
    return none({ ...observed, state: withPlace(observed.state, waiting) }, observed.verdict);
  }
  const place = observed.state.places.find((candidate) => candidate.place === found.place) ?? found;
  return grant(observed, place, effect, observation.level, nowMs);
}

function none(change: Change, reason: string): Claimed {
  return { state: change.state, entries: change.entries, reply: { claim: 'none', reason } };
}

/** `shown`: the level that the write starts from; null when the place was never counted. */
function grant(
  change: Change,
  place: PlaceState,
  effect: Effect,
  shown: number | null,
  nowMs: number,
): Claimed {
  const delta = shown === null ? targetOf(change.state, place) : wantedDelta(change.state, place);
  if (shown !== null && delta === 0) {
    return none(
      { ...change, state: withPlace(change.state, { ...place, effect: null }) },
      'at target',
    );
  }
  const { absolute, after } = planWrite(place, shown, Math.max(0, (shown ?? 0) + delta));
  const held: EffectClaim = {
    atMs: nowMs,
    kind: absolute ? 'absolute' : 'relative',
    before: shown,
    after,
    delta: after - (shown ?? 0),
  };
  const claimed: Effect = {
    ...effect,
    status: 'claimed',
    attempts: effect.attempts + 1,
    claim: held,
    pokeAtMs: nowMs + CLAIM_LEASE_MS,
  };
  return {
    state: withPlace(change.state, { ...place, effect: claimed }),
    entries: change.entries,
    reply: {
      claim: 'write',
      instruction: {
        kind: held.kind,
        effectId: effect.effectId,
        eventId: effect.eventId,
        sku: change.state.sku,
        place: place.place,
        address: place.address,
        quantity: absolute ? after : held.delta,
        attempt: claimed.attempts,
      },
    },
  };
}

/**
 * How a place gets from what it shows to a level. Clover and a first count: absolute. BigCommerce refuses a relative
 * write below its safety stock (bigcommerce.md 6.3), so such a fall takes two: down to the safety stock, where shoppers
 * can buy nothing any more, and then, with no sale left to overwrite, absolute.
 */
function planWrite(
  place: PlaceState,
  shown: number | null,
  wanted: number,
): { readonly absolute: boolean; readonly after: number } {
  if (place.address.platform === 'clover' || shown === null) {
    return { absolute: true, after: wanted };
  }
  const isBelow = wanted < shown && wanted < place.safetyStock;
  if (!isBelow) return { absolute: false, after: wanted };
  if (shown > place.safetyStock) return { absolute: false, after: place.safetyStock };
  return { absolute: true, after: wanted };
}

/**
 * Takes the outcome of a claimed write in. A repeat, or an outcome that comes after a read already told, changes
 * nothing. `jitter` is uniform in [0, 1) and spreads the next try (full jitter, R3).
 */
export function confirm(
  state: LedgerState,
  effectId: EffectId,
  outcome: WriteOutcome,
  nowMs: number,
  jitter: number,
): Change {
  const found = state.places.find((candidate) => candidate.effect?.effectId === effectId);
  const effect = found?.effect;
  if (found === undefined || !effect?.claim) return { state, entries: [] };
  const place = lookSoon(found, nowMs);
  switch (outcome.result) {
    case 'applied':
      return applied(state, place, effect, effect.claim, outcome, nowMs);
    case 'refused':
      return refused(state, place, effect, outcome, nowMs, jitter);
    case 'unknown':
      return {
        state: withPlace(state, unanswered(state, place, effect, outcome, nowMs, jitter)),
        entries: [],
      };
    default:
      return unreachable(outcome);
  }
}

/** A read that waited for this write's end need not wait for the end of its claim. */
function lookSoon(place: PlaceState, nowMs: number): PlaceState {
  const due = place.readDue;
  if (due === null) return place;
  const pokeAtMs = Math.min(due.pokeAtMs, Math.max(nowMs, due.wantedAtMs));
  return { ...place, readDue: { ...due, pokeAtMs } };
}

/** The first time the read alone decides when to go on; a platform that keeps failing is left alone longer (R3). */
function unanswered(
  state: LedgerState,
  place: PlaceState,
  effect: Effect,
  outcome: Extract<WriteOutcome, { result: 'unknown' }>,
  nowMs: number,
  jitter: number,
): PlaceState {
  const waitMs = effect.attempts < 2 ? 0 : refusedBackoffMs(effect.attempts, jitter);
  const waiting = { ...effect, notBeforeMs: nowMs + waitMs };
  return unknown(state, place, waiting, outcome.failure.message, nowMs);
}

/**
 * The level that a write starts from could not be read: a try like any other, so that it ends as one (R3). Only a
 * pending write is concerned; a repeat finds it waiting for its next try.
 */
export function claimFailed(
  state: LedgerState,
  effectId: EffectId,
  failure: Failure,
  nowMs: number,
  jitter: number,
): LedgerState {
  const place = state.places.find((candidate) => candidate.effect?.effectId === effectId);
  const effect = place?.effect;
  if (place === undefined || effect?.status !== 'pending' || effect.notBeforeMs > nowMs) {
    return state;
  }
  const tried = { ...effect, attempts: effect.attempts + 1 };
  return refused(state, place, tried, { failure }, nowMs, jitter).state;
}

function streakOf(place: PlaceState, startedAtMs: number): number {
  const last = place.lastWrite;
  if (last === null || startedAtMs - last.startedAtMs > WRITE_STREAK_MS) return 1;
  return last.streak + 1;
}

function applied(
  state: LedgerState,
  place: PlaceState,
  effect: Effect,
  held: EffectClaim,
  outcome: Extract<WriteOutcome, { result: 'applied' }>,
  nowMs: number,
): Change {
  const written: PlaceState = {
    ...withWindow(place, outcome.platformModifiedMs, nowMs),
    ...writtenLevel(place, held),
    effect: null,
    levelKnownAtMs: nowMs,
    platformModifiedMs: outcome.platformModifiedMs ?? place.platformModifiedMs,
    lastWrite: {
      before: held.before,
      after: held.after,
      startedAtMs: outcome.startedAtMs,
      confirmedAtMs: nowMs,
      streak: streakOf(place, outcome.startedAtMs),
      surelyReadAtMs: surelyReadAtMs(place, state.policy.settleMs),
    },
  };
  if (place.address.platform === 'bigcommerce') {
    // Its webhooks of our own write come next, and one of them may be somebody else's (wake.ts): one look for them all,
    // asked for here, because asking when they come would cost a row each time.
    const lookAtMs = nowMs + state.policy.settleMs + 2 * CLOCK_SKEW_MS;
    return { state: withPlace(state, wantRead(written, lookAtMs, effect.eventId)), entries: [] };
  }
  if (outcome.level === null || outcome.level === held.after) {
    return { state: withPlace(state, written), entries: [] };
  }
  // The answer is current and shows something else than what we wrote: somebody sold in between. Look at once.
  const again = wantRead(written, nowMs + 2 * CLOCK_SKEW_MS, effect.eventId);
  return { state: withPlace(state, again), entries: [] };
}

/** Marks a write whose outcome nobody knows: a read after the settle time decides (S5). */
function unknown(
  state: LedgerState,
  place: PlaceState,
  effect: Effect,
  reason: string,
  nowMs: number,
): PlaceState {
  const next: Effect = {
    ...effect,
    status: 'unknown',
    lastFailure: reason,
    claim: effect.claim === null ? null : { ...effect.claim, atMs: nowMs },
  };
  return wantRead({ ...place, effect: next }, nowMs + state.policy.settleMs, effect.eventId);
}

/** Certainly not carried out: the table of failures says whether to try again, look again, skip or park. */
function refused(
  state: LedgerState,
  place: PlaceState,
  effect: Effect,
  { failure, address }: Pick<Extract<WriteOutcome, { result: 'refused' }>, 'failure' | 'address'>,
  nowMs: number,
  jitter: number,
): Change {
  const next = { ...effect, status: 'pending' as const, claim: null, lastFailure: failure.message };
  if (isStructural(failure)) {
    const gone = skipFor({ ...place, effect: null }, failure);
    return { state: withPlace(state, gone), entries: [] };
  }
  if (address !== undefined) {
    const waiting = parkIfSpent({ ...place, effect: retryAt(next, nowMs) }, next);
    return readdress(state, waiting, address, effect.eventId, nowMs);
  }
  if (failure.code === 'baseline_required') {
    // 422 until the first absolute adjustment (bigcommerce.md 6.4): the place was never counted after all.
    const uncounted = { ...place, level: null, effect: retryAt(next, nowMs) };
    return { state: withPlace(state, parkIfSpent(uncounted, next)), entries: [] };
  }
  if (FAILURES[failure.code].retry === 'never') {
    const parked = { ...place, effect: { ...next, status: 'parked' as const } };
    return { state: withPlace(state, parked), entries: [] };
  }
  const waitMs = refusedWaitMs(effect.attempts, failure.retryAfterMs ?? 0, jitter);
  const waiting = parkIfSpent({ ...place, effect: retryAt(next, nowMs + waitMs) }, next);
  const looked =
    failure.code === 'stock_insufficient' ? wantRead(waiting, nowMs, effect.eventId) : waiting;
  return { state: withPlace(state, looked), entries: [] };
}

function retryAt(effect: Effect, atMs: number): Effect {
  return { ...effect, notBeforeMs: atMs, pokeAtMs: atMs };
}

function parkIfSpent(place: PlaceState, effect: Effect): PlaceState {
  if (effect.attempts < EFFECT_ATTEMPTS_MAX) return place;
  return { ...place, effect: { ...effect, status: 'parked' } };
}

/** Tries after which a platform that names its wait each time, and refuses again, is left alone longer. */
const ASKED_WAITS_MAX = 3;

/** A platform that says when it can go on is taken at its word a few times: a rate window is short (R3). */
function refusedWaitMs(attempts: number, askedMs: number, jitter: number): number {
  if (askedMs > 0 && attempts <= ASKED_WAITS_MAX) return retryDelayMs(attempts, jitter, askedMs);
  return Math.max(askedMs, refusedBackoffMs(attempts, jitter));
}

/** Gives a parked write a fresh set of attempts; anything else stays as it is. */
export function unpark(state: LedgerState, effectId: EffectId | null, nowMs: number): LedgerState {
  const places = state.places.map((place) => {
    const effect = place.effect;
    if (effect?.status !== 'parked') return place;
    if (effectId !== null && effect.effectId !== effectId) return place;
    const fresh = { ...effect, status: 'pending' as const, attempts: 0, claim: null };
    return { ...place, effect: retryAt(fresh, nowMs) };
  });
  return { ...state, places };
}

/** Claims that nobody confirmed in time become unknown outcomes. */
export function expireClaims(state: LedgerState, nowMs: number): LedgerState {
  const places = state.places.map((place) => {
    const effect = place.effect;
    if (effect?.status !== 'claimed' || effect.claim === null) return place;
    if (effect.claim.atMs + CLAIM_LEASE_MS > nowMs) return place;
    return unknown(
      state,
      place,
      effect,
      'The worker that made this write never reported back.',
      nowMs,
    );
  });
  return { ...state, places };
}

/** The first free id for the next write of this ledger. */
export function nextEffectId(state: LedgerState): EffectId {
  return `${state.linkId}-${state.effectCount + 1}` as EffectId;
}

export function pendingEffect(
  effectId: EffectId,
  eventId: EventId,
  nowMs: number,
  notBeforeMs: number,
): Effect {
  return {
    effectId,
    eventId,
    decidedAtMs: nowMs,
    notBeforeMs,
    pokeAtMs: notBeforeMs,
    attempts: 0,
    status: 'pending',
    claim: null,
    lastFailure: null,
  };
}

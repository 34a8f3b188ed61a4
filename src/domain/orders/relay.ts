/**
 * The state of one order on its way to the other side, and how it moves (O3, O4, O5). Whoever wants the order looked at
 * asks; one worker at a time claims it, reads the order, stores what it means to do before doing it, does it, and says
 * how it ended. What was asked for meanwhile is one more look afterwards, however many asked: changes travel in order
 * and once. A worker that died leaves a claim that runs out, and everything it needs to be taken over.
 */
import { POKE_LOST_AFTER_MS } from '../../limits.ts';
import { retryDelayMs } from '../backoff.ts';
import { isRetryable, type Failure } from '../failure.ts';
import { unreachable } from '../result.ts';
import type { Parking, PushPlan } from './push-plan.ts';
import type { InStoreState } from './sale-state.ts';

/** A worker holds an order this long after its last word: longer than any call of it can still be under way. */
export const PUSH_LEASE_MS = 45_000;
/** Tries of one look before it waits for a person. */
const ATTEMPTS_MAX = 8;
const STORY_MAX = 100;

export interface StoryLine {
  readonly atMs: number;
  readonly eventId: string;
  /** What happened, one plain sentence. */
  readonly what: string;
}

/** `new`: nothing at a register. `pushed`: there and as it should be. `attention`: there, but a person has to act. */
export type RelayPhase = 'new' | 'pushed' | 'parked' | 'attention' | 'removed';

interface Claim {
  readonly claimId: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface RelayState {
  readonly v: 1;
  readonly phase: RelayPhase;
  /** The register that has it, or is to have it. */
  readonly merchantId: string | null;
  /** What is to be there: stored before anything is sent. */
  readonly plan: PushPlan | null;
  readonly registerOrderId: string | null;
  /** A create was sent under this title and its answer is not known to have come. */
  readonly createSentAtMs: number | null;
  /** Of a sale in store on its way to BigCommerce; left out: a web order, or nothing was planned yet. */
  readonly inStore?: InStoreState;
  readonly parking: Parking | null;
  readonly failure: Failure | null;
  /** Why a person has to act on an order that is there. */
  readonly attention: string | null;
  /** The newest look that was asked for; null: none is due. */
  readonly askedAtMs: number | null;
  /** What the last look saw of the web order: when it was changed, and when the look began. */
  readonly seen: { readonly modifiedAtMs: number; readonly atMs: number } | null;
  readonly eventId: string;
  readonly attempt: number;
  readonly dueAtMs: number | null;
  readonly pokedAtMs: number | null;
  readonly claim: Claim | null;
  readonly story: readonly StoryLine[];
}

export const NEW_RELAY: RelayState = {
  v: 1,
  phase: 'new',
  merchantId: null,
  plan: null,
  registerOrderId: null,
  createSentAtMs: null,
  parking: null,
  failure: null,
  attention: null,
  askedAtMs: null,
  seen: null,
  eventId: '',
  attempt: 0,
  dueAtMs: null,
  pokedAtMs: null,
  claim: null,
  story: [],
};

/** What an ask knows of the order already, so that an order that is none of the register's costs no look. */
export interface Ask {
  readonly atMs: number;
  readonly eventId: string;
  /** It may become a register order as it stands. */
  readonly mayPush: boolean;
  /** When the web order was changed last, epoch milliseconds of whole seconds; null: look in any case. */
  readonly modifiedAtMs: number | null;
  /** Of a sale in store: the merchant that made it. */
  readonly merchantId?: string;
}

/** BigCommerce tells whole seconds: a look this much later has seen all that changed in one. */
const SECOND_AND_SKEW_MS = 2_000;

export function ask(state: RelayState, wanted: Ask, nowMs: number): RelayState {
  const { atMs, eventId, mayPush, modifiedAtMs } = wanted;
  const isSent = state.registerOrderId !== null || state.createSentAtMs !== null;
  const isKnown = isSent || (state.inStore?.orderId ?? null) !== null;
  if (!mayPush && !isKnown && state.phase !== 'parked') return state;
  // A repeated webhook of a change that was dealt with costs no call.
  const { seen } = state;
  const isSeen =
    seen !== null &&
    seen.modifiedAtMs === modifiedAtMs &&
    seen.atMs > seen.modifiedAtMs + SECOND_AND_SKEW_MS;
  if (isSeen && state.askedAtMs === null && state.failure === null) return state;
  // Told twice, or older than the look that is wanted already.
  if (state.askedAtMs !== null && state.askedAtMs >= atMs) return state;
  const merchantId = state.merchantId ?? wanted.merchantId ?? null;
  return { ...state, merchantId, askedAtMs: atMs, eventId, attempt: 0, dueAtMs: nowMs };
}

export type PushClaim =
  | { readonly claim: 'none'; readonly reason: 'nothing_due' | 'held' }
  | { readonly claim: 'push'; readonly claimId: string; readonly state: RelayState };

/** One worker at a time; a claim that ran out is taken over. */
export function claim(
  state: RelayState,
  claimId: string,
  nowMs: number,
): { readonly state: RelayState; readonly reply: PushClaim } {
  if (state.claim !== null && state.claim.untilMs > nowMs) {
    return { state, reply: { claim: 'none', reason: 'held' } };
  }
  if (state.askedAtMs === null || (state.dueAtMs ?? nowMs) > nowMs) {
    return { state, reply: { claim: 'none', reason: 'nothing_due' } };
  }
  const held: RelayState = {
    ...state,
    attempt: state.attempt + 1,
    claim: { claimId, sinceMs: nowMs, untilMs: nowMs + PUSH_LEASE_MS },
    pokedAtMs: null,
  };
  return { state: held, reply: { claim: 'push', claimId, state: held } };
}

/** What a worker has done or is about to do: stored before its next call. */
export interface Progress {
  readonly merchantId?: string;
  readonly plan?: PushPlan;
  readonly registerOrderId?: string | null;
  readonly createSentAtMs?: number | null;
  readonly inStore?: InStoreState;
  readonly seen?: RelayState['seen'];
  readonly story?: string;
}

/** Stores progress and holds the claim for longer. Null: the claim was lost, and the worker must stop here. */
export function progress(
  state: RelayState,
  claimId: string,
  { story, ...changes }: Progress,
  nowMs: number,
): RelayState | null {
  if (state.claim?.claimId !== claimId) return null;
  const next = {
    ...state,
    ...changes,
    claim: { ...state.claim, untilMs: nowMs + PUSH_LEASE_MS },
  };
  return story === undefined ? next : told(next, story, nowMs);
}

export type PushOutcome =
  /** The register shows the plan. */
  | { readonly end: 'pushed'; readonly story: string | null }
  /** Nothing to push, or what was pushed is gone again. */
  | { readonly end: 'idle'; readonly story: string | null }
  | { readonly end: 'removed'; readonly story: string }
  | { readonly end: 'parked'; readonly parking: Parking }
  | { readonly end: 'attention'; readonly reason: string }
  | { readonly end: 'failed'; readonly failure: Failure };

/** How a worker ended. A word without the claim changes nothing: somebody else has taken over. */
export function finish(
  state: RelayState,
  claimId: string,
  outcome: PushOutcome,
  nowMs: number,
  random: number,
): RelayState {
  const { claim: held } = state;
  if (held?.claimId !== claimId) return state;
  const free: RelayState = { ...state, claim: null };
  if (outcome.end === 'failed') return failed(free, outcome.failure, nowMs, random);
  // An event that came after this look began may know more than the look saw.
  const isCovered = (state.askedAtMs ?? 0) <= held.sinceMs;
  const rest: RelayState = {
    ...free,
    askedAtMs: isCovered ? null : free.askedAtMs,
    dueAtMs: isCovered ? null : nowMs,
    attempt: 0,
    failure: null,
    parking: null,
    attention: null,
  };
  switch (outcome.end) {
    case 'pushed':
      return told({ ...rest, phase: 'pushed', createSentAtMs: null }, outcome.story, nowMs);
    case 'idle':
      return told({ ...rest, phase: isThere(rest) ? rest.phase : 'new' }, outcome.story, nowMs);
    case 'removed':
      return told({ ...rest, phase: 'removed', createSentAtMs: null }, outcome.story, nowMs);
    case 'parked':
      return told(
        { ...rest, phase: 'parked', parking: outcome.parking },
        outcome.parking.message,
        nowMs,
      );
    case 'attention': {
      const next: RelayState = { ...rest, phase: 'attention', attention: outcome.reason };
      return told(next, outcome.reason, nowMs);
    }
    default:
      return unreachable(outcome);
  }
}

/** The other side has it. */
const isThere = ({ registerOrderId, inStore }: RelayState): boolean =>
  registerOrderId !== null || (inStore?.orderId ?? null) !== null;

function failed(state: RelayState, failure: Failure, nowMs: number, random: number): RelayState {
  const isOver = !isRetryable(failure) || state.attempt >= ATTEMPTS_MAX;
  const next = { ...state, failure };
  if (!isOver) {
    return { ...next, dueAtMs: nowMs + retryDelayMs(state.attempt, random, failure.retryAfterMs) };
  }
  // What it waited for before is not what it waits for now.
  const over = {
    ...next,
    parking: null,
    attention: null,
    askedAtMs: null,
    dueAtMs: null,
    attempt: 0,
  };
  return told(over, failure.message, nowMs);
}

/** Adds a line to the story, unless it repeats the last one; the oldest are let go. */
function told(state: RelayState, what: string | null, atMs: number): RelayState {
  if (what === null || state.story.at(-1)?.what === what) return state;
  const line = { atMs, eventId: state.eventId, what };
  return { ...state, story: [...state.story.slice(1 - STORY_MAX), line] };
}

/** Whether a worker should be called now; marks it as called. */
export function poke(
  state: RelayState,
  nowMs: number,
): { readonly state: RelayState; readonly isDue: boolean } {
  const isHeld = state.claim !== null && state.claim.untilMs > nowMs;
  const isDue =
    state.askedAtMs !== null &&
    !isHeld &&
    (state.dueAtMs ?? nowMs) <= nowMs &&
    (state.pokedAtMs === null || state.pokedAtMs + POKE_LOST_AFTER_MS <= nowMs);
  return isDue ? { state: { ...state, pokedAtMs: nowMs }, isDue } : { state, isDue };
}

/** When the order must be looked at again by itself; null: not before somebody asks. */
export function nextAlarmAtMs(state: RelayState): number | null {
  if (state.askedAtMs === null) return null;
  // Never the end of a claim that ran out: an alarm for that moment would ring at once, again and again.
  return Math.max(
    state.claim?.untilMs ?? 0,
    state.dueAtMs ?? 0,
    state.pokedAtMs === null ? 0 : state.pokedAtMs + POKE_LOST_AFTER_MS,
  );
}

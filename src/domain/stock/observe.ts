/** Levels move the count (S2, S3): what a level read from a place means for the ledger. */
import { CLAIM_LEASE_MS, CLOCK_SKEW_MS, OUTCOME_PATIENCE_LOOKS } from '../../limits.ts';
import type { Observation } from './api.ts';
import { consume, consumeShown, countedUnits, expireAwaited } from './awaited.ts';
import { payReturns } from './bundles.ts';
import { findPlace, move, wantRead, withPlace } from './change.ts';
import { lookAgain, lookOnceMore, wantReadAt } from './looks.ts';
import { withSeenPush } from './push.ts';
import { riseSeen } from './restock.ts';
import { moveRise } from './returns.ts';
import { awaitedAbove, expirePresumed, presume, withTaken } from './reservations.ts';
import type {
  AwaitedFall,
  Change,
  LedgerState,
  PlaceState,
  Span,
  StockPolicy,
  SuspectedRise,
  UnexplainedFall,
} from './state.ts';
import { resolveUnknown, wouldTurn } from './unknown.ts';
import { partOfSpan, rememberFall, restOfSpan, withExplained, withoutLastChange } from './falls.ts';
import { spanOfChange, withCoveredRow, withMoment } from './windows.ts';

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
    const again = lookOnceMore(rereadOvertaken(state, found, seen), found, seen);
    return { state: again, entries: [], verdict: 'stale' };
  }
  const wait = waitForOutcome(state, found, seen, nowMs);
  if (wait !== null) {
    const next = wantRead(found, nowMs + state.policy.settleMs, seen.eventId, wait.pokeAtMs);
    return { state: withPlace(state, next), entries: [], verdict: 'write_in_flight' };
  }
  const place = resolveUnknown(settleRead(found, seen), seen, state.policy.settleMs, nowMs);
  if (seen.level === null) return takeUncounted(state, place, seen, nowMs);
  const visibleMs = visibleAtMs(state, place);
  const isEarly = seen.readStartedAtMs < visibleMs;
  if (isEarly && isUndecided(place, seen.level)) {
    const next = wantRead(place, visibleMs, seen.eventId);
    return { state: withPlace(state, next), entries: [], verdict: 'not_yet_visible' };
  }
  const from = isEarly ? baseOf(place, seen.level) : (place.level ?? 0);
  // After an unanswered write the new row may be that write's own.
  const rowMs = found.effect?.status === 'unknown' ? null : seen.platformModifiedMs;
  const covered = withCoveredRow(place, rowMs);
  const change = takeLevel(state, place, covered, seen, from, nowMs);
  const isGuess = from !== (place.level ?? 0);
  const looked = isGuess ? wantReadAt(change.state, seen, visibleMs) : change.state;
  const again = lookOnceMore(lookAgain(looked, seen), found, seen);
  const ended = expirePresumed({ ...change, state: again }, seen, nowMs);
  return { ...ended, verdict: 'taken' };
}

/**
 * A read soon after our write: the level from before it is the write not yet visible. The level after it is no proof of
 * the write while a web sale is awaited: the sale may be visible and the write not.
 */
function isUndecided(place: PlaceState, level: number): boolean {
  if (level === place.lastWrite?.before) return true;
  return level === place.level && place.awaited.some(({ counted }) => !counted);
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
  const tellsFromMs = write.confirmedAtMs + 2 * CLOCK_SKEW_MS;
  const wantedAtMs = Math.max(place.readDue?.wantedAtMs ?? 0, tellsFromMs);
  return withPlace(state, wantRead(place, wantedAtMs, seen.eventId, tellsFromMs));
}

/**
 * A read tells nothing while a write of ours is out, nor of a write of unknown outcome before it is surely visible, nor
 * while a sale just told may not be visible: then it could be any of them. When to look again; null: it tells.
 */
function waitForOutcome(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  nowMs: number,
): { readonly pokeAtMs: number } | null {
  const { effect } = place;
  const { settleMs } = state.policy;
  // Its confirmation asks for the read at once; without one the claim ends by itself.
  if (effect?.status === 'claimed') {
    return { pokeAtMs: (effect.claim?.atMs ?? nowMs) + CLAIM_LEASE_MS };
  }
  if (effect?.status !== 'unknown') return null;
  const sinceMs = effect.claim?.atMs ?? nowMs;
  const isFresh = place.awaited.some(({ untilMs }) => untilMs > seen.readStartedAtMs);
  const isSoon = seen.readStartedAtMs < sinceMs + settleMs;
  const isPatient = seen.readStartedAtMs < sinceMs + OUTCOME_PATIENCE_LOOKS * settleMs;
  return isSoon || (isFresh && isPatient) ? { pokeAtMs: nowMs + settleMs } : null;
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
    safetyStock: seen.safetyStock ?? place.safetyStock,
  };
}

/** `covered`: the place as it is when no fall is seen. */
function takeLevel(
  state: LedgerState,
  place: PlaceState,
  covered: PlaceState,
  seen: Observation,
  from: number,
  nowMs: number,
): Change {
  const level = seen.level ?? 0;
  if (level < from) {
    const span = spanOfChange(state, place, seen);
    const fallen = known(place, seen, nowMs);
    return takeFall(state, fallen, seen, { units: from - level, span }, nowMs);
  }
  const fresh = known(covered, seen, nowMs);
  // Awaited falls stay open while a rise is doubted: it may hide them.
  if (level > from) return takeRise(state, place, fresh, seen, nowMs);
  const same = { ...fresh, level: fresh.level ?? level, suspectedRise: null };
  const sold = soldFromRise(state, same, place.suspectedRise, seen, nowMs);
  const expired = expireAwaited(sold.change.state, sold.place, seen, nowMs);
  return { state: expired.state, entries: [...sold.change.entries, ...expired.entries] };
}

/**
 * A doubted rise is gone again and a known sale of that much is without a fall: the units did arrive, and were sold.
 * A sale explains the rise, so that it needs no second look (S3).
 */
function soldFromRise(
  state: LedgerState,
  place: PlaceState,
  rise: SuspectedRise | null,
  seen: Observation,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  const isSure = rise !== null && (!rise.isEarly || place.address.platform === 'clover');
  const units = isSure ? rise.peak - (place.level ?? 0) : 0;
  const sold = consumeShown(place, Math.max(0, units));
  if (sold.taken.length === 0) return { change: { state, entries: [] }, place };
  const next = withTakenFalls({ ...place, awaited: sold.left }, sold.taken);
  let change: Change = { state: withPlace(state, next), entries: [] };
  const counted = countedUnits(sold.taken);
  if (counted > 0) {
    change = move(change, next, {
      delta: counted,
      cause: 'level',
      source: seen.source,
      eventId: seen.eventId,
      atMs: nowMs,
      note: `${counted} arrived and were sold before a second look: the level had risen to ${rise?.peak}.`,
    });
    change = riseSeen(change, next, counted, seen.eventId, nowMs);
  }
  return { change, place: next };
}

/** Sales that get what is left of a fall only: those that would turn a decision, and our own orders (S8). */
function isLast(place: PlaceState, sale: AwaitedFall): boolean {
  return sale.pushKey !== undefined || wouldTurn(place, sale);
}

/** A level that moved: by the row's own time, told by the event that made us read. */
function timesOf(seen: Observation) {
  return { happenedAtMs: seen.platformModifiedMs, receivedAtMs: seen.receivedAtMs ?? null };
}

/** Bad news at once: known sales take their part of the fall, the rest lowers the count unexplained (S2, S3). */
function takeFall(
  state: LedgerState,
  place: PlaceState,
  seen: Observation,
  { units, span }: { readonly units: number; readonly span: Span | null },
  nowMs: number,
): Change {
  const split = consume(place.awaited, units, span, (sale) => isLast(place, sale));
  const level = (place.level ?? 0) - units;
  const learnt = split.taken.reduce(
    (sofar, sale) => withShown(state.policy, sofar, sale, { units: sale.units, atMs: nowMs, span }),
    place,
  );
  const awaited = awaitedAbove(learnt, split.left, level);
  const lowered: PlaceState = { ...learnt, level, awaited, suspectedRise: null };
  const left = split.taken.reduce((rest, sale) => restOfSpan(rest, sale.span), span);
  const { place: presumed, rest } = presume(state, lowered, split.rest, seen, left, nowMs);
  const unexplained = rememberFall(place.unexplained, { units: rest, atMs: nowMs, span: left });
  let change: Change = { state: withPlace(state, { ...presumed, unexplained }), entries: [] };
  const common = { eventId: seen.eventId, atMs: nowMs };
  const times = timesOf(seen);
  for (const fall of split.taken.filter((candidate) => !candidate.counted)) {
    change = move(change, lowered, {
      ...common,
      happenedAtMs: fall.soldAtMs,
      receivedAtMs: fall.receivedAtMs ?? fall.toldAtMs,
      delta: -fall.units,
      cause: 'sale',
      source: `order:${fall.orderId}`,
      note: `Order ${fall.orderId} sold ${fall.units}; the level fell to ${level}.`,
    });
  }
  if (split.rest === 0) {
    const shown = findPlace(change.state, place.place) ?? lowered;
    const sold = soldFromRise(change.state, shown, place.suspectedRise, seen, nowMs);
    return { state: sold.change.state, entries: [...change.entries, ...sold.change.entries] };
  }
  if (rest === 0) return change;
  const movement = {
    ...common,
    ...times,
    delta: -rest,
    cause: 'level',
    source: seen.source,
    note: `The level fell by ${rest} to ${level}.`,
  } as const;
  return move(change, lowered, movement, { isUnclaimed: true });
}

/** The web has taken reserved units, although no fall of their own was seen. */
function withTakenFalls(place: PlaceState, taken: readonly AwaitedFall[]): PlaceState {
  return taken.reduce(
    (sofar, { reservationKey, units }) => withTaken(sofar, reservationKey, units),
    place,
  );
}

/** The fall is this sale's, or our own order's: remembered, and learnt from. */
function withShown(
  policy: StockPolicy,
  place: PlaceState,
  sale: AwaitedFall,
  fall: UnexplainedFall,
): PlaceState {
  if (sale.pushKey !== undefined) return withSeenPush(policy, place, sale, fall);
  const part = { ...fall, span: partOfSpan(fall.span, sale.span) };
  const shown = withExplained(withMoment(place, fall.span, sale), [part], sale.span);
  return withTaken(shown, sale.reservationKey, fall.units);
}

/**
 * Good news after a second look: believed when a read after the settle time still shows it (S3). What was sold out of
 * it between the two looks is part of the rise, not a fall that is still to come (S2).
 */
function takeRise(
  state: LedgerState,
  before: PlaceState,
  place: PlaceState,
  seen: Observation,
  nowMs: number,
): Change {
  const level = seen.level ?? 0;
  const suspicion = place.suspectedRise;
  const secondLookMs = (suspicion?.seenAtMs ?? nowMs) + state.policy.settleMs;
  const visibleMs = visibleAtMs(state, before);
  const belief = {
    isEarly: (suspicion?.isEarly ?? false) || seen.readStartedAtMs < visibleMs,
    believedReadMs: suspicion?.believedReadMs ?? before.levelReadAtMs,
    believedRowMs: suspicion === null ? before.platformModifiedMs : suspicion.believedRowMs,
  };
  if (suspicion === null || seen.readStartedAtMs < secondLookMs) {
    const suspectedRise = {
      level: Math.min(level, suspicion?.level ?? level),
      peak: Math.max(level, suspicion?.peak ?? level),
      seenAtMs: suspicion?.seenAtMs ?? nowMs,
      ...belief,
    };
    const next = wantRead({ ...place, suspectedRise }, secondLookMs, seen.eventId);
    return { state: withPlace(state, next), entries: [] };
  }
  const believed = Math.min(level, suspicion.level);
  const sold = consumeShown(place, suspicion.peak - believed);
  const units = believed - (place.level ?? 0) + countedUnits(sold.taken);
  const more = level > believed ? { level, peak: level, seenAtMs: nowMs, ...belief } : null;
  const span = withoutLastChange(spanOfChange(state, before, seen));
  // On the web an early peak may have been the level from before our own write: no sale is behind that.
  const isOurs = belief.isEarly && place.address.platform === 'bigcommerce';
  const rest = { units: isOurs ? 0 : sold.rest, atMs: nowMs, span };
  const raised: PlaceState = {
    ...withTakenFalls(place, sold.taken),
    level: believed,
    suspectedRise: more,
    awaited: sold.left,
    unexplained: rememberFall(place.unexplained, rest),
  };
  const next =
    more === null ? raised : wantRead(raised, nowMs + state.policy.settleMs, seen.eventId);
  const change = moveRise({ state: withPlace(state, next), entries: [] }, next, {
    delta: units,
    cause: 'level',
    source: seen.source,
    eventId: seen.eventId,
    atMs: nowMs,
    ...timesOf(seen),
    note: `The level rose by ${units} to ${believed}, seen twice.`,
  });
  const back = riseSeen(change, next, units, seen.eventId, nowMs);
  const paid = payReturns(back, next, nowMs);
  const settled = expireAwaited(paid.state, next, seen, nowMs);
  return { state: settled.state, entries: [...back.entries, ...settled.entries] };
}

/**
 * Orders that we make on the other side and that may move stock there (S8, O5). The sale behind such an order has lowered
 * the count already: the fall it may cause there is awaited as counted, so that it never counts again.
 */
import { PUSH_HOLD_MS, PUSH_MEMORY_MS, PUSHES_MAX, SALE_LAG_MS } from '../../limits.ts';
import type { EventId } from '../ids.ts';
import type { Observation, PushedOrder, Sale } from './api.ts';
import { findPlace, move, wantRead, withPlace } from './change.ts';
import { giveFalls, takeFromDoubtful, withExplained } from './falls.ts';
import type {
  AwaitedFall,
  Change,
  PlaceState,
  Push,
  Span,
  StockPolicy,
  UnexplainedFall,
} from './state.ts';
import { settleEarly, withEarly } from './push-early.ts';
import { isInWindow, spanOfSale, takeCoveredRow, wasMovedBy } from './windows.ts';

/**
 * Whether orders made through the API move this place's level: as the merchant says, else as its registers taught; null:
 * not known yet. A register that follows no sales follows ours neither.
 */
export function movesForPushes(policy: StockPolicy, place: PlaceState): boolean | null {
  const told = policy.apiOrdersMove?.[place.place];
  if (told !== undefined) return told;
  if (policy.followsSales?.[place.place] === false) return false;
  return learntOfPushes(place);
}

/** What the levels around our pushes have shown; null: nothing yet, or both. */
export function learntOfPushes({ pushEvidence }: PlaceState): boolean | null {
  const { moved, still } = pushEvidence;
  if (moved > 0 === still > 0) return null;
  return moved > 0;
}

/**
 * Takes a push in: before the order is made (`isMade` false) its fall is expected and the ledger's own lowering waits for
 * it a while; after it, the fall may have been seen already, as somebody else's. A repeat changes nothing; a repeat with
 * more units expects the rest.
 */
export function pushed(
  state: Change['state'],
  order: PushedOrder,
  eventId: EventId,
  nowMs: number,
): Change {
  const place = findPlace(state, order.place);
  if (place === undefined) return { state, entries: [] };
  const known = place.pushes.find(({ pushKey }) => pushKey === order.pushKey);
  if (order.isOff === true) return callOff(state, place, order, nowMs);
  if (known !== undefined && isRepeat(place, known, order)) return { state, entries: [] };
  const push: Push = {
    pushKey: order.pushKey,
    units: Math.max(order.units, known?.units ?? 0),
    seenUnits: known?.seenUnits ?? 0,
    keyedUnits: (known?.keyedUnits ?? 0) + keyedUnits(order),
    isMade: order.isMade || known?.isMade === true,
    toldAtMs: nowMs,
    ...(order.isReadBack === true ? { isReadBack: true } : {}),
    ...(known?.early === undefined ? {} : { early: known.early }),
  };
  const held = push.isMade && known?.isMade === false ? endHold(place, known, state, nowMs) : place;
  const remembered = { ...held, pushes: rememberPush(place.pushes, push, nowMs) };
  const change = { state: withPlace(state, remembered), entries: [] };
  if (movesForPushes(state.policy, place) === false) return change;
  if (!push.isMade) {
    const untilMs = nowMs + PUSH_HOLD_MS;
    return expect(change, remembered, push, { order, untilMs }, eventId, nowMs);
  }
  const { pushKey } = push;
  const span = spanOfPush(state.policy, place, order);
  const own = settleEarly(change, remembered, pushKey, span, { eventId, nowMs });
  const made = own.place.pushes.find((each) => each.pushKey === pushKey) ?? push;
  return expectMade(own.change, own.place, made, order, eventId, nowMs);
}

/** Told again before it is made, a push whose time ran out is expected anew: it is about to be made after all. */
function isRepeat(place: PlaceState, known: Push, order: PushedOrder): boolean {
  const isNewlyMade = order.isMade && !known.isMade;
  const isAwaited = place.awaited.some(({ pushKey }) => pushKey === order.pushKey);
  const isRenewed = !order.isMade && !known.isMade && !isAwaited && known.seenUnits < known.units;
  return !isNewlyMade && !isRenewed && order.units <= known.units && keyedUnits(order) === 0;
}

/** The order takes no stock: what was held back for it may be written now. */
function callOff(
  state: Change['state'],
  place: PlaceState,
  order: PushedOrder,
  nowMs: number,
): Change {
  const { pushKey } = order;
  const off: Push = {
    pushKey,
    units: 0,
    seenUnits: 0,
    keyedUnits: 0,
    isMade: true,
    toldAtMs: nowMs,
  };
  const awaited = place.awaited.filter((fall) => fall.pushKey !== pushKey);
  const pushes = rememberPush(place.pushes, off, nowMs);
  const known = place.pushes.find((push) => push.pushKey === pushKey);
  const held = known?.isMade === false ? endHold(place, known, state, nowMs) : place;
  return { state: withPlace(state, { ...held, awaited, pushes }), entries: [] };
}

/** The read that was to end the wait for a push need not wait that long any more. */
function endHold(
  place: PlaceState,
  push: Push,
  { policy }: Change['state'],
  nowMs: number,
): PlaceState {
  const due = place.readDue;
  if (due?.wantedAtMs !== push.toldAtMs + PUSH_HOLD_MS) return place;
  const soonMs = nowMs + policy.settleMs;
  const wantedAtMs = Math.min(due.wantedAtMs, soonMs);
  return { ...place, readDue: { ...due, wantedAtMs, pokeAtMs: Math.min(due.pokeAtMs, soonMs) } };
}

function keyedUnits({ lines }: PushedOrder): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

function rememberPush(pushes: readonly Push[], push: Push, nowMs: number): readonly Push[] {
  const others = pushes.filter(
    ({ pushKey, toldAtMs }) => pushKey !== push.pushKey && nowMs - toldAtMs < PUSH_MEMORY_MS,
  );
  return [...others, push].slice(-PUSHES_MAX);
}

/** The order is there: a fall of its time that counted as nobody's is given back, the rest is still to come. */
function expectMade(
  change: Change,
  place: PlaceState,
  push: Push,
  order: PushedOrder,
  eventId: EventId,
  nowMs: number,
): Change {
  const untilMs = nowMs + change.state.policy.settleMs;
  const span = spanOfPush(change.state.policy, place, order);
  const awaited = place.awaited.map((fall) =>
    fall.pushKey === push.pushKey ? { ...fall, span, ...timesOf(order), untilMs } : fall,
  );
  const timed = lookedAtBy({ ...place, awaited }, place, push, untilMs);
  const open = openUnits(timed, push);
  const mayBeSeen =
    movesForPushes(change.state.policy, place) === true ||
    place.unexplained.some((fall) => wasMovedBy(fall.span, order) !== null);
  if (open === 0 || !mayBeSeen) {
    return expect(change, timed, push, { order, untilMs }, eventId, nowMs);
  }
  const given = giveFalls(timed, open, span, nowMs);
  const shown = given.own.reduce((sum, { units }) => sum + units, 0);
  const taught = given.own.reduce((sofar, fall) => withMoved(sofar, fall.span, order), given.place);
  const next = withSeen(taught, push.pushKey, open - given.rest);
  const back = giveBack(change, next, push, open - given.rest, { eventId, source: 'push' }, nowMs);
  const left = { ...push, seenUnits: push.seenUnits + shown };
  return expect(
    back,
    findPlace(back.state, place.place) ?? next,
    left,
    { order, untilMs },
    eventId,
    nowMs,
  );
}

/** The look that was to end the wait for the order is brought forward: there is nothing to wait for any more. */
function lookedAtBy(
  place: PlaceState,
  before: PlaceState,
  { pushKey }: Push,
  untilMs: number,
): PlaceState {
  const due = place.readDue;
  const isOwn = before.awaited.some(
    (fall) => fall.pushKey === pushKey && fall.untilMs === due?.wantedAtMs,
  );
  if (due === null || !isOwn || due.wantedAtMs <= untilMs) return place;
  return {
    ...place,
    readDue: { ...due, wantedAtMs: untilMs, pokeAtMs: Math.min(due.pokeAtMs, untilMs) },
  };
}

/** Awaits what is not seen and not awaited yet, and asks for the read that decides. */
function expect(
  change: Change,
  place: PlaceState,
  push: Push,
  { order, untilMs }: { readonly order: PushedOrder; readonly untilMs: number },
  eventId: EventId,
  nowMs: number,
): Change {
  const seen = place.pushes.find(({ pushKey }) => pushKey === push.pushKey) ?? push;
  const units = openUnits(place, seen);
  const isWaiting = place.awaited.some(({ pushKey }) => pushKey === push.pushKey);
  if (units === 0 && !isWaiting) return { ...change, state: withPlace(change.state, place) };
  const fall: AwaitedFall = {
    units,
    toldAtMs: nowMs,
    untilMs,
    counted: true,
    orderId: push.pushKey,
    pushKey: push.pushKey,
    span: push.isMade ? spanOfPush(change.state.policy, place, order) : null,
    ...timesOf(order),
  };
  const awaited = units === 0 ? place.awaited : [...place.awaited, fall];
  return {
    ...change,
    state: withPlace(change.state, wantRead({ ...place, awaited }, untilMs, eventId)),
  };
}

/**
 * When a push may have moved the level: as its lines were added, or as it was paid. Which of the two a merchant's own
 * sales do says nothing of orders made through the API (clover.md 4.2).
 */
function spanOfPush(
  policy: StockPolicy,
  place: PlaceState,
  order: Pick<Sale, 'soldAtMs' | 'addedAtMs'>,
): Span | null {
  const { soldAtMs: paidMs, addedAtMs } = order;
  if (place.address.platform === 'bigcommerce' || paidMs === null) {
    return spanOfSale(policy, place, order);
  }
  const addedMs = Math.min(addedAtMs ?? paidMs, paidMs);
  return { fromMs: addedMs - 1, toMs: paidMs + SALE_LAG_MS };
}

function timesOf({ soldAtMs, addedAtMs }: PushedOrder) {
  return { soldAtMs, addedAtMs };
}

function openUnits(place: PlaceState, push: Push): number {
  const waiting = place.awaited
    .filter(({ pushKey }) => pushKey === push.pushKey)
    .reduce((sum, { units }) => sum + units, 0);
  return Math.max(0, push.units - push.seenUnits - waiting);
}

/** A fall is this push's: remembered, and learnt from when the row's own time is the push's. */
export function withSeenPush(
  policy: StockPolicy,
  place: PlaceState,
  push: AwaitedFall,
  fall: UnexplainedFall,
): PlaceState {
  if (push.pushKey === undefined) return place;
  const key = movesForPushes(policy, place) === true ? undefined : push.pushKey;
  const held = withExplained(place, [fall], push.span, key);
  const early = withEarly(held, push.pushKey, fall);
  return withMoved(withSeen(early, push.pushKey, fall.units), fall.span, push);
}

function withSeen(place: PlaceState, key: string, units: number): PlaceState {
  const pushes = place.pushes.map((push) =>
    push.pushKey === key ? { ...push, seenUnits: push.seenUnits + units } : push,
  );
  return { ...place, pushes };
}

function withMoved(
  place: PlaceState,
  fall: Span | null,
  order: Pick<Sale, 'soldAtMs' | 'addedAtMs'>,
): PlaceState {
  if (wasMovedBy(fall, order) === null) return place;
  const { pushEvidence } = place;
  return { ...place, pushEvidence: { ...pushEvidence, moved: pushEvidence.moved + 1 } };
}

/**
 * A push whose fall did not come. One that was never made moved nothing. If pushes move stock here, something that
 * arrived at its very moment hid the fall, or a write of ours swallowed it; otherwise it taught that they do not: the
 * row is one from before the push.
 */
export function pushWithoutFall(
  change: Change,
  place: PlaceState,
  fall: AwaitedFall,
  seen: Observation,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  const push = place.pushes.find(({ pushKey }) => pushKey === fall.pushKey);
  if (push?.isMade !== true) return { change, place };
  if (movesForPushes(change.state.policy, place) === true) {
    const hidden = hiddenFall(place, fall, nowMs);
    const next = withSeen(hidden.place, push.pushKey, fall.units);
    const back = giveBack(change, next, push, hidden.units, seen, nowMs);
    return { change: back, place: findPlace(back.state, place.place) ?? next };
  }
  const { span } = fall;
  const rowMs = seen.platformModifiedMs;
  const isUntouched = span !== null && rowMs !== null && rowMs <= span.fromMs;
  if (!isUntouched || isInWindow(place, span)) return { change, place };
  const { pushEvidence } = place;
  const next = { ...place, pushEvidence: { ...pushEvidence, still: pushEvidence.still + 1 } };
  return { change: { ...change, state: withPlace(change.state, next) }, place: next };
}

/**
 * Of a fall that surely came and that no read showed, the units that something hid, or that counted as nobody's: as of a
 * register sale without a fall. What a write of ours may have swallowed, or a doubtful sale holds, is none of them.
 */
function hiddenFall(
  place: PlaceState,
  fall: AwaitedFall,
  nowMs: number,
): { readonly units: number; readonly place: PlaceState } {
  const covered = takeCoveredRow(place, fall);
  if (covered !== null) return { units: fall.units, place: covered };
  const given = giveFalls(place, fall.units, fall.span, nowMs);
  const found = fall.units - given.rest;
  if (given.rest === 0 || isInWindow(given.place, fall.span)) {
    return { units: found, place: given.place };
  }
  const doubtful = takeFromDoubtful(given.place, given.rest, fall.span);
  return { units: fall.units - doubtful.units, place: doubtful.place };
}

/** The level has shown these units already: the web sale had counted them. */
function giveBack(
  change: Change,
  place: PlaceState,
  push: Push,
  units: number,
  seen: Pick<Observation, 'eventId' | 'source'>,
  nowMs: number,
): Change {
  const stored = { ...change, state: withPlace(change.state, place) };
  if (units === 0) return stored;
  return move(stored, place, {
    delta: units,
    cause: 'level',
    source: seen.source,
    eventId: seen.eventId,
    atMs: nowMs,
    note: `${units} left with our own order ${push.pushKey}, which the web sale had counted.`,
  });
}

/**
 * Whether a line of an order that refers to a push is one of ours. One that somebody added at the register after all our
 * lines were named is a sale like any other.
 */
export function isOwnLine(place: PlaceState, pushKey: string, units: number): boolean {
  const push = place.pushes.find((candidate) => candidate.pushKey === pushKey);
  if (push === undefined || push.isReadBack === true) return true;
  return push.keyedUnits + units <= push.units;
}

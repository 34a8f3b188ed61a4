/**
 * Falls that an order of ours was given before it was made (S8): when it will move the level nobody knows then, so the
 * fall may be another order's, made just before. Once the times are known, each gets its own.
 */
import { PUSH_HOLD_MS } from '../../limits.ts';
import type { EventId } from '../ids.ts';
import { move, withPlace } from './change.ts';
import { rememberFall } from './falls.ts';
import type { AwaitedFall, Change, PlaceState, Push, Span, UnexplainedFall } from './state.ts';
import { mayMeet } from './windows.ts';

/** The fall went to an order that is not made yet: remembered until it is. */
export function withEarly(place: PlaceState, key: string, fall: UnexplainedFall): PlaceState {
  return withPush(place, key, (push) =>
    push.isMade ? push : { ...push, early: [...(push.early ?? []), fall] },
  );
}

/**
 * The order is made, and may have moved the level within `span`. What it was given of another time goes to an order that
 * is still to be made, or was nobody's and counts; what others were given of its time is its own.
 */
export function settleEarly(
  change: Change,
  place: PlaceState,
  key: string,
  span: Span | null,
  { eventId, nowMs }: { readonly eventId: EventId; readonly nowMs: number },
): { readonly change: Change; readonly place: PlaceState } {
  const early = pushOf(place, key)?.early ?? [];
  const wrong = early.filter((fall) => !mayMeet(fall.span, span));
  const given = wrong.reduce((sum, { units }) => sum + units, 0);
  let next = withPush(place, key, (push) => ({
    ...push,
    early: [],
    span,
    seenUnits: push.seenUnits - given,
  }));
  let lost = 0;
  for (const fall of wrong) {
    const owned = passToMade(withoutHolder(next, fall), fall);
    const passed = passToUnmade(owned.place, owned.rest);
    next = { ...passed.place, unexplained: rememberFall(passed.place.unexplained, passed.rest) };
    lost += passed.rest.units;
  }
  next = takeFromUnmade(next, key, span);
  const stored = { ...change, state: withPlace(change.state, next) };
  if (lost === 0) return { change: stored, place: next };
  const note = `The level fell by ${lost} before our order ${key} was made.`;
  const counted = {
    delta: -lost,
    cause: 'level',
    source: 'push',
    eventId,
    atMs: nowMs,
    note,
  } as const;
  return { change: move(stored, next, counted, { isUnclaimed: true }), place: next };
}

interface Passed {
  readonly place: PlaceState;
  readonly rest: UnexplainedFall;
}

/** An order that was made at the time of the fall and has seen none of its own. */
function passToMade(start: PlaceState, fall: UnexplainedFall): Passed {
  let place = start;
  let { units } = fall;
  for (const push of start.pushes) {
    if (push.span === undefined || !mayMeet(fall.span, push.span)) continue;
    const part = Math.min(units, push.units - push.seenUnits);
    if (part <= 0) continue;
    units -= part;
    place = seen(place, push.pushKey, part);
    place = { ...place, awaited: trimmed(place.awaited, push.pushKey, part) };
  }
  return { place, rest: { ...fall, units } };
}

/** Orders still to be made wait for a fall of any time. */
function passToUnmade(start: PlaceState, fall: UnexplainedFall): Passed {
  let place = start;
  let { units } = fall;
  for (const { pushKey, isMade } of start.pushes) {
    if (isMade || units === 0) continue;
    const part = Math.min(units, awaitedOf(place, pushKey));
    if (part === 0) continue;
    units -= part;
    place = withEarly(seen(place, pushKey, part), pushKey, { ...fall, units: part });
    place = { ...place, awaited: trimmed(place.awaited, pushKey, part) };
  }
  return { place, rest: { ...fall, units } };
}

/** Falls of this order's time that orders still to be made were given: those wait again. */
function takeFromUnmade(start: PlaceState, key: string, span: Span | null): PlaceState {
  let place = start;
  for (const other of start.pushes.filter(({ isMade }) => !isMade)) {
    for (const fall of (other.early ?? []).filter((each) => mayMeet(each.span, span))) {
      const own = pushOf(place, key);
      const open = own === undefined ? 0 : own.units - own.seenUnits;
      const part = Math.min(open, fall.units);
      if (part === 0) continue;
      place = seen(seen(place, key, part), other.pushKey, -part);
      place = withPush(place, other.pushKey, (push) => ({
        ...push,
        early: (push.early ?? []).flatMap((each) =>
          each !== fall ? [each] : part < each.units ? [{ ...each, units: each.units - part }] : [],
        ),
      }));
      const awaited = [...trimmed(place.awaited, key, part), openFall(other, part)];
      place = { ...place, awaited };
    }
  }
  return place;
}

function openFall({ pushKey, toldAtMs }: Push, units: number): AwaitedFall {
  return {
    units,
    toldAtMs,
    untilMs: toldAtMs + PUSH_HOLD_MS,
    counted: true,
    orderId: pushKey,
    pushKey,
    span: null,
    soldAtMs: null,
    addedAtMs: null,
  };
}

/** The fall is nobody's again: who held it without a time of its own holds it no more. */
function withoutHolder(place: PlaceState, fall: UnexplainedFall): PlaceState {
  const at = place.explained.findIndex(
    ({ sale, atMs, units }) => sale === null && atMs === fall.atMs && units === fall.units,
  );
  return at < 0 ? place : { ...place, explained: place.explained.toSpliced(at, 1) };
}

function awaitedOf({ awaited }: PlaceState, key: string): number {
  return awaited
    .filter(({ pushKey }) => pushKey === key)
    .reduce((sum, { units }) => sum + units, 0);
}

/** Takes `units` off what is awaited for the order. */
function trimmed(
  awaited: readonly AwaitedFall[],
  key: string,
  units: number,
): readonly AwaitedFall[] {
  let open = units;
  return awaited.flatMap((fall) => {
    if (fall.pushKey !== key) return [fall];
    const part = Math.min(open, fall.units);
    open -= part;
    return part === fall.units ? [] : [{ ...fall, units: fall.units - part }];
  });
}

function pushOf({ pushes }: PlaceState, key: string): Push | undefined {
  return pushes.find(({ pushKey }) => pushKey === key);
}

function seen(place: PlaceState, key: string, units: number): PlaceState {
  return withPush(place, key, (push) => ({ ...push, seenUnits: push.seenUnits + units }));
}

function withPush(place: PlaceState, key: string, change: (push: Push) => Push): PlaceState {
  const pushes = place.pushes.map((push) => (push.pushKey === key ? change(push) : push));
  return { ...place, pushes };
}

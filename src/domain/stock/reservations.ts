/**
 * Reservations (S6): units of web orders that are promised and not gone. They stay on hand and in nobody's target. The web
 * may have taken them from its level already (as the order was placed) or takes them when the order ships; either way
 * that fall is no movement of its own.
 */
import { WEB_CLOCK_DOUBT_MS } from '../../limits.ts';
import type { Observation, Sale } from './api.ts';
import { findPlace, move, wantRead, withPlace } from './change.ts';
import { giveFalls, rememberFall } from './falls.ts';
import type { AwaitedFall, Change, LedgerState, PlaceState, Reservation, Span } from './state.ts';
import { mayMeet, spanOfSale } from './windows.ts';

/**
 * Takes in what one read of an order says of a line that is promised: its quantity is reserved, absolute. `knownUnits` is
 * what the line already sold: a line that is gone is not promised again.
 */
export function reserve(state: LedgerState, sale: Sale, knownUnits: number, nowMs: number): Change {
  const place = findPlace(state, sale.place);
  if (place === undefined || knownUnits > 0) return { state, entries: [] };
  const known = findReservation(place, sale.saleKey);
  // What was taken before the first count is in it. Close to that moment the fall tells.
  const countedFromMs = place.countedFromMs - WEB_CLOCK_DOUBT_MS;
  const isOld = (sale.soldAtMs ?? countedFromMs) < countedFromMs;
  if (known === undefined && isOld && sale.takesAtOnce === true) return { state, entries: [] };
  const more = sale.quantity - (known?.units ?? 0);
  const units = Math.max(known?.units ?? 0, sale.quantity);
  const takenUnits = known?.takenUnits ?? 0;
  const { saleKey, orderId, receivedAtMs } = sale;
  const next = { saleKey, orderId, units, takenUnits, seenAtMs: sale.readAtMs ?? receivedAtMs };
  const change: Change = { state: withReservation(state, place, saleKey, next), entries: [] };
  if (more < 0) return release(change, sale, -more, nowMs);
  if (more === 0 || sale.takesAtOnce !== true) return change;
  return takenAtOnce(change, sale, more, nowMs);
}

/** A line that is promised no longer, and not sold either: cancelled, declined, deleted, edited away. */
export function endReservation(state: LedgerState, sale: Sale, nowMs: number): Change {
  const place = findPlace(state, sale.place);
  const known = place === undefined ? undefined : findReservation(place, sale.saleKey);
  const change: Change = { state, entries: [] };
  return known === undefined ? change : release(change, sale, known.units, nowMs);
}

export function findReservation(place: PlaceState, saleKey: string): Reservation | undefined {
  return place.reservations.find((candidate) => candidate.saleKey === saleKey);
}

/** Keys of the order's lines that are reserved. */
export function reservedKeys(state: LedgerState, sale: Pick<Sale, 'place' | 'orderId'>): string[] {
  const reservations = findPlace(state, sale.place)?.reservations ?? [];
  return reservations
    .filter(({ orderId }) => orderId === sale.orderId)
    .map(({ saleKey }) => saleKey);
}

/**
 * The order shipped: its units are gone, from the count and from what is reserved in one step, so that no target moves.
 * The web's fall that goes with it never counts: it was presumed, or counted as nobody's (then it is given back), or it
 * is still to come. Answers the units that were reserved.
 */
export function ship(
  state: LedgerState,
  sale: Sale,
  nowMs: number,
): { readonly change: Change; readonly units: number } {
  const place = findPlace(state, sale.place);
  const known = place === undefined ? undefined : findReservation(place, sale.saleKey);
  if (place === undefined || known === undefined) {
    return { change: { state, entries: [] }, units: 0 };
  }
  const units = Math.min(sale.quantity, known.units);
  const left = known.units - units;
  const trimmed =
    left === 0 ? { state, entries: [] } : release({ state, entries: [] }, sale, left, nowMs);
  const held = findReservation(placeIn(trimmed.state, place), sale.saleKey) ?? known;
  const freed = withReservation(trimmed.state, place, sale.saleKey, null);
  const gone = move({ ...trimmed, state: freed }, place, {
    ...causeOf(sale, nowMs),
    delta: -units,
    note: `Order ${sale.orderId} sold ${units} that were reserved for it.`,
  });
  const awaitedUnits = awaitedFor(placeIn(gone.state, place), sale.saleKey);
  // Taken as the order was placed, or never.
  const open = sale.takesAtOnce === true ? 0 : Math.max(0, units - held.takenUnits - awaitedUnits);
  // When it shipped nobody told: at any time since it was last seen promised.
  const span = spanOfSale(state.policy, place, sale) ?? {
    fromMs: held.seenAtMs - WEB_CLOCK_DOUBT_MS,
    toMs: nowMs + WEB_CLOCK_DOUBT_MS,
  };
  return { change: fallOf(gone, sale, open, span, nowMs), units };
}

/** The fall of units that left the web: presumed already, counted already, or still to come. */
function fallOf(change: Change, sale: Sale, units: number, span: Span, nowMs: number): Change {
  const place = findPlace(change.state, sale.place);
  if (place === undefined || units === 0) return change;
  const claimed = takePresumed(place, units, span);
  const given = giveFalls(claimed.place, claimed.rest, span, nowMs);
  const back = giveBack(change, given.place, sale, claimed.rest - given.rest, nowMs);
  return awaitCounted(back, sale, given.rest, span, nowMs);
}

/**
 * The web took the units as the order was placed: a fall that was presumed to be a shipment's is its own, one counted as
 * nobody's is given back, the rest is awaited.
 */
function takenAtOnce(change: Change, sale: Sale, units: number, nowMs: number): Change {
  const place = findPlace(change.state, sale.place);
  if (place === undefined) return change;
  const span = spanOfSale(change.state.policy, place, sale);
  const claimed = takePresumed(place, units, span);
  const given = giveFalls(claimed.place, claimed.rest, span, nowMs);
  const taken = withTaken(given.place, sale.saleKey, units - given.rest);
  const back = giveBack(change, taken, sale, claimed.rest - given.rest, nowMs);
  return awaitCounted(back, sale, given.rest, span, nowMs);
}

function giveBack(
  change: Change,
  place: PlaceState,
  sale: Sale,
  units: number,
  nowMs: number,
): Change {
  const stored = { ...change, state: withPlace(change.state, place) };
  if (units === 0) return stored;
  return move(stored, place, {
    ...causeOf(sale, nowMs),
    cause: 'level',
    delta: units,
    note: `${units} that had left the level are those of order ${sale.orderId}.`,
  });
}

function awaitCounted(
  change: Change,
  sale: Sale,
  units: number,
  span: Span | null,
  nowMs: number,
): Change {
  const place = findPlace(change.state, sale.place);
  if (place === undefined || units === 0) return change;
  const untilMs = nowMs + change.state.policy.settleMs;
  const isEmpty =
    findReservation(place, sale.saleKey) === undefined && mayHaveBeenEmpty(place, span);
  const fall: AwaitedFall = {
    units,
    toldAtMs: nowMs,
    untilMs,
    counted: true,
    orderId: sale.orderId,
    reservationKey: sale.saleKey,
    span,
    soldAtMs: sale.soldAtMs,
    addedAtMs: null,
    ...(isEmpty ? { isFromNothing: true } : {}),
  };
  const waiting = { ...place, awaited: [...place.awaited, fall] };
  // If there is nothing to take, only a look at once can tell it from what arrives next.
  const lookAtMs = isEmpty ? nowMs : untilMs;
  return {
    ...change,
    state: withPlace(change.state, wantRead(waiting, lookAtMs, sale.eventId)),
  };
}

/** Whether the web may have had nothing left at that time: now, or before our last write. */
function mayHaveBeenEmpty({ level, lastWrite }: PlaceState, span: Span | null): boolean {
  if (level === 0) return true;
  if (lastWrite === null || lastWrite.before !== 0) return false;
  return span === null || lastWrite.confirmedAtMs + WEB_CLOCK_DOUBT_MS > span.fromMs;
}

/**
 * Units that are promised no more. What the web never took is free again; what it took stays taken until its level
 * shows that it came back, as with any cancelled order.
 */
function release(change: Change, sale: Sale, units: number, nowMs: number): Change {
  const place = findPlace(change.state, sale.place);
  const known = place === undefined ? undefined : findReservation(place, sale.saleKey);
  if (place === undefined || known === undefined) return change;
  const left = known.units - units;
  const taken = Math.max(0, known.takenUnits - left);
  const next = left === 0 ? null : { ...known, units: left, takenUnits: known.takenUnits - taken };
  const awaited = trimAwaited(place.awaited, known.saleKey, left - known.takenUnits + taken);
  const trimmed = { ...place, awaited };
  const freed = {
    ...change,
    state: withReservation(withPlace(change.state, trimmed), trimmed, known.saleKey, next),
  };
  if (taken === 0) return freed;
  return move(freed, trimmed, {
    ...causeOf(sale, nowMs),
    cause: 'unsale',
    delta: -taken,
    note: `Order ${sale.orderId} no longer reserves ${taken} that the web took; they count again when its level shows it.`,
  });
}

/** Keeps at most `units` of what is awaited for a reservation. */
function trimAwaited(
  awaited: readonly AwaitedFall[],
  saleKey: string,
  units: number,
): readonly AwaitedFall[] {
  let room = Math.max(0, units);
  return awaited.flatMap((fall) => {
    if (fall.reservationKey !== saleKey) return [fall];
    const kept = Math.min(room, fall.units);
    room -= kept;
    return kept === 0 ? [] : [{ ...fall, units: kept }];
  });
}

function awaitedFor(place: PlaceState, saleKey: string): number {
  return place.awaited
    .filter(({ reservationKey }) => reservationKey === saleKey)
    .reduce((sum, { units }) => sum + units, 0);
}

/** A fall was a reserved unit's: the web has taken it. */
export function withTaken(
  place: PlaceState,
  saleKey: string | undefined,
  units: number,
): PlaceState {
  const reservations = place.reservations.map((held) =>
    held.saleKey === saleKey ? { ...held, takenUnits: held.takenUnits + units } : held,
  );
  return { ...place, reservations };
}

/** Replaces a reservation (null: ends it) and what the pool has reserved. */
function withReservation(
  state: LedgerState,
  found: PlaceState,
  saleKey: string,
  next: Reservation | null,
): LedgerState {
  const place = placeIn(state, found);
  const others = place.reservations.filter((held) => held.saleKey !== saleKey);
  const known = findReservation(place, saleKey)?.units ?? 0;
  const delta = (next?.units ?? 0) - known;
  const reservations = next === null ? others : [...others, next];
  const pools = state.pools.map((pool) =>
    pool.locationId === place.locationId ? { ...pool, reserved: pool.reserved + delta } : pool,
  );
  return withPlace({ ...state, pools }, { ...place, reservations });
}

function placeIn(state: LedgerState, place: PlaceState): PlaceState {
  return findPlace(state, place.place) ?? place;
}

function causeOf(sale: Sale, nowMs: number) {
  return {
    cause: 'sale' as const,
    source: `order:${sale.orderId}`,
    eventId: sale.eventId,
    atMs: nowMs,
  };
}

/**
 * A fall of the web that no known sale explains, while units are reserved there: most likely an order ships and its own
 * event is on its way. Those units are presumed gone for the settle time, so that the fall and the release move the
 * registers once, not down and up again. Answers the units that are nobody's.
 */
export function presume(
  state: LedgerState,
  place: PlaceState,
  units: number,
  seen: Pick<Observation, 'eventId' | 'source'>,
  span: Span | null,
  nowMs: number,
): { readonly place: PlaceState; readonly rest: number } {
  const untaken = place.reservations.reduce((sum, held) => sum + held.units - held.takenUnits, 0);
  const awaited = place.awaited
    .filter(({ reservationKey }) => reservationKey !== undefined)
    .reduce((sum, fall) => sum + fall.units, 0);
  const free = Math.max(0, untaken - awaited - presumedUnits(place));
  const part = Math.min(units, free);
  if (part === 0) return { place, rest: units };
  const untilMs = nowMs + state.policy.settleMs;
  const { eventId, source } = seen;
  const presumed = [...place.presumed, { units: part, untilMs, span, eventId, source }];
  return { place: wantRead({ ...place, presumed }, untilMs, eventId), rest: units - part };
}

function presumedUnits(place: PlaceState): number {
  return place.presumed.reduce((sum, { units }) => sum + units, 0);
}

/**
 * Units that hold a raise back: presumed falls; any raise, while it is open whether the web at 0 had anything for a
 * shipment.
 */
export function unitsInDoubt(place: PlaceState): number {
  const isOpen = place.level === 0 && place.awaited.some((fall) => isShipment(place, fall));
  return isOpen ? Number.POSITIVE_INFINITY : presumedUnits(place);
}

function takePresumed(
  place: PlaceState,
  units: number,
  sale: Span | null,
): { readonly place: PlaceState; readonly rest: number } {
  let rest = units;
  const presumed = place.presumed.flatMap((fall) => {
    const part = mayMeet(fall.span, sale) ? Math.min(rest, fall.units) : 0;
    rest -= part;
    return part === fall.units ? [] : [{ ...fall, units: fall.units - part }];
  });
  return { place: { ...place, presumed }, rest };
}

/** No order claimed these falls by the time of this read: they count, as any fall that nobody explains. */
export function expirePresumed(change: Change, seen: Observation, nowMs: number): Change {
  const place = findPlace(change.state, seen.place);
  const over = place?.presumed.filter(({ untilMs }) => untilMs <= seen.readStartedAtMs) ?? [];
  if (place === undefined || over.length === 0) return change;
  const presumed = place.presumed.filter((fall) => !over.includes(fall));
  let next: PlaceState = { ...place, presumed };
  for (const { units, span } of over) {
    next = { ...next, unexplained: rememberFall(next.unexplained, { units, span, atMs: nowMs }) };
  }
  return over.reduce<Change>(
    (sofar, { units, source, eventId }) =>
      move(sofar, next, {
        delta: -units,
        cause: 'level',
        source,
        eventId,
        atMs: nowMs,
        note: `The level fell by ${units}, and no reserved order shipped.`,
      }),
    { ...change, state: withPlace(change.state, next) },
  );
}

/** A shipment's fall: its reservation is over. As long as one is held, its fall was to come as the order was placed. */
function isShipment(place: PlaceState, { reservationKey }: AwaitedFall): boolean {
  return reservationKey !== undefined && findReservation(place, reservationKey) === undefined;
}

/**
 * What is still to come when the web shows this level: at 0 nothing of a shipment, because BigCommerce takes what is
 * there and no more. Its units are gone all the same. (A shopper cannot order what is not there.)
 */
export function awaitedAbove(
  place: PlaceState,
  awaited: readonly AwaitedFall[],
  level: number,
): readonly AwaitedFall[] {
  return level > 0 ? awaited : awaited.filter((fall) => !isShipment(place, fall));
}

/**
 * The web's level did not fall for reserved units: as with any web sale the level tells, so something that arrived hid
 * the fall, or it was counted as nobody's. The units count again, and are taken. Where the web may have had nothing left
 * to take, nobody can tell: they stay counted, the lower count, as a guess.
 */
export function takenUnseen(
  change: Change,
  place: PlaceState,
  fall: AwaitedFall,
  seen: Pick<Observation, 'eventId' | 'source'>,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState } {
  if (fall.isFromNothing === true) {
    const guessed = { ...place, guessedUnits: place.guessedUnits + fall.units };
    return { change: { ...change, state: withPlace(change.state, guessed) }, place: guessed };
  }
  const next = withTaken(place, fall.reservationKey, fall.units);
  const back = move({ ...change, state: withPlace(change.state, next) }, next, {
    delta: fall.units,
    cause: 'level',
    source: seen.source,
    eventId: seen.eventId,
    atMs: nowMs,
    note: `The level shows that as many arrived as order ${fall.orderId} took, or that it fell before.`,
  });
  return { change: back, place: next };
}

/** Sales explain the count (S2): a sold line, known by its own key, meets the fall in level that it caused. */
import { BASELINE_DOUBT_MS, WEB_CLOCK_DOUBT_MS } from '../../limits.ts';
import type { PushedOrder, Sale } from './api.ts';
import { endPromise, promiseBundle, shipPromise } from './bundle-promises.ts';
import { owe, oweReturn } from './bundles.ts';
import { claimDrawn, findPlace, move, moveAt, wantRead, withPlace } from './change.ts';
import type { Change, LedgerState, PlaceState } from './state.ts';
import { giveFalls, isVague } from './falls.ts';
import { heldPart, holdPart } from './part-reservations.ts';
import { isOwnLine, pushed } from './push.ts';
import { heardBack } from './restock.ts';
import { lineReturned } from './returns.ts';
import { endReservation, reserve, ship } from './reservations.ts';
import { deviceNote, poolOfSale, standsAt } from './several.ts';
import { explainDoubts } from './unknown.ts';
import { isCovered, isUnderWay, OPEN_READ_MS, type OpenReads } from './wake.ts';
import { isInWindow, spanOfSale, withMoment } from './windows.ts';

/**
 * Takes one sold line in. `knownUnits` is what this sale key already counted for (0: never heard of it), so a repeat
 * changes nothing.
 *
 * A fall already seen is the sale's: the line is appended with delta 0. Otherwise the fall is still to come.
 * At a register the count goes down at once (the fall may have been overwritten by a write of ours, or never come
 * when the merchant's stock does not follow sales), and the fall, when it comes, does not count again. On the web
 * the level always tells, because our writes there are relative: the sale waits for it and asks for a read.
 */
export function sell(
  state: LedgerState,
  sale: Sale,
  knownUnits: number,
  open: OpenReads,
  nowMs: number,
): Change {
  if (sale.asPartOf !== undefined) return sellPart(state, sale, sale.asPartOf, knownUnits, nowMs);
  if (state.policy.components !== undefined) {
    return sellBundle(state, sale, knownUnits, open, nowMs);
  }
  if (sale.standing === 'promised') return reserve(state, sale, knownUnits, nowMs);
  if (sale.standing === 'over') return endReservation(state, sale, nowMs);
  const shipped = ship(state, sale, nowMs);
  const sold = sellLine(shipped.change.state, sale, knownUnits + shipped.units, open, nowMs);
  const place = findPlace(sold.state, sale.place);
  const looked = place === undefined ? sold : lineReturned(sold, place, sale, nowMs);
  const rest = place === undefined ? looked : heardBack(looked, place, sale, nowMs);
  return { state: rest.state, entries: [...shipped.change.entries, ...rest.entries] };
}

/** A line of a bundle: promised ones are held by its components, and consumed when the order ships (S9). */
function sellBundle(
  state: LedgerState,
  sale: Sale,
  knownUnits: number,
  open: OpenReads,
  nowMs: number,
): Change {
  if (sale.standing === 'over') return endPromise(state, sale, nowMs);
  if (sale.standing === 'promised') {
    const { change, falling } = promiseBundle(state, sale, knownUnits, nowMs);
    return expectFall(change, sale, falling, open, nowMs);
  }
  const { change, falling, units } = shipPromise(state, sale, nowMs);
  const shipped = expectFall(change, sale, falling, open, nowMs);
  const rest = sellLine(shipped.state, sale, knownUnits + units, open, nowMs);
  return { state: rest.state, entries: [...shipped.entries, ...rest.entries] };
}

/** The web's level falls for units of a bundle whose components hold them: no count moves for it. */
function expectFall(
  change: Change,
  sale: Sale,
  units: number,
  open: OpenReads,
  nowMs: number,
): Change {
  const found = findPlace(change.state, sale.place);
  if (found === undefined || units === 0) return change;
  const explained = explain(change, found, sale, units, nowMs);
  if (explained.rest === 0) return explained.change;
  return awaitFall(explained.change, explained.place, sale, explained.rest, open, nowMs, false);
}

/** A line of a bundle, told to one of its components: held, or consumed once. */
function sellPart(
  state: LedgerState,
  sale: Sale,
  asPartOf: NonNullable<Sale['asPartOf']>,
  knownUnits: number,
  nowMs: number,
): Change {
  switch (sale.standing ?? 'sold') {
    case 'promised':
      return { state: knownUnits > 0 ? state : holdPart(state, sale, sale.quantity), entries: [] };
    case 'over':
      return { state: holdPart(state, sale, 0), entries: [] };
    default: {
      const isHeld = heldPart(state, sale.saleKey) !== undefined;
      // What was held is on the shelf until now, however old the order is.
      const told = isHeld ? { ...sale, soldAtMs: null } : sale;
      const units = sale.quantity - knownUnits;
      return consume(holdPart(state, sale, 0), told, asPartOf, units, nowMs);
    }
  }
}

function sellLine(
  state: LedgerState,
  sale: Sale,
  knownUnits: number,
  open: OpenReads,
  nowMs: number,
): Change {
  const units = sale.quantity - knownUnits;
  const found = findPlace(state, sale.place);
  if (found === undefined || units === 0) return { state, entries: [] };
  if (sale.pushKey !== undefined && units > 0 && isOwnLine(found, sale.pushKey, units)) {
    return pushed(state, readBackOf(found, sale, sale.pushKey, units), sale.eventId, nowMs);
  }
  if (isBeforeCount(state, found, sale)) {
    // The web's level tells anyway; close to the first count the sale is still waited for.
    const isClose = found.countedFromMs - (sale.soldAtMs ?? 0) < WEB_CLOCK_DOUBT_MS;
    const isAwaited = isClose && found.address.platform === 'bigcommerce';
    if (!isAwaited) return soldBefore(state, found, sale, nowMs);
  }
  if (units < 0) return oweReturn(takeBack(state, found, sale, -units, nowMs), found, sale, nowMs);
  const owed = owe({ state, entries: [] }, found, sale, units, nowMs);
  const explained = explain(owed, found, sale, units, nowMs);
  if (explained.rest === 0) return explained.change;
  return awaitFall(explained.change, explained.place, sale, explained.rest, open, nowMs);
}

/** A line of our own order, read at the register: the order is made, whether or not its maker lived to tell. */
function readBackOf(place: PlaceState, sale: Sale, pushKey: string, units: number): PushedOrder {
  const { saleKey, soldAtMs, addedAtMs = null } = sale;
  const known = place.pushes.find((push) => push.pushKey === pushKey);
  const isReadBack = known === undefined || known.isReadBack === true;
  return {
    place: place.place,
    pushKey,
    units: isReadBack ? (known?.units ?? 0) + units : known.units,
    isMade: true,
    lines: [{ saleKey, quantity: units }],
    addedAtMs,
    soldAtMs,
    isReadBack,
  };
}

/**
 * Sold, or given back, as part of a bundle (S9): no level of this SKU moves for it by itself, so the count does at once.
 * It counts in the pool that sold the bundle; without one, in the first.
 */
function consume(
  state: LedgerState,
  sale: Sale,
  { sku, locationId }: NonNullable<Sale['asPartOf']>,
  units: number,
  nowMs: number,
): Change {
  const pool = state.pools.find((each) => each.locationId === locationId) ?? state.pools[0];
  if (pool === undefined || units === 0) return { state, entries: [] };
  const counted = state.places
    .filter((place) => standsAt(place, pool.locationId))
    .map(({ countedFromMs }) => countedFromMs);
  // Gone before anybody counted here: the baseline holds it. Close to that moment the bundle's own ledger has judged.
  if (sale.soldAtMs !== null && sale.soldAtMs < Math.min(...counted) - BASELINE_DOUBT_MS) {
    return { state, entries: [] };
  }
  const note =
    units > 0
      ? `Order ${sale.orderId} sold ${units} as part of ${sku}.`
      : `Order ${sale.orderId} gave ${-units} back with ${sku}.`;
  const cause = units > 0 ? 'sale' : 'unsale';
  const movement = { ...causeOf(sale, nowMs), cause, delta: -units, note } as const;
  return moveAt({ state, entries: [] }, pool.locationId, movement, sale.place);
}

/** Gives the sale the falls that it may have caused; they are counted already. */
function explain(
  change: Change,
  place: PlaceState,
  sale: Sale,
  units: number,
  nowMs: number,
): { readonly change: Change; readonly place: PlaceState; readonly rest: number } {
  const span = spanOfSale(change.state.policy, place, sale);
  const given = giveFalls(place, units, span, nowMs);
  const explained = units - given.rest;
  if (explained === 0) return { change, place, rest: units };
  // It may have been swallowed all the same, and the fall another's: a guess until the merchant's moment is known.
  const guessed = isVague(span) && isInWindow(place, span) ? explained : 0;
  let next = given.own.reduce((known, fall) => withMoment(known, fall.span, sale), {
    ...given.place,
    guessedUnits: given.place.guessedUnits + guessed,
  });
  const movement = {
    ...causeOf(sale, nowMs),
    delta: 0,
    note: `Order ${sale.orderId} sold ${explained}; the level had shown it already.${deviceNote(place, sale.locationId)}`,
  };
  const stored = { ...change, state: withPlace(change.state, next) };
  let told = move(stored, next, movement, { at: poolOfSale(place, sale.locationId) });
  told = claimDrawn(told, next, movement, explained, sale.locationId);
  const { orderId, eventId } = sale;
  for (const { units: part, atMs } of given.taken) {
    const late = { units: part, span, orderId, eventId, fallSeenAtMs: atMs };
    const weighed = explainDoubts(told, next, late, nowMs);
    told = weighed.change;
    next = weighed.place;
  }
  return { change: told, place: next, rest: given.rest };
}

/**
 * Whether a sale was made before the place was first counted. Close to that moment the register's own clock decides,
 * where sales move its rows: one later than the row that was counted is not in it, however far the clocks are apart.
 */
function isBeforeCount(state: LedgerState, place: PlaceState, sale: Sale): boolean {
  const { soldAtMs } = sale;
  if (soldAtMs === null) return false;
  const isClose = Math.abs(place.countedFromMs - soldAtMs) < BASELINE_DOUBT_MS;
  const rowMs = state.policy.followsSales?.[place.place] === true ? place.countedRowMs : undefined;
  return isClose && rowMs !== undefined ? soldAtMs <= rowMs : soldAtMs < place.countedFromMs;
}

/**
 * Sold before the place was first counted: the baseline holds it already. Two clocks are compared, so close to that
 * moment the level is looked at once more.
 */
function soldBefore(state: LedgerState, place: PlaceState, sale: Sale, nowMs: number): Change {
  const isClose = place.countedFromMs - (sale.soldAtMs ?? 0) < BASELINE_DOUBT_MS;
  if (!isClose) return { state, entries: [] };
  return { state: withPlace(state, wantRead(place, nowMs, sale.eventId)), entries: [] };
}

function causeOf(sale: Sale, nowMs: number) {
  return {
    cause: 'sale' as const,
    source: `order:${sale.orderId}`,
    eventId: sale.eventId,
    atMs: nowMs,
    happenedAtMs: sale.soldAtMs,
    receivedAtMs: sale.receivedAtMs,
  };
}

function awaitFall(
  change: Change,
  place: PlaceState,
  sale: Sale,
  units: number,
  open: OpenReads,
  nowMs: number,
  isCounting = true,
): Change {
  const untilMs = nowMs + change.state.policy.settleMs;
  // A bundle's level never moves its count, and a pick list's may not move at all: they count by the sale.
  const isDerived = change.state.policy.components !== undefined || sale.isPart === true;
  const counted = place.address.platform === 'clover' || isDerived;
  const { orderId, soldAtMs, addedAtMs = null, receivedAtMs } = sale;
  const span = spanOfSale(change.state.policy, place, sale);
  const fall = {
    units,
    toldAtMs: nowMs,
    untilMs,
    counted,
    orderId,
    span,
    receivedAtMs,
    soldAtMs,
    addedAtMs,
    ...(sale.locationId === undefined ? {} : { locationId: sale.locationId }),
  };
  const awaiting = { ...place, awaited: [...place.awaited, fall] };
  const due = counted
    ? { wantedAtMs: untilMs, pokeAtMs: untilMs }
    : lookFor(place, sale, untilMs, open, nowMs);
  const next = withPlace(
    change.state,
    wantRead(awaiting, due.wantedAtMs, sale.eventId, due.pokeAtMs),
  );
  if (!counted || !isCounting) return { ...change, state: next };
  const movement = {
    ...causeOf(sale, nowMs),
    delta: -units,
    note: `Order ${sale.orderId} sold ${units}.${deviceNote(place, sale.locationId)}`,
  };
  const at = poolOfSale(place, sale.locationId);
  return move({ ...change, state: next }, place, movement, { at });
}

/** When to look for the fall of a web sale: now, unless a read under way will show it or one just did not. */
function lookFor(
  place: PlaceState,
  sale: Sale,
  untilMs: number,
  open: OpenReads,
  nowMs: number,
): { readonly wantedAtMs: number; readonly pokeAtMs: number } {
  if (isCovered(sale.receivedAtMs, place.levelReadAtMs))
    return { wantedAtMs: untilMs, pokeAtMs: untilMs };
  const underWay = isUnderWay(open.get(place.place), sale.receivedAtMs, nowMs);
  return { wantedAtMs: sale.receivedAtMs, pokeAtMs: underWay ? nowMs + OPEN_READ_MS : nowMs };
}

/** A line that is gone from the order: whether its units came back, the level tells (S6 of orders: restock is apart). */
function takeBack(
  state: LedgerState,
  place: PlaceState,
  sale: Sale,
  units: number,
  nowMs: number,
): Change {
  const next = wantRead(place, nowMs, sale.eventId);
  return move({ state: withPlace(state, next), entries: [] }, next, {
    ...causeOf(sale, nowMs),
    cause: 'unsale',
    delta: 0,
    note: `Order ${sale.orderId} no longer sells ${units}; the count follows when the level shows it.`,
  });
}

/**
 * Goods that come back to a register in several pools (S10). Its level rises, and tells no pool: the line that was given
 * back does, by the device that sold it, whichever of the two is heard of first. Money says nothing of goods: no unit
 * moves but with a rise. What had just been taken by rule goes back to where it was taken from, most likely a voided line.
 */
import { CLOCK_SKEW_MS, RETURN_PATIENCE_MS, RETURNS_MAX } from '../../limits.ts';
import type { PlaceKey } from '../ids.ts';
import type { Sale } from './api.ts';
import { move, moveAt, wantRead, withPlace, type Movement } from './change.ts';
import { isInSeveral, poolOfSale, type Draw, type Returns } from './several.ts';
import type { Change, LedgerState, PlaceState } from './state.ts';

const NONE: Returns = { lines: [], risen: [] };

/** A rise that was believed, shared out among the pools of its place. */
export function moveRise(change: Change, place: PlaceState, movement: Movement): Change {
  const home = place.locationId;
  if (!isInSeveral(place) || movement.delta <= 0) return move(change, place, movement);
  const { atMs } = movement;
  const known = returnsOf(change.state, place.place);
  const back = takeNewest(
    known.lines.map(({ openUnits, ...line }) => ({ ...line, units: openUnits })),
    movement.delta,
    (line) => isRecent(line, atMs),
  );
  const lines = known.lines.map((line, index) => ({
    ...line,
    openUnits: line.openUnits - (back.taken[index] ?? 0),
  }));
  const draws = change.state.drawn?.[place.place] ?? [];
  const undone = takeNewest(
    draws,
    back.rest,
    (draw) => isRecent(draw, atMs) && draw.locationId !== home,
  );
  const shares = new Map<number, number>();
  const give = (locationId: number, units: number): void =>
    void shares.set(locationId, (shares.get(locationId) ?? 0) + units);
  known.lines.forEach(({ locationId }, index) => give(locationId, back.taken[index] ?? 0));
  draws.forEach(({ locationId }, index) => give(locationId, undone.taken[index] ?? 0));
  give(home, undone.rest);
  const risen = [...known.risen, { locationId: home, units: undone.rest, atMs }];
  let state = withReturns(change.state, place.place, { lines, risen });
  state = withDrawsOf(state, place.place, relabelled(draws, undone.taken, home));
  return [...shares].reduce<Change>(
    (sofar, [locationId, units]) =>
      units === 0 ? sofar : moveAt(sofar, locationId, { ...movement, delta: units }, place.place),
    { ...change, state },
  );
}

/**
 * A line came back: the level is looked at, because no webhook tells of a cashier's restock (clover.md 2). At a register
 * in several pools, its pool gets what rose lately and counted elsewhere by rule; the rest waits. A repeat is none.
 */
export function lineReturned(change: Change, found: PlaceState, sale: Sale, nowMs: number): Change {
  const { returned } = sale;
  if (returned === undefined || !isRecent(returned, nowMs)) return change;
  const isSeen = found.levelReadAtMs > returned.atMs + CLOCK_SKEW_MS;
  const place = isSeen ? found : wantRead(found, nowMs, sale.eventId);
  const looked = { ...change, state: withPlace(change.state, place) };
  return isInSeveral(place) ? givenBack(looked, place, sale, returned, nowMs) : looked;
}

function givenBack(
  change: Change,
  place: PlaceState,
  sale: Sale,
  returned: NonNullable<Sale['returned']>,
  nowMs: number,
): Change {
  const known = returnsOf(change.state, place.place);
  const line = known.lines.find(({ saleKey }) => saleKey === sale.saleKey);
  const more = returned.units - (line?.units ?? 0);
  if (more <= 0) return change;
  const locationId = poolOfSale(place, sale.locationId);
  const shown = takeNewest(known.risen, more, (rise) => isRecent(rise, nowMs));
  const risen = known.risen.map((rise, index) => ({
    ...rise,
    units: rise.units - (shown.taken[index] ?? 0),
  }));
  const next = {
    saleKey: sale.saleKey,
    locationId,
    units: returned.units,
    openUnits: (line?.openUnits ?? 0) + shown.rest,
    atMs: returned.atMs,
  };
  const others = known.lines.filter((each) => each !== line);
  const state = withReturns(change.state, place.place, { lines: [...others, next], risen });
  const units = more - shown.rest;
  const stored = { ...change, state };
  if (units === 0 || locationId === place.locationId) return stored;
  const common = {
    cause: 'moved' as const,
    source: `order:${sale.orderId}`,
    eventId: sale.eventId,
    atMs: nowMs,
  };
  const note = `${units} of order ${sale.orderId} came back, which location ${locationId} had sold.`;
  const home = { ...common, delta: -units, note };
  const gone = moveAt(stored, place.locationId, home, place.place);
  return moveAt(gone, locationId, { ...common, delta: units, note }, place.place);
}

/** Ends every command: what is too old to be matched is forgotten. */
export function settleReturns(state: LedgerState, nowMs: number): LedgerState {
  if (state.returns === undefined) return state;
  const kept: Record<PlaceKey, Returns> = {};
  for (const place of state.places.filter(isInSeveral)) {
    const { lines, risen } = returnsOf(state, place.place);
    const next = {
      lines: lines.filter((line) => isRecent(line, nowMs)).slice(-RETURNS_MAX),
      risen: risen.filter((rise) => rise.units > 0 && isRecent(rise, nowMs)).slice(-RETURNS_MAX),
    };
    if (next.lines.length > 0 || next.risen.length > 0) kept[place.place] = next;
  }
  const { returns: _, ...rest } = state;
  return Object.keys(kept).length === 0 ? rest : { ...rest, returns: kept };
}

function returnsOf(state: LedgerState, place: PlaceKey): Returns {
  return state.returns?.[place] ?? NONE;
}

function withReturns(state: LedgerState, place: PlaceKey, returns: Returns): LedgerState {
  return { ...state, returns: { ...state.returns, [place]: returns } };
}

function withDrawsOf(state: LedgerState, place: PlaceKey, draws: readonly Draw[]): LedgerState {
  return draws.length === 0 ? state : { ...state, drawn: { ...state.drawn, [place]: draws } };
}

function isRecent({ atMs }: { readonly atMs: number }, nowMs: number): boolean {
  return nowMs - atMs <= RETURN_PATIENCE_MS;
}

/** Up to `units` from the newest on; per row what was taken of it. */
function takeNewest<Row extends { readonly units: number }>(
  rows: readonly Row[],
  units: number,
  isOpen: (row: Row) => boolean,
): { readonly taken: readonly number[]; readonly rest: number } {
  let rest = units;
  const taken = rows
    .toReversed()
    .map((row) => {
      const part = isOpen(row) ? Math.min(rest, row.units) : 0;
      rest -= part;
      return part;
    })
    .toReversed();
  return { taken, rest };
}

/** Those units count as taken from the first pool now: should a sale claim them after all, the rise was the first pool's. */
function relabelled(draws: readonly Draw[], taken: readonly number[], home: number): Draw[] {
  return draws.flatMap((draw, index) => {
    const part = taken[index] ?? 0;
    const kept = { ...draw, units: draw.units - part };
    const moved = { ...draw, locationId: home, units: part };
    return [kept, moved].filter(({ units }) => units > 0);
  });
}

/**
 * One register in several pools (S10): Clover keeps one level per item, so it shows the sum of what its pools have free.
 * A sale counts in the pool of its device. What no sale explains is taken from the fullest pools and remembered as drawn,
 * until the sale that it was tells its pool, or can no longer come.
 */
import type { PlaceKey } from '../ids.ts';
import type { LedgerState, PlaceSetup, PlaceState, PoolState } from './state.ts';
import { shareOut } from './parts.ts';

/** Units of unexplained falls that were taken from a pool by rule. Oldest first. */
export interface Draw {
  readonly locationId: number;
  readonly units: number;
  readonly atMs: number;
}

/** A sold line that came back: its rise belongs to the pool that sold it. */
export interface ReturnedLine {
  readonly saleKey: string;
  readonly locationId: number;
  /** All of the line that came back so far, and what of it no rise has shown yet. */
  readonly units: number;
  readonly openUnits: number;
  readonly atMs: number;
}

/** What came back, and rises that counted at the first pool by rule. Oldest first. */
export interface Returns {
  readonly lines: readonly ReturnedLine[];
  readonly risen: readonly Draw[];
}

/** Units of one pool's count; whole, of either sign. */
export interface PoolDelta {
  readonly locationId: number;
  readonly delta: number;
}

/** The pools in which the place counts; the first is the one for whatever tells none. */
export function locationsOf(place: Pick<PlaceSetup, 'locationId' | 'alsoAt'>): readonly number[] {
  return [place.locationId, ...(place.alsoAt ?? [])];
}

export function standsAt(
  place: Pick<PlaceSetup, 'locationId' | 'alsoAt'>,
  locationId: number,
): boolean {
  return locationsOf(place).includes(locationId);
}

export function isInSeveral(place: Pick<PlaceSetup, 'alsoAt'>): boolean {
  return (place.alsoAt ?? []).length > 0;
}

/** The pool that a sale at this place counts in: its device's, or the first. */
export function poolOfSale(place: PlaceSetup, locationId: number | undefined): number {
  return locationId !== undefined && standsAt(place, locationId) ? locationId : place.locationId;
}

/** Said at a sale whose device stands in none of the pools. */
export function deviceNote(place: PlaceSetup, locationId: number | undefined): string {
  const isPlain = !isInSeveral(place) || (locationId !== undefined && standsAt(place, locationId));
  return isPlain
    ? ''
    : ` Its device stands in no pool, so it counts at location ${place.locationId}, the first.`;
}

/**
 * Where a movement that tells no pool counts: a rise in the first one; a fall unit by unit in whichever has most on hand
 * then, and what none of them has in the first.
 */
export function spreadOf(
  state: { readonly pools: readonly Pick<PoolState, 'locationId' | 'onHand'>[] },
  place: Pick<PlaceSetup, 'locationId' | 'alsoAt'>,
  delta: number,
): PoolDelta[] {
  const home = place.locationId;
  if (delta >= 0 || !isInSeveral(place)) return [{ locationId: home, delta }];
  const locations = locationsOf(place);
  const held = locations.map((locationId) =>
    Math.max(0, state.pools.find((pool) => pool.locationId === locationId)?.onHand ?? 0),
  );
  const total = held.reduce((sum, units) => sum + units, 0);
  const left = shareOut(held, Math.max(0, total + delta), 'most-stock');
  const short = Math.min(0, total + delta);
  return locations.flatMap((locationId, index) => {
    const taken = (left[index] ?? 0) - (held[index] ?? 0) + (index === 0 ? short : 0);
    return taken === 0 ? [] : [{ locationId, delta: taken }];
  });
}

export function withDraws(
  state: LedgerState,
  place: PlaceKey,
  taken: readonly PoolDelta[],
  atMs: number,
): LedgerState {
  const draws = [
    ...(state.drawn?.[place] ?? []),
    ...taken.map(({ locationId, delta }) => ({ locationId, units: -delta, atMs })),
  ];
  return { ...state, drawn: { ...state.drawn, [place]: draws } };
}

/**
 * Takes up to `units` off what was drawn, for a sale in the pool `locationId`: what was drawn from that pool first, then
 * the newest. Answers from where.
 */
export function takeDrawn(
  state: LedgerState,
  place: PlaceKey,
  units: number,
  locationId: number,
): { readonly state: LedgerState; readonly taken: readonly Draw[] } {
  const draws = state.drawn?.[place] ?? [];
  let rest = units;
  const taken: Draw[] = [];
  const left = [...draws];
  const order = [...draws.keys()].toReversed();
  const isOwn = (index: number): boolean => draws[index]?.locationId === locationId;
  for (const index of [...order.filter(isOwn), ...order.filter((each) => !isOwn(each))]) {
    const draw = draws[index];
    const part = Math.min(rest, draw?.units ?? 0);
    if (draw === undefined || part === 0) continue;
    rest -= part;
    taken.push({ ...draw, units: part });
    left[index] = { ...draw, units: draw.units - part };
  }
  const open = left.filter((draw) => draw.units > 0);
  return { state: { ...state, drawn: { ...state.drawn, [place]: open } }, taken };
}

/** Ends every command: no more is remembered as drawn than falls are unexplained. The oldest is forgotten first. */
export function settleDraws(state: LedgerState): LedgerState {
  if (state.drawn === undefined) return state;
  const drawn: Record<PlaceKey, readonly Draw[]> = {};
  for (const place of state.places) {
    const known = (state.drawn[place.place] ?? []).map((draw) =>
      // Its pool is gone, and its units are with the register's first one.
      standsAt(place, draw.locationId) ? draw : { ...draw, locationId: place.locationId },
    );
    const draws = trimmed(known, unexplainedUnits(place));
    if (draws.length > 0 && isInSeveral(place)) drawn[place.place] = draws;
  }
  const { drawn: _, ...rest } = state;
  return Object.keys(drawn).length === 0 ? rest : { ...rest, drawn };
}

function unexplainedUnits(place: PlaceState): number {
  return place.unexplained.reduce((sum, { units }) => sum + units, 0);
}

function trimmed(draws: readonly Draw[], units: number): Draw[] {
  let open = units;
  return draws
    .toReversed()
    .flatMap((draw) => {
      const kept = Math.min(open, draw.units);
      open -= kept;
      return kept === 0 ? [] : [{ ...draw, units: kept }];
    })
    .toReversed();
}

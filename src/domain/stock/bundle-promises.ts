/**
 * Promised bundles (S6, S9): their components reserve what an order holds, and consume it once, when the order ships. Told
 * like a sale: the bundle owes each word about a line to its components until they have it. What the web took as the
 * order was placed and a cancellation leaves out, the components count as gone until the bundle's level rises.
 */
import type { Sale } from './api.ts';
import {
  asOf,
  bundleOf,
  consumersOf,
  withBundle,
  withOwed,
  withReturned,
  type Owed,
  type PromisedLine,
} from './bundles.ts';
import { findPlace } from './change.ts';
import { reservedKeys } from './reservations.ts';
import { poolOfSale } from './several.ts';
import type { Change, LedgerState } from './state.ts';

export interface Promised {
  readonly change: Change;
  /** Units whose fall at the web's level is to be expected now. */
  readonly falling: number;
}

/** Takes in that a line is promised: its quantity is reserved, absolute. `knownUnits`: what it has sold already. */
export function promiseBundle(
  state: LedgerState,
  sale: Sale,
  knownUnits: number,
  nowMs: number,
): Promised {
  const change: Change = { state, entries: [] };
  const bundle = bundleOf(state);
  const place = findPlace(state, sale.place);
  if (bundle === null || place === undefined || knownUnits > 0) return { change, falling: 0 };
  const known = bundle.promised.find(({ saleKey }) => saleKey === sale.saleKey);
  const takesNow = sale.takesAtOnce === true;
  // What the web took and gave back again, its level shows; until the order ships it stays reserved.
  const units = known?.isTaken === true ? Math.max(known.units, sale.quantity) : sale.quantity;
  const more = units - (known?.units ?? 0);
  const isTaken = takesNow || known?.isTaken === true;
  if (more === 0 && isTaken === (known?.isTaken ?? false)) return { change, falling: 0 };
  const { saleKey, orderId } = sale;
  const line: PromisedLine = {
    saleKey,
    place: place.place,
    orderId,
    locationId: poolOfSale(place, sale.locationId),
    units,
    isTaken,
    components: known?.components ?? consumersOf(bundle, sale),
  };
  const owed = owedFor(state, line, sale, { standing: 'promised' }, Math.max(0, more), nowMs);
  const others = bundle.promised.filter((each) => each !== known);
  const next = {
    ...bundle,
    promised: units === 0 ? others : [...others, line],
    owed: withOwed(bundle.owed, owed),
  };
  const fresh = known?.isTaken === true ? Math.max(0, more) : units;
  return { change: withBundle(change, next), falling: takesNow ? fresh : 0 };
}

/** The line is promised no longer, and not sold either. */
export function endPromise(state: LedgerState, sale: Sale, nowMs: number): Change {
  const change: Change = { state, entries: [] };
  const bundle = bundleOf(state);
  const known = bundle?.promised.find(({ saleKey }) => saleKey === sale.saleKey);
  if (bundle === null || known === undefined) return change;
  const standing = known.isTaken ? {} : ({ standing: 'over' } as const);
  const owed = owedFor(state, known, sale, standing, 0, nowMs);
  const next = {
    ...bundle,
    promised: bundle.promised.filter((each) => each !== known),
    owed: withOwed(bundle.owed, owed),
  };
  const ended = withBundle(change, next);
  return known.isTaken ? withReturned(ended, next, { ...owed, quantity: 0, units: 0 }) : ended;
}

/** The order shipped: what was reserved for the line is consumed. Answers the units that were. */
export function shipPromise(
  state: LedgerState,
  sale: Sale,
  nowMs: number,
): Promised & { readonly units: number } {
  const change: Change = { state, entries: [] };
  const bundle = bundleOf(state);
  const known = bundle?.promised.find(({ saleKey }) => saleKey === sale.saleKey);
  if (bundle === null || known === undefined) return { change, falling: 0, units: 0 };
  const units = Math.min(sale.quantity, known.units);
  const line = { ...known, units: sale.quantity };
  const next = {
    ...bundle,
    promised: bundle.promised.filter((each) => each !== known),
    owed: withOwed(bundle.owed, owedFor(state, line, sale, {}, 0, nowMs)),
  };
  return { change: withBundle(change, next), falling: known.isTaken ? 0 : units, units };
}

/** `units`: those that the components' counts do not show yet. */
function owedFor(
  state: LedgerState,
  line: PromisedLine,
  sale: Sale,
  standing: Pick<Owed, 'standing'>,
  units: number,
  nowMs: number,
): Owed {
  const { saleKey, place, orderId, locationId, components } = line;
  return {
    saleKey,
    place,
    orderId,
    locationId,
    components,
    quantity: line.units,
    units,
    soldAtMs: sale.soldAtMs,
    eventId: sale.eventId,
    asOf: asOf(state, nowMs),
    ...standing,
  };
}

/** Keys of the order's lines that hold units, when it is told how they stand. */
export function heldKeys(state: LedgerState, sale: Sale): string[] {
  if (sale.standing === undefined || sale.asPartOf !== undefined) return [];
  const { place, orderId } = sale;
  const promised = (state.bundle?.promised ?? []).filter(
    (line) => line.place === place && line.orderId === orderId,
  );
  return [...reservedKeys(state, sale), ...promised.map(({ saleKey }) => saleKey)];
}

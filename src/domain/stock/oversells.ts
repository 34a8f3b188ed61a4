/**
 * Oversells (S7): more is owed than is on the shelf, because both sides sold the last unit. One incident from the moment
 * it shows until the owed units are made good; the orders that may have sold them are named as they come to light.
 */
import { OVERSELL_ORDERS_MAX, OVERSELLS_MAX, RECENT_ORDERS_MAX } from '../../limits.ts';
import type { EventId } from '../ids.ts';
import type { Oversell, RecentOrder } from './incident.ts';
import type { Change, Entry, LedgerState, PoolState } from './state.ts';

/** What a ledger knows of oversells at the start. */
export const NO_OVERSELLS = {
  oversells: [],
  oversellCount: 0,
  recentOrders: [],
} satisfies Partial<LedgerState>;

/** Units owed in a pool: sold or promised, and not on the shelf. */
function owedUnits({ onHand, reserved }: PoolState): number {
  return Math.max(0, reserved - onHand);
}

/** Ends a command: incidents begin, grow, learn of orders and end; each new owed unit gets a line that names the orders. */
export function settleOversells(change: Change, eventId: EventId, nowMs: number): Change {
  const told = ordersOf(change.entries);
  const recentOrders = remember(change.state.recentOrders, told);
  let next: Change = { ...change, state: { ...change.state, recentOrders } };
  for (const pool of change.state.pools) next = settlePool(next, pool, told, eventId, nowMs);
  return next;
}

function settlePool(
  change: Change,
  pool: PoolState,
  told: readonly RecentOrder[],
  eventId: EventId,
  nowMs: number,
): Change {
  const { state } = change;
  const owed = owedUnits(pool);
  const { locationId } = pool;
  const open = state.oversells.find(
    (each) => each.locationId === locationId && each.endedAtMs === null,
  );
  if (owed === 0) {
    if (open === undefined) return change;
    return { ...change, state: withOversell(state, { ...open, endedAtMs: nowMs }) };
  }
  const here = (order: RecentOrder): boolean => order.locationId === locationId;
  if (open === undefined) {
    const oversellCount = state.oversellCount + 1;
    const orders = lastOfEachSide(state.recentOrders.filter(here));
    const incidentId = `${state.linkId}-o${oversellCount}`;
    const begun = { incidentId, locationId, sinceMs: nowMs, units: owed, orders, endedAtMs: null };
    return withLine(change, { ...state, oversellCount }, begun, owed, eventId, nowMs);
  }
  const orders = addOrders(open.orders, told.filter(here));
  const known = { ...open, orders, units: Math.max(open.units, owed) };
  if (owed > open.units) return withLine(change, state, known, owed, eventId, nowMs);
  if (orders === open.orders) return change;
  return { ...change, state: withOversell(state, known) };
}

/** Stores the incident and appends its line. */
function withLine(
  change: Change,
  state: LedgerState,
  oversell: Oversell,
  owed: number,
  eventId: EventId,
  nowMs: number,
): Change {
  const entry: Entry = {
    locationId: oversell.locationId,
    delta: 0,
    cause: 'oversell',
    place: null,
    source: `oversell:${oversell.incidentId}`,
    eventId,
    atMs: nowMs,
    note: `Oversold: ${owed} more than the shelf held${byWhom(oversell.orders)}.`,
  };
  return { state: withOversell(state, oversell), entries: [...change.entries, entry] };
}

/** As the end of a sentence: the orders as far as they are known. */
export function byWhom(orders: readonly string[]): string {
  return orders.length === 0 ? '; the orders are not known yet' : `, by ${orders.join(' and ')}`;
}

function withOversell(state: LedgerState, next: Oversell): LedgerState {
  const others = state.oversells.filter(({ incidentId }) => incidentId !== next.incidentId);
  return { ...state, oversells: [...others, next].slice(-OVERSELLS_MAX) };
}

function ordersOf(entries: readonly Entry[]): readonly RecentOrder[] {
  return entries.flatMap(({ cause, source, place, locationId, atMs }) => {
    if (cause !== 'sale' || place === null || !source.startsWith('order:')) return [];
    const side = place.startsWith('bigcommerce') ? 'web' : 'register';
    return [{ locationId, side, name: `${side} order ${source.slice('order:'.length)}`, atMs }];
  });
}

function remember(
  known: readonly RecentOrder[],
  told: readonly RecentOrder[],
): readonly RecentOrder[] {
  if (told.length === 0) return known;
  const names = new Set(told.map(({ name }) => name));
  return [...known.filter(({ name }) => !names.has(name)), ...told].slice(-RECENT_ORDERS_MAX);
}

/** The last unit went to one of them, and the one that was not there to the other. */
function lastOfEachSide(orders: readonly RecentOrder[]): readonly string[] {
  return (['web', 'register'] as const).flatMap((side) => {
    const last = orders.findLast((order) => order.side === side);
    return last === undefined ? [] : [last.name];
  });
}

function addOrders(known: readonly string[], told: readonly RecentOrder[]): readonly string[] {
  const added = told.map(({ name }) => name).filter((name) => !known.includes(name));
  return added.length === 0 ? known : [...known, ...new Set(added)].slice(-OVERSELL_ORDERS_MAX);
}

/**
 * Goods that came back with a refund (O6): whether they count again is a decision of its own, never implied by money. A
 * level that rose at the place of the refund has decided it: a cashier, or the platform, put them back. Otherwise the
 * merchant's rule decides once the place has been looked at, or a person is asked.
 */
import { CLOCK_SKEW_MS, GOODS_BACK_MAX, GOODS_MEMORY_MS, RISE_MEMORY_MS } from '../../limits.ts';
import type { EventId, PlaceKey } from '../ids.ts';
import type { Sale } from './api.ts';
import { findPlace, moveAt, wantRead, withPlace } from './change.ts';
import { poolOfSale } from './several.ts';
import type { Change, LedgerState, PlaceState } from './state.ts';

export type Restock = 'always' | 'never' | 'ask';

/** One line that came back. */
export interface GoodsBack {
  readonly saleKey: string;
  readonly orderId: string;
  readonly place: PlaceKey;
  readonly locationId: number;
  /** As the order tells. */
  readonly units: number;
  /** Neither seen to be back nor decided on. */
  readonly openUnits: number;
  /** Counted again by us. */
  readonly restockedUnits: number;
  /** By the platform's clock. */
  readonly atMs: number;
  readonly heardAtMs: number;
  /** When the rule decides. */
  readonly dueAtMs: number;
  readonly status: 'waiting' | 'asked' | 'done';
  /** A person was asked: the question is to be closed. */
  readonly wasAsked: boolean;
}

/** Units that came to a place and no return has claimed. */
interface Rise {
  readonly place: PlaceKey;
  readonly units: number;
  readonly atMs: number;
}

export interface Goods {
  readonly lines: readonly GoodsBack[];
  readonly rises: readonly Rise[];
}

/** A cashier may put the goods back before giving the money back. */
const BEFORE_REFUND_MS = 60_000;

const NONE: Goods = { lines: [], rises: [] };

/** How many settle times the rule waits: a restock shows in the first, and is believed in the second. */
const SETTLE_TIMES = 3;

/**
 * A line of an order came back. A repeat changes nothing, nor does a line of an order that we made there, or of a bundle,
 * whose goods are its components'.
 */
export function heardBack(change: Change, place: PlaceState, sale: Sale, nowMs: number): Change {
  const { returned, saleKey, orderId } = sale;
  const { policy, goods = NONE } = change.state;
  const isPlain = sale.pushKey === undefined && policy.components === undefined;
  if (policy.restock === undefined || returned === undefined || !isPlain) return change;
  // Told long after: it is in the counts, or somebody has decided.
  if (returned.atMs < Math.max(place.countedFromMs, nowMs - GOODS_MEMORY_MS)) return change;
  const before = goods.lines.find((line) => line.saleKey === saleKey);
  const more = returned.units - (before?.units ?? 0);
  if (more <= 0) return change;
  const claimed = claimRises(goods.rises, place.place, more, returned.atMs);
  const open = (before?.openUnits ?? 0) + more - claimed.units;
  const line: GoodsBack = {
    saleKey,
    orderId,
    place: place.place,
    locationId: poolOfSale(place, sale.locationId),
    units: returned.units,
    openUnits: open,
    restockedUnits: before?.restockedUnits ?? 0,
    atMs: returned.atMs,
    heardAtMs: nowMs,
    dueAtMs: nowMs + SETTLE_TIMES * policy.settleMs,
    status: open === 0 ? 'done' : 'waiting',
    wasAsked: before?.wasAsked ?? false,
  };
  const lines = [...goods.lines.filter((each) => each !== before), line];
  const kept = withGoods(change, { lines, rises: claimed.rises });
  if (open === 0) return kept;
  // The look that decides: a rise is believed at the second, so there is time for one before.
  return { ...kept, state: withPlace(kept.state, wantRead(place, line.dueAtMs, sale.eventId)) };
}

function claimRises(
  rises: readonly Rise[],
  place: PlaceKey,
  wanted: number,
  sinceMs: number,
): { readonly units: number; readonly rises: readonly Rise[] } {
  let units = 0;
  const left = rises.map((rise) => {
    const isOurs = rise.place === place && rise.atMs >= sinceMs - BEFORE_REFUND_MS;
    const part = isOurs ? Math.min(rise.units, wanted - units) : 0;
    units += part;
    return { ...rise, units: rise.units - part };
  });
  return { units, rises: left.filter((rise) => rise.units > 0) };
}

/** A level rose, and the rise is counted: lines that came back there need no decision any more, the oldest first. */
export function riseSeen(
  change: Change,
  place: PlaceState,
  units: number,
  eventId: EventId,
  nowMs: number,
): Change {
  const { goods = NONE, policy } = change.state;
  if (policy.restock === undefined || units <= 0) return change;
  let rest = units;
  let next = change;
  const lines = goods.lines.map((line) => {
    if (line.place !== place.place || rest === 0) return line;
    const open = Math.min(rest, line.openUnits);
    rest -= open;
    // We had counted them again a moment before the cashier's own entry was seen.
    const isFresh = nowMs - line.dueAtMs <= SETTLE_TIMES * policy.settleMs;
    const twice = isFresh ? Math.min(rest, line.restockedUnits) : 0;
    rest -= twice;
    if (twice > 0) {
      const note = `${twice} of order ${line.orderId} were put back at the register: they count once.`;
      const movement = { cause: 'returned', source: `order:${line.orderId}`, eventId } as const;
      next = moveAt(next, line.locationId, { ...movement, delta: -twice, atMs: nowMs, note });
    }
    const openUnits = line.openUnits - open;
    const status = openUnits === 0 ? ('done' as const) : line.status;
    return { ...line, openUnits, status, restockedUnits: line.restockedUnits - twice };
  });
  const rises = rest === 0 ? [] : [{ place: place.place, units: rest, atMs: nowMs }];
  return withGoods(next, { lines, rises: [...goods.rises, ...rises] });
}

/**
 * Ends every command: what is due, and was looked at, is decided by the merchant's rule; what is long over is forgotten.
 */
export function settleGoods(change: Change, eventId: EventId, nowMs: number): Change {
  const { goods, policy } = change.state;
  if (goods === undefined) return change;
  let next = change;
  const lines = goods.lines.map((line): GoodsBack => {
    const place = findPlace(change.state, line.place);
    const isDue = line.status === 'waiting' && line.dueAtMs <= nowMs;
    if (!isDue || place === undefined || place.suspectedRise !== null) return line;
    if (place.levelReadAtMs + CLOCK_SKEW_MS < line.dueAtMs) {
      const looked = wantRead(place, nowMs, eventId);
      if (place.readDue === null) next = { ...next, state: withPlace(next.state, looked) };
      return line;
    }
    switch (policy.restock ?? 'ask') {
      case 'always':
        next = countAgain(next, line, eventId, nowMs);
        return { ...line, openUnits: 0, restockedUnits: line.openUnits, status: 'done' };
      case 'never':
        return { ...line, openUnits: 0, status: 'done' };
      default:
        return { ...line, status: 'asked', wasAsked: true };
    }
  });
  const kept = lines.filter(
    ({ status, heardAtMs }) => status !== 'done' || nowMs - heardAtMs <= GOODS_MEMORY_MS,
  );
  const rises = goods.rises.filter(({ atMs }) => nowMs - atMs <= RISE_MEMORY_MS);
  return withGoods(next, {
    lines: kept.slice(-GOODS_BACK_MAX),
    rises: rises.slice(-GOODS_BACK_MAX),
  });
}

function countAgain(change: Change, line: GoodsBack, eventId: EventId, nowMs: number): Change {
  return moveAt(change, line.locationId, {
    delta: line.openUnits,
    cause: 'returned',
    source: `order:${line.orderId}`,
    eventId,
    atMs: nowMs,
    note: `${line.openUnits} of order ${line.orderId} came back and are on the shelf again.`,
  });
}

/** A person says of an order's goods whether they are on the shelf again; what is decided already stays so. */
export function answerReturns(
  state: LedgerState,
  orderId: string,
  isRestocked: boolean,
  eventId: EventId,
  nowMs: number,
): Change {
  const { goods = NONE } = state;
  let next: Change = { state, entries: [] };
  const lines = goods.lines.map((line): GoodsBack => {
    if (line.orderId !== orderId || line.status !== 'asked') return line;
    if (isRestocked) next = countAgain(next, line, eventId, nowMs);
    const restockedUnits = isRestocked ? line.openUnits : 0;
    return { ...line, openUnits: 0, restockedUnits, status: 'done' };
  });
  return withGoods(next, { ...goods, lines });
}

/** A question to a person, by order; closed once nothing of it is open. */
export interface RestockQuestion {
  readonly orderId: string;
  readonly place: PlaceKey;
  readonly openUnits: number;
  readonly units: number;
  readonly restockedUnits: number;
  readonly sinceMs: number;
}

export function questionsOf({ goods }: LedgerState): RestockQuestion[] {
  const asked = (goods?.lines ?? []).filter(({ wasAsked }) => wasAsked);
  return [...Map.groupBy(asked, ({ orderId }) => orderId)].map(([orderId, lines]) => {
    const sum = (of: (line: GoodsBack) => number) =>
      lines.reduce((total, line) => total + of(line), 0);
    return {
      orderId,
      place: lines[0]?.place ?? 'bigcommerce:1',
      openUnits: sum(({ status, openUnits }) => (status === 'asked' ? openUnits : 0)),
      units: sum(({ units }) => units),
      restockedUnits: sum(({ restockedUnits }) => restockedUnits),
      sinceMs: Math.min(...lines.map(({ heardAtMs }) => heardAtMs)),
    };
  });
}

function withGoods(change: Change, goods: Goods): Change {
  const { goods: _, ...rest } = change.state;
  const isEmpty = goods.lines.length === 0 && goods.rises.length === 0;
  return { ...change, state: isEmpty ? rest : { ...rest, goods } };
}

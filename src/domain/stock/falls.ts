/** Falls and the sales that caused them: which fall may be whose, by their times (S2). Nothing here moves the count. */
import {
  EXPLAINED_MAX,
  SALE_LAG_MS,
  UNEXPLAINED_MAX,
  UNEXPLAINED_MEMORY_MS,
} from '../../limits.ts';
import type { ExplainedFall, PlaceState, Span, UnexplainedFall } from './state.ts';
import { isInWindow, mayMeet } from './windows.ts';

/**
 * Units of a fall that a sale may have caused. The row's own time is that of its last change: a sale of another time
 * leaves at least one unit to whatever happened then.
 */
export function shareOf(
  fall: { readonly units: number; readonly span: Span | null },
  sale: Span | null,
): number {
  if (!mayMeet(fall.span, sale)) return 0;
  const isOther = fall.span?.endsWithChange === true && !isLastChange(fall.span, sale);
  return isOther ? Math.max(0, fall.units - 1) : fall.units;
}

function isLastChange(fall: Span, sale: Span | null): boolean {
  return sale === null || (sale.fromMs < fall.toMs && fall.toMs <= sale.toMs);
}

/** The span of what is left of a fall once this sale has its part: its last change may be explained by now. */
export function restOfSpan(fall: Span | null, sale: Span | null): Span | null {
  if (fall === null || !isLastChange(fall, sale)) return fall;
  return withoutLastChange(fall);
}

/** The span of the part that a sale has: its last change is that sale's, or was left to whatever happened then. */
export function partOfSpan(fall: Span | null, sale: Span | null): Span | null {
  return fall === null || isLastChange(fall, sale) ? fall : withoutLastChange(fall);
}

/** A stretch whose end says nothing about what moved the level. */
export function withoutLastChange(span: Span | null): Span | null {
  return span?.endsWithChange === true ? { fromMs: span.fromMs, toMs: span.toMs } : span;
}

/** Sales that may have been the last change of a fall come first, then those that fit its time best. */
export function byFit(fall: Span | null, one: Span | null, other: Span | null): number {
  // Only a row's own time names its last change; a read of the web begins at any moment.
  const later = (sale: Span | null): number =>
    fall?.endsWithChange === true && isLastChange(fall, sale) ? 0 : 1;
  return later(one) - later(other) || misfit(fall, one) - misfit(fall, other);
}

/**
 * How well a fall fits a sale, lower is better: it fell when the sale was paid, when its line was added, or only
 * within the lag that the level may have. Ties are the caller's to break.
 */
function misfit(fall: Span | null, sale: Span | null): number {
  if (fall === null || sale === null) return 3;
  const holds = (atMs: number): boolean => fall.fromMs < atMs && atMs <= fall.toMs;
  if (holds(sale.toMs - SALE_LAG_MS)) return 0;
  return holds(sale.fromMs + 1) ? 1 : 2;
}

/** Of too many, the two oldest become one: their units are still some sale's. */
export function rememberFall(
  falls: readonly UnexplainedFall[],
  fall: UnexplainedFall,
): readonly UnexplainedFall[] {
  if (fall.units === 0) return falls;
  const all = [...falls, fall];
  const [first, second, ...rest] = all;
  if (all.length <= UNEXPLAINED_MAX || first === undefined || second === undefined) return all;
  const span =
    first.span === null || second.span === null
      ? null
      : { fromMs: first.span.fromMs, toMs: second.span.toMs };
  return [{ ...second, units: first.units + second.units, span }, ...rest];
}

/** Remembers whose these falls were. */
export function withExplained(
  place: PlaceState,
  falls: readonly UnexplainedFall[],
  sale: Span | null,
  pushKey?: string,
): PlaceState {
  if (falls.length === 0) return place;
  const holder = heldBy(pushKey === undefined ? { sale } : { sale, pushKey });
  const given = falls.map(({ units, atMs, span }) => ({ units, atMs, span, ...holder }));
  return { ...place, explained: newest(place, [...place.explained, ...given]) };
}

/**
 * Of too many the oldest go, but those last whose sale may have been swallowed: a sale told much later, such as that of a
 * tab left open, may be the one that really caused the fall.
 */
function newest(place: PlaceState, falls: readonly ExplainedFall[]): readonly ExplainedFall[] {
  const excess = falls.length - EXPLAINED_MAX;
  if (excess <= 0) return falls;
  const sure = falls.filter(({ sale }) => !isInWindow(place, sale)).slice(0, excess);
  return falls.filter((fall) => !sure.includes(fall)).slice(-EXPLAINED_MAX);
}

export interface Given {
  /** Taken from the unexplained, for this sale or for one that gave it its own. */
  readonly taken: readonly UnexplainedFall[];
  /** Those that are this sale's. */
  readonly own: readonly UnexplainedFall[];
  readonly place: PlaceState;
  /** Units of the sale that no fall explains. */
  readonly rest: number;
}

/**
 * Gives a sale the unexplained falls that fit its time best, of those the newest: the sale just told most likely caused
 * the fall just seen. If its own went to a sale that can take another one, the two change places.
 */
export function giveFalls(
  place: PlaceState,
  units: number,
  sale: Span | null,
  nowMs: number,
): Given {
  const remembered = place.unexplained.filter(({ atMs }) => nowMs - atMs <= UNEXPLAINED_MEMORY_MS);
  const open = remembered.map((fall): Open => ({ ...fall }));
  const taken: UnexplainedFall[] = [];
  let rest = units;
  const candidates = open
    .toReversed()
    .toSorted((one, other) => misfit(one.span, sale) - misfit(other.span, sale));
  for (const fall of candidates) {
    const part = Math.min(rest, shareOf(fall, sale));
    if (part === 0) continue;
    taken.push({ ...fall, units: part, span: partOfSpan(fall.span, sale) });
    fall.units -= part;
    fall.span = restOfSpan(fall.span, sale);
    rest -= part;
  }
  const passed: UnexplainedFall[] = [];
  const holder = (held: ExplainedFall): Open | undefined =>
    open.find((fall) => shareOf(fall, held.sale) > 0);
  const moved = passOn(place.explained, rest, sale, {
    ends: (held) => shareOf(holder(held) ?? { units: 0, span: null }, held.sale),
    end(held, part) {
      const fall = holder(held);
      if (fall === undefined) return [];
      passed.push({ ...fall, units: part });
      const { atMs, span } = fall;
      fall.units -= part;
      fall.span = restOfSpan(fall.span, held.sale);
      return [{ units: part, atMs, span, ...heldBy(held) }];
    },
  });
  const next: PlaceState = {
    ...place,
    unexplained: open.filter((fall) => fall.units > 0),
    explained: moved.explained,
  };
  return {
    taken: [...taken, ...passed],
    own: taken,
    place: withExplained(next, taken, sale),
    rest: rest - moved.units,
  };
}

/** A fall while it is being shared out. */
type Open = { -readonly [Field in keyof UnexplainedFall]: UnexplainedFall[Field] };

/** Where a chain of sales, each taking over the fall of the next, may stop. */
interface ChainEnd {
  /** Units that the holder of this fall can give up. */
  ends(held: ExplainedFall): number;
  /** What its holder gets instead. */
  end(held: ExplainedFall, units: number): readonly ExplainedFall[];
}

interface PassedOn {
  readonly explained: readonly ExplainedFall[];
  /** Units that the new sale got. */
  readonly units: number;
}

/**
 * Finds falls for a sale among those that others hold: it takes one of its time, whose holder takes one of its own
 * time, and so on, until somebody can do without (augmenting paths of a matching).
 */
function passOn(
  held: readonly ExplainedFall[],
  units: number,
  sale: Span | null,
  chainEnd: ChainEnd,
): PassedOn {
  let explained = held;
  let found = 0;
  while (found < units) {
    const chain = findChain(explained, units - found, sale, chainEnd, new Set());
    if (chain === null) break;
    const changed = chain.falls.map(({ atMs, span }, index) => {
      const holder = index === 0 ? { sale } : chain.falls[index - 1];
      return { units: chain.units, atMs, span, ...heldBy(holder) };
    });
    const last = chain.falls.at(-1);
    const instead = last === undefined ? [] : chainEnd.end(last, chain.units);
    explained = [
      ...explained.flatMap((fall) => {
        if (!chain.falls.includes(fall)) return [fall];
        return fall.units > chain.units ? [{ ...fall, units: fall.units - chain.units }] : [];
      }),
      ...changed,
      ...instead,
    ];
    found += chain.units;
  }
  return { explained, units: found };
}

function heldBy(holder: Pick<ExplainedFall, 'sale' | 'pushKey'> | undefined) {
  const { sale = null, pushKey } = holder ?? {};
  return pushKey === undefined ? { sale } : { sale, pushKey };
}

function findChain(
  explained: readonly ExplainedFall[],
  units: number,
  sale: Span | null,
  chainEnd: ChainEnd,
  seen: Set<ExplainedFall>,
): { readonly falls: readonly ExplainedFall[]; readonly units: number } | null {
  for (const fall of explained) {
    const part = seen.has(fall) ? 0 : Math.min(units, shareOf(fall, sale));
    if (part === 0) continue;
    seen.add(fall);
    const ends = Math.min(part, chainEnd.ends(fall));
    if (ends > 0) return { falls: [fall], units: ends };
    const further = findChain(explained, part, fall.sale, chainEnd, seen);
    if (further !== null) return { falls: [fall, ...further.falls], units: further.units };
  }
  return null;
}

/**
 * A sale that must have shown a fall has none: if one of its time went to a sale that a window may have swallowed, or to
 * an order of ours that may not move stock, that is its own. Answers how many units that explains.
 */
export function takeFromDoubtful(
  place: PlaceState,
  units: number,
  sale: Span | null,
): { readonly units: number; readonly place: PlaceState } {
  let guessedUnits = 0;
  const freed = new Map<string, number>();
  const moved = passOn(place.explained, units, sale, {
    ends: (held) => (held.pushKey !== undefined || isInWindow(place, held.sale) ? held.units : 0),
    end(held, part) {
      if (held.pushKey !== undefined)
        freed.set(held.pushKey, part + (freed.get(held.pushKey) ?? 0));
      else if (isVague(held.sale) || isVague(sale)) guessedUnits += part;
      return [];
    },
  });
  const { explained } = moved;
  guessedUnits += place.guessedUnits;
  const pushes = place.pushes.map((push) => {
    const given = freed.get(push.pushKey) ?? 0;
    return given === 0 ? push : { ...push, seenUnits: Math.max(0, push.seenUnits - given) };
  });
  return { units: moved.units, place: { ...place, explained, guessedUnits, pushes } };
}

/**
 * A sale has no fall: those of its time that went to sales that need none (`isSpare`, by when it moved the level) are
 * its own, through others where it must be. null: they are fewer than `units`.
 */
export function takeFromSpare(
  place: PlaceState,
  units: number,
  sale: Span | null,
  isSpare: (holder: Span | null) => boolean,
): PlaceState | null {
  const moved = passOn(place.explained, units, sale, {
    ends: (held) => (held.pushKey === undefined && isSpare(held.sale) ? held.units : 0),
    end: () => [],
  });
  return moved.units < units ? null : { ...place, explained: moved.explained };
}

/** Added and paid at different times, and which of them moves the level is not known yet. */
export function isVague(sale: Span | null): boolean {
  return sale === null || sale.toMs - sale.fromMs > SALE_LAG_MS + 1;
}

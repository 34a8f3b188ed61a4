/** What the ledger starts from: the count that both sides are told to agree on when a SKU is linked. */
import type { PlaceKey } from '../ids.ts';
import { unreachable } from '../result.ts';
import { shareOut } from '../stock/parts.ts';
import { quote } from './text.ts';

export type BaselineRule = 'lower' | 'bigcommerce' | 'clover';

/** What a place showed. */
export interface SeenLevel {
  readonly place: PlaceKey;
  /** As the platform wrote it: Clover's may be negative or have decimals. null: never counted there. */
  readonly level: number | null;
  readonly readStartedAtMs: number;
  /** Clover's own time of the stock row; null where the platform has none. */
  readonly platformModifiedMs: number | null;
}

export interface PoolCount {
  /** Whole units, never negative. */
  readonly onHand: number;
  /** What had to be bent to get a count, one plain sentence each. */
  readonly notes: readonly string[];
}

/** Whole units: a started unit is not a whole one to sell (clover.md 4.2). */
export function wholeUnits(level: number): number {
  return Math.floor(level);
}

/**
 * On hand of one pool from the levels of its places. `lower` cannot oversell; a side that never counted is no news, the
 * other side's count is taken; several Clover merchants on one shelf count as the lowest of them,
 * or, where each holds a part (`isShared`), as their sum (S10).
 */
export function countPool(
  levels: readonly SeenLevel[],
  rule: BaselineRule,
  isShared = false,
): PoolCount {
  const notes = levels.flatMap(noteOf);
  const counted = levels.flatMap(({ place, level }) =>
    level === null ? [] : [{ place, units: Math.max(0, wholeUnits(level)) }],
  );
  const lowest = (rows: typeof counted): number | undefined =>
    rows.length === 0 ? undefined : Math.min(...rows.map(({ units }) => units));
  const web = lowest(counted.filter(({ place }) => place.startsWith('bigcommerce:')));
  const registers = counted.filter(({ place }) => place.startsWith('clover:'));
  const register =
    isShared && registers.length > 0
      ? registers.reduce((sum, { units }) => sum + units, 0)
      : lowest(registers);
  const onHand = choose(rule, web, register);
  if (onHand === undefined) {
    return { onHand: 0, notes: [...notes, UNCOUNTED] };
  }
  return { onHand, notes };
}

/** What the places of one pool showed. */
export interface PoolLevels {
  readonly levels: readonly SeenLevel[];
  /** Its registers hold a part each. */
  readonly isShared: boolean;
}

/** What a plan shows a new SKU to start with: each pool counted by itself, together. */
export function onHandOf(
  pools: readonly { readonly places: readonly { readonly seen: SeenLevel }[] }[],
  rule: BaselineRule,
): number {
  const counts = pools.map(({ places }) =>
    countPool(
      places.map(({ seen }) => seen),
      rule,
    ),
  );
  return counts.reduce((sum, { onHand }) => sum + onHand, 0);
}

/**
 * On hand of each pool of a SKU. A register that stands in several has one count for all of them, which tells no pool
 * its own: the web's levels do. `lower`: together not more than the register counts, what is too much comes off the
 * fullest; the rest of its count goes to the first pool that nobody else has counted. `clover`: together exactly what
 * the register counts, what is missing goes to that pool, or to the first. `bigcommerce`: the web's levels stay (S10).
 */
export function countPools(pools: readonly PoolLevels[], rule: BaselineRule): PoolCount[] {
  const standing = pools.flatMap(({ levels }) => levels.map(({ place }) => place));
  const several = new Set(standing.filter((place, index) => standing.indexOf(place) !== index));
  const own = pools.map(({ levels }) => levels.filter(({ place }) => !several.has(place)));
  const counts = pools.map(({ isShared }, index) => countPool(own[index] ?? [], rule, isShared));
  for (const place of several) {
    const rows = pools.flatMap(({ levels }, index) =>
      levels.filter((seen) => seen.place === place).map((seen) => ({ seen, index })),
    );
    const seen = rows[0]?.seen;
    const total = seen?.level === null || seen === undefined ? null : countPool([seen], rule);
    if (total === null) continue;
    const before = rows.map(({ index }) => counts[index]?.onHand ?? 0);
    const uncounted = rows.findIndex(({ index }) =>
      (own[index] ?? []).every(({ level }) => level === null),
    );
    const after = fitInto(before, total.onHand, uncounted, rule);
    rows.forEach(({ index }, at) => {
      const count = counts[index];
      if (count === undefined) return;
      const onHand = after[at] ?? 0;
      const share = `${place} shows ${seen?.level} for ${rows.length} locations together: ${onHand} of them start here.`;
      const notes =
        at === uncounted ? count.notes.filter((note) => note !== UNCOUNTED) : count.notes;
      counts[index] = { onHand, notes: [...notes, share] };
    });
  }
  return counts;
}

/** Counts of the pools of one register that fit its own. */
function fitInto(
  counts: readonly number[],
  total: number,
  uncounted: number,
  rule: BaselineRule,
): readonly number[] {
  const sum = counts.reduce((all, units) => all + units, 0);
  if (sum > total) return rule === 'bigcommerce' ? counts : shareOut(counts, total, 'most-stock');
  const taker = uncounted < 0 && rule === 'clover' ? 0 : uncounted;
  return counts.map((units, index) => (index === taker ? units + total - sum : units));
}

const UNCOUNTED = 'No side has counted it yet, so it starts at 0.';

function choose(
  rule: BaselineRule,
  web: number | undefined,
  register: number | undefined,
): number | undefined {
  switch (rule) {
    case 'lower':
      return web === undefined || register === undefined
        ? (web ?? register)
        : Math.min(web, register);
    case 'bigcommerce':
      return web ?? register;
    case 'clover':
      return register ?? web;
    default:
      return unreachable(rule);
  }
}

function noteOf({ place, level }: SeenLevel): string[] {
  if (level === null) return [`${place} never counted it.`];
  const notes: string[] = [];
  if (!Number.isInteger(level)) {
    notes.push(`${place} shows ${quote(String(level))}: only whole units count.`);
  }
  if (level < 0) notes.push(`${place} shows ${level}: below 0 counts as 0.`);
  return notes;
}

/** A place's level when the plan was made and the one read just before the ledger opens. */
export interface LevelPair {
  readonly planned: SeenLevel;
  readonly fresh: SeenLevel;
}

export interface Opening {
  readonly onHand: number;
  /** What the ledger opens with, whole units. */
  readonly levels: readonly SeenLevel[];
  /** Levels that moved since, whole units: told to the ledger once it is open. */
  readonly news: readonly SeenLevel[];
}

/**
 * The baseline at the moment of opening: the one that the person saw in the plan. What moved since is told to the
 * ledger as any other movement, so that a sale between plan and apply is never lost and its order, when it is told,
 * finds the fall that it caused. With 10 at both sides and one sold at each, 8 are left, which no rule over 9 and 9
 * can tell.
 */
export function openPools(
  pools: readonly { readonly pairs: readonly LevelPair[]; readonly isShared: boolean }[],
  rule: BaselineRule,
): Opening[] {
  const bases = pools.map(({ pairs, isShared }) => ({
    levels: pairs.map(({ planned, fresh }) => whole(isCount(planned) ? planned : fresh)),
    isShared,
  }));
  const counts = countPools(bases, rule);
  return pools.map(({ pairs }, index) => {
    const levels = bases[index]?.levels ?? [];
    return {
      onHand: counts[index]?.onHand ?? 0,
      levels,
      news: pairs
        .map(({ fresh }) => whole(fresh))
        .filter((fresh, at) => fresh.level !== levels[at]?.level),
    };
  });
}

/** As `openPools`, of one pool. */
export function openPool(
  pairs: readonly LevelPair[],
  rule: BaselineRule,
  isShared = false,
): Opening {
  const [opening] = openPools([{ pairs, isShared }], rule);
  return opening ?? { onHand: 0, levels: [], news: [] };
}

/** A place that never counted, or stood below 0, had nothing to compare with: its present level joins the rule. */
function isCount({ level }: SeenLevel): boolean {
  return level !== null && level >= 0;
}

function whole(seen: SeenLevel): SeenLevel {
  return seen.level === null ? seen : { ...seen, level: wholeUnits(seen.level) };
}

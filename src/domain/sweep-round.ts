/**
 * One round of a sweep over the pages of a place. It may begin behind a page that an earlier round died at, goes to the
 * end, wraps to the start and ends where it began, so that a page which always fails is read last and blocks no other.
 */
import type { ToldCounts } from './stock/state.ts';

/** Sums over the ledgers of the pages read so far. */
export type ToldSums = Omit<ToldCounts, 'foundAtMs'>;

export interface Round extends ToldSums {
  /** The first page read: 0, or behind where an earlier round died. */
  readonly start: number;
  /** The end was reached and the round went on from 0. */
  readonly isWrapped: boolean;
  readonly pages: number;
  /** Linked rows that a ledger has a count of and that the place listed. */
  readonly counted: number;
}

export function newRound(start: number): Round {
  const told = { levelsTold: 0, levelsFound: 0, salesTold: 0, salesFound: 0 };
  return { start, isWrapped: false, pages: 0, counted: 0, ...told };
}

/** The round with one more page read: what its ledgers counted, and how many of them have a count of the place. */
export function addPage(round: Round, told: readonly ToldSums[], counted: number): Round {
  const sum = (pick: (counts: ToldSums) => number): number =>
    told.reduce((total, counts) => total + pick(counts), pick(round));
  return {
    ...round,
    pages: round.pages + 1,
    counted: round.counted + counted,
    levelsTold: sum(({ levelsTold }) => levelsTold),
    levelsFound: sum(({ levelsFound }) => levelsFound),
    salesTold: sum(({ salesTold }) => salesTold),
    salesFound: sum(({ salesFound }) => salesFound),
  };
}

/** Where the round goes on after a page that named `next` as its successor (null: it was the last); null: it is over. */
export function advance(
  round: Round,
  next: number | null,
): { readonly cursor: number; readonly round: Round } | null {
  if (next !== null) {
    const isOver = round.isWrapped && next >= round.start;
    return isOver ? null : { cursor: next, round };
  }
  if (round.start === 0 || round.isWrapped) return null;
  return { cursor: 0, round: { ...round, isWrapped: true } };
}

/** Where a place's rounds stand. */
export interface RoundMark {
  /** The page being read, or to be read next. */
  readonly cursor: number;
  readonly movedAtMs: number;
  /** End of the last whole round; null before it. */
  readonly doneAtMs: number | null;
}

/** A round that began and neither ended nor stood still for `stalledMs`. */
export function isUnderWay(mark: RoundMark, nowMs: number, stalledMs: number): boolean {
  return isOpen(mark) && nowMs - mark.movedAtMs < stalledMs;
}

/** The first page of a new round: behind the one at which the last round died, which was `step` long. */
export function startBehind(mark: RoundMark | undefined, step: number): number {
  return mark === undefined || !isOpen(mark) ? 0 : mark.cursor + step;
}

function isOpen({ movedAtMs, doneAtMs }: RoundMark): boolean {
  return doneAtMs === null || movedAtMs > doneAtMs;
}

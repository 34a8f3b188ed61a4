/** Goal: a round reads every page once, wherever it begins, and a page that always fails blocks no other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addPage,
  advance,
  isUnderWay,
  newRound,
  startBehind,
  type Round,
} from '../../../src/domain/sweep-round.ts';

/** The cursors of a whole round over `pages` pages of `step` rows, of which each names its successor. */
function read(pages: number, start: number, step: number): number[] {
  const seen: number[] = [];
  let at: { cursor: number; round: Round } | null = { cursor: start, round: newRound(start) };
  while (at !== null) {
    if (seen.length > 2 * pages + 2) throw new Error('the round never ends');
    seen.push(at.cursor);
    const last = (pages - 1) * step;
    const next = at.cursor >= last ? null : at.cursor + step;
    at = advance(addPage(at.round, [], 0), next);
  }
  return seen;
}

describe('a round', () => {
  it('[R4] reads every page once, from any page on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat(39),
        fc.constantFrom(1, 1_000),
        (n, at, step) => {
          const start = (at % n) * step;
          const all = Array.from({ length: n }, (_, index) => index * step);
          expect(read(n, start, step).toSorted((a, b) => a - b)).toEqual(all);
        },
      ),
    );
  });

  it('[R4] that begins behind the last page reads one empty page and then all', () => {
    expect(read(3, 3, 1)).toEqual([3, 0, 1, 2]);
  });

  it('[R4] adds up what the ledgers of its pages counted', () => {
    const counts = { levelsTold: 1, levelsFound: 2, salesTold: 3, salesFound: 4 };
    const round = addPage(addPage(newRound(0), [counts, counts], 2), [counts], 1);
    expect(round).toMatchObject({
      pages: 2,
      counted: 3,
      levelsTold: 3,
      levelsFound: 6,
      salesTold: 9,
      salesFound: 12,
    });
  });
});

describe('where the next round begins', () => {
  const mark = (cursor: number, movedAtMs: number, doneAtMs: number | null) => ({
    cursor,
    movedAtMs,
    doneAtMs,
  });

  it('[R4] at the first page, or behind the page at which the last one died', () => {
    expect(startBehind(undefined, 1)).toBe(0);
    expect(startBehind(mark(0, 10, 10), 1)).toBe(0);
    expect(startBehind(mark(57, 11, 10), 1)).toBe(58);
    expect(startBehind(mark(57_000, 11, null), 1_000)).toBe(58_000);
  });

  it('[R5] and not while one is under way', () => {
    expect(isUnderWay(mark(3, 1_000, null), 1_500, 600)).toBe(true);
    expect(isUnderWay(mark(3, 1_000, 999), 1_500, 600)).toBe(true);
    expect(isUnderWay(mark(3, 1_000, null), 1_600, 600)).toBe(false);
    expect(isUnderWay(mark(0, 1_000, 1_000), 1_500, 600)).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { csvLines } from '../../src/domain/csv.ts';
import { sayShare } from '../../src/pages/health.tsx';
import { pointsOf } from '../../src/pages/sku-acts.tsx';

describe('figures of the pages', () => {
  test('[S1] the chart of a SKU ends at what is on hand and goes back by each entry, over all pools', () => {
    const entries = [
      { atMs: 30, delta: -2 },
      { atMs: 20, delta: 5 },
      { atMs: 10, delta: 4 },
    ];
    expect(pointsOf(entries, 7)).toEqual([
      { atMs: 10, value: 4 },
      { atMs: 20, value: 9 },
      { atMs: 30, value: 7 },
    ]);
  });

  test('[R4] a share is never rounded up to all of them', () => {
    expect(sayShare(99_999, 100_000)).toBe('99.9 %');
    expect(sayShare(100_000, 100_000)).toBe('100 %');
    expect(sayShare(0, 0)).toBe('–');
  });

  test('[X4] a file for a spreadsheet has no formula in it, and its numbers stay numbers', () => {
    expect(csvLines([['=1+1', '-3', '-1.5', '-cmd', 'a,b']])).toBe(`'=1+1,-3,-1.5,'-cmd,"a,b"\r\n`);
  });
});

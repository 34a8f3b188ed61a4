/** Goal: what a bundle is made of, and which definitions make no sense. Method: examples. */
import { describe, expect, it } from 'vitest';
import {
  bundleProblems,
  bundlesWith,
  componentsOf,
} from '../../../src/domain/stock/bundle-parts.ts';

const PARTS = [
  { sku: 'A', quantity: 2 },
  { sku: 'B', quantity: 1 },
] as const;

describe('the definition of bundles', () => {
  it('[S9] inner bundles are taken apart, and quantities multiply', () => {
    const bundles = {
      BOX: [
        { sku: 'KIT', quantity: 2 },
        { sku: 'A', quantity: 1 },
      ],
      KIT: PARTS,
    };
    expect(componentsOf(bundles, 'BOX')).toEqual([
      { sku: 'A', quantity: 5 },
      { sku: 'B', quantity: 2 },
    ]);
    expect(componentsOf(bundles, 'A')).toBeUndefined();
    expect(componentsOf(bundles, 'constructor')).toBeUndefined();
    expect(bundlesWith(bundles, 'B')).toEqual(['BOX', 'KIT']);
  });

  it('[S9] one that contains itself, or too much, is refused by name', () => {
    const one = (sku: string, quantity = 1) => [{ sku, quantity }];
    expect(bundleProblems({ A: one('A') })).toEqual([
      { sku: 'A', message: 'bundle A names itself as its component' },
    ]);
    expect(bundleProblems({ A: one('B'), B: one('C'), C: one('B') })).toEqual([
      { sku: 'B', message: 'bundle B contains itself: B > C > B' },
    ]);
    expect(bundleProblems({ A: one('B', 10_000), B: one('C', 10_000) })[0]?.message).toContain(
      '100000000 of C',
    );
    const deep = Object.fromEntries(
      ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((sku, index) => [sku, one('BCDEFGH'[index] ?? '')]),
    );
    expect(bundleProblems(deep)[0]?.message).toContain('more than 5 deep');
    expect(bundleProblems({ KIT: PARTS })).toEqual([]);
  });
});

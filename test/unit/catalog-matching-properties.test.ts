/**
 * Goal: no row disappears and no link is guessed, whatever the catalogs hold. Method: properties over small alphabets, in
 * which SKUs collide all the time.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchCatalogs } from '../../src/domain/catalog/matching.ts';
import type { Catalogs, ExistingLink, Sellable } from '../../src/domain/catalog/rows.ts';
import { existing, M1, M2 } from '../support/catalog.ts';

const sku = fc.constantFrom('', ' ', 'A', 'a', 'A ', 'B', 'b', 'AB', 'A B', 'Z');
const sellables = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 14 }).chain((ids) =>
  fc.tuple(
    ...ids.map((id) =>
      fc.record({
        productId: fc.integer({ min: 1, max: 8 }),
        variantId: fc.constant(id),
        sku,
        name: fc.constant(`Product ${id}`),
        tracking: fc.constantFrom<Sellable['tracking']>('product', 'variant', 'variant', 'none'),
        type: fc.constantFrom('physical', 'physical', 'physical', 'digital'),
        isBase: fc.boolean(),
        productSku: sku,
      }),
    ),
  ),
);
const items = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 14 }).chain((ids) =>
  fc.tuple(
    ...ids.map((id) =>
      fc.record({
        merchantId: fc.constantFrom(M1, M1, M2),
        itemId: fc.constant(`i${id}`),
        sku,
        code: fc.constant(''),
        name: fc.constant(`Item ${id}`),
        deleted: fc.boolean().map((value) => value && id % 3 === 0),
      }),
    ),
  ),
);
const links = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }).chain((ids) =>
  fc.tuple(
    ...ids.map((id) =>
      fc
        .record({
          variantId: fc.integer({ min: 1, max: 30 }),
          sku,
          items: fc.array(
            fc.record({
              merchantId: fc.constantFrom(M1, M2),
              itemId: fc.integer({ min: 1, max: 30 }).map((number) => `i${number}`),
            }),
            { maxLength: 3 },
          ),
        })
        .map((changes): ExistingLink => existing(`l${id}`, changes.variantId, changes)),
    ),
  ),
);
const catalogs: fc.Arbitrary<Catalogs> = fc.record({ sellables, items, existing: links });

describe('properties', () => {
  it('[C5] every row has exactly one outcome', () => {
    fc.assert(
      fc.property(catalogs, (input) => {
        const result = matchCatalogs(input);
        const seen = [
          ...result.links.flatMap((link) => [link.sellable, ...link.items]),
          ...result.unlinked.flatMap((row) => [...row.sellables, ...row.items]),
        ];
        expect(new Set(seen).size).toBe(seen.length);
        expect(new Set(seen)).toEqual(new Set([...input.sellables, ...input.items]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('[C5] every link that existed is kept once or broken, never both, unless its variant cannot be kept', () => {
    fc.assert(
      fc.property(catalogs, (input) => {
        const result = matchCatalogs(input);
        const kept = result.links.flatMap(({ existing: link }) => (link === null ? [] : [link]));
        const broken = result.broken.map(({ link }) => link);
        const both = [...kept, ...broken];
        expect(new Set(both).size).toBe(both.length);
        const skipped = new Set(
          result.unlinked
            .filter(({ kind }) => kind === 'skip')
            .flatMap((row) => row.sellables.map(({ variantId }) => variantId)),
        );
        for (const link of input.existing.filter((each) => !both.includes(each))) {
          const heirs = input.sellables.filter((row) => row.sku === link.sku);
          const isSkipped =
            skipped.has(link.variantId) || heirs.some(({ variantId }) => skipped.has(variantId));
          expect(isSkipped).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('[C5] a new link has one non-blank SKU on all its rows, at most one item per merchant, and no rival', () => {
    fc.assert(
      fc.property(catalogs, (input) => {
        for (const link of matchCatalogs(input).links) {
          const merchants = link.items.map(({ merchantId }) => merchantId);
          expect(new Set(merchants).size).toBe(merchants.length);
          expect(link.items.length).toBeGreaterThan(0);
          if (link.existing !== null) continue;
          expect(link.sku.trim()).not.toBe('');
          expect(link.items.every((row) => row.sku === link.sku)).toBe(true);
          const rivals = input.sellables.filter((row) => row.sku === link.sku);
          expect(rivals).toEqual([link.sellable]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('[C5] the order of the rows does not matter', () => {
    const shuffled = catalogs.chain((input) =>
      fc.record({
        input: fc.constant(input),
        other: fc.record({
          sellables: fc.shuffledSubarray([...input.sellables], {
            minLength: input.sellables.length,
          }),
          items: fc.shuffledSubarray([...input.items], { minLength: input.items.length }),
          existing: fc.shuffledSubarray([...input.existing], { minLength: input.existing.length }),
        }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ input, other }) => {
        expect(matchCatalogs(other)).toEqual(matchCatalogs(input));
      }),
      { numRuns: 1_000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchCatalogs } from '../../src/domain/catalog/matching.ts';
import { proposeLinks } from '../../src/domain/catalog/proposals.ts';
import { item, M2, sellable } from '../support/catalog.ts';

const propose = (
  sellables: Parameters<typeof matchCatalogs>[0]['sellables'],
  items: Parameters<typeof matchCatalogs>[0]['items'],
) => proposeLinks(matchCatalogs({ sellables, items, existing: [] }));

describe('rules', () => {
  it.each([
    ['trim', sellable(1, 'A1'), item('a', ' A1 ')],
    ['case', sellable(1, 'Mug-Blue'), item('a', 'MUG-BLUE')],
    ['zeros', sellable(1, '0042'), item('a', '42')],
    ['prefix', sellable(1, '1234'), item('a', 'POS-1234')],
    ['prefix', sellable(1, 'WEB-1234'), item('a', '1234')],
    [
      'barcode',
      sellable(1, 'X', { barcode: '4006381333931' }),
      item('a', 'Y', { code: '04006381333931' }),
    ],
    [
      'barcode',
      sellable(1, '', { barcode: '4006381333931' }),
      item('a', '', { code: '4006381333931' }),
    ],
    [
      'name',
      sellable(1, 'X', { name: 'Shirt (Size: M, Colour: red)' }),
      item('a', 'Y', { name: 'Shirt red M' }),
    ],
  ])('[C5] %s suggests one link, with its evidence, and links nothing', (rule, web, register) => {
    const { links, proposals, unlinked } = propose([web], [register]);
    expect(links).toEqual([]);
    expect(unlinked).toEqual([]);
    expect(proposals).toMatchObject([{ rule, sellable: web, items: [register] }]);
    expect(proposals?.[0]?.evidence).not.toBe('');
  });

  it('[C5] never guesses between two: they stay apart with their reason', () => {
    const two = propose([sellable(1, 'a-1')], [item('a', 'A-1'), item('b', 'A -1')]);
    expect(two.proposals).toEqual([]);
    expect(two.unlinked).toHaveLength(3);
    const same = { name: 'Mug' };
    const names = propose([sellable(1, 'x', same), sellable(2, 'y', same)], [item('a', 'z', same)]);
    expect(names.proposals).toEqual([]);
  });

  it('[C5] the surer rule speaks first, and one item per merchant joins', () => {
    const web = sellable(1, 'abc', { name: 'Mug' });
    const rows = [
      item('a', 'ABC'),
      item('b', 'ABC', { merchantId: M2 }),
      item('c', 'q', { name: 'Mug' }),
    ];
    const { proposals, unlinked } = propose([web], rows);
    expect(proposals).toMatchObject([{ rule: 'case', items: [rows[0], rows[1]] }]);
    expect(unlinked.flatMap((row) => row.items)).toEqual([rows[2]]);
  });

  it('[C5] leaves what SKU matches, and what is short or common, alone', () => {
    const short = propose(
      [sellable(1, 'X', { barcode: '123' })],
      [item('a', 'Y', { code: '123' })],
    );
    expect(short.proposals).toEqual([]);
    expect(propose([sellable(1, 'A')], [item('a', 'A')])).toMatchObject({
      links: [{ rule: 'sku' }],
      proposals: [],
    });
  });

  it('[C5] every row stays in exactly one outcome', () => {
    const sku = fc.constantFrom('', 'a', 'A', 'A ', '0a', 'x-aaa', 'aaa', 'AAA', 'b');
    const code = fc.constantFrom('', '40063813', '040063813', '12345678');
    const web = fc
      .uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 8 })
      .chain((ids) =>
        fc.tuple(
          ...ids.map((id) =>
            fc.tuple(sku, code).map(([own, barcode]) => sellable(id, own, { barcode })),
          ),
        ),
      );
    const registers = fc
      .uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 8 })
      .chain((ids) =>
        fc.tuple(
          ...ids.map((id) =>
            fc.tuple(sku, code).map(([own, barcode]) => item(`i${id}`, own, { code: barcode })),
          ),
        ),
      );
    fc.assert(
      fc.property(web, registers, (sellables, items) => {
        const { links, unlinked, proposals = [] } = propose(sellables, items);
        const seen = [
          ...[...links, ...proposals].flatMap((link) => [link.sellable, ...link.items]),
          ...unlinked.flatMap((row) => [...row.sellables, ...row.items]),
        ];
        expect(seen).toHaveLength(new Set(seen).size);
        expect(new Set(seen)).toEqual(new Set([...sellables, ...items]));
        for (const { items: own } of proposals) {
          expect(new Set(own.map(({ merchantId }) => merchantId)).size).toBe(own.length);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Goal: only what is certain is linked, and everything else is named with its reason. Method: an example per reason. */
import { describe, expect, it } from 'vitest';
import { matchCatalogs } from '../../src/domain/catalog/matching.ts';
import type { Catalogs } from '../../src/domain/catalog/rows.ts';
import { existing, item, M1, M2, sellable } from '../support/catalog.ts';

const match = (changes: Partial<Catalogs>) =>
  matchCatalogs({ sellables: [], items: [], existing: [], ...changes });

/** What became of each row, by its id. */
function outcomes(changes: Partial<Catalogs>): Record<string, string> {
  const result = match(changes);
  return Object.fromEntries([
    ...result.links.flatMap((link) => [
      [`v${link.sellable.variantId}`, 'link'],
      ...link.items.map(({ itemId }) => [itemId, 'link']),
    ]),
    ...result.unlinked.flatMap(({ sellables, items, kind, reason }) => [
      ...sellables.map(({ variantId }) => [`v${variantId}`, `${kind}:${reason}`]),
      ...items.map(({ itemId }) => [itemId, `${kind}:${reason}`]),
    ]),
  ]);
}

describe('matching by SKU', () => {
  it('[C5] links what has exactly the same SKU on both sides', () => {
    const { links, unlinked } = match({
      sellables: [sellable(1, 'A'), sellable(2, 'B b')],
      items: [item('i1', 'B b'), item('i2', 'A')],
    });
    expect(unlinked).toEqual([]);
    expect(links.map(({ sku, items, rule }) => [sku, items[0]?.itemId, rule])).toEqual([
      ['A', 'i2', 'sku'],
      ['B b', 'i1', 'sku'],
    ]);
  });

  it('[C5] names a look-alike instead of guessing, on both sides', () => {
    const result = match({
      sellables: [sellable(1, 'abc'), sellable(2, 'X-1 ')],
      items: [item('i1', 'ABC '), item('i2', 'x-1')],
    });
    expect(result.links).toEqual([]);
    expect(result.unlinked.map(({ reason }) => reason)).toEqual(Array(4).fill('look_alike'));
    const abc = result.unlinked.find(({ sku }) => sku === 'abc');
    expect(abc?.message).toContain('"ABC "');
    expect(result.unlinked.find(({ sku }) => sku === 'ABC ')?.message).toContain('"abc"');
  });

  it('[C5] an exact match wins over a look-alike, which stays apart', () => {
    expect(
      outcomes({ sellables: [sellable(1, 'ABC')], items: [item('i1', 'abc'), item('i2', 'ABC')] }),
    ).toEqual({ v1: 'link', i1: 'unmatched:look_alike', i2: 'link' });
  });

  it('[C6] a blank SKU is reported on both sides and never linked', () => {
    expect(
      outcomes({
        sellables: [sellable(1, ''), sellable(2, '  ')],
        items: [item('i1', ''), item('i2', '  ')],
      }),
    ).toEqual({
      v1: 'unmatched:blank_sku',
      v2: 'unmatched:blank_sku',
      i1: 'unmatched:blank_sku',
      i2: 'unmatched:blank_sku',
    });
  });

  it('[C5] without a counterpart both sides say so', () => {
    expect(outcomes({ sellables: [sellable(1, 'A')], items: [item('i1', 'Z')] })).toEqual({
      v1: 'unmatched:no_counterpart',
      i1: 'unmatched:no_counterpart',
    });
  });

  it('[C5] one SKU on two items of one merchant is asked, and another merchant is linked meanwhile', () => {
    const twins = [item('i1', 'A'), item('i2', 'A')];
    expect(outcomes({ sellables: [sellable(1, 'A')], items: twins })).toEqual({
      v1: 'ambiguous:several_items',
      i1: 'ambiguous:several_items',
      i2: 'ambiguous:several_items',
    });
    const other = item('i3', 'A', { merchantId: M2 });
    expect(outcomes({ sellables: [sellable(1, 'A')], items: [...twins, other] })).toEqual({
      v1: 'link',
      i3: 'link',
      i1: 'ambiguous:several_items',
      i2: 'ambiguous:several_items',
    });
  });

  it('[S10] a link holds one item of each merchant', () => {
    const { links } = match({
      sellables: [sellable(1, 'A')],
      items: [item('i2', 'A', { merchantId: M2 }), item('i1', 'A')],
    });
    expect(links[0]?.items.map(({ merchantId }) => merchantId)).toEqual([M1, M2]);
  });

  it('[C6] a SKU on a product and on one of its variants is asked', () => {
    const variants = [
      sellable(1, 'T', { productId: 9, isBase: false, productSku: 'T', tracking: 'variant' }),
      sellable(2, 'T-L', { productId: 9, isBase: false, productSku: 'T', tracking: 'variant' }),
    ];
    expect(outcomes({ sellables: variants, items: [item('i1', 'T'), item('i2', 'T-L')] })).toEqual({
      v1: 'ambiguous:sku_of_product_too',
      i1: 'ambiguous:sku_of_product_too',
      v2: 'link',
      i2: 'link',
    });
  });

  it("[C6] an item with the SKU of a product that has variants is told apart from 'no counterpart'", () => {
    const variants = [
      sellable(1, 'T-S', { productId: 9, isBase: false, productSku: 'T', tracking: 'variant' }),
    ];
    expect(outcomes({ sellables: variants, items: [item('i1', 'T')] })).toEqual({
      v1: 'unmatched:no_counterpart',
      i1: 'unmatched:product_sku',
    });
  });
});

describe('rows that cannot be kept', () => {
  it('[S12] tracking off, digital and deleted rows are skipped with their counterpart', () => {
    expect(
      outcomes({
        sellables: [
          sellable(1, 'A', { tracking: 'none' }),
          sellable(2, 'B', { type: 'digital' }),
          sellable(3, 'C'),
        ],
        items: [item('i1', 'A'), item('i2', 'B'), item('i3', 'C', { deleted: true })],
      }),
    ).toEqual({
      v1: 'skip:tracking_none',
      i1: 'skip:tracking_none',
      v2: 'skip:digital',
      i2: 'skip:digital',
      v3: 'unmatched:no_counterpart',
      i3: 'skip:deleted',
    });
  });

  it('[S12] a product counted as a whole although it has variants is skipped: one count cannot be two', () => {
    const variant = { productId: 9, isBase: false, productSku: '', tracking: 'product' } as const;
    expect(
      outcomes({
        sellables: [sellable(1, 'A', variant), sellable(2, 'B', variant)],
        items: [item('i1', 'A')],
      }),
    ).toEqual({
      v1: 'skip:counted_per_product',
      i1: 'skip:counted_per_product',
      v2: 'skip:counted_per_product',
    });
  });
});

describe('links that exist', () => {
  it('[C4] a link holds by ids when the SKU changed on either side', () => {
    const { links, unlinked } = match({
      sellables: [sellable(1, 'NEW'), sellable(2, 'OTHER')],
      items: [item('i1', 'OTHER'), item('i2', 'NEW')],
      existing: [existing('l1', 1, { sku: 'OLD' })],
    });
    expect(links).toHaveLength(1);
    expect(links[0]).toMatchObject({ rule: 'ids', existing: { linkId: 'l1' }, sku: 'NEW' });
    expect(links[0]?.items.map(({ itemId }) => itemId)).toEqual(['i1']);
    expect(unlinked.map(({ sku, reason }) => [sku, reason])).toEqual([
      ['NEW', 'already_linked'],
      ['OTHER', 'no_counterpart'],
    ]);
  });

  it('[C4] a variant with a new id and an item made anew are found by the SKU of their link', () => {
    const { links, broken } = match({
      sellables: [sellable(7, 'A')],
      items: [item('i9', 'A')],
      existing: [existing('l1', 1)],
    });
    expect(broken).toEqual([]);
    expect(links).toHaveLength(1);
    expect(links[0]).toMatchObject({ existing: { linkId: 'l1' }, sellable: { variantId: 7 } });
    expect(links[0]?.items.map(({ itemId }) => itemId)).toEqual(['i9']);
  });

  it('[C4] a merchant connected later joins the link by SKU', () => {
    const { links } = match({
      sellables: [sellable(1, 'A')],
      items: [item('i1', 'A'), item('i2', 'A', { merchantId: M2 })],
      existing: [existing('l1', 1)],
    });
    expect(links[0]?.items.map(({ itemId }) => itemId)).toEqual(['i1', 'i2']);
  });

  it('[S12] a link whose variant or items are gone for good is broken, its other rows are reported', () => {
    const gone = match({ items: [item('i1', 'A')], existing: [existing('l1', 1)] });
    expect(gone.broken.map(({ link }) => link.linkId)).toEqual(['l1']);
    expect(gone.unlinked.map(({ reason }) => reason)).toEqual(['no_counterpart']);
    const itemless = match({
      sellables: [sellable(1, 'A')],
      items: [item('i1', 'A', { deleted: true })],
      existing: [existing('l1', 1)],
    });
    expect(itemless.links).toEqual([]);
    expect(itemless.broken.map(({ link }) => link.linkId)).toEqual(['l1']);
  });

  it('[S12] a linked variant whose tracking was switched off is skipped with its items', () => {
    expect(
      outcomes({
        sellables: [sellable(1, 'A', { tracking: 'none' })],
        items: [item('i1', 'X')],
        existing: [existing('l1', 1)],
      }),
    ).toEqual({ v1: 'skip:tracking_none', i1: 'skip:tracking_none' });
  });
});

/** Goal: what is gone on one side goes on the other only as the merchant says, never in masses, and is not made again. */
import { describe, expect, it } from 'vitest';
import { matchCatalogs } from '../../src/domain/catalog/matching.ts';
import { planRemovals } from '../../src/domain/catalog/removals.ts';
import type { Catalogs } from '../../src/domain/catalog/rows.ts';
import { existing, item, M1, M2, sellable } from '../support/catalog.ts';

function removals(catalogs: Catalogs, how: 'keep' | 'hide' | 'delete', merchants = [M1]) {
  const matching = matchCatalogs(catalogs);
  const { sellables, items } = catalogs;
  const merchantIds = new Set(merchants);
  return planRemovals({ matching, sellables, items, how, merchantIds, massGuardShare: 0.2 });
}

const link = (n: number) =>
  existing(`l${n}`, n, { sku: `S${n}`, items: [{ merchantId: M1, itemId: `i${n}` }] });

describe('rows that are gone', () => {
  const noVariant = { sellables: [], items: [item('i1', 'S1')], existing: [link(1)] };
  const noItem = { sellables: [sellable(1, 'S1')], items: [], existing: [link(1)] };

  it('[C9] stay on the other side unless the merchant says otherwise', () => {
    expect(removals(noVariant, 'keep').operations).toEqual([]);
    const [gone] = removals(noVariant, 'hide').operations;
    expect(gone).toMatchObject({ kind: 'remove', sku: 'S1', outcome: 'planned' });
    expect(gone?.payload).toMatchObject({ side: 'clover', how: 'hide', items: [{ itemId: 'i1' }] });
    const [other] = removals(noItem, 'delete').operations;
    expect(other?.payload).toMatchObject({ side: 'bigcommerce', how: 'delete', variantId: 1 });
  });

  it('[C9] are not offered to be made again by the same plan', () => {
    expect(removals(noItem, 'hide').matching.unlinked).toEqual([]);
    expect(removals(noItem, 'keep').matching.unlinked).toHaveLength(1);
    expect(removals(noVariant, 'hide').matching.unlinked).toEqual([]);
  });

  it('[C9] of a merchant whose items were not read are not known to be gone, nor are those on both sides', () => {
    expect(removals(noItem, 'delete', [M2]).operations).toEqual([]);
    const both = { sellables: [], items: [], existing: [link(1)] };
    expect(removals(both, 'delete').operations).toEqual([]);
  });

  it('[S11] in masses wait for a person', () => {
    const numbers = [1, 2, 3];
    const many = {
      sellables: numbers.map((n) => sellable(n, `S${n}`)),
      items: [],
      existing: numbers.map(link),
    };
    const { operations } = removals(many, 'delete');
    expect(operations.map(({ outcome }) => outcome)).toEqual(['open', 'open', 'open']);
    expect(operations[0]?.reason).toContain('mass guard');
  });
});

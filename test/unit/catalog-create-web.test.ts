/** Goal: what BigCommerce cannot hold or sell is said per item, and the rest of the product goes on. */
import { describe, expect, it } from 'vitest';
import {
  planWebProduct,
  poolsWithWeb,
  productsOf,
  type CreateWebRules,
  type MissingItem,
} from '../../src/domain/catalog/create-web-plan.ts';
import type { Values } from '../../src/domain/catalog/fields.ts';
import { mergeLink } from '../../src/domain/catalog/ownership.ts';
import { defaultSettings } from '../../src/settings.ts';
import { item, M1, seen, REGISTER } from '../support/catalog.ts';

const RULES: CreateWebRules = {
  pools: [{ locationId: 1, merchantIds: [M1] }],
  baseline: 'lower',
  store: { currency: 'USD', decimals: 2, pricesIncludeTax: false },
  merchants: [{ merchantId: M1, currency: 'USD', vat: false }],
  twins: new Set(['ab']),
  mirrorOf: (row) => mirror(row.itemId, row.sku),
  levelAt: () => seen(REGISTER, 3),
};

function mirror(itemId: string, sku: string, values: Values = {}, isGrouped = false) {
  return {
    platform: 'clover',
    id: `${M1}:${itemId}`,
    merchantId: M1,
    itemId,
    sku,
    isGrouped,
    priceType: 'FIXED',
    followsStock: false,
    values: { name: `Item ${itemId}`, price: 500, cost: null, barcode: null, ...values },
    modifiedMs: null,
  } as const;
}

const variants = (count: number): MissingItem[] =>
  Array.from({ length: count }, (_each, index) => ({
    sku: `S${index}`,
    items: [item(`i${index}`, `S${index}`)],
    group: {
      merchantId: M1,
      itemGroupId: 'g',
      name: 'Group',
      attributes: ['Size'],
      options: [{ name: 'Size', label: `L${index}` }],
      productId: null,
    },
  }));

const grouped: CreateWebRules = {
  ...RULES,
  mirrorOf: (row) => mirror(row.itemId, row.sku, {}, true),
};

function one(sku: string, values: Values): { kind: string; reason: string | null } {
  const rules = { ...RULES, mirrorOf: () => mirror('i', sku, values) };
  const [operation] = planWebProduct([{ sku, items: [item('i', sku)], group: null }], rules);
  if (operation === undefined) throw new Error('one operation per item');
  return operation;
}

describe('products to create', () => {
  it('[C7] more variants or values than a product holds: none of them is made, each says why', () => {
    const many = planWebProduct(variants(601), grouped);
    expect(new Set(many.map(({ kind }) => kind))).toEqual(new Set(['unmatched']));
    expect(many[0]?.reason).toContain('600');
    const values = planWebProduct(variants(251), grouped);
    expect(values[0]?.reason).toContain('250');
    expect(planWebProduct(variants(250), grouped).every(({ kind }) => kind === 'create')).toBe(
      true,
    );
  });

  it('[C7] two items of a group with the same options: the first is made, the second says so', () => {
    const [a, b] = variants(2);
    if (a === undefined || b === undefined || b.group === null) throw new Error('two');
    const twin = { ...b, group: { ...b.group, options: a.group?.options ?? [] } };
    expect(planWebProduct([a, twin], grouped).map(({ kind }) => kind)).toEqual([
      'create',
      'unmatched',
    ]);
  });

  it('[C7] names, SKUs, barcodes and prices that do not fit are cut, left out or refused, in words', () => {
    expect(one('A', { price: -1 })).toMatchObject({ kind: 'unmatched' });
    expect(one(' A', {}).reason).toContain('spaces');
    expect(one('a B', {}).reason).toContain('case or spaces');
    expect(one('A', { name: '  ' }).reason).toContain('no name');
    expect(one('A', { name: '3 < 4 > 2' })).toMatchObject({ kind: 'create' });
    expect(one('A', { barcode: '123456789012345' })).toMatchObject({
      kind: 'create',
      reason: expect.stringContaining('15 characters') as unknown,
    });
    const vat = { ...RULES, merchants: [{ merchantId: M1, currency: 'USD', vat: true }] };
    const [taxed] = planWebProduct([{ sku: 'A', items: [item('i', 'A')], group: null }], vat);
    expect(taxed?.reason).toContain('include tax');
  });

  it('[C7] items of one group are one product, in an order of their own, and start from the register', () => {
    const [a, b] = variants(2);
    if (a === undefined || b === undefined) throw new Error('two');
    const single = { sku: 'Z', items: [item('z', 'Z')], group: null };
    expect(productsOf([b, single, a]).map((own) => own.map(({ sku }) => sku))).toEqual([
      ['S0', 'S1'],
      ['Z'],
    ]);
    const [operation] = planWebProduct([a], grouped);
    expect(operation?.after).toMatchObject({ onHand: 3 });
    const payload = operation?.payload;
    const pools = payload?.do === 'create-web' ? payload.pools : [];
    const [pool] = poolsWithWeb(pools, { productId: 1, variantId: 2, tracking: 'variant' });
    expect(pool?.places.map(({ seen: { place, level } }) => [place, level])).toEqual([
      ['bigcommerce:1', null],
      [REGISTER, 3],
    ]);
  });
});

describe('a product that was created hidden', () => {
  const merged = (visible: boolean, owner: 'bigcommerce' | 'clover' | 'newest') =>
    mergeLink({
      web: {
        platform: 'bigcommerce',
        id: '1',
        values: { visibility: visible },
        fixed: [],
        modifiedMs: 2,
      },
      registers: [
        { platform: 'clover', id: 'm:1', values: { visibility: true }, fixed: [], modifiedMs: 1 },
      ],
      base: { visibility: null },
      policy: {
        owners: { ...defaultSettings.catalog.owners, visibility: owner },
        blanks: 'keep',
      },
    }).writes;

  it('[C1] says nothing about the register before somebody publishes it, whoever owns visibility', () => {
    for (const owner of ['bigcommerce', 'clover', 'newest'] as const) {
      expect(merged(false, owner)).toEqual([]);
      expect(merged(true, owner)).toEqual([]);
    }
  });
});

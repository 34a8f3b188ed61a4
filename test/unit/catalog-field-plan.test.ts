import { describe, expect, it } from 'vitest';
import {
  exceedsPriceCap,
  mergeFieldLink,
  planFieldLink,
  type FieldLink,
  type FieldRules,
} from '../../src/domain/catalog/field-plan.ts';
import type { Values } from '../../src/domain/catalog/fields.ts';
import { NO_BOOKS } from '../../src/domain/catalog/books.ts';
import { NO_TRANSFORMS } from '../../src/domain/catalog/transforms.ts';
import { planUndo } from '../../src/domain/catalog/undo-plan.ts';
import { linkId } from '../../src/domain/ids.ts';
import { defaultSettings } from '../../src/settings.ts';
import { M1 } from '../support/catalog.ts';

const RULES: FieldRules = {
  owners: defaultSettings.catalog.owners,
  blanks: 'keep',
  guards: { catalogShare: 0.2, priceMoveShare: 0.5 },
  store: { currency: 'USD', decimals: 2, pricesIncludeTax: false },
  merchants: [{ merchantId: M1, currency: 'USD', vat: false }],
  books: NO_BOOKS,
  transforms: NO_TRANSFORMS,
};

function link(web: Values, register: Values, more: Partial<FieldLink> = {}): FieldLink {
  return {
    linkId: linkId('l1'),
    sku: 'A',
    web: {
      platform: 'bigcommerce',
      id: '7',
      productId: 7,
      variantId: 7,
      sku: 'A',
      productName: 'Mug',
      productSku: 'A',
      isBase: true,
      hasOwnPrice: false,
      isRounded: false,
      tracking: 'product',
      type: 'physical',
      values: web,
      modifiedMs: null,
    },
    registers: [
      {
        platform: 'clover',
        id: `${M1}:i`,
        merchantId: M1,
        itemId: 'i',
        sku: 'A',
        isGrouped: false,
        priceType: 'FIXED',
        followsStock: false,
        values: register,
        modifiedMs: null,
      },
    ],
    base: null,
    ...more,
  };
}

function plan(
  row: FieldLink,
  rules: FieldRules = RULES,
  held: Parameters<typeof planFieldLink>[3] = null,
) {
  return planFieldLink(row, mergeFieldLink(row, rules), rules, held);
}

describe('the operations of one link', () => {
  it('[C3] a price that moves too far waits alone; the other fields go on', () => {
    const made = plan(link({ name: 'Mug', price: 1_000 }, { name: 'Cup', price: 100 }));
    expect(made.map(({ outcome }) => outcome)).toEqual(['planned', 'open']);
    expect(made[0]?.after).toEqual({
      places: [{ platform: 'clover', row: `${M1}:i`, fields: { name: 'Mug' } }],
    });
    expect(made[1]?.reason).toContain('900 %');
  });

  it('[C3] a first price is no move, and half of it is not too far', () => {
    expect(plan(link({ price: 1_000 }, { price: 0 }))[0]?.outcome).toBe('planned');
    expect(plan(link({ price: 1_500 }, { price: 1_000 }))[0]?.outcome).toBe('planned');
    expect(plan(link({ price: 1_501 }, { price: 1_000 }))[0]?.outcome).toBe('open');
  });

  it('[C3] too many prices in one change set all wait, a handful never does', () => {
    expect(exceedsPriceCap(2, 2, RULES)).toBe(false);
    expect(exceedsPriceCap(20, 100, RULES)).toBe(false);
    expect(exceedsPriceCap(21, 100, RULES)).toBe(true);
    const held = plan(link({ price: 1_010 }, { price: 1_000 }), RULES, { moved: 21, total: 100 });
    expect(held.map(({ outcome }) => outcome)).toEqual(['open']);
  });

  it.each([
    ['another currency', { merchants: [{ merchantId: M1, currency: 'EUR', vat: false }] }, {}],
    ['tax on one side', { merchants: [{ merchantId: M1, currency: 'USD', vat: true }] }, {}],
    ['a price by weight', {}, { priceType: 'PER_UNIT' }],
  ])('[C1] prices are not compared with %s', (_what, rules, register) => {
    const row = link({ price: 1_000 }, { price: 900 });
    const registers = row.registers.map((each) => ({ ...each, ...register }));
    expect(plan({ ...row, registers }, { ...RULES, ...rules })).toEqual([]);
  });

  it('[C9] the name of a grouped item is never written', () => {
    const row = link({ name: 'Shirt' }, { name: 'Shirt M' });
    const registers = row.registers.map((each) => ({ ...each, isGrouped: true }));
    expect(plan({ ...row, registers })).toEqual([]);
  });

  it('[C7] an undo writes what stood there before, and forgets what was agreed', () => {
    const [made] = plan(link({ name: 'Mug' }, { name: 'Cup' }));
    if (made === undefined) throw new Error('nothing planned');
    const undo = planUndo(made);
    expect(undo).toMatchObject({ kind: 'update', before: made.after, after: made.before });
    expect(undo?.payload).toMatchObject({
      writes: [{ field: 'name', before: 'Mug', after: 'Cup' }],
      agreed: {},
      forgets: true,
    });
  });
});

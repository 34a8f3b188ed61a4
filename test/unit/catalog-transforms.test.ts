/** Goal: what the register shows in its own form is in step, what is edited there is taken back, and nothing is written twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mergeFieldLink,
  type FieldLink,
  type FieldRules,
} from '../../src/domain/catalog/field-plan.ts';
import { NO_BOOKS } from '../../src/domain/catalog/books.ts';
import {
  forRegister,
  NO_TRANSFORMS,
  type RegisterForm,
  type Transforms,
} from '../../src/domain/catalog/transforms.ts';
import { newAudit } from '../../src/domain/catalog/audit.ts';
import { linkId } from '../../src/domain/ids.ts';
import { defaultSettings } from '../../src/settings.ts';
import { M1 } from '../support/catalog.ts';

const OWNERS = { ...defaultSettings.catalog.owners, salePrice: 'off' as const };
const SIDES = { sku: 'A-1', webIncludesTax: false, registerIncludesTax: true };
const price = (units: number, changes: Partial<Transforms>, sides: Partial<typeof SIDES> = {}) =>
  forRegister('price', units, { ...NO_TRANSFORMS, ...changes }, OWNERS, { ...SIDES, ...sides });

function link(
  web: { name: string; price: number },
  register: { name: string; price: number },
): FieldLink {
  const common = { sku: 'A-1', modifiedMs: null };
  return {
    linkId: linkId('l'),
    sku: 'A-1',
    web: {
      ...common,
      platform: 'bigcommerce',
      id: '7',
      productId: 7,
      variantId: 7,
      productName: web.name,
      productSku: 'A-1',
      isBase: true,
      hasOwnPrice: false,
      isRounded: false,
      tracking: 'product',
      type: 'physical',
      values: web,
    },
    registers: [
      {
        ...common,
        platform: 'clover',
        id: `${M1}:i`,
        merchantId: M1,
        itemId: 'i',
        isGrouped: false,
        priceType: 'FIXED',
        followsStock: false,
        values: register,
      },
    ],
    base: null,
  };
}

const rulesOf = (transforms: Transforms): FieldRules => ({
  owners: OWNERS,
  blanks: 'keep',
  guards: { catalogShare: 0.2, priceMoveShare: 0.5 },
  store: { currency: 'USD', decimals: 2, pricesIncludeTax: false },
  merchants: [{ merchantId: M1, currency: 'USD', vat: true }],
  books: NO_BOOKS,
  transforms,
});

describe('the audit', () => {
  it('[C6] takes the register’s form of a price for no difference, and a known rate for no mismatch', () => {
    const transforms = { ...NO_TRANSFORMS, taxPercent: 20 };
    const codes = (shown: number, form?: RegisterForm) => {
      const facts = {
        store: { currency: 'USD', decimals: 2, pricesIncludeTax: false },
        merchants: [
          {
            merchantId: M1,
            name: 'Shop',
            currency: 'USD',
            vat: true,
            trackStock: true,
            updateStock: true,
            planCode: 'REGISTER',
            hasAccess: true,
          },
        ],
        missingScopes: [],
        poolLocations: [1],
        planLevel: 'Standard',
        refusals: [],
        ...(form === undefined ? {} : { form }),
      };
      const audit = newAudit(facts);
      const { web, registers } = link({ name: 'Mug', price: 1_000 }, { name: 'Mug', price: shown });
      audit.link({ web, registers });
      return audit.findings().map(({ code }) => code);
    };
    expect(codes(1_200, { transforms, owners: OWNERS })).toEqual([]);
    expect(codes(1_000, { transforms, owners: OWNERS })).toEqual(['price_difference']);
    expect(codes(1_200)).toEqual(['tax_inclusive_mismatch']);
  });
});

describe('the register’s form', () => {
  it('[C1] adds tax or takes it out, half up, and rounds as set; no price becomes nothing', () => {
    expect(price(1_000, { taxPercent: 8.25 })).toBe(1_083);
    expect(
      price(1_083, { taxPercent: 8.25 }, { webIncludesTax: true, registerIncludesTax: false }),
    ).toBe(1_000);
    expect(price(1_000, { taxPercent: 8.25 }, { registerIncludesTax: false })).toBe(1_000);
    expect(price(1_002, { rounding: '5' })).toBe(1_000);
    expect(price(1_003, { rounding: '5' })).toBe(1_005);
    expect(price(2, { rounding: '100' })).toBe(100);
    expect(price(1_099, { rounding: '99' })).toBe(1_099);
    expect(price(1_100, { rounding: '99' })).toBe(1_199);
    expect(price(1_000, {})).toBeUndefined();
    const name = { ...NO_TRANSFORMS, name: '{sku} {name}' };
    expect(forRegister('name', 'Mug $& {sku}', name, OWNERS, SIDES)).toBe('A-1 Mug $& {sku}');
    const registers = { ...OWNERS, name: 'clover' as const };
    expect(forRegister('name', 'Mug', name, registers, SIDES)).toBeUndefined();
  });

  it('[C1] any price and name, any edit at the register: one write brings it to its form, a second pass plans nothing', () => {
    const prices = fc.integer({ min: 1, max: 10_000_000 });
    const transforms = fc.record({
      name: fc.constantFrom('{name}', '{sku} {name}', '{name} ({sku})'),
      rounding: fc.constantFrom(
        'none' as const,
        '5' as const,
        '10' as const,
        '100' as const,
        '99' as const,
      ),
      taxPercent: fc.constantFrom(0, 8.25, 20, 7.7),
    });
    fc.assert(
      fc.property(prices, prices, transforms, (own, edited, form) => {
        const rules = rulesOf(form);
        const before = link({ name: 'Mug', price: own }, { name: 'Mug', price: edited });
        const first = mergeFieldLink(before, rules);
        const after = Object.fromEntries(first.writes.map((write) => [write.field, write.after]));
        const shown = { ...before.registers[0]?.values, ...after };
        const [register] = before.registers;
        if (register === undefined) throw new Error('one register');
        const next = { ...before, registers: [{ ...register, values: shown }], base: first.agreed };
        const second = mergeFieldLink(next, rules);
        expect(first.writes.every(({ platform }) => platform === 'clover')).toBe(true);
        expect(second.writes).toEqual([]);
        // The web's own words are what was agreed on, not the register's form of them.
        expect(second.agreed).toMatchObject({ name: 'Mug', price: own });
        // Somebody types the web's price in at the register: that is not its form, unless it is the same.
        const typed = { ...shown, price: own };
        const third = mergeFieldLink(
          { ...next, registers: [{ ...register, values: typed }] },
          rules,
        );
        expect(third.writes.length > 0).toBe(shown['price'] !== own);
      }),
    );
  });
});

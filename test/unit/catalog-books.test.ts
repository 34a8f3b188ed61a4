/** Goal: categories and tax rates are compared by name, both ways, and what is not clear is said and never guessed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  categoryBook,
  idsIn,
  NO_BOOKS,
  rateNames,
  type Books,
  type TaxMapping,
} from '../../src/domain/catalog/books.ts';
import {
  mergeFieldLink,
  planFieldLink,
  type FieldRules,
} from '../../src/domain/catalog/field-plan.ts';
import type { Values } from '../../src/domain/catalog/fields.ts';
import type { RegisterMirror, WebMirror } from '../../src/domain/catalog/mirror.ts';
import { NO_TRANSFORMS } from '../../src/domain/catalog/transforms.ts';
import { linkId } from '../../src/domain/ids.ts';
import { defaultSettings } from '../../src/settings.ts';
import { M1 } from '../support/catalog.ts';

const WEB_CATEGORIES = [
  { id: '1', name: 'Women', parentId: '0' },
  { id: '2', name: 'Men', parentId: '0' },
  { id: '3', name: 'Shirts', parentId: '1' },
  { id: '4', name: 'Shirts', parentId: '2' },
  { id: '5', name: 'Tea', parentId: '0' },
  { id: '6', name: 'Internal 6', parentId: '0' },
];
const AT_REGISTER = [
  { id: 'a', name: ' tea ' },
  { id: 'b', name: 'Women > Shirts' },
  { id: 'c', name: 'Cups' },
];

const book = (canCreate = true) =>
  categoryBook(WEB_CATEGORIES, new Map([[M1, AT_REGISTER]]), { '6': 'Cups' }, canCreate);

function rulesOf(books: Books, owner: 'bigcommerce' | 'clover' | 'newest'): FieldRules {
  const { owners } = defaultSettings.catalog;
  return {
    owners: { ...owners, categories: owner, taxClass: owner },
    blanks: 'keep',
    guards: { catalogShare: 0.2, priceMoveShare: 0.5 },
    store: { currency: 'USD', decimals: 2, pricesIncludeTax: false },
    merchants: [{ merchantId: M1, currency: 'USD', vat: false }],
    books,
    transforms: NO_TRANSFORMS,
  };
}

function merged(
  web: Partial<WebMirror>,
  register: Partial<RegisterMirror>,
  books: Partial<Books>,
  owner: 'bigcommerce' | 'clover' | 'newest' = 'bigcommerce',
  base: Values | null = null,
) {
  const both = { sku: 'A', values: {}, modifiedMs: null };
  const link = {
    linkId: linkId('l'),
    sku: 'A',
    web: {
      ...both,
      platform: 'bigcommerce',
      id: '7',
      productId: 7,
      variantId: 7,
      productName: 'A',
      productSku: 'A',
      isBase: true,
      hasOwnPrice: false,
      isRounded: false,
      tracking: 'product',
      type: 'physical',
      ...web,
    },
    registers: [
      {
        ...both,
        platform: 'clover',
        id: `${M1}:i`,
        merchantId: M1,
        itemId: 'i',
        isGrouped: false,
        priceType: 'FIXED',
        followsStock: false,
        ...register,
      },
    ],
    base,
  } as const;
  const rules = rulesOf({ ...NO_BOOKS, ...books }, owner);
  const merge = mergeFieldLink(link, rules);
  return { ...merge, operations: planFieldLink(link, merge, rules, null) };
}

describe('categories', () => {
  it('[C1] are the same by name, whatever the case, by path where a name stands twice, or as they are mapped', () => {
    const same = merged(
      { categoryIds: ['5', '3', '6'] },
      { categoryIds: ['a', 'b', 'c'] },
      { categories: book() },
    );
    expect(same.writes).toEqual([]);
    expect(same.agreed.categories).toBe('["Cups","Tea","Women > Shirts"]');
  });

  it('[C1] differ: the owner’s are written, and a category that is not known yet says nothing', () => {
    const web = merged({ categoryIds: ['4'] }, { categoryIds: ['a'] }, { categories: book() });
    expect(web.writes).toMatchObject([
      { platform: 'clover', before: '["Tea"]', after: '["Men > Shirts"]' },
    ]);
    const register = merged(
      { categoryIds: ['4'] },
      { categoryIds: ['a'] },
      { categories: book() },
      'clover',
    );
    expect(register.writes).toMatchObject([{ platform: 'bigcommerce', after: '["Tea"]' }]);
    expect(
      merged({ categoryIds: ['99'] }, { categoryIds: ['a'] }, { categories: book() }).writes,
    ).toEqual([]);
    expect(
      merged({ categoryIds: [] }, { categoryIds: ['a'] }, { categories: book() }).writes,
    ).toEqual([]);
  });

  it('[C1] a category that the other side lacks and that nobody may make is left, with the reason', () => {
    const { writes, operations } = merged(
      { categoryIds: ['4'] },
      { categoryIds: [] },
      { categories: book(false) },
    );
    expect(writes).toEqual([]);
    expect(operations).toMatchObject([{ kind: 'skip' }]);
    expect(operations[0]?.reason).toContain('Men > Shirts');
  });
});

describe('any edits of categories on both sides, under any owner', () => {
  const side = fc.constantFrom('web' as const, 'register' as const);
  const picks = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });

  it('[C1] end equal, and a second pass plans nothing', () => {
    const owners = fc.constantFrom('bigcommerce' as const, 'clover' as const, 'newest' as const);
    const edits = fc.array(fc.record({ side, picks }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(owners, edits, (owner, steps) => {
        const lists = { web: [...WEB_CATEGORIES], register: [...AT_REGISTER] };
        const ids: Record<'web' | 'register', string[]> = { web: ['5'], register: ['a'] };
        let base: Values = {};
        const pass = () => {
          const categories = categoryBook(
            lists.web,
            new Map([[M1, lists.register]]),
            { '6': 'Cups' },
            true,
          );
          const web = { categoryIds: ids.web };
          const register = { categoryIds: ids.register };
          return { categories, ...merged(web, register, { categories }, owner, base) };
        };
        for (const step of steps) {
          const from = lists[step.side];
          ids[step.side] = step.picks.flatMap((index) => from[index]?.id ?? []);
          const first = pass();
          for (const { platform, after } of first.writes) {
            const at = platform === 'clover' ? 'register' : 'web';
            const names = at === 'web' ? first.categories.web : first.categories.registers.get(M1);
            const { ids: found, missing } = idsIn(names, after);
            const made = missing.map((name) => ({ id: `new ${name}`, name, parentId: '0' }));
            lists[at].push(...made);
            ids[at] = [...found, ...made.map(({ id }) => id)];
          }
          base = { ...base, ...first.agreed };
          const second = pass();
          expect(second.writes).toEqual([]);
          const owned = ids[owner === 'clover' ? 'register' : 'web'];
          if (owned.length === 0 || ids.web.length === 0 || ids.register.length === 0) continue;
          const { categories: known } = second;
          const called = (names: typeof known.web | undefined, own: readonly string[]) =>
            [...new Set(own.map((id) => names?.nameOf.get(id) ?? id))].toSorted();
          expect(called(known.web, ids.web)).toEqual(called(known.registers.get(M1), ids.register));
        }
      }),
    );
  });
});

const MAPPINGS: TaxMapping[] = [
  { taxClassId: 0, taxRates: 'default' },
  { taxClassId: 1, taxRates: ['Reduced', 'City'] },
  { taxClassId: 2, taxRates: ['Reduced', 'City'] },
];
const tax = {
  mappings: MAPPINGS,
  registers: new Map([
    [
      M1,
      rateNames([
        { id: 'r', name: 'Reduced' },
        { id: 'c', name: 'City' },
        { id: 'x', name: 'Other' },
      ]),
    ],
  ]),
};

describe('tax classes', () => {
  const rates = (taxRateIds: string[], defaultTaxRates = false) => ({
    taxRateIds,
    defaultTaxRates,
  });

  it('[C1] are rates at the register: its default ones, or a set of them in any order', () => {
    expect(merged({ taxClassId: 1 }, rates(['c', 'r']), { tax }).writes).toEqual([]);
    expect(merged({ taxClassId: 0 }, rates(['c'], true), { tax }).writes).toEqual([]);
    expect(merged({ taxClassId: 0 }, rates(['x']), { tax }).writes).toMatchObject([
      { platform: 'clover', field: 'taxClass', before: '["Other"]', after: 'default rates' },
    ]);
  });

  it('[C1] unmapped, ambiguous or unknown: said, never guessed, and nothing is written', () => {
    const unmapped = merged({ taxClassId: 3 }, rates(['x']), { tax });
    expect(unmapped).toMatchObject({ writes: [], operations: [{ kind: 'skip' }] });
    expect(unmapped.operations[0]?.reason).toContain('tax class 3');
    const several = merged({ taxClassId: 0 }, rates(['c', 'r']), { tax }, 'clover');
    expect(several.writes).toEqual([]);
    expect(several.operations[0]?.reason).toContain('several tax classes (1, 2)');
    const foreign = merged({ taxClassId: 0 }, rates(['x']), { tax }, 'clover');
    expect(foreign.operations[0]?.reason).toContain('no tax class');
    const none = { ...tax, registers: new Map([[M1, rateNames([])]]) };
    expect(
      merged({ taxClassId: 1 }, rates([], true), { tax: none }).operations[0]?.reason,
    ).toContain('no tax rate "City", "Reduced"');
  });

  it('[C1] a variant takes its product’s, and changes neither', () => {
    const variant = merged({ isBase: false, taxClassId: 0 }, rates(['x']), { tax }, 'clover');
    expect(variant.writes).toEqual([]);
  });
});

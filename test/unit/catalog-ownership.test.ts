import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  fitTo,
  minorUnits,
  type Field,
  type FieldRow,
  type FieldValue,
  type Owner,
  type Owners,
  type Values,
} from '../../src/domain/catalog/fields.ts';
import { mergeLink, type Merge, type MergePolicy } from '../../src/domain/catalog/ownership.ts';

const OFF: Owners = {
  name: 'off',
  description: 'off',
  price: 'off',
  salePrice: 'off',
  cost: 'off',
  barcode: 'off',
  taxClass: 'off',
  categories: 'off',
  visibility: 'off',
  availability: 'off',
  modifiers: 'off',
};

function policy(owners: Partial<Owners>, blanks: MergePolicy['blanks'] = 'keep'): MergePolicy {
  return { owners: { ...OFF, ...owners }, blanks };
}

function row(platform: FieldRow['platform'], values: Values, more: Partial<FieldRow> = {}) {
  const id = platform === 'bigcommerce' ? '7' : 'M1:i1';
  return { platform, id, values, fixed: [], modifiedMs: null, ...more } satisfies FieldRow;
}

function merge(web: Values, register: Values, base: Values | null, by: MergePolicy): Merge {
  const registers = [row('clover', register)];
  return mergeLink({ web: row('bigcommerce', web), registers, base, policy: by });
}

const written = ({ writes }: Merge) =>
  writes.map(({ platform, field, after }) => `${platform}.${field}=${String(after)}`);

describe('one field', () => {
  it('[C1] the owner changed it: the other side follows, and nothing was lost', () => {
    const merged = merge(
      { price: 1_200 },
      { price: 1_000 },
      { price: 1_000 },
      price('bigcommerce'),
    );
    expect(written(merged)).toEqual(['clover.price=1200']);
    expect(merged.lost).toEqual([]);
    expect(merged.agreed.price).toBe(1_200);
  });

  it('[C1] both changed it: the owner wins and the value of the other side is kept for the log', () => {
    const both = [{ price: 1_200 }, { price: 900 }, { price: 1_000 }] as const;
    expect(written(merge(...both, price('bigcommerce')))).toEqual(['clover.price=1200']);
    expect(merge(...both, price('bigcommerce')).lost).toMatchObject([
      { platform: 'clover', field: 'price', value: 900, owner: 'bigcommerce' },
    ]);
    expect(written(merge(...both, price('clover')))).toEqual(['bigcommerce.price=900']);
  });

  it('[C1] only the other side changed it: it goes back to what the owner says', () => {
    const merged = merge({ price: 1_000 }, { price: 900 }, { price: 1_000 }, price('bigcommerce'));
    expect(written(merged)).toEqual(['clover.price=1000']);
    expect(merged.lost).toMatchObject([{ value: 900 }]);
  });

  it('[C1] newest: whoever changed it, and of both the later one', () => {
    const by = price('newest');
    const one = merge({ price: 1_000 }, { price: 900 }, { price: 1_000 }, by);
    expect(written(one)).toEqual(['bigcommerce.price=900']);
    const later = mergeLink({
      web: row('bigcommerce', { price: 1_100 }, { modifiedMs: 5 }),
      registers: [row('clover', { price: 900 }, { modifiedMs: 4 })],
      base: { price: 1_000 },
      policy: by,
    });
    expect(written(later)).toEqual(['clover.price=1100']);
  });

  it('[C1] off: nothing is written, whatever differs', () => {
    expect(merge({ price: 1 }, { price: 2 }, null, policy({})).writes).toEqual([]);
  });

  it('[C2] a blank of the owner replaces nothing, unless it is asked for', () => {
    const sides = [{ barcode: null }, { barcode: '4006381' }, { barcode: '4006381' }] as const;
    expect(merge(...sides, policy({ barcode: 'bigcommerce' })).writes).toEqual([]);
    const asked = policy({ barcode: 'bigcommerce' }, 'overwrite');
    expect(written(merge(...sides, asked))).toEqual(['clover.barcode=null']);
  });

  it('[C1] a sale is the price of the register while it lasts, also where Clover owns prices', () => {
    const by = policy({ price: 'clover', salePrice: 'bigcommerce' });
    const began = merge({ price: 1_000, salePrice: 800 }, { price: 1_000 }, { price: 1_000 }, by);
    expect(written(began)).toEqual(['clover.price=800']);
    const base = { price: 1_000, ...began.agreed };
    const over = merge({ price: 1_000, salePrice: null }, { price: 800 }, base, by);
    expect(written(over)).toEqual(['clover.price=1000']);
    expect(over.agreed).toMatchObject({ price: 1_000, salePrice: null });
    const web = policy({ price: 'bigcommerce', salePrice: 'off' });
    expect(merge({ price: 1_000, salePrice: 800 }, { price: 1_000 }, null, web).writes).toEqual([]);
  });

  it('[C1] a name is cut to what the register can hold, and stays settled so', () => {
    const long = `${'x'.repeat(126)}😀\u0007 tail`;
    const by = policy({ name: 'bigcommerce' });
    const merged = merge({ name: long }, { name: 'old' }, null, by);
    expect(merged.writes[0]?.after).toBe('x'.repeat(126));
    expect(merge({ name: long }, { name: 'x'.repeat(126) }, merged.agreed, by).writes).toEqual([]);
  });

  it('[C1] what a platform cannot hold is a problem with its reason, and the other fields go on', () => {
    const by = policy({ barcode: 'clover', cost: 'clover' });
    const merged = merge({ barcode: '1', cost: 1 }, { barcode: '9'.repeat(20), cost: 5 }, null, by);
    expect(written(merged)).toEqual(['bigcommerce.cost=5']);
    expect(merged.problems).toMatchObject([{ platform: 'bigcommerce', field: 'barcode' }]);
    expect(merged.agreed).toEqual({ cost: 5 });
  });

  it('[C9] a name that the web cannot take (a variant) is never asked of it', () => {
    const web = row('bigcommerce', { name: 'Shirt (Size: M)' }, { fixed: ['name'] });
    const registers = [row('clover', { name: 'Shirt medium' }, { modifiedMs: 9 })];
    const merged = (owner: Owner) =>
      written(mergeLink({ web, registers, base: null, policy: policy({ name: owner }) }));
    expect(merged('clover')).toEqual([]);
    expect(merged('newest')).toEqual(['clover.name=Shirt (Size: M)']);
  });
});

function price(owner: Owner): MergePolicy {
  return policy({ price: owner });
}

test.each([
  [10, 2, 1_000],
  [10.075, 2, 1_008],
  [10.0749, 2, 1_007],
  [10.99999, 2, 1_100],
  [0.0049, 2, 0],
  [1_234.5, 0, 1_235],
  [1.2345, 3, 1_235],
  [-0.5, 2, -50],
])('[C1] a price of %d with %d decimals is %d minor units', (amount, decimals, units) => {
  expect(minorUnits(amount, decimals)).toBe(units);
});

// --- Any edits, any owners, any order --------------------------------------------------------------------------------

const OWNED = ['name', 'price', 'salePrice', 'cost', 'barcode', 'visibility'] as const;
type Owned = (typeof OWNED)[number];

const texts = fc.constantFrom<FieldValue>(
  null,
  'a',
  'b',
  'c'.repeat(140),
  ' d  e ',
  '1'.repeat(20),
);
const amounts = fc.constantFrom<FieldValue>(null, 0, 100, 250, 999);
const valueOf: Record<Owned, fc.Arbitrary<FieldValue>> = {
  name: fc.constantFrom<FieldValue>('a', 'b', 'c'.repeat(140), ' d  e '),
  price: fc.constantFrom<FieldValue>(0, 100, 250, 999),
  salePrice: amounts,
  cost: amounts,
  barcode: texts,
  visibility: fc.boolean(),
};

interface World {
  readonly rows: Record<Owned, FieldValue>[];
  readonly changedMs: number[];
  mirrors: FieldRow[];
  base: Values | null;
  nowMs: number;
}

type Step =
  | { readonly do: 'edit'; readonly row: number; readonly field: Owned; readonly value: FieldValue }
  | { readonly do: 'read'; readonly row: number }
  | { readonly do: 'sync' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(...OWNED).chain((field) =>
      fc.record({
        do: fc.constant('edit' as const),
        row: fc.integer({ min: 0, max: 2 }),
        field: fc.constant(field),
        value: valueOf[field],
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('read' as const), row: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'sync' as const }) },
);

const owner = fc.constantFrom<Owner>('bigcommerce', 'clover', 'newest', 'off');
const policies = fc
  .tuple(fc.tuple(owner, owner, owner, owner, owner, owner), fc.constantFrom('keep', 'overwrite'))
  .map(([owners, blanks]) =>
    policy(
      Object.fromEntries(OWNED.map((field, index) => [field, owners[index]])),
      blanks as 'keep',
    ),
  );

const platformOf = (index: number) => (index === 0 ? 'bigcommerce' : 'clover');

function read(world: World, index: number): void {
  const { salePrice, ...register } = world.rows[index] as Record<Owned, FieldValue>;
  world.mirrors[index] = {
    platform: platformOf(index),
    id: String(index),
    values: index === 0 ? { ...register, salePrice } : register,
    fixed: [],
    modifiedMs: world.changedMs[index] ?? 0,
  };
}

/** Merges what was last read and writes where nobody else wrote meanwhile; the base moves with what was carried out. */
function sync(world: World, by: MergePolicy): Merge {
  const [web, ...registers] = world.mirrors as [FieldRow, ...FieldRow[]];
  const merged = mergeLink({ web, registers, base: world.base, policy: by });
  const refused = new Set<Field>();
  for (const { rowId, field, before, after } of merged.writes) {
    const index = Number(rowId);
    const actual = world.rows[index] as Record<string, FieldValue>;
    if (actual[field] === before) {
      actual[field] = after;
      const mirror = world.mirrors[index] as FieldRow;
      world.mirrors[index] = { ...mirror, values: { ...mirror.values, [field]: after } };
    } else refused.add(field);
  }
  const agreed = Object.entries(merged.agreed).filter(([field]) => !refused.has(field as Field));
  world.base = { ...world.base, ...Object.fromEntries(agreed) };
  return merged;
}

describe('any sequence of edits on both sides, any owner table, delivered in any order', () => {
  it('[C1] ends with both sides equal on owned fields, untouched on others, and a second pass plans nothing', () => {
    const start = {
      name: 'a',
      price: 100,
      salePrice: null,
      cost: null,
      barcode: null,
      visibility: true,
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), policies, (steps, by) => {
        const world: World = {
          rows: [{ ...start }, { ...start }, { ...start }],
          changedMs: [0, 0, 0],
          mirrors: [],
          base: null,
          nowMs: 1,
        };
        const byHand: Record<Owned, FieldValue>[] = [{ ...start }, { ...start }, { ...start }];
        for (const index of [0, 1, 2]) read(world, index);
        for (const each of steps) {
          world.nowMs += 1;
          if (each.do === 'read') read(world, each.row);
          else if (each.do === 'sync') sync(world, by);
          else if (each.row === 0 || each.field !== 'salePrice') {
            (world.rows[each.row] as Record<Owned, FieldValue>)[each.field] = each.value;
            (byHand[each.row] as Record<Owned, FieldValue>)[each.field] = each.value;
            world.changedMs[each.row] = world.nowMs;
          }
        }
        for (const index of [0, 1, 2]) read(world, index);
        const last = sync(world, by);
        for (const index of [0, 1, 2]) read(world, index);
        expect(sync(world, by).writes).toEqual([]);
        for (const field of OWNED) checkField(world, byHand, by, field, last);
      }),
      { numRuns: 2_000 },
    );
  });
});

function checkField(
  world: World,
  byHand: readonly Record<Owned, FieldValue>[],
  by: MergePolicy,
  field: Owned,
  last: Merge,
): void {
  const [web, ...registers] = world.rows as [Record<Owned, FieldValue>, ...typeof world.rows];
  const fieldOwner = by.owners[field];
  if (fieldOwner === 'off' || field === 'salePrice') {
    expect(world.rows.map((each) => each[field])).toEqual(byHand.map((each) => each[field]));
    return;
  }
  if (last.problems.some((problem) => problem.field === field)) return;
  const isSale =
    field === 'price' &&
    ['bigcommerce', 'newest'].includes(by.owners.salePrice) &&
    Number(web.salePrice) > 0;
  const shown = isSale ? web.salePrice : web[field];
  for (const register of registers) {
    const isLeftBlank = by.blanks === 'keep' && (shown === null) !== (register[field] === null);
    if (isLeftBlank || (by.blanks === 'keep' && shown === null)) continue;
    const there = fitTo('clover', field, shown);
    const here = fitTo('bigcommerce', field, register[field]);
    const isEqual =
      shown === register[field] ||
      (there.ok && there.value === register[field]) ||
      (here.ok && here.value === shown);
    expect(isEqual, `${field}: ${String(shown)} and ${String(register[field])}`).toBe(true);
  }
}

/**
 * Goal: categories and taxes follow their owner through the real Worker, categories are made where they are missing, and a
 * second pass plans nothing. Method: one shop, edits on both sides, owners changed in between.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { all, find, PRIMARY } from '../sandbox/clover/store.ts';
import {
  addItem,
  addWeb,
  apply,
  newShop,
  operations,
  plan,
  type Shop,
} from '../support/link-shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;
const items = new Map<string, string>();
const variants = new Map<string, number>();

const tables = () => {
  const found = stage.clover.state.merchants[shop.merchantId]?.tables;
  if (found === undefined) throw new Error('no merchant');
  return found;
};
const store = () => {
  const found = stage.bigcommerce.state.stores[shop.hash];
  if (found === undefined) throw new Error('no store');
  return found;
};
const itemOf = (sku: string) => {
  const row = find(tables().items, items.get(sku) ?? '', PRIMARY);
  if (row === null) throw new Error(`no item ${sku}`);
  const named = [...all(tables().categories, PRIMARY), ...all(tables().taxRates, PRIMARY)];
  const called = (ids: string[]) =>
    ids.map((id) => named.find((each) => each.id === id)?.name ?? '').toSorted();
  return {
    categories: called(row.categoryIds),
    rates: row.defaultTaxRates ? 'default' : called(row.taxRateIds),
  };
};
const productOf = (sku: string) => {
  const productId = store().variants[variants.get(sku) ?? 0]?.productId ?? 0;
  const product = store().products[productId];
  if (product === undefined) throw new Error(`no product ${sku}`);
  return product;
};
const names = (ids: number[]) => ids.map((id) => store().categories[id]?.name ?? '').toSorted();

async function settings(patch: unknown): Promise<Response> {
  return stage.api('PATCH', `/connections/${shop.hash}/settings`, patch);
}

function addCategory(id: number, name: string, parentId = 0): void {
  const fixed = { uuid: `uuid-${id}`, treeId: 1, description: '', isVisible: true, sortOrder: 0 };
  store().categories[id] = { id, parentId, name, ...fixed };
}

beforeAll(async () => {
  stage = openStage();
  const rates = [{ name: 'City', rate: 100_000 }];
  shop = await newShop(stage, { taxRates: rates });
  store().plan = 'Pro';
  addCategory(101, 'Cups');
  addCategory(102, 'Tea');
  for (const [sku, categories, taxClassId] of [
    ['A', [101, 102], 0],
    ['B', [102], 1],
    ['C', [101], 2],
  ] as const) {
    variants.set(
      sku,
      addWeb(shop, sku, 5, { name: `Item ${sku}`, categories: [...categories], taxClassId }),
    );
    items.set(sku, addItem(shop, sku, 5));
  }
});

describe('categories and taxes', () => {
  it('[C1] a tax map that either side does not know is refused by name', async () => {
    const wrong = [
      { taxClassId: 99, taxRates: 'default' },
      { taxClassId: 1, taxRates: ['Nowhere'] },
    ];
    const refused = await settings({ catalog: { taxClasses: wrong } });
    expect(refused.status).toBe(400);
    const text = await refused.text();
    expect(text).toContain('99');
    expect(text).toContain('Nowhere');
  });

  it('[C1] the web’s go to the register, which gets the categories it lacks; unmapped classes are said', async () => {
    const saved = await settings({
      catalog: {
        enabled: true,
        owners: { categories: 'bigcommerce', taxClass: 'bigcommerce' },
        taxClasses: [
          { taxClassId: 0, taxRates: 'default' },
          { taxClassId: 1, taxRates: ['City'] },
        ],
      },
    });
    expect(saved.status).toBe(200);
    const made = await plan(shop);
    const rows = await operations(shop, made.id);
    expect(rows.find(({ sku, kind }) => sku === 'C' && kind === 'skip')?.reason).toContain(
      'tax class 2',
    );
    await apply(shop, made);
    expect(itemOf('A')).toEqual({ categories: ['Cups', 'Tea'], rates: 'default' });
    expect(itemOf('B')).toEqual({ categories: ['Tea'], rates: ['City'] });
    expect(itemOf('C')).toEqual({ categories: ['Cups'], rates: 'default' });
    expect(all(tables().categories, PRIMARY)).toHaveLength(2);
    const again = await plan(shop);
    expect(again.counts).toMatchObject({ update: 0 });
  });

  it('[C8] from then on a change travels by its webhook, with no echo', async () => {
    stage.bigcommerce.editProduct(shop.hash, productOf('A').id, {
      categories: [102],
      taxClassId: 1,
    });
    await until('the register', () =>
      itemOf('A').categories.join() === 'Tea' && itemOf('A').rates !== 'default' ? true : undefined,
    );
    await atRest(stage, shop.hash);
    const again = await plan(shop, 'resync');
    expect(again.counts).toMatchObject({ update: 0 });
  });

  it('[C1] the register’s go to the web when it owns them, and a new category is made there', async () => {
    await settings({ catalog: { owners: { categories: 'clover', taxClass: 'clover' } } });
    const [tea] = all(tables().categories, PRIMARY).filter(({ name }) => name === 'Tea');
    if (tea === undefined) throw new Error('no category');
    tea.name = 'Herbs';
    const made = await plan(shop);
    await apply(shop, made);
    expect(names(productOf('A').categories)).toEqual(['Herbs']);
    expect(names(productOf('B').categories)).toEqual(['Herbs']);
    expect(Object.values(store().categories).map(({ name }) => name)).toContain('Herbs');
    const again = await plan(shop);
    expect(again.counts).toMatchObject({ update: 0 });
  });
});

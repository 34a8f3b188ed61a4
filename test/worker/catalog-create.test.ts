/**
 * Goal: what a register lacks is created there once, as simple items and as item groups, linked, and counted. Method: an
 * empty Clover merchant, a store with products and variants, and a message that comes again after a crash.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addVariant } from '../sandbox/bigcommerce/catalog-model.ts';
import { all, PRIMARY } from '../sandbox/clover/store.ts';
import {
  addWeb,
  apply,
  newShop,
  operations,
  plan,
  register,
  rowsOf,
  type Shop,
} from '../support/link-shop.ts';
import { atRest, openStage, planIn, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

const tables = () => {
  const found = stage.clover.state.merchants[shop.merchantId]?.tables;
  if (found === undefined) throw new Error('no merchant');
  return found;
};
const livingItems = () =>
  all(tables().items, PRIMARY).filter(({ deletedTime }) => deletedTime === undefined);
const itemOf = (sku: string) => livingItems().filter(({ more }) => more['sku'] === sku);

async function settings(patch: unknown): Promise<void> {
  const answer = await stage.api('PATCH', `/connections/${shop.hash}/settings`, patch);
  if (answer.status !== 200) throw new Error(await answer.text());
}

const shirt = (name: string) => ({
  name,
  price: 20,
  tracking: 'variant' as const,
  variants: ['S', 'M', 'L'].map((size) => ({
    sku: `${name}-${size}`,
    options: { Size: size, Colour: 'red' },
    levels: { 1: 4 },
  })),
});

beforeAll(() => {
  stage = openStage();
});

beforeEach(async () => {
  shop = await newShop(stage);
  const store = stage.bigcommerce.state.stores[shop.hash];
  // Its quota is wide enough that no test waits for the next window.
  if (store !== undefined) store.plan = 'Pro';
  await settings({ catalog: { enabled: true, createMissing: { clover: true } } });
});

describe('an empty register', () => {
  it('[C7] gets simple items and item groups, linked and counted, and a second plan is empty', async () => {
    addWeb(shop, 'MUG', 7, { name: 'Mug', price: 12.5, costPrice: 5, upc: '4006381333931' });
    stage.bigcommerce.addProduct(shop.hash, shirt('Shirt'));
    const made = await plan(shop);
    const rows = await operations(shop, made.id);
    expect(rows.map(({ kind, sku }) => `${kind} ${sku}`).toSorted()).toEqual([
      'create MUG',
      'create Shirt-L',
      'create Shirt-M',
      'create Shirt-S',
    ]);
    expect(livingItems()).toEqual([]);
    await apply(shop, made);
    const [mug] = itemOf('MUG');
    expect(mug).toMatchObject({
      name: 'Mug',
      price: 1_250,
      isRevenue: true,
      more: { sku: 'MUG', cost: 500, code: '4006381333931' },
    });
    const [medium] = itemOf('Shirt-M');
    expect(medium?.name).toBe('Shirt M red');
    expect(medium?.optionIds).toHaveLength(2);
    expect(all(tables().itemGroups, PRIMARY)).toHaveLength(1);
    await until('the counts', () =>
      register(shop, mug?.id ?? '') === 7 && register(shop, medium?.id ?? '') === 4
        ? true
        : undefined,
    );
    await atRest(stage, shop.hash);
    const again = await plan(shop);
    expect(await operations(shop, again.id)).toEqual([]);
    expect(livingItems()).toHaveLength(4);
  });

  it('[C9] a variant that joins the product joins its group, and the item of one that is gone is hidden, as planned', async () => {
    stage.bigcommerce.addProduct(shop.hash, shirt('Coat'));
    await apply(shop, await plan(shop));
    await settings({ catalog: { deleted: 'hide' } });
    const store = stage.bigcommerce.state.stores[shop.hash];
    const product = Object.values(store?.products ?? {}).find(({ name }) => name === 'Coat');
    if (store === undefined || product === undefined) throw new Error('no product');
    addVariant(store, product, {
      sku: 'Coat-XL',
      options: { Size: 'XL', Colour: 'red' },
      levels: { 1: 2 },
    });
    const small = Object.values(store.variants).find(({ sku }) => sku === 'Coat-S');
    product.variantIds = product.variantIds.filter((id) => id !== small?.id);
    if (small !== undefined) delete store.variants[small.id];
    const made = await plan(shop);
    const rows = await operations(shop, made.id);
    expect(rows.map(({ kind, sku }) => `${kind} ${sku}`).toSorted()).toEqual([
      'create Coat-XL',
      'relink Coat-S',
      'remove Coat-S',
    ]);
    expect(itemOf('Coat-S')[0]?.hidden).toBe(false);
    await apply(shop, made);
    expect(itemOf('Coat-S')[0]?.hidden).toBe(true);
    const groups = new Set(livingItems().map(({ itemGroupId }) => itemGroupId));
    expect(groups.size).toBe(1);
    expect(itemOf('Coat-XL')[0]).toMatchObject({ name: 'Coat XL red' });
  });

  it('[C7] a piece that dies after its items were made finds them when it comes again', async () => {
    for (const sku of ['A', 'B', 'C']) addWeb(shop, `D-${sku}`, 1, { name: `Died ${sku}` });
    stage.bigcommerce.addProduct(shop.hash, shirt('Dress'));
    const made = await plan(shop);
    // The items are made, then the piece dies on its way to their options.
    stage.runtime.faults.calls.push({
      platform: 'clover',
      match: /POST .*\/option_items/,
      fault: { kind: 'status', status: 503 },
      times: 1,
    });
    await apply(shop, made);
    stage.runtime.faults.calls.length = 0;
    expect(livingItems()).toHaveLength(6);
    expect(all(tables().itemGroups, PRIMARY)).toHaveLength(1);
    const [links] = await rowsOf<{ count: number }>(
      'select count(*) as count from links where connection_id = ?',
      shop.hash,
    );
    expect(links?.count).toBe(6);
    const answer = await stage.api('POST', `/connections/${shop.hash}/plans/${made.id}/undo`, {
      created: 'hide',
    });
    const { id } = await answer.json<{ id: string }>();
    const back = await planIn(stage, shop.hash, id, ['ready']);
    expect(back.counts).toMatchObject({ remove: 6 });
    await apply(shop, { id, hash: back.hash });
    expect(livingItems().every(({ hidden }) => hidden)).toBe(true);
  });
});

/**
 * Goal: what the web store lacks is created there once, hidden, as products and as variants, linked, and counted from the
 * register. Method: an empty store, a register with items and item groups, bad rows among them, and calls that die.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addItem,
  addWeb,
  apply,
  newShop,
  operations,
  plan,
  planOperations,
  skuOf,
  web,
  type Shop,
} from '../support/link-shop.ts';
import { all, find, PRIMARY } from '../sandbox/clover/store.ts';
import { atRest, openStage, planIn, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

const products = () => Object.values(stage.bigcommerce.state.stores[shop.hash]?.products ?? {});
const variantOf = (sku: string) =>
  Object.values(stage.bigcommerce.state.stores[shop.hash]?.variants ?? {}).find(
    (variant) => variant.sku === sku,
  );

async function settings(patch: unknown): Promise<void> {
  const answer = await stage.api('PATCH', `/connections/${shop.hash}/settings`, patch);
  if (answer.status !== 200) throw new Error(await answer.text());
}

async function undo(planId: string, created: string): Promise<void> {
  const path = `/connections/${shop.hash}/plans/${planId}/undo`;
  const answer = await stage.api('POST', path, { created });
  const { id } = await answer.json<{ id: string }>();
  const made = await planIn(stage, shop.hash, id, ['ready']);
  await apply(shop, { id, hash: made.hash });
}

function edit(itemId: string, change: Record<string, unknown>): void {
  stage.clover.editItem(shop.merchantId, itemId, change);
}

const shirt = (name: string) => ({
  name,
  attributes: [
    { name: 'Size', options: ['S', 'M', 'L', 'XL'] },
    { name: 'Colour', options: ['red'] },
  ],
  variants: ['S', 'M', 'L'].map((size, index) => ({
    options: [size, 'red'],
    sku: `${name}-${size}`,
    price: 2_000 + index,
    quantity: 4,
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
  await settings({ catalog: { enabled: true, createMissing: { bigcommerce: true } } });
});

describe('an empty store', () => {
  it('[C7] gets hidden products and variants, linked and counted, once; what is bad says why and stops nothing', async () => {
    const mug = addItem(shop, 'MUG', 7);
    edit(mug, {
      name: `Mug\u0007 ☕ ${'x'.repeat(110)}`,
      price: 1_250,
      cost: 500,
      code: '4006381333931',
    });
    stage.clover.addItemGroup(shop.merchantId, shirt('Shirt'));
    const bad: [string, Record<string, unknown>][] = [
      ['WEIGHED', { priceType: 'PER_UNIT', unitName: 'kg' }],
      ['ASKED', { priceType: 'VARIABLE' }],
      ['FREE', { price: 0 }],
      ['HTML', { name: '<img src=x onerror=alert(1)>' }],
      ['twin', {}],
      ['TWIN', {}],
    ];
    for (const [sku, change] of bad) edit(addItem(shop, sku, 1), change);
    addWeb(shop, 'OTHER', 1, { name: 'Item TAKEN' });
    addItem(shop, 'OTHER', 1);
    addItem(shop, 'TAKEN', 2);
    const made = await plan(shop);
    const rows = await operations(shop, made.id);
    const saying = (sku: string) => rows.find((row) => row.sku === sku)?.reason;
    const creates = rows.filter(({ kind }) => kind === 'create').map(({ sku }) => sku);
    expect(creates.toSorted()).toEqual(['MUG', 'Shirt-L', 'Shirt-M', 'Shirt-S', 'TAKEN']);
    expect(saying('WEIGHED')).toContain('PER_UNIT');
    expect(saying('ASKED')).toContain('VARIABLE');
    expect(saying('FREE')).toContain('Its price is 0');
    expect(saying('HTML')).toContain('HTML');
    expect([saying('twin'), saying('TWIN')].join()).toMatch(/alike|same SKU/);
    expect(products()).toHaveLength(1);
    await apply(shop, made);
    expect(products()).toHaveLength(3);
    const simple = products().find(({ sku }) => sku === 'MUG');
    expect(simple).toMatchObject({ isVisible: false, tracking: 'product', channelIds: [1] });
    expect(simple?.name).toBe(`Mug ☕ ${'x'.repeat(110)}`);
    const medium = variantOf('Shirt-M');
    const large = products().find(({ id }) => id === medium?.productId);
    expect(large).toMatchObject({ name: 'Shirt', isVisible: false, tracking: 'variant' });
    expect(large?.variantIds).toHaveLength(3);
    await until('the counts', () =>
      web(shop, simple?.baseVariantId ?? 0) === 7 && web(shop, medium?.id ?? 0) === 4
        ? true
        : undefined,
    );
    expect(await skuOf(shop, 'Shirt-M')).toMatchObject({ onHand: 4 });
    const refused = (await planOperations(shop, made.id)).find(({ sku }) => sku === 'TAKEN');
    expect(refused).toMatchObject({ outcome: 'failed' });
    expect(refused?.reason).toContain('duplicateNames');
    await atRest(stage, shop.hash);
    // The merchant may have a name twice: its SKU tells the products apart.
    await settings({ catalog: { newProducts: { duplicateNames: 'sku' } } });
    await undo(made.id, 'hide');
    const second = await plan(shop);
    const left = (await operations(shop, second.id)).filter(({ kind }) => kind === 'create');
    expect(left.map(({ sku }) => sku)).toEqual(['TAKEN']);
    await apply(shop, second);
    expect(products().map(({ name }) => name)).toContain('Item TAKEN (TAKEN)');
    const third = await plan(shop);
    expect(third.counts).toMatchObject({ create: 0, update: 0, link: 0 });
  });

  it('[C7] a piece that dies after its products were made finds them by SKU when it comes again', async () => {
    for (const sku of ['A', 'B', 'C']) addItem(shop, `D,${sku}`, 1);
    addItem(shop, 'E', 1);
    stage.clover.addItemGroup(shop.merchantId, shirt('Dress'));
    const made = await plan(shop);
    stage.runtime.faults.calls.push({
      platform: 'bigcommerce',
      match: /PUT .*\/channel-assignments/,
      fault: { kind: 'status', status: 503 },
      times: 1,
    });
    await apply(shop, made);
    stage.runtime.faults.calls.length = 0;
    expect(products()).toHaveLength(5);
    expect(products().every(({ channelIds }) => channelIds.includes(1))).toBe(true);
    const rows = await planOperations(shop, made.id);
    expect(rows.filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
    await undo(made.id, 'delete');
    expect(products()).toEqual([]);
    // Nothing is made again by itself, and the items are as they were.
    const again = await plan(shop);
    expect(again.counts).toMatchObject({ create: 7 });
  });

  it('[C7] an item that joins a linked group becomes a variant of its product', async () => {
    const group = stage.clover.addItemGroup(shop.merchantId, shirt('Coat'));
    await apply(shop, await plan(shop));
    const [first] = group.items;
    const [coat] = products();
    const tables = stage.clover.state.merchants[shop.merchantId]?.tables;
    if (tables === undefined || first === undefined) throw new Error('no group');
    const extra = all(tables.options, PRIMARY).find(({ name }) => name === 'XL');
    const join = (sku: string, optionIds: string[]): void => {
      const item = { name: 'x', sku, price: 2_500, quantity: 9, itemGroup: { id: group.id } };
      const { id } = stage.clover.addItem(shop.merchantId, item);
      const row = find(tables.items, id, PRIMARY);
      if (row !== null) row.optionIds = optionIds;
    };
    join('Coat-TWIN', first.optionIds);
    join('Coat-XL', [extra?.id ?? '', ...first.optionIds.slice(1)]);
    join('Coat-BARE', first.optionIds.slice(1));
    const second = await plan(shop);
    await apply(shop, second);
    const rows = await planOperations(shop, second.id);
    const told = (sku: string) => rows.find((row) => row.sku === sku);
    expect(told('Coat-XL')).toMatchObject({ outcome: 'applied' });
    expect(told('Coat-BARE')?.reason).toContain('every item of a group');
    // BigCommerce has the combination already, and says so.
    expect(told('Coat-TWIN')).toMatchObject({ outcome: 'failed' });
    expect(coat?.variantIds).toHaveLength(4);
    expect(products()).toHaveLength(1);
    expect(variantOf('Coat-XL')).toMatchObject({ price: 250_000 });
  });
});

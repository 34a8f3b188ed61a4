/**
 * Goal: fields of linked SKUs follow their owner through the real Worker, from a plan and from then on by webhooks.
 * Method: both sandbox platforms in process; edits by hand on either side.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addItem,
  addWeb,
  apply,
  newShop,
  operations,
  plan,
  rowsOf,
  type Shop,
} from '../support/link-shop.ts';
import { atRest, openStage, planIn, until, type Stage } from '../support/stage.ts';
import { find, PRIMARY } from '../sandbox/clover/store.ts';

let stage: Stage;
let shop: Shop;
const variants = new Map<string, number>();
const items = new Map<string, string>();

function item(sku: string) {
  const tables = stage.clover.state.merchants[shop.merchantId]?.tables;
  const row = tables === undefined ? null : find(tables.items, items.get(sku) ?? '', PRIMARY);
  if (row === null) throw new Error(`no item ${sku}`);
  const { name, price, hidden, more } = row;
  return { name, price, hidden, code: more['code'], cost: more['cost'] };
}

function editWeb(sku: string, change: { price?: number; name?: string }): void {
  const { store, variantId } = webOf(sku);
  const productId = store.variants[variantId]?.productId ?? 0;
  stage.bigcommerce.editProduct(shop.hash, productId, change);
}

function webOf(sku: string) {
  const store = stage.bigcommerce.state.stores[shop.hash];
  if (store === undefined) throw new Error('no store');
  return { store, variantId: variants.get(sku) ?? 0 };
}

function editItem(sku: string, change: Record<string, unknown>): void {
  stage.clover.editItem(shop.merchantId, items.get(sku) ?? '', change);
}

async function settings(patch: unknown): Promise<void> {
  const answer = await stage.api('PATCH', `/connections/${shop.hash}/settings`, patch);
  if (answer.status !== 200) throw new Error(await answer.text());
}

const fieldWrites = (mark: number): string[] =>
  stage.runtime.journal.calls
    .slice(mark)
    .filter(({ method, path }) => method !== 'GET' && /bulk_items|catalog/.test(path))
    .map(({ method, path }) => `${method} ${path}`);

const overwritten = () =>
  stage
    .api('GET', `/connections/${shop.hash}/logs?limit=500`)
    .then((answer) => answer.json<{ items: { operation: string; message: string }[] }>())
    .then(({ items: logs }) => logs.filter(({ operation }) => operation === 'catalog.overwrite'));

beforeAll(async () => {
  stage = openStage();
  shop = await newShop(stage);
  for (const sku of ['P1', 'P2', 'P3', 'P4', 'P5']) {
    const more = { name: `Shown ${sku}`, price: 12.5, upc: '4006381333931' };
    variants.set(sku, addWeb(shop, sku, 5, more));
    items.set(sku, addItem(shop, sku, 5));
  }
  // Prices of all of them move in the first plan: that is what it is for.
  await settings({ catalog: { enabled: true, guards: { catalogShare: 1 } } });
});

describe('a plan', () => {
  it('[C7] shows each field with its old and new value, and applying it makes both sides equal', async () => {
    const made = await plan(shop);
    const rows = (await operations(shop, made.id)).filter(({ kind }) => kind === 'update');
    expect(rows.map(({ sku }) => sku).toSorted()).toEqual(['P1', 'P2', 'P3', 'P4', 'P5']);
    expect(rows.find(({ sku }) => sku === 'P1')).toMatchObject({
      before: { places: [{ platform: 'clover', fields: { name: 'Item P1', price: 1_000 } }] },
      after: { places: [{ platform: 'clover', fields: { name: 'Shown P1', price: 1_250 } }] },
    });
    expect(item('P1').price).toBe(1_000);
    const mark = stage.runtime.journal.calls.length;
    await apply(shop, made);
    for (const sku of variants.keys()) {
      expect(item(sku)).toMatchObject({
        name: `Shown ${sku}`,
        price: 1_250,
        code: '4006381333931',
      });
    }
    // Five items, one call.
    expect(fieldWrites(mark)).toHaveLength(1);
  });

  it('[C8] a second plan finds nothing to do', async () => {
    const made = await plan(shop, 'resync');
    expect(made).toMatchObject({ status: 'ready', counts: { update: 0 } });
  });
});

describe('from then on', () => {
  it('[C8] an edit on the web reaches the register by its webhook, with one write and no echo', async () => {
    const mark = stage.runtime.journal.calls.length;
    editWeb('P1', { price: 14 });
    await until('the new price', () => (item('P1').price === 1_400 ? true : undefined));
    await atRest(stage, shop.hash);
    expect(fieldWrites(mark)).toHaveLength(1);
    expect(item('P2').price).toBe(1_250);
  });

  it('[C1] an edit at the register of a field that the web owns is taken back, and its value logged', async () => {
    editItem('P2', { price: 1_300 });
    await until('the owner', () => (item('P2').price === 1_250 ? true : undefined));
    await atRest(stage, shop.hash);
    const lost = await until('the log', async () => {
      const logs = await overwritten();
      return logs.length > 0 ? logs : undefined;
    });
    expect(lost.map(({ message }) => message).join()).toContain('1300');
  });

  it('[C3] a price that moves too far stops the change set and waits for a person', async () => {
    const mark = stage.runtime.journal.calls.length;
    editWeb('P3', { price: 0.12, name: 'Renamed P3' });
    const waiting = await until('a plan that waits', async () => {
      const [row] = await rowsOf<{ id: string }>(
        `select id from plans where connection_id = ? and origin = 'sync' and status = 'needs_decision'`,
        shop.hash,
      );
      return row;
    });
    await atRest(stage, shop.hash);
    expect(fieldWrites(mark)).toEqual([]);
    expect(item('P3')).toMatchObject({ price: 1_250, name: 'Shown P3' });
    const held = (await operations(shop, waiting.id)).find(({ outcome }) => outcome === 'open');
    expect(held?.reason).toContain('priceMoveShare');
  });

  it('[C7] a person approves what was held back by its row, under another hash, and takes it back as a plan', async () => {
    const [waiting] = await rowsOf<{ id: string; hash: string }>(
      `select id, hash from plans where connection_id = ? and status = 'needs_decision'`,
      shop.hash,
    );
    const planId = waiting?.id ?? '';
    const path = `/connections/${shop.hash}/plans/${planId}`;
    const held = (await operations(shop, planId)).find(({ outcome }) => outcome === 'open');
    const decided = await stage.api('POST', `${path}/decisions`, { approve: [held?.seq] });
    const approved = await decided.json<{ hash: string; status: string }>();
    expect(approved.status).toBe('ready');
    expect(approved.hash).not.toBe(waiting?.hash);
    const old = await stage.api('POST', `${path}/apply`, { hash: waiting?.hash });
    expect(old.status).toBe(409);
    await apply(shop, { id: planId, hash: approved.hash });
    expect(item('P3')).toMatchObject({ price: 12, name: 'Renamed P3' });
    const undo = await stage.api('POST', `${path}/undo`);
    expect(undo.status).toBe(202);
    const { id } = await undo.json<{ id: string }>();
    const made = await planIn(stage, shop.hash, id, ['ready']);
    expect(made.counts).toMatchObject({ update: 2 });
    await apply(shop, { id, hash: made.hash });
    await atRest(stage, shop.hash);
    // And it stays taken back: what was agreed on is forgotten.
    expect(item('P3')).toMatchObject({ price: 1_250, name: 'Shown P3' });
  });

  it('[C1] a register that was not asked for is left alone: owner off', async () => {
    await settings({ catalog: { owners: { name: 'off' } } });
    editWeb('P4', { name: 'Another name', price: 13 });
    await until('the price', () => (item('P4').price === 1_300 ? true : undefined));
    await atRest(stage, shop.hash);
    expect(item('P4').name).toBe('Shown P4');
  });

  it('[C7] what a person changed after the plan was made is not overwritten by it', async () => {
    await settings({ catalog: { enabled: false, owners: { name: 'bigcommerce' } } });
    editWeb('P5', { price: 13 });
    await settings({ catalog: { enabled: true } });
    const made = await plan(shop, 'resync');
    editItem('P5', { price: 777 });
    const path = `/connections/${shop.hash}/plans/${made.id}/apply`;
    await stage.api('POST', path, { hash: made.hash });
    const done = await planIn(stage, shop.hash, made.id, ['applied']);
    const row = (await operations(shop, made.id)).find(({ sku }) => sku === 'P5');
    expect({ done: done.counts['failed'], reason: row?.reason }).toMatchObject({ done: 1 });
    expect(row?.reason).toContain('since the plan was made');
  });
});

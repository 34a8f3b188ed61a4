/**
 * Goal: a bundle that only the web knows follows its components and consumes them, through the real objects and queues,
 * whatever dies between two steps. Method: the real Worker over both sandbox platforms.
 */
import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { apply, operations, plan } from '../support/link-shop.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;
let kit = 0;

const BUNDLES = {
  KIT: [
    { sku: 'A', quantity: 2 },
    { sku: 'B', quantity: 1 },
  ],
};
const kitLevel = () => stage.bigcommerce.level(shop.hash, kit);
const sellKit = (quantity = 1) =>
  stage.bigcommerce.placeOrder(shop.hash, { lines: [{ variantId: kit, quantity }] });

/** A, B and the kit at the web, and on hand of each, once nothing moves any more. */
async function settlesAt(a: number, b: number, of: number): Promise<void> {
  const same = () =>
    shop.web('A') === a && shop.register('A') === a && shop.web('B') === b && kitLevel() === of
      ? true
      : undefined;
  await until(`A ${a}, B ${b}, KIT ${of}`, same);
  await atRest(stage, shop.hash);
  const counts = await Promise.all(
    ['A', 'B', 'KIT'].map(async (sku) => (await shop.sku(sku)).onHand),
  );
  expect([...counts, shop.register('B')]).toEqual([a, b, of, b]);
}

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'bundles');
  shop.add('A', 20, 20);
  shop.add('B', 20, 20);
  await shop.connect();
  await shop.settle();
});

describe('bundles', () => {
  it('[S9] settings refuse unknown components and circles by name', async () => {
    const set = async (bundles: object) => {
      const answer = await shop.api('PATCH', '/settings', { bundles });
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await set({ KIT: [{ sku: 'NOWHERE', quantity: 1 }] })).toMatch(
      /^400 .*bundles\.KIT\.0\.sku: NOWHERE is no linked SKU/,
    );
    expect(await set({ KIT: [{ sku: 'KIT', quantity: 1 }] })).toMatch(
      /^400 .*bundle KIT names itself as its component/,
    );
  });

  it('[S9] the link plan links a bundle that no register sells, and its level follows', async () => {
    expect((await shop.api('PATCH', '/settings', { bundles: BUNDLES })).status).toBe(200);
    const { variantIds } = stage.bigcommerce.addProduct(shop.hash, {
      name: 'Kit',
      sku: 'KIT',
      price: 50,
    });
    kit = variantIds[0] ?? 0;
    const made = await plan({ ...shop, stage });
    expect(await operations({ ...shop, stage }, made.id)).toMatchObject([
      { kind: 'link', sku: 'KIT', reason: expect.stringContaining('A bundle') },
    ]);
    await apply({ ...shop, stage }, made);
    await settlesAt(20, 20, 10);
  });

  it('[S9] a web sale of it consumes its components once, on both sides', async () => {
    stage.runtime.faults.hooks.push({
      platform: 'bigcommerce',
      match: /./,
      fault: { kind: 'duplicate', times: 2 },
      times: 10,
    });
    const order = sellKit(3);
    await settlesAt(14, 17, 7);
    const answer = await shop.api('GET', '/skus/A/ledger');
    const { items } = await answer.json<{ items: { note: string; source: string }[] }>();
    expect(items).toContainEqual(
      expect.objectContaining({
        source: `order:${order.id}`,
        note: `Order ${order.id} sold 6 as part of KIT.`,
      }),
    );
    await shop.settle();
    await settlesAt(14, 17, 7);
  });

  it('[S9] a component sold at the register lowers the bundle, a delivery raises it', async () => {
    shop.ringUp('B', 12);
    await settlesAt(14, 5, 5);
    stage.clover.setStock(shop.merchantId, shop.at('B').itemId, 40);
    await settlesAt(14, 40, 7);
  });

  it('[S9] messages lost between the objects are sent again by their alarms', async () => {
    const stub = await shop.ledger('KIT');
    await runInDurableObject(stub, (instance) => {
      const own = instance as unknown as { env: Env };
      const WORK = { ...own.env.WORK, sendBatch: () => Promise.resolve() } as unknown as Queue;
      own.env = { ...own.env, WORK };
    });
    sellKit(2);
    await until('the sale', async () =>
      (await stub.bundleJob())?.owed.length === 1 ? true : undefined,
    );
    expect((await shop.sku('A')).onHand).toBe(14);
    expect((await stub.view())?.onHand).toBe(5);
    await evictAllDurableObjects();
    await runInDurableObject(stub, (_instance, ctx) => {
      const { state } = ctx.storage.sql.exec<{ state: string }>('SELECT state FROM ledger').one();
      const aged = state.replaceAll(
        /"pokeAtMs":(\d+)/g,
        (_, ms) => `"pokeAtMs":${Number(ms) - 3_600_000}`,
      );
      ctx.storage.sql.exec('UPDATE ledger SET state = ?', aged);
    });
    await runDurableObjectAlarm(stub);
    await settlesAt(10, 38, 5);
  });

  it('[S9] a cancelled order gives the components back when BigCommerce restocks the bundle', async () => {
    stage.bigcommerce.setInventorySettings(shop.hash, { refund_order_stock_adjustment: true });
    const order = sellKit(1);
    await settlesAt(8, 37, 4);
    stage.bigcommerce.cancelOrder(shop.hash, order.id);
    await settlesAt(10, 38, 5);
  });

  it('[S9] components are consumed although the bundle itself is not tracked', async () => {
    const product = stage.bigcommerce.state.stores[shop.hash]?.variants[kit]?.productId ?? 0;
    stage.bigcommerce.editProduct(shop.hash, product, { tracking: 'none' });
    sellKit(1);
    expect(shop.web('A')).toBe(10);
    const done = () => (shop.web('A') === 8 && shop.register('B') === 37 ? true : undefined);
    await until('the components', done);
  });
});

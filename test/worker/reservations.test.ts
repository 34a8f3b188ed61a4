/**
 * Goal: web orders reserve units through the real routes, objects and queues, by the store's own inventory setting and by
 * the merchant's choice of statuses. Method: a linked shop on the stage; orders placed, shipped, cancelled there.
 */
import { beforeAll, expect, it } from 'vitest';
import { apply, plan } from '../support/link-shop.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

const PENDING = 1;
const SHIPPED = 2;
const CANCELLED = 5;

let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'heldstore');
  shop.add('HELD', 10, 10);
  shop.add('OPEN', 10, 10);
  stage.bigcommerce.setInventorySettings(shop.hash, {
    update_stock_behavior: 'order_completed_or_shipped',
  });
  // Placed before anybody was listening.
  shop.sellOnline('OPEN', 4);
  await shop.connect();
  await shop.settle();
});

/** Waits until both sides show these levels and the SKU these counts. */
async function shows(
  sku: string,
  wanted: { web: number; register: number; onHand: number; reserved: number },
): Promise<void> {
  let last: unknown = null;
  await until(`${sku} at ${JSON.stringify(wanted)}`, async () => {
    const { onHand, reserved } = await shop.sku(sku);
    last = { web: shop.web(sku), register: shop.register(sku), onHand, reserved };
    return JSON.stringify(last) === JSON.stringify(wanted) ? true : undefined;
  }).catch(() => expect(last).toEqual(wanted));
  await atRest(stage, shop.hash);
  const { onHand, reserved } = await shop.sku(sku);
  expect({ web: shop.web(sku), register: shop.register(sku), onHand, reserved }).toEqual(wanted);
}

it('[S6] reserves orders that were open before the SKU was linked', async () => {
  await shows('OPEN', { web: 6, register: 6, onHand: 10, reserved: 4 });
});

it('[S6] reserves open orders where the store takes stock on shipment, until they ship', async () => {
  const order = shop.sellOnline('HELD', 3);
  await shows('HELD', { web: 7, register: 7, onHand: 10, reserved: 3 });
  const levels: (number | null)[] = [];
  const watch = setInterval(() => levels.push(shop.register('HELD')), 20);
  stage.bigcommerce.setOrderStatus(shop.hash, order.id, SHIPPED);
  await shop.settle();
  await shows('HELD', { web: 7, register: 7, onHand: 7, reserved: 0 });
  clearInterval(watch);
  expect([...new Set(levels)]).toEqual([7]);
});

it('[S6] frees what a cancelled order held', async () => {
  const order = shop.sellOnline('HELD', 2);
  await shows('HELD', { web: 5, register: 5, onHand: 7, reserved: 2 });
  stage.bigcommerce.setOrderStatus(shop.hash, order.id, CANCELLED);
  await shows('HELD', { web: 7, register: 7, onHand: 7, reserved: 0 });
});

it(
  '[S9] a promised bundle has its components reserved, frees them, and consumes them once',
  { timeout: 120_000 },
  async () => {
    const bundles = { DUO: [{ sku: 'HELD', quantity: 2 }] };
    expect((await shop.api('PATCH', '/settings', { bundles })).status).toBe(200);
    const product = { name: 'Duo', sku: 'DUO', price: 15 };
    const [variantId = 0] = stage.bigcommerce.addProduct(shop.hash, product).variantIds;
    const own = { ...shop, stage };
    await apply(own, await plan(own));
    const duos = (level: number) =>
      until(`DUO at ${level}`, () =>
        stage.bigcommerce.level(shop.hash, variantId) === level ? true : undefined,
      );
    await duos(3);
    const sell = () =>
      stage.bigcommerce.placeOrder(shop.hash, { lines: [{ variantId, quantity: 1 }] });
    const order = sell();
    await shows('HELD', { web: 5, register: 5, onHand: 7, reserved: 2 });
    await duos(2);
    stage.bigcommerce.setOrderStatus(shop.hash, order.id, CANCELLED);
    await shows('HELD', { web: 7, register: 7, onHand: 7, reserved: 0 });
    await duos(3);
    const shipped = sell();
    await shows('HELD', { web: 5, register: 5, onHand: 7, reserved: 2 });
    stage.bigcommerce.setOrderStatus(shop.hash, shipped.id, SHIPPED);
    await shows('HELD', { web: 5, register: 5, onHand: 5, reserved: 0 });
    await shop.settle();
    await shows('HELD', { web: 5, register: 5, onHand: 5, reserved: 0 });
    await duos(2);
  },
);

it('[S6] follows the store when it takes stock at once, and the merchant’s choice of statuses', async () => {
  stage.bigcommerce.setInventorySettings(shop.hash, { update_stock_behavior: 'order_placed' });
  await shop.api('PATCH', '/settings', { stock: { reserveStatusIds: [PENDING] } });
  await shop.api('POST', '/reconcile', { scope: 'orders' });
  await shop.settle();
  const order = shop.sellOnline('HELD', 2);
  await shows('HELD', { web: 3, register: 3, onHand: 3, reserved: 0 });
  stage.bigcommerce.setOrderStatus(shop.hash, order.id, CANCELLED);
  const held = stage.bigcommerce.placeOrder(shop.hash, {
    lines: [{ variantId: shop.at('HELD').variantId, quantity: 1 }],
    statusId: PENDING,
  });
  await shop.settle();
  const before = shop.web('HELD') ?? 0;
  await shows('HELD', { web: before, register: before, onHand: before + 1, reserved: 1 });
  stage.bigcommerce.setOrderStatus(shop.hash, held.id, SHIPPED);
  await shop.settle();
  await shows('HELD', { web: before, register: before, onHand: before, reserved: 0 });
});

/**
 * Goal: an order that lacks a mapping waits with one sentence and what to set, and goes on by itself once it is set; one
 * that changes after the push is told to a person once, where the register cannot follow.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { openPushShop } from '../support/push-shop.ts';
import { linkAll, openStage, type Stage, until } from '../support/stage.ts';

let stage: Stage;
let shop: ReturnType<typeof openPushShop>;

const tables = () => {
  const merchant = stage.clover.state.merchants[shop.merchantId];
  if (merchant === undefined) throw new Error('no merchant');
  return merchant.tables;
};
const patch = async (webToClover: unknown) =>
  expect((await shop.api('PATCH', '/settings', { orders: { webToClover } })).status).toBe(200);
const failures = async () =>
  (
    await (
      await shop.api('GET', '/failures')
    ).json<{ items: { orderId: string; message: string; code: string }[] }>()
  ).items;

beforeAll(async () => {
  stage = openStage();
  shop = openPushShop(stage, 'mappingstore');
  for (const sku of ['A', 'B']) shop.add(sku, 50, 50);
  await shop.enable({ apiOrdersMoveStock: 'no', unknownMethods: 'park', unlinkedLines: 'park' });
});

describe('an order that lacks a mapping', () => {
  it('[O2] waits for the tender of its method, and is of the order type that is made once', async () => {
    const [first, second] = [shop.sellOnline('A'), shop.sellOnline('B')];
    const body = await shop.becomes(first.id, 'parked');
    await shop.becomes(second.id, 'parked');
    const method = first.paymentMethod;
    expect(body['reason']).toBe(
      `Order ${first.id} was paid by "${method}", which no Clover tender is set for.`,
    );
    expect(body['fix']).toContain('orders.webToClover.tenders');
    expect((await failures()).map(({ orderId }) => orderId)).toContain(String(first.id));
    // Clover's own tenders take no payments of apps (clover.md 5.4).
    const [cashId = ''] = Object.keys(tables().tenders);
    await patch({ tenders: { [method]: cashId } });
    const refused = await until('the refused tender', async () => {
      const told = await shop.told(first.id);
      return String(told?.['reason']).includes('takes no payment') ? told : undefined;
    });
    expect(refused).toMatchObject({ status: 'parked' });
    await patch({ tenders: null, unknownMethods: 'create' });
    const { payments, row } = await shop.pushed(first.id);
    const other = await shop.pushed(second.id);
    expect(payments.map(({ amount }) => amount)).toEqual([1_000]);
    expect(await failures()).toEqual([]);
    const types = Object.entries(tables().orderTypes).map(([id, { versions }]) => [
      id,
      versions.at(-1)?.row?.label,
    ]);
    expect(types).toEqual([[row.orderTypeId, 'BigCommerce']]);
    expect(other.row.orderTypeId).toBe(row.orderTypeId);
  });

  it('[O2] waits for the link of its product, and goes on when the link plan was applied', async () => {
    const { variantIds } = stage.bigcommerce.addProduct(shop.hash, {
      name: 'Late',
      sku: 'LATE',
      price: 10,
      levels: { 1: 9 },
    });
    const item = stage.clover.addItem(shop.merchantId, {
      name: 'Late',
      sku: 'LATE',
      price: 1_000,
      quantity: 9,
    });
    const order = stage.bigcommerce.placeOrder(shop.hash, {
      lines: [{ variantId: variantIds[0] ?? 0, quantity: 1 }],
    });
    const body = await shop.becomes(order.id, 'parked');
    expect(body['reason']).toBe(
      `Order ${order.id} holds LATE, which is linked to no item of the register.`,
    );
    expect(body['fix']).toContain('Link LATE');
    await linkAll(stage, shop.hash);
    const { lines } = await shop.pushed(order.id);
    expect(lines.map(({ itemId }) => itemId)).toEqual([item.id]);
  });
});

describe('an order that changes after it was paid at the register', () => {
  it('[O4] is told once however many edits come, and is right again when they are taken back', async () => {
    const order = shop.sellOnline('A', 2);
    const before = await shop.pushed(order.id);
    const line = order.lines[0]?.id ?? 0;
    stage.bigcommerce.editOrder(shop.hash, order.id, { [line]: 3 });
    stage.bigcommerce.editOrder(shop.hash, order.id, { [line]: 4 });
    const body = await shop.becomes(order.id, 'attention');
    expect(body['reason']).toContain('was paid at the register before the web order was changed');
    await shop.settle();
    const open = (await failures()).filter(({ orderId }) => orderId === String(order.id));
    expect(open.map(({ code }) => code)).toEqual(['manual_step']);
    expect(shop.ordersFor(order.id)[0]?.lines).toHaveLength(before.lines.length);
    stage.bigcommerce.editOrder(shop.hash, order.id, { [line]: 2 });
    await shop.pushed(order.id);
    expect((await failures()).filter(({ orderId }) => orderId === String(order.id))).toEqual([]);
  });
});

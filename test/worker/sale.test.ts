/**
 * Goal: a sale in store becomes one BigCommerce order, to the cent, and moves the web's stock once, whoever takes it.
 * Method: the real Worker with objects, queues and D1 over both sandboxes; what BigCommerce holds is read from the sandbox.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bookedOrders, type BookedOrder } from '../support/sale-shop.ts';
import { openPushShop } from '../support/push-shop.ts';
import { openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: ReturnType<typeof openPushShop>;

beforeAll(async () => {
  stage = openStage({ clover: { refundRestocks: 'cashier' } });
  shop = openPushShop(stage, 'salestore');
  for (const sku of ['A', 'B', 'C', 'D', 'E']) shop.add(sku, 50, 50);
  shop.add('LAST', 2, 2);
  await shop.connect();
  const orders = { inStoreSales: 'bigcommerce-orders' };
  const stock = { settleMs: 1_000, buffer: { bySku: { LAST: 2 } } };
  const set = await shop.api('PATCH', '/settings', { orders, stock });
  if (!set.ok) throw new Error(await set.text());
  await shop.settle();
});

beforeEach(() => {
  stage.runtime.faults.calls.length = 0;
  stage.runtime.faults.hooks.length = 0;
});

/** What the API tells of a sale, once it has this status. */
const becomes = (saleId: string, status: string) =>
  until(`sale ${saleId} to be ${status}`, async () => {
    const answer = await shop.api('GET', `/orders/clover/${saleId}`);
    const body = answer.ok ? await answer.json<Record<string, unknown>>() : undefined;
    return body?.['status'] === status ? body : undefined;
  });

const booked = (saleId: string): BookedOrder[] => bookedOrders(stage, shop, saleId);

/** Writes of ours to the web's levels since a mark. */
const adjustments = (mark: number) =>
  stage.runtime.journal.calls.slice(mark).filter(({ path }) => path.includes('/inventory/adjust'));

describe('a sale in store', () => {
  it('[O5] becomes one order of the channel pos, which takes the stock, and nothing else does', async () => {
    const mark = stage.runtime.journal.calls.length;
    const sale = stage.clover.ringUp(shop.merchantId, {
      lines: [
        { itemId: shop.at('A').itemId, quantity: 2 },
        { itemId: shop.at('B').itemId, quantity: 1 },
      ],
      customLines: [{ name: 'Bag', price: 35 }],
      tipAmount: 150,
    });
    const body = await becomes(sale.id, 'pushed');
    await shop.settlesAt('A', 48);
    await shop.settle();
    const [order, ...more] = booked(sale.id);
    expect(more).toEqual([]);
    expect(order).toMatchObject({ total: '31.85', statusId: 10, channelType: 'pos' });
    expect(order?.fees).toEqual([{ name: 'Tip', amount: 150 }]);
    expect(body).toMatchObject({
      total: 3_185,
      otherId: String(order?.orderId),
      reference: `clover:${shop.merchantId}:${sale.id}`,
    });
    expect([shop.web('A'), shop.register('A'), shop.web('B')]).toEqual([48, 48, 49]);
    expect(adjustments(mark)).toEqual([]);
  });

  it('[O5] is booked once, whole, however often and in whatever order it is told', async () => {
    stage.runtime.faults.hooks.push(
      { platform: 'clover', match: /./, fault: { kind: 'duplicate', times: 3 }, times: 12 },
      { platform: 'bigcommerce', match: /./, fault: { kind: 'duplicate', times: 3 }, times: 12 },
    );
    const [one, two] = [shop.ringUp('C'), shop.ringUp('C', 2)];
    await Promise.all([becomes(one.id, 'pushed'), becomes(two.id, 'pushed')]);
    await shop.settlesAt('C', 47);
    await shop.settle();
    expect([booked(one.id).length, booked(two.id).length]).toEqual([1, 1]);
    expect((await shop.sku('C')).onHand).toBe(47);
  });

  it('[O5] of what the web has too little of goes by name, and its stock is our entry', async () => {
    // Both are held back from the web.
    expect(shop.web('LAST')).toBe(0);
    const sale = shop.ringUp('LAST', 2);
    const body = await becomes(sale.id, 'pushed');
    expect(JSON.stringify(body['story'])).toContain('go by name');
    expect(booked(sale.id)).toMatchObject([
      { total: '20.00', lines: [{ variantId: 0, quantity: 2 }] },
    ]);
    await shop.settlesAt('LAST', 0);
  });

  it('[O7] is none while its tab is open, and never in training mode', async () => {
    const training = stage.clover.ringUp(shop.merchantId, {
      lines: [{ itemId: shop.at('D').itemId, quantity: 1 }],
      testMode: true,
    });
    const tab = stage.clover.ringUp(shop.merchantId, {
      lines: [{ itemId: shop.at('D').itemId, quantity: 2 }],
      pay: false,
    });
    stage.clover.pay(shop.merchantId, tab.id, { amount: 500 });
    await shop.settle();
    expect([...booked(training.id), ...booked(tab.id)]).toEqual([]);
    stage.clover.pay(shop.merchantId, tab.id);
    await becomes(tab.id, 'pushed');
    expect(booked(tab.id)).toMatchObject([{ total: '20.00', lines: [{ quantity: 2 }] }]);
    await shop.settle();
    expect([...booked(training.id)]).toEqual([]);
    expect((await shop.sku('D')).onHand).toBe(48);
  });

  it('[O4] takes its refunds along: lines, plain money, and all that is left with its tip', async () => {
    const sale = stage.clover.ringUp(shop.merchantId, {
      lines: [
        { itemId: shop.at('A').itemId, quantity: 2 },
        { itemId: shop.at('B').itemId, quantity: 1 },
      ],
      tipAmount: 200,
    });
    await becomes(sale.id, 'pushed');
    const [lineItemId = ''] = sale.lineItemIds;
    stage.clover.refundOrder(shop.merchantId, sale.id, { lineItemIds: [lineItemId] });
    const isRefunded = (times: number) =>
      until(`${times} refunds`, () =>
        booked(sale.id)[0]?.refunds.length === times ? booked(sale.id)[0]?.refunds : undefined,
      );
    await isRefunded(1);
    stage.clover.refundOrder(shop.merchantId, sale.id, { amount: 150 });
    await isRefunded(2);
    stage.clover.refundOrder(shop.merchantId, sale.id);
    const refunds = await isRefunded(3);
    await shop.settle();
    expect(booked(sale.id)).toMatchObject([{ statusId: 4, total: '32.00' }]);
    expect(refunds?.map(({ total }) => total)).toEqual([1_000, 150, 2_050]);
    expect(refunds?.slice(0, 2).map(({ items }) => items.map(({ type }) => type))).toEqual([
      ['PRODUCT'],
      ['ORDER'],
    ]);
    const body = await becomes(sale.id, 'pushed');
    expect(JSON.stringify(body['story'])).toContain('refund of 32.00 USD stands on both sides');
  });
});

interface Case {
  id: string;
  sku: string | null;
  code: string;
  orderId: string;
  message: string;
}

describe('goods that came back', () => {
  const cases = async (): Promise<Case[]> =>
    (await (await shop.api('GET', '/failures')).json<{ items: Case[] }>()).items.filter(
      ({ code, sku }) => code === 'restock_asked' && sku === 'E',
    );
  const asked = (orderId: string) =>
    until(`a question about ${orderId}`, async () =>
      (await cases()).find((each) => each.orderId === orderId),
    );
  const refund = (sale: { id: string; lineItemIds: readonly string[] }, restock: boolean) => {
    const [lineItemId = ''] = sale.lineItemIds;
    stage.clover.refundOrder(shop.merchantId, sale.id, { lineItemIds: [lineItemId], restock });
  };

  it('[O6] are asked about apart from the money, once, and believed where a cashier put them back', async () => {
    const [yes, no, cashier] = [shop.ringUp('E'), shop.ringUp('E'), shop.ringUp('E')];
    await shop.settlesAt('E', 47);
    refund(cashier, true);
    await shop.settlesAt('E', 48);
    expect(await cases()).toEqual([]);
    refund(yes, false);
    refund(no, false);
    const one = await asked(yes.id);
    const two = await asked(no.id);
    expect(one.message).toContain('1 of E came back');
    const answer = (id: string, restocked: boolean) =>
      shop.api('POST', `/failures/${id}/restock`, { restocked });
    expect((await answer(one.id, true)).status).toBe(200);
    expect((await answer(two.id, false)).status).toBe(200);
    // 50 less three, one was put back by the cashier, one by the answer.
    await shop.settlesAt('E', 49);
    expect(await cases()).toEqual([]);
  });
});

/**
 * Goal: a web order becomes one order at the register, to the cent, and follows its web order from then on. Method: the
 * real Worker with objects, queues and D1 over both sandboxes; what the register holds is read from the sandbox itself.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { openPushShop } from '../support/push-shop.ts';
import { openStage, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: ReturnType<typeof openPushShop>;

const AWAITING_FULFILLMENT = 11;
const SHIPPED = 2;

beforeAll(async () => {
  stage = openStage();
  shop = openPushShop(stage, 'pushstore');
  for (const sku of ['A', 'B', 'C', 'D', 'E', 'F']) shop.add(sku, 50, 50);
  await shop.enable();
  await shop.settle();
});

beforeEach(() => {
  stage.runtime.faults.calls.length = 0;
  stage.runtime.faults.hooks.length = 0;
});

const variant = (sku: string) => shop.at(sku).variantId;

describe('a web order', () => {
  it('[O1] becomes one order of as many lines as it has units, paid by a tender of its method', async () => {
    const order = stage.bigcommerce.placeOrder(shop.hash, {
      lines: [
        { variantId: variant('A'), quantity: 2 },
        { variantId: variant('B'), quantity: 1 },
      ],
      shipping: '5.00',
      shippingMethod: 'UPS',
      discount: '1.00',
      coupon: { code: 'TEN', percent: 10 },
      giftCertificate: '3.00',
    });
    const { row, lines, payments } = await shop.pushed(order.id);
    const body = await shop.told(order.id);
    expect(lines.filter(({ itemId }) => itemId === shop.at('A').itemId)).toHaveLength(2);
    expect(lines.map(({ name }) => name)).toContain('Shipping: UPS');
    expect(row).toMatchObject({
      title: `BigCommerce ${order.id}`,
      externalReferenceId: `BC${order.id}`,
      taxRemoved: true,
      paymentState: 'PAID',
      total: body?.['total'],
    });
    expect(row.total).toBeGreaterThan(0);
    // What the register works out by itself, from its lines and discounts.
    expect(stage.clover.orderTotals(shop.merchantId, row.id).total).toBe(row.total);
    expect(payments.map(({ amount }) => amount)).toEqual([300, row.total - 300]);
    expect(body?.['story']).toHaveLength(1);
    await shop.settle();
    expect([shop.web('A'), shop.register('A')]).toEqual([48, 48]);
  });

  it('[O3] arrives once although every webhook of it comes three times', async () => {
    stage.runtime.faults.hooks.push(
      { platform: 'bigcommerce', match: /order/, fault: { kind: 'duplicate', times: 3 }, times: 9 },
      { platform: 'clover', match: /./, fault: { kind: 'duplicate', times: 3 }, times: 9 },
    );
    const order = shop.sellOnline('C');
    await shop.pushed(order.id);
    await shop.settle();
    expect(shop.ordersFor(order.id)).toHaveLength(1);
    expect(shop.register('C')).toBe(49);
  });

  it('[O7] is not sent while it is not paid, and is once it was', async () => {
    const order = stage.bigcommerce.placeOrder(shop.hash, {
      lines: [{ variantId: variant('D'), quantity: 1 }],
      statusId: 7,
    });
    await shop.settle();
    expect(shop.ordersFor(order.id)).toEqual([]);
    stage.bigcommerce.setOrderStatus(shop.hash, order.id, AWAITING_FULFILLMENT);
    await shop.pushed(order.id);
  });

  it('[O4] takes its status along, in order', async () => {
    const order = shop.sellOnline('E');
    const { row } = await shop.pushed(order.id);
    expect(row.note).toContain('Awaiting Fulfillment');
    stage.bigcommerce.setOrderStatus(shop.hash, order.id, SHIPPED);
    await shop.settle();
    const [after] = shop.ordersFor(order.id);
    expect(after?.row.note).toContain('Shipped');
    expect(after?.payments).toHaveLength(1);
  });

  it('[O4] cancelled after it was paid at the register is marked, and waits for a refund there', async () => {
    const order = shop.sellOnline('F');
    const { row } = await shop.pushed(order.id);
    stage.bigcommerce.cancelOrder(shop.hash, order.id);
    const body = await shop.becomes(order.id, 'attention');
    expect(body['reason']).toContain('refund it');
    expect(shop.ordersFor(order.id)[0]?.row.title).toContain('CANCELLED');
    const open = async () =>
      (await (await shop.api('GET', '/failures')).json<{ items: { orderId: string }[] }>()).items;
    expect((await open()).map(({ orderId }) => orderId)).toContain(String(order.id));
    stage.clover.refundOrder(shop.merchantId, row.id, { restock: false });
    await shop.becomes(order.id, 'removed');
    expect((await open()).map(({ orderId }) => orderId)).not.toContain(String(order.id));
  });

  it('[O4] refunded online waits for the same refund at the register, and sees it done', async () => {
    const order = shop.sellOnline('D', 2);
    const { row, payments } = await shop.pushed(order.id);
    const [line] = order.lines;
    stage.bigcommerce.refundOrder(shop.hash, order.id, [
      { type: 'PRODUCT', itemId: line?.id ?? 0, quantity: 1 },
    ]);
    const body = await shop.becomes(order.id, 'attention');
    expect(body['reason']).toContain('refunded 10.00 USD online: refund 10.00 USD');
    const [open] = shop.ordersFor(order.id);
    expect(open?.row.note).toContain('Refunded online: 10.00 USD.');
    expect(open?.payments).toHaveLength(payments.length);
    stage.clover.refundOrder(shop.merchantId, row.id, { amount: 1_000 });
    await shop.becomes(order.id, 'pushed');
    expect(shop.ordersFor(order.id)).toHaveLength(1);
  });

  it('[O8] brings its shopper along, once however many orders come, when customers are copied', async () => {
    expect((await shop.api('PATCH', '/settings', { customers: { enabled: true } })).status).toBe(
      200,
    );
    const buy = () =>
      stage.bigcommerce.placeOrder(shop.hash, {
        lines: [{ variantId: variant('E'), quantity: 1 }],
        billingAddress: { first_name: 'Grace', last_name: 'Hopper', email: 'Grace@Example.com' },
      });
    const [first, second] = [buy(), buy()];
    const customers = [await shop.pushed(first.id), await shop.pushed(second.id)].map(
      ({ row }) => row.customerIds,
    );
    expect(customers[0]).toHaveLength(1);
    expect(customers[1]).toEqual(customers[0]);
    const all = Object.values(
      stage.clover.state.merchants[shop.merchantId]?.tables.customers ?? {},
    );
    expect(JSON.stringify(all).match(/grace@example\.com/gi)).toHaveLength(1);
    expect((await shop.api('PATCH', '/settings', { customers: null })).status).toBe(200);
  });

  it('[O2] with a difference is parked, explained, and goes on by itself once it is allowed', async () => {
    const order = shop.sellOnline('A');
    // BigCommerce's own total is three cents off its parts.
    const stored = stage.bigcommerce.state.stores[shop.hash]?.orders[order.id];
    if (stored !== undefined) stored.overrides = { total_ex_tax: 100_300, total_inc_tax: 100_300 };
    const body = await shop.becomes(order.id, 'parked');
    expect(body['reason']).toContain('a difference of 0.03 USD');
    expect(shop.ordersFor(order.id)).toEqual([]);
    const settings = { orders: { webToClover: { roundingMaxMinor: 3 } } };
    expect((await shop.api('PATCH', '/settings', settings)).status).toBe(200);
    const { row, lines } = await shop.pushed(order.id);
    expect(row.total).toBe(1_003);
    expect(lines.map(({ name, price }) => [name, price])).toContainEqual(['Rounding', 3]);
  });
});

describe('the tie-out', () => {
  it('[O9] names every cent of the day, and exports it', async () => {
    const order = shop.sellOnline('B', 3);
    const { row } = await shop.pushed(order.id);
    shop.ringUp('B');
    await shop.settle();
    const { timeZone } = await tieOut('2020-01-01');
    const today = new Intl.DateTimeFormat('en-CA', { timeZone }).format(Date.now());
    const day = await tieOut(today);
    expect(day).toMatchObject({ isTied: true, unexplained: 0 });
    expect(day.orders.web).toBeGreaterThanOrEqual(5);
    expect(day.differences.filter(({ webOrderId }) => webOrderId === String(order.id))).toEqual([]);
    expect(new Set(day.differences.map((each) => each.class))).toEqual(
      new Set(['register-only', 'edited']),
    );
    expect(day.registerOnly.map(({ amount }) => amount)).toEqual([1_000]);
    expect(day.tenders.find(({ method }) => method === 'Gift Certificate')).toMatchObject({
      web: 300,
      register: 300,
    });
    expect(row.total).toBe(3_000);
    const csv = await (await shop.api('GET', `/tie-out?date=${today}&format=csv`)).text();
    expect(csv.split('\r\n')[0]).toBe(
      '"row","class","web order","register order","web","register","difference","why"',
    );
    expect(csv).toContain('"sale","register-only","",');
    expect((await shop.api('GET', '/tie-out?date=2026-02-30')).status).toBe(400);

    // The same on its page, with ways to each order, and as the same file.
    const browser = openBrowser(stage);
    await browser.open(await stage.bigcommerce.loadUrl(shop.hash));
    const html = await (await browser.get(`/app/orders/tie-out?date=${today}`)).text();
    expect(html).toMatch(/Paid by Gift Certificate<\/th><td class="num">3\.00 USD<\/td>/);
    expect(html).toContain('>sold in store</span> Sold in store.');
    const edited = day.differences.find((each) => each.class === 'edited')?.webOrderId;
    expect(html).toContain(`href="/app/orders/bigcommerce/${edited}">its story</a>`);
    expect(html).toContain(`mybigcommerce.com/manage/orders/${edited}"`);
    expect(html).toMatch(new RegExp(`/orders/m/${shop.merchantId}/orders/\\w+"`));
    const file = await browser.get(`/app/orders/tie-out.csv?date=${today}`);
    expect(await file.text()).toBe(csv);
    expect((await browser.get('/app/orders/tie-out?date=2026-02-30')).status).toBe(400);
    const evil = encodeURIComponent('"><script>alert(1)</script>');
    const answer = await browser.get(`/app/orders/tie-out?date=${evil}`);
    expect(await answer.text()).not.toContain('<script>alert');
    expect((await browser.get(`/app/orders/tie-out.csv?date=${evil}`)).status).toBe(400);
  });
});

interface DayBody {
  timeZone: string;
  isTied: boolean;
  orders: { web: number };
  tenders: { method: string; web: number; register: number }[];
  registerOnly: { amount: number }[];
  differences: { class: string; webOrderId: string | null }[];
}

async function tieOut(date: string): Promise<DayBody> {
  const answer = await shop.api('GET', `/tie-out?date=${date}`);
  expect(answer.status).toBe(200);
  return answer.json<DayBody>();
}

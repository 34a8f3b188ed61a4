import { expect, test } from 'vitest';
import { addLines, openOrder } from '../sandbox/clover/order-book.ts';
import { DEFAULT_SWITCHES } from '../sandbox/clover/switches.ts';
import { createLimits } from '../sandbox/clover/limits.ts';
import type { Platform } from '../sandbox/clover/platform.ts';
import { createHarness, filter, MERCHANT_ID } from '../support/clover-harness.ts';
import type { Harness } from '../support/clover-harness.ts';
import { describeWithClover } from '../support/specs-clover.ts';

const DAY_MS = 24 * 3_600_000;

const itemOf = (harness: Harness, quantity: number | null, more: Record<string, unknown> = {}) =>
  harness.clover.addItem(MERCHANT_ID, { name: 'Tea', price: 450, quantity, ...more });

const sell = (harness: Harness, itemId: string, quantity: number, pay = true) =>
  harness.clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity }], pay });

const count = (harness: Harness, itemId: string) => harness.clover.stock(MERCHANT_ID, itemId);

/** The inside of a sandbox, as endpoints that write orders will have it. */
const platformOf = (harness: Harness): Platform => ({
  runtime: harness.runtime,
  appId: '',
  appSecret: '',
  authCode: '',
  webhookUrl: 'https://relay.example/webhooks/clover',
  siteUrl: '',
  state: harness.clover.state,
  switches: harness.clover.switches,
  limits: createLimits(),
  outbox: [],
});

describeWithClover('clover sandbox: orders', (specs) => {
  test('three pieces are three lines without a quantity', async () => {
    const harness = await createHarness(specs);
    const { id: itemId } = itemOf(harness, 10, { code: '0123' });
    const { id } = sell(harness, itemId, 3);
    const { body } = await harness.get(`/orders/${id}?expand=lineItems,payments.tender,refunds`);
    const lines = body['lineItems'] as { elements: Record<string, unknown>[] };
    expect(lines.elements).toHaveLength(3);
    expect(lines.elements[0]).toMatchObject({
      item: { id: itemId },
      price: 450,
      itemCode: '0123',
      printed: true,
      refunded: false,
    });
    for (const line of lines.elements) expect(Object.keys(line)).not.toContain('quantity');
    expect(body).toMatchObject({
      total: 1350,
      paymentState: 'PAID',
      state: 'locked',
      unpaidBalance: 0,
    });
    expect(body['payments']).toMatchObject({
      elements: [{ amount: 1350, result: 'SUCCESS', tender: { label: 'Cash' } }],
    });
    expect(body).not.toHaveProperty('refunds');
  });

  test('unexpanded collections are pointers', async () => {
    const harness = await createHarness(specs);
    const { id } = sell(harness, itemOf(harness, 1).id, 1);
    const { body } = await harness.get(`/orders/${id}`);
    expect(Object.keys(body['lineItems'] ?? {})).toEqual(['href']);
    expect(body['employee']).toEqual({ id: expect.any(String) });
    expect(body['device']).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test('nested lines are cut at 100, the sub-endpoint pages through all of them', async () => {
    const harness = await createHarness(specs);
    const { id } = sell(harness, itemOf(harness, 500).id, 130);
    const { body } = await harness.get(`/orders/${id}?expand=lineItems`);
    expect((body['lineItems'] as { elements: unknown[] }).elements).toHaveLength(100);
    const path = `/orders/${id}/line_items`;
    const first = (await harness.get(path)).elements;
    const rest = (await harness.get(`${path}?offset=100`)).elements;
    const ids = new Set([...first, ...rest].map((line) => line['id']));
    expect([first.length, rest.length, ids.size]).toEqual([100, 30, 130]);
    const line = await harness.get(`${path}/${String(rest[0]?.['id'])}?expand=taxRates`);
    expect(line.body['orderRef']).toMatchObject({ id });
    expect((await harness.get(`${path}/0000000000000`)).status).toBe(404);
  });

  test('lines are snapshots and may point at a deleted item', async () => {
    const harness = await createHarness(specs);
    const { id: itemId } = itemOf(harness, 1);
    const { id } = sell(harness, itemId, 1);
    harness.clover.editItem(MERCHANT_ID, itemId, { name: 'Coffee', price: 1 });
    harness.clover.deleteItem(MERCHANT_ID, itemId);
    const [line] = (await harness.get(`/orders/${id}/line_items`)).elements;
    expect(line).toMatchObject({ name: 'Tea', price: 450, item: { id: itemId } });
  });

  test('a PER_UNIT item is one line with thousandths', async () => {
    const harness = await createHarness(specs);
    const { id: itemId } = itemOf(harness, 2, { priceType: 'PER_UNIT', unitName: 'kg' });
    const { id, total } = sell(harness, itemId, 1.25);
    expect(total).toBe(563);
    const [line] = (await harness.get(`/orders/${id}/line_items`)).elements;
    expect(line).toMatchObject({ unitQty: 1250, unitName: 'kg', price: 450 });
    expect(count(harness, itemId)).toBe(0.75);
    const pieces = itemOf(harness, 2).id;
    expect(() => sell(harness, pieces, 1.5)).toThrow('whole pieces');
  });

  test('tax is taken per rate on the sum, half up; for VAT it is inside', async () => {
    const harness = await createHarness(specs);
    const taxRates = [{ name: 'Sales', rate: 825_000 }];
    const { id: net } = harness.clover.createMerchant({ name: 'Net', taxRates });
    const { id: vat } = harness.clover.createMerchant({ name: 'Vat', vat: true, taxRates });
    const totals = [net, vat].map((merchantId) => {
      const item = harness.clover.addItem(merchantId, { name: 'A', price: 106, quantity: 9 });
      const lines = [{ itemId: item.id, quantity: 3 }];
      const order = harness.clover.ringUp(merchantId, { lines });
      const payment = Object.values(
        harness.clover.state.merchants[merchantId]?.tables.payments ?? {},
      )[0]?.versions[0]?.row;
      return [order.total, payment?.taxAmount, order.isVat];
    });
    // 318 at 8.25 % is 26.235; inside 318 it is 24.235. Per line it would be 3 x 9 and 3 x 8.
    expect(totals).toEqual([
      [344, 26, false],
      [318, 24, true],
    ]);
  });

  test('lists leave out hidden and deleted orders; a hidden one is found by id', async () => {
    const harness = await createHarness(specs);
    const { id: itemId } = itemOf(harness, 9);
    const [hidden, deleted, shown] = [1, 2, 3].map(() => sell(harness, itemId, 1));
    const cells = harness.clover.state.merchants[MERCHANT_ID]?.tables.orders;
    const rowOf = (id = '') => cells?.[id]?.versions.at(-1)?.row;
    Object.assign(rowOf(hidden?.id) ?? {}, { state: undefined });
    Object.assign(rowOf(deleted?.id) ?? {}, { deletedTime: harness.clock.now() });
    const ids = async (query: string) =>
      (await harness.get(`/orders?${query}`)).elements.map((order) => order['id']);
    expect(await ids('')).toEqual([shown?.id]);
    expect(await ids(filter('deletedTime>=0'))).toEqual([deleted?.id]);
    expect((await harness.get(`/orders/${hidden?.id}`)).body).not.toHaveProperty('state');
    expect((await harness.get(`/orders/${deleted?.id}`)).status).toBe(404);
  });

  test('some filters see 90 days only, modifiedTime and id see everything', async () => {
    const harness = await createHarness(specs, { accessTokenTtlMs: 365 * DAY_MS });
    const { id: itemId } = itemOf(harness, 9);
    const old = sell(harness, itemId, 1);
    await harness.clock.advance(91 * DAY_MS);
    const recent = sell(harness, itemId, 1);
    const ids = async (...conditions: string[]) =>
      (await harness.get(`/orders?${filter(...conditions)}`)).elements.map((order) => order['id']);
    expect(await ids()).toEqual([recent.id, old.id]);
    expect(await ids('modifiedTime>=1')).toEqual([recent.id, old.id]);
    expect(await ids(`id=${old.id}`)).toEqual([old.id]);
    expect(await ids('createdTime>=1')).toEqual([recent.id]);
    expect(await ids('state=locked')).toEqual([recent.id]);
    expect(await ids('modifiedTime>=1', 'total>=1')).toEqual([recent.id]);
    const payments = async (...conditions: string[]) =>
      (await harness.get(`/payments?${filter(...conditions)}`)).elements.length;
    expect([await payments(), await payments('createdTime>=1')]).toEqual([1, 1]);
    harness.clover.refundOrder(MERCHANT_ID, old.id);
    expect([await payments(), await payments('modifiedTime>=1')]).toEqual([1, 2]);
  });

  test('an open order is open until it is paid', async () => {
    const harness = await createHarness(specs);
    const { id } = sell(harness, itemOf(harness, 1).id, 1, false);
    const open = (await harness.get(`/orders/${id}`)).body;
    expect(open).toMatchObject({ paymentState: 'OPEN', state: 'open', unpaidBalance: 450 });
    const tender = 'com.clover.tender.credit_card';
    harness.clover.pay(MERCHANT_ID, id, { tender, tipAmount: 50 });
    const [payment] = (await harness.get(`/orders/${id}/payments?expand=tender,order`)).elements;
    expect(payment).toMatchObject({
      amount: 450,
      tipAmount: 50,
      tender: { labelKey: tender },
      order: { id, total: 450 },
    });
    expect(() => harness.clover.pay(MERCHANT_ID, id)).toThrow('paid already');
    const byId = await harness.get(`/payments/${String(payment?.['id'])}`);
    expect(byId.body['order']).toEqual({ id });
  });
});

describeWithClover('clover sandbox: stock of a sale', (specs) => {
  test('a paid sale lowers the count, with its cause', async () => {
    const harness = await createHarness(specs);
    const { id } = itemOf(harness, 5);
    const order = sell(harness, id, 2, false);
    expect(count(harness, id)).toBe(5);
    harness.clover.pay(MERCHANT_ID, order.id);
    expect(count(harness, id)).toBe(3);
    expect(harness.runtime.journal.stock.at(-1)).toMatchObject({
      account: MERCHANT_ID,
      item: id,
      before: 5,
      after: 3,
      cause: 'sale',
    });
  });

  test('or as soon as the line is added, and back when it is voided', async () => {
    const harness = await createHarness(specs, { decrementMoment: 'line-added' });
    const { id } = itemOf(harness, 5);
    const order = sell(harness, id, 2, false);
    expect(count(harness, id)).toBe(3);
    const left = harness.clover.voidLine(MERCHANT_ID, order.id, order.lineItemIds[0] ?? '');
    expect([count(harness, id), left.total]).toEqual([4, 450]);
    harness.clover.switches.voidRestocks = false;
    harness.clover.voidLine(MERCHANT_ID, order.id, order.lineItemIds[1] ?? '');
    expect(count(harness, id)).toBe(4);
    harness.clover.pay(MERCHANT_ID, sell(harness, id, 1, false).id);
    expect(count(harness, id)).toBe(3);
  });

  test('a voided line is gone, a paid one cannot be voided', async () => {
    const harness = await createHarness(specs);
    const { id } = itemOf(harness, 5);
    const open = sell(harness, id, 2, false);
    const [lineId = ''] = open.lineItemIds;
    harness.clover.voidLine(MERCHANT_ID, open.id, lineId);
    expect((await harness.get(`/orders/${open.id}/line_items`)).elements).toHaveLength(1);
    expect(count(harness, id)).toBe(5);
    const paid = sell(harness, id, 1);
    const paidLine = paid.lineItemIds[0] ?? '';
    expect(() => harness.clover.voidLine(MERCHANT_ID, paid.id, paidLine)).toThrow('refunded');
  });

  test.each([['trackStock'], ['updateStock']])('with %s off nothing moves', async (name) => {
    const harness = await createHarness(specs);
    harness.clover.setProperties(MERCHANT_ID, { [name]: false });
    const { id } = itemOf(harness, 5);
    sell(harness, id, 2);
    expect(count(harness, id)).toBe(5);
  });

  test('a sale may drive the count below zero', async () => {
    const harness = await createHarness(specs);
    const { id } = itemOf(harness, 1, { autoManage: true });
    sell(harness, id, 3);
    expect(count(harness, id)).toBe(-2);
    expect((await harness.get(`/items/${id}`)).body['available']).toBe(false);
    sell(harness, id, 1);
    expect(count(harness, id)).toBe(-3);
    harness.clover.switches.unavailableBlocksSale = true;
    expect(() => sell(harness, id, 1)).toThrow('not available');
  });

  test('an item without a count stays without one, or starts one', async () => {
    const harness = await createHarness(specs);
    const { id } = itemOf(harness, null);
    sell(harness, id, 1);
    expect(count(harness, id)).toBeNull();
    harness.clover.switches.saleStartsCount = true;
    sell(harness, id, 1);
    expect(count(harness, id)).toBe(-1);
  });

  test('orders made over the API move stock only where the switch says so', async () => {
    const switches = { decrementMoment: 'line-added' } as const;
    const harness = await createHarness(specs, switches);
    expect(DEFAULT_SWITCHES.apiOrdersDecrement).toBe(false);
    const item = itemOf(harness, 5);
    const merchant = harness.clover.state.merchants[MERCHANT_ID];
    if (merchant === undefined) throw new Error('no merchant');
    const platform = platformOf(harness);
    const order = openOrder(platform, merchant, 'api');
    addLines(platform, merchant, order.id, item, 2);
    expect(count(harness, item.id)).toBe(5);
    harness.clover.switches.apiOrdersDecrement = true;
    addLines(platform, merchant, order.id, item, 2);
    expect(count(harness, item.id)).toBe(3);
  });
});

describeWithClover('clover sandbox: refunds', (specs) => {
  test('a refund is a positive record of its own and restocks nothing by itself', async () => {
    const harness = await createHarness(specs);
    const { id: itemId } = itemOf(harness, 5);
    const order = sell(harness, itemId, 2);
    const [lineId = ''] = order.lineItemIds;
    const input = { lineItemIds: [lineId], reason: 'broken' };
    const { id } = harness.clover.refundOrder(MERCHANT_ID, order.id, input);
    expect(count(harness, itemId)).toBe(3);

    const shown = (await harness.get(`/refunds/${id}?expand=payment,lineItems`)).body;
    expect(shown).toMatchObject({
      amount: 450,
      orderRef: { id: order.id },
      payment: { amount: 900 },
      lineItems: { elements: [{ id: lineId, refunded: true, refund: { id } }] },
      reason: 'broken',
    });
    const expand = 'expand=refunds,payments.refunds,lineItems';
    const after = (await harness.get(`/orders/${order.id}?${expand}`)).body;
    expect(after).toMatchObject({
      paymentState: 'PARTIALLY_REFUNDED',
      total: 900,
      refunds: { elements: [{ id }] },
      payments: { elements: [{ amount: 900, refunds: { elements: [{ id, amount: 450 }] } }] },
    });
    expect((await harness.get('/payments')).elements).toHaveLength(1);
    expect(() => harness.clover.refundOrder(MERCHANT_ID, order.id, input)).toThrow('refunded yet');
    harness.clover.refundOrder(MERCHANT_ID, order.id);
    expect((await harness.get(`/orders/${order.id}`)).body['paymentState']).toBe('REFUNDED');
    const query = filter(`createdTime>=${harness.clock.now()}`);
    expect((await harness.get(`/refunds?${query}`)).elements).toHaveLength(2);
    expect((await harness.post('/refunds', { amount: 1 })).status).toBe(405);
  });

  test('an amount alone names no lines', async () => {
    const harness = await createHarness(specs);
    const order = sell(harness, itemOf(harness, 5).id, 2);
    const { id } = harness.clover.refundOrder(MERCHANT_ID, order.id, { amount: 100 });
    const refund = (await harness.get(`/refunds/${id}?expand=lineItems`)).body;
    expect(refund['amount']).toBe(100);
    expect(refund).not.toHaveProperty('lineItems');
    const lines = (await harness.get(`/orders/${order.id}/line_items`)).elements;
    expect(lines.some((line) => line['refunded'] === true)).toBe(false);
  });

  test.each([
    ['cashier', true, 5],
    ['cashier', false, 3],
    ['always', false, 5],
    ['never', true, 3],
  ] as const)('refundRestocks %s with the choice %s leaves %i', async (mode, choice, left) => {
    const harness = await createHarness(specs, { refundRestocks: mode });
    const { id } = itemOf(harness, 5);
    const order = sell(harness, id, 2);
    harness.clover.refundOrder(MERCHANT_ID, order.id, { restock: choice });
    expect(count(harness, id)).toBe(left);
    const last = harness.runtime.journal.stock.at(-1);
    expect(last?.cause).toBe(left === 5 ? 'cancel' : 'sale');
  });
});

/** Payments, tenders and order types over the API; see `sandbox-clover-order-writes.test.ts`. */
import { expect, test } from 'vitest';
import type { CloverSwitches } from '../sandbox/clover/index.ts';
import { createHarness, filter, MERCHANT_ID } from '../support/clover-harness.ts';
import type { Harness } from '../support/clover-harness.ts';
import { describeWithClover, type CloverSpecs } from '../support/specs-clover.ts';

async function openOrder(specs: CloverSpecs, switches: Partial<CloverSwitches> = {}) {
  const harness = await createHarness(specs, switches);
  const { body } = await harness.post('/orders', { state: 'open' });
  return { ...harness, orderId: String(body['id']), path: `/orders/${String(body['id'])}` };
}

async function customTender(harness: Harness): Promise<string> {
  const { body } = await harness.post('/tenders', { label: 'Web', labelKey: 'com.example.web' });
  return String(body['id']);
}

const bulk = (harness: Harness, path: string, ...items: Record<string, unknown>[]) =>
  harness.post(`${path}/bulk_line_items`, { items });

const idOf = (answer: { body: Record<string, unknown> }) => String(answer.body['id']);

describeWithClover('clover sandbox: payments over the API', (specs) => {
  async function payable(switches: Partial<CloverSwitches> = {}) {
    const harness = await openOrder(specs, switches);
    const item = harness.clover.addItem(MERCHANT_ID, { name: 'Tea', price: 450, quantity: 5 });
    const line = { item: { id: item.id }, price: 450 };
    await bulk(harness, harness.path, line, line);
    await harness.post(harness.path, { total: 900 });
    const tender = { id: await customTender(harness) };
    const pay = (amount: number, more: Record<string, unknown> = {}) =>
      harness.post(`${harness.path}/payments`, { tender, amount, ...more });
    const stock = () => harness.clover.stock(MERCHANT_ID, item.id);
    return { ...harness, pay, stock };
  }

  test.each([
    [true, ['PARTIALLY_PAID', 'open'], ['PAID', 'locked']],
    [false, ['OPEN', 'open'], ['OPEN', 'open']],
  ])('payments settle the order: %s', async (apiPaymentSettles, afterPart, afterAll) => {
    const { pay, get, path, updates } = await payable({ apiPaymentSettles });
    const state = async () => {
      const { body } = await get(path);
      return [body['paymentState'], body['state']];
    };
    await updates();
    const part = await pay(400, { externalPaymentId: 'BC1.1', tipAmount: 5, taxAmount: 30 });
    expect(part.body).toMatchObject({
      amount: 400,
      tipAmount: 5,
      taxAmount: 30,
      result: 'SUCCESS',
    });
    expect(await updates()).toEqual([`CREATE P:${idOf(part)}`, expect.stringMatching(/UPDATE O:/)]);
    expect(await state()).toEqual(afterPart);
    await pay(500);
    expect(await state()).toEqual(afterAll);
    const found = await get(`/payments?${filter('externalPaymentId=BC1.1')}`);
    expect(found.elements).toHaveLength(1);
  });

  test.each([
    ['accept', 200],
    ['refuse', 400],
  ] as const)('a payment beyond the total: %s', async (overpayment, status) => {
    const { pay } = await payable({ overpayment });
    expect((await pay(901)).status).toBe(status);
  });

  test('twice the same payment is two payments', async () => {
    const { pay, get, path } = await payable();
    await pay(450, { externalPaymentId: 'BC1.1' });
    await pay(450, { externalPaymentId: 'BC1.1' });
    expect((await get(`${path}/payments`)).elements).toHaveLength(2);
  });

  test.each([
    [{ amount: 0 }],
    [{ externalPaymentId: 'x'.repeat(33) }],
    [{ note: 'x'.repeat(256) }],
    [{ tender: { id: '0000000000000' } }],
  ])('%j is refused', async (more) => {
    const { pay } = await payable();
    expect((await pay(900, more)).status).toBe(400);
  });

  test("Clover's own and disabled tenders are refused", async () => {
    const { pay, get, post } = await payable();
    const { elements } = await get('/tenders');
    const byKey = (key: string) => elements.find((tender) => tender['labelKey'] === key)?.['id'];
    for (const key of ['cash', 'credit_card', 'external_payment']) {
      const tender = { id: byKey(`com.clover.tender.${key}`) };
      expect((await pay(900, { tender })).status).toBe(400);
    }
    const external = String(byKey('com.clover.tender.external_payment'));
    await post(`/tenders/${external}`, { enabled: true });
    expect((await pay(900, { tender: { id: external } })).status).toBe(200);
  });

  test.each([
    ['refuse', 400],
    ['accept', 200],
  ] as const)('edits of a locked order: %s', async (lockedOrderEdits, status) => {
    const { pay, post, path, call } = await payable({ lockedOrderEdits });
    await pay(900);
    const answers = [
      await post(`${path}/bulk_line_items`, { items: [{ price: 1 }] }),
      await post(`${path}/discounts`, { name: 'D', amount: -1 }),
      await post(path, { total: 1 }),
      await call('DELETE', `${path}/line_items`),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([status, status, status, status]);
    expect((await post(path, { note: 'Refunded online' })).status).toBe(200);
  });

  test.each([
    [false, 400],
    [true, 200],
  ])('an order with payments is deletable: %s', async (paidOrdersDeletable, status) => {
    const { pay, call, path } = await payable({ paidOrdersDeletable });
    await pay(100);
    expect((await call('DELETE', path)).status).toBe(status);
  });

  test.each([
    [false, 'paid', [5, 5, 5]],
    [true, 'line-added', [3, 3, 3]],
    [true, 'paid', [5, 5, 3]],
  ] as const)('orders move stock: %s, when %s', async (apiOrdersDecrement, moment, counts) => {
    const switches = { apiOrdersDecrement, apiDecrementMoment: moment };
    const other = moment === 'paid' ? 'line-added' : 'paid';
    const { pay, stock } = await payable({ ...switches, decrementMoment: other });
    const seen = [stock()];
    await pay(899);
    seen.push(stock());
    await pay(1);
    seen.push(stock());
    expect(seen).toEqual(counts);
    await pay(1);
    expect(stock()).toBe(counts[2]);
  });

  test('left to itself the moment is that of the register', async () => {
    const { stock } = await payable({ apiOrdersDecrement: true, decrementMoment: 'line-added' });
    expect(stock()).toBe(3);
  });

  test.each([
    [true, 5],
    [false, 3],
  ])('a deleted order gives back what it took: %s', async (voidRestocks, left) => {
    const switches = { apiOrdersDecrement: true, apiDecrementMoment: 'line-added' } as const;
    const { call, path, stock } = await payable({ ...switches, voidRestocks });
    await call('DELETE', path);
    expect(stock()).toBe(left);
  });

  test('a refund of discounted lines is their part of what was paid', async () => {
    const { pay, post, path, orderId, clover, get } = await payable();
    await post(`${path}/discounts`, { name: 'D', amount: -100 });
    await post(path, { total: 800 });
    await pay(800);
    const [line] = (await get(`${path}/line_items`)).elements;
    const { amount } = clover.refundOrder(MERCHANT_ID, orderId, {
      lineItemIds: [String(line?.['id'])],
    });
    expect(amount).toBe(400);
  });
});

describeWithClover('clover sandbox: tenders and order types', (specs) => {
  test('a custom tender is made, changed and deleted; a system one keeps its name', async () => {
    const harness = await createHarness(specs);
    const id = await customTender(harness);
    expect(await customTender(harness)).not.toBe(id);
    expect((await harness.post(`/tenders/${id}`, { label: 'Shop' })).body['label']).toBe('Shop');
    expect((await harness.call('DELETE', `/tenders/${id}`)).status).toBe(200);
    expect((await harness.get(`/tenders/${id}`)).status).toBe(404);
    const [system] = (await harness.get(`/tenders?${filter('label=Cash')}`)).elements;
    const path = `/tenders/${String(system?.['id'])}`;
    expect((await harness.post(path, { label: 'Mine' })).status).toBe(400);
    expect((await harness.call('DELETE', path)).status).toBe(400);
    expect((await harness.call('POST', '/tenders', { body: {} })).status).toBe(400);
  });

  test('an order type is made, changed and deleted', async () => {
    const harness = await createHarness(specs);
    const created = await harness.post('/order_types', { label: 'BigCommerce', taxable: true });
    const path = `/order_types/${idOf(created)}`;
    expect((await harness.post(path, { label: 'Web' })).body).toMatchObject({
      label: 'Web',
      taxable: true,
    });
    const order = await harness.post('/orders', {
      state: 'open',
      orderType: { id: created.body['id'] },
    });
    const shown = await harness.get(`/orders/${idOf(order)}?expand=orderType`);
    expect(shown.body['orderType']).toMatchObject({ label: 'Web' });
    expect((await harness.call('DELETE', path)).status).toBe(200);
    expect((await harness.get(path)).status).toBe(404);
    expect((await harness.get('/order_types')).elements).toEqual([]);
    expect((await harness.call('POST', '/order_types', { body: {} })).status).toBe(400);
  });
});

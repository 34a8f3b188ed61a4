/** Orders written over the API: what is taken, what is ignored, what is refused; every doubt both ways. */
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

const bulk = (harness: Harness, path: string, ...items: Record<string, unknown>[]) =>
  harness.post(`${path}/bulk_line_items`, { items });

const idOf = (answer: { body: Record<string, unknown> }) => String(answer.body['id']);

const rateIds = (harness: Harness, merchantId = MERCHANT_ID) =>
  Object.keys(harness.clover.state.merchants[merchantId]?.tables.taxRates ?? {});

describeWithClover('clover sandbox: orders over the API', (specs) => {
  test('an order without a state is hidden: lists leave it out', async () => {
    const harness = await createHarness(specs);
    const id = idOf(await harness.post('/orders', { title: 'Hidden' }));
    expect((await harness.get('/orders')).elements).toEqual([]);
    expect((await harness.get(`/orders/${id}`)).body).not.toHaveProperty('state');
    await harness.post(`/orders/${id}`, { state: 'open' });
    expect((await harness.get('/orders')).elements).toHaveLength(1);
  });

  test.each([
    ['documented', { total: 0 }],
    ['all', { total: 700, externalReferenceId: 'BC1' }],
  ] as const)(
    'on create %s fields count, the rest is ignored',
    async (orderCreateFields, shown) => {
      const harness = await createHarness(specs, { orderCreateFields });
      const body = { state: 'open', title: 'T', total: 700, externalReferenceId: 'BC1' };
      const created = await harness.post('/orders', body);
      expect(created.body).toMatchObject({ title: 'T', ...shown });
      if (orderCreateFields === 'documented') {
        expect(created.body).not.toHaveProperty('externalReferenceId');
      }
    },
  );

  test.each([
    [12, 400],
    [null, 200],
  ])('a reference of 13 characters with the limit %s', async (externalReferenceMax, status) => {
    const harness = await openOrder(specs, { externalReferenceMax });
    const body = { externalReferenceId: 'BC12345678901' };
    expect((await harness.post(harness.path, body)).status).toBe(status);
    const twelve = { externalReferenceId: 'BC1234567890' };
    expect((await harness.post(harness.path, twelve)).status).toBe(200);
  });

  test.each([
    [{ title: 'x'.repeat(128) }],
    [{ note: 'x'.repeat(2_048) }],
    [{ state: 'closed' }],
    [{ orderType: { id: '0000000000000' } }],
    [{ total: -1 }],
    [{ total: 1.5 }],
  ])('%j is refused', async (body) => {
    const harness = await openOrder(specs);
    expect((await harness.post(harness.path, body)).status).toBe(400);
  });

  test.each([
    [false, 0],
    [true, 900],
  ])('the total follows the lines: %s', async (apiTotalFollowsLines, total) => {
    const harness = await openOrder(specs, { apiTotalFollowsLines });
    await bulk(harness, harness.path, { name: 'A', price: 900 });
    expect((await harness.get(harness.path)).body['total']).toBe(total);
    expect(harness.clover.orderTotals(MERCHANT_ID, harness.orderId).total).toBe(900);
  });

  test('a single line copies its item, a bulk one overrides it', async () => {
    const harness = await openOrder(specs);
    const item = harness.clover.addItem(MERCHANT_ID, { name: 'Tea', price: 450, quantity: 5 });
    const other = { item: { id: item.id }, name: 'Coffee', price: 1 };
    const single = await harness.call('POST', `${harness.path}/line_items`, { body: other });
    expect(single.body).toMatchObject({ name: 'Tea', price: 450 });
    const [line] = (await bulk(harness, harness.path, other)).elements;
    expect(line).toMatchObject({ name: 'Coffee', price: 1, item: { id: item.id } });
    harness.clover.deleteItem(MERCHANT_ID, item.id);
    expect((await bulk(harness, harness.path, other)).status).toBe(400);
  });

  test.each([
    [[{ name: 'No price' }]],
    [[{ price: 1.5 }]],
    [[{ price: 1, note: 'x'.repeat(256) }]],
    [[{ price: 1, taxRates: [{ id: '0000000000000', name: 'None', rate: 0 }] }]],
    [[{ price: 1 }, { name: 'No price' }]],
    [[]],
    [Array.from({ length: 101 }, () => ({ price: 1 }))],
  ])('lines %# are refused and none is added', async (items) => {
    const harness = await openOrder(specs);
    expect((await bulk(harness, harness.path, ...items)).status).toBe(400);
    expect((await harness.get(`${harness.path}/line_items`)).elements).toEqual([]);
  });

  test('an order ends at 2,500 lines', async () => {
    const harness = await openOrder(specs);
    const items = Array.from({ length: 100 }, () => ({ price: 1 }));
    for (let call = 0; call < 25; call += 1) {
      expect((await bulk(harness, harness.path, ...items)).status).toBe(200);
      await harness.clock.advance(1_000);
    }
    expect((await bulk(harness, harness.path, { price: 1 })).status).toBe(400);
    expect((await harness.post(`${harness.path}/line_items`, { price: 1 })).status).toBe(400);
  });

  test.each([
    ['defaults', 108],
    ['none', 100],
  ] as const)('an empty list of taxes means %s', async (emptyTaxRates, total) => {
    const harness = await createHarness(specs, { emptyTaxRates });
    const { clover } = harness;
    const taxRates = [{ name: 'Sales', rate: 800_000 }];
    const { id: merchantId } = clover.createMerchant({ name: 'Taxed', taxRates });
    const merchant = clover.state.merchants[MERCHANT_ID];
    const taxed = clover.state.merchants[merchantId];
    if (merchant === undefined || taxed === undefined) throw new Error('no merchant');
    Object.assign(merchant.tables, { taxRates: taxed.tables.taxRates });
    const item = clover.addItem(MERCHANT_ID, { name: 'Tea', price: 100, quantity: 5 });
    const id = idOf(await harness.post('/orders', { state: 'open' }));
    await bulk(harness, `/orders/${id}`, { item: { id: item.id }, price: 100, taxRates: [] });
    expect(clover.orderTotals(MERCHANT_ID, id).total).toBe(total);
  });

  test('deleting is soft and announced; lines go one by one or all', async () => {
    const harness = await openOrder(specs);
    const { path } = harness;
    const [first] = (await bulk(harness, path, { price: 1 }, { price: 2 })).elements;
    const line = `${path}/line_items/${String(first?.['id'])}`;
    const noted = await harness.post(line, { note: 'Gift', price: 5 });
    expect(noted.body).toMatchObject({ note: 'Gift', price: 1 });
    expect((await harness.call('DELETE', line)).status).toBe(200);
    expect((await harness.call('DELETE', line)).status).toBe(404);
    expect((await harness.call('DELETE', `${path}/line_items`)).status).toBe(200);
    expect((await harness.get(`${path}/line_items`)).elements).toEqual([]);
    await harness.updates();
    expect((await harness.call('DELETE', path)).status).toBe(200);
    expect(await harness.updates()).toEqual([`DELETE O:${harness.orderId}`]);
    expect((await harness.get(path)).status).toBe(404);
    expect((await harness.get(`/orders?${filter('deletedTime>=1')}`)).elements).toHaveLength(1);
  });

  test('each write needs its own permission: 401, as if the token were bad', async () => {
    const harness = await openOrder(specs);
    const merchant = harness.clover.state.merchants[MERCHANT_ID];
    if (merchant === undefined) throw new Error('no merchant');
    merchant.permissions = ['ORDERS_R', 'PAYMENTS_R', 'MERCHANT_R'];
    for (const [path, body] of [
      ['/orders', {}],
      [harness.path, {}],
      [`${harness.path}/bulk_line_items`, { items: [{ price: 1 }] }],
      [`${harness.path}/discounts`, { name: 'A', amount: 0 }],
      [`${harness.path}/payments`, {}],
      ['/tenders', { label: 'A' }],
      ['/order_types', { label: 'A' }],
    ] as const) {
      expect((await harness.call('POST', path, { body })).status).toBe(401);
    }
  });
});

describeWithClover('clover sandbox: what an order adds up to', (specs) => {
  const discount = (harness: Harness, path: string, body: Record<string, unknown>) =>
    harness.post(`${path}/discounts`, { name: 'D', ...body });

  test('line discounts, order discounts, charge, then tax per rate on what is left', async () => {
    const harness = await openOrder(specs);
    const { path, orderId, clover } = harness;
    const [rateId = ''] = rateIds(harness);
    const taxRates = [{ id: rateId, name: 'Sales', rate: 1_000_000 }];
    const lines = await bulk(harness, path, { price: 1_000, taxRates }, { price: 555 });
    const line = `${path}/line_items/${String(lines.elements[0]?.['id'])}`;
    await discount(harness, line, { percentage: 10 });
    await discount(harness, line, { amount: -45 });
    // 1,000 - 100 - 45 + 555
    expect(clover.orderTotals(MERCHANT_ID, orderId)).toMatchObject({ subtotal: 1_410 });
    await discount(harness, path, { percentageDecimal: 100_000 });
    await discount(harness, path, { amount: -69 });
    // 1,410 - 141 - 69; the first line's part of it is 855 * 1,200 / 1,410 = 727.66
    expect(clover.orderTotals(MERCHANT_ID, orderId)).toMatchObject({
      discountedSubtotal: 1_200,
      taxAmount: 73,
      taxes: [{ taxableAmount: 728, taxAmount: 73 }],
    });
    const { body: charge } = await harness.get('/default_service_charge');
    const applied = {
      id: charge['id'],
      name: 'Large party',
      enabled: true,
      percentageDecimal: 50_000,
    };
    await harness.post(`${path}/service_charge`, applied);
    expect(clover.orderTotals(MERCHANT_ID, orderId)).toMatchObject({
      serviceCharge: 60,
      total: 1_200 + 60 + 73,
    });
    const { body } = await harness.get(
      `${path}?expand=discounts,serviceCharge,lineItems.discounts`,
    );
    expect(body).toMatchObject({
      serviceCharge: { name: 'Large party', percentageDecimal: 50_000 },
      discounts: { elements: [{ percentageDecimal: 100_000 }, { amount: -69 }] },
    });
    await harness.post(path, { taxRemoved: true });
    expect(clover.orderTotals(MERCHANT_ID, orderId)).toMatchObject({ taxAmount: 0, total: 1_260 });
    const gone = `${path}/service_charge/${String(charge['id'])}`;
    expect((await harness.call('DELETE', gone)).status).toBe(200);
    expect((await harness.call('DELETE', gone)).status).toBe(404);
    const [one] = (await harness.get(`${path}/discounts`)).elements;
    await harness.call('DELETE', `${path}/discounts/${String(one?.['id'])}`);
    expect(clover.orderTotals(MERCHANT_ID, orderId).total).toBe(1_341);
  });

  test('two rates of the same percentage round apart', async () => {
    const harness = await openOrder(specs);
    const [id = ''] = rateIds(harness);
    const { id: twin } = harness.clover.createMerchant({ name: 'Twin' });
    const [other = ''] = rateIds(harness, twin);
    const rates = harness.clover.state.merchants[MERCHANT_ID]?.tables.taxRates ?? {};
    Object.assign(rates, harness.clover.state.merchants[twin]?.tables.taxRates);
    const line = (rate: string) => ({
      price: 5,
      taxRates: [{ id: rate, name: 'Sales', rate: 1_000_000 }],
    });
    await bulk(harness, harness.path, line(id), line(other));
    // 0.5 cents each, half up: two cents in all, one under a single rate.
    expect(harness.clover.orderTotals(MERCHANT_ID, harness.orderId).taxAmount).toBe(2);
  });

  test.each([
    [{ amount: 1 }],
    [{ percentage: 101 }],
    [{ amount: -1, percentage: 5 }],
    [{}],
    [{ amount: -1, name: 'x'.repeat(65) }],
  ])('a discount of %j is refused', async (body) => {
    const harness = await openOrder(specs);
    expect((await discount(harness, harness.path, body)).status).toBe(400);
  });
});

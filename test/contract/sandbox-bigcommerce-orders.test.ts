import { describe, expect, test } from 'vitest';
import { HASH, specs } from '../support/bigcommerce.ts';
import type { Json } from '../support/bigcommerce.ts';
import { BILLING, line, openShop, posSale } from '../support/bigcommerce-shop.ts';

const ids = (body: Json) => (body as unknown as { id: number }[]).map((one) => one.id);

describe.skipIf(specs === undefined)('BigCommerce sandbox: order reads', () => {
  test('money is text with four decimals, dates are RFC-2822, parts are links', async () => {
    const { sandbox, call, clock, mug } = await openShop();
    const order = sandbox.placeOrder(HASH, { lines: [{ variantId: mug.variantId, quantity: 2 }] });
    const { body } = await call('GET', `/v2/orders/${order.id}`);
    expect(body).toMatchObject({
      status_id: 11,
      status: 'Awaiting Fulfillment',
      total_inc_tax: '25.0000',
      subtotal_ex_tax: '25.0000',
      refunded_amount: '0.0000',
      items_total: 2,
      order_source: 'www',
      payment_status: 'captured',
      external_id: null,
      date_shipped: '',
      products: {
        url: `https://api.bigcommerce.com/stores/${HASH}/v2/orders/${order.id}/products`,
        resource: `/orders/${order.id}/products`,
      },
    });
    expect(body['date_created']).toBe('Wed, 01 Apr 2026 12:00:00 +0000');
    expect(Date.parse(String(body['date_created']))).toBe(clock.now());
  });

  test('lines have their own ids, and name product, variant and options', async () => {
    const { sandbox, call, shirt } = await openShop();
    const order = sandbox.placeOrder(HASH, { lines: [{ variantId: shirt.medium, quantity: 3 }] });
    const { body } = await call('GET', `/v2/orders/${order.id}/products`);
    expect(body).toMatchObject([
      {
        order_id: order.id,
        product_id: shirt.id,
        variant_id: shirt.medium,
        sku: 'SHIRT-M',
        quantity: 3,
        price_inc_tax: '20.0000',
        total_inc_tax: '60.0000',
        product_options: [{ display_name: 'Size', display_value: 'M' }],
      },
    ]);
    const lineId = Number(body[0]?.['id']);
    expect([shirt.id, shirt.medium, order.id]).not.toContain(lineId);
    expect((await call('GET', `/v2/orders/${order.id}/products?page=2`)).status).toBe(204);
  });

  test('one call side-loads lines in the object structure, and only in that', async () => {
    const { sandbox, call, mug } = await openShop();
    const order = sandbox.placeOrder(HASH, { lines: [{ variantId: mug.variantId, quantity: 1 }] });
    const path = `/v2/orders/${order.id}?include=consignments.line_items`;
    expect((await call('GET', path)).status).toBe(400);
    const { body } = await call('GET', `${path},fees&consignment_structure=object`);
    expect(body['consignments']?.['shipping']?.[0]?.['line_items']).toMatchObject([
      { sku: 'MUG', quantity: 1 },
    ]);
    expect(body['fees']).toEqual([]);
    const bare = `/v2/orders?include=consignments&consignment_structure=object`;
    const linked = (await call('GET', bare)).body[0]?.['consignments']?.['shipping']?.[0];
    expect(linked?.['line_items']).toEqual([
      { url: expect.stringContaining('/products'), resource: `/orders/${order.id}/products` },
    ]);
    expect((await call('GET', '/v2/orders?include=lines')).status).toBe(400);
  });

  test('an empty list is 204 without a body, an unknown order 404', async () => {
    const { call } = await openShop();
    const empty = await call('GET', '/v2/orders');
    expect([empty.status, empty.body]).toEqual([204, undefined]);
    expect((await call('GET', '/v2/orders/1')).status).toBe(404);
    expect((await call('GET', '/v2/orders/1/products')).status).toBe(404);
  });

  test('orders are filtered and sorted as documented', async () => {
    const { sandbox, call, clock, mug } = await openShop();
    const lines = [{ variantId: mug.variantId, quantity: 1 }];
    const first = sandbox.placeOrder(HASH, { lines });
    await clock.advance(60_000);
    const second = sandbox.placeOrder(HASH, { lines, statusId: 0 });
    await clock.advance(60_000);
    const third = (
      await call(
        'POST',
        '/v2/orders',
        posSale(mug.id, 2, { external_order_id: 'clover:M:O', payment_method: 'Clover' }),
      )
    ).body;
    const third_ = Number(third['id']);
    const found = async (query: string) => {
      const answer = await call('GET', `/v2/orders?${query}`);
      return answer.status === 204 ? [] : ids(answer.body);
    };
    expect(await found('')).toEqual([first.id, second.id, third_]);
    expect(await found(`min_id=${second.id}&max_id=${second.id}`)).toEqual([second.id]);
    expect(await found('status_id=0')).toEqual([second.id]);
    expect(await found('external_order_id=clover:M:O')).toEqual([third_]);
    expect(await found('payment_method=Clover')).toEqual([third_]);
    expect(await found('email=sale@example.com')).toEqual([third_]);
    expect(await found('min_total=20')).toEqual([third_]);
    expect(await found('channel_id=2')).toEqual([]);
    expect(await found(`cart_id=${first.cartId}`)).toEqual([first.id]);
    expect(await found('sort=id:desc&limit=2')).toEqual([third_, second.id]);
    expect(await found('sort=date_modified:desc&limit=1')).toEqual([third_]);
    const since = encodeURIComponent('Wed, 01 Apr 2026 12:01:00 +0000');
    expect(await found(`min_date_modified=${since}`)).toEqual([second.id, third_]);
    expect(await found('max_date_created=2026-04-01T12:01:00Z')).toEqual([first.id, second.id]);
    sandbox.setOrderStatus(HASH, first.id, 2);
    expect(await found(`min_date_modified=2026-04-01T12:02:00Z`)).toEqual([first.id, third_]);
    for (const bad of ['sort=total', 'min_id=x', 'min_date_created=yesterday', 'sort=id:up']) {
      expect((await call('GET', `/v2/orders?${bad}`)).status).toBe(400);
    }
  });

  test('pages have 50 orders by default and 250 at most', async () => {
    const { sandbox, call } = await openShop();
    const card = sandbox.addProduct(HASH, { name: 'Card', tracking: 'none' });
    const lines = [{ variantId: card.variantIds[0] ?? 0, quantity: 1 }];
    for (let index = 0; index < 51; index += 1) sandbox.placeOrder(HASH, { lines });
    expect(ids((await call('GET', '/v2/orders')).body)).toHaveLength(50);
    expect(ids((await call('GET', '/v2/orders?page=2')).body)).toHaveLength(1);
    expect((await call('GET', '/v2/orders?page=3')).status).toBe(204);
    expect((await call('GET', '/v2/orders?limit=251')).status).toBe(413);
  });

  test('statuses and counts', async () => {
    const { sandbox, call, mug } = await openShop();
    sandbox.placeOrder(HASH, { lines: [{ variantId: mug.variantId, quantity: 1 }] });
    const { body } = await call('GET', '/v2/orders/count?status_id=11');
    expect(body['count']).toBe(1);
    expect(body['statuses']).toHaveLength(15);
    expect((await call('GET', '/v2/orders/count?status_id=5')).body['count']).toBe(0);
    expect((await call('GET', '/v2/order_statuses')).body).toHaveLength(15);
    expect((await call('GET', '/v2/order_statuses/14')).body['name']).toBe('Partially Refunded');
    expect((await call('GET', '/v2/order_statuses/15')).status).toBe(404);
  });

  test('addresses are a list, and coupons an empty one', async () => {
    const { sandbox, call, mug } = await openShop();
    const order = sandbox.placeOrder(HASH, { lines: [{ variantId: mug.variantId, quantity: 1 }] });
    const path = `/v2/orders/${order.id}`;
    expect((await call('GET', `${path}/shipping_addresses`)).body).toMatchObject([
      { order_id: order.id, city: 'Austin' },
    ]);
    expect((await call('GET', `${path}/coupons`)).status).toBe(204);
  });

  test.each([false, true])('archived orders are listed: %s', async (listArchivedOrders) => {
    const { sandbox, call, mug } = await openShop({ switches: { listArchivedOrders } });
    const order = sandbox.placeOrder(HASH, { lines: [{ variantId: mug.variantId, quantity: 1 }] });
    expect((await call('DELETE', `/v2/orders/${order.id}`)).status).toBe(204);
    expect((await call('GET', '/v2/orders')).status).toBe(listArchivedOrders ? 200 : 204);
    expect((await call('GET', `/v2/orders/${order.id}`)).body['is_deleted']).toBe(true);
  });
});

describe.skipIf(specs === undefined)('BigCommerce sandbox: order creation by API', () => {
  test('a catalog line is sold at the catalog price and takes stock', async () => {
    const { call, mug, level } = await openShop();
    const { status, body } = await call('POST', '/v2/orders', posSale(mug.id, 2));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status_id: 10,
      total_inc_tax: '25.0000',
      order_source: 'external',
      channel_id: 1,
      customer_id: 0,
    });
    expect(level()).toBe(8);
  });

  test('a custom line is not in the catalog and touches no stock', async () => {
    const { call, runtime } = await openShop();
    const custom = { name: 'Misc', sku: 'X', quantity: 2, price_ex_tax: 5, price_inc_tax: '5.50' };
    const { body } = await call('POST', '/v2/orders', {
      billing_address: BILLING,
      products: [custom],
    });
    expect(body).toMatchObject({
      status_id: 1,
      total_ex_tax: '10.0000',
      total_inc_tax: '11.0000',
      total_tax: '1.0000',
    });
    const lines = await call('GET', `/v2/orders/${Number(body['id'])}/products`);
    expect(lines.body).toMatchObject([{ product_id: 0, variant_id: 0, name: 'Misc', sku: 'X' }]);
    expect(runtime.journal.stock).toEqual([]);
  });

  test('too little stock refuses the whole order with the documented 409', async () => {
    const { call, sandbox, mug, shirt, level } = await openShop();
    const answer = await call('POST', '/v2/orders', {
      billing_address: BILLING,
      products: [line(mug.id, 1), { product_id: shirt.id, variant_id: shirt.small, quantity: 6 }],
    });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual([
      {
        status: 409,
        message:
          'Quantities of one or more products are out of stock or did not meet quantity requirements.',
        details: {
          errors: [
            {
              type: 'OutOfStock',
              message: `Insufficient stock of variant(id: ${shirt.small}), available stock: 5, order(id: ), channel(id: 1), location(id: 1).`,
              variant_id: shirt.small,
              location_id: 1,
              available_quantity: 5,
              available_quantity_for_backorder: 0,
            },
          ],
        },
      },
    ]);
    expect(level()).toBe(10);
    expect(sandbox.state.stores[HASH]?.orders).toEqual({});
  });

  test('lines of one product add up before stock is judged, and the buffer is not for sale', async () => {
    const { call, mug } = await openShop();
    const products = [line(mug.id, 6), line(mug.id, 5)];
    const body = { billing_address: BILLING, products };
    expect((await call('POST', '/v2/orders', body)).status).toBe(409);
    const settings = [{ identity: { product_id: mug.id }, safety_stock: 4 }];
    await call('PUT', '/v3/inventory/locations/1/items', { settings });
    expect((await call('POST', '/v2/orders', posSale(mug.id, 7))).status).toBe(409);
    expect((await call('POST', '/v2/orders', posSale(mug.id, 6))).status).toBe(200);
  });

  test('stock that never was set sells nothing', async () => {
    const { call, sandbox } = await openShop();
    const cap = sandbox.addProduct(HASH, { name: 'Cap' });
    expect((await call('POST', '/v2/orders', posSale(cap.id, 1))).status).toBe(409);
  });

  test('a variant is named by id or by all of its options', async () => {
    const { call, sandbox, shirt } = await openShop();
    const order = (products: object[]) =>
      call('POST', '/v2/orders', { billing_address: BILLING, products });
    expect((await order([line(shirt.id, 1)])).status).toBe(400);
    const option = sandbox.state.stores[HASH]?.products[shirt.id]?.options[0];
    const product_options = [{ id: option?.id, value: String(option?.values[1]?.id) }];
    expect((await order([{ ...line(shirt.id, 1), product_options }])).status).toBe(200);
    expect(sandbox.level(HASH, shirt.medium)).toBe(4);
    expect((await order([{ ...line(shirt.id, 1), variant_id: 1 }])).status).toBe(400);
  });

  test('given totals win, a discount is spread over the lines', async () => {
    const { call, mug } = await openShop();
    const more = {
      discount_amount: '5.00',
      shipping_cost_ex_tax: '2',
      shipping_cost_inc_tax: '3',
      channel_id: 1,
    };
    const { body } = await call('POST', '/v2/orders', posSale(mug.id, 2, more));
    expect(body).toMatchObject({
      subtotal_inc_tax: '25.0000',
      discount_amount: '5.0000',
      total_ex_tax: '22.0000',
      total_inc_tax: '23.0000',
    });
    const lines = await call('GET', `/v2/orders/${Number(body['id'])}/products`);
    expect(lines.body[0]).toMatchObject({
      discounted_total_inc_tax: '20.0000',
      applied_discounts: [{ id: 'manual-discount', amount: '5.0000' }],
    });
    const totals = { total_ex_tax: '24', total_inc_tax: '25.66' };
    const overridden = await call('POST', '/v2/orders', posSale(mug.id, 2, totals));
    expect(overridden.body).toMatchObject({ total_inc_tax: '25.6600', total_tax: '1.6600' });
  });

  test.each([
    ['no billing address', { billing_address: undefined }],
    ['a billing address without a zip', { billing_address: { ...BILLING, zip: '7' } }],
    ['no products', { products: [] }],
    ['an unknown product', { products: [line(999, 1)] }],
    ['half a piece', { products: [line(111, 1.5)] }],
    ['no pieces', { products: [line(111, 0)] }],
    ['one price of the pair', { products: [{ ...line(111, 1), price_inc_tax: 5 }] }],
    ['a custom line without prices', { products: [{ name: 'Misc', quantity: 1 }] }],
    ['an unknown line field', { products: [{ ...line(111, 1), qty: 1 }] }],
    ['one total of the pair', { total_inc_tax: '5' }],
    ['an unknown status', { status_id: 99 }],
    ['an unknown channel', { channel_id: 77 }],
    ['an unknown customer', { customer_id: 5 }],
    ['another currency', { default_currency_code: 'XXX' }],
    ['a read-only field', { external_id: 'x' }],
    ['a source of its own choosing', { order_source: 'www' }],
    ['an unknown field', { status: 'Completed', foo: 1 }],
    ['words for money', { discount_amount: 'five' }],
    ['notes without end', { staff_notes: 'x'.repeat(65_536) }],
  ])('an order with %s is refused', async (_what, more) => {
    const { call, sandbox } = await openShop();
    const answer = await call('POST', '/v2/orders', posSale(111, 1, more));
    expect(answer).toMatchObject({ status: 400, body: [{ status: 400 }] });
    expect(sandbox.state.stores[HASH]?.orders).toEqual({});
  });

  test('a channel must be open for orders', async () => {
    const { call, sandbox, mug } = await openShop();
    const input = { name: 'Clover', type: 'pos', platform: 'clover' } as const;
    const open = sandbox.addChannel(HASH, input);
    const closed = sandbox.addChannel(HASH, { ...input, status: 'disconnected' });
    const sale = (channelId: number) => posSale(mug.id, 1, { channel_id: channelId });
    expect((await call('POST', '/v2/orders', sale(open.id))).body['channel_id']).toBe(open.id);
    expect((await call('POST', '/v2/orders', sale(closed.id))).status).toBe(400);
  });

  test('the same external order id may be given twice', async () => {
    const { call, mug } = await openShop();
    const sale = posSale(mug.id, 1, { external_order_id: 'clover:M:O' });
    await call('POST', '/v2/orders', sale);
    await call('POST', '/v2/orders', sale);
    expect((await call('GET', '/v2/orders?external_order_id=clover:M:O')).body).toHaveLength(2);
  });

  test.each([true, false])(
    'orders take from the default location: %s',
    async (ordersUseDefaultLocation) => {
      const { call, sandbox, mug, level } = await openShop({
        switches: { ordersUseDefaultLocation },
      });
      sandbox.addLocation(HASH, { label: 'Warehouse' });
      sandbox.setLevel(HASH, mug.variantId, 50, 2);
      await call('POST', '/v2/orders', posSale(mug.id, 1));
      const levels = [level(), sandbox.level(HASH, mug.variantId, 2)];
      expect(levels).toEqual(ordersUseDefaultLocation ? [9, 50] : [10, 49]);
    },
  );
});

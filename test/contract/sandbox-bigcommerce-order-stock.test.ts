import { describe, expect, test } from 'vitest';
import { HASH, specs } from '../support/bigcommerce.ts';
import type { BenchOptions } from '../support/bigcommerce.ts';
import { openShop, posSale } from '../support/bigcommerce-shop.ts';
import type { Shop } from '../support/bigcommerce-shop.ts';
import { OutOfStock } from '../sandbox/bigcommerce/index.ts';

describe.skipIf(specs === undefined)('BigCommerce sandbox: orders and stock', () => {
  const buy = (shop: Shop, quantity: number, statusId?: number) =>
    shop.sandbox.placeOrder(HASH, {
      lines: [{ variantId: shop.mug.variantId, quantity }],
      ...(statusId === undefined ? {} : { statusId }),
    });

  test('a shopper buys what is there and no more, from the default location only', async () => {
    const shop = await openShop();
    shop.sandbox.addLocation(HASH, { label: 'Warehouse' });
    shop.sandbox.setLevel(HASH, shop.mug.variantId, 50, 2);
    buy(shop, 10);
    expect(shop.level()).toBe(0);
    expect(() => buy(shop, 1)).toThrow(OutOfStock);
  });

  test('an unpaid checkout takes no stock until it is paid', async () => {
    const shop = await openShop();
    const order = buy(shop, 3, 0);
    expect(shop.level()).toBe(10);
    shop.sandbox.setOrderStatus(HASH, order.id, 11);
    expect(shop.level()).toBe(7);
    shop.sandbox.setOrderStatus(HASH, order.id, 2);
    shop.sandbox.setOrderStatus(HASH, order.id, 10);
    expect(shop.level()).toBe(7);
  });

  test('under order_completed_or_shipped stock goes when the order does, once', async () => {
    const shop = await openShop({
      store: { settings: { update_stock_behavior: 'order_completed_or_shipped' } },
    });
    const order = buy(shop, 3);
    expect(shop.level()).toBe(10);
    const put = (statusId: number) =>
      shop.call('PUT', `/v2/orders/${order.id}`, { status_id: statusId });
    await put(9);
    expect(shop.level()).toBe(10);
    await put(2);
    await put(10);
    expect(shop.level()).toBe(7);
  });

  test('which statuses complete an order is a switch', async () => {
    const shop = await openShop({
      switches: { orderCompletedStatuses: [9] },
      store: { settings: { update_stock_behavior: 'order_completed_or_shipped' } },
    });
    const order = buy(shop, 3);
    shop.sandbox.setOrderStatus(HASH, order.id, 10);
    expect(shop.level()).toBe(10);
    shop.sandbox.setOrderStatus(HASH, order.id, 9);
    expect(shop.level()).toBe(7);
  });

  test.each([
    [5, true, 10],
    [4, true, 10],
    [5, false, 7],
    [4, false, 7],
    [14, true, 7],
    [6, true, 7],
  ])(
    'moved to status %i with restocking %s, the level is %i',
    async (statusId, restocks, level) => {
      const shop = await openShop({
        store: { settings: { refund_order_stock_adjustment: restocks } },
      });
      const order = buy(shop, 3);
      await shop.call('PUT', `/v2/orders/${order.id}`, { status_id: statusId });
      await shop.call('PUT', `/v2/orders/${order.id}`, { status_id: statusId });
      expect(shop.level()).toBe(level);
    },
  );

  test('a channel may restock where the store does not', async () => {
    const shop = await openShop();
    const path = '/v3/settings/inventory?channel_id=1';
    await shop.call('PUT', path, { refund_order_stock_adjustment: true });
    shop.sandbox.cancelOrder(HASH, buy(shop, 3).id);
    expect(shop.level()).toBe(10);
    expect(shop.runtime.journal.stock.map((row) => [row.cause, row.before, row.after])).toEqual([
      ['sale', 10, 7],
      ['cancel', 7, 10],
    ]);
  });

  test('what a channel does not override, it inherits', async () => {
    const behavior = { update_stock_behavior: 'order_completed_or_shipped' } as const;
    const shop = await openShop({ store: { settings: behavior } });
    const path = '/v3/settings/inventory?channel_id=1';
    await shop.call('PUT', path, { refund_order_stock_adjustment: true });
    buy(shop, 3);
    expect(shop.level()).toBe(10);
  });

  test.each([
    [true, 7],
    [false, 10],
  ])('an order taken back from Cancelled takes its stock again: %s', async (reopened, level) => {
    const shop = await openShop({
      switches: { reopenedOrderTakesStock: reopened },
      store: { settings: { refund_order_stock_adjustment: true } },
    });
    const order = buy(shop, 3);
    shop.sandbox.cancelOrder(HASH, order.id);
    shop.sandbox.setOrderStatus(HASH, order.id, 11);
    expect(shop.level()).toBe(level);
  });

  test('stock taken late takes what is left, and gives back no more than that', async () => {
    const shop = await openShop({
      store: {
        settings: {
          update_stock_behavior: 'order_completed_or_shipped',
          refund_order_stock_adjustment: true,
        },
      },
    });
    const order = buy(shop, 8);
    shop.sandbox.setLevel(HASH, shop.mug.variantId, 3);
    shop.sandbox.setOrderStatus(HASH, order.id, 2);
    expect(shop.level()).toBe(0);
    shop.sandbox.cancelOrder(HASH, order.id);
    expect(shop.level()).toBe(3);
  });

  test('archiving moves no stock', async () => {
    const shop = await openShop({ store: { settings: { refund_order_stock_adjustment: true } } });
    const order = buy(shop, 3);
    await shop.call('PUT', `/v2/orders/${order.id}`, { is_deleted: true });
    expect(shop.level()).toBe(7);
  });

  test('a PUT changes what may be changed, and says what may not', async () => {
    const shop = await openShop();
    const path = `/v2/orders/${buy(shop, 1).id}`;
    await shop.clock.advance(5_000);
    const changed = await shop.call('PUT', path, {
      external_order_id: 'clover:M:O',
      staff_notes: 'on the register',
    });
    expect(changed.body).toMatchObject({
      external_order_id: 'clover:M:O',
      staff_notes: 'on the register',
      date_created: 'Wed, 01 Apr 2026 12:00:00 +0000',
      date_modified: 'Wed, 01 Apr 2026 12:00:05 +0000',
    });
    const refused = await shop.call('PUT', path, { total_tax: '1' });
    expect(refused.body[0]?.['message']).toBe("The field 'total_tax' cannot be written to.");
    expect((await shop.call('PUT', path, { status_id: 15 })).status).toBe(400);
    expect((await shop.call('PUT', '/v2/orders/1', { status_id: 2 })).status).toBe(404);
  });
});

describe.skipIf(specs === undefined)('BigCommerce sandbox: order webhooks', () => {
  async function listening(options: BenchOptions = {}) {
    const shop = await openShop(options);
    for (const scope of ['store/order/*', 'store/product/*', 'store/sku/*']) await shop.hook(scope);
    await shop.hook('store/channel/*/inventory/product/*');
    await shop.hook('store/channel/1/order/*');
    return shop;
  }

  test('an online sale fires order, stock and total-sold events', async () => {
    const shop = await listening();
    const lines = [{ variantId: shop.mug.variantId, quantity: 2 }];
    const order = shop.sandbox.placeOrder(HASH, { lines });
    expect(await shop.scopes()).toEqual([
      'store/order/created',
      'store/channel/1/order/created',
      'store/order/statusUpdated',
      'store/channel/1/order/statusUpdated',
      'store/order/updated',
      'store/channel/1/order/updated',
      'store/channel/*/inventory/product/stock_changed',
      'store/product/inventory/order/updated',
      'store/product/updated',
      'store/product/updated',
      'store/order/transaction/created',
    ]);
    const data = (scope: string) =>
      shop.received.find((one) => one.payload.scope === scope)?.payload.data;
    expect(data('store/order/created')).toEqual({ type: 'order', id: order.id });
    expect(data('store/channel/1/order/created')).toEqual({ order_id: order.id });
    expect(data('store/order/statusUpdated')).toEqual({
      type: 'order',
      id: order.id,
      status: { previous_status_id: 0, new_status_id: 11 },
    });
    expect(data('store/product/inventory/order/updated')?.['inventory']).toEqual({
      product_id: shop.mug.id,
      method: 'relative',
      value: -2,
    });
  });

  test('an unpaid checkout fires created all the same, and nothing else', async () => {
    const shop = await listening();
    const lines = [{ variantId: shop.mug.variantId, quantity: 2 }];
    shop.sandbox.placeOrder(HASH, { lines, statusId: 0 });
    expect(await shop.scopes()).toEqual(['store/order/created', 'store/channel/1/order/created']);
  });

  test('a variant sold fires the SKU event of orders', async () => {
    const shop = await listening();
    shop.sandbox.placeOrder(HASH, { lines: [{ variantId: shop.shirt.small, quantity: 1 }] });
    const scopes = await shop.scopes();
    expect(scopes).toContain('store/sku/inventory/order/updated');
    expect(scopes).not.toContain('store/sku/inventory/updated');
  });

  test('selling out crosses the warning level and zero, once each', async () => {
    const shop = await listening();
    const settings = [{ identity: { product_id: shop.mug.id }, warning_level: 3 }];
    await shop.call('PUT', '/v3/inventory/locations/1/items', { settings });
    await shop.scopes();
    const alarms = async (quantity: number) => {
      const lines = [{ variantId: shop.mug.variantId, quantity }];
      shop.sandbox.placeOrder(HASH, { lines });
      return (await shop.scopes()).filter((scope) => scope.endsWith('_reached'));
    };
    expect(await alarms(6)).toEqual([]);
    expect(await alarms(2)).toEqual(['store/channel/*/inventory/product/low_stock_reached']);
    expect(await alarms(2)).toEqual(['store/channel/*/inventory/product/out_of_stock_reached']);
    // Only orders raise them.
    shop.sandbox.setLevel(HASH, shop.mug.variantId, 5);
    shop.sandbox.setLevel(HASH, shop.mug.variantId, 0);
    expect((await shop.scopes()).filter((scope) => scope.endsWith('_reached'))).toEqual([]);
  });

  test.each([true, false])('an API order fires status events too: %s', async (fires) => {
    const shop = await listening({ switches: { apiOrderFiresStatusUpdated: fires } });
    await shop.call('POST', '/v2/orders', posSale(shop.mug.id, 1));
    const scopes = await shop.scopes();
    expect(scopes[0]).toBe('store/order/created');
    expect(scopes.includes('store/order/statusUpdated')).toBe(fires);
    expect(scopes).toContain('store/channel/*/inventory/product/stock_changed');
  });

  test('a refused order fires nothing', async () => {
    const shop = await listening();
    await shop.call('POST', '/v2/orders', posSale(shop.mug.id, 11));
    expect(await shop.scopes()).toEqual([]);
  });

  test('a status set to what it is fires nothing, notes fire updated, archiving archived', async () => {
    const shop = await listening();
    const lines = [{ variantId: shop.mug.variantId, quantity: 1 }];
    const path = `/v2/orders/${shop.sandbox.placeOrder(HASH, { lines }).id}`;
    await shop.scopes();
    await shop.call('PUT', path, { status_id: 11 });
    expect(await shop.scopes()).toEqual([]);
    await shop.call('PUT', path, { staff_notes: 'x' });
    expect(await shop.scopes()).toEqual(['store/order/updated', 'store/channel/1/order/updated']);
    await shop.call('DELETE', path);
    await shop.call('DELETE', path);
    expect(await shop.scopes()).toEqual(['store/order/archived', 'store/channel/1/order/archived']);
  });
});

import { describe, expect, test } from 'vitest';
import { HASH, specs } from '../support/bigcommerce.ts';
import type { BenchOptions } from '../support/bigcommerce.ts';
import { at1, openShop } from '../support/bigcommerce-shop.ts';

describe.skipIf(specs === undefined)('BigCommerce sandbox: stock echoes', () => {
  async function listening(options: BenchOptions = {}) {
    const shop = await openShop(options);
    for (const scope of ['store/product/*', 'store/sku/*']) await shop.hook(scope);
    await shop.hook('store/channel/*/inventory/product/stock_changed');
    return shop;
  }

  test('an adjustment of a simple product echoes three times', async () => {
    const shop = await listening();
    await shop.absolute(at1({ product_id: shop.mug.id }, 7));
    expect(await shop.scopes()).toEqual([
      'store/channel/*/inventory/product/stock_changed',
      'store/product/inventory/updated',
      'store/product/updated',
    ]);
    expect(shop.received.map((one) => one.payload.data)).toEqual([
      { variant_id: shop.mug.variantId, product_id: shop.mug.id, location_id: 1 },
      {
        type: 'product',
        id: shop.mug.id,
        inventory: { product_id: shop.mug.id, method: 'absolute', value: -3 },
      },
      { type: 'product', id: shop.mug.id },
    ]);
  });

  test('an adjustment of a variant echoes as a SKU, whose id is not the variant', async () => {
    const shop = await listening();
    await shop.relative(at1({ variant_id: shop.shirt.small }, 2));
    expect(await shop.scopes()).toEqual([
      'store/channel/*/inventory/product/stock_changed',
      'store/sku/inventory/updated',
      'store/product/updated',
    ]);
    const data = shop.received[1]?.payload.data;
    expect(data?.['inventory']).toEqual({
      product_id: shop.shirt.id,
      variant_id: shop.shirt.small,
      method: 'absolute',
      value: 2,
    });
    expect(data?.['id']).not.toBe(shop.shirt.small);
  });

  test('the value may be the level instead of the change', async () => {
    const shop = await listening({ switches: { hookInventoryValue: 'level' } });
    await shop.absolute(at1({ product_id: shop.mug.id }, 7));
    await shop.scopes();
    expect(shop.received[1]?.payload.data['inventory']).toMatchObject({ value: 7 });
  });

  test.each([
    [false, 0],
    [true, 3],
  ])(
    'writing the same level again, echoing %s: %i webhooks',
    async (echoUnchangedLevels, count) => {
      const shop = await listening({ switches: { echoUnchangedLevels } });
      await shop.absolute(at1({ product_id: shop.mug.id }, 10));
      expect(await shop.scopes()).toHaveLength(count);
    },
  );

  test('a refused adjustment echoes nothing', async () => {
    const shop = await listening();
    await shop.relative(at1({ product_id: shop.mug.id }, -11));
    expect(await shop.scopes()).toEqual([]);
  });

  test('a level typed into the control panel echoes as an adjustment does', async () => {
    const shop = await listening();
    shop.sandbox.setLevel(HASH, shop.mug.variantId, 1);
    expect(await shop.scopes()).toHaveLength(3);
  });

  test.each([
    [true, 0],
    [false, 3],
  ])('echoes wait until the level is readable: %s', async (stockHooksAfterLag, early) => {
    const shop = await listening({ switches: { inventoryLagMs: 500, stockHooksAfterLag } });
    await shop.absolute(at1({ product_id: shop.mug.id }, 7));
    await shop.clock.advance(499);
    expect(await shop.scopes()).toHaveLength(early);
    await shop.clock.advance(1);
    expect(shop.received).toHaveLength(3);
  });
});

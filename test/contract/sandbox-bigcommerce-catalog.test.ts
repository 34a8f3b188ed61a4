import { describe, expect, test } from 'vitest';
import { HASH, openBench, specs } from '../support/bigcommerce.ts';
import type { Bench } from '../support/bigcommerce.ts';

const SHIRT = {
  name: 'Shirt',
  price: '20.00',
  variants: [
    { sku: 'SHIRT-S', options: { Size: 'S' }, price: 18.5, upc: '0001', levels: { 1: 4 } },
    { sku: 'SHIRT-M', options: { Size: 'M' }, levels: { 1: 6 } },
  ],
};

async function withProducts(count: number, options: Parameters<typeof openBench>[0] = {}) {
  const bench = await openBench(options);
  const products = Array.from({ length: count }, (_, index) =>
    bench.sandbox.addProduct(HASH, {
      name: `Product ${index}`,
      sku: `P-${index}`,
      price: index + 1,
      levels: { 1: index },
    }),
  );
  return { ...bench, products };
}

const ids = (answer: Awaited<ReturnType<Bench['call']>>) =>
  (answer.body['data'] as unknown as { id: number }[]).map((row) => row.id);

describe.skipIf(specs === undefined)('BigCommerce sandbox: catalog', () => {
  test('a simple product has one base variant that mirrors its SKU', async () => {
    const { sandbox, call } = await openBench();
    const mug = sandbox.addProduct(HASH, { name: 'Mug', sku: 'MUG', price: 9.99 });
    const { body } = await call('GET', `/v3/catalog/products/${mug.id}?include=variants,options`);
    expect(body['data']).toMatchObject({
      sku: 'MUG',
      price: 9.99,
      inventory_tracking: 'product',
      base_variant_id: mug.variantIds[0],
      options: [],
      variants: [
        { id: mug.variantIds[0], sku: 'MUG', sku_id: null, price: null, option_values: [] },
      ],
    });
  });

  test('real variants replace the base variant and make their options', async () => {
    const { sandbox, call } = await openBench();
    const shirt = sandbox.addProduct(HASH, SHIRT);
    const { body } = await call('GET', `/v3/catalog/products/${shirt.id}?include=variants,options`);
    expect(body['data']).toMatchObject({
      base_variant_id: null,
      inventory_tracking: 'variant',
      inventory_level: 10,
      options: [{ display_name: 'Size', option_values: [{ label: 'S' }, { label: 'M' }] }],
      variants: [
        { sku: 'SHIRT-S', price: 18.5, calculated_price: 18.5, inventory_level: 4 },
        { sku: 'SHIRT-M', price: null, calculated_price: 20, inventory_level: 6 },
      ],
    });
    const variants = body['data']?.['variants'] as unknown as { sku_id: unknown }[];
    const skuIds = variants.map((variant) => variant.sku_id);
    expect(skuIds).toEqual([expect.any(Number), expect.any(Number)]);
  });

  test('names and SKUs are unique in any case, across products and variants', async () => {
    const { sandbox } = await openBench();
    sandbox.addProduct(HASH, SHIRT);
    expect(() => sandbox.addProduct(HASH, { name: 'shirt' })).toThrow('name');
    expect(() => sandbox.addProduct(HASH, { name: 'Other', sku: 'shirt-m' })).toThrow('SKU');
  });

  test('pages carry totals and links, and no limit goes above 250', async () => {
    const { call, products } = await withProducts(7);
    const middle = await call('GET', '/v3/catalog/products?limit=3&page=2');
    expect(ids(middle)).toEqual(products.slice(3, 6).map((one) => one.id));
    expect(middle.body['meta']?.['pagination']).toEqual({
      total: 7,
      count: 3,
      per_page: 3,
      current_page: 2,
      total_pages: 3,
      links: {
        previous: '?limit=3&page=1',
        current: '?limit=3&page=2',
        next: '?limit=3&page=3',
      },
    });
    const last = await call('GET', '/v3/catalog/products?limit=3&page=3');
    expect(last.body['meta']?.['pagination']?.['links']).not.toHaveProperty('next');
    expect((await call('GET', '/v3/catalog/products?limit=250')).status).toBe(200);
    expect((await call('GET', '/v3/catalog/products?limit=251')).status).toBe(413);
    expect((await call('GET', '/v3/catalog/products?page=0')).status).toBe(422);
  });

  test('fifty is the page when none is asked for', async () => {
    const { call } = await withProducts(51);
    expect(ids(await call('GET', '/v3/catalog/products'))).toHaveLength(50);
  });

  test.each(['options', 'modifiers'])('include=%s shrinks pages to ten', async (include) => {
    const { call } = await withProducts(12);
    const answer = await call('GET', `/v3/catalog/products?limit=50&include=${include}`);
    expect(ids(answer)).toHaveLength(10);
    expect(answer.body['meta']?.['pagination']).toMatchObject({ per_page: 10, total_pages: 2 });
    expect(ids(await call('GET', '/v3/catalog/products?limit=50&include=variants'))).toHaveLength(
      12,
    );
  });

  test.each([
    ['id:in=111,113', [0, 2]],
    ['id:not_in=111', [1, 2, 3]],
    ['id:greater=112', [2, 3]],
    ['id:min=112', [1, 2, 3]],
    ['id:less=112', [0]],
    ['sku=p-1', [1]],
    ['sku:in=P-1,P-3', [1, 3]],
    ['name=product%202', [2]],
    ['price=4', [3]],
    ['inventory_level:max=1', [0, 1]],
    ['keyword=duct%203', [3]],
    ['is_visible=false', []],
    ['sort=price&direction=desc', [3, 2, 1, 0]],
    ['sort=sku', [0, 1, 2, 3]],
  ])('products?%s', async (query, expected) => {
    const { call, products } = await withProducts(4);
    expect(products[0]?.id).toBe(111);
    const answer = await call('GET', `/v3/catalog/products?${query}`);
    expect(ids(answer)).toEqual(expected.map((index) => products[index]?.id));
  });

  test.each(['id:in=a', 'is_visible=maybe', 'sort=color', 'include=everything', 'direction=up'])(
    'products?%s is refused',
    async (query) => {
      const { call } = await openBench();
      expect((await call('GET', `/v3/catalog/products?${query}`)).status).toBe(422);
    },
  );

  test('date_modified:min takes a bare date together with the time of day', async () => {
    const { sandbox, call, clock } = await openBench();
    const mug = sandbox.addProduct(HASH, { name: 'Mug' });
    await clock.advance(86_400_000 - 60_000);
    // One minute short of a day later: the bare date of the product's day means a moment before it
    // was made.
    const before = await call('GET', '/v3/catalog/products?date_modified:min=2026-04-01');
    expect(ids(before)).toEqual([mug.id]);
    await clock.advance(120_000);
    const after = await call('GET', '/v3/catalog/products?date_modified:min=2026-04-01');
    expect(ids(after)).toEqual([]);
    const exact = await call('GET', '/v3/catalog/products?date_modified:min=2026-04-01T12:00:00Z');
    expect(ids(exact)).toEqual([mug.id]);
  });

  test.each([true, false])('stock edits bump date_modified: %s', async (bump) => {
    const { sandbox, call, clock } = await openBench({
      switches: { stockEditBumpsDateModified: bump },
    });
    const mug = sandbox.addProduct(HASH, { name: 'Mug', levels: { 1: 1 } });
    const before = iso(clock.now());
    await clock.advance(5_000);
    sandbox.setLevel(HASH, mug.variantIds[0] ?? 0, 2);
    const { body } = await call('GET', `/v3/catalog/products/${mug.id}`);
    expect(body['data']?.['date_modified']).toBe(bump ? iso(clock.now()) : before);
  });

  test('include_fields and exclude_fields choose, and the id always stays', async () => {
    const { call, products } = await withProducts(1);
    const path = `/v3/catalog/products/${products[0]?.id}`;
    const only = await call('GET', `${path}?include_fields=name,price`);
    expect(Object.keys(only.body['data'] ?? {}).toSorted()).toEqual(['id', 'name', 'price']);
    const without = await call('GET', `${path}?exclude_fields=id,name`);
    expect(without.body['data']).toHaveProperty('id');
    expect(without.body['data']).not.toHaveProperty('name');
  });

  test('variants are found by id, SKU, UPC and product, and by nothing else', async () => {
    const { sandbox, call } = await openBench();
    const shirt = sandbox.addProduct(HASH, SHIRT);
    const mug = sandbox.addProduct(HASH, { name: 'Mug', sku: 'MUG' });
    const [small = 0, medium = 0] = shirt.variantIds;
    const found = async (query: string) => ids(await call('GET', `/v3/catalog/variants?${query}`));
    expect(await found(`id=${medium}`)).toEqual([medium]);
    expect(await found('sku=shirt-s')).toEqual([small]);
    expect(await found('upc=0001')).toEqual([small]);
    expect(await found(`product_id:in=${mug.id}`)).toEqual(mug.variantIds);
    expect((await call('GET', '/v3/catalog/variants?sku:in=MUG')).status).toBe(422);
    expect((await call('GET', '/v3/catalog/variants?date_modified:min=2026-01-01')).status).toBe(
      422,
    );
    const ofProduct = await call('GET', `/v3/catalog/products/${shirt.id}/variants?limit=1&page=2`);
    expect(ids(ofProduct)).toEqual([medium]);
    const one = `/v3/catalog/products/${shirt.id}/variants/${small}`;
    expect((await call('GET', one)).body['data']).toMatchObject({ sku: 'SHIRT-S' });
    expect((await call('GET', `/v3/catalog/products/${mug.id}/variants/${small}`)).status).toBe(
      404,
    );
  });

  test('a deleted product is gone with its variants and levels', async () => {
    const { sandbox, call } = await openBench();
    const shirt = sandbox.addProduct(HASH, SHIRT);
    sandbox.deleteProduct(HASH, shirt.id);
    expect((await call('GET', `/v3/catalog/products/${shirt.id}`)).status).toBe(404);
    expect((await call('GET', `/v3/catalog/products/${shirt.id}/variants`)).status).toBe(404);
    expect(ids(await call('GET', '/v3/catalog/variants'))).toEqual([]);
    expect(sandbox.state.stores[HASH]?.stock).toEqual({});
  });

  test('edits of products and variants fire their events, and show', async () => {
    const bench = await openBench();
    const { sandbox, call } = bench;
    const mug = sandbox.addProduct(HASH, { name: 'Mug', sku: 'MUG', price: 5 });
    const shirt = sandbox.addProduct(HASH, SHIRT);
    for (const scope of ['store/product/*', 'store/sku/*']) await bench.hook(scope);
    sandbox.editProduct(HASH, mug.id, { price: '6.10', salePrice: 5.5 });
    expect(await bench.scopes()).toEqual(['store/product/updated']);
    sandbox.editVariant(HASH, mug.variantIds[0] ?? 0, { sku: 'MUG-2' });
    expect(await bench.scopes()).toEqual(['store/product/updated']);
    expect((await call('GET', `/v3/catalog/products/${mug.id}`)).body['data']).toMatchObject({
      sku: 'MUG-2',
      price: 6.1,
      calculated_price: 5.5,
    });
    const [small = 0] = shirt.variantIds;
    sandbox.editVariant(HASH, small, { price: null });
    expect(await bench.scopes()).toEqual(['store/sku/updated', 'store/product/updated']);
    const inherited = await call('GET', `/v3/catalog/variants?id=${small}`);
    expect(inherited.body['data']?.[0]).toMatchObject({ price: null, calculated_price: 20 });
    sandbox.deleteProduct(HASH, shirt.id);
    expect(await bench.scopes()).toEqual([
      'store/sku/deleted',
      'store/sku/deleted',
      'store/product/deleted',
    ]);
  });

  test.each([
    ['default-location', 4],
    ['total-available', 7],
  ] as const)('catalog levels by %s', async (catalogLevel, expected) => {
    const { sandbox, call } = await openBench({ switches: { catalogLevel } });
    sandbox.addLocation(HASH, { label: 'Shop' });
    sandbox.addLocation(HASH, { label: 'Closed', enabled: false });
    const levels = { 1: 4, 2: 3, 3: 90 };
    const mug = sandbox.addProduct(HASH, { name: 'Mug', levels });
    const { body } = await call('GET', `/v3/catalog/products/${mug.id}`);
    expect(body['data']?.['inventory_level']).toBe(expected);
  });
});

const iso = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 19)}+00:00`;

describe.skipIf(specs === undefined)(
  'BigCommerce sandbox: store, locations, channels, settings',
  () => {
    test('the store tells its numeric id, plan and money', async () => {
      const { call, sandbox } = await openBench({ store: { plan: 'Pro', currency: 'EUR' } });
      expect((await call('GET', '/v2/store')).body).toMatchObject({
        id: HASH,
        store_id: sandbox.state.stores[HASH]?.storeId,
        plan_level: 'Pro',
        currency: 'EUR',
        decimal_places: 2,
        is_price_entered_with_tax: false,
      });
    });

    test('time is the sandbox clock in seconds', async () => {
      const { call, clock } = await openBench();
      await clock.advance(90_500);
      expect((await call('GET', '/v2/time')).body).toEqual({
        time: Math.floor(clock.now() / 1000),
      });
    });

    test('location 1 is the default, and the plan limits how many there are', async () => {
      const { sandbox, call } = await openBench();
      const shop = sandbox.addLocation(HASH, { label: 'Shop', code: 'SHOP', typeId: 'PHYSICAL' });
      sandbox.addLocation(HASH, { label: 'Web', typeId: 'VIRTUAL', enabled: false });
      const found = async (query: string) =>
        ids(await call('GET', `/v3/inventory/locations?${query}`));
      expect(await found('is_default=true')).toEqual([1]);
      expect(await found('location_code:in=SHOP')).toEqual([shop.id]);
      expect(await found('location_id:in=1,3')).toEqual([1, 3]);
      expect(await found('type_id:in=VIRTUAL')).toEqual([3]);
      expect(await found('is_active=true')).toEqual([1, 2]);
      sandbox.addLocation(HASH, { label: 'Fourth' });
      expect(() => sandbox.addLocation(HASH, { label: 'Fifth' })).toThrow('no more than 4');
      expect((await call('GET', '/v3/inventory/locations?limit=1001')).status).toBe(413);
    });

    test('locations fire created and updated', async () => {
      const bench = await openBench();
      await bench.hook('store/inventory/location/*');
      const shop = bench.sandbox.addLocation(HASH, { label: 'Shop' });
      bench.sandbox.editLocation(HASH, shop.id, { enabled: false });
      expect(await bench.scopes()).toEqual([
        'store/inventory/location/created',
        'store/inventory/location/updated',
      ]);
      expect(bench.received[0]?.payload.data).toEqual({ location_id: shop.id });
    });

    test('channels are listed by status, type and platform', async () => {
      const { sandbox, call } = await openBench();
      const pos = sandbox.addChannel(HASH, {
        name: 'Clover',
        type: 'pos',
        platform: 'clover',
        externalId: 'MID',
      });
      expect(ids(await call('GET', '/v3/channels'))).toEqual([1, pos.id]);
      expect(ids(await call('GET', '/v3/channels?type:in=pos&platform:in=clover'))).toEqual([
        pos.id,
      ]);
      expect(ids(await call('GET', '/v3/channels?status:in=active'))).toEqual([1]);
      expect((await call('GET', `/v3/channels/${pos.id}`)).body['data']).toMatchObject({
        external_id: 'MID',
        status: 'connected',
      });
      expect((await call('GET', '/v3/channels/77')).status).toBe(404);
    });

    test('inventory settings are read and written, and null on a channel inherits', async () => {
      const { call } = await openBench();
      const path = '/v3/settings/inventory';
      expect((await call('GET', path)).body['data']).toMatchObject({
        update_stock_behavior: 'order_placed',
      });
      const change = { update_stock_behavior: 'order_completed_or_shipped' };
      expect((await call('PUT', `${path}?channel_id=1`, change)).status).toBe(200);
      expect((await call('GET', `${path}?channel_id=1`)).body['data']).toMatchObject({
        ...change,
        refund_order_stock_adjustment: null,
      });
      expect((await call('GET', path)).body['data']).toMatchObject({
        update_stock_behavior: 'order_placed',
      });
      expect((await call('PUT', path, { update_stock_behavior: 'never' })).status).toBe(422);
      expect((await call('PUT', path, { update_stock_behavior: null })).status).toBe(422);
      expect((await call('GET', `${path}?channel_id=99`)).status).toBe(422);
    });
  },
);

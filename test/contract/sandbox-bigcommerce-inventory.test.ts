import { describe, expect, test } from 'vitest';
import { HASH, specs } from '../support/bigcommerce.ts';
import type { Answer, BenchOptions } from '../support/bigcommerce.ts';
import { at1, openShop as openFullShop } from '../support/bigcommerce-shop.ts';

/** The medium shirt's level never was set. */
const openShop = (options: BenchOptions = {}) => openFullShop(options, null);

describe.skipIf(specs === undefined)('BigCommerce sandbox: inventory writes', () => {
  test('an absolute adjustment sets on hand, by the identity the tracking asks for', async () => {
    const { absolute, sandbox, mug, shirt } = await openShop();
    const answer = await absolute(
      at1({ product_id: mug.id }, 7),
      at1({ variant_id: shirt.small }, 3),
      at1({ sku: 'shirt-m' }, 9),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ transaction_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect([mug.variantId, shirt.small, shirt.medium].map((id) => sandbox.level(HASH, id))).toEqual(
      [7, 3, 9],
    );
  });

  test('a variant tracked by product is refused by its id, in the documented words', async () => {
    const { absolute, relative, sandbox, mug } = await openShop();
    for (const adjust of [absolute, relative]) {
      const answer = await adjust(at1({ variant_id: mug.variantId }, 1));
      expect(answer.status).toBe(422);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body).toEqual({
        status: 422,
        title: `[Item with variant_id ${mug.variantId} is tracked by product, please update stock by product id]`,
        type: 'https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes',
        errors: {},
      });
    }
    expect(sandbox.level(HASH, mug.variantId)).toBe(10);
  });

  test('a product tracked by variant is refused by its product id', async () => {
    const { absolute, shirt } = await openShop();
    const { body } = await absolute(at1({ product_id: shirt.id }, 1));
    expect(body['title']).toContain(`product_id ${shirt.id} is tracked by variant`);
  });

  test('flipping the tracking flips the identity, and the level is another one', async () => {
    const { absolute, sandbox, mug } = await openShop();
    sandbox.editProduct(HASH, mug.id, { tracking: 'variant' });
    expect((await absolute(at1({ product_id: mug.id }, 1))).status).toBe(422);
    expect(sandbox.level(HASH, mug.variantId)).toBeNull();
    expect((await absolute(at1({ variant_id: mug.variantId }, 1))).status).toBe(200);
  });

  test.each([true, false])(
    'a SKU names an item tracked by product: %s',
    async (skuNamesProductTracked) => {
      const { absolute } = await openShop({ switches: { skuNamesProductTracked } });
      const { status } = await absolute(at1({ sku: 'MUG' }, 1));
      expect(status).toBe(skuNamesProductTracked ? 200 : 422);
    },
  );

  test('a relative adjustment needs an absolute one before it, at each location anew', async () => {
    const { absolute, relative, sandbox, call, shirt } = await openShop();
    sandbox.addLocation(HASH, { label: 'Shop' });
    const title = `Items with identity: [variant_id ${shirt.medium}] requires absolute adjustment before relative`;
    expect((await relative(at1({ variant_id: shirt.medium }, 1))).body['title']).toBe(title);
    // Reads show 0 for it all the same: nothing tells beforehand.
    const { body } = await call('GET', `/v3/inventory/items?variant_id:in=${shirt.medium}`);
    expect(body['data']?.[0]?.['locations']?.[0]).toMatchObject({ total_inventory_onhand: 0 });
    await absolute(at1({ variant_id: shirt.medium }, 0));
    expect((await relative(at1({ variant_id: shirt.medium }, 4))).status).toBe(200);
    expect(sandbox.level(HASH, shirt.medium)).toBe(4);
    const elsewhere = { location_id: 2, variant_id: shirt.medium, quantity: 1 };
    expect((await relative(elsewhere)).body['title']).toBe(title);
  });

  test('a relative adjustment keeps the safety stock, as in the documented example', async () => {
    const { absolute, relative, sandbox, call, mug } = await openShop();
    await absolute(at1({ product_id: mug.id }, 50));
    const settings = [{ identity: { product_id: mug.id }, safety_stock: 10 }];
    await call('PUT', '/v3/inventory/locations/1/items', { settings });
    expect((await relative(at1({ product_id: mug.id }, -41))).status).toBe(422);
    expect(sandbox.level(HASH, mug.variantId)).toBe(50);
    expect((await relative(at1({ product_id: mug.id }, -40))).status).toBe(200);
    expect(sandbox.level(HASH, mug.variantId)).toBe(10);
    // More stock is welcome below the buffer, and an absolute one never fails for lack of it.
    await absolute(at1({ product_id: mug.id }, 3));
    expect((await relative(at1({ product_id: mug.id }, 1))).status).toBe(200);
  });

  test('a relative adjustment never goes below zero, and repeats count again', async () => {
    const { relative, sandbox, mug } = await openShop();
    expect((await relative(at1({ product_id: mug.id }, -11))).status).toBe(422);
    await relative(at1({ product_id: mug.id }, -4));
    await relative(at1({ product_id: mug.id }, -4));
    expect(sandbox.level(HASH, mug.variantId)).toBe(2);
  });

  test.each([true, false])(
    'one bad item refuses the whole batch: %s',
    async (batch422AllOrNothing) => {
      const { relative, sandbox, mug, shirt } = await openShop({
        switches: { batch422AllOrNothing },
      });
      const answer = await relative(
        at1({ product_id: mug.id }, -1),
        at1({ variant_id: shirt.small }, -6),
      );
      expect(answer.status).toBe(422);
      expect(sandbox.level(HASH, mug.variantId)).toBe(batch422AllOrNothing ? 10 : 9);
      expect(sandbox.level(HASH, shirt.small)).toBe(5);
    },
  );

  test('lines of one item in a batch add up before they are judged', async () => {
    const { relative, sandbox, mug } = await openShop();
    const half = at1({ product_id: mug.id }, -6);
    expect((await relative(half, half)).status).toBe(422);
    expect(sandbox.level(HASH, mug.variantId)).toBe(10);
  });

  test('several items with the same complaint share one title', async () => {
    const { relative, sandbox, shirt } = await openShop();
    const cap = sandbox.addProduct(HASH, { name: 'Cap' });
    const { body } = await relative(
      at1({ variant_id: shirt.medium }, 1),
      at1({ product_id: cap.id }, 1),
    );
    expect(body['title']).toBe(
      `Items with identity: [variant_id ${shirt.medium}, product_id ${cap.id}] requires absolute adjustment before relative`,
    );
  });

  test.each([true, false])('absolute below zero is refused: %s', async (refuseNegativeAbsolute) => {
    const { absolute, sandbox, mug } = await openShop({ switches: { refuseNegativeAbsolute } });
    const { status } = await absolute(at1({ product_id: mug.id }, -2));
    expect(status).toBe(refuseNegativeAbsolute ? 422 : 200);
    expect(sandbox.level(HASH, mug.variantId)).toBe(refuseNegativeAbsolute ? 10 : -2);
  });

  test('a level has a maximum, both ways of reaching it', async () => {
    const { absolute, relative, mug } = await openShop();
    expect((await absolute(at1({ product_id: mug.id }, 2_147_483_648))).status).toBe(422);
    expect((await absolute(at1({ product_id: mug.id }, 2_147_483_647))).status).toBe(200);
    expect((await relative(at1({ product_id: mug.id }, 1))).status).toBe(422);
  });

  test.each([true, false])(
    'untracked items are refused: %s',
    async (refuseUntrackedAdjustments) => {
      const { absolute, sandbox } = await openShop({ switches: { refuseUntrackedAdjustments } });
      const gift = sandbox.addProduct(HASH, { name: 'Gift card', tracking: 'none' });
      const { status } = await absolute(at1({ variant_id: gift.variantIds[0] }, 1));
      expect(status).toBe(refuseUntrackedAdjustments ? 422 : 200);
    },
  );

  test('locations must exist and be enabled', async () => {
    const { absolute, sandbox, mug } = await openShop();
    sandbox.addLocation(HASH, { label: 'Closed', enabled: false });
    for (const locationId of [2, 77]) {
      const answer = await absolute({ location_id: locationId, product_id: mug.id, quantity: 1 });
      expect(answer).toMatchObject({
        status: 422,
        body: {
          title: 'Payload contains invalid fields',
          errors: { 'items.0.location_id': expect.any(String) },
        },
      });
    }
  });

  test.each([
    ['no items', {}],
    ['empty items', { items: [] }],
    ['no identity', { items: [{ location_id: 1, quantity: 1 }] }],
    ['two identities', { items: [{ location_id: 1, quantity: 1, sku: 'MUG', product_id: 111 }] }],
    ['no location', { items: [{ quantity: 1, product_id: 111 }] }],
    ['a text for a quantity', { items: [{ location_id: 1, quantity: '1', product_id: 111 }] }],
    ['half a piece', { items: [{ location_id: 1, quantity: 1.5, product_id: 111 }] }],
    [
      'a number for a reason',
      { reason: 1, items: [{ location_id: 1, quantity: 1, product_id: 111 }] },
    ],
    ['an unknown item', { items: [{ location_id: 1, quantity: 1, product_id: 999 }] }],
  ])('a body with %s is refused', async (_what, body) => {
    const { call, sandbox, mug } = await openShop();
    expect((await call('PUT', '/v3/inventory/adjustments/absolute', body)).status).toBe(422);
    expect(sandbox.level(HASH, mug.variantId)).toBe(10);
  });

  test('2,000 items are the most', async () => {
    const { absolute, mug } = await openShop();
    const items = Array.from({ length: 2_001 }, () => at1({ product_id: mug.id }, 1));
    expect((await absolute(...items)).status).toBe(413);
    expect((await absolute(...items.slice(1))).status).toBe(200);
  });

  test('every committed change is journalled with its cause', async () => {
    const { absolute, sandbox, runtime, mug } = await openShop();
    await absolute(at1({ product_id: mug.id }, 7));
    await absolute(at1({ product_id: mug.id }, 7));
    sandbox.setLevel(HASH, mug.variantId, 8);
    const row = { platform: 'bigcommerce', account: HASH, place: '1', item: String(mug.variantId) };
    expect(runtime.journal.stock).toEqual([
      { ...row, atMs: expect.any(Number), before: 10, after: 7, cause: 'api' },
      { ...row, atMs: expect.any(Number), before: 7, after: 8, cause: 'manual' },
    ]);
  });

  test('a location managed elsewhere takes no manual edits, but takes the API', async () => {
    const { absolute, sandbox, mug } = await openShop();
    sandbox.editLocation(HASH, 1, { managedByExternalSource: true });
    expect(() => sandbox.setLevel(HASH, mug.variantId, 1)).toThrow('manual edits are disabled');
    expect((await absolute(at1({ product_id: mug.id }, 1))).status).toBe(200);
  });
});

describe.skipIf(specs === undefined)('BigCommerce sandbox: inventory reads', () => {
  const variantsOf = ({ body }: Answer) =>
    (body['data'] as unknown as { identity: { variant_id: number } }[]).map(
      (one) => one.identity.variant_id,
    );

  test('an item shows every location, and null SKU ids for base variants', async () => {
    const { sandbox, call, mug } = await openShop();
    sandbox.addLocation(HASH, { label: 'Shop', code: 'SHOP' });
    const { body } = await call('GET', `/v3/inventory/items?product_id:in=${mug.id}`);
    const settings = {
      safety_stock: 0,
      is_in_stock: true,
      warning_level: 0,
      bin_picking_number: '',
    };
    expect(body['data']).toEqual([
      {
        identity: { sku: 'MUG', variant_id: mug.variantId, product_id: mug.id, sku_id: null },
        locations: [
          {
            location_id: 1,
            location_code: 'BC-LOCATION-1',
            location_name: 'Default location',
            location_enabled: true,
            available_to_sell: 10,
            total_inventory_onhand: 10,
            settings,
          },
          {
            location_id: 2,
            location_code: 'SHOP',
            location_name: 'Shop',
            location_enabled: true,
            available_to_sell: 0,
            total_inventory_onhand: 0,
            settings,
          },
        ],
      },
    ]);
  });

  test('items are filtered by SKU, variant, product and location', async () => {
    const { sandbox, call, mug, shirt } = await openShop();
    sandbox.addLocation(HASH, { label: 'Shop', code: 'SHOP' });
    const all = [mug.variantId, shirt.small, shirt.medium];
    const found = async (query: string) =>
      variantsOf(await call('GET', `/v3/inventory/items?${query}`));
    expect(await found('')).toEqual(all);
    expect(await found('sku:in=MUG,SHIRT-M')).toEqual([mug.variantId, shirt.medium]);
    expect(await found(`variant_id:in=${shirt.small}`)).toEqual([shirt.small]);
    expect(await found(`product_id:in=${shirt.id}`)).toEqual([shirt.small, shirt.medium]);
    expect(await found('limit=2&page=2')).toEqual([shirt.medium]);
    const shop = await call('GET', '/v3/inventory/items?location_code:in=SHOP');
    expect(shop.body['data']?.[0]?.['locations']).toHaveLength(1);
    const local = await call('GET', `/v3/inventory/locations/1/items?variant_id:in=${shirt.small}`);
    expect(local.body['data']?.[0]).toMatchObject({ total_inventory_onhand: 5 });
    expect((await call('GET', '/v3/inventory/locations/77/items')).status).toBe(404);
    expect((await call('GET', '/v3/inventory/items?limit=1000')).status).toBe(200);
    expect((await call('GET', '/v3/inventory/items?limit=1001')).status).toBe(413);
    expect((await call('GET', '/v3/inventory/items?date_modified:min=2026-01-01')).status).toBe(
      422,
    );
  });

  test('untracked items are listed by switch only', async () => {
    const { sandbox, call } = await openShop();
    const gift = sandbox.addProduct(HASH, { name: 'Gift card', tracking: 'none' });
    const path = `/v3/inventory/items?product_id:in=${gift.id}`;
    expect(variantsOf(await call('GET', path))).toEqual([]);
    sandbox.switches.listUntrackedItems = true;
    expect(variantsOf(await call('GET', path))).toEqual(gift.variantIds);
  });

  test('variants of a product tracked by product share its level', async () => {
    const { sandbox, absolute } = await openShop();
    const sock = sandbox.addProduct(HASH, {
      name: 'Sock',
      tracking: 'product',
      levels: { 1: 8 },
      variants: [
        { sku: 'SOCK-S', options: { Size: 'S' } },
        { sku: 'SOCK-L', options: { Size: 'L' } },
      ],
    });
    expect(sock.variantIds.map((id) => sandbox.level(HASH, id))).toEqual([8, 8]);
    await absolute(at1({ product_id: sock.id }, 2));
    expect(sock.variantIds.map((id) => sandbox.level(HASH, id))).toEqual([2, 2]);
  });

  test('a write shows in reads only after the lag, whatever was written in between', async () => {
    const { absolute, call, clock, sandbox, mug } = await openShop({
      switches: { inventoryLagMs: 1_000 },
    });
    const shown = async () => {
      const { body } = await call('GET', `/v3/inventory/items?product_id:in=${mug.id}`);
      return body['data']?.[0]?.['locations']?.[0]?.['total_inventory_onhand'];
    };
    await absolute(at1({ product_id: mug.id }, 7));
    await clock.advance(600);
    await absolute(at1({ product_id: mug.id }, 3));
    expect(sandbox.level(HASH, mug.variantId)).toBe(3);
    expect(await shown()).toBe(10);
    await clock.advance(400);
    expect(await shown()).toBe(7);
    await clock.advance(600);
    expect(await shown()).toBe(3);
  });

  test('settings are written per location and take nothing unknown', async () => {
    const bench = await openShop();
    const { call, shirt } = bench;
    await bench.hook('store/channel/*/inventory/product/settings_changed');
    const path = '/v3/inventory/locations/1/items';
    const identity = { variant_id: shirt.small };
    const change = { identity, safety_stock: 2, warning_level: 3, is_in_stock: false };
    expect((await call('PUT', path, { settings: [change] })).status).toBe(200);
    const { body } = await call('GET', `${path}?variant_id:in=${shirt.small}`);
    expect(body['data']?.[0]).toMatchObject({
      available_to_sell: 3,
      total_inventory_onhand: 5,
      settings: { safety_stock: 2, warning_level: 3, is_in_stock: false },
    });
    expect(await bench.scopes()).toEqual(['store/channel/*/inventory/product/settings_changed']);
    const missing = await call('PUT', path, { settings: [{ identity }] });
    expect(missing.body['errors']).toHaveProperty(['setting.0.settings']);
    const negative = { settings: [{ identity, safety_stock: -1 }] };
    expect((await call('PUT', path, negative)).status).toBe(422);
  });
});

import { expect, test } from 'vitest';
import { createHarness, filter, MERCHANT_ID, names } from '../support/clover-harness.ts';
import { describeWithClover } from '../support/specs-clover.ts';

describeWithClover('clover sandbox: items', (specs) => {
  test('create answers the defaults; isRevenue is false unless sent or switched', async () => {
    const { clover, clock, post } = await createHarness(specs);
    const { body } = await post('/items', { name: 'Tea', price: 450, sku: 'T', code: '0123' });
    expect(body).toMatchObject({
      name: 'Tea',
      price: 450,
      sku: 'T',
      code: '0123',
      hidden: false,
      available: true,
      autoManage: false,
      priceType: 'FIXED',
      defaultTaxRates: true,
      isRevenue: false,
      modifiedTime: clock.now(),
    });
    clover.switches.itemRevenueDefault = true;
    expect((await post('/items', { name: 'B', price: 1 })).body['isRevenue']).toBe(true);
  });

  test.each([
    [{ price: 1 }],
    [{ name: 'A' }],
    [{ name: '', price: 1 }],
    [{ name: 'x'.repeat(128), price: 1 }],
    [{ name: 'A', price: -1 }],
    [{ name: 'A', price: 1.5 }],
    [{ name: 'A', price: '1' }],
    [{ name: 'A', price: 1, sku: 'x'.repeat(101) }],
    [{ name: 'A', price: 1, hidden: 'true' }],
    [{ name: 'A', price: 1, priceType: 'CHEAP' }],
    [{ name: 'A', price: 1, itemGroup: { id: '0000000000000' } }],
  ])('%j is refused', async (body) => {
    const { get, post } = await createHarness(specs);
    expect((await post('/items', body)).status).toBe(400);
    expect((await get('/items')).elements).toEqual([]);
  });

  test('two items may share a SKU', async () => {
    const { get, post } = await createHarness(specs);
    await post('/items', { name: 'A', price: 1, sku: 'SAME' });
    await post('/items', { name: 'B', price: 1, sku: 'SAME' });
    expect((await get(`/items?${filter('sku=SAME')}`)).elements).toHaveLength(2);
  });

  test('an update changes what was sent and moves modifiedTime', async () => {
    const { clover, clock, get, post } = await createHarness(specs);
    const id = String((await post('/items', { name: 'A', price: 1, sku: 'S' })).body['id']);
    await clock.advance(10);
    const { body } = await post(`/items/${id}`, { price: 2 });
    expect(body).toMatchObject({ name: 'A', price: 2, sku: 'S', modifiedTime: clock.now() });
    const before = clock.now();
    await clock.advance(10);
    clover.switches.untouchedItemFields = ['cost'];
    await post(`/items/${id}`, { cost: 1 });
    expect((await get(`/items/${id}`)).body).toMatchObject({ cost: 1, modifiedTime: before });
  });

  test('stock and unknown fields in an item body change nothing, without a word', async () => {
    const { clover, post } = await createHarness(specs);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: 3 });
    const body = { stockCount: 9, quantity: 9, itemStock: { quantity: 9 }, descripton: 'typo' };
    const answer = await post(`/items/${id}`, body);
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty('stockCount');
    expect(clover.stock(MERCHANT_ID, id)).toBe(3);
  });

  test('delete is soft and silent', async () => {
    const { call, clover, get, post } = await createHarness(specs);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: 3 });
    expect((await call('DELETE', `/items/${id}`)).body).toEqual({});
    expect((await get('/items')).elements).toEqual([]);
    const [gone] = (await get(`/items?${filter('deleted=true')}`)).elements;
    expect(gone).toMatchObject({ id, deletedTime: expect.any(Number) });
    expect((await get(`/items/${id}`)).body).toEqual({ message: 'invalid ID' });
    expect((await post(`/items/${id}`, { price: 2 })).status).toBe(404);
    expect((await post(`/item_stocks/${id}`, { quantity: 2 })).status).toBe(404);
    expect((await get('/item_stocks')).elements).toEqual([]);
    clover.switches.deletedItemById = 'returned';
    expect((await get(`/items/${id}`)).body).toHaveProperty('deletedTime');
  });

  test('bulk calls take 2500 items, are sparse, and do all or nothing', async () => {
    const { call, clover, get, post } = await createHarness(specs);
    const item = (name: string) => ({ name, price: 1 });
    const created = await post('/bulk_items', { items: [item('A'), item('B')] });
    const [a = '', b = ''] = created.elements.map((element) => String(element['id']));
    const update = { items: [{ id: a, price: 5 }] };
    expect((await call('PUT', '/bulk_items', { body: update })).elements).toMatchObject([
      { id: a, name: 'A', price: 5 },
    ]);
    const broken = {
      items: [
        { id: a, price: 7 },
        { id: b, price: -1 },
      ],
    };
    expect((await call('PUT', '/bulk_items', { body: broken })).status).toBe(400);
    const unknown = {
      items: [
        { id: a, price: 7 },
        { id: '0000000000000', price: 1 },
      ],
    };
    expect((await call('PUT', '/bulk_items', { body: unknown })).status).toBe(404);
    expect((await get(`/items/${a}`)).body['price']).toBe(5);
    const many = Array.from({ length: 2501 }, () => item('C'));
    expect((await post('/bulk_items', { items: many })).status).toBe(400);
    expect((await post('/bulk_items', { items: [] })).status).toBe(400);
    for (const envelope of ['elements', 'items'] as const) {
      clover.switches.bulkItemsAnswer = envelope;
      const { body } = await post('/bulk_items', { items: [item('D')] });
      expect(body[envelope]).toHaveLength(1);
    }
    expect((await call('DELETE', `/items?itemIds=${a},${b}`)).status).toBe(200);
    expect(names(await get('/items'))).toEqual(['D', 'D']);
    expect((await call('DELETE', '/items')).status).toBe(400);
  });
});

describeWithClover('clover sandbox: stock', (specs) => {
  test('a write is absolute, may be negative or fractional, and has its own clock', async () => {
    const { clover, clock, get, post, runtime } = await createHarness(specs);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: 4 });
    const itemTime = clock.now();
    await clock.advance(50);
    const { body } = await post(`/item_stocks/${id}`, { quantity: 160.5 });
    expect(body).toMatchObject({ quantity: 160.5, stockCount: 161, modifiedTime: clock.now() });
    const again = await post(`/item_stocks/${id}`, { quantity: -2, item: { id } });
    expect(again.body).toMatchObject({ quantity: -2, stockCount: 0 });
    expect((await get(`/items/${id}`)).body['modifiedTime']).toBe(itemTime);
    expect(runtime.journal.stock.map(({ before, after, cause }) => [before, after, cause])).toEqual(
      [
        [null, 4, 'manual'],
        [4, 160.5, 'api'],
        [160.5, -2, 'api'],
      ],
    );
    clover.switches.stockTouchesItem = true;
    await clock.advance(50);
    await post(`/item_stocks/${id}`, { quantity: 1 });
    expect((await get(`/items/${id}`)).body['modifiedTime']).toBe(clock.now());
  });

  test('writes work with tracking off', async () => {
    const { clover, post } = await createHarness(specs);
    clover.setProperties(MERCHANT_ID, { trackStock: false, updateStock: false });
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: null });
    await post(`/item_stocks/${id}`, { quantity: 7 });
    expect(clover.stock(MERCHANT_ID, id)).toBe(7);
  });

  test('an item that never had stock answers its pointer alone', async () => {
    const { call, clover, get } = await createHarness(specs);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: null });
    expect((await get(`/item_stocks/${id}`)).body).toEqual({ item: { id } });
    expect((await get('/item_stocks')).elements).toEqual([]);
    clover.switches.stockListIncludesUnstocked = true;
    expect((await get('/item_stocks')).elements).toEqual([{ item: { id } }]);
    clover.setStock(MERCHANT_ID, id, 3);
    expect((await get(`/item_stocks/${id}`)).body['quantity']).toBe(3);
    await call('DELETE', `/item_stocks/${id}`);
    expect((await get(`/item_stocks/${id}`)).body).toEqual({ item: { id } });
  });

  test.each([[{}], [{ quantity: '4' }], [{ quantity: null }], [{ stockCount: 4 }]])(
    'a write of %j is refused',
    async (body) => {
      const { clover, post } = await createHarness(specs);
      const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: 2 });
      expect((await post(`/item_stocks/${id}`, body)).status).toBe(400);
      expect(clover.stock(MERCHANT_ID, id)).toBe(2);
    },
  );

  test('with autoManage 0 is unavailable and 1 available again, between nothing moves', async () => {
    const { clover, get, post } = await createHarness(specs);
    const input = { name: 'A', price: 1, quantity: 1, autoManage: true };
    const { id } = clover.addItem(MERCHANT_ID, input);
    const seen: unknown[] = [];
    for (const quantity of [0, 0.5, 1, 0.5, -1]) {
      await post(`/item_stocks/${id}`, { quantity });
      seen.push((await get(`/items/${id}`)).body['available']);
    }
    expect(seen).toEqual([false, false, true, true, false]);
    const plain = clover.addItem(MERCHANT_ID, { name: 'B', price: 1, quantity: 0 });
    expect((await get(`/items/${plain.id}`)).body['available']).toBe(true);
  });

  test('lowStock goes by the threshold', async () => {
    const { clover, get } = await createHarness(specs);
    const low = clover.addItem(MERCHANT_ID, { name: 'Low', price: 1, quantity: 9 });
    clover.addItem(MERCHANT_ID, { name: 'High', price: 1, quantity: 9 });
    clover.setStock(MERCHANT_ID, low.id, 9, 10);
    expect(names(await get(`/items?${filter('lowStock=true')}`))).toEqual(['Low']);
    expect((await get(`/item_stocks/${low.id}`)).body['stockAlertThreshold']).toBe(10);
  });
});

describeWithClover('clover sandbox: variants', (specs) => {
  test('members are ordinary items with generated names and stock of their own', async () => {
    const { clover, get, post } = await createHarness(specs);
    const group = clover.addItemGroup(MERCHANT_ID, {
      name: 'Shirt',
      attributes: [
        { name: 'Size', options: ['S', 'L'] },
        { name: 'Colour', options: ['Red'] },
      ],
      variants: [
        { options: ['S', 'Red'], sku: 'SH-S', price: 900, quantity: 2 },
        { options: ['L', 'Red'], sku: 'SH-L', price: 950, quantity: null },
      ],
    });
    const [small, large] = group.items;
    expect([small?.name, large?.name]).toEqual(['Shirt S Red', 'Shirt L Red']);
    expect(clover.stock(MERCHANT_ID, small?.id ?? '')).toBe(2);
    const renamed = await post(`/items/${small?.id}`, { name: 'Mine', price: 1 });
    expect(renamed.body).toMatchObject({
      name: 'Shirt S Red',
      price: 1,
      itemGroup: { id: group.id },
    });

    const shown = (await get(`/item_groups/${group.id}?expand=items,attributes.options`)).body;
    expect(shown['items']).toMatchObject({ elements: [{ id: small?.id }, { id: large?.id }] });
    expect(shown['attributes']).toMatchObject({
      elements: [{ name: 'Size', options: { elements: [{ name: 'S' }, { name: 'L' }] } }, {}],
    });
    expect(shown).not.toHaveProperty('price');
    const item = (await get(`/items/${small?.id}?expand=options`)).body;
    expect(item['options']).toMatchObject({ elements: [{ name: 'S' }, { name: 'Red' }] });
    const inGroup = await get(`/items?${filter(`itemGroup.id=${group.id}`)}`);
    expect(inGroup.elements).toHaveLength(2);
  });

  test('groups, attributes and options are listed and read', async () => {
    const { clover, get, post } = await createHarness(specs);
    const group = clover.addItemGroup(MERCHANT_ID, {
      name: 'Mug',
      attributes: [{ name: 'Size', options: ['S'] }],
      variants: [],
    });
    expect(names(await get('/item_groups'))).toEqual(['Mug']);
    const attribute = (await get(`/attributes?${filter(`itemGroup.id=${group.id}`)}`)).elements[0];
    const path = `/attributes/${String(attribute?.['id'])}`;
    expect((await get(path)).body['name']).toBe('Size');
    const option = (await get('/options')).elements[0];
    expect((await get(`${path}/options`)).elements).toEqual([option]);
    expect((await get(`${path}/options/${String(option?.['id'])}`)).body['name']).toBe('S');
    expect((await get(`${path}/options/0000000000000`)).status).toBe(404);
    const variant = { name: 'ignored', price: 1, itemGroup: { id: group.id } };
    expect((await post('/items', variant)).body['name']).toBe('Mug');
  });
});

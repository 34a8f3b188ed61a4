import { expect, test } from 'vitest';
import { addItems, createHarness, filter, MERCHANT_ID, names } from '../support/clover-harness.ts';
import { describeWithClover } from '../support/specs-clover.ts';

const ALLOWED = 'X-Clover-Allowed-Filter-Fields';

describeWithClover('clover sandbox: lists', (specs) => {
  test('an empty list is 200 with elements and href', async () => {
    const { get } = await createHarness(specs);
    const { status, body, headers } = await get('/items');
    expect(status).toBe(200);
    expect(body['elements']).toEqual([]);
    expect(body['href']).toContain('/items?limit=100');
    expect(headers.get(ALLOWED)).toContain('itemStock.quantity');
  });

  test('100 by default, 1000 at most, offset from zero, newest first', async () => {
    const harness = await createHarness(specs);
    await addItems(harness, 1002);
    const { get } = harness;
    expect((await get('/items')).elements).toHaveLength(100);
    const top = await get('/items?limit=1000');
    expect(top.elements).toHaveLength(1000);
    expect(names(top)[0]).toBe('Item 1001');
    expect(names(await get('/items?limit=1000&offset=1000'))).toEqual(['Item 1', 'Item 0']);
    expect(names(await get('/items?limit=2&offset=1'))).toEqual(['Item 1000', 'Item 999']);
  });

  test('a limit over 1000 is refused, or cut where the switch says so', async () => {
    const { clover, get } = await createHarness(specs);
    expect((await get('/items?limit=1001')).status).toBe(400);
    clover.switches.overLimit = 'clamp';
    expect((await get('/items?limit=1001')).body['href']).toContain('limit=1000');
    for (const query of ['limit=0', 'limit=x', 'offset=-1']) {
      expect((await get(`/items?${query}`)).status).toBe(400);
    }
  });

  test('filters compare, join with AND, take lists and a trailing star', async () => {
    const harness = await createHarness(specs);
    const [first = '', second = ''] = await addItems(harness, 4);
    const found = async (...conditions: string[]) =>
      names(await harness.get(`/items?orderBy=price&${filter(...conditions)}`));
    expect(await found('price>=102')).toEqual(['Item 2', 'Item 3']);
    expect(await found('price>102')).toEqual(['Item 3']);
    expect(await found('price<=101', 'price>100')).toEqual(['Item 1']);
    expect(await found('price<101')).toEqual(['Item 0']);
    expect(await found('sku=S-2')).toEqual(['Item 2']);
    expect(await found('sku!=S-2')).toEqual(['Item 0', 'Item 1', 'Item 3']);
    expect(await found(`id in ('${first}', '${second}')`)).toEqual(['Item 0', 'Item 1']);
    expect(await found('name=Item*')).toHaveLength(4);
    expect(await found('name=Item')).toEqual([]);
    expect(await found('itemStock.quantity<2')).toEqual(['Item 0', 'Item 1']);
    expect(await found(`modifiedTime>=${harness.clock.now() - 1}`)).toEqual(['Item 3']);
    expect(await found('hidden=true')).toEqual([]);
  });

  test.each([
    ['categories.id=1'],
    ['quantity=4'],
    ['constructor=1'],
    ['price=cheap'],
    ['hidden=1'],
    ['price'],
  ])('filter %s is refused', async (condition) => {
    const { get } = await createHarness(specs);
    const answer = await get(`/items?${filter(condition)}`);
    expect(answer.status).toBe(400);
  });

  test('an unknown filter names the fields that would do', async () => {
    const { get } = await createHarness(specs);
    const refused = await get(`/items?${filter('categories.id=1')}`);
    const allowed = refused.headers.get(ALLOWED)?.split(', ') ?? [];
    expect(allowed).toContain('categoryId');
    for (const name of allowed) expect(name).toMatch(/^[\w.]+$/);
    expect((await get(`/item_stocks?${filter('quantity>1')}`)).status).toBe(400);
  });

  test('orderBy sorts both ways and refuses what it does not know', async () => {
    const harness = await createHarness(specs);
    await addItems(harness, 3);
    const ascending = ['Item 0', 'Item 1', 'Item 2'];
    expect(names(await harness.get('/items?orderBy=price%20ASC'))).toEqual(ascending);
    expect(names(await harness.get('/items?orderBy=hidden,price%20DESC'))).toEqual(
      ascending.toReversed(),
    );
    expect((await harness.get('/items?orderBy=taste')).status).toBe(400);
    expect((await harness.get('/items?orderBy=price%20UP')).status).toBe(400);
  });

  test('expand takes three names, two levels, and nothing unknown', async () => {
    const harness = await createHarness(specs);
    await addItems(harness, 1);
    const { get } = harness;
    const [item] = (await get('/items?expand=itemStock,tags&expand=categories')).elements;
    expect(item?.['itemStock']).toMatchObject({ quantity: 0 });
    expect((await get('/items')).elements[0]).not.toHaveProperty('itemStock');
    for (const query of [
      'itemStock,tags,categories,options',
      'stock',
      'toString',
      'lineItems.discounts.x',
    ]) {
      expect((await get(`/items?expand=${query}`)).status).toBe(400);
    }
  });

  test('an expanded collection without members is absent, or empty where the switch says so', async () => {
    const harness = await createHarness(specs);
    await addItems(harness, 1);
    expect((await harness.get('/items?expand=tags')).elements[0]).not.toHaveProperty('tags');
    harness.clover.switches.emptyNested = 'elements';
    expect((await harness.get('/items?expand=tags')).elements[0]?.['tags']).toEqual({
      elements: [],
    });
  });

  test('return_null_fields shows what is unset', async () => {
    const { clover, get } = await createHarness(specs);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: null });
    expect((await get(`/items/${id}`)).body).not.toHaveProperty('sku');
    expect((await get(`/items/${id}?return_null_fields=true`)).body['sku']).toBeNull();
  });
});

describeWithClover('clover sandbox: read replica', (specs) => {
  test('GETs lag, forceRealTime and POST do not', async () => {
    const { clover, clock, get, post } = await createHarness(specs, { replicaLagMs: 2000 });
    const { id } = clover.addItem(MERCHANT_ID, { name: 'Old', price: 1, quantity: 5 });
    expect((await get(`/items/${id}`)).status).toBe(404);
    expect((await get('/items')).elements).toEqual([]);
    expect((await get(`/items/${id}?forceRealTime=true`)).status).toBe(200);
    await clock.advance(2000);
    const renamed = await post(`/items/${id}?expand=itemStock`, { name: 'New' });
    expect(renamed.body['name']).toBe('New');
    const written = await post(`/item_stocks/${id}`, { quantity: 9 });
    expect(written.body['quantity']).toBe(9);
    await clock.advance(1999);
    expect((await get(`/items/${id}`)).body['name']).toBe('Old');
    expect((await get(`/item_stocks/${id}`)).body['quantity']).toBe(5);
    expect((await get(`/item_stocks/${id}?forceRealTime=true`)).body['quantity']).toBe(9);
    await clock.advance(1);
    expect((await get(`/items/${id}`)).body['name']).toBe('New');
    expect((await get('/item_stocks')).elements[0]?.['quantity']).toBe(9);
  });

  test('each write is seen when its own lag is over', async () => {
    const { clover, clock, get } = await createHarness(specs, { replicaLagMs: 1000 });
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: 1 });
    await clock.advance(400);
    clover.setStock(MERCHANT_ID, id, 2);
    await clock.advance(400);
    clover.setStock(MERCHANT_ID, id, 3);
    const seen: unknown[] = [];
    for (let step = 0; step < 4; step += 1) {
      seen.push((await get(`/item_stocks/${id}`)).body['quantity']);
      await clock.advance(350);
    }
    expect(seen).toEqual([undefined, 1, 2, 3]);
  });

  test('overuse of forceRealTime is ignored where the switch limits it', async () => {
    const options = { replicaLagMs: 10_000, realTimeReadsPerMinute: 1 };
    const { clover, clock, get } = await createHarness(specs, options);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: 1 });
    expect((await get(`/items/${id}?forceRealTime=true`)).status).toBe(200);
    expect((await get(`/items/${id}?forceRealTime=true`)).status).toBe(404);
    await clock.advance(60_000);
    expect((await get(`/items/${id}?forceRealTime=true`)).status).toBe(200);
  });

  test('a row keeps no more history than a replica can lag', async () => {
    const { clover, clock } = await createHarness(specs);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: 1 });
    for (let write = 0; write < 300; write += 1) {
      await clock.advance(1000);
      clover.setStock(MERCHANT_ID, id, write);
    }
    const cell = clover.state.merchants[MERCHANT_ID]?.tables.stocks[id];
    expect(cell?.versions.length).toBeLessThan(130);
  });
});

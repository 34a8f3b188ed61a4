/** The catalog written over the API: what Clover refuses, and every doubt both ways. */
import { expect, test } from 'vitest';
import type { CloverSwitches } from '../sandbox/clover/index.ts';
import { createHarness, filter, MERCHANT_ID } from '../support/clover-harness.ts';
import type { Harness } from '../support/clover-harness.ts';
import { describeWithClover, type CloverSpecs } from '../support/specs-clover.ts';

const idOf = (answer: { body: Record<string, unknown> }) => String(answer.body['id']);

/** A group "Shirt" with the attribute "Size", its options, and one item of the group. */
async function openGroup(specs: CloverSpecs, switches: Partial<CloverSwitches> = {}) {
  const harness = await createHarness(specs, switches);
  const groupId = idOf(await harness.post('/item_groups', { name: 'Shirt' }));
  const itemGroup = { id: groupId };
  const attributeId = idOf(await harness.post('/attributes', { name: 'Size', itemGroup }));
  const option = async (name: string) =>
    idOf(await harness.post(`/attributes/${attributeId}/options`, { name }));
  const [large, small] = [await option('Large'), await option('Small')];
  const itemId = idOf(await harness.post('/items', { name: 'x', price: 1, itemGroup }));
  return { ...harness, groupId, attributeId, large, small, itemId };
}

const pair = (name: string, id: string, itemId: string) => ({
  elements: [{ [name]: { id }, item: { id: itemId } }],
});

const nameOf = async (harness: Harness, itemId: string) =>
  (await harness.get(`/items/${itemId}`)).body['name'];

describeWithClover('clover sandbox: variants over the API', (specs) => {
  test('the name of a member is the server’s from its first moment', async () => {
    const harness = await openGroup(specs);
    const { itemId, large, attributeId } = harness;
    expect(await nameOf(harness, itemId)).toBe('Shirt');
    await harness.post('/option_items', pair('option', large, itemId));
    expect(await nameOf(harness, itemId)).toBe('Shirt Large');
    await harness.updates();
    await harness.post(`/attributes/${attributeId}/options/${large}`, { name: 'L' });
    expect(await nameOf(harness, itemId)).toBe('Shirt L');
    expect(await harness.updates()).toEqual([`UPDATE I:${itemId}`]);
    await harness.call('DELETE', `/attributes/${attributeId}/options/${large}`);
    expect(await nameOf(harness, itemId)).toBe('Shirt');
    await harness.call('DELETE', `/attributes/${attributeId}`);
    expect((await harness.get('/attributes')).elements).toEqual([]);
    expect((await harness.get('/options')).elements).toEqual([]);
  });

  test('an item joins a group at its creation or never', async () => {
    const harness = await openGroup(specs);
    const { id } = harness.clover.addItem(MERCHANT_ID, { name: 'Tea', price: 1, quantity: 1 });
    const body = { itemGroup: { id: harness.groupId } };
    await harness.call('POST', `/items/${id}`, { body });
    expect((await harness.get(`/items/${id}`)).body).not.toHaveProperty('itemGroup');
    const gone = { name: 'x', price: 1, itemGroup: { id: '0000000000000' } };
    expect((await harness.post('/items', gone)).status).toBe(400);
    const items = [{ name: 'Fine', price: 1 }, gone];
    expect((await harness.post('/bulk_items', { items })).status).toBe(400);
    expect((await harness.get(`/items?${filter('name=Fine')}`)).elements).toEqual([]);
  });

  test('an option fits its own group only, one per attribute', async () => {
    const harness = await openGroup(specs);
    const { itemId, large, small } = harness;
    const { id } = harness.clover.addItem(MERCHANT_ID, { name: 'Tea', price: 1, quantity: 1 });
    const link = async (option: string, item: string) =>
      (await harness.post('/option_items', pair('option', option, item))).status;
    expect(await link(large, id)).toBe(400);
    expect(await link(large, itemId)).toBe(200);
    expect(await link(small, itemId)).toBe(400);
    expect(await link('0000000000000', itemId)).toBe(400);
    expect(await link(small, '0000000000000')).toBe(400);
  });

  test.each([
    ['refuse', 400, 1],
    ['with-items', 200, 0],
  ] as const)('deleting a group with items: %s', async (itemGroupDelete, status, left) => {
    const harness = await openGroup(specs, { itemGroupDelete });
    const path = `/item_groups/${harness.groupId}`;
    expect((await harness.call('DELETE', path)).status).toBe(status);
    expect((await harness.get('/items')).elements).toHaveLength(left);
    expect((await harness.get(path)).status).toBe(status === 200 ? 404 : 200);
  });

  test.each([
    ['ESSENTIALS', true, 400],
    ['ESSENTIALS', false, 200],
    ['REGISTER', true, 200],
  ] as const)('plan %s, restricted %s: %i', async (planCode, planRestrictsGroups, status) => {
    const harness = await createHarness(specs, { planRestrictsGroups });
    const row =
      harness.clover.state.merchants[MERCHANT_ID]?.tables.merchants[MERCHANT_ID]?.versions.at(
        -1,
      )?.row;
    if (row === undefined || row === null) throw new Error('no merchant');
    row.plan.planCode = planCode;
    expect((await harness.post('/item_groups', { name: 'Shirt' })).status).toBe(status);
    expect((await harness.post('/modifier_groups', { name: 'Extras' })).status).toBe(status);
    expect((await harness.post('/categories', { name: 'Plain' })).status).toBe(200);
  });
});

describeWithClover('clover sandbox: associations', (specs) => {
  async function linked() {
    const harness = await createHarness(specs);
    const ids = ['A', 'B'].map(
      (name) => harness.clover.addItem(MERCHANT_ID, { name, price: 1, quantity: null }).id,
    );
    const [a = '', b = ''] = ids;
    const hot = idOf(await harness.post('/categories', { name: 'Hot' }));
    const cold = idOf(await harness.post('/categories', { name: 'Cold' }));
    const elements = [
      { category: { id: hot }, item: { id: a } },
      { category: { id: hot }, item: { id: b } },
      { category: { id: cold }, item: { id: b } },
    ];
    await harness.post('/category_items', { elements });
    const unlink = (...pairs: Record<string, unknown>[]) =>
      harness.post('/category_items?delete=true', { elements: pairs });
    const shown = async () => {
      const { elements: found } = await harness.get(`/items?expand=categories`);
      return Object.fromEntries(
        found.map((item) => {
          const list = (item['categories'] ?? { elements: [] }) as { elements: unknown[] };
          return [item['name'], list.elements.length];
        }),
      );
    };
    return { ...harness, a, b, hot, cold, unlink, shown };
  }

  test('a pair, all of one side, all of the other', async () => {
    const { shown, unlink, a, b, hot, get } = await linked();
    expect(await shown()).toEqual({ A: 1, B: 2 });
    expect((await get(`/categories/${hot}/items`)).elements).toHaveLength(2);
    expect((await get(`/items?${filter(`categoryId=${hot}`)}`)).elements).toHaveLength(2);
    await unlink({ category: { id: hot }, item: { id: a } });
    expect(await shown()).toEqual({ A: 0, B: 2 });
    await unlink({ item: { id: b } });
    expect(await shown()).toEqual({ A: 0, B: 0 });
  });

  test('one side left out clears the other’s', async () => {
    const { shown, unlink, hot } = await linked();
    await unlink({ category: { id: hot } });
    expect(await shown()).toEqual({ A: 0, B: 1 });
    expect((await unlink({})).status).toBe(400);
  });

  test('one bad pair, and nothing is linked', async () => {
    const { post, shown, a, cold } = await linked();
    const good = { category: { id: cold }, item: { id: a } };
    const bad = { category: { id: cold }, item: { id: '0000000000000' } };
    expect((await post('/category_items', { elements: [good, bad] })).status).toBe(400);
    expect((await post('/category_items', { elements: [] })).status).toBe(400);
    expect(await shown()).toEqual({ A: 1, B: 2 });
  });

  test.each([
    [[], true],
    [['categories'], false],
  ])('with %j untouched, a link moves modifiedTime: %s', async (untouchedItemFields, moves) => {
    const { post, get, clock, a, cold, clover } = await linked();
    clover.switches.untouchedItemFields = untouchedItemFields;
    const before = (await get(`/items/${a}`)).body['modifiedTime'];
    await clock.advance(1_000);
    await post('/category_items', pair('category', cold, a));
    expect((await get(`/items/${a}`)).body['modifiedTime'] !== before).toBe(moves);
  });

  test('deleted categories are listed on demand only, several go at once', async () => {
    const { call, get, hot, cold } = await linked();
    const gone = await call('DELETE', `/categories?categoryIds=${hot},${cold}`);
    expect(gone.status).toBe(200);
    expect((await get('/categories')).elements).toEqual([]);
    expect((await get(`/categories?${filter('deleted=true')}`)).elements).toHaveLength(2);
  });
});

describeWithClover('clover sandbox: tax rates and modifiers', (specs) => {
  test('an item follows default rates or its own', async () => {
    const harness = await createHarness(specs);
    const { clover, post } = harness;
    await post('/tax_rates', { name: 'Sales', rate: 1_000_000, isDefault: true });
    const food = idOf(await post('/tax_rates', { name: 'Food', rate: 200_000 }));
    const { id } = clover.addItem(MERCHANT_ID, { name: 'Tea', price: 1_000, quantity: 9 });
    await post('/tax_rate_items', pair('taxRate', food, id));
    const total = () => clover.ringUp(MERCHANT_ID, { lines: [{ itemId: id, quantity: 1 }] }).total;
    expect(total()).toBe(1_100);
    await post(`/items/${id}`, { defaultTaxRates: false });
    expect(total()).toBe(1_020);
    await post(`/tax_rates/${food}`, { rate: 300_000 });
    expect(total()).toBe(1_030);
    const listed = await harness.get(`/tax_rates/${food}/items`);
    expect(listed.elements).toHaveLength(1);
    await harness.call('DELETE', `/tax_rates/${food}`);
    const shown = await harness.get(`/items/${id}?expand=taxRates`);
    expect(shown.body).not.toHaveProperty('taxRates');
    expect(total()).toBe(1_000);
  });

  test('a rate needs a percentage or an amount; NO_TAX_APPLIED stays', async () => {
    const { call, get } = await createHarness(specs);
    expect((await call('POST', '/tax_rates', { body: { name: 'Empty' } })).status).toBe(400);
    const flat = await call('POST', '/tax_rates', { body: { name: 'Bottle', taxAmount: 5 } });
    expect(flat.body).toMatchObject({ taxAmount: 5, rate: 0 });
    const [none] = (await get(`/tax_rates?${filter('name=NO_TAX_APPLIED')}`)).elements;
    expect((await call('DELETE', `/tax_rates/${String(none?.['id'])}`)).status).toBe(400);
  });

  test('modifier groups and modifiers announce themselves; modifiers go with their group', async () => {
    const { post, call, get, updates } = await createHarness(specs);
    const groupId = idOf(await post('/modifier_groups', { name: 'Extras' }));
    const path = `/modifier_groups/${groupId}`;
    const milkId = idOf(await post(`${path}/modifiers`, { name: 'Milk', price: 50 }));
    expect(await updates()).toEqual([`CREATE IG:${groupId}`, `CREATE IM:${milkId}`]);
    expect((await get(`${path}/modifiers/${milkId}`)).body).toMatchObject({
      name: 'Milk',
      modifierGroup: { id: groupId },
    });
    expect((await call('DELETE', `/modifier_groups?modifierGroupIds=${groupId}`)).status).toBe(200);
    expect(await updates()).toEqual([`DELETE IM:${milkId}`, `DELETE IG:${groupId}`]);
    expect((await get('/modifiers')).elements).toEqual([]);
  });

  test.each([
    ['/item_groups', { name: 'A' }],
    ['/attributes', { name: 'A', itemGroup: { id: '0000000000000' } }],
    ['/categories', { name: 'A' }],
    ['/category_items', { elements: [] }],
    ['/tax_rates', { name: 'A', rate: 1 }],
    ['/modifier_groups', { name: 'A' }],
    ['/bulk_items', { items: [] }],
  ])('POST %s needs INVENTORY_W', async (path, body) => {
    const { call, clover } = await createHarness(specs);
    const merchant = clover.state.merchants[MERCHANT_ID];
    if (merchant === undefined) throw new Error('no merchant');
    merchant.permissions = ['INVENTORY_R'];
    expect((await call('POST', path, { body })).status).toBe(401);
  });

  test.each([
    ['/item_groups', { name: '' }],
    ['/item_groups', { name: 'x'.repeat(256) }],
    ['/attributes', { name: 'A', itemGroup: { id: '0000000000000' } }],
    ['/categories', { name: 'x'.repeat(128) }],
    ['/modifier_groups', { name: 'A', maxAllowed: 65_536 }],
  ])('POST %s %j is refused', async (path, body) => {
    const { call } = await createHarness(specs);
    expect((await call('POST', path, { body })).status).toBe(400);
  });
});

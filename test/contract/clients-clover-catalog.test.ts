/** The catalog through the clients: items, variants and what hangs on them; see `clients-clover.test.ts`. */
import { expect, it } from 'vitest';
import {
  createItem,
  createItems,
  deleteItem,
  findItemsBySku,
  getCatalogItem,
  getCatalogPage,
  updateItem,
  updateItems,
  type NewItem,
} from '../../src/platforms/clover/catalog.ts';
import {
  createCategory,
  createTaxRate,
  deleteCategory,
  getCategories,
  getTaxRates,
  updateCategory,
} from '../../src/platforms/clover/categories.ts';
import { linkItems, unlinkItems } from '../../src/platforms/clover/item-links.ts';
import {
  createModifier,
  createModifierGroup,
  deleteModifier,
  deleteModifierGroup,
  getModifierGroupPage,
  updateModifier,
  updateModifierGroup,
} from '../../src/platforms/clover/modifiers.ts';
import { getPricedLines } from '../../src/platforms/clover/order-money.ts';
import { addLines, addModification, createOrder } from '../../src/platforms/clover/order-writes.ts';
import {
  createAttribute,
  createItemGroup,
  createOption,
  deleteItemGroup,
  findItemGroups,
  getAttributePage,
  getAttributesOf,
  getItemGroupPage,
  renameItemGroup,
  renameOption,
} from '../../src/platforms/clover/variants.ts';
import { failOnProblems, openClients } from '../support/clover-clients.ts';
import { MERCHANT_ID } from '../support/clover-harness.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';
import { describeWithClover } from '../support/specs-clover.ts';

failOnProblems();

const tea: NewItem = { name: 'Tea', sku: 'TEA', barcode: '0123', price: 450, isRevenue: true };

describeWithClover('Clover clients: items', (specs) => {
  it('[C5] an item is created, found by its SKU behind a lagging replica, and changed sparsely', async () => {
    const { session, clock } = await openClients(specs, { replicaLagMs: 60_000 });
    const created = valueOf(await createItem(session, { ...tea, cost: 100, isHidden: true }));
    expect(created).toMatchObject({
      name: 'Tea',
      sku: 'TEA',
      barcode: '0123',
      price: 450,
      cost: 100,
      isHidden: true,
      isAvailable: true,
      isRevenue: true,
      categoryIds: null,
    });
    expect(valueOf(await findItemsBySku(session, 'TEA'))).toEqual([created]);
    await clock.advance(1_000);
    const changed = valueOf(await updateItem(session, created.itemId, { price: 500 }));
    expect(changed).toEqual({ ...created, price: 500, modifiedMs: clock.now() });
    valueOf(await deleteItem(session, created.itemId));
    expect(valueOf(await findItemsBySku(session, 'TEA'))).toEqual([]);
    expect(failureOf(await deleteItem(session, created.itemId)).code).toBe('not_found');
  });

  it.each(['array', 'elements', 'items'] as const)(
    'items in bulk, answered in %s',
    async (bulkItemsAnswer) => {
      const { session, calls } = await openClients(specs, { bulkItemsAnswer });
      const items = Array.from({ length: 1_100 }, (_, index) => ({ ...tea, sku: `S-${index}` }));
      const created = valueOf(await createItems(session, items));
      expect(new Set(created.map(({ sku }) => sku)).size).toBe(1_100);
      const changes = created.map(({ itemId }) => ({ itemId, price: 1, isAvailable: false }));
      const changed = valueOf(await updateItems(session, changes));
      expect(changed.every((item) => item.price === 1 && !item.isAvailable)).toBe(true);
      expect(calls).toHaveLength(2);
      for (const count of [0, 2_501]) {
        const many = Array.from({ length: count }, () => tea);
        expect(failureOf(await createItems(session, many)).code).toBe('invalid_input');
      }
      expect(calls).toHaveLength(2);
      const first = valueOf(await getCatalogPage(session, { offset: 0, relations: [] }));
      const offset = first.nextOffset ?? 0;
      const rest = valueOf(await getCatalogPage(session, { offset, relations: [] }));
      expect([first.rows.length, rest.rows.length, rest.nextOffset]).toEqual([1_000, 100, null]);
    },
  );

  it.each(['absent', 'elements'] as const)(
    '[C8] pages of changes, with relations that are %s when empty',
    async (emptyNested) => {
      const { session, clover, clock } = await openClients(specs, { emptyNested });
      const old = clover.addItem(MERCHANT_ID, { name: 'Old', price: 1, quantity: null });
      await clock.advance(10);
      const sinceMs = clock.now();
      const gone = clover.addItem(MERCHANT_ID, { name: 'Gone', price: 1, quantity: null });
      clover.editItem(MERCHANT_ID, old.id, { price: 2 });
      const query = { offset: 0, relations: ['categories', 'options'], sinceMs } as const;
      const { rows } = valueOf(await getCatalogPage(session, query));
      expect(rows.map(({ name }) => name).toSorted()).toEqual(['Gone', 'Old']);
      expect(rows[0]).toMatchObject({ categoryIds: [], optionIds: [], taxRateIds: null });
      expect(
        valueOf(await getCatalogPage(session, { ...query, sinceMs: clock.now() + 1 })).rows,
      ).toEqual([]);
      clover.deleteItem(MERCHANT_ID, gone.id);
      const deleted = valueOf(await getCatalogPage(session, { ...query, deleted: true })).rows;
      expect(deleted).toMatchObject([{ itemId: gone.id, isDeleted: true }]);
    },
  );
});

describeWithClover('Clover clients: variants', (specs) => {
  it('[C9] a group is built in order; the server names its items and renames them', async () => {
    const { session, calls, clock } = await openClients(specs);
    const { itemGroupId } = valueOf(await createItemGroup(session, 'Shirt'));
    const size = valueOf(await createAttribute(session, itemGroupId, 'Size'));
    const colour = valueOf(await createAttribute(session, itemGroupId, 'Colour'));
    const large = valueOf(await createOption(session, size.attributeId, 'Large'));
    const small = valueOf(await createOption(session, size.attributeId, 'Small'));
    const red = valueOf(await createOption(session, colour.attributeId, 'Red'));
    const variants = valueOf(
      await createItems(session, [
        { ...tea, sku: 'L', itemGroupId },
        { ...tea, sku: 'S', itemGroupId },
      ]),
    );
    const [one, other] = variants.map(({ itemId }) => itemId);
    const links = [
      { itemId: one ?? '', thingId: red.optionId },
      { itemId: one ?? '', thingId: large.optionId },
      { itemId: other ?? '', thingId: small.optionId },
      { itemId: other ?? '', thingId: red.optionId },
    ];
    const before = calls.length;
    valueOf(await linkItems(session, 'option', []));
    valueOf(await linkItems(session, 'option', links));
    valueOf(await linkItems(session, 'option', links));
    expect(calls).toHaveLength(before + 2);
    const names = async () => {
      const page = valueOf(await getCatalogPage(session, { offset: 0, relations: ['options'] }));
      return Object.fromEntries(
        page.rows.map((item) => [item.sku, [item.name, item.optionIds?.length]]),
      );
    };
    expect(await names()).toEqual({ L: ['Shirt Large Red', 2], S: ['Shirt Small Red', 2] });
    await clock.advance(1_000);
    valueOf(await renameItemGroup(session, itemGroupId, 'Tee'));
    valueOf(await renameOption(session, size.attributeId, large.optionId, 'XL'));
    valueOf(await updateItem(session, one ?? '', { name: 'Mine' }));
    expect(await names()).toEqual({ L: ['Tee XL Red', 2], S: ['Tee Small Red', 2] });
    expect(valueOf(await findItemGroups(session, 'Tee'))).toEqual([{ itemGroupId, name: 'Tee' }]);
    expect(valueOf(await getItemGroupPage(session, 0)).rows).toHaveLength(1);
    const attributes = valueOf(await getAttributesOf(session, itemGroupId));
    const sizes = Object.fromEntries(attributes.map(({ name, options }) => [name, options.length]));
    expect(sizes).toEqual({ Colour: 1, Size: 2 });
    expect(valueOf(await getAttributePage(session, 0)).rows).toEqual(attributes);
  });

  it('a group with items is refused its deletion, an empty one goes', async () => {
    const { session } = await openClients(specs);
    const { itemGroupId } = valueOf(await createItemGroup(session, 'Shirt'));
    const { itemId } = valueOf(await createItem(session, { ...tea, itemGroupId }));
    expect(failureOf(await deleteItemGroup(session, itemGroupId)).status).toBe(400);
    valueOf(await deleteItem(session, itemId));
    valueOf(await deleteItemGroup(session, itemGroupId));
    expect(failureOf(await deleteItemGroup(session, itemGroupId)).code).toBe('not_found');
  });
});

describeWithClover('Clover clients: what hangs on items', (specs) => {
  it('categories and tax rates are made, linked, unlinked and deleted', async () => {
    const { session, updates } = await openClients(specs);
    const { itemId } = valueOf(await createItem(session, { ...tea, defaultTaxRates: false }));
    const { categoryId } = valueOf(await createCategory(session, { name: 'Drinks' }));
    const renamed = valueOf(
      await updateCategory(session, categoryId, { name: 'Hot', sortOrder: 2 }),
    );
    expect(valueOf(await getCategories(session))).toEqual([renamed]);
    const rate = { name: 'Sales', rate: 825_000, isDefault: false };
    const { taxRateId } = valueOf(await createTaxRate(session, rate));
    expect(
      valueOf(await getTaxRates(session))
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['NO_TAX_APPLIED', 'Sales']);
    valueOf(await linkItems(session, 'category', [{ itemId, thingId: categoryId }]));
    valueOf(await linkItems(session, 'taxRate', [{ itemId, thingId: taxRateId }]));
    const read = async () =>
      valueOf(await getCatalogItem(session, itemId, ['categories', 'taxRates', 'modifierGroups']));
    expect(await read()).toMatchObject({
      defaultTaxRates: false,
      categoryIds: [categoryId],
      taxRateIds: [taxRateId],
      modifierGroupIds: [],
    });
    await updates();
    valueOf(await unlinkItems(session, 'taxRate', [{ itemId, thingId: taxRateId }]));
    expect(await updates()).toEqual([`UPDATE I:${itemId}`]);
    valueOf(await unlinkItems(session, 'taxRate', []));
    valueOf(await deleteCategory(session, categoryId));
    expect(await updates()).toEqual([`DELETE IC:${categoryId}`]);
    expect(await read()).toMatchObject({ categoryIds: [], taxRateIds: [] });
    expect(failureOf(await deleteCategory(session, categoryId)).code).toBe('not_found');
  });

  it('modifiers are made, offered by items, put on lines and deleted', async () => {
    const { session, clover, clock } = await openClients(specs);
    const { itemId } = valueOf(await createItem(session, tea));
    const fields = { name: 'Extras', minRequired: 0, maxAllowed: 2 };
    const { modifierGroupId } = valueOf(await createModifierGroup(session, fields));
    const milk = { name: 'Milk', price: 50 };
    const { modifierId } = valueOf(await createModifier(session, modifierGroupId, milk));
    valueOf(await updateModifierGroup(session, modifierGroupId, { maxAllowed: 1 }));
    valueOf(await updateModifier(session, modifierGroupId, modifierId, { isAvailable: false }));
    expect(valueOf(await getModifierGroupPage(session, 0)).rows).toEqual([
      {
        modifierGroupId,
        ...fields,
        maxAllowed: 1,
        modifiers: [{ modifierId, ...milk, isAvailable: false }],
      },
    ]);
    valueOf(await linkItems(session, 'modifierGroup', [{ itemId, thingId: modifierGroupId }]));
    const item = valueOf(await getCatalogItem(session, itemId, ['modifierGroups']));
    expect(item.modifierGroupIds).toEqual([modifierGroupId]);

    await clock.advance(1_000);
    const { orderId } = valueOf(await createOrder(session, { state: 'open' }));
    const line = { itemId, name: 'Tea', price: 450, isRevenue: true };
    const [lineId = ''] = valueOf(await addLines(session, orderId, [line]));
    const modification = { modifierId, name: 'Oat milk', amount: 70 };
    valueOf(await addModification(session, orderId, lineId, modification));
    const [priced] = valueOf(await getPricedLines(session, orderId));
    expect(priced?.modifications).toEqual([{ name: 'Oat milk', amount: 70 }]);
    expect(clover.orderTotals(MERCHANT_ID, orderId).total).toBe(520);

    valueOf(await deleteModifier(session, modifierGroupId, modifierId));
    expect(failureOf(await addModification(session, orderId, lineId, modification)).status).toBe(
      400,
    );
    valueOf(await deleteModifierGroup(session, modifierGroupId));
    expect(valueOf(await getModifierGroupPage(session, 0)).rows).toEqual([]);
    expect(failureOf(await deleteModifierGroup(session, modifierGroupId)).code).toBe('not_found');
  });
});

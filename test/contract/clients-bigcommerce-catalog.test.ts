/** Goal: every field of a catalog is written and read back as the documents say, and refusals leave things as they were. */
import { describe, expect, it } from 'vitest';
import { findProductOfSku, getProductPage } from '../../src/platforms/bigcommerce/catalog.ts';
import {
  getCatalogPage,
  getCatalogPartsPage,
  getCatalogProduct,
  getCategories,
  getCategoryTrees,
  getChangedProducts,
  getModifiers,
} from '../../src/platforms/bigcommerce/catalog-full.ts';
import {
  createCategories,
  createModifier,
  createModifierValue,
  createOption,
  createOptionValue,
  deleteModifier,
} from '../../src/platforms/bigcommerce/catalog-parts.ts';
import {
  assignToChannel,
  createProduct,
  createVariant,
  deleteProduct,
  updateProduct,
  updateProducts,
  updateVariant,
  updateVariants,
  type NewProduct,
} from '../../src/platforms/bigcommerce/catalog-writes.ts';
import { HASH, specs } from '../support/bigcommerce.ts';
import { heard, openClients } from '../support/bigcommerce-clients.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';

const mug = (more: Partial<NewProduct> = {}): NewProduct => ({
  name: 'Mug',
  type: 'physical',
  weight: 1,
  price: 9.99,
  sku: 'MUG',
  ...more,
});
const shirt: NewProduct = {
  name: 'Shirt',
  type: 'physical',
  weight: 1,
  price: 20,
  tracking: 'variant',
  variants: [
    { sku: 'SH-S', options: [{ name: 'Size', label: 'S' }] },
    { sku: 'SH-L', price: 22, upc: '123', options: [{ name: 'Size', label: 'L' }] },
  ],
};

describe.skipIf(specs === undefined)('BigCommerce catalog: looked up by SKU', () => {
  it('products by their own SKUs, and the product of a variant', async () => {
    const { session } = await openClients();
    const made = valueOf(await createProduct(session, mug()));
    const other = valueOf(await createProduct(session, shirt));
    const { products } = valueOf(await getProductPage(session, 0, { skus: ['MUG', 'SH-S', 'X'] }));
    expect(products.map(({ productId }) => productId)).toEqual([made.productId]);
    expect(valueOf(await findProductOfSku(session, 'SH-L'))).toBe(other.productId);
    expect(valueOf(await findProductOfSku(session, 'sh-l'))).toBeNull();
  });
});

describe.skipIf(specs === undefined)('BigCommerce catalog writes: products', () => {
  it('a simple product with every field, then only what is named', async () => {
    const { session, bench } = await openClients();
    const [tree] = valueOf(await getCategoryTrees(session));
    const [category] = valueOf(
      await createCategories(session, tree?.treeId ?? 0, [{ name: 'Cups', parentId: 0 }]),
    );
    await bench.hook('store/product/*');
    const fields = {
      description: '<b>Big</b>',
      salePrice: 8.5,
      costPrice: 3.1234,
      upc: '012345678905',
      gtin: '00012345',
      taxClassId: 1,
      categoryIds: [category?.categoryId ?? 0],
      isVisible: false,
      availability: 'disabled' as const,
      tracking: 'product' as const,
    };
    const made = valueOf(await createProduct(session, mug({ ...fields, sortOrder: 3 })));
    expect(made).toMatchObject({ name: 'Mug', sku: 'MUG', price: 9.99, ...fields });
    expect(made.variants).toMatchObject([{ isBase: true, sku: 'MUG', price: null }]);
    const { productId } = made;
    valueOf(await updateProduct(session, productId, { sku: 'MUG-1', salePrice: 0 }));
    const after = valueOf(await getCatalogProduct(session, productId));
    expect(after).toMatchObject({ ...fields, sku: 'MUG-1', salePrice: 0, name: 'Mug' });
    expect(after.variants).toMatchObject([{ sku: 'MUG-1', upc: '012345678905' }]);
    valueOf(await deleteProduct(session, productId));
    expect(failureOf(await getCatalogProduct(session, productId)).code).toBe('not_found');
    expect(await heard({ bench }, 3)).toEqual([
      'store/product/created',
      'store/product/updated',
      'store/product/deleted',
    ]);
  });

  it('a product with variants, in no channel until it is assigned', async () => {
    const { session, bench } = await openClients();
    const made = valueOf(await createProduct(session, shirt));
    expect(made.baseVariantId).toBeNull();
    expect(made.variants).toMatchObject([
      { sku: 'SH-S', price: null, isBase: false, options: [{ name: 'Size', label: 'S' }] },
      { sku: 'SH-L', price: 22, upc: '123' },
    ]);
    const channels = () => bench.sandbox.state.stores[HASH]?.products[made.productId]?.channelIds;
    expect(channels()).toEqual([]);
    valueOf(await assignToChannel(session, 1, [made.productId]));
    valueOf(await assignToChannel(session, 1, [made.productId]));
    expect(channels()).toEqual([1]);
    expect(failureOf(await assignToChannel(session, 77, [made.productId])).code).toBe('rejected');
    const unknown = { ...mug(), name: 'Other', sku: 'OTHER', categoryIds: [999] };
    expect(failureOf(await createProduct(session, unknown)).code).toBe('rejected');
  });

  it.each([
    ['a name', { name: 'mug', sku: 'OTHER' }],
    ['the SKU of a product', { name: 'Other', sku: 'mug' }],
    ['the SKU of a variant', { name: 'Other', sku: 'sh-s' }],
  ])('%s that is taken is a conflict', async (_what, more) => {
    const { session } = await openClients();
    valueOf(await createProduct(session, mug()));
    valueOf(await createProduct(session, shirt));
    const made = await createProduct(session, mug(more));
    expect(failureOf(made)).toMatchObject({ code: 'conflict', status: 409 });
    const own = valueOf(await createProduct(session, mug({ name: 'Own', sku: 'OWN' })));
    const renamed = await updateProduct(session, own.productId, more);
    expect(failureOf(renamed).code).toBe('conflict');
    const kept = { name: 'OWN', sku: 'own' };
    valueOf(await updateProduct(session, own.productId, kept));
  });

  it.each([
    ['a name too long', { name: 'x'.repeat(251) }],
    ['a barcode too long', { upc: '1'.repeat(15) }],
    ['a price below nothing', { price: -1 }],
    ['no weight', { weight: undefined }],
    ['an unknown category', { categories: [999] }],
    ['601 variants', { variants: Array.from({ length: 601 }, () => ({})) }],
  ])('%s is refused', async (_what, more) => {
    const { session, bench } = await openClients();
    // Past the client: the documents would not let such a request out.
    const body = { name: 'Mug', type: 'physical', weight: 1, price: 1, ...more };
    expect((await bench.call('POST', '/v3/catalog/products', body)).status).toBe(422);
    expect(valueOf(await getCatalogPage(session, 0))).toEqual([]);
  });
});

describe.skipIf(specs === undefined)('BigCommerce catalog writes: batches', () => {
  it.each([true, false])('of products with one bad item, all or nothing: %s', async (whole) => {
    const { session, bench } = await openClients({ switches: { catalogBatchAllOrNothing: whole } });
    const first = valueOf(await createProduct(session, mug()));
    const second = valueOf(await createProduct(session, mug({ name: 'Cup', sku: 'CUP' })));
    const good = [
      { productId: first.productId, price: 5 },
      { productId: second.productId, name: 'Big cup' },
    ];
    expect(valueOf(await updateProducts(session, good))).toMatchObject([
      { price: 5, name: 'Mug' },
      { name: 'Big cup', price: 9.99 },
    ]);
    const bad = [
      { productId: first.productId, price: 6 },
      { productId: second.productId, sku: 'MUG' },
    ];
    expect(failureOf(await updateProducts(session, bad)).code).toBe('conflict');
    const [now] = valueOf(await getCatalogPage(session, 0));
    expect(now?.price).toBe(whole ? 5 : 6);
    const eleven = Array.from({ length: 11 }, () => ({ productId: first.productId }));
    expect(failureOf(await updateProducts(session, eleven)).code).toBe('invalid_input');
    const body = eleven.map(({ productId }) => ({ id: productId }));
    expect((await bench.call('PUT', '/v3/catalog/products', body)).status).toBe(413);
  });

  it.each([true, false])('of variants with one bad item, all or nothing: %s', async (whole) => {
    const { session, bench } = await openClients({ switches: { catalogBatchAllOrNothing: whole } });
    const { variants } = valueOf(await createProduct(session, shirt));
    const [small, large] = variants.map(({ variantId }) => variantId);
    const ids = { small: small ?? 0, large: large ?? 0 };
    await bench.hook('store/sku/*');
    const changes = [
      { variantId: ids.small, price: 18.5, upc: '99' },
      { variantId: ids.large, salePrice: 15, isPurchasingDisabled: true },
    ];
    expect(valueOf(await updateVariants(session, changes))).toMatchObject([
      { price: 18.5, upc: '99' },
      { price: 22, salePrice: 15, isPurchasingDisabled: true },
    ]);
    expect(await heard({ bench }, 2)).toEqual(['store/sku/updated', 'store/sku/updated']);
    const bad = [
      { variantId: ids.small, price: 1 },
      { variantId: 999, price: 1 },
    ];
    const failure = failureOf(await updateVariants(session, bad));
    expect(failure).toMatchObject({ code: 'rejected', status: 422 });
    expect(failure.message).toContain('Unknown variant: 999');
    const [now] = valueOf(await getCatalogPage(session, 0));
    expect(now?.variants[0]?.price).toBe(whole ? 18.5 : 1);
    const many = Array.from({ length: 51 }, () => ({ id: ids.small, price: 2 }));
    expect((await bench.call('PUT', '/v3/catalog/variants', many)).status).toBe(413);
    const none = { sku: 'SH-XS', price: null };
    const at = { productId: now?.productId ?? 0, variantId: ids.small };
    expect(valueOf(await updateVariant(session, at, none))).toMatchObject(none);
    expect(failureOf(await updateVariant(session, at, { sku: 'sh-l' })).code).toBe('conflict');
  });
});

describe.skipIf(specs === undefined)('BigCommerce catalog writes: options and modifiers', () => {
  it('a simple product gains variants, and its base variant is gone', async () => {
    const { session } = await openClients();
    const { productId } = valueOf(await createProduct(session, mug()));
    const option = { name: 'Colour', labels: ['Red'] };
    const { optionId, values } = valueOf(await createOption(session, productId, option));
    expect(failureOf(await createOption(session, productId, option)).code).toBe('conflict');
    const at = { productId, optionId };
    const blue = valueOf(await createOptionValue(session, at, { label: 'Blue', sortOrder: 1 }));
    const red = values[0]?.valueId ?? 0;
    const variant = (sku: string, valueId: number) => ({ sku, values: [{ optionId, valueId }] });
    valueOf(await createVariant(session, productId, variant('MUG-R', red)));
    valueOf(await createVariant(session, productId, variant('MUG-B', blue)));
    const twin = await createVariant(session, productId, variant('MUG-X', blue));
    expect(failureOf(twin).code).toBe('rejected');
    const product = valueOf(await getCatalogProduct(session, productId));
    expect(product.baseVariantId).toBeNull();
    expect(product.options[0]?.values.map(({ label }) => label)).toEqual(['Red', 'Blue']);
    expect(product.variants.map(({ sku }) => sku)).toEqual(['MUG-R', 'MUG-B']);
  });

  it('a modifier adds to the price by its values', async () => {
    const { session } = await openClients();
    const { productId } = valueOf(await createProduct(session, mug()));
    const wanted = { name: 'Lid', type: 'dropdown' as const, isRequired: false };
    const { modifierId } = valueOf(await createModifier(session, productId, wanted));
    expect(failureOf(await createModifier(session, productId, wanted)).code).toBe('conflict');
    const at = { productId, modifierId };
    const steel = { label: 'Steel', sortOrder: 0, priceChange: 2.5 };
    valueOf(await createModifierValue(session, at, steel));
    const [modifier] = valueOf(await getModifiers(session, productId));
    expect(modifier).toMatchObject({
      name: 'Lid',
      isRequired: false,
      values: [{ label: 'Steel', priceChange: { kind: 'relative', value: 2.5 } }],
    });
    const [product] = valueOf(await getCatalogPartsPage(session, 0));
    expect(product?.modifiers).toHaveLength(1);
    valueOf(await deleteModifier(session, productId, modifierId));
    expect(valueOf(await getModifiers(session, productId))).toEqual([]);
  });
});

describe.skipIf(specs === undefined)('BigCommerce catalog reads', () => {
  it('pages with parts are of 10, pages without of 250, changed ones by their time', async () => {
    const { session, bench } = await openClients();
    for (let index = 0; index < 12; index += 1) {
      bench.sandbox.addProduct(HASH, { name: `P${index}`, sku: `S${index}` });
    }
    const parts = valueOf(await getCatalogPartsPage(session, 0));
    expect(parts).toHaveLength(10);
    const last = parts.at(-1)?.productId ?? 0;
    expect(valueOf(await getCatalogPartsPage(session, last))).toHaveLength(2);
    expect(valueOf(await getCatalogPage(session, 0))).toHaveLength(12);
    await bench.clock.advance(60_000);
    const sinceMs = bench.clock.now();
    valueOf(await updateProduct(session, last, { name: 'Changed' }));
    expect(valueOf(await getChangedProducts(session, sinceMs, 1))).toMatchObject([
      { productId: last, name: 'Changed', modifiedAtMs: expect.any(Number) },
    ]);
  });

  it('categories below their parents, one name once', async () => {
    const { session } = await openClients();
    const [cups] = valueOf(await createCategories(session, 1, [{ name: 'Cups', parentId: 0 }]));
    const parentId = cups?.categoryId ?? 0;
    valueOf(await createCategories(session, 1, [{ name: 'Mugs', parentId }]));
    const twin = await createCategories(session, 1, [{ name: 'Mugs', parentId }]);
    expect(failureOf(twin).code).toBe('rejected');
    expect(valueOf(await getCategories(session, 1))).toMatchObject([
      { name: 'Cups', parentId: 0 },
      { name: 'Mugs', parentId },
    ]);
  });
});

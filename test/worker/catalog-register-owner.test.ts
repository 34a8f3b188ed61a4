/**
 * Goal: fields that the register owns, or the side that changed last, reach the web through its batch writes, for simple
 * products and for variants. Method: both sandbox platforms in process; edits at the register.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { addItem, addWeb, apply, newShop, plan, type Shop } from '../support/link-shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;
const items = new Map<string, string>();
const variants = new Map<string, number>();

function web(sku: string) {
  const store = stage.bigcommerce.state.stores[shop.hash];
  const variant = store?.variants[variants.get(sku) ?? 0];
  const product = store?.products[variant?.productId ?? 0];
  if (variant === undefined || product === undefined) throw new Error(`no variant ${sku}`);
  return { variant, product };
}

const webWrites = (mark: number): string[] =>
  stage.runtime.journal.calls
    .slice(mark)
    .filter(({ method, path }) => method === 'PUT' && path.includes('/catalog/'))
    .map(({ path }) => path);

beforeAll(async () => {
  stage = openStage();
  shop = await newShop(stage);
  variants.set('MUG', addWeb(shop, 'MUG', 5, { name: 'Mug', price: 10 }));
  const { variantIds } = stage.bigcommerce.addProduct(shop.hash, {
    name: 'Shirt',
    price: 20,
    tracking: 'variant',
    variants: ['S', 'M'].map((size) => ({
      sku: `SHIRT-${size}`,
      options: { Size: size },
      levels: { 1: 3 },
    })),
  });
  variantIds.forEach((id, index) => variants.set(`SHIRT-${index === 0 ? 'S' : 'M'}`, id));
  for (const [sku, price] of [
    ['MUG', 1_100],
    ['SHIRT-S', 2_000],
    ['SHIRT-M', 2_000],
  ] as const) {
    items.set(sku, addItem(shop, sku, sku === 'MUG' ? 5 : 3));
    stage.clover.editItem(shop.merchantId, items.get(sku) ?? '', { price });
  }
  const owners = { name: 'clover', price: 'clover', cost: 'newest', barcode: 'clover' };
  const guards = { catalogShare: 1 };
  const answer = await stage.api('PATCH', `/connections/${shop.hash}/settings`, {
    catalog: { enabled: true, owners, guards },
  });
  if (answer.status !== 200) throw new Error(await answer.text());
});

describe('the register owns', () => {
  it('[C1] a plan writes name and price of a simple product, and leaves names of variants alone', async () => {
    const mark = stage.runtime.journal.calls.length;
    await apply(shop, await plan(shop));
    expect(web('MUG').product).toMatchObject({ name: 'Item MUG', price: 110_000 });
    expect(web('SHIRT-S').product.name).toBe('Shirt');
    expect(webWrites(mark)).toHaveLength(1);
  });

  it('[C1] a price at the register becomes the variant’s own on the web, its sister keeps the product’s', async () => {
    stage.clover.editItem(shop.merchantId, items.get('SHIRT-M') ?? '', { price: 2_250, cost: 700 });
    await until('the variant', () => (web('SHIRT-M').variant.price === 225_000 ? true : undefined));
    await atRest(stage, shop.hash);
    expect(web('SHIRT-M').variant.costPrice).toBe(70_000);
    expect(web('SHIRT-S').variant.price).toBeNull();
    expect(web('SHIRT-S').product.price).toBe(200_000);
  });

  it('[R3] one that BigCommerce refuses fails alone', async () => {
    stage.bigcommerce.addProduct(shop.hash, { name: 'Taken', sku: 'TAKEN', price: 1 });
    stage.clover.editItem(shop.merchantId, items.get('MUG') ?? '', { name: 'Taken' });
    stage.clover.editItem(shop.merchantId, items.get('SHIRT-S') ?? '', { price: 1_900 });
    await until('the other one', () =>
      web('SHIRT-S').variant.price === 190_000 ? true : undefined,
    );
    await atRest(stage, shop.hash);
    expect(web('MUG').product.name).toBe('Item MUG');
    const plans = await stage.api('GET', `/connections/${shop.hash}/logs?limit=100`);
    expect(await plans.text()).toContain('failed');
  });
});

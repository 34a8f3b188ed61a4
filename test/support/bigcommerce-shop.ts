/** Benches with something on the shelves, or with a hook that listens. */
import { HASH, openBench, type Bench, type BenchOptions } from './bigcommerce.ts';

export interface Shop extends Bench {
  /** Simple, 12.50, tracked by product, 10 at location 1. */
  mug: { id: number; variantId: number };
  /** Two variants at 20, tracked by variant, the small one 5 at location 1. */
  shirt: { id: number; small: number; medium: number };
  /** On hand of the mug at location 1. */
  level(): number | null;
  absolute(...items: object[]): ReturnType<Bench['call']>;
  relative(...items: object[]): ReturnType<Bench['call']>;
}

/** `mediumLevel` null: the medium shirt never had an absolute adjustment. */
export async function openShop(
  options: BenchOptions = {},
  mediumLevel: number | null = 5,
): Promise<Shop> {
  const bench = await openBench(options);
  const { sandbox, call } = bench;
  const mug = sandbox.addProduct(HASH, { name: 'Mug', sku: 'MUG', price: 12.5, levels: { 1: 10 } });
  const shirt = sandbox.addProduct(HASH, {
    name: 'Shirt',
    price: 20,
    variants: [
      { sku: 'SHIRT-S', options: { Size: 'S' }, levels: { 1: 5 } },
      { sku: 'SHIRT-M', options: { Size: 'M' }, levels: { 1: mediumLevel } },
    ],
  });
  const [variantId = 0] = mug.variantIds;
  const [small = 0, medium = 0] = shirt.variantIds;
  return {
    ...bench,
    mug: { id: mug.id, variantId },
    shirt: { id: shirt.id, small, medium },
    level: () => sandbox.level(HASH, variantId),
    absolute: (...items) => call('PUT', '/v3/inventory/adjustments/absolute', { items }),
    relative: (...items) => call('POST', '/v3/inventory/adjustments/relative', { items }),
  };
}

/** One item of an adjustment at the default location. */
export const at1 = (identity: object, quantity: number) => ({
  location_id: 1,
  ...identity,
  quantity,
});

export const BILLING = {
  first_name: 'In-store',
  last_name: 'Sale',
  street_1: '1 Main St',
  city: 'Austin',
  state: 'Texas',
  zip: '78751',
  country_iso2: 'US',
  email: 'Sale@Example.com',
};

/** One catalog line of an order. */
export const line = (productId: number, quantity: number) => ({ product_id: productId, quantity });

/** The body of a sale at the register, completed at once. */
export const posSale = (productId: number, quantity: number, more: object = {}) => ({
  status_id: 10,
  billing_address: BILLING,
  products: [line(productId, quantity)],
  ...more,
});

/** A bench with one hook, whose deliveries are answered as `failing` says. */
export async function listening(scope = 'store/product/*', options: BenchOptions = {}) {
  const bench = await openBench(options);
  const answer = await bench.hook(scope, { 'X-Connector-Secret': 'one per store' });
  let count = 0;
  return {
    ...bench,
    // The reply is looked up on the bench itself, which deliveries go by.
    bench,
    hookId: Number(answer.body['data']?.['id']),
    /** Fires one store/product/created. */
    fire: () => bench.sandbox.addProduct(HASH, { name: `Product ${(count += 1)}` }),
  };
}

/** Answers the next webhooks with this status. */
export function failing(bench: Bench, status = 500): void {
  bench.reply = () => new Response(null, { status });
}

/**
 * GET /v3/catalog/products, /products/{id}, /products/{id}/variants and /v3/catalog/variants
 * (bigcommerce.md 4).
 */
import {
  INCLUDES,
  productLevel,
  productView,
  variantView,
  calculatedPrice,
} from './catalog-view.ts';
import { data, Refusal } from './errors.ts';
import { moneyNumber } from './money.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import {
  badFilter,
  date,
  flag,
  integer,
  integers,
  number,
  oneOf,
  text,
  texts,
  words,
} from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Product, Variant } from './state.ts';

const LIMIT_MAX = 250;
/** With options or modifiers a page has 10 products at most, whatever limit is asked for (4.5). */
const LIMIT_WITH_OPTIONS = 10;

type Row = Record<string, unknown>;
type Test = (product: Product) => boolean;

const FIELD_FILTERS = ['include_fields', 'exclude_fields'];
const RANGE = ['min', 'max', 'greater', 'less'] as const;

const compare = {
  min: (value: number, bound: number) => value >= bound,
  max: (value: number, bound: number) => value <= bound,
  greater: (value: number, bound: number) => value > bound,
  less: (value: number, bound: number) => value < bound,
};

/** `name`, `name:in`, `name:not_in` and the four bounds of a number. */
function numberTests(call: Call, name: string, of: (product: Product) => number): Test[] {
  const tests: Test[] = [];
  const same = number(call, name);
  if (same !== undefined) tests.push((product) => of(product) === same);
  const within = integers(call, `${name}:in`);
  if (within !== undefined) tests.push((product) => within.includes(of(product)));
  const without = integers(call, `${name}:not_in`);
  if (without !== undefined) tests.push((product) => !without.includes(of(product)));
  for (const bound of RANGE) {
    const limit = number(call, `${name}:${bound}`);
    if (limit !== undefined) tests.push((product) => compare[bound](of(product), limit));
  }
  return tests;
}

function textTests(call: Call, name: string, of: (product: Product) => string): Test[] {
  const tests: Test[] = [];
  const same = text(call, name)?.toLowerCase();
  if (same !== undefined) tests.push((product) => of(product).toLowerCase() === same);
  const within = texts(call, `${name}:in`)?.map((one) => one.toLowerCase());
  if (within !== undefined) tests.push((product) => within.includes(of(product).toLowerCase()));
  return tests;
}

/** Both bounds are inclusive; an exact date matches the second. */
function dateTests(call: Call): Test[] {
  const tests: Test[] = [];
  const same = date(call, 'date_modified');
  const minMs = date(call, 'date_modified:min');
  const maxMs = date(call, 'date_modified:max');
  if (same !== undefined) tests.push((product) => product.modifiedAtMs === same);
  if (minMs !== undefined) tests.push((product) => product.modifiedAtMs >= minMs);
  if (maxMs !== undefined) tests.push((product) => product.modifiedAtMs <= maxMs);
  return tests;
}

function otherTests(call: Call): Test[] {
  const tests: Test[] = [];
  const visible = flag(call, 'is_visible');
  if (visible !== undefined) tests.push((product) => product.isVisible === visible);
  const keyword = text(call, 'keyword')?.toLowerCase();
  if (keyword !== undefined) {
    tests.push(({ name, sku }) => `${name} ${sku}`.toLowerCase().includes(keyword));
  }
  const channels = integers(call, 'channel_id:in');
  if (channels !== undefined) {
    tests.push((product) => product.channelIds.some((id) => channels.includes(id)));
  }
  const category = integer(call, 'categories');
  const categories = integers(call, 'categories:in') ?? (category === undefined ? [] : [category]);
  if (categories.length > 0) {
    tests.push((product) => product.categories.some((id) => categories.includes(id)));
  }
  return tests;
}

function testsOf(call: Call): Test[] {
  const { platform, store } = call;
  return [
    ...numberTests(call, 'id', (product) => product.id),
    ...numberTests(call, 'inventory_level', (product) => productLevel(platform, store, product)),
    ...numberTests(call, 'price', (product) => moneyNumber(product.price)),
    ...numberTests(call, 'weight', (product) => product.weight),
    ...numberTests(call, 'total_sold', (product) => product.totalSold),
    ...textTests(call, 'sku', (product) => product.sku),
    ...textTests(call, 'name', (product) => product.name),
    ...textTests(call, 'upc', (product) => product.upc),
    ...textTests(call, 'type', (product) => product.type),
    ...textTests(call, 'availability', (product) => product.availability),
    ...dateTests(call),
    ...otherTests(call),
  ];
}

const SORTS: Record<string, (call: Call, product: Product) => number | string> = {
  id: (_call, product) => product.id,
  name: (_call, product) => product.name.toLowerCase(),
  sku: (_call, product) => product.sku.toLowerCase(),
  price: (_call, product) => product.price,
  date_modified: (_call, product) => product.modifiedAtMs,
  inventory_level: (call, product) => productLevel(call.platform, call.store, product),
  is_visible: (_call, product) => Number(product.isVisible),
  total_sold: (_call, product) => product.totalSold,
  calculated_price: (_call, product) => calculatedPrice(product),
};

/** Sorted as asked, by id when left open; equal keys stay in the order of ids. */
function sorted(call: Call, products: Product[]): Product[] {
  const name = text(call, 'sort') ?? 'id';
  const key = SORTS[name];
  if (key === undefined) throw badFilter(call, 'sort');
  const sign = oneOf(call, 'direction', ['asc', 'desc']) === 'desc' ? -1 : 1;
  const keyed = products.map((product) => ({ product, key: key(call, product) }));
  keyed.sort((a, b) => {
    if (a.key === b.key) return a.product.id - b.product.id;
    return a.key < b.key ? -sign : sign;
  });
  return keyed.map((one) => one.product);
}

function includesOf(call: Call): string[] {
  const names = texts(call, 'include') ?? [];
  const unknown = names.filter((name) => INCLUDES[name] === undefined);
  if (unknown.length > 0) throw badFilter(call, 'include');
  return names;
}

/**
 * `include_fields` leaves the id and what is named, `exclude_fields` takes away; the id always
 * stays.
 */
function chosen(call: Call, row: Row): Row {
  const only = texts(call, 'include_fields');
  const without = texts(call, 'exclude_fields') ?? [];
  return Object.fromEntries(
    Object.entries(row).filter(
      ([name]) => name === 'id' || ((only?.includes(name) ?? true) && !without.includes(name)),
    ),
  );
}

export function viewOf(call: Call): (product: Product) => Row {
  const includes = includesOf(call);
  return (product) => {
    const row = chosen(call, productView(call.platform, call.store, product));
    for (const name of includes) row[name] = INCLUDES[name]?.(call.platform, call.store, product);
    return row;
  };
}

function listProducts(call: Call): Response {
  const tests = testsOf(call);
  const rows = Object.values(call.store.products).filter((one) => tests.every((test) => test(one)));
  const includes = includesOf(call);
  const heavy = includes.includes('options') || includes.includes('modifiers');
  return pageV3(call, sorted(call, rows), viewOf(call), {
    limitMax: LIMIT_MAX,
    ...(heavy ? { shrinkTo: LIMIT_WITH_OPTIONS } : {}),
  });
}

export function productOf(call: Call): Product {
  const product = call.store.products[call.id('product')];
  if (product === undefined) throw new Refusal(404, 'The resource was not found.');
  return product;
}

export const variantRow = (call: Call) => (variant: Variant) =>
  chosen(call, variantView(call.platform, call.store, variant));

function listProductVariants(call: Call): Response {
  const rows = productOf(call).variantIds.flatMap((id) => call.store.variants[id] ?? []);
  return pageV3(call, rows, variantRow(call), { limitMax: LIMIT_MAX });
}

function getVariant(call: Call): Response {
  const product = productOf(call);
  const variant = call.store.variants[call.id('variant')];
  if (variant?.productId !== product.id) throw new Refusal(404, 'The resource was not found.');
  return data(variantRow(call)(variant));
}

/** No `sku:in`, no date, no sort: the digest's list of filters is all there is (4.2). */
function listVariants(call: Call): Response {
  const id = integer(call, 'id');
  const sku = text(call, 'sku')?.toLowerCase();
  const upc = text(call, 'upc');
  const productIds = integers(call, 'product_id:in');
  const rows = Object.values(call.store.variants).filter(
    (variant) =>
      (id === undefined || variant.id === id) &&
      (sku === undefined || variant.sku.toLowerCase() === sku) &&
      (upc === undefined || variant.upc === upc) &&
      (productIds === undefined || productIds.includes(variant.productId)),
  );
  return pageV3(call, rows, listedVariant(call), { limitMax: LIMIT_MAX });
}

/** The list across products documents less of each variant than the list of one product does. */
export const listedVariant = (call: Call) => (variant: Variant) => {
  const row = variantRow(call)(variant);
  for (const name of ['image_url', 'mpn', 'gtin', 'calculated_weight']) delete row[name];
  return row;
};

const ranged = (name: string) => RANGE.map((bound) => `${name}:${bound}`);

/**
 * Documented filters the sandbox serves; the rest of the spec's list is refused rather than
 * ignored.
 */
const PRODUCT_FILTERS = [
  ...PAGING_FILTERS,
  ...FIELD_FILTERS,
  ...words('include sort direction keyword is_visible type availability'),
  ...words('id id:in id:not_in'),
  ...ranged('id'),
  ...words('inventory_level inventory_level:in inventory_level:not_in'),
  ...ranged('inventory_level'),
  ...words('sku sku:in name upc price weight total_sold date_modified date_modified:min'),
  ...words('date_modified:max categories categories:in channel_id:in'),
];

const scopes = reading('store_v2_products');
const get = { method: 'GET', version: 'v3', scopes } as const;
const product = '/catalog/products/:product{[0-9]+}';

export const catalogRoutes: readonly Route[] = [
  { ...get, path: '/catalog/products', query: PRODUCT_FILTERS, handle: listProducts },
  {
    ...get,
    path: product,
    query: [...FIELD_FILTERS, 'include'],
    handle: (call) => data(viewOf(call)(productOf(call))),
  },
  {
    ...get,
    path: `${product}/variants`,
    query: [...PAGING_FILTERS, ...FIELD_FILTERS],
    handle: listProductVariants,
  },
  {
    ...get,
    path: `${product}/variants/:variant{[0-9]+}`,
    query: FIELD_FILTERS,
    handle: getVariant,
  },
  {
    ...get,
    path: '/catalog/variants',
    query: [...PAGING_FILTERS, ...FIELD_FILTERS, 'id', 'sku', 'upc', 'product_id:in'],
    handle: listVariants,
  },
];

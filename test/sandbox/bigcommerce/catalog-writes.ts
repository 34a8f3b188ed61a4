/** Writes of products and variants, one by one and in batches (bigcommerce.md 4.6). */
import {
  newVariantIn,
  newVariantsIn,
  objectOf,
  PRODUCT_FIELDS,
  productIn,
  refuseOthers,
  refuseTaken,
  refuseTwins,
  VARIANT_FIELDS,
  variantIn,
} from './catalog-input.ts';
import type { Fields } from './catalog-input.ts';
import {
  addProduct,
  addVariant,
  deleteProduct,
  dropVariant,
  editProduct,
  editVariant,
  skuEvent,
} from './catalog-model.ts';
import { listedVariant, productOf, variantRow, viewOf } from './catalog.ts';
import { wholeSecond } from './clock.ts';
import { data, nothing, ok, Refusal, refuse422, STATUS_CODES_V3 } from './errors.ts';
import { emit } from './events.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { integers, words } from './query.ts';
import type { Call, Route } from './serve.ts';
import { reading } from './serve.ts';
import type { Product, Variant } from './state.ts';

const PRODUCTS_MAX = 10;
const VARIANTS_MAX = 50;
const DELETED_MAX = 250;

function createProduct(call: Call): Response {
  const { platform, store } = call;
  const fields = objectOf(call.body);
  refuseOthers(fields, [...PRODUCT_FIELDS, 'variants']);
  const change = productIn(store, fields);
  const { name, price, type, weight } = change;
  const missing = words('name type weight price').filter((one) => fields[one] === undefined);
  if (name === undefined || price === undefined || type === undefined || weight === undefined) {
    const errors = Object.fromEntries(missing.map((one) => [one, `${one} is required`]));
    throw refuse422('The required fields are missing or not valid.', errors);
  }
  const variants = newVariantsIn(fields);
  refuseTaken(call, name, [change.sku, ...(variants ?? []).map((variant) => variant.sku)]);
  const product = addProduct(platform, store, {
    ...change,
    name,
    tracking: change.tracking ?? 'none',
    channelIds: platform.switches.newProductsNeedChannel ? [] : [1],
    ...(variants === undefined ? {} : { variants }),
  });
  const row = viewOf(call)(product);
  const own = product.variantIds.flatMap((id) => store.variants[id] ?? []);
  return data({ ...row, variants: own.map(variantRow(call)) });
}

/** One product's change, checked but not made. */
function readChange(call: Call, product: Product, fields: Fields): () => Product {
  refuseOthers(fields, PRODUCT_FIELDS);
  const change = productIn(call.store, fields);
  refuseTaken(call, change.name, [change.sku], { productId: product.id });
  return () => editProduct(call.platform, call.store, product.id, change);
}

function updateProduct(call: Call): Response {
  const product = productOf(call);
  const change = readChange(call, product, objectOf(call.body));
  return data(viewOf(call)(change()));
}

function batchOf(call: Call, max: number): Fields[] {
  if (!Array.isArray(call.body)) throw refuse422('JSON data is missing or invalid');
  if (call.body.length > max) {
    throw new Refusal(413, `The maximum items allowed in the array is ${max}.`);
  }
  return call.body.map(objectOf);
}

/** Reads every item before any is written; with partial batches the good ones are written under the same refusal. */
function applyBatch<Item>(
  call: Call,
  reads: readonly (() => () => Item)[],
): { made: Item[]; refused: Refusal[] } {
  const writes: (() => Item)[] = [];
  const refused: Refusal[] = [];
  for (const read of reads) {
    try {
      writes.push(read());
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 501) throw error;
      refused.push(error);
    }
  }
  const applies = refused.length === 0 || !call.platform.switches.catalogBatchAllOrNothing;
  return { made: applies ? writes.map((write) => write()) : [], refused };
}

function updateProducts(call: Call): Response {
  const reads = batchOf(call, PRODUCTS_MAX).map((item) => () => {
    const { id, ...fields } = item;
    const product = typeof id === 'number' ? call.store.products[id] : undefined;
    if (product === undefined) throw refuse422(`Unknown product: ${String(id)}`, { id: 'unknown' });
    return readChange(call, product, fields);
  });
  const { made, refused } = applyBatch(call, reads);
  const [first] = refused;
  if (first !== undefined) throw first;
  return ok({ data: made.map(viewOf(call)), meta: {} });
}

function readVariantChange(call: Call, variant: Variant, fields: Fields): () => Variant {
  refuseOthers(fields, VARIANT_FIELDS);
  const change = variantIn(fields);
  const own = { productId: variant.productId, variantId: variant.id };
  refuseTaken(call, undefined, [change.sku], own);
  return () => editVariant(call.platform, call.store, variant.id, change);
}

/** Refusals of single items come as a list (4.6). */
function updateVariants(call: Call): Response {
  const reads = batchOf(call, VARIANTS_MAX).map((item) => () => {
    const { id, ...fields } = item;
    const variant = typeof id === 'number' ? call.store.variants[id] : undefined;
    if (variant === undefined) throw refuse422(`Unknown variant: ${String(id)}`, { id: 'unknown' });
    return readVariantChange(call, variant, fields);
  });
  const { made, refused } = applyBatch(call, reads);
  if (refused.length === 0) return ok({ data: made.map(listedVariant(call)), meta: {} });
  const errors = refused.map(({ status, message, errors: of = {} }) => ({
    status,
    title: message,
    type: STATUS_CODES_V3,
    errors: of,
  }));
  return new Response(JSON.stringify({ batch_errors: errors }), {
    status: 422,
    headers: { 'content-type': 'application/json' },
  });
}

function variantOf(call: Call): Variant {
  const product = productOf(call);
  const variant = call.store.variants[call.id('variant')];
  if (variant?.productId !== product.id) throw new Refusal(404, 'The resource was not found.');
  return variant;
}

function updateVariant(call: Call): Response {
  const change = readVariantChange(call, variantOf(call), objectOf(call.body));
  return data(variantRow(call)(change()));
}

/** The first real variant takes the base variant's place, whose id is gone (4.1). */
function createVariant(call: Call): Response {
  const { platform, store } = call;
  const product = productOf(call);
  const input = newVariantIn(product, call.body);
  const own = product.variantIds.flatMap((id) => store.variants[id] ?? []);
  const combinations = own
    .filter(({ optionValues }) => optionValues.length > 0)
    .map((variant) => combinationOf(product, variant));
  refuseTwins([...combinations, input.options]);
  refuseTaken(call, undefined, [input.sku]);
  if (product.baseVariantId !== null) {
    dropVariant(platform, store, product.baseVariantId);
    product.variantIds = product.variantIds.filter((id) => id !== product.baseVariantId);
    product.baseVariantId = null;
  }
  const variant = addVariant(store, product, input);
  product.modifiedAtMs = wholeSecond(platform.runtime.now());
  skuEvent(platform, store, variant.id, 'created');
  emit(platform, store, 'store/product/updated', { type: 'product', id: product.id });
  return data(variantRow(call)(variant));
}

function combinationOf(product: Product, variant: Variant): Record<string, string> {
  const pairs = variant.optionValues.map(({ optionId, valueId }) => {
    const option = product.options.find(({ id }) => id === optionId);
    const label = option?.values.find(({ id }) => id === valueId)?.label ?? '';
    return [option?.displayName ?? '', label];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

function removeVariant(call: Call): Response {
  const variant = variantOf(call);
  const product = productOf(call);
  if (product.baseVariantId === variant.id) throw refuse422('A base variant cannot be deleted.');
  product.variantIds = product.variantIds.filter((id) => id !== variant.id);
  dropVariant(call.platform, call.store, variant.id);
  return nothing();
}

function removeProduct(call: Call): Response {
  deleteProduct(call.platform, call.store, productOf(call).id);
  return nothing();
}

/** A filter is a must: without one everything would go (4.6). */
function removeProducts(call: Call): Response {
  const ids = integers(call, 'id:in');
  if (ids === undefined || ids.length === 0) throw refuse422('A filter is required.');
  if (ids.length > DELETED_MAX) throw new Refusal(413, `At most ${DELETED_MAX} products.`);
  for (const id of ids) {
    if (call.store.products[id] !== undefined) deleteProduct(call.platform, call.store, id);
  }
  return nothing();
}

function listAssignments(call: Call): Response {
  const productIds = integers(call, 'product_id:in');
  const channelIds = integers(call, 'channel_id:in');
  const rows = Object.values(call.store.products)
    .flatMap((product) =>
      product.channelIds.map((id) => ({ product_id: product.id, channel_id: id })),
    )
    .filter(
      (row) =>
        (productIds === undefined || productIds.includes(row.product_id)) &&
        (channelIds === undefined || channelIds.includes(row.channel_id)),
    );
  return pageV3(call, rows, (row) => row, { limitMax: DELETED_MAX });
}

function assign(call: Call): Response {
  const { platform, store } = call;
  const rows = Array.isArray(call.body) ? call.body.map(objectOf) : [];
  if (rows.length === 0) throw refuse422('JSON data is missing or invalid');
  const found = rows.map(({ product_id: productId, channel_id: channelId }) => {
    const product = typeof productId === 'number' ? store.products[productId] : undefined;
    const channel = typeof channelId === 'number' ? store.channels[channelId] : undefined;
    if (product === undefined) throw refuse422('Unknown product.', { product_id: 'unknown' });
    if (channel === undefined) throw refuse422('Unknown channel.', { channel_id: 'unknown' });
    return { product, channel };
  });
  for (const { product, channel } of found) {
    if (product.channelIds.includes(channel.id)) continue;
    product.channelIds = [...product.channelIds, channel.id];
    emit(platform, store, 'store/product/updated', { type: 'product', id: product.id });
  }
  return nothing();
}

const write = { version: 'v3', scopes: ['store_v2_products'] } as const;
const products = '/catalog/products';
const product = `${products}/:product{[0-9]+}`;
const variant = `${product}/variants/:variant{[0-9]+}`;
const assignments = `${products}/channel-assignments`;
const SHAPE = ['include_fields'];

export const catalogWriteRoutes: readonly Route[] = [
  { ...write, method: 'POST', path: products, query: SHAPE, handle: createProduct },
  { ...write, method: 'PUT', path: products, query: SHAPE, handle: updateProducts },
  { ...write, method: 'DELETE', path: products, query: ['id:in'], handle: removeProducts },
  { ...write, method: 'PUT', path: product, query: SHAPE, handle: updateProduct },
  { ...write, method: 'DELETE', path: product, handle: removeProduct },
  { ...write, method: 'PUT', path: '/catalog/variants', handle: updateVariants },
  { ...write, method: 'POST', path: `${product}/variants`, handle: createVariant },
  { ...write, method: 'PUT', path: variant, handle: updateVariant },
  { ...write, method: 'DELETE', path: variant, handle: removeVariant },
  {
    method: 'GET',
    version: 'v3',
    path: assignments,
    scopes: reading('store_v2_products'),
    query: [...PAGING_FILTERS, 'product_id:in', 'channel_id:in'],
    handle: listAssignments,
  },
  { ...write, method: 'PUT', path: assignments, handle: assign },
];

/**
 * The merchant's own hands on the catalog: what the control panel does, with the webhooks it causes
 * (bigcommerce.md 4).
 */
import { wholeSecond } from './clock.ts';
import { emit } from './events.ts';
import { parseMoney } from './money.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Option, Product, Store, Tracking, Variant } from './state.ts';
import { recordOf } from './stock.ts';

/**
 * Location id to level; null has a stock record but never had an absolute adjustment, like a place
 * left out.
 */
export type Levels = Record<number, number | null>;

export interface VariantInput {
  sku: string;
  upc?: string;
  gtin?: string;
  isPurchasingDisabled?: boolean;
  /** Null or left out inherits the product's price. */
  price?: number | string | null;
  salePrice?: number | string | null;
  costPrice?: number | string | null;
  /** Option name to value, e.g. `{ Size: 'S' }`; options are made as they come up. */
  options: Record<string, string>;
  levels?: Levels;
}

export interface ProductInput {
  name: string;
  sku?: string;
  price?: number | string;
  salePrice?: number | string;
  costPrice?: number | string;
  type?: 'physical' | 'digital';
  description?: string;
  upc?: string;
  gtin?: string;
  weight?: number;
  retailPrice?: number | string;
  taxClassId?: number;
  categories?: number[];
  availability?: Product['availability'];
  sortOrder?: number;
  isVisible?: boolean;
  /** `product` for a simple product and `variant` for one with variants, when left out. */
  tracking?: Tracking;
  channelIds?: number[];
  /** Left out: a simple product with its base variant. */
  variants?: VariantInput[];
  /** Levels of the product itself; those of variants stand with them. */
  levels?: Levels;
}

function money(value: number | string | null | undefined): number | null {
  if (value === undefined || value === null) return null;
  const amount = parseMoney(value);
  if (amount === undefined) throw new Error(`Not an amount of money: ${value}`);
  return amount;
}

function refuseTaken(store: Store, input: ProductInput): void {
  const name = input.name.toLowerCase();
  if (Object.values(store.products).some((one) => one.name.toLowerCase() === name)) {
    throw new Error(`The product name "${input.name}" is taken`);
  }
  // SKUs are unique across products and variants, whatever their case (4.2).
  const known = new Set(
    [...Object.values(store.products), ...Object.values(store.variants)].map((one) =>
      one.sku.toLowerCase(),
    ),
  );
  for (const sku of [input.sku, ...(input.variants ?? []).map((one) => one.sku)]) {
    if (sku === undefined || sku === '') continue;
    if (known.has(sku.toLowerCase())) throw new Error(`The SKU "${sku}" is taken`);
    known.add(sku.toLowerCase());
  }
}

/** Creates a product and fires `product/created`, and `sku/created` for each real variant. */
export function addProduct(platform: Platform, store: Store, input: ProductInput): Product {
  refuseTaken(store, input);
  const nowMs = wholeSecond(platform.runtime.now());
  const product: Product = {
    id: storeId(store, 'product'),
    name: input.name,
    type: input.type ?? 'physical',
    sku: input.sku ?? '',
    description: input.description ?? '',
    upc: input.upc ?? '',
    price: money(input.price) ?? 0,
    salePrice: money(input.salePrice) ?? 0,
    costPrice: money(input.costPrice) ?? 0,
    retailPrice: money(input.retailPrice) ?? 0,
    taxClassId: input.taxClassId ?? 0,
    weight: input.weight ?? 1,
    categories: input.categories ?? [],
    isVisible: input.isVisible ?? true,
    availability: input.availability ?? 'available',
    tracking: input.tracking ?? (input.variants === undefined ? 'product' : 'variant'),
    totalSold: 0,
    channelIds: input.channelIds ?? [1],
    options: [],
    variantIds: [],
    baseVariantId: null,
    gtin: input.gtin ?? '',
    sortOrder: input.sortOrder ?? 0,
    modifiers: [],
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
  };
  store.products[product.id] = product;
  if (input.variants === undefined) addBaseVariant(store, product);
  for (const variant of input.variants ?? []) addVariant(store, product, variant);
  const [first] = product.variantIds;
  const owner = first === undefined ? undefined : store.variants[first];
  if (owner !== undefined) setFirstLevels(store, product, owner, input.levels ?? {});
  announce(platform, store, product);
  return product;
}

/** A simple product's only variant; its SKU mirrors the product's (4.1, 4.2). */
function addBaseVariant(store: Store, product: Product): void {
  const variant: Variant = {
    id: storeId(store, 'variant'),
    productId: product.id,
    sku: product.sku,
    skuId: null,
    upc: product.upc,
    gtin: product.gtin,
    isPurchasingDisabled: false,
    price: null,
    salePrice: null,
    costPrice: null,
    optionValues: [],
  };
  store.variants[variant.id] = variant;
  product.variantIds.push(variant.id);
  product.baseVariantId = variant.id;
}

export function addVariant(store: Store, product: Product, input: VariantInput): Variant {
  const variant: Variant = {
    id: storeId(store, 'variant'),
    productId: product.id,
    sku: input.sku,
    skuId: storeId(store, 'sku'),
    upc: input.upc ?? '',
    gtin: input.gtin ?? '',
    isPurchasingDisabled: input.isPurchasingDisabled ?? false,
    price: money(input.price),
    salePrice: money(input.salePrice),
    costPrice: money(input.costPrice),
    optionValues: Object.entries(input.options).map(([name, label]) => {
      const option = optionOf(store, product, name);
      return { optionId: option.id, valueId: valueOf(store, option, label) };
    }),
  };
  store.variants[variant.id] = variant;
  product.variantIds.push(variant.id);
  setFirstLevels(store, product, variant, input.levels ?? {});
  return variant;
}

function optionOf(store: Store, product: Product, displayName: string): Option {
  const known = product.options.find((option) => option.displayName === displayName);
  if (known !== undefined) return known;
  const option: Option = { id: storeId(store, 'option'), displayName, values: [] };
  product.options.push(option);
  return option;
}

function valueOf(store: Store, option: Option, label: string): number {
  const known = option.values.find((value) => value.label === label);
  if (known !== undefined) return known.id;
  const value = { id: storeId(store, 'optionValue'), label };
  option.values.push(value);
  return value.id;
}

/** Levels a product is born with are part of its creation: no stock webhook, no journal row. */
function setFirstLevels(store: Store, product: Product, variant: Variant, levels: Levels): void {
  for (const [locationId, level] of Object.entries(levels)) {
    if (level !== null) recordOf(store, { product, variant }, Number(locationId)).onHand = level;
  }
}

function announce(platform: Platform, store: Store, product: Product): void {
  emit(platform, store, 'store/product/created', { type: 'product', id: product.id });
  for (const variantId of product.variantIds) skuEvent(platform, store, variantId, 'created');
}

/** Base variants are no SKUs in V2, so simple products get no sku events (2.3). */
export function skuEvent(
  platform: Platform,
  store: Store,
  variantId: number,
  change: 'created' | 'updated' | 'deleted',
): void {
  const variant = store.variants[variantId];
  if (variant === undefined || variant.skuId === null) return;
  const sku = { product_id: variant.productId, variant_id: variant.id };
  emit(platform, store, `store/sku/${change}`, { type: 'sku', id: variant.skuId, sku });
}

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** What the control panel may change on a product. */
export type ProductChange = Partial<Omit<ProductInput, 'variants' | 'levels' | 'channelIds'>> & {
  tracking?: Tracking;
};

/**
 * Edits a product and fires `product/updated`. A new tracking mode changes the identity stock goes
 * by (4.4).
 */
export function editProduct(
  platform: Platform,
  store: Store,
  productId: number,
  change: ProductChange,
): Product {
  const product = store.products[productId];
  if (product === undefined) throw new Error(`No product ${productId}`);
  const { price, salePrice, costPrice, retailPrice, ...plain } = change;
  Object.assign(product, given(plain));
  product.price = money(price) ?? product.price;
  product.salePrice = money(salePrice) ?? product.salePrice;
  product.costPrice = money(costPrice) ?? product.costPrice;
  product.retailPrice = money(retailPrice) ?? product.retailPrice;
  // A simple product's base variant mirrors it (4.2).
  const base = product.baseVariantId === null ? undefined : store.variants[product.baseVariantId];
  if (base !== undefined) {
    Object.assign(base, { sku: product.sku, upc: product.upc, gtin: product.gtin });
  }
  product.modifiedAtMs = wholeSecond(platform.runtime.now());
  emit(platform, store, 'store/product/updated', { type: 'product', id: product.id });
  return product;
}

export type VariantChange = Partial<Omit<VariantInput, 'options' | 'levels'>>;

/** Edits a variant and fires `sku/updated` and `product/updated`. */
export function editVariant(
  platform: Platform,
  store: Store,
  variantId: number,
  change: VariantChange,
): Variant {
  const variant = store.variants[variantId];
  const product = variant && store.products[variant.productId];
  if (variant === undefined || product === undefined) throw new Error(`No variant ${variantId}`);
  if (change.sku !== undefined) variant.sku = change.sku;
  if (change.upc !== undefined) variant.upc = change.upc;
  if (change.gtin !== undefined) variant.gtin = change.gtin;
  if (change.isPurchasingDisabled !== undefined) {
    variant.isPurchasingDisabled = change.isPurchasingDisabled;
  }
  if (change.price !== undefined) variant.price = money(change.price);
  if (change.salePrice !== undefined) variant.salePrice = money(change.salePrice);
  if (change.costPrice !== undefined) variant.costPrice = money(change.costPrice);
  if (product.baseVariantId === variant.id) product.sku = variant.sku;
  if (platform.switches.stockEditBumpsDateModified) {
    product.modifiedAtMs = wholeSecond(platform.runtime.now());
  }
  skuEvent(platform, store, variantId, 'updated');
  emit(platform, store, 'store/product/updated', { type: 'product', id: product.id });
  return variant;
}

/**
 * Deletes a product with its variants and levels, and fires `sku/deleted` and `product/deleted`.
 */
export function deleteProduct(platform: Platform, store: Store, productId: number): void {
  const product = store.products[productId];
  if (product === undefined) throw new Error(`No product ${productId}`);
  for (const variantId of product.variantIds) dropVariant(platform, store, variantId);
  for (const key of Object.keys(store.stock)) {
    if (key.startsWith(`product ${productId} @`)) delete store.stock[key];
  }
  delete store.products[productId];
  emit(platform, store, 'store/product/deleted', { type: 'product', id: productId });
}

/** Forgets a variant with its levels, and fires `sku/deleted`. */
export function dropVariant(platform: Platform, store: Store, variantId: number): void {
  skuEvent(platform, store, variantId, 'deleted');
  delete store.variants[variantId];
  for (const key of Object.keys(store.stock)) {
    if (key.startsWith(`variant ${variantId} @`)) delete store.stock[key];
  }
}

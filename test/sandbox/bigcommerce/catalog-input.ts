/** What writes of products and variants may say, and how they are refused (bigcommerce.md 4.2, 4.3, 4.6). */
import type { ProductChange, VariantChange, VariantInput } from './catalog-model.ts';
import { Refusal, refuse422 } from './errors.ts';
import { words } from './query.ts';
import type { Call } from './serve.ts';
import type { Product, Store } from './state.ts';

export type Fields = Record<string, unknown>;

const VARIANTS_MAX = 600;

/** Documented and not served: refused aloud rather than lost in silence. */
const NOT_SERVED = [
  ...words('width depth height map_price product_tax_code brand_id brand_name inventory_level'),
  ...words('inventory_warning_level fixed_cost_shipping_price is_free_shipping is_featured mpn'),
  ...words('related_products warranty bin_picking_number layout_file search_keywords'),
  ...words('availability_description gift_wrapping_options_type gift_wrapping_options_list'),
  ...words('condition is_condition_shown order_quantity_minimum order_quantity_maximum page_title'),
  ...words('meta_keywords meta_description view_count preorder_release_date preorder_message'),
  ...words('is_preorder_only is_price_hidden price_hidden_label custom_url custom_fields images'),
  ...words('bulk_pricing_rules videos image_url purchasing_disabled_message'),
];

export const objectOf = (value: unknown): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw refuse422('JSON data is missing or invalid', { body: 'an object is wanted' });
};

/** Refuses names the resource does not know. */
export function refuseOthers(fields: Fields, known: readonly string[]): void {
  for (const name of Object.keys(fields)) {
    if (known.includes(name)) continue;
    if (NOT_SERVED.includes(name)) {
      throw new Refusal(501, `The sandbox does not serve the field '${name}' yet.`);
    }
    throw refuse422('The request has an invalid field.', { [name]: 'unknown field' });
  }
}

const bad = (name: string, why: string) =>
  refuse422(`The field '${name}' is invalid.`, { [name]: why });

function textIn(fields: Fields, name: string, charsMax: number): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > charsMax) throw bad(name, `at most ${charsMax}`);
  return value;
}

function amountIn(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !(value >= 0)) throw bad(name, 'a number from 0 on');
  return value;
}

/** Null takes the variant's own amount away, so that the product's counts (4.3). */
function ownAmountIn(fields: Fields, name: string): number | null | undefined {
  return fields[name] === null ? null : amountIn(fields, name);
}

function flagIn(fields: Fields, name: string): boolean | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'boolean') throw bad(name, 'true or false');
  return value;
}

function choiceIn<Choice extends string>(
  fields: Fields,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw bad(name, choices.join(', '));
  return choice;
}

function categoriesIn(store: Store, fields: Fields): number[] | undefined {
  const { categories } = fields;
  if (categories === undefined) return undefined;
  const known = (id: unknown) => typeof id === 'number' && store.categories[id] !== undefined;
  if (!Array.isArray(categories) || !categories.every(known)) {
    throw bad('categories', 'unknown category');
  }
  return categories as number[];
}

/** Leaves out what is not there, as exact optional properties want it. */
function given<Shape extends object>(fields: {
  [Name in keyof Shape]: Shape[Name] | undefined;
}): Shape {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Shape;
}

export const PRODUCT_FIELDS = [
  ...words('name type sku description weight price cost_price retail_price sale_price upc gtin'),
  ...words('tax_class_id categories inventory_tracking is_visible availability sort_order'),
];

export function productIn(store: Store, fields: Fields): ProductChange {
  const name = textIn(fields, 'name', 250);
  if (name?.trim() === '') throw bad('name', 'empty');
  return given<ProductChange>({
    name,
    type: choiceIn(fields, 'type', ['physical', 'digital']),
    sku: textIn(fields, 'sku', 255),
    description: textIn(fields, 'description', 65_535),
    weight: amountIn(fields, 'weight'),
    price: amountIn(fields, 'price'),
    costPrice: amountIn(fields, 'cost_price'),
    retailPrice: amountIn(fields, 'retail_price'),
    salePrice: amountIn(fields, 'sale_price'),
    upc: textIn(fields, 'upc', 14),
    gtin: textIn(fields, 'gtin', 14),
    taxClassId: amountIn(fields, 'tax_class_id'),
    categories: categoriesIn(store, fields),
    tracking: choiceIn(fields, 'inventory_tracking', ['none', 'product', 'variant']),
    isVisible: flagIn(fields, 'is_visible'),
    availability: choiceIn(fields, 'availability', ['available', 'disabled', 'preorder']),
    sortOrder: amountIn(fields, 'sort_order'),
  });
}

export const VARIANT_FIELDS = words(
  'sku upc gtin price sale_price cost_price purchasing_disabled inventory_level',
);

export function variantIn(fields: Fields): VariantChange {
  return given<VariantChange>({
    sku: textIn(fields, 'sku', 255),
    upc: textIn(fields, 'upc', 14),
    gtin: textIn(fields, 'gtin', 14),
    price: ownAmountIn(fields, 'price'),
    salePrice: ownAmountIn(fields, 'sale_price'),
    costPrice: ownAmountIn(fields, 'cost_price'),
    isPurchasingDisabled: flagIn(fields, 'purchasing_disabled'),
  });
}

/** `{option name: value}` by labels, or by the ids of options the product has. */
export function optionsIn(product: Product | undefined, fields: Fields): Record<string, string> {
  const { option_values: values } = fields;
  if (!Array.isArray(values) || values.length === 0) throw bad('option_values', 'required');
  const pairs = values.map((one: unknown) => {
    const value = objectOf(one);
    const option = product?.options.find(({ id }) => id === value['option_id']);
    const known = option?.values.find(({ id }) => id === value['id']);
    const name = option?.displayName ?? value['option_display_name'];
    const label = known?.label ?? value['label'];
    if (typeof name !== 'string' || typeof label !== 'string' || name === '' || label === '') {
      throw bad('option_values', 'unknown option or value');
    }
    return [name, label] as const;
  });
  return Object.fromEntries(pairs);
}

export function newVariantIn(product: Product | undefined, value: unknown): VariantInput {
  const fields = objectOf(value);
  refuseOthers(fields, [...VARIANT_FIELDS, 'option_values', 'product_id']);
  const level = amountIn(fields, 'inventory_level');
  const change = variantIn(fields);
  if (change.sku === undefined || change.sku === '') throw bad('sku', 'required');
  return {
    ...change,
    sku: change.sku,
    options: optionsIn(product, fields),
    ...(level === undefined ? {} : { levels: { 1: level } }),
  };
}

/** Nested variants of a new product: at most 600, no combination twice. */
export function newVariantsIn(fields: Fields): VariantInput[] | undefined {
  const { variants } = fields;
  if (variants === undefined) return undefined;
  if (!Array.isArray(variants) || variants.length > VARIANTS_MAX) {
    throw bad('variants', `at most ${VARIANTS_MAX}`);
  }
  const found = variants.map((value: unknown) => newVariantIn(undefined, value));
  refuseTwins(found.map(({ options }) => options));
  return found.length === 0 ? undefined : found;
}

export function refuseTwins(combinations: readonly Record<string, string>[]): void {
  const keys = combinations.map((options) =>
    JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
  if (new Set(keys).size < keys.length) throw bad('option_values', 'The combination exists.');
}

/** Names are unique, SKUs too, across products and variants and whatever their case: 409 otherwise (4.2, 4.6). */
export function refuseTaken(
  call: Call,
  name: string | undefined,
  skus: readonly (string | undefined)[],
  own: { productId?: number; variantId?: number } = {},
): void {
  const { products, variants } = call.store;
  const lower = name?.toLowerCase();
  const isOther = (product: Product) => product.id !== own.productId;
  if (Object.values(products).some((one) => isOther(one) && one.name.toLowerCase() === lower)) {
    throw new Refusal(409, 'The product name is a duplicate');
  }
  const base = own.productId === undefined ? null : products[own.productId]?.baseVariantId;
  const taken = new Set([
    ...Object.values(products)
      .filter((one) => isOther(one) || (own.variantId !== undefined && base !== own.variantId))
      .map((one) => one.sku.toLowerCase()),
    ...Object.values(variants)
      .filter((one) => one.id !== own.variantId && one.id !== base)
      .map((one) => one.sku.toLowerCase()),
  ]);
  for (const sku of skus) {
    if (sku === undefined || sku === '') continue;
    if (taken.has(sku.toLowerCase()))
      throw new Refusal(409, `The product sku is a duplicate: ${sku}`);
    taken.add(sku.toLowerCase());
  }
}

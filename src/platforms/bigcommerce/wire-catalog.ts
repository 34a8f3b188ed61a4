/** Shapes of the catalog's answers with every field that is kept in step; as `wire.ts` otherwise. */
import * as v from 'valibot';
import { wholeNumber } from './wire.ts';

const text = v.nullish(v.string(), '');
const maybe = <Value>(schema: v.GenericSchema<unknown, Value>) => v.nullish(schema, null);
const flag = maybe(v.boolean());
const number = maybe(v.number());

const wireOptionValue = v.object({
  id: v.nullish(wholeNumber, 0),
  option_id: v.nullish(wholeNumber, 0),
  option_display_name: text,
  label: text,
});

export const wireCatalogVariant = v.object({
  id: wholeNumber,
  product_id: maybe(wholeNumber),
  sku: text,
  upc: text,
  gtin: text,
  price: number,
  sale_price: number,
  cost_price: number,
  purchasing_disabled: flag,
  option_values: maybe(v.array(wireOptionValue)),
});
export type WireCatalogVariant = v.InferOutput<typeof wireCatalogVariant>;

const optionValues = v.nullish(
  v.array(v.object({ id: wholeNumber, label: text, sort_order: v.nullish(v.number(), 0) })),
  [],
);

export const wireOption = v.object({
  id: wholeNumber,
  display_name: text,
  type: text,
  option_values: optionValues,
});

const priceAdjuster = maybe(
  v.object({ adjuster: maybe(v.string()), adjuster_value: v.nullish(v.number(), 0) }),
);
export const wireModifierValue = v.object({
  id: wholeNumber,
  label: text,
  sort_order: v.nullish(v.number(), 0),
  adjusters: maybe(v.object({ price: priceAdjuster })),
});
export const wireModifier = v.object({
  id: wholeNumber,
  display_name: text,
  type: text,
  required: v.nullish(v.boolean(), false),
  option_values: v.nullish(v.array(wireModifierValue), []),
});
export type WireModifier = v.InferOutput<typeof wireModifier>;

export const wireCatalogProduct = v.object({
  id: wholeNumber,
  name: text,
  type: text,
  sku: text,
  description: text,
  upc: text,
  gtin: text,
  price: v.nullish(v.number(), 0),
  sale_price: v.nullish(v.number(), 0),
  cost_price: v.nullish(v.number(), 0),
  tax_class_id: v.nullish(wholeNumber, 0),
  categories: v.nullish(v.array(wholeNumber), []),
  is_visible: flag,
  availability: text,
  inventory_tracking: v.picklist(['none', 'product', 'variant']),
  date_modified: text,
  base_variant_id: v.nullish(wholeNumber, null),
  variants: v.nullish(v.array(wireCatalogVariant), []),
  options: v.nullish(v.array(wireOption), []),
  modifiers: v.nullish(v.array(wireModifier), []),
});
export type WireCatalogProduct = v.InferOutput<typeof wireCatalogProduct>;

export const wireCategory = v.object({
  category_id: wholeNumber,
  parent_id: v.nullish(wholeNumber, 0),
  tree_id: v.nullish(wholeNumber, 0),
  name: text,
  is_visible: flag,
});

/**
 * Shapes of BigCommerce answers, only the fields that the relay reads. Fields may be added by BigCommerce at any time
 * (bigcommerce.md 13), so unknown ones are dropped, and documented variations (text for numbers, null for absent) are
 * taken as they come.
 */
import * as v from 'valibot';

/** A whole number that some answers write as text (`store_id`, tax class ids). */
export const wholeNumber = v.union([
  v.pipe(v.number(), v.integer()),
  v.pipe(v.string(), v.regex(/^-?\d+$/), v.transform(Number)),
]);
const textOrEmpty = v.nullish(v.string(), '');
const idOrNull = v.nullish(wholeNumber, null);
/** Absent and null are the same to us. */
const maybe = <Value>(schema: v.GenericSchema<unknown, Value>) => v.nullish(schema, null);

const pagination = maybe(
  v.object({
    pagination: maybe(
      v.object({
        total: maybe(v.number()),
        current_page: maybe(v.number()),
        total_pages: maybe(v.number()),
      }),
    ),
  }),
);
export type Meta = v.InferOutput<typeof pagination>;

/** A V3 list: `{data: [...], meta: {pagination}}`. */
export function listOf<Item>(item: v.GenericSchema<unknown, Item>) {
  return v.object({ data: v.array(item), meta: pagination });
}

/** V3 answers wrap one object in `data`; older examples show it bare (bigcommerce.md 2.1). */
export function oneOf<Item>(item: v.GenericSchema<unknown, Item>) {
  return v.union([
    v.pipe(
      v.object({ data: item }),
      v.transform((answer) => answer.data),
    ),
    item,
  ]);
}

const optionValue = v.object({
  option_display_name: textOrEmpty,
  label: textOrEmpty,
});

const wireVariant = v.object({
  id: wholeNumber,
  product_id: maybe(wholeNumber),
  sku: textOrEmpty,
  upc: textOrEmpty,
  gtin: textOrEmpty,
  price: maybe(v.number()),
  sale_price: maybe(v.number()),
  cost_price: maybe(v.number()),
  purchasing_disabled: maybe(v.boolean()),
  option_values: maybe(v.array(optionValue)),
});
export type WireVariant = v.InferOutput<typeof wireVariant>;

export const wireProduct = v.object({
  id: wholeNumber,
  name: textOrEmpty,
  sku: textOrEmpty,
  upc: textOrEmpty,
  gtin: textOrEmpty,
  type: maybe(v.string()),
  inventory_tracking: v.picklist(['none', 'product', 'variant']),
  is_visible: maybe(v.boolean()),
  availability: maybe(v.string()),
  price: maybe(v.number()),
  sale_price: maybe(v.number()),
  cost_price: maybe(v.number()),
  date_modified: maybe(v.string()),
  base_variant_id: idOrNull,
  categories: maybe(v.array(wholeNumber)),
  tax_class_id: maybe(wholeNumber),
  variants: maybe(v.array(wireVariant)),
});
export type WireProduct = v.InferOutput<typeof wireProduct>;

export const wireLocation = v.object({
  id: wholeNumber,
  code: textOrEmpty,
  label: textOrEmpty,
  enabled: maybe(v.boolean()),
  managed_by_external_source: maybe(v.boolean()),
  type_id: maybe(v.string()),
});

const identity = v.object({
  sku: maybe(v.string()),
  variant_id: idOrNull,
  product_id: idOrNull,
});
const stock = {
  available_to_sell: maybe(v.number()),
  total_inventory_onhand: maybe(v.number()),
  location_enabled: maybe(v.boolean()),
  settings: maybe(v.object({ safety_stock: maybe(v.number()) })),
};

/** One row of `GET /v3/inventory/locations/{id}/items`. */
export const wireLocationItem = v.object({ identity, ...stock });
/** One row of `GET /v3/inventory/items`. */
export const wireInventoryItem = v.object({
  identity,
  locations: maybe(v.array(v.object({ location_id: wholeNumber, ...stock }))),
});
export type WireStock = Pick<
  v.InferOutput<typeof wireLocationItem>,
  'available_to_sell' | 'total_inventory_onhand' | 'settings' | 'location_enabled'
>;

export const wireTransaction = v.object({ transaction_id: maybe(v.string()) });

export const wireOrderLine = v.object({
  id: wholeNumber,
  product_id: maybe(wholeNumber),
  variant_id: idOrNull,
  quantity: wholeNumber,
  quantity_refunded: maybe(v.number()),
  sku: textOrEmpty,
  name: textOrEmpty,
  type: textOrEmpty,
  is_bundled_product: maybe(v.boolean()),
  parent_order_product_id: idOrNull,
});
export type WireOrderLine = v.InferOutput<typeof wireOrderLine>;

/** Lines when they were included, links to them when not (`{url, resource}`). */
const lines = v.pipe(
  v.unknown(),
  v.transform((value) =>
    Array.isArray(value) && value.every((line) => v.is(wireOrderLine, line))
      ? value.map((line) => v.parse(wireOrderLine, line))
      : null,
  ),
);
const consignment = v.object({ line_items: lines });
const consignments = v.object({
  pickups: maybe(v.array(consignment)),
  shipping: maybe(v.array(consignment)),
  downloads: maybe(v.array(consignment)),
  email: maybe(v.object({ gift_certificates: maybe(v.array(consignment)) })),
});

export const wireOrder = v.object({
  id: wholeNumber,
  status_id: wholeNumber,
  date_created: v.string(),
  date_modified: maybe(v.string()),
  date_shipped: maybe(v.string()),
  channel_id: maybe(wholeNumber),
  payment_status: maybe(v.string()),
  order_source: maybe(v.string()),
  external_order_id: maybe(v.union([v.string(), v.number()])),
  is_deleted: maybe(v.boolean()),
  items_total: maybe(wholeNumber),
  /** Included consignments; a link or an array (other structure) reads as null. */
  consignments: v.fallback(maybe(consignments), null),
});
export type WireOrder = v.InferOutput<typeof wireOrder>;

/** V2 lists are bare arrays and empty ones are no body at all (bigcommerce.md 3.3). */
export const wireOrderLines = v.pipe(
  v.optional(v.array(wireOrderLine)),
  v.transform((list) => list ?? []),
);

export const wireChangedOrders = v.pipe(
  v.optional(
    v.array(
      v.object({ id: wholeNumber, date_modified: maybe(v.string()), status_id: wholeNumber }),
    ),
  ),
  v.transform((list) => list ?? []),
);

export const wireHook = v.object({
  id: wholeNumber,
  client_id: textOrEmpty,
  scope: v.string(),
  destination: v.string(),
  is_active: v.boolean(),
  headers: maybe(v.record(v.string(), v.string())),
  created_at: maybe(v.number()),
});

export const wireStore = v.object({
  id: v.string(),
  name: textOrEmpty,
  status: textOrEmpty,
  currency: v.string(),
  decimal_places: maybe(wholeNumber),
  timezone: maybe(v.object({ name: textOrEmpty })),
  plan_level: textOrEmpty,
  plan_name: textOrEmpty,
  is_price_entered_with_tax: maybe(v.boolean()),
  default_channel_id: maybe(wholeNumber),
  store_id: maybe(v.union([v.string(), v.number()])),
  secure_url: maybe(v.string()),
});

/** Null where a channel inherits; the relay reads the global settings (bigcommerce.md 6.5). */
export const wireInventorySettings = v.object({
  update_stock_behavior: maybe(v.string()),
  edit_order_stock_adjustment: maybe(v.boolean()),
  refund_order_stock_adjustment: maybe(v.boolean()),
});

export const wireToken = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  scope: v.string(),
  context: v.string(),
  user: v.object({ id: wholeNumber, email: maybe(v.string()) }),
  /** Optional: the official sample does not require it (bigcommerce.md 1.2). */
  owner: maybe(v.object({ id: wholeNumber, email: maybe(v.string()) })),
  account_uuid: maybe(v.string()),
});

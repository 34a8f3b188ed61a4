/**
 * Products and variants as the Catalog API shows them (products_catalog.v3.yml,
 * product-variants_catalog.v3.yml).
 */
import { iso } from './clock.ts';
import { moneyNumber } from './money.ts';
import type { Platform } from './platform.ts';
import type { Modifier, Option, Product, Store, Variant } from './state.ts';
import {
  availableToSell,
  DEFAULT_LOCATION_ID,
  productItem,
  stockOf,
  visibleOnHand,
} from './stock.ts';
import type { StockItem } from './stock.ts';

type Row = Record<string, unknown>;

/**
 * Sale price if there is one, else the price (4.3); a variant's own amounts win over the product's.
 */
export function calculatedPrice(product: Product, variant?: Variant): number {
  const own = variant?.salePrice || variant?.price;
  return own ?? (product.salePrice || product.price);
}

/** What the catalog calls a level; not to be used for stock, its meaning is disputed (4.4). */
function catalogLevel(platform: Platform, store: Store, item: StockItem): number {
  const nowMs = platform.runtime.now();
  if (platform.switches.catalogLevel === 'default-location') {
    return visibleOnHand(stockOf(store, item, DEFAULT_LOCATION_ID), nowMs) ?? 0;
  }
  return Object.values(store.locations)
    .filter((location) => location.enabled)
    .map((location) => stockOf(store, item, location.id))
    .reduce((sum, record) => sum + availableToSell(visibleOnHand(record, nowMs), record), 0);
}

/** Level of a product: its own, or the sum of its variants'; 0 when it is not tracked. */
export function productLevel(platform: Platform, store: Store, product: Product): number {
  if (product.tracking === 'none') return 0;
  const items =
    product.tracking === 'product'
      ? [productItem(store, product)]
      : product.variantIds.map((id) => {
          const variant = store.variants[id];
          return variant && { product, variant };
        });
  return items.reduce(
    (sum, item) => sum + (item === undefined ? 0 : catalogLevel(platform, store, item)),
    0,
  );
}

const orNull = (amount: number | null) => (amount === null ? null : moneyNumber(amount));

export function variantView(platform: Platform, store: Store, variant: Variant): Row {
  const product = store.products[variant.productId];
  if (product === undefined) throw new Error(`Variant ${variant.id} has no product`);
  const item = { product, variant };
  const tracked = product.tracking === 'variant';
  const record = stockOf(store, item, DEFAULT_LOCATION_ID);
  return {
    id: variant.id,
    product_id: variant.productId,
    sku: variant.sku,
    sku_id: variant.skuId,
    price: orNull(variant.price),
    calculated_price: moneyNumber(calculatedPrice(product, variant)),
    sale_price: orNull(variant.salePrice),
    retail_price: null,
    cost_price: orNull(variant.costPrice),
    weight: null,
    width: null,
    height: null,
    depth: null,
    is_free_shipping: false,
    fixed_cost_shipping_price: null,
    purchasing_disabled: variant.isPurchasingDisabled,
    purchasing_disabled_message: '',
    image_url: '',
    upc: variant.upc,
    mpn: '',
    gtin: variant.gtin,
    inventory_level: tracked ? catalogLevel(platform, store, item) : 0,
    inventory_warning_level: tracked ? record.warningLevel : 0,
    bin_picking_number: record.binPickingNumber,
    calculated_weight: product.weight,
    option_values: variant.optionValues.map(({ optionId, valueId }) => {
      const option = product.options.find((one) => one.id === optionId);
      return {
        id: valueId,
        label: option?.values.find((one) => one.id === valueId)?.label ?? '',
        option_id: optionId,
        option_display_name: option?.displayName ?? '',
      };
    }),
  };
}

export function optionView(product: Product, option: Option, index: number): Row {
  return {
    id: option.id,
    product_id: product.id,
    display_name: option.displayName,
    // Options that come with nested variants are made as rectangles (4.6).
    type: 'rectangles',
    sort_order: index,
    option_values: option.values.map((value, place) => ({
      id: value.id,
      label: value.label,
      sort_order: place,
      value_data: null,
      is_default: false,
    })),
    config: {},
  };
}

export function modifierView(product: Product, modifier: Modifier): Row {
  return {
    id: modifier.id,
    product_id: product.id,
    name: `${modifier.displayName}${modifier.id}`,
    display_name: modifier.displayName,
    type: modifier.type,
    required: modifier.required,
    sort_order: modifier.sortOrder,
    config: {},
    option_values: modifier.values.map((value) => ({
      id: value.id,
      option_id: modifier.id,
      label: value.label,
      sort_order: value.sortOrder,
      value_data: {},
      is_default: value.isDefault,
      adjusters: {
        price: {
          adjuster: value.price === null ? null : 'relative',
          adjuster_value: moneyNumber(value.price ?? 0),
        },
        weight: { adjuster: null, adjuster_value: 0 },
        image_url: '',
        purchasing_disabled: { status: false, message: '' },
      },
    })),
  };
}

/** What `include` may ask for; those the sandbox has no data of are empty lists. */
export const INCLUDES: Record<
  string,
  (platform: Platform, store: Store, product: Product) => unknown
> = {
  variants: (platform, store, product) =>
    product.variantIds.flatMap((id) => {
      const variant = store.variants[id];
      return variant === undefined ? [] : [variantView(platform, store, variant)];
    }),
  options: (_platform, _store, product) =>
    product.options.map((option, index) => optionView(product, option, index)),
  channels: (_platform, _store, product) => product.channelIds,
  modifiers: (_platform, _store, product) =>
    product.modifiers.map((modifier) => modifierView(product, modifier)),
  images: () => [],
  custom_fields: () => [],
  bulk_pricing_rules: () => [],
  reviews: () => [],
  videos: () => [],
  parent_relations: () => [],
  primary_image: () => ({}),
};

/** What the sandbox has no data of. */
const PRODUCT_CONSTANTS = {
  width: 0,
  depth: 0,
  height: 0,
  map_price: 0,
  product_tax_code: '',
  brand_id: 0,
  option_set_id: null,
  option_set_display: 'right',
  reviews_rating_sum: 0,
  reviews_count: 0,
  fixed_cost_shipping_price: 0,
  is_free_shipping: false,
  is_featured: false,
  related_products: [-1],
  warranty: '',
  bin_picking_number: '',
  layout_file: '',
  mpn: '',
  date_last_imported: '',
  search_keywords: '',
  availability_description: '',
  gift_wrapping_options_type: 'any',
  gift_wrapping_options_list: [],
  condition: 'New',
  is_condition_shown: false,
  order_quantity_minimum: 0,
  order_quantity_maximum: 0,
  page_title: '',
  meta_keywords: [],
  meta_description: '',
  view_count: 0,
  preorder_release_date: null,
  preorder_message: '',
  is_preorder_only: false,
  is_price_hidden: false,
  price_hidden_label: '',
  open_graph_type: 'product',
  open_graph_title: '',
  open_graph_description: '',
  open_graph_use_meta_description: true,
  open_graph_use_product_name: true,
  open_graph_use_image: true,
};

export function productView(platform: Platform, store: Store, product: Product): Row {
  const item = productItem(store, product);
  const record = item && stockOf(store, item, DEFAULT_LOCATION_ID);
  return {
    ...PRODUCT_CONSTANTS,
    id: product.id,
    name: product.name,
    type: product.type,
    sku: product.sku,
    description: product.description,
    weight: product.weight,
    price: moneyNumber(product.price),
    cost_price: moneyNumber(product.costPrice),
    retail_price: moneyNumber(product.retailPrice),
    sale_price: moneyNumber(product.salePrice),
    tax_class_id: product.taxClassId,
    calculated_price: moneyNumber(calculatedPrice(product)),
    categories: product.categories,
    inventory_level: productLevel(platform, store, product),
    inventory_warning_level: product.tracking === 'product' ? (record?.warningLevel ?? 0) : 0,
    inventory_tracking: product.tracking,
    total_sold: product.totalSold,
    is_visible: product.isVisible,
    upc: product.upc,
    gtin: product.gtin,
    sort_order: product.sortOrder,
    availability: product.availability,
    date_created: iso(product.createdAtMs),
    date_modified: iso(product.modifiedAtMs),
    custom_url: { url: `/product-${product.id}/`, is_customized: false },
    base_variant_id: product.baseVariantId,
  };
}

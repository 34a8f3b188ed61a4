/**
 * Orders and their parts as the V2 API shows them (orders.v2.oas2.yml, bigcommerce.md 7.1, 7.2).
 */
import { rfc2822 } from './clock.ts';
import { moneyText } from './money.ts';
import { statusName } from './order-statuses.ts';
import type { Order, OrderLine, Store, TotalField } from './state.ts';

type Row = Record<string, unknown>;

const ZERO = moneyText(0);

const HANDLING_COST = {
  base_handling_cost: ZERO,
  handling_cost_ex_tax: ZERO,
  handling_cost_inc_tax: ZERO,
  handling_cost_tax: ZERO,
  handling_cost_tax_class_id: 0,
};

/** Totals in ten-thousandths; what the API caller gave wins over what is computed (7.4). */
export function orderTotals(order: Order): Record<TotalField, number> {
  const sum = (of: (line: OrderLine) => number) =>
    order.lines.reduce((total, line) => total + of(line) * line.quantity, 0);
  const subtotalExTax = sum((line) => line.priceExTax);
  const subtotalIncTax = sum((line) => line.priceIncTax);
  return {
    subtotal_ex_tax: subtotalExTax,
    subtotal_inc_tax: subtotalIncTax,
    total_ex_tax: subtotalExTax + order.shippingExTax - order.discountAmount,
    total_inc_tax: subtotalIncTax + order.shippingIncTax - order.discountAmount,
    ...order.overrides,
  };
}

/** A manual discount is spread over the lines by their share of the subtotal (7.2). */
function discountOf(order: Order, line: OrderLine): number {
  const { subtotal_ex_tax: subtotal } = orderTotals(order);
  if (subtotal === 0) return 0;
  return Math.round((order.discountAmount * line.priceExTax * line.quantity) / subtotal);
}

function resource(store: Store, order: Order, name: string): Row {
  const path = `/orders/${order.id}/${name}`;
  return { url: `https://api.bigcommerce.com/stores/${store.hash}/v2${path}`, resource: path };
}

/** What the sandbox has no data of. */
const ORDER_CONSTANTS = {
  ...HANDLING_COST,
  base_wrapping_cost: ZERO,
  wrapping_cost_ex_tax: ZERO,
  wrapping_cost_inc_tax: ZERO,
  wrapping_cost_tax: ZERO,
  wrapping_cost_tax_class_id: 0,
  shipping_cost_tax_class_id: 0,
  payment_provider_id: '',
  // Always 0: refunds are asked for in V3 (7.2).
  refunded_amount: ZERO,
  order_is_digital: false,
  store_credit_amount: ZERO,
  gift_certificate_amount: ZERO,
  coupon_discount: ZERO,
  ip_address: '',
  ip_address_v6: '',
  geoip_country: '',
  geoip_country_iso2: '',
  currency_id: 1,
  currency_exchange_rate: '1.0000000000',
  default_currency_id: 1,
  store_default_to_transactional_exchange_rate: '1.0000000000',
  is_email_opt_in: false,
  ebay_order_id: '0',
  external_id: null,
  tax_provider_id: 'BasicTaxProvider',
  customer_locale: 'en',
};

const LINE_CONSTANTS = {
  order_pickup_method_id: 0,
  type: 'physical',
  weight: '1.0000',
  width: ZERO,
  height: ZERO,
  depth: ZERO,
  base_cost_price: ZERO,
  cost_price_inc_tax: ZERO,
  cost_price_ex_tax: ZERO,
  cost_price_tax: ZERO,
  is_refunded: false,
  quantity_refunded: 0,
  refund_amount: ZERO,
  return_id: 0,
  wrapping_id: 0,
  wrapping_name: '',
  base_wrapping_cost: ZERO,
  wrapping_cost_ex_tax: ZERO,
  wrapping_cost_inc_tax: ZERO,
  wrapping_cost_tax: ZERO,
  wrapping_message: '',
  quantity_shipped: 0,
  event_name: null,
  event_date: null,
  fixed_shipping_cost: ZERO,
  ebay_item_id: '',
  ebay_transaction_id: '',
  option_set_id: null,
  parent_order_product_id: null,
  is_bundled_product: false,
  bin_picking_number: '',
  external_id: null,
  brand: '',
  gift_certificate_id: null,
  configurable_fields: [],
};

export interface OrderIncludes {
  consignments: boolean;
  lineItems: boolean;
  fees: boolean;
}

/** One order. Without includes every part is a link (7.1). */
export function orderView(store: Store, order: Order, includes: OrderIncludes): Row {
  const totals = orderTotals(order);
  const text = (name: TotalField) => moneyText(totals[name]);
  const shippingTax = order.shippingIncTax - order.shippingExTax;
  return {
    ...ORDER_CONSTANTS,
    id: order.id,
    customer_id: order.customerId,
    date_created: rfc2822(order.createdAtMs),
    date_modified: rfc2822(order.modifiedAtMs),
    date_shipped: order.shippedAtMs === null ? '' : rfc2822(order.shippedAtMs),
    cart_id: order.cartId,
    status_id: order.statusId,
    status: statusName(order.statusId),
    custom_status: statusName(order.statusId),
    subtotal_ex_tax: text('subtotal_ex_tax'),
    subtotal_inc_tax: text('subtotal_inc_tax'),
    subtotal_tax: moneyText(totals.subtotal_inc_tax - totals.subtotal_ex_tax),
    base_shipping_cost: moneyText(order.shippingExTax),
    shipping_cost_ex_tax: moneyText(order.shippingExTax),
    shipping_cost_inc_tax: moneyText(order.shippingIncTax),
    shipping_cost_tax: moneyText(shippingTax),
    total_ex_tax: text('total_ex_tax'),
    total_inc_tax: text('total_inc_tax'),
    total_tax: moneyText(totals.total_inc_tax - totals.total_ex_tax),
    is_tax_inclusive_pricing: store.isPriceEnteredWithTax,
    items_total: order.lines.reduce((sum, line) => sum + line.quantity, 0),
    items_shipped: 0,
    payment_method: order.paymentMethod,
    payment_status: order.paymentStatus,
    currency_code: order.currencyCode,
    default_currency_code: order.currencyCode,
    store_default_currency_code: store.currency,
    staff_notes: order.staffNotes,
    customer_message: order.customerMessage,
    discount_amount: moneyText(order.discountAmount),
    shipping_address_count: order.shippingAddresses.length,
    is_deleted: order.isDeleted,
    billing_address: { ...order.billingAddress, form_fields: [] },
    order_source: order.orderSource,
    channel_id: order.channelId,
    external_source: order.externalSource,
    external_merchant_id: order.externalMerchantId,
    external_order_id: order.externalOrderId,
    products: resource(store, order, 'products'),
    shipping_addresses: resource(store, order, 'shippingaddresses'),
    coupons: resource(store, order, 'coupons'),
    fees: includes.fees ? [] : resource(store, order, 'fees'),
    consignments: includes.consignments
      ? consignments(store, order, includes.lineItems)
      : resource(store, order, 'consignments'),
  };
}

/** The object structure; the array structure of old is not served. */
function consignments(store: Store, order: Order, lineItems: boolean): Row {
  const lines = lineItems
    ? order.lines.map((line) => lineView(order, line))
    : [resource(store, order, 'products')];
  const shipping = order.shippingAddresses.map((address) => {
    const { id, shippingMethod, ...rest } = address;
    return {
      id,
      ...rest,
      form_fields: [],
      line_items: lines,
      items_total: order.lines.reduce((sum, line) => sum + line.quantity, 0),
      items_shipped: 0,
      shipping_method: shippingMethod,
      base_cost: order.shippingExTax / 10_000,
      cost_ex_tax: order.shippingExTax / 10_000,
      cost_inc_tax: order.shippingIncTax / 10_000,
      cost_tax: (order.shippingIncTax - order.shippingExTax) / 10_000,
      cost_tax_class_id: 0,
      base_handling_cost: 0,
      handling_cost_ex_tax: 0,
      handling_cost_inc_tax: 0,
      handling_cost_tax: 0,
      handling_cost_tax_class_id: 0,
      shipping_zone_id: 1,
      shipping_zone_name: 'United States',
      shipping_quotes: resource(store, order, `shippingaddresses/${id}/shippingquotes`),
    };
  });
  return { pickups: [], shipping, downloads: [], email: { gift_certificates: [] } };
}

/** One line; `id` is the line's own, custom lines have product 0 and variant 0. */
export function lineView(order: Order, line: OrderLine): Row {
  const discount = discountOf(order, line);
  const totalExTax = line.priceExTax * line.quantity;
  const totalIncTax = line.priceIncTax * line.quantity;
  return {
    ...LINE_CONSTANTS,
    id: line.id,
    order_id: order.id,
    product_id: line.productId,
    variant_id: line.variantId,
    order_address_id: order.shippingAddresses[0]?.id ?? 0,
    name: line.name,
    name_customer: line.name,
    name_merchant: line.name,
    sku: line.sku,
    upc: line.upc,
    base_price: moneyText(line.priceExTax),
    price_ex_tax: moneyText(line.priceExTax),
    price_inc_tax: moneyText(line.priceIncTax),
    price_tax: moneyText(line.priceIncTax - line.priceExTax),
    base_total: moneyText(totalExTax),
    total_ex_tax: moneyText(totalExTax),
    total_inc_tax: moneyText(totalIncTax),
    total_tax: moneyText(totalIncTax - totalExTax),
    discounted_total_inc_tax: moneyText(totalIncTax - discount),
    quantity: line.quantity,
    applied_discounts: discount === 0 ? [] : [manualDiscount(discount)],
    product_options: line.options.map((option, index) => optionView(line, option, index)),
  };
}

const manualDiscount = (amount: number) => ({
  id: 'manual-discount',
  amount: moneyText(amount),
  name: 'Manual Discount',
  code: null,
  target: 'order',
});

function optionView(line: OrderLine, option: OrderLine['options'][number], index: number): Row {
  return {
    id: line.id * 10 + index,
    option_id: option.optionId,
    order_product_id: line.id,
    product_option_id: option.optionId,
    display_name: option.name,
    display_name_customer: option.name,
    display_name_merchant: option.name,
    display_value: option.value,
    display_value_customer: option.value,
    display_value_merchant: option.value,
    value: String(option.valueId),
    type: 'Multiple choice',
    name: option.name,
    display_style: 'Rectangle',
  };
}

export function addressView(store: Store, order: Order, index: number): Row {
  const address = order.shippingAddresses[index];
  if (address === undefined) throw new Error(`Order ${order.id} has no address ${index}`);
  const { id, shippingMethod, ...rest } = address;
  const cost = moneyText(order.shippingExTax);
  return {
    id,
    order_id: order.id,
    ...rest,
    items_total: order.lines.reduce((sum, line) => sum + line.quantity, 0),
    items_shipped: 0,
    shipping_method: shippingMethod,
    base_cost: cost,
    cost_ex_tax: cost,
    cost_inc_tax: moneyText(order.shippingIncTax),
    cost_tax: moneyText(order.shippingIncTax - order.shippingExTax),
    cost_tax_class_id: 0,
    ...HANDLING_COST,
    shipping_zone_id: 1,
    shipping_zone_name: 'United States',
    form_fields: [],
    shipping_quotes: resource(store, order, `shippingaddresses/${id}/shippingquotes`),
  };
}

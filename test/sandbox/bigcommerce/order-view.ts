/**
 * Orders and their parts as the V2 API shows them (orders.v2.oas2.yml, bigcommerce.md 7.1, 7.2).
 */
import { rfc2822 } from './clock.ts';
import { moneyNumber as number, moneyText } from './money.ts';
import { couponDiscountOf, linesMoney, orderTotals, wrappingOf } from './order-money.ts';
import type { LineMoney } from './order-money.ts';
import { statusName } from './order-statuses.ts';
import type { Order, OrderFee, OrderLine, Store, TotalField } from './state.ts';

type Row = Record<string, unknown>;

const ZERO = moneyText(0);

/** `base_{name}`, `{name}_ex_tax`, `{name}_inc_tax`, `{name}_tax`; the base is as the store enters prices. */
function cost(order: Order, name: string, exTax: number, incTax: number): Row {
  return {
    [`base_${name}`]: moneyText(order.isTaxInclusive ? incTax : exTax),
    [`${name}_ex_tax`]: moneyText(exTax),
    [`${name}_inc_tax`]: moneyText(incTax),
    [`${name}_tax`]: moneyText(incTax - exTax),
  };
}

const handlingCost = (order: Order): Row => ({
  ...cost(order, 'handling_cost', order.handlingExTax, order.handlingIncTax),
  handling_cost_tax_class_id: order.shippingTaxClassId,
});

function resource(store: Store, order: Order, name: string): Row {
  const path = `/orders/${order.id}/${name}`;
  return { url: `https://api.bigcommerce.com/stores/${store.hash}/v2${path}`, resource: path };
}

/** What the sandbox has no data of. */
const ORDER_CONSTANTS = {
  wrapping_cost_tax_class_id: 0,
  payment_provider_id: '',
  // Always 0: refunds are asked for in V3 (7.2).
  refunded_amount: ZERO,
  ip_address: '',
  ip_address_v6: '',
  geoip_country: '',
  geoip_country_iso2: '',
  currency_id: 1,
  currency_exchange_rate: '1.0000000000',
  default_currency_id: 1,
  is_email_opt_in: false,
  ebay_order_id: '0',
  external_id: null,
  tax_provider_id: 'BasicTaxProvider',
  customer_locale: 'en',
};

const LINE_CONSTANTS = {
  order_pickup_method_id: 0,
  weight: '1.0000',
  width: ZERO,
  height: ZERO,
  depth: ZERO,
  base_cost_price: ZERO,
  cost_price_inc_tax: ZERO,
  cost_price_ex_tax: ZERO,
  cost_price_tax: ZERO,
  refund_amount: ZERO,
  return_id: 0,
  quantity_shipped: 0,
  event_name: null,
  event_date: null,
  fixed_shipping_cost: ZERO,
  ebay_item_id: '',
  ebay_transaction_id: '',
  option_set_id: null,
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
  const totals = orderTotals(store, order);
  const wrapping = wrappingOf(order);
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
    ...totalsView(totals),
    ...cost(order, 'shipping_cost', order.shippingExTax, order.shippingIncTax),
    shipping_cost_tax_class_id: order.shippingTaxClassId,
    ...handlingCost(order),
    ...cost(order, 'wrapping_cost', wrapping.exTax, wrapping.incTax),
    is_tax_inclusive_pricing: order.isTaxInclusive,
    order_is_digital: order.lines.every((line) => line.type === 'digital'),
    store_credit_amount: moneyText(order.storeCreditAmount),
    gift_certificate_amount: moneyText(order.giftCertificateAmount),
    coupon_discount: moneyText(couponDiscountOf(order)),
    store_default_to_transactional_exchange_rate: order.exchangeRate,
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
    fees: includes.fees
      ? order.fees.map((fee) => feeView(order, fee))
      : resource(store, order, 'fees'),
    consignments: includes.consignments
      ? consignments(store, order, includes.lineItems)
      : resource(store, order, 'consignments'),
  };
}

function totalsView(totals: Record<TotalField, number>): Row {
  const texts = Object.entries(totals).map(([name, amount]) => [name, moneyText(amount)]);
  return {
    ...Object.fromEntries(texts),
    subtotal_tax: moneyText(totals.subtotal_inc_tax - totals.subtotal_ex_tax),
    total_tax: moneyText(totals.total_inc_tax - totals.total_ex_tax),
  };
}

function feeView(order: Order, fee: OrderFee): Row {
  return {
    id: fee.id,
    type: 'custom_fee',
    display_name_customer: fee.name,
    display_name_merchant: fee.name,
    source: fee.source,
    ...cost(order, 'cost', fee.exTax, fee.incTax),
    tax_class_id: fee.taxClassId,
  };
}

/** The object structure; the array structure of old is not served. */
function consignments(store: Store, order: Order, lineItems: boolean): Row {
  const lines = lineItems
    ? linesMoney(store, order).map((money) => lineView(order, money))
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
      base_cost: number(order.isTaxInclusive ? order.shippingIncTax : order.shippingExTax),
      cost_ex_tax: number(order.shippingExTax),
      cost_inc_tax: number(order.shippingIncTax),
      cost_tax: number(order.shippingIncTax - order.shippingExTax),
      cost_tax_class_id: order.shippingTaxClassId,
      base_handling_cost: number(order.isTaxInclusive ? order.handlingIncTax : order.handlingExTax),
      handling_cost_ex_tax: number(order.handlingExTax),
      handling_cost_inc_tax: number(order.handlingIncTax),
      handling_cost_tax: number(order.handlingIncTax - order.handlingExTax),
      handling_cost_tax_class_id: order.shippingTaxClassId,
      shipping_zone_id: 1,
      shipping_zone_name: 'United States',
      shipping_quotes: resource(store, order, `shippingaddresses/${id}/shippingquotes`),
    };
  });
  return { pickups: [], shipping, downloads: [], email: { gift_certificates: [] } };
}

/** Units of a line that went back. */
export const unitsRefunded = (order: Order, lineId: number): number =>
  order.refunds
    .flatMap((refund) => refund.items)
    .filter((item) => item.type === 'PRODUCT' && item.itemId === lineId)
    .reduce((sum, item) => sum + item.quantity, 0);

/** One line; `id` is the line's own, custom lines have product 0 and variant 0. */
export function lineView(order: Order, money: LineMoney): Row {
  const { line } = money;
  const { wrapping } = line;
  const refunded = unitsRefunded(order, line.id);
  return {
    ...LINE_CONSTANTS,
    id: line.id,
    order_id: order.id,
    product_id: line.productId,
    variant_id: line.variantId,
    order_address_id: order.shippingAddresses[0]?.id ?? 0,
    type: line.type,
    name: line.name,
    name_customer: line.name,
    name_merchant: line.name,
    sku: line.sku,
    upc: line.upc,
    base_price: moneyText(order.isTaxInclusive ? line.priceIncTax : line.priceExTax),
    price_ex_tax: moneyText(line.priceExTax),
    price_inc_tax: moneyText(line.priceIncTax),
    price_tax: moneyText(line.priceIncTax - line.priceExTax),
    base_total: moneyText(money.entered),
    total_ex_tax: moneyText(money.exTax),
    total_inc_tax: moneyText(money.incTax),
    total_tax: moneyText(money.incTax - money.exTax),
    discounted_total_inc_tax: moneyText(money.paid.incTax),
    quantity: line.quantity,
    is_refunded: refunded >= line.quantity,
    quantity_refunded: refunded,
    parent_order_product_id: line.parentLineId,
    is_bundled_product: line.parentLineId !== null,
    wrapping_id: wrapping === null ? 0 : 1,
    wrapping_name: wrapping?.name ?? '',
    wrapping_message: wrapping?.message ?? '',
    ...cost(order, 'wrapping_cost', wrapping?.exTax ?? 0, wrapping?.incTax ?? 0),
    applied_discounts: discountsOf(order, money),
    product_options: line.options.map((option, index) => optionView(line, option, index)),
  };
}

function discountsOf(order: Order, { manualDiscount, couponDiscount }: LineMoney): Row[] {
  const [coupon] = order.coupons;
  const shown = { target: 'order' };
  return [
    ...(manualDiscount === 0
      ? []
      : [
          {
            ...shown,
            id: 'manual-discount',
            amount: moneyText(manualDiscount),
            name: 'Manual Discount',
            code: null,
          },
        ]),
    ...(coupon === undefined || couponDiscount === 0
      ? []
      : [
          {
            ...shown,
            id: 'total-coupon',
            amount: moneyText(couponDiscount),
            name: coupon.code,
            code: coupon.code,
          },
        ]),
  ];
}

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
  return {
    id,
    order_id: order.id,
    ...rest,
    items_total: order.lines.reduce((sum, line) => sum + line.quantity, 0),
    items_shipped: 0,
    shipping_method: shippingMethod,
    ...cost(order, 'cost', order.shippingExTax, order.shippingIncTax),
    cost_tax_class_id: order.shippingTaxClassId,
    ...handlingCost(order),
    shipping_zone_id: 1,
    shipping_zone_name: 'United States',
    form_fields: [],
    shipping_quotes: resource(store, order, `shippingaddresses/${id}/shippingquotes`),
  };
}

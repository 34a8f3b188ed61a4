/**
 * What POST and PUT /v2/orders may say, and how they are refused otherwise (bigcommerce.md 7.4,
 * 7.5).
 */
import { isChannelOpen } from './channels.ts';
import { parseDate, wholeSecond } from './clock.ts';
import { Refusal } from './errors.ts';
import { parseMoney } from './money.ts';
import { catalogLine, draftOrder } from './order-model.ts';
import { ORDER_STATUSES } from './order-statuses.ts';
import { storeId } from './platform.ts';
import { words } from './query.ts';
import type { Call } from './serve.ts';
import type { Address, Order, OrderFee, OrderLine, TotalField, Variant } from './state.ts';
import { DEFAULT_LOCATION_ID } from './stock.ts';

type Fields = Record<string, unknown>;

/** Shown by GET, refused in a body: "The field 'x' cannot be written to" (7.5). */
const READ_ONLY = [
  ...words('id date_modified date_shipped cart_id status custom_status subtotal_tax'),
  ...words('shipping_cost_tax shipping_cost_tax_class_id handling_cost_tax wrapping_cost_tax'),
  ...words('total_tax payment_status store_credit_amount gift_certificate_amount currency_id'),
  ...words('currency_code currency_exchange_rate default_currency_id'),
  ...words('store_default_currency_code coupon_discount'),
  ...words('store_default_to_transactional_exchange_rate shipping_address_count order_source'),
  ...words('external_id is_email_opt_in coupons refunded_amount'),
];

/** Written and kept. */
const WRITABLE = [
  ...words('status_id customer_id channel_id external_source external_order_id'),
  ...words('external_merchant_id payment_method staff_notes customer_message date_created'),
  ...words('default_currency_code billing_address shipping_addresses products discount_amount'),
  ...words('shipping_cost_ex_tax shipping_cost_inc_tax base_shipping_cost subtotal_ex_tax'),
  ...words('subtotal_inc_tax total_ex_tax total_inc_tax fees'),
  ...words('base_handling_cost handling_cost_ex_tax handling_cost_inc_tax'),
];

/** Documented, but beyond the sandbox for now: refused aloud rather than lost in silence. */
const NOT_SERVED = [
  ...words('consignments base_wrapping_cost ebay_order_id'),
  ...words(
    'wrapping_cost_ex_tax wrapping_cost_inc_tax geoip_country geoip_country_iso2 ip_address ip_address_v6',
  ),
  ...words('items_shipped items_total order_is_digital payment_provider_id tax_provider_id'),
  ...words('customer_locale'),
];

const invalid = (name: string) => new Refusal(400, `The field '${name}' is invalid.`);

function fieldsOf(call: Call, more: readonly string[]): Fields {
  const { body } = call;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal(400, 'The request body must be an object.');
  }
  for (const name of Object.keys(body)) {
    if (READ_ONLY.includes(name)) {
      throw new Refusal(400, `The field '${name}' cannot be written to.`);
    }
    if (NOT_SERVED.includes(name)) {
      throw new Refusal(501, `The sandbox does not serve the field '${name}' yet.`);
    }
    if (!WRITABLE.includes(name) && !more.includes(name)) {
      throw new Refusal(400, `The field '${name}' is not supported by this resource.`);
    }
  }
  return body as Fields;
}

function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid(name);
  return value;
}

function moneyOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const amount = parseMoney(value);
  if (amount === undefined || amount < 0) throw invalid(name);
  return amount;
}

/** Both of a pair or neither: giving one alone breaks the totals (7.4). */
function pairOf(fields: Fields, name: string): { exTax: number; incTax: number } | undefined {
  const exTax = moneyOf(fields, `${name}_ex_tax`);
  const incTax = moneyOf(fields, `${name}_inc_tax`);
  if (exTax === undefined && incTax === undefined) return undefined;
  if (exTax === undefined) throw invalid(`${name}_ex_tax`);
  if (incTax === undefined) throw invalid(`${name}_inc_tax`);
  return { exTax, incTax };
}

const ADDRESS_FIELDS: readonly (keyof Address)[] = [
  'first_name',
  'last_name',
  'company',
  'street_1',
  'street_2',
  'city',
  'state',
  'zip',
  'country',
  'country_iso2',
  'phone',
  'email',
];

function addressOf(value: unknown, at: string, more: readonly string[]): Address {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(at);
  const fields = value as Fields;
  const known: readonly string[] = [...ADDRESS_FIELDS, 'form_fields', ...more];
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Refusal(400, `The field '${at}.${unknown}' is not supported by this resource.`);
  }
  const entries = ADDRESS_FIELDS.map((name) => [name, textOf(fields, name) ?? '']);
  return Object.fromEntries(entries) as Record<keyof Address, string>;
}

function billingOf(value: unknown): Address {
  const address = addressOf(value, 'billing_address', []);
  if (address.zip.length < 2) throw invalid('billing_address.zip');
  return address;
}

function variantOf(call: Call, fields: Fields, productId: number): Variant {
  const { store } = call;
  const product = store.products[productId];
  if (product === undefined) throw invalid('product_id');
  const { variant_id: variantId, product_options: options } = fields;
  if (variantId !== undefined) {
    const variant = typeof variantId === 'number' ? store.variants[variantId] : undefined;
    if (variant?.productId !== productId) throw invalid('variant_id');
    return variant;
  }
  if (product.baseVariantId !== null) {
    const base = store.variants[product.baseVariantId];
    if (base !== undefined) return base;
  }
  // A product with variants needs the variant or all of its options (7.4).
  const chosen = (Array.isArray(options) ? options : []) as { id?: unknown; value?: unknown }[];
  const match = product.variantIds
    .map((id) => store.variants[id])
    .find((variant) =>
      variant?.optionValues.every(({ optionId, valueId }) =>
        chosen.some((one) => one.id === optionId && one.value === String(valueId)),
      ),
    );
  if (match === undefined) {
    throw new Refusal(400, `The options of product ${productId} are missing or invalid.`);
  }
  return match;
}

const CATALOG_LINE = ['product_id', 'variant_id', 'product_options', 'quantity', 'upc'];
const CUSTOM_LINE = ['name', 'name_customer', 'name_merchant', 'quantity', 'sku', 'upc'];
const LINE_PRICES = ['price_ex_tax', 'price_inc_tax'];

function lineOf(call: Call, value: unknown): OrderLine {
  if (typeof value !== 'object' || value === null) throw invalid('products');
  const fields = value as Fields;
  const { product_id: productId, quantity } = fields;
  const catalog = productId !== undefined;
  const known = [...(catalog ? CATALOG_LINE : CUSTOM_LINE), ...LINE_PRICES];
  if (catalog) known.push('name', 'name_customer', 'name_merchant');
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Refusal(400, `The field 'products.${unknown}' is not supported by this resource.`);
  }
  if (!Number.isSafeInteger(quantity) || (quantity as number) < 1) throw invalid('quantity');
  const prices = pairOf(fields, 'price');
  if (catalog) {
    if (!Number.isSafeInteger(productId)) throw invalid('product_id');
    const variant = variantOf(call, fields, productId as number);
    const line = catalogLine(call.store, variant, quantity as number, prices);
    return { ...line, name: textOf(fields, 'name') ?? line.name };
  }
  const name = textOf(fields, 'name');
  if (name === undefined || name === '') throw invalid('products.name');
  if (prices === undefined) throw invalid('products.price_ex_tax');
  return {
    id: storeId(call.store, 'orderLine'),
    productId: 0,
    variantId: 0,
    name,
    sku: textOf(fields, 'sku') ?? '',
    upc: textOf(fields, 'upc') ?? '',
    quantity: quantity as number,
    priceExTax: prices.exTax,
    priceIncTax: prices.incTax,
    taxClassId: 0,
    isTaxedByStore: false,
    wrapping: null,
    parentLineId: null,
    type: 'physical',
    options: [],
    takenUnits: 0,
    takenFrom: DEFAULT_LOCATION_ID,
  };
}

function statusOf(fields: Fields): number | undefined {
  const { status_id: statusId } = fields;
  if (statusId === undefined) return undefined;
  if (!ORDER_STATUSES.some((status) => status.id === statusId)) throw invalid('status_id');
  return statusId as number;
}

function channelOf(call: Call, fields: Fields): number | undefined {
  const { channel_id: channelId } = fields;
  if (channelId === undefined) return undefined;
  const channel = typeof channelId === 'number' ? call.store.channels[channelId] : undefined;
  if (!isChannelOpen(channel)) throw invalid('channel_id');
  return channelId as number;
}

function customerOf(call: Call, fields: Fields): number | undefined {
  const { customer_id: customerId } = fields;
  if (customerId === undefined || customerId === 0) return customerId;
  const customer = typeof customerId === 'number' ? call.store.customers[customerId] : undefined;
  if (customer === undefined) throw invalid('customer_id');
  return customer.id;
}

function createdOf(call: Call, fields: Fields): number | undefined {
  const value = textOf(fields, 'date_created');
  if (value === undefined) return undefined;
  const atMs = parseDate(value, call.platform.runtime.now());
  if (atMs === undefined) throw invalid('date_created');
  return wholeSecond(atMs);
}

function refuseOtherCurrency(call: Call, fields: Fields): void {
  const code = textOf(fields, 'default_currency_code');
  if (code !== undefined && code !== call.store.currency) throw invalid('default_currency_code');
}

/** Two of the three costs are given; a PUT replaces all fees (7.4). */
function feesOf(call: Call, fields: Fields): OrderFee[] | undefined {
  const { fees } = fields;
  if (fees === undefined) return undefined;
  if (!Array.isArray(fees)) throw invalid('fees');
  return fees.map((value: unknown) => {
    if (typeof value !== 'object' || value === null) throw invalid('fees');
    const fee = value as Fields;
    if (fee['type'] !== undefined && fee['type'] !== 'custom_fee') throw invalid('fees.type');
    const exTax = moneyOf(fee, 'cost_ex_tax');
    const incTax = moneyOf(fee, 'cost_inc_tax');
    const tax = moneyOf(fee, 'cost_tax');
    const ex = exTax ?? (incTax === undefined || tax === undefined ? undefined : incTax - tax);
    const inc = incTax ?? (exTax === undefined || tax === undefined ? undefined : exTax + tax);
    if (ex === undefined || inc === undefined) throw invalid('fees.cost_ex_tax');
    const name = textOf(fee, 'display_name_customer') ?? textOf(fee, 'display_name_merchant');
    return {
      id: storeId(call.store, 'orderFee'),
      name: name ?? '',
      source: textOf(fee, 'source') ?? '',
      exTax: ex,
      incTax: inc,
      taxClassId: typeof fee['tax_class_id'] === 'number' ? fee['tax_class_id'] : null,
    };
  });
}

/** What both POST and PUT set besides lines, addresses and status. */
function commonOf(call: Call, fields: Fields): Partial<Order> {
  const notes = textOf(fields, 'staff_notes');
  if (notes !== undefined && notes.length > 65_535) throw invalid('staff_notes');
  const shipping = pairOf(fields, 'shipping_cost');
  const handling = pairOf(fields, 'handling_cost');
  const found: Partial<Record<keyof Order, unknown>> = {
    customerId: customerOf(call, fields),
    channelId: channelOf(call, fields),
    createdAtMs: createdOf(call, fields),
    paymentMethod: textOf(fields, 'payment_method'),
    staffNotes: notes,
    customerMessage: textOf(fields, 'customer_message'),
    externalSource: textOf(fields, 'external_source'),
    externalOrderId: textOf(fields, 'external_order_id'),
    discountAmount: moneyOf(fields, 'discount_amount'),
    shippingExTax: shipping?.exTax,
    shippingIncTax: shipping?.incTax,
    handlingExTax: handling?.exTax,
    handlingIncTax: handling?.incTax,
    fees: feesOf(call, fields),
  };
  const given = Object.entries(found).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Order>;
}

function overridesOf(fields: Fields): Partial<Record<TotalField, number>> {
  const subtotal = pairOf(fields, 'subtotal');
  const total = pairOf(fields, 'total');
  return {
    ...(subtotal && { subtotal_ex_tax: subtotal.exTax, subtotal_inc_tax: subtotal.incTax }),
    ...(total && { total_ex_tax: total.exTax, total_inc_tax: total.incTax }),
  };
}

/** The order a POST asks for, not yet placed. */
export function readNewOrder(call: Call): Order {
  const fields = fieldsOf(call, []);
  const { products, shipping_addresses: addresses = [] } = fields;
  if (fields['billing_address'] === undefined) {
    throw new Refusal(400, "The field 'billing_address' is required.");
  }
  if (!Array.isArray(products) || products.length === 0) {
    throw new Refusal(400, "The field 'products' is required.");
  }
  if (!Array.isArray(addresses)) throw invalid('shipping_addresses');
  refuseOtherCurrency(call, fields);
  const billingAddress = billingOf(fields['billing_address']);
  const shipTo: Fields[] = addresses.length === 0 ? [{ ...billingAddress }] : addresses;
  return {
    ...draftOrder(call.platform, call.store),
    ...commonOf(call, fields),
    statusId: statusOf(fields) ?? 1,
    externalMerchantId: textOf(fields, 'external_merchant_id') ?? null,
    overrides: overridesOf(fields),
    billingAddress,
    shippingAddresses: shipTo.map((address) => ({
      ...addressOf(address, 'shipping_addresses', ['shipping_method']),
      id: storeId(call.store, 'orderAddress'),
      shippingMethod: textOf(address, 'shipping_method') ?? '',
    })),
    lines: products.map((line) => lineOf(call, line)),
  };
}

export interface OrderChange {
  fields: Partial<Order>;
  statusId: number | undefined;
  archives: boolean;
  lines: OrderLine[] | undefined;
}

/** A line of a PUT: with an id it changes that line, quantity 0 removes it, without one it is new (7.5). */
function editedLine(call: Call, order: Order, value: unknown): OrderLine {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields;
  const { id, quantity, ...rest } = fields;
  if (id === undefined) return lineOf(call, value);
  const line = order.lines.find((one) => one.id === id);
  if (line === undefined) throw invalid('products.id');
  const known = [...CATALOG_LINE, ...CUSTOM_LINE, ...LINE_PRICES];
  const unknown = Object.keys(rest).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Refusal(400, `The field 'products.${unknown}' is not supported by this resource.`);
  }
  const units = quantity ?? line.quantity;
  if (!Number.isSafeInteger(units) || (units as number) < 0) throw invalid('quantity');
  const prices = pairOf(fields, 'price');
  return {
    ...line,
    quantity: units as number,
    name: textOf(fields, 'name') ?? line.name,
    ...(prices && { priceExTax: prices.exTax, priceIncTax: prices.incTax, isTaxedByStore: false }),
  };
}

/** The order's lines after a PUT; undefined when it names none. Lines of quantity 0 are to be removed. */
function editedLines(call: Call, order: Order, fields: Fields): OrderLine[] | undefined {
  const { products } = fields;
  if (products === undefined) return undefined;
  if (!Array.isArray(products)) throw invalid('products');
  const edited = products.map((value: unknown) => editedLine(call, order, value));
  const kept = order.lines.filter((line) => !edited.some(({ id }) => id === line.id));
  return [...kept, ...edited].toSorted((a, b) => a.id - b.id);
}

/** What a PUT changes. Addresses are beyond the sandbox for now. */
export function readOrderChange(call: Call, order: Order): OrderChange {
  const fields = fieldsOf(call, ['is_deleted']);
  for (const name of ['shipping_addresses']) {
    if (fields[name] !== undefined) {
      throw new Refusal(501, `The sandbox does not serve edits of '${name}' yet.`);
    }
  }
  for (const name of ['default_currency_code', 'external_merchant_id']) {
    if (fields[name] !== undefined) {
      throw new Refusal(400, `The field '${name}' cannot be written to.`);
    }
  }
  const { billing_address: billing, is_deleted: archives = false } = fields;
  if (typeof archives !== 'boolean') throw invalid('is_deleted');
  const overrides = overridesOf(fields);
  return {
    fields: {
      ...commonOf(call, fields),
      ...(billing === undefined ? {} : { billingAddress: billingOf(billing) }),
      ...(Object.keys(overrides).length === 0 ? {} : { overrides }),
    },
    statusId: statusOf(fields),
    archives,
    lines: editedLines(call, order, fields),
  };
}

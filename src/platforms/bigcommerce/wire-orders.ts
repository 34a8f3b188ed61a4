/** Shapes of the answers that tell an order's money (orders.v2.oas2.yml, orders.v3.yml); as `wire.ts` otherwise. */
import * as v from 'valibot';
import { listOf, wholeNumber, wireOrder, wireOrderLine } from './wire.ts';

const text = v.nullish(v.string(), '');
const maybe = <Value>(schema: v.GenericSchema<unknown, Value>) => v.nullish(schema, null);
const idOrNull = maybe(wholeNumber);

/**
 * Money as BigCommerce writes it: V2 as text with four decimals or fewer, V3 as numbers (bigcommerce.md 14.10). Kept as
 * text, because only exact decimals add up to the cent; absent is nothing.
 */
export const amount = v.pipe(
  v.nullish(v.union([v.string(), v.number()]), '0'),
  v.transform((value) => (typeof value === 'number' ? decimalText(value) : value || '0')),
);

/** A float to at most four decimals, without an exponent. */
export function decimalText(value: number): string {
  return value.toFixed(4).replace(/\.?0+$/, '');
}

const discount = v.object({ id: text, amount, name: text, code: maybe(v.string()), target: text });
const option = v.object({ display_name: text, display_value: text });

export const wireSaleLine = v.object({
  ...wireOrderLine.entries,
  total_ex_tax: amount,
  total_inc_tax: amount,
  total_tax: amount,
  discounted_total_inc_tax: amount,
  price_ex_tax: amount,
  price_inc_tax: amount,
  wrapping_name: text,
  applied_discounts: maybe(v.array(discount)),
  product_options: maybe(v.array(option)),
});
export type WireSaleLine = v.InferOutput<typeof wireSaleLine>;

/** Fees when they were included, a link to them when not. */
const fees = v.fallback(
  maybe(
    v.array(
      v.object({
        id: idOrNull,
        display_name_customer: text,
        display_name_merchant: text,
        cost_ex_tax: amount,
        cost_inc_tax: amount,
      }),
    ),
  ),
  null,
);

const address = v.object({
  first_name: text,
  last_name: text,
  company: text,
  street_1: text,
  street_2: text,
  city: text,
  state: text,
  zip: text,
  country: text,
  country_iso2: text,
  phone: text,
  email: text,
});
export type WireAddress = v.InferOutput<typeof address>;

const saleLines = v.pipe(
  v.unknown(),
  v.transform((value) => {
    const read = v.safeParse(v.array(wireSaleLine), value);
    return read.success ? read.output : null;
  }),
);
const withLines = { line_items: saleLines };
const shipping = v.object({
  ...withLines,
  ...address.entries,
  id: idOrNull,
  shipping_method: text,
});
const pickup = v.object({
  ...withLines,
  pickup_method_display_name: text,
  location: maybe(v.object({ code: text, name: text })),
});
const consignments = v.object({
  pickups: maybe(v.array(pickup)),
  shipping: maybe(v.array(shipping)),
  downloads: maybe(v.array(v.object(withLines))),
  email: maybe(v.object({ gift_certificates: maybe(v.array(v.object(withLines))) })),
});

export const wireSale = v.object({
  ...wireOrder.entries,
  consignments: v.fallback(maybe(consignments), null),
  status: text,
  customer_id: maybe(wholeNumber),
  default_currency_code: text,
  store_default_currency_code: text,
  store_default_to_transactional_exchange_rate: amount,
  is_tax_inclusive_pricing: maybe(v.boolean()),
  subtotal_ex_tax: amount,
  subtotal_inc_tax: amount,
  total_ex_tax: amount,
  total_inc_tax: amount,
  total_tax: amount,
  shipping_cost_ex_tax: amount,
  shipping_cost_inc_tax: amount,
  handling_cost_ex_tax: amount,
  handling_cost_inc_tax: amount,
  wrapping_cost_ex_tax: amount,
  wrapping_cost_inc_tax: amount,
  discount_amount: amount,
  coupon_discount: amount,
  store_credit_amount: amount,
  gift_certificate_amount: amount,
  payment_method: text,
  customer_message: text,
  staff_notes: text,
  external_source: text,
  billing_address: maybe(address),
  fees,
});
export type WireSale = v.InferOutput<typeof wireSale>;

/** V2 lists are bare arrays and empty ones are no body at all (bigcommerce.md 3.3). */
function bareList<Item>(item: v.GenericSchema<unknown, Item>) {
  return v.pipe(
    v.optional(v.array(item)),
    v.transform((list) => list ?? []),
  );
}

export const wireSaleLines = bareList(wireSaleLine);
export const wireSales = bareList(wireSale);

export const wireOrderTaxes = bareList(
  v.object({
    name: text,
    class: text,
    rate: amount,
    tax_rate_id: idOrNull,
    tax_class_id: idOrNull,
    line_amount: amount,
    /** Empty for what is no line. */
    order_product_id: maybe(v.union([v.string(), v.number()])),
    line_item_type: text,
  }),
);

export const wireOrderCoupons = bareList(
  v.object({ code: text, amount, type: maybe(wholeNumber), discount: amount }),
);

/** 204 without a body when no money moved. */
export const wireTransactions = v.pipe(
  v.optional(
    listOf(
      v.object({
        id: wholeNumber,
        event: text,
        method: text,
        amount,
        currency: text,
        gateway: text,
        status: text,
        date_created: text,
        custom: maybe(v.object({ payment_method: text })),
        offline: maybe(v.object({ display_name: text })),
      }),
    ),
  ),
  v.transform((list) => list?.data ?? []),
);

/**
 * Orders made and changed by API (bigcommerce.md 7.4, 7.5). No idempotency key: give each order an `externalOrderId`
 * of its own and look for it with `findByExternalId` before and after a create that was not answered.
 */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import { wholeNumber } from './wire.ts';

/** Decimal texts; BigCommerce wants both or neither. */
interface TaxedAmount {
  readonly exTax: string;
  readonly incTax: string;
}

export interface NewOrderLine {
  readonly quantity: number;
  /** Of the catalog: takes stock, and the order is refused when there is too little. */
  readonly productId?: number;
  readonly variantId?: number;
  /** Required for a custom line, which is in no catalog and takes no stock. */
  readonly name?: string;
  /** Custom lines only. */
  readonly sku?: string;
  /** Of one piece; required for a custom line, the catalog's price when left out. */
  readonly price?: TaxedAmount;
}

export interface NewOrderFee extends TaxedAmount {
  readonly name: string;
}

export interface NewOrderAddress {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly company?: string;
  readonly street1?: string;
  readonly street2?: string;
  readonly city?: string;
  /** Full name, not its letters (7.4). */
  readonly state?: string;
  /** At least two characters. */
  readonly zip: string;
  readonly countryIso2?: string;
  readonly phone?: string;
  readonly email?: string;
}

interface OrderFields {
  /** 7.3; an order made without one is Pending. */
  readonly statusId?: number;
  readonly customerId?: number;
  readonly paymentMethod?: string;
  readonly staffNotes?: string;
  readonly customerMessage?: string;
  readonly externalOrderId?: string;
  /** Off the order as a whole, decimal text. */
  readonly discount?: string;
  readonly shipping?: TaxedAmount;
  readonly fees?: readonly NewOrderFee[];
  /** Instead of what BigCommerce would compute. */
  readonly subtotal?: TaxedAmount;
  readonly total?: TaxedAmount;
}

export interface NewOrder extends OrderFields {
  readonly billingAddress: NewOrderAddress;
  readonly lines: readonly NewOrderLine[];
  /** An open channel; the storefront when left out. */
  readonly channelId?: number;
  /** The app's id, as the marketplace wants it (1.6). */
  readonly externalSource?: string;
  readonly currency?: string;
  /** When it was sold, epoch milliseconds. */
  readonly createdAtMs?: number;
}

export interface OrderChange extends OrderFields {
  /** Lines to change by id (quantity 0 removes), lines to add without one. */
  readonly lines?: readonly (NewOrderLine & { readonly lineId?: number })[];
}

export interface OrderReceipt {
  readonly orderId: number;
  readonly statusId: number;
  readonly totalIncTax: string;
}

const wireReceipt = v.object({
  id: wholeNumber,
  status_id: wholeNumber,
  total_inc_tax: v.nullish(v.string(), ''),
});

const pair = (name: string, amount: TaxedAmount | undefined) =>
  amount === undefined
    ? {}
    : { [`${name}_ex_tax`]: amount.exTax, [`${name}_inc_tax`]: amount.incTax };

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function fieldsBody(order: OrderFields) {
  return {
    ...given({
      status_id: order.statusId,
      customer_id: order.customerId,
      payment_method: order.paymentMethod,
      staff_notes: order.staffNotes,
      customer_message: order.customerMessage,
      external_order_id: order.externalOrderId,
      discount_amount: order.discount,
    }),
    ...pair('shipping_cost', order.shipping),
    ...pair('subtotal', order.subtotal),
    ...pair('total', order.total),
    ...(order.fees === undefined ? {} : { fees: order.fees.map(feeBody) }),
  };
}

function feeBody(fee: NewOrderFee) {
  return {
    type: 'custom_fee',
    display_name_customer: fee.name,
    display_name_merchant: fee.name,
    cost_ex_tax: fee.exTax,
    cost_inc_tax: fee.incTax,
  };
}

function lineBody(line: NewOrderLine & { readonly lineId?: number }) {
  return given({
    id: line.lineId,
    product_id: line.productId,
    variant_id: line.variantId,
    name: line.name,
    sku: line.sku,
    quantity: line.quantity,
    price_ex_tax: line.price && Number(line.price.exTax),
    price_inc_tax: line.price && Number(line.price.incTax),
  });
}

function addressBody(address: NewOrderAddress) {
  return given({
    first_name: address.firstName,
    last_name: address.lastName,
    company: address.company,
    street_1: address.street1,
    street_2: address.street2,
    city: address.city,
    state: address.state,
    zip: address.zip,
    country_iso2: address.countryIso2,
    phone: address.phone,
    email: address.email,
  });
}

function createRequest(order: NewOrder): PlatformRequest<v.InferOutput<typeof wireReceipt>> {
  return {
    operation: 'orders.create',
    method: 'POST',
    path: '/v2/orders',
    body: {
      ...fieldsBody(order),
      ...given({
        channel_id: order.channelId,
        external_source: order.externalSource,
        default_currency_code: order.currency,
        date_created:
          order.createdAtMs === undefined ? undefined : new Date(order.createdAtMs).toUTCString(),
      }),
      billing_address: addressBody(order.billingAddress),
      products: order.lines.map(lineBody),
    },
    accepts: wireReceipt,
  };
}

const readReceipt = (wire: v.InferOutput<typeof wireReceipt>): OrderReceipt => ({
  orderId: wire.id,
  statusId: wire.status_id,
  totalIncTax: wire.total_inc_tax,
});

/**
 * Makes an order; its catalog lines take stock. `stock_insufficient` when there is too little (nothing was made: send
 * custom lines instead), `rejected` for values BigCommerce does not take, `outcomeUnknown` when it may have been made.
 */
export async function createOrder(
  session: BigCommerceSession,
  order: NewOrder,
): Promise<Result<OrderReceipt, Failure>> {
  const answer = await session.call(createRequest(order));
  return answer.ok ? ok(readReceipt(answer.value.body)) : answer;
}

/**
 * Changes an order: only what is named; fees are replaced as a whole, and lines that are edited lose their discounts
 * (7.4). Failures as `createOrder`, and `not_found`.
 */
export async function updateOrder(
  session: BigCommerceSession,
  orderId: number,
  change: OrderChange,
): Promise<Result<OrderReceipt, Failure>> {
  const answer = await session.call({
    operation: 'orders.update',
    method: 'PUT',
    path: `/v2/orders/${orderId}`,
    body: {
      ...fieldsBody(change),
      ...(change.lines === undefined ? {} : { products: change.lines.map(lineBody) }),
    },
    accepts: wireReceipt,
  });
  return answer.ok ? ok(readReceipt(answer.value.body)) : answer;
}

const RECEIPTS = v.pipe(
  v.optional(v.array(wireReceipt)),
  v.transform((list) => list ?? []),
);

/** Orders that carry this external id, oldest first; BigCommerce does not keep it unique. Failures: those of `session.call`. */
export async function findByExternalId(
  session: BigCommerceSession,
  externalOrderId: string,
): Promise<Result<readonly OrderReceipt[], Failure>> {
  const answer = await session.call({
    operation: 'orders.find',
    method: 'GET',
    path: '/v2/orders',
    query: { external_order_id: externalOrderId },
    accepts: RECEIPTS,
  });
  return answer.ok ? ok(answer.value.body.map(readReceipt)) : answer;
}

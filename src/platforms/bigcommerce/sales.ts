/** Orders with all their money: what a register needs to hold the same sale (bigcommerce.md 7, 8, 10). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { PlatformRequest } from '../http.ts';
import { epochMs, includedLines, isBundleChild, LINE_PAGES_MAX, LINES_PER_PAGE } from './orders.ts';
import type { BigCommerceSession } from './session.ts';
import {
  wireOrderCoupons,
  wireOrderTaxes,
  wireSale,
  wireSaleLines,
  wireTransactions,
  type WireAddress,
  type WireSale,
  type WireSaleLine,
} from './wire-orders.ts';

/** An amount without and with tax, as decimal text in the currency that the shopper paid in. */
interface TaxedAmount {
  readonly exTax: string;
  readonly incTax: string;
}

export interface SaleLine {
  readonly lineId: number;
  /** null for a custom line. */
  readonly productId: number | null;
  readonly variantId: number | null;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly quantityRefunded: number;
  /** `physical`, `digital`, `giftcertificate`. */
  readonly type: string;
  readonly isBundleChild: boolean;
  readonly parentLineId: number | null;
  /** The whole line, discounts of the order not taken off. */
  readonly total: TaxedAmount;
  readonly tax: string;
  /** The whole line with its tax, all discounts taken off. */
  readonly discountedIncTax: string;
  readonly options: readonly { readonly name: string; readonly value: string }[];
  /** Its shares of the order's discounts, by name. */
  readonly discounts: readonly { readonly name: string; readonly amount: string }[];
}

export interface OrderAddress {
  readonly firstName: string;
  readonly lastName: string;
  readonly company: string;
  readonly street1: string;
  readonly street2: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
  readonly countryIso2: string;
  readonly phone: string;
  readonly email: string;
}

/** One order as BigCommerce tells it, amounts as its own decimal texts. */
export interface Sale {
  readonly orderId: number;
  readonly statusId: number;
  readonly status: string;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  readonly modifiedAtMs: number | null;
  readonly channelId: number | null;
  /** 0: a guest. */
  readonly customerId: number;
  /** `www`, `manual`, `external` (made by API), … */
  readonly source: string;
  readonly externalSource: string;
  readonly externalOrderId: string;
  /** What the shopper paid in; all amounts are in it. */
  readonly currency: string;
  readonly storeCurrency: string;
  /** How many units of `currency` one of `storeCurrency` is. */
  readonly storeToCurrencyRate: string;
  readonly isTaxInclusive: boolean;
  readonly total: TaxedAmount;
  readonly totalTax: string;
  readonly subtotal: TaxedAmount;
  readonly shipping: TaxedAmount;
  readonly handling: TaxedAmount;
  readonly wrapping: TaxedAmount;
  readonly fees: readonly (TaxedAmount & { readonly name: string })[];
  /** Taken off by staff or a promotion. */
  readonly discount: string;
  readonly couponDiscount: string;
  readonly storeCredit: string;
  readonly giftCertificate: string;
  readonly paymentMethod: string;
  /** `paid`, `captured`, `authorized`, `declined`, … or empty. */
  readonly paymentStatus: string;
  /** Of the first consignment; empty when nothing is shipped. */
  readonly shippingMethod: string;
  readonly shippingAddresses: readonly (OrderAddress & { readonly addressId: number | null })[];
  /** Codes of the locations where the order is picked up. */
  readonly pickupLocationCodes: readonly string[];
  readonly billingAddress: OrderAddress | null;
  readonly customerMessage: string;
  readonly staffNotes: string;
  readonly customerName: string;
  readonly isDeleted: boolean;
  readonly lines: readonly SaleLine[];
  /** When the request left, epoch milliseconds. */
  readonly readStartedAtMs: number;
}

/** Lines, fees, pickups and addresses come along (7.1). */
function saleRequest(orderId: number): PlatformRequest<WireSale> {
  return {
    operation: 'orders.sale',
    method: 'GET',
    path: `/v2/orders/${orderId}`,
    query: { include: 'consignments.line_items,fees', consignment_structure: 'object' },
    accepts: wireSale,
  };
}

function saleLinesRequest(
  orderId: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof wireSaleLines>> {
  return {
    operation: 'orders.sale_lines',
    method: 'GET',
    path: `/v2/orders/${orderId}/products`,
    query: { page, limit: LINES_PER_PAGE },
    accepts: wireSaleLines,
  };
}

function readLine(line: WireSaleLine): SaleLine {
  const productId = line.product_id ?? 0;
  const variantId = line.variant_id ?? 0;
  return {
    lineId: line.id,
    productId: productId > 0 ? productId : null,
    variantId: variantId > 0 ? variantId : null,
    sku: line.sku,
    name: line.name,
    quantity: line.quantity,
    quantityRefunded: line.quantity_refunded ?? 0,
    type: line.type,
    isBundleChild: isBundleChild(line),
    parentLineId: (line.parent_order_product_id ?? 0) > 0 ? line.parent_order_product_id : null,
    total: { exTax: line.total_ex_tax, incTax: line.total_inc_tax },
    tax: line.total_tax,
    discountedIncTax: line.discounted_total_inc_tax,
    options: (line.product_options ?? []).map((option) => ({
      name: option.display_name,
      value: option.display_value,
    })),
    discounts: (line.applied_discounts ?? []).map(({ name, amount }) => ({ name, amount })),
  };
}

function readAddress(wire: WireAddress): OrderAddress {
  return {
    firstName: wire.first_name,
    lastName: wire.last_name,
    company: wire.company,
    street1: wire.street_1,
    street2: wire.street_2,
    city: wire.city,
    state: wire.state,
    zip: wire.zip,
    countryIso2: wire.country_iso2,
    phone: wire.phone,
    email: wire.email,
  };
}

/** The order's own amounts. */
function readAmounts(wire: WireSale) {
  return {
    currency: wire.default_currency_code,
    storeCurrency: wire.store_default_currency_code || wire.default_currency_code,
    storeToCurrencyRate: wire.store_default_to_transactional_exchange_rate,
    isTaxInclusive: wire.is_tax_inclusive_pricing ?? false,
    total: { exTax: wire.total_ex_tax, incTax: wire.total_inc_tax },
    totalTax: wire.total_tax,
    subtotal: { exTax: wire.subtotal_ex_tax, incTax: wire.subtotal_inc_tax },
    shipping: { exTax: wire.shipping_cost_ex_tax, incTax: wire.shipping_cost_inc_tax },
    handling: { exTax: wire.handling_cost_ex_tax, incTax: wire.handling_cost_inc_tax },
    wrapping: { exTax: wire.wrapping_cost_ex_tax, incTax: wire.wrapping_cost_inc_tax },
    fees: (wire.fees ?? []).map((fee) => ({
      name: fee.display_name_customer || fee.display_name_merchant,
      exTax: fee.cost_ex_tax,
      incTax: fee.cost_inc_tax,
    })),
    discount: wire.discount_amount,
    couponDiscount: wire.coupon_discount,
    storeCredit: wire.store_credit_amount,
    giftCertificate: wire.gift_certificate_amount,
  };
}

/** The answer in our own words; `malformed_answer` for a creation date that is none. */
export function readSale(
  wire: WireSale,
  lines: readonly WireSaleLine[],
  readStartedAtMs: number,
): Result<Sale, Failure> {
  const createdAtMs = epochMs(wire.date_created);
  if (createdAtMs === null) {
    const message = `bigcommerce answered order ${wire.id} with a creation date that is no date.`;
    return fail({ code: 'malformed_answer', message });
  }
  const billing = wire.billing_address === null ? null : readAddress(wire.billing_address);
  const shipping = wire.consignments?.shipping ?? [];
  const pickups = wire.consignments?.pickups ?? [];
  return ok({
    orderId: wire.id,
    statusId: wire.status_id,
    status: wire.status,
    createdAtMs,
    modifiedAtMs: epochMs(wire.date_modified),
    channelId: wire.channel_id ?? null,
    customerId: wire.customer_id ?? 0,
    source: wire.order_source ?? '',
    externalSource: wire.external_source,
    externalOrderId: String(wire.external_order_id ?? ''),
    ...readAmounts(wire),
    paymentMethod: wire.payment_method,
    paymentStatus: wire.payment_status ?? '',
    shippingMethod: shipping[0]?.shipping_method ?? '',
    shippingAddresses: shipping.map((one) => ({ ...readAddress(one), addressId: one.id })),
    pickupLocationCodes: pickups.flatMap(({ location }) => location?.code || []),
    billingAddress: billing,
    customerMessage: wire.customer_message,
    staffNotes: wire.staff_notes,
    customerName: [billing?.firstName, billing?.lastName].filter(Boolean).join(' '),
    isDeleted: wire.is_deleted ?? false,
    lines: lines.map(readLine),
    readStartedAtMs,
  });
}

/**
 * One order with its lines, fees, addresses and all amounts: one call, or a few more when the lines did not come along.
 * `not_found` for an unknown order; otherwise the failures of `session.call`.
 */
export async function getSale(
  session: BigCommerceSession,
  orderId: number,
): Promise<Result<Sale, Failure>> {
  const answer = await session.call(saleRequest(orderId));
  if (!answer.ok) return answer;
  const { body, startedAtMs } = answer.value;
  const included = includedLines(body);
  if (included !== null) return readSale(body, included, startedAtMs);
  const lines: WireSaleLine[] = [];
  for (let page = 1; page <= LINE_PAGES_MAX; page += 1) {
    const more = await session.call(saleLinesRequest(orderId, page));
    if (!more.ok) return more;
    lines.push(...more.value.body);
    if (more.value.body.length < LINES_PER_PAGE) return readSale(body, lines, startedAtMs);
  }
  return fail({ code: 'too_large', message: `Order ${orderId} has too many lines to read.` });
}

export interface OrderTax {
  readonly name: string;
  readonly className: string;
  /** Percent, decimal text. */
  readonly rate: string;
  readonly amount: string;
  /** null where it is of shipping, handling and the like. */
  readonly lineId: number | null;
  /** `item`, `shipping`, `handling`, `gift-wrapping`. */
  readonly kind: string;
}

/** 250 rows a page; a hundred lines with two taxes each are one page. */
const TAX_PAGE = 250;
const TAX_PAGES_MAX = 40;

function orderTaxesRequest(
  orderId: number,
  page: number,
): PlatformRequest<v.InferOutput<typeof wireOrderTaxes>> {
  return {
    operation: 'orders.taxes',
    method: 'GET',
    path: `/v2/orders/${orderId}/taxes`,
    query: { details: 'true', page, limit: TAX_PAGE },
    accepts: wireOrderTaxes,
  };
}

/** The order's tax by thing and rate; empty when it bears none. Failures as `getSale`. */
export async function getOrderTaxes(
  session: BigCommerceSession,
  orderId: number,
): Promise<Result<readonly OrderTax[], Failure>> {
  const taxes: OrderTax[] = [];
  for (let page = 1; page <= TAX_PAGES_MAX; page += 1) {
    const answer = await session.call(orderTaxesRequest(orderId, page));
    if (!answer.ok) return answer;
    const rows = answer.value.body;
    taxes.push(
      ...rows.map((row) => ({
        name: row.name,
        className: row.class,
        rate: row.rate,
        amount: row.line_amount,
        lineId: Number(row.order_product_id ?? 0) || null,
        kind: row.line_item_type,
      })),
    );
    if (rows.length < TAX_PAGE) return ok(taxes);
  }
  return fail({ code: 'too_large', message: `Order ${orderId} has too many taxes to read.` });
}

export interface OrderCoupon {
  readonly code: string;
  readonly discount: string;
}

/** The coupons used on an order, with what each took off. Failures as `getSale`. */
export async function getOrderCoupons(
  session: BigCommerceSession,
  orderId: number,
): Promise<Result<readonly OrderCoupon[], Failure>> {
  const answer = await session.call({
    operation: 'orders.coupons',
    method: 'GET',
    path: `/v2/orders/${orderId}/coupons`,
    accepts: wireOrderCoupons,
  });
  if (!answer.ok) return answer;
  return ok(answer.value.body.map(({ code, discount }) => ({ code, discount })));
}

export interface OrderTransaction {
  readonly transactionId: number;
  /** `purchase`, `authorization`, `capture`, `refund`, `void`, `pending`, `settled`. */
  readonly event: string;
  /** `credit_card`, `gift_certificate`, `store_credit`, `custom`, `offline`, … */
  readonly method: string;
  /** The method as the merchant named it, where BigCommerce tells; else the gateway. */
  readonly name: string;
  readonly amount: string;
  readonly currency: string;
  /** False for a declined movement. */
  readonly isOk: boolean;
  /** Epoch milliseconds; null when BigCommerce tells none. */
  readonly atMs: number | null;
}

/**
 * The movements of money of an order, oldest first; empty when there are none, as with orders made by API. Needs the
 * scope of transactions (8). Failures as `getSale`.
 */
export async function getOrderTransactions(
  session: BigCommerceSession,
  orderId: number,
): Promise<Result<readonly OrderTransaction[], Failure>> {
  const answer = await session.call({
    operation: 'orders.transactions',
    method: 'GET',
    path: `/v3/orders/${orderId}/transactions`,
    accepts: wireTransactions,
  });
  if (!answer.ok) return answer;
  return ok(
    answer.value.body.map((row) => ({
      transactionId: row.id,
      event: row.event,
      method: row.method,
      name: row.custom?.payment_method || row.offline?.display_name || row.gateway,
      amount: row.amount,
      currency: row.currency,
      isOk: row.status === '' || row.status === 'ok',
      atMs: epochMs(row.date_created),
    })),
  );
}

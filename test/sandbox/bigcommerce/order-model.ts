/**
 * The life of an order: placed by a shopper or by API, moved between statuses, archived
 * (bigcommerce.md 7).
 */
import { calculatedPrice } from './catalog-view.ts';
import { wholeSecond } from './clock.ts';
import { emit } from './events.ts';
import { takePayment } from './order-payment.ts';
import {
  editMovesStock,
  resizeTaken,
  settleStock,
  shortages,
  takesOnPlacement,
} from './order-stock.ts';
import type { Shortage } from './order-stock.ts';
import { INCOMPLETE, PARTIALLY_REFUNDED, REFUNDED, statusName } from './order-statuses.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Address, Order, OrderLine, Product, Store, Variant } from './state.ts';
import { DEFAULT_LOCATION_ID } from './stock.ts';

/** The shop refuses a sale for lack of stock; the API words it as 409. */
export class OutOfStock extends Error {
  readonly shortages: readonly Shortage[];

  constructor(short: readonly Shortage[]) {
    super(`Out of stock: variants ${short.map((one) => one.variantId).join(', ')}`);
    this.shortages = short;
  }
}

export const GUEST: Address = {
  first_name: 'Jane',
  last_name: 'Doe',
  company: '',
  street_1: '555 East Street',
  street_2: '',
  city: 'Austin',
  state: 'Texas',
  zip: '78108',
  country: 'United States',
  country_iso2: 'US',
  phone: '1234567890',
  email: 'janedoe@example.com',
};

/** A line of a catalog variant, at the given prices or at the catalog's. */
export function catalogLine(
  store: Store,
  variant: Variant,
  quantity: number,
  prices?: { exTax: number; incTax: number },
): OrderLine {
  const product = store.products[variant.productId];
  if (product === undefined) throw new Error(`Variant ${variant.id} has no product`);
  const price = calculatedPrice(product, variant);
  return {
    id: storeId(store, 'orderLine'),
    productId: product.id,
    variantId: variant.id,
    name: product.name,
    sku: variant.sku,
    upc: variant.upc,
    quantity,
    priceExTax: prices?.exTax ?? price,
    priceIncTax: prices?.incTax ?? price,
    taxClassId: product.taxClassId,
    isTaxedByStore: false,
    wrapping: null,
    parentLineId: null,
    type: product.type,
    options: optionsOf(product, variant),
    takenUnits: 0,
    takenFrom: DEFAULT_LOCATION_ID,
  };
}

function optionsOf(product: Product, variant: Variant): OrderLine['options'] {
  return variant.optionValues.map(({ optionId, valueId }) => {
    const option = product.options.find((one) => one.id === optionId);
    const value = option?.values.find((one) => one.id === valueId)?.label ?? '';
    return { optionId, name: option?.displayName ?? '', value, valueId };
  });
}

/** An order as yet unplaced, with everything but its lines at its default. */
export function draftOrder(platform: Platform, store: Store): Order {
  const nowMs = wholeSecond(platform.runtime.now());
  return {
    id: 0,
    channelId: 1,
    customerId: 0,
    statusId: 1,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    shippedAtMs: null,
    cartId: '',
    orderSource: 'external',
    paymentMethod: '',
    paymentStatus: '',
    staffNotes: '',
    customerMessage: '',
    externalSource: null,
    externalOrderId: '',
    externalMerchantId: null,
    currencyCode: store.currency,
    discountAmount: 0,
    shippingExTax: 0,
    shippingIncTax: 0,
    shippingTaxClassId: 0,
    handlingExTax: 0,
    handlingIncTax: 0,
    fees: [],
    coupons: [],
    giftCertificateAmount: 0,
    storeCreditAmount: 0,
    isTaxInclusive: store.isPriceEnteredWithTax,
    taxRates: structuredClone(store.taxRates),
    exchangeRate: '1.0000000000',
    transactions: [],
    refunds: [],
    overrides: {},
    billingAddress: { ...GUEST },
    shippingAddresses: [],
    lines: [],
    isDeleted: false,
  };
}

/**
 * Enters an order made by API; throws `OutOfStock` when its catalog lines take stock that is not
 * there (7.4).
 */
export function enterOrder(platform: Platform, store: Store, order: Order): Order {
  if (takesOnPlacement(platform, store, order)) {
    const short = shortages(platform, store, order.lines);
    if (short.length > 0) throw new OutOfStock(short);
  }
  return place(platform, store, order, platform.switches.apiOrderFiresStatusUpdated);
}

/** Gives the order its number and does what comes with being placed. */
export function place(platform: Platform, store: Store, draft: Order, firesMore: boolean): Order {
  const order = { ...draft, id: storeId(store, 'order') };
  store.orders[order.id] = order;
  // Every order starts as incomplete: `created` comes first, for whatever status it ends in (14.4).
  orderEvent(platform, store, order, 'created');
  if (firesMore && order.statusId !== INCOMPLETE) statusEvents(platform, store, order, INCOMPLETE);
  settleStock(platform, store, order, undefined);
  if (order.statusId !== INCOMPLETE) countSales(platform, store, order);
  return order;
}

/** "Total sold" is on the trigger list of product/updated, tracked or not (2.3, 6.6). */
function countSales(platform: Platform, store: Store, order: Order): void {
  const sold = new Map<number, number>();
  for (const line of order.lines) {
    sold.set(line.productId, (sold.get(line.productId) ?? 0) + line.quantity);
  }
  for (const [productId, units] of sold) {
    const product = store.products[productId];
    if (product === undefined) continue;
    product.totalSold += units;
    emit(platform, store, 'store/product/updated', { type: 'product', id: productId });
  }
}

/** The store-wide event, and the channel's own with its different key (2.3, 14.16). */
function orderEvent(
  platform: Platform,
  store: Store,
  order: Order,
  change: 'created' | 'updated' | 'archived' | 'statusUpdated',
  more: Record<string, unknown> = {},
): void {
  emit(platform, store, `store/order/${change}`, { type: 'order', id: order.id, ...more });
  const scope = `store/channel/${order.channelId}/order/${change}`;
  emit(platform, store, scope, { order_id: order.id, ...more });
}

function statusEvents(platform: Platform, store: Store, order: Order, from: number): void {
  const status = { previous_status_id: from, new_status_id: order.statusId };
  orderEvent(platform, store, order, 'statusUpdated', { status });
  orderEvent(platform, store, order, 'updated');
}

export function orderOf(store: Store, orderId: number): Order {
  const order = store.orders[orderId];
  if (order === undefined) throw new Error(`No order ${orderId}`);
  return order;
}

/** Marks an order as changed and fires `updated`. */
export function touchOrder(platform: Platform, store: Store, order: Order): void {
  order.modifiedAtMs = wholeSecond(platform.runtime.now());
  orderEvent(platform, store, order, 'updated');
}

/**
 * Gives an order other lines, those of quantity 0 removed; coupons do not survive an edit of products (7.4). Throws
 * `OutOfStock` when more is wanted than there is.
 */
export function editLines(
  platform: Platform,
  store: Store,
  order: Order,
  lines: readonly OrderLine[],
): void {
  const moves = editMovesStock(platform, store, order);
  if (moves) {
    const more = lines.map((line) => ({ ...line, quantity: line.quantity - line.takenUnits }));
    const short = shortages(
      platform,
      store,
      more.filter((line) => line.quantity > 0),
    );
    if (short.length > 0) throw new OutOfStock(short);
    for (const line of lines) resizeTaken(platform, store, line, line.quantity);
  }
  order.lines = lines.filter((line) => line.quantity > 0);
  order.coupons = [];
}

const SHIPPED = 2;

/**
 * Moves an order to a status, with the stock and the webhooks that go with it; the same status is
 * no change.
 */
export function setOrderStatus(
  platform: Platform,
  store: Store,
  order: Order,
  statusId: number,
): void {
  statusName(statusId);
  const from = order.statusId;
  if (from === statusId) return;
  order.statusId = statusId;
  order.modifiedAtMs = wholeSecond(platform.runtime.now());
  if (statusId === SHIPPED) order.shippedAtMs = order.modifiedAtMs;
  if (from === INCOMPLETE && order.orderSource === 'www') {
    order.paymentStatus = 'captured';
    takePayment(platform, store, order);
  }
  statusEvents(platform, store, order, from);
  settleStock(platform, store, order, from);
  if (from === INCOMPLETE) countSales(platform, store, order);
}

/** A refund moves the order to Refunded or Partially Refunded, and never its stock (6.5). */
export function moveRefunded(platform: Platform, store: Store, order: Order, isAll: boolean): void {
  const from = order.statusId;
  order.statusId = isAll ? REFUNDED : PARTIALLY_REFUNDED;
  if (from === order.statusId) return touchOrder(platform, store, order);
  order.modifiedAtMs = wholeSecond(platform.runtime.now());
  statusEvents(platform, store, order, from);
}

/** Archives an order: DELETE and `is_deleted: true` are the same, and it moves no stock (7.5). */
export function archiveOrder(platform: Platform, store: Store, order: Order): void {
  if (order.isDeleted) return;
  order.isDeleted = true;
  order.modifiedAtMs = wholeSecond(platform.runtime.now());
  orderEvent(platform, store, order, 'archived');
}

/** A shopper at the checkout: what the platform makes of a cart (bigcommerce.md 7.2, 7.4). */
import { wholeSecond } from './clock.ts';
import { uuid } from './crypto.ts';
import { parseMoney } from './money.ts';
import { catalogLine, draftOrder, GUEST, OutOfStock, place } from './order-model.ts';
import { coinOf, orderTotals, toCoin, withTax } from './order-money.ts';
import { CARD, takePayment } from './order-payment.ts';
import { shortages } from './order-stock.ts';
import { AWAITING_FULFILLMENT, INCOMPLETE } from './order-statuses.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Address, Order, OrderCoupon, OrderFee, OrderLine, Store } from './state.ts';

type Money = number | string;

export interface ShopperLine {
  variantId: number;
  quantity: number;
  /** Gift wrapping of the whole line, as the store enters prices. */
  wrapping?: { name: string; message?: string; cost: Money };
  /** Which line of the cart it comes with, as part of a bundle: it costs nothing of its own then. */
  partOf?: number;
}

/** Costs are entered as the store's prices are: with or without tax. */
export interface ShopperOrder {
  lines: ShopperLine[];
  /** Awaiting Fulfillment (11) when left out; 0 leaves a checkout behind that was not paid. */
  statusId?: number;
  channelId?: number;
  customerId?: number;
  billingAddress?: Partial<Address>;
  customerMessage?: string;
  shipping?: Money;
  shippingMethod?: string;
  handling?: Money;
  fees?: { name: string; cost: Money }[];
  /** Off the whole order by a promotion. */
  discount?: Money;
  coupon?: { code: string; percent: number } | { code: string; amount: Money };
  giftCertificate?: Money;
  storeCredit?: Money;
  /** As the order shows it; a credit card when left out. */
  paymentMethod?: string;
  /** What the shopper pays in, and how many units of it one of the store's currency is. */
  currency?: { code: string; rate: string };
}

function moneyOf(value: Money | undefined): number {
  const amount = parseMoney(value ?? 0);
  if (amount === undefined || amount < 0) throw new Error(`Not an amount of money: ${value}`);
  return amount;
}

/** A line at the catalog's price, taxed by the store's rates. */
function lineOf(store: Store, order: Order, input: ShopperLine): OrderLine {
  const { variantId, quantity, wrapping, partOf } = input;
  const variant = store.variants[variantId];
  if (variant === undefined) throw new Error(`No variant ${variantId}`);
  if (!Number.isSafeInteger(quantity) || quantity < 1) throw new Error('Not a quantity');
  const line = catalogLine(store, variant, quantity);
  const coin = coinOf(store);
  const price = partOf === undefined ? line.priceExTax : 0;
  // A price of one piece keeps four decimals; only what is charged is rounded to coins.
  const unit = withTax(order, line.taxClassId, price, 1);
  const cost = wrapping && withTax(order, line.taxClassId, moneyOf(wrapping.cost), coin);
  return {
    ...line,
    priceExTax: unit.exTax,
    priceIncTax: unit.incTax,
    isTaxedByStore: true,
    wrapping:
      wrapping === undefined || cost === undefined
        ? null
        : {
            name: wrapping.name,
            message: wrapping.message ?? '',
            exTax: cost.exTax,
            incTax: cost.incTax,
          },
  };
}

function couponOf(store: Store, input: ShopperOrder, entered: number): OrderCoupon[] {
  const { coupon } = input;
  if (coupon === undefined) return [];
  const id = storeId(store, 'orderCoupon');
  const more = { id, couponId: id, code: coupon.code };
  if ('percent' in coupon) {
    const discount = toCoin((entered * coupon.percent) / 100, coinOf(store));
    return [{ ...more, type: 1, amount: coupon.percent * 10_000, discount }];
  }
  const amount = moneyOf(coupon.amount);
  return [{ ...more, type: 2, amount, discount: Math.min(amount, entered) }];
}

function feesOf(store: Store, order: Order, input: ShopperOrder): OrderFee[] {
  return (input.fees ?? []).map(({ name, cost }) => {
    const { exTax, incTax } = withTax(order, 0, moneyOf(cost), coinOf(store));
    return { id: storeId(store, 'orderFee'), name, source: 'app', exTax, incTax, taxClassId: 0 };
  });
}

/** The order as the checkout computes it, not yet placed. */
function cartOf(platform: Platform, store: Store, input: ShopperOrder): Order {
  const draft = draftOrder(platform, store);
  const lines = input.lines.map((line) => lineOf(store, draft, line));
  input.lines.forEach(({ partOf }, index) => {
    const line = lines[index];
    if (line !== undefined && partOf !== undefined) line.parentLineId = lines[partOf]?.id ?? null;
  });
  const coin = coinOf(store);
  const entered = lines.reduce(
    (sum, line) =>
      sum + (draft.isTaxInclusive ? line.priceIncTax : line.priceExTax) * line.quantity,
    0,
  );
  const discount = Math.min(moneyOf(input.discount), entered);
  const shipping = withTax(draft, 0, moneyOf(input.shipping), coin);
  const handling = withTax(draft, 0, moneyOf(input.handling), coin);
  const order: Order = {
    ...draft,
    lines,
    discountAmount: discount,
    coupons: couponOf(store, input, entered - discount),
    fees: feesOf(store, draft, input),
    shippingExTax: shipping.exTax,
    shippingIncTax: shipping.incTax,
    handlingExTax: handling.exTax,
    handlingIncTax: handling.incTax,
    currencyCode: input.currency?.code ?? store.currency,
    exchangeRate: input.currency?.rate ?? draft.exchangeRate,
  };
  const total = orderTotals(store, order).total_inc_tax;
  order.giftCertificateAmount = Math.min(moneyOf(input.giftCertificate), total);
  const left = total - order.giftCertificateAmount;
  order.storeCreditAmount = Math.min(moneyOf(input.storeCredit), left);
  return order;
}

/** A shopper buys online: sold from the default location, refused when out of stock, paid unless left incomplete. */
export function placeOrder(platform: Platform, store: Store, input: ShopperOrder): Order {
  const statusId = input.statusId ?? AWAITING_FULFILLMENT;
  const billingAddress = { ...GUEST, ...input.billingAddress };
  const shippingMethod = input.shippingMethod ?? 'Free Shipping';
  const order: Order = {
    ...cartOf(platform, store, input),
    statusId,
    channelId: input.channelId ?? 1,
    customerId: input.customerId ?? 0,
    createdAtMs: wholeSecond(platform.runtime.now()),
    cartId: uuid(platform.runtime),
    orderSource: 'www',
    customerMessage: input.customerMessage ?? '',
    paymentMethod: input.paymentMethod ?? CARD.name,
    paymentStatus: statusId === INCOMPLETE ? '' : 'captured',
    billingAddress,
    shippingAddresses: [{ ...billingAddress, id: storeId(store, 'orderAddress'), shippingMethod }],
  };
  // The cart checks stock whatever the setting says about when it is taken.
  const short = shortages(platform, store, order.lines);
  if (short.length > 0) throw new OutOfStock(short);
  const placed = place(platform, store, order, true);
  if (statusId !== INCOMPLETE) takePayment(platform, store, placed);
  return placed;
}

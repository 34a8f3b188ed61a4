/**
 * Web orders for tests of the translation. `webSales` generates them as BigCommerce makes them: prices with up to four
 * digits, tax per line by class, each sum in ten-thousandths, and the grand total in whole cents.
 */
import fc from 'fast-check';
import type { PushOptions } from '../../src/domain/orders/push-plan.ts';
import type { WebSale, WebSaleLine } from '../../src/domain/orders/web-sale.ts';

const NOTHING = { exTax: '0.0000', incTax: '0.0000' };

/** A paid order of one unit at 10.00 without tax; `changes` make it another. */
export function webSale(changes: Partial<WebSale> = {}): WebSale {
  return {
    orderId: 123,
    statusId: 11,
    status: 'Awaiting Fulfillment',
    createdAtMs: 1_795_000_000_000,
    currency: 'USD',
    storeCurrency: 'USD',
    storeToCurrencyRate: '1.0000000000',
    isTaxInclusive: false,
    total: { exTax: '10.0000', incTax: '10.0000' },
    totalTax: '0.0000',
    subtotal: { exTax: '10.0000', incTax: '10.0000' },
    shipping: NOTHING,
    handling: NOTHING,
    wrapping: NOTHING,
    fees: [],
    discount: '0.0000',
    couponDiscount: '0.0000',
    storeCredit: '0.0000',
    giftCertificate: '0.0000',
    paymentMethod: 'Credit Card',
    paymentStatus: 'captured',
    taxes: [],
    payments: [],
    shippingMethod: '',
    customerMessage: '',
    customerName: 'Ada Web',
    isDeleted: false,
    lines: [saleLine()],
    ...changes,
  };
}

export function saleLine(changes: Partial<WebSaleLine> = {}): WebSaleLine {
  return {
    lineId: 1,
    variantId: 71,
    sku: 'MUG',
    name: 'Mug',
    quantity: 1,
    type: 'physical',
    isBundleChild: false,
    total: { exTax: '10.0000', incTax: '10.0000' },
    options: [],
    discounts: [],
    ...changes,
  };
}

export function pushOptions(changes: Partial<PushOptions> = {}): PushOptions {
  return {
    statusIds: [2, 3, 8, 9, 10, 11],
    currency: 'USD',
    otherCurrency: 'park',
    roundingMaxMinor: 0,
    title: 'BigCommerce {orderId}',
    note: 'Web order {orderId}, {status}, paid by {payment}',
    items: new Map([[71, 'ITEM000000001']]),
    unlinkedLines: 'custom',
    tenders: {},
    unknownMethods: 'create',
    ...changes,
  };
}

/** Ten-thousandths as BigCommerce writes them. */
const text = (amount: number): string => {
  const positive = Math.abs(amount);
  const fraction = String(positive % 10_000).padStart(4, '0');
  return `${amount < 0 ? '-' : ''}${Math.floor(positive / 10_000)}.${fraction}`;
};

interface Amount {
  readonly ex: number;
  readonly inc: number;
}
const pair = ({ ex, inc }: Amount) => ({ exTax: text(ex), incTax: text(inc) });
const plus = (amounts: readonly Amount[]): Amount => ({
  ex: amounts.reduce((sum, { ex }) => sum + ex, 0),
  inc: amounts.reduce((sum, { inc }) => sum + inc, 0),
});
/** `permille` of tax on an amount that is given without or with it. */
const taxed = (amount: number, permille: number, isInclusive: boolean): Amount =>
  isInclusive
    ? { ex: Math.round((amount * 1_000) / (1_000 + permille)), inc: amount }
    : { ex: amount, inc: amount + Math.round((amount * permille) / 1_000) };

const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => value * 100);
/** Mostly prices in cents, some with fractions of a cent. */
const price = fc.oneof({ weight: 3, arbitrary: cents(50_000) }, fc.nat({ max: 5_000_000 }));
const permille = fc.constantFrom(0, 50, 83, 100, 190, 200);
const extra = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, cents(3_000));

const lineInput = fc.record({
  price,
  permille,
  quantity: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 7 }) }, fc.constant(900)),
  type: fc.constantFrom('physical', 'physical', 'physical', 'digital', 'giftcertificate'),
  isLinked: fc.boolean(),
  hasFreeChild: fc.boolean(),
  options: fc.array(fc.record({ name: fc.string(), value: fc.string() }), { maxLength: 3 }),
});

const input = fc.record({
  isInclusive: fc.boolean(),
  lines: fc.array(lineInput, { minLength: 1, maxLength: 5 }),
  shipping: fc.record({ amount: extra, permille }),
  handling: fc.record({ amount: extra, permille }),
  wrapping: fc.record({ amount: extra, permille }),
  fees: fc.array(fc.record({ amount: cents(2_000), permille }), { maxLength: 2 }),
  discountShare: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 })),
  couponShare: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
  /** Whether a discount lowers the tax as well, as it does in some stores. */
  discountLowersTax: fc.boolean(),
  namesDiscounts: fc.boolean(),
  namesTaxes: fc.boolean(),
  creditShare: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 })),
  giftShare: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })),
  payments: fc.integer({ min: 1, max: 3 }),
  /** Now and then BigCommerce's own total is off. */
  offByCents: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.integer({ min: -9, max: 9 })),
  currency: fc.constantFrom('USD', 'USD', 'USD', 'EUR'),
  rate: fc.integer({ min: 5_000, max: 20_000 }),
});
type Input = typeof input extends fc.Arbitrary<infer Value> ? Value : never;

function linesOf({ lines, isInclusive }: Input): { line: WebSaleLine; total: Amount }[] {
  return lines.flatMap((each, index) => {
    const unit = taxed(each.price, each.permille, isInclusive);
    const total = { ex: unit.ex * each.quantity, inc: unit.inc * each.quantity };
    const line = saleLine({
      lineId: index + 1,
      variantId: each.isLinked ? 71 : 500 + index,
      name: `Product ${index}`,
      quantity: each.quantity,
      type: each.type,
      total: pair(total),
      options: each.options,
    });
    // A pick list's child shows its own price, which its parent's holds already.
    const child = { ...line, lineId: 100 + index, isBundleChild: true };
    return each.hasFreeChild && each.quantity < 8
      ? [
          { line, total },
          { line: child, total: { ex: 0, inc: 0 } },
        ]
      : [{ line, total }];
  });
}

/** Whole cents of an amount, by share in percent. */
const partOf = (amount: number, percent: number): number =>
  Math.floor((amount * percent) / 10_000) * 100;

function saleOf(given: Input): WebSale {
  const { isInclusive } = given;
  const lines = linesOf(given);
  const one = (each: { amount: number; permille: number }) =>
    taxed(each.amount, each.permille, isInclusive);
  const subtotal = plus(lines.map(({ total }) => total));
  const fees = given.fees.map(one);
  const [shipping, handling, wrapping] = [given.shipping, given.handling, given.wrapping].map(one);
  const extras = [shipping, handling, wrapping].filter((each) => each !== undefined);
  const gross = plus([subtotal, ...extras, ...fees]);
  const base = isInclusive ? subtotal.inc : subtotal.ex;
  const discount = partOf(base, given.discountShare);
  const coupon = partOf(base - discount, given.couponShare);
  const off = discount + coupon;
  const grossTax = gross.inc - gross.ex;
  // A discount without tax on it lowers the tax in proportion.
  const lowers = given.discountLowersTax && !isInclusive && subtotal.ex > 0;
  const tax = lowers
    ? grossTax - Math.floor(((subtotal.inc - subtotal.ex) * off) / subtotal.ex)
    : grossTax;
  const exact = isInclusive ? gross.inc - off : gross.ex + tax - off;
  const total = Math.max(0, Math.round(exact / 100) * 100 + given.offByCents * 100);
  const gift = partOf(total, given.giftShare);
  const credit = partOf(total - gift, given.creditShare);
  const rest = total - gift - credit;
  const piece = Math.floor(rest / 100 / given.payments) * 100;
  const [first, ...others] = lines;
  return webSale({
    isTaxInclusive: isInclusive,
    currency: given.currency,
    storeToCurrencyRate: given.currency === 'USD' ? '1.0000000000' : text(given.rate),
    lines: [
      {
        ...(first?.line ?? saleLine()),
        discounts: given.namesDiscounts && off > 0 ? [{ name: 'SUMMER', amount: text(off) }] : [],
      },
      ...others.map(({ line }) => line),
    ],
    subtotal: pair(subtotal),
    shipping: pair(shipping ?? { ex: 0, inc: 0 }),
    handling: pair(handling ?? { ex: 0, inc: 0 }),
    wrapping: pair(wrapping ?? { ex: 0, inc: 0 }),
    fees: fees.map((fee, index) => ({ name: `Fee ${index}`, ...pair(fee) })),
    discount: text(discount),
    couponDiscount: text(coupon),
    totalTax: text(tax),
    total: { exTax: text(total - tax), incTax: text(total) },
    taxes: given.namesTaxes
      ? [
          { name: 'State', amount: text(Math.floor(tax / 2)) },
          { name: 'City', amount: text(tax - Math.floor(tax / 2)) },
        ]
      : [],
    giftCertificate: text(gift),
    storeCredit: text(credit),
    payments: Array.from({ length: given.payments }, (_, index) => ({
      method: `method-${index}`,
      amount: text(index === 0 ? rest - piece * (given.payments - 1) : piece),
    })),
  });
}

export const webSales: fc.Arbitrary<WebSale> = input.map(saleOf);

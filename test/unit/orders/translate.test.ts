/** Goal: each thing that a web order can hold arrives at the register as a cashier would expect it (O1, O2). */
import { describe, expect, it } from 'vitest';
import type { PushOptions, PushPlan } from '../../../src/domain/orders/push-plan.ts';
import { translate } from '../../../src/domain/orders/translate.ts';
import type { WebSale } from '../../../src/domain/orders/web-sale.ts';
import { pushOptions, saleLine, webSale } from '../../support/web-sales.ts';

function planOf(changes: Partial<WebSale>, options: Partial<PushOptions> = {}): PushPlan {
  const outcome = translate(webSale(changes), pushOptions(options));
  if (outcome.kind !== 'plan') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

function parkingOf(changes: Partial<WebSale>, options: Partial<PushOptions> = {}) {
  const outcome = translate(webSale(changes), pushOptions(options));
  if (outcome.kind !== 'parked') throw new Error(JSON.stringify(outcome));
  return outcome.parking;
}

const amount = (exTax: string, incTax: string) => ({ exTax, incTax });
const linesOf = (plan: PushPlan) =>
  plan.lines.map(({ kind, name, priceMinor }) => [kind, name, priceMinor]);

describe('lines', () => {
  it('[O1] three units are three lines of the linked item that add up to the line', () => {
    const plan = planOf({
      lines: [saleLine({ quantity: 3, total: amount('10.0000', '10.0000') })],
    });
    expect(plan.lines.map(({ itemId, priceMinor }) => [itemId, priceMinor])).toEqual([
      ['ITEM000000001', 334],
      ['ITEM000000001', 333],
      ['ITEM000000001', 333],
    ]);
  });

  it('[O1] options stand in the note, cut to what a line holds', () => {
    const options = [
      { name: 'Size', value: 'L' },
      { name: 'Engraving', value: 'x'.repeat(300) },
    ];
    const [line] = planOf({ lines: [saleLine({ options })] }).lines;
    expect(line?.note.startsWith('Size: L, Engraving: xxx')).toBe(true);
    expect(line?.note).toHaveLength(255);
  });

  it('[O1] a product without a link is a line of its own name, or waits for the link', () => {
    const lines = [saleLine({ variantId: 72 })];
    expect(planOf({ lines }).lines[0]).toMatchObject({ itemId: null, name: 'Mug' });
    expect(parkingOf({ lines }, { unlinkedLines: 'park' })).toMatchObject({
      code: 'unlinked_line',
      message: expect.stringContaining('MUG'),
    });
  });

  it('[O1] a gift certificate that was bought is no revenue', () => {
    const lines = [saleLine({ type: 'giftcertificate', variantId: null })];
    expect(planOf({ lines }).lines[0]?.isRevenue).toBe(false);
  });

  it('[O1] a pick list is charged once, its children come along at no charge', () => {
    const child = saleLine({ lineId: 2, sku: 'PART', name: 'Part', isBundleChild: true });
    expect(linesOf(planOf({ lines: [saleLine(), child] }))).toEqual([
      ['product', 'Mug', 1_000],
      ['product', 'Part', 0],
    ]);
    const both = planOf({
      lines: [saleLine(), child],
      subtotal: amount('20', '20'),
      total: amount('20', '20'),
    });
    expect(both.totalMinor).toBe(2_000);
  });

  it('[O2] more lines than an order holds are parked', () => {
    const lines = [saleLine({ quantity: 2_500 })];
    expect(parkingOf({ lines })).toMatchObject({ code: 'too_many_lines' });
  });
});

describe('money', () => {
  it('[O2] without tax in the prices: tax by name, shipping, handling, wrapping and fees as lines', () => {
    const plan = planOf({
      lines: [saleLine({ total: amount('10.0000', '10.8250') })],
      subtotal: amount('10.0000', '10.8250'),
      shipping: amount('5.0000', '5.4125'),
      shippingMethod: 'UPS',
      handling: amount('1', '1'),
      wrapping: amount('2', '2'),
      fees: [{ name: 'Deposit', ...amount('0.25', '0.25') }],
      totalTax: '1.2375',
      taxes: [
        { name: 'Texas', amount: '0.8000' },
        { name: 'Austin', amount: '0.4375' },
      ],
      total: amount('18.2500', '19.4900'),
    });
    expect(linesOf(plan)).toEqual([
      ['product', 'Mug', 1_000],
      ['shipping', 'Shipping: UPS', 500],
      ['handling', 'Handling', 100],
      ['wrapping', 'Gift wrapping', 200],
      ['fee', 'Deposit', 25],
      ['tax', 'Texas', 80],
      ['tax', 'Austin', 44],
    ]);
    expect(plan).toMatchObject({ totalMinor: 1_949, taxMinor: 124 });
    expect(plan.payments).toEqual([
      {
        key: 'BC123-1',
        kind: 'method',
        method: 'Credit Card',
        tenderId: null,
        amountMinor: 1_949,
        taxMinor: 124,
      },
    ]);
  });

  it('[O2] with tax in the prices: no tax line, and the payment says its tax', () => {
    const plan = planOf({
      isTaxInclusive: true,
      lines: [saleLine({ total: amount('8.4034', '10.0000') })],
      subtotal: amount('8.4034', '10.0000'),
      totalTax: '1.5966',
      total: amount('8.4034', '10.0000'),
    });
    expect(linesOf(plan)).toEqual([['product', 'Mug', 1_000]]);
    expect(plan.payments[0]?.taxMinor).toBe(160);
  });

  it('[O2] discounts go by the names that the lines give them, or as discount and coupon', () => {
    const named = [
      { name: 'SUMMER', amount: '1.0000' },
      { name: 'Manual Discount', amount: '2.0000' },
    ];
    const money = { discount: '2', couponDiscount: '1', total: amount('7', '7') };
    expect(planOf({ ...money, lines: [saleLine({ discounts: named })] }).discounts).toEqual([
      { name: 'SUMMER', amountMinor: -100 },
      { name: 'Manual Discount', amountMinor: -200 },
    ]);
    expect(planOf(money).discounts).toEqual([
      { name: 'Discount', amountMinor: -200 },
      { name: 'Coupon', amountMinor: -100 },
    ]);
  });

  it('[O2] a discount that its lines hold already is not taken off twice', () => {
    const plan = planOf({ discount: '3.0000' });
    expect(plan).toMatchObject({ totalMinor: 1_000, discounts: [] });
  });

  it('[O2] a difference is parked and explained, or shown as a line when it is small enough', () => {
    const total = amount('10.02', '10.02');
    expect(parkingOf({ total }, { roundingMaxMinor: 1 })).toEqual({
      code: 'total_differs',
      message:
        'Order 123 is 10.02 USD, but its parts add up to 10.00 USD (product 10.00 USD): a difference of 0.02 USD.',
      fix: expect.stringContaining('roundingMaxMinor'),
      differenceMinor: 2,
    });
    expect(linesOf(planOf({ total }, { roundingMaxMinor: 2 }))).toContainEqual([
      'rounding',
      'Rounding',
      2,
    ]);
    const less = planOf({ total: amount('9.98', '9.98') }, { roundingMaxMinor: 2 });
    expect(less.discounts).toEqual([{ name: 'Rounding', amountMinor: -2 }]);
  });

  it('[O2] an amount that is no number is parked by its text', () => {
    expect(parkingOf({ discount: 'ten' })).toMatchObject({
      code: 'unreadable_amount',
      message: expect.stringContaining('"ten"'),
    });
  });

  it('[O2] an order for nothing has no payment', () => {
    const plan = planOf({ couponDiscount: '10.0000', total: amount('0', '0') });
    expect(plan).toMatchObject({ totalMinor: 0, payments: [] });
  });
});

describe('payments', () => {
  it('[O1] gift certificate and store credit are tenders of their own', () => {
    const plan = planOf({ giftCertificate: '3.0000', storeCredit: '2.5000' });
    expect(plan.payments.map(({ key, method, amountMinor }) => [key, method, amountMinor])).toEqual(
      [
        ['BC123-1', 'Gift Certificate', 300],
        ['BC123-2', 'Store Credit', 250],
        ['BC123-3', 'Credit Card', 450],
      ],
    );
  });

  it('[O1] several transactions are several payments when they add up, else one', () => {
    const payments = [
      { method: 'credit_card', amount: '4' },
      { method: 'custom', amount: '6' },
    ];
    expect(planOf({ payments }).payments.map(({ method }) => method)).toEqual([
      'credit_card',
      'custom',
    ]);
    const [first] = payments;
    const one = planOf({ payments: first === undefined ? [] : [first] });
    expect(one.payments.map(({ method }) => method)).toEqual(['Credit Card']);
  });

  it('[O1] a method goes to the tender that is set for it, or waits for one', () => {
    expect(planOf({}, { tenders: { 'Credit Card': 'TENDER0000001' } }).payments[0]?.tenderId).toBe(
      'TENDER0000001',
    );
    expect(parkingOf({}, { unknownMethods: 'park' })).toMatchObject({
      code: 'unknown_method',
      message: expect.stringContaining('"Credit Card"'),
    });
  });

  it('[O2] credits above the total are parked', () => {
    expect(parkingOf({ giftCertificate: '11' })).toMatchObject({ code: 'credits_exceed_total' });
  });
});

describe('what is pushed', () => {
  it.each([
    [{ statusId: 0 }, 'status 0'],
    [{ statusId: 5 }, 'status 5'],
    [{ paymentStatus: 'declined' }, 'declined'],
    [{ isDeleted: true }, 'archived'],
  ])('[O7] %j is not a sale', (changes, reason) => {
    expect(translate(webSale(changes), pushOptions())).toEqual({
      kind: 'not_a_sale',
      reason: expect.stringContaining(reason),
    });
  });

  it('[O1] a partial refund before the push leaves the sale one', () => {
    expect(planOf({ statusId: 14 }).totalMinor).toBe(1_000);
  });

  it('[O1] another currency waits, or is converted at the rate of the order', () => {
    const euro = { currency: 'EUR', storeToCurrencyRate: '0.8000000000' };
    expect(parkingOf(euro)).toMatchObject({ code: 'other_currency' });
    const plan = planOf(euro, { otherCurrency: 'convert' });
    expect(plan).toMatchObject({ totalMinor: 1_250, currency: 'USD' });
    expect(plan.note).toContain('10.0000 EUR');
    const foreign = { ...euro, storeCurrency: 'GBP' };
    expect(parkingOf(foreign, { otherCurrency: 'convert' })).toMatchObject({
      code: 'other_currency',
    });
  });

  it('[O1] title and note follow the templates, and the number is always in the title', () => {
    const plan = planOf({}, { title: 'Web {status} {nope}', note: '{customer} by {payment}' });
    expect(plan.title).toBe('Web Awaiting Fulfillment {nope} BC123');
    expect(plan.note).toBe('Ada Web by Credit Card');
    expect(planOf({}, { title: 't'.repeat(300) }).title).toHaveLength(127);
  });
});

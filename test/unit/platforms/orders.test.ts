/** Goal: no sold line is missed or counted twice, in whatever shape an order comes. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  includedLines,
  readOrder as readWebOrder,
} from '../../../src/platforms/bigcommerce/orders.ts';
import {
  wireOrder as wireWebOrder,
  wireOrderLine,
} from '../../../src/platforms/bigcommerce/wire.ts';
import { isPaid, readOrder } from '../../../src/platforms/clover/orders.ts';
import { wireLine, wireOrder } from '../../../src/platforms/clover/wire.ts';
import { failureOf, valueOf } from '../../support/platform-ports.ts';

const line = (id: number, quantity: number, more: object = {}) => ({
  id,
  product_id: 20,
  variant_id: 30,
  quantity,
  sku: `S${id}`,
  type: 'physical',
  ...more,
});
const webOrder = (change: object = {}) =>
  v.parse(wireWebOrder, {
    id: 218,
    status_id: 11,
    date_created: 'Wed, 22 Nov 2023 16:30:00 +0000',
    ...change,
  });
const shipping = (...lists: unknown[]) => ({
  consignments: {
    pickups: [],
    shipping: lists.map((line_items) => ({ id: 1, line_items })),
    downloads: [],
    email: { gift_certificates: [] },
  },
});
const idsOf = (change: object) => includedLines(webOrder(change))?.map(({ id }) => id) ?? null;

describe('lines that came with a web order', () => {
  it('are gathered from every kind of consignment', () => {
    const consignments = {
      pickups: [{ line_items: [line(1, 1)] }],
      shipping: [{ line_items: [line(2, 1)] }, { line_items: [line(3, 1)] }],
      downloads: [{ line_items: [line(4, 1, { type: 'digital' })] }],
      email: { gift_certificates: [{ line_items: [line(5, 1, { type: 'giftcertificate' })] }] },
    };
    expect(idsOf({ consignments, items_total: 5 })).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ['links instead of lines', shipping([{ url: 'https://x', resource: '/orders/1/products' }])],
    ['one link', shipping({ url: 'https://x', resource: '/orders/1/products/1' })],
    ['a link instead of consignments', { consignments: { url: 'https://x', resource: '/x' } }],
    ['the array structure', { consignments: [{ line_items: [] }] }],
    ['nothing', {}],
    ['fewer units than the order has', { ...shipping([line(1, 1)]), items_total: 3 }],
    ['a line twice', shipping([line(1, 1)], [line(1, 1)])],
    ['one list of lines and one of links', shipping([line(1, 1)], [{ url: 'u', resource: 'r' }])],
  ])('are not believed: %s', (_name, change) => {
    expect(idsOf(change)).toBeNull();
  });

  it('may count the parts of a bundle or leave them out of the total', () => {
    const part = { is_bundled_product: true, parent_order_product_id: 1 };
    const lines = shipping([line(1, 1), line(2, 4, part)]);
    expect(idsOf({ ...lines, items_total: 1 })).toEqual([1, 2]);
    expect(idsOf({ ...lines, items_total: 5 })).toEqual([1, 2]);
    expect(idsOf({ ...lines, items_total: 4 })).toBeNull();
  });
});

describe('a web order', () => {
  it('is read with custom lines, bundle parts and both date formats', () => {
    const wire = webOrder({ date_modified: '2023-11-22T16:31:00Z', external_order_id: null });
    const lines = [
      line(1, 2),
      line(2, 1, { product_id: 0, variant_id: 0, sku: null }),
      line(3, 1, { parent_order_product_id: 1 }),
    ].map((one) => v.parse(wireOrderLine, one));
    const order = valueOf(readWebOrder(wire, lines, 7));
    expect(order).toMatchObject({
      createdAtMs: Date.UTC(2023, 10, 22, 16, 30),
      modifiedAtMs: Date.UTC(2023, 10, 22, 16, 31),
      externalOrderId: '',
      readStartedAtMs: 7,
      lines: [
        { lineId: 1, productId: 20, variantId: 30, isBundleChild: false, parentLineId: null },
        { lineId: 2, productId: null, variantId: null },
        { lineId: 3, isBundleChild: true, parentLineId: 1 },
      ],
    });
  });

  it('without a readable date is malformed, not of 1970', () => {
    const failure = failureOf(readWebOrder(webOrder({ date_created: 'soon' }), [], 0));
    expect(failure.code).toBe('malformed_answer');
  });
});

describe('a register order', () => {
  const order = (change: object = {}) => v.parse(wireOrder, { id: 'ORDER00000001', ...change });
  const payment = (result: string) => ({ payments: { elements: [{ id: 'P', result }] } });

  it.each([
    ['PAID', true],
    ['PARTIALLY_PAID', true],
    ['REFUNDED', true],
    ['PARTIALLY_REFUNDED', true],
    ['CREDITED', true],
    ['OPEN', false],
    [undefined, false],
  ])('[O7] in payment state %s is paid: %s', (paymentState, paid) => {
    expect(isPaid(order({ paymentState }))).toBe(paid);
  });

  it.each([
    ['an open tab', 500, false],
    ['cash rounded to coins', 997, true],
  ])('[O7] paid in part as %s is paid: %s', (_name, amount, paid) => {
    const payments = { elements: [{ id: 'P', result: 'SUCCESS', amount }] };
    const part = order({ paymentState: 'PARTIALLY_PAID', total: 1_000, payments });
    expect(isPaid(part)).toBe(paid);
  });

  it.each([
    ['SUCCESS', true],
    ['AUTH_COMPLETED', true],
    ['FAIL', false],
    ['VOIDED', false],
    ['INITIATED', false],
    ['PENDING', false],
    ['AUTH', false],
  ])('[O7] with a payment %s alone is paid: %s', (result, paid) => {
    expect(isPaid(order(payment(result)))).toBe(paid);
  });

  it('reads lines without an item, by weight, refunded by flag or by refund', () => {
    const wire = order({
      refunds: {
        elements: [
          { status: 'SUCCESS', lineItems: { elements: [{ id: 'L3' }] } },
          { status: 'SUCCESS', voided: true, lineItems: { elements: [{ id: 'L1' }] } },
          { status: 'FAIL', lineItems: { elements: [{ id: 'L1' }] } },
        ],
      },
    });
    const lines = [
      { id: 'L1', name: 'Typed in' },
      { id: 'L2', item: { id: 'I2' }, unitQty: 1_500, refunded: true },
      { id: 'L3', item: { id: 'I3' }, exchanged: true },
    ].map((one) => v.parse(wireLine, one));
    expect(readOrder(wire, lines, 7).lines).toMatchObject([
      { lineItemId: 'L1', itemId: null, units: 1, refunded: false, exchanged: false },
      { lineItemId: 'L2', itemId: 'I2', units: 2, refunded: true },
      { lineItemId: 'L3', itemId: 'I3', units: 1, refunded: true, exchanged: true },
    ]);
  });

  it('keeps what is not told as not known', () => {
    expect(readOrder(order(), [], 7)).toMatchObject({
      state: null,
      paymentState: null,
      deviceId: null,
      createdTime: null,
      modifiedTime: null,
      externalReferenceId: null,
      paymentIds: [],
      isTest: false,
      isDeleted: false,
      readStartedAtMs: 7,
    });
    expect(readOrder(order({ deletedTimestamp: 5, testMode: true }), [], 7)).toMatchObject({
      isDeleted: true,
      isTest: true,
    });
  });
});

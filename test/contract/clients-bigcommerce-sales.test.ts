/** Goal: every amount of a web order arrives as the store computed it, whatever the shopper did. */
import { describe, expect, it } from 'vitest';
import {
  getOrderCoupons,
  getOrderTaxes,
  getOrderTransactions,
  getSale,
} from '../../src/platforms/bigcommerce/sales.ts';
import type { ShopperOrder } from '../sandbox/bigcommerce/index.ts';
import { HASH, specs, type BenchOptions } from '../support/bigcommerce.ts';
import { openClients } from '../support/bigcommerce-clients.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';

const rate = (id: number, name: string, milliPercent: number) => ({
  id,
  name,
  classId: 0,
  className: 'Default Tax Class',
  milliPercent,
});
const TAXED = { taxRates: [rate(1, 'State', 6_250), rate(2, 'City', 2_000)] };

async function openShop(options: BenchOptions = {}) {
  const clients = await openClients({ store: TAXED, ...options });
  const { sandbox } = clients.bench;
  const mug = sandbox.addProduct(HASH, {
    name: 'Mug',
    sku: 'MUG',
    price: 12.99,
    levels: { 1: 50 },
  });
  const tee = sandbox.addProduct(HASH, {
    name: 'Tee',
    variants: [{ sku: 'TEE-M', price: 19.95, options: { Size: 'M' }, levels: { 1: 50 } }],
  });
  const [mugId = 0] = mug.variantIds;
  const [teeId = 0] = tee.variantIds;
  const buy = (input: Partial<ShopperOrder> = {}) =>
    sandbox.placeOrder(HASH, {
      lines: [
        { variantId: mugId, quantity: 3 },
        { variantId: teeId, quantity: 1 },
      ],
      ...input,
    });
  return { ...clients, mugId, teeId, buy };
}

const cents = (text: string) => Math.round(Number(text) * 100);

const EVERYTHING: Partial<ShopperOrder> = {
  shipping: 7.5,
  shippingMethod: 'UPS',
  handling: 1,
  fees: [{ name: 'Bag fee', cost: '0.35' }],
  discount: 5,
  coupon: { code: 'SUMMER', percent: 10 },
};

describe.skipIf(specs === undefined)('BigCommerce sales', () => {
  it('tell lines, options, fees, taxes, coupons and the way of payment', async () => {
    const { session, buy, calls } = await openShop();
    const order = buy(EVERYTHING);
    const sale = valueOf(await getSale(session, order.id));
    expect(sale).toMatchObject({
      orderId: order.id,
      status: 'Awaiting Fulfillment',
      currency: 'USD',
      storeToCurrencyRate: '1.0000000000',
      isTaxInclusive: false,
      shipping: { exTax: '7.5000', incTax: '8.1200' },
      fees: [{ name: 'Bag fee', exTax: '0.3500', incTax: '0.3800' }],
      discount: '5.0000',
      couponDiscount: '5.3900',
      paymentMethod: 'Credit Card',
      paymentStatus: 'captured',
      shippingMethod: 'UPS',
      customerName: 'Jane Doe',
    });
    expect(sale.lines).toMatchObject([
      { sku: 'MUG', quantity: 3, total: { exTax: '38.9700' }, options: [] },
      { sku: 'TEE-M', total: { exTax: '19.9500' }, options: [{ name: 'Size', value: 'M' }] },
    ]);
    expect(sale.lines[0]?.discounts.map(({ name }) => name)).toEqual(['Manual Discount', 'SUMMER']);
    expect(calls).toHaveLength(1);
    expect(valueOf(await getOrderCoupons(session, order.id))).toEqual([
      { code: 'SUMMER', discount: '5.39' },
    ]);
    const taxes = valueOf(await getOrderTaxes(session, order.id));
    expect(new Set(taxes.map(({ name }) => name))).toEqual(new Set(['State', 'City']));
    expect(taxes.filter(({ kind }) => kind === 'shipping')).toMatchObject([
      { rate: '6.2500', lineId: null },
      { rate: '2.0000', lineId: null },
    ]);
  });

  it.each([false, true])(
    'add up to the cent, prices with tax: %s',
    async (isPriceEnteredWithTax) => {
      const { session, buy, mugId } = await openShop({
        store: { ...TAXED, isPriceEnteredWithTax },
      });
      const wrapping = { name: 'Paper', cost: 2.25 };
      const order = buy({ ...EVERYTHING, lines: [{ variantId: mugId, quantity: 7, wrapping }] });
      const sale = valueOf(await getSale(session, order.id));
      const parts = [sale.shipping, sale.handling, sale.wrapping, ...sale.fees];
      const more = parts.reduce((sum, { incTax }) => sum + cents(incTax), 0);
      const off = cents(sale.discount) + cents(sale.couponDiscount);
      const lines = sale.lines.reduce((sum, { total }) => sum + cents(total.incTax), 0);
      const paid = sale.lines.reduce((sum, line) => sum + cents(line.discountedIncTax), 0);
      expect(lines + more - off).toBe(cents(sale.total.incTax));
      expect(paid + more).toBe(cents(sale.total.incTax));
      const taxes = valueOf(await getOrderTaxes(session, order.id));
      const feeTax = sale.fees.reduce((sum, fee) => sum + cents(fee.incTax) - cents(fee.exTax), 0);
      const tax = taxes.reduce((sum, { amount }) => sum + cents(amount), 0);
      expect(tax + feeTax).toBe(cents(sale.totalTax));
      expect(cents(sale.total.incTax) - cents(sale.total.exTax)).toBe(cents(sale.totalTax));
      expect(sale.isTaxInclusive).toBe(isPriceEnteredWithTax);
    },
  );

  it('say what each way of payment brought in', async () => {
    const { session, buy } = await openShop();
    const order = buy({ giftCertificate: 10, storeCredit: '4.50', paymentMethod: 'Bank Deposit' });
    const sale = valueOf(await getSale(session, order.id));
    expect(sale).toMatchObject({ giftCertificate: '10.0000', storeCredit: '4.5000' });
    const rows = valueOf(await getOrderTransactions(session, order.id));
    expect(rows).toMatchObject([
      { method: 'gift_certificate', amount: '10', isOk: true },
      { method: 'store_credit', amount: '4.5' },
      { method: 'offline', name: 'Bank Deposit' },
    ]);
    const sum = rows.reduce((total, { amount }) => total + cents(amount), 0);
    expect(sum).toBe(cents(sale.total.incTax));
  });

  it('of nothing, of an unpaid checkout and of no order', async () => {
    const { session, buy } = await openShop();
    const free = buy({ giftCertificate: 10_000, statusId: 0 });
    const sale = valueOf(await getSale(session, free.id));
    expect(sale).toMatchObject({ statusId: 0, paymentStatus: '' });
    expect(sale.giftCertificate).toBe(sale.total.incTax);
    expect(valueOf(await getOrderTransactions(session, free.id))).toEqual([]);
    expect(valueOf(await getOrderCoupons(session, free.id))).toEqual([]);
    expect(failureOf(await getSale(session, 9_999)).code).toBe('not_found');
    expect(failureOf(await getOrderTransactions(session, 9_999)).code).toBe('not_found');
  });

  it('paid in another currency name it with its rate; a bundle names its parts', async () => {
    const { session, buy, mugId, teeId } = await openShop();
    const order = buy({
      currency: { code: 'CAD', rate: '1.3500000000' },
      lines: [
        { variantId: teeId, quantity: 1 },
        { variantId: mugId, quantity: 2, partOf: 0 },
      ],
    });
    const sale = valueOf(await getSale(session, order.id));
    expect(sale).toMatchObject({
      currency: 'CAD',
      storeCurrency: 'USD',
      storeToCurrencyRate: '1.3500000000',
    });
    const [tee, mug] = sale.lines;
    expect(mug).toMatchObject({ isBundleChild: true, parentLineId: tee?.lineId });
    expect(tee).toMatchObject({ isBundleChild: false, parentLineId: null });
  });

  it('edited by the merchant tell the new amounts and a later change', async () => {
    const { session, buy, bench, mugId } = await openShop();
    const order = buy({ coupon: { code: 'TEN', percent: 10 } });
    const before = valueOf(await getSale(session, order.id));
    await bench.hook('store/order/updated');
    await bench.clock.advance(60_000);
    const [mug, tee] = before.lines.map(({ lineId }) => lineId);
    bench.sandbox.editOrder(HASH, order.id, { [mug ?? 0]: 1, [tee ?? 0]: 0 });
    const after = valueOf(await getSale(session, order.id));
    expect(after).toMatchObject({
      couponDiscount: '0.0000',
      subtotal: { exTax: '12.9900' },
      total: { incTax: '14.0600' },
      lines: [{ quantity: 1 }],
    });
    expect(after.modifiedAtMs).toBeGreaterThan(before.modifiedAtMs ?? 0);
    expect(bench.sandbox.level(HASH, mugId)).toBe(49);
    expect(await bench.scopes()).toEqual(['store/order/updated']);
  });
});

/** Goal: what goes back is quoted, booked and found again to the cent, and no stock moves with it. */
import { describe, expect, it } from 'vitest';
import {
  createRefund,
  getOrderRefunds,
  getRefundsSince,
  offlineMethod,
  quoteRefund,
} from '../../src/platforms/bigcommerce/refunds.ts';
import { getOrderTransactions, getSale } from '../../src/platforms/bigcommerce/sales.ts';
import type { ShopperOrder } from '../sandbox/bigcommerce/index.ts';
import { HASH, specs, type BenchOptions } from '../support/bigcommerce.ts';
import { openClients } from '../support/bigcommerce-clients.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';

const TAX = { id: 1, name: 'Tax', classId: 0, className: 'Default Tax Class', milliPercent: 8_250 };

async function openShop(options: BenchOptions = {}) {
  const clients = await openClients({ store: { taxRates: [TAX] }, ...options });
  const { sandbox } = clients.bench;
  const mug = sandbox.addProduct(HASH, { name: 'Mug', sku: 'MUG', price: 9.99, levels: { 1: 50 } });
  const [variantId = 0] = mug.variantIds;
  const buy = (input: Partial<ShopperOrder> = {}) =>
    sandbox.placeOrder(HASH, { lines: [{ variantId, quantity: 3 }], shipping: 5, ...input });
  return { ...clients, sandbox, variantId, buy };
}

const cents = (text: string) => Math.round(Number(text) * 100);

describe.skipIf(specs === undefined)('BigCommerce refunds', () => {
  it.each([false, true])(
    'piece by piece come to the whole, prices with tax: %s',
    async (withTax) => {
      const { session, buy, sandbox, variantId } = await openShop({
        store: { taxRates: [TAX], isPriceEnteredWithTax: withTax },
      });
      const order = buy({ discount: 2, handling: 1 });
      const sale = valueOf(await getSale(session, order.id));
      const lineId = sale.lines[0]?.lineId ?? 0;
      const addressId = sale.shippingAddresses[0]?.addressId ?? 0;
      const level = sandbox.level(HASH, variantId);
      const basis = withTax ? 'incTax' : 'exTax';
      let sum = 0;
      let tax = 0;
      for (const items of [
        [{ type: 'PRODUCT' as const, itemId: lineId, quantity: 1 }],
        [{ type: 'SHIPPING' as const, itemId: addressId, amount: sale.shipping[basis] }],
        [
          { type: 'PRODUCT' as const, itemId: lineId, quantity: 2, reason: 'Broken' },
          { type: 'HANDLING' as const, itemId: addressId, amount: sale.handling[basis] },
        ],
      ]) {
        const quote = valueOf(await quoteRefund(session, order.id, items));
        const payments = offlineMethod(quote) ?? [];
        const refund = valueOf(await createRefund(session, order.id, { items, payments }));
        expect(cents(refund.total)).toBe(cents(quote.total));
        sum += cents(refund.total);
        tax += cents(refund.tax);
        const { statusId } = valueOf(await getSale(session, order.id));
        expect(statusId).toBe(sum === cents(sale.total.incTax) ? 4 : 14);
      }
      expect(sum).toBe(cents(sale.total.incTax));
      expect(tax).toBe(cents(sale.totalTax));
      expect(sandbox.level(HASH, variantId)).toBe(level);
      const after = valueOf(await getSale(session, order.id));
      expect(after).toMatchObject({ paymentStatus: 'refunded', lines: [{ quantityRefunded: 3 }] });
      expect(valueOf(await getOrderRefunds(session, order.id))).toHaveLength(3);
    },
  );

  it('go back to the card, or outside of it, in the amounts of the quote only', async () => {
    const { session, buy } = await openShop();
    const order = buy();
    const items = [{ type: 'ORDER' as const, itemId: order.id, amount: '1.5' }];
    const quote = valueOf(await quoteRefund(session, order.id, items));
    expect(quote).toMatchObject({ total: '1.5', tax: '0' });
    expect(quote.methods.map((method) => method.map(({ providerId }) => providerId))).toEqual([
      ['stripe'],
      ['custom'],
    ]);
    const other = [{ providerId: 'custom', amount: '1.4', offline: true }];
    const refused = failureOf(await createRefund(session, order.id, { items, payments: other }));
    expect(refused).toMatchObject({ code: 'rejected', status: 422 });
    expect(refused.message).toContain('do not match');
    const credit = [{ providerId: 'storecredit', amount: '1.5', offline: false }];
    expect(
      failureOf(await createRefund(session, order.id, { items, payments: credit })).message,
    ).toContain('guest');
    valueOf(await createRefund(session, order.id, { items, payments: quote.methods[0] ?? [] }));
    const movements = valueOf(await getOrderTransactions(session, order.id));
    expect(movements.map(({ event, amount }) => [event, amount])).toEqual([
      ['capture', expect.any(String)],
      ['refund', '1.5'],
    ]);
  });

  it("takes another system's figures when they are given", async () => {
    const { session, buy } = await openShop();
    const order = buy();
    const lineId = order.lines[0]?.id ?? 0;
    const request = {
      items: [{ type: 'PRODUCT' as const, itemId: lineId, quantity: 1 }],
      payments: [{ providerId: 'custom', amount: '10.8', offline: true }],
      override: { total: '10.8', tax: '0.81' },
    };
    const refund = valueOf(await createRefund(session, order.id, request));
    expect(refund).toMatchObject({ total: '10.8', tax: '0.81', payments: [{ isDeclined: false }] });
    const wrong = { ...request, override: { total: '10.7', tax: '0.81' } };
    expect(failureOf(await createRefund(session, order.id, wrong)).code).toBe('rejected');
  });

  it('more than is left, unpaid orders and unknown ones are refused', async () => {
    const { session, buy } = await openShop();
    const order = buy();
    const product = (quantity: number) => [
      { type: 'PRODUCT' as const, itemId: order.lines[0]?.id ?? 0, quantity },
    ];
    expect(failureOf(await quoteRefund(session, order.id, product(4))).code).toBe('rejected');
    expect(failureOf(await quoteRefund(session, 9_999, product(1))).code).toBe('not_found');
    const unpaid = buy({ statusId: 0 });
    const whole = [{ type: 'ORDER' as const, itemId: unpaid.id, amount: '1' }];
    expect(failureOf(await quoteRefund(session, unpaid.id, whole)).message).toContain('no payment');
  });

  it.each([true, false])('of an order made by API: %s', async (apiOrdersRefundable) => {
    const { session, bench } = await openShop({ switches: { apiOrdersRefundable } });
    const { body } = await bench.call('POST', '/v2/orders', {
      status_id: 10,
      payment_method: 'Clover',
      billing_address: { zip: '78751' },
      products: [{ name: 'Misc', quantity: 1, price_ex_tax: 5, price_inc_tax: 5 }],
    });
    const orderId = Number(body['id']);
    const items = [{ type: 'ORDER' as const, itemId: orderId, amount: '5' }];
    const quote = await quoteRefund(session, orderId, items);
    expect(quote.ok).toBe(apiOrdersRefundable);
    if (quote.ok) expect(offlineMethod(quote.value)).toHaveLength(1);
  });

  it('come in the feed, page by page from a moment on, and fire both webhooks', async () => {
    const { session, buy, sandbox, bench } = await openShop();
    await bench.hook('store/order/*');
    const first = buy();
    sandbox.refundOrder(HASH, first.id);
    await bench.clock.advance(60_000);
    const sinceMs = bench.clock.now();
    const second = buy();
    await bench.scopes();
    sandbox.refundOrder(HASH, second.id, [
      { type: 'PRODUCT', itemId: second.lines[0]?.id ?? 0, quantity: 2 },
    ]);
    const scopes = await bench.scopes();
    expect(scopes).toContain('store/order/refund/created');
    expect(scopes).toContain('store/order/statusUpdated');
    const page = valueOf(await getRefundsSince(session, sinceMs, 1));
    expect(page).toMatchObject({ isLast: true, refunds: [{ orderId: second.id }] });
    expect(page.refunds[0]?.items).toMatchObject([{ type: 'PRODUCT', quantity: 2 }]);
    expect(valueOf(await getRefundsSince(session, 0, 1)).refunds).toHaveLength(2);
    const { refundId } = page.refunds[0] ?? { refundId: 0 };
    const one = await bench.call('GET', `/v3/orders/payment_actions/refunds/${refundId}`);
    expect(one.body['data']).toMatchObject({ order_id: second.id });
  });
});

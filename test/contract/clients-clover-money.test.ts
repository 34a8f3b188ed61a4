/** The money of a business day through the clients: orders, payments, refunds and credits of a span; see `clients-clover.test.ts`. */
import { expect, it } from 'vitest';
import { getDevices } from '../../src/platforms/clover/merchant.ts';
import {
  findOrdersByTitle,
  getOrderTerms,
  getOrderTermsPage,
  getPricedLines,
} from '../../src/platforms/clover/order-money.ts';
import { addLines, createOrder } from '../../src/platforms/clover/order-writes.ts';
import { getOrderPayments, getPaymentPage } from '../../src/platforms/clover/payments.ts';
import { getCreditPage } from '../../src/platforms/clover/refunds.ts';
import type { RingUpInput } from '../sandbox/clover/index.ts';
import { failOnProblems, openClients } from '../support/clover-clients.ts';
import { MERCHANT_ID } from '../support/clover-harness.ts';
import { valueOf } from '../support/platform-ports.ts';
import { describeWithClover, type CloverSpecs } from '../support/specs-clover.ts';

failOnProblems();

const DAY_MS = 24 * 3_600_000;

async function openShop(specs: CloverSpecs, switches = {}) {
  const bench = await openClients(specs, { accessTokenTtlMs: 365 * DAY_MS, ...switches });
  const { id: itemId } = bench.clover.addItem(MERCHANT_ID, {
    name: 'Tea',
    price: 1_000,
    quantity: 9,
  });
  const sell = (input: Partial<RingUpInput> = {}) =>
    bench.clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity: 1 }], ...input });
  return { ...bench, itemId, sell };
}

describeWithClover('Clover clients: the money of a day', (specs) => {
  it('[O9] orders, payments and credits of a span and of no other', async () => {
    const { session, clover, clock, sell } = await openShop(specs);
    sell();
    clover.giveCredit(MERCHANT_ID, { amount: 5 });
    await clock.advance(1_000);
    const fromMs = clock.now();
    const inside = [sell(), sell({ pay: false })].map(({ id }) => id);
    const credit = clover.giveCredit(MERCHANT_ID, { amount: 300, reason: 'Spoilt' });
    await clock.advance(1_000);
    const span = { fromMs, untilMs: clock.now() };
    sell();
    const orders = valueOf(await getOrderTermsPage(session, span, 0));
    expect(orders.orders.map(({ orderId }) => orderId).toSorted()).toEqual(inside.toSorted());
    expect(orders.isLast).toBe(true);
    expect(valueOf(await getOrderTermsPage(session, span, 1)).orders).toEqual([]);
    const paid = valueOf(await getPaymentPage(session, span, 0));
    expect(paid).toMatchObject({ payments: [{ orderId: inside[0], amount: 1_000 }], isLast: true });
    const { credits } = valueOf(await getCreditPage(session, fromMs, 0));
    expect(credits).toEqual([
      {
        creditId: credit.id,
        orderId: null,
        tenderId: credit.tenderId,
        tenderLabel: 'Cash',
        amount: 300,
        taxAmount: 0,
        isDone: true,
        reason: 'Spoilt',
        createdMs: fromMs,
      },
    ]);
  });

  it('an order is found by its title, and its lines by what was written into them', async () => {
    const { session, itemId } = await openShop(specs);
    const title = 'BigCommerce 250';
    const { orderId } = valueOf(await createOrder(session, { state: 'open', title }));
    valueOf(await createOrder(session, { state: 'open', title: `${title}1` }));
    const line = { itemId, name: 'Tea', price: 1, isRevenue: true };
    valueOf(await addLines(session, orderId, [{ ...line, userData: '77:0' }, line]));
    const found = valueOf(await findOrdersByTitle(session, title));
    expect(found.map((order) => order.orderId)).toEqual([orderId]);
    const lines = valueOf(await getPricedLines(session, orderId));
    expect(lines.map(({ userData }) => userData)).toEqual(['77:0', '']);
  });

  it('the registers, by their UUIDs', async () => {
    const { session } = await openShop(specs);
    expect(valueOf(await getDevices(session))).toEqual([
      {
        deviceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'Front',
        serial: 'C030UQ00000001',
      },
    ]);
  });
});

describeWithClover('Clover clients: sales of the register', (specs) => {
  it('[O5] a discount, a charge, a line typed in by hand and a tip', async () => {
    const { session, sell } = await openShop(specs);
    const { id } = sell({
      customLines: [{ name: 'Gift wrap', price: 200 }],
      discounts: [{ name: 'Friends', percentage: 10 }],
      serviceCharge: true,
      tipAmount: 50,
    });
    // (1,000 + 200) less a tenth, and 18 % of that on top.
    expect(valueOf(await getOrderTerms(session, id))).toMatchObject({
      total: 1_274,
      discounts: [{ name: 'Friends', amountOff: 0, percentageDecimal: 100_000 }],
      serviceCharge: { percentageDecimal: 180_000 },
    });
    const lines = valueOf(await getPricedLines(session, id));
    expect(lines.map(({ name, itemId }) => [name, itemId === null])).toEqual([
      ['Tea', false],
      ['Gift wrap', true],
    ]);
    const [payment] = valueOf(await getOrderPayments(session, id));
    expect(payment).toMatchObject({ amount: 1_274, tipAmount: 50 });
  });

  it('a split payment pays in parts, moves stock once and is refunded by part', async () => {
    const { session, clover, sell, itemId, clock } = await openShop(specs);
    const { id } = sell({ amount: 400 });
    const state = async () => valueOf(await getOrderTerms(session, id)).paymentState;
    expect([await state(), clover.stock(MERCHANT_ID, itemId)]).toEqual(['PARTIALLY_PAID', 9]);
    expect(() => clover.pay(MERCHANT_ID, id, { amount: 601 })).toThrow('600 is left');
    const second = clover.pay(MERCHANT_ID, id, { tender: 'com.clover.tender.check' });
    expect([await state(), clover.stock(MERCHANT_ID, itemId)]).toEqual(['PAID', 8]);
    const amounts = valueOf(await getOrderPayments(session, id)).map(({ amount }) => amount);
    expect(amounts.toSorted((one, other) => one - other)).toEqual([400, 600]);
    clover.refundOrder(MERCHANT_ID, id, { paymentId: second.id, amount: 600 });
    expect(await state()).toBe('PARTIALLY_REFUNDED');
    await clock.advance(1_000);
    clover.refundOrder(MERCHANT_ID, id);
    expect(await state()).toBe('REFUNDED');
  });

  it.each([
    [false, 9],
    [true, 8],
  ])('[O7] training moves stock: %s', async (testOrdersMoveStock, left) => {
    const { session, clover, sell, itemId } = await openShop(specs, { testOrdersMoveStock });
    const { id } = sell({ testMode: true });
    expect(valueOf(await getOrderTerms(session, id)).isTest).toBe(true);
    expect(clover.stock(MERCHANT_ID, itemId)).toBe(left);
  });
});

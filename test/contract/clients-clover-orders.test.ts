/** Orders, payments and refunds through the clients; see `clients-clover.test.ts`. */
import { expect, it } from 'vitest';
import {
  findOrdersByReference,
  getOrderRefunds,
  getOrderTerms,
  getPricedLines,
} from '../../src/platforms/clover/order-money.ts';
import {
  createOrderType,
  createTender,
  getOrderTypes,
  getServiceCharge,
  getTenders,
} from '../../src/platforms/clover/order-setup.ts';
import {
  addLineDiscount,
  addLines,
  addOrderDiscount,
  createOrder,
  deleteLine,
  deleteOrder,
  updateOrder,
  type NewLine,
} from '../../src/platforms/clover/order-writes.ts';
import { addPayment, findPayments, getOrderPayments } from '../../src/platforms/clover/payments.ts';
import { getRefundPage } from '../../src/platforms/clover/refunds.ts';
import type { CloverSwitches } from '../sandbox/clover/index.ts';
import { failOnProblems, openClients } from '../support/clover-clients.ts';
import { MERCHANT_ID } from '../support/clover-harness.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';
import { describeWithClover, type CloverSpecs } from '../support/specs-clover.ts';

failOnProblems();

const shipping: NewLine = { name: 'Shipping', price: 500, isRevenue: false };

/** A bench with an open order of ours, and one item of 1,000. */
async function openShop(specs: CloverSpecs, switches: Partial<CloverSwitches> = {}) {
  const bench = await openClients(specs, switches);
  const { id: itemId } = bench.clover.addItem(MERCHANT_ID, {
    name: 'Shirt',
    price: 1_000,
    quantity: 9,
  });
  const { orderId } = valueOf(await createOrder(bench.session, { state: 'open', title: 'BC 250' }));
  const shirt: NewLine = { itemId, name: 'Shirt, red', price: 900, isRevenue: true };
  return { ...bench, itemId, orderId, shirt };
}

describeWithClover('Clover clients: orders of ours', (specs) => {
  it('[O1] an order with its type, lines, discounts and total is read back as it was written', async () => {
    const { session, clover, orderId, shirt, itemId } = await openShop(specs);
    const { orderTypeId } = valueOf(await createOrderType(session, 'BigCommerce'));
    expect(valueOf(await getOrderTypes(session))).toEqual([
      { orderTypeId, label: 'BigCommerce', isTaxable: true },
    ]);
    const lines = [shirt, { ...shirt, note: 'Size M' }, shipping];
    const ids = valueOf(await addLines(session, orderId, lines));
    expect(new Set(ids).size).toBe(3);
    const [first = ''] = ids;
    valueOf(await addLineDiscount(session, orderId, first, { name: 'Coupon', amountOff: 100 }));
    valueOf(await addOrderDiscount(session, orderId, { name: 'Manual', amountOff: 200 }));
    const fields = { total: 2_000, note: 'Gift', orderTypeId, externalReferenceId: 'BC250' };
    const written = valueOf(await updateOrder(session, orderId, fields));
    expect(written).toMatchObject({ orderId, total: 2_000, externalReferenceId: 'BC250' });
    expect(clover.orderTotals(MERCHANT_ID, orderId).total).toBe(2_000);
    expect(valueOf(await getOrderTerms(session, orderId))).toMatchObject({
      title: 'BC 250',
      note: 'Gift',
      currency: 'USD',
      state: 'open',
      total: 2_000,
      orderTypeId,
      isTest: false,
      discounts: [{ name: 'Manual', amountOff: 200, percentageDecimal: 0 }],
      serviceCharge: null,
    });
    const priced = valueOf(await getPricedLines(session, orderId));
    expect(priced.map((line) => [line.name, line.price, line.itemId, line.note])).toEqual([
      ['Shirt, red', 900, itemId, ''],
      ['Shirt, red', 900, itemId, 'Size M'],
      ['Shipping', 500, null, ''],
    ]);
    expect(priced[0]?.discounts).toMatchObject([{ name: 'Coupon', amountOff: 100 }]);
    expect(priced[2]?.isRevenue).toBe(false);
  });

  it.each(['array', 'elements', 'items'] as const)(
    'the ids of new lines are read from an answer in %s',
    async (bulkLineItemsAnswer) => {
      const { session, orderId, shirt } = await openShop(specs, { bulkLineItemsAnswer });
      const ids = valueOf(await addLines(session, orderId, [shirt, shirt]));
      const lines = valueOf(await getPricedLines(session, orderId));
      expect(lines.map(({ lineItemId }) => lineItemId)).toEqual(ids);
    },
  );

  it('lines go 100 a call and are all read back; none and 101 are never sent', async () => {
    const { session, orderId, shirt, calls } = await openShop(specs);
    for (const count of [0, 101]) {
      const lines = Array.from({ length: count }, () => shirt);
      expect(failureOf(await addLines(session, orderId, lines)).code).toBe('invalid_input');
    }
    expect(calls).toHaveLength(1);
    const hundred = Array.from({ length: 100 }, () => shirt);
    for (let call = 0; call < 11; call += 1) valueOf(await addLines(session, orderId, hundred));
    expect(valueOf(await getPricedLines(session, orderId))).toHaveLength(1_100);
  });

  it.each([
    ['documented', null],
    ['all', 'BC250'],
  ] as const)('with %s fields on create the reference is %s', async (orderCreateFields, taken) => {
    const { session } = await openClients(specs, { orderCreateFields });
    const fields = { state: 'open', externalReferenceId: 'BC250' } as const;
    const created = valueOf(await createOrder(session, fields));
    expect(created.externalReferenceId).toBe(taken);
  });

  it('[O3] an order is found again by its reference, behind a replica that lags', async () => {
    const { session, orderId, clock } = await openShop(specs, { replicaLagMs: 60_000 });
    expect(valueOf(await findOrdersByReference(session, 'BC250'))).toEqual([]);
    valueOf(await updateOrder(session, orderId, { externalReferenceId: 'BC250' }));
    const found = valueOf(await findOrdersByReference(session, 'BC250'));
    expect(found.map((order) => order.orderId)).toEqual([orderId]);
    await clock.advance(1_000);
    valueOf(await deleteOrder(session, orderId));
    expect(valueOf(await findOrdersByReference(session, 'BC250'))).toEqual([]);
    expect(failureOf(await deleteOrder(session, orderId)).code).toBe('not_found');
    expect(failureOf(await getOrderTerms(session, orderId)).code).toBe('not_found');
  });

  it('a line is taken off, once', async () => {
    const { session, orderId, shirt } = await openShop(specs);
    const [first = '', second] = valueOf(await addLines(session, orderId, [shirt, shirt]));
    valueOf(await deleteLine(session, orderId, first));
    const left = valueOf(await getPricedLines(session, orderId));
    expect(left.map(({ lineItemId }) => lineItemId)).toEqual([second]);
    expect(failureOf(await deleteLine(session, orderId, first)).code).toBe('not_found');
  });

  it('taxes of a line are those it names, or those of its item', async () => {
    const { session, clover, itemId, orderId, shirt } = await openShop(specs);
    expect(itemId).not.toBe('');
    const rates = clover.state.merchants[MERCHANT_ID]?.tables.taxRates ?? {};
    const [none] = Object.values(rates).flatMap(({ versions }) => versions.at(-1)?.row ?? []);
    if (none === undefined) throw new Error('no rate');
    const taxRates = [{ id: none.id, name: none.name, rate: none.rate }];
    valueOf(await addLines(session, orderId, [{ ...shirt, taxRates }, shirt]));
    const lines = valueOf(await getPricedLines(session, orderId));
    expect(lines.map((line) => line.taxRates)).toEqual([
      [{ taxRateId: none.id, name: 'NO_TAX_APPLIED', rate: 0, taxAmount: 0 }],
      [],
    ]);
  });
});

describeWithClover('Clover clients: payments and refunds', (specs) => {
  it('a payment under a tender of ours pays the order and is found by our id', async () => {
    const { session, orderId, shirt } = await openShop(specs, { replicaLagMs: 60_000 });
    const tender = valueOf(await createTender(session, 'BigCommerce', 'com.example.bigcommerce'));
    const all = valueOf(await getTenders(session));
    expect(all.filter(({ labelKey }) => labelKey === 'com.example.bigcommerce')).toEqual([tender]);
    valueOf(await addLines(session, orderId, [shirt]));
    valueOf(await updateOrder(session, orderId, { total: 900 }));
    expect(valueOf(await findPayments(session, 'BC250.1'))).toEqual([]);
    const payment = {
      tenderId: tender.tenderId,
      amount: 900,
      tipAmount: 0,
      taxAmount: 60,
      externalPaymentId: 'BC250.1',
    };
    const paid = valueOf(await addPayment(session, orderId, payment));
    expect(paid).toMatchObject({ orderId, amount: 900, taxAmount: 60, isDone: true });
    const [found] = valueOf(await findPayments(session, 'BC250.1'));
    expect(found).toMatchObject({ paymentId: paid.paymentId, tenderLabel: 'BigCommerce' });
    expect(valueOf(await getOrderPayments(session, orderId))).toEqual([found]);
    expect(valueOf(await getOrderTerms(session, orderId))).toMatchObject({
      paymentState: 'PAID',
      state: 'locked',
    });
  });

  it("a tender of Clover's own is rejected", async () => {
    const { session, orderId } = await openShop(specs);
    const tenders = valueOf(await getTenders(session));
    const cash = tenders.find(({ labelKey }) => labelKey === 'com.clover.tender.cash');
    const payment = { amount: 1, tipAmount: 0, taxAmount: 0, externalPaymentId: 'BC1' };
    const answer = await addPayment(session, orderId, {
      ...payment,
      tenderId: cash?.tenderId ?? '',
    });
    expect(failureOf(answer)).toMatchObject({ code: 'rejected', status: 400 });
  });

  it('[O5] a sale of the register: its payment with tip and taxes, its charge, its refunds', async () => {
    const { session, clover, clock } = await openClients(specs);
    const { id: itemId } = clover.addItem(MERCHANT_ID, { name: 'Tea', price: 450, quantity: 9 });
    expect(valueOf(await getServiceCharge(session))).toMatchObject({
      name: 'Service Charge',
      isEnabled: false,
      percentageDecimal: 180_000,
    });
    const lines = [{ itemId, quantity: 2 }];
    const order = clover.ringUp(MERCHANT_ID, { lines, tipAmount: 90 });
    const [payment] = valueOf(await getOrderPayments(session, order.id));
    expect(payment).toMatchObject({
      amount: 900,
      tipAmount: 90,
      tenderKey: 'com.clover.tender.cash',
    });
    await clock.advance(1_000);
    const sinceMs = clock.now();
    const [lineItemId = ''] = order.lineItemIds;
    const refund = clover.refundOrder(MERCHANT_ID, order.id, { lineItemIds: [lineItemId] });
    const expected = {
      refundId: refund.id,
      orderId: order.id,
      paymentId: payment?.paymentId,
      amount: 450,
      isDone: true,
      lineItemIds: [lineItemId],
    };
    const page = valueOf(await getRefundPage(session, sinceMs, 0));
    expect(page).toMatchObject({ refunds: [expected], isLast: true });
    expect(valueOf(await getRefundPage(session, sinceMs + 1, 0)).refunds).toEqual([]);
    expect(valueOf(await getOrderRefunds(session, order.id))).toMatchObject([expected]);
    const [given, kept] = valueOf(await getPricedLines(session, order.id));
    expect([given?.isRefunded, kept?.isRefunded]).toEqual([true, false]);
  });

  it.each([
    ['MERCHANT_W', 'permission_missing'],
    ['MERCHANT_R', null],
  ] as const)('tenders and order types may need %s', async (merchantSetupPermission, code) => {
    const { session, clover, platform } = await openClients(specs, { merchantSetupPermission });
    platform.account.refused = async () => ({
      ok: false,
      failure: { code: 'permission_missing', message: 'no' },
    });
    const merchant = clover.state.merchants[MERCHANT_ID];
    if (merchant === undefined) throw new Error('no merchant');
    merchant.permissions = merchant.permissions.filter((name) => name !== 'MERCHANT_W');
    for (const result of [
      await createTender(session, 'Web', 'com.example.web'),
      await createOrderType(session, 'Web'),
    ]) {
      expect(result.ok ? null : result.failure.code).toBe(code);
    }
  });
});

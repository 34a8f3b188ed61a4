/**
 * Goal: every request of the Clover clients is one that the contract knows, and every answer of a strict Clover is
 * understood. Method: the clients run against the sandbox; each request is judged before it gets there.
 */
import { expect, it } from 'vitest';
import type { Failure } from '../../src/domain/failure.ts';
import type { Result } from '../../src/domain/result.ts';
import {
  getItem,
  getItemPage,
  getItemStockPage,
  itemPages,
  itemStockPages,
  readStock,
  writeStock,
  type Page,
} from '../../src/platforms/clover/inventory.ts';
import { getMerchant } from '../../src/platforms/clover/merchant.ts';
import {
  cloverAuthorizeUrl,
  exchangeCode,
  refreshGrant,
} from '../../src/platforms/clover/oauth.ts';
import {
  getChangedOrders,
  getOrder,
  getPaymentOrderId,
} from '../../src/platforms/clover/orders.ts';
import { openClover } from '../../src/platforms/clover/session.ts';
import { isAuthCode, parseWebhook } from '../../src/platforms/clover/webhook.ts';
import { complain, failOnProblems, openClients } from '../support/clover-clients.ts';
import {
  addItems,
  APP_ID,
  AUTH_CODE,
  MERCHANT_ID,
  SITE_URL,
  START_MS,
} from '../support/clover-harness.ts';
import { CONTEXT, failureOf, valueOf } from '../support/platform-ports.ts';
import { describeWithClover } from '../support/specs-clover.ts';

failOnProblems();

describeWithClover('Clover clients against the contract', (specs) => {
  it('the merchant, without anything about its bank', async () => {
    const { session, clover, platform } = await openClients(specs);
    clover.setProperties(MERCHANT_ID, { trackStock: true, updateStock: false, vat: true });
    expect(valueOf(await getMerchant(session))).toEqual({
      merchantId: MERCHANT_ID,
      name: 'Corner Shop',
      currency: 'USD',
      timeZone: expect.stringMatching(/^\w+\/\w+/),
      locale: expect.any(String),
      trackStock: true,
      updateStock: false,
      vat: true,
      planCode: expect.stringMatching(/\w/),
    });
    const logged = JSON.stringify(platform.records);
    expect(logged).toContain('AccountNumber');
    expect(logged).not.toMatch(/AccountNumber\\?":\\?"\d/);
  });

  it("[X5] another merchant's session is refused, never mistaken for this one", async () => {
    const { ports, clover, platform } = await openClients(specs);
    clover.createMerchant({ id: 'MERCHANT00002', name: 'Other' });
    platform.account.refused = async () => ({
      ok: false,
      failure: { code: 'permission_missing', message: 'no' },
    });
    const other = openClover(ports, 'MERCHANT00002', CONTEXT);
    expect(failureOf(await getMerchant(other)).status).toBe(401);
  });

  it('items with their stock', async () => {
    const harness = await openClients(specs);
    const [first = ''] = await addItems(harness, 3);
    harness.clover.addItem(MERCHANT_ID, { name: 'Service', price: 500, quantity: null });
    const extras = ['categories', 'taxRates'] as const;
    const whole = valueOf(await getItemPage(harness.session, 0, { extras }));
    expect(whole.rows[0]).toMatchObject({ categoryIds: [], taxRateIds: [], defaultTaxRates: true });
    const { rows, nextOffset } = valueOf(await getItemPage(harness.session, 0));
    expect(rows[0]).toMatchObject({ categoryIds: null, taxRateIds: null });
    expect(nextOffset).toBeNull();
    expect(rows).toHaveLength(4);
    expect(rows.find(({ itemId }) => itemId === first)).toMatchObject({
      name: 'Item 0',
      sku: 'S-0',
      price: 100,
      priceType: 'FIXED',
      isDeleted: false,
      stock: { itemId: first, quantity: 0 },
    });
    const service = rows.find(({ name }) => name === 'Service');
    expect(service?.stock?.quantity ?? null).toBeNull();
    expect(valueOf(await getItem(harness.session, first)).sku).toBe('S-0');
    expect(failureOf(await getItem(harness.session, 'NOSUCHITEM001')).code).toBe('not_found');
  });

  it('lists longer than a page end with the page that is not full', async () => {
    const harness = await openClients(specs);
    await addItems(harness, 1_000);
    const count = async (pages: AsyncIterable<Result<Page<{ itemId: string }>, Failure>>) => {
      const ids = new Set<string>();
      for await (const page of pages) {
        for (const row of valueOf(page).rows) ids.add(row.itemId);
      }
      return ids.size;
    };
    expect(await count(itemPages(harness.session))).toBe(1_000);
    expect(harness.calls).toHaveLength(2);
    harness.clover.addItem(MERCHANT_ID, { name: 'One more', price: 1, quantity: 1 });
    expect(await count(itemStockPages(harness.session))).toBe(1_001);
    expect(harness.calls).toHaveLength(4);
    expect(valueOf(await getItemStockPage(harness.session, 1_000)).rows).toHaveLength(1);
  });

  it('[S4] stock from the primary, and what a write answers', async () => {
    const { clover, session, calls, clock } = await openClients(specs, { replicaLagMs: 5_000 });
    const { id } = clover.addItem(MERCHANT_ID, {
      name: 'Shirt',
      sku: 'SHIRT',
      price: 1,
      quantity: 4,
    });
    await clock.advance(6_000);
    clover.setStock(MERCHANT_ID, id, 9);
    const read = valueOf(await readStock(session, id));
    expect(read).toEqual({
      itemId: id,
      quantity: 9,
      exactQuantity: 9,
      modifiedMs: clock.now(),
    });
    await clock.advance(10);
    expect(valueOf(await writeStock(session, id, 3))).toMatchObject({
      quantity: 3,
      modifiedMs: clock.now(),
    });
    expect(clover.stock(MERCHANT_ID, id)).toBe(3);
    expect(calls[0]).toContain('forceRealTime=true');
    for (const wrong of [-1, 0.5, Number.NaN]) {
      expect(failureOf(await writeStock(session, id, wrong)).code).toBe('invalid_input');
    }
    expect(clover.stock(MERCHANT_ID, id)).toBe(3);
    expect(failureOf(await readStock(session, 'NOSUCHITEM001')).code).toBe('not_found');
    expect(failureOf(await writeStock(session, 'NOSUCHITEM001', 1))).not.toHaveProperty(
      'outcomeUnknown',
    );
  });

  it('stock that was never counted, is fractional or below zero', async () => {
    const { clover, session } = await openClients(specs);
    const uncounted = clover.addItem(MERCHANT_ID, { name: 'New', price: 1, quantity: null }).id;
    expect(valueOf(await readStock(session, uncounted))).toMatchObject({ quantity: null });
    const cheese = clover.addItem(MERCHANT_ID, { name: 'Cheese', price: 1, quantity: 2.5 }).id;
    expect(valueOf(await readStock(session, cheese))).toMatchObject({
      quantity: 2,
      exactQuantity: 2.5,
    });
    clover.setStock(MERCHANT_ID, cheese, -1.5);
    expect(valueOf(await readStock(session, cheese))).toMatchObject({
      quantity: -2,
      exactQuantity: -1.5,
    });
  });

  it('a paid order in one call', async () => {
    const { clover, session, calls } = await openClients(specs);
    const { id: itemId } = clover.addItem(MERCHANT_ID, {
      name: 'Shirt',
      sku: 'SHIRT',
      price: 1_000,
      quantity: 9,
    });
    const rung = clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity: 3 }] });
    const order = valueOf(await getOrder(session, rung.id));
    expect(order).toMatchObject({
      orderId: rung.id,
      isPaid: true,
      isTest: false,
      isDeleted: false,
      deviceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      paymentIds: [expect.stringMatching(/^\w{13}$/)],
    });
    expect(order.createdTime).toBeGreaterThanOrEqual(START_MS);
    expect(order.lines).toHaveLength(3);
    for (const line of order.lines) {
      expect(line).toMatchObject({
        itemId,
        units: 1,
        refunded: false,
        exchanged: false,
        name: 'Shirt',
      });
    }
    expect(new Set(order.lines.map(({ lineItemId }) => lineItemId)).size).toBe(3);
    expect(calls).toHaveLength(1);
    const [paymentId = ''] = order.paymentIds;
    expect(valueOf(await getPaymentOrderId(session, paymentId))).toBe(rung.id);
    expect(failureOf(await getOrder(session, 'NOSUCHORDER01')).code).toBe('not_found');
    const changedMs = order.modifiedTime ?? 0;
    const changed = valueOf(await getChangedOrders(session, changedMs, 0));
    expect(changed).toEqual({
      orders: [{ orderId: rung.id, modifiedMs: changedMs }],
      isLast: true,
    });
    expect(valueOf(await getChangedOrders(session, changedMs + 1, 0)).orders).toEqual([]);
  });

  it('[O7] an order without a payment is not paid; one whose money went back was', async () => {
    const { clover, session } = await openClients(specs);
    const { id: itemId } = clover.addItem(MERCHANT_ID, {
      name: 'Shirt',
      price: 1_000,
      quantity: 9,
    });
    const open = clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity: 2 }], pay: false });
    expect(valueOf(await getOrder(session, open.id))).toMatchObject({
      isPaid: false,
      paymentIds: [],
    });
    clover.pay(MERCHANT_ID, open.id);
    const [line] = valueOf(await getOrder(session, open.id)).lines;
    clover.refundOrder(MERCHANT_ID, open.id, { lineItemIds: [line?.lineItemId ?? ''] });
    const order = valueOf(await getOrder(session, open.id));
    expect(order.isPaid).toBe(true);
    expect(
      order.lines.filter(({ refunded }) => refunded).map(({ lineItemId }) => lineItemId),
    ).toEqual([line?.lineItemId]);
  });

  it('an order of 100 lines and more is read to its end', async () => {
    const { clover, session, calls } = await openClients(specs);
    const { id: itemId } = clover.addItem(MERCHANT_ID, { name: 'Bolt', price: 1, quantity: 5_000 });
    const rung = clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity: 130 }] });
    const { lines } = valueOf(await getOrder(session, rung.id));
    expect(lines).toHaveLength(130);
    expect(new Set(lines.map(({ lineItemId }) => lineItemId)).size).toBe(130);
    expect(calls).toHaveLength(2);
  });

  it('the way to consent, the exchange, and refreshes that work once', async () => {
    const { clover, ports, live, session, clock } = await openClients(specs);
    const url = cloverAuthorizeUrl(ports.config, {
      redirectUri: `${SITE_URL}/callback`,
      state: 'state-1',
      merchantId: MERCHANT_ID,
    });
    const consent = new Request(url);
    const wrong = await specs.validateRequest(consent);
    complain(wrong.filter((one) => !one.includes('User-Agent')));
    const back = new URL((await clover.app.fetch(consent)).headers.get('location') ?? '');
    expect(back.searchParams.get('state')).toBe('state-1');
    const code = back.searchParams.get('code') ?? '';
    const first = valueOf(await exchangeCode(ports, code, 'abc123'));
    // Seconds at Clover, milliseconds here.
    expect(first.accessExpiresAtMs).toBe(Math.floor(clock.now() / 1_000) * 1_000 + 30 * 60_000);
    expect(first.refreshExpiresAtMs).toBeGreaterThan(clock.now() + 300 * 86_400_000);
    expect((await exchangeCode(ports, code, 'abc123')).ok).toBe(false);
    const second = valueOf(await refreshGrant(ports, first.refreshToken ?? '', 'abc123'));
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const used = failureOf(await refreshGrant(ports, first.refreshToken ?? '', 'abc123'));
    expect(used).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(used.outcomeUnknown).toBeUndefined();
    live.token = second.accessToken;
    expect((await getMerchant(session)).ok).toBe(true);
  });

  it('[X1] webhooks of a sale are proven and read', async () => {
    const { clover, hooks, clock } = await openClients(specs);
    const { id: itemId } = clover.addItem(MERCHANT_ID, {
      name: 'Shirt',
      price: 1_000,
      quantity: 9,
    });
    clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity: 1 }] });
    clover.setStock(MERCHANT_ID, itemId, 20);
    await clock.advance(5_000);
    const keys = new Set<string>();
    for (const { auth, body } of hooks) {
      expect(await isAuthCode(auth ?? '', ['another', AUTH_CODE])).toBe(true);
      const webhook = valueOf(parseWebhook(body, clock.now()));
      if (webhook.kind !== 'changes') throw new Error('no handshake was asked for');
      expect(webhook.appId).toBe(APP_ID);
      for (const change of webhook.changes) {
        expect(change.merchantId).toBe(MERCHANT_ID);
        keys.add(change.key);
      }
    }
    expect(keys).toEqual(new Set(['I', 'O', 'P', 'IS']));
  });

  it('[R5] a refusal names whose limit was hit, and how long to wait', async () => {
    const { clover, session, platform } = await openClients(specs);
    const { id } = clover.addItem(MERCHANT_ID, { name: 'Shirt', price: 1, quantity: 1 });
    const results = await Promise.all(Array.from({ length: 30 }, () => readStock(session, id)));
    const refused = results.filter((result) => !result.ok).map(failureOf);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ code }) => code === 'rate_limited')).toBe(true);
    expect(refused.every(({ outcomeUnknown }) => outcomeUnknown === undefined)).toBe(true);
    const reports = platform.reports.filter(({ status }) => status === 429);
    expect(reports.length).toBe(refused.length);
    expect(reports.some(({ appWide }) => appWide !== true)).toBe(true);
  });
});

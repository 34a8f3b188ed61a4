import { expect, test } from 'vitest';
import {
  APP_ID,
  AUTH_CODE,
  createHarness,
  MERCHANT_ID,
  START_MS,
} from '../support/clover-harness.ts';
import type { Harness } from '../support/clover-harness.ts';
import { describeWithClover } from '../support/specs-clover.ts';

async function withItem(harness: Harness, more: Record<string, unknown> = {}): Promise<string> {
  const input = { name: 'Tea', price: 450, quantity: 5, ...more };
  const { id } = harness.clover.addItem(MERCHANT_ID, input);
  await harness.updates();
  return id;
}

const sell = (harness: Harness, itemId: string, quantity = 1) =>
  harness.clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity }] });

describeWithClover('clover sandbox: webhook delivery', (specs) => {
  test('events of a few milliseconds travel in one POST, by merchant, with the static auth', async () => {
    const { clover, clock, hooks } = await createHarness(specs);
    const { id: otherId } = clover.createMerchant({ name: 'Other' });
    const mine = clover.addItem(MERCHANT_ID, { name: 'A', price: 1, quantity: null });
    await clock.advance(3);
    const theirs = clover.addItem(otherId, { name: 'B', price: 1, quantity: null });
    expect(hooks).toEqual([]);
    await clock.advance(2);
    expect(hooks).toHaveLength(1);
    expect(hooks[0]?.auth).toBe(AUTH_CODE);
    const ts = expect.any(Number);
    expect(hooks[0]?.body).toEqual({
      appId: APP_ID,
      merchants: {
        [MERCHANT_ID]: [{ objectId: `I:${mine.id}`, type: 'CREATE', ts }],
        [otherId]: [
          { objectId: `A:${APP_ID}`, type: 'CREATE', ts },
          { objectId: `I:${theirs.id}`, type: 'CREATE', ts },
        ],
      },
    });
    const update = hooks[0]?.body.merchants?.[MERCHANT_ID]?.[0];
    expect(update?.ts).toBeGreaterThanOrEqual(START_MS);
  });

  test('a call is answered before its webhook, and a dead callback does not hurt it', async () => {
    const harness = await createHarness(specs);
    const id = await withItem(harness);
    harness.callback.status = 500;
    expect((await harness.post(`/item_stocks/${id}`, { quantity: 1 })).status).toBe(200);
    expect(harness.hooks).toEqual([]);
    await harness.clock.advance(60_000);
    expect(harness.hooks).toHaveLength(1);
    expect(harness.runtime.journal.hooks.at(-1)).toMatchObject({
      topic: 'IS',
      outcome: 'failed',
      status: 500,
    });
  });

  test('retries where the switch says so', async () => {
    const harness = await createHarness(specs, { webhookRetries: 2, webhookRetryMs: 1000 });
    harness.callback.status = 500;
    harness.clover.setProperties(MERCHANT_ID, { tipsEnabled: false });
    await harness.clock.advance(1004);
    expect(harness.hooks).toHaveLength(1);
    await harness.clock.advance(1);
    expect(harness.hooks).toHaveLength(2);
    harness.callback.status = 200;
    await harness.clock.advance(60_000);
    expect(harness.hooks).toHaveLength(3);
  });

  test('faults drop, duplicate and delay', async () => {
    const { clover, clock, hooks, runtime, updates } = await createHarness(specs);
    const add = (fault: Parameters<typeof runtime.faults.hooks.push>[0]['fault']) =>
      runtime.faults.hooks.push({ platform: 'clover', match: /^M$/, fault, times: 1 });
    const change = () => clover.setProperties(MERCHANT_ID, { tipsEnabled: true });
    const event = `UPDATE M:${MERCHANT_ID}`;
    add({ kind: 'drop' });
    change();
    expect(await updates()).toEqual([]);
    expect(runtime.journal.hooks.at(-1)).toMatchObject({ topic: 'M', outcome: 'dropped' });
    add({ kind: 'duplicate', times: 2 });
    change();
    expect(await updates()).toEqual([event, event, event]);
    add({ kind: 'delay', delayMs: 5000 });
    change();
    change();
    expect(await updates()).toEqual([event]);
    await clock.advance(4000);
    expect(hooks).toEqual([]);
    expect((await clock.advance(1000), hooks)).toHaveLength(1);
  });

  test('hookDelayMs holds everything back', async () => {
    const { clover, clock, hooks, runtime } = await createHarness(specs);
    runtime.faults.hookDelayMs = 1000;
    clover.setProperties(MERCHANT_ID, { tipsEnabled: true });
    await clock.advance(1004);
    expect(hooks).toEqual([]);
    await clock.advance(1);
    expect(hooks).toHaveLength(1);
  });

  test('the handshake carries a code and no auth, unless the switch says so', async () => {
    const { clover, hooks } = await createHarness(specs);
    const sent = await clover.sendVerificationCode();
    expect(sent.status).toBe(200);
    expect(hooks).toEqual([{ auth: null, body: { verificationCode: sent.verificationCode } }]);
    clover.switches.handshakeCarriesAuth = true;
    await clover.sendVerificationCode();
    expect(hooks[1]?.auth).toBe(AUTH_CODE);
  });

  test('a topic needs its Read permission and an installed app', async () => {
    const harness = await createHarness(specs);
    const { clover, updates } = harness;
    const id = await withItem(harness);
    const merchant = clover.state.merchants[MERCHANT_ID];
    if (merchant !== undefined) merchant.permissions = ['MERCHANT_R', 'PAYMENTS_R'];
    sell(harness, id);
    expect(await updates()).toEqual([expect.stringMatching(/^CREATE P:/)]);
    clover.uninstall(MERCHANT_ID);
    clover.setProperties(MERCHANT_ID, { tipsEnabled: true });
    sell(harness, id);
    expect(await updates()).toEqual([`DELETE A:${APP_ID}`]);
  });
});

describeWithClover('clover sandbox: what fires', (specs) => {
  test('a sale: O CREATE, O UPDATE per item and for printing, P CREATE, O UPDATE', async () => {
    const harness = await createHarness(specs);
    const [one, two] = [await withItem(harness), await withItem(harness)];
    const lines = [
      { itemId: one, quantity: 2 },
      { itemId: two, quantity: 1 },
    ];
    const order = harness.clover.ringUp(MERCHANT_ID, { lines });
    const [paymentId = ''] = order.paymentIds;
    expect(await harness.updates()).toEqual([
      `CREATE O:${order.id}`,
      `UPDATE O:${order.id}`,
      `UPDATE O:${order.id}`,
      `UPDATE O:${order.id}`,
      `CREATE P:${paymentId}`,
      `UPDATE O:${order.id}`,
    ]);
  });

  test('a refund: P and O by default, otherwise what the switch names', async () => {
    const harness = await createHarness(specs);
    const order = sell(harness, await withItem(harness));
    await harness.updates();
    const [paymentId = ''] = order.paymentIds;
    harness.clover.refundOrder(MERCHANT_ID, order.id, { amount: 1 });
    expect(await harness.updates()).toEqual([`UPDATE P:${paymentId}`, `UPDATE O:${order.id}`]);
    harness.clover.switches.refundEvents = [];
    harness.clover.refundOrder(MERCHANT_ID, order.id);
    expect(await harness.updates()).toEqual([]);
    const state = (await harness.get(`/orders/${order.id}`)).body['paymentState'];
    expect(state).toBe('REFUNDED');
  });

  test('split topics: IS for counts by hand and by API, I for attributes, IA for availability', async () => {
    const harness = await createHarness(specs);
    const id = await withItem(harness, { autoManage: true });
    const { clover, post, updates } = harness;
    clover.setStock(MERCHANT_ID, id, 3);
    expect(await updates()).toEqual([`UPDATE IS:${id}`]);
    await post(`/item_stocks/${id}`, { quantity: 4 });
    expect(await updates()).toEqual([`UPDATE IS:${id}`]);
    await post(`/item_stocks/${id}`, { quantity: 4 });
    expect(await updates()).toEqual([`UPDATE IS:${id}`]);
    await post(`/item_stocks/${id}`, { quantity: 0 });
    expect(await updates()).toEqual([`UPDATE IA:${id}`, `UPDATE IS:${id}`]);
    await post(`/items/${id}`, { price: 1 });
    expect(await updates()).toEqual([`UPDATE I:${id}`]);
    await post(`/items/${id}`, { available: true });
    expect(await updates()).toEqual([`UPDATE IA:${id}`]);
    await post(`/items/${id}`, { available: false, price: 2 });
    expect(await updates()).toEqual([`UPDATE IA:${id}`, `UPDATE I:${id}`]);
    clover.deleteItem(MERCHANT_ID, id);
    expect(await updates()).toEqual([`DELETE I:${id}`]);
  });

  test('old topics: I for all of it', async () => {
    const harness = await createHarness(specs, { inventoryTopics: 'legacy' });
    const id = await withItem(harness, { autoManage: true });
    const { clover, post, updates } = harness;
    clover.setStock(MERCHANT_ID, id, 3);
    expect(await updates()).toEqual([`UPDATE I:${id}`]);
    await post(`/items/${id}`, { available: false, price: 2 });
    expect(await updates()).toEqual([`UPDATE I:${id}`]);
    await post(`/items/${id}`, { available: true });
    await updates();
    sell(harness, id, 3);
    expect((await updates()).filter((update) => update.includes(' I'))).toEqual([`UPDATE I:${id}`]);
  });

  test('an ordinary sale fires no IS, unless the switch says so or it falls below the threshold', async () => {
    const harness = await createHarness(specs);
    const id = await withItem(harness);
    const stockEvents = async () =>
      (await harness.updates()).filter((update) => update.includes(' I'));
    harness.clover.setStock(MERCHANT_ID, id, 5, 4);
    await harness.updates();
    sell(harness, id);
    expect(await stockEvents()).toEqual([]);
    sell(harness, id);
    expect(await stockEvents()).toEqual([`UPDATE IS:${id}`]);
    sell(harness, id);
    expect(await stockEvents()).toEqual([]);
    harness.clover.switches.saleTriggersStockEvent = true;
    sell(harness, id);
    expect(await stockEvents()).toEqual([`UPDATE IS:${id}`]);
  });

  test('own writes come back, except where the switch says so; IS always does', async () => {
    const harness = await createHarness(specs);
    const id = await withItem(harness);
    const { clover, post, updates } = harness;
    await post(`/items/${id}`, { name: 'Mine' });
    expect(await updates()).toEqual([`UPDATE I:${id}`]);
    clover.switches.echoApiChanges = false;
    await post(`/items/${id}`, { name: 'Mine too' });
    await post(`/item_stocks/${id}`, { quantity: 1 });
    expect(await updates()).toEqual([`UPDATE IS:${id}`]);
    clover.editItem(MERCHANT_ID, id, { name: 'Theirs' });
    expect(await updates()).toEqual([`UPDATE I:${id}`]);
  });

  test('IS and IA are thin, or carry keys whose names nobody knows', async () => {
    const harness = await createHarness(specs);
    const id = await withItem(harness);
    const sent = async () => {
      harness.clover.setStock(MERCHANT_ID, id, 8);
      await harness.clock.advance(50);
      return harness.hooks.splice(0)[0]?.body.merchants?.[MERCHANT_ID]?.[0];
    };
    expect(Object.keys((await sent()) ?? {})).toEqual(['objectId', 'type', 'ts']);
    harness.clover.switches.richEvents = true;
    expect(Object.keys((await sent()) ?? {})).toHaveLength(4);
  });

  test('the webhook may arrive before the replica has the change', async () => {
    const harness = await createHarness(specs, { replicaLagMs: 2000 });
    const { id } = sell(harness, await withItem(harness));
    expect(await harness.updates()).toContain(`CREATE O:${id}`);
    expect((await harness.get(`/orders/${id}`)).status).toBe(404);
    expect((await harness.get(`/orders/${id}?forceRealTime=true`)).status).toBe(200);
  });

  test('POS settings fire M', async () => {
    const { clover, get, updates } = await createHarness(specs);
    clover.setProperties(MERCHANT_ID, { updateStock: false });
    expect(await updates()).toEqual([`UPDATE M:${MERCHANT_ID}`]);
    expect((await get('/properties')).body['updateStock']).toBe(false);
  });
});

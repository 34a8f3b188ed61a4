import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { APP_ORIGIN, CLIENT_SECRET, HASH, openBench, specs } from '../support/bigcommerce.ts';
import type { Bench } from '../support/bigcommerce.ts';
import { failing, listening } from '../support/bigcommerce-shop.ts';

const DESTINATION = `${APP_ORIGIN}/webhooks/bigcommerce`;
const RETRIES_S = [60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400];

describe.skipIf(specs === undefined)('BigCommerce sandbox: hook delivery', () => {
  test('the envelope is the documented one, and its hash is the SHA-1 of the rest', async () => {
    const { received, clock, fire, sandbox } = await listening('store/product/created');
    const product = fire();
    await clock.advance(0);
    const rest = {
      scope: 'store/product/created',
      store_id: String(sandbox.state.stores[HASH]?.storeId),
      data: { type: 'product', id: product.id },
      created_at: Math.floor(clock.now() / 1000),
      producer: `stores/${HASH}`,
    };
    const hash = createHash('sha1').update(JSON.stringify(rest)).digest('hex');
    expect(received.map((one) => one.payload)).toEqual([{ ...rest, hash }]);
    expect(received[0]?.url).toBe(DESTINATION);
  });

  test('deliveries carry the custom headers and a Standard Webhooks signature', async () => {
    const { received, clock, fire } = await listening();
    fire();
    await clock.advance(0);
    const { headers, text } = received[0] ?? { headers: new Headers(), text: '' };
    expect(headers.get('x-connector-secret')).toBe('one per store');
    expect(headers.get('content-type')).toBe('application/json');
    const signed = `${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.${text}`;
    const signature = createHmac('sha256', CLIENT_SECRET).update(signed).digest('base64');
    expect(headers.get('webhook-signature')).toBe(`v1,${signature}`);
    expect(headers.get('webhook-timestamp')).toBe(String(Math.floor(clock.now() / 1000)));
  });

  test('the signature can be off, the custom headers stay', async () => {
    const { received, clock, fire } = await listening('store/product/*', {
      switches: { signHooks: false },
    });
    fire();
    await clock.advance(0);
    expect(received[0]?.headers.get('webhook-signature')).toBeNull();
    expect(received[0]?.headers.get('x-connector-secret')).toBe('one per store');
  });

  test.each([
    [true, ['store/product/created', 'store/product/inventory/updated', 'store/product/updated']],
    [false, ['store/product/created', 'store/product/updated']],
  ])('a wildcard is deep: %s', async (wildcardIsDeep, expected) => {
    const { bench } = await listening('store/product/*', { switches: { wildcardIsDeep } });
    const mug = bench.sandbox.addProduct(HASH, { name: 'Mug', levels: { 1: 1 } });
    bench.sandbox.setLevel(HASH, mug.variantIds[0] ?? 0, 2);
    expect(await bench.scopes()).toEqual(expected);
  });

  test('an API call never waits for its webhooks', async () => {
    const { bench, received } = await listening('store/product/*');
    const mug = bench.sandbox.addProduct(HASH, { name: 'Mug', levels: { 1: 1 } });
    bench.reply = () => new Promise(() => undefined);
    const items = [{ location_id: 1, product_id: mug.id, quantity: 4 }];
    const answer = await bench.call('PUT', '/v3/inventory/adjustments/absolute', { items });
    expect(answer.status).toBe(200);
    expect(received).toEqual([]);
  });

  test('a new hook works after its warm-up only', async () => {
    const { received, clock, fire } = await listening('store/product/*', {
      switches: { hookWarmUpMs: 60_000 },
    });
    fire();
    await clock.advance(60_000);
    expect(received).toEqual([]);
    fire();
    await clock.advance(0);
    expect(received).toHaveLength(1);
  });

  test('a failing destination is retried for 48 hours, then the hook is switched off', async () => {
    const { bench, received, clock, fire, call, hookId } = await listening();
    failing(bench);
    const startMs = clock.now();
    fire();
    await clock.advance(0);
    for (const delayS of RETRIES_S) await clock.advance(delayS * 1000);
    const gaps = received.map((one, index) => one.atMs - (received[index - 1]?.atMs ?? startMs));
    expect(gaps).toEqual([0, ...RETRIES_S.map((delayS) => delayS * 1000)]);
    expect(new Set(received.map((one) => one.text)).size).toBe(1);
    expect(new Set(received.map((one) => one.headers.get('webhook-id'))).size).toBe(1);
    expect((await call('GET', `/v3/hooks/${hookId}`)).body['data']?.['is_active']).toBe(false);
    const admin = await call('GET', '/v3/hooks/admin');
    expect(admin.body['data']?.['hooks_list']?.[0]?.['status']).toBe('deactivated');

    fire();
    await clock.advance(86_400_000);
    expect(received).toHaveLength(12);
    await call('PUT', `/v3/hooks/${hookId}`, { is_active: true });
    fire();
    await clock.advance(0);
    expect(received).toHaveLength(13);
  });

  test.each([false, true])(
    'a retry gets a fresh timestamp: %s',
    async (refreshTimestampOnRetry) => {
      const { bench, received, clock, fire } = await listening('store/product/*', {
        switches: { refreshTimestampOnRetry },
      });
      failing(bench);
      fire();
      await clock.advance(60_000);
      const [first = 0, second = 0] = received.map((one) =>
        Number(one.headers.get('webhook-timestamp')),
      );
      expect(second - first).toBe(refreshTimestampOnRetry ? 60 : 0);
      const { headers, text } = received[1] ?? { headers: new Headers(), text: '' };
      const signed = `${headers.get('webhook-id')}.${second}.${text}`;
      const signature = createHmac('sha256', CLIENT_SECRET).update(signed).digest('base64');
      expect(headers.get('webhook-signature')).toBe(`v1,${signature}`);
    },
  );

  test('a retry that is answered 200 ends it', async () => {
    const { bench, received, clock, fire, sandbox } = await listening();
    failing(bench);
    fire();
    await clock.advance(0);
    failing(bench, 200);
    await clock.advance(200_000_000);
    expect(received).toHaveLength(2);
    expect(sandbox.state.deliveries).toEqual({});
  });

  test.each([
    [false, 2],
    [true, 1],
  ])('204 acknowledges: %s', async (any2xxAcknowledges, attempts) => {
    const { bench, received, clock, fire } = await listening('store/product/*', {
      switches: { any2xxAcknowledges },
    });
    failing(bench, 204);
    fire();
    await clock.advance(60_000);
    expect(received).toHaveLength(attempts);
  });

  test('silence counts as failure after the time-out, and so does a broken line', async () => {
    const { bench, runtime, clock, fire } = await listening();
    bench.reply = () => new Promise(() => undefined);
    fire();
    await clock.advance(9_999);
    expect(runtime.journal.hooks).toEqual([]);
    await clock.advance(1);
    bench.reply = () => Promise.reject(new Error('refused'));
    await clock.advance(60_000);
    expect(runtime.journal.hooks.map((row) => [row.outcome, row.status])).toEqual([
      ['failed', 0],
      ['failed', 0],
    ]);
  });

  test('deleting a hook ends its retries', async () => {
    const { bench, received, clock, fire, call, hookId, sandbox } = await listening();
    failing(bench);
    fire();
    await clock.advance(0);
    await call('DELETE', `/v3/hooks/${hookId}`);
    await clock.advance(86_400_000);
    expect(received).toHaveLength(1);
    expect(sandbox.state.deliveries).toEqual({});
  });

  test('faults drop, duplicate and delay, and the journal tells', async () => {
    const { runtime, received, clock, fire } = await listening();
    const rule = { platform: 'bigcommerce', match: /^store\/product\/created$/, times: 1 } as const;
    runtime.faults.hooks.push({ ...rule, fault: { kind: 'drop' } });
    runtime.faults.hooks.push({ ...rule, fault: { kind: 'duplicate', times: 2 } });
    runtime.faults.hooks.push({ ...rule, fault: { kind: 'delay', delayMs: 5_000 } });
    fire();
    await clock.advance(0);
    expect(received).toEqual([]);
    fire();
    await clock.advance(0);
    expect(received).toHaveLength(3);
    expect(new Set(received.map((one) => one.payload.hash)).size).toBe(1);
    fire();
    await clock.advance(4_999);
    expect(received).toHaveLength(3);
    await clock.advance(1);
    expect(received).toHaveLength(4);
    expect(runtime.journal.hooks.map((row) => row.outcome)).toEqual([
      'dropped',
      'delivered',
      'delivered',
      'delivered',
      'delivered',
    ]);
  });

  test('events overtake each other under delay', async () => {
    const { runtime, received, clock, fire } = await listening();
    const rule = { platform: 'bigcommerce', match: /created/, times: 1 } as const;
    runtime.faults.hooks.push({ ...rule, fault: { kind: 'delay', delayMs: 100 } });
    const [late, early] = [fire(), fire()];
    await clock.advance(100);
    expect(received.map((one) => one.payload.data['id'])).toEqual([early.id, late.id]);
  });

  test('a snapshot keeps what is on its way', async () => {
    const { bench, clock, fire, sandbox } = await listening();
    failing(bench);
    const product = fire();
    await clock.advance(0);
    const state = JSON.parse(JSON.stringify(sandbox.state));
    expect(state).toEqual(sandbox.state);
    const restored = await openBench({ state });
    await restored.clock.advance(60_000);
    expect(restored.received.map((one) => one.payload.data['id'])).toEqual([product.id]);
  });
});

describe.skipIf(specs === undefined)('BigCommerce sandbox: domain score', () => {
  /** Fires `count` events of which the last `failed` are refused. */
  async function volley(count: number, failed: number) {
    const shop = await listening('store/product/created');
    for (let index = 0; index < count; index += 1) shop.fire();
    let left = count - failed;
    shop.bench.reply = () => new Response(null, { status: (left -= 1) >= 0 ? 200 : 500 });
    await shop.clock.advance(0);
    return shop;
  }

  const blocked = async (shop: { call: Bench['call'] }) =>
    (await shop.call('GET', '/v3/hooks/admin')).body['data']?.['blocked_domains'] as unknown as {
      destination: string;
      time_left: number;
      reasons: unknown[];
    }[];

  test('under 90 % of 100 within two minutes blocks the domain for three', async () => {
    const shop = await volley(100, 11);
    expect(await blocked(shop)).toMatchObject([
      {
        destination: APP_ORIGIN,
        time_left: 180,
        reasons: [{ failure_description: 'Answered 500', count: 11 }],
      },
    ]);
    failing(shop.bench, 200);
    shop.fire();
    await shop.clock.advance(0);
    // Not sent, but put into the retry queue; 60 s later the block still stands, 180 s after that
    // it is over.
    expect(shop.received).toHaveLength(100);
    await shop.clock.advance(179_000);
    expect(shop.received).toHaveLength(100);
    await shop.clock.advance(300_000);
    expect(shop.received.length).toBe(112);
    expect(await blocked(shop)).toEqual([]);
  });

  test('exactly 90 %, or fewer than 100, block nothing', async () => {
    expect(await blocked(await volley(100, 10))).toEqual([]);
    expect(await blocked(await volley(99, 99))).toEqual([]);
  });

  test('attempts older than two minutes do not count', async () => {
    const shop = await volley(60, 60);
    await shop.clock.advance(59_000);
    // The 60 retries fall into a window of their own once the first attempts have left it.
    await shop.clock.advance(1_000);
    expect(await blocked(shop)).toHaveLength(1);
    const calm = await volley(49, 49);
    await calm.clock.advance(60_000);
    expect(await blocked(calm)).toEqual([]);
    await calm.clock.advance(180_000);
    expect(await blocked(calm)).toEqual([]);
  });

  test('a block is for the whole app, not for the store that earned it', async () => {
    const shop = await volley(100, 50);
    const other = shop.sandbox.createStore({ hash: 'other' });
    other.hooks = structuredClone(shop.sandbox.state.stores[HASH]?.hooks ?? {});
    failing(shop.bench, 200);
    shop.sandbox.addProduct('other', { name: 'Mug' });
    await shop.clock.advance(0);
    expect(shop.received).toHaveLength(100);
  });

  test('the exception hook hears of retries once per ten minutes, and of the end', async () => {
    const { bench, call, clock, fire, received, hookId } = await listening('store/product/created');
    const scope = 'store/hook/deliveryException';
    await call('POST', '/v3/hooks', { scope, destination: 'https://alerts.localhost/' });
    bench.reply = (request) =>
      new Response(null, { status: request.url.startsWith(APP_ORIGIN) ? 500 : 200 });
    fire();
    fire();
    const exceptions = () => received.filter((one) => one.payload.scope === scope);
    await clock.advance(240_000);
    expect(exceptions().map((one) => one.payload.data)).toEqual([
      { type: 'webhook', id: hookId, error_code: 90001, message: 'Answered 500' },
    ]);
    await clock.advance(180_000_000);
    const codes = exceptions().map((one) => one.payload.data['error_code']);
    expect(codes.at(-1)).toBe(90002);
    expect(codes.filter((code) => code === 90002)).toHaveLength(1);
    expect(codes.filter((code) => code === 90001).length).toBeLessThanOrEqual(10);
  });
});

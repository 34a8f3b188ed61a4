import { expect, test } from 'vitest';
import { createClover } from '../sandbox/clover/index.ts';
import {
  addItems,
  APP_ID,
  createHarness,
  filter,
  MERCHANT_ID,
  names,
  START_MS,
} from '../support/clover-harness.ts';
import type { Answered } from '../support/clover-harness.ts';
import { describeWithClover } from '../support/specs-clover.ts';

const limitHeaders = (answer: Answered) =>
  [...answer.headers.keys()].filter((name) => name.startsWith('x-ratelimit'));

describeWithClover('clover sandbox: every call', (specs) => {
  test.each([[null], ['onhand'], ['']])('User-Agent %j is refused', async (userAgent) => {
    const { get } = await createHarness(specs);
    expect((await get('/items', { userAgent })).status).toBe(400);
    expect((await get('/items')).status).toBe(200);
  });

  test('a missing, bad or foreign token and a missing permission look the same', async () => {
    const harness = await createHarness(specs);
    const { clover, get, post } = harness;
    const other = clover.createMerchant({ name: 'Elsewhere' });
    clover.state.appPermissions = ['MERCHANT_R', 'INVENTORY_R'];
    const answers = [
      await get('/items', { token: null }),
      await get('/items', { token: 'nonsense' }),
      await get('/items', { merchantId: other.id }),
      await get('/items', { merchantId: 'NOSUCHMERCHAN' }),
    ];
    const merchant = clover.state.merchants[MERCHANT_ID];
    if (merchant !== undefined) merchant.permissions = ['MERCHANT_R', 'INVENTORY_R'];
    answers.push(await get('/orders'), await post('/items', { name: 'A', price: 1 }));
    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 401, body: { message: '401 Unauthorized' } });
    }
    expect((await get('/items')).status).toBe(200);
  });

  test('new permissions of the app reach a merchant by reinstallation only', async () => {
    const { clover } = await createHarness(specs);
    clover.state.appPermissions = ['MERCHANT_R'];
    expect(clover.state.merchants[MERCHANT_ID]?.permissions).toContain('ORDERS_R');
    clover.uninstall(MERCHANT_ID);
    clover.install(MERCHANT_ID);
    expect(clover.state.merchants[MERCHANT_ID]?.permissions).toEqual(['MERCHANT_R']);
  });

  test.each([
    ['PUT', '/items/0000000000000'],
    ['PATCH', '/items/0000000000000'],
    ['PUT', '/item_stocks/0000000000000'],
    ['POST', '/refunds'],
    ['POST', ''],
    ['POST', '/properties'],
    ['DELETE', '/orders'],
  ])('%s %s is not allowed', async (method, path) => {
    const { call } = await createHarness(specs);
    expect((await call(method, path, { body: {} })).status).toBe(405);
  });

  test('an unknown path and unknown objects answer 404 in their own words', async () => {
    const { get, post } = await createHarness(specs);
    const id = '0000000000000';
    expect((await get('/no_such_thing')).body['message']).toBe('Not Found');
    expect((await get(`/orders/${id}`)).body).toEqual({
      message: 'Not Found',
      details: 'Order not found',
    });
    expect((await get(`/items/${id}`)).body).toEqual({ message: 'invalid ID' });
    expect((await post(`/items/${id}`, { price: 1 })).body).toEqual({ message: 'invalid ID' });
    expect((await get(`/item_stocks/${id}`)).status).toBe(404);
    for (const path of ['payments', 'refunds', 'tenders', 'tax_rates', 'item_groups']) {
      expect((await get(`/${path}/${id}`)).status).toBe(404);
    }
    expect((await get(`/orders/${id}/line_items`)).status).toBe(404);
  });

  test('a body that is not JSON is refused', async () => {
    const { clover, token } = await createHarness(specs);
    const send = (body: string, type: string) =>
      clover.app.request(`/v3/merchants/${MERCHANT_ID}/items`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          'User-Agent': 'a/1',
          'Content-Type': type,
        },
        body,
      });
    expect((await send('{', 'application/json')).status).toBe(400);
    expect((await send('[]', 'application/json')).status).toBe(400);
    expect((await send('{"name":"A","price":1}', 'text/plain')).status).toBe(400);
    expect((await send('{"name":"A","price":1}', 'application/json')).status).toBe(200);
  });

  test('state survives as JSON', async () => {
    const harness = await createHarness(specs);
    const [id = ''] = await addItems(harness, 1);
    const copy = JSON.parse(JSON.stringify(harness.clover.state));
    expect(copy).toEqual(harness.clover.state);
    const again = await createHarness(specs, {}, copy);
    expect((await again.get(`/items/${id}`)).status).toBe(200);
    expect(again.clover.stock(MERCHANT_ID, id)).toBe(0);
  });

  test('every call is journalled', async () => {
    const { get, runtime } = await createHarness(specs);
    runtime.journal.calls.length = 0;
    await get('/items?limit=1');
    await get('/items', { token: 'bad' });
    const rows = runtime.journal.calls.map((row) => [row.account, row.path, row.status]);
    const path = `/v3/merchants/${MERCHANT_ID}/items`;
    expect(rows).toEqual([
      [MERCHANT_ID, `${path}?limit=1`, 200],
      [MERCHANT_ID, path, 401],
    ]);
  });

  test('faults are worded as Clover words them', async () => {
    const { clover, get, runtime } = await createHarness(specs);
    const add = (fault: Parameters<typeof runtime.faults.calls.push>[0]['fault']) =>
      runtime.faults.calls.push({ platform: 'clover', match: /items/, fault, times: 1 });
    add({ kind: 'status', status: 401 });
    expect((await get('/items')).body).toEqual({ message: '401 Unauthorized' });
    add({ kind: 'status', status: 500 });
    expect((await get('/items')).status).toBe(500);
    add({ kind: 'rate-limited', waitMs: 2500 });
    const limited = await get('/items');
    expect(limited.status).toBe(429);
    expect(limited.headers.get('Retry-After')).toBe('3');
    expect(limitHeaders(limited)).toEqual(['x-ratelimit-tokenconcurrentlimit']);
    expect((await get('/items')).status).toBe(200);
    expect(clover.state.merchants[MERCHANT_ID]).toBeDefined();
  });
});

describeWithClover('clover sandbox: rate limits', (specs) => {
  const bearer = { userAgent: 'a/1' };

  test('16 calls a second for a token', async () => {
    const { clock, get } = await createHarness(specs);
    for (let call = 0; call < 16; call += 1) expect((await get('/tenders')).status).toBe(200);
    const over = await get('/tenders');
    expect(over.status).toBe(429);
    expect(limitHeaders(over)).toEqual(['x-ratelimit-tokenlimit']);
    expect(over.headers.get('Retry-After')).toBeNull();
    await clock.advance(999);
    expect((await get('/tenders')).status).toBe(429);
    await clock.advance(1);
    expect((await get('/tenders')).status).toBe(200);
  });

  test('50 calls a second for the app, over all merchants', async () => {
    const { clover, get } = await createHarness(specs);
    const tokens: [string, string][] = [];
    for (let shop = 0; shop < 4; shop += 1) {
      const { id } = clover.createMerchant({ name: `Shop ${shop}` });
      const token = `token-${shop}`;
      const permissions = clover.state.merchants[id]?.permissions ?? [];
      const expiresAtMs = START_MS + 3_600_000;
      clover.state.accessTokens[token] = { merchantId: id, permissions, expiresAtMs };
      tokens.push([id, token]);
    }
    const answers: Answered[] = [];
    for (let round = 0; round < 13; round += 1) {
      for (const [merchantId, token] of tokens) {
        answers.push(await get('', { ...bearer, merchantId, token }));
      }
    }
    expect(answers.map((answer) => answer.status)).toEqual([
      ...Array.from({ length: 50 }, () => 200),
      429,
      429,
    ]);
    expect(answers.slice(-1).map(limitHeaders)).toEqual([['x-ratelimit-crosstokenlimit']]);
  });

  test('5 calls at once for a token; a call before the end of the wait lengthens it', async () => {
    const { clock, get } = await createHarness(specs);
    const answers = await Promise.all(Array.from({ length: 6 }, () => get('/tenders')));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(1);
    expect(refused.flatMap(limitHeaders)).toEqual(['x-ratelimit-tokenconcurrentlimit']);
    expect(refused[0]?.headers.get('Retry-After')).toBe('1');
    await clock.advance(600);
    const early = await get('/tenders');
    expect(early.status).toBe(429);
    expect(early.headers.get('Retry-After')).toBe('2');
    await clock.advance(1399);
    expect((await get('/tenders')).headers.get('Retry-After')).toBe('2');
    await clock.advance(2000);
    expect((await get('/tenders')).status).toBe(200);
  });

  test('10 calls at once for the app', async () => {
    const { clover, get } = await createHarness(specs);
    const calls: Promise<Answered>[] = [];
    for (let shop = 0; shop < 3; shop += 1) {
      const { id, permissions } = clover.createMerchant({ name: `Shop ${shop}` });
      const token = `token-${shop}`;
      const expiresAtMs = START_MS + 3_600_000;
      clover.state.accessTokens[token] = { merchantId: id, permissions, expiresAtMs };
      for (let call = 0; call < 4; call += 1) calls.push(get('', { merchantId: id, token }));
    }
    const answers = await Promise.all(calls);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(2);
    const header = 'x-ratelimit-crosstokenconcurrentlimit';
    expect(refused.map(limitHeaders)).toEqual([[header], [header]]);
  });

  test('a call stays in flight for its whole latency', async () => {
    const { clock, get, runtime } = await createHarness(specs);
    runtime.faults.latencyMs = 100;
    const five = Promise.all(Array.from({ length: 5 }, () => get('/tenders')));
    await clock.advance(50);
    const sixth = get('/tenders');
    await clock.advance(100);
    expect((await sixth).status).toBe(429);
    expect((await five).every((answer) => answer.status === 200)).toBe(true);
  });

  test('calls with a token nobody issued spend no budget', async () => {
    const { get } = await createHarness(specs);
    for (let call = 0; call < 60; call += 1) await get('/tenders', { token: 'bad' });
    expect((await get('/tenders')).status).toBe(200);
  });
});

describeWithClover('clover sandbox: merchant', (specs) => {
  test('merchant, plan, address and POS settings', async () => {
    const { get } = await createHarness(specs);
    const { body } = await get('?expand=address,properties');
    expect(body['merchantPlan']).toMatchObject({ planCode: 'REGISTER' });
    expect(body['address']).toMatchObject({ city: 'Sunnyvale' });
    expect(body['properties']).toMatchObject({ trackStock: true, updateStock: true, vat: false });
    const plain = (await get('')).body;
    expect(Object.keys(plain['properties'] ?? {})).toEqual(['href']);
    expect((await get('/address')).body['country']).toBe('US');
    expect((await get('/properties')).body).toHaveProperty('abaAccountNumber');
  });

  test('expanded collections of the merchant stop at 100', async () => {
    const harness = await createHarness(specs);
    await addItems(harness, 101);
    const items = (await harness.get('?expand=items')).body['items'] as { elements: unknown[] };
    expect(items.elements).toHaveLength(100);
  });

  test('fourteen tenders, a rate that always exists, staff and hardware', async () => {
    const { get } = await createHarness(specs);
    expect((await get('/tenders')).elements).toHaveLength(14);
    const cash = await get(`/tenders?${filter('labelKey=com.clover.tender.cash')}`);
    expect(names(await get('/tax_rates'))).toEqual(['NO_TAX_APPLIED']);
    const id = String(cash.elements[0]?.['id']);
    expect((await get(`/tenders/${id}`)).body['label']).toBe('Cash');
    const rateId = String((await get('/tax_rates')).elements[0]?.['id']);
    expect((await get(`/tax_rates/${rateId}?expand=items`)).status).toBe(200);
    const [owner] = (await get('/employees')).elements;
    expect((await get(`/employees/${String(owner?.['id'])}`)).body).toHaveProperty('pin');
    const [device] = (await get('/devices')).elements;
    expect(String(device?.['id'])).toMatch(/^[0-9a-f]{8}-/);
    expect((await get(`/devices/${String(device?.['id'])}`)).status).toBe(200);
  });

  test('a merchant id has 13 characters', async () => {
    const { clover, runtime } = await createHarness(specs);
    expect(() => clover.createMerchant({ id: 'short', name: 'A' })).toThrow('13 characters');
    const other = createClover({
      runtime,
      appId: APP_ID,
      appSecret: 's',
      authCode: 'a',
      webhookUrl: 'https://relay.example/webhooks/clover',
      siteUrl: 'https://relay.example/clover',
    });
    expect(other.createMerchant({ name: 'A' }).id).toMatch(/^[0-9A-Z]{13}$/);
  });
});

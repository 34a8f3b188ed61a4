import { describe, expect, test } from 'vitest';
import {
  APP_ORIGIN,
  CLIENT_ID,
  CLIENT_SECRET,
  exchange,
  HASH,
  install,
  openBench,
  specs,
  tokenRequest,
} from '../support/bigcommerce.ts';
import { fetchInto } from '../sandbox/kernel.ts';

/**
 * Verifies with Web Crypto and returns the claims, so the sandbox's own signing is not its own
 * witness.
 */
async function verifiedClaims(jwt: string): Promise<Record<string, unknown>> {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const bytes = (part: string) => Uint8Array.from(Buffer.from(part, 'base64url'));
  const raw = new TextEncoder().encode(CLIENT_SECRET);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify']);
  const signed = new TextEncoder().encode(`${head}.${claims}`);
  expect(await crypto.subtle.verify('HMAC', key, bytes(signature), signed)).toBe(true);
  expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
    typ: 'JWT',
    alg: 'HS256',
  });
  return JSON.parse(Buffer.from(claims, 'base64url').toString());
}

describe.skipIf(specs === undefined)('BigCommerce sandbox: install and callbacks', () => {
  test('the install URL carries code, scope, context and account, and no state', async () => {
    const { sandbox } = await openBench();
    const url = new URL(await sandbox.installUrl(HASH));
    expect(url.origin + url.pathname).toBe(`${APP_ORIGIN}/bigcommerce/auth`);
    expect([...url.searchParams.keys()].toSorted()).toEqual(
      ['account_uuid', 'code', 'context', 'scope'].toSorted(),
    );
    expect(url.searchParams.get('context')).toBe(`stores/${HASH}`);
    expect(url.search).toContain('store_v2_products+store_inventory');
  });

  test('the token answer has the documented fields', async () => {
    const bench = await openBench();
    const answer = await exchange(bench, tokenRequest(await bench.sandbox.installUrl(HASH)));
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body).toSorted()).toEqual(
      ['access_token', 'account_uuid', 'context', 'owner', 'scope', 'user'].toSorted(),
    );
    expect(answer.body['user']).toEqual({
      id: 7_654_321,
      username: `owner@${HASH}.example.com`,
      email: `owner@${HASH}.example.com`,
    });
    bench.sandbox.switches.tokenAnswerHasOwner = false;
    const bare = await exchange(bench, tokenRequest(await bench.sandbox.installUrl(HASH)));
    expect(bare.body['owner']).toBeUndefined();
  });

  test('a code works once', async () => {
    const bench = await openBench();
    const request = tokenRequest(await bench.sandbox.installUrl(HASH));
    expect((await exchange(bench, request)).status).toBe(200);
    expect(await exchange(bench, request)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('a code dies with its lifetime', async () => {
    const bench = await openBench({ switches: { grantLifetimeMs: 60_000 } });
    const request = tokenRequest(await bench.sandbox.installUrl(HASH));
    await bench.clock.advance(60_000);
    expect((await exchange(bench, request)).status).toBe(400);
  });

  test.each([
    ['client_secret', 'another', 401],
    ['client_id', 'another', 401],
    ['redirect_uri', `${APP_ORIGIN}/bigcommerce/auth/`, 400],
    ['context', 'stores/other', 400],
    ['scope', 'store_v2_orders', 400],
    ['grant_type', 'client_credentials', 400],
    ['code', 'unknown', 400],
  ])('a token request with another %s is refused', async (field, value, status) => {
    const bench = await openBench();
    const request = tokenRequest(await bench.sandbox.installUrl(HASH));
    expect((await exchange(bench, { ...request, [field]: value })).status).toBe(status);
    expect((await exchange(bench, request)).status).toBe(200);
  });

  test('the token endpoint takes JSON only, and POST only', async () => {
    const bench = await openBench();
    const request = tokenRequest(await bench.sandbox.installUrl(HASH));
    const url = 'https://login.bigcommerce.com/oauth2/token';
    const body = new URLSearchParams(request);
    const form = await bench.sandbox.app.fetch(new Request(url, { method: 'POST', body }));
    expect(form.status).toBe(415);
    expect((await bench.sandbox.app.fetch(new Request(url))).status).toBe(405);
  });

  test('a new token ends the one before it', async () => {
    const bench = await openBench();
    const old = bench.token;
    bench.token = await install(bench);
    expect((await bench.call('GET', '/v2/time')).status).toBe(200);
    expect((await bench.call('GET', '/v2/time', undefined, { token: old })).status).toBe(401);
  });

  test('changed app scopes reach a store with its next token only', async () => {
    const bench = await openBench({ scopes: ['store_inventory'] });
    bench.sandbox.setAppScopes(['store_inventory', 'store_v2_orders']);
    expect((await bench.call('GET', '/v2/orders')).status).toBe(403);
    bench.token = await install(bench);
    expect((await bench.call('GET', '/v2/orders')).status).toBe(204);
  });

  test('callbacks are signed JWTs with every claim, good for a day', async () => {
    const { sandbox, clock } = await openBench();
    const user = { id: 9_876_543, email: 'u@example.com' };
    const url = new URL(await sandbox.loadUrl(HASH, user));
    expect(url.pathname).toBe('/bigcommerce/load');
    const iat = Math.floor(clock.now() / 1000);
    expect(await verifiedClaims(url.searchParams.get('signed_payload_jwt') ?? '')).toEqual({
      aud: CLIENT_ID,
      iss: 'bc',
      iat,
      nbf: iat - 5,
      exp: iat + 86_400,
      jti: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      sub: `stores/${HASH}`,
      user: { ...user, locale: 'en-US' },
      owner: { id: 7_654_321, email: `owner@${HASH}.example.com` },
      url: '/',
      channel_id: null,
    });
    expect(new URL(await sandbox.uninstallUrl(HASH)).pathname).toBe('/bigcommerce/uninstall');
    expect(new URL(await sandbox.removeUserUrl(HASH, user)).pathname).toBe(
      '/bigcommerce/remove-user',
    );
  });

  test.each([401, 403] as const)(
    'uninstall deletes hooks, answers the old token %i and calls back once',
    async (uninstallStatus) => {
      const bench = await openBench({ switches: { uninstallStatus } });
      await bench.hook('store/order/*');
      await bench.sandbox.uninstall(HASH);
      await bench.clock.advance(0);
      expect((await bench.call('GET', '/v3/hooks')).status).toBe(uninstallStatus);
      expect(bench.received.map((one) => new URL(one.url).pathname)).toEqual([
        '/bigcommerce/uninstall',
      ]);
      bench.token = await install(bench);
      expect((await bench.call('GET', '/v3/hooks')).body['data']).toEqual([]);
    },
  );

  test('uninstall may tell a hook that is gone by then', async () => {
    const bench = await openBench({ switches: { uninstallFiresHook: true } });
    await bench.hook('store/app/uninstalled');
    await bench.sandbox.uninstall(HASH);
    await bench.clock.advance(0);
    const hooks = bench.received.filter((one) => one.payload.scope !== '');
    expect(hooks.map((one) => one.payload.data)).toEqual([{ type: 'store' }]);
  });
});

describe.skipIf(specs === undefined)('BigCommerce sandbox: gateway', () => {
  test.each(['/v2/orders', '/v3/hooks'])(
    '%s without or with a wrong token is 401',
    async (path) => {
      const bench = await openBench();
      expect((await bench.call('GET', path, undefined, { token: 'wrong' })).status).toBe(401);
      const url = `https://api.bigcommerce.com/stores/${HASH}${path}`;
      const bare = await bench.sandbox.app.fetch(new Request(url));
      expect(bare.status).toBe(401);
    },
  );

  test('a token opens its own store only', async () => {
    const bench = await openBench();
    bench.sandbox.createStore({ hash: 'other' });
    const url = 'https://api.bigcommerce.com/stores/other/v2/time';
    const headers = { 'x-auth-token': bench.token, 'user-agent': 'x' };
    expect((await bench.sandbox.app.fetch(new Request(url, { headers }))).status).toBe(401);
  });

  test('a User-Agent is asked for, when the switch says so', async () => {
    const bench = await openBench();
    const headers = { 'user-agent': '' };
    expect((await bench.call('GET', '/v2/time', undefined, { headers })).status).toBe(403);
    bench.sandbox.switches.refuseMissingUserAgent = false;
    expect((await bench.call('GET', '/v2/time', undefined, { headers })).status).toBe(200);
  });

  test.each([
    ['GET', '/v3/catalog/products', 'store_v2_products'],
    ['GET', '/v3/catalog/variants', 'store_v2_products'],
    ['GET', '/v3/inventory/items', 'store_inventory'],
    ['GET', '/v3/inventory/locations', 'store_locations'],
    ['GET', '/v2/orders/count', 'store_v2_orders'],
    ['GET', '/v2/store', 'store_v2_information'],
    ['GET', '/v3/settings/inventory', 'store_v2_information'],
    ['GET', '/v3/channels', 'store_channel_settings'],
  ])('%s %s needs %s, of which the read-only form is enough', async (method, path, scope) => {
    const none = await openBench({ scopes: ['store_cart'] });
    expect((await none.call(method, path)).status).toBe(403);
    const readOnly = await openBench({ scopes: [`${scope}_read_only`] });
    expect((await readOnly.call(method, path)).status).toBe(200);
  });

  test.each([
    ['PUT', '/v3/inventory/adjustments/absolute', 'store_inventory_read_only'],
    ['POST', '/v2/orders', 'store_v2_orders_read_only'],
    ['PUT', '/v3/settings/inventory', 'store_v2_information_read_only'],
  ])('%s %s is not for %s', async (method, path, scope) => {
    const bench = await openBench({ scopes: [scope] });
    expect((await bench.call(method, path, {})).status).toBe(403);
  });

  test('unknown paths are 404 and unknown methods 405, each in its dialect', async () => {
    const { call } = await openBench();
    expect((await call('GET', '/v2/nothing')).body).toEqual([
      { status: 404, message: expect.any(String) },
    ]);
    expect((await call('GET', '/v3/catalog/products/abc')).body).toMatchObject({ status: 404 });
    const refused = await call('DELETE', '/v3/inventory/items');
    expect(refused).toMatchObject({ status: 405, body: { status: 405 } });
    expect(refused.headers.get('allow')).toBe('GET');
    expect((await call('POST', '/v2/store', {})).body).toMatchObject([{ status: 405 }]);
  });

  test('bodies are JSON by name and by nature', async () => {
    const { call } = await openBench();
    const headers = { 'content-type': 'text/plain' };
    expect((await call('POST', '/v3/hooks', {}, { headers })).status).toBe(415);
    expect((await call('POST', '/v3/hooks', {}, { rawBody: '{' })).status).toBe(400);
    expect((await call('POST', '/v2/orders', {}, { rawBody: '{' })).body).toMatchObject([
      { status: 400 },
    ]);
    const accept = { accept: 'application/xml' };
    expect((await call('GET', '/v2/time', undefined, { headers: accept })).status).toBe(406);
  });

  test('unknown filters are refused, or let through by switch', async () => {
    const bench = await openBench();
    expect((await bench.call('GET', '/v3/hooks?foo=1&bar=2')).body['title']).toBe(
      'The filter(s): foo, bar are not valid filter parameter(s).',
    );
    expect((await bench.call('GET', '/v2/orders?is_deleted=true')).status).toBe(400);
    bench.sandbox.switches.refuseUnknownFilters = false;
    expect((await bench.call('GET', '/v3/hooks?foo=1')).status).toBe(200);
  });
});

describe.skipIf(specs === undefined)('BigCommerce sandbox: limits and faults', () => {
  const rates = (headers: Headers) =>
    ['quota', 'left'].map((name) => headers.get(`x-rate-limit-requests-${name}`));

  test.each([
    ['Standard', 150],
    ['Pro', 450],
  ] as const)('%s has %i requests in 30 seconds, told in headers', async (plan, quota) => {
    const { call, clock } = await openBench({ store: { plan } });
    const first = await call('GET', '/v2/time');
    expect(rates(first.headers)).toEqual([String(quota), String(quota - 1)]);
    expect(first.headers.get('x-rate-limit-time-window-ms')).toBe('30000');
    await clock.advance(10_000);
    for (let calls = 1; calls < quota; calls += 1) await call('GET', '/v2/time');
    const refused = await call('GET', '/v2/time');
    expect(refused.status).toBe(429);
    expect(rates(refused.headers)).toEqual([String(quota), '0']);
    expect(refused.headers.get('x-rate-limit-time-reset-ms')).toBe('20000');
    expect(refused.headers.get('x-retry-after')).toBe('20');
    await clock.advance(19_999);
    expect((await call('GET', '/v2/time')).status).toBe(429);
    await clock.advance(1);
    expect(rates((await call('GET', '/v2/time')).headers)).toEqual([
      String(quota),
      String(quota - 1),
    ]);
  });

  test('refusals by the gateway behind the quota cost a request too', async () => {
    const { call } = await openBench();
    await call('GET', '/v3/nothing');
    const { headers } = await call('GET', '/v2/time');
    expect(rates(headers)).toEqual(['150', '148']);
  });

  test('a 429 fault has no rate headers, a rate-limited one has them all', async () => {
    const { call, runtime } = await openBench();
    const rule = { platform: 'bigcommerce', match: /^GET .*\/v2\/time/, times: 1 } as const;
    runtime.faults.calls.push({ ...rule, fault: { kind: 'status', status: 429 } });
    const overloaded = await call('GET', '/v2/time');
    expect(overloaded.status).toBe(429);
    expect(rates(overloaded.headers)).toEqual([null, null]);
    runtime.faults.calls.push({ ...rule, fault: { kind: 'rate-limited', waitMs: 4_200 } });
    const limited = await call('GET', '/v2/time');
    expect(rates(limited.headers)).toEqual(['150', '0']);
    expect(limited.headers.get('x-rate-limit-time-reset-ms')).toBe('4200');
    expect((await call('GET', '/v2/time')).status).toBe(200);
  });

  test.each([500, 502, 503] as const)(
    'a %i fault speaks the dialect of its path',
    async (status) => {
      const { call, runtime } = await openBench();
      const rule = { platform: 'bigcommerce', match: /./, times: 2 } as const;
      runtime.faults.calls.push({ ...rule, fault: { kind: 'status', status } });
      expect((await call('GET', '/v2/store')).body).toMatchObject([{ status }]);
      expect((await call('GET', '/v3/hooks')).body).toMatchObject({ status });
    },
  );

  test('one bulk inventory write at a time; a small one beside it is welcome', async () => {
    const bench = await openBench({ switches: { bulkInventoryItems: 2 } });
    const { sandbox, runtime, call, clock } = bench;
    const product = sandbox.addProduct(HASH, { name: 'Mug', levels: { 1: 1 } });
    const items = (count: number) =>
      Array.from({ length: count }, () => ({
        location_id: 1,
        product_id: product.id,
        quantity: 3,
      }));
    runtime.faults.latencyMs = 100;
    const write = (count: number) =>
      call('PUT', '/v3/inventory/adjustments/absolute', { items: items(count) });
    const answers = Promise.all([write(2), write(2), write(1)]);
    await clock.advance(100);
    const [first, second, small] = await answers;
    expect([first?.status, second?.status, small?.status]).toEqual([200, 429, 200]);
    expect(rates(second?.headers ?? new Headers())).toEqual([null, null]);
    const later = write(2);
    await clock.advance(100);
    expect((await later).status).toBe(200);
  });

  test('a call that hangs before commit changes nothing, one after commit does', async () => {
    const { sandbox, runtime, token } = await openBench();
    const product = sandbox.addProduct(HASH, { name: 'Mug', levels: { 1: 1 } });
    const attempt = async (kind: 'hang-before-commit' | 'hang-after-commit', quantity: number) => {
      const rule = { platform: 'bigcommerce', match: /adjustments/, times: 1 } as const;
      runtime.faults.calls.push({ ...rule, fault: { kind } });
      const items = [{ location_id: 1, product_id: product.id, quantity }];
      const url = `https://api.bigcommerce.com/stores/${HASH}/v3/inventory/adjustments/absolute`;
      const request = new Request(url, {
        method: 'PUT',
        headers: {
          'x-auth-token': token,
          'user-agent': 'x',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ items }),
        signal: AbortSignal.timeout(40),
      });
      await expect(fetchInto(sandbox.app)(request)).rejects.toMatchObject({ name: 'TimeoutError' });
      return sandbox.level(HASH, product.variantIds[0] ?? 0);
    };
    expect(await attempt('hang-before-commit', 5)).toBe(1);
    expect(await attempt('hang-after-commit', 6)).toBe(6);
    expect(runtime.journal.calls.slice(-2).map((row) => row.status)).toEqual([0, 200]);
  });

  test('latency and slow faults hold an answer back', async () => {
    const { call, runtime, clock } = await openBench();
    runtime.faults.latencyMs = 30;
    const rule = { platform: 'bigcommerce', match: /time/, times: 1 } as const;
    runtime.faults.calls.push({ ...rule, fault: { kind: 'slow', latencyMs: 100 } });
    const startMs = clock.now();
    let doneAtMs = 0;
    void call('GET', '/v2/time').then(() => (doneAtMs = clock.now()));
    await clock.advance(129);
    expect(doneAtMs).toBe(0);
    await clock.advance(1);
    expect(doneAtMs - startMs).toBe(130);
  });

  test('every call is journalled as the platform saw it, refusals among them', async () => {
    const { call, runtime } = await openBench();
    await call('POST', '/v3/hooks', { scope: 'store/order/*' });
    await call('GET', '/v2/time', undefined, { token: 'wrong' });
    const [refused, unauthorised] = runtime.journal.calls.slice(-2);
    expect(refused).toMatchObject({
      account: HASH,
      method: 'POST',
      path: `/stores/${HASH}/v3/hooks`,
      status: 422,
      requestBody: '{"scope":"store/order/*"}',
    });
    expect(refused?.responseBody).toContain('error.path.missing.');
    expect(unauthorised).toMatchObject({ status: 401 });
  });
});

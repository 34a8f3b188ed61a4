import { describe, expect, test } from 'vitest';
import { APP_ORIGIN, CLIENT_ID, HASH, openBench, specs } from '../support/bigcommerce.ts';
import { listening } from '../support/bigcommerce-shop.ts';

const DESTINATION = `${APP_ORIGIN}/webhooks/bigcommerce`;

describe.skipIf(specs === undefined)('BigCommerce sandbox: hook administration', () => {
  test('a hook is created, listed, read, changed and deleted', async () => {
    const { call, clock, hook } = await openBench();
    const created = await hook('store/order/*', { 'X-Secret': 's' });
    const seconds = Math.floor(clock.now() / 1000);
    const expected = {
      id: expect.any(Number),
      client_id: CLIENT_ID,
      store_hash: HASH,
      scope: 'store/order/*',
      destination: DESTINATION,
      headers: { 'X-Secret': 's' },
      is_active: true,
      created_at: seconds,
      updated_at: seconds,
    };
    expect(created.body['data']).toEqual(expected);
    const path = `/v3/hooks/${Number(created.body['data']?.['id'])}`;
    expect((await call('GET', path)).body['data']).toEqual(expected);
    await clock.advance(5_000);
    const changed = await call('PUT', path, { is_active: false });
    expect(changed.body['data']).toEqual({
      ...expected,
      is_active: false,
      updated_at: seconds + 5,
    });
    expect((await call('GET', '/v3/hooks?is_active=false')).body['data']).toHaveLength(1);
    expect((await call('GET', '/v3/hooks?is_active=true')).body['data']).toEqual([]);
    expect((await call('DELETE', path)).status).toBe(200);
    expect(await call('GET', path)).toMatchObject({
      status: 404,
      body: { title: `Webhook with id [${String(expected && path.split('/').at(-1))}] not found` },
    });
  });

  test('hooks are found by scope and destination', async () => {
    const { call, hook } = await openBench();
    await hook('store/order/*');
    await hook('store/product/*');
    const scope = encodeURIComponent('store/order/*');
    expect((await call('GET', `/v3/hooks?scope=${scope}`)).body['data']).toHaveLength(1);
    const destination = encodeURIComponent(DESTINATION);
    expect((await call('GET', `/v3/hooks?destination=${destination}`)).body['data']).toHaveLength(
      2,
    );
  });

  test.each([
    ['no destination', { scope: 'store/order/*' }],
    ['no scope', { destination: DESTINATION }],
    ['an unknown scope', { scope: 'store/nothing/created', destination: DESTINATION }],
    ['a scope like no other', { scope: 'order/created', destination: DESTINATION }],
    ['plain HTTP', { scope: 'store/order/*', destination: 'http://onhand.localhost/' }],
    ['another port', { scope: 'store/order/*', destination: 'https://onhand.localhost:8443/' }],
    ['no URL', { scope: 'store/order/*', destination: 'onhand' }],
    ['a list of headers', { scope: 'store/order/*', destination: DESTINATION, headers: ['a'] }],
    [
      'a number in headers',
      { scope: 'store/order/*', destination: DESTINATION, headers: { a: 1 } },
    ],
    ['text for a flag', { scope: 'store/order/*', destination: DESTINATION, is_active: 'yes' }],
  ])('a hook with %s is refused', async (_what, body) => {
    const { call } = await openBench();
    const answer = await call('POST', '/v3/hooks', body);
    expect(answer.status).toBe(422);
    expect(Object.keys(answer.body['errors'] ?? {})).toHaveLength(1);
    expect((await call('GET', '/v3/hooks')).body['data']).toEqual([]);
  });

  test('ten per scope, and one per scope and destination', async () => {
    const { call, hook } = await openBench();
    await hook('store/order/*');
    expect((await hook('store/order/*')).status).toBe(422);
    const another = (index: number) =>
      call('POST', '/v3/hooks', { scope: 'store/order/*', destination: `${DESTINATION}/${index}` });
    for (let index = 1; index < 10; index += 1) expect((await another(index)).status).toBe(200);
    expect((await another(10)).status).toBe(422);
    expect((await hook('store/product/*')).status).toBe(200);
  });

  test('the exception hook is single and has a destination of its own', async () => {
    const { call, hook } = await openBench();
    await hook('store/order/*');
    expect((await hook('store/hook/deliveryException')).status).toBe(422);
    const scope = 'store/hook/deliveryException';
    const first = { scope, destination: 'https://alerts.localhost/' };
    expect((await call('POST', '/v3/hooks', first)).status).toBe(200);
    const second = { scope, destination: 'https://alerts2.localhost/' };
    expect((await call('POST', '/v3/hooks', second)).status).toBe(422);
    const shared = { ...first, scope: 'store/product/*' };
    expect((await call('POST', '/v3/hooks', shared)).status).toBe(422);
  });

  test('the admin view shows e-mails and the state of every hook', async () => {
    const { call, hook } = await openBench();
    const made = await hook('store/order/*');
    expect((await call('PUT', '/v3/hooks/admin', { emails: ['a@example.com'] })).status).toBe(204);
    expect((await call('PUT', '/v3/hooks/admin', { emails: ['nobody'] })).status).toBe(422);
    await call('PUT', `/v3/hooks/${Number(made.body['data']?.['id'])}`, { is_active: false });
    expect((await call('GET', '/v3/hooks/admin')).body['data']).toMatchObject({
      emails: ['a@example.com'],
      hooks_list: [{ scope: 'store/order/*', status: 'inactive' }],
      blocked_domains: [],
    });
    const active = await call('GET', '/v3/hooks/admin?is_active=true');
    expect(active.body['data']?.['hooks_list']).toEqual([]);
  });

  test('ninety idle days switch a hook off', async () => {
    const { call, clock, fire, hookId } = await listening();
    await clock.advance(89 * 86_400_000);
    fire();
    await clock.advance(90 * 86_400_000 - 1);
    expect((await call('GET', `/v3/hooks/${hookId}`)).body['data']?.['is_active']).toBe(true);
    await clock.advance(1);
    expect((await call('GET', `/v3/hooks/${hookId}`)).body['data']?.['is_active']).toBe(false);
  });
});

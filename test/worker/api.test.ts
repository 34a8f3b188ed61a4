import { env } from 'cloudflare:workers';
import { applyD1Migrations, reset } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { API_BODY_BYTES_MAX } from '../../src/limits.ts';
import { findConnection, setConnectionStatus } from '../../src/store/connections.ts';
import { saveLinks } from '../../src/store/links.ts';
import { takeCode } from '../../src/store/one-time-codes.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { createPlan, insertOperations, setPlanStatus } from '../../src/store/plans.ts';
import { inputsHash } from '../../src/domain/catalog/plan.ts';
import { planInputs } from '../../src/sync/link-inputs.ts';
import { apiCaller } from '../support/api.ts';
import { START_MS, testPorts, type TestPorts } from '../support/ports.ts';
import { install, link, linked, MERCHANT, OTHER_MERCHANT } from '../support/store.ts';

let ports: TestPorts;
let call: ReturnType<typeof apiCaller>;

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  ports = testPorts(env.DB);
  call = apiCaller(ports);
  await install(ports.db, 'abc');
  await linked(ports.db, 'abc');
});

describe('the door', () => {
  it.each([
    ['no token', ''],
    ['a wrong token', 'Bearer nope'],
    ['another scheme', 'Basic dGVzdDp0ZXN0'],
    ['a token that begins right', 'Bearer test-admin-token'],
  ])('is shut for %s, also on routes that do not exist', async (_, authorization) => {
    for (const path of ['/connections', '/connections/abc/activity', '/nothing']) {
      const answer = await call('GET', path, undefined, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        error: { code: 'unauthorized', message: expect.stringContaining('Bearer') },
      });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it('answers unknown routes and other methods in the shape of errors', async () => {
    const missing = await call('GET', '/connections/abc/no-such-thing');
    expect([missing.status, missing.body.error.code]).toEqual([404, 'not_found']);
    const method = await call('PUT', '/connections/abc/settings', {});
    expect([method.status, method.body.error.code]).toEqual([405, 'method_not_allowed']);
    expect(method.headers.get('allow')).toBe('PATCH');
    expect((await call('DELETE', '/connections')).headers.get('allow')).toBe('GET, HEAD');
    const head = await call('HEAD', '/connections');
    expect(head.status).toBe(200);
  });

  it.each(['NOPE', 'zzz', '..%2fabc', 'a'.repeat(400)])('knows no connection %s', async (id) => {
    const answer = await call('GET', `/connections/${id}`);
    expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found']);
  });

  it('[X7] bounds bodies, and says what is wrong with one that is no JSON', async () => {
    const large = `{"kind":"${'x'.repeat(API_BODY_BYTES_MAX)}"}`;
    const refused = await call('POST', '/connections/abc/plans', large);
    expect([refused.status, refused.body.error.code]).toEqual([413, 'too_large']);
    const broken = await call('POST', '/connections/abc/plans', '{"kind":');
    expect([broken.status, broken.body.error.code]).toEqual([400, 'invalid_input']);
    const deep = '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000);
    const nested = await call('PATCH', '/connections/abc/settings', deep);
    expect([nested.status, nested.body.error.code]).toEqual([400, 'invalid_input']);
  });

  it('names every problem of a bad request by its path', async () => {
    const query = await call(
      'GET',
      '/connections/abc/logs?limit=0&platfrom=clover&since=yesterday',
    );
    expect(query.status).toBe(400);
    expect(query.body.error.details.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'query.limit',
      'query.platfrom',
      'query.since',
    ]);
    // What else may stand in it depends on the kind, so that is told first.
    const kind = await call('POST', '/connections/abc/plans', { kind: 'sideways', extra: 1 });
    expect(kind.body.error.details.map(({ path }: { path: string }) => path)).toEqual([
      'json.kind',
    ]);
    const cleanup = { kind: 'cleanup', rules: [], extra: 1 };
    const body = await call('POST', '/connections/abc/plans', cleanup);
    expect(body.body.error.details.map(({ path }: { path: string }) => path)).toEqual([
      'json.rules',
      'json.extra',
    ]);
    for (const cursor of ['nonsense', '!!!', 'bnVsbA', 'eyJzIjoxfQ']) {
      for (const list of ['skus', 'failures', 'logs']) {
        const page = await call('GET', `/connections/abc/${list}?cursor=${cursor}`);
        expect([page.status, page.body.error.details[0].path]).toEqual([400, 'query.cursor']);
      }
    }
  });

  it('[X8] tells an unexpected fault by an id only, and logs what it was', async () => {
    await env.DB.prepare('drop table failures').run();
    const answer = await call('GET', '/connections/abc/failures');
    expect(answer.status).toBe(500);
    expect(answer.body.error.code).toBe('internal');
    expect(JSON.stringify(answer.body)).not.toMatch(/failures.*(select|table)/i);
    const [record] = ports.logged;
    expect(record).toMatchObject({ connectionId: 'abc', outcome: 'failed', code: 'internal' });
    expect(record?.message).toMatch(/no such table: failures/);
    // The values bound to the statement stay out of the log.
    expect(JSON.stringify(record)).not.toMatch(/params|select/);
    expect(answer.body.error.details).toEqual([{ path: 'eventId', message: record?.eventId }]);
  });

  it('is not cached', async () => {
    expect((await call('GET', '/connections')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('connections', () => {
  it('are listed in pages and shown with settings and merchants', async () => {
    await install(ports.db, 'def');
    const first = await call('GET', '/connections?limit=1');
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(['abc']);
    const second = await call('GET', `/connections?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ id: 'def' }], nextCursor: null });
    const one = await call('GET', '/connections/abc');
    expect(one.body).toMatchObject({
      id: 'abc',
      status: 'active',
      settings: { stock: { direction: 'two-way' } },
      merchants: [{ merchantId: MERCHANT, linkedAt: '2026-11-20T12:00:00.000Z' }],
      installedAt: '2026-11-20T12:00:00.000Z',
    });
  });

  it('take a merge patch, answer the result, and work every target out again', async () => {
    await saveLinks(ports.db, [link('abc', 1), link('abc', 2, { status: 'broken' })]);
    const answer = await call('PATCH', '/connections/abc/settings', {
      stock: { buffer: { units: 2 } },
    });
    expect([answer.status, answer.body.settings.stock.buffer.units]).toEqual([200, 2]);
    expect((await findConnection(ports.db, 'abc'))?.savedSettings).toEqual({
      stock: { buffer: { units: 2 } },
    });
    expect(ports.sent.work).toEqual([
      {
        v: 1,
        kind: 'evaluate',
        connectionId: 'abc',
        linkId: 'abc-l1',
        eventId: expect.any(String),
        unpark: true,
      },
    ]);
    expect(ports.logged).toMatchObject([{ kind: 'audit', operation: 'settings.change' }]);
  });

  it('leave targets alone when stock settings did not change', async () => {
    await saveLinks(ports.db, [link('abc', 1)]);
    await call('PATCH', '/connections/abc/settings', {
      logs: { retentionDays: 9 },
      stock: { enabled: true },
    });
    expect(ports.sent.work).toEqual([]);
  });

  it('refuse a bad patch as a whole', async () => {
    const answer = await call('PATCH', '/connections/abc/settings', {
      logs: { retentionDays: 9 },
      stock: { settleMs: -1, nope: 1 },
    });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_input']);
    expect(answer.body.error.details.map(({ path }: { path: string }) => path)).toEqual([
      'stock.settleMs',
      'stock.nope',
    ]);
    expect((await findConnection(ports.db, 'abc'))?.savedSettings).toEqual({});
  });

  it('[X5] take no pool with a merchant of another connection', async () => {
    await install(ports.db, 'def');
    await linked(ports.db, 'def', OTHER_MERCHANT);
    const pools = (merchantId: string) => ({
      stock: { pools: [{ locationId: 1, merchantIds: [merchantId] }] },
    });
    const refused = await call('PATCH', '/connections/abc/settings', pools(OTHER_MERCHANT));
    expect(refused.status).toBe(400);
    expect(refused.body.error.details[0].path).toBe('stock.pools.0.merchantIds');
    expect((await call('PATCH', '/connections/abc/settings', pools(MERCHANT))).status).toBe(200);
  });

  it('[X3] hand out an authorize address with a state good for one use, bound to the connection', async () => {
    const answer = await call('POST', '/connections/abc/clover/authorize-url');
    expect(answer.status).toBe(200);
    const url = new URL(answer.body.url);
    expect(url.searchParams.get('redirect_uri')).toBe('https://onhand.test/clover/callback');
    const hash = await sha256Hex(url.searchParams.get('state') ?? '');
    expect((await takeCode(ports.db, hash, 'clover_state', ports.now()))?.connectionId).toBe('abc');
    expect(await takeCode(ports.db, hash, 'clover_state', ports.now())).toBeUndefined();
  });

  it('unlink a merchant: tokens first, then its rows', async () => {
    const answer = await call('DELETE', `/connections/abc/clover/${MERCHANT}`);
    expect(answer.status).toBe(204);
    expect(ports.calls).toEqual([`platformAccount clover:${MERCHANT} disconnect`]);
    expect((await findConnection(ports.db, 'abc'))?.merchants).toEqual([]);
    expect((await call('DELETE', `/connections/abc/clover/${MERCHANT}`)).status).toBe(404);
  });

  it('start nothing once the app is uninstalled, and can still be read', async () => {
    await setConnectionStatus(ports.db, 'abc', 'uninstalled', START_MS);
    for (const [path, body] of [
      ['plans', { kind: 'link' }],
      ['reconcile', { scope: 'all' }],
      ['clover/authorize-url', undefined],
      ['plans/p1/apply', { hash: 'h' }],
      ['skus/SKU-00001/recount', undefined],
      ['failures/f1/replay', undefined],
    ] as const) {
      const answer = await call('POST', `/connections/abc/${path}`, body);
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 409, 'disconnected']);
    }
    expect((await call('GET', '/connections/abc')).body.status).toBe('uninstalled');
    expect(ports.sent.work).toEqual([]);
  });
});

describe('plans', () => {
  it('are computed by the queue', async () => {
    const answer = await call('POST', '/connections/abc/plans', { kind: 'link' });
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    expect(ports.sent.work).toMatchObject([{ kind: 'plan', planId: id, connectionId: 'abc' }]);
    const plan = await call('GET', `/connections/abc/plans/${id}`);
    expect(plan.body).toMatchObject({
      id,
      kind: 'link',
      status: 'computing',
      progress: { done: 0, total: 0 },
      hash: null,
    });
    const second = await call('POST', '/connections/abc/plans', { kind: 'link' });
    expect([second.status, second.body.error.code]).toEqual([409, 'conflict']);
  });

  it('[C7] show every operation but what apply keeps to itself', async () => {
    await createPlan(ports.db, { id: 'p1', connectionId: 'abc', kind: 'link', nowMs: START_MS });
    const operations = [0, 1, 2].map((seq) => ({
      seq,
      kind: 'link',
      sku: `S${seq}`,
      outcome: 'planned' as const,
      reason: null,
      before: { level: 1 },
      after: { level: 2 },
      payload: { hidden: true },
    }));
    await insertOperations(ports.db, 'p1', operations);
    const first = await call('GET', '/connections/abc/plans/p1/operations?limit=2');
    const rest = await call(
      'GET',
      `/connections/abc/plans/p1/operations?limit=2&cursor=${first.body.nextCursor}`,
    );
    expect([...first.body.items, ...rest.body.items]).toEqual(
      operations.map(({ payload: _payload, ...operation }) => operation),
    );
    expect(rest.body.nextCursor).toBeNull();
  });

  it('[C7] are applied by their hash only: a stale one is 409', async () => {
    await createPlan(ports.db, { id: 'p1', connectionId: 'abc', kind: 'link', nowMs: START_MS });
    const inputs = planInputs(await findConnection(ports.db, 'abc'));
    if (!inputs.ok) throw new Error(inputs.failure.message);
    const hash = `h1${await inputsHash(await inputs.value.hashed(ports.db, 'link'))}`;
    const ready = { from: ['computing'] as const, to: 'ready' as const, nowMs: START_MS, hash };
    await setPlanStatus(ports.db, 'abc', 'p1', ready);
    const stale = await call('POST', '/connections/abc/plans/p1/apply', { hash: 'h0' });
    expect([stale.status, stale.body.error.code]).toEqual([409, 'stale']);
    expect(ports.sent.work).toEqual([]);
    const applied = await call('POST', '/connections/abc/plans/p1/apply', { hash });
    expect(applied.status).toBe(202);
    expect(ports.sent.work).toMatchObject([{ kind: 'apply', planId: 'p1' }]);
  });
});

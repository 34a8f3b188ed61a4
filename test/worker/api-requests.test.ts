/** What every request to the API shares: keys against doing it twice, how often, and errors as problem details. */
import { env } from 'cloudflare:workers';
import { applyD1Migrations, reset } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { EXAMPLE_BODIES } from '../../src/api/examples.ts';
import { IDEMPOTENCY_LOST_AFTER_MS, IDEMPOTENCY_TTL_MS } from '../../src/limits.ts';
import { idempotencyKeys } from '../../src/store/api-schema.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { beginRequest, deleteExpiredOutcomes } from '../../src/store/idempotency-keys.ts';
import { apiCaller } from '../support/api.ts';
import { START_MS, testPorts, type TestPorts } from '../support/ports.ts';
import { install, linked } from '../support/store.ts';

let ports: TestPorts;
let call: ReturnType<typeof apiCaller>;
const PLANS = '/connections/abc/plans';
const keyed = (key: string) => ({ 'idempotency-key': key });

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  ports = testPorts(env.DB);
  call = apiCaller(ports);
  await install(ports.db, 'abc');
  await linked(ports.db, 'abc');
});

describe('[R2] an Idempotency-Key', () => {
  it('does a POST once, and tells its first outcome again', async () => {
    const first = await call('POST', PLANS, { kind: 'link' }, keyed('k1'));
    expect(first.status).toBe(202);
    const sent = ports.sent.work.length;
    const again = await call('POST', PLANS, { kind: 'link' }, keyed('k1'));
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(ports.sent.work).toHaveLength(sent);
    // After its day the key means nothing any more.
    ports.advance(IDEMPOTENCY_TTL_MS + 1);
    const later = await call('POST', PLANS, { kind: 'link' }, keyed('k1'));
    expect(later.headers.get('idempotency-replayed')).toBeNull();
  });

  it('refuses other content under the same key, and what is no key', async () => {
    await call('POST', PLANS, { kind: 'link' }, keyed('k1'));
    const other = await call('POST', PLANS, { kind: 'resync' }, keyed('k1'));
    expect([other.status, other.body.error.code]).toEqual([422, 'conflict']);
    const long = await call('POST', PLANS, { kind: 'link' }, keyed('x'.repeat(256)));
    expect([long.status, long.body.error.code]).toEqual([400, 'invalid_input']);
  });

  it('waits for a first request that is under way, and begins anew when that one died', async () => {
    const request = await sha256Hex(`POST /api/v1${PLANS}\n${JSON.stringify({ kind: 'link' })}`);
    const under = { caller: 'admin', key: 'k1', request };
    expect(await beginRequest(ports.db, under, START_MS)).toBeNull();
    expect(await beginRequest(ports.db, under, START_MS)).toMatchObject({ status: null });
    const busy = await call('POST', PLANS, { kind: 'link' }, keyed('k1'));
    expect([busy.status, busy.body.error.code]).toEqual([409, 'busy']);
    expect(busy.headers.get('retry-after')).toBe(String(IDEMPOTENCY_LOST_AFTER_MS / 1_000));
    ports.advance(IDEMPOTENCY_LOST_AFTER_MS + 1);
    expect((await call('POST', PLANS, { kind: 'link' }, keyed('k1'))).status).toBe(202);
  });

  it('is free again after a request that was refused', async () => {
    const refused = await call('POST', PLANS, { kind: 'nonsense' }, keyed('k1'));
    expect(refused.status).toBe(400);
    expect((await call('POST', PLANS, { kind: 'link' }, keyed('k1'))).status).toBe(202);
  });

  it('[X8] keeps no secret: a key that was made is not shown twice', async () => {
    const body = { name: 'till', scope: 'read' };
    const made = await call('POST', '/connections/abc/keys', body, keyed('k1'));
    expect(made.status).toBe(201);
    const again = await call('POST', '/connections/abc/keys', body, keyed('k1'));
    expect([again.status, again.body.error.message]).toEqual([
      409,
      expect.stringContaining('shown once'),
    ]);
    expect((await call('GET', '/connections/abc/keys')).body.items).toHaveLength(1);
    const rows = await ports.db.select().from(idempotencyKeys);
    expect(JSON.stringify(rows)).not.toContain(made.body.key);
  });

  it('[X5] belongs to its caller', async () => {
    const { body } = await call('POST', '/connections/abc/keys', { name: 'k', scope: 'operate' });
    const own = { ...keyed('k1'), authorization: `Bearer ${body.key}` };
    await call('POST', PLANS, { kind: 'link' }, keyed('k1'));
    const other = await call('POST', PLANS, { kind: 'resync' }, own);
    expect(other.headers.get('idempotency-replayed')).toBeNull();
    expect(other.status).not.toBe(422);
  });

  it('is forgotten after its day', async () => {
    await call('POST', PLANS, { kind: 'link' }, keyed('k1'));
    expect(await deleteExpiredOutcomes(ports.db, START_MS + IDEMPOTENCY_TTL_MS)).toBe(0);
    expect(await deleteExpiredOutcomes(ports.db, START_MS + IDEMPOTENCY_TTL_MS + 1)).toBe(1);
  });
});

describe('[X7] who asks too often', () => {
  it('is told to wait: a key by itself, others by address, the admin token never', async () => {
    const { body } = await call('POST', '/connections/abc/keys', { name: 'k', scope: 'read' });
    const own = { authorization: `Bearer ${body.key}` };
    expect((await call('GET', '/connections', undefined, own)).status).toBe(200);
    ports.eager.add(`key ${body.id}`);
    const refused = await call('GET', '/connections', undefined, own);
    expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limited']);
    expect(refused.headers.get('retry-after')).toBe('60');
    ports.eager.add('address 203.0.113.9');
    const knocking = { authorization: 'Bearer wrong', 'cf-connecting-ip': '203.0.113.9' };
    expect((await call('GET', '/connections', undefined, knocking)).status).toBe(429);
    const elsewhere = { ...knocking, 'cf-connecting-ip': '203.0.113.10' };
    expect((await call('GET', '/connections', undefined, elsewhere)).status).toBe(401);
    const admin = { 'cf-connecting-ip': '203.0.113.9' };
    expect((await call('GET', '/connections', undefined, admin)).status).toBe(200);
  });
});

describe('problem details', () => {
  it('are the same error to a caller that accepts them', async () => {
    const accept = { accept: 'application/problem+json, application/json' };
    const answer = await call('GET', '/connections/abc/logs?limit=0', undefined, accept);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toEqual({
      type: 'about:blank',
      status: 400,
      detail: expect.stringContaining('query.limit'),
      instance: '/api/v1/connections/abc/logs',
      code: 'invalid_input',
      errors: [{ path: 'query.limit', detail: expect.any(String) }],
    });
  });
});

describe('the examples of the docs page', () => {
  it.each(Object.entries(EXAMPLE_BODIES))('%s is a valid request', async (operation, body) => {
    const [method = '', path = ''] = operation.split(' ');
    const filled = path.replace('{id}', 'abc').replaceAll(/\{\w+\}/g, 'none');
    const answer = await call(method, filled, body);
    // What it names does not exist here, or is not ready: everything else about it is right.
    expect([200, 201, 202, 404, 409], JSON.stringify(answer.body)).toContain(answer.status);
  });
});

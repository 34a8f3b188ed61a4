/** A connection's own keys: what each scope reaches, and that none reaches another connection. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../src/api/api.ts';
import { scopeFor } from '../../src/api/auth.ts';
import { parseConnectionId } from '../../src/domain/ids.ts';
import { stopConnection } from '../../src/install/uninstall.ts';
import { apiKeys } from '../../src/store/api-schema.ts';
import { apiCaller } from '../support/api.ts';
import { testPorts } from '../support/ports.ts';
import { install } from '../support/store.ts';

const ports = testPorts(env.DB);
const call = apiCaller(ports);
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const keys: Record<string, string> = {};

async function make(connection: string, scope: string): Promise<{ id: string; key: string }> {
  const { body } = await call('POST', `/connections/${connection}/keys`, { name: scope, scope });
  return body;
}

beforeAll(async () => {
  await install(ports.db, 'mine');
  await install(ports.db, 'theirs');
  for (const scope of ['read', 'operate', 'admin']) keys[scope] = (await make('mine', scope)).key;
});

describe('[X5] [X8] API keys', () => {
  it('are shown once, stored as a digest, and listed without themselves', async () => {
    const { status, body } = await call('POST', '/connections/mine/keys', {
      name: 'till script',
      scope: 'read',
    });
    expect(status).toBe(201);
    expect(body.key).toMatch(/^onhand_[\w-]{43}$/);
    const stored = await ports.db.select().from(apiKeys);
    expect(JSON.stringify(stored)).not.toContain(body.key);
    const list = await call('GET', '/connections/mine/keys');
    expect(list.body.items.at(-1)).toMatchObject({
      id: body.id,
      name: 'till script',
      scope: 'read',
    });
    expect(JSON.stringify(list.body)).not.toContain(body.key);
  });

  it('see only their own connection', async () => {
    const list = await call('GET', '/connections', undefined, bearer(keys['admin'] ?? ''));
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual(['mine']);
    for (const path of ['', '/skus', '/keys', '/logs']) {
      const foreign = await call(
        'GET',
        `/connections/theirs${path}`,
        undefined,
        bearer(keys['admin'] ?? ''),
      );
      const missing = await call(
        'GET',
        `/connections/nobody${path}`,
        undefined,
        bearer(keys['admin'] ?? ''),
      );
      expect(foreign.status, path).toBe(404);
      expect(foreign.body).toEqual(missing.body);
    }
  });

  it.each([
    ['read', 'GET', '/connections/mine/skus', 200],
    ['read', 'POST', '/connections/mine/plans', 403],
    ['read', 'GET', '/connections/mine/keys', 403],
    ['operate', 'POST', '/connections/mine/plans', 202],
    ['operate', 'PATCH', '/connections/mine/settings', 403],
    ['operate', 'POST', '/connections/mine/keys', 403],
    ['operate', 'DELETE', '/connections/mine/clover/AAAAAAAAAAAAA', 403],
    ['admin', 'PATCH', '/connections/mine/settings', 200],
    ['admin', 'GET', '/connections/mine/keys', 200],
  ])('with the scope %s: %s %s is %i', async (scope, method, path, status) => {
    const body = method === 'POST' ? { kind: 'link' } : method === 'PATCH' ? {} : undefined;
    const answer = await call(method, path, body, bearer(keys[scope] ?? ''));
    // Whether the plan can be made is not the question here: only that the key lets it be asked for.
    if (status === 202) expect([202, 409, 422]).toContain(answer.status);
    else expect(answer.status).toBe(status);
  });

  it('let nobody in once deleted, and not when altered by one character', async () => {
    const { id, key } = await make('mine', 'read');
    expect((await call('GET', '/connections/mine', undefined, bearer(key))).status).toBe(200);
    expect((await call('GET', '/connections/mine', undefined, bearer(`${key}x`))).status).toBe(401);
    expect((await call('DELETE', `/connections/theirs/keys/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/connections/mine/keys/${id}`)).status).toBe(204);
    expect((await call('GET', '/connections/mine', undefined, bearer(key))).status).toBe(401);
    expect((await call('DELETE', `/connections/mine/keys/${id}`)).status).toBe(404);
  });

  it('end when the app is uninstalled', async () => {
    await install(ports.db, 'leaving');
    const { key } = await make('leaving', 'admin');
    const leaving = parseConnectionId('leaving');
    if (leaving === undefined) throw new Error('not a connection id');
    await stopConnection(ports, leaving, 'the test ends it');
    expect((await call('GET', '/connections/leaving', undefined, bearer(key))).status).toBe(401);
  });

  it('every route has a scope, and none that changes something is open to readers', () => {
    const routes = createApi(ports).routes.filter(({ method }) => method !== 'ALL');
    expect(routes.length).toBeGreaterThan(20);
    for (const { method, path } of routes) {
      const scope = scopeFor(method, path.replace(':id', 'mine'));
      if (method !== 'GET') expect(scope, `${method} ${path}`).not.toBe('read');
      if (/settings|keys|\/clover/.test(path)) expect(scope, `${method} ${path}`).toBe('admin');
    }
  });
});

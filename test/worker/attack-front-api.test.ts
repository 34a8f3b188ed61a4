/** Goal: whatever is sent to the admin API, it answers with its own error shape, never with a 5xx or with our insides. */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../src/api/api.ts';
import { saveLedgerViews } from '../../src/store/ledger-copies.ts';
import { saveLinks } from '../../src/store/links.ts';
import { stockPolicy } from '../../src/sync/policy.ts';
import { findConnection } from '../../src/store/connections.ts';
import { apiCaller, type Answer } from '../support/api.ts';
import { ADMIN_TOKEN, entry, ledgerView, START_MS, testPorts } from '../support/ports.ts';
import { install, link, linked } from '../support/store.ts';

const ports = testPorts(env.DB);
const call = apiCaller(ports);
const MINE = '/connections/mine';
const SKUS = ['A/B', '100%', 'a b', 'Ünï☃', '<b>', "o'x", 'constructor', '?x=1#y', 'a;b', '\\'];

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: { properties?: Record<string, unknown> } }> };
}
const operations: { method: string; path: string; query: string[]; keys: string[] }[] = [];

beforeAll(async () => {
  await install(ports.db, 'mine');
  await linked(ports.db, 'mine');
  await saveLinks(
    ports.db,
    SKUS.map((sku, index) => link('mine', index + 1, { sku, name: sku })),
  );
  for (const [index, sku] of SKUS.entries()) {
    const view = ledgerView('mine', `mine-l${index + 1}`, { sku });
    await saveLedgerViews(ports.db, [view], START_MS);
    ports.ledgers.set(`mine:mine-l${index + 1}`, { view, entries: [entry(1, 1, 1)] });
  }
  const { body } = await call('GET', '/openapi.json');
  for (const [path, item] of Object.entries<Record<string, Operation>>(body.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const json = operation.requestBody?.content['application/json']?.schema;
      operations.push({
        method: method.toUpperCase(),
        path,
        query: (operation.parameters ?? [])
          .filter((one) => one.in === 'query')
          .map(({ name }) => name),
        keys: Object.keys(json?.properties ?? {}),
      });
    }
  }
});

/** No 5xx, our own error shape, nothing of SQL, stacks, files or secrets. */
function isSound(answer: Answer, what: string): void {
  expect(answer.status, what).toBeLessThan(500);
  const text = JSON.stringify(answer.body);
  expect(text, what).not.toMatch(
    /SQLITE|D1_ERROR|Failed query|\bselect .* from\b|\.ts:\d|node_modules/i,
  );
  expect(text, what).not.toContain(ADMIN_TOKEN);
  expect(answer.headers.get('x-content-type-options'), what).toBe('nosniff');
  expect(answer.headers.get('cache-control'), what).toBe('no-store');
  if (answer.status >= 400) {
    expect(answer.body, what).toMatchObject({
      error: { code: expect.any(String), message: expect.any(String) },
    });
  }
}

const odd = fc.oneof(
  fc.constantFrom(
    ...SKUS,
    '',
    ' ',
    '0',
    '-1',
    '1e309',
    'NaN',
    '0x10',
    '2026-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    'null',
    'true',
    '..',
    '%',
    '%2e%2e',
    '%00',
    '\u0000',
    '\uFEFF',
    "' or 1=1 --",
    '__proto__',

    'eyJza3UiOiJhIiwibGlua0lkIjoiYiJ9',
    'bnVsbA',
    'MWUxNQ',
    'LTE',
    'IiI',
    '9'.repeat(400),
    'stock',
    'link',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const oddValue = fc.oneof(
  { depthSize: 'small' },
  odd,
  fc.double(),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
);

describe('the schema fuzz', () => {
  it('[X7] finds no input that is answered with a 5xx', { timeout: 120_000 }, async () => {
    expect(operations.length).toBeGreaterThanOrEqual(20);
    const request = fc.record({
      operation: fc.nat({ max: operations.length - 1 }),
      isMine: fc.integer({ min: 0, max: 9 }).map((chance) => chance < 9),
      parts: fc.array(odd, { minLength: 4, maxLength: 4 }),
      values: fc.array(odd, { minLength: 12, maxLength: 12 }),
      used: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      extra: fc.option(odd, { freq: 5 }),
      body: fc.oneof(
        fc.array(oddValue, { minLength: 8, maxLength: 8 }).map((items) => ({ items })),
        fc.string({ unit: 'binary', maxLength: 60 }).map((raw) => ({ raw })),
        fc.jsonValue({ maxDepth: 5 }).map((value) => ({ raw: JSON.stringify(value) })),
      ),
      type: fc.constantFrom(
        'application/json',
        'text/plain',
        'application/json; charset=utf-16',
        'x',
        'multipart/form-data; boundary=x',
      ),
    });
    const met = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async (input) => {
        const operation = operations[input.operation];
        if (operation === undefined) return;
        const { method, path, query, keys } = operation;
        let part = 0;
        const filled = path
          .replace(
            '{id}',
            input.isMine ? 'mine' : encodeURIComponent(wellFormed(input.parts[3] ?? '')),
          )
          .replaceAll(/\{\w+\}/g, () => encodeURIComponent(wellFormed(input.parts[part++] ?? '')));
        const search = new URLSearchParams();
        for (const [index, name] of query.entries()) {
          if (input.used[index] === true) search.append(name, input.values[index] ?? '');
        }
        if (input.extra !== null) search.append(input.extra, 'x');
        const fields = 'items' in input.body ? input.body.items : [];
        const body =
          'raw' in input.body
            ? input.body.raw
            : JSON.stringify(Object.fromEntries(keys.map((key, index) => [key, fields[index]])));
        const answer = await call(
          method,
          `${filled}?${search.toString()}`,
          method === 'GET' ? undefined : body,
          { 'content-type': input.type },
        );
        met.add(answer.status);
        isSound(answer, `${method} ${filled}?${search.toString()} ${body}`);
      }),
      { numRuns: 600 },
    );
    // It came past the gates and into the handlers.
    expect([...met]).toEqual(expect.arrayContaining([200, 202, 400, 404]));
  });
});

/** A path cannot carry half a surrogate pair. */
const wellFormed = (text: string): string =>
  new TextDecoder().decode(new TextEncoder().encode(text));

describe('paths', () => {
  it('[X7] every SKU can be asked for by its own text', async () => {
    for (const sku of SKUS) {
      for (const rest of ['', '/ledger']) {
        const answer = await call('GET', `${MINE}/skus/${encodeURIComponent(sku)}${rest}`);
        expect([sku, answer.status]).toEqual([sku, 200]);
        if (rest === '') expect(answer.body.sku).toBe(sku);
      }
    }
  });

  it('[X5] dots, slashes and case lead to no other connection', async () => {
    await install(ports.db, 'theirs');
    const paths = [
      '/connections/mine/../theirs',
      '/connections/mine%2F..%2Ftheirs',
      '/connections/mine%2f..%2ftheirs/skus',
      '/connections/THEIRS',
      '/connections/theirs%00',
      '/connections/%2e%2e/connections/theirs',
    ];
    for (const path of paths) {
      const withToken = await call('GET', path);
      isSound(withToken, path);
      const without = await call('GET', path, undefined, { authorization: 'Bearer x' });
      expect([path, without.status]).toEqual([path, 401]);
    }
  });
});

describe('the token', () => {
  it('[X5] nothing but the admin token in its own header opens anything', async () => {
    const wrong = [
      '',
      'Bearer',
      'Bearer ',
      ADMIN_TOKEN,
      `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}`,
      `Bearer ${ADMIN_TOKEN}x`,
      `Bearer ${ADMIN_TOKEN.slice(0, -1)}`,
      `Bearer ${ADMIN_TOKEN.toUpperCase()}`,
      `Bearer ${ADMIN_TOKEN}, Bearer ${ADMIN_TOKEN}`,
      `Bearer x ${ADMIN_TOKEN}`,
      'Bearer undefined',
    ];
    for (const { method, path } of operations) {
      for (const authorization of wrong) {
        const answer = await call(method, path.replaceAll(/\{\w+\}/g, 'mine'), undefined, {
          authorization,
        });
        expect([path, authorization, answer.status]).toEqual([path, authorization, 401]);
      }
    }
    const query = await call(
      'GET',
      `/connections?token=${ADMIN_TOKEN}&access_token=${ADMIN_TOKEN}`,
      undefined,
      {
        authorization: '',
      },
    );
    expect(query.status).toBe(401);
    const overridden = await call('GET', '/connections', undefined, {
      authorization: '',
      'x-http-method-override': 'PATCH',
      'x-original-url': '/api/v1/openapi.json',
    });
    expect(overridden.status).toBe(401);
  });
});

describe('settings', () => {
  const patch = (body: unknown) => call('PATCH', `${MINE}/settings`, body);
  const saved = async () =>
    env.DB.prepare("SELECT settings FROM connections WHERE id = 'mine'").first<string>('settings');

  it('[X7] a patch that is refused, in whatever part, stores nothing', async () => {
    const before = await saved();
    const patches = [
      '{"stock":{"buffer":{"units":3,"bySku":{"__proto__":{"x":1}}}}}',
      '{"stock":{"buffer":{"units":3}},"bundles":{"__proto__":"junk"}}',
      '{"stock":{"buffer":{"units":3}},"constructor":{"prototype":{"x":1}}}',
      '{"stock":{"buffer":{"units":3,"units":1e400}}}',
      `{"stock":{"buffer":{"units":3}},"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      '{"stock":{"buffer":{"units":3}},"orders":{"webToClover":{"tenders":{"__proto__":{}}}}}',
      '{"stock":{"pools":{"0":{"locationId":1}}}}',
    ];
    for (const each of patches) {
      const answer = await patch(each);
      isSound(answer, each.slice(0, 90));
      expect([each.slice(0, 90), answer.status]).toEqual([each.slice(0, 90), 400]);
    }
    expect(await saved()).toBe(before);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('[S6] a SKU that is called like a part of every object has no buffer but its own', async () => {
    expect((await patch({ stock: { buffer: { units: 2, bySku: { toString: 5 } } } })).status).toBe(
      200,
    );
    const connection = await findConnection(ports.db, 'mine');
    if (connection === undefined) throw new Error('no connection');
    const units = ['constructor', 'valueOf', '__proto__', 'hasOwnProperty', 'toString'].map(
      (sku) => stockPolicy(connection, sku).bufferUnits,
    );
    expect(units).toEqual([2, 2, 2, 2, 5]);
  });
});

describe('faults of ours', () => {
  it('[X8] a database that fails shows neither statement nor values, in answer or log', async () => {
    const broken = testPorts(failing);
    const answer = await apiCaller(broken)('GET', '/connections?limit=77');
    expect(answer.status).toBe(500);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(JSON.stringify(answer.body)).not.toMatch(/select|no such table/i);
    expect(JSON.stringify(broken.logged)).toMatch(/no such table/);
    expect(JSON.stringify(broken.logged)).not.toMatch(/select .* from|params|78/i);
  });

  it('[X4] the page of the API stands in no frame and loads nothing', async () => {
    const response = await createApi(ports).request('/docs');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'none'");
    expect(await response.text()).not.toMatch(/<script|<iframe|src=|javascript:/i);
  });
});

const statement = {
  bind: () => statement,
  raw: () => Promise.reject(new Error('no such table: connections')),
};
const failing = { prepare: () => statement } as unknown as D1Database;

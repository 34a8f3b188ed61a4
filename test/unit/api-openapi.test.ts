import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { createApi } from '../../src/api/api.ts';
import { EXAMPLE_BODIES } from '../../src/api/examples.ts';
import { testPorts } from '../support/ports.ts';

const api = createApi(testPorts());
const mounted = new Hono().route('/api/v1', api);

interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: { properties?: object } }> };
  responses: Record<
    string,
    { description?: string; content?: Record<string, { schema?: object }> }
  >;
  security?: object[];
}

interface Contract {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
}

async function contract() {
  const response = await mounted.request('/api/v1/openapi.json');
  expect(response.status).toBe(200);
  return response.json<Contract>();
}

const routes = [
  ...new Set(
    api.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/connections'))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  ),
];

describe('OpenAPI', () => {
  it('is 3.1 and describes exactly the routes there are', async () => {
    const { openapi, servers, paths } = await contract();
    expect(openapi).toMatch(/^3\.1\./);
    expect(servers).toEqual([{ url: 'https://onhand.test/api/v1' }]);
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(routes.toSorted());
    expect(routes.length).toBeGreaterThanOrEqual(20);
  });

  it('gives every operation a summary, its path parameters, an answer and its errors', async () => {
    const { paths } = await contract();
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(item)) {
        const where = `${method} ${path}`;
        expect(operation.summary, where).toBeTruthy();
        expect(operation.security, where).toEqual([{ admin: [] }]);
        const named = (operation.parameters ?? []).filter((each) => each.in === 'path');
        const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name));
        expect(named.map(({ name }) => name).toSorted(), where).toEqual(wanted.toSorted());
        const success = Object.keys(operation.responses).find((status) => status.startsWith('2'));
        expect(success, where).toBeDefined();
        for (const status of ['400', '401', '404', '500']) {
          const schema = operation.responses[status]?.content?.['application/json']?.schema;
          expect(schema, `${where} ${status}`).toMatchObject({ required: ['error'] });
        }
        const [answer] = Object.values(operation.responses[success ?? '']?.content ?? {});
        expect(answer?.schema !== undefined || success === '204', where).toBe(true);
      }
    }
  });

  it('has an example for every body, and none for what takes no body', async () => {
    const { paths } = await contract();
    const withBody = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { requestBody }]) =>
        requestBody === undefined ? [] : [`${method.toUpperCase()} ${path}`],
      ),
    );
    expect(Object.keys(EXAMPLE_BODIES).toSorted()).toEqual(withBody.toSorted());
  });

  it('describes query and bodies', async () => {
    const { paths } = await contract();
    const logs = paths['/connections/{id}/logs']?.['get'];
    expect(
      logs?.parameters
        ?.filter((each) => each.in === 'query')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([
      'cursor',
      'eventId',
      'kind',
      'limit',
      'order',
      'outcome',
      'platform',
      'since',
      'sku',
      'until',
    ]);
    for (const name of ['limit', 'cursor']) {
      const parameter = logs?.parameters?.find((each) => each.name === name);
      expect(parameter?.required ?? false).toBe(false);
    }
    const patch = paths['/connections/{id}/settings']?.['patch'];
    const schema = patch?.requestBody?.content['application/json']?.schema;
    expect(Object.keys(schema?.properties ?? {})).toContain('stock');
    expect(schema).not.toHaveProperty('required');
  });
});

describe('the docs page', () => {
  it('lists every route and loads nothing from elsewhere', async () => {
    const response = await mounted.request('/api/v1/docs');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    const page = await response.text();
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      expect(page).toMatch(
        new RegExp(`<b>${method}</b>\\s*<code>${path.replaceAll(/[{}]/g, '\\$&')}</code>`),
      );
    }
    expect(page).not.toMatch(/(src|href)="https?:/);
    expect(page).not.toMatch(/<script/);
  });
});

import { expect, test } from 'vitest';
import { API_ORIGIN, MERCHANT_ID } from '../support/clover-harness.ts';
import { describeWithClover } from '../support/specs-clover.ts';

const ITEM_ID = '9J1F7WW503CZW';
const BASE = `${API_ORIGIN}/v3/merchants/${MERCHANT_ID}`;

function request(method: string, path: string, body?: unknown, agent = 'onhand/0.1'): Request {
  const init: RequestInit = { method, headers: { 'User-Agent': agent } };
  if (body !== undefined) init.body = JSON.stringify(body);
  return new Request(BASE + path, init);
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

/** The oracle itself: one that lets everything through would make every other contract test worthless. */
describeWithClover('clover contract: requests', (specs) => {
  test.each([
    ['GET', '/items?limit=1000&offset=5&expand=itemStock,tags&filter=sku=A&filter=price>=1'],
    ['GET', '/items?orderBy=name%20ASC&forceRealTime=true'],
    ['DELETE', `/items?itemIds=${ITEM_ID},${ITEM_ID}`],
  ])('%s %s passes', async (method, path) => {
    expect(await specs.validateRequest(request(method, path))).toEqual([]);
  });

  test.each([
    ['GET', '/items?limit=1001', 'limit'],
    ['GET', '/items?limit=ten', 'limit'],
    ['GET', '/items?limit=1&limit=2', 'limit'],
    ['GET', '/items?page=2', 'page'],
    ['GET', '/items?expand=itemStock,tags,options,categories', 'expand'],
    ['GET', '/items?expand=stock', 'expand'],
    ['GET', '/items?filter=categories.id=1', 'filter'],
    ['GET', '/items?forceRealTime=yes', 'forceRealTime'],
    ['GET', '/items/short', 'itemId'],
    ['DELETE', '/items', 'itemIds'],
    ['PUT', `/items/${ITEM_ID}`, 'no operation'],
    ['POST', '/refunds', 'no operation'],
  ])('%s %s is caught', async (method, path, about) => {
    const problems = await specs.validateRequest(request(method, path));
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).toContain(about);
  });

  test.each([
    ['/items', { name: 'A', price: 1, descripton: 'typo' }],
    ['/items', { name: 'A' }],
    ['/items', undefined],
    [`/item_stocks/${ITEM_ID}`, { stockCount: 4 }],
    ['/category_items?delete=true', { elements: [{ category: { id: 'short' } }] }],
  ])('POST %s %j is caught', async (path, body) => {
    expect(await specs.validateRequest(request('POST', path, body))).not.toEqual([]);
  });

  test('good bodies pass, the one of ?delete=true too', async () => {
    const link = { elements: [{ category: { id: ITEM_ID }, item: { id: ITEM_ID } }] };
    const unlink = { elements: [{ item: { id: ITEM_ID } }] };
    const check = (path: string, body: unknown) =>
      specs.validateRequest(request('POST', path, body));
    expect(await check('/items', { name: 'A', price: 1 })).toEqual([]);
    expect(await check('/category_items', link)).toEqual([]);
    expect(await check('/category_items?delete=true', unlink)).toEqual([]);
    expect(await check('/category_items', unlink)).not.toEqual([]);
  });

  test('a User-Agent of the wrong form is caught', async () => {
    const problems = await specs.validateRequest(request('GET', '/items', undefined, 'onhand'));
    expect(problems.join('\n')).toContain('User-Agent');
  });

  test('operations are found by method and path', () => {
    const path = `/v3/merchants/${MERCHANT_ID}/item_stocks/${ITEM_ID}`;
    expect(specs.operationId('POST', path)).toBe('inventoryUpdateItemStock');
    expect(specs.operationId('PUT', path)).toBeNull();
  });
});

describeWithClover('clover contract: responses', (specs) => {
  const items = request('GET', '/items');
  const item = { id: ITEM_ID, name: 'A', price: 1 };
  const check = (asked: Request, answer: Response) => specs.validateResponse(asked, answer);

  test('good answers pass', async () => {
    expect(await check(items, json(200, { elements: [item], href: 'x' }))).toEqual([]);
    expect(await check(items, json(401, { message: '401 Unauthorized' }))).toEqual([]);
    expect(await check(items, new Response(null, { status: 429 }))).toEqual([]);
    const nulls = request('GET', `/items/${ITEM_ID}?return_null_fields=true`);
    expect(await check(nulls, json(200, { ...item, sku: null }))).toEqual([]);
  });

  test.each([
    [200, { elements: [item] }],
    [200, { elements: [{ ...item, price: -1 }], href: 'x' }],
    [200, { elements: [{ ...item, modifiedTime: 1_700_000_000 }], href: 'x' }],
    [200, { elements: [{ ...item, sku: null }], href: 'x' }],
    [200, null],
    [401, { error: 'no message' }],
    [403, { message: 'Clover has no 403' }],
    [418, { message: 'teapot' }],
  ])('%i %j is caught', async (status, body) => {
    expect(await check(items, json(status, body))).not.toEqual([]);
  });

  test('an empty body passes where the contract allows it only', async () => {
    const remove = request('DELETE', `/items/${ITEM_ID}`);
    expect(await check(remove, new Response(null, { status: 200 }))).toEqual([]);
    expect(await check(items, new Response(null, { status: 200 }))).not.toEqual([]);
  });

  test('a header of the wrong type and a missing Location are caught', async () => {
    const late = new Response(null, { status: 429, headers: { 'Retry-After': 'soon' } });
    expect(await check(items, late)).not.toEqual([]);
    const consent = new Request(`${API_ORIGIN}/oauth/v2/authorize`);
    expect(await check(consent, new Response(null, { status: 302 }))).not.toEqual([]);
  });

  test('outside the contract only the common refusals pass', async () => {
    const unknown = request('GET', '/no_such_thing');
    expect(await check(unknown, json(404, { message: 'Not Found' }))).toEqual([]);
    expect(await check(unknown, json(200, {}))).not.toEqual([]);
    expect(await check(unknown, new Response(null, { status: 405 }))).not.toEqual([]);
    const refund = request('POST', '/refunds', {});
    expect(await check(refund, new Response(null, { status: 405 }))).toEqual([]);
  });

  test('token expirations in milliseconds are caught', async () => {
    const token = new Request(`${API_ORIGIN}/oauth/v2/token`, { method: 'POST' });
    const body = { access_token: 'a', access_token_expiration: 1_700_000_000_000 };
    expect(await check(token, json(200, body))).not.toEqual([]);
  });

  test('a webhook with an unknown key is caught', () => {
    const envelope = (objectId: string) => ({
      appId: ITEM_ID,
      merchants: { [MERCHANT_ID]: [{ objectId, type: 'UPDATE', ts: 1_700_000_000_000 }] },
    });
    expect(specs.validateSchema('WebhookEnvelope', envelope(`O:${ITEM_ID}`))).toEqual([]);
    expect(specs.validateSchema('WebhookEnvelope', envelope(`IS:${ITEM_ID}`))).toEqual([]);
    expect(specs.validateSchema('WebhookEnvelope', envelope(`ZZ:${ITEM_ID}`))).not.toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { HASH, openBench, specs } from '../support/bigcommerce.ts';

/** The judge of all other suites must itself be able to say no. */
describe.skipIf(specs === undefined)('BigCommerce contract judge', () => {
  const items = `/stores/${HASH}/v3/inventory/items`;
  const absolute = `/stores/${HASH}/v3/inventory/adjustments/absolute`;
  const json = 'application/json';
  const answer = (body: unknown, more: object = {}) =>
    specs?.validateResponse({
      method: 'GET',
      path: items,
      status: 200,
      contentType: json,
      body,
      ...more,
    });
  const request = (body: unknown, path = absolute, method = 'PUT') =>
    specs?.validateRequest({ method, path, body });

  test('an answer of the sandbox passes, and fails once a name or a type is changed', async () => {
    const { sandbox, call } = await openBench();
    sandbox.addProduct(HASH, { name: 'Mug', levels: { 1: 1 } });
    const { body } = await call('GET', '/v3/inventory/items');
    const page = { meta: body['meta'], data: body['data'] };
    expect(answer(page)).toEqual([]);
    const [item] = body['data'] as unknown as { locations: object[] }[];
    expect(answer({ ...page, data: [{ ...item, stock: 1 }] })).toEqual([
      expect.stringContaining('stock'),
    ]);
    const [place] = item?.locations ?? [];
    const wrong = { ...place, available_to_sell: '1' };
    expect(answer({ ...page, data: [{ ...item, locations: [wrong] }] })).toHaveLength(1);
  });

  test('statuses, content types and operations that are not documented fail', () => {
    expect(answer({ data: [] }, { status: 202 })).toHaveLength(1);
    expect(answer({ data: [] }, { contentType: 'text/html' })).toHaveLength(1);
    expect(answer({ data: [] }, { path: `/stores/${HASH}/v3/nothing` })).toHaveLength(1);
    expect(answer({ data: [] }, { path: `/stores/${HASH}/v2/inventory/items` })).toHaveLength(1);
  });

  test('errors keep the dialect of their version', () => {
    const problem = { status: 429, title: 'Too Many Requests', type: 'x' };
    expect(answer(problem, { status: 429 })).toEqual([]);
    expect(answer([{ status: 429, message: 'x' }], { status: 429 })).not.toEqual([]);
    expect(answer({ ...problem, status: 500 }, { status: 429 })).not.toEqual([]);
    const orders = { path: `/stores/${HASH}/v2/orders`, status: 429 };
    expect(answer([{ status: 429, message: 'x' }], orders)).toEqual([]);
    expect(answer(problem, orders)).not.toEqual([]);
  });

  test('a 204 has no body', () => {
    const orders = { path: `/stores/${HASH}/v2/orders`, status: 204 };
    expect(answer(undefined, orders)).toEqual([]);
    expect(answer([], orders)).toHaveLength(1);
  });

  test('requests are held to names, types and exactly one identity', () => {
    const item = { location_id: 1, variant_id: 5, quantity: 2 };
    expect(request({ reason: 'count', items: [item] })).toEqual([]);
    expect(request({ items: [{ ...item, product_id: 5 }] })).not.toEqual([]);
    expect(request({ items: [{ ...item, quantity: '2' }] })).not.toEqual([]);
    expect(request({ items: [{ location_id: 1, quantity: 2 }] })).not.toEqual([]);
    expect(request({ items: [item], resaon: 'count' })).toEqual([
      expect.stringContaining('resaon'),
    ]);
    expect(request(undefined)).toEqual(['the body is missing']);
  });

  test('order lines are catalog or custom, not a mixture of names', () => {
    const order = (line: object) =>
      request(
        { billing_address: { zip: '78751' }, products: [line] },
        `/stores/${HASH}/v2/orders`,
        'POST',
      );
    expect(order({ product_id: 1, quantity: 1 })).toEqual([]);
    expect(
      order({ name: 'Misc', sku: 'X', quantity: 1, price_ex_tax: 1, price_inc_tax: 1 }),
    ).toEqual([]);
    expect(order({ product_id: 1, qty: 1 })).not.toEqual([]);
  });

  test('queries are held to names and types, lists go by commas', () => {
    const query = (text: string) =>
      specs?.validateRequest({ method: 'GET', path: `${items}?${text}` });
    expect(query('variant_id:in=1,2&sku:in=A,B&limit=1000')).toEqual([]);
    expect(query('variant_id:in=1,b')).toHaveLength(1);
    expect(query('sku=A')).toHaveLength(1);
    const orders = `/stores/${HASH}/v2/orders?sort=date_modified:asc`;
    expect(specs?.validateRequest({ method: 'GET', path: orders })).toEqual([]);
    const products = `/stores/${HASH}/v3/catalog/products?limit=251`;
    expect(specs?.validateRequest({ method: 'GET', path: products })).toHaveLength(1);
  });

  test('required headers are asked for when headers are given', () => {
    const body = { items: [{ location_id: 1, variant_id: 5, quantity: 2 }] };
    const missing = specs?.validateRequest({
      method: 'PUT',
      path: absolute,
      headers: new Headers({ accept: json }),
      body,
    });
    expect(missing).toEqual(['header Content-Type is missing']);
  });

  test('webhooks are held to their envelope and their model', () => {
    const payload = {
      scope: 'store/order/statusUpdated',
      store_id: '1025646',
      data: { type: 'order', id: 250, status: { previous_status_id: 0, new_status_id: 11 } },
      hash: '7ee67cd1cf2ca60bc1aa9e5fe957d2de373be4ca',
      created_at: 1_561_479_335,
      producer: `stores/${HASH}`,
    };
    const judge = (value: unknown) => specs?.validateHook('store/order/statusUpdated', value);
    expect(judge(payload)).toEqual([]);
    expect(judge({ ...payload, store_id: 1_025_646 })).toHaveLength(1);
    expect(judge({ ...payload, hash: undefined, extra: 1 })).not.toEqual([]);
    expect(judge({ ...payload, data: { ...payload.data, order_id: 250 } })).toHaveLength(1);
  });
});

/** The documents require hardly any property, so what is missing has to be looked for. */
describe.skipIf(specs === undefined)('BigCommerce sandbox answers in full', () => {
  const included = ['variants', 'options', 'modifiers', 'images', 'primary_image', 'videos'];
  const PRODUCT_INCLUDES = [
    ...included,
    'bulk_pricing_rules',
    'custom_fields',
    'parent_relations',
    'channels',
    'reviews',
  ];

  async function resource(path: string): Promise<string[]> {
    const tax = { id: 1, name: 'Tax', classId: 0, className: 'Default', milliPercent: 8_000 };
    const { sandbox, call } = await openBench({ store: { taxRates: [tax] } });
    const mug = sandbox.addProduct(HASH, { name: 'Mug', price: 5, levels: { 1: 5 } });
    const [variantId = 0] = mug.variantIds;
    const { id } = sandbox.placeOrder(HASH, { lines: [{ variantId, quantity: 1 }] });
    sandbox.refundOrder(HASH, id, [{ type: 'ORDER', itemId: id, amount: 1 }]);
    sandbox.addCustomer(HASH, { email: 'ann@example.com' });
    await call('POST', '/v3/catalog/trees/categories', [{ name: 'Cups' }]);
    await call('POST', '/v3/hooks', { scope: 'store/order/*', destination: 'https://a.example/' });
    const { body } = await call('GET', path);
    const inner = (Array.isArray(body) ? body : (body['data'] ?? body)) as unknown;
    const [row] = Array.isArray(inner) ? inner : [inner];
    return Object.keys(row as object).toSorted();
  }

  test.each([
    ['/v2/store', []],
    ['/v2/orders', []],
    ['/v2/orders/218', []],
    ['/v2/orders/218/products', []],
    ['/v2/orders/218/shipping_addresses', []],
    ['/v2/order_statuses', []],
    ['/v2/orders/218/taxes?details=true', []],
    ['/v3/orders/payment_actions/refunds', []],
    ['/v2/tax_classes', []],
    ['/v3/tax/settings', []],
    ['/v3/customers?include=addresses,storecredit,attributes,formfields', []],
    ['/v3/catalog/trees/categories', []],
    ['/v3/hooks', []],
    ['/v3/catalog/products', PRODUCT_INCLUDES],
    [`/v3/catalog/products?include=${PRODUCT_INCLUDES.join()}`, []],
    ['/v3/catalog/products/111/variants', []],
    ['/v3/catalog/variants', []],
    ['/v3/inventory/items', []],
    ['/v3/inventory/locations', []],
    ['/v3/inventory/locations/1/items', []],
    ['/v3/settings/inventory', []],
    // Deprecated, and absent from the documents' own samples.
    ['/v3/channels', ['is_enabled']],
  ])('GET %s lacks nothing but what it was not asked for', async (path, lacking) => {
    const documented = specs?.namesInAnswer('GET', `/stores/${HASH}${path}`) ?? [];
    expect(documented.length).toBeGreaterThan(1);
    const shown = await resource(path);
    expect(documented.filter((name) => !shown.includes(name))).toEqual(lacking.toSorted());
  });
});

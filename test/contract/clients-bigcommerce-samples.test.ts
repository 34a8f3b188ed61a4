/** Goal: the samples in BigCommerce's own documents go through the clients' shapes as they stand. The V3 payments have none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { wireModifier } from '../../src/platforms/bigcommerce/wire-catalog.ts';
import {
  wireOrderCoupons,
  wireOrderTaxes,
  wireSale,
  wireSaleLines,
} from '../../src/platforms/bigcommerce/wire-orders.ts';
import { specs } from '../support/bigcommerce.ts';

type Node = Record<string, unknown>;

const ROOT = join(import.meta.dirname, '../../../shared/specs/bigcommerce/reference');

/** Every sample of an operation's answer. */
function samples(file: string, path: string, method: string, status: string): unknown[] {
  const document = parse(readFileSync(join(ROOT, file), 'utf8')) as Node;
  const follow = (node: Node): Node => {
    const ref = node['$ref'];
    if (typeof ref !== 'string') return node;
    let found: unknown = document;
    for (const part of ref.slice(2).split('/')) found = (found as Node)[part];
    return follow(found as Node);
  };
  let node: unknown = document;
  for (const part of ['paths', path, method, 'responses', status]) node = (node as Node)[part];
  const content = (follow(node as Node)['content'] as Node)['application/json'] as Node;
  const named = Object.values((content['examples'] ?? {}) as Node).map(
    (one) => follow(one as Node)['value'],
  );
  return [...named, content['example']].filter((value) => value !== undefined);
}

const ORDERS = 'orders.v2.oas2.yml';
const data = (value: unknown) => (value as Node)['data'];

describe.skipIf(specs === undefined)('samples of BigCommerce documents', () => {
  it.each([
    ['an order', ORDERS, '/orders/{order_id}', wireSale, (value: unknown) => [value]],
    ['orders', ORDERS, '/orders', wireSale, (value: unknown) => value as unknown[]],
    ['lines', ORDERS, '/orders/{order_id}/products', wireSaleLines, (value: unknown) => [value]],
    ['taxes', ORDERS, '/orders/{order_id}/taxes', wireOrderTaxes, (value: unknown) => [value]],
    [
      'coupons',
      ORDERS,
      '/orders/{order_id}/coupons',
      wireOrderCoupons,
      (value: unknown) => [value],
    ],
    [
      'modifiers',
      'catalog/product-modifiers_catalog.v3.yml',
      '/catalog/products/{product_id}/modifiers',
      wireModifier,
      (value: unknown) => data(value) as unknown[],
    ],
  ])('%s', (_what, file, path, schema, rowsOf) => {
    const found = samples(file, path, 'get', '200').flatMap(rowsOf);
    expect(found.length).toBeGreaterThan(0);
    for (const row of found) {
      const read = v.safeParse(schema, row);
      expect(read.issues?.map((issue) => v.getDotPath(issue)) ?? []).toEqual([]);
    }
  });

  it('money of the order sample is kept as text, to the last digit', () => {
    const [order] = samples(ORDERS, '/orders/{order_id}', 'get', '200') as Node[];
    const sale = v.parse(wireSale, order);
    expect(sale.total_inc_tax).toBe(order?.['total_inc_tax']);
    expect(sale.subtotal_ex_tax).toBe(order?.['subtotal_ex_tax']);
  });
});

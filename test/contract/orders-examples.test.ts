/**
 * Goal: the orders, refunds and transactions that BigCommerce's own documents show go through as they stand: read by our
 * clients and translated to the cent, or parked with the difference spelt out. Method: each example is the answer of a
 * platform that knows nothing else.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { translate } from '../../src/domain/orders/translate.ts';
import { getOrderRefunds } from '../../src/platforms/bigcommerce/refunds.ts';
import { getOrderTransactions, getSale } from '../../src/platforms/bigcommerce/sales.ts';
import { openBigCommerce } from '../../src/platforms/bigcommerce/session.ts';
import { CONTEXT, openPlatformBench, valueOf } from '../support/platform-ports.ts';
import { pushOptions } from '../support/web-sales.ts';

const ROOT = join(import.meta.dirname, '../../../shared/specs/bigcommerce/reference');
const present = existsSync(ROOT);
if (!present) console.warn('../shared/specs is missing; the examples of orders are skipped.');

type Json = { readonly [name: string]: Json } & readonly Json[];

function document(name: string): Json {
  return parse(readFileSync(join(ROOT, name), 'utf8')) as Json;
}

/** The examples of one reusable answer, by name; lists are taken apart. */
function examplesOf(name: string, response: string): [string, Json][] {
  const answer = document(name)['components']?.['responses']?.[response];
  const examples = answer?.['content']?.['application/json']?.['examples'] ?? {};
  return Object.entries(examples as Record<string, Json>).flatMap(([label, example]) => {
    const value = example['value'] as unknown;
    const list = Array.isArray(value) ? (value as Json[]) : [value as Json];
    return list.map((each, index): [string, Json] => [`${response} ${label} ${index}`, each]);
  });
}

function sessionOver(answers: readonly (readonly [RegExp, unknown])[]) {
  const { ports } = openPlatformBench((request) => {
    const { pathname } = new URL(request.url);
    const found = answers.find(([match]) => match.test(pathname));
    return found === undefined
      ? new Response(null, { status: 204 })
      : new Response(JSON.stringify(found[1]), { headers: { 'Content-Type': 'application/json' } });
  });
  return openBigCommerce(ports, CONTEXT.connectionId, CONTEXT);
}

describe.skipIf(!present)("orders of BigCommerce's documents", () => {
  const orders = present
    ? ['orderCollection_Resp', 'order_Resp'].flatMap((name) =>
        examplesOf('orders.v2.oas2.yml', name),
      )
    : [];
  const lines = present
    ? examplesOf('orders.v2.oas2.yml', 'orderProductsCollection_Resp').map(([, line]) => line)
    : [];

  it('are there', () => {
    expect(orders.length).toBeGreaterThanOrEqual(3);
    expect(lines.length).toBeGreaterThanOrEqual(2);
  });

  it.each(orders)(
    '[O2] %s is read, and translated or parked with its difference',
    async (_name, order) => {
      const session = sessionOver([
        [/products$/, lines],
        [/orders\/\d+$/, order],
      ]);
      const sale = valueOf(await getSale(session, Number(order['id'])));
      const options = pushOptions({ statusIds: [sale.statusId] });
      const outcome = translate({ ...sale, taxes: [], payments: [] }, options);
      if (outcome.kind === 'not_a_sale') throw new Error(outcome.reason);
      if (outcome.kind === 'plan') {
        expect(outcome.plan.totalMinor / 100).toBe(Number(sale.total.incTax));
        return;
      }
      // The documents show orders beside lines that are not theirs: the difference is real, and told.
      expect(outcome.parking).toMatchObject({ code: 'total_differs' });
      expect(outcome.parking.message).toContain('a difference of');
      expect(outcome.parking.differenceMinor).not.toBe(0);
    },
  );

  it('[O2] the order of whole numbers is its lines and shipping to the cent', async () => {
    const found = orders.find(([, order]) => (order['subtotal_inc_tax'] as unknown) === '1000.74');
    const [, order] = found ?? [];
    if (order === undefined) throw new Error('the example is gone');
    // One line that is its whole subtotal: everything else is the example's own.
    const line = Object.assign({}, lines[0], {
      quantity: 4,
      total_ex_tax: '924.47',
      total_inc_tax: '1000.74',
      applied_discounts: [],
    });
    const session = sessionOver([
      [/products$/, [line]],
      [/orders\/\d+$/, order],
    ]);
    const sale = valueOf(await getSale(session, Number(order['id'])));
    const outcome = translate({ ...sale, taxes: [], payments: [] }, pushOptions());
    if (outcome.kind !== 'plan') throw new Error(JSON.stringify(outcome));
    expect(outcome.plan).toMatchObject({
      totalMinor: 100_874,
      taxMinor: 7_688,
      breakdown: { product: 92_447, shipping: 739, tax: 7_688, discount: 0, rounding: 0 },
    });
    expect(outcome.plan.lines.filter(({ kind }) => kind === 'product')).toHaveLength(4);
  });

  it('[O4] the refund is read with its items and payments', async () => {
    const [first] = examplesOf('orders.v3.yml', 'RefundID_Response');
    const example = first?.[1]['data'];
    const session = sessionOver([[/refunds$/, { data: [example] }]]);
    const [refund] = valueOf(await getOrderRefunds(session, 180));
    expect(refund).toMatchObject({ refundId: 12, orderId: 180, total: '50', tax: '5' });
    expect(refund?.items).toMatchObject([{ type: 'PRODUCT', itemId: 87, quantity: 1 }]);
    expect(refund?.payments).toMatchObject([{ providerId: 'storecredit', isDeclined: false }]);
  });

  it('[O1] the transaction is read with its method and amount', async () => {
    const schema = document('orders.v3.yml')['components']?.['schemas']?.['Transaction'];
    const example = schema?.['x-examples']?.['Example 1'];
    const session = sessionOver([[/transactions$/, { data: [example] }]]);
    const [transaction] = valueOf(await getOrderTransactions(session, 180));
    expect(transaction).toMatchObject({ event: 'purchase', method: 'credit_card', amount: '3.4' });
  });
});

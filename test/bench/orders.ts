/**
 * What a day of web orders costs once they go to the register: calls and rows per order, and how long an order takes. A
 * day of 1,000 orders is one in 86 s; they are played faster, as fast as half of one merchant's own quota carries.
 */
import { atMost, type Figure } from './figures.ts';
import { effectOf, shortCall, type Effect } from './sales.ts';
import { LATENCY_MS, pause, type BenchShop, type Stage } from './stage.ts';
import { percentile, sum } from './stats.ts';

const ORDERS = 40;
const DAY_ORDERS = 1_000;
/** Clover gives an app 16 calls a second per merchant, of which the relay takes half. */
const BETWEEN_MS = 1_500;
const POLL_MS = 50;
const ORDER_MAX_MS = 60_000;
/** The two reads of the order, eight calls that make it and read it back, stock on both sides, and the echo. */
const CALLS_TARGET = 16;

/** Orders of two units, one after the other, each until its payment stands at the register. */
export async function measureOrders(stage: Stage, shop: BenchShop): Promise<Figure[]> {
  await switchOn(stage, shop);
  const placed = new Map<string, number>();
  const delaysMs: number[] = [];
  const effect = await effectOf(
    stage,
    shop,
    async () => {
      for (let index = 0; index < ORDERS; index += 1) {
        const item = shop.items[index % shop.items.length];
        if (item === undefined) throw new Error('The shop has no items.');
        const order = stage.bigcommerce.placeOrder(shop.hash, {
          lines: [{ variantId: item.variantId, quantity: 2 }],
        });
        placed.set(`BC${order.id}-1`, Date.now());
        await pause(BETWEEN_MS);
      }
    },
    () => untilPaid(stage, shop, placed, delaysMs),
  );
  return figuresOf(effect, delaysMs);
}

async function switchOn(stage: Stage, shop: BenchShop): Promise<void> {
  const answer = await fetch(`${stage.workerOrigin}/api/v1/connections/${shop.hash}/settings`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${stage.secrets.ADMIN_API_TOKEN}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ orders: { webToClover: { enabled: true, apiOrdersMoveStock: 'no' } } }),
  });
  if (!answer.ok) throw new Error(`The push could not be switched on: ${await answer.text()}`);
}

/** Notes how long each order took, by the register's own time of its payment. */
async function untilPaid(
  stage: Stage,
  { merchantId }: BenchShop,
  placed: ReadonlyMap<string, number>,
  delaysMs: number[],
): Promise<void> {
  const endMs = Date.now() + ORDER_MAX_MS;
  for (;;) {
    const table = stage.clover.state.merchants[merchantId]?.tables.payments ?? {};
    const paid = Object.values(table).flatMap(({ versions }) => versions.at(-1)?.row ?? []);
    const own = paid.filter(({ externalPaymentId = '' }) => placed.has(externalPaymentId));
    if (own.length > placed.size) throw new Error('An order was paid twice at the register.');
    if (own.length === placed.size) {
      for (const { externalPaymentId = '', createdTime } of own) {
        delaysMs.push(createdTime - (placed.get(externalPaymentId) ?? 0));
      }
      return;
    }
    if (Date.now() > endMs) {
      throw new Error(`Only ${own.length} of ${placed.size} orders reached the register.`);
    }
    await pause(POLL_MS);
  }
}

function figuresOf({ calls, counted }: Effect, delaysMs: readonly number[]): Figure[] {
  const objects = sum(Object.values(counted.objects));
  const d1 = sum(Object.values(counted.d1));
  const perOrder = (count: number) => Math.round((count / ORDERS) * 100) / 100;
  const kinds = new Map<string, number>();
  for (const call of calls) {
    const kind = shortCall(call).replaceAll(/\/(?:[A-Z0-9]{13}|\d+)(?=\/|$)/g, '/…');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const listed = [...kinds]
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${perOrder(count)} ${kind}`);
  const rows = [...Object.entries(counted.objects), ...Object.entries(counted.d1)].map(
    ([table, count]) => `${perOrder(count)} ${table}`,
  );
  const day = DAY_ORDERS / ORDERS;
  return [
    {
      name: 'platform calls per pushed order',
      value: perOrder(calls.length),
      unit: '',
      target: atMost(CALLS_TARGET),
      note: `${Math.round(calls.length * day)} a day of ${DAY_ORDERS} orders: ${listed.join(', ')}`,
    },
    {
      name: 'rows written per pushed order',
      value: perOrder(objects + d1),
      unit: '',
      note: rows.join(', '),
    },
    { name: 'web order to paid register order, p50', value: percentile(delaysMs, 0.5), unit: 'ms' },
    {
      name: 'web order to paid register order, p99',
      value: percentile(delaysMs, 0.99),
      unit: 'ms',
      note: `each call thinks ${LATENCY_MS} ms; one order in ${BETWEEN_MS} ms`,
    },
  ];
}

/**
 * Goal: whatever call of a push a worker dies at, before or after the platform carried it out, and whatever answer is
 * lost: one order at the register, whole and paid once (O3). Method: the real use case over both sandboxes and D1, with a
 * clock of its own; a worker that dies is one whose call never comes back.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EventId } from '../../src/domain/ids.ts';
import type { Ports } from '../../src/ports.ts';
import { resolveSettings } from '../../src/settings.ts';
import { findConnection, type Connection } from '../../src/store/connections.ts';
import { performPush } from '../../src/sync/push.ts';
import { openPorts } from '../../src/wiring.ts';
import {
  FATES,
  openBench,
  tokensOf,
  type Bench,
  type Fate,
  type Tokens,
} from '../support/crash-bench.ts';
import { openPushShop } from '../support/push-shop.ts';
import { openStage, type Stage } from '../support/stage.ts';

let stage: Stage;
let real: Ports;

interface World {
  readonly shop: ReturnType<typeof openPushShop>;
  readonly connection: Connection;
  readonly tokens: Tokens;
}

/** A shop for each fate, so that they run side by side. */
const worlds = new Map<Fate, World>();

beforeAll(async () => {
  stage = openStage();
  const opened = openPorts(env);
  if (!opened.ok) throw new Error(opened.failure.message);
  real = opened.value;
  for (const fate of FATES) worlds.set(fate, await openWorld(fate));
});

async function openWorld(fate: Fate): Promise<World> {
  const shop = openPushShop(stage, `crash${fate.replaceAll(' ', '')}`);
  shop.add('A', 1_000, 1_000);
  await shop.connect();
  await shop.settle();
  const found = await findConnection(real.db, shop.hash);
  if (found === undefined) throw new Error('not installed');
  // Only here: the Worker itself must not push what this test pushes.
  const settings = resolveSettings({
    orders: { webToClover: { enabled: true } },
    customers: { enabled: true },
  });
  const tokens = await tokensOf(real, shop.hash, shop.merchantId);
  return { shop, connection: { ...found, settings }, tokens };
}

function openPushBench({ connection, tokens }: World, orderId: number): Bench {
  const message = {
    v: 1,
    kind: 'push',
    connectionId: connection.id,
    eventId: 'e1' as EventId,
    orderId: String(orderId),
  } as const;
  return openBench({ real, connection, tokens, perform: (scope) => performPush(scope, message) });
}

let methods = 0;

/** A new order with a discount, shipping and two tenders, one of them new to the register. */
function placeOrder(shop: World['shop']) {
  methods += 1;
  return stage.bigcommerce.placeOrder(shop.hash, {
    lines: [{ variantId: shop.at('A').variantId, quantity: 2 }],
    shipping: '4.00',
    discount: '1.50',
    giftCertificate: '2.00',
    paymentMethod: `Method ${methods}`,
    billingAddress: { first_name: 'Ada', email: `Ada.${methods}@example.com`, phone: '' },
  });
}

/** Ids of the register's customers with this address. */
function customersWith(merchantId: string, email: string): string[] {
  const { customers = {} } = stage.clover.state.merchants[merchantId]?.tables ?? {};
  return Object.entries(customers).flatMap(([id, { versions }]) =>
    JSON.stringify(versions.at(-1)?.row ?? null).includes(email) ? [id] : [],
  );
}

async function pushWith(world: World, at: number, fate: Fate): Promise<boolean> {
  const { shop } = world;
  const order = placeOrder(shop);
  const bench = openPushBench(world, order.id);
  const wanted = { atMs: Date.now(), eventId: 'e1', mayPush: true, modifiedAtMs: null };
  await bench.relay.ask(wanted);
  const wasHit = await bench.work(at, fate);
  bench.later();
  // Duplicated and reordered events ask again, with older news.
  await bench.relay.ask({ ...wanted, atMs: wanted.atMs - 5 });
  await bench.work(0, fate);
  await bench.work(0, fate);
  const [made, ...more] = shop.ordersFor(order.id);
  const state = await bench.relay.viewPush();
  const what = `call ${at} ${fate}: ${state?.phase} ${state?.failure?.message ?? ''}`;
  expect(more, what).toEqual([]);
  expect(made?.row.externalReferenceId, what).toBe(`BC${order.id}`);
  expect(
    made?.lines.map(({ price }) => price).toSorted((a, b) => a - b),
    what,
  ).toEqual([400, 1_000, 1_000]);
  expect(made?.row.total, what).toBe(2_250);
  expect(
    made?.payments.map(({ amount }) => amount).toSorted((a, b) => a - b),
    what,
  ).toEqual([200, 2_050]);
  expect((await bench.relay.viewPush())?.phase, what).toBe('pushed');
  const { email } = order.billingAddress;
  const customers = customersWith(shop.merchantId, email.toLowerCase());
  expect(customers, what).toHaveLength(1);
  expect(made?.row.customerIds, what).toEqual(customers);
  return wasHit;
}

describe('a push that is interrupted', () => {
  it.concurrent.each(FATES)(
    '[O3] at any call, when the worker %s it, ends in one whole order',
    async (fate) => {
      const world = worlds.get(fate);
      if (world === undefined) throw new Error('not opened');
      let calls = 0;
      while (await pushWith(world, calls + 1, fate)) calls += 1;
      // Read, customer, tenders, look up, create, lines, discount, total, two payments, read back.
      expect(calls).toBeGreaterThanOrEqual(12);
      expect(calls).toBeLessThanOrEqual(17);
      const { merchantId } = world.shop;
      const tenders = Object.values(stage.clover.state.merchants[merchantId]?.tables.tenders ?? {});
      const labels = tenders.map(({ versions }) => versions.at(-1)?.row?.label);
      expect(new Set(labels).size).toBe(labels.length);
    },
    120_000,
  );
});

/**
 * Goal: whatever call a worker dies at that brings a sale in store to BigCommerce, before or after the platform carried it
 * out, and whatever answer is lost: one order there, to the cent, in one channel (O3, O5). Method: as `push-crash.test.ts`.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EventId } from '../../src/domain/ids.ts';
import type { Ports } from '../../src/ports.ts';
import { resolveSettings } from '../../src/settings.ts';
import { findConnection, type Connection } from '../../src/store/connections.ts';
import { performSale } from '../../src/sync/sale.ts';
import { openPorts } from '../../src/wiring.ts';
import {
  FATES,
  openBench,
  tokensOf,
  type Bench,
  type Fate,
  type Tokens,
} from '../support/crash-bench.ts';
import { bookedOrders } from '../support/sale-shop.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { openStage, type Stage } from '../support/stage.ts';

let stage: Stage;
let real: Ports;

interface World {
  readonly shop: Shop;
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
  const shop = openShop(stage, `sale${fate.replaceAll(' ', '')}`);
  shop.add('A', 1_000, 1_000);
  await shop.connect();
  await shop.settle();
  const found = await findConnection(real.db, shop.hash);
  if (found === undefined) throw new Error('not installed');
  // Only here: the Worker itself must not book what this test books.
  const inStoreSince = new Date(0).toISOString();
  const settings = resolveSettings({
    orders: { inStoreSales: 'bigcommerce-orders', inStoreSince },
  });
  const tokens = await tokensOf(real, shop.hash, shop.merchantId);
  return { shop, connection: { ...found, settings }, tokens };
}

function openSaleBench({ connection, tokens }: World, orderId: string): Bench {
  const message = {
    v: 1,
    kind: 'push',
    connectionId: connection.id,
    eventId: 'e1' as EventId,
    orderId,
    from: 'clover',
  } as const;
  return openBench({ real, connection, tokens, perform: (scope) => performSale(scope, message) });
}

async function bookWith(world: World, at: number, fate: Fate): Promise<boolean> {
  const { shop } = world;
  const sale = stage.clover.ringUp(shop.merchantId, {
    lines: [{ itemId: shop.at('A').itemId, quantity: 2 }],
    customLines: [{ name: 'Bag', price: 35 }],
    discounts: [{ name: 'Friends', percentage: 10 }],
    tipAmount: 150,
  });
  const bench = openSaleBench(world, sale.id);
  const { merchantId } = shop;
  const wanted = { atMs: Date.now(), eventId: 'e1', mayPush: true, modifiedAtMs: null, merchantId };
  await bench.relay.ask(wanted);
  const wasHit = await bench.work(at, fate);
  bench.later();
  // Duplicated and reordered events ask again, with older news.
  await bench.relay.ask({ ...wanted, atMs: wanted.atMs - 5 });
  await bench.work(0, fate);
  await bench.work(0, fate);
  const state = await bench.relay.viewPush();
  const what = `call ${at} ${fate}: ${state?.phase} ${state?.failure?.message ?? ''}`;
  const [made, ...more] = bookedOrders(stage, shop, sale.id);
  expect(more, what).toEqual([]);
  expect(made, what).toMatchObject({ total: '19.81', statusId: 10, channelType: 'pos' });
  expect(made?.lines, what).toEqual([
    { variantId: shop.at('A').variantId, quantity: 2 },
    { variantId: 0, quantity: 1 },
  ]);
  expect(state?.phase, what).toBe('pushed');
  expect(state?.inStore?.lines.map(({ lineItemIds }) => lineItemIds.length)).toEqual([2, 1]);
  return wasHit;
}

/** A sale that is booked, and then refunded unit by unit while workers die; answers at how many calls of a refund. */
async function refundUnits(world: World, fate: Fate): Promise<number> {
  const { shop } = world;
  const { merchantId } = shop;
  const sale = shop.ringUp('A', 12);
  const bench = openSaleBench(world, sale.id);
  let asks = 0;
  const look = async (at: number): Promise<boolean> => {
    asks += 1;
    const atMs = Date.now() + asks;
    const about = { eventId: 'e1', mayPush: true, modifiedAtMs: null, merchantId };
    await bench.relay.ask({ atMs, ...about });
    const wasHit = await bench.work(at, fate);
    bench.later();
    return wasHit;
  };
  await look(0);
  for (const [index, lineItemId] of sale.lineItemIds.entries()) {
    stage.clover.refundOrder(merchantId, sale.id, { lineItemIds: [lineItemId], restock: false });
    const wasHit = await look(index + 1);
    await look(0);
    const state = await bench.relay.viewPush();
    const what = `refund ${index + 1} ${fate}: ${state?.phase} ${state?.attention ?? state?.failure?.message}`;
    const [made, ...more] = bookedOrders(stage, shop, sale.id);
    expect(more, what).toEqual([]);
    expect(made?.refunds, what).toEqual(
      Array.from({ length: index + 1 }, () => ({
        total: 1_000,
        tax: 0,
        items: [{ type: 'PRODUCT', quantity: 1 }],
      })),
    );
    expect(state?.inStore?.refunds, what).toHaveLength(index + 1);
    expect(state?.phase, what).toBe('pushed');
    if (!wasHit) return index;
  }
  throw new Error('a refund takes more calls than are sane');
}

describe('a sale on its way to BigCommerce that is interrupted', () => {
  it.concurrent.each(FATES)(
    '[O5] at any call, when the worker %s it, ends in one order to the cent, refunded once',
    async (fate) => {
      const world = worlds.get(fate);
      if (world === undefined) throw new Error('not opened');
      let calls = 0;
      while (await bookWith(world, calls + 1, fate)) calls += 1;
      // Three reads, look up, channels (listed and made once), create, read back.
      expect(calls).toBeGreaterThanOrEqual(6);
      expect(calls).toBeLessThanOrEqual(9);
      const channels = Object.values(
        stage.bigcommerce.state.stores[world.shop.hash]?.channels ?? {},
      );
      expect(channels.filter(({ type }) => type === 'pos')).toHaveLength(1);
      // Three reads, both sides' refunds, quote, refund.
      expect(await refundUnits(world, fate)).toBe(7);
    },
    120_000,
  );
});

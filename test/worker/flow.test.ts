/**
 * Goal: a sale on either side reaches the other through the real Worker, queues, objects and D1. Method: both sandbox
 * platforms in process, a connection authorised through the real OAuth routes, and faults by hand.
 */
import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { effectId } from '../../src/domain/ids.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

/** Platform calls since `mark`, for counting and for the message when there are too many. */
const callsSince = (mark: number) =>
  stage.runtime.journal.calls.slice(mark).map(({ method, path }) => `${method} ${path}`);

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'flowstore');
  for (const sku of ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']) shop.add(sku, 20, 20);
  shop.add('DIFF', 9, 12);
  shop.add('NEW', null, 7);
  await shop.connect();
  // The sweep that follows a link must not be counted as calls of a sale.
  await shop.settle();
});

beforeEach(() => {
  stage.runtime.faults.calls.length = 0;
  stage.runtime.faults.hooks.length = 0;
});

describe('the main job', () => {
  it('[S1] linking starts from the lower count and brings both sides to it', async () => {
    await shop.settlesAt('DIFF', 9);
  });

  it('[S2] a sale in store lowers the web level, within 4 platform calls', async () => {
    const before = stage.runtime.journal.calls.length;
    shop.ringUp('A');
    await shop.settlesAt('A', 19);
    await shop.settle();
    const calls = callsSince(before);
    expect(calls.length, calls.join('\n')).toBeLessThanOrEqual(4);
  });

  it('[S2] a web sale lowers the level at the register, within 4 platform calls', async () => {
    const before = stage.runtime.journal.calls.length;
    shop.sellOnline('B');
    await shop.settlesAt('B', 19);
    await shop.settle();
    const calls = callsSince(before);
    expect(calls.length, calls.join('\n')).toBeLessThanOrEqual(4);
  });

  it('[S2] the ledger names the order behind each unit', async () => {
    const order = shop.ringUp('C', 2);
    await shop.settlesAt('C', 18);
    const answer = await shop.api('GET', '/skus/C/ledger');
    const { items } = await answer.json<{
      items: { cause: string; source: string; delta: number }[];
    }>();
    expect(items.filter(({ cause }) => cause === 'sale').map(({ source }) => source)).toContain(
      `order:${order.id}`,
    );
    expect(items.reduce((sum, { delta }) => sum + delta, 0)).toBe(18);
  });

  it('[R8] an entry tells when we heard of it and when the web showed it, and metrics count it', async () => {
    const order = shop.ringUp('C', 1);
    await shop.settlesAt('C', 17);
    await shop.settle();
    const answer = await shop.api('GET', '/skus/C/ledger?limit=1');
    const { items } = await answer.json<{ items: Record<string, unknown>[] }>();
    expect(items).toMatchObject([
      {
        source: `order:${order.id}`,
        happenedAt: expect.any(String),
        receivedAt: expect.any(String),
        written: [{ place: 'bigcommerce:1', lagMs: expect.any(Number) }],
        orderUrl: expect.stringContaining(`/orders/${order.id}`),
        productUrl: expect.stringContaining('/manage/products/edit/'),
      },
    ]);
    const counted = await until('the lag in the metrics', async () => {
      const metrics = await shop.api('GET', '/metrics');
      const { exposureMs } = await metrics.json<{ exposureMs: { count: number } }>();
      return exposureMs.count > 0 ? exposureMs : undefined;
    });
    expect(counted).toMatchObject({ p50Ms: expect.any(Number) });
  });
});

describe('webhooks that misbehave', () => {
  it('[R2] duplicates move the count once', async () => {
    stage.runtime.faults.hooks.push(
      { platform: 'clover', match: /./, fault: { kind: 'duplicate', times: 3 }, times: 4 },
      { platform: 'bigcommerce', match: /./, fault: { kind: 'duplicate', times: 3 }, times: 10 },
    );
    shop.ringUp('D');
    shop.sellOnline('D');
    await shop.settlesAt('D', 18);
  });

  it('[R2] late and reordered ones move the count once', async () => {
    stage.runtime.faults.hooks.push(
      {
        platform: 'bigcommerce',
        match: /order/,
        fault: { kind: 'delay', delayMs: 1_500 },
        times: 1,
      },
      { platform: 'bigcommerce', match: /./, fault: { kind: 'delay', delayMs: 700 }, times: 3 },
      { platform: 'clover', match: /./, fault: { kind: 'delay', delayMs: 900 }, times: 1 },
    );
    shop.sellOnline('E', 2);
    shop.ringUp('E', 3);
    shop.sellOnline('E', 1);
    await shop.settlesAt('E', 14);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await shop.settlesAt('E', 14);
  });

  it('[R4] a sale whose webhooks are all lost is found by a sweep', async () => {
    stage.runtime.faults.hooks.push({
      platform: 'bigcommerce',
      match: /./,
      fault: { kind: 'drop' },
      times: 50,
    });
    shop.sellOnline('F', 4);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(shop.register('F')).toBe(20);
    stage.runtime.faults.hooks.length = 0;
    expect((await shop.api('POST', '/reconcile', { scope: 'stock' })).status).toBe(202);
    await shop.settlesAt('F', 16);
  });
});

describe('dying between two steps', () => {
  it('[S5] a worker that dies after the platform wrote and before it confirmed counts once', async () => {
    const stub = await shop.ledger('G');
    // Silence the queue, so that this test plays the consumer.
    await runInDurableObject(stub, (instance) => {
      const own = instance as unknown as { env: Env };
      own.env = {
        ...own.env,
        WORK: { ...own.env.WORK, sendBatch: () => Promise.resolve() } as unknown as Queue,
      };
    });
    shop.ringUp('G', 5);
    const claimable = await until('the effect', async () => {
      const state = await runInDurableObject(stub, (_instance, ctx) =>
        JSON.parse(ctx.storage.sql.exec<{ state: string }>('SELECT state FROM ledger').one().state),
      );
      return (state.places[0]?.effect?.effectId as string | undefined) ?? undefined;
    });
    const claimed = await stub.claim(effectId(claimable), null);
    expect(claimed.claim).toBe('write');
    stage.bigcommerce.setLevel(shop.hash, shop.at('G').variantId, 15);
    // The lease runs out: an hour passes for the claim.
    await runInDurableObject(stub, (_instance, ctx) => {
      const { state } = ctx.storage.sql.exec<{ state: string }>('SELECT state FROM ledger').one();
      const aged = state.replaceAll(
        /"claim":\{"atMs":(\d+)/g,
        (_, ms) => `"claim":{"atMs":${Number(ms) - 3_600_000}`,
      );
      ctx.storage.sql.exec('UPDATE ledger SET state = ?', aged);
    });
    await evictAllDurableObjects();
    await until('the alarm', async () => ((await runDurableObjectAlarm(stub)) ? true : undefined));
    await shop.settlesAt('G', 15);
  });

  it('[R4] an alarm finds a poke that was lost, after an eviction', async () => {
    const stub = await shop.ledger('H');
    await runInDurableObject(stub, (instance) => {
      const own = instance as unknown as { env: Env };
      own.env = {
        ...own.env,
        WORK: { ...own.env.WORK, sendBatch: () => Promise.resolve() } as unknown as Queue,
      };
    });
    shop.ringUp('H');
    await until('the count', async () => ((await stub.view())?.onHand === 19 ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(shop.web('H')).toBe(20);
    await evictAllDurableObjects();
    await runInDurableObject(stub, (_instance, ctx) => {
      const { state } = ctx.storage.sql.exec<{ state: string }>('SELECT state FROM ledger').one();
      const aged = state.replaceAll(
        /"pokeAtMs":(\d+)/g,
        (_, ms) => `"pokeAtMs":${Number(ms) - 3_600_000}`,
      );
      ctx.storage.sql.exec('UPDATE ledger SET state = ?', aged);
    });
    await runDurableObjectAlarm(stub);
    await shop.settlesAt('H', 19);
  });
});

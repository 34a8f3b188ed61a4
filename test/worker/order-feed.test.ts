/**
 * Goal: an order whose every webhook was lost is found by the feed, and what is found is remembered. Method: a linked
 * shop on the stage; a register sale inside the window of our own write, so that no level will ever tell of it.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { findOrderMark } from '../../src/store/order-marks.ts';
import { ORDER_FEED_OVERLAP_MS } from '../../src/limits.ts';
import type { Work } from '../../src/queue/messages.ts';
import { pollOrders, startOrderFeed } from '../../src/sync/order-feed.ts';
import { portsFor } from '../../src/wiring.ts';
import { recording } from '../support/link-shop.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'feedstore');
  shop.add('FEED', 20, 20);
  await shop.connect();
  await shop.settle();
});

it('[R4] [S2] a register sale that our write swallowed and whose webhooks were lost is counted', async () => {
  // The answer of the write is slow: the sale falls between the read before it and its commit.
  stage.runtime.faults.calls.push({
    platform: 'clover',
    match: /^POST .*item_stocks/,
    fault: { kind: 'slow', latencyMs: 700 },
    times: 1,
  });
  stage.runtime.faults.hooks.push({
    platform: 'clover',
    match: /^(O|P|I)/,
    fault: { kind: 'drop' },
    times: 50,
  });
  shop.sellOnline('FEED');
  await until('the write to be under way', () =>
    stage.runtime.faults.calls.length === 0 ? true : undefined,
  );
  shop.ringUp('FEED');
  await until('the write', () => (shop.register('FEED') === 19 ? true : undefined));
  await atRest(stage, shop.hash);
  stage.runtime.faults.hooks.splice(0);
  // Nobody has heard of the register sale: 18 are on the shelf, both sides show 19.
  expect([shop.web('FEED'), shop.register('FEED')]).toEqual([19, 19]);
  const answer = await shop.api('POST', '/reconcile', { scope: 'orders' });
  expect(answer.status).toBe(202);
  await shop.settlesAt('FEED', 18);
  const { db } = portsFor(env);
  expect(await findOrderMark(db, shop.hash, shop.merchantId)).toBeGreaterThan(0);
  expect(await findOrderMark(db, shop.hash, shop.hash)).toBeGreaterThan(0);
});

it('[R2] a second poll tells the same orders again and changes nothing', async () => {
  await shop.api('POST', '/reconcile', { scope: 'orders' });
  await shop.settle();
  await shop.settlesAt('FEED', 18);
});

it.each([
  [
    'register',
    'clover',
    17,
    () => {
      const { id } = shop.ringUp('FEED');
      return { orderId: id, refund: () => void stage.clover.refundOrder(shop.merchantId, id) };
    },
  ],
  [
    'web',
    'bigcommerce',
    16,
    () => {
      const { id } = shop.sellOnline('FEED');
      return {
        orderId: String(id),
        refund: () => void stage.bigcommerce.refundOrder(shop.hash, id),
      };
    },
  ],
] as const)(
  '[R4] a %s refund whose webhooks were lost has its order read again',
  async (_, platform, level, sell) => {
    const { orderId, refund } = sell();
    await shop.settlesAt('FEED', level);
    stage.runtime.faults.hooks.push({ platform, match: /./, fault: { kind: 'drop' }, times: 50 });
    refund();
    const { ports, sent } = recording();
    await startOrderFeed(ports, shop.hash, 'refunds-event');
    const first = sent.filter((message) => message.kind === 'order_feed');
    const isOurs = (poll: Work<'order_feed'>) =>
      poll.platform === platform && poll.list === 'refunds';
    const poll = first.find(isOurs);
    if (poll === undefined) throw new Error('a poll of refunds expected');
    sent.length = 0;
    expect((await pollOrders(ports, poll)).ok).toBe(true);
    expect(sent).toMatchObject([{ kind: 'order', platform, orderId }]);
    expect(sent[0]).not.toHaveProperty('toldBy');
    const markMs = await findOrderMark(ports.db, shop.hash, poll.account, 'refunds');
    sent.length = 0;
    await startOrderFeed(ports, shop.hash, 'refunds-event');
    const next = sent.filter((message) => message.kind === 'order_feed').find(isOurs);
    // What lists show late is still found.
    expect(next?.sinceMs).toBe((markMs ?? 0) - ORDER_FEED_OVERLAP_MS);
    stage.runtime.faults.hooks.splice(0);
  },
);

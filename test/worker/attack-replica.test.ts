/**
 * Goal: a register sale arrives although Clover answers from a replica that is far behind. Method: real-time reads are
 * ignored ("overuse may be ignored", clover.md 0) and the replica lags longer than a message tried each second lasts.
 */
import { beforeAll, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { openStage, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage({ clover: { replicaLagMs: 0, realTimeReadsPerMinute: 0 } });
  shop = openShop(stage, 'replicastore');
  shop.add('LAG', 20, 20);
  await shop.connect();
  await shop.settle();
});

it('[R4] a hand edit that the replica shows only after its webhook was read is found by a later look', async () => {
  stage.clover.switches.replicaLagMs = 1_000;
  stage.clover.setStock(shop.merchantId, shop.at('LAG').itemId, 17);
  await shop.settlesAt('LAG', 17);
  stage.clover.setStock(shop.merchantId, shop.at('LAG').itemId, 20);
  await shop.settlesAt('LAG', 20);
});

it(
  '[R3] [S2] an order that the replica shows after 20 s is still told',
  { timeout: 120_000 },
  async () => {
    stage.clover.switches.replicaLagMs = 20_000;
    const order = shop.ringUp('LAG');
    await shop.settlesAt('LAG', 19, 90_000);
    const answer = await shop.api('GET', '/skus/LAG/ledger');
    const { items } = await answer.json<{ items: { cause: string; source: string }[] }>();
    const sales = items.filter(({ cause }) => cause === 'sale').map(({ source }) => source);
    expect(sales).toEqual([`order:${order.id}`]);
  },
);

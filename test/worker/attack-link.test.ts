/**
 * Goal: a sale made while its SKU is being linked is not lost. Method: applying a plan is held up on one SKU after the
 * level of another one was read; that one is sold meanwhile, and its webhooks find no link yet.
 */
import { beforeAll, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import {
  authoriseMerchant,
  installStore,
  openStage,
  planIn,
  until,
  type Stage,
} from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'linkrace');
  for (const sku of ['EARLY', 'SLOW']) shop.add(sku, 20, 20);
  await installStore(stage, shop.hash);
  await authoriseMerchant(stage, shop.hash, shop.merchantId);
});

it('[R4] [S2] a sale between the last read and the link reaches the other side', async () => {
  const started = await shop.api('POST', '/plans', { kind: 'link' });
  const { id } = await started.json<{ id: string }>();
  const { hash } = await planIn(stage, shop.hash, id, ['ready']);
  const path = `item_stocks/${shop.at('SLOW').itemId}`;
  stage.runtime.faults.calls.push({
    platform: 'clover',
    match: new RegExp(`^GET .*${path}`),
    fault: { kind: 'slow', latencyMs: 2_000 },
    times: 1,
  });
  const mark = stage.runtime.journal.calls.length;
  expect((await shop.api('POST', `/plans/${id}/apply`, { hash })).status).toBe(202);
  await until('the read of EARLY', () =>
    stage.runtime.journal.calls
      .slice(mark)
      .some((call) => call.path.includes(shop.at('EARLY').itemId))
      ? true
      : undefined,
  );
  shop.ringUp('EARLY', 2);
  await planIn(stage, shop.hash, id, ['applied']);
  await shop.settlesAt('EARLY', 18, 15_000);
});

/**
 * Goal: a merchant that went over to another store belongs to that store alone. Method: link a merchant to one store,
 * unlink it, link it to a second one, then sell in the first.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import {
  authoriseMerchant,
  installStore,
  linkAll,
  openStage,
  until,
  type Stage,
} from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'oldstore');
  shop.add('MOVED', 20, 20);
  await shop.connect();
  await shop.settle();
});

describe('a merchant that moved to another store', () => {
  it(
    '[X5] [R4] is not written to by what the store that it left had still to write',
    { timeout: 120_000 },
    async () => {
      stage.runtime.faults.calls.push({
        platform: 'clover',
        match: /^GET .*item_stocks/,
        fault: { kind: 'status', status: 500 },
        times: 1_000,
      });
      shop.sellOnline('MOVED', 3);
      const stub = await shop.ledger('MOVED');
      await until('a write that waits', async () =>
        (await stub.view())?.places.some(({ place, pending }) => pending && /clover/.test(place))
          ? true
          : undefined,
      );
      // The sale's own read and the write's: nothing of the old store is under way any more.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect((await shop.api('DELETE', `/clover/${shop.merchantId}`)).status).toBe(204);
      stage.runtime.faults.calls.length = 0;
      const other = 'newstore';
      stage.bigcommerce.createStore({ hash: other, name: 'New store' });
      const product = { name: 'Moved', sku: 'MOVED', price: 10, levels: { 1: 20 } };
      stage.bigcommerce.addProduct(other, product);
      await installStore(stage, other);
      await authoriseMerchant(stage, other, shop.merchantId);
      await linkAll(stage, other);
      // Longer than a first back-off and a lost poke: the old write has come up again.
      await new Promise((resolve) => setTimeout(resolve, 25_000));
      expect(shop.web('MOVED')).toBe(17);
      expect(shop.register('MOVED')).toBe(20);
      // Its account says so itself, whoever asks.
      const account = env.PLATFORM_ACCOUNT.getByName(`clover:${shop.merchantId}`);
      expect((await account.acquire('interactive', other)).ok).toBe(true);
      expect(await account.acquire('interactive', shop.hash)).toMatchObject({
        ok: false,
        failure: { code: 'disconnected' },
      });
      shop.ringUp('MOVED', 2);
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      expect(shop.web('MOVED')).toBe(17);
    },
  );
});

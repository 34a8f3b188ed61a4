/**
 * Goal: an outage of both platforms at once ends in the truth on both sides. Method: the next four calls of each fail,
 * whichever they are, then one unit is sold at the register.
 */
import { beforeAll, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { openStage, type Stage } from '../support/stage.ts';

/**
 * The order's and the payment's event each fail twice (10-20 s, then 10-40 s), the write once, the reads that must tell
 * what became of it three times (10 s each): 95 s at worst, 50 s in the middle.
 */
const WORST_MS = 110_000;

let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'attackstore');
  shop.add('OUT', 20, 20);
  await shop.connect();
  await shop.settle();
});

it(
  '[R3] [S5] four failed calls on each side delay a sale and lose nothing',
  { timeout: 150_000 },
  async () => {
    for (const platform of ['bigcommerce', 'clover'] as const) {
      const fault = { kind: 'status', status: 500 } as const;
      stage.runtime.faults.calls.push({ platform, match: /./, fault, times: 4 });
    }
    shop.ringUp('OUT');
    await shop.settlesAt('OUT', 19, WORST_MS);
    // All of them were met on the way.
    expect(stage.runtime.faults.calls).toEqual([]);
  },
);

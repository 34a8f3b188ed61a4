/**
 * Goal: what changes in the shape of a store (how a product is counted, a location switched off, a safety stock, pools,
 * an unlinked merchant) neither empties a shelf nor loses units. Method: the real Worker over both sandbox platforms.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { itemOf, recordOf } from '../sandbox/bigcommerce/stock.ts';
import { addItem, apply, operations, plan } from '../support/link-shop.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { atRest, authoriseMerchant, openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;
const SKUS = ['FLIP', 'FLOP', 'SAFE', 'OFF', 'MOVE'];

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'structure');
  for (const sku of SKUS) shop.add(sku, 20, 20);
  await shop.connect();
  await shop.settle();
});

beforeEach(() => {
  stage.runtime.faults.hooks.length = 0;
});

const store = () => {
  const found = stage.bigcommerce.state.stores[shop.hash];
  if (found === undefined) throw new Error('no store');
  return found;
};
const item = (sku: string) => {
  const found = itemOf(store(), shop.at(sku).variantId);
  if (found === undefined) throw new Error(`no item ${sku}`);
  return found;
};
const reconcile = () => shop.api('POST', '/reconcile', { scope: 'stock' });

interface Failures {
  items: { code: string; message: string }[];
}
const openFailures = async () =>
  (await (await shop.api('GET', '/failures')).json<Failures>()).items;

describe('a product that is counted by another id', () => {
  it('[S4] a sweep that reads nothing under the old id empties no register', async () => {
    stage.bigcommerce.editProduct(shop.hash, item('FLIP').product.id, { tracking: 'variant' });
    await reconcile();
    await until('the count to start again', () => (shop.web('FLIP') === 20 ? true : undefined));
    await shop.settlesAt('FLIP', 20);
    shop.ringUp('FLIP', 3);
    await shop.settlesAt('FLIP', 17);
  });

  it('[S4] a refused write looks the id up and starts the count there', async () => {
    stage.bigcommerce.editProduct(shop.hash, item('FLOP').product.id, { tracking: 'variant' });
    shop.ringUp('FLOP', 5);
    await shop.settlesAt('FLOP', 15);
    expect(await openFailures()).toEqual([]);
  });
});

describe('a safety stock that the merchant set in BigCommerce', () => {
  it('[S4] a fall below it gets there, and nothing is parked', async () => {
    recordOf(store(), item('SAFE'), 1).safetyStock = 8;
    shop.ringUp('SAFE', 15);
    await shop.settlesAt('SAFE', 5);
    const sku = await shop.sku('SAFE');
    expect(sku.places[0]).toMatchObject({ place: 'bigcommerce:1', safetyStock: 8 });
    expect(await openFailures()).toEqual([]);
    stage.clover.setStock(shop.merchantId, shop.at('SAFE').itemId, 30);
    await shop.settlesAt('SAFE', 30);
  });
});

describe('a location that is switched off', () => {
  it('[S12] its levels are left alone, said once, and follow when it is on again', async () => {
    stage.bigcommerce.editLocation(shop.hash, 1, { enabled: false });
    shop.ringUp('OFF', 2);
    const skipped = async () => {
      const { places } = await (
        await shop.api('GET', '/skus/OFF')
      ).json<{
        places: { place: string; skipped: string | null }[];
      }>();
      return places.find(({ place }) => place === 'bigcommerce:1')?.skipped ?? undefined;
    };
    expect(await until('the place to be skipped', skipped)).toContain('Location 1 is switched off');
    await atRest(stage, shop.hash);
    expect(shop.web('OFF')).toBe(20);
    expect(await openFailures()).toMatchObject([{ code: 'location_off' }]);
    const pools = [{ locationId: 1, merchantIds: [shop.merchantId] }];
    const refused = await shop.api('PATCH', '/settings', { stock: { pools } });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('is switched off in BigCommerce');
    stage.bigcommerce.editLocation(shop.hash, 1, { enabled: true });
    await shop.settlesAt('OFF', 18);
    expect(await openFailures()).toEqual([]);
  });
});

describe('pools', () => {
  it('[S10] settings name what BigCommerce or the connection does not know', async () => {
    const set = async (locationId: number, merchantId: string) => {
      const pools = [{ locationId, merchantIds: [merchantId] }];
      const answer = await shop.api('PATCH', '/settings', { stock: { pools } });
      return [answer.status, await answer.text()] as const;
    };
    const [unknown, why] = await set(77, shop.merchantId);
    expect(unknown).toBe(400);
    expect(why).toContain('stock.pools.0.locationId: location 77 does not exist in BigCommerce');
    const [stranger, whyNot] = await set(1, 'MERCHANT99999');
    expect(stranger).toBe(400);
    expect(whyNot).toContain('merchant MERCHANT99999 is not linked to this connection');
  });

  it('[S10] a second register joins, leaves when it is unlinked, and no write of it parks', async () => {
    const second = stage.clover.createMerchant({ name: 'Second register' }).id;
    const other = addItem({ ...shop, stage, merchantId: second }, 'MOVE', 20);
    await authoriseMerchant(stage, shop.hash, second);
    const pools = [{ locationId: 1, merchantIds: [shop.merchantId, second] }];
    expect((await shop.api('PATCH', '/settings', { stock: { pools } })).status).toBe(200);
    await apply({ ...shop, stage }, await plan({ ...shop, stage }));
    shop.sellOnline('MOVE', 2);
    await shop.settlesAt('MOVE', 18);
    expect(stage.clover.stock(second, other)).toBe(18);
    expect((await shop.api('DELETE', `/clover/${second}`)).status).toBe(204);
    shop.sellOnline('MOVE', 3);
    await shop.settlesAt('MOVE', 15);
    expect((await shop.sku('MOVE')).places.map(({ place }) => place)).toEqual([
      'bigcommerce:1',
      `clover:${shop.merchantId}`,
    ]);
    expect(stage.clover.stock(second, other)).toBe(18);
    expect(await openFailures()).toEqual([]);
  });

  it('[S10] two registers that split a shelf show parts, and each sells its own', async () => {
    const other = openShop(stage, 'splitting');
    other.add('PART', 10, 6);
    await other.connect();
    const shared = { ...other, stage };
    const second = stage.clover.createMerchant({ name: 'Other counter' }).id;
    const itemId = addItem({ ...shared, merchantId: second }, 'PART', 4);
    await authoriseMerchant(stage, other.hash, second);
    const pools = [
      { locationId: 1, merchantIds: [other.merchantId, second], policy: 'most-stock' },
    ];
    // A single register on the shelf had taken its lower count: the second one brings its own.
    await other.settlesAt('PART', 6);
    expect((await other.api('PATCH', '/settings', { stock: { pools } })).status).toBe(200);
    await apply(shared, await plan(shared));
    const levels = () => [
      other.web('PART'),
      other.register('PART'),
      stage.clover.stock(second, itemId),
    ];
    const show = async (expected: number[]) => {
      const same = () => (String(levels()) === String(expected) ? true : undefined);
      await until(`levels ${expected.join(', ')}, now ${levels().join(', ')}`, same);
      await atRest(stage, other.hash);
      expect(levels()).toEqual(expected);
    };
    await show([10, 6, 4]);
    stage.clover.ringUp(second, { lines: [{ itemId, quantity: 1 }] });
    await show([9, 6, 3]);
    other.sellOnline('PART', 4);
    await show([5, 2, 3]);
  });

  it('[S10] a register that moves to another location takes every count along, by a resync', async () => {
    const { id } = stage.bigcommerce.addLocation(shop.hash, { label: 'Second shop' });
    const pools = [{ locationId: id, merchantIds: [shop.merchantId] }];
    expect((await shop.api('PATCH', '/settings', { stock: { pools } })).status).toBe(200);
    const before = await Promise.all(SKUS.map(async (sku) => (await shop.sku(sku)).onHand));
    const made = await plan({ ...shop, stage }, 'resync');
    const [first] = await operations({ ...shop, stage }, made.id);
    expect(first?.reason).toContain(`gives its ${before[0]} to location ${id}`);
    await apply({ ...shop, stage }, made);
    for (const [index, sku] of SKUS.entries()) {
      const { onHand, places } = await shop.sku(sku);
      expect([sku, onHand]).toEqual([sku, before[index]]);
      expect(places.map(({ level }) => level)).toEqual([before[index], before[index]]);
      expect(stage.bigcommerce.level(shop.hash, shop.at(sku).variantId, id)).toBe(before[index]);
    }
    expect(
      await operations({ ...shop, stage }, (await plan({ ...shop, stage }, 'resync')).id),
    ).toEqual([]);
  });
});

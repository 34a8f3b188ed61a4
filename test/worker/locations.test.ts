/**
 * Goal: one merchant whose registers stand in two locations keeps both web levels and its one count true. Method: both
 * sandbox platforms, two locations, orders rung up on named devices, through the real Worker, queues, objects and D1.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { apply, operations, plan } from '../support/link-shop.ts';
import { openShop, type Shop } from '../support/shop.ts';
import {
  atRest,
  authoriseMerchant,
  installStore,
  linkAll,
  openStage,
  until,
} from '../support/stage.ts';
import type { Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;
let second: number;
let front: string;
let back: string;

const levels = (sku: string) => [
  stage.bigcommerce.level(shop.hash, shop.at(sku).variantId, 1),
  stage.bigcommerce.level(shop.hash, shop.at(sku).variantId, second),
  shop.register(sku),
];

async function shows(sku: string, expected: (number | null)[]): Promise<void> {
  await until(`${sku} at ${expected.join(', ')}`, () =>
    String(levels(sku)) === String(expected) ? true : undefined,
  );
  await shop.settle();
  expect(levels(sku)).toEqual(expected);
}

const deviceIds = () =>
  Object.keys(stage.clover.state.merchants[shop.merchantId]?.tables.devices ?? {});

const setPools = (...named: string[][]) =>
  shop.api('PATCH', '/settings', {
    stock: {
      pools: named.map((ids, index) => ({
        locationId: index === 0 ? 1 : second,
        merchantIds: [shop.merchantId],
        deviceIds: ids,
      })),
    },
  });

const ringUp = (sku: string, deviceId: string, quantity = 1) =>
  stage.clover.ringUp(shop.merchantId, {
    lines: [{ itemId: shop.at(sku).itemId, quantity }],
    deviceId,
  });

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'twoplaces');
  const location = stage.bigcommerce.addLocation(shop.hash, { label: 'Back street' });
  second = location.id;
  shop.add('SUM', 6, 10);
  shop.add('CAP', 6, 7);
  shop.add('LATE', 6, 10);
  for (const sku of ['SUM', 'CAP', 'LATE']) {
    stage.bigcommerce.setLevel(shop.hash, shop.at(sku).variantId, 4, second);
  }
  await installStore(stage, shop.hash);
  await authoriseMerchant(stage, shop.hash, shop.merchantId);
  front = deviceIds()[0] ?? '';
  back = stage.clover.addDevice(shop.merchantId, { name: 'Back' }).id;
  const set = await setPools([front], [back]);
  if (set.status !== 200) throw new Error(await set.text());
  await linkAll(stage, shop.hash);
  await shop.settle();
});

describe('a merchant in two locations', () => {
  it('[S10] starts from the web levels, and not with more than its register counts', async () => {
    await shows('SUM', [6, 4, 10]);
    await shows('CAP', [3, 4, 7]);
  });

  it('[S10] the device of a sale says which location has less, and which gets back what is returned', async () => {
    const order = ringUp('SUM', back, 3);
    await shows('SUM', [6, 1, 7]);
    const [lineItemId = ''] = order.lineItemIds;
    stage.clover.refundOrder(shop.merchantId, order.id, {
      lineItemIds: [lineItemId],
      restock: true,
    });
    await shows('SUM', [6, 2, 8]);
    ringUp('SUM', front);
    await shows('SUM', [5, 2, 7]);
    const body = await shop.sku('SUM');
    expect(body.onHand).toBe(7);
  });

  it('[S10] a web sale at either location lowers the register', async () => {
    shop.sellOnline('SUM');
    await shows('SUM', [4, 2, 6]);
    stage.bigcommerce.setLevel(shop.hash, shop.at('SUM').variantId, 1, second);
    await shows('SUM', [4, 1, 5]);
  });

  it('[S10] a fall without an order is taken from the fullest, and moves when its order is told', async () => {
    stage.runtime.faults.hooks.push({
      platform: 'clover',
      match: /./,
      fault: { kind: 'drop' },
      times: 10,
    });
    ringUp('LATE', back);
    expect((await shop.api('POST', '/skus/LATE/recount')).status).toBe(202);
    await shows('LATE', [5, 4, 9]);
    stage.runtime.faults.hooks.length = 0;
    expect((await shop.api('POST', '/reconcile', { scope: 'orders' })).status).toBe(202);
    await shows('LATE', [6, 3, 9]);
    const answer = await shop.api('GET', '/skus/LATE/ledger');
    const { items } = await answer.json<{ items: { cause: string; delta: number }[] }>();
    expect(items.reduce((sum, { delta }) => sum + delta, 0)).toBe(9);
    expect(items.filter(({ cause }) => cause === 'moved').map(({ delta }) => delta)).toEqual([
      -1, 1,
    ]);
    await atRest(stage, shop.hash);
  });

  it('[S10] refuses devices that Clover does not know or that stand twice, and names them', async () => {
    const refused = async (...named: string[][]) => {
      const answer = await setPools(...named);
      expect(answer.status).toBe(400);
      const { error } = await answer.json<{
        error: { details: { path: string; message: string }[] };
      }>();
      return error.details.map(({ path, message }) => `${path}: ${message}`).join('; ');
    };
    const stranger = crypto.randomUUID();
    expect(await refused([front], [stranger])).toMatch(
      new RegExp(`stock.pools.1.deviceIds: device ${stranger} is none of .*${back} \\("Back"\\)`),
    );
    expect(await refused([front, back], [back])).toMatch(
      `stock.pools.1.deviceIds: device ${back} is named at location 1 as well`,
    );
  });

  it('[S10] a device in no pool counts at the first location, and a person is told until it is named', async () => {
    const third = stage.clover.addDevice(shop.merchantId, { name: 'Third' }).id;
    ringUp('CAP', third);
    await shows('CAP', [2, 4, 6]);
    const answer = await shop.api('GET', '/skus/CAP/ledger');
    const { items } = await answer.json<{ items: { note: string }[] }>();
    expect(items.some(({ note }) => note.includes('stands in no pool'))).toBe(true);
    const open = async () => {
      const failures = await shop.api('GET', '/failures');
      return (await failures.json<{ items: { code: string; message: string }[] }>()).items;
    };
    expect(await open()).toEqual([
      expect.objectContaining({
        code: 'device_unassigned',
        message: expect.stringContaining(third),
        count: 1,
      }),
    ]);
    expect((await setPools([front], [back, third])).status).toBe(200);
    expect(await open()).toEqual([]);
    ringUp('CAP', third);
    await shows('CAP', [2, 3, 5]);
    expect(await open()).toEqual([]);
  });

  it('[S10] a location that joins later waits until a person says what its units are, and then moves them', async () => {
    const third = stage.bigcommerce.addLocation(shop.hash, { label: 'Market' }).id;
    stage.bigcommerce.setLevel(shop.hash, shop.at('LATE').variantId, 4, third);
    const extra = stage.clover.addDevice(shop.merchantId, { name: 'Stall' }).id;
    const { settings } = await (
      await shop.api('GET', '')
    ).json<{ settings: { stock: { pools: { locationId: number }[] } } }>();
    const joined = { locationId: third, merchantIds: [shop.merchantId], deviceIds: [extra] };
    const pools = [...settings.stock.pools, joined];
    expect((await shop.api('PATCH', '/settings', { stock: { pools } })).status).toBe(200);
    const own = { ...shop, stage };
    const asked = await plan(own, 'resync');
    const rows = await operations(own, asked.id);
    expect(rows.map(({ sku, outcome }) => [sku, outcome])).toEqual([
      ['CAP', 'planned'],
      ['LATE', 'open'],
      ['SUM', 'planned'],
    ]);
    expect(rows[1]?.reason).toMatch(/Location 3 shows 4.*Approve this.*"joins".*"extra"/);
    const decided = await stage.api(
      'POST',
      `/connections/${shop.hash}/plans/${asked.id}/decisions`,
      { approve: 'all' },
    );
    await apply(own, { id: asked.id, ...(await decided.json<{ hash: string }>()) });
    await shows('LATE', [2, 3, 9]);
    expect(stage.bigcommerce.level(shop.hash, shop.at('LATE').variantId, third)).toBe(4);
    expect((await shop.sku('LATE')).onHand).toBe(9);
    ringUp('LATE', extra);
    await shows('LATE', [2, 3, 8]);
    expect(stage.bigcommerce.level(shop.hash, shop.at('LATE').variantId, third)).toBe(3);
  });
});

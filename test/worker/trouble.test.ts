/**
 * Goal: whatever a platform answers, the sale arrives once or a person is told. Method: one fault per SKU on the call
 * that carries the sale over, then the shop must come to show the truth on both sides.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runSchedule } from '../../src/sync/schedule.ts';
import { portsFor } from '../../src/wiring.ts';
import type { CallFault } from '../sandbox/faults.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { openStage, until, type Stage } from '../support/stage.ts';

const WEB_WRITE = /^POST .*adjustments\/relative/;
const REGISTER_WRITE = /^POST .*item_stocks/;
const ORDER_READ = /^GET .*\/orders\//;
/** A time-out (10 s), the settle time and a retry. */
const SLOW_MS = 45_000;

let stage: Stage;
let shop: Shop;
let other: Shop;

const hit = (platform: 'bigcommerce' | 'clover', match: RegExp, fault: CallFault, times = 1) =>
  stage.runtime.faults.calls.push({ platform, match, fault, times });

const skus = [
  '429',
  '429H',
  '500',
  '401',
  '401C',
  '404',
  '422',
  'HB',
  'HA',
  'HC',
  'ORDER',
  'GONE',
  'PARK',
  'HOUR',
  'ISO',
];

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'troublestore');
  other = openShop(stage, 'otherstore');
  for (const sku of skus) shop.add(sku, 20, 20);
  other.add('ISO', 5, 5);
  await shop.connect();
  await other.connect();
});

beforeEach(() => {
  stage.runtime.faults.calls.length = 0;
  stage.runtime.faults.hooks.length = 0;
});

interface FailureBody {
  id: string;
  status: string;
  code: string;
  sku: string | null;
  message: string;
}

async function failuresOf(sku: string): Promise<FailureBody[]> {
  const answer = await shop.api('GET', '/failures');
  const { items } = await answer.json<{ items: FailureBody[] }>();
  return items.filter((failure) => failure.sku === sku);
}

describe('refused for now', () => {
  it('[R3] 429 with its headers: the write waits and arrives once', async () => {
    hit('bigcommerce', WEB_WRITE, { kind: 'rate-limited', waitMs: 800 });
    shop.ringUp('429H');
    await shop.settlesAt('429H', 19, SLOW_MS);
  });

  it('[R3] 429 without headers: the write backs off and arrives once', async () => {
    hit('clover', REGISTER_WRITE, { kind: 'status', status: 429 });
    shop.sellOnline('429');
    await shop.settlesAt('429', 19, SLOW_MS);
  });

  it('[R3] an order that cannot be read is read again', async () => {
    hit('clover', ORDER_READ, { kind: 'status', status: 503 });
    shop.ringUp('ORDER', 2);
    await shop.settlesAt('ORDER', 18, SLOW_MS);
  });
});

describe('refused for good', () => {
  it('[R3] [R7] 403 parks the write where a person sees it, and a replay carries it out', async () => {
    hit('bigcommerce', WEB_WRITE, { kind: 'status', status: 403 });
    shop.ringUp('PARK');
    const parked = await until('the failure', async () => (await failuresOf('PARK'))[0]);
    expect(parked).toMatchObject({ status: 'open', code: 'permission_missing' });
    expect(shop.web('PARK')).toBe(20);
    const replayed = await shop.api('POST', `/failures/${parked.id}/replay`);
    expect(replayed.status).toBe(202);
    await shop.settlesAt('PARK', 19, SLOW_MS);
    expect(await failuresOf('PARK')).not.toContainEqual(
      expect.objectContaining({ status: 'open' }),
    );
  });

  it('[R4] a parked write is tried again within the hour, without anybody', async () => {
    hit('bigcommerce', WEB_WRITE, { kind: 'status', status: 403 });
    shop.ringUp('HOUR');
    await until('the failure', async () => (await failuresOf('HOUR'))[0]);
    await until('the stored copy', async () => {
      const { parked } = await (await shop.api('GET', '/activity')).json<{ parked: number }>();
      return parked > 0 ? true : undefined;
    });
    const hourMs = 3_600_000;
    const nextHourMs = Math.ceil(Date.now() / hourMs) * hourMs;
    await runSchedule({ ...portsFor(env), now: () => nextHourMs });
    await shop.settlesAt('HOUR', 19, SLOW_MS);
  });

  it('[R3] 401 with a fresh token is a missing permission: parked, not tried in a loop', async () => {
    hit('clover', REGISTER_WRITE, { kind: 'status', status: 401 });
    shop.sellOnline('401C');
    const parked = await until('the failure', async () => (await failuresOf('401C'))[0]);
    expect(parked).toMatchObject({ status: 'open', code: 'permission_missing' });
    expect((await shop.api('POST', `/failures/${parked.id}/replay`)).status).toBe(202);
    await shop.settlesAt('401C', 19, SLOW_MS);
  });

  it('[S12] a register item that was deleted is skipped with its reason', async () => {
    stage.clover.deleteItem(shop.merchantId, shop.at('GONE').itemId);
    shop.sellOnline('GONE');
    const body = await until('the reason', async () => {
      const sku = (await (await shop.api('GET', '/skus/GONE')).json<unknown>()) as {
        places: { platform: string; skipped?: string | null }[];
      };
      return sku.places.find((place) => place.skipped) ? sku : undefined;
    });
    expect(body.places.find(({ platform }) => platform === 'clover')?.skipped).toMatch(/Clover/);
  });
});

describe('two connections', () => {
  it('[X5] do not see or move each other', async () => {
    shop.ringUp('ISO', 4);
    await shop.settlesAt('ISO', 16);
    await other.settlesAt('ISO', 5);
    const linkOf = await shop.sku('ISO');
    const otherLink = await other.sku('ISO');
    expect(linkOf.onHand).not.toBe(otherLink.onHand);
    const logs = await other.api('GET', '/logs?sku=ISO');
    const { items } = await logs.json<{ items: { message: string }[] }>();
    expect(JSON.stringify(items)).not.toContain(shop.merchantId);
  });
});

describe('outcome unknown', () => {
  it('[S5] 500 after sending: read first, then written once', async () => {
    hit('bigcommerce', WEB_WRITE, { kind: 'status', status: 500 });
    shop.ringUp('500', 3);
    await shop.settlesAt('500', 17, SLOW_MS);
  });

  it(
    '[S5] a time-out before or after the commit counts once, on either side',
    { timeout: 120_000 },
    async () => {
      hit('bigcommerce', WEB_WRITE, { kind: 'hang-before-commit' });
      shop.ringUp('HB', 2);
      await until('the hung call', () =>
        stage.runtime.faults.calls.length === 0 ? true : undefined,
      );
      hit('bigcommerce', WEB_WRITE, { kind: 'hang-after-commit' });
      shop.ringUp('HA', 2);
      await until('the hung call', () =>
        stage.runtime.faults.calls.length === 0 ? true : undefined,
      );
      hit('clover', REGISTER_WRITE, { kind: 'hang-after-commit' });
      shop.sellOnline('HC', 2);
      // The local queue runs one batch at a time, so three time-outs follow each other.
      for (const sku of ['HB', 'HA', 'HC']) await shop.settlesAt(sku, 18, SLOW_MS);
    },
  );
});

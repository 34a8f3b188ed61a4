/**
 * Goal: the report names every place that shows another level than it should, with its class, and nothing else.
 * Method: a linked shop on the stage, drift made of each kind; rows of many SKUs for pages and totals.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveLedgerViews } from '../../src/store/ledger-copies.ts';
import { saveLinks } from '../../src/store/links.ts';
import { closeFindings, saveFindings } from '../../src/store/drift.ts';
import { portsFor } from '../../src/wiring.ts';
import { ledgerView } from '../support/ports.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';
import { install, link, linked } from '../support/store.ts';

interface Row {
  sku: string;
  platform: string;
  place: string;
  level: number | null;
  target: number;
  difference: number;
  ageMs: number;
  class: string;
  heals: boolean;
  next: string;
}
interface Report {
  items: Row[];
  nextCursor: string | null;
  totals: Record<string, number>;
  totalsWhole: boolean;
  swept: { place: string; at: string | null }[];
}

let stage: Stage;
let shop: Shop;

beforeEach(() => {
  stage.runtime.faults.hooks.length = 0;
});

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'driftstore');
  for (const sku of ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']) shop.add(sku, 10, 10);
  await shop.connect();
  await shop.settle();
}, 60_000);

const report = async (query = ''): Promise<Report> =>
  (await shop.api('GET', `/drift${query}`)).json<Report>();
const totalOf = ({ totals }: Report): number =>
  Object.values(totals).reduce((sum, count) => sum + count, 0);

async function sweep(): Promise<void> {
  const asked = await shop.api('POST', '/reconcile', { scope: 'stock' });
  expect(asked.status).toBe(202);
  await until('the end of the sweep', async () => {
    const { swept } = await report();
    const ends = swept.map(({ at }) => Date.parse(at ?? ''));
    return ends.length === 2 && ends.every((ms) => ms > askedMs) ? true : undefined;
  });
  await atRest(stage, shop.hash);
}
let askedMs = 0;
const dropHooks = () => {
  askedMs = Date.now();
  stage.runtime.faults.hooks.push(
    { platform: 'clover', match: /./, fault: { kind: 'drop' }, times: 10_000 },
    { platform: 'bigcommerce', match: /./, fault: { kind: 'drop' }, times: 10_000 },
  );
};

describe('the report', () => {
  it('[R4] is empty while both sides show their targets, and says when they were read', async () => {
    askedMs = Date.now();
    await sweep();
    const now = await report();
    expect([now.items, totalOf(now), now.totalsWhole]).toEqual([[], 0, true]);
    expect(now.swept.map(({ place }) => place).toSorted()).toEqual([
      'bigcommerce:1',
      `clover:${shop.merchantId}`,
    ]);
  });

  it('[R4] [S11] shows what the mass guard holds, and nothing of it once it is gone', async () => {
    dropHooks();
    for (const sku of ['A', 'B', 'C', 'D']) {
      stage.clover.setStock(shop.merchantId, shop.at(sku).itemId, 0);
    }
    await sweep();
    const held = await report();
    expect(held.totals).toMatchObject({ manual_edit: 4 });
    expect(held.items).toHaveLength(4);
    const first = held.items.find(({ sku }) => sku === 'A');
    expect(first).toMatchObject({
      sku: 'A',
      platform: 'clover',
      level: 0,
      target: 10,
      difference: -10,
      heals: false,
      next: expect.stringContaining('mass guard'),
    });
    expect(first?.ageMs).toBeGreaterThanOrEqual(0);
    // Nothing was changed.
    expect([shop.web('A'), shop.register('A')]).toEqual([10, 0]);
    for (const sku of ['A', 'B', 'C', 'D']) {
      stage.clover.setStock(shop.merchantId, shop.at(sku).itemId, 10);
    }
    askedMs = Date.now();
    await sweep();
    expect((await report()).items).toEqual([]);
  });

  it('[R4] shows what the settings keep from being written, until they do not', async () => {
    const only = { stock: { direction: 'to-clover' } };
    expect((await shop.api('PATCH', '/settings', only)).status).toBe(200);
    shop.ringUp('E', 3);
    const now = await until('the drift', async () => {
      const seen = await report();
      const kinds = seen.items.map((row) => row.class).join();
      return kinds === 'switched_off' ? seen : undefined;
    });
    expect(now.items).toMatchObject([
      { sku: 'E', platform: 'bigcommerce', level: 10, target: 7, difference: 3, heals: false },
    ]);
    expect(now.totals).toMatchObject({ switched_off: 1 });
    await shop.api('PATCH', '/settings', { stock: { direction: null } });
    await shop.settlesAt('E', 7);
    expect((await report()).items).toEqual([]);
  });

  it('[R4] [S12] shows a place whose item is gone, with the reason', async () => {
    stage.bigcommerce.deleteProduct(shop.hash, await productOf('H'));
    const now = await until('the drift', async () => {
      const seen = await report();
      return seen.items.some(({ sku }) => sku === 'H') ? seen : undefined;
    });
    const rows = now.items.filter(({ sku }) => sku === 'H');
    expect(new Set(rows.map((row) => row.class))).toEqual(new Set(['structure']));
    expect(rows.every(({ heals }) => !heals)).toBe(true);
  });
});

async function productOf(sku: string): Promise<number> {
  const row = await env.DB.prepare(
    'SELECT product_id FROM links WHERE connection_id = ? AND sku = ?',
  )
    .bind(shop.hash, sku)
    .first<{ product_id: number }>();
  return row?.product_id ?? 0;
}

describe('pages and totals', () => {
  it('[R4] cover every drifting place once, and findings close with what agrees', async () => {
    const { db } = portsFor(env);
    await install(db, 'manyrows');
    await linked(db, 'manyrows', 'MANYROWS00001' as Parameters<typeof linked>[2]);
    const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
    await saveLinks(
      db,
      numbers.map((n) => link('manyrows', n, { items: [] })),
    );
    const views = numbers.map((n) => ledgerView('manyrows', `manyrows-l${n}`));
    await saveLedgerViews(db, views, Date.now());
    // Of each, the register shows 4 instead of 5, a read is due there.
    const place = 'bigcommerce:1';
    const seenAtMs = Date.now() + 1_000;
    const common = { connectionId: 'manyrows', place, level: 3, believed: 5, held: false };
    const times = { foundAtMs: seenAtMs, seenAtMs, platformModifiedMs: null };
    await saveFindings(db, [
      { ...common, ...times, linkId: 'manyrows-l7' },
      { ...common, ...times, linkId: 'manyrows-l8', level: 9 },
    ]);
    const seen: Row[] = [];
    let totals = {};
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = cursor === '' ? '?limit=7' : `?limit=7&cursor=${cursor}`;
      const answer = await stage.api('GET', `/connections/manyrows/drift${query}`);
      const page: Report = await answer.json<Report>();
      seen.push(...page.items);
      totals = page.totals;
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(32);
    expect(new Set(seen.map(({ sku, place: at }) => `${sku} ${at}`)).size).toBe(32);
    expect(totals).toMatchObject({ in_flight: 30, lost_event: 1, manual_edit: 1 });
    await closeFindings(db, 'manyrows', place, new Set(['manyrows-l7', 'manyrows-l9']));
    const rest = await stage.api('GET', '/connections/manyrows/drift?limit=1');
    expect((await rest.json<Report>()).totals).toMatchObject({ lost_event: 0, manual_edit: 1 });
  });
});

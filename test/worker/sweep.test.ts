/**
 * Goal: a sweep reads both sides, wakes only what differs and stops before a mass change. Method: a linked shop on the
 * stage, with sweeps run page by page by hand so that calls and messages can be counted.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Work } from '../../src/queue/messages.ts';
import { saveInstall } from '../../src/store/connections.ts';
import { listFailures } from '../../src/store/failures.ts';
import { replayFailure } from '../../src/sync/replay.ts';
import { startSweep, sweepDue, sweepPage } from '../../src/sync/sweep.ts';
import { portsFor } from '../../src/wiring.ts';
import { recording } from '../support/link-shop.ts';
import {
  atRest,
  authoriseMerchant,
  installStore,
  linkAll,
  openStage,
  until,
  type Stage,
} from '../support/stage.ts';

let stage: Stage;
let stores = 0;

interface Shop {
  readonly hash: string;
  readonly merchantId: string;
  readonly variants: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, string>;
}

/** A shop whose SKUs S0, S1, … show `level` on both sides and are linked. */
async function linkedShop(skus: number, level = 5): Promise<Shop> {
  stores += 1;
  const hash = `sweepstore${stores}`;
  stage.bigcommerce.createStore({ hash });
  const merchantId = stage.clover.createMerchant({ name: `Register ${stores}` }).id;
  await installStore(stage, hash);
  await authoriseMerchant(stage, hash, merchantId);
  const variants = new Map<string, number>();
  const items = new Map<string, string>();
  for (let index = 0; index < skus; index += 1) {
    const sku = `S${index}`;
    const input = { name: `Product ${sku}`, sku, price: 10, levels: { 1: level } };
    variants.set(sku, stage.bigcommerce.addProduct(hash, input).variantIds[0] ?? 0);
    const item = { name: `Item ${sku}`, sku, price: 1_000, quantity: level };
    items.set(sku, stage.clover.addItem(merchantId, item).id);
  }
  await linkAll(stage, hash);
  return { hash, merchantId, variants, items };
}

/** The sweep that follows every apply, and the echoes of it, must not be counted. */
async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3_500));
}

/** Runs a whole sweep by hand; what it sent to the ledgers, and the calls it made. */
async function sweep(shop: Shop): Promise<{ observed: Work<'observe'>[]; calls: string[] }> {
  const { ports, sent } = recording();
  const before = stage.runtime.journal.calls.length;
  expect((await startSweep(ports, shop.hash)).ok).toBe(true);
  const observed: Work<'observe'>[] = [];
  for (let message = sent.shift(); message !== undefined; message = sent.shift()) {
    if (message.kind === 'sweep') expect((await sweepPage(ports, message)).ok).toBe(true);
    if (message.kind === 'observe') observed.push(message);
  }
  const calls = stage.runtime.journal.calls.slice(before).map(({ platform }) => platform);
  return { observed, calls };
}

function dropHooks(): void {
  stage.runtime.faults.hooks.push(
    { platform: 'clover', match: /./, fault: { kind: 'drop' }, times: 10_000 },
    { platform: 'bigcommerce', match: /./, fault: { kind: 'drop' }, times: 10_000 },
  );
}

const setRegister = (shop: Shop, sku: string, level: number) =>
  stage.clover.setStock(shop.merchantId, shop.items.get(sku) ?? '', level);
const setWeb = (shop: Shop, sku: string, level: number) => {
  stage.bigcommerce.setLevel(shop.hash, shop.variants.get(sku) ?? 0, level);
};
const levels = (shop: Shop, sku: string) => [
  stage.bigcommerce.level(shop.hash, shop.variants.get(sku) ?? 0),
  stage.clover.stock(shop.merchantId, shop.items.get(sku) ?? ''),
];

beforeAll(() => {
  stage = openStage();
});

beforeEach(() => {
  stage.runtime.faults.calls.length = 0;
  stage.runtime.faults.hooks.length = 0;
});

describe('a sweep', () => {
  it('[R4] makes one call per side and wakes no ledger when nothing changed', async () => {
    const shop = await linkedShop(4);
    await quiet();
    const { observed, calls } = await sweep(shop);
    expect(observed).toEqual([]);
    expect(calls.toSorted()).toEqual(['bigcommerce', 'clover']);
  });

  it('[R4] tells only the ledgers whose level differs, and unlinked rows are counted', async () => {
    const shop = await linkedShop(6);
    await quiet();
    dropHooks();
    stage.clover.addItem(shop.merchantId, { name: 'Stranger', sku: 'X', price: 1, quantity: 9 });
    setRegister(shop, 'S1', 3);
    setWeb(shop, 'S2', 7);
    const { observed } = await sweep(shop);
    expect(observed.map(({ place, level }) => [place, level])).toEqual([
      ['bigcommerce:1', 7],
      [`clover:${shop.merchantId}`, 3],
    ]);
    // Once more through the queue, whose consumer stores what was logged.
    expect((await startSweep(portsFor(env), shop.hash)).ok).toBe(true);
    const page = await until('the log of the page', async () => {
      const answer = await stage.api('GET', `/connections/${shop.hash}/logs`);
      const { items } = await answer.json<{ items: { operation: string; message: string }[] }>();
      return items.find(({ operation, message }) => operation === 'sweep.page' && message !== '');
    });
    expect(page.message).toContain('levels of');
  });

  it('[R4] finds sales whose webhooks were all lost, and both sides agree again', async () => {
    const shop = await linkedShop(5);
    await quiet();
    dropHooks();
    const [itemId, variantId] = [shop.items.get('S0') ?? '', shop.variants.get('S1') ?? 0];
    stage.clover.ringUp(shop.merchantId, { lines: [{ itemId, quantity: 2 }] });
    stage.bigcommerce.placeOrder(shop.hash, { lines: [{ variantId, quantity: 1 }] });
    await new Promise((resolve) => setTimeout(resolve, 200));
    stage.runtime.faults.hooks.length = 0;
    expect((await startSweep(portsFor(env), shop.hash)).ok).toBe(true);
    await until('both sides', () =>
      [...levels(shop, 'S0'), ...levels(shop, 'S1')].join() === '3,3,4,4' ? true : undefined,
    );
    await atRest(stage, shop.hash);
    expect([levels(shop, 'S0'), levels(shop, 'S1'), levels(shop, 'S2')]).toEqual([
      [3, 3],
      [4, 4],
      [5, 5],
    ]);
  });

  it('[S11] stops before a mass change, leaves everything as it is, and goes on when replayed', async () => {
    const shop = await linkedShop(10);
    await quiet();
    dropHooks();
    for (const sku of ['S0', 'S1', 'S2']) setRegister(shop, sku, 0);
    const { observed } = await sweep(shop);
    expect(observed).toEqual([]);
    const { ports, sent } = recording();
    const { items } = await listFailures(ports.db, shop.hash, 'open', null, 10);
    expect(items).toHaveLength(1);
    const [failure] = items;
    expect(failure).toMatchObject({
      code: 'stale',
      source: 'work:sweep',
      message: expect.stringContaining('3 of 10 linked SKUs would fall to 0'),
    });
    expect(levels(shop, 'S0')).toEqual([5, 0]);

    if (failure === undefined) throw new Error('one failure expected');
    expect((await replayFailure(ports, failure)).ok).toBe(true);
    expect((await sweepPage(ports, sent[0] as Work<'sweep'>)).ok).toBe(true);
    const told = sent.filter((message) => message.kind === 'observe');
    expect(told).toHaveLength(3);
  });

  it('[S11] goes on at the share, and beyond it for fewer than three SKUs', async () => {
    const shop = await linkedShop(5);
    await quiet();
    dropHooks();
    setRegister(shop, 'S0', 0);
    setRegister(shop, 'S1', 0);
    expect((await sweep(shop)).observed).toHaveLength(2);
  });

  it('[R3] answers a failure that passes, so that the page comes again', async () => {
    const shop = await linkedShop(1);
    const { ports, sent } = recording();
    await startSweep(ports, shop.hash);
    stage.runtime.faults.calls.push({
      platform: 'bigcommerce',
      match: /inventory/,
      fault: { kind: 'status', status: 503 },
      times: 1,
    });
    const page = sent.find((message) => message.kind === 'sweep');
    if (page?.kind !== 'sweep') throw new Error('a page expected');
    expect(await sweepPage(ports, page)).toMatchObject({
      ok: false,
      failure: { code: 'platform_unavailable' },
    });
    expect((await sweepPage(ports, page)).ok).toBe(true);
  });

  it('[R4] pages through a large shop: one call per 1,000 levels and side, also to link it', async () => {
    const before = stage.runtime.journal.calls.length;
    const shop = await linkedShop(1_010, 2);
    const { hash, merchantId } = shop;
    const linking = stage.runtime.journal.calls.slice(before).filter(({ account, path }) => {
      const isOurs = account === hash || account === merchantId;
      return isOurs && /\/(products|inventory|items|item_stocks)\b/.test(path);
    });
    // Products 5, inventory 2, items 2; the sweep that follows may have begun.
    expect(linking.length).toBeLessThanOrEqual(9 + 4);
    await quiet();
    const { observed, calls } = await sweep(shop);
    expect(observed).toEqual([]);
    expect(calls.toSorted()).toEqual(['bigcommerce', 'bigcommerce', 'clover', 'clover']);
    dropHooks();
    setWeb(shop, 'S1005', 1);
    const late = await sweep(shop);
    expect(late.observed.map(({ level }) => level)).toEqual([1]);
  }, 120_000);
});

describe('what cron starts', () => {
  it('[R4] sweeps that are due start once, and ledgers that wait for long are poked', async () => {
    const shop = await linkedShop(2);
    await quiet();
    const { ports, sent } = recording();
    const due = 'UPDATE connections SET sweep_due_at_ms = ? WHERE id = ?';
    await env.DB.prepare('UPDATE connections SET sweep_due_at_ms = ?')
      .bind(Date.now() + 3_600_000)
      .run();
    await env.DB.prepare(due)
      .bind(Date.now() - 1, shop.hash)
      .run();
    await sweepDue(ports);
    expect(sent.map((message) => [message.kind, message.connectionId])).toEqual([
      ['sweep', shop.hash],
      ['sweep', shop.hash],
    ]);
    sent.length = 0;
    await sweepDue(ports);
    expect(sent).toEqual([]);

    await env.DB.prepare(
      'UPDATE ledger_copies SET outstanding_since_ms = ? WHERE connection_id = ? AND link_id = (SELECT min(link_id) FROM links WHERE connection_id = ?)',
    )
      .bind(Date.now() - 10 * 60_000, shop.hash, shop.hash)
      .run();
    await sweepDue(ports);
    expect(sent.map((message) => message.kind)).toEqual(['evaluate']);
  });

  it('[R4] a connection that cannot be swept is logged and does not keep the others', async () => {
    const shop = await linkedShop(1);
    const { ports, sent } = recording();
    await saveInstall(ports.db, {
      id: 'nomerchant' as Parameters<typeof saveInstall>[1]['id'],
      name: 'No merchant',
      currency: 'USD',
      timeZone: 'UTC',
      planLevel: 'Standard',
      scopes: [],
      nowMs: 1,
    });
    await env.DB.prepare('UPDATE connections SET sweep_due_at_ms = 2 WHERE id = ?')
      .bind(shop.hash)
      .run();
    await sweepDue(ports);
    const swept = sent.filter((message) => message.kind === 'sweep');
    expect(swept.map(({ connectionId }) => connectionId)).toEqual([shop.hash, shop.hash]);
  });

  it('[X5] a sweep of a connection that was uninstalled reads nothing', async () => {
    const shop = await linkedShop(1);
    const { ports, sent } = recording();
    await startSweep(ports, shop.hash);
    await env.DB.prepare("UPDATE connections SET status = 'uninstalled' WHERE id = ?")
      .bind(shop.hash)
      .run();
    const before = stage.runtime.journal.calls.length;
    expect(await sweepPage(ports, sent[0] as Work<'sweep'>)).toMatchObject({
      ok: false,
      failure: { code: 'disconnected' },
    });
    expect(stage.runtime.journal.calls.length).toBe(before);
    expect(await startSweep(ports, shop.hash)).toMatchObject({ ok: false });
  });
});

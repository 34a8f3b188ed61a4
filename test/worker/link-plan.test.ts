/**
 * Goal: a plan shows what would happen and writes nothing; later plans carry only differences. Method: the real Worker on
 * the stage, a shop per test.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Work } from '../../src/queue/messages.ts';
import { applyPlan, computePlan, requestApply, startPlan, stopPlan } from '../../src/sync/link.ts';
import {
  addItem,
  addWeb,
  apply,
  applyMessage,
  computed,
  newShop,
  operations,
  plan,
  planRow,
  recording,
  register,
  rowsOf,
  skuOf,
  web,
} from '../support/link-shop.ts';
import { openStage, installStore, until, type Stage } from '../support/stage.ts';

let stage: Stage;

beforeAll(() => {
  stage = openStage();
});

beforeEach(() => {
  stage.runtime.faults.calls.length = 0;
  stage.runtime.faults.hooks.length = 0;
});

describe('planning', () => {
  it('[C7] shows what would be linked, with levels before and after, and writes nothing', async () => {
    const shop = await newShop(stage);
    const variantId = addWeb(shop, 'BOTH', 9);
    const itemId = addItem(shop, 'BOTH', 12);
    addWeb(shop, 'WEB-ONLY', 1);
    addItem(shop, 'REGISTER-ONLY', 1);
    addWeb(shop, 'untracked', 1, { tracking: 'none', levels: {} });
    addItem(shop, 'untracked', 1);
    addWeb(shop, 'TWINS', 1);
    addItem(shop, 'TWINS', 1);
    addItem(shop, 'TWINS', 1);
    addWeb(shop, 'alike', 1);
    addItem(shop, 'ALIKE', 1);
    const before = stage.runtime.journal.calls.length;
    const made = await plan(shop);
    const calls = stage.runtime.journal.calls.slice(before);
    // Webhooks of the store that was just installed may still be on their way.
    const writes = calls.filter(({ method, path }) => method !== 'GET' && !path.includes('/hooks'));
    expect(writes).toEqual([]);
    expect(made.status).toBe('needs_decision');
    expect(made.counts).toMatchObject({ link: 1, unmatched: 2, ambiguous: 2, skip: 1, open: 2 });
    const rows = await operations(shop, made.id);
    expect(rows.find(({ sku }) => sku === 'BOTH')).toMatchObject({
      kind: 'link',
      outcome: 'planned',
      before: {
        places: [
          { place: 'bigcommerce:1', level: 9 },
          { place: `clover:${shop.merchantId}`, level: 12 },
        ],
      },
      after: { onHand: 9, places: [{ target: 9 }, { target: 9 }] },
    });
    expect(rows.find(({ sku }) => sku === 'TWINS')).toMatchObject({
      kind: 'ambiguous',
      outcome: 'open',
    });
    expect(rows.find(({ sku }) => sku === 'alike')?.reason).toContain('"ALIKE"');
    expect([web(shop, variantId), register(shop, itemId)]).toEqual([9, 12]);
    expect(await rowsOf('SELECT * FROM links WHERE connection_id = ?', shop.hash)).toEqual([]);
  });

  it('[C7] needs a connected Clover merchant, and one plan at a time', async () => {
    const hash = 'nomerchant';
    stage.bigcommerce.createStore({ hash });
    await installStore(stage, hash);
    const refused = await stage.api('POST', `/connections/${hash}/plans`, { kind: 'link' });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('No Clover merchant is connected');

    const shop = await newShop(stage);
    const { ports } = recording();
    const first = await startPlan(ports, shop.hash, 'link');
    expect(first.ok).toBe(true);
    const second = await startPlan(ports, shop.hash, 'link');
    expect(second).toMatchObject({ ok: false, failure: { code: 'conflict' } });
    const id = first.ok ? first.value.id : '';
    expect(await stopPlan(ports, shop.hash, id)).toBe(true);
    expect((await startPlan(ports, shop.hash, 'link')).ok).toBe(true);
  });

  it('[S12] a merchant whose Clover does not track stock fails the plan with what to do', async () => {
    const shop = await newShop(stage);
    stage.clover.setProperties(shop.merchantId, { trackStock: false });
    const { ports, sent } = recording();
    await startPlan(ports, shop.hash, 'link');
    const message = sent[0] as Work<'plan'>;
    expect(await computePlan(ports, message)).toEqual({ ok: true, value: undefined });
    const row = await planRow(shop, message.planId);
    expect(row.status).toBe('failed');
    expect(row.error).toContain('does not track stock');
  });

  it('[S10] a pool with a location that the store has no longer fails the plan by name', async () => {
    const shop = await newShop(stage);
    const { id: locationId } = stage.bigcommerce.addLocation(shop.hash, { label: 'Pop-up' });
    const pools = [{ locationId, merchantIds: [shop.merchantId] }];
    await stage.api('PATCH', `/connections/${shop.hash}/settings`, { stock: { pools } });
    delete stage.bigcommerce.state.stores[shop.hash]?.locations[locationId];
    const { ports, sent } = recording();
    await startPlan(ports, shop.hash, 'link');
    const message = sent[0] as Work<'plan'>;
    await computePlan(ports, message);
    expect(await planRow(shop, message.planId)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining(`Location ${locationId}`),
    });
  });

  it('[R3] a failure that passes is tried again from the start and gives the same plan', async () => {
    const shop = await newShop(stage);
    addWeb(shop, 'A', 3);
    addItem(shop, 'A', 3);
    const { hash } = await computed(shop);
    stage.runtime.faults.calls.push({
      platform: 'clover',
      match: /GET .*\/items\?/,
      fault: { kind: 'status', status: 503 },
      times: 1,
    });
    const { ports, sent } = recording();
    const started = await startPlan(ports, shop.hash, 'link');
    const message = sent[0] as Work<'plan'>;
    expect(await computePlan(ports, message)).toMatchObject({
      ok: false,
      failure: { code: 'platform_unavailable' },
    });
    const id = started.ok ? started.value.id : '';
    expect(await planRow(shop, id)).toMatchObject({ status: 'computing' });
    expect(await computePlan(ports, message)).toEqual({ ok: true, value: undefined });
    expect(await planRow(shop, id)).toMatchObject({ status: 'ready', hash, error: null });
  });
});

describe('later plans', () => {
  it('[C8] nothing changed: nothing to do', async () => {
    const shop = await newShop(stage);
    addWeb(shop, 'A', 3);
    addItem(shop, 'A', 3);
    await apply(shop, await plan(shop));
    const again = await plan(shop);
    expect(again.counts).toMatchObject({ link: 0, relink: 0, unchanged: 1 });
    expect(await operations(shop, again.id)).toEqual([]);
  });

  it('[C4] a renamed SKU keeps its link, its ledger and its count', async () => {
    const shop = await newShop(stage);
    const variantId = addWeb(shop, 'OLD', 3);
    addItem(shop, 'OLD', 3);
    await apply(shop, await plan(shop));
    const [link] = await rowsOf<{ link_id: string }>(
      'SELECT link_id FROM links WHERE connection_id = ?',
      shop.hash,
    );
    stage.bigcommerce.editVariant(shop.hash, variantId, { sku: 'NEW' });
    await apply(shop, await plan(shop));
    expect(
      await rowsOf('SELECT link_id, sku FROM links WHERE connection_id = ?', shop.hash),
    ).toEqual([{ link_id: link?.link_id, sku: 'NEW' }]);
    expect((await skuOf(shop, 'NEW')).onHand).toBe(3);
    const ledger = await stage.api('GET', `/connections/${shop.hash}/skus/NEW/ledger`);
    const { items } = await ledger.json<{ items: { cause: string }[] }>();
    expect(items.map(({ cause }) => cause)).toEqual(['baseline']);
  });

  it('[S12] a link whose product was deleted is marked as broken', async () => {
    const shop = await newShop(stage);
    addWeb(shop, 'GONE', 3);
    addItem(shop, 'GONE', 3);
    await apply(shop, await plan(shop));
    const [row] = await rowsOf<{ product_id: number }>(
      'SELECT product_id FROM links WHERE connection_id = ?',
      shop.hash,
    );
    // Its webhook would mark the link before the plan can.
    const lost = { match: /./, fault: { kind: 'drop' }, times: 100 } as const;
    stage.runtime.faults.hooks.push({ platform: 'bigcommerce', ...lost });
    stage.bigcommerce.deleteProduct(shop.hash, row?.product_id ?? 0);
    await apply(shop, await plan(shop));
    expect(await rowsOf('SELECT status FROM links WHERE connection_id = ?', shop.hash)).toEqual([
      { status: 'broken' },
    ]);
    expect((await plan(shop)).counts).toMatchObject({ relink: 0, unmatched: 1 });
  });

  it('[S12] a resync finds what every webhook missed and brings both sides together', async () => {
    const shop = await newShop(stage);
    const variantId = addWeb(shop, 'LOST', 20);
    const itemId = addItem(shop, 'LOST', 20);
    addWeb(shop, 'FINE', 5);
    addItem(shop, 'FINE', 5);
    await apply(shop, await plan(shop));
    stage.runtime.faults.hooks.push(
      { platform: 'clover', match: /./, fault: { kind: 'drop' }, times: 100 },
      { platform: 'bigcommerce', match: /./, fault: { kind: 'drop' }, times: 100 },
    );
    stage.clover.setStock(shop.merchantId, itemId, 14);
    const made = await plan(shop, 'resync');
    expect(made.counts).toMatchObject({ resync: 1, unchanged: 1 });
    expect(await operations(shop, made.id)).toMatchObject([
      { kind: 'resync', sku: 'LOST', before: { onHand: 20 }, after: { onHand: 14 } },
    ]);
    stage.runtime.faults.hooks.length = 0;
    await apply(shop, made);
    await until('14 on the web', () => (web(shop, variantId) === 14 ? true : undefined));
    expect(register(shop, itemId)).toBe(14);
    expect((await skuOf(shop, 'LOST')).onHand).toBe(14);
  });

  it('[X5] a plan of one connection is not another one’s to apply', async () => {
    const [mine, other] = [await newShop(stage), await newShop(stage)];
    const made = await plan(mine);
    const { ports } = recording();
    expect(await requestApply(ports, other.hash, made.id, made.hash, 'test')).toMatchObject({
      ok: false,
      failure: { code: 'not_found' },
    });
    await applyPlan(ports, applyMessage(other, made.id));
    expect((await planRow(mine, made.id)).status).toBe('ready');
  });
});

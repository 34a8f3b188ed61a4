/**
 * Goal: both catalogs are mended by a plan that is looked at, applied in batches, resumed after a crash and taken back.
 * Method: one shop on both sandbox platforms with untidy rows; pieces run by hand where a crash is tried.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { applyPlan, requestApply } from '../../src/sync/link.ts';
import {
  addItem,
  addWeb,
  apply,
  applyMessage,
  newShop,
  operations,
  planOperations,
  recording,
  web,
  type Shop,
} from '../support/link-shop.ts';
import { fieldOf, openBrowser } from '../support/browser.ts';
import { atRest, openStage, planIn, type Stage } from '../support/stage.ts';
import { find, PRIMARY } from '../sandbox/clover/store.ts';

let stage: Stage;
let shop: Shop;
const ids = { blank: 0, alike: 0, plain: 0, untracked: 0, shirt: 0 };
const items = { trim: '', alike: '', code: '', counted: '' };

const store = () => {
  const found = stage.bigcommerce.state.stores[shop.hash];
  if (found === undefined) throw new Error('no store');
  return found;
};
const variant = (id: number) => store().variants[id];
const product = (id: number) => store().products[variant(id)?.productId ?? 0];
const itemRow = (id: string) => {
  const tables = stage.clover.state.merchants[shop.merchantId]?.tables;
  return tables === undefined ? undefined : find(tables.items, id, PRIMARY)?.more;
};
const writes = (mark: number): string[] =>
  stage.runtime.journal.calls
    .slice(mark)
    .filter(({ method, path }) => method !== 'GET' && /bulk_items|catalog|inventory/u.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/^.*\/(v3\/)?/u, '')}`);

async function cleanup(request: Record<string, unknown>) {
  const path = `/connections/${shop.hash}/plans`;
  const started = await stage.api('POST', path, { kind: 'cleanup', ...request });
  if (started.status !== 202) throw new Error(await started.text());
  const { id } = await started.json<{ id: string }>();
  return { id, ...(await planIn(stage, shop.hash, id, ['ready', 'needs_decision'])) };
}

beforeAll(async () => {
  stage = openStage();
  shop = await newShop(stage);
  ids.blank = addWeb(shop, '', 1, { name: 'No code' });
  ids.alike = addWeb(shop, 'Mug-1', 1);
  ids.plain = addWeb(shop, 'CODE', 1, { upc: '4006381333931' });
  ids.untracked = addWeb(shop, 'COUNTED', null, { tracking: 'none' });
  const shirt = stage.bigcommerce.addProduct(shop.hash, {
    name: 'Shirt',
    price: 20,
    variants: [{ sku: ' s-1 ', options: { Size: 'S' }, levels: { 1: 4 } }],
  });
  ids.shirt = shirt.variantIds[0] ?? 0;
  items.trim = addItem(shop, ' S-2', 5);
  items.alike = addItem(shop, 'MUG-1', 5);
  items.code = addItem(shop, 'CODE', 5);
  items.counted = addItem(shop, 'COUNTED', 6);
});

const ALL = {
  rules: ['generate_skus', 'trim_skus', 'align_skus', 'copy_barcodes', 'turn_tracking_on'],
  pattern: 'NEW-{n:3}',
};

describe('a clean-up', () => {
  it('[C6] is refused without rules, with a pattern that makes one SKU only, and with unknown keys', async () => {
    for (const request of [
      {},
      { rules: [] },
      { rules: ['x'] },
      { ...ALL, pattern: 'A' },
      { ...ALL, more: 1 },
    ]) {
      const path = `/connections/${shop.hash}/plans`;
      const answer = await stage.api('POST', path, { kind: 'cleanup', ...request });
      expect(answer.status, JSON.stringify(request)).toBe(400);
    }
  });

  it('[C7] shows old and new values, writes nothing before it is applied, and what a person rejects is left', async () => {
    const mark = stage.runtime.journal.calls.length;
    const made = await cleanup(ALL);
    expect(writes(mark)).toEqual([]);
    expect(made.counts).toMatchObject({ sku: 4, barcode: 1, tracking: 1 });
    const rows = await operations(shop, made.id);
    expect(rows.find(({ kind }) => kind === 'tracking')?.reason).toContain('COUNTED: 6');
    const trimmed = rows.find(({ sku }) => sku === ' S-2');
    const path = `/connections/${shop.hash}/plans/${made.id}/decisions`;
    const decided = await stage.api('POST', path, { reject: [trimmed?.seq] });
    const { hash } = await decided.json<{ hash: string }>();
    await apply(shop, { id: made.id, hash });
    expect(variant(ids.blank)?.sku).toBe('NEW-001');
    expect(product(ids.blank)?.sku).toBe('NEW-001');
    expect(variant(ids.shirt)?.sku).toBe('s-1');
    expect(itemRow(items.alike)).toMatchObject({ sku: 'Mug-1' });
    expect(itemRow(items.code)).toMatchObject({ code: '4006381333931' });
    expect(itemRow(items.trim)).toMatchObject({ sku: ' S-2' });
    expect(product(ids.untracked)?.tracking).toBe('product');
    expect(web(shop, ids.untracked)).toBe(6);
    const again = await cleanup(ALL);
    expect(again.counts).toMatchObject({ sku: 1, barcode: 0, tracking: 0 });

    const undo = await stage.api('POST', `/connections/${shop.hash}/plans/${made.id}/undo`);
    const { id } = await undo.json<{ id: string }>();
    const back = await planIn(stage, shop.hash, id, ['ready']);
    expect(back.counts).toMatchObject({ sku: 3, barcode: 1, tracking: 1 });
    await apply(shop, { id, hash: back.hash });
    expect(variant(ids.blank)?.sku).toBe('');
    expect(variant(ids.shirt)?.sku).toBe(' s-1 ');
    expect(itemRow(items.alike)).toMatchObject({ sku: 'MUG-1' });
    expect(itemRow(items.code)?.['code'] ?? '').toBe('');
    expect(product(ids.untracked)?.tracking).toBe('none');
  });

  it('[C7] a piece that comes again after a crash writes nothing twice, and leaves what somebody changed meanwhile', async () => {
    const made = await cleanup(ALL);
    const { ports } = recording();
    expect(await requestApply(ports, shop.hash, made.id, made.hash, 'test')).toMatchObject({
      ok: true,
    });
    stage.clover.editItem(shop.merchantId, items.trim, { sku: 'by hand' });
    // The web's half is written, then the register cannot be reached: the message comes back.
    const real = ports.fetch;
    const cut = {
      ...ports,
      fetch: (request: Request) =>
        request.url.includes('bulk_items') ? Promise.reject(new TypeError('cut')) : real(request),
    };
    const message = applyMessage(shop, made.id);
    expect(await applyPlan(cut, message)).toMatchObject({ ok: false });
    expect(product(ids.blank)?.sku).toBe('NEW-001');
    const mark = stage.runtime.journal.calls.length;
    expect(await applyPlan(ports, message)).toMatchObject({ ok: true });
    await planIn(stage, shop.hash, made.id, ['applied']);
    await atRest(stage, shop.hash);
    // What was written before the cut is not written again.
    expect(writes(mark).filter((call) => call.includes('variants/'))).toEqual([]);
    const rows = await planOperations(shop, made.id);
    const outcomeOf = (sku: string) => rows.find((row) => row.sku === sku);
    expect(outcomeOf('')?.outcome).toBe('applied');
    expect(outcomeOf(' S-2')).toMatchObject({ outcome: 'failed' });
    expect(outcomeOf(' S-2')?.reason).toContain('changed it since');
    expect(itemRow(items.alike)).toMatchObject({ sku: 'Mug-1' });
  });
});

describe('the page of findings', () => {
  it('[C6] mends a finding with one click, and says what is wrong with a form without losing it', async () => {
    addWeb(shop, 'late ', 1);
    const browser = openBrowser(stage);
    await browser.open(await stage.bigcommerce.loadUrl(shop.hash));
    const html = await (await browser.get('/app/catalog/findings')).text();
    const token = fieldOf(html, '/app/catalog/cleanup', 'token');
    const empty = await browser.post('/app/catalog/cleanup', { token, pattern: 'kept{n}' });
    expect(empty.status).toBe(400);
    const told = await empty.text();
    expect(told).toContain('Choose at least one thing to mend.');
    expect(told).toContain('value="kept{n}"');
    const wrong = { token, rules: 'generate_skus', pattern: 'A' };
    expect(await (await browser.post('/app/catalog/cleanup', wrong)).text()).toContain('It needs');
    expect((await browser.post('/app/catalog/cleanup', { rules: 'trim_skus' })).status).toBe(403);
    const made = await browser.post('/app/catalog/cleanup', { token, rules: 'trim_skus' });
    const path = made.headers.get('location') ?? '';
    const planId = path.replace('/app/plans/', '');
    await planIn(stage, shop.hash, planId, ['ready', 'needs_decision']);
    const page = await (await browser.get(path)).text();
    expect(page).toContain('<del>late </del>');
    expect(page).toContain('<ins>late</ins>');
    const rows = await operations(shop, planId);
    const seq = String(rows.find(({ sku }) => sku === 'late ')?.seq);
    const decide = `${path}/decide`;
    const own = { token: fieldOf(page, decide, 'token') };
    const rejectAll = await browser.post(decide, { ...own, reject: 'kind:sku', after: '-1' });
    // A cursor of nobody's is dropped.
    expect(rejectAll.headers.get('location')).toBe(path);
    expect(await (await browser.get(path)).text()).toContain('There is nothing to apply');
    expect((await browser.post(decide, { ...own, approve: 'x' })).status).toBe(404);
    expect((await browser.post(decide, { approve: seq })).status).toBe(403);
    await browser.post(decide, { ...own, approve: seq });
    const ready = await (await browser.get(path)).text();
    expect(ready).toContain('aria-label="Reject late "');
    const applying = {
      token: fieldOf(ready, `${path}/apply`, 'token'),
      hash: fieldOf(ready, `${path}/apply`, 'hash'),
    };
    await browser.post(`${path}/apply`, applying);
    await planIn(stage, shop.hash, planId, ['applied']);
    const done = await (await browser.get(path)).text();
    const undo = await browser.post(`${path}/undo`, {
      token: fieldOf(done, `${path}/undo`, 'token'),
    });
    const back = undo.headers.get('location') ?? '';
    await planIn(stage, shop.hash, back.replace('/app/plans/', ''), ['ready']);
    expect(await (await browser.get('/app/plans')).text()).toContain('Undo');
  });
});

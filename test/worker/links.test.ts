/**
 * Goal: a person joins rows that no rule finds, takes links apart, and sees what became of each, by whom and why. Method:
 * one shop on both sandbox platforms, through the API.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addItem,
  addWeb,
  apply,
  newShop,
  operations,
  plan,
  skuOf,
  type Shop,
} from '../support/link-shop.ts';
import { find, PRIMARY } from '../sandbox/clover/store.ts';
import { fieldOf, openBrowser } from '../support/browser.ts';
import { atRest, openStage, ORIGIN, planIn, type Stage } from '../support/stage.ts';

interface Change {
  act: string;
  by: string;
  sku: string;
  evidence: { rule: string };
}
interface LinkBody {
  linkId: string;
  sku: string;
  status: string;
  variantId: number;
  items: { itemId: string }[];
  evidence: { rule: string };
  history: Change[];
}

let stage: Stage;
let shop: Shop;
const ids = { mug: 0, cup: 0 };
const items = { mug: '', cup: '', other: '' };

const path = (rest = '') => `/connections/${shop.hash}/links${rest}`;
const all = async () =>
  (await (await stage.api('GET', path())).json<{ items: LinkBody[] }>()).items;
const shown = async (linkId: string) =>
  (await stage.api('GET', path(`/${linkId}`))).json<LinkBody>();

async function choose(variantId: number, ...itemIds: string[]) {
  const own = itemIds.map((itemId) => ({ merchantId: shop.merchantId, itemId }));
  const answer = await stage.api('POST', path(), { links: [{ variantId, items: own }] });
  if (answer.status !== 202) throw new Error(await answer.text());
  const { id } = await answer.json<{ id: string }>();
  return { id, ...(await planIn(stage, shop.hash, id, ['ready', 'needs_decision'])) };
}

beforeAll(async () => {
  stage = openStage();
  shop = await newShop(stage);
  ids.mug = addWeb(shop, 'MUG', 7, { name: 'Mug' });
  ids.cup = addWeb(shop, 'CUP', 3, { name: 'Cup' });
  items.mug = addItem(shop, 'something', 5);
  items.cup = addItem(shop, 'CUP', 3);
  items.other = addItem(shop, 'OTHER', 4);
  const made = await plan(shop);
  await apply(shop, made);
});

describe('links', () => {
  it('[C5] a person joins rows that no rule finds, and is told why others cannot be', async () => {
    const made = await choose(ids.mug, items.mug);
    expect(made).toMatchObject({ status: 'ready', counts: { link: 1 } });
    const [row] = await operations(shop, made.id);
    expect(row).toMatchObject({
      kind: 'link',
      sku: 'MUG',
      outcome: 'planned',
      after: { onHand: 5 },
    });
    expect(row?.reason).toContain('A person chose it.');
    await apply(shop, made);
    expect(await skuOf(shop, 'MUG')).toMatchObject({ onHand: 5 });
    const reasons = [];
    for (const [variantId, ...own] of [
      [ids.mug, items.cup],
      [ids.mug, items.mug, items.other],
      [ids.mug, 'NOSUCHITEM001'],
      [999_999, items.other],
    ] as [number, ...string[]][]) {
      const refused = await choose(variantId, ...own);
      expect(refused.counts).toMatchObject({ unmatched: 1, link: 0, relink: 0 });
      reasons.push((await operations(shop, refused.id))[0]?.reason);
    }
    expect(reasons[0]).toContain('linked with SKU "CUP"');
    expect(reasons[1]).toContain('Two items of one merchant');
    expect(reasons[2]).toContain('has no item NOSUCHITEM001');
    expect(reasons[3]).toContain('is not known');
  });

  it('[C4] are listed with their evidence, page by page, and each has its history', async () => {
    const first = await (
      await stage.api('GET', path('?limit=1'))
    ).json<{ items: LinkBody[]; nextCursor: string }>();
    const second = await (
      await stage.api('GET', path(`?limit=1&cursor=${first.nextCursor}`))
    ).json<{ items: LinkBody[]; nextCursor: null }>();
    expect(
      [...first.items, ...second.items]
        .map(({ sku, evidence }) => `${sku} ${evidence.rule}`)
        .toSorted(),
    ).toEqual(['CUP sku', 'MUG person']);
    expect(second.nextCursor).toBeNull();
    const mug = (await all()).find(({ sku }) => sku === 'MUG');
    expect((await shown(mug?.linkId ?? '')).history).toMatchObject([
      { act: 'linked', by: 'admin token', sku: 'MUG', evidence: { rule: 'person' } },
    ]);
    expect((await stage.api('GET', path('/nolink'))).status).toBe(404);
  });

  it('[C4] an item can be exchanged: the link and its count stay', async () => {
    const before = (await all()).find(({ sku }) => sku === 'MUG');
    const made = await choose(ids.mug, items.other);
    expect(made.counts).toMatchObject({ relink: 1 });
    await apply(shop, made);
    const after = await shown(before?.linkId ?? '');
    expect(after.items).toMatchObject([{ itemId: items.other }]);
    expect(after.history.map(({ act }) => act)).toEqual(['relinked', 'linked']);
  });

  it('[C4] unlinking ends the sync of a SKU, and later plans ask before they join it again', async () => {
    const cup = (await all()).find(({ sku }) => sku === 'CUP');
    const linkId = cup?.linkId ?? '';
    expect((await stage.api('DELETE', path(`/${linkId}`))).status).toBe(204);
    expect((await stage.api('DELETE', path(`/${linkId}`))).status).toBe(204);
    await atRest(stage, shop.hash);
    const apart = await shown(linkId);
    expect(apart).toMatchObject({ status: 'broken', evidence: { rule: 'unlinked' } });
    expect(apart.history.map(({ act }) => act)).toEqual(['unlinked', 'linked']);
    stage.bigcommerce.placeOrder(shop.hash, { lines: [{ variantId: ids.cup, quantity: 1 }] });
    await atRest(stage, shop.hash);
    expect(stage.clover.stock(shop.merchantId, items.cup)).toBe(3);
    const asked = await plan(shop);
    expect(asked.status).toBe('needs_decision');
    const row = (await operations(shop, asked.id)).find(({ sku }) => sku === 'CUP');
    expect(row).toMatchObject({ outcome: 'open' });
    expect(row?.reason).toContain('A person unlinked it');
    const again = await choose(ids.cup, items.cup);
    await apply(shop, again);
    expect(await shown(linkId)).toMatchObject({ status: 'active', evidence: { rule: 'person' } });
  });
});

describe('the pages', () => {
  it('[C5] offer the candidates of an ambiguous SKU, find a counterpart, and show and end a link', async () => {
    const twin = addWeb(shop, 'TWIN', 2, { name: 'Twin' });
    const twins = [addItem(shop, 'TWIN', 2), addItem(shop, 'TWIN', 9)];
    const lone = addWeb(shop, 'LONE', 2, { name: 'Lone lamp' });
    const lamp = addItem(shop, 'x-lamp', 2);
    const made = await plan(shop);
    const browser = openBrowser(stage);
    await browser.open(await stage.bigcommerce.loadUrl(shop.hash));
    const text = async (at: string) => (await browser.get(at)).text();
    const listed = await text(`/app/plans/${made.id}`);
    for (const itemId of twins) expect(listed).toContain(`value="${shop.merchantId}:${itemId}"`);
    expect(listed).toContain(`/app/catalog/join?variant=${lone}`);
    const token = fieldOf(listed, '/app/catalog/join', 'token');
    const bad = await browser.post('/app/catalog/join', { token, variantId: String(twin) });
    expect(bad.status).toBe(404);
    const item = `${shop.merchantId}:${twins[1]}`;
    const joined = await browser.post('/app/catalog/join', {
      token,
      variantId: String(twin),
      item,
    });
    const planId = (joined.headers.get('location') ?? '').replace('/app/plans/', '');
    const ready = await planIn(stage, shop.hash, planId, ['ready']);
    expect(await operations(shop, planId)).toMatchObject([{ kind: 'link', sku: 'TWIN' }]);
    await apply(shop, { id: planId, hash: ready.hash });

    expect(await text(`/app/catalog/join?variant=${lone}&find=lamp`)).toContain('Item x-lamp');
    expect(await text(`/app/catalog/join?variant=${lone}&find=%25`)).toContain('Nothing was found');
    const back = await text(`/app/catalog/join?item=${shop.merchantId}:${lamp}&find=Lone`);
    expect(back).toContain('Lone lamp');
    expect((await browser.get('/app/catalog/join?variant=1')).status).toBe(404);

    const link = (await all()).find(({ sku }) => sku === 'TWIN');
    const at = `/app/catalog/links/${link?.linkId}`;
    const shownPage = await text(at);
    expect(shownPage).toContain('chosen by a person');
    const unlink = `${at}/unlink`;
    expect((await browser.post(unlink, {})).status).toBe(403);
    await browser.post(unlink, { token: fieldOf(shownPage, unlink, 'token') });
    expect(await text(at)).toContain('unlinked by a person');
    expect((await shown(link?.linkId ?? '')).history[0]?.by).toMatch(/^user /u);
  });
});

describe('files', () => {
  it('[C5] decide about links and plans row by row, nothing of a file with a wrong line, and come out safe for spreadsheets', async () => {
    const variantId = addWeb(shop, 'FILE', 2, { name: '=1+1' });
    addItem(shop, 'file-item', 2);
    const made = await plan(shop);
    const send = (at: string, body: string) =>
      stage.visit(`${ORIGIN}/api/v1/connections/${shop.hash}${at}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${env.ADMIN_API_TOKEN}`, 'Content-Type': 'text/csv' },
        body,
      });
    const wrong =
      'decision,sku,clover_sku\r\nlink,FILE,file-item\r\nlink,"no, such",file-item\nperhaps,FILE,\n';
    const refused = await send('/links/decisions', wrong);
    expect(refused.status).toBe(400);
    const { error } = await refused.json<{
      error: { details: { path: string; message: string }[] };
    }>();
    expect(error.details.map(({ path: at }) => at)).toEqual(['line 3', 'line 4']);
    expect(error.details[0]?.message).toContain('no SKU "no, such"');
    expect((await send('/links/decisions', 'sku\nFILE\n')).status).toBe(400);
    const good = await send(
      '/links/decisions',
      `decision,variant_id,clover_sku\nlink,${variantId},file-item\n,,\n`,
    );
    expect(good.status).toBe(202);
    const { id } = await good.json<{ id: string }>();
    const ready = await planIn(stage, shop.hash, id, ['ready']);
    const plans = `/plans/${id}`;
    const file = await (
      await stage.api('GET', `/connections/${shop.hash}${plans}/operations.csv`)
    ).text();
    expect(file.split('\r\n')[0]).toBe('seq,kind,sku,outcome,decision,reason,before,after');
    const filled = file.replace(',planned,,', ',planned,reject,');
    const rejected = await send(`${plans}/decisions.csv`, filled);
    expect(await rejected.json()).toMatchObject({ status: 'needs_decision' });
    expect((await send(`${plans}/decisions.csv`, 'seq,decision\n0,maybe')).status).toBe(400);
    const again = await (
      await send(`${plans}/decisions.csv`, 'seq,decision\n0,approve')
    ).json<{ hash: string }>();
    expect(again.hash).not.toBe(ready.hash);
    await apply(shop, { id, hash: again.hash });
    const links = await (await stage.api('GET', `/connections/${shop.hash}/links.csv`)).text();
    expect(links).toContain("FILE,'=1+1,");
    const done = await send('/links/decisions', `decision,sku\nunlink,FILE\n`);
    expect(await done.json()).toEqual({ id: null, links: 0, unlinked: 1 });
    expect(made.id).not.toBe(id);
  });
});

describe('what is deleted on one side', () => {
  it('[C6] is a finding, stays on sale on the other side by itself, and is hidden there by a plan', async () => {
    const variantId = addWeb(shop, 'GONE', 2);
    const itemId = addItem(shop, 'GONE', 2);
    await apply(shop, await plan(shop));
    const productId =
      stage.bigcommerce.state.stores[shop.hash]?.variants[variantId]?.productId ?? 0;
    stage.bigcommerce.deleteProduct(shop.hash, productId);
    await atRest(stage, shop.hash);
    const hidden = () => {
      const tables = stage.clover.state.merchants[shop.merchantId]?.tables;
      return tables === undefined ? undefined : find(tables.items, itemId, PRIMARY)?.hidden;
    };
    const found = async () => {
      const answer = await stage.api('GET', `/connections/${shop.hash}/audit`);
      const { items: findings } = await answer.json<{
        items: { code: string; cleanup: string; rows: { row: string }[] }[];
      }>();
      return findings.find(({ code }) => code === 'deleted_on_one_side');
    };
    const row = `${shop.merchantId}:${itemId}`;
    expect(await found()).toMatchObject({ cleanup: 'hide_deleted', rows: [{ row }] });
    expect(hidden()).toBe(false);
    const path_ = `/connections/${shop.hash}/plans`;
    const started = await stage.api('POST', path_, { kind: 'cleanup', rules: ['hide_deleted'] });
    const { id } = await started.json<{ id: string }>();
    const ready = await planIn(stage, shop.hash, id, ['ready']);
    expect(await operations(shop, id)).toMatchObject([{ kind: 'remove', sku: 'GONE' }]);
    await apply(shop, { id, hash: ready.hash });
    expect(hidden()).toBe(true);
  });
});

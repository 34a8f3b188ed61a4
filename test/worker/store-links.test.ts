import { env } from 'cloudflare:workers';
import { applyD1Migrations, reset } from 'cloudflare:test';
import { newRound } from '../../src/domain/sweep-round.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  findLink,
  findLinkBySku,
  findLinksByItem,
  findLinksByProduct,
  findLinksByVariant,
  listLinks,
  saveLinks,
  setLinkStatus,
} from '../../src/store/links.ts';
import {
  findSku,
  listOutstanding,
  listSkus,
  mirrorLevels,
  outstanding,
  saveLedgerViews,
  type SkuCursor,
} from '../../src/store/ledger-copies.ts';
import type { EffectId } from '../../src/domain/ids.ts';
import { explained } from '../support/explain.ts';
import { ledgerView, START_MS, testPorts } from '../support/ports.ts';
import { link, MERCHANT, OTHER_MERCHANT } from '../support/store.ts';

const { db } = testPorts(env.DB);

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

describe('links', () => {
  it('[X5] are found by variant, product, item and SKU, each only in its own connection', async () => {
    await saveLinks(db, [link('abc', 1), link('abc', 2), link('abc', 3)]);
    await saveLinks(db, [
      link('def', 1, { items: [{ merchantId: OTHER_MERCHANT, itemId: 'ITEM1' }] }),
    ]);
    const ids = (found: readonly { linkId: string }[]) => found.map(({ linkId }) => linkId);
    expect(ids(await findLinksByVariant(db, 'abc', [1, 3, 99]))).toEqual(['abc-l1', 'abc-l3']);
    expect(ids(await findLinksByProduct(db, 'abc', [1_001]))).toEqual(['abc-l2', 'abc-l3']);
    expect(ids(await findLinksByItem(db, 'abc', MERCHANT, ['ITEM1', 'ITEM2', 'X']))).toEqual([
      'abc-l1',
      'abc-l2',
    ]);
    expect(await findLinksByItem(db, 'def', MERCHANT, ['ITEM2'])).toEqual([]);
    expect(await findLinksByVariant(db, 'abc', [])).toEqual([]);
    expect((await findLinkBySku(db, 'def', 'SKU-00001'))?.linkId).toBe('def-l1');
    expect(await findLinkBySku(db, 'def', 'SKU-00002')).toBeUndefined();
    expect(await findLink(db, 'def', 'abc-l1')).toBeUndefined();
    expect(await findLink(db, 'abc', 'abc-l1')).toEqual(link('abc', 1));
  });

  it('take more rows than one statement binds or one chunk holds', async () => {
    await saveLinks(
      db,
      Array.from({ length: 1_234 }, (_, n) => link('abc', n)),
    );
    const variants = Array.from({ length: 1_234 }, (_, n) => n);
    expect(await findLinksByVariant(db, 'abc', variants)).toHaveLength(1_234);
    let seen = 0;
    for (let cursor: string | null = null; ;) {
      const page = await listLinks(db, 'abc', cursor, 500);
      seen += new Set(page.items.map(({ linkId }) => linkId)).size;
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toBe(1_234);
  });

  it('[C4] keep their id when the SKU is renamed, and hold exactly the items last saved', async () => {
    await saveLinks(db, [link('abc', 1), link('abc', 2)]);
    await saveLinks(db, [
      link('abc', 1, { sku: 'NEW', items: [{ merchantId: MERCHANT, itemId: 'ITEM2' }] }),
    ]);
    expect(await findLink(db, 'abc', 'abc-l1')).toMatchObject({
      sku: 'NEW',
      items: [{ itemId: 'ITEM2' }],
    });
    expect((await findLink(db, 'abc', 'abc-l2'))?.items).toEqual([]);
    expect(await findLinksByItem(db, 'abc', MERCHANT, ['ITEM1'])).toEqual([]);
  });

  it('never give a variant two ledgers', async () => {
    await saveLinks(db, [link('abc', 1)]);
    await expect(
      saveLinks(db, [link('abc', 2), link('abc', 9, { variantId: 1, items: [] })]),
    ).rejects.toThrow();
    expect(await findLink(db, 'abc', 'abc-l2')).toBeUndefined();
  });

  it('[X5] cannot be taken over or switched off through another connection', async () => {
    await saveLinks(db, [link('abc', 1)]);
    await saveLinks(db, [
      link('def', 1, { linkId: link('abc', 1).linkId, sku: 'STOLEN', items: [] }),
    ]);
    expect(await findLink(db, 'abc', 'abc-l1')).toMatchObject({ sku: 'SKU-00001' });
    expect(await setLinkStatus(db, 'def', 'abc-l1', 'broken')).toBe(false);
    expect(await setLinkStatus(db, 'abc', 'abc-l1', 'broken')).toBe(true);
  });

  it('prefer the active one of two links with one SKU', async () => {
    await saveLinks(db, [
      link('abc', 1, { status: 'broken' }),
      link('abc', 2, { sku: 'SKU-00001' }),
    ]);
    expect((await findLinkBySku(db, 'abc', 'SKU-00001'))?.linkId).toBe('abc-l2');
    expect((await findSku(db, 'abc', 'SKU-00001'))?.linkId).toBe('abc-l2');
  });
});

describe('copies of ledgers', () => {
  beforeEach(() => saveLinks(db, [link('abc', 1), link('abc', 2), link('abc', 3)]));

  it('never go back to an older version, whatever the order of arrival', async () => {
    const view = (version: number) => ledgerView('abc', 'abc-l1', { version, onHand: version });
    await saveLedgerViews(db, [view(2), view(3), view(1)], START_MS);
    await saveLedgerViews(db, [view(2)], START_MS + 1);
    expect((await findSku(db, 'abc', 'SKU-00001'))?.ledger).toMatchObject({
      version: 3,
      onHand: 3,
      updatedAtMs: START_MS,
    });
    await saveLedgerViews(db, [view(4)], START_MS + 2);
    expect((await findSku(db, 'abc', 'SKU-00001'))?.ledger?.onHand).toBe(4);
  });

  it('list SKUs by their text, with null counts before the ledger is open', async () => {
    await saveLedgerViews(db, [ledgerView('abc', 'abc-l2')], START_MS);
    await saveLinks(db, [link('def', 7, { sku: 'SKU-00000' })]);
    const seen: unknown[] = [];
    for (let cursor: SkuCursor | null = null; ;) {
      const page = await listSkus(db, 'abc', cursor, 2);
      seen.push(...page.items.map(({ sku, ledger }) => [sku, ledger?.onHand ?? null]));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([
      ['SKU-00001', null],
      ['SKU-00002', 5],
      ['SKU-00003', null],
    ]);
  });

  it('[X5] count what is outstanding and parked, per connection', async () => {
    const parked = [{ effectId: 'x' as EffectId, place: 'bigcommerce:1' as const, reason: 'no' }];
    await saveLedgerViews(
      db,
      [
        ledgerView('abc', 'abc-l1', { outstandingSinceMs: START_MS - 50 }),
        ledgerView('abc', 'abc-l2', { outstandingSinceMs: START_MS - 70, parked }),
        ledgerView('abc', 'abc-l3', { parked }),
        ledgerView('def', 'def-l1', { outstandingSinceMs: START_MS - 90 }),
      ],
      START_MS,
    );
    expect(await outstanding(db, 'abc')).toEqual({
      outstanding: 2,
      oldestOutstandingMs: START_MS - 70,
      parked: 2,
    });
    expect(await outstanding(db, 'none')).toEqual({
      outstanding: 0,
      oldestOutstandingMs: null,
      parked: 0,
    });
    const late = await listOutstanding(db, START_MS - 60, 10);
    expect(late.map(({ linkId }) => linkId)).toEqual(['def-l1', 'abc-l2']);
  });

  it('tell a sweep what each level is believed to be', async () => {
    const quiet = { skipped: false, told: newRound(0) };
    await saveLedgerViews(db, [ledgerView('abc', 'abc-l1'), ledgerView('abc', 'abc-l2')], START_MS);
    await setLinkStatus(db, 'abc', 'abc-l2', 'broken');
    const web = await mirrorLevels(db, 'abc', 'bigcommerce', 'bigcommerce:1', [1, 2, 3, 99]);
    expect(web.toSorted((one, other) => one.linkId.localeCompare(other.linkId))).toEqual([
      { linkId: 'abc-l1', externalId: '1', level: 5, target: 5, pending: false, ...quiet },
      { linkId: 'abc-l3', externalId: '3', level: null, target: null, pending: false, ...quiet },
    ]);
    const register = await mirrorLevels(db, 'abc', 'clover', `clover:${MERCHANT}`, ['ITEM1', 'X']);
    expect(register).toEqual([
      { linkId: 'abc-l1', externalId: 'ITEM1', level: 4, target: 5, pending: true, ...quiet },
    ]);
    expect(await mirrorLevels(db, 'abc', 'bigcommerce', 'bigcommerce:2', [1])).toEqual([]);
    expect(await mirrorLevels(db, 'def', 'clover', `clover:${MERCHANT}`, ['ITEM1'])).toEqual([]);
  });

  it('answer a page of levels by keys, not by walking a table', async () => {
    const steps = await explained(env.DB, async (recorded) => {
      await mirrorLevels(recorded, 'abc', 'bigcommerce', 'bigcommerce:1', [1, 2]);
      await mirrorLevels(recorded, 'abc', 'clover', `clover:${MERCHANT}`, ['ITEM1']);
      await findLinksByItem(recorded, 'abc', MERCHANT, ['ITEM1']);
      await findLinksByVariant(recorded, 'abc', [1]);
      await outstanding(recorded, 'abc');
    });
    expect(steps.length).toBeGreaterThan(10);
    expect(steps.filter((step) => /SEARCH.*\(connection_id=\?\)/.test(step))).toEqual([]);
    const walks = steps.filter(
      (step) => step.startsWith('SCAN') && !/VIRTUAL TABLE|CONSTANT/.test(step),
    );
    expect(walks).toEqual([]);
    expect(steps.join('\n')).toMatch(/ledger_copies_outstanding[^]*ledger_copies_parked/);
  });
});

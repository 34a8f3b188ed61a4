import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { applyD1Migrations, reset } from 'cloudflare:test';
import {
  bodyBytesMaxOf,
  findConnection,
  findMerchant,
  linkMerchant,
  listConnections,
  saveSettings,
  setConnectionStatus,
  setMerchantStatus,
  unlinkMerchant,
} from '../../src/store/connections.ts';
import { takeDue } from '../../src/store/polling.ts';
import { saveMerchantFacts } from '../../src/store/merchants.ts';
import { findLink, saveLinks } from '../../src/store/links.ts';
import { START_MS, testPorts } from '../support/ports.ts';
import { install, link, linked, merchant, MERCHANT, OTHER_MERCHANT } from '../support/store.ts';

const { db } = testPorts(env.DB);

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

describe('connections', () => {
  it('are found with their settings and merchants, in the order of linking', async () => {
    await install(db, 'abc');
    await linkMerchant(db, merchant('abc', OTHER_MERCHANT, { linkedAtMs: START_MS + 1 }));
    await linked(db, 'abc');
    await saveSettings(db, 'abc', { stock: { settleMs: 700 } }, START_MS);
    const connection = await findConnection(db, 'abc');
    expect(connection).toMatchObject({
      id: 'abc',
      status: 'active',
      scopes: ['store_v2_products', 'store_inventory'],
      savedSettings: { stock: { settleMs: 700 } },
      merchants: [
        { merchantId: MERCHANT, trackStock: true, vat: false },
        { merchantId: OTHER_MERCHANT },
      ],
    });
    expect(connection?.settings.stock).toMatchObject({ settleMs: 700, direction: 'two-way' });
    expect(await findConnection(db, 'nope')).toBeUndefined();
  });

  it('page through without a gap or a repeat', async () => {
    for (const id of ['aaa', 'bbb', 'ccc']) await install(db, id);
    const first = await listConnections(db, null, 2);
    expect(first.items.map(({ id }) => id)).toEqual(['aaa', 'bbb']);
    const second = await listConnections(db, first.nextCursor, 2);
    expect(second.items.map(({ id }) => id)).toEqual(['ccc']);
    expect(second.nextCursor).toBeNull();
  });

  it('keep settings, links and merchants when they are installed again', async () => {
    await install(db, 'abc');
    await linked(db, 'abc');
    await saveSettings(db, 'abc', { stock: { enabled: false } }, START_MS);
    expect(await setConnectionStatus(db, 'abc', 'uninstalled', START_MS)).toBe(true);
    await install(db, 'abc', START_MS + 5);
    const again = await findConnection(db, 'abc');
    expect(again?.status).toBe('active');
    expect(again?.settings.stock.enabled).toBe(false);
    expect(again?.merchants).toHaveLength(1);
    expect(again?.installedAtMs).toBe(START_MS);
    expect(await setConnectionStatus(db, 'nope', 'active', START_MS)).toBe(false);
  });

  it('tell what they keep of logged bodies only where it was set', async () => {
    await install(db, 'abc');
    await install(db, 'def');
    await saveSettings(db, 'def', { logs: { bodyBytesMax: 0 } }, START_MS);
    expect(await bodyBytesMaxOf(db, ['abc', 'def'])).toEqual(new Map([['def', 0]]));
  });
});

describe('sweeps', () => {
  it('[R4] are handed out once, although two ticks overlap', async () => {
    for (const id of ['aaa', 'bbb', 'ccc']) await install(db, id);
    await setConnectionStatus(db, 'ccc', 'uninstalled', START_MS);
    const ticks = await Promise.all([
      takeDue(db, 'stock', START_MS + 1, 10),
      takeDue(db, 'stock', START_MS + 1, 10),
    ]);
    expect(ticks.flat().toSorted()).toEqual(['aaa', 'bbb']);
  });

  it('come back after the interval that the connection chose', async () => {
    await install(db, 'aaa');
    await install(db, 'bbb');
    await saveSettings(db, 'bbb', { schedule: { stockMinutes: 5 } }, START_MS);
    expect(await takeDue(db, 'stock', START_MS, 10)).toHaveLength(2);
    expect(await takeDue(db, 'stock', START_MS + 5 * 60_000 - 1, 10)).toEqual([]);
    expect(await takeDue(db, 'stock', START_MS + 5 * 60_000, 10)).toEqual(['bbb']);
    expect(await takeDue(db, 'stock', START_MS + 15 * 60_000, 1)).toHaveLength(1);
  });

  it('run earlier at once when the interval gets shorter', async () => {
    await install(db, 'aaa');
    await saveSettings(db, 'aaa', { schedule: { stockMinutes: 600 } }, START_MS);
    await takeDue(db, 'stock', START_MS, 10);
    await saveSettings(db, 'aaa', { schedule: { stockMinutes: 1 } }, START_MS);
    expect(await takeDue(db, 'stock', START_MS + 60_000, 10)).toEqual(['aaa']);
  });
});

describe('merchants', () => {
  beforeEach(async () => {
    await install(db, 'abc');
    await install(db, 'def');
    await linked(db, 'abc');
  });

  it('[S10] of another store are refused with a clear message and stay where they are', async () => {
    const refused = await linkMerchant(db, merchant('def'));
    expect(refused).toMatchObject({ ok: false, failure: { code: 'conflict' } });
    expect(refused.ok ? '' : refused.failure.message).toMatch(/already linked to another/);
    expect((await findMerchant(db, MERCHANT))?.connectionId).toBe('abc');
  });

  it('are refreshed when linked again to the same store', async () => {
    await setMerchantStatus(db, 'abc', MERCHANT, 'reauthorise');
    const again = await linkMerchant(db, merchant('abc', MERCHANT, { name: 'New name' }));
    expect(again.ok && again.value).toMatchObject({ name: 'New name', status: 'connected' });
  });

  it('[S12] keep what they say of themselves; only a change makes the connection newer', async () => {
    const newer = async (): Promise<number> => (await findConnection(db, 'abc'))?.updatedAtMs ?? 0;
    const before = await newer();
    const facts = merchant('abc');
    await saveMerchantFacts(db, 'abc', MERCHANT, facts, before);
    expect(await newer()).toBe(before);
    await saveMerchantFacts(db, 'abc', MERCHANT, { ...facts, updateStock: false }, before);
    // In the same millisecond, by our clock.
    expect(await newer()).toBe(before + 1);
    expect((await findMerchant(db, MERCHANT))?.updateStock).toBe(false);
    await saveMerchantFacts(db, 'def', MERCHANT, facts, before + 9);
    expect((await findMerchant(db, MERCHANT))?.updateStock).toBe(false);
  });

  it('move when their old store was uninstalled, and leave its links', async () => {
    await saveLinks(db, [link('abc', 1)]);
    await setConnectionStatus(db, 'abc', 'uninstalled', START_MS);
    expect((await linkMerchant(db, merchant('def'))).ok).toBe(true);
    expect((await findMerchant(db, MERCHANT))?.connectionId).toBe('def');
    expect((await findLink(db, 'abc', 'abc-l1'))?.items).toEqual([]);
  });

  it('[X5] are not changed through another connection', async () => {
    expect(await setMerchantStatus(db, 'def', MERCHANT, 'disconnected')).toBe(false);
    expect(await unlinkMerchant(db, 'def', MERCHANT)).toBe(false);
    expect((await findMerchant(db, MERCHANT))?.status).toBe('connected');
  });

  it('take their items along when they are unlinked; links without any other item are broken', async () => {
    await linked(db, 'abc', OTHER_MERCHANT);
    await saveLinks(db, [
      link('abc', 1),
      link('abc', 2, {
        items: [
          { merchantId: MERCHANT, itemId: 'ITEM2' },
          { merchantId: OTHER_MERCHANT, itemId: 'OTHER2' },
        ],
      }),
    ]);
    expect(await unlinkMerchant(db, 'abc', MERCHANT)).toBe(true);
    expect(await findMerchant(db, MERCHANT)).toBeUndefined();
    expect(await findLink(db, 'abc', 'abc-l1')).toMatchObject({ status: 'broken', items: [] });
    expect(await findLink(db, 'abc', 'abc-l2')).toMatchObject({
      status: 'active',
      items: [{ merchantId: OTHER_MERCHANT }],
    });
  });
});

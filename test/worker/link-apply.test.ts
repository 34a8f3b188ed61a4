/**
 * Goal: applying brings both sides together, loses no unit on the way, and can die anywhere. Method: the real Worker on
 * the stage for what a merchant does; the steps called by hand, with a recording queue, for what happens between.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ports } from '../../src/ports.ts';
import type { Work } from '../../src/queue/messages.ts';
import { applyPlan, requestApply, stopPlan } from '../../src/sync/link.ts';
import {
  addItem,
  addWeb,
  apply,
  applyMessage,
  computed,
  newShop,
  operations,
  plan,
  planOperations,
  planRow,
  recording,
  register,
  rowsOf,
  skuOf,
  web,
} from '../support/link-shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;

beforeAll(() => {
  stage = openStage();
});

beforeEach(() => {
  stage.runtime.faults.calls.length = 0;
  stage.runtime.faults.hooks.length = 0;
});

describe('applying', () => {
  it('[C7] refuses another hash, changed settings and changed links, and then stays stale', async () => {
    const shop = await newShop(stage);
    addWeb(shop, 'A', 3);
    addItem(shop, 'A', 3);
    const made = await plan(shop);
    const path = `/connections/${shop.hash}/plans/${made.id}/apply`;
    const wrong = await stage.api('POST', path, { hash: 'f'.repeat(64) });
    expect(wrong.status).toBe(409);
    await stage.api('PATCH', `/connections/${shop.hash}/settings`, {
      stock: { baseline: 'clover' },
    });
    const stale = await stage.api('POST', path, { hash: made.hash });
    expect(stale.status).toBe(409);
    expect(await stale.json()).toMatchObject({ error: { code: 'stale' } });
    expect((await planRow(shop, made.id)).status).toBe('stale');

    const older = await plan(shop);
    const newer = await plan(shop);
    await apply(shop, newer);
    const late = await stage.api('POST', `/connections/${shop.hash}/plans/${older.id}/apply`, {
      hash: older.hash,
    });
    expect(late.status).toBe(409);
  });

  it('[C7] refuses a plan that is hours old', async () => {
    const shop = await newShop(stage);
    const made = await computed(shop);
    const { ports } = recording({ now: () => Date.now() + 5 * 3_600_000 });
    expect(await requestApply(ports, shop.hash, made.id, made.hash, 'test')).toMatchObject({
      ok: false,
      failure: { code: 'stale' },
    });
  });

  it('[S1] brings both sides to the lower count, and fills a side that never counted', async () => {
    const shop = await newShop(stage);
    const differing = { variant: addWeb(shop, 'DIFF', 9), item: addItem(shop, 'DIFF', 12) };
    const uncounted = { variant: addWeb(shop, 'FIRST', 4), item: addItem(shop, 'FIRST', null) };
    const negative = { variant: addWeb(shop, 'NEG', 0), item: addItem(shop, 'NEG', 2) };
    stage.clover.setStock(shop.merchantId, negative.item, -2);
    await apply(shop, await plan(shop));
    await until('both sides', () =>
      register(shop, differing.item) === 9 && register(shop, uncounted.item) === 4
        ? true
        : undefined,
    );
    expect(web(shop, differing.variant)).toBe(9);
    expect(web(shop, uncounted.variant)).toBe(4);
    await until('no negative level', () =>
      register(shop, negative.item) === 0 ? true : undefined,
    );
    expect((await skuOf(shop, 'NEG')).onHand).toBe(0);
  });

  it('[S1] sales on both sides between plan and apply are not lost', async () => {
    const shop = await newShop(stage);
    const variantId = addWeb(shop, 'SOLD', 10);
    const itemId = addItem(shop, 'SOLD', 10);
    const made = await plan(shop);
    stage.bigcommerce.placeOrder(shop.hash, { lines: [{ variantId, quantity: 1 }] });
    stage.clover.ringUp(shop.merchantId, { lines: [{ itemId, quantity: 1 }] });
    await apply(shop, made);
    await until('8 on both sides', () =>
      web(shop, variantId) === 8 && register(shop, itemId) === 8 ? true : undefined,
    );
    expect((await skuOf(shop, 'SOLD')).onHand).toBe(8);
  });

  it('[S3] a restock between plan and apply is believed after its second look', async () => {
    const shop = await newShop(stage);
    const variantId = addWeb(shop, 'MORE', 10);
    const itemId = addItem(shop, 'MORE', 10);
    const made = await plan(shop);
    stage.clover.setStock(shop.merchantId, itemId, 25);
    await apply(shop, made);
    await until('25 on both sides', () =>
      web(shop, variantId) === 25 && register(shop, itemId) === 25 ? true : undefined,
    );
  });

  it('[C7] ambiguous SKUs stay open while the decided ones are applied', async () => {
    const shop = await newShop(stage);
    addWeb(shop, 'OK', 2);
    addItem(shop, 'OK', 2);
    addWeb(shop, 'TWINS', 1);
    addItem(shop, 'TWINS', 1);
    addItem(shop, 'TWINS', 1);
    const made = await plan(shop);
    expect(made.status).toBe('needs_decision');
    await apply(shop, made);
    const rows = await operations(shop, made.id);
    expect(rows.map(({ sku, outcome }) => [sku, outcome])).toEqual([
      ['OK', 'applied'],
      ['TWINS', 'open'],
    ]);
    expect((await planRow(shop, made.id)).counts).toMatchObject({ applied: 1, failed: 0 });
  });

  it('[S12] an item deleted between plan and apply fails alone', async () => {
    const shop = await newShop(stage);
    addWeb(shop, 'STAYS', 2);
    addItem(shop, 'STAYS', 2);
    addWeb(shop, 'GOES', 2);
    const gone = addItem(shop, 'GOES', 2);
    const made = await computed(shop);
    stage.clover.deleteItem(shop.merchantId, gone);
    const { ports } = recording();
    await requestApply(ports, shop.hash, made.id, made.hash, 'test');
    await applyPlan(ports, applyMessage(shop, made.id));
    const rows = await planOperations(shop, made.id);
    expect(Object.fromEntries(rows.map(({ sku, outcome }) => [sku, outcome]))).toEqual({
      STAYS: 'applied',
      GOES: 'failed',
    });
    expect(await planRow(shop, made.id)).toMatchObject({
      status: 'applied',
      error: expect.stringContaining('1 operations failed'),
    });
  });

  it('[C7] a crash after the rows and before the ledgers is resumed, each ledger opened once', async () => {
    const shop = await newShop(stage);
    for (const sku of ['A', 'B', 'C']) {
      addWeb(shop, sku, 4);
      addItem(shop, sku, 4);
    }
    const made = await computed(shop);
    const { ports, sent } = recording();
    expect((await requestApply(ports, shop.hash, made.id, made.hash, 'test')).ok).toBe(true);
    const dying: Ports = {
      ...ports,
      sleep: () => Promise.reject(new Error('the worker died')),
      objects: {
        ...ports.objects,
        skuLedger: () => {
          throw new Error('the object is gone');
        },
      },
    };
    const message = sent.find(({ kind }) => kind === 'apply') as Work<'apply'>;
    await expect(applyPlan(dying, message)).rejects.toThrow('the worker died');
    const idsBefore = await rowsOf('SELECT link_id FROM links WHERE connection_id = ?', shop.hash);
    expect(idsBefore).toHaveLength(3);

    expect(await applyPlan(ports, message)).toEqual({ ok: true, value: undefined });
    expect(await applyPlan(ports, message)).toEqual({ ok: true, value: undefined });
    expect(await rowsOf('SELECT link_id FROM links WHERE connection_id = ?', shop.hash)).toEqual(
      idsBefore,
    );
    expect((await planRow(shop, made.id)).status).toBe('applied');
    for (const sku of ['A', 'B', 'C']) {
      const answer = await stage.api('GET', `/connections/${shop.hash}/skus/${sku}/ledger`);
      const { items } = await answer.json<{ items: { cause: string; delta: number }[] }>();
      expect(items.map(({ cause, delta }) => [cause, delta])).toEqual([['baseline', 4]]);
    }
  });

  it('[S1] a large plan is followed by a sweep of both sides, which finds what was sold meanwhile', async () => {
    const shop = await newShop(stage);
    for (let index = 0; index < 51; index += 1) {
      addWeb(shop, `S${index}`, 4);
      addItem(shop, `S${index}`, 4);
    }
    const variantId = addWeb(shop, 'SOLD', 4);
    const itemId = addItem(shop, 'SOLD', 4);
    const made = await plan(shop);
    stage.bigcommerce.placeOrder(shop.hash, { lines: [{ variantId, quantity: 1 }] });
    stage.clover.ringUp(shop.merchantId, { lines: [{ itemId, quantity: 1 }] });
    // Their webhooks find no link yet.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await apply(shop, made);
    await until('2 on both sides', () =>
      web(shop, variantId) === 2 && register(shop, itemId) === 2 ? true : undefined,
    );
    await atRest(stage, shop.hash);
    expect((await skuOf(shop, 'SOLD')).onHand).toBe(2);
  });

  it('[C7] goes on piece by piece and stops when it is told to', async () => {
    const shop = await newShop(stage);
    for (let index = 0; index < 60; index += 1) {
      addWeb(shop, `S${index}`, 1);
      addItem(shop, `S${index}`, 1);
    }
    const made = await computed(shop);
    const { ports, sent } = recording();
    await requestApply(ports, shop.hash, made.id, made.hash, 'test');
    const before = stage.runtime.journal.calls.length;
    await applyPlan(ports, applyMessage(shop, made.id));
    // A large plan opens its ledgers with its own levels: no call for each of them.
    expect(stage.runtime.journal.calls.length).toBe(before);
    const next = sent.at(-1) as Work<'apply'>;
    expect(next).toMatchObject({ kind: 'apply', seq: 50 });
    expect(await planRow(shop, made.id)).toMatchObject({ progressDone: 50, progressTotal: 60 });
    expect(await stopPlan(ports, shop.hash, made.id)).toBe(true);
    await applyPlan(ports, next);
    const rows = await planOperations(shop, made.id);
    expect(rows.filter(({ outcome }) => outcome === 'applied')).toHaveLength(50);
    expect((await planRow(shop, made.id)).status).toBe('stopped');

    const rest = await computed(shop);
    expect((await planRow(shop, rest.id)).counts).toMatchObject({ link: 10, unchanged: 50 });
    await requestApply(ports, shop.hash, rest.id, rest.hash, 'test');
    await applyPlan(ports, applyMessage(shop, rest.id));
    expect((await planRow(shop, rest.id)).status).toBe('applied');
    // Small enough to have read its levels anew: no sweep follows.
    expect(sent.filter(({ kind }) => kind === 'sweep')).toEqual([]);
  });
});

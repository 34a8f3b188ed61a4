/**
 * Goal: many ledgers that look before they write cost a call per batch and not per item, and one alone waits for nothing.
 * Method: the real reader against answers by hand, with the requests counted.
 */
import { describe, expect, it } from 'vitest';
import { openStockReads } from '../../src/sync/stock-reads.ts';
import type { MerchantId } from '../../src/domain/ids.ts';
import { CONTEXT, failureOf, openPlatformBench, valueOf } from '../support/platform-ports.ts';

const MERCHANT = 'MERCHANT00001' as MerchantId;
const idOf = (n: number) => `ITEM${String(n).padStart(9, '0')}`;

/** Items hold their own number; those of `gone` are listed nowhere. */
function open(gone: readonly string[] = [], bulkStatus = 200) {
  const bench = openPlatformBench((request) => {
    const url = new URL(request.url);
    const one = /item_stocks\/(\w+)$/.exec(url.pathname)?.[1];
    if (one !== undefined) {
      if (gone.includes(one)) return new Response('{"message":"Not Found"}', { status: 404 });
      return Response.json({ item: { id: one }, quantity: Number(one.slice(4)), modifiedTime: 7 });
    }
    if (bulkStatus !== 200) return new Response('{"message":"no"}', { status: bulkStatus });
    const ids = url.searchParams.get('filter')?.match(/ITEM\d+/g) ?? [];
    const elements = ids
      .filter((id) => !gone.includes(id))
      .map((id) => ({
        id,
        name: id,
        price: 1,
        itemStock: { item: { id }, quantity: Number(id.slice(4)), modifiedTime: 7 },
      }));
    return Response.json({ elements });
  });
  return { bench, reads: openStockReads(bench.ports) };
}

describe('stock of single items', () => {
  it('[R5] 300 asked for at once cost 6 calls, each answered with its own level', async () => {
    const { bench, reads } = open();
    const asked = Array.from({ length: 300 }, (_, n) => reads.read(MERCHANT, idOf(n), CONTEXT));
    const levels = (await Promise.all(asked)).map((each) => valueOf(each).stock.quantity);
    expect(levels).toEqual(Array.from({ length: 300 }, (_, n) => n));
    // Two leave at once; the other 298 share calls of at most 80.
    expect(bench.sent).toHaveLength(6);
    expect(bench.sent.every(({ url }) => url.includes('forceRealTime=true'))).toBe(true);
    expect(Math.max(...bench.sent.map(({ url }) => url.length))).toBeLessThan(2_048);
  });

  it('[R5] one item asked for often is read once per call under way', async () => {
    const { bench, reads } = open();
    await Promise.all(Array.from({ length: 50 }, () => reads.read(MERCHANT, idOf(1), CONTEXT)));
    expect(bench.sent.length).toBeLessThanOrEqual(3);
    expect(bench.sent.every(({ url }) => url.includes('/item_stocks/'))).toBe(true);
  });

  it('[S12] an item that the shared list leaves out is asked for by itself, and only it fails', async () => {
    const { reads } = open([idOf(4)]);
    const all = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => reads.read(MERCHANT, idOf(n), CONTEXT)),
    );
    expect(all.map(({ ok }) => ok)).toEqual([true, true, true, false, true]);
    expect(failureOf(all[3] ?? { ok: true, value: null })).toMatchObject({ code: 'not_found' });
  });

  it('[R3] a shared call that fails is told to all who share it, and to nobody else', async () => {
    const { reads } = open([], 503);
    const all = await Promise.all([1, 2, 3, 4].map((n) => reads.read(MERCHANT, idOf(n), CONTEXT)));
    expect(all.map(({ ok }) => ok)).toEqual([true, true, false, false]);
  });
});

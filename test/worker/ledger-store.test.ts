import { env } from 'cloudflare:workers';
import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventId, linkId } from '../../src/domain/ids.ts';
import type { Entry, LedgerState } from '../../src/domain/stock/state.ts';
import { ENTRIES_PER_BLOCK, ENTRY_BLOCKS_MAX, SALES_RECENT_MAX } from '../../src/limits.ts';
import type { LedgerWrite } from '../../src/objects/ledger-desk.ts';
import {
  LEDGER_MIGRATIONS,
  openLedgerStore,
  type SqlLedgerStore,
} from '../../src/objects/ledger-store.ts';
import type { SkuLedger } from '../../src/objects/sku-ledger.ts';
import { openTestLedger, REGISTER, WEB } from '../support/ledger.ts';
import { START_MS } from '../support/ports.ts';

beforeEach(() => reset());

const stubOf = (name: string): DurableObjectStub<SkuLedger> => env.SKU_LEDGER.getByName(name);

function inStore<Answer>(
  name: string,
  work: (store: SqlLedgerStore, state: DurableObjectState) => Answer,
): Promise<Answer> {
  return runInDurableObject(stubOf(name), (_, state) =>
    work(openLedgerStore(state.storage), state),
  );
}

const line = (n: number, changes: Partial<Entry> = {}): Entry => ({
  locationId: 1,
  delta: -1,
  cause: 'sale',
  place: REGISTER,
  source: `order:${n}`,
  eventId: eventId(`e${n}`),
  atMs: START_MS + n,
  note: `Order ${n} sold 1.`,
  ...changes,
});

const write = (changes: Partial<LedgerWrite>): LedgerWrite => ({
  state: openTestLedger().state,
  poolsBefore: [],
  entries: [],
  sales: [],
  writes: [],
  ...changes,
});

/** As a ledger would: each decision knows the count before it. */
function fill(store: SqlLedgerStore, lines: number, from = 0): void {
  let onHand = -from;
  for (let n = from; n < from + lines; n += 1) {
    const poolsBefore = [{ locationId: 1, onHand, reserved: 0 }];
    store.save(
      write({
        poolsBefore,
        entries: [line(n)],
        sales: [{ saleKey: `clover:M:O${n}:L`, quantity: 1 }],
      }),
    );
    onHand -= 1;
  }
}

function allEntries(store: SqlLedgerStore, limit: number) {
  const items = [];
  for (let cursor: number | null = null; ;) {
    const page: ReturnType<SqlLedgerStore['entries']> = store.entries(cursor, limit);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

describe('what a decision costs', () => {
  it('is one written row, with its entries and sale keys in it', async () => {
    const rows = await inStore('cost', (store, state) => {
      store.save(write({}));
      const { sql } = state.storage;
      let written = 0;
      const { exec } = sql;
      Object.getPrototypeOf(sql).exec = function counted(this: SqlStorage, ...args: [string]) {
        const cursor = exec.apply(this, args);
        written += cursor.rowsWritten;
        return cursor;
      };
      const decisions = 480;
      fill(store, decisions);
      Object.getPrototypeOf(sql).exec = exec;
      return written / decisions;
    });
    expect(rows).toBeGreaterThanOrEqual(1);
    expect(rows).toBeLessThan(1.1);
  });
});

describe('the account', () => {
  it('[S1] is whole and in order on pages of any size, and after the object was evicted', async () => {
    await inStore('pages', (store) => fill(store, 100));
    await evictDurableObject(stubOf('pages'));
    for (const limit of [1, 7, 50, 500]) {
      const items = await inStore('pages', (store) => allEntries(store, limit));
      expect(items.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => 100 - n));
      expect(items.map(({ onHandAfter }) => onHandAfter)).toEqual(
        Array.from({ length: 100 }, (_, n) => n - 100),
      );
    }
  });

  it('[S1] sums old lines up, and stays the count', async () => {
    const lines = ENTRIES_PER_BLOCK * (ENTRY_BLOCKS_MAX + 20);
    const items = await inStore('sums', (store) => {
      fill(store, lines);
      return allEntries(store, 100);
    });
    expect(items.length).toBeLessThan(lines);
    expect(items.length).toBeGreaterThan((ENTRIES_PER_BLOCK * ENTRY_BLOCKS_MAX) / 2);
    expect(items.reduce((sum, { delta }) => sum + delta, 0)).toBe(-lines);
    expect(items[0]?.onHandAfter).toBe(-lines);
    const last = items.at(-1);
    expect(last).toMatchObject({ cause: 'carried', seq: lines - items.length + 1 });
    expect(last?.note).toContain(`${lines - items.length + 1} earlier entries`);
    expect(last?.note).toContain(`${last?.seq} sale (${last?.delta})`);
  });

  it('[S2] knows every sale key for ever, with its newest quantity', async () => {
    const known = await inStore('keys', (store) => {
      fill(store, 5 * SALES_RECENT_MAX);
      const version = { modifiedAtMs: START_MS, readAtMs: START_MS + 5 };
      store.save(write({ sales: [{ saleKey: 'clover:M:O3:L', quantity: 4, version }] }));
      expect(store.versionOf('clover:M:O3:L')).toEqual(version);
      fill(store, 2 * SALES_RECENT_MAX, 5 * SALES_RECENT_MAX);
      expect(store.versionOf('clover:M:O3:L')).toEqual(version);
      expect(store.versionOf('clover:M:O4:L')).toBeNull();
      const keys = ['O0', 'O3', 'O30', 'O300', 'O447', 'O448', ''].map((id) => `clover:M:${id}:L`);
      return keys.map((key) => store.soldUnits(key));
    });
    expect(known).toEqual([1, 4, 1, 1, 1, 0, 0]);
  });

  it('[R8] notes when a write showed an entry elsewhere, and how long that took', async () => {
    const { timings, items } = await inStore('times', (store) => {
      const times = { happenedAtMs: START_MS - 900, receivedAtMs: START_MS - 100 };
      store.save(
        write({
          entries: [
            line(0, { atMs: START_MS - 60_000 }),
            line(1, { atMs: START_MS, ...times }),
            line(2, { atMs: START_MS, place: WEB }),
          ],
        }),
      );
      const mark = {
        place: WEB,
        locationIds: [1],
        decidedAtMs: START_MS,
        startedAtMs: START_MS + 50,
        writtenAtMs: START_MS + 200,
      };
      const told = store.save(write({ writes: [mark] }));
      store.save(write({ writes: [{ ...mark, writtenAtMs: START_MS + 999 }] }));
      return { timings: told, items: store.entries(null, 10).items };
    });
    expect(timings).toEqual([
      {
        happenedAtMs: START_MS - 900,
        receivedAtMs: START_MS - 100,
        decidedAtMs: START_MS,
        writtenAtMs: START_MS + 200,
        delta: -1,
      },
    ]);
    expect(items.map(({ written }) => written)).toEqual([
      undefined,
      [{ place: WEB, atMs: START_MS + 200 }],
      undefined,
    ]);
  });
});

describe('a ledger of the version before', () => {
  it('[S1] [S2] keeps its count, its lines and its sale keys, and goes on', async () => {
    const old = { ...openTestLedger({ web: 10, register: 10 }).state, linkId: linkId('l1') };
    await runInDurableObject(stubOf('old'), async (_, state) => {
      const { sql } = state.storage;
      sql.exec('DROP TABLE ledger; DROP TABLE entry_blocks; DROP TABLE sale_blocks');
      sql.exec('DELETE FROM applied_migrations');
      for (const { id, sql: step } of LEDGER_MIGRATIONS.slice(0, 2)) {
        sql.exec(step);
        sql.exec('INSERT INTO applied_migrations VALUES (?)', id);
      }
      sql.exec('INSERT INTO ledger VALUES (1, ?)', JSON.stringify(withoutNews(old)));
      for (let n = 1; n <= 45; n += 1) {
        const delta = n === 1 ? 54 : -1;
        const row = [n, 1, delta, 'sale', REGISTER, `order:${n}`, `e${n}`, n, `Line ${n}`, 55 - n];
        sql.exec('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', ...row);
        const version = n % 2 === 0 ? [n * 10, n * 11] : [null, null];
        sql.exec('INSERT INTO sales VALUES (?, ?, ?, ?)', `clover:M:O${n}:L`, n, ...version);
      }
    });
    await evictDurableObject(stubOf('old'));
    const view = await stubOf('old').view();
    expect(view).toMatchObject({ onHand: 10, version: old.version });
    const sale = {
      place: REGISTER,
      saleKey: 'clover:M:O44:L',
      quantity: 44,
      orderId: 'O44',
      eventId: eventId('late'),
      receivedAtMs: old.places[0]?.levelKnownAtMs ?? 0,
      soldAtMs: null,
    };
    const { policy } = old;
    expect(await stubOf('old').sell([sale], policy)).toMatchObject({ onHand: 10 });
    const fresh = { ...sale, saleKey: 'clover:M:O99:L', quantity: 2 };
    expect(await stubOf('old').sell([fresh], policy)).toMatchObject({ onHand: 8 });
    const { items } = await stubOf('old').entries(null, 100);
    expect(items).toHaveLength(46);
    expect(items[0]).toMatchObject({ seq: 46, delta: -2, onHandAfter: 8 });
    expect(items.slice(1).map(({ seq, note }) => [seq, note])).toEqual(
      Array.from({ length: 45 }, (_, n) => [45 - n, `Line ${45 - n}`]),
    );
    expect(items.reduce((sum, { delta }) => sum + delta, 0)).toBe(8);
    const tables = await inStore('old', (store, state) => {
      expect(store.soldUnits('clover:M:O4:L')).toBe(4);
      expect(store.versionOf('clover:M:O4:L')).toEqual({ modifiedAtMs: 40, readAtMs: 44 });
      expect(store.soldUnits('clover:M:O5:L')).toBe(5);
      expect(store.versionOf('clover:M:O5:L')).toBeNull();
      return state.storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .map(({ name }) => name);
    });
    expect(tables).not.toContain('entries');
    expect(tables).not.toContain('sales');
  });
});

/** As an older version stored it: a poke was remembered in the state, and awaited sales knew no time of arrival. */
function withoutNews(state: LedgerState): unknown {
  const news = new Set(['windows', 'doubts', 'coveredRows']);
  const places = state.places.map((place) =>
    Object.fromEntries(Object.entries(place).filter(([name]) => !news.has(name))),
  );
  return { ...state, places };
}

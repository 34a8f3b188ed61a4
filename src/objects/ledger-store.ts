/**
 * A ledger in its object's own database. Rows written are what a sale costs, so a decision writes one row: state, newest
 * entries and newest sale keys stand in it together, durable in one step. What leaves that row leaves it in blocks.
 */
import {
  type CarriedPool,
  carriedEntries,
  carry,
  type KeptEntry,
  markWritten,
  numbered,
} from '../domain/stock/journal.ts';
import { upgradeState } from '../domain/stock/ledger.ts';
import type { SkuLedgerApi } from '../domain/stock/api.ts';
import type { LedgerState } from '../domain/stock/state.ts';
import type { Written } from '../domain/stock/timing.ts';
import {
  ENTRIES_PER_BLOCK,
  ENTRIES_RECENT_MAX,
  ENTRY_BLOCKS_MAX,
  SALES_PER_BLOCK,
  SALES_RECENT_MAX,
} from '../limits.ts';
import type { SaleVersion } from './known-sale.ts';
import type { LedgerStore, LedgerWrite } from './ledger-desk.ts';
import { applyMigrations, type MigratableStorage, type Migration } from './migrations.ts';

export type Entries = Awaited<ReturnType<SkuLedgerApi['entries']>>;

export const LEDGER_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    // One row of state, so that a decision costs one written row; entries and sale keys are append-only.
    sql: `
      CREATE TABLE ledger (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL);
      CREATE TABLE entries (
        seq INTEGER PRIMARY KEY, location_id INTEGER NOT NULL, delta INTEGER NOT NULL, cause TEXT NOT NULL,
        place TEXT, source TEXT NOT NULL, event_id TEXT NOT NULL, at_ms INTEGER NOT NULL, note TEXT NOT NULL,
        on_hand_after INTEGER NOT NULL
      );
      CREATE TABLE sales (sale_key TEXT PRIMARY KEY, quantity INTEGER NOT NULL) WITHOUT ROWID;
    `,
  },
  {
    id: 2,
    // Which read of the order each sale key was told from, where reads are ordered (S6). In the same row: no write more.
    sql: `
      ALTER TABLE sales ADD COLUMN modified_at_ms INTEGER;
      ALTER TABLE sales ADD COLUMN read_at_ms INTEGER;
    `,
  },
  {
    id: 3,
    // Entries and sale keys cost a row each: the newest move into the one row of state, older ones into blocks.
    sql: `
      ALTER TABLE ledger ADD COLUMN recent TEXT NOT NULL DEFAULT '';
      CREATE TABLE entry_blocks (
        first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, entries TEXT NOT NULL
      );
      INSERT INTO entry_blocks
        SELECT min(seq), max(seq), json_group_array(json_object(
          'seq', seq, 'locationId', location_id, 'delta', delta, 'cause', cause, 'place', place, 'source', source,
          'eventId', event_id, 'atMs', at_ms, 'note', note, 'onHandAfter', on_hand_after) ORDER BY seq)
        FROM entries GROUP BY (seq - 1) / 16;
      CREATE TABLE sale_blocks (id INTEGER PRIMARY KEY, keys TEXT NOT NULL);
      INSERT INTO sale_blocks (keys)
        SELECT char(10) || group_concat(
          sale_key || '=' || quantity || coalesce(',' || modified_at_ms || ',' || read_at_ms, ''), char(10)
        ) || char(10)
        FROM (SELECT *, (row_number() OVER (ORDER BY sale_key) - 1) / 64 AS block FROM sales)
        GROUP BY block;
      DROP TABLE entries;
      DROP TABLE sales;
    `,
  },
];

/** What stands beside the state in the one row. */
interface Recent {
  /** Of the newest line ever. */
  readonly lastSeq: number;
  /** Oldest first. */
  readonly entries: readonly KeptEntry[];
  /** By key: `quantity`, or `quantity,modifiedAtMs,readAtMs` where reads of the order are ordered. */
  readonly sales: Readonly<Record<string, string>>;
  /** What was summed up, and the last line in it. */
  readonly carried: readonly CarriedPool[];
  readonly carriedSeq: number;
}

export interface SqlLedgerStore extends LedgerStore {
  /** A page, newest first; `cursor` is the sequence of the last line seen, null for the first page. */
  entries(cursor: number | null, limit: number): Entries;
}

/** Opens the store; call it in the object's constructor, before any event. */
export function openLedgerStore(
  storage: MigratableStorage & { readonly sql: SqlStorage },
): SqlLedgerStore {
  applyMigrations(storage, LEDGER_MIGRATIONS);
  const { sql } = storage;
  return {
    load: () => readState(sql),
    soldUnits: (saleKey) => Number(knownSale(sql, saleKey)?.[0] ?? 0),
    versionOf: (saleKey) => versionIn(knownSale(sql, saleKey)),
    save: (write) => storage.transactionSync(() => save(sql, write)),
    entries: (cursor, limit) => readEntries(sql, cursor, limit),
  };
}

function readState(sql: SqlStorage): LedgerState | null {
  const [row] = sql.exec<{ state: string }>('SELECT state FROM ledger').toArray();
  return row === undefined ? null : upgradeState(JSON.parse(row.state) as LedgerState);
}

function readRecent(sql: SqlStorage): Recent {
  const [row] = sql.exec<{ recent: string }>('SELECT recent FROM ledger').toArray();
  if (row !== undefined && row.recent !== '') return JSON.parse(row.recent) as Recent;
  const [last] = sql.exec<{ seq: number | null }>('SELECT max(last_seq) AS seq FROM entry_blocks');
  return { lastSeq: last?.seq ?? 0, entries: [], sales: {}, carried: [], carriedSeq: 0 };
}

/** What is kept of a sale key, cut at its commas; undefined for one never told. */
function knownSale(sql: SqlStorage, saleKey: string): string[] | undefined {
  const known = readRecent(sql).sales[saleKey];
  if (known !== undefined) return known.split(',');
  const mark = `\n${saleKey}=`;
  const [row] = sql
    .exec<{ keys: string }>(
      'SELECT keys FROM sale_blocks WHERE instr(keys, ?) > 0 ORDER BY id DESC LIMIT 1',
      mark,
    )
    .toArray();
  if (row === undefined) return undefined;
  const from = row.keys.lastIndexOf(mark) + mark.length;
  return row.keys.slice(from, row.keys.indexOf('\n', from)).split(',');
}

function versionIn([, modified, read]: readonly string[] = []): SaleVersion | null {
  if (modified === undefined || read === undefined) return null;
  return { modifiedAtMs: Number(modified), readAtMs: Number(read) };
}

function keptOf({ quantity, version }: LedgerWrite['sales'][number]): string {
  return version === undefined
    ? String(quantity)
    : `${quantity},${version.modifiedAtMs},${version.readAtMs}`;
}

/** Stores one decision: one row, and now and then a block. Answers what its writes carried. */
function save(sql: SqlStorage, write: LedgerWrite): Written[] {
  const known = readRecent(sql);
  const added = numbered(write.entries, write.poolsBefore, known.lastSeq);
  let entries = [...known.entries, ...added];
  const timings: Written[] = [];
  for (const mark of write.writes) {
    const marked = markWritten(entries, mark);
    entries = marked.entries;
    timings.push(...marked.timings);
  }
  const sales = { ...known.sales };
  for (const sale of write.sales) sales[sale.saleKey] = keptOf(sale);
  const lastSeq = known.lastSeq + added.length;
  const kept = moveOut(sql, { ...known, lastSeq, entries, sales });
  const recent = JSON.stringify(kept);
  if (write.state === null) {
    sql.exec('UPDATE ledger SET recent = ?', recent);
  } else {
    sql.exec(
      `INSERT INTO ledger (id, state, recent) VALUES (1, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, recent = excluded.recent`,
      JSON.stringify(write.state),
      recent,
    );
  }
  return timings;
}

/** What is too much for the one row leaves it, the oldest first. */
function moveOut(sql: SqlStorage, recent: Recent): Recent {
  let { entries, sales } = recent;
  while (entries.length > ENTRIES_RECENT_MAX) {
    const block = entries.slice(0, ENTRIES_PER_BLOCK);
    entries = entries.slice(ENTRIES_PER_BLOCK);
    sql.exec(
      'INSERT INTO entry_blocks VALUES (?, ?, ?)',
      block[0]?.seq ?? 0,
      block.at(-1)?.seq ?? 0,
      JSON.stringify(block),
    );
  }
  const keys = Object.entries(sales);
  if (keys.length > SALES_RECENT_MAX) {
    const lines = keys.slice(0, SALES_PER_BLOCK).map(([key, kept]) => `${key}=${kept}`);
    sql.exec('INSERT INTO sale_blocks (keys) VALUES (?)', `\n${lines.join('\n')}\n`);
    sales = Object.fromEntries(keys.slice(SALES_PER_BLOCK));
  }
  return sumUp(sql, { ...recent, entries, sales });
}

/** Of too many blocks the older half is summed up and goes. */
function sumUp(sql: SqlStorage, recent: Recent): Recent {
  const [row] = sql.exec<{ blocks: number }>('SELECT count(*) AS blocks FROM entry_blocks');
  if ((row?.blocks ?? 0) <= ENTRY_BLOCKS_MAX) return recent;
  const old = sql
    .exec<BlockRow>(
      'SELECT * FROM entry_blocks ORDER BY first_seq LIMIT ?',
      Math.floor(ENTRY_BLOCKS_MAX / 2),
    )
    .toArray();
  const carriedSeq = old.at(-1)?.last_seq ?? recent.carriedSeq;
  const carried = carry(recent.carried, old.flatMap(entriesIn));
  sql.exec('DELETE FROM entry_blocks WHERE last_seq <= ?', carriedSeq);
  return { ...recent, carried, carriedSeq };
}

type BlockRow = { first_seq: number; last_seq: number; entries: string };

function entriesIn(block: Pick<BlockRow, 'entries'>): KeptEntry[] {
  return JSON.parse(block.entries) as KeptEntry[];
}

function readEntries(sql: SqlStorage, cursor: number | null, limit: number): Entries {
  const before = cursor ?? Number.MAX_SAFE_INTEGER;
  const { entries, carried, carriedSeq } = readRecent(sql);
  const blocks = sql
    .exec<Pick<BlockRow, 'entries'>>(
      'SELECT entries FROM entry_blocks WHERE first_seq < ? ORDER BY first_seq DESC LIMIT ?',
      before,
      // Two of them may hold fewer lines, or lines after the cursor.
      Math.ceil((limit + 1) / ENTRIES_PER_BLOCK) + 2,
    )
    .toArray()
    .toReversed()
    .flatMap(entriesIn);
  const all = [...carriedEntries(carried, carriedSeq).toReversed(), ...blocks, ...entries];
  const found = all.filter(({ seq }) => seq < before).toReversed();
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.seq ?? null) : null };
}

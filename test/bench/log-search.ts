/**
 * Searching the log where it holds five million records: rows that local D1 reads for a page of each filter. What they are
 * packed in and how they are asked for is the relay's own; only the filling goes around D1, which would take an hour.
 */
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { drizzle } from 'drizzle-orm/d1';
import { getPlatformProxy } from 'wrangler';
import { LOG_SCAN_BLOCKS } from '../../src/limits.ts';
import { logId, type NewLog, packBlocks } from '../../src/store/log-blocks.ts';
import { eventChain, type LogFilters, queryLogs } from '../../src/store/logs.ts';
import type { Stops } from './bundle.ts';
import { atMost, type Figure } from './figures.ts';

const RECORDS = 5_000_000;
/** What a batch of the log's queue brings of a shop in its rush: some sales with all that followed. */
const RECORDS_PER_BLOCK = 50;
const BLOCKS = RECORDS / RECORDS_PER_BLOCK;
const PACKED_AT_ONCE = 64;
const DAYS = 30;
const START_MS = Date.UTC(2026, 9, 1);
const BLOCK_MS = (DAYS * 86_400_000) / BLOCKS;
const SKUS = 10_000;
const CONNECTION = 'biglog';
/** Told once, ten days before the newest record. */
const RARE = { sku: 'RARE-1', orderId: 'RARE-ORDER', eventId: 'rare-event' } as const;
const RARE_BLOCK = Math.floor((BLOCKS * 2) / 3);
const PAGE = 50;
const PAGES_MAX = 40;
const MIGRATIONS = join(import.meta.dirname, '../../migrations');

/** Rows read at most for a page that the newest records fill, and for one that looks as far back as a page may. */
const PAGE_ROWS_TARGET = 1_000;
const FAR_PAGE_ROWS_TARGET = 2 * LOG_SCAN_BLOCKS + 5_000;

export async function measureLogSearch(directory: string, stops: Stops): Promise<Figure[]> {
  const home = join(directory, 'log-search');
  mkdirSync(home);
  const configPath = join(home, 'wrangler.toml');
  const database = '[[d1_databases]]\nbinding = "DB"\ndatabase_name = "log"\ndatabase_id = "log"\n';
  writeFileSync(configPath, `name = "log-search"\ncompatibility_date = "2026-10-01"\n${database}`);
  const open = () =>
    getPlatformProxy<{ DB: D1Database }>({ configPath, persist: { path: join(home, 'state') } });
  const empty = await open();
  for (const file of readdirSync(MIGRATIONS).toSorted()) {
    const sql = readFileSync(join(MIGRATIONS, file), 'utf8');
    for (const statement of statementsOf(sql)) await empty.env.DB.prepare(statement).run();
  }
  await empty.dispose();
  await fill(home);
  const full = await open();
  stops.push(() => full.dispose());
  return search(full.env.DB);
}

/** Comments end at their line, statements at a semicolon at a line's end. */
function statementsOf(sql: string): string[] {
  return sql
    .replaceAll(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

async function fill(home: string): Promise<void> {
  const files = globSync(join(home, 'state/**/*.sqlite')).filter((file) => !/metadata/.test(file));
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new Error(`Local D1 keeps ${files.length} databases where one was expected.`);
  }
  const database = new DatabaseSync(file);
  database.exec('pragma synchronous = off');
  const insert = database.prepare(
    `insert into log_blocks (connection_id, id, first_id, records, terms, timing, calls, body)
      values (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (let start = 0; start < BLOCKS; start += PACKED_AT_ONCE) {
    const numbers = Array.from(
      { length: Math.min(PACKED_AT_ONCE, BLOCKS - start) },
      (_, index) => start + index,
    );
    const packed = await Promise.all(numbers.map((number) => packBlocks(recordsOf(number))));
    database.exec('begin');
    for (const row of packed.flat()) {
      const { connectionId, id, firstId, records, terms, timing, calls, body } = row;
      const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
      insert.run(connectionId, id, firstId, records, terms, json(timing), json(calls), body);
    }
    database.exec('commit');
  }
  database.close();
}

/** Sales of one batch: a webhook, what it decided, and the calls that followed, of one SKU and order each. */
function recordsOf(block: number): NewLog[] {
  const fromMs = Math.floor(START_MS + block * BLOCK_MS);
  return Array.from({ length: RECORDS_PER_BLOCK }, (_, index) => {
    const sale = block * 10 + Math.floor(index / 5);
    const isRare = block === RARE_BLOCK && index < 5;
    const about = isRare
      ? RARE
      : {
          sku: `SKU-${(sale * 7_919) % SKUS}`,
          orderId: String(100_000 + sale),
          eventId: ulidOf(fromMs, sale),
        };
    const isWrite = index % 5 > 1;
    const isFailed = sale % 1_000 === 0 && isWrite;
    const atMs = fromMs + index * 5;
    return {
      id: logId(atMs, `m${block}`, index),
      record: {
        kind: isWrite ? 'attempt' : index % 5 === 0 ? 'event' : 'decision',
        atMs,
        connectionId: CONNECTION,
        ...about,
        platform: sale % 2 === 0 ? 'clover' : 'bigcommerce',
        operation: isWrite ? 'stock.write' : 'stock.observe',
        outcome: isFailed ? 'failed' : 'ok',
        message: `A record of ${about.sku}.`,
        detail: {
          request: { method: 'POST', url: `/item_stocks/${sale}`, body: { quantity: sale } },
        },
      },
    };
  });
}

/** As the relay names its events: their time, then what tells them apart. */
function ulidOf(atMs: number, number: number): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  let time = '';
  for (let rest = Math.floor(atMs), digit = 0; digit < 10; digit += 1) {
    time = (alphabet[rest % 32] ?? '') + time;
    rest = Math.floor(rest / 32);
  }
  return time + String(number).padStart(16, '0');
}

interface Search {
  readonly what: string;
  readonly filters: LogFilters;
  /** The newest records hold a page of it. */
  readonly isFrequent?: boolean;
}

const SEARCHES: readonly Search[] = [
  { what: 'no filter', filters: {}, isFrequent: true },
  { what: 'platform', filters: { platform: 'clover' }, isFrequent: true },
  { what: 'an hour ten days ago', filters: hourOf(RARE_BLOCK), isFrequent: true },
  { what: 'outcome failed', filters: { outcome: 'failed' } },
  { what: 'a SKU', filters: { sku: 'SKU-7919' } },
  { what: 'a SKU told once, ten days ago', filters: { sku: RARE.sku } },
  { what: 'an order of ten days ago', filters: { orderId: RARE.orderId } },
  { what: 'that order, its hour given', filters: { orderId: RARE.orderId, ...hourOf(RARE_BLOCK) } },
];

function hourOf(block: number): LogFilters {
  const sinceMs = Math.floor(START_MS + block * BLOCK_MS) - 60_000;
  return { sinceMs, untilMs: sinceMs + 3_600_000 };
}

async function search(binding: D1Database): Promise<Figure[]> {
  const figures: Figure[] = [];
  const counted = countReads(binding);
  const db = drizzle(counted.binding);
  for (const { what, filters, isFrequent } of SEARCHES) {
    counted.reset();
    const startMs = performance.now();
    let pages = 0;
    let found = 0;
    let firstRows = 0;
    for (let cursor: string | null = null; pages < PAGES_MAX && found < PAGE;) {
      const page = await queryLogs(db, CONNECTION, filters, cursor, PAGE);
      pages += 1;
      found += page.items.length;
      firstRows ||= counted.rows();
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    const tookMs = Math.round(performance.now() - startMs);
    figures.push({
      name: nameOf(what),
      value: firstRows,
      unit: 'rows',
      target: atMost(isFrequent === true ? PAGE_ROWS_TARGET : FAR_PAGE_ROWS_TARGET),
      note: `${found} records after ${pages} pages and ${counted.rows()} rows, ${tookMs} ms`,
    });
  }
  const sale = RARE_BLOCK * 10 + 5;
  const events = [
    { what: 'the chain of an event', id: ulidOf(START_MS + RARE_BLOCK * BLOCK_MS, sale) },
    { what: 'the chain of an event with a foreign id', id: RARE.eventId },
  ];
  for (const { what, id } of events) {
    counted.reset();
    const chain = await eventChain(db, CONNECTION, id, 1_000);
    const note = `${chain.length} records; an id of ours tells its time: two days are looked at`;
    figures.push({ name: nameOf(what), value: counted.rows(), unit: 'rows', note });
  }
  return [...figures, ...(await plansOf(binding, counted.statements()))];
}

const nameOf = (what: string) => `log of ${RECORDS / 1e6} million, rows read, ${what}`;

/** How SQLite looks for each kind of statement that the searches sent: never a scan of the whole table. */
async function plansOf(
  binding: D1Database,
  statements: ReadonlyMap<string, readonly unknown[]>,
): Promise<Figure[]> {
  const plans = new Map<string, number>();
  let scans = 0;
  for (const [sql, values] of statements) {
    const { results } = await binding
      .prepare(`explain query plan ${sql}`)
      .bind(...values)
      .all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail).join(', ');
    plans.set(plan, (plans.get(plan) ?? 0) + 1);
    if (/^SCAN log_blocks/m.test(plan)) scans += 1;
  }
  return [
    {
      name: 'log, kinds of statements that scan the whole table',
      value: scans,
      unit: '',
      target: atMost(0),
      note: [...plans].map(([plan, count]) => `${count} x ${plan}`).join('; '),
    },
  ];
}

interface ReadCounter {
  readonly binding: D1Database;
  rows(): number;
  /** Each kind of statement with the values that it was sent with last. */
  statements(): ReadonlyMap<string, readonly unknown[]>;
  reset(): void;
}

/** D1 tells the rows read with `all` alone: what drizzle asks for as arrays is made of that. */
function countReads(binding: D1Database): ReadCounter {
  let rows = 0;
  const statements = new Map<string, readonly unknown[]>();
  const counting = (sql: string, values: readonly unknown[]) => {
    const all = async () => {
      statements.set(sql, values);
      const answer = await binding
        .prepare(sql)
        .bind(...values)
        .all();
      rows += answer.meta.rows_read;
      return answer;
    };
    return {
      bind: (...bound: unknown[]) => counting(sql, bound),
      all,
      run: all,
      raw: async () => (await all()).results.map((row) => Object.values(row)),
    };
  };
  return {
    binding: { prepare: (sql: string) => counting(sql, []) } as unknown as D1Database,
    rows: () => rows,
    statements: () => statements,
    reset: () => {
      rows = 0;
    },
  };
}

/**
 * Many rows in one statement. D1 binds at most 100 values per statement (cloudflare.md 4), so lists and rows travel
 * as one JSON text that `json_each` unfolds.
 */
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { D1_CHUNK_ROWS } from '../limits.ts';
import type { Database } from '../ports.ts';

/** `column in (…)` for a list of any length; an empty list matches nothing. */
export function isOneOf(column: SQLiteColumn, values: readonly (string | number)[]): SQL {
  return sql`${column} in (select value from json_each(${JSON.stringify(values)}))`;
}

/** Cuts a list into pieces that one statement carries. */
export function chunksOf<Item>(items: readonly Item[], size: number = D1_CHUNK_ROWS): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size));
  }
  return chunks;
}

/**
 * Begins an insert of these rows, which must not be more than one chunk; end it with what happens on a conflict.
 * A builder, because drizzle's batch cannot bind values of raw statements.
 */
export function insertRows<Table extends SQLiteTable>(
  db: Database,
  table: Table,
  rows: readonly Table['$inferInsert'][],
) {
  const columns = Object.entries(getTableColumns(table));
  const json = JSON.stringify(
    rows.map((row) => columns.map(([key, column]) => stored(column, row[key as keyof typeof row]))),
  );
  const values = sql.join(
    columns.map((_, index) => sql.raw(`value ->> ${index}`)),
    sql`, `,
  );
  // `where true` tells SQLite that `on` begins the conflict clause and not a join.
  return db.insert(table).select(sql`select ${values} from json_each(${json}) where true`);
}

function stored(column: SQLiteColumn, value: unknown): unknown {
  return value === undefined || value === null ? null : column.mapToDriverValue(value);
}

/** `set` of a conflict: these columns come from the row that could not be inserted. */
export function takeNew<
  Table extends SQLiteTable,
  Key extends string & keyof Table['_']['columns'],
>(table: Table, keys: readonly Key[]): Record<Key, SQL> {
  const columns = getTableColumns(table);
  const entries = keys.map((key) => {
    const name = columns[key]?.name ?? key;
    return [key, sql`excluded.${sql.identifier(name)}`] as const;
  });
  return Object.fromEntries(entries) as Record<Key, SQL>;
}

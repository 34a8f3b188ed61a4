import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import * as alertSchema from '../../src/store/alert-schema.ts';
import * as apiSchema from '../../src/store/api-schema.ts';
import * as catalogSchema from '../../src/store/catalog-schema.ts';
import * as orderSchema from '../../src/store/order-schema.ts';
import * as schema from '../../src/store/schema.ts';

const tables: SQLiteTable[] = [schema, apiSchema, orderSchema, catalogSchema, alertSchema]
  .flatMap((tablesOf) => Object.values(tablesOf))
  .flatMap((each) => (is(each, SQLiteTable) ? [each] : []));

interface PragmaColumn {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

async function columnsOf(table: string): Promise<PragmaColumn[]> {
  const { results } = await env.DB.prepare(
    'select name, type, "notnull", pk from pragma_table_info(?)',
  )
    .bind(table)
    .all<PragmaColumn>();
  return results;
}

async function indexesOf(table: string): Promise<{ name: string; unique: number }[]> {
  const { results } = await env.DB.prepare(
    `select name, "unique" from pragma_index_list(?) where origin = 'c'`,
  )
    .bind(table)
    .all<{ name: string; unique: number }>();
  return results;
}

describe('migrations and the drizzle schema', () => {
  it('have the same tables', async () => {
    const { results } = await env.DB.prepare(
      `select name from sqlite_master where type = 'table'
       and name not like 'sqlite_%' and name not like '\\_cf_%' escape '\\' and name <> 'd1_migrations'`,
    ).all<{ name: string }>();
    expect(results.map(({ name }) => name).toSorted()).toEqual(
      tables.map((table) => getTableConfig(table).name).toSorted(),
    );
  });

  it.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    '%s: the same columns, types, nulls and key',
    async (name, table) => {
      const { columns, primaryKeys } = getTableConfig(table);
      const key =
        primaryKeys[0]?.columns.map((column) => column.name) ??
        columns.filter((column) => column.primary).map((column) => column.name);
      const described = columns.map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        notnull: column.notNull || key.includes(column.name),
        pk: key.indexOf(column.name) + 1,
      }));
      const real = (await columnsOf(name)).map((column) => ({
        ...column,
        notnull: column.notnull === 1 || column.pk > 0,
      }));
      const byName = (one: { name: string }, other: { name: string }) =>
        one.name.localeCompare(other.name);
      expect(real.toSorted(byName)).toEqual(described.toSorted(byName));
    },
  );

  it.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    '%s: the same indexes',
    async (name, table) => {
      const described = getTableConfig(table).indexes.map(({ config }) => ({
        name: config.name,
        unique: config.unique ? 1 : 0,
      }));
      const byName = (one: { name: string }, other: { name: string }) =>
        one.name.localeCompare(other.name);
      expect((await indexesOf(name)).toSorted(byName)).toEqual(described.toSorted(byName));
    },
  );

  it('write one row per block of log records, and one per ledger copy at rest', async () => {
    const block = await env.DB.prepare(
      `insert into log_blocks values ('abc', 'b', 'a', 2, ' t', null, null, 'body')`,
    ).run();
    expect(block.meta.rows_written).toBe(1);
    const copy = await env.DB.prepare(
      `insert into ledger_copies values ('l1', 'abc', 1, 0, 0, 0, '[]', '[]', null, 0, 1)`,
    ).run();
    expect(copy.meta.rows_written).toBe(1);
  });
});

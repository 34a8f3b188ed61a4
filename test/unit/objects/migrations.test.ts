/** Goal: an object's tables are made once, in order, and never under code that does not know them. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import {
  applyMigrations,
  type MigratableStorage,
  type Migration,
} from '../../../src/objects/migrations.ts';

/** An object's storage over Node's SQLite. */
function openStorage(): MigratableStorage & { tables(): string[] } {
  const database = new DatabaseSync(':memory:');
  const exec = (query: string, bindings: unknown[]): unknown[] => {
    if (/^\s*(select|insert)/i.test(query)) {
      return database.prepare(query).all(...(bindings as string[]));
    }
    database.exec(query);
    return [];
  };
  return {
    sql: {
      exec: (query, ...bindings) => {
        const rows = exec(query, bindings);
        return { toArray: () => rows };
      },
    },
    transactionSync(work) {
      database.exec('BEGIN');
      try {
        const value = work();
        database.exec('COMMIT');
        return value;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    tables: () =>
      database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .all()
        .map((row) => String(row['name'])),
  };
}

const ONE: Migration = {
  id: 1,
  sql: 'CREATE TABLE one (id INTEGER); CREATE TABLE two (id INTEGER);',
};
const THREE: Migration = { id: 3, sql: 'CREATE TABLE three (id INTEGER);' };

describe('migrations of an object', () => {
  it('apply what is missing, once', () => {
    const storage = openStorage();
    applyMigrations(storage, [ONE]);
    applyMigrations(storage, [ONE]);
    expect(storage.tables()).toEqual(['applied_migrations', 'one', 'two']);
    applyMigrations(storage, [ONE, THREE]);
    expect(storage.tables()).toEqual(['applied_migrations', 'one', 'three', 'two']);
  });

  it('refuse storage that other code has written', () => {
    const storage = openStorage();
    applyMigrations(storage, [ONE, THREE]);
    expect(() => applyMigrations(storage, [ONE])).toThrow('[1, 3] are no prefix of [1]');
    expect(() => applyMigrations(storage, [THREE, ONE])).toThrow('no prefix');
    expect(() => applyMigrations(openStorage(), [THREE, ONE])).toThrow('no prefix');
  });

  it('change nothing at all when a step fails', () => {
    const storage = openStorage();
    const broken = { id: 4, sql: 'CREATE TABLE four (id INTEGER); CREATE TABLE one (id INTEGER);' };
    applyMigrations(storage, [ONE]);
    expect(() => applyMigrations(storage, [ONE, THREE, broken])).toThrow('already exists');
    expect(storage.tables()).toEqual(['applied_migrations', 'one', 'two']);
  });
});

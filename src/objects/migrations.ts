/**
 * Tables of a Durable Object: numbered steps, applied once each, in order. `PRAGMA user_version` does not exist there
 * (cloudflare.md 1.2), so the applied ids are kept in a table.
 */

/** One step; append only: once released, neither its id nor its SQL ever changes. */
export interface Migration {
  readonly id: number;
  /** One or more statements without bindings. */
  readonly sql: string;
}

/** The part of an object's storage that this needs. */
export interface MigratableStorage {
  readonly sql: { exec(query: string, ...bindings: unknown[]): { toArray(): unknown[] } };
  transactionSync<Value>(work: () => Value): Value;
}

/**
 * Applies what is missing, all or nothing. Call it first in the object's constructor: it is synchronous, so no event
 * can come in between.
 * @throws when the steps applied so far are not the first ones of `migrations`: the object was written by newer or
 * different code, and going on would damage it.
 */
export function applyMigrations(
  storage: MigratableStorage,
  migrations: readonly Migration[],
): void {
  storage.transactionSync(() => {
    storage.sql.exec('CREATE TABLE IF NOT EXISTS applied_migrations (id INTEGER PRIMARY KEY)');
    const rows = storage.sql.exec('SELECT id FROM applied_migrations ORDER BY id').toArray();
    const applied = rows.map((row) => (row as { id: number }).id);
    const known = migrations.map((migration) => migration.id);
    const isPrefix = applied.every((id, position) => known[position] === id);
    if (!isPrefix || !isAscending(known)) {
      throw new Error(
        `applied migrations [${applied.join(', ')}] are no prefix of [${known.join(', ')}]`,
      );
    }
    for (const migration of migrations.slice(applied.length)) {
      storage.sql.exec(migration.sql);
      storage.sql.exec('INSERT INTO applied_migrations (id) VALUES (?)', migration.id);
    }
  });
}

function isAscending(ids: readonly number[]): boolean {
  return ids.every((id, position) => position === 0 || id > (ids[position - 1] ?? 0));
}

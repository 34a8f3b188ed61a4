/** D1 as drizzle calls it, over SQLite in this process: what a query needs counts for its caller's memory, not its own. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

export interface CountedD1 {
  readonly binding: D1Database;
  /** Statements run since the start. */
  statements(): number;
  /** Rows written since the start. */
  rowsWritten(): number;
  exec(sql: string): void;
}

class Statement {
  readonly #database: DatabaseSync;
  readonly #count: () => void;
  readonly #sql: string;
  readonly #values: readonly SQLInputValue[];

  constructor(
    database: DatabaseSync,
    count: () => void,
    sql: string,
    values: readonly SQLInputValue[] = [],
  ) {
    this.#database = database;
    this.#count = count;
    this.#sql = sql;
    this.#values = values;
  }

  bind(...values: SQLInputValue[]): Statement {
    return new Statement(this.#database, this.#count, this.#sql, values);
  }

  #rows(asArrays: boolean): unknown[] {
    this.#count();
    const prepared = this.#database.prepare(this.#sql);
    prepared.setReturnArrays(asArrays);
    return prepared.all(...this.#values);
  }

  async all() {
    return { success: true, results: this.#rows(false), meta: {} };
  }

  run() {
    return this.all();
  }

  async raw() {
    return this.#rows(true);
  }
}

/** An empty database in memory; `onStatement` is called before each statement. */
export function openSqliteD1(onStatement: () => void = () => undefined): CountedD1 {
  const database = new DatabaseSync(':memory:');
  let statements = 0;
  const count = () => {
    statements += 1;
    onStatement();
  };
  const binding = {
    prepare: (sql: string) => new Statement(database, count, sql),
    batch: (all: readonly Statement[]) => Promise.all(all.map((statement) => statement.all())),
  };
  return {
    binding: binding as unknown as D1Database,
    statements: () => statements,
    rowsWritten: () => Number(database.prepare('select total_changes() as n').get()?.['n']),
    exec: (sql) => database.exec(sql),
  };
}

/** What SQLite does for the statements of a store function: `EXPLAIN QUERY PLAN` of each one that it runs. */
import { drizzle } from 'drizzle-orm/d1';
import type { Database } from '../../src/ports.ts';

export async function explained(
  database: D1Database,
  run: (db: Database) => Promise<unknown>,
): Promise<string[]> {
  const seen: { text: string; values: unknown[] }[] = [];
  const recording = new Proxy(database, {
    get(target, name) {
      if (name === 'prepare') return (text: string) => recorded(target.prepare(text), text);
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  function recorded(statement: D1PreparedStatement, text: string): D1PreparedStatement {
    const entry = { text, values: [] as unknown[] };
    seen.push(entry);
    const bind = statement.bind.bind(statement);
    statement.bind = (...values) => {
      entry.values = values;
      return bind(...values);
    };
    return statement;
  }
  await run(drizzle(recording));
  const steps: string[] = [];
  for (const { text, values } of seen) {
    const plan = await database
      .prepare(`explain query plan ${text}`)
      .bind(...values)
      .all<{ detail: string }>();
    steps.push(...plan.results.map(({ detail }) => detail));
  }
  return steps;
}

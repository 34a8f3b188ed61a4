/** BigCommerce webhooks that we created: which scope, under which id, with which key's secret. */
import { and, eq } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf, takeNew } from './bulk.ts';
import { hooks } from './schema.ts';

export interface HookRow {
  readonly connectionId: string;
  readonly scope: string;
  readonly hookId: number;
  /** Encryption key that derived the secret header. */
  readonly secretKeyId: string;
  readonly checkedAtMs: number;
}

/** A connection's webhooks by scope. */
export function listHooks(db: Database, connectionId: string): Promise<HookRow[]> {
  return db.select().from(hooks).where(eq(hooks.connectionId, connectionId)).orderBy(hooks.scope);
}

/** Stores webhooks, one per scope; a known scope takes the new id and key. */
export async function saveHooks(db: Database, wanted: readonly HookRow[]): Promise<void> {
  for (const chunk of chunksOf(wanted)) {
    await insertRows(db, hooks, chunk).onConflictDoUpdate({
      target: [hooks.connectionId, hooks.scope],
      set: takeNew(hooks, ['hookId', 'secretKeyId', 'checkedAtMs']),
    });
  }
}

/** Forgets these scopes, or all of the connection's when none are named. */
export async function deleteHooks(
  db: Database,
  connectionId: string,
  scopes?: readonly string[],
): Promise<void> {
  const named = scopes === undefined ? undefined : isOneOf(hooks.scope, scopes);
  await db.delete(hooks).where(and(eq(hooks.connectionId, connectionId), named));
}

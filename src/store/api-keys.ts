/** A connection's own keys to the admin API, by their digest: the key itself is shown once and never stored. */
import { and, asc, eq } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { sha256Hex } from './digest.ts';
import { apiKeys } from './api-schema.ts';

/** What a key may do: look; also start work; also change settings, merchants and keys. Each includes the one before. */
export type KeyScope = 'read' | 'operate' | 'admin';

export interface ApiKey {
  readonly id: string;
  readonly connectionId: string;
  readonly name: string;
  readonly scope: KeyScope;
  readonly createdAtMs: number;
}

const WITHOUT_DIGEST = {
  id: apiKeys.id,
  connectionId: apiKeys.connectionId,
  name: apiKeys.name,
  scope: apiKeys.scope,
  createdAtMs: apiKeys.createdAtMs,
} as const;

/** Stores the digest of `secret`, the text that its holder will send. */
export async function saveApiKey(db: Database, key: ApiKey, secret: string): Promise<void> {
  await db.insert(apiKeys).values({ ...key, digest: await sha256Hex(secret) });
}

/** The key that this text is; undefined: none, or one that was deleted. */
export async function findApiKey(db: Database, secret: string): Promise<ApiKey | undefined> {
  const digest = await sha256Hex(secret);
  const [key] = await db.select(WITHOUT_DIGEST).from(apiKeys).where(eq(apiKeys.digest, digest));
  return key;
}

/** All keys of a connection, the oldest first; there are at most `API_KEYS_MAX`. */
export async function listApiKeys(db: Database, connectionId: string): Promise<ApiKey[]> {
  return db
    .select(WITHOUT_DIGEST)
    .from(apiKeys)
    .where(eq(apiKeys.connectionId, connectionId))
    .orderBy(asc(apiKeys.createdAtMs), asc(apiKeys.id));
}

/** False: there is no such key in this connection. */
export async function deleteApiKey(
  db: Database,
  connectionId: string,
  id: string,
): Promise<boolean> {
  const { meta } = await db
    .delete(apiKeys)
    .where(and(eq(apiKeys.connectionId, connectionId), eq(apiKeys.id, id)));
  return meta.changes > 0;
}

/** Ends every key of a connection: who was let in by a store that left is let in no more. */
export async function deleteApiKeys(db: Database, connectionId: string): Promise<void> {
  await db.delete(apiKeys).where(eq(apiKeys.connectionId, connectionId));
}

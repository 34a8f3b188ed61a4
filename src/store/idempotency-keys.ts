/** First outcomes of requests by the key that their caller gave them (R2). */
import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { IDEMPOTENCY_LOST_AFTER_MS, IDEMPOTENCY_TTL_MS } from '../limits.ts';
import type { Database } from '../ports.ts';
import { idempotencyKeys } from './api-schema.ts';

export interface KeyedRequest {
  /** `admin`, or the id of a key. */
  readonly caller: string;
  readonly key: string;
  /** SHA-256 of method, path and body. */
  readonly request: string;
}

export interface FirstOutcome {
  readonly request: string;
  /** null while the request is under way. */
  readonly status: number | null;
  readonly body: string | null;
}

/**
 * Begins a request, in one statement, so that of two callers exactly one goes on: null for that one. Whoever comes later gets what
 * is known of the first. A key that is past its day, or whose request died without an outcome, begins anew.
 */
export async function beginRequest(
  db: Database,
  keyed: KeyedRequest,
  nowMs: number,
): Promise<FirstOutcome | null> {
  const expired = lt(idempotencyKeys.beganAtMs, nowMs - IDEMPOTENCY_TTL_MS);
  const died = and(
    isNull(idempotencyKeys.status),
    lt(idempotencyKeys.beganAtMs, nowMs - IDEMPOTENCY_LOST_AFTER_MS),
  );
  const fresh = { request: keyed.request, beganAtMs: nowMs, status: null, body: null };
  const begun = await db
    .insert(idempotencyKeys)
    .values({ ...keyed, ...fresh })
    .onConflictDoUpdate({
      target: [idempotencyKeys.caller, idempotencyKeys.key],
      set: fresh,
      setWhere: sql`(${expired}) or (${died})`,
    })
    .returning({ key: idempotencyKeys.key });
  if (begun.length > 0) return null;
  const [first] = await db
    .select({
      request: idempotencyKeys.request,
      status: idempotencyKeys.status,
      body: idempotencyKeys.body,
    })
    .from(idempotencyKeys)
    .where(isKey(keyed));
  // Forgotten between the two statements: as good as one that is still under way, the caller tries again.
  return first ?? { request: keyed.request, status: null, body: null };
}

/** Keeps the outcome; `body` null: it holds a secret and is not kept. */
export async function keepOutcome(
  db: Database,
  keyed: KeyedRequest,
  outcome: { readonly status: number; readonly body: string | null },
): Promise<void> {
  await db.update(idempotencyKeys).set(outcome).where(isKey(keyed));
}

/** Forgets a request that changed nothing: the corrected one may come under the same key. */
export async function forgetRequest(db: Database, keyed: KeyedRequest): Promise<void> {
  await db.delete(idempotencyKeys).where(isKey(keyed));
}

/** Removes what is past its day. Answers how many. */
export async function deleteExpiredOutcomes(db: Database, nowMs: number): Promise<number> {
  const { meta } = await db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.beganAtMs, nowMs - IDEMPOTENCY_TTL_MS));
  return meta.changes;
}

function isKey({ caller, key }: Pick<KeyedRequest, 'caller' | 'key'>) {
  return and(eq(idempotencyKeys.caller, caller), eq(idempotencyKeys.key, key));
}

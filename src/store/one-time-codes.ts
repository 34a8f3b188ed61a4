/**
 * Anything that may be used once: OAuth states, session tickets, ids of used JWTs. Only SHA-256 digests are stored,
 * so a copy of the database opens nothing.
 */
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { oneTimeCodes } from './schema.ts';

export type CodePurpose = 'clover_state' | 'session_ticket' | 'jwt';

export interface OneTimeCode {
  /** SHA-256 of the code. */
  readonly hash: string;
  readonly purpose: CodePurpose;
  readonly connectionId: string | null;
  /** SHA-256 of the browser-side secret that must come along; null when the code alone is the proof. */
  readonly boundTo: string | null;
  readonly expiresAtMs: number;
}

/** Stores a code. False when it is there already: a JWT id that comes again was used before. */
export async function saveCode(db: Database, code: OneTimeCode): Promise<boolean> {
  const stored = await db
    .insert(oneTimeCodes)
    .values(code)
    .onConflictDoNothing()
    .returning({ hash: oneTimeCodes.hash });
  return stored.length > 0;
}

/** Stores a code, or puts the end of the one that is there off; an earlier end changes nothing. */
export async function extendCode(db: Database, code: OneTimeCode): Promise<void> {
  const expiresAtMs = sql`max(${oneTimeCodes.expiresAtMs}, ${code.expiresAtMs})`;
  await db
    .insert(oneTimeCodes)
    .values(code)
    .onConflictDoUpdate({ target: oneTimeCodes.hash, set: { expiresAtMs } });
}

/** The code, left where it is. Undefined: unknown, made for another purpose, or expired. */
export async function findCode(
  db: Database,
  hash: string,
  purpose: CodePurpose,
  nowMs: number,
): Promise<OneTimeCode | undefined> {
  const [code] = await db
    .select()
    .from(oneTimeCodes)
    .where(
      and(
        eq(oneTimeCodes.hash, hash),
        eq(oneTimeCodes.purpose, purpose),
        gt(oneTimeCodes.expiresAtMs, nowMs),
      ),
    );
  return code;
}

/**
 * Takes a code out, in one statement, so that of two callers exactly one gets it. Undefined: unknown, used before,
 * made for another purpose, or expired.
 */
export async function takeCode(
  db: Database,
  hash: string,
  purpose: CodePurpose,
  nowMs: number,
): Promise<OneTimeCode | undefined> {
  const [code] = await db
    .delete(oneTimeCodes)
    .where(and(eq(oneTimeCodes.hash, hash), eq(oneTimeCodes.purpose, purpose)))
    .returning();
  return code !== undefined && code.expiresAtMs > nowMs ? code : undefined;
}

/** Removes what expired. Answers how many. */
export async function deleteExpiredCodes(db: Database, nowMs: number): Promise<number> {
  const { meta } = await db.delete(oneTimeCodes).where(lte(oneTimeCodes.expiresAtMs, nowMs));
  return meta.changes;
}

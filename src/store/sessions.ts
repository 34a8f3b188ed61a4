/** Browser sessions, by the SHA-256 of their cookie. */
import { and, eq, gt, lte } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { sessions } from './schema.ts';

export interface SessionRow {
  /** SHA-256 of the cookie's secret. */
  readonly hash: string;
  readonly connectionId: string;
  readonly userId: string;
  readonly expiresAtMs: number;
}

export async function saveSession(db: Database, session: SessionRow): Promise<void> {
  await db.insert(sessions).values(session);
}

/** Undefined: unknown or expired. */
export async function findSession(
  db: Database,
  hash: string,
  nowMs: number,
): Promise<SessionRow | undefined> {
  const [session] = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.hash, hash), gt(sessions.expiresAtMs, nowMs)));
  return session;
}

/** Ends one session. */
export async function deleteSession(db: Database, hash: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.hash, hash));
}

/** Ends the sessions of a connection, or only those of one of its users. */
export async function deleteSessions(
  db: Database,
  connectionId: string,
  userId?: string,
): Promise<void> {
  const ofUser = userId === undefined ? undefined : eq(sessions.userId, userId);
  await db.delete(sessions).where(and(eq(sessions.connectionId, connectionId), ofUser));
}

/** Removes what expired. Answers how many. */
export async function deleteExpiredSessions(db: Database, nowMs: number): Promise<number> {
  const { meta } = await db.delete(sessions).where(lte(sessions.expiresAtMs, nowMs));
  return meta.changes;
}

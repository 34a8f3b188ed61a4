/** What is still to be told, the messages that tell it, and what their signing secret is derived from. */
import { and, desc, eq, isNull, lt, ne, sql } from 'drizzle-orm';
import type { AlertChannel, AlertGroup, AlertKind } from '../domain/alerts.ts';
import type { Database } from '../ports.ts';
import { alertMessages, alertNotices, alertSecrets } from './alert-schema.ts';
import { isOneOf } from './bulk.ts';
import { connections, failures } from './schema.ts';

export interface Notice {
  readonly connectionId: string;
  /** The occasion: the same one is told once. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly message: string;
  readonly atMs: number;
}

/** Keeps something to be told; an occasion that is known already stays as it is. */
export async function addNotice(db: Database, notice: Notice): Promise<void> {
  await db.insert(alertNotices).values(notice).onConflictDoNothing();
}

/** The occasion is over: the next one is told again. */
export async function endNotice(db: Database, connectionId: string, key: string): Promise<void> {
  await db
    .delete(alertNotices)
    .where(and(eq(alertNotices.connectionId, connectionId), eq(alertNotices.key, key)));
}

/** Connections that have something to tell. */
export async function untoldConnections(db: Database, limit: number): Promise<string[]> {
  const ofFailures = db
    .selectDistinct({ connectionId: failures.connectionId })
    .from(failures)
    // Written out, not bound: only a literal lets SQLite use the partial index.
    .where(sql`status = 'open' and told_at_ms is null`)
    .limit(limit);
  const ofNotices = db
    .selectDistinct({ connectionId: alertNotices.connectionId })
    .from(alertNotices)
    .where(sql`told_at_ms is null`)
    .limit(limit);
  const [one, other] = await db.batch([ofFailures, ofNotices]);
  return [...new Set([...one, ...other].map(({ connectionId }) => connectionId))];
}

export interface Untold {
  readonly failures: readonly {
    readonly id: string;
    readonly code: string;
    readonly source: string;
    readonly message: string;
    readonly sku: string | null;
    readonly orderId: string | null;
  }[];
  readonly notices: readonly {
    readonly key: string;
    readonly kind: AlertKind;
    readonly message: string;
  }[];
}

/** What a connection has to tell, the latest first, at most `limit` of each. */
export async function listUntold(
  db: Database,
  connectionId: string,
  limit: number,
): Promise<Untold> {
  const [open, notices] = await db.batch([
    db
      .select({
        id: failures.id,
        code: failures.code,
        source: failures.source,
        message: failures.message,
        sku: failures.sku,
        orderId: failures.orderId,
      })
      .from(failures)
      .where(and(eq(failures.connectionId, connectionId), sql`status = 'open'`, untoldFailure()))
      .orderBy(desc(failures.lastAtMs))
      .limit(limit),
    db
      .select({ key: alertNotices.key, kind: alertNotices.kind, message: alertNotices.message })
      .from(alertNotices)
      .where(and(eq(alertNotices.connectionId, connectionId), isNull(alertNotices.toldAtMs)))
      .limit(limit),
  ]);
  return { failures: open, notices };
}

const untoldFailure = () => sql`${failures.toldAtMs} is null`;

export type AlertMessage = typeof alertMessages.$inferSelect;

export interface Told {
  readonly connectionId: string;
  readonly failureIds: readonly string[];
  readonly noticeKeys: readonly string[];
  readonly messages: readonly AlertMessage[];
  readonly nowMs: number;
}

/** Stores messages and marks what they tell in one step, so that a crash neither loses nor doubles an alert. */
export async function saveTold(db: Database, told: Told): Promise<void> {
  const { connectionId, failureIds, noticeKeys, messages, nowMs } = told;
  const marks = [
    db
      .update(failures)
      .set({ toldAtMs: nowMs })
      .where(and(eq(failures.connectionId, connectionId), isOneOf(failures.id, failureIds))),
    db
      .update(alertNotices)
      .set({ toldAtMs: nowMs })
      .where(
        and(eq(alertNotices.connectionId, connectionId), isOneOf(alertNotices.key, noticeKeys)),
      ),
  ] as const;
  const added = messages.map((message) => db.insert(alertMessages).values(message));
  await db.batch([...marks, ...added]);
}

/** When the connection was last told something, tests apart; null: never. */
export async function lastToldAtMs(db: Database, connectionId: string): Promise<number | null> {
  const [row] = await db
    .select({ atMs: sql<number | null>`max(${alertMessages.createdAtMs})` })
    .from(alertMessages)
    .where(and(eq(alertMessages.connectionId, connectionId), eq(alertMessages.isTest, false)));
  return row?.atMs ?? null;
}

/** Messages whose next try is due. */
export function listDueMessages(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<AlertMessage[]> {
  return db
    .select()
    .from(alertMessages)
    .where(and(sql`status = 'sending'`, sql`${alertMessages.nextTryAtMs} <= ${nowMs}`))
    .orderBy(alertMessages.nextTryAtMs)
    .limit(limit);
}

/** Takes a message for one try. False: another run has taken it. */
export async function claimMessage(
  db: Database,
  message: AlertMessage,
  nextTryAtMs: number,
): Promise<boolean> {
  const taken = await db
    .update(alertMessages)
    .set({ attempts: message.attempts + 1, nextTryAtMs })
    .where(
      and(
        thisMessage(message),
        sql`status = 'sending'`,
        eq(alertMessages.attempts, message.attempts),
      ),
    )
    .returning({ id: alertMessages.id });
  return taken.length > 0;
}

export async function settleMessage(
  db: Database,
  message: AlertMessage,
  outcome: Pick<AlertMessage, 'status' | 'error'>,
): Promise<void> {
  await db.update(alertMessages).set(outcome).where(thisMessage(message));
}

const thisMessage = ({ connectionId, id, channel }: AlertMessage) =>
  and(
    eq(alertMessages.connectionId, connectionId),
    eq(alertMessages.id, id),
    eq(alertMessages.channel, channel),
  );

export interface MessageShown {
  readonly id: string;
  readonly channel: AlertChannel;
  readonly status: AlertMessage['status'];
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly isTest: boolean;
  readonly count: number;
  readonly subject: string;
  readonly groups: readonly AlertGroup[];
  readonly error: string | null;
}

/** The latest messages of a connection. */
export function listMessages(
  db: Database,
  connectionId: string,
  limit: number,
): Promise<MessageShown[]> {
  return db
    .select()
    .from(alertMessages)
    .where(eq(alertMessages.connectionId, connectionId))
    .orderBy(desc(alertMessages.id), alertMessages.channel)
    .limit(limit);
}

/** Forgets messages made before, and occasions that were told before. */
export async function deleteOldAlerts(db: Database, beforeMs: number): Promise<void> {
  await db.batch([
    db
      .delete(alertMessages)
      .where(and(lt(alertMessages.createdAtMs, beforeMs), sql`status <> 'sending'`)),
    db.delete(alertNotices).where(lt(alertNotices.toldAtMs, beforeMs)),
  ]);
}

/** Connections that want to be told of anything. */
export async function listAlerting(db: Database): Promise<string[]> {
  const rows = await db
    .select({ id: connections.id })
    .from(connections)
    .where(
      and(
        ne(connections.status, 'uninstalled'),
        sql`(${connections.settings} ->> '$.alerts.webhookUrl' is not null
          or ${connections.settings} ->> '$.alerts.emails' is not null)`,
      ),
    );
  return rows.map(({ id }) => id);
}

export type AlertSecretSeed = typeof alertSecrets.$inferSelect;

export async function findSecretSeed(
  db: Database,
  connectionId: string,
): Promise<AlertSecretSeed | undefined> {
  const [row] = await db
    .select()
    .from(alertSecrets)
    .where(eq(alertSecrets.connectionId, connectionId));
  return row;
}

/** Keeps what a new secret is derived from; the one before it is over. */
export async function saveSecretSeed(db: Database, seed: AlertSecretSeed): Promise<void> {
  const { connectionId: _, ...facts } = seed;
  await db
    .insert(alertSecrets)
    .values(seed)
    .onConflictDoUpdate({ target: alertSecrets.connectionId, set: facts });
}

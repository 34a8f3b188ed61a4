/** Open failures by cause, for the inbox: what a person decides on at once. */
import { and, desc, eq, isNotNull, sql, type SQL } from 'drizzle-orm';
import type { Platform } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { failures, orderLinks } from './schema.ts';

/** What the failures of a group have in common. */
export interface FailureCause {
  readonly code: string;
  readonly source: string;
  /** Empty where the failure names none. */
  readonly platform: Platform | '';
}

export interface FailureGroup extends FailureCause {
  /** Open failures. */
  readonly failures: number;
  /** How often they failed altogether. */
  readonly count: number;
  /** Failures that hold a message to send again. */
  readonly replayable: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The message of the latest one. */
  readonly sample: string;
  /** Totals of the web orders concerned, minor units of `currency`; 0: none is known. */
  readonly atRiskMinor: number;
}

/** Causes one page shows: there are fewer failure codes and sources than this. */
const GROUPS_MAX = 200;

/** How many failures wait for a person. */
export async function countOpenFailures(db: Database, connectionId: string): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)` })
    .from(failures)
    .where(open(connectionId));
  return row?.count ?? 0;
}

/** All causes with open failures, the latest first; `currency` is that of the money at risk. */
export async function listFailureGroups(
  db: Database,
  connectionId: string,
  currency: string,
): Promise<FailureGroup[]> {
  const lastAtMs = sql<number>`max(${failures.lastAtMs})`;
  return db
    .select({
      code: failures.code,
      source: failures.source,
      platform: sql<Platform | ''>`coalesce(${failures.platform}, '')`,
      failures: sql<number>`count(*)`,
      count: sql<number>`sum(${failures.count})`,
      replayable: sql<number>`sum(${failures.replay} is not null)`,
      firstAtMs: sql<number>`min(${failures.firstAtMs})`,
      lastAtMs,
      // SQLite takes bare columns from the row that has the maximum.
      sample: failures.message,
      atRiskMinor: sql<number>`coalesce(sum(${orderLinks.totalMinor}), 0)`,
    })
    .from(failures)
    .leftJoin(
      orderLinks,
      and(
        eq(orderLinks.connectionId, failures.connectionId),
        eq(orderLinks.platform, 'bigcommerce'),
        eq(orderLinks.orderId, failures.orderId),
        eq(orderLinks.currency, currency),
      ),
    )
    .where(open(connectionId))
    .groupBy(failures.code, failures.source, sql`coalesce(${failures.platform}, '')`)
    .orderBy(desc(lastAtMs))
    .limit(GROUPS_MAX);
}

/** Totals of the web orders that open failures concern, each order once; minor units of `currency`. */
export async function moneyAtRisk(
  db: Database,
  connectionId: string,
  currency: string,
): Promise<number> {
  const concerned = db
    .selectDistinct({ orderId: failures.orderId })
    .from(failures)
    .where(and(open(connectionId), isNotNull(failures.orderId)));
  const [row] = await db
    .select({ minor: sql<number>`coalesce(sum(${orderLinks.totalMinor}), 0)` })
    .from(orderLinks)
    .where(
      and(
        eq(orderLinks.connectionId, connectionId),
        eq(orderLinks.platform, 'bigcommerce'),
        eq(orderLinks.currency, currency),
        sql`${orderLinks.orderId} in ${concerned}`,
      ),
    );
  return row?.minor ?? 0;
}

/** SKUs and orders that a cause concerns, the latest first. */
export function listAffected(
  db: Database,
  connectionId: string,
  cause: FailureCause,
  limit: number,
): Promise<{ sku: string | null; orderId: string | null }[]> {
  return db
    .selectDistinct({ sku: failures.sku, orderId: failures.orderId })
    .from(failures)
    .where(
      and(
        ofCause(connectionId, cause),
        sql`(${failures.sku} is not null or ${failures.orderId} is not null)`,
      ),
    )
    .limit(limit);
}

/** Ids of open failures of a cause, the oldest first: work happens in the order in which it failed. */
export async function failureIdsOf(
  db: Database,
  connectionId: string,
  cause: FailureCause,
  limit: number,
  only: 'all' | 'replayable',
): Promise<string[]> {
  const rows = await db
    .select({ id: failures.id })
    .from(failures)
    .where(
      and(
        ofCause(connectionId, cause),
        only === 'replayable' ? isNotNull(failures.replay) : undefined,
      ),
    )
    .orderBy(failures.lastAtMs, failures.id)
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Which open failures: of one SKU, last seen in a span of time (until is exclusive), or both. */
export interface FailureSpan {
  readonly sku?: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Ids of the replayable open failures of a span, the oldest first. */
export async function failureIdsIn(
  db: Database,
  connectionId: string,
  { sku, sinceMs, untilMs }: FailureSpan,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: failures.id })
    .from(failures)
    .where(
      and(
        open(connectionId),
        isNotNull(failures.replay),
        sql`${failures.lastAtMs} >= ${sinceMs} and ${failures.lastAtMs} < ${untilMs}`,
        sku === undefined ? undefined : eq(failures.sku, sku),
      ),
    )
    .orderBy(failures.lastAtMs, failures.id)
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Dismisses every open failure of a cause that had failed by then; answers how many. */
export async function dismissCause(
  db: Database,
  connectionId: string,
  cause: FailureCause,
  untilMs: number,
): Promise<number> {
  const { meta } = await db
    .update(failures)
    .set({ status: 'dismissed' })
    .where(and(ofCause(connectionId, cause), sql`${failures.lastAtMs} <= ${untilMs}`));
  return meta.changes;
}

function ofCause(connectionId: string, { code, source, platform }: FailureCause): SQL | undefined {
  return and(
    open(connectionId),
    eq(failures.code, code),
    eq(failures.source, source),
    sql`coalesce(${failures.platform}, '') = ${platform}`,
  );
}

/** Written out, not bound: only a literal lets SQLite use the partial index of open failures. */
function open(connectionId: string): SQL | undefined {
  return and(eq(failures.connectionId, connectionId), sql`${failures.status} = 'open'`);
}

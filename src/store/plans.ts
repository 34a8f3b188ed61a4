/** Plans and their operations. A plan is computed before any write and carried out in pieces. */
import { and, asc, desc, eq, gt, gte, inArray, type SQL, sql } from 'drizzle-orm';
import type { ConnectionId } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf, takeNew } from './bulk.ts';
import { planOperations, plans } from './schema.ts';

export type PlanKind = 'link' | 'resync' | 'catalog' | 'cleanup' | 'undo';
export type PlanOrigin = 'person' | 'sync';
export type PlanStatus =
  | 'computing'
  | 'ready'
  | 'applying'
  | 'applied'
  | 'stopped'
  | 'stale'
  | 'failed'
  | 'needs_decision';
export type OperationOutcome = 'planned' | 'open' | 'applied' | 'failed' | 'skipped';

export interface Plan {
  readonly id: string;
  readonly connectionId: ConnectionId;
  readonly kind: PlanKind;
  readonly status: PlanStatus;
  readonly progressDone: number;
  readonly progressTotal: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Empty until the plan is ready. */
  readonly hash: string;
  readonly error: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** `sync`: a change set that the relay made by itself. */
  readonly origin: PlanOrigin;
  /** What the plan was asked to do, for kinds that need more than their name. */
  readonly request: unknown;
}

/** What may change in a plan beside its status. */
export interface PlanPatch {
  readonly progressDone?: number;
  readonly progressTotal?: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly hash?: string;
  readonly error?: string | null;
}

export interface PlanOperation {
  readonly seq: number;
  /** As `OperationKind`. */
  readonly kind: string;
  readonly sku: string;
  readonly outcome: OperationOutcome;
  readonly reason: string | null;
  readonly before: unknown;
  readonly after: unknown;
  /** What apply needs; never shown. */
  readonly payload: unknown;
}

/** How one operation went. */
export interface OperationMark {
  readonly seq: number;
  readonly outcome: OperationOutcome;
  readonly reason?: string | null;
}

/** Begins a plan in status `computing`. A repeat with the same id changes nothing. */
export async function createPlan(
  db: Database,
  plan: {
    id: string;
    connectionId: string;
    kind: PlanKind;
    nowMs: number;
    origin?: PlanOrigin;
    request?: unknown;
  },
): Promise<void> {
  const { id, connectionId, kind, nowMs, origin = 'person', request = null } = plan;
  await db
    .insert(plans)
    .values({
      id,
      connectionId,
      kind,
      status: 'computing',
      progressDone: 0,
      progressTotal: 0,
      counts: {},
      hash: '',
      error: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      origin,
      request,
    })
    .onConflictDoNothing();
}

export async function findPlan(
  db: Database,
  connectionId: string,
  planId: string,
): Promise<Plan | undefined> {
  const [row] = await db.select().from(plans).where(own(connectionId, planId));
  return row === undefined ? undefined : planOf(row);
}

/** The newest plan that a person asked for; undefined before the first one. */
export async function findLatestPlan(
  db: Database,
  connectionId: string,
): Promise<Plan | undefined> {
  const [row] = await db
    .select()
    .from(plans)
    .where(and(eq(plans.connectionId, connectionId), eq(plans.origin, 'person')))
    .orderBy(desc(plans.id))
    .limit(1);
  return row === undefined ? undefined : planOf(row);
}

/** The newest plans, of people and of the relay itself. */
export async function listPlans(
  db: Database,
  connectionId: string,
  limit: number,
): Promise<Plan[]> {
  const rows = await db
    .select()
    .from(plans)
    .where(eq(plans.connectionId, connectionId))
    .orderBy(desc(plans.id))
    .limit(limit);
  return rows.map(planOf);
}

/** The relay's own change set that waits for a person, if one does. */
export async function findWaitingSync(
  db: Database,
  connectionId: string,
): Promise<Plan | undefined> {
  const [row] = await db
    .select()
    .from(plans)
    .where(
      and(
        eq(plans.connectionId, connectionId),
        eq(plans.origin, 'sync'),
        eq(plans.status, 'needs_decision'),
      ),
    )
    .orderBy(desc(plans.id))
    .limit(1);
  return row === undefined ? undefined : planOf(row);
}

/** Removes a plan with its operations. */
export async function deletePlan(
  db: Database,
  connectionId: string,
  planId: string,
): Promise<void> {
  await deleteOperations(db, connectionId, planId);
  await db.delete(plans).where(own(connectionId, planId));
}

/** Plans that are being computed or applied, oldest first. */
export async function findUnfinishedPlans(db: Database, connectionId: string): Promise<Plan[]> {
  const rows = await db
    .select()
    .from(plans)
    .where(and(eq(plans.connectionId, connectionId), sql`status in ('computing', 'applying')`))
    .orderBy(asc(plans.id));
  return rows.map(planOf);
}

/**
 * Moves a plan to a status, only from one of `from`. False when it was in another one (or does not exist), so that of
 * two callers that both want to apply it exactly one does.
 */
export async function setPlanStatus(
  db: Database,
  connectionId: string,
  planId: string,
  change: { from: readonly PlanStatus[]; to: PlanStatus; nowMs: number } & PlanPatch,
): Promise<boolean> {
  const { from, to, nowMs, ...patch } = change;
  const changed = await db
    .update(plans)
    .set({ ...patch, status: to, updatedAtMs: nowMs })
    .where(and(own(connectionId, planId), inArray(plans.status, [...from])))
    .returning({ id: plans.id });
  return changed.length > 0;
}

/** Changes progress, counts, hash or error and leaves the status alone. False when there is no such plan. */
export async function updatePlan(
  db: Database,
  connectionId: string,
  planId: string,
  patch: PlanPatch,
  nowMs: number,
): Promise<boolean> {
  const changed = await db
    .update(plans)
    .set({ ...patch, updatedAtMs: nowMs })
    .where(own(connectionId, planId))
    .returning({ id: plans.id });
  return changed.length > 0;
}

/** Stores operations; one that is there already (a repeated piece of work) is replaced. */
export async function insertOperations(
  db: Database,
  planId: string,
  operations: readonly PlanOperation[],
): Promise<void> {
  for (const chunk of chunksOf(operations)) {
    const rows = chunk.map((operation) => ({ ...operation, planId }));
    await insertRows(db, planOperations, rows).onConflictDoUpdate({
      target: [planOperations.planId, planOperations.seq],
      set: takeNew(planOperations, REPLACED),
    });
  }
}

const REPLACED = ['kind', 'sku', 'outcome', 'reason', 'before', 'after', 'payload'] as const;

/** Removes all operations, to compute a plan anew. */
export async function deleteOperations(
  db: Database,
  connectionId: string,
  planId: string,
): Promise<void> {
  await db.delete(planOperations).where(ofPlan(connectionId, planId));
}

/** A page of operations in order; `cursor` is the last seen `seq`. */
export async function listOperations(
  db: Database,
  connectionId: string,
  planId: string,
  cursor: number | null,
  limit: number,
): Promise<{ items: PlanOperation[]; nextCursor: number | null }> {
  const rows = await selectOperations(
    db,
    and(ofPlan(connectionId, planId), gt(planOperations.seq, cursor ?? -1)),
    limit + 1,
  );
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.seq ?? null) : null };
}

/** The first operations of a plan that wait for a person. */
export function listOpenOperations(
  db: Database,
  connectionId: string,
  planId: string,
  limit: number,
): Promise<PlanOperation[]> {
  const open = eq(planOperations.outcome, 'open');
  return selectOperations(db, and(ofPlan(connectionId, planId), open), limit);
}

/** The next operations that wait to be applied, from `seq` on. */
export function nextOperations(
  db: Database,
  connectionId: string,
  planId: string,
  seq: number,
  limit: number,
): Promise<PlanOperation[]> {
  const waiting = and(gte(planOperations.seq, seq), eq(planOperations.outcome, 'planned'));
  return selectOperations(db, and(ofPlan(connectionId, planId), waiting), limit);
}

/** Records how operations went, in one statement per chunk. */
export async function markOperations(
  db: Database,
  connectionId: string,
  planId: string,
  marks: readonly OperationMark[],
): Promise<void> {
  for (const chunk of chunksOf(marks)) {
    const json = JSON.stringify(
      chunk.map(({ seq, outcome, reason }) => [seq, outcome, reason ?? null]),
    );
    await db.run(sql`update ${planOperations} set outcome = m.outcome, reason = m.reason
      from (select value ->> 0 as seq, value ->> 1 as outcome, value ->> 2 as reason
        from json_each(${json})) m
      where ${ofPlan(connectionId, planId)} and ${planOperations.seq} = m.seq`);
  }
}

/** Which operations a decision is about: by their number, by their kind, or all. */
export type Chosen = readonly number[] | { readonly kinds: readonly string[] } | 'all';

/** Moves open operations to `planned`, or planned ones to `open`; only those that apply could carry out. */
export async function decideOperations(
  db: Database,
  connectionId: string,
  planId: string,
  chosen: Chosen,
  to: 'planned' | 'open',
): Promise<void> {
  const from = to === 'planned' ? 'open' : 'planned';
  for (const condition of chosenBy(chosen)) {
    await db
      .update(planOperations)
      .set({ outcome: to })
      .where(
        and(
          ofPlan(connectionId, planId),
          eq(planOperations.outcome, from),
          sql`${planOperations.payload} is not null and ${planOperations.payload} <> 'null'`,
          condition,
        ),
      );
  }
}

function chosenBy(chosen: Chosen): (SQL | undefined)[] {
  if (chosen === 'all') return [undefined];
  if ('kinds' in chosen) return [isOneOf(planOperations.kind, chosen.kinds)];
  return chunksOf(chosen).map((chunk) => isOneOf(planOperations.seq, chunk));
}

/** Marks operations as begun: what they made is looked up when they come again. */
export async function markTried(
  db: Database,
  connectionId: string,
  planId: string,
  seqs: readonly number[],
): Promise<void> {
  for (const chunk of chunksOf(seqs)) {
    await db
      .update(planOperations)
      .set({ payload: sql`json_set(${planOperations.payload}, '$.tried', json('true'))` })
      .where(and(ofPlan(connectionId, planId), isOneOf(planOperations.seq, chunk)));
  }
}

export interface OperationCount {
  readonly kind: string;
  readonly outcome: OperationOutcome;
  readonly count: number;
  /** Those that apply can carry out. */
  readonly decidable: number;
}

/** How many operations of each kind stand at each outcome. */
export async function countOperations(
  db: Database,
  connectionId: string,
  planId: string,
): Promise<OperationCount[]> {
  return db
    .select({
      kind: planOperations.kind,
      outcome: planOperations.outcome,
      count: sql<number>`count(*)`,
      decidable: sql<number>`sum(${planOperations.payload} is not null and ${planOperations.payload} <> 'null')`,
    })
    .from(planOperations)
    .where(ofPlan(connectionId, planId))
    .groupBy(planOperations.kind, planOperations.outcome);
}

function own(connectionId: string, planId: string): SQL | undefined {
  return and(eq(plans.connectionId, connectionId), eq(plans.id, planId));
}

/** Operations carry no connection of their own: their plan's does (X5). */
function ofPlan(connectionId: string, planId: string): SQL {
  return sql`${planOperations.planId} = (select id from plans
    where id = ${planId} and connection_id = ${connectionId})`;
}

async function selectOperations(
  db: Database,
  condition: SQL | undefined,
  limit: number,
): Promise<PlanOperation[]> {
  const rows = await db
    .select()
    .from(planOperations)
    .where(condition)
    .orderBy(asc(planOperations.seq))
    .limit(limit);
  return rows.map(({ planId: _planId, ...operation }) => operation);
}

function planOf(row: typeof plans.$inferSelect): Plan {
  return { ...row, connectionId: row.connectionId as ConnectionId };
}

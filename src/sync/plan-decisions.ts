/** What a person decides about single operations of a plan, and about taking a whole plan back (C7). */
import { decidedHash } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { PLAN_PAGE_ROWS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { Operation, OperationPayload } from '../domain/catalog/plan.ts';
import { planUndo } from '../domain/catalog/undo-plan.ts';
import {
  countOperations,
  decideOperations,
  findPlan,
  listOperations,
  setPlanStatus,
  type Plan,
} from '../store/plans.ts';
import { logPlan } from './link-inputs.ts';

type DecidePorts = Pick<Ports, 'db' | 'now' | 'log'>;

export interface Decisions {
  /** Open operations to carry out; `all` of them that could be. */
  readonly approve: readonly number[] | 'all';
  /** Planned operations to leave out. */
  readonly reject: readonly number[];
}

/**
 * Approves and rejects operations; the plan gets another hash, so nobody applies what they have not seen. Failures:
 * `not_found`, `conflict` unless the plan waits to be applied.
 */
export async function decidePlan(
  ports: DecidePorts,
  connectionId: string,
  planId: string,
  decisions: Decisions,
): Promise<Result<Plan, Failure>> {
  const plan = await findPlan(ports.db, connectionId, planId);
  if (plan === undefined)
    return fail({ code: 'not_found', message: `There is no plan ${planId}.` });
  if (plan.status !== 'ready' && plan.status !== 'needs_decision') {
    return fail({
      code: 'conflict',
      message: `The plan is ${plan.status}: nothing can be decided.`,
    });
  }
  const { approve, reject } = decisions;
  await decideOperations(ports.db, connectionId, planId, approve, 'planned');
  await decideOperations(ports.db, connectionId, planId, reject, 'open');
  const counted = await countOperations(ports.db, connectionId, planId);
  const sum = (outcome: string): number =>
    counted.reduce((total, row) => (row.outcome === outcome ? total + row.count : total), 0);
  const open = sum('open');
  await setPlanStatus(ports.db, connectionId, planId, {
    from: ['ready', 'needs_decision'],
    to: open > 0 ? 'needs_decision' : 'ready',
    progressTotal: sum('planned'),
    counts: { ...plan.counts, open },
    hash: await decidedHash(plan.hash, decisions),
    nowMs: ports.now(),
  });
  const message = `Decided: ${approve === 'all' ? 'all' : approve.length} approved, ${reject.length} rejected.`;
  logPlan(ports, connectionId, planId, 'plan.decide', 'ok', message, decisions);
  return ok((await findPlan(ports.db, connectionId, planId)) ?? plan);
}

/** The operations that take a plan back, page by page. */
export async function* undoOperations(
  { db }: Pick<Ports, 'db'>,
  connectionId: string,
  planId: string,
): AsyncGenerator<Operation[], void> {
  for (let cursor: number | null = null; ;) {
    const page = await listOperations(db, connectionId, planId, cursor, PLAN_PAGE_ROWS);
    const applied = page.items.filter(({ outcome }) => outcome === 'applied');
    // Payloads are written by plans alone, so their shape is theirs.
    yield applied.flatMap(
      ({ sku, before, after, payload }) =>
        planUndo({ sku, before, after, payload: payload as OperationPayload | null }) ?? [],
    );
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** The plan that an undo plan takes back; undefined when it names none. */
export function undonePlanId(plan: Plan): string | undefined {
  const request: unknown = plan.request;
  if (typeof request !== 'object' || request === null || !('planId' in request)) return undefined;
  return typeof request.planId === 'string' ? request.planId : undefined;
}

/** What a person decides about single operations of a plan, and about taking a whole plan back (C7). */
import { decidedHash } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { PLAN_PAGE_ROWS } from '../limits.ts';
import type { Database, Ports } from '../ports.ts';
import { findLinksByItem, findLinksByVariant, type Link } from '../store/links.ts';
import type { Operation, OperationPayload } from '../domain/catalog/plan.ts';
import { planUndo, type CreatedFate } from '../domain/catalog/undo-plan.ts';
import {
  countOperations,
  decideOperations,
  findPlan,
  listOperations,
  setPlanStatus,
  type Chosen,
  type Plan,
} from '../store/plans.ts';
import { logPlan } from './link-inputs.ts';

type DecidePorts = Pick<Ports, 'db' | 'now' | 'log'>;

export interface Decisions {
  /** Open operations to carry out, as far as they can be. */
  readonly approve: Chosen;
  /** Planned operations to leave out. */
  readonly reject: Chosen;
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
  const message = `Decided: ${sayChosen(approve)} approved, ${sayChosen(reject)} rejected.`;
  logPlan(ports, connectionId, planId, 'plan.decide', 'ok', message, decisions);
  return ok((await findPlan(ports.db, connectionId, planId)) ?? plan);
}

/** What an undo plan was asked for. */
export interface UndoRequest {
  readonly planId: string;
  /** What becomes of what the plan created. */
  readonly created: CreatedFate;
}

function sayChosen(chosen: Chosen): string {
  if (chosen === 'all') return 'all';
  return 'kinds' in chosen ? `every ${chosen.kinds.join(', ')}` : String(chosen.length);
}

/** The operations that take a plan back, page by page. */
export async function* undoOperations(
  { db }: Pick<Ports, 'db'>,
  connectionId: string,
  { planId, created }: UndoRequest,
): AsyncGenerator<Operation[], void> {
  for (let cursor: number | null = null; ;) {
    const page = await listOperations(db, connectionId, planId, cursor, PLAN_PAGE_ROWS);
    const applied = page.items
      .filter(({ outcome }) => outcome === 'applied')
      // Payloads are written by plans alone, so their shape is theirs.
      .map(({ sku, before, after, payload }) => ({
        sku,
        before,
        after,
        payload: payload as OperationPayload | null,
      }));
    const made = created === 'keep' ? () => undefined : await madeLinks(db, connectionId, applied);
    yield applied.flatMap((each) => planUndo(each, created, made(each.payload)) ?? []);
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** The links of what these operations created, as they are now. */
async function madeLinks(
  db: Database,
  connectionId: string,
  applied: readonly { readonly payload: OperationPayload | null }[],
): Promise<(payload: OperationPayload | null) => Link | undefined> {
  const payloads = applied.flatMap(({ payload }) => payload ?? []);
  const variantIds = payloads.flatMap((each) => (each.do === 'create' ? [each.variantId] : []));
  const items = payloads.flatMap((each) =>
    each.do === 'create-web' ? each.items.slice(0, 1) : [],
  );
  const found = await findLinksByVariant(db, connectionId, variantIds);
  for (const [merchantId, own] of Map.groupBy(items, (item) => item.merchantId)) {
    const itemIds = own.map(({ itemId }) => itemId);
    found.push(...(await findLinksByItem(db, connectionId, merchantId, itemIds)));
  }
  const active = found.filter(({ status }) => status === 'active');
  const byVariant = new Map(active.map((link) => [link.variantId, link]));
  const byItem = new Map(
    active.flatMap((link) =>
      link.items.map(({ merchantId, itemId }) => [`${merchantId}:${itemId}`, link] as const),
    ),
  );
  return (payload) => {
    if (payload?.do === 'create') return byVariant.get(payload.variantId);
    if (payload?.do !== 'create-web') return undefined;
    const [lead] = payload.items;
    return lead === undefined ? undefined : byItem.get(`${lead.merchantId}:${lead.itemId}`);
  };
}

/** What an undo plan takes back; undefined when it names nothing. */
export function undoRequest(plan: Plan): UndoRequest | undefined {
  const request: unknown = plan.request;
  if (typeof request !== 'object' || request === null || !('planId' in request)) return undefined;
  const created = 'created' in request ? request.created : 'keep';
  const fate = created === 'hide' || created === 'delete' ? created : 'keep';
  return typeof request.planId === 'string' ? { planId: request.planId, created: fate } : undefined;
}

/** Linking and resyncing, as a person starts it: a plan is made, looked at, and applied by its hash (C7). */
import { PLAN_STALLED_MS, PLAN_TTL_MS } from '../limits.ts';
import { inputsHash } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, unreachable, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { findConnection } from '../store/connections.ts';
import {
  createPlan,
  findPlan,
  findUnfinishedPlans,
  setPlanStatus,
  type Plan,
  type PlanKind,
} from '../store/plans.ts';
import { logPlan, planInputs } from './link-inputs.ts';
import type { UndoRequest } from './plan-decisions.ts';

export { applyPlan } from './link-apply.ts';
export { computePlan } from './link-compute.ts';

type LinkPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues' | 'log'>;

/**
 * Starts a plan; it is computed by the queue. Failures: `not_found` no such connection; `disconnected` or
 * `reauthorise` the connection is not active; `conflict` no Clover merchant is connected, or another plan is at work;
 * `invalid_input` the pools make no sense.
 */
export async function startPlan(
  ports: LinkPorts,
  connectionId: string,
  kind: PlanKind,
  request: unknown = null,
): Promise<Result<{ id: string }, Failure>> {
  const connection = await findConnection(ports.db, connectionId);
  const inputs = planInputs(connection);
  if (!inputs.ok) return inputs;
  const busy = await findBusyPlan(ports, connectionId);
  if (busy !== undefined) {
    const doing = busy.status === 'applying' ? 'applied' : 'computed';
    return fail({
      code: 'conflict',
      message: `Plan ${busy.id} is being ${doing}: wait until it is done.`,
    });
  }
  const id = ports.newId();
  await createPlan(ports.db, { id, connectionId, kind, request, nowMs: ports.now() });
  await ports.queues.work.send({ v: 1, kind: 'plan', connectionId, eventId: id, planId: id });
  logPlan(ports, connectionId, id, `plan.${kind}`, 'ok', `A ${kind} plan was started.`);
  return ok({ id });
}

/**
 * Applies a plan by the hash that the person saw; the queue carries it out. A repeat of the same request is fine.
 * Failures: `not_found`; `stale` another hash, changed settings, merchants or links, or an old plan; `conflict` the
 * plan is not ready, or another one is at work; those of a connection that is not active.
 */
export async function requestApply(
  ports: LinkPorts,
  connectionId: string,
  planId: string,
  hash: string,
  by: string,
): Promise<Result<void, Failure>> {
  const plan = await findPlan(ports.db, connectionId, planId);
  if (plan === undefined)
    return fail({ code: 'not_found', message: `There is no plan ${planId}.` });
  const refusal = refuseApply(plan, hash);
  if (refusal !== undefined) return fail(refusal);
  if (plan.status === 'applying' || plan.status === 'applied') return ok(undefined);
  const changed = await whyStale(ports, plan);
  if (!changed.ok) return changed;
  if (changed.value !== null) {
    const from = ['ready', 'needs_decision'] as const;
    const message = `${changed.value} Make a new plan.`;
    const change = { from, to: 'stale', error: message, nowMs: ports.now() } as const;
    await setPlanStatus(ports.db, connectionId, planId, change);
    return fail({ code: 'stale', message });
  }
  return beginApply(ports, plan, by);
}

/**
 * Starts the plan that takes an applied one back. Failures: `not_found`; `conflict` when it was never applied; those of
 * `startPlan`.
 */
export async function startUndo(
  ports: LinkPorts,
  connectionId: string,
  planId: string,
  created: UndoRequest['created'] = 'keep',
): Promise<Result<{ id: string }, Failure>> {
  const plan = await findPlan(ports.db, connectionId, planId);
  if (plan === undefined)
    return fail({ code: 'not_found', message: `There is no plan ${planId}.` });
  if (plan.status !== 'applied' && plan.status !== 'stopped') {
    return fail({
      code: 'conflict',
      message: `The plan is ${plan.status}: there is nothing to take back yet.`,
    });
  }
  return startPlan(ports, connectionId, 'undo', { planId, created } satisfies UndoRequest);
}

/** Stops a plan that is being computed or applied; what was applied stays. False when it was not at work. */
export function stopPlan(ports: LinkPorts, connectionId: string, planId: string): Promise<boolean> {
  return setPlanStatus(ports.db, connectionId, planId, {
    from: ['computing', 'applying'],
    to: 'stopped',
    error: 'Stopped by a person.',
    nowMs: ports.now(),
  });
}

/** The plan at work, if any. One that lost its message long ago is closed, so that it does not block the others. */
async function findBusyPlan(
  ports: Pick<LinkPorts, 'db' | 'now'>,
  connectionId: string,
): Promise<Plan | undefined> {
  const nowMs = ports.now();
  let busy: Plan | undefined;
  for (const plan of await findUnfinishedPlans(ports.db, connectionId)) {
    if (plan.updatedAtMs > nowMs - PLAN_STALLED_MS) {
      busy ??= plan;
      continue;
    }
    await setPlanStatus(ports.db, connectionId, plan.id, {
      from: ['computing', 'applying'],
      to: plan.status === 'applying' ? 'stopped' : 'failed',
      error: 'It stopped moving; what was applied stays. Make a new plan.',
      nowMs,
    });
  }
  return busy;
}

function refuseApply(plan: Plan, hash: string): Failure | undefined {
  switch (plan.status) {
    case 'ready':
    case 'needs_decision':
    case 'applying':
    case 'applied':
      if (plan.hash === hash) return undefined;
      return { code: 'stale', message: 'The hash is not the one of this plan: look at it again.' };
    case 'stale':
      return { code: 'stale', message: plan.error ?? 'The plan is stale: make a new one.' };
    case 'computing':
      return { code: 'conflict', message: 'The plan is still being computed.' };
    case 'failed':
    case 'stopped':
      return { code: 'conflict', message: `The plan is ${plan.status}: make a new one.` };
    default:
      return unreachable(plan.status);
  }
}

/** A plain reason, or null while what the plan was made from is as it was. Fresh levels are read when it is applied. */
async function whyStale(
  ports: Pick<LinkPorts, 'db' | 'now'>,
  plan: Plan,
): Promise<Result<string | null, Failure>> {
  if (plan.createdAtMs < ports.now() - PLAN_TTL_MS) {
    return ok(`The plan is older than ${PLAN_TTL_MS / 3_600_000} hours.`);
  }
  const connection = await findConnection(ports.db, plan.connectionId);
  const inputs = planInputs(connection);
  if (!inputs.ok) return inputs;
  const half = await inputsHash(await inputs.value.hashed(ports.db, plan.kind));
  return ok(
    plan.hash.endsWith(half)
      ? null
      : 'Settings, merchants or links changed since the plan was made.',
  );
}

async function beginApply(
  ports: LinkPorts,
  plan: Plan,
  by: string,
): Promise<Result<void, Failure>> {
  const { connectionId, id: planId } = plan;
  const busy = await findBusyPlan(ports, connectionId);
  if (busy !== undefined && busy.id !== planId) {
    return fail({
      code: 'conflict',
      message: `Plan ${busy.id} is at work: wait until it is done.`,
    });
  }
  const begun = await setPlanStatus(ports.db, connectionId, planId, {
    from: ['ready', 'needs_decision'],
    to: 'applying',
    progressDone: 0,
    nowMs: ports.now(),
  });
  if (begun) {
    logPlan(ports, connectionId, planId, 'plan.apply', 'ok', 'The plan is being applied.', { by });
  }
  // Sent even when another request began it: that one may have died before its message was out. A repeat is harmless.
  await ports.queues.work.send({
    v: 1,
    kind: 'apply',
    connectionId,
    eventId: planId,
    planId,
    seq: 0,
    by,
  });
  return ok(undefined);
}

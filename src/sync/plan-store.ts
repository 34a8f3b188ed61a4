/** Stores what a plan would do, chunk by chunk, and the hash over it. */
import type { Operation, PlanCounts, PlanDraft } from '../domain/catalog/plan.ts';
import { hashEnd, hashOn, inChunks, NO_COUNTS } from '../domain/catalog/plan.ts';
import { D1_CHUNK_ROWS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { deleteOperations, insertOperations, setPlanStatus, type Plan } from '../store/plans.ts';
import { logPlan } from './link-inputs.ts';

type StorePorts = Pick<Ports, 'db' | 'now' | 'log'>;

export interface StoredPlan {
  readonly hash: string;
  readonly status: 'ready' | 'needs_decision';
  /** Operations that apply carries out. */
  readonly planned: number;
  readonly counts: PlanCounts;
}

/**
 * Replaces the plan's operations by those of the draft and the chunks that follow it, and makes it ready. undefined when
 * the plan was stopped meanwhile. `hashed`: what the plan was made from.
 */
export async function storePlan(
  ports: StorePorts,
  plan: Plan,
  draft: PlanDraft | null,
  more: AsyncIterable<readonly Operation[]> | null,
  hashed: unknown,
): Promise<StoredPlan | undefined> {
  const { connectionId, id } = plan;
  await deleteOperations(ports.db, connectionId, id);
  const tally = new Map<string, number>(Object.entries(draft?.counts ?? NO_COUNTS));
  const add = (kind: string): unknown => tally.set(kind, (tally.get(kind) ?? 0) + 1);
  let chain = '';
  let planned = 0;
  let seq = 0;
  const keep = async (chunk: readonly Operation[]): Promise<void> => {
    const first = seq;
    chain = await hashOn(chain, chunk);
    const rows = chunk.map((operation, index) => ({ ...operation, seq: first + index }));
    await insertOperations(ports.db, id, rows);
    planned += chunk.filter(({ outcome }) => outcome === 'planned').length;
    seq += chunk.length;
  };
  for (const chunk of inChunks(draft?.operations() ?? [], D1_CHUNK_ROWS)) await keep(chunk);
  for await (const chunk of more ?? []) {
    if (chunk.length > 0) await keep(chunk);
    for (const { kind, outcome } of chunk) {
      add(kind);
      if (outcome === 'open') add('open');
    }
  }
  const hash = await hashEnd(chain, hashed);
  const counts = { ...NO_COUNTS, ...Object.fromEntries(tally) };
  const status = counts.open > 0 ? 'needs_decision' : 'ready';
  const done = await setPlanStatus(ports.db, connectionId, id, {
    from: ['computing'],
    to: status,
    progressDone: 0,
    progressTotal: planned,
    counts,
    hash,
    error: null,
    nowMs: ports.now(),
  });
  if (!done) return undefined;
  const message = `The plan is ${status}: ${planned} operations to apply, ${counts.open} left to a person.`;
  logPlan(ports, connectionId, id, `plan.${plan.kind}`, 'ok', message, counts);
  return { hash, status, planned, counts };
}

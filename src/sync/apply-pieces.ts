/** Which operations of a plan go together: those that share platform calls with their neighbours, and the others. */
import type { OperationPayload } from '../domain/catalog/plan.ts';
import { APPLY_CHUNK, WEB_CREATE_CHUNK } from '../limits.ts';
import type { PlanOperation } from '../store/plans.ts';
import type { CreateWebOperation } from './catalog-create-web.ts';

/** Payloads are written by the plan alone, so their shape is the plan's. */
export function payloadOf(operation: PlanOperation): OperationPayload | null {
  return operation.payload as OperationPayload | null;
}

type Payload<Do> = Extract<OperationPayload, { do: Do }>;

/** The operations of one sort that come next, when they do: many of them share a platform call. */
export function leading<Do extends OperationPayload['do']>(
  waiting: readonly PlanOperation[],
  what: Do,
): { readonly operation: PlanOperation; readonly payload: Payload<Do> }[] {
  const run: { operation: PlanOperation; payload: Payload<Do> }[] = [];
  for (const operation of waiting) {
    const payload = payloadOf(operation);
    if (payload?.do !== what) break;
    run.push({ operation, payload: payload as Payload<Do> });
  }
  return run;
}

/** Products to be created that come next: few of them, with all variants of the last one. */
export function webCreatesOf(waiting: readonly PlanOperation[]): CreateWebOperation[] {
  const run = leading(waiting, 'create-web');
  const last = run[WEB_CREATE_CHUNK - 1]?.payload.lead;
  const end = run.findIndex(
    ({ payload }, index) => index >= WEB_CREATE_CHUNK && payload.lead !== last,
  );
  return end === -1 ? run : run.slice(0, end);
}

const TOGETHER: ReadonlySet<string | undefined> = new Set<OperationPayload['do']>([
  'fields',
  'create',
  'create-web',
  'cleanup',
  'remove',
]);

/** The operations before the first one that goes with its neighbours, as many as one piece carries. */
export function linkOperations(waiting: readonly PlanOperation[]): readonly PlanOperation[] {
  const first = waiting.findIndex((operation) => TOGETHER.has(payloadOf(operation)?.do));
  return waiting.slice(0, Math.min(first === -1 ? waiting.length : first, APPLY_CHUNK));
}

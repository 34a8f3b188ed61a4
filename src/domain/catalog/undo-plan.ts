/** Taking back what a plan wrote: a plan of its own, with the values that stood there before (C7). */
import type { FieldsPayload, Operation, OperationPayload } from './plan.ts';

/** An operation that was applied, as it was stored. */
export interface AppliedOperation {
  readonly sku: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly payload: OperationPayload | null;
}

/**
 * The operation that takes this one back; what both sides agreed on is forgotten with it, so that nothing is written to
 * its fields again before a person plans. Links and created items are not taken back: that would lose ledgers and sales.
 */
export function planUndo({ sku, before, after, payload }: AppliedOperation): Operation | undefined {
  if (payload?.do === 'fields') {
    return {
      kind: 'update',
      sku,
      outcome: 'planned',
      reason: null,
      before: after,
      after: before,
      payload: undoneFields(payload),
    };
  }
  if (payload?.do === 'cleanup') {
    const { counts: _counts, tried: _tried, ...write } = payload;
    return {
      kind: payload.field,
      sku,
      outcome: 'planned',
      reason: null,
      before: after,
      after: before,
      payload: { ...write, before: payload.after, after: payload.before },
    };
  }
  if (payload?.do !== 'create') return undefined;
  const reason = 'Items that were created stay: delete them at Clover if nothing was sold of them.';
  return {
    kind: 'skip',
    sku,
    outcome: 'skipped',
    reason,
    before: after,
    after: null,
    payload: null,
  };
}

function undoneFields(payload: FieldsPayload): FieldsPayload {
  const writes = payload.writes.map((write) => ({
    ...write,
    before: write.after,
    after: write.before,
  }));
  return { ...payload, writes, agreed: {}, lost: [], forgets: true };
}

/** Taking back what a plan wrote: a plan of its own, with the values that stood there before (C7). */
import type { LinkId, MerchantId } from '../ids.ts';
import type { FieldsPayload, Operation, OperationPayload, RemovePayload } from './plan.ts';

/** An operation that was applied, as it was stored. */
export interface AppliedOperation {
  readonly sku: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly payload: OperationPayload | null;
}

/** What becomes of what the plan created. */
export type CreatedFate = 'keep' | 'hide' | 'delete';

/** The link of what was created, as it is now. */
export interface MadeLink {
  readonly linkId: LinkId;
  readonly productId: number;
  readonly variantId: number;
  readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
}

/**
 * The operation that takes this one back; what both sides agreed on is forgotten with it, so that nothing is written to
 * its fields again before a person plans. Links are not taken back, and what was created stays, unless the person says
 * otherwise: that would lose ledgers and sales. `made`: the link of what was created; undefined when it has none any more.
 */
export function planUndo(
  { sku, before, after, payload }: AppliedOperation,
  fate: CreatedFate = 'keep',
  made?: MadeLink,
): Operation | undefined {
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
  if (payload?.do === 'remove') {
    const why =
      'What was hidden or deleted stays so: show it again on its own page, or link it anew.';
    return {
      kind: 'skip',
      sku,
      outcome: 'skipped',
      reason: why,
      before,
      after: null,
      payload: null,
    };
  }
  if (payload?.do !== 'create' && payload?.do !== 'create-web') return undefined;
  const side = payload.do === 'create' ? 'clover' : 'bigcommerce';
  if (fate !== 'keep' && made !== undefined) return planRemoval(sku, after, side, fate, made);
  const reason =
    made === undefined && fate !== 'keep'
      ? 'It is linked no more: look at it yourself.'
      : 'What was created stays: take the plan back with "created": "hide" or "delete" if nothing was sold of it.';
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

/** Takes one side's rows of a link off sale, or deletes them. */
export function planRemoval(
  sku: string,
  before: unknown,
  side: RemovePayload['side'],
  how: RemovePayload['how'],
  { linkId, productId, variantId, items }: MadeLink,
): Operation {
  const where = side === 'clover' ? 'Clover' : 'BigCommerce';
  const reason =
    how === 'hide'
      ? `It is hidden at ${where}; its link and its count stay.`
      : `It is deleted at ${where} for good, and its link ends; what was counted stays to be looked up.`;
  const payload: RemovePayload = { do: 'remove', side, how, linkId, productId, variantId, items };
  return { kind: 'remove', sku, outcome: 'planned', reason, before, after: null, payload };
}

function undoneFields(payload: FieldsPayload): FieldsPayload {
  const writes = payload.writes.map((write) => ({
    ...write,
    before: write.after,
    after: write.before,
  }));
  return { ...payload, writes, agreed: {}, lost: [], forgets: true };
}

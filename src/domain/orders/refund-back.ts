/** Refunds of sales in store, as what BigCommerce is asked to give back (O4, O5): pure. */
import type { InStoreState } from './sale-state.ts';

/** Money that went back at the register; minor units. */
export interface RegisterRefund {
  readonly refundId: string;
  /** With tax and tip. */
  readonly amount: number;
  readonly taxAmount: number;
  readonly isDone: boolean;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly createdMs: number | null;
  /** Empty for money without items. */
  readonly lineItemIds: readonly string[];
}

/** A refund as BigCommerce has it. */
export interface WebRefund {
  readonly refundId: number;
  readonly amountMinor: number;
  /** Of the refund and of its items. */
  readonly reasons: readonly string[];
}

/** What a refund of ours is found by. */
export const refundMark = (refundId: string): string => `clover:${refundId}`;

/** Lines of one refund, by BigCommerce's line, with how many units go back. */
export interface LineBack {
  readonly webLineId: number;
  readonly quantity: number;
}

/**
 * The lines of each refund. One that names none gets those that are flagged as refunded and that no other names, when it is
 * the only such refund (clover.md 5.6); otherwise it is money without items.
 */
export function attributed(
  refunds: readonly RegisterRefund[],
  flagged: readonly string[],
): readonly RegisterRefund[] {
  const named = new Set(refunds.flatMap(({ lineItemIds }) => lineItemIds));
  const open = flagged.filter((id) => !named.has(id));
  const bare = refunds.filter(({ lineItemIds, isDone }) => isDone && lineItemIds.length === 0);
  const [only, ...others] = bare;
  if (only === undefined || others.length > 0 || open.length === 0) return refunds;
  return refunds.map((refund) => (refund === only ? { ...refund, lineItemIds: open } : refund));
}

/** Units by BigCommerce's line; lines that are in none of them (exchanged ones) are left out. */
export function linesBack(
  { lines }: Pick<InStoreState, 'lines'>,
  { lineItemIds }: Pick<RegisterRefund, 'lineItemIds'>,
): LineBack[] {
  return lines.flatMap(({ webLineId, lineItemIds: own }) => {
    const quantity = lineItemIds.filter((id) => own.includes(id)).length;
    return quantity === 0 ? [] : [{ webLineId, quantity }];
  });
}

/** A refund that BigCommerce has, or was sent. */
export interface BookedRefund {
  readonly refundId: string;
  readonly amountMinor: number;
  /** BigCommerce's; null: sent, and its answer is not known to have come. 0: settled by the sums of both sides. */
  readonly webRefundId: number | null;
}

/** What is still to be sent, oldest first, and what is known to be there. */
export interface RefundWork {
  readonly booked: readonly BookedRefund[];
  readonly missing: readonly RegisterRefund[];
  /** Sent before, and taken back at the register since: BigCommerce cannot. */
  readonly undone: readonly BookedRefund[];
}

/**
 * Compares both sides' refunds of one order. One of ours is known by its mark; one whose answer got lost, also by its
 * amount. Where both sides gave back the same, however it was cut up, nothing is missing.
 */
export function refundWork(
  known: readonly BookedRefund[],
  register: readonly RegisterRefund[],
  web: readonly WebRefund[],
): RefundWork {
  const done = register
    .filter(({ isDone }) => isDone)
    .toSorted((a, b) => (a.createdMs ?? 0) - (b.createdMs ?? 0));
  const taken = new Set(known.flatMap(({ webRefundId }) => webRefundId ?? []));
  const booked: BookedRefund[] = [];
  for (const { refundId, amount: amountMinor } of done) {
    const before = known.find((each) => each.refundId === refundId);
    const found = before?.webRefundId ?? foundIn(web, refundId, before, taken);
    if (found === null) continue;
    taken.add(found);
    booked.push({ refundId, amountMinor, webRefundId: found });
  }
  const undone = known.filter(
    ({ refundId, webRefundId }) =>
      webRefundId !== null && !done.some((refund) => refund.refundId === refundId),
  );
  const missing = done.filter(({ refundId }) => !booked.some((each) => each.refundId === refundId));
  const back = done.reduce((sum, { amount }) => sum + amount, 0);
  const backOnline = web.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const isEven = missing.length > 0 && back === backOnline;
  if (!isEven) return { booked, missing, undone };
  const settled = missing.map(({ refundId, amount }) => ({
    refundId,
    amountMinor: amount,
    webRefundId: 0,
  }));
  return { booked: [...booked, ...settled], missing: [], undone };
}

function foundIn(
  web: readonly WebRefund[],
  refundId: string,
  sent: BookedRefund | undefined,
  taken: ReadonlySet<number>,
): number | null {
  const mark = refundMark(refundId);
  const marked = web.find(({ reasons }) =>
    reasons.some((reason) => reason === mark || reason.startsWith(`${mark} `)),
  );
  if (marked !== undefined) return marked.refundId;
  if (sent === undefined) return null;
  const alike = web.find(
    ({ refundId: id, amountMinor, reasons }) =>
      amountMinor === sent.amountMinor &&
      !taken.has(id) &&
      !reasons.some((reason) => reason.startsWith('clover:')),
  );
  return alike?.refundId ?? null;
}

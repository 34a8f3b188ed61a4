/** A web order that was cancelled after it had gone to the register (O4). */
import type { PushOutcome } from '../domain/orders/relay.ts';
import { getOrderRefunds } from '../platforms/clover/order-money.ts';
import { deleteOrder, updateOrder } from '../platforms/clover/order-writes.ts';
import { getPushedOrder } from '../platforms/clover/pushed-order.ts';
import { cut, REGISTER_LIMITS } from '../domain/orders/register-limits.ts';
import type { PushWorker } from './push-worker.ts';

const MARK = 'CANCELLED';

/**
 * Takes the order off the register where Clover allows it. Where it does not (paid orders, clover.md 10), the order is
 * marked for staff and a person has to refund it; once its refunds cover what was paid, that is seen and done with.
 */
export async function removeOrder(
  worker: PushWorker,
  merchantId: string,
  orderId: string,
  why: string,
): Promise<PushOutcome> {
  const gone = await deleteOrder(worker.clover(merchantId), orderId);
  if (gone.ok || gone.failure.code === 'not_found') {
    return { end: 'removed', story: `${why}; it was taken off the register.` };
  }
  if (gone.failure.code !== 'rejected') return { end: 'failed', failure: gone.failure };
  const read = await getPushedOrder(worker.clover(merchantId), orderId);
  if (!read.ok) return { end: 'failed', failure: read.failure };
  const refunds = await getOrderRefunds(worker.clover(merchantId), orderId);
  if (!refunds.ok) return { end: 'failed', failure: refunds.failure };
  const sum = (amounts: readonly number[]) => amounts.reduce((sofar, each) => sofar + each, 0);
  const paid = read.value.payments.filter(({ isDone }) => isDone);
  const paidMinor = sum(paid.map(({ amountMinor }) => amountMinor));
  const backMinor = sum(refunds.value.filter(({ isDone }) => isDone).map(({ amount }) => amount));
  if (backMinor >= paidMinor) {
    return { end: 'removed', story: `${why}; it was refunded at the register.` };
  }
  if (!read.value.title.startsWith(MARK)) {
    const title = cut(`${MARK} ${read.value.title}`, REGISTER_LIMITS.titleChars);
    const marked = await updateOrder(worker.clover(merchantId), orderId, { title });
    if (!marked.ok) return { end: 'failed', failure: marked.failure };
  }
  return {
    end: 'attention',
    reason: `${why}, and Clover does not let a paid order be deleted: refund it in the register's Orders app.`,
  };
}

/** What was refunded of a pushed web order, on both sides (O4). */
import type { Failure } from '../domain/failure.ts';
import { divideExact, minorDigits, readExact, toMinor } from '../domain/money.ts';
import type { RefundState } from '../domain/orders/refunds.ts';
import { ok, type Result } from '../domain/result.ts';
import { getOrderRefunds as getWebRefunds } from '../platforms/bigcommerce/refunds.ts';
import type { Sale } from '../platforms/bigcommerce/sales.ts';
import { getOrderRefunds as getRegisterRefunds } from '../platforms/clover/order-money.ts';
import type { CloverMerchant } from '../store/connections.ts';
import type { PushWorker } from './push-worker.ts';

/** Refunded, partially refunded (bigcommerce.md 7.3). */
const REFUNDED_STATUS_IDS: ReadonlySet<number> = new Set([4, 14]);

/** Both sums; two calls, and none for an order without a refund. */
export async function refundStateOf(
  worker: PushWorker,
  merchant: CloverMerchant,
  sale: Sale,
): Promise<Result<RefundState, Failure>> {
  const { registerOrderId } = worker.state;
  const isRefunded =
    REFUNDED_STATUS_IDS.has(sale.statusId) ||
    sale.lines.some(({ quantityRefunded }) => quantityRefunded > 0);
  if (!isRefunded) return ok({ webMinor: 0, registerMinor: 0 });
  const web = await getWebRefunds(worker.bigcommerce(), sale.orderId);
  if (!web.ok) return web;
  const done = web.value.filter(
    ({ payments }) => payments.length === 0 || payments.some(({ isDeclined }) => !isDeclined),
  );
  const webMinor = done.reduce((sum, { total }) => sum + minorOf(total, sale, merchant), 0);
  if (registerOrderId === null) return ok({ webMinor, registerMinor: 0 });
  const register = await getRegisterRefunds(worker.clover(merchant.merchantId), registerOrderId);
  if (!register.ok) return register;
  const registerMinor = register.value
    .filter(({ isDone }) => isDone)
    .reduce((sum, { amount }) => sum + amount, 0);
  return ok({ webMinor, registerMinor });
}

/** In the register's currency, at the order's own rate. */
function minorOf(text: string, sale: Sale, { currency }: CloverMerchant): number {
  const [amount, rate] = [readExact(text), readExact(sale.storeToCurrencyRate)];
  if (!amount.ok) return 0;
  const isForeign = sale.currency !== currency && rate.ok && rate.value > 0n;
  const own = isForeign ? divideExact(amount.value, rate.value) : amount.value;
  return toMinor(own, minorDigits(currency));
}

/** The order type of pushed orders at a merchant: found by its label, or made once (O1). */
import { isRetryable, type Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CALL_TIMEOUT_MS } from '../limits.ts';
import { createOrderType, getOrderTypes } from '../platforms/clover/order-setup.ts';
import {
  findRegisterObject,
  freeRegisterObject,
  holdRegisterObject,
  keepRegisterObject,
  type RegisterObjectKey,
} from '../store/register-objects.ts';
import type { PushWorker } from './push-worker.ts';

/** Looking and making are two calls; a third time-out is the margin. */
const MAKING_LEASE_MS = 3 * CALL_TIMEOUT_MS;
const MAKING_RETRY_MS = 2_000;
/** Kept instead of an id: the merchant refused; another label in the settings asks again. */
const REFUSED = '';

const keyOf = ({ connection }: PushWorker, merchantId: string): RegisterObjectKey => ({
  connectionId: connection.id,
  merchantId,
  kind: 'order_type',
  labelKey: connection.settings.orders.webToClover.orderType.trim(),
});

/**
 * Clover's id of the order type; null: none is wanted, or the app has no leave for it: an order does not wait for a label.
 * Labels are not unique, so one worker at a time looks and makes; the others are `busy` for a moment.
 */
export async function orderTypeFor(
  worker: PushWorker,
  merchantId: string,
): Promise<Result<string | null, Failure>> {
  const { db, now } = worker.ports;
  const key = keyOf(worker, merchantId);
  if (key.labelKey === '') return ok(null);
  const known = await findRegisterObject(db, key);
  if (known !== undefined) return ok(known === REFUSED ? null : known);
  const nowMs = now();
  if (!(await holdRegisterObject(db, key, nowMs, nowMs + MAKING_LEASE_MS))) {
    const message = `The order type ${key.labelKey} is being made by another order.`;
    return fail({ code: 'busy', message, retryAfterMs: MAKING_RETRY_MS });
  }
  const made = await findOrMake(worker, key);
  if (made.ok || !isRetryable(made.failure)) {
    await keepRegisterObject(db, key, made.ok ? made.value : REFUSED);
    return ok(made.ok ? made.value : null);
  }
  // One that may have been made is left to its lease, so that the next look finds it.
  if (made.failure.outcomeUnknown !== true) await freeRegisterObject(db, key);
  return made;
}

async function findOrMake(
  worker: PushWorker,
  { merchantId, labelKey }: RegisterObjectKey,
): Promise<Result<string, Failure>> {
  const listed = await getOrderTypes(worker.clover(merchantId));
  if (!listed.ok) return listed;
  const found = listed.value.find(({ label }) => label.toLowerCase() === labelKey.toLowerCase());
  if (found !== undefined) return ok(found.orderTypeId);
  const made = await createOrderType(worker.clover(merchantId), labelKey);
  return made.ok ? ok(made.value.orderTypeId) : made;
}

/** The register does not know the kept one any more: the next order looks again. */
export async function forgetOrderType(worker: PushWorker, merchantId: string): Promise<void> {
  await keepRegisterObject(worker.ports.db, keyOf(worker, merchantId), null);
}

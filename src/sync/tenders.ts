/** Tenders of our own at a merchant: one per payment method, found by its key or made once (O1). */
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { createTender, getTenders } from '../platforms/clover/order-setup.ts';
import {
  findRegisterObject,
  holdRegisterObject,
  keepRegisterObject,
  type RegisterObjectKey,
} from '../store/register-objects.ts';
import { CALL_TIMEOUT_MS } from '../limits.ts';
import type { PushWorker } from './push-worker.ts';

/** Looking and making are two calls; a third time-out is the margin. */
const MAKING_LEASE_MS = 3 * CALL_TIMEOUT_MS;
const MAKING_RETRY_MS = 2_000;
const LABEL_CHARS = 127;

/** `com.onhand.web.credit-card`: what our tenders are found by, whatever staff call them since. */
export function tenderKey(method: string): string {
  const slug = method
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return `com.onhand.web.${slug}`.slice(0, LABEL_CHARS);
}

/**
 * Clover's id of the tender for a payment method. Clover keeps no key unique, so one worker at a time looks and makes;
 * the others are `busy` for a moment. `mapping_missing` when the merchant's permissions allow no new tender.
 */
export async function tenderFor(
  worker: PushWorker,
  merchantId: string,
  method: string,
): Promise<Result<string, Failure>> {
  const { ports, connection } = worker;
  const labelKey = tenderKey(method);
  const key = { connectionId: connection.id, merchantId, kind: 'tender', labelKey } as const;
  const known = await findRegisterObject(ports.db, key);
  if (known !== undefined) return ok(known);
  const nowMs = ports.now();
  if (!(await holdRegisterObject(ports.db, key, nowMs, nowMs + MAKING_LEASE_MS))) {
    const message = `The tender for ${method} is being made by another order.`;
    return fail({ code: 'busy', message, retryAfterMs: MAKING_RETRY_MS });
  }
  return findOrMake(worker, key, method);
}

async function findOrMake(
  worker: PushWorker,
  key: RegisterObjectKey,
  method: string,
): Promise<Result<string, Failure>> {
  const { db } = worker.ports;
  const session = worker.clover(key.merchantId);
  const listed = await getTenders(session);
  if (!listed.ok) {
    await keepRegisterObject(db, key, null);
    return listed;
  }
  const found = listed.value.find(({ labelKey }) => labelKey === key.labelKey);
  const made = found ?? (await makeTender(worker, key, method));
  if ('ok' in made && !made.ok) return made;
  const tenderId = 'ok' in made ? made.value.tenderId : made.tenderId;
  await keepRegisterObject(db, key, tenderId);
  return ok(tenderId);
}

async function makeTender(worker: PushWorker, key: RegisterObjectKey, method: string) {
  const label = `Web: ${method}`.slice(0, LABEL_CHARS);
  const made = await createTender(worker.clover(key.merchantId), label, key.labelKey);
  if (made.ok || made.failure.outcomeUnknown === true) return made;
  // Certainly not made: the next one need not wait for the lease.
  await keepRegisterObject(worker.ports.db, key, null);
  if (made.failure.code !== 'permission_missing') return made;
  return fail({
    code: 'mapping_missing',
    message: `Clover does not let the app make a tender for "${method}": make one at the register and set it under orders.webToClover.tenders.`,
  } satisfies Failure);
}

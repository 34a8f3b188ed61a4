/** The sales channel of a merchant's registers in BigCommerce: found by the merchant's id, or made once (O5). */
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CALL_TIMEOUT_MS } from '../limits.ts';
import {
  createRegisterChannel,
  getChannels,
  setChannelStatus,
  type Channel,
} from '../platforms/bigcommerce/channels.ts';
import type { CloverMerchant } from '../store/connections.ts';
import {
  findRegisterObject,
  holdRegisterObject,
  keepRegisterObject,
  type RegisterObjectKey,
} from '../store/register-objects.ts';
import type { PushWorker } from './push-worker.ts';

/** Looking, making and making again are three calls; one more time-out is the margin. */
const MAKING_LEASE_MS = 4 * CALL_TIMEOUT_MS;
const MAKING_RETRY_MS = 2_000;
/** Orders can be made for a channel in these (bigcommerce.md 7.4, 12). */
const OPEN: ReadonlySet<string> = new Set(['active', 'prelaunch', 'connected']);
const NAME_CHARS = 100;

const keyOf = (worker: PushWorker, merchantId: string): RegisterObjectKey => ({
  connectionId: worker.connection.id,
  merchantId,
  kind: 'channel',
  labelKey: 'pos',
});

/** BigCommerce's id of it. BigCommerce keeps no name unique, so one worker at a time looks and makes. */
export async function channelOf(
  worker: PushWorker,
  merchant: CloverMerchant,
): Promise<Result<number, Failure>> {
  const { ports } = worker;
  const key = keyOf(worker, merchant.merchantId);
  const known = await findRegisterObject(ports.db, key);
  if (known !== undefined) return ok(Number(known));
  const nowMs = ports.now();
  if (!(await holdRegisterObject(ports.db, key, nowMs, nowMs + MAKING_LEASE_MS))) {
    const message = 'The sales channel of the registers is being made by another sale.';
    return fail({ code: 'busy', message, retryAfterMs: MAKING_RETRY_MS });
  }
  const found = await findOrMake(worker, merchant);
  if (found.ok) {
    await keepRegisterObject(ports.db, key, String(found.value.channelId));
    return ok(found.value.channelId);
  }
  // One that may have been made is not looked for before the lease is over.
  if (found.failure.outcomeUnknown !== true) await keepRegisterObject(ports.db, key, null);
  return found;
}

/** An order was refused: the channel may be gone, so the next one looks again. */
export async function forgetChannel(worker: PushWorker, merchantId: string): Promise<void> {
  await keepRegisterObject(worker.ports.db, keyOf(worker, merchantId), null);
}

async function findOrMake(
  worker: PushWorker,
  { merchantId, name }: CloverMerchant,
): Promise<Result<Channel, Failure>> {
  const listed = await getChannels(worker.bigcommerce());
  if (!listed.ok) return listed;
  const own = listed.value.find(
    ({ type, externalId, status }) =>
      type === 'pos' && externalId === merchantId && !['deleted', 'terminated'].includes(status),
  );
  if (own !== undefined) {
    if (OPEN.has(own.status)) return ok(own);
    return setChannelStatus(worker.bigcommerce(), own.channelId, 'connected');
  }
  const channel = { name: `Clover ${name}`.slice(0, NAME_CHARS), externalId: merchantId };
  const made = await createRegisterChannel(worker.bigcommerce(), {
    ...channel,
    platform: 'clover',
  });
  if (made.ok || made.failure.code !== 'rejected') return made;
  // The store does not take `clover` from this app (bigcommerce.md 12, unconfirmed).
  return createRegisterChannel(worker.bigcommerce(), { ...channel, platform: 'custom' });
}

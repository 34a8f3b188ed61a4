/** Orders that wait are looked at again by themselves: once a mapping is saved, and once an hour (O2). */
import type { Ports } from '../ports.ts';
import type { Settings } from '../settings.ts';
import { listWaitingOrders } from '../store/order-links.ts';

/** More than this wait only where something is wrong with all of them; the hour takes the rest. */
const WAITING_MAX = 1_000;

/** Asks for another look at every waiting order; answers how many. A repeat parks again after one call. */
export async function replayWaiting(
  ports: Pick<Ports, 'db' | 'queues'>,
  connectionId: string,
  eventId: string,
): Promise<number> {
  const waiting = await listWaitingOrders(ports.db, connectionId, WAITING_MAX);
  await ports.queues.work.sendAll(
    waiting.map(({ platform, orderId }) => ({
      v: 1,
      kind: 'push',
      connectionId,
      eventId,
      orderId,
      ...(platform === 'clover' ? { from: 'clover' as const } : {}),
      again: true,
    })),
  );
  return waiting.length;
}

/** As `replayWaiting`, when the change of settings may be what they waited for. */
export async function replayAfterChange(
  ports: Pick<Ports, 'db' | 'queues'>,
  connectionId: string,
  eventId: string,
  before: Settings,
  after: Settings,
): Promise<number> {
  const isSame = JSON.stringify(before.orders) === JSON.stringify(after.orders);
  return isSame ? 0 : replayWaiting(ports, connectionId, eventId);
}

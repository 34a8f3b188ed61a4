/** A plan goes no faster than the ledgers that it opens can be written. */
import { APPLY_OUTSTANDING_MAX, APPLY_WAIT_MAX_MS, APPLY_WAIT_SECONDS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { outstanding } from '../store/ledger-copies.ts';

/** True when the ledgers of the pieces before have too much left to write: the message comes again. */
export async function waitsForLedgers(
  { db, now, queues }: Pick<Ports, 'db' | 'now' | 'queues'>,
  message: Work<'apply'>,
): Promise<boolean> {
  const { waitsSinceMs = now() } = message;
  if (message.seq === 0 || now() - waitsSinceMs > APPLY_WAIT_MAX_MS) return false;
  const left = await outstanding(db, message.connectionId);
  if (left.outstanding <= APPLY_OUTSTANDING_MAX) return false;
  await queues.work.send({ ...message, waitsSinceMs }, { delaySeconds: APPLY_WAIT_SECONDS });
  return true;
}

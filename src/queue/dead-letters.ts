/**
 * Where messages end that ran out of tries: parked in D1, where a person sees and replays them (R3, R7). A message is
 * only acknowledged once its row is written. Log records are the exception: they are printed, because a log of failed
 * logs in the same database would fail the same way.
 */
import type { Ports } from '../ports.ts';
import { faultText } from '../store/faults.ts';
import { parkFailure } from '../store/failures.ts';
import { recordsOf } from './logs-consumer.ts';
import { parkedOf, type Parked } from './parked.ts';

type DeadLetterPorts = Pick<Ports, 'db' | 'now' | 'log'>;

/** Seconds before a dead letter that D1 refused comes back; it doubles with each try, to at most a day. */
const RETRY_SECONDS = 60;

/** Parks a batch of `intake-dead` or `work-dead`, prints one of `logs-dead`. */
export async function consumeDeadLetters(
  ports: DeadLetterPorts,
  batch: MessageBatch,
  print: (line: string) => void,
): Promise<void> {
  for (const message of batch.messages) {
    if (batch.queue === 'logs-dead') {
      for (const record of recordsOf(message.body)) {
        print(JSON.stringify({ operation: 'logs.dead', record }));
      }
      message.ack();
      continue;
    }
    try {
      const queue = batch.queue === 'intake-dead' ? 'intake' : 'work';
      for (const failure of await parkedOf(ports.db, queue, message)) {
        await park(ports, failure, message.timestamp.getTime());
      }
      message.ack();
    } catch (error) {
      print(
        JSON.stringify({
          operation: 'dead_letter.park',
          outcome: 'failed',
          message: faultText(error),
        }),
      );
      message.retry({ delaySeconds: RETRY_SECONDS * 2 ** Math.min(message.attempts - 1, 10) });
    }
  }
  await ports.log.flush();
}

async function park(ports: DeadLetterPorts, failure: Parked, diedAtMs: number): Promise<void> {
  const id = await parkFailure(ports.db, { ...failure, code: 'internal', atMs: diedAtMs });
  const { connectionId, eventId, platform, sku, orderId } = failure;
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId,
    ...(eventId === undefined ? {} : { eventId }),
    ...(platform === undefined ? {} : { platform }),
    ...(sku === undefined ? {} : { sku }),
    ...(orderId === undefined ? {} : { orderId }),
    operation: 'dead_letter.park',
    outcome: 'failed',
    code: 'internal',
    message: failure.message,
    detail: { failureId: id, source: failure.source },
  });
}

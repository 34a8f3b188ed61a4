/** A connection that was (re-)authorised goes on: what was given up on is tried again, and both sides are compared. */
import type { Ports } from '../ports.ts';
import { faultText } from '../store/faults.ts';
import { reevaluate } from './reevaluate.ts';
import { startSweep } from './sweep.ts';

/**
 * Starts both through the queue. The consent stands whatever happens here: what cannot be started now, the next
 * scheduled sweep makes good. A connection without links has nothing to resume.
 */
export async function resumeConnection(
  ports: Pick<Ports, 'db' | 'now' | 'newId' | 'queues' | 'log'>,
  connectionId: string,
  eventId: string,
): Promise<void> {
  try {
    await reevaluate(ports, connectionId, eventId);
    await startSweep(ports, connectionId);
  } catch (error) {
    ports.log.add({
      kind: 'decision',
      atMs: ports.now(),
      connectionId,
      eventId,
      operation: 'connection.resume',
      outcome: 'failed',
      code: 'internal',
      message: `The connection could not be resumed at once: ${faultText(error)}`,
    });
  }
}

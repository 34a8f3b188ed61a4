/** Replay of a parked failure (R7): its message once more; safe, because whoever takes it drops what is done already. */
import * as v from 'valibot';
import type { Failure } from '../domain/failure.ts';
import { effectId, eventId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { intakeMessage, type Work, workMessage } from '../queue/messages.ts';
import { closeFailure, type ParkedFailure } from '../store/failures.ts';
import { saveLedgerViews } from '../store/ledger-copies.ts';

type ReplayPorts = Pick<Ports, 'db' | 'now' | 'queues' | 'objects'>;

/**
 * Sends the stored message again and marks the failure as replayed. A parked write first gets a fresh set of attempts
 * from its ledger. Failure `conflict` when nothing is stored that this version can send.
 */
export async function replayFailure(
  ports: ReplayPorts,
  parked: ParkedFailure,
): Promise<Result<void, Failure>> {
  const sent = await sendAgain(ports, parked);
  if (!sent.ok) return sent;
  // Marked last: a crash before this leaves it open, and replaying it once more does no harm.
  await closeFailure(ports.db, parked.connectionId, parked.id, 'replayed');
  return ok(undefined);
}

async function sendAgain(
  ports: ReplayPorts,
  { replay, connectionId }: ParkedFailure,
): Promise<Result<void, Failure>> {
  if (replay?.queue === 'intake') {
    const parsed = v.safeParse(intakeMessage, replay.body);
    if (!parsed.success) return unusable();
    await ports.queues.intake.send(parsed.output);
    return ok(undefined);
  }
  const parsed = v.safeParse(workMessage, replay?.body);
  if (!parsed.success || parsed.output.connectionId !== connectionId) return unusable();
  if (parsed.output.kind === 'write') await unpark(ports, parsed.output);
  await ports.queues.work.send(parsed.output);
  return ok(undefined);
}

async function unpark(ports: ReplayPorts, message: Work<'write'>): Promise<void> {
  const ledger = ports.objects.skuLedger(message.connectionId, message.linkId);
  const view = await ledger.unpark(effectId(message.effectId), eventId(message.eventId));
  if (view !== null) await saveLedgerViews(ports.db, [view], ports.now());
}

function unusable(): Result<never, Failure> {
  const message = 'This failure holds no message that can be sent again; dismiss it with a reason.';
  return fail({ code: 'conflict', message });
}

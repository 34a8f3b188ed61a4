/** Replay of a failure or an event (R7): its message once more; safe, because whoever takes it drops what is done. */
import * as v from 'valibot';
import type { Failure } from '../domain/failure.ts';
import { effectId, eventId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { intakeMessage, type IntakeMessage, type Work, workMessage } from '../queue/messages.ts';
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

/** What the log keeps of a webhook: enough to take it in again. */
export interface LoggedEvent {
  readonly platform: string | null;
  readonly detail: unknown;
}

/**
 * Takes a webhook in once more, under its own event id, so that its story goes on in one place. What it is about is read
 * anew, as always. Failure `conflict`: `logged` is no webhook, or the log holds no more of it than its name.
 */
export async function replayEvent(
  ports: Pick<Ports, 'now' | 'queues'>,
  connectionId: string,
  id: string,
  logged: LoggedEvent | undefined,
): Promise<Result<void, Failure>> {
  const message = logged && messageOf(logged, connectionId, id, ports.now());
  if (message === undefined) {
    const what =
      'This event is not a webhook that the log can take in again; a recount of its SKU or a reconcile looks anew.';
    return fail({ code: 'conflict', message: what });
  }
  await ports.queues.intake.send(message);
  return ok(undefined);
}

/**
 * Received now, by the platform's clock too: a read that was made since the first time must not count as the look that
 * this one asks for.
 */
function messageOf(
  { platform, detail }: LoggedEvent,
  connectionId: string,
  id: string,
  nowMs: number,
): IntakeMessage | undefined {
  const common = { v: 1, platform, eventId: id, receivedAtMs: nowMs };
  const kept = typeof detail === 'object' && detail !== null ? detail : {};
  const scope = 'topic' in kept ? kept.topic : undefined;
  const data = 'data' in kept ? kept.data : undefined;
  const logged = 'changes' in kept && Array.isArray(kept.changes) ? kept.changes : undefined;
  const changes = logged?.map((change: unknown) =>
    typeof change === 'object' ? { ...change, tsMs: nowMs } : change,
  );
  const parsed = v.safeParse(
    intakeMessage,
    platform === 'bigcommerce'
      ? { ...common, connectionId, scope, data, createdAtMs: nowMs }
      : { ...common, changes },
  );
  return parsed.success ? parsed.output : undefined;
}

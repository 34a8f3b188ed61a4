/** Replay of a failure or an event (R7): its message once more; safe, because whoever takes it drops what is done. */
import * as v from 'valibot';
import type { Failure } from '../domain/failure.ts';
import { effectId, eventId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { intakeMessage, type Work, workMessage } from '../queue/messages.ts';
import type { Connection } from '../store/connections.ts';
import { closeFailure, type ParkedFailure } from '../store/failures.ts';
import { saveLedgerViews } from '../store/ledger-copies.ts';
import { type LogFilters, queryLogs } from '../store/logs.ts';
import { isAbout, type LoggedEvent, loggedMessage, storyOf } from './event-story.ts';

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

/** Events that one call looks at: each is a few statements of D1, and a request has a bound of those. */
const SPAN_EVENTS = 100;

/** As `replayEvent`, from the log. Failure `not_found`: the log holds no such event of this connection. */
export async function replayLogged(
  ports: Pick<Ports, 'db' | 'now' | 'queues'>,
  connectionId: string,
  id: string,
): Promise<Result<void, Failure>> {
  const story = await storyOf(ports.db, connectionId, id);
  if (story === null) {
    return fail({ code: 'not_found', message: 'There is no such event in the log.' });
  }
  return replayEvent(ports, connectionId, story.opening);
}

export interface ReplayedSpan {
  readonly replayed: number;
  /** No webhooks, or no longer whole in the log. */
  readonly refused: number;
  /** Where the next call goes on; null: the span is done. */
  readonly nextCursor: string | null;
}

/** Which events of the log: of a span of time, of a platform, about a SKU or an order. */
export type EventSpan = Pick<LogFilters, 'sinceMs' | 'untilMs' | 'platform' | 'sku' | 'orderId'>;

/**
 * Takes the events of a span of the log in again, the newest first, a bounded number per call. A crash in between is mended by
 * the same call again: replays are safe.
 */
export async function replayEvents(
  ports: Pick<Ports, 'db' | 'now' | 'queues'>,
  connection: Connection,
  { sku, orderId, ...span }: EventSpan,
  cursor: string | null,
): Promise<ReplayedSpan> {
  // Only what an event led to names SKUs and orders; the event itself names what the platform sent.
  const wanted: LogFilters = { ...span, kind: 'event' };
  const page = await queryLogs(ports.db, connection.id, wanted, cursor, SPAN_EVENTS);
  const ids = new Set(page.items.flatMap(({ eventId: id }) => (id === null ? [] : [id])));
  let replayed = 0;
  let refused = 0;
  for (const id of ids) {
    const story = await storyOf(ports.db, connection.id, id);
    if (story === null || !(await isAbout(ports, connection, story, { sku, orderId }))) continue;
    const sent = await replayEvent(ports, connection.id, story.opening);
    if (sent.ok) replayed += 1;
    else refused += 1;
  }
  return { replayed, refused, nextCursor: page.nextCursor };
}

/**
 * Takes a webhook in once more, under its own event id, so that its story goes on in one place. What it is about is read
 * anew, as always. Failure `conflict`: `logged` is no webhook, or the log holds no more of it than its name.
 */
async function replayEvent(
  ports: Pick<Ports, 'now' | 'queues'>,
  connectionId: string,
  logged: LoggedEvent | undefined,
): Promise<Result<void, Failure>> {
  const message = logged && loggedMessage(logged, connectionId, ports.now());
  if (message === undefined) {
    const what =
      'This event is not a webhook that the log can take in again; a recount of its SKU or a reconcile looks anew.';
    return fail({ code: 'conflict', message: what });
  }
  await ports.queues.intake.send(message);
  return ok(undefined);
}

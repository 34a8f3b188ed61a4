/**
 * How every queue batch is run: parse, handle side by side, store the ledger views that came of it, then acknowledge
 * each message or send it back. A failure that retrying cannot mend is parked at once; one poison message never holds
 * up the others (R3).
 */
import { backoffMs } from '../domain/backoff.ts';
import { FAILURES, isRetryable, type Failure } from '../domain/failure.ts';
import type { Result } from '../domain/result.ts';
import { QUEUE_HAND_OVER_MS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { faultText } from '../store/faults.ts';
import { parkFailure } from '../store/failures.ts';
import { saveLedgerViews } from '../store/ledger-copies.ts';
import { openScope, type OpenScope, type Scope } from '../sync/scope.ts';
import { parkedOf } from './parked.ts';

export interface BatchRun<Parsed> {
  readonly queue: 'intake' | 'work';
  /** Undefined: not one of ours. */
  parse(body: unknown): Parsed | undefined;
  handle(scope: Scope, message: Parsed): Promise<Result<void, Failure>>;
  /** A message that may take minutes: the others of its batch do not wait for it. */
  isLong?(body: unknown): boolean;
}

export async function runBatch<Parsed>(
  ports: Ports,
  batch: MessageBatch,
  run: BatchRun<Parsed>,
): Promise<void> {
  const isLong = (message: Message): boolean => run.isLong?.(message.body) ?? false;
  const groups = [
    batch.messages.filter((message) => !isLong(message)),
    ...batch.messages.filter(isLong).map((message) => [message]),
  ];
  await Promise.all(groups.map((group) => runGroup(ports, group, run)));
  await ports.log.flush();
}

/** Messages that end together: their ledger views are stored in one go. */
async function runGroup<Parsed>(
  ports: Ports,
  messages: readonly Message[],
  run: BatchRun<Parsed>,
): Promise<void> {
  const scope = openScope(ports, messages.length);
  const outcomes = await Promise.all(
    messages.map(async (message) => {
      const touched = new Set<string>();
      const own = touching(scope, touched);
      return { message, touched, failure: await runOne(own, message, run) };
    }),
  );
  await storeViews(scope);
  for (const { message, touched, failure } of outcomes) {
    if (failure === null) {
      message.ack();
    } else {
      const seconds = delaySeconds(ports, message.attempts, failure);
      message.retry({ delaySeconds: seconds });
      await lingerUntilRetry(scope, message, touched, seconds);
    }
  }
  await scope.end();
}

/** The batch's scope, remembering which connections this one message is about: Clover's name merchants only. */
function touching(scope: OpenScope, touched: Set<string>): OpenScope {
  return {
    ...scope,
    begin(connectionId) {
      touched.add(connectionId);
      return scope.begin(connectionId);
    },
  };
}

/** A message that waits for its retry is in no queue's backlog: its connection is not at rest meanwhile. */
async function lingerUntilRetry(
  scope: OpenScope,
  message: Message,
  touched: ReadonlySet<string>,
  seconds: number,
): Promise<void> {
  const ms = seconds * 1_000 + QUEUE_HAND_OVER_MS;
  const marks = [...touched].map((id) => scope.linger(id, `retry:${message.id}`, ms));
  await Promise.allSettled(marks);
}

/** Handles one message; the failure that asks for another try, or null when it is done with. */
async function runOne<Parsed>(
  scope: OpenScope,
  message: Message,
  run: BatchRun<Parsed>,
): Promise<Failure | null> {
  // A throw is a fault of ours or of the storage below: the message comes back, and ends as a dead letter at worst.
  try {
    const parsed = run.parse(message.body);
    const result =
      parsed === undefined
        ? ({ ok: false, failure: MALFORMED } as const)
        : await run.handle(scope, parsed);
    if (result.ok) return null;
    if (isRetryable(result.failure)) return result.failure;
    await close(scope, run.queue, message, result.failure);
    return null;
  } catch (error) {
    const failure: Failure = { code: 'internal', message: faultText(error) };
    const why = `Failed and will be tried again: ${failure.message}`;
    log(scope, run.queue, 'failed', failure, why, aboutOf(message.body));
    return failure;
  }
}

interface About {
  readonly connectionId: string;
  readonly eventId?: string | undefined;
}

/** Whom a message concerns, as far as it says so itself: Clover's webhooks name merchants only. */
function aboutOf(body: unknown): About {
  const { connectionId, eventId } = body as Partial<Record<keyof About, unknown>>;
  return {
    connectionId: typeof connectionId === 'string' ? connectionId : '',
    ...(typeof eventId === 'string' ? { eventId } : {}),
  };
}

const MALFORMED: Failure = {
  code: 'rejected',
  message: 'A queue message did not have the shape that this version knows.',
};

/** Trying again changes nothing: a person sees it in the list of failures, or the log says why it was left alone. */
async function close(
  scope: OpenScope,
  queue: 'intake' | 'work',
  message: Message,
  failure: Failure,
): Promise<void> {
  const { db, now } = scope.ports;
  const { code, message: why } = failure;
  for (const parked of await parkedOf(db, queue, message)) {
    if (FAILURES[code].park) {
      await parkFailure(db, { ...parked, code, message: why, atMs: now() });
    }
    log(scope, parked.source, 'skipped', failure, why, parked);
  }
}

function log(
  scope: OpenScope,
  operation: string,
  outcome: 'failed' | 'skipped',
  failure: Failure,
  message: string,
  about: About,
): void {
  scope.ports.log.add({
    kind: outcome === 'failed' ? 'decision' : 'skip',
    atMs: scope.ports.now(),
    connectionId: about.connectionId,
    ...(about.eventId === undefined ? {} : { eventId: about.eventId }),
    operation,
    outcome,
    code: failure.code,
    message,
  });
}

/** Copies are for lists and sweeps: losing them costs a sweep, so they never send a finished message back. */
async function storeViews(scope: OpenScope): Promise<void> {
  const views = [...scope.views.values()].filter(({ isInterim }) => isInterim !== true);
  if (views.length === 0) return;
  try {
    await saveLedgerViews(scope.ports.db, views, scope.ports.now());
  } catch (error) {
    scope.ports.log.add({
      kind: 'decision',
      atMs: scope.ports.now(),
      connectionId: '',
      operation: 'store.ledger_copies',
      outcome: 'failed',
      code: 'internal',
      message: `Copies of ${views.length} ledgers could not be stored: ${faultText(error)}`,
    });
  }
}

/** Queues take whole seconds; what the platform asked for is never undercut. */
function delaySeconds(ports: Ports, attempts: number, failure: Failure): number {
  const askedMs = failure.retryAfterMs ?? 0;
  const waitMs =
    failure.code === 'busy' && askedMs > 0 ? askedMs : backoffMs(attempts, ports.random());
  return Math.max(1, Math.ceil(Math.max(waitMs, askedMs) / 1_000));
}

/**
 * Applies a plan in pieces: link rows, then ledgers. A crash anywhere is mended by the message coming again, because
 * every step finds what is done already. Nothing here writes to a platform: the ledgers decide their own effects.
 */
import { isRetryable, type Failure } from '../domain/failure.ts';
import type { EventId } from '../domain/ids.ts';
import { fail, ok, unreachable, type Result } from '../domain/result.ts';
import { reservesOrders } from '../domain/stock/standing.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import {
  APPLY_CHUNK,
  APPLY_PARALLEL,
  APPLY_RETRY_MS,
  APPLY_TRIES,
  CLEANUP_APPLY_CHUNK,
  FIELD_APPLY_CHUNK,
} from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { saveLedgerViews } from '../store/ledger-copies.ts';
import type { Link } from '../store/links.ts';
import {
  countOperations,
  findPlan,
  markOperations,
  nextOperations,
  setPlanStatus,
  type OperationMark,
  type Plan,
  type PlanOperation,
} from '../store/plans.ts';
import { waitsForLedgers } from './apply-pace.ts';
import { wakeCatalog } from './catalog.ts';
import { leading, linkOperations, payloadOf, webCreatesOf } from './apply-pieces.ts';
import { applyFields } from './catalog-apply.ts';
import {
  agreeOnCreated,
  createMissing,
  type Created,
  type CreateOperation,
} from './catalog-create.ts';
import {
  agreeOnWebProducts,
  createWebProducts,
  type CreateWebOperation,
} from './catalog-create-web.ts';
import { openCatalogRead } from './catalog-read.ts';
import { applyRemovals } from './catalog-remove.ts';
import { applyCleanup } from './cleanup-apply.ts';
import { readFreshLevels, plannedLevels, type FreshLevels } from './link-fresh.ts';
import { logPlan, planInputs } from './link-inputs.ts';
import { openLinked, tellLevels } from './link-ledger.ts';
import { breakLinks, saveChunkLinks, type LinkCause } from './link-save.ts';
import { inGroups } from './in-groups.ts';
import { readReservable, refreshTakesStock, reservationPolicy } from './reservations.ts';
import { replayWaiting } from './push-replay.ts';
import { enqueueSweeps } from './sweep.ts';

interface Job {
  readonly ports: Ports;
  readonly plan: Plan;
  readonly connection: Connection;
  readonly fresh: FreshLevels;
  readonly eventId: EventId;
  readonly cause: LinkCause;
}

/**
 * Applies the next operations from `seq` on and sends itself on. A plan that is not being applied (stopped, applied by
 * a repeat of this message) is left alone. A failure that may pass is answered, so that the message comes back; any
 * other one ends the plan as `failed`. One operation that fails is marked and the others go on (R3).
 */
export async function applyPlan(
  ports: Ports,
  message: Work<'apply'>,
): Promise<Result<void, Failure>> {
  const { connectionId, planId, seq } = message;
  const plan = await findPlan(ports.db, connectionId, planId);
  if (plan?.status !== 'applying') return ok(undefined);
  const connection = await findConnection(ports.db, connectionId);
  const inputs = planInputs(connection);
  if (!inputs.ok) return end(ports, plan, inputs.failure);
  if (await waitsForLedgers(ports, message)) return ok(undefined);
  const waiting = await nextOperations(ports.db, connectionId, planId, seq, FIELD_APPLY_CHUNK);
  const piece: Piece = { ports, plan, connection: inputs.value.connection, message, waiting };
  const creates = leading(waiting, 'create');
  if (creates.length > 0) return applyCreateChunk(piece, creates);
  const webCreates = webCreatesOf(waiting);
  if (webCreates.length > 0) return applyWebCreateChunk(piece, webCreates);
  const written = await writeChunk(piece);
  if (written !== undefined) return written;
  const operations = linkOperations(waiting);
  // Links before levels: what is sold after its level was read finds its link, and waits for the ledger to open.
  const cause = causeOf(message);
  const saved = await saveChunkLinks(ports, inputs.value.connection, operations, cause);
  const fresh = await freshLevels(ports, plan, operations);
  if (!fresh.ok) return isRetryable(fresh.failure) ? fresh : end(ports, plan, fresh.failure);
  const job: Job = {
    ports,
    plan,
    connection: inputs.value.connection,
    fresh: fresh.value,
    eventId: planId as EventId,
    cause,
  };
  const isOn = await applyChunk(job, operations, saved);
  if (!isOn) return ok(undefined);
  return goOn(job, message, operations, waiting);
}

/** The person who applied the plan, or the relay for its own change sets. */
function causeOf({ planId, by = 'relay' }: Work<'apply'>): LinkCause {
  return { eventId: planId, by };
}

/** A message's part of a plan. */
interface Piece {
  readonly ports: Ports;
  readonly plan: Plan;
  readonly connection: Connection;
  readonly message: Work<'apply'>;
  /** The operations that come next, of every kind. */
  readonly waiting: readonly PlanOperation[];
}

/** Sends the plan on to its next operations, or ends it after the last one. */
async function goOn(
  job: Omit<Job, 'fresh'>,
  message: Work<'apply'>,
  done: readonly PlanOperation[],
  waiting: readonly PlanOperation[],
): Promise<Result<void, Failure>> {
  const last = done.at(-1);
  const isLast = done.length === waiting.length && waiting.length < FIELD_APPLY_CHUNK;
  if (last === undefined || isLast) await finish(job);
  else {
    const { waitsSinceMs: _, ...next } = message;
    await job.ports.queues.work.send({ ...next, seq: last.seq + 1 });
  }
  return ok(undefined);
}

/** Creates what the register lacks, then links it: its ledger opens with the web's count. */
async function applyCreateChunk(
  piece: Piece,
  creates: readonly CreateOperation[],
): Promise<Result<void, Failure>> {
  const { ports, plan, connection } = piece;
  const read = await openCatalogRead(ports, connection, plan.id);
  if (!read.ok) return orEnd(piece, read.failure);
  const created = await createMissing(ports, read.value, plan, creates);
  if (!created.ok) return orEnd(piece, created.failure);
  return linkCreated(piece, creates, created.value, plannedLevels, (links) =>
    agreeOnCreated(read.value, links),
  );
}

/** Creates what the web store lacks, then links it: its ledger opens with the register's count. */
async function applyWebCreateChunk(
  piece: Piece,
  creates: readonly CreateWebOperation[],
): Promise<Result<void, Failure>> {
  const { ports, plan, connection } = piece;
  const read = await openCatalogRead(ports, connection, plan.id);
  if (!read.ok) return orEnd(piece, read.failure);
  const created = await createWebProducts(ports, read.value, plan, creates);
  if (!created.ok) return orEnd(piece, created.failure);
  const made = created.value.map(({ operation }) => operation);
  const fresh = await freshLevels(ports, plan, made);
  if (!fresh.ok) return orEnd(piece, fresh.failure);
  // The store shows 0 for what it never counted: only the register's level is news.
  const levels: FreshLevels = (planned) =>
    planned.address.platform === 'bigcommerce' ? plannedLevels(planned) : fresh.value(planned);
  return linkCreated(piece, creates, created.value, levels, (links) =>
    agreeOnWebProducts(read.value, links, creates),
  );
}

async function linkCreated(
  { ports, plan, connection, message, waiting }: Piece,
  creates: readonly { readonly operation: PlanOperation }[],
  created: readonly Created[],
  fresh: FreshLevels,
  agreeOn: (links: Iterable<Link>) => Promise<void>,
): Promise<Result<void, Failure>> {
  const made = created.flatMap(({ operation, failure }) => (failure === null ? [operation] : []));
  const refused = created.flatMap(({ operation: { seq }, failure }): OperationMark[] =>
    failure === null ? [] : [{ seq, outcome: 'failed', reason: failure.message }],
  );
  const saved = await saveChunkLinks(ports, connection, made, causeOf(message));
  await agreeOn(saved.values());
  await markOperations(ports.db, connection.id, plan.id, refused);
  const cause = causeOf(message);
  const job = { ports, plan, connection, fresh, eventId: plan.id as EventId, cause };
  const isOn = await applyChunk(job, made, saved);
  const operations = creates.map(({ operation }) => operation);
  return isOn ? goOn(job, message, operations, waiting) : ok(undefined);
}

/** A failure that may pass is answered, so that the message comes back; any other one ends the plan. */
function orEnd({ ports, plan }: Piece, failure: Failure): Promise<Result<void, Failure>> {
  return isRetryable(failure) ? Promise.resolve(fail(failure)) : end(ports, plan, failure);
}

/** Writes fields of rows, of links or of a clean-up, or removes rows, when those come next. */
async function writeChunk(piece: Piece): Promise<Result<void, Failure> | undefined> {
  const { ports, plan, connection, message, waiting } = piece;
  const fields = leading(waiting, 'fields');
  const cleanups = leading(waiting, 'cleanup').slice(0, CLEANUP_APPLY_CHUNK);
  const removals = leading(waiting, 'remove').slice(0, CLEANUP_APPLY_CHUNK);
  const operations = [...fields, ...cleanups, ...removals].map(({ operation }) => operation);
  if (operations.length === 0) return undefined;
  const marks =
    fields.length > 0
      ? await applyFields(ports, connection, plan.id, fields, plan.origin === 'sync')
      : cleanups.length > 0
        ? await applyCleanup(ports, connection, plan, cleanups)
        : await applyRemovals(ports, connection, plan.id, removals);
  if (!marks.ok) return isRetryable(marks.failure) ? marks : end(ports, plan, marks.failure);
  const isOn = await markChunk(ports, plan, marks.value, operations.length);
  const eventId = plan.id as EventId;
  const job = { ports, plan, connection, eventId, cause: causeOf(message) };
  return isOn ? goOn(job, message, operations, waiting) : ok(undefined);
}

/**
 * A small plan reads its levels again, item by item, just before its ledgers open. A large one opens them with the
 * levels of the plan, and the sweep that follows tells them what moved since, one call per 1,000 levels.
 */
function freshLevels(
  ports: Ports,
  plan: Plan,
  operations: readonly PlanOperation[],
): Promise<Result<FreshLevels, Failure>> {
  return isSmall(plan)
    ? readFreshLevels(ports, plan.connectionId, plan.id, operations.map(payloadOf))
    : Promise.resolve(ok(plannedLevels));
}

function isSmall(plan: Plan): boolean {
  return plan.progressTotal <= APPLY_CHUNK;
}

/** False when the plan was stopped meanwhile. */
async function applyChunk(
  job: Job,
  operations: readonly PlanOperation[],
  saved: ReadonlyMap<number, Link>,
): Promise<boolean> {
  const { ports, plan } = job;
  const results = await inGroups(operations, APPLY_PARALLEL, (operation) =>
    applyOne(job, operation, saved),
  );
  const views = results.flatMap(({ view }) => (view === null ? [] : [view]));
  await saveLedgerViews(ports.db, views, ports.now());
  return markChunk(
    ports,
    plan,
    results.map(({ mark }) => mark),
    operations.length,
  );
}

/** Records how a piece went. False when the plan was stopped meanwhile. */
async function markChunk(
  ports: Ports,
  plan: Plan,
  marks: readonly OperationMark[],
  done: number,
): Promise<boolean> {
  const { connectionId, id } = plan;
  await markOperations(ports.db, connectionId, id, marks);
  return setPlanStatus(ports.db, connectionId, id, {
    from: ['applying'],
    to: 'applying',
    progressDone: Math.min(plan.progressTotal, plan.progressDone + done),
    nowMs: ports.now(),
  });
}

interface Applied {
  readonly mark: OperationMark;
  readonly view: LedgerView | null;
}

/** Tries an operation a few times: an object that restarts answers again at once. */
async function applyOne(
  job: Job,
  operation: PlanOperation,
  links: ReadonlyMap<number, Link>,
): Promise<Applied> {
  const { seq, reason } = operation;
  let problem = '';
  for (let attempt = 1; attempt <= APPLY_TRIES; attempt += 1) {
    try {
      const result = await carryOut(job, operation, links);
      if (result.ok) return { mark: { seq, outcome: 'applied', reason }, view: result.value };
      problem = result.failure.message;
      break;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      if (attempt < APPLY_TRIES) await job.ports.sleep(APPLY_RETRY_MS * attempt);
    }
  }
  job.ports.log.add({
    kind: 'decision',
    atMs: job.ports.now(),
    connectionId: job.connection.id,
    eventId: job.eventId,
    sku: operation.sku,
    operation: `plan.${operation.kind}`,
    outcome: 'failed',
    message: `The operation failed: ${problem}`,
  });
  return { mark: { seq, outcome: 'failed', reason: problem }, view: null };
}

async function carryOut(
  job: Job,
  operation: PlanOperation,
  links: ReadonlyMap<number, Link>,
): Promise<Result<LedgerView | null, Failure>> {
  const { ports, connection, fresh, eventId } = job;
  const payload = payloadOf(operation);
  switch (payload?.do) {
    case undefined:
      return ok(null);
    case 'break':
      await breakLinks(ports, connection.id, [payload.linkId], job.cause);
      return ok(null);
    case 'link': {
      const link = links.get(payload.variantId);
      const isOpen = operation.kind !== 'link';
      return openLinked(ports, { connection, link, payload, fresh, eventId, isOpen });
    }
    case 'create':
    case 'create-web':
    case 'fields':
    case 'cleanup':
    case 'remove':
      // Carried out together with its neighbours.
      return ok(null);
    case 'resync':
      return tellLevels(ports, { connection, sku: operation.sku, payload, fresh, eventId });
    default:
      return unreachable(payload);
  }
}

async function finish(job: Omit<Job, 'fresh'>): Promise<void> {
  const { ports, plan, connection } = job;
  const counted = await countOperations(ports.db, connection.id, plan.id);
  const sum = (outcome: string): number =>
    counted.reduce((total, row) => (row.outcome === outcome ? total + row.count : total), 0);
  const failed = sum('failed');
  const done = await setPlanStatus(ports.db, connection.id, plan.id, {
    from: ['applying'],
    to: 'applied',
    progressDone: plan.progressTotal,
    counts: { ...plan.counts, applied: sum('applied'), failed },
    error: failed === 0 ? null : `${failed} operations failed: look at them and make a new plan.`,
    nowMs: ports.now(),
  });
  if (!done) return;
  const message = `The plan was applied: ${sum('applied')} operations, ${failed} failed, ${sum('open')} left open.`;
  logPlan(ports, connection.id, plan.id, 'plan.apply', failed === 0 ? 'ok' : 'failed', message);
  await reserveForNew(job);
  // Orders that wait for a link go on by themselves.
  if (plan.kind === 'link') await replayWaiting(ports, connection.id, ports.newId());
  if (connection.settings.catalog.enabled && plan.origin === 'person')
    await wakeCatalog(ports, connection.id, 0);
  if (isSmall(plan)) return;
  // Its ledgers opened with levels that are minutes old, and no webhook was heard before: look once at both sides.
  const { settleMs } = connection.settings.stock;
  await enqueueSweeps(ports, connection, ports.newId(), { delayMs: settleMs });
}

/** New ledgers know of no order yet: those that hold units are read again. */
async function reserveForNew({
  ports,
  connection,
}: Pick<Job, 'ports' | 'connection'>): Promise<void> {
  const eventId = ports.newId();
  await refreshTakesStock(ports, connection, eventId);
  if (reservesOrders(reservationPolicy(connection))) {
    await readReservable(ports, connection.id, eventId);
  }
}

async function end(ports: Ports, plan: Plan, failure: Failure): Promise<Result<void, Failure>> {
  const { connectionId, id } = plan;
  const error = `${failure.message} What was applied before stays; make a new plan.`;
  const change = { from: ['applying'], to: 'failed', error, nowMs: ports.now() } as const;
  if (await setPlanStatus(ports.db, connectionId, id, change)) {
    logPlan(ports, connectionId, id, 'plan.apply', 'failed', error);
  }
  return ok(undefined);
}

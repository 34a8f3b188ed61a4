/**
 * Keeps the fields of linked SKUs in step: reads what changed on both sides, and carries the change set out as a plan of
 * its own, so that it can be looked at, and undone, like any other. A cap that trips leaves it to a person (C3).
 */
import { NO_BOOKS } from '../domain/catalog/books.ts';
import type { FieldRules } from '../domain/catalog/field-plan.ts';
import type { Failure } from '../domain/failure.ts';
import { hourIn } from '../domain/time.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import {
  CATALOG_BUSY_SECONDS,
  CATALOG_PAGES_PER_MESSAGE,
  CATALOG_WAKE_MS,
  QUEUE_HAND_OVER_MS,
} from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { changedLinks, settleUnlinked, unsettleMirrors } from '../store/catalog.ts';
import { addWake, listDue, listMarks, planWoken, setDue } from '../store/catalog-marks.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import type { Link } from '../store/links.ts';
import {
  createPlan,
  deletePlan,
  findPlan,
  findUnfinishedPlans,
  findWaitingSync,
  setPlanStatus,
} from '../store/plans.ts';
import { readBooks } from './catalog-books.ts';
import { changedSeeds, fieldOperations, fieldRules, surveyFields } from './catalog-plan.ts';
import {
  beginReads,
  openCatalogRead,
  readOn,
  readWoken,
  type CatalogPorts,
  type ReadState,
} from './catalog-read.ts';
import { registerRowId } from './catalog-mirror.ts';
import { planInputs } from './link-inputs.ts';
import { storePlan } from './plan-store.ts';

type WakePorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues' | 'objects'>;
type SyncPorts = CatalogPorts & WakePorts;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Has the rows that webhooks named read within `delayMs`; of many callers one sends the message. */
export async function wakeCatalog(
  ports: WakePorts,
  connectionId: string,
  delayMs: number,
): Promise<void> {
  if (!(await planWoken(ports.db, connectionId, ports.now(), delayMs))) return;
  await sendCatalog(ports, connectionId, 'woken', Math.ceil(delayMs / 1_000));
  // A delayed message is in no queue's backlog: the connection is not at rest meanwhile.
  const account = ports.objects.platformAccount('bigcommerce', connectionId);
  await account.beginWork('catalog:woken', delayMs + QUEUE_HAND_OVER_MS);
}

function sendCatalog(
  ports: WakePorts,
  connectionId: string,
  extent: Work<'catalog'>['extent'],
  delaySeconds: number,
): Promise<void> {
  const eventId = ports.newId();
  const message = { v: 1, kind: 'catalog', connectionId, eventId, extent, states: null } as const;
  return ports.queues.work.send(message, { delaySeconds });
}

/** A webhook named this product or item. */
export async function wakeCatalogRow(
  ports: WakePorts,
  connection: Connection,
  account: string,
  objectId: string,
): Promise<void> {
  if (!connection.settings.catalog.enabled) return;
  await addWake(ports.db, connection.id, { account, objectId }, ports.now());
  await wakeCatalog(ports, connection.id, CATALOG_WAKE_MS);
}

/** The catalog is kept in step from now on: what changed since the last read is read soon. */
export async function beginCatalog(ports: WakePorts, connectionId: string): Promise<void> {
  await setDue(ports.db, connectionId, ports.now() + MINUTE_MS);
  const eventId = ports.newId();
  await ports.queues.work.send({ v: 1, kind: 'hooks', connectionId, eventId });
}

/** A person asks for it: everything is read and compared, whether or not the catalog is kept in step. */
export async function reconcileCatalog(
  ports: Pick<Ports, 'queues'>,
  connectionId: string,
  eventId: string,
): Promise<void> {
  const common = { v: 1, kind: 'catalog', connectionId, eventId } as const;
  await ports.queues.work.send({ ...common, extent: 'full', states: null });
}

/** What cron does each minute: starts the reads that are due. A message that was lost is sent again. */
export async function syncDueCatalogs(ports: WakePorts, limit: number): Promise<void> {
  for (const connectionId of await listDue(ports.db, ports.now() - MINUTE_MS, limit)) {
    await setDue(ports.db, connectionId, ports.now() + MINUTE_MS);
    await sendCatalog(ports, connectionId, 'changes', 0);
  }
}

/** Their rows are compared anew: what they are joined with changed. */
export async function unsettleLinks(
  { db, now }: Pick<Ports, 'db' | 'now'>,
  connectionId: string,
  links: readonly Link[],
): Promise<void> {
  const variantIds = links.map(({ variantId }) => String(variantId));
  const itemIds = links.flatMap(({ items }) =>
    items.map(({ merchantId, itemId }) => registerRowId(merchantId, itemId)),
  );
  await unsettleMirrors(db, connectionId, 'bigcommerce', variantIds, now());
  await unsettleMirrors(db, connectionId, 'clover', itemIds, now());
}

/**
 * Reads the next pages of both catalogs into the mirrors and sends itself on; after the last one, what differs is made
 * equal. Failures: those of the platforms; `disconnected` for a connection that is not active.
 */
export async function syncCatalog(
  ports: SyncPorts,
  message: Work<'catalog'>,
): Promise<Result<void, Failure>> {
  const connection = await findConnection(ports.db, message.connectionId);
  if (connection?.status !== 'active') {
    // Asked again now and then: it may come back.
    await setDue(ports.db, message.connectionId, ports.now() + HOUR_MS);
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const { catalog, schedule } = connection.settings;
  if (!catalog.enabled && message.extent !== 'full') {
    await setDue(ports.db, connection.id, ports.now() + schedule.catalogMinutes * MINUTE_MS);
    return ok(undefined);
  }
  const opened = await openCatalogRead(ports, connection, message.eventId);
  if (!opened.ok) return opened;
  const read = opened.value;
  if (message.states === null && message.extent !== 'woken') {
    await setDue(ports.db, connection.id, ports.now() + schedule.catalogMinutes * MINUTE_MS);
  }
  const woken = await readWoken(read);
  if (!woken.ok) return woken;
  const begun = message.states ?? (await statesOf(ports, connection, message.extent));
  const states = await readOn(read, begun, CATALOG_PAGES_PER_MESSAGE);
  if (!states.ok) return states;
  if (states.value.some(({ cursor }) => cursor !== null)) {
    await ports.queues.work.send({ ...message, states: states.value });
    return ok(undefined);
  }
  if (woken.value) await wakeCatalog(ports, connection.id, CATALOG_WAKE_MS);
  if (!catalog.enabled) return ok(undefined);
  const changed = { afterLinkId: '', limit: 1, withGivenUp: message.extent === 'full' };
  const isChanged = (await changedLinks(ports.db, connection.id, changed)).length > 0;
  // Nothing to compare: nobody has to be asked what its categories are called.
  const books = isChanged ? await readBooks(read) : ok(NO_BOOKS);
  if (!books.ok) return books;
  const rules = fieldRules(connection, read.store, books.value);
  return makeChangeSet(ports, connection, message, rules);
}

async function statesOf(
  ports: SyncPorts,
  connection: Connection,
  extent: Work<'catalog'>['extent'],
): Promise<ReadState[]> {
  if (extent === 'woken') return [];
  const isFull = extent === 'full' || (await isFullDue(ports, connection));
  return beginReads(ports, connection, isFull);
}

/** Once a day, in the hour that the merchant chose; a day that was missed is made up for. */
async function isFullDue(ports: SyncPorts, connection: Connection): Promise<boolean> {
  const marks = await listMarks(ports.db, connection.id);
  if (marks.length === 0) return true;
  const oldest = Math.min(...marks.map(({ fullReadAtMs }) => fullReadAtMs));
  const ageHours = (ports.now() - oldest) / HOUR_MS;
  const hour = hourIn(connection.timeZone, ports.now());
  return ageHours > 28 || (ageHours > 20 && hour === connection.settings.schedule.fullSweepHour);
}

/** The change set is a plan with the message's event as its id, so that a repeat goes on with the same one. */
async function makeChangeSet(
  ports: SyncPorts,
  connection: Connection,
  message: Work<'catalog'>,
  rules: FieldRules,
): Promise<Result<void, Failure>> {
  const { id: connectionId } = connection;
  const planId = message.eventId;
  const busy = (await findUnfinishedPlans(ports.db, connectionId)).some(({ id }) => id !== planId);
  if (busy) {
    await ports.queues.work.send(message, { delaySeconds: CATALOG_BUSY_SECONDS });
    return ok(undefined);
  }
  const seeds = changedSeeds(ports.db, connectionId, message.extent === 'full');
  const survey = await surveyFields(ports, connection, rules, seeds, true);
  await settleUnlinked(ports.db, connectionId);
  if (survey.differing.length === 0) return ok(undefined);
  const nowMs = ports.now();
  await createPlan(ports.db, { id: planId, connectionId, kind: 'catalog', origin: 'sync', nowMs });
  const plan = await findPlan(ports.db, connectionId, planId);
  // A repeat of this message: its plan may be ready, and what would apply it lost.
  if (plan?.status === 'ready' || plan?.status === 'applying') {
    return applyChangeSet(ports, connectionId, planId);
  }
  if (plan?.status !== 'computing') return ok(undefined);
  const inputs = planInputs(connection);
  if (!inputs.ok) return inputs;
  const hashed = await inputs.value.hashed(ports.db, 'catalog');
  const waiting = await findWaitingSync(ports.db, connectionId);
  const operations = fieldOperations(ports, connection, rules, survey);
  const stored = await storePlan(ports, plan, null, operations, hashed);
  if (stored === undefined) return ok(undefined);
  const isSame = waiting !== undefined && isSameChange(waiting.hash, stored.hash);
  if (isSame || stored.planned + stored.counts.open === 0) {
    await deletePlan(ports.db, connectionId, planId);
    return ok(undefined);
  }
  if (waiting !== undefined) {
    const error = `Plan ${planId} took its place.`;
    const change = { from: ['needs_decision'], to: 'stale', error, nowMs } as const;
    await setPlanStatus(ports.db, connectionId, waiting.id, change);
  }
  // A cap that tripped stops the whole set: what else is in it may be part of the same mistake (C3).
  if (stored.status === 'ready') return applyChangeSet(ports, connectionId, planId);
  return ok(undefined);
}

/** The first half of a plan's hash is the one of its operations. */
function isSameChange(a: string, b: string): boolean {
  return a.slice(0, 32) === b.slice(0, 32);
}

async function applyChangeSet(
  ports: SyncPorts,
  connectionId: string,
  planId: string,
): Promise<Result<void, Failure>> {
  const change = { from: ['ready'], to: 'applying', nowMs: ports.now() } as const;
  await setPlanStatus(ports.db, connectionId, planId, change);
  const message = { v: 1, kind: 'apply', connectionId, eventId: planId, planId, seq: 0 } as const;
  await ports.queues.work.send(message);
  return ok(undefined);
}

/** Stock in: an event about a place becomes at most one read of its level, and the ledger is told. */
import { isStructural, type Failure } from '../domain/failure.ts';
import { bigcommercePlace, cloverPlace, type MerchantId, type PlaceKey } from '../domain/ids.ts';
import { fail, ok, unreachable, type Result } from '../domain/result.ts';
import type { Observation } from '../domain/stock/api.ts';
import type { PlaceAddress } from '../domain/stock/state.ts';
import { readInventory } from '../platforms/bigcommerce/inventory.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import type { CallContext } from '../platforms/http.ts';
import type { Work } from '../queue/messages.ts';
import { SECOND_LOOK_PATIENCE_MS } from '../limits.ts';
import { findLink, type Link } from '../store/links.ts';
import { keepLessons } from './merchants.ts';
import { stockPolicy } from './policy.ts';
import type { Cause, Scope } from './scope.ts';
import { currentAddress, keepTracking, locationFailure, parkLocation } from './structure.ts';

type Handled = Result<void, Failure>;
/** A level with the times that make it comparable. */
type Reading = Pick<
  Observation,
  'level' | 'readStartedAtMs' | 'platformModifiedMs' | 'safetyStock'
>;

/**
 * An event says that these links may have changed at a place; `platformTsMs` is the platform's own time of it,
 * `isOfLevel`: it is about the level itself, so that a read which shows nothing new is made once more.
 */
export async function wakeLinks(
  scope: Scope,
  cause: Cause,
  links: readonly Link[],
  place: (link: Link) => PlaceKey,
  platformTsMs: number | null,
  isOfLevel = true,
): Promise<Handled> {
  const active = links.filter((link) => link.status === 'active');
  const outcomes = await Promise.all(
    active.map((link) => wakeLink(scope, cause, link, place(link), platformTsMs, isOfLevel)),
  );
  return outcomes.find((outcome) => !outcome.ok) ?? ok(undefined);
}

async function wakeLink(
  scope: Scope,
  cause: Cause,
  link: Link,
  place: PlaceKey,
  platformTsMs: number | null,
  isOfLevel: boolean,
): Promise<Handled> {
  const { ports } = scope;
  const { connection, eventId, receivedAtMs } = cause;
  const ledger = ports.objects.skuLedger(connection.id, link.linkId);
  const policy = stockPolicy(connection, link.sku);
  const reply = await ledger.wake({ place, eventId, receivedAtMs, platformTsMs }, policy);
  if (!reply.read) {
    if (reply.reason === 'not_open') return awaitLedger(scope, link.sku, receivedAtMs);
    if (reply.reason === 'later') scope.keep(await ledger.view());
    if (reply.reason === 'unknown_place' || reply.reason === 'skipped') {
      skipPlace(scope, cause, link, place, reply.reason);
    }
    return ok(undefined);
  }
  await ports.sleep(Math.max(0, reply.startAtMs - ports.now()));
  const { address } = reply;
  const expected = isOfLevel ? { expected: { changedAtMs: platformTsMs } } : {};
  const look = { place, address, source: 'webhook', urgency: NOW, ...expected };
  return readAndTell(scope, cause, link, look);
}

/** A plan saves its links, reads their levels and only then opens their ledgers: seconds pass. */
const LEDGER_PATIENCE_MS = 60_000;
const PATIENCE_RETRY_MS = 1_000;

/**
 * How long to wait for what is on its way, `ageMs` after the event: soon at first, then less often, so that the tries of
 * a queue message (12) outlast the patience.
 */
export function patienceRetryMs(ageMs: number): number {
  return Math.max(PATIENCE_RETRY_MS, ageMs / 2);
}

/** The event comes back while the ledger is being opened, so that what its baseline did not hold is told to it (R4). */
export function awaitLedger(
  scope: Pick<Scope, 'ports'>,
  sku: string,
  receivedAtMs: number,
): Handled {
  const ageMs = scope.ports.now() - receivedAtMs;
  if (ageMs > LEDGER_PATIENCE_MS) return ok(undefined);
  return fail({
    code: 'busy',
    message: `The ledger of ${sku} is not open yet.`,
    retryAfterMs: patienceRetryMs(ageMs),
  });
}

function skipPlace(
  scope: Scope,
  cause: Cause,
  link: Link,
  place: PlaceKey,
  reason: 'unknown_place' | 'skipped',
): void {
  const why = reason === 'skipped' ? 'it is skipped there' : 'the SKU is not kept in step there';
  scope.ports.log.add({
    kind: 'skip',
    atMs: scope.ports.now(),
    connectionId: cause.connection.id,
    eventId: cause.eventId,
    sku: link.sku,
    operation: 'stock.wake',
    outcome: 'skipped',
    message: `A change of ${link.sku} at ${place} was left alone: ${why}.`,
  });
}

interface Look {
  readonly place: PlaceKey;
  readonly address: PlaceAddress;
  readonly source: string;
  readonly urgency: Urgency;
  readonly expected?: NonNullable<Observation['expected']>;
}

/** Reads levels and tells the ledger, in one step, what they showed, and of each item that is gone. */
async function readAndTell(
  scope: Scope,
  cause: Pick<Cause, 'connection' | 'eventId'> & Partial<Cause>,
  link: Pick<Link, 'linkId' | 'sku'>,
  ...looks: readonly Look[]
): Promise<Handled> {
  const seen = await Promise.all(looks.map((look) => lookAt(scope, cause, link, look)));
  return tell(scope, cause, link, seen);
}

/** null: there is nothing to tell, or the ledger knows already why not. */
async function lookAt(
  scope: Scope,
  cause: Pick<Cause, 'connection' | 'eventId'> & Partial<Cause>,
  link: Pick<Link, 'linkId' | 'sku'>,
  look: Look,
): Promise<Observation | null> {
  const { connection, eventId, receivedAtMs } = cause;
  const { place, address, source, urgency, expected } = look;
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  const reading = await readLevel(scope, cause, link.sku, address, urgency);
  if (!reading.ok) {
    scope.keep(await ledger.readFailed(place, reading.failure, eventId));
    // The ledger has the read due again; this message need not come back for it.
    return null;
  }
  const told = {
    ...(receivedAtMs === undefined ? {} : { receivedAtMs }),
    ...(expected === undefined ? {} : { expected }),
  };
  const seen: Observation = { place, eventId, source, ...told, ...reading.value };
  return vetted(scope, cause, link, address, seen);
}

/**
 * A level that may be told; null: it may not. A web level of nothing may be the count under an id that BigCommerce no longer uses
 * (bigcommerce.md 6.4), and taking it for a sale of everything would empty the registers: it is looked into first.
 */
async function vetted(
  scope: Scope,
  cause: Pick<Cause, 'connection' | 'eventId'>,
  link: Pick<Link, 'linkId' | 'sku'>,
  address: PlaceAddress | undefined,
  seen: Observation,
): Promise<Observation | null> {
  const { connection, eventId } = cause;
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  if (address?.platform === 'bigcommerce' && (seen.level ?? 0) <= 0) {
    const view = await ledger.view();
    const shown = view?.places.find(({ place }) => place === seen.place)?.level ?? 0;
    const current = shown > 1 ? await currentAddress(scope, cause, link.sku, address) : ok(address);
    if (!current.ok && isStructural(current.failure)) {
      scope.keep(await ledger.readFailed(seen.place, current.failure, eventId));
      return null;
    }
    if (current.ok && current.value.tracking !== address.tracking) {
      await keepTracking(scope, cause, link, current.value);
      const change = { kind: 'readdress', address: current.value } as const;
      scope.keep(await ledger.changePlace(seen.place, change, eventId));
      return null;
    }
  }
  return seen;
}

async function tell(
  scope: Scope,
  { connection }: Pick<Cause, 'connection'>,
  link: Pick<Link, 'linkId' | 'sku'>,
  seen: readonly (Observation | null)[],
): Promise<Handled> {
  const all = seen.filter((each) => each !== null);
  if (all.length === 0) return ok(undefined);
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  const view = await ledger.observeAll(all, stockPolicy(connection, link.sku));
  scope.keep(view);
  if (view !== null) await keepLessons(scope.ports, connection, view);
  return ok(undefined);
}

type Urgency = Pick<CallContext, 'priority' | 'patienceMs'>;
const NOW: Urgency = { priority: 'interactive' };
/** Nobody waits for it, and holding a queue batch back for it would make sales wait. */
const SECOND_LOOK: Urgency = { priority: 'background', patienceMs: SECOND_LOOK_PATIENCE_MS };

/** Present truth of one place: BigCommerce by location and variant, Clover from its primary (clover.md 4.2). */
export async function readLevel(
  scope: Scope,
  cause: Pick<Cause, 'connection' | 'eventId'>,
  sku: string,
  address: PlaceAddress,
  urgency: Urgency = NOW,
): Promise<Result<Reading, Failure>> {
  const { ports } = scope;
  const context = { connectionId: cause.connection.id, eventId: cause.eventId, sku, ...urgency };
  switch (address.platform) {
    case 'bigcommerce': {
      const session = openBigCommerce(ports, cause.connection.id, context);
      const { variantId, locationId } = address;
      const read = await readInventory(session, {
        variantIds: [variantId],
        locationIds: [locationId],
      });
      if (!read.ok) return read;
      const [row] = read.value.levels;
      if (row === undefined) return fail(gone(`BigCommerce has no variant ${variantId}`));
      if (row.isLocationOff) {
        const failure = locationFailure(locationId, true);
        await parkLocation(scope, cause, locationId, failure);
        return fail(failure);
      }
      const { readStartedAtMs } = read.value;
      const { level, safetyStock } = row;
      return ok({ level, readStartedAtMs, platformModifiedMs: null, safetyStock });
    }
    case 'clover': {
      const read = await scope.stockReads.read(address.merchantId, address.itemId, context);
      if (!read.ok) return read;
      const { stock, readStartedAtMs } = read.value;
      const { quantity, modifiedMs } = stock;
      return ok({ level: quantity, readStartedAtMs, platformModifiedMs: modifiedMs });
    }
    default:
      return unreachable(address);
  }
}

function gone(what: string): Failure {
  return { code: 'item_deleted', message: `${what} any more. Link the SKU again or remove it.` };
}

/** The ledger asked for this read (settle time over, unknown outcome, recount). */
export async function performRead(scope: Scope, message: Work<'read'>): Promise<Handled> {
  const found = await findWork(scope, message);
  if (!found.ok) return found;
  const { link, connection } = found.value;
  const cause = { connection, eventId: message.eventId as Cause['eventId'] };
  const urgency = message.isSecondLook === true ? SECOND_LOOK : NOW;
  const looks = [message.place, ...(message.also ?? [])].flatMap((name): Look[] => {
    const place = name as PlaceKey;
    const address = addressOf(link, place);
    return address === undefined ? [] : [{ place, address, source: 'verify', urgency }];
  });
  return readAndTell(scope, cause, link, ...looks);
}

/** A level that a sweep read and found different from its mirror. */
export async function tellObservation(scope: Scope, message: Work<'observe'>): Promise<Handled> {
  const found = await findWork(scope, message);
  if (!found.ok) return found;
  const { link, connection } = found.value;
  const seen: Observation = {
    place: message.place as PlaceKey,
    eventId: message.eventId as Cause['eventId'],
    level: message.level,
    readStartedAtMs: message.readStartedAtMs,
    platformModifiedMs: message.platformModifiedMs,
    source: 'sweep',
  };
  const cause = { connection, eventId: seen.eventId };
  const address = addressOf(link, seen.place);
  return tell(scope, cause, link, [await vetted(scope, cause, link, address, seen)]);
}

/** Settings changed, or a connection came back: targets are worked out again, parked writes get another chance. */
export async function evaluate(scope: Scope, message: Work<'evaluate'>): Promise<Handled> {
  const found = await findWork(scope, message);
  if (!found.ok) return found;
  const { link, connection } = found.value;
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  const eventId = message.eventId as Cause['eventId'];
  const policy = stockPolicy(connection, link.sku);
  scope.keep(await ledger.evaluate(policy, eventId, message.unpark ?? false));
  return ok(undefined);
}

interface FoundWork {
  readonly connection: Cause['connection'];
  readonly link: Link;
}

/** The link and connection a work message names; `disconnected` and `unlinked` end the message without a retry. */
export async function findWork(
  scope: Scope,
  message: { readonly connectionId: string; readonly linkId: string },
): Promise<Result<FoundWork, Failure>> {
  const connection = await scope.connection(message.connectionId);
  if (connection === undefined || connection.status === 'uninstalled') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const link = await findLink(scope.ports.db, connection.id, message.linkId);
  if (link === undefined) {
    return fail({ code: 'unlinked', message: 'The SKU is not linked any more.' });
  }
  return ok({ connection, link });
}

/** How the link is addressed at a place; undefined when it has nothing there. */
export function addressOf(link: Link, place: PlaceKey): PlaceAddress | undefined {
  const [platform, name = ''] = place.split(':');
  if (platform === 'bigcommerce') {
    if (link.tracking === 'none') return undefined;
    const { productId, variantId, tracking } = link;
    return { platform, locationId: Number(name), productId, variantId, tracking };
  }
  const item = link.items.find(({ merchantId }) => merchantId === name);
  if (item === undefined) return undefined;
  return { platform: 'clover', merchantId: item.merchantId, itemId: item.itemId };
}

/** The link's item is gone at a platform: its place is skipped from now on, with the reason (S12). */
export async function tellGone(
  scope: Scope,
  cause: Cause,
  links: readonly Link[],
  place: (link: Link) => PlaceKey,
  what: string,
): Promise<void> {
  for (const link of links) {
    const ledger = scope.ports.objects.skuLedger(cause.connection.id, link.linkId);
    scope.keep(await ledger.readFailed(place(link), gone(what), cause.eventId));
  }
}

/** Names of places, for callers that hold plain ids. */
export const places = {
  bigcommerce: (locationId: number) => (): PlaceKey => bigcommercePlace(locationId),
  clover: (merchantId: MerchantId) => (): PlaceKey => cloverPlace(merchantId),
};

/**
 * The shape of the store under a linked SKU: which id BigCommerce counts it by, and whether its location counts at all
 * (bigcommerce.md 5, 6.4). A refused write and a count of nothing are looked into before anything is made of them.
 */
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, type EventId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { WriteOutcome } from '../domain/stock/api.ts';
import type { PlaceAddress } from '../domain/stock/state.ts';
import { getProduct } from '../platforms/bigcommerce/catalog.ts';
import { getLocations } from '../platforms/bigcommerce/locations.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import type { Work } from '../queue/messages.ts';
import { closeFailure, failureId, parkFailure } from '../store/failures.ts';
import { skippedAt } from '../store/ledger-copies.ts';
import { setLinkTracking, type Link } from '../store/links.ts';
import type { Cause, Scope } from './scope.ts';

type WebAddress = Extract<PlaceAddress, { platform: 'bigcommerce' }>;
type Asker = Pick<Cause, 'connection' | 'eventId'>;
type Handled = Result<void, Failure>;

/**
 * How the Inventory API takes the SKU now. Failures: `item_deleted`, `tracking_off` (also when the product is counted as
 * a whole and its variants share one count), or those of the read.
 */
export async function currentAddress(
  scope: Scope,
  { connection, eventId }: Asker,
  sku: string,
  address: WebAddress,
): Promise<Result<WebAddress, Failure>> {
  const context = { connectionId: connection.id, eventId, sku, priority: 'interactive' as const };
  const read = await getProduct(
    openBigCommerce(scope.ports, connection.id, context),
    address.productId,
  );
  if (!read.ok) {
    if (read.failure.code !== 'not_found') return read;
    return fail({
      code: 'item_deleted',
      message: `BigCommerce has no product of ${sku} any more.`,
    });
  }
  const { tracking, variants } = read.value;
  const variant = variants.find(({ variantId }) => variantId === address.variantId);
  if (variant === undefined) {
    return fail({
      code: 'item_deleted',
      message: `BigCommerce has no variant ${address.variantId} any more.`,
    });
  }
  if (tracking === 'none') {
    const message = `BigCommerce does not track the stock of ${sku}: switch tracking on and plan again.`;
    return fail({ code: 'tracking_off', message });
  }
  if (tracking === 'product' && !variant.isBase) {
    const message =
      `BigCommerce counts the product of ${sku} as a whole, so that its variants share one count: ` +
      'track it by variant and plan again.';
    return fail({ code: 'tracking_off', message });
  }
  return ok({ ...address, tracking });
}

/** Refusals that say less than what stands behind them; a location's has no title of its own (bigcommerce.md 6.4). */
const VAGUE: ReadonlySet<string> = new Set([
  'tracking_mismatch',
  'rejected',
  'not_found',
  'invalid_input',
]);

/** What stands behind a refused write: the outcome as the ledger takes it. Unclear ones stay as they were. */
export async function explainRefusal(
  scope: Scope,
  asker: Asker,
  link: Pick<Link, 'linkId' | 'sku'>,
  address: PlaceAddress,
  outcome: WriteOutcome,
): Promise<WriteOutcome> {
  if (outcome.result !== 'refused' || address.platform !== 'bigcommerce') return outcome;
  if (!VAGUE.has(outcome.failure.code)) return outcome;
  const current = await currentAddress(scope, asker, link.sku, address);
  if (!current.ok) {
    const isKnown =
      current.failure.code === 'item_deleted' || current.failure.code === 'tracking_off';
    return isKnown ? { ...outcome, failure: current.failure } : outcome;
  }
  if (current.value.tracking !== address.tracking) {
    await keepTracking(scope, asker, link, current.value);
    return { ...outcome, address: current.value };
  }
  const off = await locationOff(scope, asker, address.locationId);
  if (off === null) return outcome;
  await parkLocation(scope, asker, address.locationId, off);
  return { ...outcome, failure: off };
}

/** The link follows, so that reads and later plans name the product as BigCommerce counts it. */
export async function keepTracking(
  scope: Scope,
  { connection, eventId }: Asker,
  link: Pick<Link, 'linkId' | 'sku'>,
  { tracking }: WebAddress,
): Promise<void> {
  await setLinkTracking(scope.ports.db, connection.id, link.linkId, tracking);
  scope.ports.log.add({
    kind: 'decision',
    atMs: scope.ports.now(),
    connectionId: connection.id,
    eventId,
    platform: 'bigcommerce',
    sku: link.sku,
    operation: 'stock.tracking',
    outcome: 'ok',
    message: `BigCommerce counts ${link.sku} by ${tracking} now: its count starts again there with what the ledger says.`,
  });
}

/** Why the location cannot be written to; null when it can, or nobody can tell. */
async function locationOff(
  scope: Scope,
  { connection, eventId }: Asker,
  locationId: number,
): Promise<Failure | null> {
  const context = { connectionId: connection.id, eventId, priority: 'interactive' as const };
  const read = await getLocations(openBigCommerce(scope.ports, connection.id, context));
  if (!read.ok) return null;
  const location = read.value.find((each) => each.locationId === locationId);
  return location?.enabled === true ? null : locationFailure(locationId, location !== undefined);
}

export function locationFailure(locationId: number, exists: boolean): Failure {
  const what = exists ? 'is switched off in' : 'does not exist in';
  return {
    code: 'location_off',
    message:
      `Location ${locationId} ${what} BigCommerce, so its levels are left alone. Switch it on there, ` +
      'or change stock.pools and plan again.',
  };
}

const LOCATION_SOURCE = 'stock:location';

/** One failure per location, however many SKUs stand there; its replay looks again. */
export async function parkLocation(
  scope: Scope,
  { connection, eventId }: Asker,
  locationId: number,
  { code, message }: Failure,
): Promise<void> {
  const { db, now } = scope.ports;
  const body = {
    v: 1,
    kind: 'location',
    connectionId: connection.id,
    eventId,
    locationId,
  } as const;
  await parkFailure(db, {
    connectionId: connection.id,
    code,
    message,
    source: LOCATION_SOURCE,
    subject: String(locationId),
    platform: 'bigcommerce',
    eventId,
    atMs: now(),
    replay: { queue: 'work', body },
  });
}

/** A location may have been switched on again: its places are read and written as before. */
export async function resumeLocation(scope: Scope, message: Work<'location'>): Promise<Handled> {
  const connection = await scope.connection(message.connectionId);
  if (connection === undefined || connection.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active.' });
  }
  const { locationId } = message;
  const eventId = message.eventId as EventId;
  const context = { connectionId: connection.id, eventId, priority: 'background' as const };
  const read = await getLocations(openBigCommerce(scope.ports, connection.id, context));
  if (!read.ok) return read;
  const location = read.value.find((each) => each.locationId === locationId);
  if (location?.enabled !== true) {
    await parkLocation(
      scope,
      { connection, eventId },
      locationId,
      locationFailure(locationId, location !== undefined),
    );
    return ok(undefined);
  }
  const place = bigcommercePlace(locationId);
  const waiting = await skippedAt(scope.ports.db, connection.id, place, 'location_off');
  await scope.ports.queues.work.sendAll(
    waiting.map((linkId) => ({
      v: 1,
      kind: 'place',
      connectionId: connection.id,
      eventId,
      linkId,
      place,
      change: 'resume',
    })),
  );
  const id = await failureId({
    connectionId: connection.id,
    source: LOCATION_SOURCE,
    code: 'location_off',
    subject: String(locationId),
  });
  await closeFailure(scope.ports.db, connection.id, id, 'replayed');
  return ok(undefined);
}

/** One place of one open ledger left, or may be written again. */
export async function changePlace(scope: Scope, message: Work<'place'>): Promise<Handled> {
  const ledger = scope.ports.objects.skuLedger(message.connectionId, message.linkId);
  const place = message.place as Parameters<typeof ledger.changePlace>[0];
  const change =
    message.change === 'leave'
      ? ({ kind: 'leave' } as const)
      : ({ kind: 'resume', after: 'location_off' } as const);
  scope.keep(await ledger.changePlace(place, change, message.eventId as EventId));
  return ok(undefined);
}

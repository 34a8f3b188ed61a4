/** Consumer of `intake`: what a webhook says may have changed, and whom that concerns. Present truth is read later. */
import * as v from 'valibot';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { eventId, parseMerchantId, type MerchantId } from '../domain/ids.ts';
import { ok, unreachable, type Result } from '../domain/result.ts';
import { QUEUE_HAND_OVER_MS } from '../limits.ts';
import { stopConnection, stopMerchant } from '../install/uninstall.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getStore } from '../platforms/bigcommerce/store.ts';
import { subjectOf } from '../platforms/bigcommerce/webhook.ts';
import { getMerchant } from '../platforms/clover/merchant.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import { findMerchant } from '../store/connections.ts';
import {
  findLinksByItem,
  findLinksByProduct,
  findLinksByVariant,
  type Link,
} from '../store/links.ts';
import { wakeCatalogRow } from '../sync/catalog.ts';
import { wakeCustomer } from '../sync/customer-feed.ts';
import { refreshMerchant } from '../sync/merchants.ts';
import { takeOrderEvent } from '../sync/orders.ts';
import { defaultLocationId } from '../sync/pools.ts';
import type { Cause, Scope } from '../sync/scope.ts';
import { breakLinks } from '../sync/link-save.ts';
import { resumeLocation } from '../sync/structure.ts';
import { places, tellGone, wakeLinks } from '../sync/stock.ts';
import {
  intakeMessage,
  type BigCommerceIntake,
  type CloverChange,
  type CloverIntake,
  type IntakeMessage,
} from './messages.ts';
import { runBatch } from './run-batch.ts';

type Handled = Result<void, Failure>;

/** A payment's event waits this long for its order's own event to be read (seconds, Queues take whole ones). */
const PAYMENT_GRACE_SECONDS = 2;

export function consumeIntake(ports: Ports, batch: MessageBatch): Promise<void> {
  return runBatch<IntakeMessage>(ports, batch, {
    queue: 'intake',
    parse(body) {
      const parsed = v.safeParse(intakeMessage, body);
      return parsed.success ? parsed.output : undefined;
    },
    handle: (scope, message) =>
      message.platform === 'bigcommerce'
        ? takeBigCommerceEvent(scope, message)
        : takeCloverEvents(scope, message),
  });
}

async function takeBigCommerceEvent(scope: Scope, message: BigCommerceIntake): Promise<Handled> {
  const connection = await scope.connection(message.connectionId);
  const { eventId: id, receivedAtMs, scope: topic } = message;
  if (connection === undefined || connection.status === 'uninstalled') {
    return ok(skip(scope, message.connectionId, id, topic, 'the connection is not active'));
  }
  await scope.begin(connection.id);
  const cause: Cause = { connection, eventId: eventId(id), receivedAtMs, toldBy: 'webhook' };
  logEvent(scope, connection.id, id, 'bigcommerce', topic, { topic, data: message.data });
  return routeBigCommerce(scope, cause, topic, message.data);
}

async function routeBigCommerce(
  scope: Scope,
  cause: Cause,
  topic: string,
  data: BigCommerceIntake['data'],
): Promise<Handled> {
  const { connection } = cause;
  const subject = subjectOf(topic, data);
  switch (subject.kind) {
    case 'order':
      return takeOrderEvent(scope, cause, {
        platform: 'bigcommerce',
        account: connection.id,
        orderId: String(subject.orderId),
        platformTsMs: null,
      });
    case 'stock': {
      const links = await linksOf(scope, cause, topic, subject);
      const locationId = subject.locationId ?? defaultLocationId(connection);
      return wakeLinks(scope, cause, links, places.bigcommerce(locationId), null);
    }
    case 'deleted': {
      const links = await linksOf(scope, cause, topic, subject);
      const place = places.bigcommerce(defaultLocationId(connection));
      await tellGone(scope, cause, links, place, 'BigCommerce does not have this product');
      const linkIds = links.map(({ linkId }) => linkId);
      const by = 'webhook of BigCommerce: deleted';
      await breakLinks(scope.ports, connection.id, linkIds, { eventId: cause.eventId, by });
      return ok(undefined);
    }
    case 'location':
      return resumeLocation(scope, {
        v: 1,
        kind: 'location',
        connectionId: connection.id,
        eventId: cause.eventId,
        locationId: subject.locationId,
      });
    case 'product':
      await wakeCatalogRow(scope.ports, connection, connection.id, String(subject.productId));
      return ok(undefined);
    case 'customer':
      return wakeCustomer(scope, cause, 'bigcommerce', connection.id, String(subject.customerId));
    case 'uninstalled':
      return stopIfUninstalled(scope, cause);
    case 'other':
      return ok(skip(scope, connection.id, cause.eventId, topic, 'nothing follows from it yet'));
    default:
      return unreachable(subject);
  }
}

/** A retry can come two days late (bigcommerce.md 2.4), after a new install: only a dead token proves the uninstall. */
async function stopIfUninstalled(scope: Scope, cause: Cause): Promise<Handled> {
  const { connection, eventId: id } = cause;
  const context = { connectionId: connection.id, eventId: id, priority: 'interactive' as const };
  const store = await getStore(openBigCommerce(scope.ports, connection.id, context));
  if (store.ok) {
    return ok(
      skip(scope, connection.id, id, 'store/app/uninstalled', 'the app is installed again'),
    );
  }
  if (isRetryable(store.failure)) return store;
  await stopConnection(scope.ports, connection.id, 'BigCommerce said that the app was uninstalled');
  return ok(undefined);
}

/** The variant's link when the event names one, else those of every variant of the product. */
async function linksOf(
  scope: Scope,
  cause: Cause,
  topic: string,
  subject: { readonly productId: number; readonly variantId: number | null },
): Promise<Link[]> {
  const { db } = scope.ports;
  const { id } = cause.connection;
  const links =
    subject.variantId === null
      ? await findLinksByProduct(db, id, [subject.productId])
      : await findLinksByVariant(db, id, [subject.variantId]);
  if (links.length === 0) {
    skip(scope, id, cause.eventId, topic, `product ${subject.productId} is not linked`, 'unlinked');
  }
  return links;
}

async function takeCloverEvents(scope: Scope, message: CloverIntake): Promise<Handled> {
  const byMerchant = Map.groupBy(message.changes, ({ merchantId }) => merchantId);
  if (byMerchant.size > 1) {
    // One merchant's trouble must not make the others' parts come again with it.
    const parts = [...byMerchant.values()].map((changes) => ({ ...message, changes }));
    await scope.ports.queues.intake.sendAll(parts);
    return ok(undefined);
  }
  const outcomes = await Promise.all(
    [...byMerchant].map(([merchantId, changes]) =>
      takeMerchantChanges(scope, message, merchantId, changes),
    ),
  );
  return outcomes.find((outcome) => !outcome.ok) ?? ok(undefined);
}

async function takeMerchantChanges(
  scope: Scope,
  message: CloverIntake,
  merchantId: string,
  changes: readonly CloverChange[],
): Promise<Handled> {
  const id = parseMerchantId(merchantId);
  const merchant = id === undefined ? undefined : await findMerchant(scope.ports.db, id);
  if (id === undefined || merchant === undefined || merchant.status === 'disconnected') {
    return ok(
      skip(
        scope,
        merchant?.connectionId ?? '',
        message.eventId,
        merchantId,
        'the merchant is not connected',
      ),
    );
  }
  const connection = await scope.connection(merchant.connectionId);
  if (connection === undefined || connection.status === 'uninstalled') {
    return ok(
      skip(
        scope,
        merchant.connectionId,
        message.eventId,
        merchantId,
        'the connection is not active',
      ),
    );
  }
  await scope.begin(connection.id);
  const cause: Cause = {
    connection,
    eventId: eventId(message.eventId),
    receivedAtMs: message.receivedAtMs,
    toldBy: 'webhook',
  };
  logEvent(scope, connection.id, message.eventId, 'clover', topicsOf(changes), { changes });
  const outcomes = await Promise.all(
    newestPerObject(changes).map((change) => routeClover(scope, cause, id, change)),
  );
  return outcomes.find((outcome) => !outcome.ok) ?? ok(undefined);
}

function topicsOf(changes: readonly CloverChange[]): string {
  return [...new Set(changes.map(({ key }) => key))].join(',');
}

/** Several changes of one object in one webhook ask for one look at it. */
function newestPerObject(changes: readonly CloverChange[]): CloverChange[] {
  const newest = new Map<string, CloverChange>();
  for (const change of changes) {
    const key = `${change.key}:${change.objectId}`;
    const known = newest.get(key);
    if (known === undefined || known.tsMs <= change.tsMs) newest.set(key, change);
  }
  return [...newest.values()];
}

/** Object keys: clover.md 2. */
async function routeClover(
  scope: Scope,
  cause: Cause,
  merchantId: MerchantId,
  change: CloverChange,
): Promise<Handled> {
  const { connection } = cause;
  switch (change.key) {
    case 'O':
      return takeOrderEvent(scope, cause, {
        platform: 'clover',
        account: merchantId,
        orderId: change.objectId,
        platformTsMs: change.tsMs,
      });
    case 'P':
      await scope.ports.queues.work.send(
        {
          v: 1,
          kind: 'payment',
          connectionId: connection.id,
          eventId: cause.eventId,
          merchantId,
          paymentId: change.objectId,
          receivedAtMs: cause.receivedAtMs,
        },
        { delaySeconds: PAYMENT_GRACE_SECONDS },
      );
      await scope.linger(
        connection.id,
        `payment:${change.objectId}`,
        PAYMENT_GRACE_SECONDS * 1_000 + QUEUE_HAND_OVER_MS,
      );
      return ok(undefined);
    case 'I':
    case 'IS':
      return takeItemChange(scope, cause, merchantId, change);
    case 'C':
      return wakeCustomer(scope, cause, 'clover', merchantId, change.objectId);
    case 'M':
      return refreshMerchant(scope.ports, connection.id, merchantId, cause.eventId);
    case 'A':
      return change.type === 'DELETE' ? stopIfRemoved(scope, cause, merchantId) : ok(undefined);
    default:
      return ok(
        skip(scope, connection.id, cause.eventId, change.key, 'nothing follows from it yet'),
      );
  }
}

/** As `stopIfUninstalled`: a late message must not stop a merchant who installed the app again. */
async function stopIfRemoved(scope: Scope, cause: Cause, merchantId: MerchantId): Promise<Handled> {
  const { connection, eventId: id } = cause;
  const context = { connectionId: connection.id, eventId: id, priority: 'interactive' as const };
  const merchant = await getMerchant(openClover(scope.ports, merchantId, context));
  if (merchant.ok) return ok(skip(scope, connection.id, id, 'A', 'the app is installed again'));
  if (isRetryable(merchant.failure)) return merchant;
  await stopMerchant(scope.ports, merchantId, 'Clover said that the app was uninstalled');
  return ok(undefined);
}

async function takeItemChange(
  scope: Scope,
  cause: Cause,
  merchantId: MerchantId,
  change: CloverChange,
): Promise<Handled> {
  const { connection } = cause;
  if (change.key === 'I') {
    await wakeCatalogRow(scope.ports, connection, merchantId, change.objectId);
  }
  const links = await findLinksByItem(scope.ports.db, connection.id, merchantId, [change.objectId]);
  if (links.length === 0) {
    const what = `item ${change.objectId} is not linked`;
    return ok(skip(scope, connection.id, cause.eventId, change.key, what, 'unlinked'));
  }
  const place = places.clover(merchantId);
  if (change.key === 'I' && change.type === 'DELETE') {
    await tellGone(scope, cause, links, place, `Clover does not have item ${change.objectId}`);
    return ok(undefined);
  }
  return wakeLinks(scope, cause, links, place, change.tsMs);
}

function logEvent(
  scope: Scope,
  connectionId: string,
  id: string,
  platform: 'bigcommerce' | 'clover',
  topic: string,
  detail: unknown,
): void {
  scope.ports.log.add({
    kind: 'event',
    atMs: scope.ports.now(),
    connectionId,
    eventId: id,
    platform,
    operation: `intake.${platform}`,
    outcome: 'ok',
    message: `Webhook ${topic}`,
    detail,
  });
}

function skip(
  scope: Scope,
  connectionId: string,
  id: string,
  topic: string,
  why: string,
  code: 'unlinked' | 'disconnected' | null = null,
): undefined {
  scope.ports.log.add({
    kind: 'skip',
    atMs: scope.ports.now(),
    connectionId,
    eventId: id,
    operation: 'intake.skip',
    outcome: 'skipped',
    ...(code === null ? {} : { code }),
    message: `Webhook ${topic} was left alone: ${why}.`,
  });
  return undefined;
}

/**
 * Linked items that a place lists no more, because the webhook of their deletion was lost: the place's ids are read
 * once more, all in one go, and each item that is not among them is read by itself, so that its ledger knows (S12).
 */
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, cloverPlace, parseMerchantId, type PlaceKey } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { DRIFT_QUERY_ROWS, MISSING_READS_MAX } from '../limits.ts';
import { inventoryPages } from '../platforms/bigcommerce/inventory.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { itemStockPages } from '../platforms/clover/inventory.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection } from '../store/connections.ts';
import { listPlaceItems } from '../store/place-copies.ts';

type MissingPorts = Pick<
  Ports,
  'db' | 'now' | 'queues' | 'log' | 'config' | 'fetch' | 'objects' | 'timer'
>;

interface Listed {
  readonly place: PlaceKey;
  readonly ids: ReadonlySet<string>;
}

/** Has the ledgers look at what is gone, a bounded number at a time. Failures: those of the platform. */
export async function findMissing(
  ports: MissingPorts,
  message: Work<'missing'>,
): Promise<Result<void, Failure>> {
  const { connectionId, eventId, platform } = message;
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const listed = await listIds(ports, message);
  if (!listed.ok) return listed;
  const { place, ids } = listed.value;
  const missing = await missingLinks(ports, connectionId, place, ids);
  await ports.queues.work.sendAll(
    missing.map((linkId): Work<'read'> => ({
      v: 1,
      kind: 'read',
      connectionId,
      eventId,
      linkId,
      place,
    })),
  );
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId,
    eventId,
    platform,
    operation: 'sweep.missing',
    outcome: 'ok',
    message: `${place} lists ${ids.size} items; ${missing.length} linked ones are not among them and are looked at.`,
    detail: { listed: ids.size, missing: missing.length },
  });
  return ok(undefined);
}

async function missingLinks(
  ports: MissingPorts,
  connectionId: string,
  place: PlaceKey,
  ids: ReadonlySet<string>,
): Promise<string[]> {
  const missing: string[] = [];
  for (let cursor = ''; missing.length < MISSING_READS_MAX;) {
    const page = await listPlaceItems(ports.db, connectionId, place, cursor, DRIFT_QUERY_ROWS);
    missing.push(...page.flatMap((item) => (ids.has(item.externalId) ? [] : [item.linkId])));
    const last = page.at(-1);
    if (last === undefined || page.length < DRIFT_QUERY_ROWS) break;
    cursor = last.linkId;
  }
  return missing.slice(0, MISSING_READS_MAX);
}

async function listIds(
  ports: MissingPorts,
  { connectionId, eventId, platform, account }: Work<'missing'>,
): Promise<Result<Listed, Failure>> {
  const context = { connectionId, eventId, priority: 'background' as const };
  const ids = new Set<string>();
  if (platform === 'bigcommerce') {
    const locationId = Number(account);
    for await (const page of inventoryPages(
      openBigCommerce(ports, connectionId, context),
      locationId,
    )) {
      if (!page.ok) return page;
      for (const { variantId } of page.value.levels) ids.add(String(variantId));
    }
    return ok({ place: bigcommercePlace(locationId), ids });
  }
  const merchantId = parseMerchantId(account);
  if (merchantId === undefined) {
    return fail({ code: 'invalid_input', message: `"${account}" is no Clover merchant id.` });
  }
  for await (const page of itemStockPages(openClover(ports, merchantId, context))) {
    if (!page.ok) return page;
    for (const { itemId } of page.value.rows) ids.add(itemId);
  }
  return ok({ place: cloverPlace(merchantId), ids });
}

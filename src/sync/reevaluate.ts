/** Targets after a change of settings: every SKU's ledger works them out again, through the queue. */
import type { Ports } from '../ports.ts';
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import { linksOfMerchant, listLinks } from '../store/links.ts';

const LINKS_PER_PAGE = 500;

/**
 * Asks every active link of a connection to evaluate its targets and to try again what it had given up on. Answers how many were asked. A repeat is harmless:
 * a ledger whose targets stand writes nothing.
 */
export async function reevaluate(
  ports: Pick<Ports, 'db' | 'queues'>,
  connectionId: string,
  eventId: string,
): Promise<number> {
  let asked = 0;
  for (let cursor: string | null = null; ;) {
    const page = await listLinks(ports.db, connectionId, cursor, LINKS_PER_PAGE);
    const active = page.items.filter(({ status }) => status === 'active');
    await ports.queues.work.sendAll(
      active.map(({ linkId }) => ({
        v: 1,
        kind: 'evaluate',
        connectionId,
        eventId,
        linkId,
        unpark: true,
      })),
    );
    asked += active.length;
    if (page.nextCursor === null) return asked;
    cursor = page.nextCursor;
  }
}

/** A merchant that is unlinked leaves every open ledger; before its items are forgotten, so that a repeat finds them. */
export async function leaveLedgers(
  ports: Pick<Ports, 'db' | 'queues'>,
  connectionId: string,
  merchantId: MerchantId,
  eventId: string,
): Promise<void> {
  const linkIds = await linksOfMerchant(ports.db, connectionId, merchantId);
  const place = cloverPlace(merchantId);
  await ports.queues.work.sendAll(
    linkIds.map((linkId) => ({
      v: 1,
      kind: 'place',
      connectionId,
      eventId,
      linkId,
      place,
      change: 'leave',
    })),
  );
}

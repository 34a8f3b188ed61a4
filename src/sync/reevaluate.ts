/** Targets after a change of settings: every SKU's ledger works them out again, through the queue. */
import type { Ports } from '../ports.ts';
import { listLinks } from '../store/links.ts';

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

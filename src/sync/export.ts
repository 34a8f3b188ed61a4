/**
 * A connection's data to take away, one JSON object per line: read page by page while it is sent, so that a large shop
 * needs no more memory than a small one. What one file cannot hold is said in its last line.
 */
import { unreachable } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { EXPORT_LEDGER_CALLS_MAX, EXPORT_PAGE_ROWS, EXPORT_PAGES_MAX } from '../limits.ts';
import type { Connection } from '../store/connections.ts';
import { listFailures } from '../store/failures.ts';
import { listSkus } from '../store/ledger-copies.ts';
import { listLinks } from '../store/links.ts';
import { listOrderLinks } from '../store/order-links.ts';
import { auditConnection } from './audit.ts';

export const EXPORT_PARTS = [
  'settings',
  'links',
  'levels',
  'entries',
  'orders',
  'failures',
  'findings',
] as const;
export type ExportPart = (typeof EXPORT_PARTS)[number];

/** The last line. `next`: where another file of the same part goes on; null: nothing is left, or nothing goes on. */
interface End {
  readonly type: 'end';
  readonly isComplete: boolean;
  readonly next: string | null;
}

type Line = Readonly<Record<string, unknown>> | End;
type ExportPorts = Pick<Ports, 'db' | 'objects'>;

const end = (isComplete: boolean, next: string | null = null): End => ({
  type: 'end',
  isComplete,
  next,
});

/** The lines of one part; `after` is the `next` of the file before it. */
export function exportLines(
  ports: ExportPorts,
  connection: Connection,
  part: ExportPart,
  after: string | null,
  missingScopes: readonly string[],
): AsyncGenerator<Line> {
  const { db } = ports;
  const { id } = connection;
  switch (part) {
    case 'settings':
      return settingsLines(connection);
    case 'links':
      return pagedLines('link', (cursor: string | null) =>
        listLinks(db, id, cursor ?? after, EXPORT_PAGE_ROWS),
      );
    case 'levels':
      return pagedLines('levels', (cursor: Parameters<typeof listSkus>[2]) =>
        listSkus(db, id, cursor, EXPORT_PAGE_ROWS),
      );
    case 'entries':
      return entryLines(ports, id, after);
    case 'orders':
      return pagedLines('order', (cursor: Parameters<typeof listOrderLinks>[3]) =>
        listOrderLinks(db, id, null, cursor, EXPORT_PAGE_ROWS),
      );
    case 'failures':
      return failureLines(ports, id);
    case 'findings':
      return findingLines(ports, connection, missingScopes);
    default:
      return unreachable(part);
  }
}

async function* settingsLines(connection: Connection): AsyncGenerator<Line> {
  const { merchants, settings, savedSettings, ...facts } = connection;
  yield await Promise.resolve({ type: 'connection', ...facts });
  for (const merchant of merchants) yield { type: 'merchant', ...merchant };
  yield { type: 'settings', saved: savedSettings, inForce: settings };
  yield end(true);
}

async function* pagedLines<Cursor>(
  type: string,
  read: (cursor: Cursor | null) => Promise<{ items: readonly object[]; nextCursor: Cursor | null }>,
): AsyncGenerator<Line> {
  let cursor: Cursor | null = null;
  for (let pages = 0; pages < EXPORT_PAGES_MAX; pages += 1) {
    const page: { items: readonly object[]; nextCursor: Cursor | null } = await read(cursor);
    for (const item of page.items) yield { type, ...item };
    cursor = page.nextCursor;
    if (cursor === null) {
      yield end(true);
      return;
    }
  }
  yield end(false, typeof cursor === 'string' ? cursor : null);
}

/** Whole ledgers only: a file ends between two of them, and the next one begins behind its last. */
async function* entryLines(
  ports: ExportPorts,
  connectionId: string,
  after: string | null,
): AsyncGenerator<Line> {
  let calls = 0;
  let last = after;
  for (;;) {
    const page = await listLinks(ports.db, connectionId, last, EXPORT_PAGE_ROWS);
    for (const { linkId, sku } of page.items) {
      if (calls >= EXPORT_LEDGER_CALLS_MAX) {
        yield end(false, last);
        return;
      }
      const ledger = ports.objects.skuLedger(connectionId, linkId);
      let cursor: number | null = null;
      do {
        const read: Awaited<ReturnType<typeof ledger.entries>> = await ledger.entries(
          cursor,
          EXPORT_PAGE_ROWS,
        );
        calls += 1;
        for (const entry of read.items) yield { type: 'entry', linkId, sku, ...entry };
        cursor = read.nextCursor;
      } while (cursor !== null);
      last = linkId;
    }
    if (page.nextCursor === null) break;
    last = page.nextCursor;
  }
  yield end(true);
}

async function* failureLines({ db }: ExportPorts, connectionId: string): AsyncGenerator<Line> {
  let isComplete = true;
  for (const status of ['open', 'replayed', 'dismissed'] as const) {
    const lines = pagedLines('failure', (cursor: Parameters<typeof listFailures>[3]) =>
      listFailures(db, connectionId, status, cursor, EXPORT_PAGE_ROWS),
    );
    for await (const line of lines) {
      if (line.type === 'end') isComplete = isComplete && (line as End).isComplete;
      else yield line;
    }
  }
  yield end(isComplete);
}

async function* findingLines(
  ports: ExportPorts,
  connection: Connection,
  missingScopes: readonly string[],
): AsyncGenerator<Line> {
  const { findings } = await auditConnection(ports, connection, missingScopes);
  for (const finding of findings) yield { type: 'finding', ...finding };
  yield end(true);
}

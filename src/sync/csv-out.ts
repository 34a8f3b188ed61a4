/** Plans and links as files, page by page: a catalog of any size never stands in memory as a whole. */
import { csvLines } from '../domain/csv.ts';
import { PLAN_PAGE_ROWS } from '../limits.ts';
import type { Database } from '../ports.ts';
import { listLinks } from '../store/links.ts';
import { listOperations } from '../store/plans.ts';

/** One line per item of a link. */
export async function* linksCsv(db: Database, connectionId: string): AsyncGenerator<string, void> {
  yield csvLines([
    [
      'link_id',
      'status',
      'sku',
      'name',
      'product_id',
      'variant_id',
      'merchant_id',
      'item_id',
      'rule',
      'created_at',
    ],
  ]);
  for (let cursor: string | null = null; ;) {
    const page = await listLinks(db, connectionId, cursor, PLAN_PAGE_ROWS);
    yield csvLines(
      page.items.flatMap((link) =>
        (link.items.length === 0 ? [{ merchantId: '', itemId: '' }] : link.items).map((item) => [
          link.linkId,
          link.status,
          link.sku,
          link.name,
          String(link.productId),
          String(link.variantId),
          item.merchantId,
          item.itemId,
          typeof link.evidence['rule'] === 'string' ? link.evidence['rule'] : '',
          new Date(link.createdAtMs).toISOString(),
        ]),
      ),
    );
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** One line per operation, with an empty `decision` to be filled in and sent back. */
export async function* planCsv(
  db: Database,
  connectionId: string,
  planId: string,
): AsyncGenerator<string, void> {
  yield csvLines([['seq', 'kind', 'sku', 'outcome', 'decision', 'reason', 'before', 'after']]);
  for (let cursor: number | null = null; ;) {
    const page = await listOperations(db, connectionId, planId, cursor, PLAN_PAGE_ROWS);
    yield csvLines(
      page.items.map(({ seq, kind, sku, outcome, reason, before, after }) => [
        String(seq),
        kind,
        sku,
        outcome,
        '',
        reason ?? '',
        before === null ? '' : JSON.stringify(before),
        after === null ? '' : JSON.stringify(after),
      ]),
    );
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** What became of each link, by whom and on what evidence: rows are added and never changed (C4). */
import { and, desc, eq } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf } from './bulk.ts';
import { linkHistory } from './catalog-schema.ts';
import type { Link } from './links.ts';

export type LinkAct = 'linked' | 'relinked' | 'broken' | 'unlinked';

export interface LinkChange {
  readonly atMs: number;
  readonly act: LinkAct;
  /** A user, a key, or what of ours did it. */
  readonly by: string;
  readonly eventId: string;
  readonly sku: string;
  readonly variantId: number;
  readonly items: readonly { readonly merchantId: string; readonly itemId: string }[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Adds one row per link; a piece of work that comes again, told by its event, adds none for links that have theirs. */
export async function addLinkHistory(
  db: Database,
  rows: readonly {
    readonly link: Link;
    readonly act: LinkAct;
    readonly by: string;
    readonly eventId: string;
    readonly atMs: number;
  }[],
): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    const [first] = chunk;
    if (first === undefined) continue;
    const told = await db
      .select({ linkId: linkHistory.linkId, eventId: linkHistory.eventId })
      .from(linkHistory)
      .where(
        and(
          eq(linkHistory.connectionId, first.link.connectionId),
          isOneOf(
            linkHistory.linkId,
            chunk.map(({ link }) => link.linkId),
          ),
          isOneOf(linkHistory.eventId, [...new Set(chunk.map(({ eventId }) => eventId))]),
        ),
      );
    const known = new Set(told.map(({ linkId, eventId }) => `${linkId} ${eventId}`));
    const news = chunk.filter(({ link, eventId }) => !known.has(`${link.linkId} ${eventId}`));
    if (news.length === 0) continue;
    const values = news.map(({ link, ...row }) => {
      const { connectionId, linkId, sku, variantId, items, evidence } = link;
      return { connectionId, linkId, sku, variantId, items, evidence, ...row };
    });
    await insertRows(db, linkHistory, values).onConflictDoNothing();
  }
}

/** The last `limit` changes of one link, newest first. */
export async function listLinkHistory(
  db: Database,
  connectionId: string,
  linkId: string,
  limit: number,
): Promise<LinkChange[]> {
  const rows = await db
    .select()
    .from(linkHistory)
    .where(and(eq(linkHistory.connectionId, connectionId), eq(linkHistory.linkId, linkId)))
    .orderBy(desc(linkHistory.atMs), desc(linkHistory.eventId))
    .limit(limit);
  return rows.map(({ connectionId: _connection, linkId: _link, ...change }) => change);
}

/** Links: a BigCommerce variant and the Clover items that are the same SKU. */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type ConnectionId, type LinkId, linkId, type MerchantId } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { chunksOf, insertRows, isOneOf, takeNew } from './bulk.ts';
import { linkItems, links } from './schema.ts';

interface LinkItem {
  readonly merchantId: MerchantId;
  readonly itemId: string;
}

export interface Link {
  readonly linkId: LinkId;
  readonly connectionId: ConnectionId;
  readonly sku: string;
  readonly name: string;
  readonly productId: number;
  readonly variantId: number;
  readonly tracking: 'product' | 'variant' | 'none';
  readonly status: 'active' | 'broken';
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
  readonly items: readonly LinkItem[];
}

/** Links of these variants, broken ones too; variants without a link are absent. */
export function findLinksByVariant(
  db: Database,
  connectionId: string,
  variantIds: readonly number[],
): Promise<Link[]> {
  return select(db, connectionId, isOneOf(links.variantId, variantIds));
}

/** Links of every variant of these products. */
export function findLinksByProduct(
  db: Database,
  connectionId: string,
  productIds: readonly number[],
): Promise<Link[]> {
  return select(db, connectionId, isOneOf(links.productId, productIds));
}

/** Links that hold these items of one Clover merchant. */
export function findLinksByItem(
  db: Database,
  connectionId: string,
  merchantId: string,
  itemIds: readonly string[],
): Promise<Link[]> {
  return findLinksByItems(
    db,
    connectionId,
    itemIds.map((itemId) => itemKey(merchantId, itemId)),
  );
}

/** Links that hold these items, each named `{merchantId}:{itemId}`. */
export function findLinksByItems(
  db: Database,
  connectionId: string,
  items: readonly string[],
): Promise<Link[]> {
  const keys = JSON.stringify(items);
  const held = sql`select ${linkItems.linkId} from ${linkItems}
    where ${linkItems.id} in (select value from json_each(${keys}))
      and ${linkItems.connectionId} = ${connectionId}`;
  return selectByKey(db, connectionId, sql`${links.linkId} in (${held})`);
}

/** Links by their own ids. */
export function findLinks(
  db: Database,
  connectionId: string,
  linkIds: readonly string[],
): Promise<Link[]> {
  return selectByKey(db, connectionId, isOneOf(links.linkId, linkIds));
}

export async function findLink(
  db: Database,
  connectionId: string,
  id: string,
): Promise<Link | undefined> {
  const [link] = await findLinks(db, connectionId, [id]);
  return link;
}

/** The link of a SKU as BigCommerce writes it, an active one first. */
export async function findLinkBySku(
  db: Database,
  connectionId: string,
  sku: string,
): Promise<Link | undefined> {
  const found = await select(db, connectionId, eq(links.sku, sku));
  return found.find(({ status }) => status === 'active') ?? found[0];
}

/** How many links are active. */
export async function countLinks(db: Database, connectionId: string): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)` })
    .from(links)
    .where(and(eq(links.connectionId, connectionId), eq(links.status, 'active')));
  return row?.count ?? 0;
}

/** Links of these SKUs as BigCommerce writes them, broken ones too. */
export function findLinksBySku(
  db: Database,
  connectionId: string,
  skus: readonly string[],
): Promise<Link[]> {
  return skus.length === 0
    ? Promise.resolve([])
    : select(db, connectionId, isOneOf(links.sku, skus));
}

/** A page of links by id; `nextCursor` is null on the last one. */
export async function listLinks(
  db: Database,
  connectionId: string,
  cursor: string | null,
  limit: number,
): Promise<{ items: Link[]; nextCursor: string | null }> {
  const ids = await db
    .select({ linkId: links.linkId })
    .from(links)
    .where(and(eq(links.connectionId, connectionId), sql`${links.linkId} > ${cursor ?? ''}`))
    .orderBy(links.linkId)
    .limit(limit + 1);
  const page = ids.slice(0, limit).map((row) => row.linkId);
  return {
    items: await findLinks(db, connectionId, page),
    nextCursor: ids.length > limit ? (page.at(-1) ?? null) : null,
  };
}

/**
 * Creates links or replaces them by link id, with exactly the items given; an item that stood in another link moves.
 * Throws when a variant would get a second link: look the existing one up by variant, broken ones too, and keep its id.
 */
export async function saveLinks(db: Database, wanted: readonly Link[]): Promise<void> {
  for (const chunk of chunksOf(wanted)) {
    const items = chunk.flatMap((link) =>
      link.items.map(({ merchantId, itemId }) => ({
        id: itemKey(merchantId, itemId),
        connectionId: link.connectionId,
        merchantId,
        itemId,
        linkId: link.linkId,
      })),
    );
    const replaced = JSON.stringify(chunk.map((link) => [link.connectionId, link.linkId]));
    const kept = JSON.stringify(items.map(({ id }) => id));
    await db.batch([
      insertRows(db, links, chunk).onConflictDoUpdate({
        target: links.linkId,
        set: takeNew(links, REPLACED),
        setWhere: sql`${links.connectionId} = excluded.connection_id`,
      }),
      db.delete(linkItems).where(
        sql`(${linkItems.connectionId}, ${linkItems.linkId}) in
            (select value ->> 0, value ->> 1 from json_each(${replaced}))
          and ${linkItems.id} not in (select value from json_each(${kept}))`,
      ),
      insertRows(db, linkItems, items).onConflictDoUpdate({
        target: linkItems.id,
        set: takeNew(linkItems, ['connectionId', 'linkId']),
        setWhere: sql`${linkItems.linkId} <> excluded.link_id`,
      }),
    ]);
  }
}

/** What saving a link again replaces: all but its id, its connection and when it was made. */
const REPLACED = [
  'sku',
  'name',
  'productId',
  'variantId',
  'tracking',
  'status',
  'evidence',
] as const;

/** Which id the Inventory API takes for the link's variant; the rest of the link stays. */
export async function setLinkTracking(
  db: Database,
  connectionId: string,
  id: string,
  tracking: Link['tracking'],
): Promise<void> {
  await db
    .update(links)
    .set({ tracking })
    .where(and(eq(links.connectionId, connectionId), eq(links.linkId, id)));
}

/** Ids of the links that hold an item of this merchant. */
export async function linksOfMerchant(
  db: Database,
  connectionId: string,
  merchantId: string,
): Promise<string[]> {
  const rows = await db
    .selectDistinct({ linkId: linkItems.linkId })
    .from(linkItems)
    .where(and(eq(linkItems.connectionId, connectionId), eq(linkItems.merchantId, merchantId)));
  return rows.map(({ linkId: id }) => id);
}

/** Links that hold an item of this merchant, and how many of them hold no other merchant's. */
export async function countMerchantLinks(
  db: Database,
  connectionId: string,
  merchantId: string,
): Promise<{ all: number; only: number }> {
  const own = sql`sum(${linkItems.merchantId} = ${merchantId})`;
  const counted = db
    .select({ own: sql<number>`${own}`.as('own'), all: sql<number>`count(*)`.as('all_items') })
    .from(linkItems)
    .where(eq(linkItems.connectionId, connectionId))
    .groupBy(linkItems.linkId)
    .having(sql`${own} > 0`)
    .as('counted');
  const [row] = await db
    .select({
      all: sql<number>`count(*)`,
      only: sql<number>`count(*) filter (where ${counted.own} = ${counted.all})`,
    })
    .from(counted);
  return { all: row?.all ?? 0, only: row?.only ?? 0 };
}

/** False when the connection has no such link. */
export async function setLinkStatus(
  db: Database,
  connectionId: string,
  id: string,
  status: Link['status'],
  evidence?: Link['evidence'],
): Promise<boolean> {
  const changed = await db
    .update(links)
    .set({ status, ...(evidence === undefined ? {} : { evidence }) })
    .where(and(eq(links.connectionId, connectionId), eq(links.linkId, id)))
    .returning({ linkId: links.linkId });
  return changed.length > 0;
}

function itemKey(merchantId: string, itemId: string): string {
  return `${merchantId}:${itemId}`;
}

function select(db: Database, connectionId: string, condition: SQL): Promise<Link[]> {
  return withItems(db, and(eq(links.connectionId, connectionId), condition));
}

/**
 * For conditions on the link's id. The plus keeps SQLite from walking all links of the connection by an index of
 * theirs, when a few keys are all that is wanted.
 */
function selectByKey(db: Database, connectionId: string, condition: SQL): Promise<Link[]> {
  return withItems(db, sql`${condition} and +${links.connectionId} = ${connectionId}`);
}

async function withItems(db: Database, condition: SQL | undefined): Promise<Link[]> {
  const rows = await db.select().from(links).where(condition).orderBy(links.linkId);
  if (rows.length === 0) return [];
  const items = await db
    .select()
    .from(linkItems)
    .where(
      isOneOf(
        linkItems.linkId,
        rows.map((row) => row.linkId),
      ),
    )
    .orderBy(linkItems.id);
  const byLink = Map.groupBy(items, (item) => item.linkId);
  return rows.map((row) => ({
    ...row,
    linkId: linkId(row.linkId),
    connectionId: row.connectionId as ConnectionId,
    items: (byLink.get(row.linkId) ?? []).map((item) => ({
      merchantId: item.merchantId as MerchantId,
      itemId: item.itemId,
    })),
  }));
}

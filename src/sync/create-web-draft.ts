/** The part of a link plan that creates products: which item groups the items stand in, and one operation per item (C7). */
import {
  planWebProduct,
  productsOf,
  type CreateWebRules,
  type GroupFacts,
  type MissingItem,
} from '../domain/catalog/create-web-plan.ts';
import type { RegisterMirror } from '../domain/catalog/mirror.ts';
import type { Operation } from '../domain/catalog/plan.ts';
import type { Pool } from '../domain/catalog/pools.ts';
import type { MatchedLink, RegisterItem } from '../domain/catalog/rows.ts';
import { normaliseSku } from '../domain/catalog/text.ts';
import type { Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import { FIELD_LINKS_CHUNK } from '../limits.ts';
import { getCatalogPage } from '../platforms/clover/catalog.ts';
import type { Page } from '../platforms/clover/inventory.ts';
import type { CloverSession } from '../platforms/clover/session.ts';
import { getAttributePage, getItemGroupPage } from '../platforms/clover/variants.ts';
import { chunksOf } from '../store/bulk.ts';
import { findMirrors } from '../store/catalog.ts';
import { merchantFacts, registerRowId } from './catalog-mirror.ts';
import type { CatalogRead } from './catalog-read.ts';

export interface MissingItems {
  /** By SKU. */
  readonly missing: ReadonlyMap<string, readonly RegisterItem[]>;
  readonly links: readonly MatchedLink[];
  readonly pools: readonly Pool[];
  readonly levelAt: CreateWebRules['levelAt'];
}

/**
 * The operations that create what the web store lacks. Groups are read only where an item stands in one: three lists per
 * merchant. Failures: those of Clover.
 */
export async function draftWebProducts(
  read: CatalogRead,
  input: MissingItems,
): Promise<Result<AsyncIterable<readonly Operation[]>, Failure>> {
  const order = [...new Set(input.pools.flatMap(({ merchantIds }) => merchantIds))];
  const led = [...input.missing.values()].map((items) =>
    items.toSorted((a, b) => order.indexOf(a.merchantId) - order.indexOf(b.merchantId)),
  );
  const groups = await groupsOf(read, led, input.links);
  if (!groups.ok) return groups;
  const missing = led.flatMap((items): MissingItem[] => {
    const [lead] = items;
    if (lead === undefined) return [];
    const group = groups.value.get(registerRowId(lead.merchantId, lead.itemId)) ?? null;
    return [{ sku: lead.sku, items, group }];
  });
  return ok(operationsOf(read, input, missing));
}

async function* operationsOf(
  { ports, connection, store }: CatalogRead,
  { pools, levelAt, missing: all }: MissingItems,
  missing: readonly MissingItem[],
): AsyncGenerator<readonly Operation[], void> {
  const keys = Map.groupBy(all.keys(), normaliseSku);
  const twins = new Set([...keys].flatMap(([key, own]) => (own.length > 1 ? [key] : [])));
  const common = { pools, levelAt, store, twins, baseline: connection.settings.stock.baseline };
  const merchants = merchantFacts(connection);
  for (const products of batchesOf(productsOf(missing))) {
    const leads = products.flat().flatMap(({ items }) => items.slice(0, 1));
    const ids = leads.map(({ merchantId, itemId }) => registerRowId(merchantId, itemId));
    const rows = await findMirrors(ports.db, connection.id, 'clover', ids);
    const mirrorOf = ({ merchantId, itemId }: RegisterItem): RegisterMirror | undefined => {
      const row = rows.get(registerRowId(merchantId, itemId));
      return row?.platform === 'clover' ? row : undefined;
    };
    yield products.flatMap((own) => planWebProduct(own, { ...common, merchants, mirrorOf }));
  }
}

/** Whole products, some hundred items at a time. */
function* batchesOf(products: readonly MissingItem[][]): Generator<MissingItem[][], void> {
  let batch: MissingItem[][] = [];
  let items = 0;
  for (const product of products) {
    batch.push(product);
    items += product.length;
    if (items < FIELD_LINKS_CHUNK) continue;
    yield batch;
    batch = [];
    items = 0;
  }
  if (batch.length > 0) yield batch;
}

/** The groups of these items' leading rows, by row id. */
async function groupsOf(
  { ports, connection, sessions }: CatalogRead,
  led: readonly (readonly RegisterItem[])[],
  links: readonly MatchedLink[],
): Promise<Result<ReadonlyMap<string, GroupFacts>, Failure>> {
  const groups = new Map<string, GroupFacts>();
  const leads = led.flatMap((items) => items.slice(0, 1));
  for (const [merchantId, own] of Map.groupBy(leads, (item) => item.merchantId)) {
    const wanted = new Set<string>();
    for (const chunk of chunksOf(own, FIELD_LINKS_CHUNK)) {
      const ids = chunk.map(({ itemId }) => registerRowId(merchantId, itemId));
      const rows = await findMirrors(ports.db, connection.id, 'clover', ids);
      for (const row of rows.values())
        if (row.platform === 'clover' && row.isGrouped) wanted.add(row.itemId);
    }
    if (wanted.size === 0) continue;
    const linked = linkedProducts(links, merchantId);
    const read = await readGroups(sessions.clover(merchantId), merchantId, wanted, linked);
    if (!read.ok) return read;
    for (const [itemId, facts] of read.value) groups.set(registerRowId(merchantId, itemId), facts);
  }
  return ok(groups);
}

/** Product ids of linked items of one merchant. */
function linkedProducts(
  links: readonly MatchedLink[],
  merchantId: MerchantId,
): ReadonlyMap<string, number> {
  return new Map(
    links.flatMap(({ items, sellable }) =>
      items
        .filter((item) => item.merchantId === merchantId && !sellable.isBase)
        .map(({ itemId }) => [itemId, sellable.productId] as const),
    ),
  );
}

async function readGroups(
  session: CloverSession,
  merchantId: MerchantId,
  wanted: ReadonlySet<string>,
  linked: ReadonlyMap<string, number>,
): Promise<Result<Map<string, GroupFacts>, Failure>> {
  const names = new Map<string, string>();
  const named = await eachPage(
    (offset) => getItemGroupPage(session, offset),
    ({ itemGroupId, name }) => names.set(itemGroupId, name),
  );
  if (!named.ok) return named;
  const labels = new Map<string, { name: string; label: string; order: number }>();
  const attributesOf = new Map<string, string[]>();
  const attributes = await eachPage(
    (offset) => getAttributePage(session, offset),
    ({ name, itemGroupId, options }) => {
      const own = attributesOf.get(itemGroupId ?? '') ?? [];
      attributesOf.set(itemGroupId ?? '', [...own, name]);
      for (const option of options)
        labels.set(option.optionId, { name, label: option.name, order: labels.size });
    },
  );
  if (!attributes.ok) return attributes;
  const found = new Map<string, Omit<GroupFacts, 'productId'>>();
  const productOf = new Map<string, number>();
  const items = await eachPage(
    (offset) => getCatalogPage(session, { offset, relations: ['options'] }),
    ({ itemId, itemGroupId, optionIds }) => {
      if (itemGroupId === null) return;
      const productId = linked.get(itemId);
      if (productId !== undefined) productOf.set(itemGroupId, productId);
      if (!wanted.has(itemId)) return;
      const options = (optionIds ?? [])
        .flatMap((optionId) => labels.get(optionId) ?? [])
        .toSorted((a, b) => a.order - b.order)
        .map(({ name, label }) => ({ name, label }));
      const name = names.get(itemGroupId) ?? '';
      const own = attributesOf.get(itemGroupId) ?? [];
      found.set(itemId, { merchantId, itemGroupId, name, attributes: own, options });
    },
  );
  if (!items.ok) return items;
  return ok(
    new Map(
      [...found].map(([itemId, facts]) => {
        const productId = productOf.get(facts.itemGroupId) ?? null;
        return [itemId, { ...facts, productId }] as const;
      }),
    ),
  );
}

async function eachPage<Row>(
  getPage: (offset: number) => Promise<Result<Page<Row>, Failure>>,
  take: (row: Row) => void,
): Promise<Result<void, Failure>> {
  for (let offset: number | null = 0; offset !== null;) {
    const page = await getPage(offset);
    if (!page.ok) return page;
    page.value.rows.forEach(take);
    offset = page.value.nextOffset;
  }
  return ok(undefined);
}

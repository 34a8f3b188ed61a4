/** Links that a person chose: one, or as many as a file names. They are planned and applied like any other (C5, C7). */
import { obstacleOf } from '../domain/catalog/board.ts';
import type { SeenLevel } from '../domain/catalog/baseline.ts';
import type { Pool } from '../domain/catalog/pools.ts';
import type {
  ExistingLink,
  MatchedLink,
  Matching,
  RegisterItem,
  Sellable,
  Unlinked,
} from '../domain/catalog/rows.ts';
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, cloverPlace, type MerchantId, type PlaceKey } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import { APPLY_CHUNK, CLOVER_TOKEN_CONCURRENT_MAX } from '../limits.ts';
import { readInventory } from '../platforms/bigcommerce/inventory.ts';
import { readStock } from '../platforms/clover/inventory.ts';
import { findMirrors } from '../store/catalog.ts';
import { findSkusByLink } from '../store/ledger-copies.ts';
import { findLinksByItems, findLinksByVariant, type Link } from '../store/links.ts';
import { registerRowId } from './catalog-mirror.ts';
import { readItems, readProducts, type CatalogRead } from './catalog-read.ts';
import { existingLink } from './existing-links.ts';
import { inGroups } from './in-groups.ts';
import { readLevels, sellablesOf, type LevelBook, type ReadJob } from './link-read.ts';

/** One variant and what of it each register sells. */
export interface ChosenLink {
  readonly variantId: number;
  readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
}

/** What a stored plan was asked to link; undefined: whatever matches. */
export function chosenLinks(request: unknown): readonly ChosenLink[] | undefined {
  if (typeof request !== 'object' || request === null || !('links' in request)) return undefined;
  // Written by `startChosen` alone, so its shape is ours.
  return request.links as readonly ChosenLink[];
}

export interface DraftedChoice {
  readonly matching: Matching;
  readonly levels: LevelBook;
}

/** The chosen rows as they are now, with their levels; what cannot be linked is left out with its reason. */
export async function draftChosen(
  read: CatalogRead,
  job: ReadJob,
  chosen: readonly ChosenLink[],
): Promise<Result<DraftedChoice, Failure>> {
  const rows = await readChosen(read, chosen);
  if (!rows.ok) return rows;
  const known = await knownLinks(read, chosen);
  const links: MatchedLink[] = [];
  const unlinked: Unlinked[] = [];
  const named = new Set<string>();
  for (const one of chosen) {
    const decided = decide(one, rows.value, known, named);
    if (decided.kind === 'link') links.push(decided);
    else unlinked.push(decided);
  }
  const levels = await levelsOf(read, job, links);
  if (!levels.ok) return levels;
  return ok({ matching: { links, unlinked, broken: [] }, levels: levels.value });
}

// --- What was chosen ------------------------------------------------------------------------------------------------

interface ChosenRows {
  readonly sellables: ReadonlyMap<number, Sellable & { readonly variantsOfProduct: number }>;
  readonly items: ReadonlyMap<string, RegisterItem>;
}

/** A variant is read by its product, which the mirrors know once both catalogs were read. */
async function readChosen(
  read: CatalogRead,
  chosen: readonly ChosenLink[],
): Promise<Result<ChosenRows, Failure>> {
  const { ports, connection } = read;
  const ids = chosen.map(({ variantId }) => String(variantId));
  const mirrors = await findMirrors(ports.db, connection.id, 'bigcommerce', ids);
  const productIds = [...mirrors.values()].flatMap((row) =>
    row.platform === 'bigcommerce' ? [row.productId] : [],
  );
  const products = await readProducts(read, [...new Set(productIds)]);
  if (!products.ok) return products;
  const sellables = new Map(
    products.value.flatMap((product) =>
      sellablesOf(product).map((sellable) => [
        sellable.variantId,
        { ...sellable, variantsOfProduct: product.variants.length },
      ]),
    ),
  );
  const items = new Map<string, RegisterItem>();
  const connected = new Set(
    connection.merchants.flatMap((each) => (each.status === 'connected' ? [each.merchantId] : [])),
  );
  const wanted = Map.groupBy(
    chosen.flatMap((one) => one.items),
    ({ merchantId }) => merchantId,
  );
  for (const [merchantId, own] of wanted) {
    if (!connected.has(merchantId)) continue;
    const found = await readItems(read, merchantId, [...new Set(own.map(({ itemId }) => itemId))]);
    if (!found.ok) return found;
    for (const { itemId, sku, barcode: code, name } of found.value) {
      const item = { merchantId, itemId, sku, code, name, deleted: false };
      items.set(registerRowId(merchantId, itemId), item);
    }
  }
  return ok({ sellables, items });
}

interface KnownLinks {
  readonly byVariant: ReadonlyMap<number, ExistingLink>;
  readonly byItem: ReadonlyMap<string, Link>;
}

async function knownLinks(
  { ports, connection }: CatalogRead,
  chosen: readonly ChosenLink[],
): Promise<KnownLinks> {
  const { db } = ports;
  const variantIds = chosen.map(({ variantId }) => variantId);
  const itemIds = chosen.flatMap(({ items }) => items.map(rowIdOf));
  const own = await findLinksByVariant(db, connection.id, variantIds);
  const copies = await findSkusByLink(
    db,
    connection.id,
    own.map(({ linkId }) => linkId),
  );
  const ledgers = new Map(copies.map(({ linkId, ledger }) => [linkId, ledger]));
  const others = await findLinksByItems(db, connection.id, itemIds);
  return {
    byVariant: new Map(
      own.map((link) => [link.variantId, existingLink(link, ledgers.get(link.linkId) ?? null)]),
    ),
    byItem: new Map(
      others
        .filter(({ status }) => status === 'active')
        .flatMap((link) => link.items.map((item) => [rowIdOf(item), link])),
    ),
  };
}

function rowIdOf({ merchantId, itemId }: { merchantId: string; itemId: string }): string {
  return registerRowId(merchantId, itemId);
}

function decide(
  { variantId, items: ids }: ChosenLink,
  rows: ChosenRows,
  known: KnownLinks,
  named: Set<string>,
): MatchedLink | Unlinked {
  const sellable = rows.sellables.get(variantId);
  const items = ids.flatMap((id) => rows.items.get(rowIdOf(id)) ?? []);
  const leave = (reason: Unlinked['reason'], message: string): Unlinked => {
    const sku = sellable?.sku || (items[0]?.sku ?? '');
    const sellables = sellable === undefined ? [] : [sellable];
    return { kind: 'unmatched', sku, sellables, items, reason, message };
  };
  if (sellable === undefined) {
    const message = `BigCommerce variant ${variantId} is not known: make a link plan, which reads both catalogs.`;
    return leave('no_counterpart', message);
  }
  const missing = ids.find((id) => !rows.items.has(rowIdOf(id)));
  if (missing !== undefined) {
    const message = `Clover merchant ${missing.merchantId} has no item ${missing.itemId}, or is not connected.`;
    return leave('no_counterpart', message);
  }
  if (new Set(ids.map(({ merchantId }) => merchantId)).size < ids.length) {
    return leave('several_items', 'Two items of one merchant were chosen: leave one of them.');
  }
  const keys = [String(variantId), ...ids.map(rowIdOf)];
  if (keys.some((key) => named.has(key))) {
    return leave('already_linked', 'Its variant or an item of it was chosen twice.');
  }
  const obstacle = obstacleOf(sellable, sellable.variantsOfProduct);
  if (obstacle !== undefined) return leave(obstacle.reason, obstacle.message);
  const held = ids
    .map((id) => known.byItem.get(rowIdOf(id)))
    .find((link) => link !== undefined && link.variantId !== variantId);
  if (held !== undefined) {
    const message = `An item of it is linked with SKU "${held.sku}" (variant ${held.variantId}): unlink it there first.`;
    return leave('already_linked', message);
  }
  for (const key of keys) named.add(key);
  const existing = known.byVariant.get(variantId) ?? null;
  const sku = sellable.sku || (items[0]?.sku ?? '');
  return { kind: 'link', sku, sellable, items, rule: 'person', existing };
}

// --- Levels ---------------------------------------------------------------------------------------------------------

/** A few are read one by one, from the primary; many in pages, as a resync does. */
async function levelsOf(
  read: CatalogRead,
  job: ReadJob,
  links: readonly MatchedLink[],
): Promise<Result<LevelBook, Failure>> {
  if (links.length > APPLY_CHUNK) return readLevels(read.ports, job);
  const book = new Map<PlaceKey, Map<number | string, SeenLevel>>();
  const add = (place: PlaceKey, id: number | string, seen: Omit<SeenLevel, 'place'>): void => {
    const own = book.get(place) ?? new Map<number | string, SeenLevel>();
    book.set(place, own.set(id, { place, ...seen }));
  };
  const web = await readWebLevels(read, job.pools, links, add);
  if (!web.ok) return web;
  const items = links.flatMap((link) => link.items);
  const done = await inGroups(items, CLOVER_TOKEN_CONCURRENT_MAX, async (item) => {
    const readStartedAtMs = read.ports.now();
    const stock = await readStock(read.sessions.clover(item.merchantId), item.itemId);
    if (!stock.ok) return stock;
    const { quantity: level, modifiedMs: platformModifiedMs } = stock.value;
    add(cloverPlace(item.merchantId), item.itemId, { level, readStartedAtMs, platformModifiedMs });
    return ok(undefined);
  });
  const failed = done.find((each) => !each.ok && each.failure.code !== 'not_found');
  return failed === undefined || failed.ok ? ok(book) : failed;
}

async function readWebLevels(
  { sessions }: CatalogRead,
  pools: readonly Pool[],
  links: readonly MatchedLink[],
  add: (place: PlaceKey, id: number, seen: Omit<SeenLevel, 'place'>) => void,
): Promise<Result<void, Failure>> {
  if (links.length === 0 || pools.length === 0) return ok(undefined);
  const read = await readInventory(sessions.bigcommerce(), {
    variantIds: links.map(({ sellable }) => sellable.variantId),
    locationIds: pools.map(({ locationId }) => locationId),
  });
  if (!read.ok) return read;
  const { levels, readStartedAtMs } = read.value;
  for (const { locationId, variantId, level } of levels) {
    if (variantId === null) continue;
    const seen = { level, readStartedAtMs, platformModifiedMs: null };
    add(bigcommercePlace(locationId), variantId, seen);
  }
  return ok(undefined);
}

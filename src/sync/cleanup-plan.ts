/** Computes a clean-up from both catalogs as they are now (C6, C7); nothing is written to a platform. */
import { countPool, type SeenLevel } from '../domain/catalog/baseline.ts';
import { leftOf } from '../domain/catalog/audit.ts';
import { planRemoval } from '../domain/catalog/undo-plan.ts';
import { newCleanup, type Cleanup, type CountOf } from '../domain/catalog/cleanup-plan.ts';
import type { CleanupRequest } from '../domain/catalog/cleanup-request.ts';
import type { MirrorRow, WebMirror } from '../domain/catalog/mirror.ts';
import type { FirstCount, Operation } from '../domain/catalog/plan.ts';
import type { Pool } from '../domain/catalog/pools.ts';
import type { Failure } from '../domain/failure.ts';
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CATALOG_PAGES_PER_MESSAGE } from '../limits.ts';
import { itemStockPages } from '../platforms/clover/inventory.ts';
import { findMirrors } from '../store/catalog.ts';
import { findLinksByItems, findLinksByVariant, type Link } from '../store/links.ts';
import { setPlanStatus, type Plan } from '../store/plans.ts';
import { linkPages, mirrorPages, rowsOf } from './audit.ts';
import { readFreshRows } from './catalog-apply.ts';
import { registerRowId } from './catalog-mirror.ts';
import { beginReads, readOn, readWoken, type CatalogRead } from './catalog-read.ts';

const PLATFORMS = ['bigcommerce', 'clover'] as const;

/** The operations, chunk by chunk. Failures: those of the platforms; `stale` when the plan was stopped meanwhile. */
export async function draftCleanup(
  read: CatalogRead,
  plan: Plan,
  request: CleanupRequest,
  pools: readonly Pool[],
): Promise<Result<AsyncIterable<readonly Operation[]>, Failure>> {
  const done = await readAll(read, plan);
  if (!done.ok) return done;
  const untracked = await untrackedVariants(read, request);
  const counts = await firstCounts(read, untracked, pools);
  if (!counts.ok) return counts;
  const gone = await leftBehind(read, request);
  if (!gone.ok) return gone;
  return ok(cleanupOperations(read, newCleanup(request, counts.value), gone.value));
}

/** Rows whose counterpart was deleted, hidden as well. Both sides are read anew: nothing is hidden by a stale mirror. */
async function leftBehind(
  read: CatalogRead,
  { rules, side }: CleanupRequest,
): Promise<Result<Operation[], Failure>> {
  const { ports, connection } = read;
  const operations: Operation[] = [];
  if (!rules.includes('hide_deleted')) return ok(operations);
  for await (const links of linkPages(ports.db, connection.id)) {
    const seen = await rowsOf(ports.db, connection.id, links);
    const suspects = seen.filter((row) => leftOf(row) !== undefined).map(({ link }) => link);
    if (suspects.length === 0) continue;
    const refs = suspects.flatMap(({ productId, variantId, items }) => [
      { platform: 'bigcommerce' as const, rowId: String(variantId), productId },
      ...items.map(({ merchantId, itemId }) => ({
        platform: 'clover' as const,
        rowId: registerRowId(merchantId, itemId),
        productId: null,
      })),
    ]);
    const fresh = await readFreshRows(read, refs);
    if (!fresh.ok) return fresh;
    for (const row of await rowsOf(ports.db, connection.id, suspects)) {
      // A broken link whose sides both exist is linked again, not hidden.
      const left = leftOf({ ...row, isBroken: false });
      if (left === undefined || (side !== 'both' && side !== left.platform)) continue;
      const shown = {
        places: [{ platform: left.platform, row: left.id, fields: { visibility: true } }],
      };
      operations.push(planRemoval(row.link.sku, shown, left.platform, 'hide', row.link));
    }
  }
  return ok(operations);
}

/** Brings the mirrors up to date page by page, with the plan's progress. */
async function readAll(read: CatalogRead, plan: Plan): Promise<Result<void, Failure>> {
  const { ports, connection } = read;
  const woken = await readWoken(read);
  if (!woken.ok) return woken;
  let states = await beginReads(ports, connection, true);
  for (let rounds = 1; states.some(({ cursor }) => cursor !== null); rounds += 1) {
    const next = await readOn(read, states, CATALOG_PAGES_PER_MESSAGE);
    if (!next.ok) return next;
    states = next.value;
    const isOn = await setPlanStatus(ports.db, connection.id, plan.id, {
      from: ['computing'],
      to: 'computing',
      progressDone: rounds,
      progressTotal: rounds + 1,
      error: null,
      nowMs: ports.now(),
    });
    if (!isOn)
      return fail({ code: 'stale', message: 'The plan was stopped while it was computed.' });
  }
  return ok(undefined);
}

async function* cleanupOperations(
  { ports, connection }: CatalogRead,
  cleanup: Cleanup,
  first: Operation[],
): AsyncGenerator<Operation[], void> {
  yield first;
  for (const platform of PLATFORMS) {
    for await (const rows of mirrorPages(ports.db, connection.id, platform))
      rows.forEach(cleanup.see);
  }
  for (const platform of PLATFORMS) {
    for await (const rows of mirrorPages(ports.db, connection.id, platform)) {
      const linked = await linkedRows({ ports, connection }, platform, rows);
      yield rows.flatMap((row) => cleanup.plan(row, linked.get(row.id) ?? []));
    }
  }
}

/** The rows of the other side that active links join these with, by row id. */
async function linkedRows(
  { ports, connection }: Pick<CatalogRead, 'ports' | 'connection'>,
  platform: MirrorRow['platform'],
  rows: readonly MirrorRow[],
): Promise<ReadonlyMap<string, MirrorRow[]>> {
  const { db } = ports;
  const found =
    platform === 'bigcommerce'
      ? await findLinksByVariant(
          db,
          connection.id,
          rows.map(({ id }) => Number(id)),
        )
      : await findLinksByItems(
          db,
          connection.id,
          rows.map(({ id }) => id),
        );
  const links = found.filter(({ status }) => status === 'active');
  const [ours, theirs] = platform === 'bigcommerce' ? [variantOf, itemsOf] : [itemsOf, variantOf];
  const other = platform === 'bigcommerce' ? 'clover' : 'bigcommerce';
  const mirrors = await findMirrors(db, connection.id, other, links.flatMap(theirs));
  const byRow = new Map<string, MirrorRow[]>();
  for (const link of links) {
    const joined = theirs(link).flatMap((id) => mirrors.get(id) ?? []);
    for (const id of ours(link)) byRow.set(id, joined);
  }
  return byRow;
}

function variantOf({ variantId }: Link): string[] {
  return [String(variantId)];
}

function itemsOf({ items }: Link): string[] {
  return items.map(({ merchantId, itemId }) => registerRowId(merchantId, itemId));
}

// --- First counts --------------------------------------------------------------------------------------------------

/** Variants whose product is to be tracked and that no link counts. */
async function untrackedVariants(
  { ports, connection }: CatalogRead,
  { rules, side }: CleanupRequest,
): Promise<WebMirror[]> {
  const untracked: WebMirror[] = [];
  if (!rules.includes('turn_tracking_on') || side === 'clover') return untracked;
  for await (const rows of mirrorPages(ports.db, connection.id, 'bigcommerce')) {
    const own = rows.filter(
      (row): row is WebMirror =>
        row.platform === 'bigcommerce' && row.tracking === 'none' && row.type !== 'digital',
    );
    const links = await findLinksByVariant(
      ports.db,
      connection.id,
      own.map(({ variantId }) => variantId),
    );
    const linked = new Set(links.map(({ variantId }) => variantId));
    untracked.push(
      ...own.filter(({ variantId, sku }) => sku.trim() !== '' && !linked.has(variantId)),
    );
  }
  return untracked;
}

/** What the registers of each pool show for these variants' SKUs, where exactly one item per merchant has it. */
async function firstCounts(
  read: CatalogRead,
  untracked: readonly WebMirror[],
  pools: readonly Pool[],
): Promise<Result<CountOf, Failure>> {
  if (untracked.length === 0) return ok(() => []);
  const wanted = new Set(untracked.map(({ sku }) => sku));
  const levels = new Map<MerchantId, Map<string, Counted>>();
  for (const merchantId of new Set(pools.flatMap(({ merchantIds }) => merchantIds))) {
    const own = await levelsBySku(read, merchantId, wanted);
    if (!own.ok) return own;
    levels.set(merchantId, own.value);
  }
  const byProduct = Map.groupBy(untracked, ({ productId }) => productId);
  return ok(({ productId }) =>
    (byProduct.get(productId) ?? []).flatMap(({ sku, variantId }) =>
      pools.flatMap(({ locationId, merchantIds, sharing }): FirstCount[] => {
        const seen = merchantIds.flatMap((merchantId) => levels.get(merchantId)?.get(sku) ?? []);
        if (seen.every(({ level }) => level === null)) return [];
        const isShared = sharing !== undefined;
        const { onHand: level } = countPool(seen, 'clover', isShared);
        const items = seen.map(({ merchantId, itemId }) => ({ merchantId, itemId }));
        return [{ sku, variantId, locationId, level, items, isShared }];
      }),
    ),
  );
}

interface Counted extends SeenLevel {
  readonly merchantId: MerchantId;
  readonly itemId: string;
}

async function levelsBySku(
  read: CatalogRead,
  merchantId: MerchantId,
  wanted: ReadonlySet<string>,
): Promise<Result<Map<string, Counted>, Failure>> {
  const { ports, connection, sessions } = read;
  const items = new Map<string, string[]>();
  for await (const rows of mirrorPages(ports.db, connection.id, 'clover')) {
    for (const row of rows) {
      if (row.platform !== 'clover' || row.merchantId !== merchantId || !wanted.has(row.sku))
        continue;
      items.set(row.sku, [...(items.get(row.sku) ?? []), row.itemId]);
    }
  }
  const skuOf = new Map(
    [...items].flatMap(([sku, ids]) => (ids.length === 1 ? [[ids[0] ?? '', sku] as const] : [])),
  );
  const levels = new Map<string, Counted>();
  if (skuOf.size === 0) return ok(levels);
  const place = cloverPlace(merchantId);
  for await (const page of itemStockPages(sessions.clover(merchantId))) {
    if (!page.ok) return page;
    const { rows, readStartedAtMs } = page.value;
    for (const { itemId, quantity: level, modifiedMs: platformModifiedMs } of rows) {
      const sku = skuOf.get(itemId);
      if (sku === undefined) continue;
      const seen = { place, level, readStartedAtMs, platformModifiedMs };
      levels.set(sku, { ...seen, merchantId, itemId });
    }
  }
  return ok(levels);
}

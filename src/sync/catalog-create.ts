/**
 * Creates the items that a register lacks, many in one call, and hands the operations back as links to be made. Before
 * the first call a piece is marked as tried; one that comes again looks up what it had made, by SKU, so nothing is made
 * twice whatever happens in between (C7).
 */
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import { agreedOf } from '../domain/catalog/create-plan.ts';
import type { CreatePayload, OperationPayload, PlannedPool } from '../domain/catalog/plan.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import { CATALOG_OVERLAP_MS, CLOVER_BULK_ITEMS_MAX } from '../limits.ts';
import { createItems, type CatalogItem, type NewItem } from '../platforms/clover/catalog.ts';
import { linkItems, type ItemLink } from '../platforms/clover/item-links.ts';
import { getItemPage } from '../platforms/clover/inventory.ts';
import type { CloverSession } from '../platforms/clover/session.ts';
import { chunksOf } from '../store/bulk.ts';
import { findMirrors, saveBases, saveWritten } from '../store/catalog.ts';
import type { Link } from '../store/links.ts';
import { markTried, type Plan, type PlanOperation } from '../store/plans.ts';
import { writtenMirror } from './catalog-mirror.ts';
import { openGroups, type OpenGroup } from './catalog-groups.ts';
import type { CatalogPorts, CatalogRead } from './catalog-read.ts';

export interface CreateOperation {
  readonly operation: PlanOperation;
  readonly payload: CreatePayload;
}

/** Each operation as a link to make, or why there is nothing to link. */
export type Created =
  | { readonly operation: PlanOperation; readonly failure: null }
  | { readonly operation: PlanOperation; readonly failure: Failure };

/** Failures: those of the platform that may pass; then the piece is done again, and finds what it made. */
export async function createMissing(
  ports: CatalogPorts,
  read: CatalogRead,
  plan: Plan,
  operations: readonly CreateOperation[],
): Promise<Result<Created[], Failure>> {
  const isRepeat = operations.some(({ payload }) => payload.tried === true);
  const seqs = operations.map(({ operation }) => operation.seq);
  if (!isRepeat) await markTried(ports.db, plan.connectionId, plan.id, seqs);
  const made = new Map<number, { merchantId: MerchantId; itemId: string }[]>();
  const failures = new Map<number, Failure>();
  const merchants = new Set(
    operations.flatMap(({ payload }) => payload.pools.flatMap(({ merchantIds }) => merchantIds)),
  );
  for (const merchantId of merchants) {
    const own = operations.filter(({ payload }) =>
      payload.pools.some((pool) => pool.merchantIds.includes(merchantId)),
    );
    const sinceMs = isRepeat ? plan.createdAtMs - CATALOG_OVERLAP_MS : null;
    const done = await createAt(read, merchantId, own, sinceMs, failures);
    if (!done.ok) return done;
    for (const [seq, itemId] of done.value) {
      made.set(seq, [...(made.get(seq) ?? []), { merchantId, itemId }]);
    }
  }
  return ok(
    operations.map((each): Created => {
      const failure = failures.get(each.operation.seq);
      const items = made.get(each.operation.seq) ?? [];
      if (failure !== undefined) return { operation: each.operation, failure };
      return {
        operation: { ...each.operation, payload: linkOf(each.payload, items) },
        failure: null,
      };
    }),
  );
}

/** The ids of one merchant's new items by operation. */
async function createAt(
  read: CatalogRead,
  merchantId: MerchantId,
  operations: readonly CreateOperation[],
  sinceMs: number | null,
  failures: Map<number, Failure>,
): Promise<Result<Map<number, string>, Failure>> {
  const session = read.sessions.clover(merchantId);
  const known = await knownItems(session, sinceMs);
  if (!known.ok) return known;
  const groups = await openGroups(session, operations, sinceMs !== null);
  if (!groups.ok) return groups;
  const made = new Map<number, string>();
  for (const each of operations) {
    const itemId = known.value.get(each.payload.item.sku);
    if (itemId !== undefined) made.set(each.operation.seq, itemId);
  }
  const missing = operations.filter(({ operation }) => !made.has(operation.seq));
  for (const batch of chunksOf(missing, CLOVER_BULK_ITEMS_MAX)) {
    const sent = await sendBatch(read, session, merchantId, batch, groups.value, made, failures);
    if (!sent.ok) return sent;
  }
  const linked = await linkItems(session, 'option', optionLinks(operations, groups.value, made));
  if (!linked.ok) return linked;
  return ok(made);
}

/** What changed at the merchant since, by SKU, when this piece may have made something before. */
async function knownItems(
  session: CloverSession,
  sinceMs: number | null,
): Promise<Result<Map<string, string>, Failure>> {
  const known = new Map<string, string>();
  if (sinceMs === null) return ok(known);
  for (let offset: number | null = 0; offset !== null;) {
    const page = await getItemPage(session, offset, { modifiedSinceMs: sinceMs, isPrimary: true });
    if (!page.ok) return page;
    for (const { sku, itemId, isDeleted } of page.value.rows) {
      if (sku !== '' && !isDeleted && !known.has(sku)) known.set(sku, itemId);
    }
    offset = page.value.nextOffset;
  }
  return ok(known);
}

/** A batch that is refused for good is sent again one by one, so that one bad item fails alone. */
async function sendBatch(
  read: CatalogRead,
  session: CloverSession,
  merchantId: MerchantId,
  batch: readonly CreateOperation[],
  groups: ReadonlyMap<number, OpenGroup>,
  made: Map<number, string>,
  failures: Map<number, Failure>,
): Promise<Result<void, Failure>> {
  const sent = await createItems(
    session,
    batch.map(({ payload }) => wireItem(payload, groups.get(payload.productId))),
  );
  if (sent.ok) {
    await keep(read, merchantId, sent.value);
    const bySku = new Map(sent.value.map((item) => [item.sku, item.itemId]));
    for (const { operation, payload } of batch) {
      const itemId = bySku.get(payload.item.sku);
      if (itemId !== undefined) made.set(operation.seq, itemId);
    }
    return ok(undefined);
  }
  if (isRetryable(sent.failure)) return sent;
  const [only] = batch;
  if (batch.length === 1 && only !== undefined) {
    failures.set(only.operation.seq, sent.failure);
    return ok(undefined);
  }
  for (const each of batch) {
    const alone = await sendBatch(read, session, merchantId, [each], groups, made, failures);
    if (!alone.ok) return alone;
  }
  return ok(undefined);
}

/** Grouped items get their name from the server (C9); the one that is sent is not kept. */
function wireItem({ item }: CreatePayload, group: OpenGroup | undefined): NewItem {
  const { name, sku, price, cost, barcode, isHidden, isAvailable } = item;
  return {
    name,
    sku,
    price,
    priceType: 'FIXED',
    isRevenue: true,
    isHidden,
    isAvailable,
    ...(cost === null ? {} : { cost }),
    ...(barcode === null ? {} : { barcode }),
    ...(group === undefined ? {} : { itemGroupId: group.itemGroupId }),
  };
}

/** One pair per option and item, for every item of the piece: linking again changes nothing. */
function optionLinks(
  operations: readonly CreateOperation[],
  groups: ReadonlyMap<number, OpenGroup>,
  made: ReadonlyMap<number, string>,
): ItemLink[] {
  return operations.flatMap(({ operation, payload }) => {
    const itemId = made.get(operation.seq);
    const group = groups.get(payload.productId);
    if (itemId === undefined || group === undefined) return [];
    return (payload.group?.options ?? []).flatMap(({ name, label }) => {
      const thingId = group.optionIds.get(`${name}\n${label}`);
      return thingId === undefined ? [] : [{ itemId, thingId }];
    });
  });
}

async function keep(
  { ports, connection }: CatalogRead,
  merchantId: MerchantId,
  items: readonly CatalogItem[],
): Promise<void> {
  const rows = items.map((item) => writtenMirror(merchantId, item));
  await saveWritten(ports.db, connection.id, rows, ports.now());
}

function linkOf(
  payload: CreatePayload,
  items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[],
): OperationPayload {
  const { name, productId, variantId, tracking, rule, item } = payload;
  const pools = payload.pools.flatMap(({ locationId, merchantIds, web }): PlannedPool[] => {
    const own = items.filter(({ merchantId }) => merchantIds.includes(merchantId));
    if (web === null || own.length === 0) return [];
    const registers = own.map(({ merchantId, itemId }) => ({
      address: { platform: 'clover', merchantId, itemId } as const,
      seen: {
        place: cloverPlace(merchantId),
        level: null,
        readStartedAtMs: 0,
        platformModifiedMs: null,
      },
    }));
    return [{ locationId, places: [web, ...registers] }];
  });
  const evidence = { rule: 'created', sku: item.sku, items };
  const common = { linkId: null, name, productId, variantId, tracking, rule };
  return { do: 'link', ...common, items, evidence, pools };
}

/** What was just created is what both sides agree on. */
export async function agreeOnCreated(
  { ports, connection }: CatalogRead,
  links: Iterable<Link>,
): Promise<void> {
  const byVariant = new Map([...links].map((link) => [String(link.variantId), link]));
  const rows = await findMirrors(ports.db, connection.id, 'bigcommerce', [...byVariant.keys()]);
  const sales = connection.settings.catalog.owners.salePrice;
  const followsSales = sales === 'bigcommerce' || sales === 'newest';
  const bases = [...rows.values()].flatMap((row) => {
    const link = byVariant.get(row.id);
    if (row.platform !== 'bigcommerce' || link === undefined) return [];
    return [{ linkId: link.linkId, agreed: agreedOf(row, followsSales) }];
  });
  await saveBases(ports.db, connection.id, bases, ports.now());
}

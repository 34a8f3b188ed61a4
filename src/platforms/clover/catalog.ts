/** Items as a catalog: read with what hangs on them, written one by one or 2,500 at a time (clover.md 4.1). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_BULK_REQUEST_MAX, CLOVER_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { Page } from './inventory.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, epochMs, id, maybe, nested, reference, textOrEmpty } from './wire.ts';

/** What can come along with an item; three of them at most (clover.md 0). */
export type ItemRelation = 'categories' | 'taxRates' | 'modifierGroups' | 'options';

export interface CatalogItem {
  readonly itemId: string;
  readonly name: string;
  readonly alternateName: string;
  /** As Clover holds it, untrimmed; not unique (clover.md 4.1). */
  readonly sku: string;
  readonly barcode: string;
  /** Minor units; with tax for VAT merchants, without it for others. */
  readonly price: number;
  readonly priceType: 'FIXED' | 'VARIABLE' | 'PER_UNIT';
  readonly unitName: string;
  /** Minor units; null when there is none. */
  readonly cost: number | null;
  /** Not shown on the register; sellable elsewhere. */
  readonly isHidden: boolean;
  readonly isAvailable: boolean;
  /** Availability follows stock. */
  readonly autoManage: boolean;
  /** The merchant's default rates apply, not those of `taxRateIds`. */
  readonly defaultTaxRates: boolean;
  readonly isRevenue: boolean;
  readonly isDeleted: boolean;
  /** Set for a variant: its name is the server's (clover.md 4.3). */
  readonly itemGroupId: string | null;
  /** Epoch milliseconds; not moved by every edit (clover.md 9). */
  readonly modifiedMs: number | null;
  /** null when they were not asked for; the first 100 of each. */
  readonly categoryIds: readonly string[] | null;
  readonly taxRateIds: readonly string[] | null;
  readonly modifierGroupIds: readonly string[] | null;
  readonly optionIds: readonly string[] | null;
}

const references = nested(reference);

const wireCatalogItem = v.object({
  id,
  name: textOrEmpty,
  alternateName: textOrEmpty,
  sku: textOrEmpty,
  code: textOrEmpty,
  price: maybe(v.number()),
  priceType: maybe(v.picklist(['FIXED', 'VARIABLE', 'PER_UNIT'])),
  unitName: textOrEmpty,
  cost: maybe(v.number()),
  hidden: maybe(v.boolean()),
  available: maybe(v.boolean()),
  autoManage: maybe(v.boolean()),
  defaultTaxRates: maybe(v.boolean()),
  isRevenue: maybe(v.boolean()),
  deletedTime: maybe(v.number()),
  modifiedTime: maybe(epochMs),
  itemGroup: maybe(reference),
  categories: references,
  taxRates: references,
  modifierGroups: references,
  options: references,
});
type WireCatalogItem = v.InferOutput<typeof wireCatalogItem>;

const ITEM_LIST = elementsOf(wireCatalogItem);

function readItem(wire: WireCatalogItem, relations: readonly ItemRelation[]): CatalogItem {
  // Absent when empty, so only what was asked for can be told to be empty.
  const idsOf = (relation: ItemRelation) =>
    relations.includes(relation) ? (wire[relation]?.elements ?? []).map((one) => one.id) : null;
  return {
    itemId: wire.id,
    name: wire.name,
    alternateName: wire.alternateName,
    sku: wire.sku,
    barcode: wire.code,
    price: wire.price ?? 0,
    priceType: wire.priceType ?? 'FIXED',
    unitName: wire.unitName,
    cost: wire.cost,
    isHidden: wire.hidden ?? false,
    isAvailable: wire.available ?? true,
    autoManage: wire.autoManage ?? false,
    defaultTaxRates: wire.defaultTaxRates ?? true,
    isRevenue: wire.isRevenue ?? false,
    isDeleted: (wire.deletedTime ?? 0) > 0,
    itemGroupId: wire.itemGroup?.id ?? null,
    modifiedMs: wire.modifiedTime,
    categoryIds: idsOf('categories'),
    taxRateIds: idsOf('taxRates'),
    modifierGroupIds: idsOf('modifierGroups'),
    optionIds: idsOf('options'),
  };
}

// --- Reads ---------------------------------------------------------------------------------------------------------

export interface CatalogQuery {
  readonly offset: number;
  readonly relations: readonly ItemRelation[];
  /** Only what Clover says changed at or after this, epoch milliseconds; misses some edits (clover.md 9). */
  readonly sinceMs?: number;
  /** Deleted items instead of living ones. */
  readonly deleted?: boolean;
}

function pageRequest(query: CatalogQuery): PlatformRequest<v.InferOutput<typeof ITEM_LIST>> {
  const filter = [
    ...(query.sinceMs === undefined ? [] : [`modifiedTime>=${query.sinceMs}`]),
    ...(query.deleted === true ? ['deleted=true'] : []),
  ];
  return {
    operation: 'catalog.page',
    method: 'GET',
    path: '/items',
    query: {
      filter,
      ...(query.relations.length === 0 ? {} : { expand: query.relations.join(',') }),
      orderBy: 'modifiedTime ASC',
      limit: CLOVER_PAGE,
      offset: query.offset,
    },
    accepts: ITEM_LIST,
  };
}

/** 1,000 items, oldest change first, so that rows moving during the read are seen twice. From the replica. */
export async function getCatalogPage(
  session: CloverSession,
  query: CatalogQuery,
): Promise<Result<Page<CatalogItem>, Failure>> {
  const answer = await session.call(pageRequest(query));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({
    rows: elements.map((wire) => readItem(wire, query.relations)),
    nextOffset: elements.length < CLOVER_PAGE ? null : query.offset + elements.length,
    readStartedAtMs: answer.value.startedAtMs,
  });
}

const itemPath = (itemId: string): string => `/items/${encodeURIComponent(itemId)}`;

function itemRequest(
  itemId: string,
  relations: readonly ItemRelation[],
): PlatformRequest<WireCatalogItem> {
  return {
    operation: 'catalog.get',
    method: 'GET',
    path: itemPath(itemId),
    query: {
      ...(relations.length === 0 ? {} : { expand: relations.join(',') }),
      forceRealTime: true,
    },
    accepts: wireCatalogItem,
  };
}

/** One item, from the primary. `not_found` when it does not exist; a deleted one may still be answered. */
export async function getCatalogItem(
  session: CloverSession,
  itemId: string,
  relations: readonly ItemRelation[],
): Promise<Result<CatalogItem, Failure>> {
  const answer = await session.call(itemRequest(itemId, relations));
  return answer.ok ? ok(readItem(answer.value.body, relations)) : answer;
}

function bySkuRequest(sku: string): PlatformRequest<v.InferOutput<typeof ITEM_LIST>> {
  return {
    operation: 'catalog.find',
    method: 'GET',
    path: '/items',
    query: { filter: `sku=${sku}`, limit: CLOVER_PAGE, forceRealTime: true },
    accepts: ITEM_LIST,
  };
}

/**
 * Living items with exactly this SKU, newest first, from the primary: what a create whose answer got lost may have left.
 * A SKU that ends with `*` matches its beginnings too (clover.md 0): compare.
 */
export async function findItemsBySku(
  session: CloverSession,
  sku: string,
): Promise<Result<readonly CatalogItem[], Failure>> {
  const answer = await session.call(bySkuRequest(sku));
  return answer.ok ? ok(answer.value.body.elements.map((wire) => readItem(wire, []))) : answer;
}

// --- Writes --------------------------------------------------------------------------------------------------------

/** Fields of an item; those left out stay as they are. Stock, taxes, categories and options have calls of their own. */
export interface ItemFields {
  /** At most 127 characters; the server's own for variants. */
  readonly name?: string;
  readonly alternateName?: string;
  /** At most 100 characters each. */
  readonly sku?: string;
  readonly barcode?: string;
  /** Minor units, zero or more. */
  readonly price?: number;
  readonly priceType?: 'FIXED' | 'VARIABLE' | 'PER_UNIT';
  readonly unitName?: string;
  readonly cost?: number;
  readonly isHidden?: boolean;
  readonly isAvailable?: boolean;
  readonly autoManage?: boolean;
  readonly defaultTaxRates?: boolean;
  readonly isRevenue?: boolean;
}

export interface NewItem extends ItemFields {
  readonly name: string;
  readonly price: number;
  /** Clover's default is not settled (clover.md 4.1). */
  readonly isRevenue: boolean;
  /** An item joins a group here or never (clover.md 4.3). */
  readonly itemGroupId?: string;
}

export interface ItemChange extends ItemFields {
  readonly itemId: string;
}

function fieldsBody(fields: ItemFields): Record<string, unknown> {
  const { barcode, isHidden, isAvailable, ...same } = fields;
  return {
    ...same,
    ...(barcode === undefined ? {} : { code: barcode }),
    ...(isHidden === undefined ? {} : { hidden: isHidden }),
    ...(isAvailable === undefined ? {} : { available: isAvailable }),
  };
}

function newItemBody({ itemGroupId, ...fields }: NewItem): Record<string, unknown> {
  const group = itemGroupId === undefined ? {} : { itemGroup: { id: itemGroupId } };
  return { ...fieldsBody(fields), ...group };
}

const changeBody = ({ itemId, ...fields }: ItemChange) => ({ id: itemId, ...fieldsBody(fields) });

function writeRequest(
  operation: string,
  path: string,
  body: Record<string, unknown>,
): PlatformRequest<WireCatalogItem> {
  return { operation, method: 'POST', path, body, accepts: wireCatalogItem };
}

/** Creates one item. Failures: those of `session.call`, with `outcomeUnknown` where it may exist now. */
export async function createItem(
  session: CloverSession,
  item: NewItem,
): Promise<Result<CatalogItem, Failure>> {
  const answer = await session.call(writeRequest('catalog.create', '/items', newItemBody(item)));
  return answer.ok ? ok(readItem(answer.value.body, [])) : answer;
}

/** Changes what is named and nothing else. `not_found` for an unknown or deleted item. */
export async function updateItem(
  session: CloverSession,
  itemId: string,
  fields: ItemFields,
): Promise<Result<CatalogItem, Failure>> {
  const request = writeRequest('catalog.update', itemPath(itemId), fieldsBody(fields));
  const answer = await session.call(request);
  return answer.ok ? ok(readItem(answer.value.body, [])) : answer;
}

const WRITTEN = v.array(wireCatalogItem);
/** Which of the three it is, is not settled (specs/clover, BulkItemsResponse). */
const WRITTEN_ITEMS = v.union([WRITTEN, ITEM_LIST, v.object({ items: WRITTEN })]);

async function writeItems(
  session: CloverSession,
  method: 'POST' | 'PUT',
  items: readonly Record<string, unknown>[],
): Promise<Result<readonly CatalogItem[], Failure>> {
  if (items.length === 0 || items.length > CLOVER_BULK_REQUEST_MAX) {
    return fail({
      code: 'invalid_input',
      message: `Clover takes 1 to ${CLOVER_BULK_REQUEST_MAX} items a call, not ${items.length}.`,
    });
  }
  const answer = await session.call({
    operation: method === 'POST' ? 'catalog.create_many' : 'catalog.update_many',
    method,
    path: '/bulk_items',
    body: { items },
    accepts: WRITTEN_ITEMS,
  });
  if (!answer.ok) return answer;
  const { body } = answer.value;
  const written = Array.isArray(body) ? body : 'items' in body ? body.items : body.elements;
  return ok(written.map((wire) => readItem(wire, [])));
}

/**
 * Creates up to 2,500 items in one call; whether one bad item refuses all, and in which order they are answered, is not
 * documented: tell them apart by SKU. `invalid_input` for none or more.
 */
export function createItems(
  session: CloverSession,
  items: readonly NewItem[],
): Promise<Result<readonly CatalogItem[], Failure>> {
  return writeItems(session, 'POST', items.map(newItemBody));
}

/** Changes up to 2,500 items in one call, each in what is named of it. As `createItems`. */
export function updateItems(
  session: CloverSession,
  changes: readonly ItemChange[],
): Promise<Result<readonly CatalogItem[], Failure>> {
  return writeItems(session, 'PUT', changes.map(changeBody));
}

/** Deletes one item, softly; `not_found` when it is gone already. The only way out of an item group. */
export async function deleteItem(
  session: CloverSession,
  itemId: string,
): Promise<Result<null, Failure>> {
  const answer = await session.call({
    operation: 'catalog.delete',
    method: 'DELETE',
    path: itemPath(itemId),
    accepts: v.unknown(),
  });
  return answer.ok ? ok(null) : answer;
}

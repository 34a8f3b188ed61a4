/** Items and their stock (clover.md 4). Stock writes are absolute, without version or idempotency key. */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE, PAGES_MAX } from '../../limits.ts';
import type { PlatformRequest, QueryValue } from '../http.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, wireItem, wireStock, type WireItem, type WireStock } from './wire.ts';

export interface Stock {
  readonly itemId: string;
  /** Whole units, rounded down; may be negative (clover.md 4.2); null for an item that was never stocked. */
  readonly quantity: number | null;
  /** As Clover holds it: items sold by weight have decimals. */
  readonly exactQuantity: number | null;
  /** Clover's own time of the stock row, epoch milliseconds; null when it tells none. */
  readonly modifiedMs: number | null;
}

export interface Item {
  readonly itemId: string;
  readonly name: string;
  /** As Clover holds it, untrimmed; empty when there is none. Not unique (clover.md 4.1). */
  readonly sku: string;
  readonly barcode: string;
  /** Minor units. */
  readonly price: number;
  /** `FIXED`, `VARIABLE`, `PER_UNIT`. */
  readonly priceType: string;
  /** Minor units; null when Clover tells none. */
  readonly cost: number | null;
  /** Off the Register only. */
  readonly isHidden: boolean;
  /** On every channel. */
  readonly isAvailable: boolean;
  /** Availability follows the stock. */
  readonly followsStock: boolean;
  readonly isDeleted: boolean;
  /** Epoch milliseconds; not moved by every edit, nor by stock (clover.md 9). */
  readonly modifiedMs: number | null;
  /** Set for a variant: its name is the server's (clover.md 4.3). */
  readonly itemGroupId: string | null;
  /** Present when the stock came along. From the read replica: fit for a plan, not for a write. */
  readonly stock: Stock | null;
  /** The merchant's default rates apply, not those of `taxRateIds`. */
  readonly defaultTaxRates: boolean;
  /** null when they were not asked for; the first 100 of each. */
  readonly categoryIds: readonly string[] | null;
  readonly taxRateIds: readonly string[] | null;
}

/** What can come along with an item besides its stock; three of all of them at most (clover.md 0). */
export type ItemExtra = 'categories' | 'taxRates';

const ITEM_LIST = elementsOf(wireItem);
const STOCK_LIST = elementsOf(wireStock);

function readStockOf(wire: WireStock, itemId: string): Stock {
  const exactQuantity = wire.quantity ?? null;
  return {
    itemId,
    quantity: exactQuantity === null ? null : Math.floor(exactQuantity),
    exactQuantity,
    modifiedMs: wire.modifiedTime ?? null,
  };
}

function readItem(wire: WireItem, extras: readonly ItemExtra[] = []): Item {
  // Absent when empty, so only what was asked for can be told to be empty.
  const idsOf = (extra: ItemExtra) =>
    extras.includes(extra) ? (wire[extra]?.elements ?? []).map(({ id }) => id) : null;
  return {
    itemId: wire.id,
    name: wire.name,
    sku: wire.sku,
    barcode: wire.code,
    price: wire.price ?? 0,
    priceType: wire.priceType ?? 'FIXED',
    cost: wire.cost,
    isHidden: wire.hidden ?? false,
    isAvailable: wire.available ?? true,
    followsStock: wire.autoManage ?? false,
    isDeleted: (wire.deletedTime ?? 0) > 0,
    modifiedMs: wire.modifiedTime ?? null,
    itemGroupId: wire.itemGroup?.id ?? null,
    stock: wire.itemStock === null ? null : readStockOf(wire.itemStock, wire.id),
    defaultTaxRates: wire.defaultTaxRates ?? true,
    categoryIds: idsOf('categories'),
    taxRateIds: idsOf('taxRates'),
  };
}

// --- Pages ---------------------------------------------------------------------------------------------------------

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Pass as `offset` for the next page; null when this was the last. */
  readonly nextOffset: number | null;
  /** When the request left, epoch milliseconds. */
  readonly readStartedAtMs: number;
}

/** No list tells its length: the last page is the one that is not full (clover.md 0). */
function nextOffset(offset: number, rows: number): number | null {
  return rows < CLOVER_PAGE ? null : offset + rows;
}

/** Which items a page is about; all that are not deleted when nothing is named. */
export interface ItemFilter {
  /** Changed since then, epoch milliseconds. Not moved by every edit (clover.md 9). */
  readonly modifiedSinceMs?: number;
  /** From the primary: lists show a change late (clover.md 0). */
  readonly isPrimary?: boolean;
  /** Item ids, at most `CLOVER_IDS_PER_FILTER`. */
  readonly itemIds?: readonly string[];
  readonly extras?: readonly ItemExtra[];
}

/** Items with their stock, 1,000 a page, oldest change first so that rows moving during the read are seen twice. */
function itemPageRequest(
  offset: number,
  filter: ItemFilter,
): PlatformRequest<v.InferOutput<typeof ITEM_LIST>> {
  return {
    operation: 'items.page',
    method: 'GET',
    path: '/items',
    query: {
      expand: ['itemStock', ...(filter.extras ?? [])].join(','),
      orderBy: 'modifiedTime ASC',
      limit: CLOVER_PAGE,
      offset,
      ...filterOf(filter),
    },
    accepts: ITEM_LIST,
  };
}

/** Items asked for by their ids come from the primary: a webhook named them, or they are about to be written. */
function filterOf({
  modifiedSinceMs,
  itemIds,
  isPrimary,
}: ItemFilter): Readonly<Record<string, QueryValue>> {
  if (itemIds !== undefined) {
    const filter = `id in (${itemIds.map((id) => `'${id}'`).join(',')})`;
    return { filter, forceRealTime: true };
  }
  const primary = isPrimary === true ? { forceRealTime: true } : {};
  return modifiedSinceMs === undefined
    ? primary
    : { ...primary, filter: `modifiedTime>=${modifiedSinceMs}` };
}

/** One page of items; start with offset 0. Failures: those of `session.call`. */
export async function getItemPage(
  session: CloverSession,
  offset: number,
  filter: ItemFilter = {},
): Promise<Result<Page<Item>, Failure>> {
  const answer = await session.call(itemPageRequest(offset, filter));
  if (!answer.ok) return answer;
  const { body, startedAtMs } = answer.value;
  return ok({
    rows: body.elements.map((wire) => readItem(wire, filter.extras)),
    nextOffset: nextOffset(offset, body.elements.length),
    readStartedAtMs: startedAtMs,
  });
}

/** Every item, page by page; ends after the first failure, and with `too_large` beyond `PAGES_MAX` pages. */
export function itemPages(
  session: CloverSession,
  extras: readonly ItemExtra[] = [],
): AsyncGenerator<Result<Page<Item>, Failure>> {
  return allPages((offset) => getItemPage(session, offset, { extras }));
}

function stockPageRequest(offset: number): PlatformRequest<v.InferOutput<typeof STOCK_LIST>> {
  return {
    operation: 'stock.page',
    method: 'GET',
    path: '/item_stocks',
    query: { limit: CLOVER_PAGE, offset },
    accepts: STOCK_LIST,
  };
}

/** One page of stock rows, for sweeps; rows that name no item are left out. Failures: those of `session.call`. */
export async function getItemStockPage(
  session: CloverSession,
  offset: number,
): Promise<Result<Page<Stock>, Failure>> {
  const answer = await session.call(stockPageRequest(offset));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({
    rows: elements.flatMap((wire) => (wire.item === null ? [] : [readStockOf(wire, wire.item.id)])),
    nextOffset: nextOffset(offset, elements.length),
    readStartedAtMs: answer.value.startedAtMs,
  });
}

/** Every stock row, page by page; ends as `itemPages` does. */
export function itemStockPages(
  session: CloverSession,
): AsyncGenerator<Result<Page<Stock>, Failure>> {
  return allPages((offset) => getItemStockPage(session, offset));
}

async function* allPages<Row>(
  getPage: (offset: number) => Promise<Result<Page<Row>, Failure>>,
): AsyncGenerator<Result<Page<Row>, Failure>, void> {
  let offset = 0;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await getPage(offset);
    yield answer;
    if (!answer.ok || answer.value.nextOffset === null) return;
    offset = answer.value.nextOffset;
  }
  yield fail({
    code: 'too_large',
    message: `The merchant lists more than ${PAGES_MAX * CLOVER_PAGE} rows.`,
  });
}

// --- One item ------------------------------------------------------------------------------------------------------

function itemRequest(itemId: string): PlatformRequest<WireItem> {
  return {
    operation: 'items.get',
    method: 'GET',
    path: `/items/${encodeURIComponent(itemId)}`,
    query: { expand: 'itemStock' },
    accepts: wireItem,
  };
}

/** One item with its stock. `not_found` when it does not exist; a deleted one may still be answered. */
export async function getItem(
  session: CloverSession,
  itemId: string,
): Promise<Result<Item, Failure>> {
  const answer = await session.call(itemRequest(itemId));
  return answer.ok ? ok(readItem(answer.value.body)) : answer;
}

/** From the primary: replicas lag behind writes and webhooks (clover.md 0). */
function stockRequest(itemId: string): PlatformRequest<WireStock> {
  return {
    operation: 'stock.read',
    method: 'GET',
    path: `/item_stocks/${encodeURIComponent(itemId)}`,
    query: { forceRealTime: true },
    accepts: wireStock,
  };
}

/** Present stock of one item. `not_found` when the item does not exist. */
export async function readStock(
  session: CloverSession,
  itemId: string,
): Promise<Result<Stock, Failure>> {
  const answer = await session.call(stockRequest(itemId));
  return answer.ok ? ok(readStockOf(answer.value.body, itemId)) : answer;
}

/** Overwrites the count; there is no relative form and no precondition (clover.md 4.2). */
function writeStockRequest(itemId: string, quantity: number): PlatformRequest<WireStock> {
  return {
    operation: 'stock.write',
    method: 'POST',
    path: `/item_stocks/${encodeURIComponent(itemId)}`,
    body: { quantity },
    accepts: wireStock,
  };
}

/**
 * Sets the stock of one item and answers what Clover shows now: the answer of a write is always current. Failures:
 * `invalid_input` for what is no number of whole units, and those of `session.call`, with `outcomeUnknown`.
 */
export async function writeStock(
  session: CloverSession,
  itemId: string,
  quantity: number,
): Promise<Result<Stock, Failure>> {
  if (!Number.isSafeInteger(quantity) || quantity < 0) {
    return fail({ code: 'invalid_input', message: `${quantity} is no stock level to write.` });
  }
  const answer = await session.call(writeStockRequest(itemId, quantity));
  return answer.ok ? ok(readStockOf(answer.value.body, itemId)) : answer;
}

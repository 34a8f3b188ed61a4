/**
 * Stock: absolute writes, fractions and negatives, a clock of its own (clover.md 4.2). The one place where a
 * count changes, whoever caused it.
 */
import { note } from '../journal.ts';
import type { JournalStockChange } from '../journal.ts';
import { badRequest, invalidId } from './errors.ts';
import { decimal, readFields, reference } from './fields.ts';
import type { Fields } from './fields.ts';
import { nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { byNumber, byText, render } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Call, Operation } from './serve.ts';
import { all, find, PRIMARY, put } from './store.ts';
import { emit } from './webhooks.ts';
import type { Actor } from './webhooks.ts';
import type { ItemRow, Merchant, StockRow } from './types.ts';

export type StockCause = JournalStockChange['cause'];

/** A stock row, or an item that never had one. */
type Shelf = StockRow | { itemId: string };

export const stocks: Resource<Shelf> = {
  wire: (row, view) => {
    const item = { href: `${view.base}/items/${row.itemId}`, id: row.itemId };
    if (!('quantity' in row)) return { item: { id: row.itemId } };
    return {
      item,
      quantity: row.quantity,
      stockCount: Math.max(0, Math.round(row.quantity)),
      modifiedTime: row.modifiedTime,
      stockAlertThreshold: row.stockAlertThreshold,
    };
  },
  sorts: {
    quantity: byNumber((row) => ('quantity' in row ? row.quantity : undefined)),
    modifiedTime: byNumber((row) => ('quantity' in row ? row.modifiedTime : undefined)),
    'item.id': byText((row) => row.itemId),
  },
  nullable: ['quantity', 'stockCount', 'modifiedTime'],
};

function liveItem(call: Call): ItemRow {
  const item = find(call.view.tables.items, param(call, 'itemId'), call.view.asOf);
  if (item === null || item.deletedTime !== undefined) throw invalidId();
  return item;
}

const shelfOf = (call: Call): Shelf => {
  const { id } = liveItem(call);
  return find(call.view.tables.stocks, id, call.view.asOf) ?? { itemId: id };
};

/** Announces new availability under the topics in force: IA, or the old item UPDATE (clover.md 2). */
export function announceAvailability(
  platform: Platform,
  merchant: Merchant,
  item: ItemRow,
  by: Actor,
): void {
  const split = platform.switches.inventoryTopics === 'split';
  const extra = { itemAvailability: { item: { id: item.id }, available: item.available } };
  emit(platform, merchant, split ? 'IA' : 'I', item.id, 'UPDATE', { by, extra });
}

/** With autoManage, 0 makes an item unavailable and 1 makes it available again; between, nothing moves. */
function followStock(platform: Platform, merchant: Merchant, stock: StockRow, by: Actor): void {
  const item = find(merchant.tables.items, stock.itemId, PRIMARY);
  if (item === null) return;
  const atMs = nowMs(platform);
  const outOfStock = stock.quantity <= 0;
  const settled = outOfStock || stock.quantity >= 1;
  const turns = item.autoManage && settled && item.available === outOfStock;
  if (!turns && !platform.switches.stockTouchesItem) return;
  const available = turns ? !outOfStock : item.available;
  const followed = { ...item, available, modifiedTime: atMs };
  put(platform, merchant.tables.items, item.id, followed);
  if (turns) announceAvailability(platform, merchant, followed, by);
}

/** IS fires on manual edits, API writes, and when a count falls below its threshold (clover.md 2). */
function announceStock(
  platform: Platform,
  merchant: Merchant,
  before: StockRow | null,
  stock: StockRow,
  cause: StockCause,
): void {
  const { inventoryTopics, saleTriggersStockEvent } = platform.switches;
  const threshold = stock.stockAlertThreshold;
  const fellBelow =
    inventoryTopics === 'split' &&
    threshold !== undefined &&
    stock.quantity < threshold &&
    (before === null || before.quantity >= threshold);
  const direct = cause === 'api' || cause === 'manual';
  if (!direct && !saleTriggersStockEvent && !fellBelow) return;
  const { quantity, modifiedTime, itemId } = stock;
  const extra = { itemStock: { item: { id: itemId }, quantity, modifiedTime } };
  const key = inventoryTopics === 'split' ? 'IS' : 'I';
  const by = cause === 'api' ? 'api' : 'merchant';
  emit(platform, merchant, key, itemId, 'UPDATE', { by, extra });
}

/** Commits a count, with its journal row, availability and webhooks. */
export function setQuantity(
  platform: Platform,
  merchant: Merchant,
  itemId: string,
  quantity: number,
  cause: StockCause,
  stockAlertThreshold?: number,
): StockRow {
  const before = find(merchant.tables.stocks, itemId, PRIMARY);
  const stock: StockRow = {
    itemId,
    quantity,
    modifiedTime: nowMs(platform),
    stockAlertThreshold: stockAlertThreshold ?? before?.stockAlertThreshold,
  };
  put(platform, merchant.tables.stocks, itemId, stock);
  note(platform.runtime.journal.stock, {
    atMs: nowMs(platform),
    platform: 'clover',
    account: merchant.id,
    place: '',
    item: itemId,
    before: before?.quantity ?? null,
    after: quantity,
    cause,
  });
  followStock(platform, merchant, stock, cause === 'api' ? 'api' : 'merchant');
  announceStock(platform, merchant, before, stock, cause);
  return stock;
}

/**
 * Moves a count by a sale or its undoing. Gives the units that moved: none for an item without a count, unless
 * `saleStartsCount`.
 */
export function moveQuantity(
  platform: Platform,
  merchant: Merchant,
  itemId: string,
  delta: number,
  cause: 'sale' | 'cancel',
): number {
  const item = find(merchant.tables.items, itemId, PRIMARY);
  if (item === null || item.deletedTime !== undefined) return 0;
  const before = find(merchant.tables.stocks, itemId, PRIMARY);
  if (before === null && !(platform.switches.saleStartsCount && cause === 'sale')) return 0;
  setQuantity(platform, merchant, itemId, (before?.quantity ?? 0) + delta, cause);
  return delta;
}

interface StockBody {
  quantity: number;
  stockAlertThreshold: number;
  item: { id: string };
}

const STOCK_FIELDS: Fields<StockBody> = {
  quantity: decimal(),
  stockAlertThreshold: decimal(0),
  item: reference,
};

function writeStock(call: Call) {
  const { id } = liveItem(call);
  const { quantity, stockAlertThreshold } = readFields(call.body, STOCK_FIELDS, ['quantity']);
  if (quantity === undefined) throw badRequest('quantity is required');
  const { platform, merchant } = call;
  const row = setQuantity(platform, merchant, id, quantity, 'api', stockAlertThreshold);
  return { body: render(stocks, row, call.view, []) };
}

/** Back to "never stocked". */
function deleteStock(call: Call) {
  const { id } = liveItem(call);
  put(call.platform, call.merchant.tables.stocks, id, null);
  return {};
}

function shelves(call: Call): Shelf[] {
  const { tables, asOf } = call.view;
  return all(tables.items, asOf)
    .filter((item) => item.deletedTime === undefined)
    .flatMap((item): Shelf[] => {
      const row = find(tables.stocks, item.id, asOf);
      if (row !== null) return [row];
      return call.platform.switches.stockListIncludesUnstocked ? [{ itemId: item.id }] : [];
    });
}

export const stockOperations: Operation[] = [
  listOperation('/item_stocks', 'INVENTORY_R', stocks, shelves),
  getOperation('/item_stocks/:itemId', 'INVENTORY_R', stocks, shelfOf),
  { method: 'POST', path: '/item_stocks/:itemId', permission: 'INVENTORY_W', run: writeStock },
  { method: 'DELETE', path: '/item_stocks/:itemId', permission: 'INVENTORY_W', run: deleteStock },
];

/**
 * How orders hold and give back stock, by status and the store's inventory settings (bigcommerce.md
 * 6.5, 7.4).
 */
import type { Platform } from './platform.ts';
import { inventorySettings } from './settings.ts';
import type { Order, OrderLine, Store } from './state.ts';
import { CANCELLED, DECLINED, INCOMPLETE, REFUNDED } from './order-statuses.ts';
import { availableToSell, changeStock, DEFAULT_LOCATION_ID, itemOf, stockOf } from './stock.ts';
import type { StockItem } from './stock.ts';

/** Statuses whose reaching may give stock back; declined orders never took any on. */
const RETURNED: readonly number[] = [CANCELLED, REFUNDED];

/** One line that cannot be served, as the documented 409 body words it (7.4). */
export interface Shortage {
  variantId: number;
  locationId: number;
  available: number;
}

/** Whether an order in this status holds stock, given the settings that hold for it. */
function takes(platform: Platform, store: Store, order: Order, statusId: number): boolean {
  // Manual orders go by the global settings, orders of a channel by the channel's (6.5).
  const channelId = order.orderSource === 'manual' ? undefined : order.channelId;
  const { update_stock_behavior: behavior } = inventorySettings(store, channelId);
  if (behavior === 'order_completed_or_shipped') {
    return platform.switches.orderCompletedStatuses.includes(statusId);
  }
  return ![INCOMPLETE, DECLINED, ...RETURNED].includes(statusId);
}

function sourceOf(platform: Platform, store: Store, item: StockItem): number {
  if (platform.switches.ordersUseDefaultLocation) return DEFAULT_LOCATION_ID;
  const enabled = Object.values(store.locations).filter((location) => location.enabled);
  const level = (locationId: number) => {
    const record = stockOf(store, item, locationId);
    return availableToSell(record.onHand, record);
  };
  return enabled.toSorted((a, b) => level(b.id) - level(a.id))[0]?.id ?? DEFAULT_LOCATION_ID;
}

/** What is missing for the lines, several lines of one item counted together. */
export function shortages(
  platform: Platform,
  store: Store,
  lines: readonly OrderLine[],
): Shortage[] {
  const short: Shortage[] = [];
  const left = new Map<object, number>();
  for (const line of lines) {
    const item = itemOf(store, line.variantId);
    if (item === undefined || item.product.tracking === 'none') continue;
    const locationId = sourceOf(platform, store, item);
    const record = stockOf(store, item, locationId);
    // Items counted together share one owner object.
    const owner = item.product.tracking === 'product' ? item.product : item.variant;
    const available = left.get(owner) ?? availableToSell(record.onHand, record);
    if (line.quantity > available) short.push({ variantId: line.variantId, locationId, available });
    left.set(owner, available - line.quantity);
  }
  return short;
}

/**
 * Whether placing an order in this status takes stock at once, and so can be refused for lack of
 * it.
 */
export function takesOnPlacement(platform: Platform, store: Store, order: Order): boolean {
  return takes(platform, store, order, order.statusId);
}

function take(platform: Platform, store: Store, line: OrderLine): void {
  const item = itemOf(store, line.variantId);
  if (item === undefined || item.product.tracking === 'none' || line.takenUnits > 0) return;
  const locationId = sourceOf(platform, store, item);
  const onHand = stockOf(store, item, locationId).onHand ?? 0;
  // A late taking cannot be refused and a level cannot go below zero, so it takes what is there.
  line.takenUnits = Math.min(line.quantity, onHand);
  line.takenFrom = locationId;
  if (line.takenUnits === 0) return;
  const after = onHand - line.takenUnits;
  changeStock(platform, store, { item, locationId, onHand: after, cause: 'sale' });
}

function giveBack(platform: Platform, store: Store, line: OrderLine): void {
  const item = itemOf(store, line.variantId);
  const units = line.takenUnits;
  line.takenUnits = 0;
  if (item === undefined || units === 0) return;
  const onHand = (stockOf(store, item, line.takenFrom).onHand ?? 0) + units;
  changeStock(platform, store, { item, locationId: line.takenFrom, onHand, cause: 'cancel' });
}

/**
 * Moves stock as the order's present status and the settings ask for; `from` is the status before.
 */
export function settleStock(
  platform: Platform,
  store: Store,
  order: Order,
  from: number | undefined,
): void {
  const { refund_order_stock_adjustment: restocks } = inventorySettings(
    store,
    order.orderSource === 'manual' ? undefined : order.channelId,
  );
  if (RETURNED.includes(order.statusId)) {
    if (restocks) for (const line of order.lines) giveBack(platform, store, line);
    return;
  }
  const reopened = from !== undefined && RETURNED.includes(from);
  if (reopened && !platform.switches.reopenedOrderTakesStock) return;
  if (!takes(platform, store, order, order.statusId)) return;
  // Taken once: a shipped order that finds nothing on the shelf does not take it when it is completed.
  if (from !== undefined && takes(platform, store, order, from)) return;
  for (const line of order.lines) take(platform, store, line);
}

/** Whether editing this order moves stock: it holds some, and the settings say so (6.5). */
export function editMovesStock(platform: Platform, store: Store, order: Order): boolean {
  const channelId = order.orderSource === 'manual' ? undefined : order.channelId;
  const { edit_order_stock_adjustment: adjusts } = inventorySettings(store, channelId);
  if (adjusts !== true || !platform.switches.orderEditsMoveStock) return false;
  return takes(platform, store, order, order.statusId);
}

/** Makes a line hold `units`: takes what is missing, gives back what is too much, in one movement. */
export function resizeTaken(
  platform: Platform,
  store: Store,
  line: OrderLine,
  units: number,
): void {
  const item = itemOf(store, line.variantId);
  if (item === undefined || item.product.tracking === 'none' || units === line.takenUnits) return;
  if (line.takenUnits === 0) line.takenFrom = sourceOf(platform, store, item);
  const locationId = line.takenFrom;
  const onHand = (stockOf(store, item, locationId).onHand ?? 0) - (units - line.takenUnits);
  const cause = units > line.takenUnits ? 'sale' : 'cancel';
  line.takenUnits = units;
  changeStock(platform, store, { item, locationId, onHand, cause });
}

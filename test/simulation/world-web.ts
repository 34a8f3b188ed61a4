/** The web shop: orders placed, paid, shipped, cancelled, and which of their units are promised and not gone (S6). */
import { setOrderStatus } from '../sandbox/bigcommerce/order-model.ts';
import { placeOrder } from '../sandbox/bigcommerce/shopper.ts';
import { changeStock, DEFAULT_LOCATION_ID, itemOf } from '../sandbox/bigcommerce/stock.ts';
import { WEB, type SimSku } from './platforms.ts';
import type { ShelfBook } from './shelf.ts';
import { WorldBooks } from './world-books.ts';

const SHIPPED = 2;
const REFUNDED = 4;
const CANCELLED = 5;
const DECLINED = 6;
const AWAITING_PAYMENT = 7;
const AWAITING_SHIPMENT = 9;
const COMPLETED = 10;
const AWAITING_FULFILLMENT = 11;

/** How an order goes on by itself; it ends where there is nothing. */
const NEXT: Readonly<Record<number, readonly number[]>> = {
  [AWAITING_PAYMENT]: [AWAITING_FULFILLMENT],
  [AWAITING_FULFILLMENT]: [SHIPPED, AWAITING_SHIPMENT, COMPLETED],
  [AWAITING_SHIPMENT]: [SHIPPED],
  [SHIPPED]: [COMPLETED],
};

/** A web order of one line. */
interface WebOrder {
  readonly id: number;
  readonly shelf: ShelfBook;
  readonly units: number;
  isPromised: boolean;
}

export class WebShop extends WorldBooks {
  readonly webOrders: WebOrder[] = [];

  /** Whether an order in this status is promised: worked out here once more, not taken from the one who is tried. */
  readonly isPromising = (statusId: number): boolean => {
    const { takesStock, statusIds } = this.deps.scenario.reserving;
    if (statusIds.includes(statusId)) return true;
    const isOver = [REFUNDED, CANCELLED, DECLINED, SHIPPED, COMPLETED].includes(statusId);
    return takesStock === 'order_completed_or_shipped' && !isOver;
  };

  /** `statusId`: left out, an order that is paid at once. */
  readonly sellOnline = (
    shelf: ShelfBook,
    units: number,
    statusId: number = AWAITING_FULFILLMENT,
  ): void => {
    const { web, store } = this.deps.platforms;
    try {
      const lines = [{ variantId: shelf.sku.variantId, quantity: units }];
      const { id } = placeOrder(web, store, { lines, statusId });
      const isPromised = this.isPromising(statusId);
      this.webOrders.push({ id, shelf, units, isPromised });
      if (isPromised) shelf.promised += units;
      this.sold(shelf, units, `web order ${id}`, isPromised ? 0 : units);
    } catch {
      this.deps.tally.count('web refused');
    }
  };

  readonly sellUnpaid = (): void =>
    this.sellOnline(this.anyShelf(), this.quantity(), AWAITING_PAYMENT);

  /** Some order goes on: it is paid, packed, shipped. */
  readonly moveWebOrder = (): void => {
    const order = this.some(this.webOrders);
    const from = order === undefined ? undefined : this.statusOf(order);
    const to = from === undefined ? undefined : this.some(NEXT[from] ?? []);
    if (order !== undefined && to !== undefined) this.setWebStatus(order, to);
  };

  readonly cancelWebOrder = (): void => this.endWebOrder(CANCELLED);
  readonly refundWebOrder = (): void => this.endWebOrder(REFUNDED);

  readonly endWebOrder = (statusId: number): void => {
    const order = this.some(this.webOrders);
    if (order === undefined) return;
    const from = this.statusOf(order);
    if (from !== CANCELLED && from !== REFUNDED) this.setWebStatus(order, statusId);
  };

  readonly statusOf = ({ id }: WebOrder): number | undefined =>
    this.deps.platforms.store.orders[id]?.statusId;

  readonly setWebStatus = (order: WebOrder, statusId: number): void => {
    const { web, store } = this.deps.platforms;
    const row = store.orders[order.id];
    if (row === undefined) return;
    this.deps.tally.tell(() => `web order ${order.id} goes to status ${statusId}`);
    const change = (): void => setOrderStatus(web, store, row, statusId);
    if (!order.isPromised) return this.moved(WEB, change);
    if (this.isPromising(statusId)) return change();
    this.endPromise(order, statusId, change);
  };

  /** Its units leave the shelf, or are free again: of those that the web had taken, only what it gives back. */
  readonly endPromise = (order: WebOrder, statusId: number, change: () => void): void => {
    const { shelf, units } = order;
    order.isPromised = false;
    shelf.promised -= units;
    const isGone = statusId !== CANCELLED && statusId !== REFUNDED;
    this.deps.tally.count(isGone ? 'promise kept' : 'promise ended');
    if (isGone) {
      change();
      this.take(shelf, units);
      this.deps.tally.tell(() => `${units} ${shelf.sku.sku} of it leave: shelf ${shelf.shelf}`);
      return;
    }
    const isTaken = this.deps.scenario.reserving.takesStock === 'order_placed';
    if (isTaken) shelf.shelf -= units;
    this.moved(WEB, change);
  };

  readonly editWeb = (
    change: number,
    { sku }: { readonly sku: SimSku } = this.anyShelf(),
  ): void => {
    const { web, store } = this.deps.platforms;
    const item = itemOf(store, sku.variantId);
    if (item === undefined) return;
    const onHand = Math.max(0, this.deps.platforms.webLevel(sku) + change);
    this.deps.tally.tell(() => `someone sets the web level of ${sku.sku} to ${onHand}`);
    const locationId = DEFAULT_LOCATION_ID;
    this.moved(WEB, () => changeStock(web, store, { item, locationId, onHand, cause: 'manual' }));
  };
}

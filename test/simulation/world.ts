/** The shop: what people do on both sides, and when. */
import { placeOrder } from '../sandbox/bigcommerce/shopper.ts';
import { addLines, linesOf, openOrder, orderRow } from '../sandbox/clover/order-book.ts';
import { pay, refundOrder, ringUp, setStock, voidLine } from '../sandbox/clover/register.ts';
import { all, find, PRIMARY } from '../sandbox/clover/store.ts';
import type { SimRegister } from './platforms.ts';
import type { ShelfBook } from './shelf.ts';
import type { Habit } from './scenario.ts';
import { WebShop } from './world-web.ts';

interface RegisterOrder {
  readonly register: SimRegister;
  readonly id: string;
}

export class World extends WebShop {
  readonly tabs: RegisterOrder[] = [];
  readonly registerOrders: RegisterOrder[] = [];

  readonly ringUpSome = (): void => {
    const register = this.anyRegister();
    const { place, merchant } = register;
    const chosen = new Map<ShelfBook, number>();
    for (let line = 0; line <= (this.deps.random() < 0.2 ? 1 : 0); line += 1) {
      const shelf = this.anyShelf();
      if (this.isThere(shelf, register)) chosen.set(shelf, this.quantity());
    }
    if (chosen.size === 0) return;
    const [only] = chosen;
    if (chosen.size === 1 && only !== undefined && this.deps.random() < 0.5) {
      // Most sales take a moment between the first line and the payment.
      this.openTab(register, only[0], only[1], 2_000 + this.deps.random() * 40_000);
      return;
    }
    const lines = [...chosen].map(([{ sku }, units]) => ({
      itemId: sku.itemIds[place] ?? '',
      quantity: units,
    }));
    const order = ringUp(this.deps.platforms.register, merchant.id, { lines });
    this.registerOrders.push({ register, id: order.id });
    for (const [shelf, units] of chosen) this.sold(shelf, units, `register order ${order.id}`);
  };

  /** An order that stays open for a while: lines now, payment or void later. */
  readonly openTab = (
    register: SimRegister,
    shelf: ShelfBook,
    units: number,
    openMs: number,
  ): void => {
    const { merchant, place } = register;
    const item = find(merchant.tables.items, shelf.sku.itemIds[place] ?? '', PRIMARY);
    if (item === null) return;
    const device = all(merchant.tables.devices, PRIMARY)[0];
    const order = openOrder(this.deps.platforms.register, merchant, 'register', device?.id);
    addLines(this.deps.platforms.register, merchant, order.id, item, units);
    const tab = { register, id: order.id };
    this.tabs.push(tab);
    // The goods leave the shelf when the register counts them: as the line is added, or as it is paid.
    const takesAtOnce = this.deps.platforms.register.switches.decrementMoment === 'line-added';
    if (takesAtOnce) this.take(shelf, units);
    this.deps.tally.tell(
      () => `register tab ${order.id} opens with ${units} ${shelf.sku.sku}: shelf ${shelf.shelf}`,
    );
    this.deps.clock.after(openMs, () => {
      this.tabs.splice(this.tabs.indexOf(tab), 1);
      const left = linesOf(merchant, orderRow(merchant, order.id)).length;
      if (left === 0) return;
      pay(this.deps.platforms.register, merchant.id, order.id);
      this.registerOrders.push(tab);
      this.sold(shelf, left, `register tab ${order.id}`, takesAtOnce ? 0 : left);
    });
  };

  readonly voidSome = (): void => {
    const tab = this.some(this.tabs);
    if (tab === undefined) return;
    const { merchant, place } = tab.register;
    const line = linesOf(merchant, orderRow(merchant, tab.id))[0];
    if (line === undefined) return;
    this.deps.tally.tell(() => `register tab ${tab.id} loses a line`);
    const shelf = this.shelves.find(({ sku }) => sku.itemIds[place] === line.itemId);
    this.moved(place, () => voidLine(this.deps.platforms.register, merchant.id, tab.id, line.id));
    if (shelf === undefined || line.stockMoved === 0) return;
    // It took stock and no order will ever tell of it: an edit as good as any.
    this.edited(
      shelf,
      place,
      line.createdTime - this.deps.scenario.registerAheadMs,
      -line.stockMoved,
    );
  };

  readonly refundSome = (): void => {
    const order = this.some(this.registerOrders);
    if (order === undefined) return;
    const { place, merchant } = order.register;
    const restock = this.deps.random() < 0.5;
    try {
      this.moved(place, () =>
        refundOrder(this.deps.platforms.register, merchant.id, order.id, {
          restock,
        }),
      );
      this.deps.tally.tell(() => `register refunds ${order.id}, restock ${restock}`);
    } catch {
      this.deps.tally.count('refund refused');
    }
  };

  readonly editRegister = (change: number): void => {
    const shelf = this.anyShelf();
    const { place, merchant } = this.anyRegister();
    const level = this.deps.platforms.registerLevel(shelf.sku, place) + change;
    this.deps.tally.tell(() => `someone sets the register level of ${shelf.sku.sku} to ${level}`);
    const itemId = shelf.sku.itemIds[place] ?? '';
    this.moved(place, () => setStock(this.deps.platforms.register, merchant.id, itemId, level));
  };

  /** Many shoppers at once, on both sides, for one SKU. */
  readonly storm = (): void => {
    const shelf = this.anyShelf();
    for (let sale = 0; sale < 10; sale += 1) {
      this.deps.clock.after(this.deps.random() * 1_500, () => {
        if (this.deps.random() < 0.5) {
          this.sellOnline(shelf, 1);
          return;
        }
        const register = this.anyRegister();
        if (this.isThere(shelf, register)) {
          const { place, merchant } = register;
          const lines = [{ itemId: shelf.sku.itemIds[place] ?? '', quantity: 1 }];
          const { id } = ringUp(this.deps.platforms.register, merchant.id, { lines });
          this.registerOrders.push({ register, id });
          this.sold(shelf, 1, 'register (storm)');
        }
      });
    }
  };

  /** The goods of a bundle are those of its components: it has no shelf of its own. */
  readonly sellBundle = (side: 'web' | 'register'): void => {
    const { bundle, platforms, tally } = this.deps;
    if (bundle === null) return;
    if (side === 'web') {
      try {
        const lines = [{ variantId: bundle.sku.variantId, quantity: 1 }];
        placeOrder(platforms.web, platforms.store, { lines });
      } catch {
        tally.count('web refused');
        return;
      }
    } else {
      const { place, merchant } = this.anyRegister();
      if (platforms.registerLevel(bundle.sku, place) <= 0) return;
      const lines = [{ itemId: bundle.sku.itemIds[place] ?? '', quantity: 1 }];
      ringUp(platforms.register, merchant.id, { lines });
    }
    tally.count('bundle sold');
    for (const { sku, quantity } of bundle.components) {
      const shelf = this.shelves.find((each) => each.sku.sku === sku);
      if (shelf !== undefined) this.sold(shelf, quantity, `bundle (${side})`);
    }
  };

  readonly deeds: Record<Habit, () => void> = {
    webSale: () => this.sellOnline(this.anyShelf(), this.quantity()),
    registerSale: () => this.ringUpSome(),
    storm: () => this.storm(),
    openTab: () => {
      const shelf = this.anyShelf();
      const register = this.anyRegister();
      if (this.isThere(shelf, register))
        this.openTab(register, shelf, this.quantity(), 1_000 + this.deps.random() * 600_000);
    },
    voidLine: () => this.voidSome(),
    refund: () => this.refundSome(),
    webCancel: () => this.cancelWebOrder(),
    webRefundStatus: () => this.refundWebOrder(),
    webEdit: () => this.editWeb(this.sign() * this.few()),
    registerEdit: () => this.editRegister(this.sign() * this.few()),
    webDelivery: () => this.editWeb(5 + Math.floor(this.deps.random() * 30)),
    registerDelivery: () => this.editRegister(5 + Math.floor(this.deps.random() * 30)),
    webUnpaid: () => this.sellUnpaid(),
    webMove: () => this.moveWebOrder(),
    bundleWebSale: () => this.sellBundle('web'),
    bundleRegisterSale: () => this.sellBundle('register'),
    // Its level is worked out: whoever changes it by hand moves no goods.
    bundleEdit: () => {
      const { bundle } = this.deps;
      if (bundle !== null) this.editWeb(this.sign() * this.few(), bundle);
    },
  };

  /** Plans every deed of the this.deps.scenario. */
  plan(): void {
    const endMs = this.deps.startMs + this.deps.scenario.minutes * 60_000;
    for (const [habit, perMinute] of Object.entries(this.deps.scenario.habits)) {
      if (perMinute === 0) continue;
      const again = (): void => {
        // Exponential waiting times: nothing is ever regular.
        const waitMs = (-Math.log(1 - this.deps.random()) / perMinute) * 60_000;
        if (this.deps.clock.nowMs + waitMs > endMs) return;
        this.deps.clock.after(waitMs, () => {
          this.deps.tally.count(`deed ${habit}`);
          this.deeds[habit as Habit]();
          again();
        });
      };
      again();
    }
  }
}

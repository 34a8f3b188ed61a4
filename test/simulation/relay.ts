/** The whole relay: webhooks in, orders as sync/orders.ts reads them, sweeps and order polls as cron starts them. */
import {
  cloverPlace,
  linkId,
  type EventId,
  type MerchantId,
  type PlaceKey,
} from '../../src/domain/ids.ts';
import { countPool } from '../../src/domain/catalog/baseline.ts';
import { ok } from '../../src/domain/result.ts';
import type { Sale } from '../../src/domain/stock/api.ts';
import { COALESCE_MS } from '../../src/limits.ts';
import { subjectOf } from '../../src/platforms/bigcommerce/webhook.ts';
import type { TappedHook } from '../sandbox/runtime.ts';
import { WEB, type OrderedLine, type Row, type SimSku } from './platforms.ts';

import type { Book, Worker } from './relay-core.ts';
import { RelayFlows } from './relay-flows.ts';

export class Relay extends RelayFlows {
  readonly #readOrders = new Map<string, number>();

  // --- Flows: sync/orders.ts ---------------------------------------------------------------------------------------

  readonly tellLines = (
    worker: Worker,
    place: PlaceKey,
    orderId: string,
    lines: readonly OrderedLine[],
    event: EventId,
    receivedAtMs: number,
  ): void => {
    for (const book of this.books) {
      const subject = place === WEB ? String(book.sku.variantId) : book.sku.itemIds[place];
      const sales = lines
        .filter((line) => line.subject === subject)
        .map((line): Sale => ({
          place,
          saleKey: `${place}:${orderId}:${line.lineId}`,
          quantity: line.quantity,
          orderId,
          eventId: event,
          receivedAtMs,
          soldAtMs: line.soldAtMs,
          addedAtMs: line.addedAtMs,
        }));
      if (sales.length === 0) continue;
      worker.go(() => {
        this.deps.tally.tell(
          () => `  told ${book.sku.sku} ${place} order ${orderId}: ${sales.length} lines`,
        );
        this.learn(this.follow(book, book.desk.sell(sales, this.policyFor(book.sku))));
      });
    }
  };

  readonly takeOrder = (
    worker: Worker,
    place: PlaceKey,
    orderId: string,
    event: EventId,
    receivedAtMs: number,
  ): void => {
    const key = `${place}:${orderId}`;
    // As OrderRelay: a read that began after the event arrived covers it.
    if ((this.#readOrders.get(key) ?? 0) > receivedAtMs + 50) return;
    this.deps.clock.after(COALESCE_MS, () =>
      worker.go(() => {
        if ((this.#readOrders.get(key) ?? 0) > receivedAtMs + 50) return;
        this.deps.wire.call({
          platform: place === WEB ? 'bigcommerce' : 'clover',
          isWrite: false,
          act: () => ok(this.linesOf(place, orderId)),
          done: (result, startedAtMs) =>
            worker.go(() => {
              if (!result.ok) {
                worker.retry(5_000 + this.deps.random() * 10_000);
                return;
              }
              if (result.value !== null) {
                this.tellLines(worker, place, orderId, result.value, event, receivedAtMs);
              } else if (place !== WEB) {
                // An open order: some registers take the stock as lines are added.
                for (const book of this.books)
                  this.wake(worker, book, place, event, receivedAtMs, null);
              }
              if (!worker.dead) this.#readOrders.set(key, startedAtMs);
            }),
        });
      }),
    );
  };

  readonly linesOf = (place: PlaceKey, orderId: string): readonly OrderedLine[] | null =>
    place === WEB
      ? this.deps.platforms.webLines(Number(orderId))
      : this.deps.platforms.registerLines(orderId, place);

  readonly route = (
    worker: Worker,
    hook: TappedHook,
    event: EventId,
    receivedAtMs: number,
  ): void => {
    if (hook.platform === 'bigcommerce') {
      const subject = subjectOf(hook.topic, hook.data as Record<string, unknown>);
      if (subject.kind === 'order') {
        this.takeOrder(worker, WEB, String(subject.orderId), event, receivedAtMs);
      }
      if (subject.kind === 'stock') {
        const book = this.books.find(({ sku }) => sku.productId === subject.productId);
        if (book !== undefined) this.wake(worker, book, WEB, event, receivedAtMs, null);
      }
      return;
    }
    const place = cloverPlace(hook.account as MerchantId);
    const { tables } = this.deps.platforms.registerAt(place).merchant;
    const objectId = String(hook.data).replace(/^[A-Z]+:/, '');
    if (hook.topic === 'O') this.takeOrder(worker, place, objectId, event, receivedAtMs);
    if (hook.topic === 'P') {
      const payment = tables.payments[objectId]?.versions.at(-1)?.row;
      if (payment !== null && payment !== undefined) {
        this.enqueue(
          (next) => this.takeOrder(next, place, payment.orderId, event, receivedAtMs),
          2_000,
        );
      }
    }
    if (hook.topic === 'I' || hook.topic === 'IS') {
      const book = this.books.find(({ sku }) => sku.itemIds[place] === objectId);
      if (book !== undefined) this.wake(worker, book, place, event, receivedAtMs, hook.atMs);
    }
  };

  readonly open = (skus: readonly SimSku[]): void => {
    skus.forEach((sku, index) => {
      const book: Book = {
        sku,
        desk: this.newDesk(() => book),
        state: null,
        entries: [],
        sum: 0,
        sold: new Map(),
        alarmAtMs: null,
        writing: new Map(),
      };
      this.books.push(book);
      const { productId, variantId } = sku;
      const web = this.deps.platforms.readWeb(sku);
      const registers = this.deps.platforms.registers.map(({ place, merchantId }) => ({
        place,
        merchantId,
        row: this.deps.platforms.readRegister(sku, true, place),
      }));
      const places = [
        {
          place: WEB,
          locationId: 1,
          address: {
            platform: 'bigcommerce' as const,
            locationId: 1,
            productId,
            variantId,
            tracking: 'product' as const,
          },
        },
        ...registers.map(({ place, merchantId }) => ({
          place,
          locationId: 1,
          address: {
            platform: 'clover' as const,
            merchantId,
            itemId: sku.itemIds[place] ?? '',
          },
        })),
      ];
      const seen = (place: PlaceKey, row: Row) => ({
        place,
        level: row.level,
        readStartedAtMs: this.deps.clock.nowMs,
        platformModifiedMs: row.modifiedMs,
      });
      const levels = [seen(WEB, web), ...registers.map(({ place, row }) => seen(place, row))];
      const isShared = this.deps.scenario.sharing !== null;
      const { onHand } = countPool(levels, 'lower', isShared);
      this.follow(
        book,
        book.desk.open(
          {
            connectionId: 'simstore',
            linkId: linkId(`l${index}`),
            sku: sku.sku,
            places,
            policy: this.policyFor(sku),
          },
          {
            levels,
            pools: [{ locationId: 1, onHand }],
          },
          this.newEvent('link'),
        ),
      );
    });
  };

  readonly takeHook = (hook: TappedHook): void => {
    this.deps.tally.count(`hook ${hook.platform}`);
    if (this.meets('hookLost')) return;
    const arrive = (delayMs: number): void =>
      this.deps.clock.after(delayMs, () => {
        const event = this.newEvent('hook');
        const receivedAtMs = this.deps.clock.nowMs;
        this.enqueue((worker) => this.route(worker, hook, event, receivedAtMs));
      });
    const lateMs = this.meets('hookLate') ? this.deps.random() ** 4 * 2 * 3_600_000 : 0;
    arrive(hook.afterMs + 5 + this.deps.random() * 300 + lateMs);
    if (this.meets('hookTwice')) arrive(hook.afterMs + this.deps.random() * 120_000);
  };
  readonly evict = (): void => {
    this.deps.tally.count('eviction');
    for (const book of this.books) book.desk = this.newDesk(() => book);
  };
  readonly sweep = (): void => {
    this.deps.tally.count('sweep');
    const event = this.newEvent('sweep');
    const readStartedAtMs = this.deps.clock.nowMs;
    for (const book of this.books) {
      for (const place of [WEB, ...this.deps.platforms.registers.map((each) => each.place)]) {
        const isWeb = place === WEB;
        // A page of stock comes from the replica.
        const row = isWeb
          ? this.deps.platforms.readWeb(book.sku)
          : this.deps.platforms.readRegister(book.sku, false, place);
        const known = book.desk.view()?.places.find((each) => each.place === place);
        if (known === undefined || known.level === row.level) continue;
        const { level, modifiedMs: platformModifiedMs } = row;
        const seen = { place, eventId: event, source: 'sweep', level, readStartedAtMs };
        this.deps.tally.count('drift');
        this.deps.tally.tell(() => `  sweep ${book.sku.sku} ${place} ${level}`);
        this.observe(book, { ...seen, platformModifiedMs });
      }
    }
  };
  readonly pollOrders = (sinceMs: number): void => {
    this.deps.tally.count('order poll');
    const event = this.newEvent('poll');
    const receivedAtMs = this.deps.clock.nowMs;
    const { store, registers } = this.deps.platforms;
    const webOrders = Object.values(store.orders)
      .filter((order) => order.modifiedAtMs >= sinceMs + this.deps.scenario.webAheadMs - 1_000)
      .map(({ id }) => [WEB, String(id)] as const);
    const registerOrders = registers.flatMap(({ place, merchant }) =>
      Object.entries(merchant.tables.orders)
        .filter(([, { versions }]) => {
          const row = versions.at(-1)?.row;
          return (row?.modifiedTime ?? 0) >= sinceMs + this.deps.scenario.registerAheadMs;
        })
        .map(([id]) => [place, id] as const),
    );
    for (const [place, orderId] of [...webOrders, ...registerOrders]) {
      const lines = this.linesOf(place, orderId);
      if (lines === null) continue;
      this.enqueue((worker) => this.tellLines(worker, place, orderId, lines, event, receivedAtMs));
    }
  };
}

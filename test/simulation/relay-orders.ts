/** Orders in, as sync/orders.ts and sync/web-orders.ts read them and tell them to the ledgers. */
import type { EventId, PlaceKey } from '../../src/domain/ids.ts';
import { ok } from '../../src/domain/result.ts';
import type { Sale } from '../../src/domain/stock/api.ts';
import {
  factsOf,
  reservesOrders,
  standingOf,
  type ReservationPolicy,
  type StandingFacts,
} from '../../src/domain/stock/standing.ts';
import { COALESCE_MS, ORDERS_TOLD_SLACK_MS } from '../../src/limits.ts';
import { WEB, type OrderedLine, type ReadWebOrder, type SimSku } from './platforms.ts';
import type { Book, Worker } from './relay-core.ts';
import { RelayFlows } from './relay-flows.ts';

/** As in sync/orders.ts. */
const OWN_REFERENCE = /^BC\d+$/;

/** Who told of an order, and when. */
export interface Told {
  readonly event: EventId;
  readonly receivedAtMs: number;
}

export abstract class RelayOrders extends RelayFlows {
  /** The order may have to be at a register, or may be there. */
  abstract readonly askPush: (orderId: string, order: ReadWebOrder, told: Told) => void;

  readonly #readOrders = new Map<string, number>();
  /** Web orders that ledgers hold units for: the table `reserved_orders` of D1. */
  readonly #held = new Map<string, ReadonlySet<Book>>();

  get reservation(): ReservationPolicy {
    const { takesStock, statusIds } = this.deps.scenario.reserving;
    return { takesStock, reserveStatusIds: statusIds };
  }

  readonly isLineOf = ({ variantId, itemIds }: SimSku, place: PlaceKey, line: OrderedLine) =>
    line.subject === (place === WEB ? String(variantId) : itemIds[place]);

  readonly tellLines = (
    worker: Worker,
    place: PlaceKey,
    orderId: string,
    lines: readonly OrderedLine[],
    { event, receivedAtMs }: Told,
    facts: Partial<StandingFacts & Pick<Sale, 'pushKey'>> = {},
  ): void => {
    for (const book of this.books) {
      const sales = lines
        .filter((line) => this.isLineOf(book.sku, place, line))
        .map((line): Sale => ({
          place,
          saleKey: `${place}:${orderId}:${line.lineId}`,
          quantity: line.quantity,
          orderId,
          eventId: event,
          receivedAtMs,
          soldAtMs: line.soldAtMs,
          addedAtMs: line.addedAtMs,
          ...facts,
        }));
      if (sales.length === 0) continue;
      worker.go(() => {
        this.deps.tally.tell(
          () =>
            `  told ${book.sku.sku} ${place} order ${orderId}: ${sales.length} lines ${facts.standing ?? ''}`,
        );
        this.learn(this.follow(book, book.desk.sell(sales, this.policyFor(book.sku))));
      });
    }
  };

  readonly tellWebOrder = (
    worker: Worker,
    orderId: string,
    order: ReadWebOrder,
    readStartedAtMs: number,
    told: Told,
  ): void => {
    const policy = this.reservation;
    const standing = standingOf(order, policy);
    const held = this.#held.get(orderId) ?? new Set();
    if (standing === 'over' && held.size === 0) return;
    const { bundle } = this.deps;
    const isBundled = (line: OrderedLine): boolean =>
      bundle !== null && this.isLineOf(bundle.sku, WEB, line);
    // A bundle consumes its components as it is ordered, wherever the store takes stock.
    const bundled = standing === 'over' ? [] : order.lines.filter(isBundled);
    const plain = order.lines.filter((line) => !isBundled(line));
    this.tellLines(worker, WEB, orderId, bundled, told);
    if (standing === 'promised') {
      const holders = this.books.filter(({ sku }) =>
        plain.some((line) => this.isLineOf(sku, WEB, line)),
      );
      worker.go(() => this.#held.set(orderId, new Set([...held, ...holders])));
    }
    const read = { ...order, readStartedAtMs };
    const facts = factsOf(read, policy, standing, held.size > 0);
    this.tellLines(worker, WEB, orderId, plain, told, facts);
    if (standing !== 'promised' && held.size > 0) worker.go(() => this.#held.delete(orderId));
  };

  /** What an order that we pushed refers to (S8). */
  readonly oursOf = (place: PlaceKey, orderId: string): Pick<Sale, 'pushKey'> => {
    const reference = this.deps.platforms.referenceOf(orderId, place);
    return OWN_REFERENCE.test(reference) ? { pushKey: reference } : {};
  };

  /** Reads of its orders are told apart by their age, so that an older one told later must change nothing. */
  readonly isOrdered = (place: PlaceKey): boolean =>
    place === WEB && reservesOrders(this.reservation);

  readonly takeOrder = (worker: Worker, place: PlaceKey, orderId: string, told: Told): void => {
    const key = `${place}:${orderId}`;
    // As OrderRelay: a read that began after the event arrived covers it.
    const isCovered = (): boolean => (this.#readOrders.get(key) ?? 0) > told.receivedAtMs + 50;
    if (isCovered()) return;
    this.deps.clock.after(COALESCE_MS, () =>
      worker.go(() => {
        if (isCovered()) return;
        const done = (startedAtMs: number): void => {
          const newestMs = this.isOrdered(place) ? (this.#readOrders.get(key) ?? 0) : 0;
          if (!worker.dead) this.#readOrders.set(key, Math.max(newestMs, startedAtMs));
        };
        if (place === WEB) this.readWebOrder(worker, orderId, told, done);
        else this.readRegisterOrder(worker, place, orderId, told, done);
      }),
    );
  };

  readonly readWebOrder = (
    worker: Worker,
    orderId: string,
    told: Told,
    done: (startedAtMs: number) => void,
  ): void =>
    this.deps.wire.call({
      platform: 'bigcommerce',
      isWrite: false,
      act: () => ok(this.deps.platforms.readWebOrder(Number(orderId))),
      done: (result, startedAtMs) =>
        worker.go(() => {
          if (!result.ok) return worker.retry(5_000 + this.deps.random() * 10_000);
          if (result.value !== null) {
            this.askPush(orderId, result.value, told);
            this.tellWebOrder(worker, orderId, result.value, startedAtMs, told);
          }
          done(startedAtMs);
        }),
    });

  readonly readRegisterOrder = (
    worker: Worker,
    place: PlaceKey,
    orderId: string,
    told: Told,
    done: (startedAtMs: number) => void,
  ): void =>
    this.deps.wire.call({
      platform: 'clover',
      isWrite: false,
      act: () => ok(this.deps.platforms.registerLines(orderId, place)),
      done: (result, startedAtMs) =>
        worker.go(() => {
          if (!result.ok) return worker.retry(5_000 + this.deps.random() * 10_000);
          if (result.value !== null) {
            this.tellLines(worker, place, orderId, result.value, told, this.oursOf(place, orderId));
          } else {
            // An open order: some registers take the stock as lines are added.
            const { event, receivedAtMs } = told;
            for (const book of this.books)
              this.wake(worker, book, place, event, receivedAtMs, null);
          }
          done(startedAtMs);
        }),
    });

  /**
   * An order on a page of changed ones: read again, unless a read covers the change already (sync/order-feed.ts). Orders
   * whose reads come in any order are told as the page shows them: harsher, and cheaper.
   */
  readonly pollOrder = (
    place: PlaceKey,
    orderId: string,
    modifiedAtMs: number,
    event: EventId,
  ): void => {
    const nowMs = this.deps.clock.nowMs;
    if (this.isOrdered(place)) {
      const receivedAtMs = Math.min(nowMs, modifiedAtMs + ORDERS_TOLD_SLACK_MS);
      this.enqueue((worker) => this.takeOrder(worker, place, orderId, { event, receivedAtMs }));
      return;
    }
    const told = { event, receivedAtMs: nowMs };
    if (place === WEB) {
      const order = this.deps.platforms.readWebOrder(Number(orderId));
      if (order === null) return;
      this.askPush(orderId, order, told);
      if (standingOf(order, this.reservation) === 'over') return;
      this.enqueue((worker) => this.tellWebOrder(worker, orderId, order, nowMs, told));
      return;
    }
    const lines = this.deps.platforms.registerLines(orderId, place);
    if (lines === null) return;
    const ours = this.oursOf(place, orderId);
    this.enqueue((worker) => this.tellLines(worker, place, orderId, lines, told, ours));
  };
}

/** The whole relay: webhooks in, sweeps and order polls as cron starts them. */
import {
  cloverPlace,
  linkId,
  type EventId,
  type MerchantId,
  type PlaceKey,
} from '../../src/domain/ids.ts';
import { countPool } from '../../src/domain/catalog/baseline.ts';
import { subjectOf } from '../../src/platforms/bigcommerce/webhook.ts';
import type { TappedHook } from '../sandbox/runtime.ts';
import { WEB, type Row, type SimSku } from './platforms.ts';

import type { Book, Worker } from './relay-core.ts';
import { RelayPushes } from './relay-push.ts';

export class Relay extends RelayPushes {
  readonly route = (
    worker: Worker,
    hook: TappedHook,
    event: EventId,
    receivedAtMs: number,
  ): void => {
    if (hook.platform === 'bigcommerce') {
      const subject = subjectOf(hook.topic, hook.data as Record<string, unknown>);
      if (subject.kind === 'order') {
        this.takeOrder(worker, WEB, String(subject.orderId), { event, receivedAtMs });
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
    if (hook.topic === 'O') this.takeOrder(worker, place, objectId, { event, receivedAtMs });
    if (hook.topic === 'P') {
      const payment = tables.payments[objectId]?.versions.at(-1)?.row;
      if (payment !== null && payment !== undefined) {
        this.enqueue(
          (next) => this.takeOrder(next, place, payment.orderId, { event, receivedAtMs }),
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
      this.unpark(book, event);
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
  /** A write that ran out of attempts waits for a person, who has it tried again. */
  readonly unpark = (book: Book, event: EventId): void => {
    if ((book.desk.view()?.parked ?? []).length === 0) return;
    this.deps.tally.count('write parked');
    this.follow(book, book.desk.evaluate(this.policyFor(book.sku), event, true));
  };

  readonly pollOrders = (sinceMs: number): void => {
    this.deps.tally.count('order poll');
    const event = this.newEvent('poll');
    const { store, registers } = this.deps.platforms;
    const { webAheadMs, registerAheadMs } = this.deps.scenario;
    for (const { id, modifiedAtMs } of Object.values(store.orders)) {
      if (modifiedAtMs >= sinceMs + webAheadMs - 1_000)
        this.pollOrder(WEB, String(id), modifiedAtMs, event);
    }
    for (const { place, merchant } of registers) {
      for (const [id, { versions }] of Object.entries(merchant.tables.orders)) {
        const modifiedAtMs = versions.at(-1)?.row?.modifiedTime ?? 0;
        if (modifiedAtMs >= sinceMs + registerAheadMs)
          this.pollOrder(place, id, modifiedAtMs, event);
      }
    }
  };
}

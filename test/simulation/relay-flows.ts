/** Reads and writes of levels, step by step as sync/stock.ts and sync/write.ts do them. */
import type { EffectId, EventId, PlaceKey } from '../../src/domain/ids.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { ok, type Result } from '../../src/domain/result.ts';
import type { Observation, WriteInstruction } from '../../src/domain/stock/api.ts';
import { partSale, type ToldComponent } from '../../src/domain/stock/bundles.ts';
import type { Work, WorkMessage } from '../../src/queue/messages.ts';
import { WEB, type Row, type SimSku } from './platforms.ts';

import { RelayCore, RuleBroken, type Book, type Worker } from './relay-core.ts';

export abstract class RelayFlows extends RelayCore {
  // --- Flows: sync/stock.ts ----------------------------------------------------------------------------------------

  readonly readLevel = (
    sku: SimSku,
    place: PlaceKey,
    done: (result: Result<Row, Failure>, startedAtMs: number) => void,
    arrived: () => void = () => undefined,
  ): void => {
    const isWeb = place === WEB;
    this.deps.wire.call({
      platform: isWeb ? 'bigcommerce' : 'clover',
      isWrite: false,
      act: () => {
        arrived();
        return ok(
          isWeb
            ? this.deps.platforms.readWeb(sku)
            : this.deps.platforms.readRegister(sku, true, place),
        );
      },
      done,
    });
  };

  readonly readAndTell = (
    worker: Worker,
    book: Book,
    place: PlaceKey,
    event: EventId,
    source: string,
  ): void => {
    this.readLevel(book.sku, place, (result, readStartedAtMs) =>
      worker.go(() => {
        if (!result.ok) {
          this.follow(book, book.desk.readFailed(place, result.failure, event));
          return;
        }
        const { level, modifiedMs: platformModifiedMs } = result.value;
        this.deps.tally.tell(() => `  seen ${book.sku.sku} ${place} ${level} (${source})`);
        this.observe(book, {
          place,
          eventId: event,
          source,
          level,
          readStartedAtMs,
          platformModifiedMs,
        });
      }),
    );
  };

  readonly readTogether = (
    worker: Worker,
    book: Book,
    places: readonly PlaceKey[],
    event: EventId,
  ): void => {
    const seen: Observation[] = [];
    let left = places.length;
    for (const place of places) {
      this.readLevel(book.sku, place, (result, readStartedAtMs) =>
        worker.go(() => {
          if (result.ok) {
            const { level, modifiedMs: platformModifiedMs } = result.value;
            const told = { place, eventId: event, source: 'verify' as const, level };
            this.deps.tally.tell(() => `  seen ${book.sku.sku} ${place} ${level} (verify)`);
            seen.push({ ...told, readStartedAtMs, platformModifiedMs });
          } else {
            this.follow(book, book.desk.readFailed(place, result.failure, event));
          }
          left -= 1;
          if (left === 0 && seen.length > 0) this.observeAll(book, seen);
        }),
      );
    }
  };

  readonly wake = (
    worker: Worker,
    book: Book,
    place: PlaceKey,
    event: EventId,
    receivedAtMs: number,
    platformTsMs: number | null,
  ): void => {
    const told = { place, eventId: event, receivedAtMs, platformTsMs };
    const reply = this.follow(book, book.desk.wake(told, this.policyFor(book.sku)));
    if (!reply.read) return;
    this.deps.clock.at(reply.startAtMs, () =>
      worker.go(() => this.readAndTell(worker, book, place, event, 'webhook')),
    );
  };

  readonly perform = (worker: Worker, message: WorkMessage): void => {
    const book = this.bookOf(message as { linkId: string });
    if (message.kind === 'write') this.performWrite(worker, book, message);
    const event = message.eventId as EventId;
    if (message.kind === 'bundle') this.settleBundle(worker, book, event, () => undefined);
    if (message.kind === 'bundles') this.tellBundle(worker, book, event);
    if (message.kind === 'read') {
      const places = [message.place, ...(message.also ?? [])] as PlaceKey[];
      this.readTogether(worker, book, places, message.eventId as EventId);
    }
  };

  // --- Flows: sync/bundles.ts --------------------------------------------------------------------------------------

  readonly tellBundle = (worker: Worker, component: Book, event: EventId): void => {
    const view = component.desk.view();
    const bundle = this.books.find(({ sku }) => sku === this.deps.bundle?.sku);
    if (view === null || bundle === undefined) return;
    this.settleBundle(worker, bundle, event, () =>
      this.follow(component, component.desk.bundlesTold(view.version, event)),
    );
  };

  /** Each component counts what is owed to it and says what it allows; then the bundle hears of all of them. */
  readonly settleBundle = (
    worker: Worker,
    bundle: Book,
    event: EventId,
    done: () => void,
  ): void => {
    const policy = this.policyFor(bundle.sku);
    this.follow(bundle, bundle.desk.evaluate(policy, event, false));
    const job = bundle.desk.bundleJob();
    if (job === null) return done();
    const told: ToldComponent[] = [];
    const askFrom = (index: number): void => {
      const part = job.components[index];
      if (part === undefined) {
        const news = { version: job.version, told, paid: job.owed };
        this.follow(bundle, bundle.desk.tellBundle(news, event, policy));
        return done();
      }
      const book = this.books.find(({ sku }) => sku.sku === part.sku);
      if (book === undefined) throw new Error(`no component ${part.sku}`);
      const sales = job.owed.map((line) => partSale(line, bundle.sku.sku, part));
      const view =
        sales.length === 0
          ? book.desk.view()
          : this.follow(book, book.desk.sell(sales, this.policyFor(book.sku)));
      if (view === null || book.state === null) throw new Error(`${part.sku} is not open`);
      const pools = view.pools.map(({ locationId, onHand, reserved }) => {
        const free = onHand - reserved;
        return { locationId, free, web: free - view.buffer };
      });
      told.push({ sku: part.sku, linkId: book.state.linkId, version: view.version, pools });
      this.deps.clock.after(this.deps.random() * 20, () => worker.go(() => askFrom(index + 1)));
    };
    worker.go(() => askFrom(0));
  };

  // --- Flows: sync/write.ts ----------------------------------------------------------------------------------------

  readonly performWrite = (worker: Worker, book: Book, message: Work<'write'>): void => {
    const effectId = message.effectId as EffectId;
    const first = this.follow(book, book.desk.claim(effectId, null));
    if (first.claim === 'none') return;
    if (first.claim === 'write') {
      worker.go(() => this.send(worker, book, first.instruction));
      return;
    }
    const place = book.state?.places.find((each) => each.effect?.effectId === effectId)?.place;
    if (place === undefined) return;
    worker.go(() =>
      this.readLevel(
        book.sku,
        place,
        (result, readStartedAtMs) =>
          worker.go(() => {
            if (!result.ok) {
              this.follow(book, book.desk.claimFailed(effectId, result.failure));
              return;
            }
            const { level, modifiedMs: platformModifiedMs } = result.value;
            const before = book.state?.places.find((each) => each.place === place);
            const second = this.follow(
              book,
              book.desk.claim(effectId, {
                place,
                eventId: message.eventId as EventId,
                source: 'read-before-write',
                level,
                readStartedAtMs,
                platformModifiedMs,
              }),
            );
            this.noteDecision(book, before, place);
            if (second.claim === 'write') {
              worker.go(() => this.send(worker, book, second.instruction));
            }
          }),
        () => this.deps.watcher.readBeforeWrite(book.sku, place),
      ),
    );
  };

  readonly send = (worker: Worker, book: Book, write: WriteInstruction): void => {
    const { sku } = book;
    const { place } = write;
    const isWeb = place === WEB;
    if (write.quantity < 0 && write.kind === 'absolute') {
      throw new RuleBroken(`a negative target for ${sku.sku} at ${place}`);
    }
    const under = (book.writing.get(place) ?? 0) + 1;
    book.writing.set(place, under);
    if (under > 1) throw new RuleBroken(`two writes in flight for ${sku.sku} at ${place}`);
    this.deps.wire.call({
      platform: isWeb ? 'bigcommerce' : 'clover',
      isWrite: true,
      act: () => {
        const result = isWeb
          ? this.deps.platforms.adjustWeb(sku, write.kind, write.quantity)
          : this.deps.platforms.writeRegister(sku, write.quantity, place);
        this.deps.tally.tell(
          () =>
            `  write ${sku.sku} ${place} ${write.kind} ${write.quantity}: ${result.ok ? 'done' : result.failure.code}`,
        );
        this.deps.watcher.wrote(sku, place);
        return result;
      },
      done: (result, startedAtMs) => {
        book.writing.set(place, (book.writing.get(place) ?? 1) - 1);
        worker.go(() => {
          const { effectId } = write;
          if (result.ok) {
            const { level, modifiedMs: platformModifiedMs } = result.value;
            const outcome = { result: 'applied' as const, level, platformModifiedMs, startedAtMs };
            this.follow(book, book.desk.confirm(effectId, outcome));
            return;
          }
          const { failure } = result;
          const kind = failure.outcomeUnknown === true ? 'unknown' : 'refused';
          this.deps.tally.tell(() => `  outcome ${kind} ${sku.sku} ${place}: ${failure.code}`);
          this.follow(book, book.desk.confirm(effectId, { result: kind, failure, startedAtMs }));
        });
      },
    });
  };
}

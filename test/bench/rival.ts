/**
 * The plain rival: "webhook in, absolute level out", as common connectors do it. A webhook of one side makes it read that
 * side's level and set the other side to it; a write that would change nothing as far as it knows is left out (its echo
 * guard), failures are tried again, and every half hour the register's levels are copied to the web, since connectors
 * take the register for the truth. It has no ledger: what is on the shelf is whatever was written last.
 */
import { subjectOf } from '../../src/platforms/bigcommerce/webhook.ts';
import type { TappedHook } from '../sandbox/runtime.ts';
import type { Row, SimSku } from '../simulation/platforms.ts';
import { MINUTE_MS, type SimStage } from '../simulation/stage.ts';

type Side = 'web' | 'register';

const TRIES_MAX = 5;
const RETRY_MS = 5_000;
const SWEEP_EVERY_MS = 30 * MINUTE_MS;

/** Lets the rival play on a stage until nothing is due or `untilMs` has come; answers how many calls it made. */
export function playRival(stage: SimStage, untilMs: number): void {
  const rival = new Rival(stage);
  stage.play((hook) => rival.takeHook(hook));
  const sweepLater = (): void => {
    if (stage.clock.nowMs + SWEEP_EVERY_MS > untilMs) return;
    stage.clock.after(SWEEP_EVERY_MS, () => {
      for (const sku of stage.skus) rival.copy(sku, 'register');
      sweepLater();
    });
  };
  sweepLater();
  while (stage.clock.step(untilMs));
}

class Rival {
  readonly #stage: SimStage;
  /** The level each place was last seen or set to. */
  readonly #known = new Map<string, number>();

  constructor(stage: SimStage) {
    this.#stage = stage;
  }

  takeHook(hook: TappedHook): void {
    const { clock, random } = this.#stage;
    const troubles = this.#stage.troubles();
    if (random() < troubles.hookLost) return;
    const arrive = (delayMs: number): void => clock.after(delayMs, () => this.#route(hook));
    const lateMs = random() < troubles.hookLate ? random() ** 4 * 120 * MINUTE_MS : 0;
    arrive(hook.afterMs + 5 + random() * 300 + lateMs);
    if (random() < troubles.hookTwice) arrive(hook.afterMs + random() * 2 * MINUTE_MS);
  }

  #route(hook: TappedHook): void {
    const { skus, platforms } = this.#stage;
    if (hook.platform === 'bigcommerce') {
      const subject = subjectOf(hook.topic, hook.data as Record<string, unknown>);
      if (subject.kind !== 'stock') return;
      const sku = skus.find(({ productId }) => productId === subject.productId);
      if (sku !== undefined) this.copy(sku, 'web');
      return;
    }
    const objectId = String(hook.data).replace(/^[A-Z]+:/, '');
    if (hook.topic === 'I' || hook.topic === 'IS') {
      const sku = skus.find(({ itemId }) => itemId === objectId);
      if (sku !== undefined) this.copy(sku, 'register');
    }
    // The order says which items were sold: one call, then their levels.
    if (hook.topic === 'O') {
      this.#call(
        'register',
        false,
        () => platforms.registerLines(objectId),
        (lines) => {
          const sold = new Set((lines ?? []).map(({ subject }) => subject));
          for (const sku of skus) if (sold.has(sku.itemId)) this.copy(sku, 'register');
        },
      );
    }
  }

  /** Reads `from` and sets the other side to it. */
  copy(sku: SimSku, from: Side): void {
    const { platforms } = this.#stage;
    const read = (): Row =>
      from === 'web' ? platforms.readWeb(sku) : platforms.readRegister(sku, true);
    this.#call(from, false, read, ({ level }) => {
      if (level === null) return;
      const to: Side = from === 'web' ? 'register' : 'web';
      const wanted = Math.max(0, level);
      this.#known.set(`${from}:${sku.sku}`, wanted);
      if (this.#known.get(`${to}:${sku.sku}`) === wanted) return;
      this.#known.set(`${to}:${sku.sku}`, wanted);
      const write = (): void => {
        const result =
          to === 'web'
            ? platforms.adjustWeb(sku, 'absolute', wanted)
            : platforms.writeRegister(sku, wanted);
        if (!result.ok) throw new Error(`an absolute write was refused: ${result.failure.message}`);
      };
      this.#call(to, true, write, () => undefined);
    });
  }

  /** One call and its tries again, whatever went wrong: an absolute level does no harm twice, it is thought. */
  #call<Value>(
    side: Side,
    isWrite: boolean,
    act: () => Value,
    done: (value: Value) => void,
    tries = 1,
  ): void {
    this.#stage.wire.call({
      platform: side === 'web' ? 'bigcommerce' : 'clover',
      isWrite,
      act: () => ({ ok: true, value: act() }),
      done: (result) => {
        if (result.ok) done(result.value);
        else if (tries < TRIES_MAX) {
          this.#stage.clock.after(RETRY_MS * tries, () =>
            this.#call(side, isWrite, act, done, tries + 1),
          );
        }
      },
    });
  }
}

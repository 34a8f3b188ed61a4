/** Sales in the bench's shops, and what they caused: calls, rows, equal levels at rest. */
import { untilAtRest } from '../sandbox/demo/connect.ts';
import type { JournalCall } from '../sandbox/journal.ts';
import type { PlatformName } from '../sandbox/runtime.ts';
import { levelsOf, pause, type BenchItem, type BenchShop, type Stage } from './stage.ts';
import { countedBetween, type Counters } from './watched/counters.ts';

export const SIDES = ['bigcommerce', 'clover'] as const satisfies readonly PlatformName[];

/** Late reads (settle time), the payment's own message and the batch of log records come within this after rest. */
const AFTERMATH_MS = 4_000;
const EQUAL_MAX_MS = 30_000;
const POLL_MS = 100;

export const otherSide = (side: PlatformName): PlatformName =>
  side === 'bigcommerce' ? 'clover' : 'bigcommerce';

/** One unit of one SKU: a web order, or a paid order at the register. */
export function sellOne(stage: Stage, shop: BenchShop, item: BenchItem, side: PlatformName): void {
  if (side === 'bigcommerce') {
    stage.bigcommerce.placeOrder(shop.hash, {
      lines: [{ variantId: item.variantId, quantity: 1 }],
    });
  } else {
    stage.clover.ringUp(shop.merchantId, { lines: [{ itemId: item.itemId, quantity: 1 }] });
  }
}

/** Waits until both sides of an item show this level. Throws a sentence when they do not come to. */
export async function untilBothShow(
  stage: Stage,
  shop: BenchShop,
  item: BenchItem,
  level: number,
): Promise<void> {
  const endMs = Date.now() + EQUAL_MAX_MS;
  for (;;) {
    const { web, register } = levelsOf(stage, shop, item);
    if (web === level && register === level) return;
    if (Date.now() > endMs) {
      throw new Error(
        `${item.sku} should be at ${level} on both sides; the web shows ${web}, the register ${register}.`,
      );
    }
    await pause(POLL_MS);
  }
}

/** Waits until nothing more comes of what happened. */
export async function calmDown(shop: BenchShop): Promise<void> {
  await untilAtRest(shop.admin);
  await pause(AFTERMATH_MS);
  await untilAtRest(shop.admin);
}

export interface Effect {
  readonly calls: readonly JournalCall[];
  readonly counted: Counters;
}

/**
 * What an act leads to, from a shop at rest (`calmDown`) to the shop at rest again. `settled` waits for the act's own
 * result.
 */
export async function effectOf(
  stage: Stage,
  shop: BenchShop,
  act: () => unknown,
  settled: () => Promise<unknown>,
): Promise<Effect> {
  await untilAtRest(shop.admin);
  const before = await stage.counters();
  const startMs = Date.now();
  await act();
  await settled();
  await calmDown(shop);
  return {
    calls: callsSince(stage, shop, startMs),
    counted: countedBetween(before, await stage.counters()),
  };
}

/** Calls that the relay made to the shop's store and merchant. */
function callsSince(stage: Stage, shop: BenchShop, sinceMs: number): JournalCall[] {
  const accounts = [shop.hash, shop.merchantId];
  return stage.runtime.journal.calls.filter(
    ({ atMs, account }) => atMs >= sinceMs && accounts.includes(account),
  );
}

/** `GET /v2/orders/218`: method and path as people read them, without account and query. */
export function shortCall({ method, path }: JournalCall): string {
  const short = path
    .replace(/^\/stores\/[^/]+/, '')
    .replace(/^\/v3\/merchants\/[^/]+/, '')
    .replace(/\?.*$/, '');
  return `${method} ${short}`;
}

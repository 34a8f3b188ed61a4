/** The delay that the relay adds: from a sale's commit on one side to the commit of its level on the other. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { JournalStockChange } from '../sandbox/journal.ts';
import { deliveries, type Delivery, type LevelChange } from './delivery.ts';
import { atMost, type Figure } from './figures.ts';
import { calmDown, sellOne } from './sales.ts';
import { levelsOf, pause, type BenchItem, type BenchShop, type Stage } from './stage.ts';
import { percentile, sum } from './stats.ts';
import { countedBetween, type Counters } from './watched/counters.ts';

const PATIENCE_MS = 30_000;
const POLL_MS = 250;
const P50_TARGET_MS = 1_000;
const P99_TARGET_MS = 3_000;

export interface DelayPlan {
  readonly shops: readonly BenchShop[];
  readonly salesPerSecond: number;
  readonly seconds: number;
}

export interface DelayResult {
  readonly figures: readonly Figure[];
  /** What a relay must never do: sentences for people. */
  readonly errors: readonly string[];
}

/** Sells for a while, in turn on the web and at the register, over all shops and all their SKUs. */
export async function measureDelay(stage: Stage, plan: DelayPlan): Promise<DelayResult> {
  await Promise.all(plan.shops.map(calmDown));
  const openings = plan.shops.map((shop) =>
    shop.items.map((item) => levelsOf(stage, shop, item).web),
  );
  const before = await stage.counters();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const startMs = Date.now();
  await sellForAWhile(stage, plan);
  await untilDelivered(stage, plan.shops, startMs);
  loop.disable();
  // A relay that does not come to rest has figures too, and they are worth seeing.
  const calmed = await Promise.allSettled(plan.shops.map(calmDown));
  const restless = calmed.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  const found = deliveriesSince(stage, plan.shops, startMs);
  const counted = countedBetween(before, await stage.counters());
  const refusals = stage.runtime.journal.calls.filter(
    ({ atMs, status }) => atMs >= startMs && status === 429,
  );
  const lost = found.filter(({ deliveredAtMs }) => deliveredAtMs === null);
  return {
    figures: [
      ...figuresOf(plan, found, loop.percentile(99) / 1_000_000),
      {
        name: 'calls refused with 429 meanwhile',
        value: refusals.length,
        unit: '',
        note: 'each one pauses its budget: the first thing to look at when a delay is long',
      },
      {
        name: 'rows written per sale meanwhile',
        value: rowsOf(counted) / found.length,
        unit: '',
        note: 'objects and D1, logs included',
      },
    ],
    errors: [
      ...restless,
      ...lost.map(({ sku, side }) => `A sale of ${sku} on ${side} never reached the other side.`),
      ...plan.shops.flatMap((shop, index) => unequal(stage, shop, openings[index] ?? [], found)),
    ],
  };
}

function rowsOf({ objects, d1 }: Counters): number {
  return sum([...Object.values(objects), ...Object.values(d1)]);
}

async function sellForAWhile(stage: Stage, plan: DelayPlan): Promise<void> {
  const { shops, salesPerSecond, seconds } = plan;
  const firstMs = Date.now();
  for (let sale = 0; sale < salesPerSecond * seconds; sale += 1) {
    await pause(Math.max(0, firstMs + (sale * 1_000) / salesPerSecond - Date.now()));
    // Pairs of sales walk over the shops, so that each shop sells on both sides.
    const pair = Math.floor(sale / 2);
    const shop = shops[pair % shops.length];
    const item = shop?.items[(Math.floor(pair / shops.length) * STRIDE) % shop.items.length];
    if (shop === undefined || item === undefined) throw new Error('There is nothing to sell.');
    sellOne(stage, shop, item, sale % 2 === 0 ? 'bigcommerce' : 'clover');
  }
}

/** Prime, so that the walk over a shop's SKUs skips about and still meets each one. */
const STRIDE = 7;

/** Gives up at some point: at rest it shows what was not delivered late, but never. */
async function untilDelivered(
  stage: Stage,
  shops: readonly BenchShop[],
  startMs: number,
): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (Date.now() < endMs) {
    const found = deliveriesSince(stage, shops, startMs);
    if (found.every(({ deliveredAtMs }) => deliveredAtMs !== null)) return;
    await pause(POLL_MS);
  }
}

function deliveriesSince(stage: Stage, shops: readonly BenchShop[], startMs: number): Delivery[] {
  const skus = skuFinder(shops);
  const changes = stage.runtime.journal.stock.filter(({ atMs }) => atMs >= startMs);
  return deliveries(changes.flatMap((change) => levelChange(change, skus)));
}

const keyOf = (account: string, item: string): string => `${account} ${item}`;

function skuFinder(shops: readonly BenchShop[]): ReadonlyMap<string, string> {
  return new Map(
    shops.flatMap(({ hash, merchantId, items }) =>
      items.flatMap(({ sku, variantId, itemId }): [string, string][] => [
        [keyOf(hash, String(variantId)), sku],
        [keyOf(merchantId, itemId), sku],
      ]),
    ),
  );
}

function levelChange(change: JournalStockChange, skus: ReadonlyMap<string, string>): LevelChange[] {
  const { atMs, platform: side, account, item, before, after, cause } = change;
  const sku = skus.get(keyOf(account, item));
  if (sku === undefined || (cause !== 'sale' && cause !== 'api')) return [];
  const fellBy = (before ?? 0) - after;
  return [{ atMs, side, sku, fellBy, cause: cause === 'sale' ? 'sale' : 'relay' }];
}

/** At rest both sides show what was there less what was sold on either. */
function unequal(
  stage: Stage,
  shop: BenchShop,
  openings: readonly (number | null)[],
  found: readonly Delivery[],
): string[] {
  const sold = Map.groupBy(found, ({ sku }) => sku);
  return shop.items.flatMap((item: BenchItem, index) => {
    const expected = (openings[index] ?? 0) - (sold.get(item.sku)?.length ?? 0);
    const { web, register } = levelsOf(stage, shop, item);
    if (web === expected && register === expected) return [];
    return [`${item.sku} should be at ${expected}: web ${web}, register ${register}.`];
  });
}

function figuresOf(plan: DelayPlan, found: readonly Delivery[], loopP99Ms: number): Figure[] {
  const { shops, salesPerSecond, seconds } = plan;
  const delays = (side: Delivery['side'] | null) =>
    found.flatMap((each) =>
      each.deliveredAtMs === null || (side !== null && each.side !== side)
        ? []
        : [each.deliveredAtMs - each.soldAtMs],
    );
  const what = `${salesPerSecond} sales/s for ${seconds} s, ${shops.length} ${shops.length === 1 ? 'shop' : 'shops'}`;
  const split = (share: number) =>
    `from the web ${percentile(delays('bigcommerce'), share).toFixed(0)}, from the register ${percentile(delays('clover'), share).toFixed(0)}`;
  const lost = found.length - delays(null).length;
  return [
    {
      name: `added delay p50, ${what}`,
      value: percentile(delays(null), 0.5),
      unit: 'ms',
      target: atMost(P50_TARGET_MS),
      note: split(0.5),
    },
    {
      name: `added delay p99, ${what}`,
      value: percentile(delays(null), 0.99),
      unit: 'ms',
      target: atMost(P99_TARGET_MS),
      note: `${split(0.99)}; p99 of the bench's own event loop ${loopP99Ms.toFixed(0)} ms`,
    },
    {
      name: `sales never delivered, ${what}`,
      value: lost,
      unit: '',
      target: atMost(0),
      note: `of ${found.length}`,
    },
  ];
}

/** Many sales of one SKU within a second: the relay folds them into few writes. */
import { atMost, type Figure } from './figures.ts';
import { effectOf, otherSide, sellOne, SIDES, untilBothShow } from './sales.ts';
import { levelsOf, pause, type BenchShop, type Stage } from './stage.ts';

const SALES = 50;
const WITHIN_MS = 1_000;
const WRITES_TARGET = 6;

export async function measureBursts(stage: Stage, shop: BenchShop): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const side of SIDES) found.push(await burst(stage, shop, side));
  return found;
}

async function burst(stage: Stage, shop: BenchShop, side: (typeof SIDES)[number]): Promise<Figure> {
  const [, item] = shop.items;
  if (item === undefined) throw new Error('The shop has too few items.');
  const level = levelsOf(stage, shop, item).web;
  if (level === null) throw new Error(`${item.sku} has no level on the web.`);
  let firstSaleMs = Number.POSITIVE_INFINITY;
  const { calls } = await effectOf(
    stage,
    shop,
    async () => {
      firstSaleMs = Date.now();
      for (let sale = 0; sale < SALES; sale += 1) {
        await pause(Math.max(0, firstSaleMs + (sale * WITHIN_MS) / SALES - Date.now()));
        sellOne(stage, shop, item, side);
      }
    },
    () => untilBothShow(stage, shop, item, level - SALES),
  );
  const to = otherSide(side);
  const writes = calls.filter(({ platform, method }) => platform === to && method !== 'GET');
  const changes = stage.runtime.journal.stock.filter(
    ({ atMs, platform, cause }) => atMs >= firstSaleMs && platform === to && cause === 'api',
  );
  const refused = calls.filter(({ status }) => status === 429).length;
  const where = side === 'bigcommerce' ? 'on the web' : 'at the register';
  return {
    name: `writes for ${SALES} sales of one SKU in ${WITHIN_MS / 1_000} s, ${where}`,
    value: writes.length,
    unit: '',
    target: atMost(WRITES_TARGET),
    note: `${calls.length} calls in all, ${refused} refused with 429; levels written: ${changes
      .map(({ after, atMs }) => `${after} after ${atMs - firstSaleMs} ms`)
      .join(', ')}`,
  };
}

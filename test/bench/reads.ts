/** What reading whole sides costs: linking a catalog, and sweeping when nothing changed. */
import { atMost, type Figure } from './figures.ts';
import { calmDown, effectOf, shortCall, SIDES } from './sales.ts';
import type { BenchShop, Stage } from './stage.ts';
import { sum } from './stats.ts';

const LINK_TARGET_CALLS = 80;
const LINK_TARGET_SKUS = 10_000;

/** Lists and levels; installing and connecting read other things. */
const LINK_READ = /\/catalog\/products|\/inventory\/|\/items\b|\/item_stocks\b/;

export interface Linked {
  readonly shop: BenchShop;
  readonly figures: readonly Figure[];
}

/** Opens a shop of so many SKUs and counts what linking it read and wrote. */
export async function measureLink(
  stage: Stage,
  name: string,
  skus: number,
  openingLevel: number,
): Promise<Linked> {
  const startMs = Date.now();
  const shop = await stage.openShop(name, skus, openingLevel);
  const tookS = (Date.now() - startMs) / 1_000;
  await calmDown(shop);
  const calls = stage.runtime.journal.calls.filter(
    ({ atMs, account, path }) =>
      atMs >= startMs && [shop.hash, shop.merchantId].includes(account) && LINK_READ.test(path),
  );
  const reads = calls.filter(({ method }) => method === 'GET');
  const counts = Map.groupBy(reads, (call) => shortCall(call));
  const isTarget = skus === LINK_TARGET_SKUS;
  const figures: Figure[] = [
    {
      name: `reads to link ${skus.toLocaleString('en-US')} SKUs`,
      value: reads.length,
      unit: 'calls',
      ...(isTarget ? { target: atMost(LINK_TARGET_CALLS) } : {}),
      note: `with the sweep that closes it: ${[...counts]
        .map(([call, rows]) => `${rows.length} x ${call}`)
        .join(', ')}`,
    },
    {
      name: `writes to link ${skus.toLocaleString('en-US')} SKUs that agree`,
      value: calls.length - reads.length,
      unit: 'calls',
      target: atMost(0),
      note: `installed, connected and linked in ${tookS.toFixed(0)} s`,
    },
  ];
  return { shop, figures };
}

/** A sweep of both sides at rest, by started thousands of levels. */
export async function measureSweep(stage: Stage, shop: BenchShop): Promise<Figure[]> {
  const { calls, counted } = await effectOf(
    stage,
    shop,
    () => shop.admin.reconcile(),
    async () => undefined,
  );
  const thousands = Math.ceil(shop.items.length / 1_000);
  return [
    ...SIDES.map((side): Figure => {
      const own = calls.filter(({ platform }) => platform === side);
      return {
        name: `sweep with nothing changed, calls per 1,000 levels, ${side}`,
        value: own.length / thousands,
        unit: 'calls',
        target: atMost(1),
        note: own.map(shortCall).join(', '),
      };
    }),
    {
      name: 'sweep with nothing changed, ledgers woken',
      value: sum(Object.values(counted.ledgerCalls)),
      unit: '',
      target: atMost(0),
      note: `of ${shop.items.length.toLocaleString('en-US')}`,
    },
  ];
}

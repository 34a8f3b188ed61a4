/** What one sale costs, alone: calls to the platforms, and rows written. */
import { atMost, type Figure } from './figures.ts';
import { effectOf, sellOne, shortCall, SIDES, untilBothShow, type Effect } from './sales.ts';
import { levelsOf, type BenchShop, type Stage } from './stage.ts';
import { sum } from './stats.ts';

const CALLS_TARGET = 4;
const ROWS_TARGET = 8;
const LOG_TABLE = 'log_blocks';
/** Not in one sale's count: what leaves the ledger's row in blocks, and is deleted again when it is summed up or old. */
const LATER =
  'later, per sale: about 0.1 for blocks of entries and sale keys, 1 for the deleted block of the log';

/** A single-line sale each way, of an item that `items` of the shop begins with. */
export async function measureSingleSales(stage: Stage, shop: BenchShop): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const side of SIDES) {
    const effect = await singleSale(stage, shop, side);
    found.push(...figuresOf(side, effect));
  }
  return found;
}

async function singleSale(
  stage: Stage,
  shop: BenchShop,
  side: (typeof SIDES)[number],
): Promise<Effect> {
  const [item] = shop.items;
  if (item === undefined) throw new Error('The shop has no items.');
  const level = levelsOf(stage, shop, item).web;
  if (level === null) throw new Error(`${item.sku} has no level on the web.`);
  return effectOf(
    stage,
    shop,
    () => sellOne(stage, shop, item, side),
    () => untilBothShow(stage, shop, item, level - 1),
  );
}

function figuresOf(side: (typeof SIDES)[number], { calls, counted }: Effect): Figure[] {
  const where = side === 'bigcommerce' ? 'web sale' : 'register sale';
  const d1 = Object.entries(counted.d1);
  const logRows = counted.d1[LOG_TABLE] ?? 0;
  const d1Rows = sum(d1.map(([, rows]) => rows)) - logRows;
  const objectRows = sum(Object.values(counted.objects));
  return [
    {
      name: `platform calls, ${where}`,
      value: calls.length,
      unit: '',
      target: atMost(CALLS_TARGET),
      note: calls.map(shortCall).join(', '),
    },
    {
      name: `rows written, ${where}`,
      value: objectRows + d1Rows + logRows,
      unit: '',
      target: atMost(ROWS_TARGET),
      note: `ledger calls: ${listOf(counted.ledgerCalls)}; ${LATER}`,
    },
    { name: '  of them in objects', value: objectRows, unit: '', note: listOf(counted.objects) },
    {
      name: '  of them in D1, without logs',
      value: d1Rows,
      unit: '',
      note: listOf(Object.fromEntries(d1.filter(([table]) => table !== LOG_TABLE))),
    },
    { name: '  of them in D1, logs', value: logRows, unit: '' },
  ];
}

function listOf(rows: Readonly<Record<string, number>>): string {
  return Object.entries(rows)
    .map(([table, count]) => `${count} ${table}`)
    .join(', ');
}

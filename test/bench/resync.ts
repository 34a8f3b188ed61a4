/**
 * Plans over 100,000 linked SKUs: one that links them, one that resyncs with 100 changed on each side, one with nothing
 * changed. Both platforms' lists are answered from arithmetic, as in `big-sweep.ts`; the plans are the relay's own.
 */
import type { Ports } from '../../src/ports.ts';
import type { WorkMessage } from '../../src/queue/messages.ts';
import { findPlan, type Plan, type PlanKind } from '../../src/store/plans.ts';
import { computePlan, startPlan } from '../../src/sync/link.ts';
import { BIG, fillBig, garbageCollector, json, portsOver } from './big-sweep.ts';
import { atMost, type Figure } from './figures.ts';
import { openSqliteD1, type CountedD1 } from './sqlite-d1.ts';

const { SKUS, PAGE, LEVEL, MERCHANT, STORE } = BIG;
const PRODUCT_PAGE = 250;
const CHANGED = 100;
/** A Worker has 128 MB for everything (cloudflare.md 1). */
const HEAP_TARGET_MB = 96;
const OLD_MS = 1_600_000_000_000;
const SETTINGS = {
  catalog: { enabled: true, owners: { name: 'off', cost: 'off', barcode: 'clover' } },
};
/** Live heap is measured at each so many calls and D1 statements: a collection takes its time. */
const MEASURED_EACH = 25;

interface Shelf {
  /** How many of the first SKUs differ since the link, on each side. */
  changed: number;
  changedAtMs: number;
}

interface Run {
  readonly plan: Plan;
  readonly calls: ReadonlyMap<string, number>;
  readonly rowsWritten: number;
  readonly heapMB: number;
  readonly seconds: number;
}

export async function measureResync(): Promise<Figure[]> {
  const shelf: Shelf = { changed: 0, changedAtMs: OLD_MS };
  const calls = new Map<string, number>();
  const sent: WorkMessage[] = [];
  const collect = garbageCollector();
  const heap = { peak: 0, before: 0, seen: 0 };
  const measure = (): void => {
    heap.seen += 1;
    if (heap.seen % MEASURED_EACH !== 0) return;
    collect();
    heap.peak = Math.max(heap.peak, process.memoryUsage().heapUsed - heap.before);
  };
  const d1 = openSqliteD1(measure);
  fillBig(d1, SETTINGS);
  const ports = portsOver(d1, sent, { woken: 0 }, (request) => {
    measure();
    return answer(new URL(request.url), shelf, calls);
  });
  const run = async (kind: PlanKind): Promise<Run> => {
    calls.clear();
    collect();
    Object.assign(heap, { peak: 0, before: process.memoryUsage().heapUsed });
    const before = d1.rowsWritten();
    const startMs = performance.now();
    const plan = await makePlan(ports, sent, kind);
    const seconds = (performance.now() - startMs) / 1_000;
    const rowsWritten = d1.rowsWritten() - before;
    return { plan, calls: new Map(calls), rowsWritten, heapMB: heap.peak / 1_048_576, seconds };
  };
  const first = await run('link');
  settle(d1);
  const idle = await run('resync');
  Object.assign(shelf, { changed: CHANGED, changedAtMs: ports.now() });
  const one = await run('resync');
  Object.assign(shelf, { changed: 2 * CHANGED, changedAtMs: ports.now() });
  const two = await run('resync');
  const wanted = [0, 3 * CHANGED, 6 * CHANGED];
  const found = [idle, one, two].map(({ plan }) => plan.progressTotal);
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(
      `The resyncs planned ${found.join(', ')} operations, not ${wanted.join(', ')}: ${JSON.stringify(one.plan.counts)}`,
    );
  }
  return figuresOf({ first, idle, one, two });
}

function figuresOf({
  first,
  idle,
  one,
  two,
}: Record<'first' | 'idle' | 'one' | 'two', Run>): Figure[] {
  const total = ({ calls }: Run) => [...calls.values()].reduce((sum, times) => sum + times, 0);
  const story = ({ calls }: Run) =>
    [...calls].map(([call, times]) => `${times} x ${call}`).join(', ');
  const levelPages = 2 * Math.ceil(SKUS / PAGE);
  return [
    {
      name: 'link plan of 100,000 SKUs, most live heap',
      value: first.heapMB,
      unit: 'MB',
      target: atMost(HEAP_TARGET_MB),
      note: `${total(first)} calls, ${first.rowsWritten.toLocaleString('en-US')} rows, ${first.seconds.toFixed(0)} s`,
    },
    {
      name: 'resync plan of 100,000 SKUs, most live heap',
      value: one.heapMB,
      unit: 'MB',
      target: atMost(HEAP_TARGET_MB),
      note: `${one.seconds.toFixed(0)} s beside the platforms' own time`,
    },
    {
      name: 'resync plan, calls beyond one per 1,000 levels and side',
      value: total(one) - levelPages,
      unit: 'calls',
      target: atMost(10),
      note: story(one),
    },
    {
      name: 'resync plan with nothing changed, D1 rows written',
      value: idle.rowsWritten,
      unit: '',
      // Progress is saved at each page.
      target: atMost(2 * levelPages),
      note: `${idle.plan.progressTotal} operations`,
    },
    {
      name: 'resync plan, D1 rows written per change more',
      value: (two.rowsWritten - one.rowsWritten) / (3 * CHANGED),
      unit: '',
      target: atMost(6),
      note: `${one.rowsWritten} rows with ${CHANGED} levels and ${CHANGED} fields of each side changed, ${two.rowsWritten} with twice as many`,
    },
  ];
}

async function makePlan(ports: Ports, sent: WorkMessage[], kind: PlanKind): Promise<Plan> {
  sent.length = 0;
  const started = await startPlan(ports, STORE, kind);
  if (!started.ok) throw new Error(started.failure.message);
  for (let message = sent.shift(); message !== undefined; message = sent.shift()) {
    if (message.kind !== 'plan') continue;
    const done = await computePlan(ports, message);
    if (!done.ok) throw new Error(done.failure.message);
  }
  const plan = await findPlan(ports.db, STORE, started.value.id);
  if (plan?.status !== 'ready' && plan?.status !== 'needs_decision') {
    throw new Error(`The plan is ${plan?.status ?? 'gone'}: ${plan?.error ?? ''}`);
  }
  return plan;
}

/** As if the link plan had been applied: both sides agree on every field, and nothing waits to be compared. */
function settle(d1: CountedD1): void {
  d1.exec(`
    INSERT INTO catalog_bases (connection_id, link_id, agreed, updated_at_ms)
      SELECT connection_id, link_id, json_object('price', 1000, 'salePrice', NULL, 'barcode', 'C' || variant_id), 1
      FROM links WHERE true ON CONFLICT DO NOTHING;
    UPDATE catalog_rows SET changed_at_ms = 0;
    DELETE FROM plan_operations;
    DELETE FROM plans;`);
}

function answer(url: URL, shelf: Shelf, calls: Map<string, number>): Response {
  const { pathname } = url;
  const isChanges = /date_modified:min|modifiedTime>/.test(decodeURIComponent(url.search));
  const name = `${pathname.replace(/.*\/(stores|merchants)\/\w+/, '')}${isChanges ? ' changed' : ''}`;
  calls.set(name, (calls.get(name) ?? 0) + 1);
  const total = isChanges ? shelf.changed : SKUS;
  if (pathname.endsWith('/v3/catalog/products')) return productPage(url, shelf, total);
  if (pathname.endsWith('/items') && pathname.includes('/merchants/')) {
    return itemPage(url, shelf, total);
  }
  if (pathname.endsWith('/item_stocks')) return stockPage(url, shelf);
  if (pathname.includes('/inventory/')) return levelPage(url);
  if (pathname.endsWith('/v2/store')) return json(STORE_INFO);
  if (/\/merchants\/\w+$/.test(pathname)) return json(MERCHANT_INFO);
  throw new Error(`Nobody expected ${pathname}.`);
}

const STORE_INFO = {
  id: STORE,
  name: 'Big',
  currency: 'USD',
  decimal_places: 2,
  language: 'en',
  secure_url: 'https://big.example.com',
  admin_email: 'a@example.com',
  timezone: { name: 'UTC' },
  plan_level: 'Pro',
  prices_entered_with_tax: false,
  tax_entered_with_prices: false,
};
const MERCHANT_INFO = {
  id: MERCHANT,
  name: 'Big',
  defaultCurrency: 'USD',
  properties: {
    defaultCurrency: 'USD',
    trackStock: true,
    updateStock: true,
    vat: false,
    timezone: 'UTC',
  },
};

const numbers = (first: number, size: number, total: number): number[] =>
  Array.from(
    { length: Math.max(0, Math.min(size, total - first)) },
    (_, index) => first + index + 1,
  );
const offsetOf = (url: URL): number => Number(url.searchParams.get('offset') ?? '0');

function productPage(url: URL, { changed, changedAtMs }: Shelf, total: number): Response {
  const after = Number(url.searchParams.get('id:greater') ?? '0');
  const data = numbers(after, PRODUCT_PAGE, total).map((n) => ({
    id: n,
    name: `Product ${n}`,
    sku: `SKU-${n}`,
    type: 'physical',
    price: n <= changed ? 10 + changed / 100 : 10,
    sale_price: 0,
    cost_price: 0,
    inventory_tracking: 'product',
    is_visible: true,
    availability: 'available',
    upc: `C${n}`,
    base_variant_id: n,
    date_modified: new Date(n <= changed ? changedAtMs : OLD_MS).toISOString(),
    variants: [
      { id: n, product_id: n, sku: `SKU-${n}`, upc: `C${n}`, price: null, option_values: [] },
    ],
  }));
  return json({ data, meta: {} });
}

function itemPage(url: URL, { changed, changedAtMs }: Shelf, total: number): Response {
  // Clover's own changes are those of the SKUs behind BigCommerce's.
  const first = total === SKUS ? 0 : changed;
  const elements = numbers(first + offsetOf(url), PAGE, first + total).map((n) => {
    const isChanged = n > changed && n <= 2 * changed;
    return {
      id: `I${n}`,
      name: `Product ${n}`,
      sku: `SKU-${n}`,
      code: isChanged ? `D${changed}${n}` : `C${n}`,
      price: 1_000,
      priceType: 'FIXED',
      hidden: false,
      available: true,
      modifiedTime: isChanged ? changedAtMs : OLD_MS,
      itemStock: { item: { id: `I${n}` }, quantity: LEVEL, modifiedTime: OLD_MS },
    };
  });
  return json({ elements });
}

function stockPage(url: URL, { changed }: Shelf): Response {
  const elements = numbers(offsetOf(url), PAGE, SKUS).map((n) => ({
    item: { id: `I${n}` },
    // Sold at the register: those at the end.
    quantity: n > SKUS - changed ? LEVEL - 1 : LEVEL,
    modifiedTime: OLD_MS,
  }));
  return json({ elements });
}

function levelPage(url: URL): Response {
  const page = Number(url.searchParams.get('page') ?? '1');
  const data = numbers((page - 1) * PAGE, PAGE, SKUS).map((n) => ({
    identity: { sku: `SKU-${n}`, sku_id: n, product_id: n, variant_id: n },
    available_to_sell: LEVEL,
    total_inventory_onhand: LEVEL,
    location_enabled: true,
    settings: { safety_stock: 0, is_in_stock: true, warning_level: 0, bin_picking_number: '' },
  }));
  const total_pages = Math.ceil(SKUS / PAGE);
  return json({ data, meta: { pagination: { total: SKUS, current_page: page, total_pages } } });
}

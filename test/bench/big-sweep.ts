/**
 * A sweep of 100,000 SKUs with nothing changed: the relay's own pages over both platforms' lists, answered from
 * arithmetic so that the memory seen is the relay's and the answers' own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { drizzle } from 'drizzle-orm/d1';
import type { Ports } from '../../src/ports.ts';
import type { Work, WorkMessage } from '../../src/queue/messages.ts';
import { startSweep, sweepPage } from '../../src/sync/sweep.ts';
import { openPlatformBench } from '../support/platform-ports.ts';
import { atMost, type Figure } from './figures.ts';
import { openSqliteD1, type CountedD1 } from './sqlite-d1.ts';

/** One short of a page, as in `bench.ts`. */
const SKUS = 99_999;
const PAGE = 1_000;
const LEVEL = 7;
const MERCHANT = 'BIGSWEEP00001';
const STORE = 'bigsweep';
export const BIG = { SKUS, PAGE, LEVEL, MERCHANT, STORE } as const;
/** A quarter of a Worker's memory (cloudflare.md 1). */
const HEAP_TARGET_MB = 32;
const MIGRATIONS = join(import.meta.dirname, '../../migrations');

export async function measureBigSweep(): Promise<Figure[]> {
  const d1 = openSqliteD1();
  fillBig(d1);
  const calls = { bigcommerce: 0, clover: 0 };
  const objects = { woken: 0 };
  const sent: WorkMessage[] = [];
  const ports = portsOver(d1, sent, objects, (request) => {
    const url = new URL(request.url);
    const isClover = url.pathname.includes('/item_stocks');
    calls[isClover ? 'clover' : 'bigcommerce'] += 1;
    return isClover ? cloverPage(url) : bigcommercePage(url);
  });
  const collect = garbageCollector();
  collect();
  const before = process.memoryUsage().heapUsed;
  const statementsBefore = d1.statements();
  let tookMs = 0;
  let peak = 0;
  let pages = 0;
  const started = await startSweep(ports, STORE);
  if (!started.ok) throw new Error(started.failure.message);
  for (let message = sent.shift(); message !== undefined; message = sent.shift()) {
    if (message.kind !== 'sweep') throw new Error(`A ledger was told: ${message.kind}`);
    const startMs = performance.now();
    const done = await sweepPage(ports, message satisfies Work<'sweep'>);
    tookMs += performance.now() - startMs;
    if (!done.ok) throw new Error(done.failure.message);
    pages += 1;
    peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    // Each page is a message and an invocation of its own.
    collect();
  }
  const kept = process.memoryUsage().heapUsed - before;
  const thousands = Math.ceil(SKUS / PAGE);
  const megabytes = (bytes: number) => bytes / 1_048_576;
  return [
    ...(['bigcommerce', 'clover'] as const).map((side): Figure => ({
      name: `sweep of 100,000 SKUs, calls per 1,000 levels, ${side}`,
      value: calls[side] / thousands,
      unit: 'calls',
      target: atMost(1),
      note: `${calls[side]} calls`,
    })),
    {
      name: 'sweep of 100,000 SKUs, ledgers woken',
      value: objects.woken,
      unit: '',
      target: atMost(0),
    },
    {
      name: 'sweep of 100,000 SKUs, most heap of a page',
      value: megabytes(peak),
      unit: 'MB',
      target: atMost(HEAP_TARGET_MB),
      note: `its garbage included; kept after all pages: ${megabytes(kept).toFixed(1)} MB`,
    },
    {
      name: '  D1 statements per page',
      value: (d1.statements() - statementsBefore) / pages,
      unit: '',
      note: `${pages} pages, ${(tookMs / pages).toFixed(1)} ms each beside the platforms' own time`,
    },
  ];
}

export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** A store and a merchant with all SKUs linked, each with the copy of a ledger at rest. */
export function fillBig(d1: CountedD1, settings: unknown = {}): void {
  for (const file of readdirSync(MIGRATIONS).toSorted()) {
    d1.exec(readFileSync(join(MIGRATIONS, file), 'utf8'));
  }
  const place = (platform: string, key: string) =>
    `json_object('platform', '${platform}', 'place', '${key}', 'level', ${LEVEL}, 'target', ${LEVEL},
      'observedAtMs', 1, 'pending', json('false'), 'skipped', null,
      'told', json_object('levelsTold', 3, 'levelsFound', 0, 'salesTold', 2, 'salesFound', 0, 'foundAtMs', 0))`;
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${SKUS})`;
  d1.exec(`
    INSERT INTO connections (id, status, name, currency, time_zone, plan_level, scopes, settings, installed_at_ms,
      updated_at_ms, sweep_due_at_ms) VALUES ('${STORE}', 'active', 'Big', 'USD', 'UTC', 'Pro', '', '${JSON.stringify(settings)}', 1, 1, 1);
    INSERT INTO clover_merchants (merchant_id, connection_id, status, name, currency, time_zone, track_stock,
      update_stock, vat, linked_at_ms) VALUES ('${MERCHANT}', '${STORE}', 'connected', 'Big', 'USD', 'UTC', 1, 1, 0, 1);
    ${numbers} INSERT INTO links (link_id, connection_id, sku, name, product_id, variant_id, tracking, status, evidence,
      created_at_ms) SELECT 'l' || i, '${STORE}', 'SKU-' || i, 'Product ' || i, i, i, 'product', 'active', '{}', 1 FROM n;
    ${numbers} INSERT INTO link_items (id, connection_id, merchant_id, item_id, link_id)
      SELECT '${MERCHANT}:I' || i, '${STORE}', '${MERCHANT}', 'I' || i, 'l' || i FROM n;
    ${numbers} INSERT INTO ledger_copies (link_id, connection_id, version, on_hand, reserved, buffer, places, pools,
      outstanding_since_ms, parked, updated_at_ms)
      SELECT 'l' || i, '${STORE}', 1, ${LEVEL}, 0, 0,
        json_array(${place('bigcommerce', 'bigcommerce:1')}, ${place('clover', `clover:${MERCHANT}`)}),
        json_array(json_object('locationId', 1, 'onHand', ${LEVEL}, 'reserved', 0)), NULL, 0, 1 FROM n;`);
}

export function portsOver(
  d1: CountedD1,
  sent: WorkMessage[],
  objects: { woken: number },
  answer: (request: Request) => Response,
): Ports {
  const { ports } = openPlatformBench(answer);
  let ids = 0;
  const work = {
    send: async (message: WorkMessage) => void sent.push(message),
    sendAll: async (messages: readonly WorkMessage[]) => void sent.push(...messages),
    backlog: async () => 0,
  };
  return {
    ...ports,
    // Both keep what passes through them, which a Worker does not.
    log: { add: () => undefined, flush: async () => undefined },
    fetch: async (request) => answer(request),
    random: () => 0.5,
    mayAsk: async () => true,
    newId: () => String((ids += 1)).padStart(26, '0'),
    randomBytes: (bytes) => new Uint8Array(bytes),
    sleep: async () => undefined,
    email: null,
    printError: () => undefined,
    db: drizzle(d1.binding),
    queues: {
      intake: { ...work, send: async () => undefined, sendAll: async () => undefined },
      work,
    },
    objects: {
      ...ports.objects,
      skuLedger: () => {
        objects.woken += 1;
        throw new Error('A sweep of a shop at rest wakes no ledger.');
      },
      orderRelay: () => {
        throw new Error('A sweep reads no order.');
      },
    },
  };
}

export function json(body: unknown): Response {
  return Response.json(body, { headers: { 'x-rate-limit-requests-left': '1000' } });
}

function numbersFrom(first: number): number[] {
  const rows = Math.max(0, Math.min(PAGE, SKUS - first));
  return Array.from({ length: rows }, (_, index) => first + index + 1);
}

function bigcommercePage(url: URL): Response {
  const page = Number(url.searchParams.get('page') ?? '1');
  const data = numbersFrom((page - 1) * PAGE).map((n) => ({
    identity: { sku: `SKU-${n}`, sku_id: n, product_id: n, variant_id: n },
    available_to_sell: LEVEL,
    total_inventory_onhand: LEVEL,
    location_enabled: true,
    settings: { safety_stock: 0, is_in_stock: true, warning_level: 0, bin_picking_number: '' },
  }));
  const total_pages = Math.ceil(SKUS / PAGE);
  return json({ data, meta: { pagination: { total: SKUS, current_page: page, total_pages } } });
}

function cloverPage(url: URL): Response {
  const offset = Number(url.searchParams.get('offset') ?? '0');
  const elements = numbersFrom(offset).map((n) => ({
    item: { id: `I${n}` },
    stockCount: LEVEL,
    quantity: LEVEL,
    modifiedTime: 1_700_000_000_000,
  }));
  return json({ elements, href: url.toString() });
}

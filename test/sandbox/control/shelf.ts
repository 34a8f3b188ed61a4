/** What the control page shows, gathered from both platforms, their journal and the relay's admin API. */
import type { BigCommerceSandbox } from '../bigcommerce/index.ts';
import type { CloverSandbox } from '../clover/index.ts';
import { all, PRIMARY } from '../clover/store.ts';
import type { Admin, SkuReport } from '../demo/admin.ts';
import type { Shop } from '../demo/seed.ts';
import type { Journal, JournalStockChange } from '../journal.ts';
import type { PlatformName, SandboxRuntime } from '../runtime.ts';

export interface ControlParts {
  readonly shop: Shop;
  readonly admin: Admin;
  readonly runtime: SandboxRuntime;
  readonly bigcommerce: BigCommerceSandbox;
  readonly clover: CloverSandbox;
  /** Where a browser on this machine reaches the relay, and the name that the relay goes by. */
  readonly relayOrigin: string;
  readonly publicOrigin: string;
}

export interface ShelfRow {
  readonly sku: string;
  readonly name: string;
  readonly variantId: number | null;
  readonly itemId: string | null;
  /** Levels as they truly are on the platforms; null: not there or not counted. */
  readonly web: number | null;
  readonly register: number | null;
  /** What the relay's ledger says; null: not linked. */
  readonly onHand: number | null;
  readonly webTarget: number | null;
  readonly registerTarget: number | null;
  readonly pending: boolean;
  readonly note: string;
}

interface WebItem {
  readonly sku: string;
  readonly name: string;
  readonly variantId: number;
  readonly tracked: boolean;
}

function webItems({ bigcommerce, shop }: ControlParts): WebItem[] {
  const store = bigcommerce.state.stores[shop.hash];
  if (store === undefined) return [];
  return Object.values(store.products).flatMap((product) =>
    product.variantIds.flatMap((variantId) => {
      const variant = store.variants[variantId];
      if (variant === undefined) return [];
      const values = variant.optionValues.map(
        ({ optionId, valueId }) =>
          product.options.find(({ id }) => id === optionId)?.values.find(({ id }) => id === valueId)
            ?.label ?? '',
      );
      const name = [product.name, ...values].join(' · ');
      return [{ sku: variant.sku, name, variantId, tracked: product.tracking !== 'none' }];
    }),
  );
}

interface RegisterItem {
  readonly sku: string;
  readonly name: string;
  readonly itemId: string;
}

function registerItems({ clover, shop }: ControlParts): RegisterItem[] {
  const merchant = clover.state.merchants[shop.merchantId];
  if (merchant === undefined) return [];
  return all(merchant.tables.items, PRIMARY)
    .filter((item) => item.deletedTime === undefined)
    .map((item) => ({
      sku: typeof item.more['sku'] === 'string' ? item.more['sku'] : '',
      name: item.name,
      itemId: item.id,
    }));
}

/** One row per SKU of either side, the web's order first; a SKU twice at the register has two rows. */
export function shelfRows(parts: ControlParts, reports: readonly SkuReport[]): ShelfRow[] {
  const bySku = new Map(reports.map((report) => [report.sku, report]));
  const registers = Map.groupBy(registerItems(parts), (item) => item.sku);
  const rows = webItems(parts).flatMap((web) => {
    const items = registers.get(web.sku) ?? [null];
    registers.delete(web.sku);
    return items.map((item, index) =>
      shelfRow(parts, bySku.get(web.sku), index === 0 ? web : null, item, items.length > 1),
    );
  });
  const rest = [...registers.values()].flat();
  return [...rows, ...rest.map((item) => shelfRow(parts, undefined, null, item, false))];
}

function shelfRow(
  parts: ControlParts,
  report: SkuReport | undefined,
  web: WebItem | null,
  item: RegisterItem | null,
  ambiguous: boolean,
): ShelfRow {
  const { bigcommerce, clover, shop } = parts;
  const place = (platform: PlatformName) =>
    report?.places.find((candidate) => candidate.platform === platform);
  return {
    sku: web?.sku ?? item?.sku ?? '',
    name: web?.name ?? item?.name ?? '',
    variantId: web?.variantId ?? null,
    itemId: item?.itemId ?? null,
    web: web?.tracked === true ? bigcommerce.level(shop.hash, web.variantId) : null,
    register: item === null ? null : clover.stock(shop.merchantId, item.itemId),
    onHand: report?.onHand ?? null,
    webTarget: place('bigcommerce')?.target ?? null,
    registerTarget: place('clover')?.target ?? null,
    pending: report?.places.some(({ pending }) => pending) ?? false,
    note: noteOn(report, web, item, ambiguous),
  };
}

function noteOn(
  report: SkuReport | undefined,
  web: WebItem | null,
  item: RegisterItem | null,
  ambiguous: boolean,
): string {
  const skipped = report?.places.find((place) => place.skipped !== null)?.skipped;
  if (report !== undefined && report.parked > 0) return 'a write is parked';
  if (skipped !== undefined && skipped !== null) return skipped;
  if (report !== undefined) return '';
  if (ambiguous) return 'SKU twice at the register';
  if (web === null) return 'not on the web';
  if (item === null) return 'not at the register';
  return web.tracked ? 'not linked' : 'tracking off on the web';
}

export interface SaleRow {
  readonly atMs: number;
  readonly platform: PlatformName;
  readonly sku: string;
  readonly quantity: number;
  /** From the sale to the change of the other platform's level, milliseconds; null: not there yet. */
  readonly lagMs: number | null;
}

/** The latest sales, newest first, each with the time until the other side's level was written. */
export function saleRows(parts: ControlParts, limit: number): SaleRow[] {
  const skuOf = skuFinder(parts);
  const changes = parts.runtime.journal.stock;
  return changes
    .filter((change) => change.cause === 'sale')
    .slice(-limit)
    .toReversed()
    .map((sale) => ({
      atMs: sale.atMs,
      platform: sale.platform,
      sku: skuOf(sale),
      quantity: (sale.before ?? 0) - sale.after,
      lagMs: lagOf(sale, changes, skuOf),
    }));
}

function lagOf(
  sale: JournalStockChange,
  changes: readonly JournalStockChange[],
  skuOf: (change: JournalStockChange) => string,
): number | null {
  const sku = skuOf(sale);
  const first = changes.indexOf(sale) + 1;
  for (let index = first; index < changes.length; index += 1) {
    const change = changes[index];
    if (change === undefined || change.cause !== 'api') continue;
    if (change.platform !== sale.platform && skuOf(change) === sku) return change.atMs - sale.atMs;
  }
  return null;
}

function skuFinder(parts: ControlParts): (change: JournalStockChange) => string {
  const web = new Map(webItems(parts).map((item) => [String(item.variantId), item.sku]));
  const register = new Map(registerItems(parts).map((item) => [item.itemId, item.sku]));
  return ({ platform, item }) => (platform === 'bigcommerce' ? web : register).get(item) ?? item;
}

export interface EventRow {
  readonly atMs: number;
  readonly kind: 'call' | 'webhook' | 'stock';
  readonly platform: PlatformName;
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'bad';
}

/** The latest calls, webhooks and level changes, newest first. */
export function eventRows(parts: ControlParts, limit: number): EventRow[] {
  const { journal } = parts.runtime;
  const rows = [
    ...callEvents(journal, limit),
    ...hookEvents(journal, limit),
    ...stockEvents(parts, limit),
  ];
  return rows.toSorted((left, right) => right.atMs - left.atMs).slice(0, limit);
}

function callEvents(journal: Journal, limit: number): EventRow[] {
  return journal.calls.slice(-limit).map((call) => ({
    atMs: call.atMs,
    kind: 'call',
    platform: call.platform,
    text: `${call.method} ${shortPath(call.path)} ${call.status === 0 ? 'no answer' : call.status}`,
    tone: call.status === 0 || call.status >= 400 ? 'bad' : 'plain',
  }));
}

const QUERY_CHARS_SHOWN = 60;

/** Without the account, and without codes that OAuth carries in the query. */
function shortPath(path: string): string {
  const [place = '', query = ''] = path.split(/\?(.*)/s);
  const short = place.replace(/^\/stores\/[^/]+/, '').replace(/^\/v3\/merchants\/[^/]+/, '');
  if (query === '' || place.startsWith('/oauth')) return short;
  const words = query.replaceAll('%3A', ':').replaceAll('%2C', ',');
  const cut = words.length > QUERY_CHARS_SHOWN ? `${words.slice(0, QUERY_CHARS_SHOWN)}…` : words;
  return `${short}?${cut}`;
}

function hookEvents(journal: Journal, limit: number): EventRow[] {
  return journal.hooks.slice(-limit).map((hook) => ({
    atMs: hook.atMs,
    kind: 'webhook',
    platform: hook.platform,
    text: `${hook.topic} ${hook.outcome}${hook.status > 0 ? ` ${hook.status}` : ''}`,
    tone: hook.outcome === 'delivered' ? 'plain' : 'bad',
  }));
}

const CAUSES: Readonly<Record<JournalStockChange['cause'], string>> = {
  sale: 'sold',
  api: 'written by Onhand',
  manual: 'set by hand',
  cancel: 'taken back',
};

function stockEvents(parts: ControlParts, limit: number): EventRow[] {
  const skuOf = skuFinder(parts);
  return parts.runtime.journal.stock.slice(-limit).map((change) => ({
    atMs: change.atMs,
    kind: 'stock',
    platform: change.platform,
    text: `${skuOf(change)}: ${change.before ?? '–'} → ${change.after}, ${CAUSES[change.cause]}`,
    tone: change.cause === 'api' ? 'good' : 'plain',
  }));
}

/**
 * Reads what changed in both catalogs into the mirrors (C8): pages of changes with an overlap, the rows that webhooks
 * named, and from time to time everything, because neither platform's time of change is complete. A row that is as the
 * mirror has it costs nothing more.
 */
import type { MirrorRow, StoreFacts } from '../domain/catalog/mirror.ts';
import type { Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  BIGCOMMERCE_IDS_PER_FILTER,
  CATALOG_OVERLAP_MS,
  CATALOG_WAKES_MAX,
  CLOVER_IDS_PER_FILTER,
  STORE_FACTS_TTL_MS,
} from '../limits.ts';
import { getProductPage, type Product } from '../platforms/bigcommerce/catalog.ts';
import { getLocations } from '../platforms/bigcommerce/locations.ts';
import { getStore } from '../platforms/bigcommerce/store.ts';
import { getItemPage, type Item, type ItemExtra } from '../platforms/clover/inventory.ts';
import type { Ports } from '../ports.ts';
import { chunksOf } from '../store/bulk.ts';
import { deleteMirrors, dropMirrors, saveMirrors } from '../store/catalog.ts';
import {
  deleteWakes,
  findStoreFacts,
  listMarks,
  listWakes,
  saveMark,
  saveStoreFacts,
} from '../store/catalog-marks.ts';
import type { Connection } from '../store/connections.ts';
import { mirrorsOfItems, mirrorsOfProducts, registerRowId, storeFacts } from './catalog-mirror.ts';
import { backgroundSessions, type Mirrors, type ReadPorts, type Sessions } from './link-read.ts';

export type CatalogPorts = ReadPorts & Pick<Ports, 'db'>;

export interface CatalogRead {
  readonly ports: CatalogPorts;
  readonly connection: Connection;
  readonly sessions: Sessions;
  readonly store: StoreFacts;
}

/** Keeps the rows of pages that somebody else reads. */
export function keepMirrors(read: CatalogRead): Mirrors {
  const { ports, connection, store } = read;
  const newest = new Map<string, number>();
  const note = (account: string, rows: readonly MirrorRow[]): void => {
    const times = rows.map(({ modifiedMs }) => modifiedMs ?? 0);
    newest.set(account, Math.max(newest.get(account) ?? 0, ...times));
  };
  return {
    extras: extrasOf(connection),
    async saveProducts(products) {
      const rows = mirrorsOfProducts(products, store.decimals);
      note(connection.id, rows);
      await saveProducts(read, products, rows);
    },
    async saveItems(merchantId, items) {
      const rows = mirrorsOfItems(merchantId, items);
      note(merchantId, rows);
      await saveMirrors(ports.db, connection.id, rows, ports.now());
    },
    async end() {
      for (const [account, markMs] of newest) {
        await saveMark(ports.db, connection.id, { account, markMs, fullReadAtMs: ports.now() });
      }
    },
  };
}

/** What items bring along: what no owner cares about is not asked for. */
function extrasOf({ settings }: Connection): ItemExtra[] {
  const { categories, taxClass } = settings.catalog.owners;
  return [
    ...(categories === 'off' ? [] : (['categories'] as const)),
    ...(taxClass === 'off' ? [] : (['taxRates'] as const)),
  ];
}

/** How far one account was read; `sinceMs` null: everything. */
export interface ReadState {
  /** Store hash or merchant id. */
  readonly account: string;
  readonly sinceMs: number | null;
  /** A product id, or an offset into Clover's list; null when the list ended. */
  readonly cursor: number | null;
  /** The newest change seen so far, by the platform's clock; 0: none. */
  readonly newestMs: number;
}

/** What the store's amounts mean is asked once an hour. Failures: those of the platform. */
export async function openCatalogRead(
  ports: CatalogPorts,
  connection: Connection,
  eventId: string,
): Promise<Result<CatalogRead, Failure>> {
  const sessions = backgroundSessions(ports, connection.id, eventId);
  const nowMs = ports.now();
  const known = await findStoreFacts(ports.db, connection.id, nowMs - STORE_FACTS_TTL_MS);
  if (known !== undefined) return ok({ ports, connection, sessions, store: known });
  const asked = await getStore(sessions.bigcommerce());
  if (!asked.ok) return asked;
  const read = await getLocations(sessions.bigcommerce());
  const locations = read.ok
    ? read.value.map(({ locationId, label, enabled }) => ({ locationId, label, enabled }))
    : undefined;
  const store = { ...storeFacts(asked.value), ...(locations === undefined ? {} : { locations }) };
  await saveStoreFacts(ports.db, connection.id, store, nowMs);
  return ok({ ports, connection, sessions, store });
}

/** Where each account of the connection begins: at its mark, or with everything. */
export async function beginReads(
  ports: Pick<Ports, 'db'>,
  connection: Connection,
  isFull: boolean,
): Promise<ReadState[]> {
  const marks = new Map(
    (await listMarks(ports.db, connection.id)).map((mark) => [mark.account, mark]),
  );
  const merchants = connection.merchants.filter(({ status }) => status === 'connected');
  return [connection.id, ...merchants.map(({ merchantId }) => merchantId)].map((account) => {
    const mark = marks.get(account);
    const isWhole = isFull || mark === undefined || mark.fullReadAtMs === 0;
    const sinceMs = isWhole ? null : Math.max(0, mark.markMs - CATALOG_OVERLAP_MS);
    return { account, sinceMs, cursor: 0, newestMs: 0 };
  });
}

/**
 * Reads at most `pagesMax` pages of every account, side by side, and says how far it came. Failures: the first one of
 * any account; what was read before it is kept.
 */
export async function readOn(
  read: CatalogRead,
  states: readonly ReadState[],
  pagesMax: number,
): Promise<Result<ReadState[], Failure>> {
  const done = await Promise.all(states.map((state) => readAccount(read, state, pagesMax)));
  const next: ReadState[] = [];
  for (const result of done) {
    if (!result.ok) return result;
    next.push(result.value);
  }
  return ok(next);
}

async function readAccount(
  read: CatalogRead,
  begun: ReadState,
  pagesMax: number,
): Promise<Result<ReadState, Failure>> {
  const { ports, connection } = read;
  let state = begun;
  for (let page = 0; page < pagesMax && state.cursor !== null; page += 1) {
    const next = await readPage(read, state);
    if (!next.ok) return next;
    state = next.value;
    if (state.cursor !== null) continue;
    const fullReadAtMs = state.sinceMs === null ? ports.now() : 0;
    const { account, newestMs: markMs } = state;
    await saveMark(ports.db, connection.id, { account, markMs, fullReadAtMs });
  }
  return ok(state);
}

async function readPage(read: CatalogRead, state: ReadState): Promise<Result<ReadState, Failure>> {
  const { connection, sessions, store } = read;
  const since = state.sinceMs === null ? {} : { modifiedSinceMs: state.sinceMs };
  if (state.account === connection.id) {
    const page = await getProductPage(sessions.bigcommerce(), state.cursor ?? 0, since);
    if (!page.ok) return page;
    const rows = mirrorsOfProducts(page.value.products, store.decimals);
    await saveProducts(read, page.value.products, rows);
    return ok(advance(state, rows, page.value.nextAfterProductId));
  }
  const merchantId = state.account as MerchantId;
  const filter = { ...since, extras: extrasOf(connection) };
  const page = await getItemPage(sessions.clover(merchantId), state.cursor ?? 0, filter);
  if (!page.ok) return page;
  const rows = mirrorsOfItems(merchantId, page.value.rows);
  await saveMirrors(read.ports.db, connection.id, rows, read.ports.now());
  return ok(advance(state, rows, page.value.nextOffset));
}

function advance(state: ReadState, rows: readonly MirrorRow[], cursor: number | null): ReadState {
  const newestMs = rows.reduce(
    (newest, { modifiedMs }) => Math.max(newest, modifiedMs ?? 0),
    state.newestMs,
  );
  return { ...state, cursor, newestMs };
}

/** Keeps the products' variants, and forgets those that the products no longer have. */
async function saveProducts(
  { ports, connection }: CatalogRead,
  products: readonly Product[],
  rows: readonly MirrorRow[],
): Promise<void> {
  await saveMirrors(ports.db, connection.id, rows, ports.now());
  const productIds = products.map(({ productId }) => String(productId));
  const rowIds = rows.map(({ id }) => id);
  await dropMirrors(ports.db, connection.id, 'bigcommerce', productIds, rowIds);
}

/** Reads the rows that webhooks named. True while more of them wait. Failures: those of the platforms. */
export async function readWoken(read: CatalogRead): Promise<Result<boolean, Failure>> {
  const { ports, connection } = read;
  const startedAtMs = ports.now();
  const wakes = await listWakes(ports.db, connection.id, CATALOG_WAKES_MAX);
  for (const [account, own] of Map.groupBy(wakes, (wake) => wake.account)) {
    const ids = own.map(({ objectId }) => objectId);
    const done =
      account === connection.id
        ? await readProducts(read, ids.map(Number))
        : await readItems(read, account as MerchantId, ids);
    if (!done.ok) return done;
    await deleteWakes(ports.db, connection.id, account, ids, startedAtMs);
  }
  return ok((await listWakes(ports.db, connection.id, 1)).length > 0);
}

/** Reads these products into the mirrors and answers them; those that are gone leave the mirrors. */
export async function readProducts(
  read: CatalogRead,
  productIds: readonly number[],
): Promise<Result<Product[], Failure>> {
  const { ports, connection, sessions, store } = read;
  const found: Product[] = [];
  for (const chunk of chunksOf(productIds, BIGCOMMERCE_IDS_PER_FILTER)) {
    const page = await getProductPage(sessions.bigcommerce(), 0, { productIds: chunk });
    if (!page.ok) return page;
    const { products } = page.value;
    await saveProducts(read, products, mirrorsOfProducts(products, store.decimals));
    const known = new Set(products.map(({ productId }) => productId));
    const gone = chunk.filter((productId) => !known.has(productId)).map(String);
    if (gone.length > 0) await dropMirrors(ports.db, connection.id, 'bigcommerce', gone, []);
    found.push(...products);
  }
  return ok(found);
}

/** As `readProducts`, for items of one merchant. */
export async function readItems(
  read: CatalogRead,
  merchantId: MerchantId,
  itemIds: readonly string[],
): Promise<Result<Item[], Failure>> {
  const { ports, connection, sessions } = read;
  const found: Item[] = [];
  for (const chunk of chunksOf(itemIds, CLOVER_IDS_PER_FILTER)) {
    const page = await getItemPage(sessions.clover(merchantId), 0, {
      itemIds: chunk,
      extras: extrasOf(connection),
    });
    if (!page.ok) return page;
    const rows = page.value.rows.filter(({ isDeleted }) => !isDeleted);
    await saveMirrors(ports.db, connection.id, mirrorsOfItems(merchantId, rows), ports.now());
    const known = new Set(rows.map(({ itemId }) => itemId));
    const gone = chunk.filter((itemId) => !known.has(itemId));
    const rowIds = gone.map((itemId) => registerRowId(merchantId, itemId));
    if (gone.length > 0) await deleteMirrors(ports.db, connection.id, 'clover', rowIds);
    found.push(...rows);
  }
  return ok(found);
}

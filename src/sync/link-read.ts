/** Both catalogs and their levels, read page by page; of each row only what a plan needs stays in memory. */
import type { SeenLevel } from '../domain/catalog/baseline.ts';
import type { Pool } from '../domain/catalog/pools.ts';
import type { RegisterItem, Sellable } from '../domain/catalog/rows.ts';
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, cloverPlace, type MerchantId, type PlaceKey } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { productPages, type Product } from '../platforms/bigcommerce/catalog.ts';
import { inventoryPages } from '../platforms/bigcommerce/inventory.ts';
import { getLocations } from '../platforms/bigcommerce/locations.ts';
import { openBigCommerce, type BigCommerceSession } from '../platforms/bigcommerce/session.ts';
import {
  itemPages,
  itemStockPages,
  type Item,
  type ItemExtra,
  type Stock,
} from '../platforms/clover/inventory.ts';
import { openClover, type CloverSession } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';

export type ReadPorts = Pick<Ports, 'config' | 'now' | 'fetch' | 'log' | 'objects' | 'timer'>;

export interface ReadJob {
  readonly connectionId: string;
  readonly eventId: string;
  readonly pools: readonly Pool[];
  /** Where the rows of both catalogs are kept as well. */
  readonly mirrors?: Mirrors;
  /** Called after each page; false stops the reading. `open`: lists that are still being read. */
  onPage(open: number): Promise<boolean>;
}

/** Keeps what a page said for the comparison of fields. */
export interface Mirrors {
  saveProducts(products: readonly Product[]): Promise<void>;
  /** What items bring along. */
  readonly extras: readonly ItemExtra[];
  saveItems(merchantId: MerchantId, items: readonly Item[]): Promise<void>;
  /** Every list was read to its end. */
  end(): Promise<void>;
}

/** Levels by place, then by variant id or Clover item id. */
export type LevelBook = ReadonlyMap<PlaceKey, ReadonlyMap<number | string, SeenLevel>>;

export interface ReadCatalogs {
  readonly sellables: readonly Sellable[];
  readonly items: readonly RegisterItem[];
  readonly levels: LevelBook;
}

/** Sessions of the connection's own store and merchants, for one cause in the background. */
export interface Sessions {
  bigcommerce(): BigCommerceSession;
  clover(merchantId: MerchantId): CloverSession;
}

export function backgroundSessions(
  ports: ReadPorts,
  connectionId: string,
  eventId: string,
): Sessions {
  const context = { connectionId, eventId, priority: 'background' as const };
  return {
    bigcommerce: () => openBigCommerce(ports, connectionId, context),
    clover: (merchantId) => openClover(ports, merchantId, context),
  };
}

/** Products, items and levels of the pools. Failures: the first one of any list; `stale` when `onPage` stopped it. */
export async function readCatalogs(
  ports: ReadPorts,
  job: ReadJob,
): Promise<Result<ReadCatalogs, Failure>> {
  const sessions = backgroundSessions(ports, job.connectionId, job.eventId);
  const sellables = new Map<number, Sellable>();
  const items = new Map<string, RegisterItem>();
  const book = newBook(job.pools);
  const done = await readLists(job, [
    () =>
      productList(sessions, job.mirrors, (product) => {
        for (const row of sellablesOf(product)) sellables.set(row.variantId, row);
      }),
    ...inventoryLists(sessions, job.pools, book),
    ...merchantsOf(job.pools).map(
      (merchantId) => () => itemList(sessions, job.mirrors, merchantId, items, book),
    ),
  ]);
  if (!done.ok) return done;
  await job.mirrors?.end();
  return ok({ sellables: [...sellables.values()], items: [...items.values()], levels: book });
}

/** Levels alone: one call per 1,000 of them and side. Failures as `readCatalogs`. */
export async function readLevels(
  ports: ReadPorts,
  job: ReadJob,
): Promise<Result<LevelBook, Failure>> {
  const sessions = backgroundSessions(ports, job.connectionId, job.eventId);
  const book = newBook(job.pools);
  const done = await readLists(job, [
    ...inventoryLists(sessions, job.pools, book),
    ...merchantsOf(job.pools).map((merchantId) => () => stockList(sessions, merchantId, book)),
  ]);
  return done.ok ? ok(book) : done;
}

/** Each once, also one that stands in several pools. */
function merchantsOf(pools: readonly Pool[]): MerchantId[] {
  return [...new Set(pools.flatMap(({ merchantIds }) => merchantIds))];
}

/** `invalid_input` when a pool names a location that does not exist or is switched off (bigcommerce.md 5). */
export async function checkLocations(
  session: BigCommerceSession,
  pools: readonly Pool[],
): Promise<Result<void, Failure>> {
  const locations = await getLocations(session);
  if (!locations.ok) return locations;
  const known = new Map(locations.value.map((location) => [location.locationId, location]));
  const wrong = pools.find(({ locationId }) => known.get(locationId)?.enabled !== true);
  if (wrong === undefined) return ok(undefined);
  const what = known.has(wrong.locationId) ? 'is switched off in' : 'does not exist in';
  return fail({
    code: 'invalid_input',
    message: `Location ${wrong.locationId} of stock.pools ${what} BigCommerce: mend it there or change the pools.`,
  });
}

/** The level of one SKU at a place; undefined when the platform's list has no row for it. */
export function levelIn(
  book: LevelBook,
  place: PlaceKey,
  externalId: number | string,
): SeenLevel | undefined {
  return book.get(place)?.get(externalId);
}

type Book = Map<PlaceKey, Map<number | string, SeenLevel>>;
/** Reads one page and keeps its rows; the answer says whether the list goes on. */
type List = AsyncGenerator<Result<void, Failure>, void>;

function newBook(pools: readonly Pool[]): Book {
  const places = pools.flatMap(({ locationId, merchantIds }) => [
    bigcommercePlace(locationId),
    ...merchantIds.map(cloverPlace),
  ]);
  return new Map(places.map((place) => [place, new Map()]));
}

/** Side by side: the budgets of the accounts decide how fast. After the first failure the others stop at their page. */
async function readLists(
  job: ReadJob,
  lists: readonly (() => List)[],
): Promise<Result<void, Failure>> {
  let failure: Failure | undefined;
  let open = lists.length;
  const readOne = async (list: List): Promise<void> => {
    for await (const page of list) {
      if (failure !== undefined) break;
      if (!page.ok) failure = page.failure;
      else if (!(await job.onPage(open))) failure = STOPPED;
      if (failure !== undefined) break;
    }
    open -= 1;
  };
  await Promise.all(lists.map((start) => readOne(start())));
  return failure === undefined ? ok(undefined) : fail(failure);
}

const STOPPED: Failure = { code: 'stale', message: 'The plan was stopped while it was computed.' };

async function* productList(
  sessions: Sessions,
  mirrors: Mirrors | undefined,
  add: (product: Product) => void,
): List {
  for await (const page of productPages(sessions.bigcommerce())) {
    if (page.ok) {
      page.value.forEach(add);
      await mirrors?.saveProducts(page.value);
    }
    yield page.ok ? ok(undefined) : page;
  }
}

/** What of a product can be linked: its variants. */
export function sellablesOf(product: Product): Sellable[] {
  const { productId, name, tracking, type, sku: productSku } = product;
  return product.variants.map(({ variantId, sku, barcode, isBase, options, optionValues }) => ({
    productId,
    variantId,
    sku,
    name: options === '' ? name : `${name} (${options})`,
    tracking,
    type,
    isBase,
    productSku,
    barcode,
    ...(isBase ? {} : { optionValues }),
  }));
}

function inventoryLists(
  sessions: Sessions,
  pools: readonly Pool[],
  book: Book,
): readonly (() => List)[] {
  return pools.map(
    ({ locationId }) =>
      () =>
        inventoryList(sessions, locationId, book),
  );
}

async function* inventoryList(sessions: Sessions, locationId: number, book: Book): List {
  const place = bigcommercePlace(locationId);
  for await (const page of inventoryPages(sessions.bigcommerce(), locationId)) {
    if (page.ok) {
      const { readStartedAtMs } = page.value;
      for (const { variantId, level } of page.value.levels) {
        if (variantId === null) continue;
        book
          .get(place)
          ?.set(variantId, { place, level, readStartedAtMs, platformModifiedMs: null });
      }
    }
    yield page.ok ? ok(undefined) : page;
  }
}

async function* itemList(
  sessions: Sessions,
  mirrors: Mirrors | undefined,
  merchantId: MerchantId,
  items: Map<string, RegisterItem>,
  book: Book,
): List {
  for await (const page of itemPages(sessions.clover(merchantId), mirrors?.extras)) {
    if (page.ok) {
      await mirrors?.saveItems(merchantId, page.value.rows);
      for (const { itemId, sku, barcode, name, isDeleted, stock } of page.value.rows) {
        // Pages go by offset, so a row that moved during the read may come twice: the later one counts.
        const item = { merchantId, itemId, sku, code: barcode, name, deleted: isDeleted };
        items.set(`${merchantId}:${itemId}`, item);
        if (stock !== null) addStock(book, merchantId, stock, page.value.readStartedAtMs);
      }
    }
    yield page.ok ? ok(undefined) : page;
  }
}

async function* stockList(sessions: Sessions, merchantId: MerchantId, book: Book): List {
  for await (const page of itemStockPages(sessions.clover(merchantId))) {
    if (page.ok) {
      const { rows, readStartedAtMs } = page.value;
      for (const stock of rows) addStock(book, merchantId, stock, readStartedAtMs);
    }
    yield page.ok ? ok(undefined) : page;
  }
}

function addStock(book: Book, merchantId: MerchantId, stock: Stock, readStartedAtMs: number): void {
  const place = cloverPlace(merchantId);
  book.get(place)?.set(stock.itemId, {
    place,
    level: stock.quantity,
    readStartedAtMs,
    platformModifiedMs: stock.modifiedMs,
  });
}

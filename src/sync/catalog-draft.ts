/** The field part of a plan that a person asked for: what differs between the mirrors of linked SKUs (C1, C8). */
import { planCreate, type CreateRules } from '../domain/catalog/create-plan.ts';
import type { Pool } from '../domain/catalog/pools.ts';
import type { MatchedLink, Sellable } from '../domain/catalog/rows.ts';
import type { Operation } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import { FIELD_LINKS_CHUNK, PRODUCT_PAGES_MAX } from '../limits.ts';
import { chunksOf } from '../store/bulk.ts';
import { findMirrors } from '../store/catalog.ts';
import { readBooks } from './catalog-books.ts';
import { merchantFacts } from './catalog-mirror.ts';
import {
  changedSeeds,
  fieldOperations,
  fieldRules,
  surveyFields,
  type FieldSeed,
} from './catalog-plan.ts';
import { beginReads, readOn, readWoken, type CatalogRead } from './catalog-read.ts';

type Chunks = AsyncIterable<readonly Operation[]>;

/** Brings the mirrors up to date and works out what differs. Failures: those of the platforms. */
export async function draftChangedFields(read: CatalogRead): Promise<Result<Chunks, Failure>> {
  const { ports, connection } = read;
  const woken = await readWoken(read);
  if (!woken.ok) return woken;
  const states = await beginReads(ports, connection, false);
  const done = await readOn(read, states, PRODUCT_PAGES_MAX);
  if (!done.ok) return done;
  return draftFields(read, changedSeeds(ports.db, connection.id, true));
}

/** What differs between the rows of a link plan, whose mirrors were kept while it read both catalogs. */
export function draftLinkedFields(
  read: CatalogRead,
  links: readonly MatchedLink[],
): Promise<Result<Chunks, Failure>> {
  return draftFields(read, seedsOf(links));
}

export interface CreateInput {
  readonly pools: readonly Pool[];
  readonly levelAt: CreateRules['levelAt'];
  /** Products with a linked variant: their item groups are there already. */
  readonly grouped: ReadonlySet<number>;
}

/** The operations that create what the registers lack (C7). */
export async function* createOperations(
  { ports, connection, store }: CatalogRead,
  missing: readonly Sellable[],
  { pools, levelAt, grouped }: CreateInput,
): AsyncGenerator<Operation[], void> {
  const { owners, toRegister: transforms } = connection.settings.catalog;
  const rules: CreateRules = {
    pools,
    levelAt,
    store,
    owners,
    transforms,
    baseline: connection.settings.stock.baseline,
    merchants: merchantFacts(connection),
    followsSales: owners.salePrice === 'bigcommerce' || owners.salePrice === 'newest',
  };
  let productId: number | null = null;
  const isFirst = (row: Sellable): boolean =>
    row.productId !== productId && !grouped.has(row.productId);
  for (const chunk of chunksOf(missing, FIELD_LINKS_CHUNK)) {
    const ids = chunk.map(({ variantId }) => String(variantId));
    const rows = await findMirrors(ports.db, connection.id, 'bigcommerce', ids);
    const operations: Operation[] = [];
    for (const sellable of chunk) {
      const web = rows.get(String(sellable.variantId));
      if (web?.platform !== 'bigcommerce') continue;
      const operation = planCreate(sellable, web, rules, isFirst(sellable));
      // A variant that cannot be created opens no group.
      if (operation.kind === 'create') productId = sellable.productId;
      operations.push(operation);
    }
    yield operations;
  }
}

async function draftFields(
  read: CatalogRead,
  seeds: AsyncIterable<readonly FieldSeed[]>,
): Promise<Result<Chunks, Failure>> {
  const { ports, connection, store } = read;
  const books = await readBooks(read);
  if (!books.ok) return books;
  const rules = fieldRules(connection, store, books.value);
  const survey = await surveyFields(ports, connection, rules, seeds, false);
  return ok(fieldOperations(ports, connection, rules, survey));
}

async function* seedsOf(links: readonly MatchedLink[]): AsyncGenerator<FieldSeed[], void> {
  for (const chunk of chunksOf(links, FIELD_LINKS_CHUNK)) {
    yield await Promise.resolve(
      chunk.map(({ sku, sellable, items, existing }) => ({
        linkId: existing?.linkId ?? null,
        sku,
        variantId: sellable.variantId,
        items: items.map(({ merchantId, itemId }) => ({ merchantId, itemId })),
      })),
    );
  }
}

/** The part of a link plan that creates what a side lacks, and takes away what is gone on the other one (C7, C9). */
import { splitMissing } from '../domain/catalog/create-plan.ts';
import { splitMissingItems } from '../domain/catalog/create-web-plan.ts';
import type { SeenLevel } from '../domain/catalog/baseline.ts';
import type { Operation } from '../domain/catalog/plan.ts';
import type { Pool } from '../domain/catalog/pools.ts';
import { planRemovals } from '../domain/catalog/removals.ts';
import type { Matching, RegisterItem, Sellable } from '../domain/catalog/rows.ts';
import type { Failure } from '../domain/failure.ts';
import type { PlaceKey } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import { createOperations } from './catalog-draft.ts';
import type { CatalogRead } from './catalog-read.ts';
import { draftWebProducts } from './create-web-draft.ts';

export interface MissingInput {
  readonly matching: Matching;
  readonly sellables: readonly Sellable[];
  readonly items: readonly RegisterItem[];
  readonly pools: readonly Pool[];
  levelAt(place: PlaceKey, externalId: number | string): SeenLevel | undefined;
}

export interface DraftedMissing {
  /** Without the rows that are created or go. */
  readonly matching: Matching;
  readonly operations: AsyncIterable<readonly Operation[]>;
}

/** Failures: those of Clover, whose item groups are read. */
export async function draftMissing(
  read: CatalogRead,
  { matching: all, sellables, items, pools, levelAt }: MissingInput,
): Promise<Result<DraftedMissing, Failure>> {
  const { catalog, stock } = read.connection.settings;
  const { enabled, createMissing, deleted } = catalog;
  const removed = planRemovals({
    matching: all,
    sellables,
    items,
    merchantIds: new Set(pools.flatMap(({ merchantIds }) => merchantIds)),
    how: enabled ? deleted : 'keep',
    massGuardShare: stock.massGuardShare,
  });
  const web =
    enabled && createMissing.clover
      ? splitMissing(removed.matching)
      : { rest: removed.matching, missing: [] };
  const { rest: matching, missing } =
    enabled && createMissing.bigcommerce
      ? splitMissingItems(web.rest)
      : { rest: web.rest, missing: new Map() };
  const { links } = matching;
  const products = await draftWebProducts(read, { missing, links, pools, levelAt });
  if (!products.ok) return products;
  const grouped = new Set(
    links.flatMap(({ sellable }) => (sellable.isBase ? [] : [sellable.productId])),
  );
  const registers = createOperations(read, web.missing, { pools, levelAt, grouped });
  return ok({ matching, operations: inTurn([removed.operations], registers, products.value) });
}

async function* inTurn<Item>(
  ...parts: (Iterable<Item> | AsyncIterable<Item>)[]
): AsyncGenerator<Item, void> {
  for (const part of parts) yield* part;
}

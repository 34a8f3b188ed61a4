/** Changes to items, many in one call (clover.md 4.1). What is not named stays; stock is written elsewhere. */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_BULK_ITEMS_MAX } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import { readItem, type Item } from './inventory.ts';
import type { CloverSession } from './session.ts';
import { wireItem, type WireItem } from './wire.ts';

export interface ItemChange {
  readonly itemId: string;
  /** Not for items in a group: their name is the server's (clover.md 4.3). */
  readonly name?: string;
  readonly sku?: string;
  readonly barcode?: string;
  /** Minor units. */
  readonly price?: number;
  readonly cost?: number;
  readonly isHidden?: boolean;
  readonly isAvailable?: boolean;
}

/** The answer's wrapping is not documented: a bare list, or one below `items` or `elements`. */
const ITEMS = v.union([
  v.array(wireItem),
  v.pipe(
    v.object({ items: v.array(wireItem) }),
    v.transform(({ items }) => items),
  ),
  v.pipe(
    v.object({ elements: v.array(wireItem) }),
    v.transform(({ elements }) => elements),
  ),
]);

function wireChange(change: ItemChange): Record<string, unknown> {
  const { itemId: id, name, sku, barcode: code, price, cost, isHidden, isAvailable } = change;
  return { id, name, sku, code, price, cost, hidden: isHidden, available: isAvailable };
}

function updateRequest(changes: readonly ItemChange[]): PlatformRequest<WireItem[]> {
  return {
    operation: 'items.update',
    method: 'PUT',
    path: '/bulk_items',
    body: { items: changes.map(wireChange) },
    accepts: ITEMS,
  };
}

/**
 * Changes items and answers them as they are now. All or none. Failures: `too_large` beyond `CLOVER_BULK_ITEMS_MAX`, and
 * those of `session.call`; a repeat of the same call changes nothing more.
 */
export async function updateItems(
  session: CloverSession,
  changes: readonly ItemChange[],
): Promise<Result<Item[], Failure>> {
  if (changes.length === 0) return ok([]);
  if (changes.length > CLOVER_BULK_ITEMS_MAX) {
    return fail({
      code: 'too_large',
      message: `${changes.length} items in one call are too many.`,
    });
  }
  const answer = await session.call(updateRequest(changes));
  return answer.ok ? ok(answer.value.body.map(readItem)) : answer;
}

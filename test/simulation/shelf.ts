/** The true shelf of one SKU, and the moments in which nobody could tell what happened to it. */
import type { PlaceKey } from '../../src/domain/ids.ts';
import type { SimSku } from './platforms.ts';

/** A level that moved by something else than a sale. */
interface Edit {
  readonly atMs: number;
  readonly units: number;
}

/** A stretch of time in which nobody could tell what happened at a place. */
interface Blind {
  readonly place: PlaceKey;
  readonly fromMs: number;
  readonly toMs: number;
  /** Units of the write whose outcome was unknown; 0 for one that was answered. */
  readonly units: number;
}

export interface ShelfBook {
  readonly sku: SimSku;
  /** What is truly on the shelf. */
  shelf: number;
  /** Units of web orders that are promised and still on the shelf (S6). */
  promised: number;
  readonly edits: Map<PlaceKey, Edit[]>;
  /** When nobody could tell what happened, per place: a register write overwrote it, or a write had no answer. */
  readonly blind: Blind[];
  /** Units that sales took off the shelf so far. */
  taken: number;
  /** Since when a write to this register is between its read and its commit. */
  readonly windowSinceMs: Map<PlaceKey, number>;
}

/**
 * Units that moved by no sale in a moment in which nobody could tell: a declared ambiguous case. Such a move can also
 * make a write of unknown outcome look like the opposite of what it was.
 */
export function unitsInTheDark({ edits, blind }: ShelfBook): number {
  let sum = 0;
  for (const { place, fromMs, toMs, units } of blind) {
    const hidden = (edits.get(place) ?? []).filter(({ atMs }) => fromMs <= atMs && atMs <= toMs);
    if (hidden.length > 0) sum += units;
    for (const edit of hidden) sum += Math.abs(edit.units);
  }
  return sum;
}

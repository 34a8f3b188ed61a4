/** What a ledger opens with, or a place joins with. Whole units; epoch milliseconds. */
import type { PlaceKey } from '../ids.ts';

/** What a place showed when the SKU was linked. */
export interface BaselineLevel {
  readonly place: PlaceKey;
  /** null: never counted there (BigCommerce: no absolute adjustment yet; Clover: no stock row). */
  readonly level: number | null;
  readonly readStartedAtMs: number;
  /** Clover's own time of the stock row; null where the platform has none. */
  readonly platformModifiedMs: number | null;
}

/**
 * What the units are that a location shows as it joins registers that were counted before (S10): among those that these
 * count already, or on top of them.
 */
export type Joining = 'counted' | 'extra';

export interface Baseline {
  readonly levels: readonly BaselineLevel[];
  readonly pools: readonly {
    readonly locationId: number;
    readonly onHand: number;
    /** Left out: counted, so that nothing is counted twice. */
    readonly joins?: Joining;
  }[];
}

/** What a component holds for promised bundles (S9). No level of its own moves for them, so they are apart from its orders. */
import type { Sale } from './api.ts';
import type { LedgerState } from './state.ts';

/** Units of this SKU that a line of a bundle has promised. */
export interface PromisedPart {
  readonly saleKey: string;
  readonly locationId: number;
  readonly units: number;
}

export function heldPart(state: LedgerState, saleKey: string): PromisedPart | undefined {
  return state.promisedParts?.find((part) => part.saleKey === saleKey);
}

/** Sets what the line has promised of this SKU, absolute; 0 ends it. */
export function holdPart(
  state: LedgerState,
  { saleKey, asPartOf }: Pick<Sale, 'saleKey' | 'asPartOf'>,
  units: number,
): LedgerState {
  const known = heldPart(state, saleKey);
  const wanted = asPartOf?.locationId ?? 0;
  const pool = state.pools.find(({ locationId }) => locationId === wanted) ?? state.pools[0];
  const at = known?.locationId ?? pool?.locationId;
  if (at === undefined || units === (known?.units ?? 0)) return state;
  const pools = reservedBy(state.pools, at, units - (known?.units ?? 0));
  const others = (state.promisedParts ?? []).filter((part) => part !== known);
  const parts = units === 0 ? others : [...others, { saleKey, locationId: at, units }];
  const { promisedParts: _, ...rest } = state;
  return { ...rest, pools, ...(parts.length === 0 ? {} : { promisedParts: parts }) };
}

/** Ends every command: what was held in a pool that is gone is held in the first one. */
export function settlePromisedParts(state: LedgerState): LedgerState {
  const [first] = state.pools;
  const { promisedParts } = state;
  if (promisedParts === undefined || first === undefined) return state;
  const isKnown = ({ locationId }: PromisedPart): boolean =>
    state.pools.some((pool) => pool.locationId === locationId);
  const moved = promisedParts.filter((part) => !isKnown(part));
  if (moved.length === 0) return state;
  const units = moved.reduce((sum, part) => sum + part.units, 0);
  return {
    ...state,
    pools: reservedBy(state.pools, first.locationId, units),
    promisedParts: promisedParts.map((part) =>
      isKnown(part) ? part : { ...part, locationId: first.locationId },
    ),
  };
}

function reservedBy(
  pools: LedgerState['pools'],
  locationId: number,
  units: number,
): LedgerState['pools'] {
  return pools.map((pool) =>
    pool.locationId === locationId ? { ...pool, reserved: pool.reserved + units } : pool,
  );
}

/** The part of a resync that follows the pools of the settings: places that came, moved or went. */
import type { PlaceKey } from '../ids.ts';
import type { BaselineRule } from './baseline.ts';
import { extraUnits, joiningLocations, storyOfJoining } from './joining.ts';
import { isMoved, isSameSet, poolsOfLink, type LinkPlanInput } from './link-plan.ts';
import type { Operation, PlannedPool } from './plan.ts';
import type { ExistingLink } from './rows.ts';

export interface StandingLink extends Omit<ExistingLink, 'ledger'> {
  readonly name: string;
  readonly isBundle: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly ledger: {
    readonly onHand: number;
    readonly pools: readonly { readonly locationId: number; readonly onHand: number }[];
    readonly places: readonly {
      readonly place: PlaceKey;
      readonly locationId?: number;
      readonly alsoAt?: readonly number[];
    }[];
  };
}

/** undefined: the ledger's places are those of the pools. Units are never lost: the reason says where they go. */
export function planRearranging(
  input: Pick<LinkPlanInput, 'pools' | 'levelAt'>,
  link: StandingLink,
  rule: BaselineRule,
): Operation | undefined {
  const { ledger, productId, variantId, tracking } = link;
  const pools = poolsOfLink(input, {
    sellable: { productId, variantId, tracking },
    items: link.items,
    isBundle: link.isBundle,
  });
  const standing = new Map(
    ledger.places.flatMap(({ place, locationId, alsoAt = [] }) =>
      locationId === undefined ? [] : [[place, [locationId, ...alsoAt]] as const],
    ),
  );
  const wanted = pools.flatMap(({ places }) => places.map(({ seen }) => seen.place));
  const had = ledger.places.map(({ place }) => place);
  const leaving = ledger.pools.filter(
    ({ locationId }) => !pools.some((pool) => pool.locationId === locationId),
  );
  if (isSameSet(had, wanted) && !isMoved(standing, pools) && leaving.length === 0) return undefined;
  const heirs = leaving.map((pool) => ({
    ...pool,
    heir: heirOf(pool.locationId, standing, pools),
  }));
  const joining = link.isBundle ? [] : joiningLocations(standing, pools);
  const left = heirs.reduce((sum, { heir, onHand }) => (heir === null ? sum + onHand : sum), 0);
  return {
    kind: 'resync',
    sku: link.sku,
    outcome: joining.some(({ joins }) => joins === undefined) ? 'open' : 'planned',
    reason: [
      ...had.filter((place) => !wanted.includes(place)).map((place) => `${place} leaves.`),
      ...wanted.filter((place) => !had.includes(place)).map((place) => `${place} joins.`),
      ...heirs.map(storyOf),
      ...joining.map(storyOfJoining),
    ].join(' '),
    before: { onHand: ledger.onHand, places: ledger.places },
    after: {
      onHand: ledger.onHand - left + extraUnits(joining),
      places: pools.flatMap(({ locationId, places }) =>
        places.map(({ seen }) => ({ place: seen.place, locationId })),
      ),
    },
    payload: {
      do: 'link',
      linkId: link.linkId,
      name: link.name,
      productId,
      variantId,
      tracking: tracking === 'none' ? 'variant' : tracking,
      items: link.items,
      evidence: link.evidence,
      rule,
      pools,
    },
  };
}

/** The pool to which a register of this one moves, and with it what it counts; null: the units leave. */
function heirOf(
  locationId: number,
  standing: ReadonlyMap<PlaceKey, readonly number[]>,
  pools: readonly PlannedPool[],
): number | null {
  const moved = pools.find(({ places }) =>
    places.some(
      ({ address, seen }) =>
        address.platform === 'clover' && standing.get(seen.place)?.includes(locationId) === true,
    ),
  );
  return moved?.locationId ?? null;
}

function storyOf(pool: {
  readonly locationId: number;
  readonly onHand: number;
  readonly heir: number | null;
}): string {
  const { locationId, onHand, heir } = pool;
  const level = `Its level at BigCommerce is left as it is: set it to 0 there if nothing is sold from it.`;
  return heir === null
    ? `Location ${locationId} is in no pool any more: its ${onHand} leave this account. ${level}`
    : `Location ${locationId} gives its ${onHand} to location ${heir}, where its register stands now. ${level}`;
}

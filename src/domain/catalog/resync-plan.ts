/** The plan of a resync: linked SKUs whose level, read now, is not what their ledger believes or wants. */
import type { LinkId, PlaceKey, Platform } from '../ids.ts';
import { isInSeveral, locationsOf, spreadOf } from '../stock/several.ts';
import type { PlaceAddress } from '../stock/state.ts';
import { wholeUnits, type SeenLevel } from './baseline.ts';
import { exceedsMassGuard } from './guard.ts';
import { draftOf, holdBack, type Operation, type PlaceCount, type PlanDraft } from './plan.ts';

/** One place of a ledger: what its copy says, and what was read. */
export interface ComparedPlace {
  readonly platform: Platform;
  readonly place: PlaceKey;
  readonly locationId: number;
  /** Further pools of a register that stands in several. */
  readonly alsoAt?: readonly number[];
  readonly address: PlaceAddress;
  readonly believed: number | null;
  readonly target: number;
  /** False: watched only (settings, or skipped), so its target is not pursued. */
  readonly isWritten: boolean;
  /** undefined: the platform's list has no row for it. */
  readonly seen: SeenLevel | undefined;
}

export interface ComparedLink {
  readonly linkId: LinkId;
  readonly sku: string;
  readonly onHand: number;
  readonly buffer: number;
  readonly pools: readonly {
    readonly locationId: number;
    readonly onHand: number;
    readonly reserved: number;
  }[];
  readonly places: readonly ComparedPlace[];
}

/** True when nothing is to be done for it: of many links only the others are kept in memory. */
export function isSettled(link: ComparedLink): boolean {
  return compareLink(link) === undefined;
}

/**
 * By SKU, in the order given. `unledgered`: links whose ledger was never opened; `rearranged`: those whose places change;
 * `settled`: how many settled ones were left out.
 */
export function draftResyncPlan(
  links: readonly ComparedLink[],
  unledgered: readonly { readonly sku: string }[],
  massGuardShare: number,
  rearranged: readonly Operation[] = [],
  settled = 0,
): PlanDraft {
  const rows = links.map(compareLink);
  const total = links.length + settled;
  const changed = rows.filter((row) => row !== undefined);
  const affected = changed.filter(({ drastic }) => drastic).length;
  const stopped = exceedsMassGuard(affected, total, massGuardShare);
  const operations = changed.map(({ operation, drastic }) =>
    drastic && stopped ? holdBack(operation, affected, total, massGuardShare) : operation,
  );
  const skipped = unledgered.map(({ sku }): Operation => ({
    kind: 'skip',
    sku,
    outcome: 'skipped',
    reason: 'Its ledger was never opened: make and apply a link plan.',
    before: null,
    after: null,
    payload: null,
  }));
  return draftOf(() => [...rearranged, ...operations, ...skipped], total - changed.length);
}

/**
 * True when the level says something new. BigCommerce shows 0 where it never counted (bigcommerce.md 6.4), so there 0
 * and "never" are the same.
 */
export function differs(platform: Platform, seen: number | null, believed: number | null): boolean {
  const whole = seen === null ? null : wholeUnits(seen);
  if (platform === 'bigcommerce') return (whole ?? 0) !== (believed ?? 0);
  return whole !== believed;
}

function compareLink(
  link: ComparedLink,
): { readonly operation: Operation; readonly drastic: boolean } | undefined {
  const read = link.places.flatMap((place) =>
    place.seen === undefined ? [] : [{ ...place, seen: place.seen }],
  );
  const missing = link.places.filter(
    ({ seen, believed }) => seen === undefined && believed !== null,
  );
  const off = read.filter(
    (place) =>
      differs(place.platform, place.seen.level, place.believed) ||
      (place.isWritten && wholeUnits(place.seen.level ?? 0) !== place.target),
  );
  if (off.length === 0 && missing.length === 0) return undefined;
  const reason = [
    ...off.map(storyOf),
    ...missing.map(({ place }) => `${place} no longer lists it: it may be deleted.`),
  ].join(' ');
  const before = {
    onHand: link.onHand,
    places: link.places.map(({ platform, place, seen }): PlaceCount => ({
      platform,
      place,
      level: seen?.level ?? null,
    })),
  };
  if (off.length === 0) {
    const operation: Operation = {
      kind: 'skip',
      sku: link.sku,
      outcome: 'skipped',
      reason,
      before,
      after: null,
      payload: null,
    };
    return { operation, drastic: false };
  }
  const after = afterwards(link, read);
  const operation: Operation = {
    kind: 'resync',
    sku: link.sku,
    outcome: 'planned',
    reason,
    before,
    after,
    payload: {
      do: 'resync',
      linkId: link.linkId,
      places: off.map(({ address, seen }) => ({ address, seen })),
    },
  };
  const drastic = after.onHand > link.onHand || (after.onHand <= 0 && link.onHand > 0);
  return { operation, drastic };
}

function storyOf(place: ComparedPlace & { readonly seen: SeenLevel }): string {
  const shown = place.seen.level === null ? 'no count' : String(place.seen.level);
  const believed = place.believed === null ? 'no count' : String(place.believed);
  return `${place.place} shows ${shown}, the ledger believes ${believed} and wants ${place.target}.`;
}

/** What the ledger will say once it has taken the levels in: every movement moves the shelf (S2). */
function afterwards(
  link: ComparedLink,
  read: readonly (ComparedPlace & { readonly seen: SeenLevel })[],
): { readonly onHand: number; readonly places: readonly PlaceCount[] } {
  const pools = link.pools.map((pool) => {
    const moved = read
      .flatMap((place) => spreadOf(link, place, movement(place)))
      .filter(({ locationId }) => locationId === pool.locationId)
      .reduce((sum, { delta }) => sum + delta, 0);
    return { ...pool, onHand: pool.onHand + moved };
  });
  const places = link.places.map((each): PlaceCount => {
    const { platform, place, locationId } = each;
    const freeOf = (among: typeof pools, at = locationId): number => {
      const pool = among.find((candidate) => candidate.locationId === at);
      return Math.max(0, (pool?.onHand ?? 0) - (pool?.reserved ?? 0));
    };
    if (isInSeveral(each)) {
      const target = locationsOf(each).reduce((sum, at) => sum + freeOf(pools, at), 0);
      return { platform, place, target };
    }
    const free = freeOf(pools);
    // A register that holds a part of the pool keeps it, and what moved there is its own (S10).
    const holdsPart = platform === 'clover' && each.target !== freeOf([...link.pools]);
    const moved = read.find((seen) => seen.place === place);
    const part = each.target + (moved === undefined ? 0 : movement(moved));
    const shown = platform === 'bigcommerce' ? free - link.buffer : free;
    return { platform, place, target: Math.max(0, holdsPart ? part : shown) };
  });
  return { onHand: pools.reduce((sum, { onHand }) => sum + onHand, 0), places };
}

function movement({ seen, believed }: ComparedPlace & { readonly seen: SeenLevel }): number {
  if (seen.level === null || believed === null) return 0;
  return wholeUnits(seen.level) - believed;
}

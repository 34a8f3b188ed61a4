/** The plan of linking: one operation per SKU that needs one, with both sides' levels and what they would become. */
import { isSame } from '../equal.ts';
import { bigcommercePlace, cloverPlace, type MerchantId, type PlaceKey } from '../ids.ts';
import { shareOut } from '../stock/parts.ts';
import type { PlaceAddress } from '../stock/state.ts';
import {
  countPools,
  wholeUnits,
  type BaselineRule,
  type PoolCount,
  type SeenLevel,
} from './baseline.ts';
import { exceedsMassGuard } from './guard.ts';
import { extraUnits, joiningLocations, storyOfJoining } from './joining.ts';
import {
  draftOf,
  holdBack,
  type Operation,
  type PlaceCount,
  type PlanDraft,
  type PlannedPool,
} from './plan.ts';
import { leave, planUnlinked } from './left-apart.ts';
import type { Pool } from './pools.ts';
import type { Proposal } from './proposals.ts';
import type { BrokenLink, MatchedLink, Matching, RegisterItem, Sellable } from './rows.ts';

export interface LinkPlanSettings {
  readonly baseline: BaselineRule;
  /** Share of SKUs, 0 to 1 (S11). */
  readonly massGuardShare: number;
  /** Off: levels are watched, nothing is written, so nothing can be zeroed. */
  readonly enabled: boolean;
  readonly direction: 'two-way' | 'to-clover' | 'to-bigcommerce';
  /** SKUs whose counts follow from their components (S9). */
  readonly bundles?: ReadonlySet<string>;
  /** Units held back from the web. */
  bufferUnits(sku: string): number;
}

export interface LinkPlanInput {
  readonly matching: Matching;
  readonly pools: readonly Pool[];
  readonly settings: LinkPlanSettings;
  /** The level read at a place; undefined: the place has no row for it. */
  levelAt(place: PlaceKey, externalId: number | string): SeenLevel | undefined;
  /** What was left out before matching: a merchant without a pool, a location switched off. */
  readonly notes: readonly string[];
}

/** Links first, in the order of variants; then what stays apart, by SKU. */
export function draftLinkPlan(input: LinkPlanInput): PlanDraft {
  const { links, broken, unlinked } = input.matching;
  const { massGuardShare } = input.settings;
  let unchanged = 0;
  let drastic = 0;
  for (const link of links) {
    const planned = planLink(input, link);
    if (planned === undefined) unchanged += 1;
    else if (planned.drastic) drastic += 1;
  }
  const isStopped = exceedsMassGuard(drastic, links.length, massGuardShare);
  function* operations(): Generator<Operation, void> {
    for (const link of links) {
      const planned = planLink(input, link);
      if (planned === undefined) continue;
      yield planned.drastic && isStopped
        ? holdBack(planned.operation, drastic, links.length, massGuardShare)
        : planned.operation;
    }
    for (const row of broken) if (row.link.status === 'active') yield planBreak(row);
    for (const note of input.notes) yield leave('skip', '', note, null);
    for (const row of input.matching.proposals ?? []) yield* planProposal(input, row);
    for (const row of unlinked) yield planUnlinked(row);
  }
  return draftOf(operations, unchanged);
}

const BUNDLE_REASON = 'A bundle: its levels follow from what its components allow.';

interface PlannedLink {
  readonly operation: Operation;
  /** Sets a place that shows units to 0, or raises one: what the mass guard counts. */
  readonly drastic: boolean;
}

/** undefined: linked already, and nothing about it changed. */
function planLink(input: LinkPlanInput, link: MatchedLink): PlannedLink | undefined {
  const isBundle = input.settings.bundles?.has(link.sku) === true;
  const pools = poolsOfLink(input, { ...link, isBundle });
  if (isUnchanged(link, pools)) return undefined;
  const isOpen = link.existing?.ledger !== undefined && link.existing.ledger !== null;
  const counts = countedPools(pools, input.settings.baseline);
  const before = { places: shownOnce(pools.flatMap(levelsOf)), ...identity(link) };
  const { tracking } = link.sellable;
  const { ledger = null } = link.existing ?? {};
  const joining = ledger === null || isBundle ? [] : joiningLocations(ledger.standing, pools);
  const reasons = [reasonOf(link, counts, isOpen), ...joining.map(storyOfJoining)];
  const operation: Operation = {
    kind: isOpen ? 'relink' : 'link',
    sku: link.sku,
    outcome: isAsked(link, joining) ? 'open' : 'planned',
    reason: isBundle ? BUNDLE_REASON : joined(reasons),
    before,
    after: isOpen
      ? { onHand: (ledger?.onHand ?? 0) + extraUnits(joining) }
      : isBundle
        ? { places: shownOnce(pools.flatMap(levelsOf)) }
        : {
            onHand: counts.reduce((sum, { count }) => sum + count.onHand, 0),
            places: shownOnce(counts.flatMap((row) => targetsOf(input, link, row, counts))),
          },
    payload: {
      do: 'link',
      linkId: link.existing?.linkId ?? null,
      name: link.sellable.name,
      productId: link.sellable.productId,
      variantId: link.sellable.variantId,
      tracking: tracking === 'none' ? 'variant' : tracking,
      items: link.items.map(({ merchantId, itemId }) => ({ merchantId, itemId })),
      evidence: evidenceOf(link),
      rule: input.settings.baseline,
      pools,
    },
  };
  const drastic = !isOpen && !isBundle && counts.some((row) => isDrastic(input, link, row, counts));
  return { operation, drastic };
}

/** What a person took apart, and units whose location nobody told, wait for an answer. */
function isAsked(
  { existing, rule }: MatchedLink,
  joining: readonly { readonly joins?: unknown }[],
): boolean {
  const isParted = existing?.isParted === true && rule !== 'person';
  return isParted || joining.some(({ joins }) => joins === undefined);
}

function joined(reasons: readonly (string | null)[]): string | null {
  const told = reasons.filter((reason) => reason !== null);
  return told.length === 0 ? null : told.join(' ');
}

/** The pools in which this link has an item to sell from, with what their places show. */
export function poolsOfLink(
  input: Pick<LinkPlanInput, 'pools' | 'levelAt'>,
  link: {
    readonly sellable: Pick<Sellable, 'productId' | 'variantId' | 'tracking'>;
    readonly items: readonly Pick<RegisterItem, 'merchantId' | 'itemId'>[];
    /** Its components are in every pool, and so is it (S9). */
    readonly isBundle?: boolean;
  },
): PlannedPool[] {
  const { productId, variantId, tracking } = link.sellable;
  const byMerchant = new Map<MerchantId, Pick<RegisterItem, 'merchantId' | 'itemId'>>(
    link.items.map((item) => [item.merchantId, item]),
  );
  return input.pools.flatMap(({ locationId, merchantIds, sharing, joins }): PlannedPool[] => {
    const items = merchantIds.flatMap((merchantId) => byMerchant.get(merchantId) ?? []);
    if (items.length === 0 && link.isBundle !== true) return [];
    const web: PlaceAddress = {
      platform: 'bigcommerce',
      locationId,
      productId,
      variantId,
      tracking: tracking === 'none' ? 'variant' : tracking,
    };
    const webPlace = bigcommercePlace(locationId);
    const registers = items.map(({ merchantId, itemId }) => {
      const place = cloverPlace(merchantId);
      const address: PlaceAddress = { platform: 'clover', merchantId, itemId };
      return { address, seen: input.levelAt(place, itemId) ?? neverCounted(place) };
    });
    const seen = input.levelAt(webPlace, variantId) ?? neverCounted(webPlace);
    const places = [{ address: web, seen }, ...registers];
    const shared = sharing === undefined ? {} : { sharing };
    return [{ locationId, places, ...shared, ...(joins === undefined ? {} : { joins }) }];
  });
}

function neverCounted(place: PlaceKey): SeenLevel {
  return { place, level: null, readStartedAtMs: 0, platformModifiedMs: null };
}

function isUnchanged(link: MatchedLink, pools: readonly PlannedPool[]): boolean {
  const { existing, sellable, items } = link;
  if (existing === null || existing.ledger === null || existing.status === 'broken') return false;
  const key = (item: { merchantId: string; itemId: string }): string =>
    `${item.merchantId}:${item.itemId}`;
  const places = pools.flatMap((pool) => pool.places.map(({ seen }) => seen.place));
  return (
    existing.sku === sellable.sku &&
    existing.productId === sellable.productId &&
    existing.variantId === sellable.variantId &&
    existing.tracking === sellable.tracking &&
    isSameSet(existing.items.map(key), items.map(key)) &&
    isSameSet(existing.ledger.places, places) &&
    !isMoved(existing.ledger.standing, pools)
  );
}

/** A register that stands in another pool than its ledger says. Copies of older ledgers do not tell. */
export function isMoved(
  standing: ReadonlyMap<PlaceKey, readonly number[]>,
  pools: readonly PlannedPool[],
): boolean {
  const planned = pools.flatMap(({ places }) => places.map(({ seen }) => seen.place));
  return planned.some((place) => {
    const had = standing.get(place);
    const wanted = pools
      .filter(({ places }) => places.some(({ seen }) => seen.place === place))
      .map(({ locationId }) => locationId);
    return had !== undefined && !isSame(had, wanted);
  });
}

export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(a);
  return known.size === new Set(b).size && b.every((each) => known.has(each));
}

interface CountedPool {
  readonly pool: PlannedPool;
  readonly count: PoolCount;
}

function countedPools(pools: readonly PlannedPool[], rule: BaselineRule): CountedPool[] {
  const counts = countPools(
    pools.map(({ places, sharing }) => ({
      levels: places.map(({ seen }) => seen),
      isShared: sharing !== undefined,
    })),
    rule,
  );
  return pools.map((pool, index) => ({ pool, count: counts[index] ?? { onHand: 0, notes: [] } }));
}

/** A register shows its pool; one that stands in several their sum (S10). */
function countOfAll(all: readonly CountedPool[], place: PlaceKey): number {
  return all
    .filter(({ pool }) => pool.places.some(({ seen }) => seen.place === place))
    .reduce((sum, { count }) => sum + count.onHand, 0);
}

function shownOnce(counts: readonly PlaceCount[]): PlaceCount[] {
  return [...new Map(counts.map((count) => [count.place, count])).values()];
}

function levelsOf(pool: PlannedPool): PlaceCount[] {
  return pool.places.map(({ address, seen }) => ({
    platform: address.platform,
    place: seen.place,
    level: seen.level,
  }));
}

/** As the ledger will work it out: nothing is reserved yet (S6), and parts add up to the pool (S10). */
function targetsOf(
  input: LinkPlanInput,
  link: MatchedLink,
  row: CountedPool,
  all: readonly CountedPool[],
): PlaceCount[] {
  const { pool, count } = row;
  const registers = pool.places.filter(({ address }) => address.platform === 'clover');
  const levels = registers.map(({ seen }) => wholeUnits(seen.level ?? 0));
  const parts =
    pool.sharing === undefined
      ? registers.map(({ seen }) => countOfAll(all, seen.place))
      : shareOut(levels, count.onHand, pool.sharing);
  return pool.places.map((place) => ({
    platform: place.address.platform,
    place: place.seen.place,
    target:
      place.address.platform === 'clover'
        ? (parts[registers.indexOf(place)] ?? 0)
        : Math.max(0, count.onHand - input.settings.bufferUnits(link.sku)),
  }));
}

/** A first count at a place that never counted raises nothing: there was nothing to compare with. */
function isDrastic(
  input: LinkPlanInput,
  link: MatchedLink,
  row: CountedPool,
  all: readonly CountedPool[],
): boolean {
  const { enabled, direction } = input.settings;
  const targets = targetsOf(input, link, row, all);
  return row.pool.places.some(({ address, seen }, index) => {
    const isWritten =
      enabled && (direction === 'two-way' || direction === `to-${address.platform}`);
    if (!isWritten || seen.level === null) return false;
    const shown = Math.max(0, Math.floor(seen.level));
    const target = targets[index]?.target ?? 0;
    return target > shown || (target === 0 && shown > 0);
  });
}

function reasonOf(
  link: MatchedLink,
  counts: readonly CountedPool[],
  isOpen: boolean,
): string | null {
  const { existing, sellable } = link;
  const notes: string[] = [];
  if (link.rule === 'person') notes.push('A person chose it.');
  else if (existing?.isParted === true) {
    notes.push('A person unlinked it: approve it to link it again.');
  }
  if (existing !== null && existing.sku !== sellable.sku) {
    notes.push(`The SKU was "${existing.sku}": the link stays, by platform ids.`);
  }
  if (existing !== null && existing.variantId !== sellable.variantId) {
    notes.push(`BigCommerce variant ${existing.variantId} is gone; this one has its SKU.`);
  }
  if (isOpen) notes.push('Its ledger stays open: the count is not set anew.');
  const isKept = existing !== null && link.rule !== 'person';
  const others = isKept ? link.items.filter(({ sku }) => sku !== sellable.sku) : [];
  for (const item of others) {
    notes.push(`Clover item ${item.itemId} has SKU "${item.sku}": kept, it was linked before.`);
  }
  if (!isOpen) notes.push(...counts.flatMap(({ count }) => count.notes));
  return notes.length === 0 ? null : notes.join(' ');
}

function identity(link: MatchedLink): Record<string, unknown> {
  const { existing } = link;
  if (existing === null) return {};
  return { link: { sku: existing.sku, variantId: existing.variantId, items: existing.items } };
}

function evidenceOf(link: MatchedLink): Record<string, unknown> {
  return {
    rule: link.rule,
    sku: link.sellable.sku,
    items: link.items.map(({ merchantId, itemId, sku }) => ({ merchantId, itemId, sku })),
  };
}

function planBreak({ link, message }: BrokenLink): Operation {
  return {
    kind: 'relink',
    sku: link.sku,
    outcome: 'planned',
    reason: `${message} The link is marked as broken; its ledger is kept.`,
    before: { link: { sku: link.sku, variantId: link.variantId, items: link.items } },
    after: { status: 'broken' },
    payload: { do: 'break', linkId: link.linkId },
  };
}

/** A link as a rule suggests it: apply carries it out once a person approved it (C5). */
function planProposal(input: LinkPlanInput, proposal: Proposal): Operation[] {
  const { sellable, items, rule, confidence, evidence } = proposal;
  const link = { kind: 'link', sku: sellable.sku, sellable, items, rule, existing: null } as const;
  const planned = planLink(input, link);
  if (planned === undefined) return [];
  const sku = sellable.sku === '' ? (items[0]?.sku ?? '') : sellable.sku;
  const asked = `Perhaps the same: ${evidence} (rule ${rule}, confidence ${confidence}). Approve it to link them.`;
  const reason = [asked, planned.operation.reason].filter((text) => text !== null).join(' ');
  return [{ ...planned.operation, kind: 'ambiguous', sku, outcome: 'open', reason }];
}

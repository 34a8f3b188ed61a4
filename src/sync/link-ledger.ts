/** What applying tells a ledger: to open with its baseline, or what its places show. */
import {
  openPools,
  wholeUnits,
  type LevelPair,
  type SeenLevel,
} from '../domain/catalog/baseline.ts';
import type { OperationPayload, PlannedPlace, PlannedPool } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import type { EventId, PlaceKey } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import type { Baseline, BaselineLevel } from '../domain/stock/first-count.ts';
import type { PlaceSetup } from '../domain/stock/state.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import type { Link } from '../store/links.ts';
import type { FreshLevels } from './link-fresh.ts';
import { stockPolicy } from './policy.ts';

type LedgerPorts = Pick<Ports, 'objects'>;

export interface LinkedSku {
  readonly connection: Connection;
  /** undefined: another link took the variant since the plan was made. */
  readonly link: Link | undefined;
  readonly payload: Extract<OperationPayload, { do: 'link' }>;
  readonly fresh: FreshLevels;
  readonly eventId: EventId;
  /** Its ledger is open already: places and SKU change, the count stays. */
  readonly isOpen: boolean;
}

/**
 * Opens the link's ledger; one that is open takes the places as they are now. Failures: `conflict` the variant has
 * another link, `item_deleted` a place lost the SKU. Throws what the object throws.
 */
export async function openLinked(
  ports: LedgerPorts,
  sku: LinkedSku,
): Promise<Result<LedgerView, Failure>> {
  const { connection, link, payload, eventId, isOpen } = sku;
  if (link === undefined) {
    const message = 'Another link took this variant since the plan was made: make a new plan.';
    return fail({ code: 'conflict', message });
  }
  const pools: Baseline['pools'][number][] = [];
  const levels: SeenLevel[] = [];
  const news: SeenLevel[] = [];
  const paired: { locationId: number; pairs: LevelPair[]; isShared: boolean }[] = [];
  for (const { locationId, places, sharing } of payload.pools) {
    const pairs = pairUp(places, sku.fresh);
    if (!pairs.ok) return pairs;
    paired.push({ locationId, pairs: pairs.value, isShared: sharing !== undefined });
  }
  openPools(paired, payload.rule).forEach((opening, index) => {
    const { locationId, pairs = [] } = paired[index] ?? {};
    const { joins } = payload.pools[index] ?? {};
    const joined = joins === undefined ? {} : { joins };
    if (locationId !== undefined) pools.push({ locationId, onHand: opening.onHand, ...joined });
    levels.push(...onceEach(opening.levels, levels));
    news.push(...onceEach(isOpen ? pairs.map(({ fresh }) => fresh) : opening.news, news));
  });
  const ledger = ports.objects.skuLedger(connection.id, link.linkId);
  const policy = stockPolicy(connection, link.sku);
  const setup = {
    connectionId: connection.id,
    linkId: link.linkId,
    sku: link.sku,
    places: placesOf(payload.pools),
    policy,
  };
  let view = await ledger.open(setup, { levels: levels.map(baselineLevel), pools }, eventId);
  for (const level of news) {
    view = (await ledger.observe(observationOf(level, eventId, 'link'), policy)) ?? view;
  }
  return ok(view);
}

/** A register that stands in several pools is one place, shown once (S10). */
function placesOf(pools: readonly PlannedPool[]): PlaceSetup[] {
  const places = new Map<PlaceKey, PlaceSetup>();
  for (const { locationId, places: planned } of pools) {
    for (const { address, seen } of planned) {
      const known = places.get(seen.place);
      const setup =
        known === undefined
          ? { place: seen.place, locationId, address }
          : { ...known, alsoAt: [...(known.alsoAt ?? []), locationId] };
      places.set(seen.place, setup);
    }
  }
  return [...places.values()];
}

function onceEach(levels: readonly SeenLevel[], known: readonly SeenLevel[]): SeenLevel[] {
  return levels.filter(({ place }) => !known.some((seen) => seen.place === place));
}

export interface ResyncedSku {
  readonly connection: Connection;
  readonly sku: string;
  readonly payload: Extract<OperationPayload, { do: 'resync' }>;
  readonly fresh: FreshLevels;
  readonly eventId: EventId;
}

/**
 * Tells the ledger what its places show and lets it try again what it had given up on. Failures: `item_deleted`,
 * `unlinked` when the ledger was never opened. Throws what the object throws.
 */
export async function tellLevels(
  ports: LedgerPorts,
  resync: ResyncedSku,
): Promise<Result<LedgerView, Failure>> {
  const { connection, payload, eventId } = resync;
  const pairs = pairUp(payload.places, resync.fresh);
  if (!pairs.ok) return pairs;
  const ledger = ports.objects.skuLedger(connection.id, payload.linkId);
  const policy = stockPolicy(connection, resync.sku);
  for (const { fresh } of pairs.value) {
    await ledger.observe(observationOf(fresh, eventId, 'resync'), policy);
  }
  const view = await ledger.evaluate(policy, eventId, true);
  if (view !== null) return ok(view);
  return fail({ code: 'unlinked', message: 'Its ledger was never opened: make a link plan.' });
}

function pairUp(places: readonly PlannedPlace[], fresh: FreshLevels): Result<LevelPair[], Failure> {
  const pairs: LevelPair[] = [];
  for (const place of places) {
    const level = fresh(place);
    if (!level.ok) return level;
    pairs.push({ planned: place.seen, fresh: level.value });
  }
  return ok(pairs);
}

function baselineLevel({
  place,
  level,
  readStartedAtMs,
  platformModifiedMs,
}: SeenLevel): BaselineLevel {
  return { place, level, readStartedAtMs, platformModifiedMs };
}

function observationOf(seen: SeenLevel, eventId: EventId, source: string) {
  const level = seen.level === null ? null : wholeUnits(seen.level);
  return { ...seen, level, eventId, source };
}

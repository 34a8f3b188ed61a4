/** What applying tells a ledger: to open with its baseline, or what its places show. */
import { openPool, wholeUnits, type SeenLevel } from '../domain/catalog/baseline.ts';
import type { OperationPayload, PlannedPlace } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import type { EventId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import type { BaselineLevel, PlaceSetup } from '../domain/stock/state.ts';
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
  const pools: { locationId: number; onHand: number }[] = [];
  const levels: SeenLevel[] = [];
  const news: SeenLevel[] = [];
  for (const { locationId, places, sharing } of payload.pools) {
    const pairs = pairUp(places, sku.fresh);
    if (!pairs.ok) return pairs;
    const opening = openPool(pairs.value, payload.rule, sharing !== undefined);
    pools.push({ locationId, onHand: opening.onHand });
    levels.push(...opening.levels);
    news.push(...(isOpen ? pairs.value.map(({ fresh }) => fresh) : opening.news));
  }
  const ledger = ports.objects.skuLedger(connection.id, link.linkId);
  const policy = stockPolicy(connection, link.sku);
  const setup = {
    connectionId: connection.id,
    linkId: link.linkId,
    sku: link.sku,
    places: payload.pools.flatMap(({ locationId, places }) =>
      places.map(({ address, seen }): PlaceSetup => ({ place: seen.place, locationId, address })),
    ),
    policy,
  };
  let view = await ledger.open(setup, { levels: levels.map(baselineLevel), pools }, eventId);
  for (const level of news) {
    view = (await ledger.observe(observationOf(level, eventId, 'link'), policy)) ?? view;
  }
  return ok(view);
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

function pairUp(
  places: readonly PlannedPlace[],
  fresh: FreshLevels,
): Result<{ planned: SeenLevel; fresh: SeenLevel }[], Failure> {
  const pairs: { planned: SeenLevel; fresh: SeenLevel }[] = [];
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

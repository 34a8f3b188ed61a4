/** Levels at the moment of applying: read again for exactly the SKUs of a piece of a plan, or taken from the plan. */
import type { SeenLevel } from '../domain/catalog/baseline.ts';
import type { OperationPayload, PlannedPlace } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, cloverPlace } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { PlaceAddress } from '../domain/stock/state.ts';
import { readInventory } from '../platforms/bigcommerce/inventory.ts';
import type { CallContext } from '../platforms/http.ts';
import { backgroundSessions, type ReadPorts, type Sessions } from './link-read.ts';
import { openStockReads } from './stock-reads.ts';

/** The present level of a planned place, or why there is none: `item_deleted` when it is gone. */
export type FreshLevels = (planned: PlannedPlace) => Result<SeenLevel, Failure>;

/** The levels that the plan itself read. */
export const plannedLevels: FreshLevels = ({ seen }) => ok(seen);

/**
 * Reads the levels of these operations now: both sides in as few calls as their filters allow, Clover
 * from its primary (clover.md 0). Failures: those of the platforms; a single item that is gone is no failure of the read.
 */
export async function readFreshLevels(
  ports: ReadPorts,
  connectionId: string,
  eventId: string,
  payloads: readonly (OperationPayload | null)[],
): Promise<Result<FreshLevels, Failure>> {
  const planned = payloads.flatMap(placesOf);
  const sessions = backgroundSessions(ports, connectionId, eventId);
  const levels = new Map<string, SeenLevel | 'gone'>();
  const [web, register] = await Promise.all([
    readWeb(sessions, planned, levels),
    readRegisters(ports, { connectionId, eventId, priority: 'background' }, planned, levels),
  ]);
  if (!web.ok) return web;
  if (!register.ok) return register;
  return ok(({ address, seen }) => {
    const level = levels.get(keyOf(address));
    if (level !== undefined && level !== 'gone') return ok(level);
    // Never counted, so not listed either: there is still nothing to compare with.
    if (level === undefined && seen.level === null) return ok(seen);
    return fail({
      code: 'item_deleted',
      message: `${seen.place} no longer has it. Make a new plan.`,
    });
  });
}

function placesOf(payload: OperationPayload | null): readonly PlannedPlace[] {
  switch (payload?.do) {
    case 'link':
      return payload.pools.flatMap(({ places }) => places);
    case 'resync':
      return payload.places;
    default:
      return [];
  }
}

type Levels = Map<string, SeenLevel | 'gone'>;

async function readWeb(
  sessions: Sessions,
  planned: readonly PlannedPlace[],
  levels: Levels,
): Promise<Result<void, Failure>> {
  const web = planned.flatMap(({ address }) =>
    address.platform === 'bigcommerce' ? [address] : [],
  );
  if (web.length === 0) return ok(undefined);
  const read = await readInventory(sessions.bigcommerce(), {
    variantIds: [...new Set(web.map(({ variantId }) => variantId))],
    locationIds: [...new Set(web.map(({ locationId }) => locationId))],
  });
  if (!read.ok) return read;
  const { readStartedAtMs } = read.value;
  for (const { locationId, variantId, level } of read.value.levels) {
    const place = bigcommercePlace(locationId);
    const seen: SeenLevel = { place, level, readStartedAtMs, platformModifiedMs: null };
    levels.set(`${place}:${variantId}`, seen);
  }
  return ok(undefined);
}

async function readRegisters(
  ports: ReadPorts,
  context: CallContext,
  planned: readonly PlannedPlace[],
  levels: Levels,
): Promise<Result<void, Failure>> {
  const reads = openStockReads(ports);
  const done = await Promise.all(
    planned.map(async ({ address }): Promise<Result<void, Failure>> => {
      if (address.platform !== 'clover') return ok(undefined);
      const read = await reads.read(address.merchantId, address.itemId, context);
      if (!read.ok) {
        if (read.failure.code !== 'not_found') return read;
        levels.set(keyOf(address), 'gone');
        return ok(undefined);
      }
      const { stock, readStartedAtMs } = read.value;
      levels.set(keyOf(address), {
        place: cloverPlace(address.merchantId),
        level: stock.quantity,
        readStartedAtMs,
        platformModifiedMs: stock.modifiedMs,
      });
      return ok(undefined);
    }),
  );
  return done.find((result) => !result.ok) ?? ok(undefined);
}

function keyOf(address: PlaceAddress): string {
  return address.platform === 'bigcommerce'
    ? `${bigcommercePlace(address.locationId)}:${address.variantId}`
    : `clover:${address.merchantId}:${address.itemId}`;
}

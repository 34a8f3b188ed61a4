/** Where a store counts stock (bigcommerce.md 5). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, wireLocation } from './wire.ts';

export interface Location {
  readonly locationId: number;
  readonly code: string;
  readonly label: string;
  /** Off: its stock can neither be edited nor sold. */
  readonly enabled: boolean;
  /** A third-party system counts here; the control panel refuses manual edits. */
  readonly managedExternally: boolean;
}

/** Every store has it and cannot delete it: the default shipping origin. */
export const DEFAULT_LOCATION_ID = 1;

const LOCATION_LIST = listOf(wireLocation);

/** Plans allow at most 100 locations and a page holds 1,000: one call reads them all. */
function locationsRequest(): PlatformRequest<v.InferOutput<typeof LOCATION_LIST>> {
  return {
    operation: 'inventory.locations',
    method: 'GET',
    path: '/v3/inventory/locations',
    query: { limit: 1_000 },
    accepts: LOCATION_LIST,
  };
}

function readLocations(wire: v.InferOutput<typeof LOCATION_LIST>): Location[] {
  return wire.data.map((location) => ({
    locationId: location.id,
    code: location.code,
    label: location.label,
    enabled: location.enabled ?? true,
    managedExternally: location.managed_by_external_source ?? false,
  }));
}

/** Every location of the store. Failures: those of `session.call`. */
export async function getLocations(
  session: BigCommerceSession,
): Promise<Result<readonly Location[], Failure>> {
  const answer = await session.call(locationsRequest());
  return answer.ok ? ok(readLocations(answer.value.body)) : answer;
}

/**
 * Locations that join registers which were counted before (S10). Whether the units that such a location shows are among
 * those that the registers count, nothing can tell: the merchant says so, or is asked.
 */
import type { PlaceKey } from '../ids.ts';
import type { Joining } from '../stock/first-count.ts';
import { wholeUnits } from './baseline.ts';
import type { PlannedPool } from './plan.ts';

export interface JoiningLocation {
  readonly locationId: number;
  /** What the web shows there, above 0. */
  readonly units: number;
  /** Where its registers were counted so far. */
  readonly from: readonly number[];
  /** undefined: a person has to say. */
  readonly joins: Joining | undefined;
}

/** `standing`: where each place of the open ledger stands. Locations that show nothing join without a question. */
export function joiningLocations(
  standing: ReadonlyMap<PlaceKey, readonly number[]>,
  pools: readonly PlannedPool[],
): JoiningLocation[] {
  const known = new Set([...standing.values()].flat());
  return pools.flatMap(({ locationId, places, joins }): JoiningLocation[] => {
    if (known.has(locationId)) return [];
    const web = places.find(({ address }) => address.platform === 'bigcommerce')?.seen.level ?? 0;
    const units = Math.max(0, wholeUnits(web));
    const from = places
      .filter(({ address }) => address.platform === 'clover')
      .flatMap(({ seen }) => standing.get(seen.place) ?? []);
    if (units === 0 || from.length === 0) return [];
    return [{ locationId, units, from: [...new Set(from)], joins }];
  });
}

/** Units that join on top of what is counted. */
export function extraUnits(joining: readonly JoiningLocation[]): number {
  return joining.reduce((sum, { joins, units }) => (joins === 'extra' ? sum + units : sum), 0);
}

/** What becomes of the location's units, or what a person has to decide. */
export function storyOfJoining({ locationId, units, from, joins }: JoiningLocation): string {
  const where = `Location ${locationId} shows ${units}, and its registers were counted at location ${from.join(', ')}.`;
  switch (joins) {
    case 'extra':
      return `${where} They come on top of that count.`;
    case 'counted':
      return `${where} They are among that count and move from there.`;
    default:
      return (
        `${where} Approve this if the ${units} are among that count: they move from there, and the sum stays. ` +
        'If they come on top of it, set "joins" of the location to "extra" in stock.pools and plan again.'
      );
  }
}

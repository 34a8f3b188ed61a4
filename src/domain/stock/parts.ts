/**
 * Several registers on one pool (S10). By default each shows the whole shelf. Otherwise each holds a part, and the parts
 * add up to what is free: what a register sells is its own, and what happens elsewhere (a web sale, a delivery to the
 * shelf, a reservation) is taken from or given to them by a rule that is data.
 */
import type { PlaceKey } from '../ids.ts';
import { unreachable } from '../result.ts';
import type { LedgerState } from './state.ts';

/** `most-stock`: from the largest part, to the smallest. `split`: from and to all of them alike. */
export type Sharing = 'most-stock' | 'split';

/**
 * Parts that add up to `total`, whole units, none below 0, as near to the ones given as the rule allows. A part below 0
 * (a register sold more than it had) is 0, and the others make up for it.
 */
export function shareOut(
  parts: readonly number[],
  total: number,
  sharing: Sharing,
): readonly number[] {
  const start = parts.map((part) => Math.max(0, part));
  if (start.length === 0) return [];
  const missing = total - start.reduce((sum, part) => sum + part, 0);
  if (missing === 0) return start;
  switch (sharing) {
    case 'most-stock':
      return missing < 0 ? lowerTops(start, -missing) : raiseBottoms(start, missing);
    case 'split':
      return spread(start, missing);
    default:
      return unreachable(sharing);
  }
}

/** Takes units one by one from whichever part is the largest then; the first of equals gives first. */
function lowerTops(parts: readonly number[], units: number): readonly number[] {
  const turned = raiseBottoms(
    parts.map((part) => -part),
    units,
    Math.max(...parts) * -1,
  );
  return turned.map((part) => (part === 0 ? 0 : -part));
}

/** Gives units one by one to whichever part is the smallest then; the first of equals gets first. */
function raiseBottoms(
  parts: readonly number[],
  units: number,
  lowest = Math.min(...parts),
): readonly number[] {
  // The line up to which all smaller parts can be filled, found by halving; what is left goes to the first ones on it.
  let low = lowest;
  let high = lowest + units;
  const cost = (line: number): number =>
    parts.reduce((sum, part) => sum + Math.max(0, line - part), 0);
  while (low < high) {
    const line = Math.ceil((low + high) / 2);
    if (cost(line) <= units) low = line;
    else high = line - 1;
  }
  let rest = units - cost(low);
  return parts.map((part) => {
    const filled = Math.max(part, low);
    if (filled > low || rest === 0) return filled;
    rest -= 1;
    return filled + 1;
  });
}

/** The same number of units to or from each; who cannot give any more gives all, and the others the rest. */
function spread(parts: readonly number[], missing: number): readonly number[] {
  let open = missing;
  let next = [...parts];
  while (open !== 0) {
    const takers = next.flatMap((part, index) => (open > 0 || part > 0 ? [index] : []));
    if (takers.length === 0) break;
    const each = Math.trunc(open / takers.length);
    const extra = Math.abs(open % takers.length);
    let given = 0;
    next = next.map((part, index) => {
      const turn = takers.indexOf(index);
      if (turn < 0) return part;
      const wanted = each + (turn < extra ? Math.sign(open) : 0);
      const change = Math.max(-part, wanted);
      given += change;
      return part + change;
    });
    open -= given;
  }
  return next;
}

/** Ends every command: the parts of each shared pool add up to what is free in it. */
export function settleParts(state: LedgerState): LedgerState {
  const { sharing } = state.policy;
  if (sharing === undefined && Object.keys(state.parts).length === 0) return state;
  const parts: Record<PlaceKey, number> = {};
  for (const { locationId, onHand, reserved } of state.pools) {
    const rule = sharing?.[locationId];
    if (rule === undefined) continue;
    const registers = state.places.filter(
      (place) => place.locationId === locationId && place.address.platform === 'clover',
    );
    const shared = shareOut(
      registers.map(({ place, level }) => state.parts[place] ?? level ?? 0),
      Math.max(0, onHand - reserved),
      rule,
    );
    registers.forEach(({ place }, index) => (parts[place] = shared[index] ?? 0));
  }
  return { ...state, parts };
}

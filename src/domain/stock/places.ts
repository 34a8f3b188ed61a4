/**
 * Places and pools that come, move and go. None of it is a movement of goods: units are carried along with the place
 * that counts them, or leave the account with a line that says so; none is lost without a word (S1, S12).
 */
import type { Failure } from '../failure.ts';
import type { EventId, PlaceKey } from '../ids.ts';
import { isSame } from '../equal.ts';
import { findPlace, move, moveAt, wantRead, withPlace } from './change.ts';
import { locationsOf, standsAt } from './several.ts';
import type { Baseline } from './first-count.ts';
import type {
  Change,
  LedgerSetup,
  LedgerState,
  PlaceAddress,
  PlaceSetup,
  PlaceState,
} from './state.ts';

/** What a place knows of its own past, at the start. */
export const NO_MEMORY = {
  windows: [],
  explained: [],
  coveredRows: [],
  moments: { added: 0, paid: 0 },
  doubts: [],
  guessedUnits: 0,
  reservations: [],
  presumed: [],
  pushes: [],
  pushEvidence: { moved: 0, still: 0 },
  safetyStock: 0,
  skippedFor: null,
} satisfies Partial<PlaceState>;

export function newPlace(setup: PlaceSetup, baseline: Baseline): PlaceState {
  const seen = baseline.levels.find(({ place }) => place === setup.place);
  const rowMs = seen?.platformModifiedMs ?? null;
  return {
    ...setup,
    countedFromMs: seen?.readStartedAtMs ?? 0,
    level: seen?.level ?? null,
    levelReadAtMs: seen?.readStartedAtMs ?? 0,
    levelKnownAtMs: seen?.readStartedAtMs ?? 0,
    platformModifiedMs: rowMs,
    ...(rowMs === null ? {} : { countedRowMs: rowMs }),
    effect: null,
    lastWrite: null,
    suspectedRise: null,
    awaited: [],
    unexplained: [],
    readDue: null,
    skipped: null,
    ...NO_MEMORY,
    ambiguous: 0,
  };
}

/** The first entry of each of these pools: the count that everything after it moves. */
export function countPools(
  start: Change,
  pools: Baseline['pools'],
  baseline: Baseline,
  eventId: EventId,
  nowMs: number,
): Change {
  return pools.reduce(
    (change, { locationId, onHand }) =>
      moveAt(change, locationId, {
        delta: onHand,
        cause: 'baseline',
        source: 'link',
        eventId,
        atMs: nowMs,
        note: `Linked with ${onHand} on hand (${baselineStory(baseline)}).`,
      }),
    start,
  );
}

function baselineStory(baseline: Baseline): string {
  return baseline.levels
    .map(({ place, level }) => `${place} showed ${level === null ? 'no count' : level}`)
    .join(', ');
}

/**
 * Opens again: places that are new are added, known ones take their new address (and are no longer skipped), places
 * that are gone are dropped. A pool whose location is gone gives its count to the pool that its registers moved to;
 * without one it leaves the account with an entry. A location that joins registers that were counted before has its own
 * units moved to it, or counts them on top, as the person said: no unit is counted twice.
 */
export function reopenLedger(
  state: LedgerState,
  setup: LedgerSetup,
  baseline: Baseline,
  eventId: EventId,
  nowMs: number,
): Change {
  const places = setup.places.map((place) => {
    const known = findPlace(state, place.place);
    if (known === undefined) return newPlace(place, baseline);
    const same = isSame(known.address, place.address);
    const { alsoAt: _, ...before } = known;
    return same
      ? { ...before, ...place, skipped: null, skippedFor: null }
      : newPlace(place, baseline);
  });
  const wanted = new Set(setup.places.flatMap(locationsOf));
  const had = new Set(state.pools.map(({ locationId }) => locationId));
  const fresh = [...wanted].filter((locationId) => !had.has(locationId));
  const pools = [
    ...state.pools,
    ...fresh.map((locationId) => ({ locationId, onHand: 0, reserved: 0 })),
  ];
  const reopened = { ...state, sku: setup.sku, policy: setup.policy, places, pools };
  let change: Change = { state: reopened, entries: [] };
  const moved = new Set<number>();
  for (const { place, locationId } of state.places) {
    const to = setup.places.find((each) => each.place === place)?.locationId;
    if (to === locationId) continue;
    change = carryPart(change, place, locationId, to, eventId, nowMs);
    if (to !== undefined && (state.parts[place] ?? 0) > 0) moved.add(to);
  }
  change = setup.places.reduce(
    (sofar, place) => joinShared(state, sofar, place, baseline, eventId, nowMs),
    change,
  );
  for (const { locationId } of state.pools.filter((pool) => !wanted.has(pool.locationId))) {
    const heir = heirOf(state, setup, locationId);
    if (heir !== undefined) moved.add(heir);
    change = closePool(change, locationId, heir, eventId, nowMs);
  }
  return fresh.reduce((sofar, locationId) => {
    const stood = registersAt(setup.places, locationId).filter((place) => findPlace(state, place));
    const pool = baseline.pools.find((each) => each.locationId === locationId);
    if (stood.length === 0) {
      const onHand = pool?.onHand ?? 0;
      return countPools(sofar, [{ locationId, onHand }], baseline, eventId, nowMs);
    }
    const units = ownUnits(baseline, locationId);
    if (pool?.joins === 'extra') return joinOnTop(sofar, locationId, units, eventId, nowMs);
    if (moved.has(locationId)) return sofar;
    const sources = sourcesOf(state, setup, stood).filter((from) => from !== locationId);
    return joinCounted(sofar, locationId, sources, units, eventId, nowMs);
  }, change);
}

/** What the web counts at a location by itself. */
function ownUnits(baseline: Baseline, locationId: number): number {
  const web = `bigcommerce:${locationId}`;
  return Math.max(0, baseline.levels.find(({ place }) => place === web)?.level ?? 0);
}

/** The pools that hold now what these registers counted before. */
function sourcesOf(state: LedgerState, setup: LedgerSetup, stood: readonly PlaceKey[]): number[] {
  const wanted = new Set(setup.places.flatMap(locationsOf));
  const held = stood.flatMap((place) => {
    const known = findPlace(state, place);
    return known === undefined ? [] : locationsOf(known);
  });
  return [
    ...new Set(
      held.flatMap((from) => (wanted.has(from) ? from : (heirOf(state, setup, from) ?? []))),
    ),
  ];
}

/** Its goods were in nobody's count so far. */
function joinOnTop(
  change: Change,
  locationId: number,
  units: number,
  eventId: EventId,
  nowMs: number,
): Change {
  if (units === 0) return change;
  const note = `Location ${locationId} joined with the ${units} that it showed, on top of what was counted.`;
  const common = { source: 'pools', eventId, atMs: nowMs };
  return moveAt(change, locationId, { ...common, delta: units, cause: 'baseline', note });
}

/** Its registers count its goods already: they move to it, from the fullest pool first, and the sum stays. */
function joinCounted(
  start: Change,
  locationId: number,
  sources: readonly number[],
  units: number,
  eventId: EventId,
  nowMs: number,
): Change {
  const held = (from: number): number =>
    Math.max(0, start.state.pools.find((pool) => pool.locationId === from)?.onHand ?? 0);
  const common = { source: 'pools', eventId, atMs: nowMs, cause: 'moved' } as const;
  let rest = units;
  let change = start;
  for (const from of sources.toSorted((one, other) => held(other) - held(one))) {
    const part = Math.min(rest, held(from));
    if (part === 0) continue;
    rest -= part;
    const gone = `${part} stand at location ${locationId}, which joined: they were counted here.`;
    const come = `Joined with ${part} of the ${units} that it showed: its register had counted them at location ${from}.`;
    change = moveAt(change, from, { ...common, delta: -part, note: gone });
    change = moveAt(change, locationId, { ...common, delta: part, note: come });
  }
  return change;
}

/** The pool in which the registers of this one stand from now on. */
function heirOf(state: LedgerState, setup: LedgerSetup, locationId: number): number | undefined {
  const stood = new Set(registersAt(state.places, locationId));
  return setup.places.find(({ place }) => stood.has(place))?.locationId;
}

function registersAt(places: readonly PlaceSetup[], locationId: number): PlaceKey[] {
  return places
    .filter((place) => standsAt(place, locationId) && place.address.platform === 'clover')
    .map(({ place }) => place);
}

/** Takes a pool out of the account; its count goes to `heir`, or leaves with an entry. */
function closePool(
  change: Change,
  locationId: number,
  heir: number | undefined,
  eventId: EventId,
  nowMs: number,
): Change {
  const units = change.state.pools.find((pool) => pool.locationId === locationId)?.onHand ?? 0;
  const common = { source: 'pools', eventId, atMs: nowMs };
  const where = heir === undefined ? 'is in no pool any more' : `moved to location ${heir}`;
  let next = change;
  if (units !== 0) {
    const note = `Location ${locationId} ${where}: its ${units} are not counted there any longer.`;
    const cause = heir === undefined ? 'left' : 'moved';
    next = moveAt(next, locationId, { ...common, delta: -units, cause, note });
  }
  if (units !== 0 && heir !== undefined) {
    const note = `The ${units} of location ${locationId} came along with its register.`;
    next = moveAt(next, heir, { ...common, delta: units, cause: 'moved', note });
  }
  const pools = next.state.pools.filter((pool) => pool.locationId !== locationId);
  return { ...next, state: { ...next.state, pools } };
}

/** A register that leaves a shared pool takes its part along: to the pool where it stands now, or out of the account. */
function carryPart(
  change: Change,
  place: PlaceKey,
  from: number,
  to: number | undefined,
  eventId: EventId,
  nowMs: number,
): Change {
  const units = change.state.parts[place] ?? 0;
  if (units === 0) return change;
  const common = { source: 'pools', eventId, atMs: nowMs };
  const cause = to === undefined ? 'left' : 'moved';
  const where = to === undefined ? 'left' : `stands at location ${to} now`;
  const note = `${place} ${where}, and the ${units} that it held went with it.`;
  const taken = moveAt(change, from, { ...common, delta: -units, cause, note });
  return to === undefined
    ? taken
    : moveAt(taken, to, { ...common, delta: units, cause: 'moved', note });
}

/** A register that joins a shared pool brings its own goods: parts are not one shelf shown twice. */
function joinShared(
  before: LedgerState,
  change: Change,
  { place, locationId, address }: PlaceSetup,
  baseline: Baseline,
  eventId: EventId,
  nowMs: number,
): Change {
  const isShared = change.state.policy.sharing?.[locationId] !== undefined;
  const isOpen = before.pools.some((pool) => pool.locationId === locationId);
  const isNew = findPlace(before, place) === undefined;
  if (!isShared || !isOpen || !isNew || address.platform !== 'clover') return change;
  const level = baseline.levels.find((seen) => seen.place === place)?.level ?? 0;
  if (level <= 0) return change;
  return moveAt(change, locationId, {
    delta: level,
    cause: 'baseline',
    source: 'pools',
    eventId,
    atMs: nowMs,
    note: `${place} joined with the ${level} that it showed.`,
  });
}

/** What happened to one place of an open ledger. */
export type PlaceChange =
  /** Its merchant was unlinked: it is no place of this SKU any more. The pool keeps its count. */
  | { readonly kind: 'leave' }
  /** The platform counts the SKU under another identity now (bigcommerce.md 6.4). */
  | { readonly kind: 'readdress'; readonly address: PlaceAddress }
  /** What kept it from being written is over, if it was this. */
  | { readonly kind: 'resume'; readonly after: Failure['code'] };

/** Carries one change of a place out. A repeat changes nothing. */
export function changePlace(
  state: LedgerState,
  name: PlaceKey,
  change: PlaceChange,
  eventId: EventId,
  nowMs: number,
): Change {
  const place = findPlace(state, name);
  if (place === undefined) return { state, entries: [] };
  switch (change.kind) {
    case 'leave': {
      const { locationId } = place;
      const places = state.places.filter((each) => each.place !== name);
      const left: Change = { state: { ...state, places }, entries: [] };
      return carryPart(left, name, locationId, undefined, eventId, nowMs);
    }
    case 'readdress':
      return isSame(place.address, change.address)
        ? { state, entries: [] }
        : readdress(state, place, change.address, eventId, nowMs);
    case 'resume': {
      if (place.skippedFor !== change.after) return { state, entries: [] };
      const open = wantRead({ ...place, skipped: null, skippedFor: null }, nowMs, eventId);
      return { state: withPlace(state, open), entries: [] };
    }
    default:
      return change satisfies never;
  }
}

/** Nothing is written or read here from now on; a write that is out still reports. */
export function skipFor(place: PlaceState, failure: Failure): PlaceState {
  const effect = place.effect?.status === 'claimed' ? place.effect : null;
  return { ...place, effect, skipped: failure.message, skippedFor: failure.code, readDue: null };
}

/**
 * The count under the new identity says nothing of goods: the place is one never counted there, and the next write
 * starts its count with what the ledger says. Web sales that were told and not seen yet count now: their falls stay
 * behind with the old identity.
 */
export function readdress(
  state: LedgerState,
  place: PlaceState,
  address: PlaceAddress,
  eventId: EventId,
  nowMs: number,
): Change {
  const next: PlaceState = {
    ...place,
    address,
    level: null,
    levelReadAtMs: nowMs,
    platformModifiedMs: null,
    lastWrite: null,
    suspectedRise: null,
    awaited: [],
    unexplained: [],
    skipped: null,
    skippedFor: null,
    safetyStock: 0,
  };
  const start: Change = { state: withPlace(state, next), entries: [] };
  return place.awaited
    .filter(({ counted }) => !counted)
    .reduce(
      (change, { units, orderId }) =>
        move(change, next, {
          delta: -units,
          cause: 'sale',
          source: `order:${orderId}`,
          eventId,
          atMs: nowMs,
          note: `Order ${orderId} sold ${units}, before the product was counted under another id.`,
        }),
      start,
    );
}

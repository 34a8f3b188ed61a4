/**
 * Bundles (S9). A bundle's count is what its components allow, less what it sold and they have not counted yet. It owes
 * each sale to its components until they have it; each has a key, so that every step may be repeated, and no step needs
 * another to be over. Levels of the bundle move nothing by themselves: they are explained by sales, or put back.
 */
import { BUNDLE_FALL_PATIENCE_MS, BUNDLE_RETURNS_MAX } from '../../limits.ts';
import { isSame } from '../equal.ts';
import type { EventId, LinkId } from '../ids.ts';
import type { Sale } from './api.ts';
import type { Component } from './bundle-parts.ts';
import { moveAt } from './change.ts';
import { poolOfSale } from './several.ts';
import type { Change, LedgerState, PlaceState } from './state.ts';

/** A task that the queue is told of until it is done. */
export interface Due {
  /** Done when told of this version of the ledger or a later one. */
  readonly sinceVersion: number;
  readonly pokeAtMs: number;
  readonly eventId: EventId;
}

/** What a component's ledger said of its pools. */
export interface ToldComponent {
  readonly sku: string;
  /** null: it is not linked, so nothing of it can be sold. */
  readonly linkId: LinkId | null;
  readonly version: number;
  /** `free`: on hand less reserved; `web`: less the buffer as well. */
  readonly pools: readonly {
    readonly locationId: number;
    readonly free: number;
    readonly web: number;
  }[];
}

/** A sale of the bundle that its components are still to count, or units of one that came back. */
export interface Owed extends Pick<
  Sale,
  'saleKey' | 'place' | 'orderId' | 'quantity' | 'soldAtMs'
> {
  readonly locationId: number;
  /** Units of the bundle that the components' counts do not show yet. */
  readonly units: number;
  /** Components that consume it; the others have lines of their own in the order. */
  readonly components: readonly Component[];
  readonly eventId: EventId;
  /** `promised`: they reserve it; `over`: they reserve it no more; left out: they consume it. */
  readonly standing?: 'promised' | 'over';
  /** By the bundle's ledger: of two words about one line a component takes the later one. Left out by older versions. */
  readonly asOf?: { readonly atMs: number; readonly version: number };
}

/** A line of a web order whose bundles are promised and not gone (S6). */
export interface PromisedLine extends Pick<Owed, 'saleKey' | 'place' | 'orderId' | 'locationId'> {
  readonly units: number;
  /** The web took the units as the order was placed. */
  readonly isTaken: boolean;
  /** Components that reserve it. */
  readonly components: readonly Component[];
}

export interface BundleState {
  /** The definition that the rest is of. */
  readonly components: readonly Component[];
  readonly told: readonly ToldComponent[];
  readonly owed: readonly Owed[];
  /** Lines taken back whose units no rise has shown yet. */
  readonly returned: readonly Owed[];
  readonly promised: readonly PromisedLine[];
  /** What the components allow on the web, per pool. */
  readonly web: readonly { readonly locationId: number; readonly units: number }[];
  readonly due: Due | null;
}

export interface BundleJob {
  readonly version: number;
  readonly components: readonly Component[];
  readonly owed: readonly Owed[];
}

/** What carrying a job out showed. */
export interface BundleNews {
  readonly version: number;
  readonly told: readonly ToldComponent[];
  /** Sales that every component of theirs has counted, as they were owed. */
  readonly paid: readonly Pick<Owed, 'saleKey' | 'quantity' | 'asOf'>[];
}

const EMPTY: BundleState = {
  components: [],
  told: [],
  owed: [],
  returned: [],
  promised: [],
  web: [],
  due: null,
};

/** Units that the web may show of a bundle in this pool; null: it is no bundle, or nothing is known yet. */
export function webAllowance(state: LedgerState, locationId: number): number | null {
  const { bundle } = state;
  if (bundle === null || !isComplete(bundle)) return null;
  return bundle.web.find((pool) => pool.locationId === locationId)?.units ?? 0;
}

/** The least whole number of bundles that the components allow; `of` picks what counts. */
export function allowance(
  components: readonly Component[],
  told: readonly ToldComponent[],
  locationId: number,
  of: 'free' | 'web',
): number {
  const each = components.map(({ sku, quantity }) => {
    const pools = told.find((component) => component.sku === sku)?.pools ?? [];
    const units = pools.find((pool) => pool.locationId === locationId)?.[of] ?? 0;
    return Math.floor(Math.max(0, units) / quantity);
  });
  return each.length === 0 ? 0 : Math.min(...each);
}

function isComplete({ components, told }: BundleState): boolean {
  return components.every(({ sku }) => told.some((component) => component.sku === sku));
}

/** The bundle by its present definition; null: it is none. */
export function bundleOf({ bundle, policy }: LedgerState): BundleState | null {
  if (policy.components === undefined) return null;
  return { ...(bundle ?? EMPTY), components: policy.components };
}

/** A sale of the bundle is owed to its components from now on; `units` fewer or more than known before. */
export function owe(
  change: Change,
  place: PlaceState,
  sale: Sale,
  units: number,
  nowMs: number,
): Change {
  const bundle = bundleOf(change.state);
  if (bundle === null || units <= 0) return change;
  const owed = owedOf(change.state, bundle, place, sale, units, nowMs);
  return withBundle(change, { ...bundle, owed: withOwed(bundle.owed, owed) });
}

/** A line that was taken back: the components get their units when the bundle's level shows that they came back. */
export function oweReturn(change: Change, place: PlaceState, sale: Sale, nowMs: number): Change {
  const bundle = bundleOf(change.state);
  if (bundle === null) return change;
  return withReturned(change, bundle, owedOf(change.state, bundle, place, sale, 0, nowMs));
}

/** Remembers what the components get back once a rise shows it. */
export function withReturned(change: Change, bundle: BundleState, line: Owed): Change {
  const others = bundle.returned.filter(({ saleKey }) => saleKey !== line.saleKey);
  const returned = [...others, line].slice(-BUNDLE_RETURNS_MAX);
  return withBundle(change, { ...bundle, returned });
}

/** A rise of the bundle's level that was believed: lines taken back there are given back to the components. */
export function payReturns(change: Change, place: PlaceState, nowMs: number): Change {
  const { bundle } = change.state;
  if (bundle === null) return change;
  const back = bundle.returned.filter((line) => line.place === place.place);
  if (back.length === 0) return change;
  return withBundle(change, {
    ...bundle,
    returned: bundle.returned.filter((line) => line.place !== place.place),
    owed: back
      .map((line) => ({ ...line, asOf: asOf(change.state, nowMs) }))
      .reduce(withOwed, bundle.owed),
  });
}

/** The next word of this ledger about a line: later than all before it. */
export function asOf({ version }: LedgerState, nowMs: number): NonNullable<Owed['asOf']> {
  return { atMs: nowMs, version: version + 1 };
}

function owedOf(
  state: LedgerState,
  bundle: BundleState,
  place: PlaceState,
  sale: Sale,
  units: number,
  nowMs: number,
): Owed {
  const { saleKey, orderId, quantity, soldAtMs, eventId } = sale;
  return {
    saleKey,
    place: place.place,
    locationId: poolOfSale(place, sale.locationId),
    orderId,
    quantity,
    units,
    soldAtMs,
    components: consumersOf(bundle, sale),
    eventId,
    asOf: asOf(state, nowMs),
  };
}

/** Components that have no line of their own in the order. */
export function consumersOf(bundle: BundleState, sale: Sale): readonly Component[] {
  const apart = new Set(sale.partsApart ?? []);
  return bundle.components.filter(({ sku }) => !apart.has(sku));
}

/** What a component is told of a line that is owed to it: a sale under the line's own key. */
export function partSale(
  line: Omit<Owed, 'units' | 'components'>,
  bundleSku: string,
  part: Component,
): Sale {
  const { saleKey, place, orderId, quantity, soldAtMs, eventId, locationId } = line;
  const { standing, asOf: said } = line;
  return {
    saleKey,
    place,
    orderId,
    quantity: quantity * part.quantity,
    soldAtMs,
    eventId,
    receivedAtMs: 0,
    asPartOf: { sku: bundleSku, locationId },
    ...(standing === undefined ? {} : { standing }),
    ...(said === undefined ? {} : { modifiedAtMs: said.atMs, readAtMs: said.version }),
  };
}

/** One entry per line: the newest quantity, and all units of it that are still to be counted. */
export function withOwed(owed: readonly Owed[], next: Owed): readonly Owed[] {
  const known = owed.find(({ saleKey }) => saleKey === next.saleKey);
  if (known === undefined) return [...owed, next];
  const units = next.quantity < known.quantity ? 0 : known.units + next.units;
  return owed.map((each) => (each === known ? { ...next, units } : each));
}

export function withBundle(change: Change, bundle: BundleState): Change {
  return { ...change, state: { ...change.state, bundle } };
}

/** What the queue has to do for this bundle; null: it is none. */
export function bundleJob(state: LedgerState): BundleJob | null {
  if (state.bundle === null) return null;
  const { components, owed } = state.bundle;
  return { version: state.version, components, owed };
}

/** Takes in what the components say; an older word than the one known changes nothing. */
export function tellBundle(state: LedgerState, news: BundleNews): Change {
  const { bundle } = state;
  if (bundle === null) return { state, entries: [] };
  const told = bundle.components.flatMap(({ sku }) => {
    const known = bundle.told.find((component) => component.sku === sku);
    const fresh = news.told.find((component) => component.sku === sku);
    return newerOf(known, fresh) ?? [];
  });
  const owed = bundle.owed.filter(
    (line) =>
      !news.paid.some(
        ({ saleKey, quantity, asOf: said }) =>
          saleKey === line.saleKey && quantity === line.quantity && isSame(said, line.asOf),
      ),
  );
  const due = bundle.due !== null && bundle.due.sinceVersion <= news.version ? null : bundle.due;
  return withBundle({ state, entries: [] }, { ...bundle, told, owed, due });
}

function newerOf(
  known: ToldComponent | undefined,
  fresh: ToldComponent | undefined,
): ToldComponent | undefined {
  if (fresh === undefined || known === undefined) return fresh ?? known;
  return fresh.linkId === known.linkId && fresh.version < known.version ? known : fresh;
}

/** The bundles know of the count as it was at this version. */
export function bundlesTold(state: LedgerState, version: number): LedgerState {
  const due = state.bundlesDue;
  return due !== null && due.sinceVersion <= version ? { ...state, bundlesDue: null } : state;
}

/** Ends every command of a bundle: its count follows from its components, and what is owed is on its way. */
export function settleBundle(change: Change, eventId: EventId, nowMs: number): Change {
  const wanted = change.state.policy.components;
  if (wanted === undefined) {
    return change.state.bundle === null
      ? change
      : { ...change, state: { ...change.state, bundle: null } };
  }
  const isNew = !isSame(change.state.bundle?.components, wanted);
  const bundle = { ...(change.state.bundle ?? EMPTY), components: wanted };
  const counted = withBundle(change, bundle);
  const followed = isComplete(bundle) ? followComponents(counted, eventId, nowMs) : counted;
  const dueAtMs = isNew ? nowMs : dueAt(followed.state, nowMs);
  const isSooner = bundle.due === null || (dueAtMs ?? nowMs) < bundle.due.pokeAtMs;
  if (dueAtMs === null || !(isNew || isSooner)) return followed;
  const sinceVersion = change.state.version + 1;
  return setDue(followed, { sinceVersion, pokeAtMs: dueAtMs, eventId });
}

function setDue(change: Change, due: Due): Change {
  const { bundle } = change.state;
  return bundle === null ? change : withBundle(change, { ...bundle, due });
}

/** When the queue has something to do for the bundle; null: nothing. */
function dueAt({ bundle, places }: LedgerState, nowMs: number): number | null {
  if (bundle === null) return null;
  if (bundle.due === null && (bundle.owed.length > 0 || !isComplete(bundle))) return nowMs;
  const ends = places
    .flatMap(({ unexplained }) => unexplained)
    .map(({ atMs }) => atMs + BUNDLE_FALL_PATIENCE_MS)
    .filter((endsAtMs) => endsAtMs > nowMs);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** On hand of each pool becomes what the components allow, less what they do not count yet. */
function followComponents(start: Change, eventId: EventId, nowMs: number): Change {
  const { bundle } = start.state;
  if (bundle === null) return start;
  const web = start.state.pools.map(({ locationId }) => ({
    locationId,
    units: Math.max(
      0,
      allowance(bundle.components, bundle.told, locationId, 'web') -
        openUnits(start.state, locationId, nowMs),
    ),
  }));
  const followed = start.state.pools.reduce((change, { locationId, onHand }) => {
    const allowed = allowance(bundle.components, bundle.told, locationId, 'free');
    const wanted = Math.max(0, allowed - openUnits(change.state, locationId, nowMs));
    if (wanted === onHand) return change;
    return moveAt(change, locationId, {
      delta: wanted - onHand,
      cause: 'component',
      source: 'bundle',
      eventId,
      atMs: nowMs,
      note: `${storyOf(bundle, locationId)} allow ${allowed}.`,
    });
  }, start);
  return withBundle(followed, { ...bundle, web });
}

function storyOf({ components, told }: BundleState, locationId: number): string {
  return components
    .map(({ sku, quantity }) => {
      const pools = told.find((component) => component.sku === sku)?.pools ?? [];
      const units = pools.find((pool) => pool.locationId === locationId)?.free ?? 0;
      return `${units} of ${sku} (${quantity} each)`;
    })
    .join(', ');
}

/** Sold and not counted by the components yet, or fallen and not told by any order yet. */
function openUnits({ bundle, places }: LedgerState, locationId: number, nowMs: number): number {
  const owed = (bundle?.owed ?? []).filter((sale) => sale.locationId === locationId);
  const fallen = places
    .filter((place) => place.locationId === locationId)
    .flatMap(({ unexplained }) => unexplained)
    .filter(({ atMs }) => atMs + BUNDLE_FALL_PATIENCE_MS > nowMs);
  return [...owed, ...fallen].reduce((sum, { units }) => sum + units, 0);
}

/** Ends every command of a component: its bundles are to hear of a count that moved. */
export function settleComponent(change: Change, eventId: EventId, nowMs: number): Change {
  const { state } = change;
  if (state.policy.isComponent !== true) {
    if (state.bundlesDue === null && state.bundlesKnow === '') return change;
    return { ...change, state: { ...state, bundlesDue: null, bundlesKnow: '' } };
  }
  const counts = state.pools.map(({ locationId, onHand, reserved }) => [
    locationId,
    onHand - reserved,
  ]);
  const bundlesKnow = JSON.stringify([counts, state.policy.bufferUnits]);
  if (bundlesKnow === state.bundlesKnow) return change;
  const bundlesDue = { sinceVersion: state.version + 1, pokeAtMs: nowMs, eventId };
  return { ...change, state: { ...state, bundlesDue, bundlesKnow } };
}

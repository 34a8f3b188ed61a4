/**
 * One SKU's ledger: opening it, closing each change (targets, effects, what waits), and what it shows of itself.
 * Pure: state in, state out; `nowMs` is an argument. The rules are in SPEC.md.
 */
import {
  ORDER_HOLD_MS,
  POKE_LOST_AFTER_MS,
  WRITE_SPACING_DOUBLINGS_MAX,
  WRITE_SPACING_MS,
  READ_TOGETHER_MS,
} from '../../limits.ts';
import { isSame } from '../equal.ts';
import type { EffectId, EventId, PlaceKey } from '../ids.ts';
import type { LedgerView } from './api.ts';
import { settleBundle, settleComponent, type Due } from './bundles.ts';
import { wantRead } from './change.ts';
import { countPools, newPlace, NO_MEMORY } from './places.ts';
import type { Baseline } from './first-count.ts';
import type {
  Change,
  Effect,
  LedgerSetup,
  LedgerState,
  PlaceState,
  ReadDue,
  StockPolicy,
} from './state.ts';
import { bufferOf, learnExposure, learnPace } from './buffer.ts';
import { NO_OVERSELLS, settleOversells } from './oversells.ts';
import { learntOfPushes } from './push.ts';
import { settlePromisedParts } from './part-reservations.ts';
import { settleParts } from './parts.ts';
import { questionsOf, settleGoods } from './restock.ts';
import { settleReturns } from './returns.ts';
import { settleDraws } from './several.ts';
import { isWritable, targetOf, wantedDelta } from './targets.ts';
import { momentOf } from './windows.ts';
import { expireClaims, nextEffectId, pendingEffect } from './write.ts';

/** What an older version stored lacks the memory of windows; it begins now, and nothing is lost by that. */
export function upgradeState(stored: LedgerState): LedgerState {
  const places = stored.places.map((place) => ({
    ...NO_MEMORY,
    ...place,
    suspectedRise: place.suspectedRise?.believedReadMs === undefined ? null : place.suspectedRise,
    awaited: place.awaited.filter(({ toldAtMs }) => toldAtMs !== undefined),
    lastWrite: place.lastWrite && {
      ...place.lastWrite,
      surelyReadAtMs: place.lastWrite.surelyReadAtMs ?? place.lastWrite.startedAtMs,
    },
  }));
  const bundle = stored.bundle
    ? { ...stored.bundle, promised: stored.bundle.promised ?? [] }
    : null;
  return { ...NOT_YET, ...NO_OVERSELLS, ...stored, bundle, places };
}

const NOT_YET = {
  parts: {},
  bundle: null,
  bundlesDue: null,
  bundlesKnow: '',
  pace: null,
} as const;

/** Opens the account: the baseline is its first entry in each pool. */
export function openLedger(
  setup: LedgerSetup,
  baseline: Baseline,
  eventId: EventId,
  nowMs: number,
): Change {
  const places = setup.places.map((place) => newPlace(place, baseline));
  const state: LedgerState = {
    connectionId: setup.connectionId,
    linkId: setup.linkId,
    sku: setup.sku,
    policy: setup.policy,
    pools: baseline.pools.map(({ locationId }) => ({ locationId, onHand: 0, reserved: 0 })),
    places,
    version: 0,
    effectCount: 0,
    ...NO_OVERSELLS,
    ...NOT_YET,
    outstandingSinceMs: null,
  };
  return countPools({ state, entries: [] }, baseline.pools, baseline, eventId, nowMs);
}

/**
 * Ends every command: claims out of time expire, writes that are wanted get an effect, those no longer wanted lose
 * it, and the ledger knows whether anything is outstanding.
 */
export function settle(change: Change, eventId: EventId, nowMs: number): Change {
  const goods = settleGoods(change, eventId, nowMs);
  const held = { ...goods, state: settlePromisedParts(goods.state) };
  const counted = settleComponent(settleBundle(held, eventId, nowMs), eventId, nowMs);
  const told = settleOversells(counted, eventId, nowMs);
  const paced = expireClaims(learnPace(told, nowMs).state, nowMs);
  let state = settleReturns(settleDraws(settleParts(paced)), nowMs);
  for (const place of state.places) state = settlePlace(state, place, eventId, nowMs);
  state = learnExposure(state, isWebDone(state), nowMs);
  const outstanding = state.places.some(isOutstanding) || dueOf(state).length > 0;
  const outstandingSinceMs = outstanding ? (state.outstandingSinceMs ?? nowMs) : null;
  return { state: { ...state, outstandingSinceMs }, entries: told.entries };
}

/** No web place waits for a write. */
function isWebDone({ places }: LedgerState): boolean {
  return places.every(
    ({ address, effect }) =>
      address.platform !== 'bigcommerce' || effect === null || effect.status === 'parked',
  );
}

/** Tasks of the whole SKU, not of one of its places (S9). */
function dueOf({ bundle, bundlesDue }: LedgerState): readonly Due[] {
  return [bundle?.due ?? null, bundlesDue].filter((due) => due !== null);
}

function settlePlace(
  state: LedgerState,
  place: PlaceState,
  eventId: EventId,
  nowMs: number,
): LedgerState {
  const wanted = isWritable(state.policy, place) && needsWrite(state, place);
  const replace = (next: PlaceState): LedgerState['places'] =>
    state.places.map((candidate) => (candidate.place === place.place ? next : candidate));
  if (wanted && place.effect === null) {
    const spacedMs = (place.lastWrite?.startedAtMs ?? 0) + spacingMs(place);
    const fromMs = Math.max(nowMs, spacedMs, orderHoldMs(state, place));
    const effect = pendingEffect(nextEffectId(state), eventId, nowMs, fromMs);
    const places = replace({ ...place, effect });
    return { ...state, places, effectCount: state.effectCount + 1 };
  }
  const idle = place.effect?.status === 'pending' || place.effect?.status === 'parked';
  if (!wanted && idle) return { ...state, places: replace({ ...place, effect: null }) };
  return state;
}

/**
 * Until when the web's lowering waits for the sale behind a register's fall to be told (O5): its web order takes the
 * stock itself. 0: nothing to wait for.
 */
function orderHoldMs(state: LedgerState, { place: web, address, locationId }: PlaceState): number {
  if (address.platform !== 'bigcommerce' || state.policy.apiOrdersMove?.[web] !== true) return 0;
  const falls = state.places
    .filter((place) => place.address.platform === 'clover' && place.locationId === locationId)
    .flatMap(({ unexplained }) => unexplained.map(({ atMs }) => atMs + ORDER_HOLD_MS));
  return Math.max(0, ...falls);
}

/** The first write of a rush goes at once, the next ones wait longer and longer: each carries what came meanwhile. */
function spacingMs(place: PlaceState): number {
  const doublings = Math.min((place.lastWrite?.streak ?? 1) - 1, WRITE_SPACING_DOUBLINGS_MAX);
  return WRITE_SPACING_MS * 2 ** doublings;
}

/** A place never counted gets a first, absolute count as soon as there is something to show there. */
function needsWrite(state: LedgerState, place: PlaceState): boolean {
  if (place.level === null) return targetOf(state, place) > 0;
  return wantedDelta(state, place) !== 0;
}

function isOutstanding(place: PlaceState): boolean {
  const waits = place.effect !== null && place.effect.status !== 'parked';
  return waits || place.readDue !== null;
}

export function withPolicy(state: LedgerState, policy: StockPolicy): LedgerState {
  const isOlder = (policy.asOfMs ?? 0) < (state.policy.asOfMs ?? 0);
  if (isOlder || isSame(state.policy, policy)) return state;
  return { ...state, policy };
}

/** Every place is to be read again, now. */
export function wantAllReads(state: LedgerState, eventId: EventId, nowMs: number): LedgerState {
  return { ...state, places: state.places.map((place) => wantRead(place, nowMs, eventId)) };
}

export type Poke =
  /** Tell a bundle's components what it sold, and the bundle what they allow; or the bundles of a component. */
  | { readonly kind: 'bundle' | 'bundles'; readonly eventId: EventId }
  | { readonly kind: 'write'; readonly effectId: EffectId; readonly eventId: EventId }
  | {
      readonly kind: 'read';
      readonly place: PlaceKey;
      /** Other places to be read with it. */
      readonly also?: readonly PlaceKey[];
      readonly eventId: EventId;
      /** Nothing waits for what it shows. */
      readonly isSecondLook: boolean;
    };

/**
 * The pokes due now, and the memory of those sent: each is due again after `POKE_LOST_AFTER_MS`, in case the message, or
 * the process between storing and sending, is lost.
 */
export function takePokes(
  state: LedgerState,
  sent: SentPokes,
  nowMs: number,
): { readonly sent: SentPokes; readonly pokes: readonly Poke[] } {
  const pokes: Poke[] = [];
  const remembered = new Map<string, SentPoke>();
  const isDue = (key: string, wish: PokeWish): boolean => {
    const isNew = pokeAgainMs(sent, key, wish) <= nowMs;
    const { pokeAtMs, wantedAtMs } = wish;
    const known = isNew ? { pokeAtMs, wantedAtMs, sentAtMs: nowMs } : sent.get(key);
    if (known !== undefined) remembered.set(key, known);
    return isNew;
  };
  for (const place of state.places) {
    const { effect, readDue: due } = place;
    if (effect?.status === 'pending' && isDue(effect.effectId, wishOf(effect))) {
      pokes.push({ kind: 'write', effectId: effect.effectId, eventId: effect.eventId });
    }
    if (due !== null && isDue(place.place, due)) {
      const isSecondLook = !isAwaited(place);
      pokes.push({ kind: 'read', place: place.place, eventId: due.eventId, isSecondLook });
    }
  }
  const due = state.bundle?.due ?? null;
  if (due !== null && isDue('bundle', wishOf(due))) {
    pokes.push({ kind: 'bundle', eventId: due.eventId });
  }
  const { bundlesDue } = state;
  if (bundlesDue !== null && isDue('bundles', wishOf(bundlesDue))) {
    pokes.push({ kind: 'bundles', eventId: bundlesDue.eventId });
  }
  return { sent: remembered, pokes: together(pokes) };
}

/** Reads due at once are made by one message and told in one step: one written row, not one each. */
function together(pokes: readonly Poke[]): Poke[] {
  const reads = pokes.filter((poke) => poke.kind === 'read');
  const joined = [true, false].flatMap((isSecondLook) => {
    const [first, ...others] = reads.filter((poke) => poke.isSecondLook === isSecondLook);
    if (first === undefined) return [];
    const also = others.map(({ place }) => place);
    return [also.length === 0 ? first : { ...first, also }];
  });
  return [...pokes.filter((poke) => poke.kind !== 'read'), ...joined];
}

type PokeWish = Pick<ReadDue, 'pokeAtMs' | 'wantedAtMs'>;

function wishOf({ pokeAtMs }: Pick<Effect, 'pokeAtMs'>): PokeWish {
  return { pokeAtMs, wantedAtMs: pokeAtMs };
}

/** A poke that went out for this wish; another wish has another moment. */
interface SentPoke extends PokeWish {
  readonly sentAtMs: number;
}
/**
 * By effect or place. In memory only: a poke more costs a message, a row to remember it by would cost more on every sale.
 */
export type SentPokes = ReadonlyMap<string, SentPoke>;

function pokeAgainMs(sent: SentPokes, key: string, { pokeAtMs, wantedAtMs }: PokeWish): number {
  const known = sent.get(key);
  if (known?.pokeAtMs !== pokeAtMs) return pokeAtMs;
  const lostAtMs = known.sentAtMs + POKE_LOST_AFTER_MS;
  // The read under way began too early for what has been asked for since.
  return known.wantedAtMs === wantedAtMs ? lostAtMs : Math.min(lostAtMs, wantedAtMs);
}

/** A write of unknown outcome, or a web sale not counted yet, waits for what a read shows. */
function isAwaited(place: PlaceState): boolean {
  return place.effect?.status === 'unknown' || place.awaited.some(({ counted }) => !counted);
}

const NONE_SENT: SentPokes = new Map();

/** When the ledger must look at itself again; null at rest. Parked writes wait for a person, not for an alarm. */
export function nextAlarmAtMs(state: LedgerState, sent: SentPokes = NONE_SENT): number | null {
  const slackMs = Math.min(READ_TOGETHER_MS, state.policy.settleMs / 4);
  const ofPlaces = state.places.flatMap(({ place, effect, readDue }) => [
    ...(effect?.status === 'pending' ? [pokeAgainMs(sent, effect.effectId, wishOf(effect))] : []),
    ...(effect?.status === 'claimed' ? [effect.pokeAtMs] : []),
    ...(readDue === null ? [] : [pokeAgainMs(sent, place, readDue) + slackMs]),
  ]);
  const { bundle, bundlesDue } = state;
  const due = bundle?.due ?? null;
  const moments = [
    ...ofPlaces,
    ...(due === null ? [] : [pokeAgainMs(sent, 'bundle', wishOf(due))]),
    ...(bundlesDue === null ? [] : [pokeAgainMs(sent, 'bundles', wishOf(bundlesDue))]),
  ];
  return moments.length === 0 ? null : Math.min(...moments);
}

/** What lists, sweeps and pages see. */
export function viewOf(state: LedgerState): LedgerView {
  const sum = (pick: (pool: LedgerState['pools'][number]) => number): number =>
    state.pools.reduce((total, pool) => total + pick(pool), 0);
  const questions = questionsOf(state);
  return {
    connectionId: state.connectionId,
    linkId: state.linkId,
    sku: state.sku,
    version: state.version,
    onHand: sum((pool) => pool.onHand),
    reserved: sum((pool) => pool.reserved),
    buffer: bufferOf(state),
    pools: state.pools,
    places: state.places.map((place) => viewOfPlace(state, place)),
    ...(state.oversells.length === 0 ? {} : { oversells: state.oversells }),
    ...(questions.length === 0 ? {} : { questions }),
    outstandingSinceMs: state.outstandingSinceMs,
    parked: state.places.flatMap((place) =>
      place.effect?.status === 'parked'
        ? [
            {
              effectId: place.effect.effectId,
              place: place.place,
              reason: place.effect.lastFailure ?? 'out of attempts',
            },
          ]
        : [],
    ),
  };
}

function viewOfPlace(state: LedgerState, place: PlaceState): LedgerView['places'][number] {
  const saleMoment = momentOf(place);
  const apiOrdersMove = learntOfPushes(place);
  const awaited = unitsOf(place.awaited);
  const unexplained = unitsOf(place.unexplained);
  return {
    platform: place.address.platform,
    place: place.place,
    level: place.level,
    target: targetOf(state, place),
    observedAtMs: place.levelKnownAtMs === 0 ? null : place.levelKnownAtMs,
    pending: isOutstanding(place),
    skipped: place.skipped,
    skippedFor: place.skippedFor,
    locationId: place.locationId,
    ...(place.alsoAt === undefined ? {} : { alsoAt: place.alsoAt }),
    safetyStock: place.safetyStock,
    ...(saleMoment === null ? {} : { saleMoment }),
    ...(apiOrdersMove === null ? {} : { apiOrdersMove }),
    ...(awaited === 0 ? {} : { awaited }),
    ...(unexplained === 0 ? {} : { unexplained }),
    ...(place.told === undefined ? {} : { told: place.told }),
  };
}

function unitsOf(parts: readonly { readonly units: number }[]): number {
  return parts.reduce((sum, { units }) => sum + units, 0);
}

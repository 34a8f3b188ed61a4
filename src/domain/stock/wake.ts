/** Webhooks are wake-ups: which of them need a read of the level, and which a read that is under way covers. */
import { CALL_TIMEOUT_MS, CLOCK_SKEW_MS, COALESCE_MS } from '../../limits.ts';
import type { EventId, PlaceKey } from '../ids.ts';
import type { Wake } from './api.ts';
import { findPlace, wantRead, withPlace } from './change.ts';
import type { LedgerState, PlaceState } from './state.ts';

/** A read handed out and not reported yet. Kept in memory only: losing it costs one read too many. */
export interface OpenRead {
  readonly startsAtMs: number;
  readonly eventId: EventId;
}
export type OpenReads = ReadonlyMap<PlaceKey, OpenRead>;

export type WakeDecision =
  | { readonly kind: 'read'; readonly place: PlaceState; readonly startsAtMs: number }
  /** Somebody else's read, or one already done, began (or will begin) after this event arrived. */
  | { readonly kind: 'covered' }
  /** Wait: our own write's echo, most likely. The state has a read due. */
  | { readonly kind: 'later'; readonly state: LedgerState }
  | { readonly kind: 'skipped' | 'unknown_place' };

/** How long a read that was handed out counts as under way: its time-out, and time to report. */
export const OPEN_READ_MS = CALL_TIMEOUT_MS + 5_000;

/**
 * Decides what one event about a place asks for. A read covers every event that arrived before the read began, so a
 * burst of webhooks costs one read; the event that was handed the read is handed it again when it is redelivered.
 */
export function wake(
  state: LedgerState,
  event: Wake,
  open: OpenReads,
  nowMs: number,
): WakeDecision {
  const place = findPlace(state, event.place);
  if (place === undefined) return { kind: 'unknown_place' };
  if (place.skipped !== null) return { kind: 'skipped' };
  if (isOlderThanKnown(place, event)) return { kind: 'covered' };
  if (place.effect?.status === 'claimed' || isEcho(state, place, nowMs)) {
    const settledAtMs = (place.lastWrite?.confirmedAtMs ?? nowMs) + state.policy.settleMs;
    const readAtMs = Math.max(settledAtMs, nowMs) + 2 * CLOCK_SKEW_MS;
    if (place.readDue !== null && place.readDue.wantedAtMs >= readAtMs) return { kind: 'covered' };
    return { kind: 'later', state: withPlace(state, wantRead(place, readAtMs, event.eventId)) };
  }
  const current = open.get(event.place);
  const isOwn = current?.eventId === event.eventId;
  if (!isOwn && isUnderWay(current, event.receivedAtMs, nowMs)) return { kind: 'covered' };
  return { kind: 'read', place, startsAtMs: nowMs + COALESCE_MS };
}

/** A read was handed out that begins after the event arrived, and it may still be reported. */
export function isUnderWay(
  read: OpenRead | undefined,
  receivedAtMs: number,
  nowMs: number,
): boolean {
  if (read === undefined || nowMs >= read.startsAtMs + OPEN_READ_MS) return false;
  return isCovered(receivedAtMs, read.startsAtMs);
}

/** A read covers what arrived before it began, by the clocks of two Workers: close to that moment it may not. */
export function isCovered(receivedAtMs: number, readStartsAtMs: number): boolean {
  return receivedAtMs + CLOCK_SKEW_MS <= readStartsAtMs;
}

function isOlderThanKnown(place: PlaceState, event: Wake): boolean {
  if (event.platformTsMs !== null && place.platformModifiedMs !== null) {
    // One clock, the platform's: exact.
    return event.platformTsMs <= place.platformModifiedMs;
  }
  return place.level !== null && isCovered(event.receivedAtMs, place.levelReadAtMs);
}

/**
 * BigCommerce tells of our own writes in up to three webhooks and carries no time to tell them by
 * (bigcommerce.md 6.6): within the settle time they wait for one read. A web sale in that time is told by its order.
 */
function isEcho(state: LedgerState, place: PlaceState, nowMs: number): boolean {
  if (place.address.platform !== 'bigcommerce' || place.lastWrite === null) return false;
  return nowMs < place.lastWrite.confirmedAtMs + state.policy.settleMs;
}

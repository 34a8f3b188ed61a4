/** What would happen: the ledger's decisions on levels read now, with nothing stored, sent or written. */
import type { EventId } from '../ids.ts';
import type { LedgerPreview, Observation } from './api.ts';
import { settle, viewOf, withPolicy } from './ledger.ts';
import type { LedgerState, StockPolicy } from './state.ts';
import { isWritable, targetOf } from './targets.ts';
import { observeEach } from './told.ts';

/**
 * Looks twice with the same levels, the second time after the settle time, because a rise is believed only then (S3). What
 * a reader of the preview sees is where the ledger ends if nothing else happens meanwhile.
 */
export function preview(
  stored: LedgerState,
  all: readonly Observation[],
  policy: StockPolicy,
  nowMs: number,
): LedgerPreview {
  const start = withPolicy(stored, policy);
  const [first] = all;
  const eventId = first?.eventId ?? ('preview' as EventId);
  const laterMs = start.policy.settleMs + 1;
  const again = all.map((seen) => ({ ...seen, readStartedAtMs: seen.readStartedAtMs + laterMs }));
  const once = settle(observeEach(start, all, nowMs), eventId, nowMs);
  const { state, entries } = settle(
    observeEach(once.state, again, nowMs + laterMs),
    eventId,
    nowMs,
  );
  const writes = state.places.flatMap((place) => {
    const to = targetOf(state, place);
    const isWritten = isWritable(state.policy, place) && place.effect !== null;
    return isWritten && place.level !== to ? [{ place: place.place, from: place.level, to }] : [];
  });
  const before = viewOf(stored);
  return { before, after: viewOf(state), entries: [...once.entries, ...entries], writes };
}

/**
 * The lines of a ledger as they are kept: numbered, with the count after each, and with when each reached the other
 * places. What is old is summed up, so that an account stays bounded and its sum provable (S1).
 */
import { locationsOf } from './several.ts';
import type { PlaceKey } from '../ids.ts';
import type { Entry, EntryCause, LedgerState, PoolState } from './state.ts';
import type { Written } from './timing.ts';

/** A line with its place in the account. */
export interface KeptEntry extends Entry {
  /** Grows by one with each line. */
  readonly seq: number;
  /** Of its pool, after this line. */
  readonly onHandAfter: number;
  /** When a write of ours showed it at another place; left out: none has, or none was needed. */
  readonly written?: readonly { readonly place: PlaceKey; readonly atMs: number }[];
}

/** Lines of one pool that were summed up: what they add to on hand, and what they were. */
export interface CarriedPool {
  readonly locationId: number;
  readonly delta: number;
  readonly lines: number;
  readonly fromAtMs: number;
  readonly untilAtMs: number;
  readonly byCause: {
    readonly [cause in EntryCause]?: { readonly lines: number; readonly delta: number };
  };
}

/** A write of ours that a place has carried out. */
export interface WriteMark {
  readonly place: PlaceKey;
  readonly locationIds: readonly number[];
  /** When the write was decided on, and when it was sent: it shows what was entered in between. */
  readonly decidedAtMs: number;
  readonly startedAtMs: number;
  readonly writtenAtMs: number;
}

/** Numbers new lines; `before`: the pools as they were before the first of them. */
export function numbered(
  entries: readonly Entry[],
  before: readonly PoolState[],
  lastSeq: number,
): KeptEntry[] {
  const onHand = new Map(before.map((pool) => [pool.locationId, pool.onHand]));
  return entries.map((entry, index) => {
    const onHandAfter = (onHand.get(entry.locationId) ?? 0) + entry.delta;
    onHand.set(entry.locationId, onHandAfter);
    return { ...entry, seq: lastSeq + index + 1, onHandAfter };
  });
}

/** Writes that are confirmed in `after` and were not in `before`. */
export function writesBetween(before: LedgerState | null, after: LedgerState): WriteMark[] {
  return after.places.flatMap((place) => {
    const old = before?.places.find((candidate) => candidate.place === place.place);
    const write = place.lastWrite;
    const effect = old?.effect;
    if (write === null || write === old?.lastWrite || !effect) return [];
    if (write.confirmedAtMs === old?.lastWrite?.confirmedAtMs) return [];
    return [
      {
        place: place.place,
        locationIds: locationsOf(place),
        decidedAtMs: effect.decidedAtMs,
        startedAtMs: write.startedAtMs,
        writtenAtMs: write.confirmedAtMs,
      },
    ];
  });
}

/** Notes a write at the lines that it carried, and tells how long they took. A baseline took no time: it is no event. */
export function markWritten(
  entries: readonly KeptEntry[],
  mark: WriteMark,
): { readonly entries: KeptEntry[]; readonly timings: Written[] } {
  const timings: Written[] = [];
  const marked = entries.map((entry) => {
    const { place, locationIds, writtenAtMs } = mark;
    const isCarried =
      entry.delta !== 0 &&
      entry.cause !== 'baseline' &&
      locationIds.includes(entry.locationId) &&
      entry.place !== place &&
      entry.atMs >= mark.decidedAtMs &&
      entry.atMs <= mark.startedAtMs &&
      entry.written?.some((known) => known.place === place) !== true;
    if (!isCarried) return entry;
    const { delta, happenedAtMs = null, receivedAtMs = null, atMs: decidedAtMs } = entry;
    timings.push({ happenedAtMs, receivedAtMs, decidedAtMs, writtenAtMs, delta });
    return { ...entry, written: [...(entry.written ?? []), { place, atMs: writtenAtMs }] };
  });
  return { entries: marked, timings };
}

/** Sums lines up into what was summed up before. On hand = this and the lines that are left (S1). */
export function carry(
  before: readonly CarriedPool[],
  entries: readonly KeptEntry[],
): CarriedPool[] {
  const pools = new Map(before.map((pool) => [pool.locationId, pool]));
  for (const { locationId, delta, atMs, cause } of entries) {
    const pool = pools.get(locationId);
    const ofCause = pool?.byCause[cause];
    pools.set(locationId, {
      locationId,
      delta: (pool?.delta ?? 0) + delta,
      lines: (pool?.lines ?? 0) + 1,
      fromAtMs: pool?.fromAtMs ?? atMs,
      untilAtMs: atMs,
      byCause: {
        ...pool?.byCause,
        [cause]: { lines: (ofCause?.lines ?? 0) + 1, delta: (ofCause?.delta ?? 0) + delta },
      },
    });
  }
  return [...pools.values()];
}

/** What was summed up, as the oldest lines of the account; `lastSeq`: of the newest line in it. */
export function carriedEntries(carried: readonly CarriedPool[], lastSeq: number): KeptEntry[] {
  return carried.map((pool, index) => ({
    seq: lastSeq - index,
    locationId: pool.locationId,
    delta: pool.delta,
    onHandAfter: pool.delta,
    cause: 'carried',
    place: null,
    source: 'sum',
    eventId: 'sum' as KeptEntry['eventId'],
    atMs: pool.untilAtMs,
    note: `${pool.lines} earlier entries since ${new Date(pool.fromAtMs).toISOString()}: ${storyOf(pool)}.`,
  }));
}

function storyOf(pool: CarriedPool): string {
  return Object.entries(pool.byCause)
    .map(([cause, { lines, delta }]) => `${lines} ${cause} (${delta > 0 ? '+' : ''}${delta})`)
    .join(', ');
}

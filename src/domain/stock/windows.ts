/**
 * Windows: when a register's level was overwritten by us, so that a sale left no trace in it (S2, S4). All spans are by
 * the register's own clock: no skew between its clock and ours matters.
 */
import {
  CLOCK_SKEW_MS,
  COVERED_ROWS_MAX,
  SALE_LAG_MS,
  SALE_MOMENTS_MIN,
  WEB_CLOCK_DOUBT_MS,
  WEB_TIME_STEP_MS,
  WINDOW_MEMORY_MS,
  WINDOWS_MAX,
} from '../../limits.ts';
import type { Observation, Sale } from './api.ts';
import type { LedgerState, PlaceState, SaleMoment, Span, StockPolicy } from './state.ts';

/** When the level moved for this sale, at the earliest and at the latest; null when the platform tells no time. */
export function spanOfSale(
  policy: StockPolicy,
  place: PlaceState,
  sale: Pick<Sale, 'soldAtMs' | 'addedAtMs'>,
): Span | null {
  const paidMs = sale.soldAtMs;
  if (paidMs === null) return null;
  const addedMs = Math.min(sale.addedAtMs ?? paidMs, paidMs);
  if (place.address.platform === 'bigcommerce') {
    return { fromMs: addedMs - 1, toMs: paidMs + WEB_TIME_STEP_MS + SALE_LAG_MS };
  }
  const moment = policy.saleMoments?.[place.place] ?? momentOf(place);
  const fromMs = moment === 'paid' ? paidMs : addedMs;
  const toMs = moment === 'added' ? addedMs : paidMs;
  return { fromMs: fromMs - 1, toMs: toMs + SALE_LAG_MS };
}

/** The moment at which sales move this place's level, once its falls have shown it; null before. */
export function momentOf({ moments }: PlaceState): SaleMoment | null {
  const { added, paid } = moments;
  const isKnown = Math.max(added, paid) >= SALE_MOMENTS_MIN && Math.min(added, paid) === 0;
  return isKnown ? (paid > 0 ? 'paid' : 'added') : null;
}

/** Which of the sale's moments the row's own time shows to have moved the level; null: neither, or not to be told. */
export function wasMovedBy(
  fall: Span | null,
  sale: Pick<Sale, 'soldAtMs' | 'addedAtMs'>,
): SaleMoment | null {
  if (fall?.endsWithChange !== true) return null;
  const cameAt = (atMs: number | null | undefined): boolean =>
    typeof atMs === 'number' && atMs <= fall.toMs && fall.toMs <= atMs + SALE_LAG_MS;
  if (cameAt(sale.soldAtMs)) return 'paid';
  return cameAt(sale.addedAtMs) ? 'added' : null;
}

/** Learns from a fall that is this sale's at which moment sales move this place's level. */
export function withMoment(
  place: PlaceState,
  fall: Span | null,
  sale: Pick<Sale, 'soldAtMs' | 'addedAtMs'>,
): PlaceState {
  const { soldAtMs: paidMs, addedAtMs: addedMs } = sale;
  if (fall?.endsWithChange !== true || paidMs === null) return place;
  if (addedMs === null || addedMs === undefined) return place;
  const cameAt = (atMs: number): boolean => atMs <= fall.toMs && fall.toMs <= atMs + SALE_LAG_MS;
  const [added, paid] = [cameAt(addedMs), cameAt(paidMs)];
  if (added === paid) return place;
  const { moments } = place;
  return {
    ...place,
    moments: { added: moments.added + (added ? 1 : 0), paid: moments.paid + (paid ? 1 : 0) },
  };
}

/** Remembers the time of a row that changed without showing a fall. */
export function withCoveredRow(place: PlaceState, seenModifiedMs: number | null): PlaceState {
  const isNew =
    seenModifiedMs !== null &&
    place.platformModifiedMs !== null &&
    seenModifiedMs > place.platformModifiedMs;
  if (!isNew) return place;
  return { ...place, coveredRows: [...place.coveredRows, seenModifiedMs].slice(-COVERED_ROWS_MAX) };
}

/** Takes the covered row whose time is this sale's off the list; null when there is none. */
export function takeCoveredRow(
  place: PlaceState,
  sale: Pick<Sale, 'soldAtMs' | 'addedAtMs'>,
): PlaceState | null {
  const moments = [sale.soldAtMs, sale.addedAtMs].filter((atMs) => typeof atMs === 'number');
  const row = place.coveredRows.find((rowMs) =>
    moments.some((atMs) => atMs <= rowMs && rowMs <= atMs + SALE_LAG_MS),
  );
  if (row === undefined) return null;
  const coveredRows = place.coveredRows.filter((rowMs) => rowMs !== row);
  return withMoment(
    { ...place, coveredRows },
    { fromMs: row - 1, toMs: row, endsWithChange: true },
    sale,
  );
}

/**
 * When the level moved between what was known and what was seen: by the rows' own times, or on the web between two
 * reads of ours. null where nobody can tell.
 */
export function spanOfChange(
  state: LedgerState,
  place: PlaceState,
  seen: Pick<Observation, 'readStartedAtMs' | 'platformModifiedMs'>,
): Span | null {
  // While a rise is doubted the believed level is older than the row last seen.
  const rise = place.suspectedRise;
  if (place.address.platform === 'bigcommerce') {
    const surelyMs = surelyReadAtMs(place, state.policy.settleMs);
    const readMs = Math.min(surelyMs, rise === null ? place.levelReadAtMs : rise.believedReadMs);
    return {
      fromMs: readMs - state.policy.settleMs - WEB_CLOCK_DOUBT_MS,
      toMs: seen.readStartedAtMs + WEB_CLOCK_DOUBT_MS,
    };
  }
  const fromMs = rise === null ? place.platformModifiedMs : rise.believedRowMs;
  if (fromMs === null || seen.platformModifiedMs === null) return null;
  return { fromMs, toMs: seen.platformModifiedMs, endsWithChange: true };
}

/**
 * When the last read began that surely showed our last write. A later one that came too soon for that may have shown a
 * sale in the write's place, and the next fall is then that sale's.
 */
export function surelyReadAtMs({ levelReadAtMs, lastWrite }: PlaceState, settleMs: number): number {
  if (lastWrite === null) return levelReadAtMs;
  const isEarly = levelReadAtMs < lastWrite.confirmedAtMs + settleMs + CLOCK_SKEW_MS;
  return isEarly ? Math.min(levelReadAtMs, lastWrite.surelyReadAtMs) : levelReadAtMs;
}

/** Whether both may be the same moment; the unknown may be any. */
export function mayMeet(left: Span | null, right: Span | null): boolean {
  if (left === null || right === null) return true;
  return left.fromMs < right.toMs && right.fromMs < left.toMs;
}

/**
 * The window of a write whose row carries `committedMs` by the register's clock. The read before it began at
 * `place.levelReadAtMs` by ours; since then `nowMs - levelReadAtMs` went by on any clock.
 */
export function withWindow(
  place: PlaceState,
  committedMs: number | null,
  nowMs: number,
): PlaceState {
  if (place.address.platform !== 'clover') return place;
  const span =
    committedMs === null
      ? null
      : {
          fromMs: Math.max(
            place.platformModifiedMs ?? 0,
            committedMs - (nowMs - place.levelReadAtMs) - 1,
          ),
          toMs: committedMs,
        };
  const kept = place.windows.filter(({ endedAtMs }) => nowMs - endedAtMs < WINDOW_MEMORY_MS);
  const windows = [...kept, { span, rowMs: place.platformModifiedMs, endedAtMs: nowMs }];
  const [first, second, ...rest] = windows;
  if (windows.length <= WINDOWS_MAX || first === undefined || second === undefined) {
    return { ...place, windows };
  }
  const joined =
    first.span === null || second.span === null
      ? null
      : { fromMs: first.span.fromMs, toMs: second.span.toMs };
  return { ...place, windows: [{ ...second, rowMs: first.rowMs, span: joined }, ...rest] };
}

/**
 * Whether one of our writes may have swallowed a sale of that time. One that was over when the row in the read before
 * the write was stamped was in that read.
 */
export function isInWindow(place: PlaceState, sale: Span | null): boolean {
  return place.windows.some(({ span, rowMs }) => {
    return mayMeet(span, sale) && isAfterRow(sale, rowMs);
  });
}

/** Whether a sale may have moved the level after a row was stamped: one that was over by then had moved it. */
export function isAfterRow(sale: Span | null, rowMs: number | null): boolean {
  return sale === null || rowMs === null || sale.toMs - SALE_LAG_MS > rowMs;
}

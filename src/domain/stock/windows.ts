/**
 * Windows: when a register's level was overwritten by us, so that a sale left no trace in it (S2, S4). All spans are by
 * the register's own clock: no skew between its clock and ours matters.
 */
import { SALE_LAG_MS, UNEXPLAINED_MAX, WINDOW_MEMORY_MS, WINDOWS_MAX } from '../../limits.ts';
import type { Sale } from './api.ts';
import type { BorrowedFall, PlaceState, Span, UnexplainedFall } from './state.ts';

/** When the level moved for this sale, at the earliest and at the latest; null when the platform tells no time. */
export function spanOfSale(sale: Pick<Sale, 'soldAtMs' | 'addedAtMs'>): Span | null {
  if (sale.soldAtMs === null) return null;
  const fromMs = Math.min(sale.addedAtMs ?? sale.soldAtMs, sale.soldAtMs);
  return { fromMs: fromMs - 1, toMs: sale.soldAtMs + SALE_LAG_MS };
}

/** When the level moved between the row known and the row seen; null without the place's own times. */
export function spanOfChange(place: PlaceState, seenModifiedMs: number | null): Span | null {
  // While a rise is doubted the believed level is older than the row last seen.
  if (place.suspectedRise !== null) return null;
  if (place.platformModifiedMs === null || seenModifiedMs === null) return null;
  return { fromMs: place.platformModifiedMs, toMs: seenModifiedMs };
}

/** Whether both may be the same moment; the unknown may be any. */
export function mayMeet(left: Span | null, right: Span | null): boolean {
  if (left === null || right === null) return true;
  return left.fromMs < right.toMs && right.fromMs < left.toMs;
}

/**
 * Units of a fall that a sale may have caused. The row's own time is that of its last change: a sale of another time
 * leaves at least one unit to whatever happened then.
 */
export function shareOf(
  fall: { readonly units: number; readonly span: Span | null },
  sale: Span | null,
): number {
  if (!mayMeet(fall.span, sale)) return 0;
  if (fall.span === null || sale === null) return fall.units;
  const isLast = sale.fromMs < fall.span.toMs && fall.span.toMs <= sale.toMs;
  return isLast ? fall.units : fall.units - 1;
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
  const windows = [...kept, { span, endedAtMs: nowMs }];
  const [first, second, ...rest] = windows;
  if (windows.length <= WINDOWS_MAX || first === undefined || second === undefined) {
    return { ...place, windows };
  }
  const joined =
    first.span === null || second.span === null
      ? null
      : { fromMs: first.span.fromMs, toMs: second.span.toMs };
  return { ...place, windows: [{ ...second, span: joined }, ...rest] };
}

/** Whether one of our writes may have swallowed what happened then. */
export function isInWindow(place: PlaceState, span: Span | null): boolean {
  return place.windows.some((window) => mayMeet(window.span, span));
}

/** Of too many, the two oldest become one: their units are still some sale's. */
export function rememberFall<Fall extends UnexplainedFall | BorrowedFall>(
  falls: readonly Fall[],
  fall: Fall,
): readonly Fall[] {
  if (fall.units === 0) return falls;
  const all = [...falls, fall];
  const [first, second, ...rest] = all;
  if (all.length <= UNEXPLAINED_MAX || first === undefined || second === undefined) return all;
  return [{ ...second, units: first.units + second.units, span: null }, ...rest];
}

/** How long to wait before another try (R3): exponential, with jitter, bounded, never shorter than a call may take. */

/** Not shorter than a platform call's time-out: a retry cannot overlap a call that is still running. */
export const RETRY_BASE_MS = 10_000;
export const RETRY_CAP_MS = 15 * 60_000;

export interface BackoffBounds {
  /** The shortest wait, milliseconds. */
  readonly baseMs: number;
  /** The longest wait, milliseconds; at least `baseMs`. */
  readonly capMs: number;
}

/**
 * Milliseconds to wait after the `attempt`-th failed try (from 1): uniform between the base and a ceiling that doubles
 * with each try up to the cap, so that many callers do not come back together. `random` is in [0, 1).
 */
export function backoffMs(
  attempt: number,
  random: number,
  bounds: BackoffBounds = { baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS },
): number {
  const { baseMs, capMs } = bounds;
  // 2 ** 30 is beyond any cap; larger exponents would only overflow.
  const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempt, 1), 30));
  return Math.round(baseMs + random * (ceilingMs - baseMs));
}

/**
 * As `backoffMs`, after a call that was surely not carried out: nothing of it can still be running, so the next try may come
 * at once. Uniform from 0 to a ceiling that begins at `RETRY_BASE_MS`.
 */
export function refusedBackoffMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceilingMs * random);
}

/**
 * As `backoffMs`, but a wait that the platform asked for counts instead: never undercut, and spread by up to a tenth so
 * that waiting callers do not come back in the same moment.
 */
export function retryDelayMs(
  attempt: number,
  random: number,
  askedMs: number | undefined,
  bounds?: BackoffBounds,
): number {
  if (askedMs !== undefined && askedMs > 0) return Math.round(askedMs * (1 + random / 10));
  return backoffMs(attempt, random, bounds);
}

/**
 * Rate limits of clover.md section 3: 50 per second and 10 at once for the app, 16 and 5 for a token. The wait
 * after a concurrency refusal grows with every call that comes before its end.
 */

const SECOND_MS = 1000;
/** The wait does not grow beyond this; no source names a ceiling, milliseconds. */
const WAIT_MAX_MS = 30_000;

interface Bucket {
  /** Arrival instants of the accepted calls of the last second. */
  arrivals: number[];
  inFlight: number;
  /** No call before this instant, epoch milliseconds; 0 when nothing waits. */
  waitUntilMs: number;
}

interface Ceiling {
  perSecond: number;
  concurrent: number;
  rateHeader: string;
  concurrentHeader: string;
}

const APP: Ceiling = {
  perSecond: 50,
  concurrent: 10,
  rateHeader: 'X-RateLimit-crossTokenLimit',
  concurrentHeader: 'X-RateLimit-crossTokenConcurrentLimit',
};

const TOKEN: Ceiling = {
  perSecond: 16,
  concurrent: 5,
  rateHeader: 'X-RateLimit-tokenLimit',
  concurrentHeader: 'X-RateLimit-tokenConcurrentLimit',
};

export interface RateLimits {
  app: Bucket;
  tokens: Map<string, Bucket>;
  /** Instants of the forceRealTime reads of the last minute, by token. */
  realTimeReads: Map<string, number[]>;
}

export type Admission =
  | { admitted: true; leave: () => void }
  | { admitted: false; headers: Record<string, string> };

const newBucket = (): Bucket => ({ arrivals: [], inFlight: 0, waitUntilMs: 0 });

export const createLimits = (): RateLimits => ({
  app: newBucket(),
  tokens: new Map(),
  realTimeReads: new Map(),
});

/** The headers of a concurrency 429: the limit that was hit and whole seconds to wait. */
export function concurrencyHeaders(waitMs: number): Record<string, string> {
  return {
    [TOKEN.concurrentHeader]: String(TOKEN.concurrent),
    'Retry-After': String(Math.max(1, Math.ceil(waitMs / SECOND_MS))),
  };
}

function refuse(
  bucket: Bucket,
  ceiling: Ceiling,
  nowMs: number,
  penaltyMs: number,
): Record<string, string> | null {
  while (bucket.arrivals[0] !== undefined && bucket.arrivals[0] <= nowMs - SECOND_MS) {
    bucket.arrivals.shift();
  }
  const waits = nowMs < bucket.waitUntilMs;
  if (waits || bucket.inFlight >= ceiling.concurrent) {
    bucket.waitUntilMs = Math.min(
      Math.max(bucket.waitUntilMs, nowMs) + penaltyMs,
      nowMs + WAIT_MAX_MS,
    );
    const seconds = Math.max(1, Math.ceil((bucket.waitUntilMs - nowMs) / SECOND_MS));
    return {
      [ceiling.concurrentHeader]: String(ceiling.concurrent),
      'Retry-After': String(seconds),
    };
  }
  if (bucket.arrivals.length < ceiling.perSecond) return null;
  return { [ceiling.rateHeader]: String(ceiling.perSecond) };
}

/** Decides on one arriving call; an admitted one must `leave` when it is answered. */
export function admit(
  limits: RateLimits,
  token: string,
  nowMs: number,
  penaltyMs: number,
): Admission {
  let tokenBucket = limits.tokens.get(token);
  if (tokenBucket === undefined) {
    tokenBucket = newBucket();
    limits.tokens.set(token, tokenBucket);
  }
  const headers =
    refuse(limits.app, APP, nowMs, penaltyMs) ?? refuse(tokenBucket, TOKEN, nowMs, penaltyMs);
  if (headers !== null) return { admitted: false, headers };
  const buckets = [limits.app, tokenBucket];
  for (const bucket of buckets) {
    bucket.arrivals.push(nowMs);
    bucket.inFlight += 1;
  }
  return {
    admitted: true,
    leave: () => {
      for (const bucket of buckets) bucket.inFlight -= 1;
    },
  };
}

/** Whether this forceRealTime read is still honoured: "overuse may be ignored" (clover.md 0). */
export function realTimeHonoured(
  limits: RateLimits,
  token: string,
  nowMs: number,
  perMinute: number | null,
): boolean {
  if (perMinute === null) return true;
  const recent = (limits.realTimeReads.get(token) ?? []).filter((atMs) => atMs > nowMs - 60_000);
  recent.push(nowMs);
  limits.realTimeReads.set(token, recent);
  return recent.length <= perMinute;
}

/**
 * Quotas and concurrency (bigcommerce.md 3.1, 3.2). Both are the platform's passing state, not a
 * store's data, so a restored snapshot starts with fresh windows.
 */
import { Refusal } from './errors.ts';
import type { Plan } from './state.ts';

const WINDOW_MS = 30_000;

/**
 * Requests in one window. Enterprise is "by plan and resource"; its number here is an assumption.
 */
export const QUOTAS: Record<Plan, number> = {
  Standard: 150,
  Plus: 150,
  Pro: 450,
  Enterprise: 2_000,
};

/** One `X-Rate-Limit-*` set; the numbers are as after the call. */
export type RateHeaders = Record<string, string>;

function headersOf(quota: number, left: number, resetMs: number): RateHeaders {
  return {
    'X-Rate-Limit-Time-Window-Ms': String(WINDOW_MS),
    'X-Rate-Limit-Time-Reset-Ms': String(resetMs),
    'X-Rate-Limit-Requests-Quota': String(quota),
    'X-Rate-Limit-Requests-Left': String(left),
  };
}

/** What a 429 of the quota carries: the four headers and `X-Retry-After`, seconds. */
export function exhaustedHeaders(plan: Plan, waitMs: number): RateHeaders {
  return {
    ...headersOf(QUOTAS[plan], 0, Math.ceil(waitMs)),
    'X-Retry-After': String(Math.ceil(waitMs / 1000)),
  };
}

export interface RateLimiter {
  /**
   * Counts one request of a store, whose pool all apps share; throws the 429 when the window is
   * used up.
   */
  spend(hash: string, plan: Plan, nowMs: number): RateHeaders;
}

export function createRateLimiter(): RateLimiter {
  const windows = new Map<string, { startedAtMs: number; used: number }>();
  return {
    spend(hash, plan, nowMs) {
      let window = windows.get(hash);
      if (window === undefined || nowMs >= window.startedAtMs + WINDOW_MS) {
        window = { startedAtMs: nowMs, used: 0 };
        windows.set(hash, window);
      }
      const resetMs = window.startedAtMs + WINDOW_MS - nowMs;
      const quota = QUOTAS[plan];
      if (window.used >= quota) {
        throw new Refusal(429, 'Too Many Requests', { headers: exhaustedHeaders(plan, resetMs) });
      }
      window.used += 1;
      return headersOf(quota, quota - window.used, resetMs);
    },
  };
}

export interface ConcurrencyLimiter {
  /** Takes a place under the key, or false when all `max` are taken. */
  enter(key: string, max: number): boolean;
  leave(key: string): void;
}

export function createConcurrencyLimiter(): ConcurrencyLimiter {
  const inFlight = new Map<string, number>();
  return {
    enter(key, max) {
      const count = inFlight.get(key) ?? 0;
      if (count >= max) return false;
      inFlight.set(key, count + 1);
      return true;
    },
    leave(key) {
      inFlight.set(key, (inFlight.get(key) ?? 1) - 1);
    },
  };
}

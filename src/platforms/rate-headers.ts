/** What answers say about limits, in one shape for both platforms (bigcommerce.md 3.1, clover.md 3). */
import type { RateReport } from './account-port.ts';

/** No platform asks for more; a larger number is a mistake and is cut. */
const WAIT_MAX_MS = 15 * 60_000;

/** Reads the rate headers of an answer; `nowMs` turns an HTTP date into a wait. Absent or unreadable ones are left out. */
export function parseRateHeaders(
  answer: { readonly status: number; readonly headers: Headers },
  nowMs: number,
): RateReport {
  const { status, headers } = answer;
  const number = (name: string): number | undefined => {
    const text = headers.get(name)?.trim() ?? '';
    return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  };
  const remaining = number('X-Rate-Limit-Requests-Left');
  const quota = number('X-Rate-Limit-Requests-Quota');
  const resetMs = number('X-Rate-Limit-Time-Reset-Ms');
  const windowMs = number('X-Rate-Limit-Time-Window-Ms');
  const retryAfterMs = waitMs(headers, status, resetMs, nowMs);
  const appWide =
    headers.has('X-RateLimit-crossTokenLimit') ||
    headers.has('X-RateLimit-crossTokenConcurrentLimit');
  return {
    status,
    ...(remaining === undefined ? {} : { remaining }),
    ...(quota === undefined ? {} : { quota }),
    ...(resetMs === undefined ? {} : { resetMs: Math.min(resetMs, WAIT_MAX_MS) }),
    ...(windowMs === undefined ? {} : { windowMs }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    // The header alone names a limit; only a refusal says that it was hit.
    ...(status === 429 && appWide ? { appWide } : {}),
  };
}

/** `Retry-After` is seconds or an HTTP date, `X-Retry-After` seconds; on 429 the window's reset is a wait as well. */
function waitMs(
  headers: Headers,
  status: number,
  resetMs: number | undefined,
  nowMs: number,
): number | undefined {
  const text = headers.get('Retry-After')?.trim() ?? headers.get('X-Retry-After')?.trim() ?? '';
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (!Number.isNaN(wait)) return Math.min(Math.max(0, Math.ceil(wait)), WAIT_MAX_MS);
  return status === 429 && resetMs !== undefined ? Math.min(resetMs, WAIT_MAX_MS) : undefined;
}

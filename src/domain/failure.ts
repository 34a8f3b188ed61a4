/**
 * Every expected failure of the relay, closed, with the one table that says what each leads to.
 * Failures cross queues and object calls, so they are plain data (an Error's class dies on the way).
 */
export type FailureCode =
  | 'timeout'
  | 'network'
  | 'platform_unavailable'
  | 'rate_limited'
  | 'busy'
  | 'unauthorized'
  | 'permission_missing'
  | 'reauthorise'
  | 'disconnected'
  | 'not_found'
  | 'conflict'
  | 'rejected'
  | 'baseline_required'
  | 'stock_insufficient'
  | 'tracking_mismatch'
  | 'tracking_off'
  | 'location_off'
  | 'unlinked'
  | 'oversold'
  | 'ambiguous_sku'
  | 'item_deleted'
  | 'malformed_answer'
  | 'too_large'
  | 'invalid_input'
  | 'stale'
  | 'mapping_missing'
  | 'manual_step'
  | 'restock_asked'
  | 'device_unassigned'
  | 'config_missing'
  | 'internal';

export interface Failure {
  readonly code: FailureCode;
  /** One plain sentence: what happened and, where a person can act, what to do. */
  readonly message: string;
  /** HTTP status of the platform's answer, when there was one. */
  readonly status?: number;
  /** Wait asked for by the platform, milliseconds. */
  readonly retryAfterMs?: number;
  /** True when the request may have been carried out although no usable answer came (S5). */
  readonly outcomeUnknown?: boolean;
}

export interface FailureRule {
  /** `backoff`: try again later by itself; `never`: trying again changes nothing. */
  readonly retry: 'backoff' | 'never';
  /** Ends in the list of failures where a person sees and replays it. */
  readonly park: boolean;
  /** Tell the merchant at once, not only when somebody looks. */
  readonly alert: boolean;
  /** Status of our own API when this failure is the answer. */
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 502 | 503;
}

/** The table of failures (R3): retry, park, alert, our own HTTP status. */
export const FAILURES: Readonly<Record<FailureCode, FailureRule>> = {
  timeout: { retry: 'backoff', park: true, alert: false, status: 503 },
  network: { retry: 'backoff', park: true, alert: false, status: 503 },
  platform_unavailable: { retry: 'backoff', park: true, alert: false, status: 503 },
  rate_limited: { retry: 'backoff', park: true, alert: false, status: 429 },
  busy: { retry: 'backoff', park: true, alert: false, status: 503 },
  unauthorized: { retry: 'backoff', park: true, alert: true, status: 502 },
  permission_missing: { retry: 'never', park: true, alert: true, status: 502 },
  reauthorise: { retry: 'never', park: true, alert: true, status: 409 },
  disconnected: { retry: 'never', park: false, alert: false, status: 409 },
  not_found: { retry: 'never', park: true, alert: false, status: 404 },
  conflict: { retry: 'never', park: true, alert: false, status: 409 },
  rejected: { retry: 'never', park: true, alert: false, status: 422 },
  baseline_required: { retry: 'backoff', park: true, alert: false, status: 409 },
  stock_insufficient: { retry: 'backoff', park: true, alert: false, status: 409 },
  tracking_mismatch: { retry: 'never', park: true, alert: false, status: 409 },
  tracking_off: { retry: 'never', park: false, alert: false, status: 409 },
  location_off: { retry: 'never', park: true, alert: true, status: 409 },
  unlinked: { retry: 'never', park: false, alert: false, status: 404 },
  oversold: { retry: 'never', park: true, alert: true, status: 409 },
  ambiguous_sku: { retry: 'never', park: false, alert: false, status: 409 },
  item_deleted: { retry: 'never', park: true, alert: true, status: 404 },
  malformed_answer: { retry: 'backoff', park: true, alert: true, status: 502 },
  too_large: { retry: 'never', park: false, alert: false, status: 413 },
  invalid_input: { retry: 'never', park: false, alert: false, status: 400 },
  stale: { retry: 'never', park: false, alert: false, status: 409 },
  // An order waits for a setting or a correction; once it is there the order goes on by itself.
  mapping_missing: { retry: 'never', park: true, alert: true, status: 422 },
  // Something only a person at the register can do; closes itself once it is seen done.
  manual_step: { retry: 'never', park: true, alert: true, status: 409 },
  // Counted at a location that may be the wrong one; closes itself once stock.pools are changed.
  device_unassigned: { retry: 'never', park: true, alert: true, status: 409 },
  // Whether goods of a refund are on the shelf again; closes itself once answered, or once a level has risen.
  restock_asked: { retry: 'never', park: true, alert: false, status: 409 },
  config_missing: { retry: 'never', park: false, alert: true, status: 500 },
  internal: { retry: 'backoff', park: true, alert: true, status: 500 },
};

/** True when trying again later can help. */
export function isRetryable(failure: Failure): boolean {
  return FAILURES[failure.code].retry === 'backoff';
}

const STRUCTURAL: ReadonlySet<FailureCode> = new Set([
  'not_found',
  'item_deleted',
  'tracking_off',
  'location_off',
]);

/** True when the place itself cannot hold a level now: it is skipped, with the reason (S12). */
export function isStructural(failure: Failure): boolean {
  return STRUCTURAL.has(failure.code);
}

/** From a platform's refusal to a `Failure`: one table of statuses, then what a platform's own words add. */
import type { Failure, FailureCode } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { redactText } from '../log-redaction.ts';
import type { RateReport } from './account-port.ts';
import type { Method } from './http.ts';

interface StatusRule {
  readonly code: FailureCode;
  /** The request may have been carried out all the same; only a read can tell (S5). */
  readonly outcomeUnknown: boolean;
  readonly says: string;
}

const refused = (code: FailureCode, says: string): StatusRule => ({
  code,
  outcomeUnknown: false,
  says,
});
const unclear = (code: FailureCode, says: string): StatusRule => ({
  code,
  outcomeUnknown: true,
  says,
});

/** The table of statuses (bigcommerce.md 3.3, clover.md 0). Those not named fall to their class, below. */
const STATUS_RULES: Readonly<Record<number, StatusRule>> = {
  // Part of it was done, part was not; no writer of ours can tell which from the answer alone.
  207: unclear('rejected', 'carried out only part of the request'),
  400: refused('rejected', 'refused the request as malformed'),
  401: refused('unauthorized', 'refused the access token'),
  403: refused('permission_missing', 'says that a permission is missing'),
  404: refused('not_found', 'does not know this object'),
  405: refused('rejected', 'does not offer this operation'),
  408: unclear('timeout', 'gave up waiting for the request'),
  409: refused('conflict', 'reports a conflict'),
  410: refused('not_found', 'says that this object is gone'),
  413: refused('too_large', 'says that the request is too large'),
  422: refused('rejected', 'refused the values sent'),
  423: refused('rate_limited', 'has this resource locked'),
  429: refused('rate_limited', 'asks for fewer requests'),
  507: refused('rejected', "says that the plan's limit is reached"),
};

const CLASS_RULES: Readonly<Record<'redirect' | 'client' | 'server', StatusRule>> = {
  redirect: unclear('malformed_answer', 'answered with a redirect, which is never followed'),
  client: refused('rejected', 'refused the request'),
  server: unclear('platform_unavailable', 'is not available'),
};

/** Reads a platform's own error words; `undefined` leaves the table's code. */
export type Refinement = (status: number, words: string) => FailureCode | undefined;

export interface RefusedAnswer {
  readonly platform: Platform;
  readonly method: Method;
  readonly status: number;
  /** Parsed JSON, undefined when there was none. */
  readonly body: unknown;
  readonly rate: RateReport;
  readonly refine?: Refinement | undefined;
}

/** The failure behind an answer that is no success. `outcomeUnknown` is set only for requests other than GET. */
export function failureOfStatus(answer: RefusedAnswer): Failure {
  const { platform, method, status, rate } = answer;
  const rule = STATUS_RULES[status] ?? CLASS_RULES[classOf(status)];
  const words = errorWords(answer.body);
  const code = answer.refine?.(status, words) ?? rule.code;
  return {
    code,
    message: `${platform} ${rule.says} (${status})${words === '' ? '.' : `: ${words}`}`,
    status,
    ...(rate.retryAfterMs === undefined ? {} : { retryAfterMs: rate.retryAfterMs }),
    ...(rule.outcomeUnknown && method !== 'GET' ? { outcomeUnknown: true } : {}),
  };
}

function classOf(status: number): keyof typeof CLASS_RULES {
  if (status >= 500) return 'server';
  return status >= 400 ? 'client' : 'redirect';
}

const WORDS_CHARS_MAX = 300;
const DETAILS_MAX = 3;

/**
 * The text of an error body: V3 `{title, errors}`, V2 `[{message}]`, Clover `{message, details}`, OAuth
 * `{error, error_description}`. Empty when it has none of these.
 */
function errorWords(body: unknown): string {
  const errors = listedErrors(body);
  const parts = (Array.isArray(errors) ? errors.slice(0, DETAILS_MAX) : [errors]).flatMap(wordsOf);
  const words = redactText([...new Set(parts)].join('; '));
  return words.length > WORDS_CHARS_MAX ? `${words.slice(0, WORDS_CHARS_MAX)}…` : words;
}

/** Refunds list their errors under `data`, batches of variants under `batch_errors` (bigcommerce.md 4.6, 8). */
function listedErrors(body: unknown): unknown {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return body;
  const { batch_errors: batch, data } = body as Record<string, unknown>;
  return [batch, data].find((list) => Array.isArray(list) && list.length > 0) ?? body;
}

function wordsOf(error: unknown): string[] {
  if (error === null || typeof error !== 'object') return [];
  const fields = error as Record<string, unknown>;
  const texts = ['title', 'message', 'details', 'error', 'error_description']
    .map((name) => fields[name])
    .filter((value) => typeof value === 'string' && value !== '')
    .map(String);
  const { errors } = fields;
  const named =
    errors !== null && typeof errors === 'object' && !Array.isArray(errors)
      ? Object.entries(errors)
          .slice(0, DETAILS_MAX)
          .filter(([, value]) => typeof value === 'string')
          .map(([name, value]) => `${name}: ${String(value)}`)
      : [];
  return [...texts, ...named];
}

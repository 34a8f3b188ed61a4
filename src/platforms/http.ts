/**
 * The one fetch: every request to a platform leaves here and every answer becomes data here. Nothing that a platform
 * or the network can do throws; the callers get a `Failure` that says whether the request may have been carried out.
 */
import * as v from 'valibot';
import type { Config } from '../config.ts';
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { ANSWER_BYTES_MAX, CALL_TIMEOUT_MS } from '../limits.ts';
import type { LogSink } from '../log.ts';
import { redactBody, redactHeaders, redactText, redactUrl } from '../log-redaction.ts';
import type { Fetch } from '../ports.ts';
import type { Priority, RateReport } from './account-port.ts';
import { failureOfStatus, type Refinement } from './http-failures.ts';
import { parseRateHeaders } from './rate-headers.ts';

/** What a call needs of the composition root. */
export interface CallPorts {
  readonly config: Pick<Config, 'publicOrigin'>;
  /** Epoch milliseconds. */
  now(): number;
  fetch: Fetch;
  readonly log: Pick<LogSink, 'add'>;
  /** As `Ports.timer`. Not `AbortSignal.timeout`: what it leaves running would keep an object awake. */
  timer(ms: number, task: () => void): () => void;
}

/** Who a call is made for: goes into its log record, and its priority into the queue for a permit. */
export interface CallContext {
  readonly connectionId: string;
  readonly eventId?: string;
  readonly sku?: string;
  readonly orderId?: string;
  readonly priority: Priority;
  /** How long to wait for a turn; left out: as long as the account allows. */
  readonly patienceMs?: number;
  /** The call is not begun after this moment: whoever made it answers for it until then only. */
  readonly notAfterMs?: number;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
/** A list repeats the parameter. */
export type QueryValue = string | number | boolean | readonly string[];

/** One request in a platform's own words, below the account's base address; `Body` is what its answer must hold. */
export interface PlatformRequest<Body> {
  /** In our words, for logs: `inventory.adjust_relative`. */
  readonly operation: string;
  readonly method: Method;
  /** Begins with a slash; parts that are not literals went through `encodeURIComponent`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  /** The shape of a usable answer; an empty body (204) is read as `undefined`. */
  readonly accepts: v.GenericSchema<unknown, Body>;
}

/** A request with everything it needs to be sent. */
export interface PlatformCall<Body> {
  readonly platform: Platform;
  readonly operation: string;
  readonly method: Method;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly accepts: v.GenericSchema<unknown, Body>;
  readonly context: Omit<CallContext, 'priority'>;
  /** What this platform's refusals mean beyond their status. */
  readonly refine?: Refinement;
}

export interface PlatformAnswer<Body> {
  readonly status: number;
  readonly body: Body;
  /** When the request left, epoch milliseconds: what happened before it is in the answer, replicas aside. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** An answer or a failure, and what the platform said about its limits either way. */
export interface CallOutcome<Body> {
  readonly result: Result<PlatformAnswer<Body>, Failure>;
  readonly rate: RateReport;
}

/** Joins a base address, a path and a query; values are encoded, the order of the names is kept. */
export function buildUrl(
  base: string,
  path: string,
  query: Readonly<Record<string, QueryValue>> = {},
): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (typeof value === 'object' ? value : [String(value)]).map(
      (text) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`,
    ),
  );
  return `${base}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

/**
 * Makes one call, bounded by `CALL_TIMEOUT_MS` and `ANSWER_BYTES_MAX`, follows no redirect and writes one log record
 * of kind `attempt`. Failures: `timeout`, `network`, `malformed_answer`, `too_large` and those of `failureOfStatus`;
 * `outcomeUnknown` is true when a request other than GET may have been carried out (S5).
 */
export async function callPlatform<Body>(
  ports: CallPorts,
  call: PlatformCall<Body>,
): Promise<Result<PlatformAnswer<Body>, Failure>> {
  return (await callForOutcome(ports, call)).result;
}

/** As `callPlatform`, with the rate report that a permit's release needs. */
export async function callForOutcome<Body>(
  ports: CallPorts,
  call: PlatformCall<Body>,
): Promise<CallOutcome<Body>> {
  const startedAtMs = ports.now();
  const exchange = await exchangeBytes(ports, call);
  const endedAtMs = ports.now();
  const rate: RateReport =
    exchange.kind === 'answered'
      ? parseRateHeaders(exchange.response, endedAtMs)
      : { status: null };
  const read = readExchange(call, exchange, rate);
  writeRecord(ports, call, exchange, read, startedAtMs, endedAtMs);
  const result: CallOutcome<Body>['result'] = read.result.ok
    ? ok({ status: read.status, body: read.result.value, startedAtMs, endedAtMs })
    : read.result;
  return { result, rate };
}

type Exchange =
  | { readonly kind: 'answered'; readonly response: Response; readonly bytes: Uint8Array | null }
  | { readonly kind: 'failed'; readonly failure: Failure };

async function exchangeBytes(ports: CallPorts, call: PlatformCall<unknown>): Promise<Exchange> {
  const { signal, abort } = abortable();
  const stopTimer = ports.timer(CALL_TIMEOUT_MS, abort);
  try {
    const response = await ports.fetch(
      new Request(call.url, {
        method: call.method,
        // A redirect could carry the token to another host.
        redirect: 'manual',
        signal,
        headers: {
          Accept: 'application/json',
          // Clover refuses requests without it (clover.md 0), BigCommerce asks for it.
          'User-Agent': `Onhand/0.1 (+${ports.config.publicOrigin})`,
          // BigCommerce's documents ask for it on reads as well.
          'Content-Type': 'application/json',
          ...call.headers,
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      }),
    );
    return { kind: 'answered', response, bytes: await readBounded(response) };
  } catch (error) {
    const timedOut = signal.aborted;
    const reason = error instanceof Error ? error.message : String(error);
    return {
      kind: 'failed',
      failure: {
        code: timedOut ? 'timeout' : 'network',
        message: timedOut
          ? `${call.platform} did not answer within ${CALL_TIMEOUT_MS / 1000} s.`
          : `The connection to ${call.platform} broke: ${redactText(reason)}`,
        ...unknownUnlessRead(call),
      },
    };
  } finally {
    stopTimer();
  }
}

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** The body's bytes; null when it is larger than we take. */
async function readBounded(response: Response): Promise<Uint8Array | null> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.byteLength;
    if (total > ANSWER_BYTES_MAX) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function unknownUnlessRead(call: PlatformCall<unknown>): { outcomeUnknown?: true } {
  return call.method === 'GET' ? {} : { outcomeUnknown: true };
}

interface ReadAnswer<Body> {
  readonly status: number;
  /** Parsed JSON for the log, or undefined. */
  readonly json: unknown;
  readonly result: Result<Body, Failure>;
}

function readExchange<Body>(
  call: PlatformCall<Body>,
  exchange: Exchange,
  rate: RateReport,
): ReadAnswer<Body> {
  if (exchange.kind === 'failed')
    return { status: 0, json: undefined, result: fail(exchange.failure) };
  const { response, bytes } = exchange;
  const { status } = response;
  const json = bytes === null ? UNPARSABLE : parseJson(bytes);
  const usable = status >= 200 && status < 300 && status !== 207;
  if (!usable) {
    const refusal = failureOfStatus({
      platform: call.platform,
      method: call.method,
      status,
      body: json === UNPARSABLE ? undefined : json,
      rate,
      refine: call.refine,
    });
    return { status, json, result: fail(refusal) };
  }
  const malformed = (message: string, code: Failure['code'] = 'malformed_answer') => ({
    status,
    json,
    result: fail({ code, message, status, ...unknownUnlessRead(call) }),
  });
  if (bytes === null) {
    return malformed(`${call.platform} answered more than ${ANSWER_BYTES_MAX} bytes.`, 'too_large');
  }
  if (json === UNPARSABLE) return malformed(`${call.platform} answered ${status} without JSON.`);
  const parsed = v.safeParse(call.accepts, json, { abortEarly: true });
  if (parsed.success) return { status, json, result: ok(parsed.output) };
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the whole body';
  // The issue's own message may quote the value: only the path and the expectation are told.
  const expected = redactText(issue.expected ?? issue.type);
  return malformed(`${call.platform} answered ${status}, but ${where} is not ${expected}.`);
}

const UNPARSABLE = Symbol('unparsable');

/** JSON, undefined for an empty body (V2 lists answer 204, bigcommerce.md 3.3), or the mark of what is neither. */
function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return UNPARSABLE;
  }
}

function keepAnswerHeader(name: string): boolean {
  return /^(content-type|date|retry-after|x-request-id|x-retry-after|x-rate-?limit-.*|location)$/.test(
    name,
  );
}

function writeRecord<Body>(
  ports: CallPorts,
  call: PlatformCall<Body>,
  exchange: Exchange,
  read: ReadAnswer<Body>,
  startedAtMs: number,
  endedAtMs: number,
): void {
  const failure = read.result.ok ? undefined : read.result.failure;
  const { eventId, sku, orderId } = call.context;
  ports.log.add({
    kind: 'attempt',
    atMs: startedAtMs,
    connectionId: call.context.connectionId,
    ...(eventId === undefined ? {} : { eventId }),
    ...(sku === undefined ? {} : { sku }),
    ...(orderId === undefined ? {} : { orderId }),
    platform: call.platform,
    operation: call.operation,
    outcome: failure === undefined ? 'ok' : failure.outcomeUnknown === true ? 'unknown' : 'failed',
    ...(failure === undefined ? {} : { code: failure.code }),
    ...(read.status === 0 ? {} : { httpStatus: read.status }),
    durationMs: endedAtMs - startedAtMs,
    message: failure?.message ?? `${call.operation} succeeded.`,
    detail: {
      request: {
        method: call.method,
        url: redactUrl(call.url),
        headers: redactHeaders(Object.entries(call.headers)),
        ...(call.body === undefined ? {} : { body: redactBody(call.body) }),
      },
      ...(exchange.kind === 'failed'
        ? {}
        : {
            response: {
              status: read.status,
              headers: redactHeaders(exchange.response.headers, keepAnswerHeader),
              body: read.json === UNPARSABLE ? previewOf(exchange.bytes) : redactBody(read.json),
            },
          }),
      ...(failure === undefined ? {} : { error: failure }),
    },
  });
}

/**
 * The beginning of an answer that is no JSON, for the log: a proxy's error page says what is wrong. JSON that was cut,
 * and forms, may hold tokens or addresses, which nothing finds without their keys: only their size is told (X8).
 */
function previewOf(bytes: Uint8Array | null): string {
  if (bytes === null) return '[too large]';
  const text = new TextDecoder().decode(bytes.subarray(0, 500));
  const isProse = !/^\s*[[{"]|=/.test(text) || /^\s*</.test(text);
  return isProse ? redactText(text) : `[${bytes.byteLength} bytes that are no JSON]`;
}

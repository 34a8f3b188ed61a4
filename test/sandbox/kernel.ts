/**
 * The real-time runtime both platforms run on by default, and the one middleware every API call of
 * either platform passes: fault, latency, handler, journal. Web APIs only, so that it also runs in
 * workerd.
 */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { createFaults, takeCallFault } from './faults.ts';
import type { CallFault, Faults } from './faults.ts';
import { createJournal, note } from './journal.ts';
import type { Journal } from './journal.ts';
import type { PlatformName, SandboxRuntime } from './runtime.ts';

/** How long a hung call stays silent: longer than any client's patience, in milliseconds. */
export const HANG_MS = 120_000;

export interface RuntimeOptions {
  /** Sends one webhook to its destination. */
  deliver: (request: Request) => Promise<Response>;
  /** Epoch milliseconds; real time when left out. */
  now?: () => number;
  /** Waits milliseconds; real time when left out. A virtual clock gives its own. */
  sleep?: (ms: number) => Promise<void>;
  /** Runs a task later; built on `sleep` when left out. */
  schedule?: (delayMs: number, task: () => void | Promise<void>) => void;
  /** The chance stream; wins over `seed`. */
  random?: () => number;
  /** Seed of the built-in stream, 1 when left out. */
  seed?: number;
  faults?: Faults;
  journal?: Journal;
}

/** A small seeded stream of numbers in [0, 1) (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Builds the runtime of one sandbox; everything but the wire out has a real-time default. */
export function createRuntime(options: RuntimeOptions): SandboxRuntime {
  const sleep =
    options.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  // A failing task is a defect of the sandbox: it stays an unhandled rejection, so that a test run
  // fails loudly.
  const schedule =
    options.schedule ??
    ((delayMs: number, task: () => void | Promise<void>) => void sleep(delayMs).then(task));
  return {
    now: options.now ?? (() => Date.now()),
    random: options.random ?? seededRandom(options.seed ?? 1),
    sleep,
    schedule,
    deliver: options.deliver,
    faults: options.faults ?? createFaults(),
    journal: options.journal ?? createJournal(),
  };
}

/** How a platform words the refusals that faults cause. */
export interface FaultAnswers {
  /** The platform's own error body for this status. */
  status(context: Context, status: number): Response | Promise<Response>;
  /**
   * The platform's own 429 with its rate headers, telling the client to wait `waitMs` milliseconds.
   */
  rateLimited(context: Context, waitMs: number): Response | Promise<Response>;
}

/** Resolves after `HANG_MS` of sandbox time, or as soon as the client gives up. */
function hang(runtime: SandboxRuntime, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return Promise.race([runtime.sleep(HANG_MS), aborted]);
}

/** The answer nobody hears: what a proxy would say after the silence. */
const silence = () => new Response(null, { status: 504 });

interface CallRecord {
  runtime: SandboxRuntime;
  platform: PlatformName;
  account: string;
  context: Context;
  path: string;
  requestBody: string;
}

/** Journals what the platform answered; status 0 stands for a call that never was carried out. */
async function record(call: CallRecord, response: Response | undefined): Promise<void> {
  note(call.runtime.journal.calls, {
    atMs: call.runtime.now(),
    platform: call.platform,
    account: call.account,
    method: call.context.req.method,
    path: call.path,
    status: response?.status ?? 0,
    requestBody: call.requestBody,
    responseBody: response === undefined ? '' : await response.clone().text(),
  });
}

async function refusal(
  context: Context,
  fault: CallFault | undefined,
  answers: FaultAnswers,
): Promise<Response | undefined> {
  if (fault?.kind === 'status') return answers.status(context, fault.status);
  if (fault?.kind === 'rate-limited') return answers.rateLimited(context, fault.waitMs);
  return undefined;
}

/**
 * The middleware of every API call: takes the fault that hits it, waits the latency, runs the
 * handler and journals the call. `accountOf` names the store hash or merchant id ('' for app-level
 * calls). Mount it first, so that refusals of later middleware are journalled too.
 */
export function platformCall(
  runtime: SandboxRuntime,
  platform: PlatformName,
  accountOf: (context: Context) => string,
  answers: FaultAnswers,
): MiddlewareHandler {
  return async (context, next) => {
    const url = new URL(context.req.url);
    const path = url.pathname + url.search;
    const signal = context.req.raw.signal;
    const requestBody = await context.req.raw.clone().text();
    const account = accountOf(context);
    const call: CallRecord = { runtime, platform, account, context, path, requestBody };
    const fault = takeCallFault(runtime.faults, platform, `${context.req.method} ${path}`);

    const delayMs = runtime.faults.latencyMs + (fault?.kind === 'slow' ? fault.latencyMs : 0);
    if (delayMs > 0) await runtime.sleep(delayMs);

    if (fault?.kind === 'hang-before-commit') {
      await record(call, undefined);
      await hang(runtime, signal);
      return silence();
    }
    const refused = await refusal(context, fault, answers);
    if (refused !== undefined) {
      await record(call, refused);
      return refused;
    }
    await next();
    await record(call, context.res);
    if (fault?.kind === 'hang-after-commit') {
      await hang(runtime, signal);
      // Hono keeps the first answer's headers when a second one is set, unless it is cleared
      // before.
      context.res = undefined;
      context.res = silence();
    }
    return undefined;
  };
}

/**
 * A `fetch` that ends in a sandbox app instead of the network, and rejects like the real one when
 * the client's signal fires; without it a hung call would answer 504 to a client that had given up.
 */
export function fetchInto(app: Pick<Hono, 'fetch'>): (request: Request) => Promise<Response> {
  return (request) =>
    new Promise((resolve, reject) => {
      const abort = () => reject(request.signal.reason);
      if (request.signal.aborted) {
        abort();
        return;
      }
      request.signal.addEventListener('abort', abort, { once: true });
      Promise.resolve(app.fetch(request)).then(resolve, reject);
    });
}

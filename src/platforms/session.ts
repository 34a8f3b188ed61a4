/**
 * What both platforms' sessions share: wait for leave and a token, call, give leave back, and on a refused token ask
 * the account once what it means. Objects are reached by RPC, so each may be gone for a moment: that is `busy`.
 */
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Permit, PlatformAccountApi, RateReport } from './account-port.ts';
import type { CallContext, CallOutcome, PlatformAnswer, PlatformRequest } from './http.ts';

/** One store or merchant, ready to be called for one cause. */
export interface PlatformSession {
  /** Store hash or merchant id. */
  readonly account: string;
  readonly context: CallContext;
  /**
   * Makes one call with leave and a valid token. Failures: `busy` (no turn in time), `reauthorise`, `disconnected`,
   * `permission_missing`, and those of `callPlatform`. A refused token is renewed and the call repeated at most once;
   * that is safe for writes, because a refused call was not carried out.
   */
  call<Body>(request: PlatformRequest<Body>): Promise<Result<PlatformAnswer<Body>, Failure>>;
}

/** Leave beyond the account's own: Clover's budget for the whole app. */
interface SharedBudget {
  acquire(): Promise<Result<{ permitId: string }, Failure>>;
  release(permitId: string, report: RateReport): Promise<void>;
}

export interface PermitHolder {
  readonly account: PlatformAccountApi;
  readonly shared?: SharedBudget;
  readonly context: CallContext;
  /** Epoch milliseconds. */
  now(): number;
}

/** Runs `send` under a permit; see `PlatformSession.call`. */
export async function callWithPermit<Body>(
  holder: PermitHolder,
  send: (accessToken: string) => Promise<CallOutcome<Body>>,
): Promise<Result<PlatformAnswer<Body>, Failure>> {
  const first = await callOnce(holder, send);
  if (!first.again) return first.result;
  const second = await callOnce(holder, send);
  return second.result;
}

interface Try<Body> {
  readonly result: Result<PlatformAnswer<Body>, Failure>;
  /** The token was out of date; the same call with a new permit can work. */
  readonly again: boolean;
}

async function callOnce<Body>(
  holder: PermitHolder,
  send: (accessToken: string) => Promise<CallOutcome<Body>>,
): Promise<Try<Body>> {
  const { priority, connectionId, patienceMs } = holder.context;
  const permit = await reached(() => holder.account.acquire(priority, connectionId, patienceMs));
  if (!permit.ok) return { result: permit, again: false };
  const shared = await acquireShared(holder);
  if (!shared.ok) {
    await giveBack(holder, permit.value, undefined, { status: null });
    return { result: shared, again: false };
  }
  if (holder.now() > (holder.context.notAfterMs ?? Number.POSITIVE_INFINITY)) {
    await giveBack(holder, permit.value, shared.value, { status: null });
    return { result: fail(TOO_LATE), again: false };
  }
  const outcome = await send(permit.value.accessToken);
  const verdict = await judge(holder, permit.value, outcome);
  await giveBack(holder, permit.value, shared.value, outcome.rate);
  return verdict;
}

/** Nothing was sent: the next holder of the work makes the call. */
const TOO_LATE: Failure = {
  code: 'busy',
  message: 'The wait for a turn or a token took too long; the call was not made.',
};

/** A 401 alone does not say whether the token or a permission is at fault (clover.md 0): the account decides. */
async function judge<Body>(
  holder: PermitHolder,
  permit: Permit,
  outcome: CallOutcome<Body>,
): Promise<Try<Body>> {
  const { result } = outcome;
  if (result.ok || result.failure.code !== 'unauthorized') return { result, again: false };
  const verdict = await reached(() => holder.account.refused(permit.permitId));
  if (verdict.ok) return { result, again: true };
  return { result: fail({ ...verdict.failure, status: 401 }), again: false };
}

async function acquireShared(
  holder: PermitHolder,
): Promise<Result<{ permitId: string } | undefined, Failure>> {
  const { shared } = holder;
  return shared === undefined ? ok(undefined) : reached(() => shared.acquire());
}

async function giveBack(
  holder: PermitHolder,
  permit: Permit,
  shared: { permitId: string } | undefined,
  report: RateReport,
): Promise<void> {
  const releases = [holder.account.release(permit.permitId, report)];
  if (shared !== undefined && holder.shared !== undefined) {
    releases.push(holder.shared.release(shared.permitId, report));
  }
  // A lost release costs nothing but its lease: the call's outcome must not depend on it.
  await Promise.allSettled(releases);
}

/** An RPC that throws (object reset, overloaded) is a busy account: nothing was sent to the platform yet. */
async function reached<Value>(
  call: () => Promise<Result<Value, Failure>>,
): Promise<Result<Value, Failure>> {
  try {
    return await call();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail({ code: 'busy', message: `The account object was not reached: ${reason}` });
  }
}

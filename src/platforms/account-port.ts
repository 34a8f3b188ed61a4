/**
 * What the platform clients need from the objects that hold tokens and budgets. The objects implement it; calls are
 * RPC, so everything is plain data.
 */
import type { Failure } from '../domain/failure.ts';
import type { Result } from '../domain/result.ts';

/** Interactive work (a sale, a person waiting) goes before background work (sweeps, plans). */
export type Priority = 'interactive' | 'background';

/** Leave to make one call now, with the token to make it with. */
export interface Permit {
  readonly permitId: string;
  readonly accessToken: string;
}

/** What an answer said about the platform's limits; absent parts were not said. */
export interface RateReport {
  readonly status: number | null;
  /** BigCommerce: requests left in the window, its quota, and milliseconds until it refills. */
  readonly remaining?: number;
  readonly quota?: number;
  readonly resetMs?: number;
  /** BigCommerce: length of the quota's window, milliseconds. */
  readonly windowMs?: number;
  /** Wait asked for, milliseconds. */
  readonly retryAfterMs?: number;
  /** Clover: the 429 named the limit that all merchants share. */
  readonly appWide?: boolean;
}

export interface AccountStatus {
  readonly state: 'connected' | 'reauthorise' | 'disconnected';
  readonly connectionId: string;
  /** When the access token ends, epoch milliseconds; null when it does not end by time. */
  readonly accessExpiresAtMs: number | null;
  /** Messages of this connection being worked on right now (kept in memory, for `activity`). */
  readonly working: number;
  /** Calls an hour that the budget allows, as far as the platform has told its quota. */
  readonly perHourMax: number;
}

/** Tokens as a platform handed them out. BigCommerce has no refresh token and no expiry. */
export interface TokenGrant {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number | null;
  readonly refreshToken: string | null;
  readonly refreshExpiresAtMs: number | null;
}

/** One store or merchant: token vault, single-flight refresh, rate budget. Object name `{platform}:{account}`. */
/** Whether a ledger waits for something, as of a version of it: an older word never replaces a newer one. */
export interface LedgerBusy {
  readonly linkId: string;
  readonly version: number;
  readonly isBusy: boolean;
}

export interface PlatformAccountApi {
  /**
   * Stores a new grant and the connection that it belongs to; replaces whatever was there. (Not `connect`: stubs of
   * objects have a method of that name, for sockets.)
   */
  storeGrant(connectionId: string, grant: TokenGrant): Promise<void>;
  /** Forgets the tokens at once; every later `acquire` answers `disconnected`. */
  disconnect(): Promise<void>;
  status(): Promise<AccountStatus>;
  /**
   * Waits its turn, at most `patienceMs` (default `PERMIT_WAIT_MAX_MS`), and hands out leave plus a valid token,
   * refreshing it first when it is due. `disconnected`
   * for a connection that the account no longer belongs to: a merchant can move to another store (X5).
   */
  acquire(
    priority: Priority,
    connectionId?: string,
    patienceMs?: number,
  ): Promise<Result<Permit, Failure>>;
  /** Gives leave back. Forgotten permits expire by themselves. */
  release(permitId: string, report: RateReport): Promise<void>;
  /**
   * The platform answered 401 to this permit's token. Decides between a refresh (the token was old), `reauthorise`
   * and a missing permission, without burning refresh tokens in a loop (clover.md 9).
   */
  refused(permitId: string): Promise<Result<'retry', Failure>>;
  /** Registers messages being worked on, so that `activity` does not call a busy connection at rest. */
  beginWork(workId: string, expiresInMs: number): Promise<void>;
  endWork(workId: string, ledgers?: readonly LedgerBusy[]): Promise<void>;
}

/** The budget that all merchants of the Clover app share (clover.md 3). One object named `app`. */
export interface CloverAppApi {
  acquire(
    merchantId: string,
    priority: Priority,
    patienceMs?: number,
  ): Promise<Result<{ permitId: string }, Failure>>;
  release(permitId: string, report: RateReport): Promise<void>;
}

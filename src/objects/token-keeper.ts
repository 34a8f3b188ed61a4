/**
 * The life of one account's tokens: kept encrypted, renewed early and by one caller at a time, given up only when the
 * platform says so. Storage is synchronous and the clock is handed in, so that every rule can be tested by itself.
 *
 * A refresh is the one platform call that waits inside an object. Clover's refresh tokens work once (clover.md 1): the
 * answer has to be saved by whoever hears it, with no hop in between that could lose the only living token.
 */
import { backoffMs } from '../domain/backoff.ts';
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import {
  PERMISSION_RECHECK_MS,
  TOKEN_FRESH_MS,
  TOKEN_REFRESH_EARLY_MS,
  TOKEN_REFRESH_RETRY_CAP_MS,
  TOKEN_REFRESH_RETRY_MS,
} from '../limits.ts';
import type { AccountStatus, TokenGrant } from '../platforms/account-port.ts';
import { disconnected, permissionMissing, reauthorise, tokenEnded } from './account-failures.ts';
import { open, seal, type Sealed, type VaultPorts } from './vault.ts';

/** The account as stored: one row. */
export interface StoredAccount {
  readonly connectionId: string;
  readonly state: AccountStatus['state'];
  /** The encrypted grant; null when it was forgotten. */
  readonly sealed: Sealed | null;
  readonly accessExpiresAtMs: number | null;
  readonly issuedAtMs: number;
  /** The access token may be used; false once the platform refused it. */
  readonly isAccessUsable: boolean;
}

export interface AccountStore {
  load(): StoredAccount | null;
  /** Synchronous: on disk before any answer of the object leaves it. */
  save(account: StoredAccount): void;
}

export interface TokenKeeperDeps {
  readonly platform: Platform;
  /** `{platform}:{account}`: binds stored tokens to this object. */
  readonly name: string;
  readonly store: AccountStore;
  readonly vault: VaultPorts;
  now(): number;
  random(): number;
  refresh(refreshToken: string, connectionId: string): Promise<Result<TokenGrant, Failure>>;
  /** Lets a task outlive the call that started it. */
  keepAlive(task: Promise<unknown>): void;
  /** Told of every change of state, for the log. */
  stateChanged(state: AccountStatus['state'], connectionId: string, why: string): void;
}

interface Token {
  readonly accessToken: string;
  /** Changes with every grant. */
  readonly version: number;
}

export interface TokenKeeper {
  storeGrant(connectionId: string, grant: TokenGrant): Promise<void>;
  disconnect(): Promise<void>;
  status(): Omit<AccountStatus, 'working' | 'perHourMax'>;
  /** A usable token, renewed first when it is due. Failures: `disconnected`, `reauthorise`, and why a renewal failed. */
  current(): Promise<Result<Token, Failure>>;
  /** The token to use now in place of one that was handed out a moment ago; does not wait. Failures as `current`. */
  recent(handed: Token): Result<Token, Failure>;
  /** The platform refused the token of this version (undefined: nobody knows which). See `PlatformAccountApi`. */
  refused(version: number | undefined): Promise<Result<'retry', Failure>>;
  /** The platform took the token of this version. */
  accepted(version: number): void;
}

interface Loaded {
  readonly account: StoredAccount;
  readonly grant: TokenGrant | null;
}

/** Everything that the functions below share; lives as long as the object is in memory. */
interface Keeper {
  readonly deps: TokenKeeperDeps;
  loaded: Loaded | null;
  loading: Promise<Result<null, Failure>> | null;
  version: number;
  refreshing: Promise<Result<null, Failure>> | null;
  /** Tries of the present refresh token that failed for a passing reason. */
  refreshFailures: number;
  refreshNotBeforeMs: number;
  /** A fresh token was refused: until then a refusal is about a permission. */
  permissionMissingUntilMs: number;
  /** BigCommerce: when a refused token is tried again. */
  recheckAtMs: number;
}

export function createTokenKeeper(deps: TokenKeeperDeps): TokenKeeper {
  const account = deps.store.load();
  const keeper: Keeper = {
    deps,
    loaded: account === null ? null : { account, grant: null },
    loading: null,
    version: 1,
    refreshing: null,
    refreshFailures: 0,
    refreshNotBeforeMs: 0,
    permissionMissingUntilMs: 0,
    recheckAtMs: 0,
  };
  return {
    storeGrant: (connectionId, grant) => storeGrant(keeper, connectionId, grant),
    disconnect: () => disconnect(keeper),
    status: () => status(keeper),
    current: () => current(keeper),
    // An unchanged version was neither replaced nor disconnected; refused meanwhile, it costs one more refusal.
    recent: (handed) => (handed.version === keeper.version ? ok(handed) : peek(keeper)),
    refused: (version) => refused(keeper, version),
    accepted: (version) => {
      accepted(keeper, version);
    },
  };
}

/** Associated data of the encryption: this object and the connection that the tokens were granted to. */
function ownerOf(keeper: Keeper, connectionId: string): string {
  return `${keeper.deps.name}|${connectionId}`;
}

/** Writes a grant down and makes it the present one. Nothing is awaited between the last check and the write. */
async function keepGrant(
  keeper: Keeper,
  connectionId: string,
  grant: TokenGrant,
  isStillWanted: () => boolean = () => true,
): Promise<void> {
  const { deps } = keeper;
  const sealed = await seal(deps.vault, ownerOf(keeper, connectionId), JSON.stringify(grant));
  if (!isStillWanted()) return;
  const account: StoredAccount = {
    connectionId,
    state: 'connected',
    sealed,
    accessExpiresAtMs: grant.accessExpiresAtMs,
    issuedAtMs: deps.now(),
    isAccessUsable: true,
  };
  const before = keeper.loaded?.account;
  deps.store.save(account);
  keeper.loaded = { account, grant };
  keeper.version += 1;
  keeper.refreshFailures = 0;
  keeper.refreshNotBeforeMs = 0;
  if (before?.state !== 'connected' || before.connectionId !== connectionId) {
    deps.stateChanged('connected', connectionId, 'new tokens were granted');
  }
}

async function storeGrant(keeper: Keeper, connectionId: string, grant: TokenGrant): Promise<void> {
  await keepGrant(keeper, connectionId, grant);
  keeper.permissionMissingUntilMs = 0;
  keeper.recheckAtMs = 0;
}

async function disconnect(keeper: Keeper): Promise<void> {
  const before = keeper.loaded?.account;
  if (before === undefined || before.state === 'disconnected') return;
  // A refresh under way, or a call with the old token, must not bring the account back.
  keeper.version += 1;
  setAccount(keeper, { state: 'disconnected', sealed: null }, null, 'the account was disconnected');
}

function setAccount(
  keeper: Keeper,
  change: Partial<StoredAccount>,
  grant: TokenGrant | null,
  why: string,
): void {
  const before = keeper.loaded?.account;
  if (before === undefined) return;
  const account = { ...before, ...change };
  keeper.deps.store.save(account);
  keeper.loaded = { account, grant };
  if (account.state !== before.state) {
    keeper.deps.stateChanged(account.state, account.connectionId, why);
  }
}

function status(keeper: Keeper): Omit<AccountStatus, 'working' | 'perHourMax'> {
  const account = keeper.loaded?.account;
  if (account === undefined) {
    return { state: 'disconnected', connectionId: '', accessExpiresAtMs: null };
  }
  const { state, connectionId, sealed, accessExpiresAtMs } = account;
  return { state, connectionId, accessExpiresAtMs: sealed === null ? null : accessExpiresAtMs };
}

/** Decrypts the stored grant once. */
async function load(keeper: Keeper): Promise<Result<null, Failure>> {
  const { loaded } = keeper;
  if (loaded === null || loaded.grant !== null || loaded.account.sealed === null) return ok(null);
  keeper.loading ??= decrypt(keeper, loaded.account, loaded.account.sealed).finally(() => {
    keeper.loading = null;
  });
  return keeper.loading;
}

async function decrypt(
  keeper: Keeper,
  account: StoredAccount,
  sealed: Sealed,
): Promise<Result<null, Failure>> {
  const { deps } = keeper;
  const owner = ownerOf(keeper, account.connectionId);
  const opened = await open(deps.vault, owner, sealed);
  if (!opened.ok) return opened;
  // Ours, sealed by us: the shape is what `keepGrant` wrote.
  const grant = JSON.parse(opened.value.text) as TokenGrant;
  const resealed = opened.value.isOld ? await seal(deps.vault, owner, opened.value.text) : sealed;
  // A grant that came meanwhile is newer than what was read.
  if (keeper.loaded?.account !== account) return ok(null);
  const renewed = { ...account, sealed: resealed };
  if (opened.value.isOld) deps.store.save(renewed);
  keeper.loaded = { account: renewed, grant };
  return ok(null);
}

function peek(keeper: Keeper): Result<Token, Failure> {
  const { loaded, deps } = keeper;
  if (loaded === null || loaded.grant === null || loaded.account.state === 'disconnected') {
    return fail(disconnected(deps.platform));
  }
  const { account, grant } = loaded;
  const hasEnded = account.accessExpiresAtMs !== null && account.accessExpiresAtMs <= deps.now();
  if (account.state === 'reauthorise' && (hasEnded || !mayTry(keeper, account))) {
    return fail(reauthorise(deps.platform));
  }
  if (hasEnded) return fail(tokenEnded(deps.platform));
  return ok({ accessToken: grant.accessToken, version: keeper.version });
}

/** Which tokens of an account that needs consent again still work. */
function mayTry(keeper: Keeper, account: StoredAccount): boolean {
  // The refresh token was refused, the access token was not: it goes on until its end.
  if (account.isAccessUsable) return true;
  // A BigCommerce token is tried again now and then: only a new install would replace it if the refusal was a mistake.
  return keeper.deps.platform === 'bigcommerce' && keeper.deps.now() >= keeper.recheckAtMs;
}

async function current(keeper: Keeper): Promise<Result<Token, Failure>> {
  const opened = await load(keeper);
  if (!opened.ok) return opened;
  const account = keeper.loaded?.account;
  if (account?.state === 'connected' && account.accessExpiresAtMs !== null) {
    const nowMs = keeper.deps.now();
    const leftMs = account.accessExpiresAtMs - nowMs;
    const mayRefresh = nowMs >= keeper.refreshNotBeforeMs;
    if (leftMs > 0 && leftMs < TOKEN_REFRESH_EARLY_MS && mayRefresh) {
      // The token at hand goes on being used meanwhile, and also when this fails.
      keeper.deps.keepAlive(refresh(keeper));
    }
    if (leftMs <= 0) {
      const renewed = await refreshUnlessTooSoon(keeper);
      if (!renewed.ok) return renewed;
    }
  }
  const token = peek(keeper);
  if (token.ok && keeper.loaded?.account.isAccessUsable === false) {
    keeper.recheckAtMs = keeper.deps.now() + PERMISSION_RECHECK_MS;
  }
  return token;
}

async function refreshUnlessTooSoon(keeper: Keeper): Promise<Result<null, Failure>> {
  const waitMs = keeper.refreshNotBeforeMs - keeper.deps.now();
  if (keeper.refreshing === null && waitMs > 0) {
    return fail({ ...tokenEnded(keeper.deps.platform), retryAfterMs: waitMs });
  }
  return refresh(keeper);
}

/** Renews the tokens; whoever comes while that runs waits for the same answer. */
function refresh(keeper: Keeper): Promise<Result<null, Failure>> {
  keeper.refreshing ??= runRefresh(keeper).finally(() => {
    keeper.refreshing = null;
  });
  return keeper.refreshing;
}

async function runRefresh(keeper: Keeper): Promise<Result<null, Failure>> {
  const { deps, version } = keeper;
  const { loaded } = keeper;
  if (loaded === null || loaded.grant === null) return fail(disconnected(deps.platform));
  const { account, grant } = loaded;
  if (grant.refreshToken === null) {
    setAccount(keeper, { state: 'reauthorise' }, grant, 'there is no refresh token');
    return fail(reauthorise(deps.platform));
  }
  const answer = await deps.refresh(grant.refreshToken, account.connectionId);
  const isStillWanted = () => keeper.version === version;
  if (answer.ok) {
    await keepGrant(keeper, account.connectionId, answer.value, isStillWanted);
    return ok(null);
  }
  // A new grant or a disconnect came while Clover thought: it decides.
  if (!isStillWanted()) return ok(null);
  if (isDefinitive(answer.failure)) {
    setAccount(keeper, { state: 'reauthorise' }, grant, 'Clover refused the refresh token');
    return fail(reauthorise(deps.platform));
  }
  // Nobody knows whether the refresh token was used up; it is tried again, and its refusal will tell.
  keeper.refreshFailures += 1;
  const bounds = { baseMs: TOKEN_REFRESH_RETRY_MS, capMs: TOKEN_REFRESH_RETRY_CAP_MS };
  const waitMs = backoffMs(keeper.refreshFailures, deps.random(), bounds);
  keeper.refreshNotBeforeMs = deps.now() + Math.max(waitMs, answer.failure.retryAfterMs ?? 0);
  const { code, message } = answer.failure;
  // The caller's own request was never made: its outcome is known.
  return fail({
    code,
    message: `The access token could not be renewed: ${message}`,
    retryAfterMs: waitMs,
  });
}

/** Clover answered, and the answer is no: not a limit, not a time-out on its side. */
function isDefinitive(failure: Failure): boolean {
  const { status: httpStatus = 0, code } = failure;
  const isClientError = httpStatus >= 400 && httpStatus < 500;
  return isClientError && code !== 'rate_limited' && code !== 'timeout';
}

async function refused(
  keeper: Keeper,
  version: number | undefined,
): Promise<Result<'retry', Failure>> {
  const { deps } = keeper;
  const opened = await load(keeper);
  if (!opened.ok) return opened;
  // A renewal under way may have ended the token at Clover before its answer is here.
  if (keeper.refreshing !== null) await keeper.refreshing;
  const loaded = keeper.loaded;
  if (loaded === null || loaded.account.state === 'disconnected' || loaded.grant === null) {
    return fail(disconnected(deps.platform));
  }
  // Another token is current by now: the refusal says nothing about it.
  if (version !== keeper.version) return ok('retry');
  if (deps.platform === 'bigcommerce') return giveUpToken(keeper, 'BigCommerce refused the token');
  const nowMs = deps.now();
  const isFresh = nowMs - loaded.account.issuedAtMs <= TOKEN_FRESH_MS;
  if (isFresh) keeper.permissionMissingUntilMs = nowMs + PERMISSION_RECHECK_MS;
  if (nowMs < keeper.permissionMissingUntilMs) return fail(permissionMissing());
  const renewed = await refreshUnlessTooSoon(keeper);
  if (renewed.ok) return ok('retry');
  if (renewed.failure.code === 'reauthorise') {
    return giveUpToken(keeper, 'Clover refused the access token and the refresh token');
  }
  return fail({ ...renewed.failure, code: 'unauthorized' });
}

/** The present access token is not used any more; the merchant has to consent again. */
function giveUpToken(keeper: Keeper, why: string): Result<'retry', Failure> {
  keeper.recheckAtMs = keeper.deps.now() + PERMISSION_RECHECK_MS;
  const grant = keeper.loaded?.grant ?? null;
  setAccount(keeper, { state: 'reauthorise', isAccessUsable: false }, grant, why);
  return fail(reauthorise(keeper.deps.platform));
}

function accepted(keeper: Keeper, version: number): void {
  const { loaded } = keeper;
  if (loaded === null || version !== keeper.version || loaded.account.isAccessUsable) return;
  if (loaded.account.state !== 'reauthorise') return;
  const change = { state: 'connected', isAccessUsable: true } as const;
  setAccount(keeper, change, loaded.grant, 'the token is accepted again');
}

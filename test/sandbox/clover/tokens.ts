/** Codes and tokens of OAuth v2: clover.md section 1. */
import { newUuid, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Merchant, RefreshTokenRow, TokenRow } from './types.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/** A token pair as the API answers it; expirations are Unix SECONDS. */
export interface TokenPair {
  access_token: string;
  access_token_expiration: number;
  refresh_token?: string;
  refresh_token_expiration?: number;
}

/** The token when it still works: known, not expired, and its app still installed. */
export function liveToken(platform: Platform, token: string): TokenRow | null {
  if (!Object.hasOwn(platform.state.accessTokens, token)) return null;
  const row = platform.state.accessTokens[token];
  if (row === undefined || row.expiresAtMs <= nowMs(platform)) return null;
  return row;
}

/** The refresh token when it can still be swapped. */
export function liveRefreshToken(platform: Platform, token: string): RefreshTokenRow | null {
  if (!Object.hasOwn(platform.state.refreshTokens, token)) return null;
  const row = platform.state.refreshTokens[token];
  if (row === undefined || row.expiresAtMs <= nowMs(platform)) return null;
  return row;
}

function forget(platform: Platform, merchantId: string): void {
  const { accessTokens, refreshTokens } = platform.state;
  for (const [token, row] of Object.entries(accessTokens)) {
    if (row.expiresAtMs <= nowMs(platform)) delete accessTokens[token];
  }
  const live = Object.entries(refreshTokens).filter(([, row]) => row.merchantId === merchantId);
  const excess = live.length - platform.switches.liveRefreshTokensMax;
  for (const [token] of live.slice(0, Math.max(0, excess))) delete refreshTokens[token];
}

/** Issues a pair bound to one merchant, with the permissions it installed; the oldest refresh tokens die. */
export function issuePair(
  platform: Platform,
  merchant: Merchant,
  withRefreshToken: boolean,
): TokenPair {
  const { state, switches } = platform;
  const accessToken = newUuid(platform);
  const accessSeconds = Math.floor((nowMs(platform) + switches.accessTokenTtlMs) / 1000);
  state.accessTokens[accessToken] = {
    merchantId: merchant.id,
    permissions: [...merchant.permissions],
    expiresAtMs: accessSeconds * 1000,
  };
  const pair: TokenPair = {
    access_token: accessToken,
    access_token_expiration: accessSeconds,
  };
  if (withRefreshToken) {
    const refreshToken = `clvroar-${newUuid(platform)}`;
    const refreshSeconds = accessSeconds + YEAR_MS / 1000;
    state.refreshTokens[refreshToken] = {
      merchantId: merchant.id,
      accessToken,
      expiresAtMs: refreshSeconds * 1000,
    };
    pair.refresh_token = refreshToken;
    pair.refresh_token_expiration = refreshSeconds;
  }
  forget(platform, merchant.id);
  return pair;
}

/** Ends every token of a merchant. */
export function killTokens(platform: Platform, merchantId: string): void {
  const { accessTokens, refreshTokens, codes } = platform.state;
  for (const rows of [accessTokens, refreshTokens, codes]) {
    for (const [token, row] of Object.entries(rows)) {
      if (row.merchantId === merchantId) delete rows[token];
    }
  }
}

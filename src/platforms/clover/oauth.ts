/** Clover's OAuth v2 for a server-side app (clover.md 1). */
import type { Config } from '../../config.ts';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Ports } from '../../ports.ts';
import type { TokenGrant } from '../account-port.ts';
import { buildUrl, callPlatform, type CallPorts, type PlatformCall } from '../http.ts';
import { wireToken, type WireToken } from './wire.ts';

type OAuthPorts = CallPorts & Pick<Ports, 'config'>;

export interface AuthorizeQuery {
  /** The app's Site URL or a path below it. */
  readonly redirectUri: string;
  readonly state: string;
  /** Skips the account picker. */
  readonly merchantId?: string;
}

/** Where the merchant consents; the answer comes back to `redirectUri` with `code`, `merchant_id` and `state`. */
export function cloverAuthorizeUrl(config: Pick<Config, 'clover'>, query: AuthorizeQuery): string {
  return buildUrl(config.clover.webOrigin, '/oauth/v2/authorize', {
    client_id: config.clover.appId,
    redirect_uri: query.redirectUri,
    state: query.state,
    ...(query.merchantId === undefined ? {} : { merchant_id: query.merchantId }),
  });
}

/** The request that swaps a code for the first pair of tokens. */
function exchangeCall(config: Config, code: string, connectionId: string): PlatformCall<WireToken> {
  return {
    platform: 'clover',
    operation: 'oauth.exchange',
    method: 'POST',
    url: `${config.clover.apiOrigin}/oauth/v2/token`,
    headers: {},
    body: { client_id: config.clover.appId, client_secret: config.clover.appSecret, code },
    accepts: wireToken,
    context: { connectionId },
  };
}

/** The request that swaps a refresh token, which works once, for a new pair. */
function refreshCall(
  config: Config,
  refreshToken: string,
  connectionId: string,
): PlatformCall<WireToken> {
  return {
    platform: 'clover',
    operation: 'oauth.refresh',
    method: 'POST',
    url: `${config.clover.apiOrigin}/oauth/v2/refresh`,
    headers: {},
    // No client secret here (clover.md 1).
    body: { client_id: config.clover.appId, refresh_token: refreshToken },
    accepts: wireToken,
    context: { connectionId },
  };
}

/** Seconds become milliseconds here, and nowhere else. */
function readGrant(wire: WireToken): TokenGrant {
  const refreshExpiresAtS = wire.refresh_token_expiration ?? null;
  return {
    accessToken: wire.access_token,
    accessExpiresAtMs: wire.access_token_expiration * 1000,
    refreshToken: wire.refresh_token ?? null,
    refreshExpiresAtMs: refreshExpiresAtS === null ? null : refreshExpiresAtS * 1000,
  };
}

/**
 * Swaps the callback's code for tokens. `rejected` or `unauthorized` for a code that is used, expired or not ours;
 * `malformed_answer` without a refresh token, since the link would end within minutes; else as `callPlatform`.
 */
export async function exchangeCode(
  ports: OAuthPorts,
  code: string,
  connectionId: string,
): Promise<Result<TokenGrant, Failure>> {
  const answer = await callPlatform(ports, exchangeCall(ports.config, code, connectionId));
  return answer.ok ? readPair(answer.value.body) : answer;
}

/**
 * Swaps a refresh token for a new pair. The old one is dead as soon as Clover has answered, so the caller stores the
 * pair before anything else. After `outcomeUnknown` nobody knows which of the two tokens lives.
 */
export async function refreshGrant(
  ports: OAuthPorts,
  refreshToken: string,
  connectionId: string,
): Promise<Result<TokenGrant, Failure>> {
  const answer = await callPlatform(ports, refreshCall(ports.config, refreshToken, connectionId));
  return answer.ok ? readPair(answer.value.body) : answer;
}

function readPair(wire: WireToken): Result<TokenGrant, Failure> {
  const grant = readGrant(wire);
  if (grant.refreshToken !== null) return ok(grant);
  const message = 'clover issued an access token without a refresh token.';
  return fail({ code: 'malformed_answer', message });
}

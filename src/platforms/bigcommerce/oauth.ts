/** The single-click app's sign-in: code exchange and signed callbacks (bigcommerce.md 1.2, 1.3). */
import * as v from 'valibot';
import type { Config } from '../../config.ts';
import { fromBase64Url, toBase64Url } from '../../domain/encoding.ts';
import type { Failure } from '../../domain/failure.ts';
import { parseStoreContext, type ConnectionId } from '../../domain/ids.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Ports } from '../../ports.ts';
import type { TokenGrant } from '../account-port.ts';
import { callPlatform, type CallPorts, type PlatformCall } from '../http.ts';
import { wholeNumber, wireToken } from './wire.ts';

/** What BigCommerce sends along to the install callback. */
export interface InstallCode {
  readonly code: string;
  /** Space-separated scopes that the merchant accepted. */
  readonly scope: string;
  /** `stores/{hash}`. */
  readonly context: string;
  /** Must equal the registered callback to the letter. */
  readonly redirectUri: string;
}

export interface Installation {
  readonly connectionId: ConnectionId;
  readonly grant: TokenGrant;
  /** Space-separated, as granted. */
  readonly scopes: string;
  readonly userId: number;
}

/** The request that swaps the code for a token. */
function exchangeCall(
  config: Config,
  install: InstallCode,
): PlatformCall<v.InferOutput<typeof wireToken>> {
  return {
    platform: 'bigcommerce',
    operation: 'oauth.exchange',
    method: 'POST',
    url: `${config.bigcommerce.loginOrigin}/oauth2/token`,
    headers: {},
    body: {
      client_id: config.bigcommerce.clientId,
      client_secret: config.bigcommerce.clientSecret,
      code: install.code,
      scope: install.scope,
      context: install.context,
      redirect_uri: install.redirectUri,
      grant_type: 'authorization_code',
    },
    accepts: wireToken,
    // Nobody vouches for the store yet: a stranger's try is no record of the store that it names (X5).
    context: { connectionId: '' },
  };
}

/** `malformed_answer` when the answer names another store than the one that asked. */
function readInstallation(
  wire: v.InferOutput<typeof wireToken>,
  context: string,
): Result<Installation, Failure> {
  const connectionId = parseStoreContext(wire.context);
  if (connectionId === undefined || wire.context !== context) {
    const message = 'bigcommerce issued a token for another store than the one that was installed.';
    return fail({ code: 'malformed_answer', message });
  }
  return ok({
    connectionId,
    grant: {
      accessToken: wire.access_token,
      // Store tokens end by scope change, owner change or uninstall, never by time (bigcommerce.md 1.1).
      accessExpiresAtMs: null,
      refreshToken: null,
      refreshExpiresAtMs: null,
    },
    scopes: wire.scope,
    userId: wire.user.id,
  });
}

/** Swaps the code for a token. `invalid_input` for a context that is no store, else the failures of `callPlatform`. */
export async function exchangeCode(
  ports: CallPorts & Pick<Ports, 'config'>,
  install: InstallCode,
): Promise<Result<Installation, Failure>> {
  if (parseStoreContext(install.context) === undefined) {
    return fail({ code: 'invalid_input', message: 'The install callback names no store.' });
  }
  const answer = await callPlatform(ports, exchangeCall(ports.config, install));
  return answer.ok ? readInstallation(answer.value.body, install.context) : answer;
}

/** A callback's signed claims: who opened, removed a user from or uninstalled the app, at which store. */
export interface SignedCallback {
  readonly connectionId: ConnectionId;
  readonly userId: number;
  readonly userEmail: string;
  readonly ownerId: number | null;
  /** Deep link inside the app; a path as BigCommerce sent it, to be checked before use. */
  readonly url: string;
  /** Unique per token: accept it once. */
  readonly jwtId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

const header = v.object({ alg: v.literal('HS256') });
const claims = v.object({
  aud: v.string(),
  iss: v.literal('bc'),
  sub: v.string(),
  nbf: v.number(),
  exp: v.number(),
  iat: v.nullish(v.number()),
  jti: v.nullish(v.string()),
  user: v.object({ id: wholeNumber, email: v.nullish(v.string()) }),
  owner: v.nullish(v.object({ id: wholeNumber })),
  url: v.nullish(v.string()),
});

/** Clocks may differ by this much; BigCommerce's own sample starts 5 s early (bigcommerce.md 1.3). */
const JWT_SKEW_MS = 60_000;
/** A real one is below 2 KB. */
const JWT_CHARS_MAX = 8_000;

/**
 * Verifies `signed_payload_jwt` (X2): HS256 and nothing else, our client as audience, `bc` as issuer, a store as
 * subject, valid now. Any failure is `unauthorized` with a reason that repeats nothing of the token.
 */
export async function verifyJwt(
  jwt: string,
  config: Pick<Config['bigcommerce'], 'clientId' | 'clientSecret'>,
  nowMs: number,
): Promise<Result<SignedCallback, Failure>> {
  const refuse = (reason: string) =>
    fail<Failure>({ code: 'unauthorized', message: `The sign-in from BigCommerce ${reason}.` });
  const [head = '', body = '', mac = '', ...rest] = jwt.split('.');
  const signature = fromBase64Url(mac);
  const isWhole = jwt.length <= JWT_CHARS_MAX && rest.length === 0 && signature !== undefined;
  // The header is read only to refuse: the algorithm is never taken from it.
  if (!isWhole || !v.is(header, decodeJson(head))) return refuse('is not a signed token');
  const signed = new TextEncoder().encode(`${head}.${body}`);
  const key = await verifyKey(config.clientSecret);
  if (!(await crypto.subtle.verify('HMAC', key, signature, signed))) {
    return refuse('carries a wrong signature');
  }
  const parsed = v.safeParse(claims, decodeJson(body));
  if (!parsed.success) return refuse('lacks what it must say');
  const { aud, sub, nbf, exp, iat, jti, user, owner, url } = parsed.output;
  if (aud !== config.clientId) return refuse('is meant for another app');
  const connectionId = parseStoreContext(sub);
  if (connectionId === undefined) return refuse('names no store');
  if (nowMs < nbf * 1000 - JWT_SKEW_MS) return refuse('is not valid yet');
  if (nowMs > exp * 1000 + JWT_SKEW_MS) return refuse('has expired; open the app again');
  return ok({
    connectionId,
    userId: user.id,
    userEmail: user.email ?? '',
    ownerId: owner?.id ?? null,
    url: url ?? '/',
    // Without an id the signature names the token just as well; its text may end in bits that mean nothing.
    jwtId: jti ?? toBase64Url(signature),
    issuedAtMs: (iat ?? nbf) * 1000,
    expiresAtMs: exp * 1000,
  });
}

async function verifyKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);
}

function decodeJson(base64Url: string): unknown {
  const bytes = fromBase64Url(base64Url);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

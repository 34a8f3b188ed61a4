/** Goal: only BigCommerce's own tokens, for our app, now, are believed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { exchangeCode, verifyJwt } from '../../../src/platforms/bigcommerce/oauth.ts';
import { toBase64Url } from '../../../src/domain/encoding.ts';
import { CONFIG, failureOf, openPlatformBench, valueOf } from '../../support/platform-ports.ts';

const NOW_S = 1_659_031_700;
const NOW_MS = NOW_S * 1_000;
const CLIENT = CONFIG.bigcommerce;

const CLAIMS = {
  aud: CLIENT.clientId,
  iss: 'bc',
  iat: NOW_S - 74,
  nbf: NOW_S - 79,
  exp: NOW_S - 79 + 86_400,
  jti: 'b7a1',
  sub: 'stores/z4zn3wo',
  user: { id: 9_876_543, email: 'user@example.com', locale: 'en-US' },
  owner: { id: 7_654_321, email: 'owner@example.com' },
  url: '/products',
  channel_id: null,
};

const encode = (value: unknown) => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));

async function sign(
  claims: unknown,
  header: unknown = { alg: 'HS256', typ: 'JWT' },
  secret = CLIENT.clientSecret,
  hash = 'SHA-256',
): Promise<string> {
  const signed = `${encode(header)}.${encode(claims)}`;
  const key = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash },
    false,
    ['sign'],
  );
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed));
  return `${signed}.${toBase64Url(new Uint8Array(mac))}`;
}

const refusal = async (jwt: string, nowMs = NOW_MS) => {
  const failure = failureOf(await verifyJwt(jwt, CLIENT, nowMs));
  expect(failure.code).toBe('unauthorized');
  return failure.message;
};

describe('signed callbacks', () => {
  it('[X2] a good one is read', async () => {
    expect(valueOf(await verifyJwt(await sign(CLAIMS), CLIENT, NOW_MS))).toEqual({
      connectionId: 'z4zn3wo',
      userId: 9_876_543,
      userEmail: 'user@example.com',
      ownerId: 7_654_321,
      url: '/products',
      jwtId: 'b7a1',
      issuedAtMs: CLAIMS.iat * 1_000,
      expiresAtMs: CLAIMS.exp * 1_000,
    });
  });

  let good = '';
  beforeAll(async () => {
    good = await sign(CLAIMS);
  });

  it('[X2] the algorithm is pinned, whatever the header says', async () => {
    expect(
      await refusal(await sign(CLAIMS, { alg: 'HS512' }, CLIENT.clientSecret, 'SHA-512')),
    ).toContain('not a signed token');
    expect(await refusal(await sign(CLAIMS, { alg: 'none' }))).toContain('not a signed token');
    const [, body = ''] = good.split('.');
    expect(await refusal(`${encode({ alg: 'none' })}.${body}.`)).toContain('not a signed token');
    // The right header over a signature of another algorithm.
    expect(
      await refusal(await sign(CLAIMS, { alg: 'HS256' }, CLIENT.clientSecret, 'SHA-512')),
    ).toContain('wrong signature');
  });

  it('[X2] another secret, a changed body or a changed signature is refused', async () => {
    expect(await refusal(await sign(CLAIMS, undefined, 'other'))).toContain('wrong signature');
    const [head = '', , mac = ''] = good.split('.');
    const forged = encode({ ...CLAIMS, sub: 'stores/victim' });
    expect(await refusal(`${head}.${forged}.${mac}`)).toContain('wrong signature');
    expect(await refusal(`${good}A`)).toContain('The sign-in');
  });

  it.each(['', 'a', 'a.b', 'a.b.c', 'a.b.c.d', '..', 'é.é.é', 'x'.repeat(9_000)])(
    '[X7] %j is refused without a throw',
    async (text) => {
      expect(await refusal(text.slice(0, 9_000))).toContain('The sign-in from BigCommerce');
    },
  );

  it.each([
    ['another app', { aud: 'other-client' }, 'another app'],
    ['another issuer', { iss: 'bcx' }, 'lacks'],
    ['no store', { sub: 'users/1' }, 'names no store'],
    ['a path for a store', { sub: 'stores/../x' }, 'names no store'],
    ['no end', { exp: undefined }, 'lacks'],
    ['no user', { user: undefined }, 'lacks'],
  ])('[X2] %s is refused', async (_name, change, words) => {
    expect(await refusal(await sign({ ...CLAIMS, ...change }))).toContain(words);
  });

  it('[X2] times count, with a minute of skew', async () => {
    const startMs = CLAIMS.nbf * 1_000;
    const endMs = CLAIMS.exp * 1_000;
    expect((await verifyJwt(good, CLIENT, startMs - 60_000)).ok).toBe(true);
    expect(await refusal(good, startMs - 60_001)).toContain('not valid yet');
    expect((await verifyJwt(good, CLIENT, endMs + 60_000)).ok).toBe(true);
    expect(await refusal(good, endMs + 60_001)).toContain('expired');
  });

  it('[X2] a token without an id is still named, so that it can be used once only', async () => {
    const jwt = await sign({ ...CLAIMS, jti: undefined, owner: null, url: null });
    const callback = valueOf(await verifyJwt(jwt, CLIENT, NOW_MS));
    expect(callback.jwtId).toBe(jwt.split('.')[2]);
    expect(callback).toMatchObject({ ownerId: null, url: '/' });
    // The last character of 32 bytes in base64 has two bits to spare: the same signature, written otherwise.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(jwt.slice(-1));
    const otherwise = jwt.slice(0, -1) + (alphabet[last ^ 1] ?? '');
    expect(otherwise).not.toBe(jwt);
    expect(valueOf(await verifyJwt(otherwise, CLIENT, NOW_MS)).jwtId).toBe(callback.jwtId);
  });

  it('[X8] a refusal repeats nothing of the token', async () => {
    const message = await refusal(await sign({ ...CLAIMS, aud: 'other-client' }));
    expect(message).not.toMatch(/other-client|user@example|z4zn3wo/);
  });
});

describe('the code exchange', () => {
  const INSTALL = {
    code: 'grant-code',
    scope: 'store_v2_orders store_inventory',
    context: 'stores/g5cd38',
    redirectUri: 'https://onhand.example.com/bigcommerce/auth',
  };
  const ANSWER = {
    access_token: 'store-token',
    scope: INSTALL.scope,
    user: { id: 24_654, username: 'm@example.com', email: 'm@example.com' },
    context: INSTALL.context,
    account_uuid: '12345678-90ab-cdef-1234-567890abcdef',
  };

  it('sends what BigCommerce asks for and reads the grant, also without an owner', async () => {
    const bench = openPlatformBench(() => Response.json(ANSWER));
    expect(valueOf(await exchangeCode(bench.ports, INSTALL))).toEqual({
      connectionId: 'g5cd38',
      grant: {
        accessToken: 'store-token',
        accessExpiresAtMs: null,
        refreshToken: null,
        refreshExpiresAtMs: null,
      },
      scopes: INSTALL.scope,
      userId: 24_654,
    });
    expect(bench.sent[0]).toMatchObject({
      method: 'POST',
      url: 'https://login.bigcommerce.com/oauth2/token',
      body: {
        client_id: 'bc-client',
        client_secret: 'bc-client-secret',
        code: 'grant-code',
        scope: INSTALL.scope,
        context: INSTALL.context,
        redirect_uri: INSTALL.redirectUri,
        grant_type: 'authorization_code',
      },
    });
    expect(JSON.stringify(bench.records)).not.toMatch(/grant-code|store-token|bc-client-secret/);
  });

  it('[X5] takes no token for another store', async () => {
    const bench = openPlatformBench(() => Response.json({ ...ANSWER, context: 'stores/other' }));
    expect(failureOf(await exchangeCode(bench.ports, INSTALL)).code).toBe('malformed_answer');
  });

  it('[X7] does not even ask for something that is no store', async () => {
    const bench = openPlatformBench(() => Response.json(ANSWER));
    const failure = failureOf(await exchangeCode(bench.ports, { ...INSTALL, context: 'stores/' }));
    expect(failure.code).toBe('invalid_input');
    expect(bench.sent).toEqual([]);
  });
});

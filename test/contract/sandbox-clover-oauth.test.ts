import { expect, test } from 'vitest';
import {
  API_ORIGIN,
  APP_ID,
  authorize,
  createHarness,
  MERCHANT_ID,
  SITE_URL,
  START_MS,
  tokenBody,
} from '../support/clover-harness.ts';
import type { Harness } from '../support/clover-harness.ts';
import { describeWithClover } from '../support/specs-clover.ts';

const refresh = (harness: Harness, token: unknown) =>
  harness.post('/oauth/v2/refresh', { client_id: APP_ID, refresh_token: token });

const exchange = async (harness: Harness, merchantId = MERCHANT_ID) =>
  harness.post('/oauth/v2/token', tokenBody(await authorize(harness.clover, merchantId)));

function authorizeUrl(parameters: Record<string, string>): string {
  const query = new URLSearchParams({
    client_id: APP_ID,
    redirect_uri: `${SITE_URL}/callback`,
    ...parameters,
  });
  return `${API_ORIGIN}/oauth/v2/authorize?${query}`;
}

describeWithClover('clover sandbox: OAuth', (specs) => {
  test('authorize sends the merchant back with merchant_id, client_id, code and state', async () => {
    const { clover } = await createHarness(specs);
    const url = authorizeUrl({ merchant_id: MERCHANT_ID, state: 'st&te' });
    const request = new Request(url);
    const response = await clover.app.fetch(request);
    expect(await specs.validateResponse(request, response)).toEqual([]);
    const target = new URL(response.headers.get('Location') ?? '');
    expect(target.origin + target.pathname).toBe(`${SITE_URL}/callback`);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      merchant_id: MERCHANT_ID,
      client_id: APP_ID,
      code: expect.stringMatching(/.+/),
      state: 'st&te',
    });
  });

  test.each([
    ['https://relay.example/elsewhere'],
    ['https://relay.example/cloverleaf'],
    ['https://relay.example/clover/../app'],
    ['https://evil.example/clover'],
    ['http://relay.example/clover'],
    ['/clover/callback'],
  ])('a redirect to %s is refused', async (redirect) => {
    const { clover } = await createHarness(specs);
    const request = new Request(authorizeUrl({ merchant_id: MERCHANT_ID, redirect_uri: redirect }));
    const response = await clover.app.fetch(request);
    expect(response.status).toBe(400);
    expect(await specs.validateResponse(request, response)).toEqual([]);
  });

  test('another app and an unknown merchant are refused', async () => {
    const { get } = await createHarness(specs);
    const other = new URL(authorizeUrl({ client_id: 'SOMEOTHERAPP1', merchant_id: MERCHANT_ID }));
    expect((await get(other.pathname + other.search)).status).toBe(400);
    const unknown = new URL(authorizeUrl({ merchant_id: 'NOSUCHMERCHAN' }));
    expect((await get(unknown.pathname + unknown.search)).status).toBe(400);
  });

  test('without merchant_id there is a picker whose links carry one, state and all', async () => {
    const { clover } = await createHarness(specs);
    clover.createMerchant({ id: 'MERCHANT00002', name: 'Second <Shop>', installed: false });
    const response = await clover.app.fetch(new Request(authorizeUrl({ state: 's1' })));
    expect(response.status).toBe(200);
    const page = await response.text();
    expect(page).toContain('Second &lt;Shop&gt;');
    const links = [...page.matchAll(/href="([^"]+)"/g)].map((match) =>
      (match[1] ?? '').replaceAll('&amp;', '&'),
    );
    expect(links).toHaveLength(2);
    const chosen = await clover.app.fetch(new Request(`${API_ORIGIN}${links[1] ?? ''}`));
    const target = new URL(chosen.headers.get('Location') ?? '');
    expect(target.searchParams.get('merchant_id')).toBe('MERCHANT00002');
    expect(target.searchParams.get('state')).toBe('s1');
  });

  test('consent installs the app, or is refused where the switch says so', async () => {
    const { clover, updates } = await createHarness(specs);
    const { id } = clover.createMerchant({ name: 'New', installed: false });
    await authorize(clover, id);
    expect(clover.state.merchants[id]?.installed).toBe(true);
    expect(await updates()).toEqual([`CREATE A:${APP_ID}`]);

    clover.switches.consentInstalls = false;
    const other = clover.createMerchant({ name: 'Other', installed: false });
    const refused = await clover.app.fetch(new Request(authorizeUrl({ merchant_id: other.id })));
    expect(refused.status).toBe(400);
    expect(clover.state.merchants[other.id]?.installed).toBe(false);
  });

  test('a PAYMENTS_PLUS merchant cannot install', async () => {
    const { clover, get } = await createHarness(specs);
    const { id } = clover.createMerchant({ name: 'P', plan: 'PAYMENTS_PLUS', installed: false });
    const url = new URL(authorizeUrl({ merchant_id: id }));
    expect((await get(url.pathname + url.search)).status).toBe(400);
  });

  test('the pair comes with expirations in seconds, the refresh token a year later', async () => {
    const harness = await createHarness(specs);
    const { body, status } = await exchange(harness);
    expect(status).toBe(200);
    const expected = Math.floor((harness.clock.now() + 30 * 60_000) / 1000);
    expect(body['access_token_expiration']).toBe(expected);
    expect(body['refresh_token_expiration']).toBe(expected + 365 * 86_400);
  });

  test('no_refresh_token leaves the refresh token out', async () => {
    const { clover, post } = await createHarness(specs);
    const code = await authorize(clover);
    const { body } = await post('/oauth/v2/token?no_refresh_token=true', tokenBody(code));
    expect(Object.keys(body).toSorted()).toEqual(['access_token', 'access_token_expiration']);
  });

  test('a code works once, not late, and not with a wrong secret or app', async () => {
    const { clover, clock, post } = await createHarness(specs);
    const code = await authorize(clover);
    const wrong = await post('/oauth/v2/token', { ...tokenBody(code), client_secret: 'guess' });
    expect(wrong.status).toBe(401);
    const foreign = { ...tokenBody(code), client_id: 'SOMEOTHERAPP1' };
    expect((await post('/oauth/v2/token', foreign)).status).toBe(401);
    expect((await post('/oauth/v2/token', tokenBody(code))).status).toBe(200);
    expect((await post('/oauth/v2/token', tokenBody(code))).status).toBe(401);
    const late = await authorize(clover);
    await clock.advance(10 * 60_000);
    expect((await post('/oauth/v2/token', tokenBody(late))).status).toBe(401);
    expect((await post('/oauth/v2/token', { client_id: APP_ID })).status).toBe(400);
  });

  test('PKCE: the verifier must fit the challenge', async () => {
    const { clover, post } = await createHarness(specs);
    // RFC 7636 appendix B.
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
    const code = await authorize(clover, MERCHANT_ID, { code_challenge: challenge });
    const body = { client_id: APP_ID, code };
    const wrong = { ...body, code_verifier: `${verifier}x` };
    expect((await post('/oauth/v2/token', wrong)).status).toBe(401);
    expect((await post('/oauth/v2/token', tokenBody(code))).status).toBe(401);
    const right = { ...body, code_verifier: verifier };
    expect((await post('/oauth/v2/token', right)).status).toBe(200);
    const secretless = { client_id: APP_ID, code: await authorize(clover) };
    expect((await post('/oauth/v2/token', secretless)).status).toBe(401);
  });

  test('a refresh token works once and gives a whole new pair', async () => {
    const harness = await createHarness(specs);
    const first = (await exchange(harness)).body;
    const second = await refresh(harness, first['refresh_token']);
    expect(second.status).toBe(200);
    expect(second.body['access_token']).not.toBe(first['access_token']);
    expect(second.body['refresh_token']).not.toBe(first['refresh_token']);
    const again = await refresh(harness, first['refresh_token']);
    expect(again.status).toBe(401);
    expect((await refresh(harness, second.body['refresh_token'])).status).toBe(200);
  });

  test('only the newest refresh tokens of a merchant live', async () => {
    const harness = await createHarness(specs, { liveRefreshTokensMax: 2 });
    const tokens = [];
    for (let round = 0; round < 3; round += 1) {
      tokens.push((await exchange(harness)).body['refresh_token']);
    }
    expect((await refresh(harness, tokens[0])).status).toBe(401);
    expect((await refresh(harness, tokens[2])).status).toBe(200);
  });

  test('the old access token outlives a refresh unless the switch kills it', async () => {
    const harness = await createHarness(specs);
    const first = (await exchange(harness)).body;
    const second = (await refresh(harness, first['refresh_token'])).body;
    const old = { token: String(first['access_token']) };
    expect((await harness.get('', old)).status).toBe(200);
    harness.clover.switches.refreshKillsAccessToken = true;
    await refresh(harness, second['refresh_token']);
    expect((await harness.get('', { token: String(second['access_token']) })).status).toBe(401);
  });

  test('an access token ends at its announced second', async () => {
    const harness = await createHarness(specs, { accessTokenTtlMs: 60_000 });
    const expirationMs = Math.floor((START_MS + 60_000) / 1000) * 1000;
    await harness.clock.advance(expirationMs - harness.clock.now() - 1);
    expect((await harness.get('')).status).toBe(200);
    await harness.clock.advance(1);
    const expired = await harness.get('');
    expect(expired.status).toBe(401);
    expect(expired.body).toEqual({ message: '401 Unauthorized' });
  });

  test('the status of an OAuth refusal is a switch', async () => {
    const harness = await createHarness(specs, { oauthRefusalStatus: 400 });
    expect((await refresh(harness, 'nonsense')).status).toBe(400);
  });

  test('uninstall kills the tokens, or leaves them where the switch says so', async () => {
    const harness = await createHarness(specs);
    const pair = (await exchange(harness)).body;
    harness.clover.uninstall(MERCHANT_ID);
    expect((await harness.get('')).status).toBe(401);
    expect((await refresh(harness, pair['refresh_token'])).status).toBe(401);

    const kept = await createHarness(specs, { uninstallKillsTokens: false });
    kept.clover.uninstall(MERCHANT_ID);
    expect((await kept.get('')).status).toBe(200);
  });

  test('the launch path carries the merchant and no code', async () => {
    const { clover } = await createHarness(specs);
    const url = new URL(clover.launchUrl(MERCHANT_ID));
    expect(url.origin + url.pathname).toBe(`${SITE_URL}/launch`);
    expect([...url.searchParams.keys()]).toEqual(['merchant_id', 'employee_id']);
    expect(url.searchParams.get('merchant_id')).toBe(MERCHANT_ID);
  });

  test('token calls need a User-Agent and POST', async () => {
    const { call, post } = await createHarness(specs);
    const body = { client_id: APP_ID, refresh_token: 'x' };
    expect((await post('/oauth/v2/refresh', body, { userAgent: null })).status).toBe(400);
    expect((await call('GET', '/oauth/v2/token')).status).toBe(405);
  });
});

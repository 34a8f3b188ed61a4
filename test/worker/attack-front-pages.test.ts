/** Goal: hostile names, forms, links and users get nothing out of the pages but text, refusals and known addresses. */
import { env } from 'cloudflare:workers';
import { createExecutionContext, createMessageBatch } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPages } from '../../src/pages/pages.ts';
import { logId } from '../../src/store/log-blocks.ts';
import { insertLogs, queryLogs } from '../../src/store/logs.ts';
import { runSchedule } from '../../src/sync/schedule.ts';
import worker from '../../src/worker.ts';
import { signJwt } from '../sandbox/bigcommerce/crypto.ts';
import { fieldOf, openBrowser, type Browser } from '../support/browser.ts';
import { START_MS, testPorts } from '../support/ports.ts';
import { storedLogs } from '../support/logs.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { openStage, ORIGIN, tryAuthorise, until, type Stage } from '../support/stage.ts';

const EVIL = `"'><script>alert(1)</script><img src=x onerror=alert(1)></title></style>{{7*7}}&amp;`;
const HASH = 'evilstore';
let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, HASH);
  const store = stage.bigcommerce.state.stores[HASH];
  if (store === undefined) throw new Error('no store');
  store.name = EVIL;
  shop.add(EVIL.slice(0, 60), 3, 3);
  shop.add('javascript:alert(1)', 2, 2);
  await shop.connect();
});

/** No element but our own: none that runs, loads or frames, no handler, no script address. */
function isHarmless(html: string, what: string): void {
  expect(html, what).not.toMatch(/<(script|img|iframe|object|embed|link|svg|base)\b/i);
  // What stands inside quotes is text.
  expect(html.replaceAll(/="[^"]*"/g, '=""'), what).not.toMatch(/<[^>]*\son\w+\s*=/i);
  expect(html, what).not.toMatch(/(href|action|src)="?\s*javascript:/i);
  expect(html.match(/<\/style>/g) ?? [], what).toHaveLength(1);
  expect(html.match(/<\/title>/g) ?? [], what).toHaveLength(1);
}

async function signIn(user?: { id: number; email: string }): Promise<Browser> {
  const browser = openBrowser(stage);
  await browser.open(await stage.bigcommerce.loadUrl(HASH, user));
  return browser;
}

const jwt = (user: number, change: Record<string, unknown> = {}) => {
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = {
    aud: env.BIGCOMMERCE_CLIENT_ID,
    iss: 'bc',
    iat: nowS,
    nbf: nowS - 5,
    exp: nowS + 86_400,
    jti: crypto.randomUUID(),
    sub: `stores/${HASH}`,
    user: { id: user, email: 'user@example.com' },
    owner: { id: 1, email: 'owner@example.com' },
    url: '/',
    ...change,
  };
  return signJwt(env.BIGCOMMERCE_CLIENT_SECRET, claims);
};
const callback = (name: string, token: string) =>
  `${ORIGIN}/bigcommerce/${name}?signed_payload_jwt=${token}`;

describe('hostile names', () => {
  it('[X4] are text on every page, and every page keeps its headers', async () => {
    const browser = await signIn();
    const inside: string[] = [];
    for (const path of ['/app', '/app/skus', '/app/catalog', '/app/settings']) {
      const html = await (await browser.get(path)).text();
      inside.push(...[...html.matchAll(/href="(\/app\/[^"]+)"/g)].map(([, href = '']) => href));
    }
    const query = encodeURIComponent(EVIL);
    const pages = [
      '/',
      '/app',
      '/app/plans',
      ...new Set(inside.map((href) => href.replaceAll('&amp;', '&'))),
      `/app/orders?status=${query}&soldAt=1&order=${query}`,
      `/app/orders/bigcommerce/${query}`,
      `/app/inbox/cases?code=${query}&source=${query}`,
      `/app/catalog?after=${query}`,
      `/app/skus?sku=${query}&link=${query}`,
      `/app/skus?find=${query}`,
      `/app/skus/${query}`,
      `/app/plans/${query}`,
      `/app/${query}`,
      `/${query}`,
      `/app/plans?after=${query}`,
      `/clover/launch?merchant_id=${query}`,
      `/clover/callback?state=${query}&code=${query}`,
      `/bigcommerce/load?signed_payload_jwt=${query}`,
      `/bigcommerce/${query}`,
      `/bigcommerce/auth?code=x&context=${query}&scope=${query}`,
      `/bigcommerce/auth?code=${query}&context=stores/${HASH}&scope=${query}`,
    ];
    expect(inside.length).toBeGreaterThan(3);
    for (const path of pages) {
      const response = await browser.get(path);
      // A file is saved, never shown: what it says in it is no markup.
      const isFile = response.headers.get('content-disposition')?.startsWith('attachment') === true;
      if (isFile) {
        expect(response.headers.get('content-type'), path).not.toMatch(/html|xml|svg/);
      } else {
        isHarmless(await response.text(), path);
        const policy = response.headers.get('content-security-policy') ?? '';
        expect(policy, path).toMatch(/default-src 'none'.*frame-ancestors https:/);
      }
      expect(response.headers.get('cache-control'), path).toBe('no-store');
      expect(response.headers.get('x-content-type-options'), path).toBe('nosniff');
    }
    expect(await (await browser.get('/app')).text()).toContain('&lt;script&gt;');
  });

  it('[X4] a ticket that is no ticket is text in its form', async () => {
    const response = await stage.visit(`${ORIGIN}/app/enter?ticket=${encodeURIComponent(EVIL)}`);
    isHarmless(await response.text(), 'ticket');
  });

  it('[X4] a merchant’s name is text on the page that says it is connected', async () => {
    const { id } = stage.clover.createMerchant({ name: EVIL });
    const answer = await tryAuthorise(stage, HASH, id);
    expect(answer.status).toBe(200);
    isHarmless(await answer.text(), 'connected');
    await shop.api('DELETE', `/clover/${id}`);
  });
});

describe('redirects and forms', () => {
  it('[X6] lead to ourselves and to Clover, whatever a link or token asks for', async () => {
    const evil = 'https://evil.test';
    const links = [
      callback('load', await jwt(7, { url: `//evil.test/` })) + `&url=${evil}&redirect=${evil}`,
      `${ORIGIN}/clover/launch?merchant_id=${shop.merchantId}&redirect_uri=${evil}`,
      `${ORIGIN}/app/enter?ticket=x&next=${evil}`,
      `${ORIGIN}//evil.test/app/enter`,
    ];
    const browser = await signIn();
    for (const link of links) {
      const response = await browser.get(link);
      const location = response.headers.get('location');
      if (location === null) continue;
      const target = new URL(location, ORIGIN);
      expect([ORIGIN, env.CLOVER_WEB_ORIGIN], link).toContain(target.origin);
      const back = target.searchParams.get('redirect_uri');
      expect(back, link).toBe(back === null ? null : `${ORIGIN}/clover/callback`);
      expect(location, link).not.toContain('evil');
    }
  });

  it('[X4] every form is refused without our Origin, before it does anything', async () => {
    const browser = await signIn();
    const overview = await (await browser.get('/app')).text();
    const plans = await (await browser.get('/app/plans')).text();
    const fields = {
      ticket: fieldOf(overview, '/app/clover/connect', 'ticket'),
      token: fieldOf(plans, '/app/plans', 'token'),
    };
    const count = () => env.DB.prepare('SELECT count(*) AS n FROM plans').first<number>('n');
    const before = await count();
    const cookie = `__Host-onhand=${browser.cookies.get('__Host-onhand')}`;
    for (const path of ['/app/enter', '/app/clover/connect', '/app/plans', '/app/plans/x/apply']) {
      for (const origin of [
        null,
        'null',
        '',
        `${ORIGIN}.evil.test`,
        `${ORIGIN}:443`,
        'http://onhand.test',
        `${ORIGIN}/`,
      ]) {
        const headers = new Headers({
          'Content-Type': 'application/x-www-form-urlencoded',
          Cookie: cookie,
        });
        if (origin !== null) headers.set('Origin', origin);
        const response = await stage.visit(`${ORIGIN}${path}`, {
          method: 'POST',
          headers,
          body: new URLSearchParams(fields).toString(),
        });
        expect([path, origin, response.status]).toEqual([path, origin, 403]);
        expect(response.headers.getSetCookie()).toEqual([]);
      }
    }
    expect(await count()).toBe(before);
  });

  it('[X4] a cookie that was planted opens nothing and is never taken over', async () => {
    const planted = 'A'.repeat(43);
    const victim = openBrowser(stage, new Map([['__Host-onhand', planted]]));
    await victim.open(await stage.bigcommerce.loadUrl(HASH));
    expect(victim.cookies.get('__Host-onhand')).not.toBe(planted);
    const attacker = openBrowser(stage, new Map([['__Host-onhand', planted]]));
    expect((await attacker.get('/app')).status).toBe(401);
    const own = victim.cookies.get('__Host-onhand') ?? '';
    for (const cookie of [`onhand=${own}`, `__Host-onhand=${own}x`, `x__Host-onhand=${own}`]) {
      const response = await stage.visit(`${ORIGIN}/app`, { headers: { Cookie: cookie } });
      expect([cookie.length, response.status]).toEqual([cookie.length, 401]);
    }
  });

  it('[X3] a state that one browser was given is no use in another, and is spent by the try', async () => {
    const victim = openBrowser(stage);
    const attacker = openBrowser(stage);
    const launched = await attacker.get(`/clover/launch?merchant_id=${shop.merchantId}`);
    const consent = new URL(launched.headers.get('location') ?? '');
    const agreed = await stage.clover.app.fetch(new Request(consent, { redirect: 'manual' }));
    const back = agreed.headers.get('location') ?? '';
    expect(back).toContain('state=');
    expect((await victim.get(back)).status).toBe(400);
    expect((await attacker.get(back)).status).toBe(400);
  });
});

describe('a user who was removed', () => {
  it('[X4] is not let in again by the address that opened the app before', async () => {
    const nowS = Math.floor(Date.now() / 1_000);
    const opened = callback('load', await jwt(31, { iat: nowS - 60, nbf: nowS - 65 }));
    expect((await stage.visit(opened)).status).toBe(302);
    expect((await stage.visit(callback('remove-user', await jwt(31)))).status).toBe(200);
    const again = await stage.visit(opened);
    expect(again.status).toBe(403);
    expect(again.headers.getSetCookie()).toEqual([]);
    // Somebody else, and the same person once added again, come in.
    expect((await stage.visit(callback('load', await jwt(32, { iat: nowS - 60 })))).status).toBe(
      302,
    );
    const later = await jwt(31, { iat: nowS + 1 });
    expect((await stage.visit(callback('load', later))).status).toBe(302);
    // An older removal that comes late changes nothing.
    await stage.visit(callback('remove-user', await jwt(31, { iat: nowS - 120 })));
    expect((await stage.visit(opened)).status).toBe(403);
  });

  it('[X4] is not let in by a ticket that is still open', async () => {
    const nowS = Math.floor(Date.now() / 1_000);
    const answer = await stage.visit(callback('load', await jwt(33)));
    const ticket = new URL(answer.headers.get('location') ?? '').searchParams.get('ticket') ?? '';
    await stage.visit(callback('remove-user', await jwt(33, { iat: nowS + 5 })));
    expect((await openBrowser(stage).post('/app/enter', { ticket })).status).toBe(403);
  });
});

describe('what strangers can put into the log', () => {
  it('[X5] an install that nobody vouches for leaves no record with the store that it names', async () => {
    const count = async (connectionId: string) => {
      const records = await storedLogs(connectionId);
      return records.filter(
        ({ operation, platform }) => operation === 'oauth.exchange' && platform === 'bigcommerce',
      ).length;
    };
    const before = await count(HASH);
    const unowned = await count('');
    await stage.visit(`${ORIGIN}/bigcommerce/auth?code=made-up&scope=x&context=stores/${HASH}`);
    await until('its record', async () => ((await count('')) > unowned ? true : undefined));
    expect(await count(HASH)).toBe(before);
  });

  it('[R6] records of no connection are deleted in time too', async () => {
    const ports = testPorts(env.DB);
    const old = START_MS - 31 * 86_400_000;
    const record = {
      connectionId: '',
      kind: 'refused',
      operation: 'x',
      outcome: 'refused',
      message: 'm',
    } as const;
    await insertLogs(ports.db, [
      { id: logId(old, 'm', 0), record: { ...record, atMs: old } },
      { id: logId(START_MS, 'm', 1), record: { ...record, atMs: START_MS } },
    ]);
    await runSchedule(ports);
    const left = await queryLogs(
      ports.db,
      '',
      { sinceMs: old - 1, untilMs: START_MS + 1_000 },
      null,
      50,
    );
    expect(left.items.filter(({ operation }) => operation === 'x').map(({ atMs }) => atMs)).toEqual(
      [START_MS],
    );
  });
});

describe('faults of ours', () => {
  it('[X8] a page whose query fails tells the log the cause, not the values', async () => {
    const statement = {
      bind: () => statement,
      raw: () => Promise.reject(new Error('no such table: sessions')),
    };
    const failing = { prepare: () => statement };
    const ports = testPorts(failing as unknown as D1Database);
    const cookie = `__Host-onhand=${'A'.repeat(43)}`;
    const response = await createPages(ports).request(`${ORIGIN}/app`, { headers: { cookie } });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/no such table|select .* from/i);
    const logged = JSON.stringify(ports.logged);
    expect(logged).toContain('no such table');
    expect(logged).not.toMatch(/select|params/i);
  });

  it('[X8] a Worker without its configuration names variables on every way in, and no value', async () => {
    const values = { ADMIN_API_TOKEN: 's3cret-admin', CLOVER_APP_SECRET: 's3cret-clover' };
    const bare = { ...env, ...values, PUBLIC_ORIGIN: '', TOKEN_ENCRYPTION_KEYS: 'k1:s3cret-key' };
    const context = createExecutionContext();
    for (const path of ['/', '/app', '/api/v1/connections', '/webhooks/clover', '/clover/launch']) {
      const response = await worker.fetch(new Request(`${ORIGIN}${path}`) as never, bare, context);
      const text = await response.text();
      expect([path, response.status]).toEqual([path, 500]);
      expect(text).toContain('PUBLIC_ORIGIN');
      expect(text).toContain('TOKEN_ENCRYPTION_KEYS');
      expect(text).not.toContain('s3cret');
      if (path.startsWith('/api/')) {
        expect(JSON.parse(text)).toMatchObject({ error: { code: 'config_missing' } });
      } else {
        const policy = response.headers.get('content-security-policy');
        expect(policy).toContain("frame-ancestors 'none'");
      }
    }
    const thrown = [
      worker.queue(createMessageBatch('intake', []), bare),
      worker.scheduled({} as ScheduledController, bare),
    ];
    for (const each of thrown) {
      const error = await each.then(
        () => undefined,
        (reason: unknown) => String(reason),
      );
      expect(error).toContain('PUBLIC_ORIGIN');
      expect(error).not.toContain('s3cret');
    }
    const health = await worker.fetch(new Request(`${ORIGIN}/healthz`) as never, bare, context);
    expect(await health.json()).toEqual({ status: 'ok' });
  });
});

/** Goal: a store installs, opens and uninstalls the app, and nobody else can make it look so. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { HOOK_SCOPES } from '../../src/platforms/bigcommerce/webhook.ts';
import { portsFor } from '../../src/wiring.ts';
import { signJwt } from '../sandbox/bigcommerce/crypto.ts';
import { openBrowser } from '../support/browser.ts';
import {
  authoriseMerchant,
  installStore,
  openStage,
  ORIGIN,
  until,
  type Stage,
} from '../support/stage.ts';

let stage: Stage;
beforeAll(() => {
  stage = openStage();
});

const statusOf = (hash: string) =>
  env.DB.prepare('SELECT status FROM connections WHERE id = ?').bind(hash).first<string>('status');
const sessionsOf = (hash: string) =>
  env.DB.prepare('SELECT count(*) AS n FROM sessions WHERE connection_id = ?')
    .bind(hash)
    .first<number>('n');
const accountOf = (platform: 'bigcommerce' | 'clover', account: string) =>
  portsFor(env).objects.platformAccount(platform, account).status();

const DAY_S = 86_400;

/** Claims of a callback as BigCommerce makes them (bigcommerce.md 1.3). */
function claims(hash: string, change: Record<string, unknown> = {}): Record<string, unknown> {
  const nowS = Math.floor(Date.now() / 1_000);
  return {
    aud: env.BIGCOMMERCE_CLIENT_ID,
    iss: 'bc',
    iat: nowS,
    nbf: nowS - 5,
    exp: nowS + DAY_S,
    jti: crypto.randomUUID(),
    sub: `stores/${hash}`,
    user: { id: 7, email: 'user@example.com', locale: 'en-US' },
    owner: { id: 1, email: 'owner@example.com' },
    url: '/',
    channel_id: null,
    ...change,
  };
}

const callback = (name: string, jwt: string) =>
  `${ORIGIN}/bigcommerce/${name}?signed_payload_jwt=${encodeURIComponent(jwt)}`;
const signed = async (name: string, payload: Record<string, unknown>) =>
  callback(name, await signJwt(env.BIGCOMMERCE_CLIENT_SECRET, payload));
const encode = (value: unknown) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

describe('install', () => {
  it('[X4] stores the connection, makes the webhooks and lets the person in', async () => {
    stage.bigcommerce.createStore({ hash: 'inst1', name: 'Tea & <Coffee>' });
    const browser = openBrowser(stage);
    const answer = await browser.get(await stage.bigcommerce.installUrl('inst1'));
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(`${ORIGIN}/app/enter?ticket=`);
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-onhand=[\w-]{43}; /);
    for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=None', 'Partitioned']) {
      expect(cookie.split('; ')).toContain(attribute);
    }
    const page = await browser.open(answer.headers.get('location') ?? '');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Tea &amp; &lt;Coffee&gt;');
    expect(await statusOf('inst1')).toBe('active');
    expect(await accountOf('bigcommerce', 'inst1')).toMatchObject({
      state: 'connected',
      connectionId: 'inst1',
    });
    const hooks = await until('webhooks', () => {
      const made = Object.values(stage.bigcommerce.state.stores['inst1']?.hooks ?? {});
      return made.length >= HOOK_SCOPES.length ? made : undefined;
    });
    expect(hooks.map(({ scope }) => scope).toSorted()).toEqual([...HOOK_SCOPES].toSorted());
    // The database holds neither the session nor the platform's token in the clear (X3, X4).
    const rows = await env.DB.prepare('SELECT * FROM sessions').all();
    const [, token = ''] = /__Host-onhand=([\w-]{43})/.exec(cookie) ?? [];
    expect(JSON.stringify(rows.results)).not.toContain(token);
  });

  it('[R4] a second install replaces the token and wakes the connection up', async () => {
    stage.bigcommerce.createStore({ hash: 'inst2' });
    await installStore(stage, 'inst2');
    await env.DB.prepare("UPDATE connections SET status = 'reauthorise' WHERE id = 'inst2'").run();
    await installStore(stage, 'inst2');
    expect(await statusOf('inst2')).toBe('active');
    const store = stage.bigcommerce.state.stores['inst2'];
    const permit = await portsFor(env)
      .objects.platformAccount('bigcommerce', 'inst2')
      .acquire('interactive');
    expect(permit).toMatchObject({ ok: true, value: { accessToken: store?.token?.value } });
  });

  it('[X3] a code that was used, made up or meant for another store installs nothing', async () => {
    for (const hash of ['inst3', 'inst3b']) stage.bigcommerce.createStore({ hash });
    const genuine = new URL(await stage.bigcommerce.installUrl('inst3'));
    const foreign = new URL(genuine);
    foreign.searchParams.set('context', 'stores/inst3b');
    const madeUp = new URL(genuine);
    madeUp.searchParams.set('code', 'made-up');
    for (const url of [foreign, madeUp]) {
      const response = await stage.visit(url.href);
      expect(response.status).toBe(400);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.text()).toContain('Onhand was not installed');
    }
    expect(await statusOf('inst3')).toBeNull();
    expect(await statusOf('inst3b')).toBeNull();
    expect((await stage.visit(genuine.href)).status).toBe(302);
    expect((await stage.visit(genuine.href)).status).toBe(400);
  });

  it('[X7] a request that lacks its parts is 400', async () => {
    for (const query of [
      '',
      '?code=x&scope=y',
      '?code=&scope=y&context=stores/inst4',
      '?code=x&scope=y&context=inst4',
      '?code=x&scope=y&context=stores/../inst4',
      `?code=${'x'.repeat(2_001)}&scope=y&context=stores/inst4`,
    ]) {
      const response = await stage.visit(`${ORIGIN}/bigcommerce/auth${query}`);
      expect(response.status, query.slice(0, 60)).toBe(400);
      await response.body?.cancel();
    }
  });

  it('[X3] scopes that do not suffice are named and nothing is stored', async () => {
    stage.bigcommerce.createStore({ hash: 'inst5' });
    stage.bigcommerce.setAppScopes([
      'store_v2_products_read_only',
      'store_locations_read_only',
      'store_v2_orders',
    ]);
    const poor = await stage.visit(await stage.bigcommerce.installUrl('inst5'));
    expect(poor.status).toBe(403);
    const html = await poor.text();
    expect(html).toContain('store_inventory');
    expect(html).toContain('store_v2_information_read_only');
    expect(html).not.toContain('store_v2_orders');
    expect(await statusOf('inst5')).toBeNull();
    expect(await accountOf('bigcommerce', 'inst5')).toMatchObject({ state: 'disconnected' });
    stage.bigcommerce.setAppScopes([
      'store_v2_products_read_only',
      'store_inventory',
      'store_locations_read_only',
      'store_v2_orders_read_only',
      'store_v2_information_read_only',
    ]);
    const enough = await stage.visit(await stage.bigcommerce.installUrl('inst5'));
    expect(enough.status).toBe(302);
  });
});

describe('load', () => {
  it('[X2] opens a session, again when the page is reloaded', async () => {
    stage.bigcommerce.createStore({ hash: 'load1', name: 'Load store' });
    await installStore(stage, 'load1');
    const url = await stage.bigcommerce.loadUrl('load1');
    for (let visit = 0; visit < 2; visit += 1) {
      const page = await openBrowser(stage).open(url);
      // Each browser keeps its cookies, so it arrives at the overview.
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('Load store');
    }
  });

  it('[X2] an unknown store is told to install again', async () => {
    const response = await stage.visit(await signed('load', claims('unknown1')));
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('install Onhand again');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('[X2] what BigCommerce did not sign for us is 401 and opens nothing', async () => {
    stage.bigcommerce.createStore({ hash: 'load2' });
    await installStore(stage, 'load2');
    const before = await sessionsOf('load2');
    const nowS = Math.floor(Date.now() / 1_000);
    const good = await signJwt(env.BIGCOMMERCE_CLIENT_SECRET, claims('load2'));
    const [head = '', body = '', mac = ''] = good.split('.');
    const jwts: Record<string, string> = {
      missing: '',
      garbled: 'not-a-jwt',
      cut: `${head}.${body}`,
      'other secret': await signJwt('another-secret', claims('load2')),
      'changed claims': `${head}.${encode(claims('load1'))}.${mac}`,
      'alg none': `${encode({ typ: 'JWT', alg: 'none' })}.${body}.`,
      'alg none with mac': `${encode({ typ: 'JWT', alg: 'none' })}.${body}.${mac}`,
      'alg RS256': `${encode({ typ: 'JWT', alg: 'RS256' })}.${body}.${mac}`,
      expired: await signJwt(
        env.BIGCOMMERCE_CLIENT_SECRET,
        claims('load2', { nbf: nowS - 2 * DAY_S, exp: nowS - DAY_S }),
      ),
      early: await signJwt(env.BIGCOMMERCE_CLIENT_SECRET, claims('load2', { nbf: nowS + 3_600 })),
      'wrong aud': await signJwt(
        env.BIGCOMMERCE_CLIENT_SECRET,
        claims('load2', { aud: 'another-app' }),
      ),
      'wrong iss': await signJwt(env.BIGCOMMERCE_CLIENT_SECRET, claims('load2', { iss: 'us' })),
      'no store': await signJwt(env.BIGCOMMERCE_CLIENT_SECRET, claims('load2', { sub: 'load2' })),
    };
    for (const [name, jwt] of Object.entries(jwts)) {
      for (const route of ['load', 'uninstall', 'remove-user']) {
        const response = await stage.visit(callback(route, jwt));
        expect(response.status, `${name} at ${route}`).toBe(401);
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(await response.text()).toContain('did not vouch');
      }
    }
    expect(await sessionsOf('load2')).toBe(before);
    expect(await statusOf('load2')).toBe('active');
  });
});

describe('uninstall', () => {
  it('[R4] stops the connection, its merchants and its sessions at once', async () => {
    stage.bigcommerce.createStore({ hash: 'gone1' });
    const browser = openBrowser(stage);
    await browser.open(await stage.bigcommerce.installUrl('gone1'));
    const merchant = stage.clover.createMerchant({ name: 'Gone register' });
    await authoriseMerchant(stage, 'gone1', merchant.id);
    expect((await browser.get('/app')).status).toBe(200);

    await stage.bigcommerce.uninstall('gone1');
    await until('the stop', async () =>
      (await statusOf('gone1')) === 'uninstalled' ? true : undefined,
    );
    await until('the sessions', async () => ((await sessionsOf('gone1')) === 0 ? true : undefined));
    expect(await accountOf('bigcommerce', 'gone1')).toMatchObject({ state: 'disconnected' });
    expect(await accountOf('clover', merchant.id)).toMatchObject({ state: 'disconnected' });
    const row = await env.DB.prepare('SELECT status FROM clover_merchants WHERE merchant_id = ?')
      .bind(merchant.id)
      .first<string>('status');
    expect(row).toBe('disconnected');
    expect((await browser.get('/app')).status).toBe(401);
    const opened = await stage.visit(await signed('load', claims('gone1')));
    expect(opened.status).toBe(404);
  });

  it('[R4] a replayed uninstall does not stop a newer install', async () => {
    stage.bigcommerce.createStore({ hash: 'gone2' });
    await installStore(stage, 'gone2');
    const url = await stage.bigcommerce.uninstallUrl('gone2');
    expect((await stage.visit(url)).status).toBe(200);
    expect(await statusOf('gone2')).toBe('uninstalled');
    await installStore(stage, 'gone2');
    expect((await stage.visit(url)).status).toBe(200);
    expect(await statusOf('gone2')).toBe('active');
  });

  it('[X2] the token of a person’s visit uninstalls nothing', async () => {
    stage.bigcommerce.createStore({ hash: 'gone3' });
    await installStore(stage, 'gone3');
    const jwt = await signJwt(env.BIGCOMMERCE_CLIENT_SECRET, claims('gone3'));
    expect((await stage.visit(callback('load', jwt))).status).toBe(302);
    await stage.visit(callback('uninstall', jwt));
    expect(await statusOf('gone3')).toBe('active');
  });
});

describe('remove-user', () => {
  it('[X4] ends that user’s sessions and no others', async () => {
    stage.bigcommerce.createStore({ hash: 'user1' });
    await installStore(stage, 'user1');
    const clerk = { id: 4711, email: 'clerk@example.com' };
    const browsers = { clerk: openBrowser(stage), owner: openBrowser(stage) };
    await browsers.clerk.open(await stage.bigcommerce.loadUrl('user1', clerk));
    await browsers.owner.open(await stage.bigcommerce.loadUrl('user1'));
    expect((await stage.visit(await stage.bigcommerce.removeUserUrl('user1', clerk))).status).toBe(
      200,
    );
    expect((await browsers.clerk.get('/app')).status).toBe(401);
    expect((await browsers.owner.get('/app')).status).toBe(200);
  });
});

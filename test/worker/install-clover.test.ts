/** Goal: a Clover merchant is connected only by somebody who proved it, to the store that asked, and to no other. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConnectionId } from '../../src/domain/ids.ts';
import { startCloverAuthorize } from '../../src/install/clover-authorize.ts';
import { portsFor } from '../../src/wiring.ts';
import { storedLogs } from '../support/logs.ts';
import { fieldOf, openBrowser, type Browser } from '../support/browser.ts';
import { installStore, openStage, ORIGIN, until, type Stage } from '../support/stage.ts';

const HASH = 'cloverstore';
const OTHER = 'otherstore';
let stage: Stage;

beforeAll(async () => {
  stage = openStage();
  for (const hash of [HASH, OTHER]) {
    stage.bigcommerce.createStore({ hash, name: `Store ${hash}` });
    await installStore(stage, hash);
  }
});

const rowOf = (merchantId: string) =>
  env.DB.prepare('SELECT * FROM clover_merchants WHERE merchant_id = ?')
    .bind(merchantId)
    .first<{ connection_id: string; status: string; track_stock: number }>();
const accountOf = (merchantId: string) =>
  portsFor(env).objects.platformAccount('clover', merchantId).status();

async function signIn(hash: string): Promise<Browser> {
  const browser = openBrowser(stage);
  await browser.open(await stage.bigcommerce.loadUrl(hash));
  return browser;
}

/** Consents at Clover as this merchant and answers the callback's address. */
async function consent(authorizeUrl: string, merchantId: string): Promise<string> {
  const url = new URL(authorizeUrl);
  url.searchParams.set('merchant_id', merchantId);
  const agreed = await stage.clover.app.fetch(new Request(url, { redirect: 'manual' }));
  const location = agreed.headers.get('location');
  if (location === null) throw new Error(`consent answered ${agreed.status}`);
  return location;
}

/** The "Connect Clover" button: from the frame into a tab that has no cookie yet. */
async function pressConnect(hash: string): Promise<{ tab: Browser; authorizeUrl: string }> {
  const frame = await signIn(hash);
  const html = await (await frame.get('/app')).text();
  const tab = openBrowser(stage);
  const ticket = fieldOf(html, '/app/clover/connect', 'ticket');
  const redirect = await tab.post('/app/clover/connect', { ticket });
  expect(redirect.status).toBe(302);
  return { tab, authorizeUrl: redirect.headers.get('location') ?? '' };
}

/** An authorize URL as the admin API hands it out: bound to no browser. */
function adminAuthorizeUrl(hash: string): Promise<string> {
  const connectionId = parseConnectionId(hash);
  if (connectionId === undefined) throw new Error(`${hash} is no store hash`);
  return startCloverAuthorize(portsFor(env), connectionId);
}

async function refusedWith(response: Response, status: number): Promise<string> {
  expect(response.status).toBe(status);
  const html = await response.text();
  expect(html).toContain('Clover was not connected');
  expect(html).toContain('Nothing was stored');
  return html;
}

describe('connect', () => {
  it('[X3] the button leads to consent in a new tab, and its answer connects the merchant', async () => {
    const merchant = stage.clover.createMerchant({ name: 'High Street & Co' });
    const { tab, authorizeUrl } = await pressConnect(HASH);
    const url = new URL(authorizeUrl);
    expect(url.origin).toBe('https://www.clover.test');
    expect(url.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/clover/callback`);
    const page = await tab.get(await consent(authorizeUrl, merchant.id));
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('High Street &amp; Co is connected');
    expect(html).not.toContain('role="alert"');
    expect(await rowOf(merchant.id)).toMatchObject({ connection_id: HASH, status: 'connected' });
    expect(await accountOf(merchant.id)).toMatchObject({ state: 'connected', connectionId: HASH });
    expect(await (await tab.get('/app')).text()).toContain('High Street &amp; Co');
  });

  it('[S12] switches at Clover that stop stock are shown and logged', async () => {
    const merchant = stage.clover.createMerchant({
      name: 'No counting',
      trackStock: false,
      updateStock: false,
    });
    const page = await stage.visit(await consent(await adminAuthorizeUrl(HASH), merchant.id));
    const html = await page.text();
    expect(html).toContain('Stock tracking is off');
    expect(html).toContain('does not take sales off');
    expect(await rowOf(merchant.id)).toMatchObject({ track_stock: 0 });
    const logged = await until('the log', async () => {
      const found = (await storedLogs()).find(
        ({ operation, message }) =>
          operation === 'merchant.connect' && message.includes(merchant.id),
      );
      return found?.message;
    });
    expect(logged).toContain('trackStock');
    expect(logged).toContain('updateStock');
  });

  it('[X3] a state of the admin API works without a browser’s cookie, once', async () => {
    const merchant = stage.clover.createMerchant({ name: 'By API' });
    const callback = await consent(await adminAuthorizeUrl(HASH), merchant.id);
    expect((await stage.visit(callback)).status).toBe(200);
    await refusedWith(await stage.visit(callback), 400);
  });

  it('[X3] a state bound to a browser is refused in another one and is spent', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Lured' });
    const { tab, authorizeUrl } = await pressConnect(HASH);
    const callback = await consent(authorizeUrl, merchant.id);
    await refusedWith(await stage.visit(callback), 400);
    await refusedWith(await tab.get(callback), 400);
    expect(await rowOf(merchant.id)).toBeNull();

    const second = await pressConnect(HASH);
    const stranger = (await pressConnect(OTHER)).tab;
    await refusedWith(await stranger.get(await consent(second.authorizeUrl, merchant.id)), 400);
    expect(await rowOf(merchant.id)).toBeNull();
    expect(await accountOf(merchant.id)).toMatchObject({ state: 'disconnected' });
  });

  it('[X3] a missing, made-up or expired state connects nothing', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Stateless' });
    const callback = new URL(await consent(await adminAuthorizeUrl(HASH), merchant.id));
    const state = callback.searchParams.get('state') ?? '';
    for (const wrong of [
      null,
      '',
      'x',
      `${'A'.repeat(43)}.`,
      `${state}X`,
      `${state}${merchant.id}`,
    ]) {
      const url = new URL(callback);
      if (wrong === null) url.searchParams.delete('state');
      else url.searchParams.set('state', wrong);
      await refusedWith(await stage.visit(url.href), 400);
    }
    await env.DB.prepare(
      "UPDATE one_time_codes SET expires_at_ms = ? WHERE purpose = 'clover_state'",
    )
      .bind(Date.now() - 1)
      .run();
    await refusedWith(await stage.visit(callback.href), 400);
    expect(await rowOf(merchant.id)).toBeNull();
  });

  it('[X3] a ticket is no state and a state no ticket', async () => {
    const state = new URL(await adminAuthorizeUrl(HASH)).searchParams.get('state') ?? '';
    const entered = await openBrowser(stage).post('/app/enter', {
      ticket: `7.${state.slice(0, 43)}`,
    });
    expect(entered.status).toBe(403);
    const frame = await signIn(HASH);
    const html = await (await frame.get('/app')).text();
    const ticket = fieldOf(html, '/app/clover/connect', 'ticket').split('.')[1] ?? '';
    const merchant = stage.clover.createMerchant({ name: 'Mixed up' });
    const callback = new URL(await consent(await adminAuthorizeUrl(HASH), merchant.id));
    callback.searchParams.set('state', `${ticket}.`);
    await refusedWith(await stage.visit(callback.href), 400);
  });

  it('[X3] only the merchant that the token is bound to counts, not the one in the address', async () => {
    const honest = stage.clover.createMerchant({ name: 'Honest' });
    const victim = stage.clover.createMerchant({ name: 'Victim' });
    const callback = new URL(await consent(await adminAuthorizeUrl(HASH), honest.id));
    callback.searchParams.set('merchant_id', victim.id);
    await refusedWith(await stage.visit(callback.href), 400);
    expect(await rowOf(honest.id)).toBeNull();
    expect(await rowOf(victim.id)).toBeNull();
    expect(await accountOf(victim.id)).toMatchObject({ state: 'disconnected' });
  });

  it('[X3] a declined consent, a used code and another app’s answer connect nothing', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Undecided' });
    const used = new URL(await consent(await adminAuthorizeUrl(HASH), merchant.id));
    expect((await stage.visit(used.href)).status).toBe(200);
    const other = stage.clover.createMerchant({ name: 'Undecided too' });
    const change = async (edit: (query: URLSearchParams) => void) => {
      const callback = new URL(await consent(await adminAuthorizeUrl(HASH), other.id));
      edit(callback.searchParams);
      return stage.visit(callback.href);
    };
    await refusedWith(await change((query) => query.delete('code')), 400);
    await refusedWith(
      await change((query) => query.set('code', used.searchParams.get('code') ?? '')),
      400,
    );
    await refusedWith(await change((query) => query.set('client_id', 'ANOTHERAPP001')), 400);
    await refusedWith(await change((query) => query.set('merchant_id', 'nobody')), 400);
    expect(await rowOf(other.id)).toBeNull();
  });

  it('[S10] a merchant of another store is refused and stays there', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Taken' });
    expect(
      (await stage.visit(await consent(await adminAuthorizeUrl(OTHER), merchant.id))).status,
    ).toBe(200);
    const html = await refusedWith(
      await stage.visit(await consent(await adminAuthorizeUrl(HASH), merchant.id)),
      409,
    );
    expect(html).toContain('already linked to another BigCommerce store');
    expect(html).not.toContain(OTHER);
    expect(await rowOf(merchant.id)).toMatchObject({ connection_id: OTHER, status: 'connected' });
    expect(await accountOf(merchant.id)).toMatchObject({ connectionId: OTHER });
  });

  it('[X3] connecting a merchant again accepts that merchant only', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Again' });
    const other = stage.clover.createMerchant({ name: 'Somebody else' });
    await stage.visit(await consent(await adminAuthorizeUrl(HASH), merchant.id));
    await env.DB.prepare("UPDATE clover_merchants SET status = 'reauthorise' WHERE merchant_id = ?")
      .bind(merchant.id)
      .run();
    const launch = async () => {
      const browser = openBrowser(stage);
      const redirect = await browser.get(stage.clover.launchUrl(merchant.id));
      return { browser, url: redirect.headers.get('location') ?? '' };
    };
    const wrong = await launch();
    await refusedWith(await wrong.browser.get(await consent(wrong.url, other.id)), 409);
    expect(await rowOf(other.id)).toBeNull();
    const right = await launch();
    expect((await right.browser.get(await consent(right.url, merchant.id))).status).toBe(200);
    expect(await rowOf(merchant.id)).toMatchObject({ status: 'connected', connection_id: HASH });
  });

  it('[R4] nothing is connected to a store that uninstalled meanwhile', async () => {
    stage.bigcommerce.createStore({ hash: 'leaving' });
    await installStore(stage, 'leaving');
    const merchant = stage.clover.createMerchant({ name: 'Late' });
    const callback = await consent(await adminAuthorizeUrl('leaving'), merchant.id);
    await stage.visit(await stage.bigcommerce.uninstallUrl('leaving'));
    await refusedWith(await stage.visit(callback), 400);
    expect(await rowOf(merchant.id)).toBeNull();
  });

  it('[X8] neither code, state nor token gets into the logs', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Discreet' });
    const callback = new URL(await consent(await adminAuthorizeUrl(HASH), merchant.id));
    expect((await stage.visit(callback.href)).status).toBe(200);
    const logged = await until('the exchange in the log', async () => {
      const text = JSON.stringify(await storedLogs());
      return text.includes(`Clover merchant ${merchant.id} was connected`) ? text : undefined;
    });
    const tokens = [
      ...Object.keys(stage.clover.state.accessTokens),
      ...Object.keys(stage.clover.state.refreshTokens),
    ];
    const secrets = [
      callback.searchParams.get('code') ?? '',
      callback.searchParams.get('state') ?? '',
      env.CLOVER_APP_SECRET,
      env.BIGCOMMERCE_CLIENT_SECRET,
      stage.bigcommerce.state.stores[HASH]?.token?.value ?? '',
      ...tokens,
    ];
    for (const secret of secrets) {
      expect(secret).not.toBe('');
      expect(logged).not.toContain(secret);
    }
  });
});

describe('launch', () => {
  it('[X3] a merchant id that is none is 400', async () => {
    for (const query of [
      '',
      '?merchant_id=',
      '?merchant_id=x',
      '?merchant_id=https://evil.test/',
    ]) {
      await refusedWith(await stage.visit(`${ORIGIN}/clover/launch${query}`), 400);
    }
  });

  it('[X3] an unknown merchant is told to start from BigCommerce', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Unknown' });
    const response = await stage.visit(stage.clover.launchUrl(merchant.id));
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('start from BigCommerce');
  });

  it('[X3] an unknown merchant joins the store that the browser is signed in to', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Walks in' });
    const browser = await signIn(HASH);
    const redirect = await browser.get(stage.clover.launchUrl(merchant.id));
    const url = redirect.headers.get('location') ?? '';
    expect(new URL(url).searchParams.get('merchant_id')).toBe(merchant.id);
    expect((await browser.get(await consent(url, merchant.id))).status).toBe(200);
    expect(await rowOf(merchant.id)).toMatchObject({ connection_id: HASH });
  });

  it('[X6] a known merchant is sent to Clover’s own consent page and nowhere else', async () => {
    const merchant = stage.clover.createMerchant({ name: 'Known' });
    await stage.visit(await consent(await adminAuthorizeUrl(HASH), merchant.id));
    const launchUrl = new URL(stage.clover.launchUrl(merchant.id));
    launchUrl.searchParams.set('redirect_uri', 'https://evil.test/');
    launchUrl.searchParams.set('code', 'legacy-code');
    const redirect = await stage.visit(launchUrl.href);
    expect(redirect.status).toBe(302);
    const target = new URL(redirect.headers.get('location') ?? '');
    expect(target.origin).toBe(env.CLOVER_WEB_ORIGIN);
    expect(target.href).not.toContain('evil');
    expect(target.href).not.toContain('legacy-code');
    const [cookie = ''] = redirect.headers.getSetCookie();
    expect(cookie).toMatch(
      /^__Host-onhand-clover=[\w-]{43}; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
  });
});

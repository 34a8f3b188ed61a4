/** Goal: the hosted pages show one connection to its own people, and forms do only what their own pages ask. */
import { env } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import { beforeAll, describe, expect, it } from 'vitest';
import { findConnection } from '../../src/store/connections.ts';
import { fieldOf, openBrowser, type Browser } from '../support/browser.ts';
import {
  atRest,
  authoriseMerchant,
  installStore,
  openStage,
  ORIGIN,
  until,
  type Stage,
} from '../support/stage.ts';

const HASH = 'pagestore';
const OTHER = 'neighbour';
let stage: Stage;
let merchantId: string;

async function signIn(hash: string): Promise<Browser> {
  const browser = openBrowser(stage);
  await browser.open(await stage.bigcommerce.loadUrl(hash));
  return browser;
}

/** Computes and applies the link plan through the pages alone; answers the plan's id. */
async function linkThroughPages(browser: Browser): Promise<string> {
  const plans = await (await browser.get('/app/plans')).text();
  const started = await browser.post('/app/plans', {
    token: fieldOf(plans, '/app/plans', 'token'),
  });
  expect(started.status).toBe(303);
  const path = started.headers.get('location') ?? '';
  const apply = `${path}/apply`;
  const html = await until('a plan to apply', async () => {
    const page = await (await browser.get(path)).text();
    return page.includes(`action="${apply}"`) ? page : undefined;
  });
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;: 12 → 9');
  const fields = { token: fieldOf(html, apply, 'token'), hash: fieldOf(html, apply, 'hash') };
  const applied = await browser.post(apply, fields);
  expect(applied.status).toBe(303);
  expect(applied.headers.get('location')).toBe(path);
  await until('the plan applied', async () => {
    const page = await (await browser.get(path)).text();
    return page.includes('>applied</span>') && !page.includes('http-equiv="refresh"')
      ? true
      : undefined;
  });
  return path.split('/').at(-1) ?? '';
}

beforeAll(async () => {
  stage = openStage();
  for (const hash of [HASH, OTHER]) {
    stage.bigcommerce.createStore({ hash, name: `Shop ${hash} <b>` });
    await installStore(stage, hash);
  }
  merchantId = stage.clover.createMerchant({ name: '<script>alert(1)</script>' }).id;
  await authoriseMerchant(stage, HASH, merchantId);
  for (const [sku, web, register] of [
    ['TEA', 9, 12],
    ['CUP', 4, 4],
  ] as const) {
    stage.bigcommerce.addProduct(HASH, {
      name: `Product ${sku}`,
      sku,
      price: 10,
      levels: { 1: web },
    });
    stage.clover.addItem(merchantId, {
      name: `Item ${sku}`,
      sku,
      price: 1_000,
      quantity: register,
    });
  }
});

describe('every page', () => {
  it('[X4] carries the headers that keep it in BigCommerce’s frame and nothing else', async () => {
    const browser = await signIn(HASH);
    const paths = ['/', '/app', '/app/plans', '/nothing', '/clover/launch', '/bigcommerce/load'];
    for (const path of paths) {
      const { headers } = await browser.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).toContain(
        `frame-ancestors https://*.mybigcommerce.com ${env.BIGCOMMERCE_LOGIN_ORIGIN}`,
      );
      expect(policy, path).not.toContain('unsafe');
      expect(headers.get('x-frame-options'), path).toBeNull();
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('same-origin');
      expect(headers.get('cache-control'), path).toBe('no-store');
    }
  });

  it('[X4] has a style nonce of its own', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const response = await stage.visit(`${ORIGIN}/`);
        const nonce = /'nonce-([\w-]+)'/.exec(
          response.headers.get('content-security-policy') ?? '',
        )?.[1];
        expect(await response.text()).toContain(`<style nonce="${nonce}">`);
        return nonce;
      }),
    );
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it('[X4] needs a session, and one that was made up is none', async () => {
    const strangers = [openBrowser(stage), openBrowser(stage)];
    strangers[1]?.cookies.set('__Host-onhand', 'A'.repeat(43));
    for (const stranger of strangers) {
      for (const path of ['/app', '/app/plans', '/app/plans/x', '/app/skus/x']) {
        const response = await stranger.get(path);
        expect(response.status, path).toBe(401);
        expect(await response.text()).toContain('open Onhand again');
      }
      expect((await stranger.post('/app/plans', { token: 'x' })).status).toBe(401);
    }
  });

  it('[X4] ends with its session', async () => {
    const browser = await signIn(OTHER);
    expect((await browser.get('/app')).status).toBe(200);
    await env.DB.prepare('UPDATE sessions SET expires_at_ms = ? WHERE connection_id = ?')
      .bind(Date.now() - 1, OTHER)
      .run();
    expect((await browser.get('/app')).status).toBe(401);
  });

  it('answers 404 for what does not exist', async () => {
    const browser = await signIn(HASH);
    for (const path of ['/nothing', '/app/nothing', '/app/plans/nothing', '/app/skus/nothing']) {
      expect((await browser.get(path)).status, path).toBe(404);
    }
  });
});

describe('a frame without cookies', () => {
  it('[X4] offers a tab of our own, into which the ticket carries the session once', async () => {
    const answer = await stage.visit(await stage.bigcommerce.loadUrl(HASH));
    const enter = answer.headers.get('location') ?? '';
    const html = await (await openBrowser(stage).get(enter)).text();
    const ticket = fieldOf(html, '/app/enter', 'ticket');
    const tab = openBrowser(stage);
    const entered = await tab.post('/app/enter', { ticket });
    expect(entered.status).toBe(303);
    expect(entered.headers.get('location')).toBe('/app');
    expect((await tab.get('/app')).status).toBe(200);
    expect((await openBrowser(stage).post('/app/enter', { ticket })).status).toBe(403);
  });

  it('[X4] spends the ticket as soon as the cookie is known to work', async () => {
    const browser = openBrowser(stage);
    const answer = await browser.get(await stage.bigcommerce.loadUrl(HASH));
    const enter = new URL(answer.headers.get('location') ?? '');
    expect((await browser.get(enter.href)).headers.get('location')).toBe('/app');
    const ticket = enter.searchParams.get('ticket') ?? '';
    expect((await openBrowser(stage).post('/app/enter', { ticket })).status).toBe(403);
  });

  it('[X4] takes tickets from our own pages only, unexpired', async () => {
    const ticketOf = async () => {
      const answer = await stage.visit(await stage.bigcommerce.loadUrl(HASH));
      return new URL(answer.headers.get('location') ?? '').searchParams.get('ticket') ?? '';
    };
    const ticket = await ticketOf();
    const tab = openBrowser(stage);
    expect((await tab.post('/app/enter', { ticket }, 'https://evil.test')).status).toBe(403);
    expect((await tab.post('/app/enter', { ticket: '' })).status).toBe(403);
    const [user = '', secret = ''] = ticket.split('.');
    expect((await tab.post('/app/enter', { ticket: `${user}0.${secret}` })).status).toBe(403);
    // A refusal for the wrong origin has not spent it.
    expect((await tab.post('/app/enter', { ticket })).status).toBe(303);
    const late = await ticketOf();
    await env.DB.prepare('UPDATE one_time_codes SET expires_at_ms = ?')
      .bind(Date.now() - 1)
      .run();
    expect((await tab.post('/app/enter', { ticket: late })).status).toBe(403);
  });
});

describe('linking through the pages', () => {
  it('[C7] shows the plan before it is applied, then the counts and what they are made of', async () => {
    const browser = await signIn(HASH);
    const planId = await linkThroughPages(browser);
    await atRest(stage, HASH);
    const overview = await (await browser.get('/app')).text();
    expect(overview).toContain('Shop pagestore &lt;b&gt;');
    const skus = await (await browser.get('/app/skus')).text();
    for (const html of [overview, skus]) {
      expect(html).not.toContain('<script>');
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    }
    const linkId = /href="\/app\/skus\/([^"]+)">TEA</.exec(skus)?.[1] ?? '';
    const sku = await (await browser.get(`/app/skus/${linkId}`)).text();
    expect(sku).toContain('Starting count');
    expect(sku).toMatch(/<dt>On hand<\/dt><dd>9<\/dd>/);

    const file = await browser.get(`/app/skus/${linkId}/entries.csv`);
    expect(file.headers.get('content-type')).toContain('text/csv');
    expect(await file.text()).toMatch(/^seq,at,.*\r\n1,.*,baseline,/);

    // Another connection’s people reach neither the plan nor the SKU (X5).
    const neighbour = await signIn(OTHER);
    const csv = `/app/skus/${linkId}/entries.csv`;
    for (const path of [`/app/plans/${planId}`, `/app/skus/${linkId}`, csv]) {
      expect((await neighbour.get(path)).status, path).toBe(404);
    }
    expect(await (await neighbour.get('/app/skus')).text()).not.toContain('TEA');
  });
});

describe('forms', () => {
  it('[X4] a plan starts only with the session’s own token, from our own page', async () => {
    const browser = await signIn(HASH);
    const html = await (await browser.get('/app/plans')).text();
    const token = fieldOf(html, '/app/plans', 'token');
    const another = await signIn(HASH);
    const foreign = fieldOf(await (await another.get('/app/plans')).text(), '/app/plans', 'token');
    const before = await env.DB.prepare('SELECT count(*) AS n FROM plans').first<number>('n');
    for (const wrong of ['', 'x', foreign, token.slice(0, -1)]) {
      expect((await browser.post('/app/plans', { token: wrong })).status, wrong).toBe(403);
    }
    expect((await browser.post('/app/plans', { token }, 'https://evil.test')).status).toBe(403);
    expect((await browser.post('/app/plans', { token }, 'null')).status).toBe(403);
    // A token of one form is none for another.
    expect((await browser.post('/app/plans/x/apply', { token, hash: 'y' })).status).toBe(403);
    const after = await env.DB.prepare('SELECT count(*) AS n FROM plans').first<number>('n');
    expect(after).toBe(before);
  });

  it('[X7] a form that is too large or no form is refused', async () => {
    const browser = await signIn(HASH);
    const large = await browser.post('/app/plans', { token: 'x'.repeat(300_000) });
    expect(large.status).toBe(413);
    const cookie = `__Host-onhand=${browser.cookies.get('__Host-onhand')}`;
    const json = await stage.visit(`${ORIGIN}/app/plans`, {
      method: 'POST',
      headers: { Cookie: cookie, Origin: ORIGIN, 'Content-Type': 'application/json' },
      body: '{"token":"x"}',
    });
    expect(json.status).toBe(400);
  });

  it('[X4] the connect button works once, and only for merchants of its own connection', async () => {
    const frame = await signIn(HASH);
    const press = async (fields: Record<string, string>, origin?: string) => {
      const html = await (await frame.get('/app')).text();
      const ticket = fieldOf(html, '/app/clover/connect', 'ticket');
      const first = await openBrowser(stage).post(
        '/app/clover/connect',
        { ticket, ...fields },
        origin,
      );
      const second = await openBrowser(stage).post('/app/clover/connect', { ticket, ...fields });
      return [first.status, second.status, first.headers.get('location')] as const;
    };
    const [first, second] = await press({});
    expect([first, second]).toEqual([302, 403]);
    const [known, , location] = await press({ merchantId });
    expect(known).toBe(302);
    expect(new URL(location ?? '').searchParams.get('merchant_id')).toBe(merchantId);
    expect((await press({ merchantId: 'FOREIGN000000' }))[0]).toBe(404);
    expect((await press({}, 'https://evil.test'))[0]).toBe(403);
  });
});

describe('what a person does', () => {
  const textOf = async (browser: Browser, path: string) => (await browser.get(path)).text();

  it('[X5] sync, buffer, recount and stop act on the own connection, and say what they did', async () => {
    const browser = await signIn(HASH);
    const neighbour = await signIn(OTHER);
    const linkId =
      /href="\/app\/skus\/([^"]+)">TEA</.exec(await textOf(browser, '/app/skus'))?.[1] ?? '';
    const sku = `/app/skus/${linkId}`;
    const press = async (page: string, action: string, fields: Record<string, string>) => {
      const token = fieldOf(await textOf(browser, page), action, 'token');
      const answer = await browser.post(action, { token, ...fields });
      expect(answer.status, action).toBe(303);
      return textOf(browser, answer.headers.get('location') ?? '');
    };
    const buffer = `${sku}/buffer`;
    expect(await press(sku, buffer, { units: '-1' })).toContain('A buffer is a whole number');
    expect(await press(sku, buffer, { units: '2' })).toContain('The buffer is saved');
    const settings = async () => (await findConnection(drizzle(env.DB), HASH))?.settings.stock;
    expect((await settings())?.buffer.bySku).toEqual({ TEA: 2 });
    expect(await press(sku, buffer, { units: '' })).toContain('The buffer is saved');
    expect((await settings())?.buffer.bySku).toEqual({});
    expect(await press(sku, `${sku}/recount`, {})).toContain('Every place is being read again');
    expect(await press('/app', '/app/sync', { enabled: 'false' })).toContain('Sync is paused.');
    expect((await settings())?.enabled).toBe(false);
    expect(await press('/app', '/app/sync', { enabled: 'true' })).toContain('Sync goes on');
    expect((await settings())?.enabled).toBe(true);
    // The neighbour's own token opens none of these: the SKU and the plan are not theirs.
    for (const path of [sku, `${sku}/entries.csv`]) {
      expect((await neighbour.get(path)).status).toBe(404);
    }
    await atRest(stage, HASH);
  });

  it('[S10] pools are made of names, and only of what is there', async () => {
    const browser = await signIn(HASH);
    const path = '/app/settings/stock';
    const html = await textOf(browser, path);
    expect(html).toMatch(/<option value="1">[^<]+ \(1\)<\/option>/);
    expect(html).toContain(`name="stock.pools.0.merchantIds" value="${merchantId}"`);
    expect(html).not.toContain('<script>alert');
    const review = await browser.postAll(path, [
      ['token', fieldOf(html, path, 'token')],
      ['stock.enabled', 'on'],
      ['stock.pools.0.row', '1'],
      ['stock.pools.0.locationId', '1'],
      ['stock.pools.0.merchantIds', merchantId],
      ['stock.pools.0.merchantIds', 'MERCHANT00009'],
      ['stock.pools.0.policy', 'default'],
    ]);
    expect(review.status).toBe(422);
    const refused = await review.text();
    expect(refused).toContain('merchant MERCHANT00009 is not linked to this connection');
    // What was chosen is still chosen, the strange id too.
    expect(refused).toContain('<option value="1" selected="">');
    expect(refused).toMatch(/value="MERCHANT00009" checked=""/);
  });
});

describe('leaving', () => {
  const PAGE = '/app/settings/connection';
  const linesOf = async (browser: Browser, part: string, query = '') => {
    const answer = await browser.get(`${PAGE}/export/${part}${query}`);
    expect(answer.headers.get('content-type'), part).toContain('x-ndjson');
    const lines = new TextDecoder()
      .decode(await answer.arrayBuffer())
      .trim()
      .split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('[X5] gives a connection its own data and nobody else’s, without anything secret', async () => {
    const browser = await signIn(HASH);
    const neighbour = await signIn(OTHER);
    const parts = ['settings', 'links', 'levels', 'entries', 'orders', 'failures', 'findings'];
    for (const part of parts) {
      const lines = await linesOf(browser, part);
      expect(lines.at(-1), part).toEqual({ type: 'end', isComplete: true, next: null });
      const text = JSON.stringify([lines, await linesOf(browser, part)]);
      expect(text).not.toMatch(/token|secret|whsec_|onhand_/i);
      expect(JSON.stringify(await linesOf(neighbour, part))).not.toMatch(/TEA|pagestore/);
    }
    const links = await linesOf(browser, 'links');
    expect(links.map(({ sku }) => sku)).toEqual(expect.arrayContaining(['TEA', 'CUP']));
    const entries = await linesOf(browser, 'entries');
    expect(entries).toContainEqual(expect.objectContaining({ sku: 'TEA', cause: 'baseline' }));
    // Where one file ended the next begins.
    const after = await linesOf(browser, 'links', `?after=${String(links[0]?.['linkId'])}`);
    expect(after).toHaveLength(links.length - 1);
    expect((await browser.get(`${PAGE}/export/tokens`)).status).toBe(404);
  });

  it('[R4] takes one register away after a review that says what happens, then the whole store', async () => {
    const browser = await signIn(HASH);
    const register = `${PAGE}/register`;
    const html = await (await browser.get(`${register}?merchantId=${merchantId}`)).text();
    expect(html).toContain('leave 2 links; 2 of these SKUs have no other register');
    expect(html).not.toContain('<script>alert');
    const token = fieldOf(html, register, 'token');
    const unsure = await browser.post(register, { token, merchantId });
    expect(unsure.headers.get('location')).toBe(`${register}?merchantId=${merchantId}&sure=0`);
    const neighbour = await signIn(OTHER);
    expect((await neighbour.get(`${register}?merchantId=${merchantId}`)).status).toBe(404);
    const fields = { token, merchantId, sure: 'yes' };
    expect((await browser.post(register, fields, 'https://evil.test')).status).toBe(403);
    expect((await browser.post(register, fields)).headers.get('location')).toBe(`${PAGE}?gone=1`);
    expect(await (await browser.get(PAGE)).text()).toContain('No register is connected.');

    const stop = `${PAGE}/stop`;
    const review = await (await browser.get(stop)).text();
    expect(review).toContain('deleted 30 days after');
    expect(Object.keys(stage.bigcommerce.state.stores[HASH]?.hooks ?? {})).not.toEqual([]);
    const stopped = await browser.post(stop, {
      token: fieldOf(review, stop, 'token'),
      sure: 'yes',
    });
    expect(await stopped.text()).toContain('Onhand is disconnected');
    expect(Object.keys(stage.bigcommerce.state.stores[HASH]?.hooks ?? {})).toEqual([]);
    expect((await browser.get('/app')).status).toBe(401);
    expect((await neighbour.get('/app')).status).toBe(200);
  });
});

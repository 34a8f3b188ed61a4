/** Goal: on the inbox and settings pages people decide for their own connection only, and see what they decided. */
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wallClockIn } from '../../src/domain/time.ts';
import { findConnection } from '../../src/store/connections.ts';
import { findFailure, listFailures, parkFailure } from '../../src/store/failures.ts';
import { fieldOf, openBrowser, type Browser } from '../support/browser.ts';
import { testPorts } from '../support/ports.ts';
import { installStore, openStage, ORIGIN, until, type Stage } from '../support/stage.ts';

const HASH = 'peoplestore';
const OTHER = 'otherpeople';
const EVIL = '"><script>alert(1)</script>';
const INBOX = '/app/inbox';
const { db } = testPorts(env.DB);
let stage: Stage;

async function signIn(hash: string): Promise<Browser> {
  const browser = openBrowser(stage);
  await browser.open(await stage.bigcommerce.loadUrl(hash));
  return browser;
}

/** Fails for good; each `n` is a case of its own. */
function park(connectionId: string, n: number, changes = {}): Promise<string> {
  return parkFailure(db, {
    connectionId,
    code: 'timeout',
    message: `No answer within 10 s ${EVIL}`,
    source: 'work:evaluate',
    subject: `case ${n}`,
    sku: `SKU-${n}${EVIL}`,
    atMs: 1_000 + n,
    replay: {
      queue: 'work',
      body: { v: 1, kind: 'evaluate', connectionId, eventId: 'e', linkId: `l${n}`, unpark: true },
    },
    ...changes,
  });
}

const textOf = async (browser: Browser, path: string) => (await browser.get(path)).text();
const openOnes = async (hash: string) => (await listFailures(db, hash, 'open', null, 50)).items;

beforeAll(async () => {
  stage = openStage();
  for (const hash of [HASH, OTHER]) {
    stage.bigcommerce.createStore({ hash, name: `Shop ${hash}` });
    await installStore(stage, hash);
  }
});

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM failures').run();
});

describe('the inbox', () => {
  it('[R3] groups failures by cause, says them in plain words, and shows nothing of others', async () => {
    for (const n of [1, 2, 3]) await park(HASH, n);
    await park(HASH, 4, { code: 'location_off', message: 'Location 7 is off.', replay: null });
    await park(OTHER, 5, { code: 'busy' });
    const html = await textOf(await signIn(HASH), INBOX);
    expect(html).toContain('The platform did not answer in time');
    expect(html).toContain('3 cases');
    expect(html).toContain('The location is switched off in BigCommerce');
    expect(html).toContain('Nothing is stored that could be sent again');
    expect(html).not.toContain('Too much was going on at once');
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('4 failures waiting');
  });

  it('[R7] replays all of a cause, and leaves other causes and other connections alone', async () => {
    for (const n of [1, 2]) await park(HASH, n);
    await park(HASH, 3, { code: 'busy' });
    await park(OTHER, 4);
    const browser = await signIn(HASH);
    const html = await textOf(browser, INBOX);
    const token = fieldOf(html, `${INBOX}/replay`, 'token');
    const cause = { code: 'timeout', source: 'work:evaluate', platform: '' };
    const answer = await browser.post(`${INBOX}/replay`, { token, ...cause });
    expect(answer.headers.get('location')).toBe(`${INBOX}?replayed=2&refused=0`);
    expect((await openOnes(HASH)).map(({ code }) => code)).toEqual(['busy']);
    expect(await openOnes(OTHER)).toHaveLength(1);
    const after = await textOf(browser, answer.headers.get('location') ?? '');
    expect(after).toContain('2 cases sent again');
  });

  it('[R3] dismisses only with a reason, which the log keeps, and only what the page showed', async () => {
    for (const n of [1, 2]) await park(HASH, n);
    const browser = await signIn(HASH);
    const html = await textOf(browser, INBOX);
    const token = fieldOf(html, `${INBOX}/dismiss`, 'token');
    const until_ = fieldOf(html, `${INBOX}/dismiss`, 'until');
    const cause = { code: 'timeout', source: 'work:evaluate', platform: '', until: until_ };
    const without = await browser.post(`${INBOX}/dismiss`, { token, ...cause, reason: ' ' });
    expect(without.headers.get('location')).toBe(`${INBOX}?why=1`);
    expect(await openOnes(HASH)).toHaveLength(2);
    await park(HASH, 9);
    await browser.post(`${INBOX}/dismiss`, { token, ...cause, reason: `Known ${EVIL}` });
    expect((await openOnes(HASH)).map(({ sku }) => sku)).toEqual([`SKU-9${EVIL}`]);
    const history = await until('the reason in the history', async () => {
      const page = await textOf(browser, '/app/settings/history');
      return page.includes('were dismissed on the inbox page: Known') ? page : undefined;
    });
    expect(history).not.toContain('<script>alert');
  });

  it('[R7] replays a SKU or a span of time, of its own connection', async () => {
    for (const n of [1, 2]) await park(HASH, n);
    await park(HASH, 3, { atMs: 9_000_000 });
    await park(OTHER, 1);
    const browser = await signIn(HASH);
    const { timeZone = '' } = (await findConnection(db, HASH)) ?? {};
    const again = `${INBOX}/again`;
    const replay = async (fields: Record<string, string>) => {
      const token = fieldOf(await textOf(browser, again), again, 'token');
      const from = wallClockIn(timeZone, 0);
      const until_ = wallClockIn(timeZone, 60_000);
      const answer = await browser.post(again, { token, sku: '', from, until: until_, ...fields });
      return new URL(answer.headers.get('location') ?? '', ORIGIN).searchParams;
    };
    expect((await replay({ from: 'x' })).get('wrong')).toBe('1');
    expect((await replay({ sku: `SKU-2${EVIL}` })).get('failures')).toBe('1');
    expect((await openOnes(HASH)).map(({ sku }) => sku)).toEqual([`SKU-3${EVIL}`, `SKU-1${EVIL}`]);
    const done = await replay({});
    expect([done.get('failures'), done.get('events'), done.has('more')]).toEqual(['1', '0', false]);
    expect((await openOnes(HASH)).map(({ sku }) => sku)).toEqual([`SKU-3${EVIL}`]);
    expect(await openOnes(OTHER)).toHaveLength(1);
    const evil = new URLSearchParams({ sku: EVIL, from: EVIL, until: EVIL, events: '1' });
    const html = await textOf(browser, `${again}?${evil.toString()}`);
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('1 webhook taken in again');
  });

  it('[X5] another connection’s failure can be neither replayed nor dismissed', async () => {
    const foreign = await park(OTHER, 1);
    await park(HASH, 2);
    const browser = await signIn(HASH);
    const html = await textOf(browser, INBOX);
    for (const action of [`${INBOX}/replay`, `${INBOX}/dismiss`]) {
      const token = fieldOf(html, action, 'token');
      const answer = await browser.post(action, { token, id: foreign, reason: 'mine now' });
      expect(answer.status, action).toBe(404);
    }
    expect((await findFailure(db, OTHER, foreign))?.status).toBe('open');
  });
});

describe('settings', () => {
  const STOCK = '/app/settings/stock';
  const settingsOf = async (hash: string) => (await findConnection(db, hash))?.settings;
  /** The stock form as its page shows it, with other values. */
  const form = (token: string, values: Record<string, string>) => ({
    token,
    'stock.enabled': 'on',
    'stock.direction': 'two-way',
    'stock.baseline': 'lower',
    'stock.settleMs': '2000',
    'stock.massGuardShare': '0.2',
    'stock.buffer.mode': 'fixed',
    'stock.buffer.units': '0',
    ...values,
  });

  it('[X7] shows what would change before anything is saved, then saves that and nothing else', async () => {
    const browser = await signIn(HASH);
    const token = fieldOf(await textOf(browser, STOCK), STOCK, 'token');
    const values = { 'stock.buffer.units': '3', 'stock.buffer.bySku': `TEA = 2\n${EVIL} = 1` };
    const review = await (await browser.post(STOCK, form(token, values))).text();
    expect(review).toContain('Not saved yet');
    expect(review).toMatch(
      /Units for every SKU<\/td><td class="wide"><del>0<\/del><\/td><td class="wide"><ins>3</,
    );
    expect(review).not.toContain('<script>alert');
    expect((await settingsOf(HASH))?.stock.buffer.units).toBe(0);
    const save = '/app/settings/save';
    const patch = fieldOf(review, save, 'patch')
      .replaceAll('&quot;', '"')
      .replaceAll('&gt;', '>')
      .replaceAll('&lt;', '<');
    const saved = await browser.post(save, {
      token: fieldOf(review, save, 'token'),
      section: 'stock',
      patch,
    });
    expect(saved.headers.get('location')).toBe(`${STOCK}?saved=1`);
    const { stock } = (await settingsOf(HASH)) ?? {};
    expect(stock?.buffer).toEqual({ mode: 'fixed', units: 3, bySku: { TEA: 2, [EVIL]: 1 } });
    expect((await settingsOf(OTHER))?.stock.buffer.units).toBe(0);
    // What equals the default is not stored: a better default still reaches it.
    const { savedSettings } = (await findConnection(db, HASH)) ?? {};
    expect(savedSettings).toEqual({
      stock: { buffer: { units: 3, bySku: { TEA: 2, [EVIL]: 1 } } },
    });
    await until('the change in the history', async () => {
      const page = await textOf(browser, '/app/settings/history');
      return page.includes('Units for every SKU: 0 → 3') ? page : undefined;
    });
  });

  it('[X7] says beside the field what is wrong, keeps what was typed, and saves nothing', async () => {
    const browser = await signIn(OTHER);
    const token = fieldOf(await textOf(browser, STOCK), STOCK, 'token');
    const before = await settingsOf(OTHER);
    const values = {
      'stock.settleMs': '-5',
      'stock.pools.0.row': '1',
      'stock.pools.0.locationId': '1',
      'stock.pools.0.merchantIds': 'nonsense',
      'stock.pools.0.policy': 'default',
    };
    const answer = await browser.post(STOCK, form(token, values));
    expect(answer.status).toBe(422);
    const html = await answer.text();
    expect(html).toContain('value="-5"');
    expect(html).toContain('must be a Clover merchant id of 13 characters');
    expect(html.match(/class="error small"/g)?.length).toBe(2);
    expect(html).not.toContain('/app/settings/save');
    expect(await settingsOf(OTHER)).toEqual(before);
  });

  it('every section has its form, and reviewing it unchanged changes nothing', async () => {
    const browser = await signIn(OTHER);
    for (const section of ['bundles', 'schedule', 'logs', 'customers', 'catalog', 'orders']) {
      const path = `/app/settings/${section}`;
      const html = await textOf(browser, path);
      const fields = fieldsOf(html, path);
      const review = await browser.postAll(path, fields);
      expect(await review.text(), section).toContain('Nothing differs from what is saved');
    }
  });
});

describe('API keys', () => {
  const KEYS = '/app/settings/keys';

  it('[X8] a key is shown once, works at once, and ends when it is deleted', async () => {
    const browser = await signIn(HASH);
    const token = fieldOf(await textOf(browser, KEYS), KEYS, 'token');
    const made = await (
      await browser.post(KEYS, { token, name: `Till ${EVIL}`, scope: 'read' })
    ).text();
    const key = /onhand_[\w-]{43}/.exec(made)?.[0] ?? '';
    expect(made).not.toContain('<script>alert');
    const list = await textOf(browser, KEYS);
    expect(list).not.toContain(key);
    const call = (path: string) =>
      stage.visit(`${ORIGIN}/api/v1/connections/${path}`, {
        headers: { Authorization: `Bearer ${key}` },
      });
    expect((await call(HASH)).status).toBe(200);
    expect((await call(OTHER)).status).toBe(404);
    const remove = `${KEYS}/delete`;
    const fields = { token: fieldOf(list, remove, 'token'), id: fieldOf(list, remove, 'id') };
    const neighbour = await signIn(OTHER);
    const own = await (
      await neighbour.post(KEYS, {
        token: fieldOf(await textOf(neighbour, KEYS), KEYS, 'token'),
        name: 'x',
        scope: 'read',
      })
    ).text();
    const theirs = await neighbour.post(remove, {
      ...fields,
      token: fieldOf(own, remove, 'token'),
    });
    expect(theirs.status).toBe(404);
    expect((await call(HASH)).status).toBe(200);
    expect((await browser.post(remove, fields)).status).toBe(303);
    expect((await call(HASH)).status).toBe(401);
  });
});

/** Every input of the form that posts to `action`, as a browser would send it. */
function fieldsOf(html: string, action: string): [string, string][] {
  const found = html.split('<form').find((part) => part.includes(`action="${action}"`)) ?? '';
  const form = found.slice(0, found.indexOf('</form>'));
  const attribute = (tag: string, name: string) =>
    new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&#39;', "'") ?? '';
  const fields: [string, string][] = [];
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    if (attribute(tag, 'type') === 'checkbox' && !/\schecked/.test(tag)) continue;
    const value =
      attribute(tag, 'type') === 'checkbox' && !/\svalue=/.test(tag)
        ? 'on'
        : attribute(tag, 'value');
    fields.push([attribute(tag, 'name'), value]);
  }
  for (const [, open = '', inner = ''] of form.matchAll(/<select([^>]*)>(.*?)<\/select>/gs)) {
    const chosen = /<option value="([^"]*)" selected/.exec(inner)?.[1] ?? '';
    fields.push([attribute(open, 'name'), chosen]);
  }
  for (const [, open = '', inner = ''] of form.matchAll(/<textarea([^>]*)>(.*?)<\/textarea>/gs)) {
    fields.push([attribute(open, 'name'), inner]);
  }
  return fields;
}

const FORMS = [
  '/app/plans',
  '/app/plans/x/apply',
  '/app/inbox/replay',
  '/app/inbox/dismiss',
  '/app/settings/stock',
  '/app/settings/save',
  '/app/settings/keys',
  '/app/settings/keys/delete',
  '/app/inbox/again',
  '/app/settings/alerts/secret',
  '/app/settings/alerts/test',
  '/app/settings/connection/stop',
  '/app/settings/connection/register',
  '/app/sync',
  '/app/skus/x/buffer',
  '/app/skus/x/recount',
  '/app/plans/x/stop',
];

describe('every form', () => {
  it('[X4] is refused without a session, without its own token, and from another origin', async () => {
    const browser = await signIn(HASH);
    await park(HASH, 1);
    const before = await findConnection(db, HASH);
    const token = fieldOf(
      await textOf(browser, '/app/settings/keys'),
      '/app/settings/keys',
      'token',
    );
    const fields = {
      id: 'x',
      reason: 'x',
      name: 'x',
      scope: 'admin',
      section: 'stock',
      patch: '{}',
      sure: 'yes',
    };
    for (const action of FORMS) {
      const strange = await openBrowser(stage).post(action, { ...fields, token });
      expect(strange.status, action).toBe(401);
      expect((await browser.post(action, fields)).status, action).toBe(403);
      if (action !== '/app/settings/keys') {
        expect((await browser.post(action, { ...fields, token })).status, action).toBe(403);
      }
      const evil = await browser.post(action, { ...fields, token }, 'https://evil.test');
      expect(evil.status, action).toBe(403);
    }
    expect(await findConnection(db, HASH)).toEqual(before);
    expect(await openOnes(HASH)).toHaveLength(1);
  });
});

describe('[R9] the alerts page', () => {
  const PAGE = '/app/settings/alerts';

  it('takes a public address only, shows its secret once, and says what became of a test', async () => {
    const browser = await signIn(HASH);
    const review = async (webhookUrl: string) => {
      const token = fieldOf(await textOf(browser, PAGE), PAGE, 'token');
      const on = ['alerts.on', 'oversell'] as const;
      return browser.postAll(PAGE, [['token', token], ['alerts.webhookUrl', webhookUrl], on]);
    };
    const refused = await review('https://169.254.169.254/');
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('must name a host, not an IP address');
    const reviewed = await (await review('https://alerts.example.com/x?a=<b>')).text();
    const save = '/app/settings/save';
    const saved = await browser.post(save, {
      token: fieldOf(reviewed, save, 'token'),
      section: 'alerts',
      patch: fieldOf(reviewed, save, 'patch').replaceAll('&quot;', '"').replaceAll('&lt;', '<'),
    });
    expect(saved.headers.get('location')).toBe(`${PAGE}?saved=1`);

    const press = async (action: string) => {
      const token = fieldOf(await textOf(browser, PAGE), action, 'token');
      expect((await browser.post(action, { token }, 'https://evil.test')).status).toBe(403);
      return browser.post(action, { token });
    };
    const secret = /whsec_[A-Za-z0-9+/=]{44}/.exec(await (await press(`${PAGE}/secret`)).text());
    expect(secret).not.toBeNull();
    expect((await press(`${PAGE}/test`)).headers.get('location')).toBe(`${PAGE}?tested=1`);
    expect((await press(`${PAGE}/test`)).headers.get('location')).toBe(`${PAGE}?tested=soon`);
    const after = await textOf(browser, PAGE);
    expect(after).not.toContain('whsec_');
    expect(after).toContain('a test alert of Shop peoplestore');
    expect(after).toContain('It could not be delivered: no such host: alerts.example.com');
    expect(await textOf(await signIn(OTHER), PAGE)).not.toContain('a test alert of');
    expect((await openOnes(HASH)).map(({ source }) => source)).toEqual(['alert:send']);
  });
});

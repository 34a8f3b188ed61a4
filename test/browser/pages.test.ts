/**
 * The hosted pages in a real browser, on the relay as `npm start` runs it: from install to a sale that explains itself,
 * without script, inside BigCommerce's frame, on a phone, and by axe-core's rules. Wants Chromium.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDemo, type Demo, type RunningDemo } from '../sandbox/demo/demo.ts';
import { freePort } from '../sandbox/demo/listen.ts';
import type { DemoPorts } from '../sandbox/demo/options.ts';
import { PUBLIC_ORIGIN } from '../sandbox/demo/secrets.ts';
import { CHROMIUM_PATH, isCi } from '../support/browser-setup.ts';

const hasChromium = existsSync(CHROMIUM_PATH);
const SCREENSHOTS = join(import.meta.dirname, '../../.onhand/screenshots');
const START_MAX_MS = 150_000;
const REACH_MAX_MS = 60_000;
/** Pages that no navigation leads to. */
const UNLISTED = [
  '/app/orders/tie-out',
  '/app/inbox/again',
  '/app/settings/connection/stop',
  '/app/nothing-here',
  '/app/skus?find=nothing',
];
const LOOKS = [
  { colorScheme: 'dark', size: { width: 390, height: 844 } },
  { colorScheme: 'light', size: { width: 1_200, height: 900 } },
] as const;

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string }[];
}

describe.skipIf(!hasChromium && !isCi)('the hosted pages', () => {
  const directory = mkdtempSync(join(tmpdir(), 'onhand-pages-'));
  let ports: DemoPorts;
  let demo: Demo;
  let running: RunningDemo;
  let browser: Browser;

  /** The relay's public address is not this machine's: what leads there is opened at the local door. */
  const local = (url: string) => url.replace(PUBLIC_ORIGIN, `http://localhost:${ports.relay}`);
  const at = (path: string) => `http://localhost:${ports.relay}${path}`;

  /** A shop and a register with the same shelf, which nobody has connected yet. */
  function openShop(hash: string): { merchantId: string; teaId: string } {
    const { bigcommerce, clover } = running;
    bigcommerce.createStore({ hash, name: `Shop ${hash}` });
    const { id } = clover.createMerchant({ name: `Till of ${hash}` });
    let teaId = '';
    for (const [sku, web, register] of [
      ['TEA', 9, 12],
      ['CUP', 4, 4],
    ] as const) {
      bigcommerce.addProduct(hash, { name: `Fine ${sku}`, sku, price: 10, levels: { 1: web } });
      const item = clover.addItem(id, {
        name: `Fine ${sku}`,
        sku,
        price: 1_000,
        quantity: register,
      });
      if (sku === 'TEA') teaId = item.id;
    }
    return { merchantId: id, teaId };
  }

  /** Presses the button that opens Clover in a tab of its own, and agrees there. */
  async function connectClover(page: Page, merchantId: string): Promise<void> {
    const opened = page.context().waitForEvent('page');
    await page.getByRole('button', { name: 'Connect Clover' }).first().click();
    const tab = await opened;
    const link = tab.locator(`a[href*="merchant_id=${merchantId}"]`);
    const href = (await link.getAttribute('href')) ?? '';
    const agreed = await page
      .context()
      .request.get(new URL(href, tab.url()).href, { maxRedirects: 0 });
    await tab.goto(local(agreed.headers()['location'] ?? ''));
    await tab
      .getByText(/is connected|connected to/i)
      .first()
      .waitFor();
    await tab.close();
  }

  /** From BigCommerce's install to going live, by what a person sees and presses alone. */
  async function onboard(context: BrowserContext, hash: string, merchantId: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(local(await running.bigcommerce.installUrl(hash)));
    await page.getByRole('heading', { name: 'Set-up' }).waitFor();
    await connectClover(page, merchantId);
    await page.goto(at('/app'));
    await page.getByRole('button', { name: 'Run the audit' }).click();
    const apply = page.getByRole('button', { name: 'Apply this plan' });
    await apply.waitFor({ timeout: REACH_MAX_MS });
    await page.getByText('12 → 9').waitFor();
    await apply.click();
    await page
      .locator('h1 + .tag, .row .tag')
      .getByText('applied', { exact: true })
      .waitFor({ timeout: REACH_MAX_MS });
    await page.goto(at('/app'));
    await page.getByText('Set-up is complete').waitFor();
    return page;
  }

  beforeAll(async () => {
    if (!hasChromium) throw new Error(`There is no Chromium at ${CHROMIUM_PATH} (CHROMIUM_PATH).`);
    const [relay = 0, control = 0, bigcommerce = 0, clover = 0] = await Promise.all(
      Array.from({ length: 4 }, () => freePort()),
    );
    ports = { relay, control, bigcommerce, clover };
    const quiet = { say: () => undefined, warn: () => undefined, died: () => undefined };
    demo = createDemo({ directory, ports }, quiet);
    running = await demo.start();
    browser = await chromium.launch({
      executablePath: CHROMIUM_PATH,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--test-third-party-cookie-phaseout',
        // The frame's page is answered by the test itself, and Chromium takes it for one of the public net.
        '--disable-features=LocalNetworkAccessChecks',
      ],
    });
  }, START_MAX_MS);

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, REACH_MAX_MS);

  test(
    'onboarding works with script off, up to going live',
    { timeout: START_MAX_MS },
    async () => {
      const { merchantId } = openShop('noscript');
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await onboard(context, 'noscript', merchantId);
      await page.getByRole('button', { name: 'Pause sync' }).click();
      await page.getByText('Sync is paused.').waitFor();
      await page.getByRole('button', { name: 'Resume sync' }).click();
      await page.getByText('Sync goes on').waitFor();
      await context.close();
    },
  );

  test('[S1] a sale explains itself on its SKU’s page', { timeout: START_MAX_MS }, async () => {
    const { merchantId, teaId } = openShop('withscript');
    const context = await browser.newContext();
    const broken: string[] = [];
    context.on('console', (message) => {
      const isIcon = message.location().url.endsWith('/favicon.ico');
      if (message.type() === 'error' && !isIcon) broken.push(message.text());
    });
    const page = await onboard(context, 'withscript', merchantId);
    const item = running.clover.ringUp(merchantId, {
      lines: [{ itemId: teaId, quantity: 2 }],
    });
    await page.goto(at('/app/skus?find=TEA'));
    await page.getByRole('link', { name: 'TEA', exact: true }).click();
    await expect
      .poll(
        async () => {
          await page.reload();
          return page.locator('main').textContent();
        },
        { timeout: REACH_MAX_MS },
      )
      .toMatch(/Sale at Till of withscript.*Web shop.* written after/s);
    expect(await page.locator('main').textContent()).toContain(`Order ${item.id}`);
    await page.getByLabel('Units held back from the web').fill('3');
    await page.getByRole('button', { name: 'Set' }).click();
    await page.getByText('The buffer is saved').waitFor();
    await page.goto(at('/app/settings/history'));
    expect(broken).toEqual([]);
    await context.close();
  });

  test(
    '[X4] in BigCommerce’s frame it works, in anybody else’s it does not open',
    { timeout: REACH_MAX_MS },
    async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      const frame = async (origin: string) => {
        const src = local(await running.bigcommerce.loadUrl(running.shop.hash));
        await page.route(`${origin}/framed`, (route) =>
          route.fulfill({
            contentType: 'text/html',
            body: `<iframe width=900 height=700 src="${src}"></iframe>`,
          }),
        );
        await page.goto(`${origin}/framed`);
        return page.frameLocator('iframe');
      };
      const own = await frame(`http://127.0.0.1:${ports.bigcommerce}`);
      await own.getByRole('link', { name: 'Settings' }).click();
      await own.getByRole('button', { name: 'Review changes' }).click();
      await own.getByText('Nothing differs from what is saved').waitFor();
      const foreign = await frame('http://127.0.0.1:9');
      await expect.poll(() => page.frames()[1]?.url() ?? '').toContain('chrome-error');
      expect(await foreign.getByText('Settings').count()).toBe(0);
      await context.close();
    },
  );

  /** Rows for every list: an order at the register that waits for a refund there, one that waits for a link, a sent alert. */
  async function fillLists(page: Page): Promise<string> {
    const { bigcommerce, adminToken, shop } = running;
    const ask = async (method: string, path: string, body?: object) => {
      const answer = await fetch(at(`/api/v1/connections/${shop.hash}${path}`), {
        method,
        headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const told: unknown = answer.ok ? await answer.json() : {};
      return told as { status?: string };
    };
    await ask('PATCH', '/settings', {
      orders: { webToClover: { enabled: true, unlinkedLines: 'park' } },
      alerts: { emails: ['owner@example.com'] },
    });
    const linked = Object.values(bigcommerce.state.stores[shop.hash]?.variants ?? {})[0]?.id ?? 0;
    const stray = bigcommerce.addProduct(shop.hash, {
      name: 'A product without a link, with a name that is far too long for any narrow column',
      sku: 'NOWHERE-AT-A-REGISTER',
      price: 25,
      levels: { 1: 5 },
    });
    const buy = (variantId: number) =>
      bigcommerce.placeOrder(shop.hash, { lines: [{ variantId, quantity: 2 }] }).id;
    const [sent, parked] = [buy(linked), buy(stray.variantIds[0] ?? 0)];
    const becomes = (id: number, status: string) =>
      expect
        .poll(async () => (await ask('GET', `/orders/bigcommerce/${id}`)).status, {
          timeout: REACH_MAX_MS,
        })
        .toBe(status);
    await becomes(parked, 'parked');
    await becomes(sent, 'pushed');
    bigcommerce.refundOrder(shop.hash, sent);
    await becomes(sent, 'attention');
    await page.goto(at('/app/settings/alerts'));
    await page.getByRole('button', { name: 'Send a test alert' }).click();
    await page.getByText('The test was sent').waitFor();
    return `/app/orders/bigcommerce/${sent}`;
  }

  test('every page passes axe-core and fits a phone', { timeout: START_MAX_MS }, async () => {
    // The rules are brought in from outside; the pages' own policy lets no script of others in.
    const context = await browser.newContext({ bypassCSP: true });
    const page = await context.newPage();
    await page.goto(local(await running.bigcommerce.loadUrl(running.shop.hash)));
    const order = await fillLists(page);
    const pages = [...(await pathsOf(page)), order, ...UNLISTED];
    expect(pages.length).toBeGreaterThan(22);
    const found: string[] = [];
    // Contrast depends on the scheme, layout on the size: two looks judge both of each.
    for (const { colorScheme, size } of LOOKS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      for (const path of pages) {
        await page.goto(at(path));
        await page.evaluate(axe.source);
        const violations = await page.evaluate<Violation[]>(
          `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)`,
        );
        const serious = violations.filter(
          ({ impact }) => impact === 'serious' || impact === 'critical',
        );
        found.push(
          ...serious.map(({ id, nodes }) => `${path} ${colorScheme} ${id}: ${nodes[0]?.html}`),
        );
        const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        if (Number(over) > 0)
          found.push(`${path} is ${String(over)} px too wide for ${size.width}`);
        const name = `${path.replaceAll(/\W+/g, '-')}-${colorScheme}-${size.width}`;
        await page.screenshot({ path: join(SCREENSHOTS, `pages${name}.png`) });
      }
    }
    expect([...new Set(found)]).toEqual([]);
    await context.close();
  });

  /** Every page that the navigation leads to, and one SKU and one plan. */
  async function pathsOf(page: Page): Promise<string[]> {
    const paths = new Set<string>();
    for (const start of ['/app', '/app/catalog', '/app/settings']) {
      await page.goto(at(start));
      for (const href of await page
        .locator('nav a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? '')))
        paths.add(href);
    }
    for (const [list, kind] of [
      ['/app/skus', 'skus'],
      ['/app/plans', 'plans'],
    ] as const) {
      await page.goto(at(list));
      paths.add(
        (await page.locator(`main a[href^="/app/${kind}/"]`).first().getAttribute('href')) ?? '',
      );
    }
    return [...paths];
  }
});

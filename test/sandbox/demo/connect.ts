/** From two strangers to a synchronised shelf, through the same doors that a merchant uses. */
import type { BigCommerceSandbox } from '../bigcommerce/index.ts';
import type { Admin, PlanReport } from './admin.ts';
import { linkOn, type Browser } from './browser.ts';
import type { Shop } from './seed.ts';

const POLL_MS = 250;
const PLAN_MAX_MS = 120_000;
const REST_MAX_MS = 180_000;
/** Looks in a row that must find nothing to do: between two steps a queue can look empty. */
const REST_LOOKS = 4;

export interface ConnectOptions {
  readonly shop: Shop;
  readonly bigcommerce: BigCommerceSandbox;
  readonly admin: Admin;
  readonly browser: Browser;
  readonly say: (line: string) => void;
}

/** Installs, authorises and links what is not there yet. */
export async function connect(options: ConnectOptions): Promise<void> {
  const { shop, bigcommerce, admin, browser, say } = options;
  const known = await admin.connection();
  if (known?.status !== 'active') {
    say('Installing Onhand in the BigCommerce store …');
    await browser.open(await bigcommerce.installUrl(shop.hash));
  }
  const connected = known?.merchants.some(
    (merchant) => merchant.merchantId === shop.merchantId && merchant.status === 'connected',
  );
  if (connected !== true) {
    say('Connecting the Clover merchant …');
    await authoriseClover(options);
  }
  const linked = await admin.skus();
  if (linked.length > 0) {
    if (connected === true) say('Everything is connected and linked as it was left.');
    return;
  }
  say('Computing and applying the link plan …');
  say(sayPlan(await link(admin)));
  await untilAtRest(admin);
}

/** The consent page lists the account's merchants; a person clicks on theirs. */
async function authoriseClover({ shop, admin, browser }: ConnectOptions): Promise<void> {
  const consent = await browser.open(await admin.authorizeUrl());
  const choice = linkOn(
    consent,
    (href) => new URL(href).searchParams.get('merchant_id') === shop.merchantId,
  );
  if (choice === undefined) throw new Error("Clover's consent page does not list the merchant.");
  await browser.open(choice);
  const connection = await admin.connection();
  if (connection?.merchants.some(({ merchantId }) => merchantId === shop.merchantId) !== true) {
    throw new Error('The relay does not list the Clover merchant after its consent.');
  }
}

async function link(admin: Admin): Promise<PlanReport> {
  const planId = await admin.startPlan();
  const computed = await planIn(admin, planId, ['ready', 'needs_decision']);
  await admin.applyPlan(planId, computed.hash ?? '');
  return planIn(admin, planId, ['applied']);
}

async function planIn(
  admin: Admin,
  planId: string,
  wanted: readonly string[],
): Promise<PlanReport> {
  const endMs = Date.now() + PLAN_MAX_MS;
  for (;;) {
    const plan = await admin.plan(planId);
    if (wanted.includes(plan.status)) return plan;
    const over = ['failed', 'stale', 'stopped'].includes(plan.status) || Date.now() > endMs;
    if (over)
      throw new Error(`The link plan is ${plan.status}: ${plan.error ?? 'no reason given'}`);
    await pause();
  }
}

function sayPlan({ counts }: PlanReport): string {
  const parts = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return `Link plan applied: ${parts.join(', ')}.`;
}

/** Waits until the relay has nothing left to do for the connection. */
export async function untilAtRest(admin: Admin): Promise<void> {
  const endMs = Date.now() + REST_MAX_MS;
  for (let quiet = 0; quiet < REST_LOOKS;) {
    const { outstanding } = await admin.activity();
    quiet = outstanding === 0 ? quiet + 1 : 0;
    if (Date.now() > endMs) throw new Error(`The relay still has ${outstanding} things to do.`);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

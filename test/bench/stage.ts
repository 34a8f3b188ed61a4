/**
 * What the bench plays on: both sandbox platforms with a fixed latency, the real Worker under `wrangler dev` between
 * them, and shops that were installed and linked through the merchant's own doors. All of it in a directory of its own.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBigCommerce, type BigCommerceSandbox } from '../sandbox/bigcommerce/index.ts';
import { createClover, type CloverSandbox } from '../sandbox/clover/index.ts';
import { createAdmin, type Admin } from '../sandbox/demo/admin.ts';
import { createBrowser } from '../sandbox/demo/browser.ts';
import { connect } from '../sandbox/demo/connect.ts';
import { freePort, listen } from '../sandbox/demo/listen.ts';
import { makeSecrets, PUBLIC_ORIGIN, writeVars, type Secrets } from '../sandbox/demo/secrets.ts';
import type { Shop } from '../sandbox/demo/seed.ts';
import { createWire, type Wire } from '../sandbox/demo/wire.ts';
import { launchWorker } from '../sandbox/demo/worker.ts';
import { createRuntime } from '../sandbox/kernel.ts';
import type { SandboxRuntime } from '../sandbox/runtime.ts';
import { bundle, type Stops } from './bundle.ts';
import type { Counters } from './watched/counters.ts';
import { COUNTERS_PATH } from './watched/counters.ts';

/** How long both platforms think about each call. */
export const LATENCY_MS = 50;
const ENTRY = 'test/bench/watched/worker.ts';
const CONFIG = join(import.meta.dirname, '../../wrangler.toml');
const PRICE = '19.90';
const PRICE_CENTS = 1_990;

export interface BenchItem {
  /** Unique over all shops. */
  readonly sku: string;
  readonly variantId: number;
  readonly itemId: string;
}

export interface BenchShop extends Shop {
  readonly admin: Admin;
  readonly items: readonly BenchItem[];
  /** Units of every SKU when the shop opened, on both sides. */
  readonly openingLevel: number;
}

export interface Stage {
  readonly runtime: SandboxRuntime;
  readonly bigcommerce: BigCommerceSandbox;
  readonly clover: CloverSandbox;
  readonly secrets: Secrets;
  readonly workerOrigin: string;
  /** Opens a store and a merchant with the same shelf, and connects and links them. */
  openShop(name: string, skus: number, openingLevel: number): Promise<BenchShop>;
  /** Rows written and ledgers called since the Worker started. */
  counters(): Promise<Counters>;
}

export interface StageOptions {
  readonly directory: string;
  readonly stops: Stops;
  readonly warn: (line: string) => void;
  readonly died: () => void;
}

export async function openStage({ directory, stops, warn, died }: StageOptions): Promise<Stage> {
  const secrets = makeSecrets();
  const [workerPort, bigcommercePort, cloverPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const workerOrigin = `http://127.0.0.1:${workerPort}`;
  const origins = {
    bigcommerce: `http://127.0.0.1:${bigcommercePort}`,
    clover: `http://127.0.0.1:${cloverPort}`,
  };
  const wire = createWire(
    new Map([
      [PUBLIC_ORIGIN, workerOrigin],
      [origins.bigcommerce, origins.bigcommerce],
      [origins.clover, origins.clover],
    ]),
  );
  const platforms = createPlatforms(secrets, wire);
  stops.push(await listen(bigcommercePort, platforms.bigcommerce.app.fetch));
  stops.push(await listen(cloverPort, platforms.clover.app.fetch));
  const varsPath = writeVars(directory, secrets, origins);
  const bundlePath = await bundle(directory, 'watched', stops, ENTRY);
  copyFileSync(CONFIG, join(bundlePath, 'wrangler.toml'));
  const worker = launchWorker({
    directory,
    varsPath,
    port: workerPort,
    bundle: join(bundlePath, 'worker.js'),
    // Sweeps are measured on their own; one that cron starts would count among the rest.
    cron: false,
    warn,
    died,
  });
  stops.push(() => worker.stop());
  await worker.ready;
  return {
    ...platforms,
    secrets,
    workerOrigin,
    async openShop(name, skus, openingLevel) {
      const { shop, items } = seed(platforms, name, skus, openingLevel);
      const admin = createAdmin(workerOrigin, secrets.ADMIN_API_TOKEN, shop.hash);
      const { bigcommerce } = platforms;
      const browser = createBrowser(wire);
      await connect({ shop, bigcommerce, admin, browser, say: () => undefined });
      return { ...shop, admin, items, openingLevel };
    },
    async counters() {
      const answer = await fetch(`${workerOrigin}${COUNTERS_PATH}`);
      return answer.json<Counters>();
    },
  };
}

type Platforms = Pick<Stage, 'runtime' | 'bigcommerce' | 'clover'>;

function createPlatforms(secrets: Secrets, wire: Wire): Platforms {
  const runtime = createRuntime({ deliver: (request) => wire.send(request) });
  runtime.faults.latencyMs = LATENCY_MS;
  const bigcommerce = createBigCommerce({
    runtime,
    clientId: secrets.BIGCOMMERCE_CLIENT_ID,
    clientSecret: secrets.BIGCOMMERCE_CLIENT_SECRET,
    appOrigin: PUBLIC_ORIGIN,
  });
  const clover = createClover({
    runtime,
    appId: secrets.CLOVER_APP_ID,
    appSecret: secrets.CLOVER_APP_SECRET,
    authCode: secrets.CLOVER_WEBHOOK_AUTH_CODES,
    webhookUrl: `${PUBLIC_ORIGIN}/webhooks/clover`,
    siteUrl: `${PUBLIC_ORIGIN}/clover`,
  });
  return { runtime, bigcommerce, clover };
}

/** Simple products only: they make the most pages of products for a number of SKUs. */
function seed(
  { bigcommerce, clover }: Platforms,
  name: string,
  skus: number,
  openingLevel: number,
): { shop: Shop; items: BenchItem[] } {
  // The plan with the largest quota: smaller ones do not sell this much.
  const { hash } = bigcommerce.createStore({ name, plan: 'Enterprise' });
  const { id: merchantId } = clover.createMerchant({ name, installed: false });
  const items = Array.from({ length: skus }, (_, index): BenchItem => {
    const sku = `${name}-${String(index).padStart(5, '0')}`;
    const levels = { 1: openingLevel };
    const { baseVariantId } = bigcommerce.addProduct(hash, {
      name: sku,
      sku,
      price: PRICE,
      levels,
    });
    const item = { name: sku, sku, price: PRICE_CENTS, quantity: openingLevel };
    const { id: itemId } = clover.addItem(merchantId, item);
    return { sku, variantId: baseVariantId ?? 0, itemId };
  });
  return { shop: { hash, merchantId }, items };
}

/** The item's levels as they truly are on both platforms. */
export function levelsOf(
  { bigcommerce, clover }: Stage,
  shop: BenchShop,
  item: BenchItem,
): { web: number | null; register: number | null } {
  return {
    web: bigcommerce.level(shop.hash, item.variantId),
    register: clover.stock(shop.merchantId, item.itemId),
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

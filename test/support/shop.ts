/** One shop on the stage: a store and a register that sell the same SKUs, linked through the real routes. */
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { atRest, authoriseMerchant, installStore, linkAll, until, type Stage } from './stage.ts';

/** Longer than the settle time of the default settings: what was to follow a change has followed. */
const SETTLED_MS = 3_000;

export interface SkuBody {
  sku: string;
  onHand: number;
  reserved: number;
  places: { platform: string; place: string; level: number | null; target: number }[];
}

export interface Shop {
  readonly hash: string;
  readonly merchantId: string;
  /** Puts a SKU on both sides before they are connected; null: never counted there. */
  add(sku: string, web: number | null, register: number | null): void;
  /** Installs, authorises and links everything that was added. */
  connect(): Promise<void>;
  at(sku: string): { variantId: number; itemId: string };
  web(sku: string): number | null;
  register(sku: string): number | null;
  sellOnline(sku: string, quantity?: number): ReturnType<Stage['bigcommerce']['placeOrder']>;
  ringUp(sku: string, quantity?: number): ReturnType<Stage['clover']['ringUp']>;
  /** A call of the admin API below `/connections/{hash}`. */
  api(method: string, path: string, body?: unknown): Promise<Response>;
  sku(sku: string): Promise<SkuBody>;
  /** The SKU's ledger object. */
  ledger(sku: string): Promise<ReturnType<typeof env.SKU_LEDGER.getByName>>;
  /** Both sides show `level`, and the ledger agrees. */
  settlesAt(sku: string, level: number, maxMs?: number): Promise<void>;
  /** Waits until echoes and second looks are over, then for rest. */
  settle(): Promise<void>;
}

/** Creates the store and the merchant; `connect` makes them one connection. */
export function openShop(stage: Stage, hash: string): Shop {
  stage.bigcommerce.createStore({ hash, name: `Store ${hash}` });
  const merchantId = stage.clover.createMerchant({ name: `Register of ${hash}` }).id;
  const ids = new Map<string, { variantId: number; itemId: string }>();
  const at = (sku: string) => {
    const found = ids.get(sku);
    if (found === undefined) throw new Error(`no SKU ${sku} in ${hash}`);
    return found;
  };
  const shop: Shop = {
    hash,
    merchantId,
    add: (sku, web, register) => void ids.set(sku, addSku(stage, shop, sku, web, register)),
    async connect() {
      await installStore(stage, hash);
      await authoriseMerchant(stage, hash, merchantId);
      await linkAll(stage, hash);
    },
    at,
    web: (sku) => stage.bigcommerce.level(hash, at(sku).variantId),
    register: (sku) => stage.clover.stock(merchantId, at(sku).itemId),
    sellOnline: (sku, quantity = 1) =>
      stage.bigcommerce.placeOrder(hash, { lines: [{ variantId: at(sku).variantId, quantity }] }),
    ringUp: (sku, quantity = 1) =>
      stage.clover.ringUp(merchantId, { lines: [{ itemId: at(sku).itemId, quantity }] }),
    api: (method, path, body) => stage.api(method, `/connections/${hash}${path}`, body),
    sku: async (sku) => (await shop.api('GET', `/skus/${sku}`)).json<SkuBody>(),
    ledger: (sku) => ledgerOf(hash, sku),
    async settlesAt(sku, level, maxMs) {
      const agree = () =>
        shop.web(sku) === level && shop.register(sku) === level ? true : undefined;
      await until(`${sku} at ${level} on both sides`, agree, maxMs);
      await atRest(stage, hash);
      expect([shop.web(sku), shop.register(sku)]).toEqual([level, level]);
      expect((await shop.sku(sku)).onHand).toBe(level);
    },
    async settle() {
      await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
      await atRest(stage, hash);
    },
  };
  return shop;
}

function addSku(
  stage: Stage,
  shop: Shop,
  sku: string,
  web: number | null,
  register: number | null,
): { variantId: number; itemId: string } {
  const { variantIds } = stage.bigcommerce.addProduct(shop.hash, {
    name: `Product ${sku}`,
    sku,
    price: 10,
    ...(web === null ? {} : { levels: { 1: web } }),
  });
  const [variantId] = variantIds;
  if (variantId === undefined) throw new Error('a simple product has its base variant');
  const input = { name: `Item ${sku}`, sku, price: 1_000, quantity: register };
  return { variantId, itemId: stage.clover.addItem(shop.merchantId, input).id };
}

async function ledgerOf(hash: string, sku: string) {
  const row = await env.DB.prepare('SELECT link_id FROM links WHERE connection_id = ? AND sku = ?')
    .bind(hash, sku)
    .first<{ link_id: string }>();
  if (row === null) throw new Error(`${sku} is not linked`);
  return env.SKU_LEDGER.getByName(`${hash}:${row.link_id}`);
}

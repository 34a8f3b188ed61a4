/** Shops on the stage, and plans made for them: by the API as a merchant does, or by hand, step by step. */
import { env } from 'cloudflare:workers';
import type { Ports } from '../../src/ports.ts';
import type { Work, WorkMessage } from '../../src/queue/messages.ts';
import { findPlan, listOperations, type PlanOperation } from '../../src/store/plans.ts';
import { computePlan, startPlan } from '../../src/sync/link.ts';
import { portsFor } from '../../src/wiring.ts';
import type { ProductInput } from '../sandbox/bigcommerce/index.ts';
import type { MerchantInput } from '../sandbox/clover/index.ts';
import { atRest, authoriseMerchant, installStore, planIn, type Stage } from './stage.ts';

let shops = 0;
let products = 0;

/** A store with one authorised register, on a stage. */
export interface Shop {
  readonly stage: Stage;
  readonly hash: string;
  readonly merchantId: string;
}

export interface OperationBody {
  seq: number;
  kind: string;
  sku: string;
  outcome: string;
  reason: string | null;
  before: { onHand?: number; places: { place: string; level: number | null }[] };
  after: { onHand: number; places: { place: string; target: number }[] } | null;
}

export async function newShop(stage: Stage, merchant: Partial<MerchantInput> = {}): Promise<Shop> {
  shops += 1;
  const hash = `shop${shops}`;
  stage.bigcommerce.createStore({ hash, name: `Store ${shops}` });
  const merchantId = stage.clover.createMerchant({ name: `Register ${shops}`, ...merchant }).id;
  await installStore(stage, hash);
  await authoriseMerchant(stage, hash, merchantId);
  return { stage, hash, merchantId };
}

export function addWeb(
  shop: Shop,
  sku: string,
  level: number | null,
  more: Partial<ProductInput> = {},
): number {
  products += 1;
  const { variantIds } = shop.stage.bigcommerce.addProduct(shop.hash, {
    name: `Product ${products} ${sku}`,
    sku,
    price: 10,
    ...(level === null ? {} : { levels: { 1: level } }),
    ...more,
  });
  const [variantId] = variantIds;
  if (variantId === undefined) throw new Error('a simple product has its base variant');
  return variantId;
}

/** `quantity` null: never counted. */
export function addItem(shop: Shop, sku: string, quantity: number | null): string {
  const item = { name: `Item ${sku}`, sku, price: 1_000, quantity };
  return shop.stage.clover.addItem(shop.merchantId, item).id;
}

export const web = (shop: Shop, variantId: number) =>
  shop.stage.bigcommerce.level(shop.hash, variantId);
export const register = (shop: Shop, itemId: string) =>
  shop.stage.clover.stock(shop.merchantId, itemId);

export async function plan(shop: Shop, kind: 'link' | 'resync' = 'link') {
  const started = await shop.stage.api('POST', `/connections/${shop.hash}/plans`, { kind });
  if (started.status !== 202) throw new Error(`plans answered ${started.status}`);
  const { id } = await started.json<{ id: string }>();
  const body = await planIn(shop.stage, shop.hash, id, ['ready', 'needs_decision']);
  return { id, ...body };
}

export async function operations(shop: Shop, planId: string): Promise<OperationBody[]> {
  const answer = await shop.stage.api(
    'GET',
    `/connections/${shop.hash}/plans/${planId}/operations?limit=500`,
  );
  return (await answer.json<{ items: OperationBody[] }>()).items;
}

export async function apply(shop: Shop, made: { id: string; hash: string }): Promise<void> {
  const path = `/connections/${shop.hash}/plans/${made.id}/apply`;
  const answer = await shop.stage.api('POST', path, { hash: made.hash });
  if (answer.status !== 202) throw new Error(`apply answered ${await answer.text()}`);
  await planIn(shop.stage, shop.hash, made.id, ['applied']);
  await atRest(shop.stage, shop.hash);
}

export async function skuOf(shop: Shop, sku: string) {
  const answer = await shop.stage.api('GET', `/connections/${shop.hash}/skus/${sku}`);
  return answer.json<{ onHand: number; places: { place: string; level: number | null }[] }>();
}

export const rowsOf = async <Row>(text: string, ...values: unknown[]): Promise<Row[]> =>
  (
    await env.DB.prepare(text)
      .bind(...values)
      .all<Row>()
  ).results;

/** The Worker's own ports, with a work queue that only records. */
export function recording(changes: Partial<Ports> = {}): { ports: Ports; sent: WorkMessage[] } {
  const sent: WorkMessage[] = [];
  const real = portsFor(env);
  const work = {
    send: (message: WorkMessage) => Promise.resolve(void sent.push(message)),
    sendAll: (messages: readonly WorkMessage[]) => Promise.resolve(void sent.push(...messages)),
    backlog: () => Promise.resolve(0),
  };
  return { ports: { ...real, queues: { ...real.queues, work }, ...changes }, sent };
}

/** A plan that was started and computed by hand, its message as the queue would carry it. */
export async function computed(shop: Shop) {
  const { ports, sent } = recording();
  const started = await startPlan(ports, shop.hash, 'link');
  if (!started.ok) throw new Error(started.failure.message);
  const message = sent[0] as Work<'plan'>;
  const done = await computePlan(ports, message);
  if (!done.ok) throw new Error(done.failure.message);
  const { hash, status } = await planRow(shop, started.value.id);
  return { id: started.value.id, hash, status, message };
}

export async function planRow(shop: Shop, planId: string) {
  const found = await findPlan(portsFor(env).db, shop.hash, planId);
  if (found === undefined) throw new Error(`no plan ${planId}`);
  return found;
}

export async function planOperations(shop: Shop, planId: string): Promise<PlanOperation[]> {
  return (await listOperations(portsFor(env).db, shop.hash, planId, null, 500)).items;
}

export function applyMessage(shop: Shop, planId: string, seq = 0): Work<'apply'> {
  return { v: 1, kind: 'apply', connectionId: shop.hash, eventId: planId, planId, seq };
}

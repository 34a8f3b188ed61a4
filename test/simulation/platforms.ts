/**
 * Both sandbox platforms without their wire: their own state and rules, called as functions. What a call does and what
 * it refuses is the sandbox's; when it arrives and whether its answer does is the simulation's.
 */
import {
  bigcommercePlace,
  cloverPlace,
  type MerchantId,
  type PlaceKey,
} from '../../src/domain/ids.ts';
import type { Component } from '../../src/domain/stock/bundle-parts.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { fail, ok, type Result } from '../../src/domain/result.ts';
import { failureOfStatus } from '../../src/platforms/http-failures.ts';
import { refineBigCommerce } from '../../src/platforms/bigcommerce/session.ts';
import { adjustmentRoutes } from '../sandbox/bigcommerce/adjustments.ts';
import { addProduct } from '../sandbox/bigcommerce/catalog-model.ts';
import { Refusal } from '../sandbox/bigcommerce/errors.ts';
import type { Platform as WebPlatform } from '../sandbox/bigcommerce/platform.ts';
import type { Call as WebCall } from '../sandbox/bigcommerce/serve.ts';
import { emptyState } from '../sandbox/bigcommerce/state.ts';
import type { InventorySettings, Store } from '../sandbox/bigcommerce/state.ts';
import {
  DEFAULT_LOCATION_ID,
  itemOf,
  stockOf,
  visibleOnHand,
} from '../sandbox/bigcommerce/stock.ts';
import { createStore } from '../sandbox/bigcommerce/store.ts';
import {
  DEFAULT_SWITCHES as WEB_DEFAULTS,
  type BigCommerceSwitches,
} from '../sandbox/bigcommerce/switches.ts';
import { newCloverState } from '../sandbox/clover/index.ts';
import { addItem, createMerchant, install } from '../sandbox/clover/install.ts';
import { createLimits } from '../sandbox/clover/limits.ts';
import { linesOf } from '../sandbox/clover/order-book.ts';
import type { Platform as RegisterPlatform } from '../sandbox/clover/platform.ts';
import { setQuantity } from '../sandbox/clover/stock.ts';
import { all, find, PRIMARY, put, readInstant } from '../sandbox/clover/store.ts';
import {
  DEFAULT_SWITCHES as REGISTER_DEFAULTS,
  type CloverSwitches,
} from '../sandbox/clover/switches.ts';
import type { Merchant } from '../sandbox/clover/types.ts';
import { createFaults } from '../sandbox/faults.ts';
import { createJournal } from '../sandbox/journal.ts';
import type { SandboxRuntime, TappedHook } from '../sandbox/runtime.ts';
import type { SimClock } from './clock.ts';

const MERCHANT_IDS = ['SIMMERCHANT01' as MerchantId, 'SIMMERCHANT02' as MerchantId];
/** The tender that payments of pushed orders are in. */
export const PUSH_TENDER = 'com.clover.tender.external_payment';
export const WEB = bigcommercePlace(1);

/** A Clover merchant and what the ledgers call it. */
export interface SimRegister {
  readonly place: PlaceKey;
  readonly merchantId: MerchantId;
  readonly merchant: Merchant;
}

export interface PlatformsInput {
  readonly clock: SimClock;
  readonly random: () => number;
  /** How far each platform's clock is ahead of the relay's, milliseconds. */
  readonly webAheadMs: number;
  readonly registerAheadMs: number;
  readonly web: Partial<BigCommerceSwitches>;
  readonly register: Partial<CloverSwitches>;
  readonly inventory: Partial<InventorySettings>;
  /** Clover merchants on the pool, 1 or 2. */
  readonly registers: number;
  readonly onHook: (hook: TappedHook) => void;
}

/** How one SKU is called at each platform. */
export interface SimSku {
  readonly sku: string;
  readonly productId: number;
  readonly variantId: number;
  /** Its item at the first register. */
  readonly itemId: string;
  readonly itemIds: Readonly<Record<PlaceKey, string>>;
}

/** A SKU that is made of others (S9). */
export interface SimBundle {
  readonly sku: SimSku;
  readonly components: readonly Component[];
}

export interface Row {
  readonly level: number | null;
  readonly modifiedMs: number | null;
}

export interface SimPlatforms {
  readonly web: WebPlatform;
  readonly store: Store;
  readonly register: RegisterPlatform;
  readonly registers: readonly SimRegister[];
  registerAt(place: PlaceKey): SimRegister;
  /** `levels`: one per register. */
  addSku(sku: string, web: number | null, levels: readonly number[]): SimSku;
  /** On hand as it truly is. */
  webLevel(sku: SimSku): number;
  registerLevel(sku: SimSku, place?: PlaceKey): number;
  readWeb(sku: SimSku): Row;
  /** `fresh`: with `forceRealTime`. */
  readRegister(sku: SimSku, fresh: boolean, place?: PlaceKey): Row;
  adjustWeb(sku: SimSku, kind: 'relative' | 'absolute', quantity: number): Result<Row, Failure>;
  writeRegister(sku: SimSku, quantity: number, place?: PlaceKey): Result<Row, Failure>;
  /** As a read shows it now; null: there is none. */
  readWebOrder(orderId: number): ReadWebOrder | null;
  /** What an order's read tells a ledger; null: it is no sale (yet). */
  registerLines(orderId: string, place?: PlaceKey): readonly OrderedLine[] | null;
  /** What a register's order says that it refers to; empty: nothing. */
  referenceOf(orderId: string, place: PlaceKey): string;
}

export interface ReadWebOrder {
  readonly statusId: number;
  readonly isDeleted: boolean;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly shippedAtMs: number | null;
  readonly lines: readonly OrderedLine[];
}

export interface OrderedLine {
  /** Variant or item id. */
  readonly subject: string;
  readonly lineId: string;
  readonly quantity: number;
  readonly soldAtMs: number;
  readonly addedAtMs: number | null;
}

export function createPlatforms(input: PlatformsInput): SimPlatforms {
  const web: WebPlatform = {
    runtime: runtimeOf(input, input.webAheadMs),
    state: emptyState(),
    switches: { ...WEB_DEFAULTS, ...input.web },
    app: { clientId: 'c', clientSecret: 's', origin: 'https://onhand.test', scopes: [] },
  };
  const store = createStore(web, { hash: 'simstore', settings: input.inventory });
  const register: RegisterPlatform = {
    runtime: runtimeOf(input, input.registerAheadMs),
    appId: 'APP',
    appSecret: 's',
    authCode: 'a',
    webhookUrl: 'https://onhand.test/webhooks/clover',
    siteUrl: 'https://onhand.test/clover',
    state: newCloverState(),
    switches: { ...REGISTER_DEFAULTS, ...input.register },
    limits: createLimits(),
    outbox: [],
  };
  const registers = MERCHANT_IDS.slice(0, input.registers).map((merchantId): SimRegister => {
    const merchant = createMerchant(register, { id: merchantId, name: 'Register' });
    install(register, merchant.id);
    enableTender(register, merchant);
    return { place: cloverPlace(merchantId), merchantId, merchant };
  });
  return { web, store, register, registers, ...calls(web, store, register, registers) };
}

/** The merchant takes payments of web orders in it. */
function enableTender(register: RegisterPlatform, { tables }: Merchant): void {
  const row = all(tables.tenders, PRIMARY).find(({ labelKey }) => labelKey === PUSH_TENDER);
  if (row !== undefined) put(register, tables.tenders, row.id, { ...row, enabled: true });
}

function runtimeOf(input: PlatformsInput, aheadMs: number): SandboxRuntime {
  const { clock } = input;
  return {
    now: () => clock.nowMs + aheadMs,
    random: input.random,
    sleep: () => Promise.reject(new Error('The simulation never waits.')),
    schedule: (delayMs, task) => clock.after(delayMs, () => void task()),
    deliver: () => Promise.reject(new Error('The simulation has no wire.')),
    hookTap: input.onHook,
    faults: createFaults(),
    journal: createJournal(),
  };
}

type Calls = Omit<SimPlatforms, 'web' | 'store' | 'register' | 'registers'>;

function calls(
  web: WebPlatform,
  store: Store,
  register: RegisterPlatform,
  registers: readonly SimRegister[],
): Calls {
  const [first] = registers;
  if (first === undefined) throw new Error('no register');
  const registerAt = (place: PlaceKey): SimRegister => {
    const found = registers.find((each) => each.place === place);
    if (found === undefined) throw new Error(`no register ${place}`);
    return found;
  };
  const recordOf = (sku: SimSku) => {
    const item = itemOf(store, sku.variantId);
    if (item === undefined) throw new Error(`no variant ${sku.variantId}`);
    return stockOf(store, item, DEFAULT_LOCATION_ID);
  };
  const rowOf = (sku: SimSku, asOf: number, place = first.place): Row => {
    const row = find(registerAt(place).merchant.tables.stocks, sku.itemIds[place] ?? '', asOf);
    return {
      level: row === null ? null : Math.floor(row.quantity),
      modifiedMs: row?.modifiedTime ?? null,
    };
  };
  return {
    registerAt,
    addSku: (sku, webLevel, atRegisters) => {
      const levels = webLevel === null ? {} : { levels: { 1: webLevel } };
      const { id, variantIds } = addProduct(web, store, { name: sku, sku, price: 10, ...levels });
      const itemIds = registers.map(({ place, merchantId }, index) => {
        const fields = { name: sku, sku, price: 1_000, quantity: atRegisters[index] ?? 0 };
        return [place, addItem(register, merchantId, fields).id] as const;
      });
      return {
        sku,
        productId: id,
        variantId: variantIds[0] ?? 0,
        itemId: itemIds[0]?.[1] ?? '',
        itemIds: Object.fromEntries(itemIds),
      };
    },
    webLevel: (sku) => recordOf(sku).onHand ?? 0,
    registerLevel: (sku, place) => rowOf(sku, PRIMARY, place).level ?? 0,
    readWeb: (sku) => ({
      level: visibleOnHand(recordOf(sku), web.runtime.now()),
      modifiedMs: null,
    }),
    readRegister: (sku, fresh, place) => rowOf(sku, readInstant(register, fresh), place),
    adjustWeb: (sku, kind, quantity) => adjust(web, store, sku, kind, quantity),
    writeRegister: (sku, quantity, place = first.place) => {
      const { merchant } = registerAt(place);
      const row = setQuantity(register, merchant, sku.itemIds[place] ?? '', quantity, 'api');
      return ok({ level: row.quantity, modifiedMs: row.modifiedTime });
    },
    readWebOrder: (orderId) => readWebOrder(store, orderId),
    referenceOf: (orderId, place) =>
      find(registerAt(place).merchant.tables.orders, orderId, PRIMARY)?.externalReferenceId ?? '',
    registerLines: (orderId, place = first.place) =>
      registerLines(registerAt(place).merchant, orderId),
  };
}

/** Through the sandbox's own route: 422 before a baseline, too little stock, identity by tracking. */
function adjust(
  platform: WebPlatform,
  store: Store,
  sku: SimSku,
  kind: 'relative' | 'absolute',
  quantity: number,
): Result<Row, Failure> {
  const route = adjustmentRoutes.find(({ path }) => path.endsWith(kind));
  const product = store.products[sku.productId];
  const identity =
    product?.tracking === 'product' ? { product_id: sku.productId } : { variant_id: sku.variantId };
  const items = [{ location_id: DEFAULT_LOCATION_ID, ...identity, quantity }];
  const call: WebCall = {
    platform,
    store,
    version: 'v3',
    query: new URLSearchParams(),
    body: { reason: 'simulation', items },
    id: () => 0,
  };
  try {
    route?.handle(call);
    return ok({ level: null, modifiedMs: null });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return fail(
      failureOfStatus({
        platform: 'bigcommerce',
        method: 'POST',
        status: error.status,
        body: { title: error.message },
        rate: { status: error.status },
        refine: refineBigCommerce,
      }),
    );
  }
}

function readWebOrder(store: Store, orderId: number): ReadWebOrder | null {
  const order = store.orders[orderId];
  if (order === undefined) return null;
  const { statusId, isDeleted, createdAtMs, modifiedAtMs, shippedAtMs } = order;
  const lines = order.lines.map((line) => ({
    subject: String(line.variantId),
    lineId: String(line.id),
    quantity: line.quantity,
    soldAtMs: createdAtMs,
    addedAtMs: null,
  }));
  return { statusId, isDeleted, createdAtMs, modifiedAtMs, shippedAtMs, lines };
}

/** As `takeRegisterOrder` of sync/orders.ts: unpaid orders sell nothing yet. */
function registerLines(merchant: Merchant, orderId: string): readonly OrderedLine[] | null {
  const order = find(merchant.tables.orders, orderId, PRIMARY);
  if (order === null || order.paymentState === 'OPEN') return null;
  const payments = order.paymentIds.map((id) => find(merchant.tables.payments, id, PRIMARY));
  const paidAtMs = Math.max(...payments.map((payment) => payment?.createdTime ?? 0));
  return linesOf(merchant, order).map((line) => ({
    subject: line.itemId ?? '',
    lineId: line.id,
    quantity: 1,
    soldAtMs: paidAtMs,
    addedAtMs: line.createdTime,
  }));
}

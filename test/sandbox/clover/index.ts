/**
 * The strict Clover sandbox: Clover's web and API origins as one Hono app over plain state, to the letter of
 * `platforms/clover.md`. To add a resource, give it a table in `types.ts` and `install.ts`, a file with its
 * `Resource` and `Operation`s, and a line in `operations` below.
 */
import { Hono } from 'hono';
import type { SandboxRuntime } from '../runtime.ts';
import { associationOperations } from './associations.ts';
import { categoryOperations } from './categories.ts';
import { creditOperations } from './credits.ts';
import { customerOperations } from './customers.ts';
import { employeeOperations } from './employees.ts';
import { Refusal, refusalResponse, unknownPath } from './errors.ts';
import {
  addDevice,
  addItem,
  addItemGroup,
  APP_PERMISSIONS,
  createMerchant,
  install,
  setProperties,
  uninstall,
} from './install.ts';
import { itemOperations } from './items.ts';
import { createLimits } from './limits.ts';
import { lineItemOperations } from './line-items.ts';
import { lineWriteOperations } from './line-writes.ts';
import { merchantOperations } from './merchants.ts';
import { serveOauth } from './oauth.ts';
import { orderRow, orderTotals } from './order-book.ts';
import { orderTermOperations } from './order-terms.ts';
import { orderTypeOperations } from './order-types.ts';
import { orderWriteOperations } from './order-writes.ts';
import { orderOperations } from './orders.ts';
import { paymentWriteOperations } from './payment-writes.ts';
import { paymentOperations } from './payments.ts';
import { modifierOperations } from './modifiers.ts';
import { merchantOf } from './platform.ts';
import type { Platform } from './platform.ts';
import { refundOperations } from './refunds.ts';
import {
  addCustomer,
  deleteCustomer,
  editCustomer,
  deleteItem,
  editItem,
  giveCredit,
  pay,
  refundOrder,
  ringUp,
  setStock,
  voidLine,
} from './register.ts';
import { serveApi } from './serve.ts';
import type { Operation } from './serve.ts';
import { stockOperations } from './stock.ts';
import { find, PRIMARY } from './store.ts';
import { DEFAULT_SWITCHES } from './switches.ts';
import type { CloverSwitches } from './switches.ts';
import { taxRateOperations } from './tax-rates.ts';
import { tenderOperations } from './tenders.ts';
import type { Totals } from './totals.ts';
import { variantWriteOperations } from './variant-writes.ts';
import { variantOperations } from './variants.ts';
import { sendVerificationCode } from './webhooks.ts';
import type { CloverState } from './types.ts';

export type { ItemGroupInput, ItemInput, MerchantInput } from './install.ts';
export type { RefundInput, RingUpInput } from './register.ts';
export type { CloverSwitches } from './switches.ts';
export type { CloverState, ItemRow, Merchant, OrderRow, PaymentRow, RefundRow } from './types.ts';

const operations: Operation[] = [
  ...merchantOperations,
  ...employeeOperations,
  ...tenderOperations,
  ...taxRateOperations,
  ...itemOperations,
  ...stockOperations,
  ...variantOperations,
  ...variantWriteOperations,
  ...categoryOperations,
  ...modifierOperations,
  ...associationOperations,
  ...customerOperations,
  ...orderOperations,
  ...orderWriteOperations,
  ...lineItemOperations,
  ...lineWriteOperations,
  ...orderTermOperations,
  ...orderTypeOperations,
  ...paymentOperations,
  ...paymentWriteOperations,
  ...refundOperations,
  ...creditOperations,
];

export interface CloverOptions {
  runtime: SandboxRuntime;
  appId: string;
  appSecret: string;
  /** The static X-Clover-Auth of every webhook. */
  authCode: string;
  /** The one callback of the app. */
  webhookUrl: string;
  /** The app's Site URL: the relay's public origin + '/clover'. */
  siteUrl: string;
  /** State of an earlier run; a fresh account when left out. */
  state?: CloverState;
  switches?: Partial<CloverSwitches>;
}

/** A sandbox without merchants whose app asks for all its permissions. */
export const newCloverState = (): CloverState => ({
  appPermissions: [...APP_PERMISSIONS],
  merchants: {},
  codes: {},
  accessTokens: {},
  refreshTokens: {},
});

type Bound<Action> = Action extends (platform: Platform, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

const bind =
  <Rest extends unknown[], Result>(
    platform: Platform,
    action: (platform: Platform, ...rest: Rest) => Result,
  ) =>
  (...rest: Rest): Result =>
    action(platform, ...rest);

export interface CloverSandbox {
  /** Serves the web origin and the API origin of Clover. */
  app: Hono;
  state: CloverState;
  /** May be changed at any time; the next call sees it. */
  switches: CloverSwitches;
  createMerchant: Bound<typeof createMerchant>;
  addDevice: Bound<typeof addDevice>;
  addItem: Bound<typeof addItem>;
  addItemGroup: Bound<typeof addItemGroup>;
  editItem: Bound<typeof editItem>;
  deleteItem: Bound<typeof deleteItem>;
  addCustomer: Bound<typeof addCustomer>;
  deleteCustomer: Bound<typeof deleteCustomer>;
  editCustomer: Bound<typeof editCustomer>;
  setStock: Bound<typeof setStock>;
  ringUp: Bound<typeof ringUp>;
  pay: Bound<typeof pay>;
  voidLine: Bound<typeof voidLine>;
  refundOrder: Bound<typeof refundOrder>;
  giveCredit: Bound<typeof giveCredit>;
  install: Bound<typeof install>;
  uninstall: Bound<typeof uninstall>;
  setProperties: Bound<typeof setProperties>;
  sendVerificationCode: Bound<typeof sendVerificationCode>;
  /** Where the merchant's click on "Connect" leads: the Alternate Launch Path, with no code (clover.md 1). */
  launchUrl: (merchantId: string) => string;
  /** What Clover's own calculation makes of an order, whatever total an app posted. */
  orderTotals: (merchantId: string, orderId: string) => Totals;
  /** The count on the primary, null for an item that has none. */
  stock: (merchantId: string, itemId: string) => number | null;
}

function createApp(platform: Platform): Hono {
  const app = new Hono();
  app.onError((error) => {
    if (error instanceof Refusal) return refusalResponse(error);
    throw error;
  });
  app.notFound(() => refusalResponse(unknownPath()));
  app.route('/', serveOauth(platform));
  app.route('/', serveApi(platform, operations));
  return app;
}

function launchUrl(platform: Platform, merchantId: string): string {
  const merchant = merchantOf(platform, merchantId);
  const url = new URL(`${platform.siteUrl.replace(/\/$/, '')}/launch`);
  url.searchParams.set('merchant_id', merchantId);
  const owner = find(merchant.tables.merchants, merchantId, PRIMARY)?.ownerId;
  if (owner !== undefined) url.searchParams.set('employee_id', owner);
  return url.href;
}

/** Starts a Clover of its own: app, state, and what people can do at the register. */
export function createClover(options: CloverOptions): CloverSandbox {
  const { runtime, appId, appSecret, authCode, webhookUrl, siteUrl } = options;
  const platform: Platform = {
    runtime,
    appId,
    appSecret,
    authCode,
    webhookUrl,
    siteUrl,
    state: options.state ?? newCloverState(),
    switches: { ...DEFAULT_SWITCHES, ...options.switches },
    limits: createLimits(),
    outbox: [],
  };
  return {
    app: createApp(platform),
    state: platform.state,
    switches: platform.switches,
    createMerchant: bind(platform, createMerchant),
    addDevice: bind(platform, addDevice),
    addItem: bind(platform, addItem),
    addItemGroup: bind(platform, addItemGroup),
    editItem: bind(platform, editItem),
    deleteItem: bind(platform, deleteItem),
    addCustomer: bind(platform, addCustomer),
    deleteCustomer: bind(platform, deleteCustomer),
    editCustomer: bind(platform, editCustomer),
    setStock: bind(platform, setStock),
    ringUp: bind(platform, ringUp),
    pay: bind(platform, pay),
    voidLine: bind(platform, voidLine),
    refundOrder: bind(platform, refundOrder),
    giveCredit: bind(platform, giveCredit),
    install: bind(platform, install),
    uninstall: bind(platform, uninstall),
    setProperties: bind(platform, setProperties),
    sendVerificationCode: bind(platform, sendVerificationCode),
    launchUrl: (merchantId) => launchUrl(platform, merchantId),
    orderTotals: (merchantId, orderId) => {
      const merchant = merchantOf(platform, merchantId);
      return orderTotals(merchant, orderRow(merchant, orderId), true);
    },
    stock: (merchantId, itemId) => {
      const { tables } = merchantOf(platform, merchantId);
      return find(tables.stocks, itemId, PRIMARY)?.quantity ?? null;
    },
  };
}

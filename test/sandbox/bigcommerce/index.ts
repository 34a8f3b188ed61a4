/**
 * A BigCommerce store as strict as the real one, for tests and `npm start`: the API under
 * /stores/{hash}, the token endpoint of login.bigcommerce.com, and the hands of merchant and
 * shopper. To add a resource, write its file with a list of routes and name it in `ROUTES`.
 */
import { Hono } from 'hono';
import type { SandboxRuntime } from '../runtime.ts';
import { adjustmentRoutes } from './adjustments.ts';
import { addProduct, deleteProduct, editProduct, editVariant } from './catalog-model.ts';
import type { ProductChange, ProductInput, VariantChange } from './catalog-model.ts';
import { catalogPartRoutes } from './catalog-parts.ts';
import { catalogWriteRoutes } from './catalog-writes.ts';
import { categoryRoutes } from './categories.ts';
import { catalogRoutes } from './catalog.ts';
import { channelRoutes } from './channels.ts';
import { editCustomer } from './customer-edit.ts';
import { addCustomer, customerRoutes } from './customers.ts';
import type { CustomerInput } from './customers.ts';
import { scheduleDelivery } from './delivery.ts';
import { hookRoutes } from './hooks.ts';
import { inventoryRoutes } from './inventory.ts';
import { addLocation, editLocation, locationRoutes } from './locations.ts';
import type { LocationInput } from './locations.ts';
import { parseMoney } from './money.ts';
import { callbackUrl, installUrl, serveLogin, uninstall } from './oauth.ts';
import { archiveOrder, editLines, orderOf, setOrderStatus, touchOrder } from './order-model.ts';
import { CANCELLED } from './order-statuses.ts';
import { orderPartRoutes } from './order-parts.ts';
import { orderRoutes } from './orders.ts';
import { APP_SCOPES, storeOf } from './platform.ts';
import type { Platform } from './platform.ts';
import { placeOrder } from './shopper.ts';
import type { ShopperOrder } from './shopper.ts';
import { everythingLeft, quoteRefund, refundOrder } from './refund-model.ts';
import type { AskedItem } from './refund-model.ts';
import { refundRoutes } from './refunds.ts';
import { serveApi } from './serve.ts';
import type { Env, Route } from './serve.ts';
import { settingsRoutes } from './settings.ts';
import { emptyState } from './state.ts';
import type {
  BigCommerceState,
  Channel,
  Customer,
  InventorySettings,
  Location,
  Order,
  Person,
  Product,
  Refund,
  Store,
  Variant,
} from './state.ts';
import { changeStock, DEFAULT_LOCATION_ID, itemOf, LEVEL_MAX, stockOf } from './stock.ts';
import { addChannel, createStore, storeRoutes } from './store.ts';
import type { ChannelInput, StoreInput } from './store.ts';
import { DEFAULT_SWITCHES } from './switches.ts';
import { taxRoutes } from './tax.ts';
import type { BigCommerceSwitches } from './switches.ts';

export { OutOfStock } from './order-model.ts';
export { DEFAULT_SWITCHES } from './switches.ts';
export type * from './state.ts';
export type { ChannelInput, StoreInput } from './store.ts';
export type { LocationInput } from './locations.ts';
export type { ProductChange, ProductInput, VariantChange, VariantInput } from './catalog-model.ts';
export type { ShopperOrder } from './shopper.ts';
export type { BigCommerceSwitches } from './switches.ts';

const ROUTES: readonly Route[] = [
  ...hookRoutes,
  ...storeRoutes,
  ...settingsRoutes,
  ...channelRoutes,
  ...locationRoutes,
  ...catalogRoutes,
  ...catalogWriteRoutes,
  ...catalogPartRoutes,
  ...categoryRoutes,
  ...inventoryRoutes,
  ...adjustmentRoutes,
  ...orderRoutes,
  ...orderPartRoutes,
  ...refundRoutes,
  ...customerRoutes,
  ...taxRoutes,
];

export interface BigCommerceOptions {
  runtime: SandboxRuntime;
  clientId: string;
  clientSecret: string;
  /**
   * Public origin of the relay, e.g. https://onhand.localhost; its callbacks lie under
   * /bigcommerce.
   */
  appOrigin: string;
  /** OAuth scopes the app asks for; the connector's when left out (bigcommerce.md 1.5). */
  scopes?: readonly string[];
  /** A snapshot to go on from; it is taken over, not copied. */
  state?: BigCommerceState;
  switches?: Partial<BigCommerceSwitches>;
}

export interface BigCommerceSandbox {
  /** Serves both api.bigcommerce.com (/stores/...) and login.bigcommerce.com (/oauth2/token). */
  readonly app: Hono<Env>;
  /** Plain data: `structuredClone` or JSON is a snapshot. */
  readonly state: BigCommerceState;
  /** May be turned while the sandbox runs. */
  readonly switches: BigCommerceSwitches;
  createStore(input?: StoreInput): Store;
  addChannel(hash: string, input: ChannelInput): Channel;
  addLocation(hash: string, input: LocationInput): Location;
  editLocation(hash: string, locationId: number, change: Partial<LocationInput>): Location;
  setInventorySettings(hash: string, change: Partial<InventorySettings>): void;
  /**
   * Changes what the app asks for; stores keep their token until the merchant opens `installUrl`
   * again (1.1).
   */
  setAppScopes(scopes: readonly string[]): void;
  installUrl(hash: string): Promise<string>;
  loadUrl(hash: string, user?: Person): Promise<string>;
  uninstallUrl(hash: string): Promise<string>;
  removeUserUrl(hash: string, user: Person): Promise<string>;
  /** The merchant uninstalls: hooks and token go, and the relay's uninstall callback is called. */
  uninstall(hash: string): Promise<void>;
  addProduct(hash: string, input: ProductInput): Product;
  editProduct(hash: string, productId: number, change: ProductChange): Product;
  editVariant(hash: string, variantId: number, change: VariantChange): Variant;
  deleteProduct(hash: string, productId: number): void;
  /** A shopper opens an account. */
  addCustomer(hash: string, input: CustomerInput): Customer;
  editCustomer(hash: string, id: number, change: Parameters<typeof editCustomer>[3]): Customer;
  /** A shopper buys online; throws `OutOfStock` when the shop refuses. */
  placeOrder(hash: string, input: ShopperOrder): Order;
  setOrderStatus(hash: string, orderId: number, statusId: number): Order;
  cancelOrder(hash: string, orderId: number): Order;
  archiveOrder(hash: string, orderId: number): Order;
  /** The merchant changes quantities in the control panel, by line id; 0 removes the line. */
  editOrder(hash: string, orderId: number, quantities: Record<number, number>): Order;
  /** The merchant gives money back the way it came; everything that is left, without items. */
  refundOrder(hash: string, orderId: number, items?: RefundedItem[]): Refund;
  /** The merchant types a level into the control panel. */
  setLevel(hash: string, variantId: number, level: number, locationId?: number): void;
  /**
   * On hand as it truly is, ahead of what lagging reads show; null: never had an absolute
   * adjustment.
   */
  level(hash: string, variantId: number, locationId?: number): number | null;
}

function setLevel(
  platform: Platform,
  store: Store,
  variantId: number,
  level: number,
  locationId: number,
): void {
  const item = itemOf(store, variantId);
  const location = store.locations[locationId];
  if (item === undefined) throw new Error(`No variant ${variantId}`);
  if (location === undefined) throw new Error(`No location ${locationId}`);
  if (location.managedByExternalSource) {
    throw new Error(`Location ${locationId} is managed elsewhere: manual edits are disabled`);
  }
  if (!Number.isSafeInteger(level) || level < 0 || level > LEVEL_MAX) {
    throw new Error(`Not a level: ${level}`);
  }
  changeStock(platform, store, { item, locationId, onHand: level, cause: 'manual' });
}

function level(store: Store, variantId: number, locationId: number): number | null {
  const item = itemOf(store, variantId);
  if (item === undefined) throw new Error(`No variant ${variantId}`);
  return stockOf(store, item, locationId).onHand;
}

function moveOrder(platform: Platform, store: Store, orderId: number, statusId: number): Order {
  const order = orderOf(store, orderId);
  setOrderStatus(platform, store, order, statusId);
  return order;
}

/** Quantity of PRODUCT and GIFT_WRAPPING, amount of the others, in the store's currency. */
export type RefundedItem = Pick<AskedItem, 'type' | 'itemId'> &
  Partial<Pick<AskedItem, 'quantity' | 'amount' | 'reason'>>;

function giveBack(
  platform: Platform,
  store: Store,
  orderId: number,
  items?: readonly RefundedItem[],
): Refund {
  const order = orderOf(store, orderId);
  const asked: AskedItem[] = items
    ? items.map((item) => ({
        quantity: 1,
        reason: '',
        adjustments: [],
        ...item,
        amount: parseMoney(item.amount ?? 0) ?? 0,
      }))
    : everythingLeft(order);
  const [method = []] = quoteRefund(platform, store, order, asked).methods;
  return refundOrder(platform, store, order, asked, method);
}

function editQuantities(
  platform: Platform,
  store: Store,
  orderId: number,
  quantities: Readonly<Record<number, number>>,
): Order {
  const order = orderOf(store, orderId);
  const lines = order.lines.map((line) => ({
    ...line,
    quantity: quantities[line.id] ?? line.quantity,
  }));
  editLines(platform, store, order, lines);
  touchOrder(platform, store, order);
  return order;
}

/** Builds the sandbox; with a `state` it goes on from there, pending webhooks included. */
export function createBigCommerce(options: BigCommerceOptions): BigCommerceSandbox {
  const platform: Platform = {
    runtime: options.runtime,
    state: options.state ?? emptyState(),
    switches: { ...DEFAULT_SWITCHES, ...options.switches },
    app: {
      clientId: options.clientId,
      clientSecret: options.clientSecret,
      origin: new URL(options.appOrigin).origin,
      scopes: [...(options.scopes ?? APP_SCOPES)],
    },
  };
  const app = new Hono<Env>();
  serveLogin(platform, app);
  serveApi(platform, app, ROUTES);
  for (const delivery of Object.values(platform.state.deliveries)) {
    scheduleDelivery(platform, delivery);
  }
  return { app, state: platform.state, switches: platform.switches, ...hands(platform) };
}

/** What merchants and shoppers do, each act bound to its store. */
function hands(platform: Platform): Omit<BigCommerceSandbox, 'app' | 'state' | 'switches'> {
  const at = (hash: string) => storeOf(platform, hash);
  return {
    createStore: (input = {}) => createStore(platform, input),
    addChannel: (hash, input) => addChannel(platform, at(hash), input),
    addLocation: (hash, input) => addLocation(platform, at(hash), input),
    editLocation: (hash, id, change) => editLocation(platform, at(hash), id, change),
    setInventorySettings: (hash, change) => void Object.assign(at(hash).settings, change),
    setAppScopes: (scopes) => void (platform.app.scopes = [...scopes]),
    installUrl: async (hash) => installUrl(platform, at(hash)),
    loadUrl: (hash, user) => callbackUrl(platform, at(hash), 'load', user),
    uninstallUrl: (hash) => callbackUrl(platform, at(hash), 'uninstall'),
    removeUserUrl: (hash, user) => callbackUrl(platform, at(hash), 'remove-user', user),
    uninstall: (hash) => uninstall(platform, at(hash)),
    addProduct: (hash, input) => addProduct(platform, at(hash), input),
    editProduct: (hash, id, change) => editProduct(platform, at(hash), id, change),
    editVariant: (hash, id, change) => editVariant(platform, at(hash), id, change),
    deleteProduct: (hash, id) => deleteProduct(platform, at(hash), id),
    addCustomer: (hash, input) => addCustomer(platform, at(hash), input),
    editCustomer: (hash, id, change) => editCustomer(platform, at(hash), id, change),
    placeOrder: (hash, input) => placeOrder(platform, at(hash), input),
    setOrderStatus: (hash, id, statusId) => moveOrder(platform, at(hash), id, statusId),
    cancelOrder: (hash, id) => moveOrder(platform, at(hash), id, CANCELLED),
    archiveOrder: (hash, id) => {
      const order = orderOf(at(hash), id);
      archiveOrder(platform, at(hash), order);
      return order;
    },
    editOrder: (hash, id, quantities) => editQuantities(platform, at(hash), id, quantities),
    refundOrder: (hash, id, items) => giveBack(platform, at(hash), id, items),
    setLevel: (hash, variantId, to, locationId = DEFAULT_LOCATION_ID) =>
      setLevel(platform, at(hash), variantId, to, locationId),
    level: (hash, variantId, locationId = DEFAULT_LOCATION_ID) =>
      level(at(hash), variantId, locationId),
  };
}

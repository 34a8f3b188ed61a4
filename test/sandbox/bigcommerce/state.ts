/**
 * The whole memory of the sandbox as plain data: `structuredClone` or JSON is a snapshot, and
 * `createBigCommerce({ state })` goes on from it. Times are epoch milliseconds, money is in
 * ten-thousandths.
 */
import type { Customer } from './customer-state.ts';
import type { Order, TaxRate } from './order-state.ts';

export type * from './customer-state.ts';
export type * from './order-state.ts';

export type Plan = 'Standard' | 'Plus' | 'Pro' | 'Enterprise';
export type Tracking = 'none' | 'product' | 'variant';

export interface Person {
  id: number;
  email: string;
}

/** A temporary grant code of the install flow (bigcommerce.md 1.2). */
export interface Grant {
  code: string;
  hash: string;
  scopes: string[];
  expiresAtMs: number;
  used: boolean;
}

export interface Location {
  id: number;
  code: string;
  label: string;
  typeId: 'PHYSICAL' | 'VIRTUAL';
  enabled: boolean;
  managedByExternalSource: boolean;
  storefrontVisibility: boolean;
  timeZone: string;
  createdAtMs: number;
  updatedAtMs: number;
}

export interface Channel {
  id: number;
  name: string;
  type: 'pos' | 'marketplace' | 'storefront' | 'marketing';
  platform: string;
  status:
    | 'active'
    | 'prelaunch'
    | 'inactive'
    | 'connected'
    | 'disconnected'
    | 'archived'
    | 'deleted';
  externalId: string;
  isVisible: boolean;
  isListableFromUi: boolean;
  createdAtMs: number;
  modifiedAtMs: number;
}

export interface OptionValue {
  id: number;
  label: string;
}

export interface Option {
  id: number;
  displayName: string;
  values: OptionValue[];
}

export interface Variant {
  id: number;
  productId: number;
  sku: string;
  /** V2 SKU id; null for a base variant (4.1). */
  skuId: number | null;
  upc: string;
  gtin: string;
  isPurchasingDisabled: boolean;
  /** Null inherits the product's (4.3). */
  price: number | null;
  salePrice: number | null;
  costPrice: number | null;
  /** Which value of which option; empty for a base variant. */
  optionValues: { optionId: number; valueId: number }[];
}

export interface Product {
  id: number;
  name: string;
  type: 'physical' | 'digital';
  sku: string;
  description: string;
  upc: string;
  price: number;
  salePrice: number;
  costPrice: number;
  retailPrice: number;
  taxClassId: number;
  weight: number;
  categories: number[];
  isVisible: boolean;
  availability: 'available' | 'disabled' | 'preorder';
  tracking: Tracking;
  totalSold: number;
  channelIds: number[];
  options: Option[];
  /** Ids, oldest first; a simple product has exactly its base variant. */
  variantIds: number[];
  /** Null once the product has real variants (4.1). */
  baseVariantId: number | null;
  gtin: string;
  sortOrder: number;
  modifiers: Modifier[];
  createdAtMs: number;
  modifiedAtMs: number;
}

/** A choice of the shopper that makes no variant and holds no stock (4.1). */
export interface Modifier {
  id: number;
  displayName: string;
  type: string;
  required: boolean;
  sortOrder: number;
  /** `price` is added to the product's, ten-thousandths; null changes nothing. */
  values: {
    id: number;
    label: string;
    isDefault: boolean;
    sortOrder: number;
    price: number | null;
  }[];
}

export interface Category {
  id: number;
  uuid: string;
  treeId: number;
  parentId: number;
  name: string;
  description: string;
  isVisible: boolean;
  sortOrder: number;
}

/** One level at one location. `onHand` null: never had an absolute adjustment, shown as 0 (6.4). */
export interface StockRecord {
  onHand: number | null;
  /**
   * What reads showed before, newest last: the level was `onHand` until `untilMs` (6.3,
   * asynchronous).
   */
  past: { onHand: number | null; untilMs: number }[];
  safetyStock: number;
  isInStock: boolean;
  warningLevel: number;
  binPickingNumber: string;
}

export interface Hook {
  id: number;
  clientId: string;
  scope: string;
  destination: string;
  headers: Record<string, string> | null;
  isActive: boolean;
  /** Switched off by the platform, not by the client (2.4). */
  deactivated: boolean;
  createdAtMs: number;
  updatedAtMs: number;
  lastActivityAtMs: number;
}

/** What a webhook carries beside its hash (bigcommerce.md 2.2). */
export interface Envelope {
  scope: string;
  store_id: string;
  data: unknown;
  created_at: number;
  producer: string;
}

/**
 * One webhook on its way; kept until acknowledged or given up, so that a snapshot does not lose it.
 */
export interface Delivery {
  id: number;
  hash: string;
  hookId: number;
  messageId: string;
  envelope: Envelope;
  /** When the event happened; also the signature's time unless retries refresh it. */
  signedAtMs: number;
  dueAtMs: number;
  attempts: number;
  /** The hook as it was, for a delivery that outlives it: the one that tells of the uninstall. */
  lastHook?: Hook;
}

export interface DomainScore {
  /** The last two minutes of attempts, oldest first. */
  attempts: { atMs: number; ok: boolean; failure: string }[];
  blockedUntilMs: number;
  failures: { description: string; count: number; atMs: number }[];
}

export interface InventorySettings {
  product_out_of_stock_behavior: string | null;
  option_out_of_stock_behavior: string | null;
  update_stock_behavior: 'order_placed' | 'order_completed_or_shipped' | null;
  edit_order_stock_adjustment: boolean | null;
  refund_order_stock_adjustment: boolean | null;
  stock_level_display: string | null;
  default_out_of_stock_message: string | null;
  hide_in_product_filtering: boolean | null;
  show_pre_order_stock_levels: boolean | null;
  show_out_of_stock_message: boolean | null;
}

export interface Store {
  hash: string;
  /** The numeric id webhooks carry. */
  storeId: number;
  accountUuid: string;
  name: string;
  plan: Plan;
  currency: string;
  decimalPlaces: number;
  isPriceEnteredWithTax: boolean;
  timeZone: string;
  /** What the store charges on what its shoppers buy; empty: no tax. */
  taxRates: TaxRate[];
  owner: Person;
  users: Person[];
  /** The app's present token; null while the app is not installed. */
  token: { value: string; scopes: string[] } | null;
  /** Tokens that once worked and were lost by an uninstall. */
  lostTokens: string[];
  settings: InventorySettings;
  channelSettings: Record<number, InventorySettings>;
  locations: Record<number, Location>;
  channels: Record<number, Channel>;
  products: Record<number, Product>;
  variants: Record<number, Variant>;
  categories: Record<number, Category>;
  /** Keyed by `stockKey`. */
  stock: Record<string, StockRecord>;
  orders: Record<number, Order>;
  hooks: Record<number, Hook>;
  hookEmails: string[];
  /** Destination to when its last 90001 exception hook was sent. */
  exceptionsAtMs: Record<string, number>;
  customers: Record<number, Customer>;
  nextIds: Record<string, number>;
}

export interface BigCommerceState {
  stores: Record<string, Store>;
  grants: Grant[];
  deliveries: Record<number, Delivery>;
  /** Keyed by destination host. */
  domains: Record<string, DomainScore>;
  /** Hooks have ids across all stores. */
  nextIds: Record<string, number>;
}

export function emptyState(): BigCommerceState {
  return { stores: {}, grants: [], deliveries: {}, domains: {}, nextIds: {} };
}

/** The next id of a kind; each kind starts at its own number, so that mixed-up ids are noticed. */
export function nextId(
  owner: { nextIds: Record<string, number> },
  kind: string,
  first: number,
): number {
  const id = owner.nextIds[kind] ?? first;
  owner.nextIds[kind] = id + 1;
  return id;
}

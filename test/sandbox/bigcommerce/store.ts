/** GET /v2/store and /v2/time, and the making of a store (bigcommerce.md 11). */
import { seconds } from './clock.ts';
import { randomHex, uuid } from './crypto.ts';
import { ok } from './errors.ts';
import { addLocation } from './locations.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import { DEFAULT_INVENTORY_SETTINGS } from './settings.ts';
import { nextId } from './state.ts';
import type { Channel, InventorySettings, Person, Plan, Store, TaxRate } from './state.ts';

export interface StoreInput {
  hash?: string;
  name?: string;
  plan?: Plan;
  currency?: string;
  decimalPlaces?: number;
  isPriceEnteredWithTax?: boolean;
  timeZone?: string;
  owner?: Person;
  settings?: Partial<InventorySettings>;
  /** One tax on everything, or several; left out: none. */
  taxRates?: readonly TaxRate[];
}

/**
 * Opens a store with the storefront channel 1 and the default location 1; the app is not installed
 * yet.
 */
export function createStore(platform: Platform, input: StoreInput): Store {
  const { runtime, state } = platform;
  const hash = input.hash ?? randomHex(runtime, 8);
  if (!/^[a-z0-9]+$/.test(hash)) throw new Error(`Not a store hash: ${hash}`);
  if (state.stores[hash] !== undefined) throw new Error(`The store ${hash} exists`);
  const owner = input.owner ?? { id: 7_654_321, email: `owner@${hash}.example.com` };
  const store: Store = {
    hash,
    storeId: nextId(state, 'store', 1_025_646),
    accountUuid: uuid(runtime),
    name: input.name ?? `Store ${hash}`,
    plan: input.plan ?? 'Standard',
    currency: input.currency ?? 'USD',
    decimalPlaces: input.decimalPlaces ?? 2,
    isPriceEnteredWithTax: input.isPriceEnteredWithTax ?? false,
    timeZone: input.timeZone ?? 'America/Chicago',
    taxRates: [...(input.taxRates ?? [])],
    owner,
    users: [owner],
    token: null,
    lostTokens: [],
    settings: { ...DEFAULT_INVENTORY_SETTINGS, ...input.settings },
    channelSettings: {},
    locations: {},
    channels: {},
    products: {},
    variants: {},
    categories: {},
    stock: {},
    orders: {},
    hooks: {},
    hookEmails: [],
    exceptionsAtMs: {},
    customers: {},
    nextIds: {},
  };
  state.stores[hash] = store;
  openChannel(platform, store, 1, {
    name: store.name,
    type: 'storefront',
    platform: 'bigcommerce',
  });
  addLocation(platform, store, { label: 'Default location' });
  return store;
}

export interface ChannelInput {
  name: string;
  type: Channel['type'];
  platform: string;
  externalId?: string;
  status?: Channel['status'];
  isVisible?: boolean;
  isListableFromUi?: boolean;
}

/** Adds a channel to a store, e.g. the register channel of a point of sale (12). */
export function addChannel(platform: Platform, store: Store, input: ChannelInput): Channel {
  return openChannel(platform, store, storeId(store, 'channel'), input);
}

function openChannel(platform: Platform, store: Store, id: number, input: ChannelInput): Channel {
  const nowMs = platform.runtime.now();
  const channel: Channel = {
    id,
    name: input.name,
    type: input.type,
    platform: input.platform,
    status: input.status ?? (input.type === 'storefront' ? 'active' : 'connected'),
    externalId: input.externalId ?? '',
    isVisible: input.isVisible ?? true,
    isListableFromUi: input.isListableFromUi ?? true,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
  };
  store.channels[id] = channel;
  return channel;
}

function view(store: Store): Record<string, unknown> {
  const domain = `store-${store.hash}.mybigcommerce.com`;
  return {
    id: store.hash,
    account_uuid: store.accountUuid,
    domain,
    secure_url: `https://${domain}`,
    control_panel_base_url: `https://${domain}`,
    status: 'live',
    name: store.name,
    first_name: 'Jane',
    last_name: 'Doe',
    address: '555 East Street, Austin, Texas 78108',
    country: 'United States',
    country_code: 'US',
    infrastructure_region: 'us-central1',
    phone: '555-123-4567',
    admin_email: store.owner.email,
    order_email: store.owner.email,
    favicon_url: '',
    timezone: {
      name: store.timeZone,
      raw_offset: -21_600,
      dst_offset: -18_000,
      dst_correction: true,
      date_format: { display: 'M jS Y', export: 'M jS Y', extended_display: 'M jS Y @ g:i A' },
    },
    language: 'en',
    currency: store.currency,
    currency_symbol: '$',
    decimal_separator: '.',
    thousands_separator: ',',
    decimal_places: store.decimalPlaces,
    currency_symbol_location: 'left',
    weight_units: 'Ounces',
    dimension_units: 'Inches',
    dimension_decimal_places: 2,
    dimension_decimal_token: '.',
    dimension_thousands_token: ',',
    plan_name: store.plan,
    plan_level: store.plan,
    plan_is_trial: false,
    industry: 'Technology',
    logo: [],
    is_price_entered_with_tax: store.isPriceEnteredWithTax,
    store_id: store.storeId,
    default_channel_id: 1,
    default_site_id: 1000,
    active_comparison_modules: [],
    features: {
      stencil_enabled: true,
      sitewidehttps_enabled: true,
      facebook_catalog_id: '',
      checkout_type: 'optimized',
      wishlists_enabled: true,
      graphql_storefront_api_enabled: true,
      shopper_consent_tracking_enabled: true,
      multi_storefront_enabled: false,
      storefront_limits: { active: 1, total_including_inactive: 1 },
    },
  };
}

export const storeRoutes: readonly Route[] = [
  {
    method: 'GET',
    version: 'v2',
    path: '/store',
    scopes: reading('store_v2_information'),
    handle: (call: Call) => ok(view(call.store)),
  },
  {
    method: 'GET',
    version: 'v2',
    path: '/time',
    scopes: [],
    handle: (call: Call) => ok({ time: seconds(call.platform.runtime.now()) }),
  },
];

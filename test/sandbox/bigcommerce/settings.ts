/**
 * GET/PUT /v3/settings/inventory, global or of one channel, where null inherits (bigcommerce.md
 * 6.5).
 */
import { data, Refusal } from './errors.ts';
import { integer } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { InventorySettings, Store } from './state.ts';

export const DEFAULT_INVENTORY_SETTINGS: InventorySettings = {
  product_out_of_stock_behavior: 'do_nothing',
  option_out_of_stock_behavior: 'do_nothing',
  update_stock_behavior: 'order_placed',
  edit_order_stock_adjustment: true,
  refund_order_stock_adjustment: false,
  stock_level_display: 'dont_show',
  default_out_of_stock_message: 'Currently out of stock',
  hide_in_product_filtering: false,
  show_pre_order_stock_levels: false,
  show_out_of_stock_message: false,
};

const INHERITED: InventorySettings = {
  product_out_of_stock_behavior: null,
  option_out_of_stock_behavior: null,
  update_stock_behavior: null,
  edit_order_stock_adjustment: null,
  refund_order_stock_adjustment: null,
  stock_level_display: null,
  default_out_of_stock_message: null,
  hide_in_product_filtering: null,
  show_pre_order_stock_levels: null,
  show_out_of_stock_message: null,
};

const CHOICES: Partial<Record<keyof InventorySettings, readonly string[]>> = {
  product_out_of_stock_behavior: [
    'do_nothing',
    'hide_product',
    'hide_product_and_accessible',
    'hide_product_and_redirect',
  ],
  option_out_of_stock_behavior: ['do_nothing', 'hide_option', 'label_option'],
  update_stock_behavior: ['order_placed', 'order_completed_or_shipped'],
  stock_level_display: ['dont_show', 'show', 'show_when_low'],
};

/**
 * The settings that hold for orders of a channel; manual orders go by the global ones, channel
 * undefined.
 */
export function inventorySettings(store: Store, channelId?: number): InventorySettings {
  const own = channelId === undefined ? undefined : store.channelSettings[channelId];
  const overrides = Object.entries(own ?? {}).filter(([, value]) => value !== null);
  return { ...store.settings, ...Object.fromEntries(overrides) };
}

function channelOf(call: Call): number | undefined {
  const channelId = integer(call, 'channel_id');
  if (channelId !== undefined && call.store.channels[channelId] === undefined) {
    throw new Refusal(422, 'Unknown channel', { errors: { channel_id: 'Unknown channel' } });
  }
  return channelId;
}

function read(call: Call): Response {
  const channelId = channelOf(call);
  if (channelId === undefined) return data(call.store.settings);
  return data(call.store.channelSettings[channelId] ?? INHERITED);
}

function isValid(name: keyof InventorySettings, value: unknown, global: boolean): boolean {
  if (value === null) return !global;
  const choices = CHOICES[name];
  if (choices !== undefined) return typeof value === 'string' && choices.includes(value);
  return typeof value === typeof DEFAULT_INVENTORY_SETTINGS[name];
}

function write(call: Call): Response {
  const channelId = channelOf(call);
  const { body, store } = call;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal(422, 'JSON data is missing or invalid', { errors: {} });
  }
  const errors: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    const known = name in DEFAULT_INVENTORY_SETTINGS;
    if (!known || !isValid(name as keyof InventorySettings, value, channelId === undefined)) {
      errors[name] = 'Invalid value';
    }
  }
  if (Object.keys(errors).length > 0) throw new Refusal(422, 'Invalid settings', { errors });
  if (channelId === undefined) {
    Object.assign(store.settings, body);
  } else {
    store.channelSettings[channelId] = {
      ...(store.channelSettings[channelId] ?? INHERITED),
      ...(body as Partial<InventorySettings>),
    };
  }
  return read(call);
}

export const settingsRoutes: readonly Route[] = [
  {
    method: 'GET',
    version: 'v3',
    path: '/settings/inventory',
    scopes: reading('store_v2_information'),
    query: ['channel_id'],
    handle: read,
  },
  {
    method: 'PUT',
    version: 'v3',
    path: '/settings/inventory',
    scopes: ['store_v2_information'],
    query: ['channel_id'],
    handle: write,
  },
];

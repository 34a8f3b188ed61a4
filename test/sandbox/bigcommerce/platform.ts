/**
 * What every resource of the sandbox works with: the world, the memory, the switches and the app it
 * serves.
 */
import type { SandboxRuntime } from '../runtime.ts';
import { nextId } from './state.ts';
import type { BigCommerceState, Store } from './state.ts';
import type { BigCommerceSwitches } from './switches.ts';

export interface Platform {
  readonly runtime: SandboxRuntime;
  readonly state: BigCommerceState;
  readonly switches: BigCommerceSwitches;
  readonly app: AppProfile;
}

/** The app as registered in the Developer Portal. */
export interface AppProfile {
  clientId: string;
  clientSecret: string;
  /** Origin of the relay; its callbacks lie under /bigcommerce. */
  origin: string;
  /** What every merchant grants; picking is not possible (bigcommerce.md 1.5). */
  scopes: string[];
}

/** Scopes of the connector (bigcommerce.md 1.5). */
export const APP_SCOPES: readonly string[] = [
  'store_v2_products',
  'store_inventory',
  'store_locations',
  'store_v2_orders',
  'store_v2_transactions',
  'store_v2_customers',
  'store_v2_information',
  'store_channel_settings',
];

export function storeOf(platform: Platform, hash: string): Store {
  const store = platform.state.stores[hash];
  if (store === undefined) throw new Error(`The sandbox has no store ${hash}`);
  return store;
}

/** The next id of a kind within one store. */
export function storeId(store: Store, kind: keyof typeof FIRST_IDS): number {
  return nextId(store, kind, FIRST_IDS[kind]);
}

/** Far apart, so that an id taken for another kind's never matches by luck. */
const FIRST_IDS = {
  product: 111,
  variant: 1_001,
  sku: 460_001,
  option: 5_001,
  optionValue: 7_001,
  modifier: 5_501,
  modifierValue: 7_501,
  category: 23,
  order: 218,
  orderLine: 9_001,
  orderAddress: 3_001,
  orderFee: 21,
  orderCoupon: 31,
  customer: 51,
  customerAddress: 6_001,
  transaction: 80_001,
  refund: 11,
  refundPayment: 611,
  location: 1,
  channel: 1_000_001,
};

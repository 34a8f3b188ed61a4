/** The store itself and the settings that decide when orders move stock. */
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import { oneOf, wireInventorySettings, wireStore } from './wire.ts';
import type * as v from 'valibot';

export interface StoreInfo {
  /** Store hash, also the connection's id. */
  readonly storeHash: string;
  readonly name: string;
  /** `live`, `down_for_maintenance`, … */
  readonly status: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly decimalPlaces: number;
  /** IANA name; `UTC` when the store tells none. */
  readonly timeZone: string;
  /** `Standard`, `Plus`, `Pro`, `Enterprise`, …: decides the quota (bigcommerce.md 3.1). */
  readonly planLevel: string;
  readonly pricesIncludeTax: boolean;
  readonly defaultChannelId: number;
}

export function storeRequest(): PlatformRequest<v.InferOutput<typeof wireStore>> {
  return { operation: 'store.get', method: 'GET', path: '/v2/store', accepts: wireStore };
}

export function readStore(wire: v.InferOutput<typeof wireStore>): StoreInfo {
  return {
    storeHash: wire.id,
    name: wire.name,
    status: wire.status,
    currency: wire.currency,
    decimalPlaces: wire.decimal_places ?? 2,
    timeZone: wire.timezone?.name || 'UTC',
    planLevel: wire.plan_level || wire.plan_name,
    pricesIncludeTax: wire.is_price_entered_with_tax ?? false,
    defaultChannelId: wire.default_channel_id ?? 1,
  };
}

/** The store's facts (bigcommerce.md 11). Failures: those of `session.call`. */
export async function getStore(session: BigCommerceSession): Promise<Result<StoreInfo, Failure>> {
  const answer = await session.call(storeRequest());
  return answer.ok ? ok(readStore(answer.value.body)) : answer;
}

export interface InventorySettings {
  /** When orders take stock (bigcommerce.md 6.5). */
  readonly takesStock: 'order_placed' | 'order_completed_or_shipped';
  readonly editsMoveStock: boolean;
  /** A status change to cancelled or refunded puts stock back; the refund action never does. */
  readonly cancelRestocks: boolean;
}

function inventorySettingsRequest(): PlatformRequest<v.InferOutput<typeof wireInventorySettings>> {
  return {
    operation: 'settings.inventory',
    method: 'GET',
    path: '/v3/settings/inventory',
    accepts: oneOf(wireInventorySettings),
  };
}

function readInventorySettings(
  wire: v.InferOutput<typeof wireInventorySettings>,
): InventorySettings {
  return {
    takesStock:
      wire.update_stock_behavior === 'order_completed_or_shipped'
        ? 'order_completed_or_shipped'
        : 'order_placed',
    editsMoveStock: wire.edit_order_stock_adjustment ?? false,
    cancelRestocks: wire.refund_order_stock_adjustment ?? false,
  };
}

/** The store-wide inventory settings. Failures: those of `session.call`. */
export async function getInventorySettings(
  session: BigCommerceSession,
): Promise<Result<InventorySettings, Failure>> {
  const answer = await session.call(inventorySettingsRequest());
  return answer.ok ? ok(readInventorySettings(answer.value.body)) : answer;
}

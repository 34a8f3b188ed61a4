/** A merchant's facts, switches and devices (clover.md 7, 4.2). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, wireDevice, wireMerchant, type WireMerchant } from './wire.ts';

export interface Merchant {
  readonly merchantId: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly locale: string;
  /** Clover counts stock at all. */
  readonly trackStock: boolean;
  /** Sales lower the count. Off: perhaps another app owns the count. */
  readonly updateStock: boolean;
  /** Prices include tax. */
  readonly vat: boolean;
  /** Decides about variants and modifiers (clover.md 1); empty when Clover tells none. */
  readonly planCode: string;
}

export function merchantRequest(): PlatformRequest<WireMerchant> {
  return {
    operation: 'merchant.get',
    method: 'GET',
    path: '',
    query: { expand: 'properties' },
    accepts: wireMerchant,
  };
}

/** `malformed_answer` when the answer is another merchant's or lacks the properties that stock depends on. */
export function readMerchant(wire: WireMerchant, merchantId: string): Result<Merchant, Failure> {
  if (wire.id !== merchantId) {
    const message = 'clover answered with another merchant than the one that was asked for.';
    return fail({ code: 'malformed_answer', message });
  }
  const { properties } = wire;
  if (properties === null) {
    const message = 'clover answered without the merchant properties.';
    return fail({ code: 'malformed_answer', message });
  }
  return ok({
    merchantId: wire.id,
    name: wire.name,
    currency: properties.defaultCurrency ?? wire.defaultCurrency ?? 'USD',
    timeZone: properties.timezone ?? 'UTC',
    locale: properties.locale ?? '',
    trackStock: properties.trackStock ?? false,
    updateStock: properties.updateStock ?? false,
    vat: properties.vat ?? false,
    planCode: wire.merchantPlan?.planCode ?? wire.merchantPlan?.name ?? '',
  });
}

/**
 * The merchant that the session's token belongs to: also the proof that a launch's `merchant_id` is true
 * (clover.md 1). Failures: those of `session.call` and `malformed_answer`.
 */
export async function getMerchant(session: CloverSession): Promise<Result<Merchant, Failure>> {
  const answer = await session.call(merchantRequest());
  return answer.ok ? readMerchant(answer.value.body, session.account) : answer;
}

/** A register or terminal. */
export interface Device {
  readonly deviceId: string;
  /** Empty when nobody named it. */
  readonly name: string;
  readonly serial: string;
}

const DEVICE_LIST = elementsOf(wireDevice);

function devicesRequest(): PlatformRequest<v.InferOutput<typeof DEVICE_LIST>> {
  return {
    operation: 'devices.list',
    method: 'GET',
    path: '/devices',
    query: { limit: CLOVER_PAGE },
    accepts: DEVICE_LIST,
  };
}

/** The merchant's devices; none where no hardware is provisioned. Failures: those of `session.call`. */
export async function getDevices(
  session: CloverSession,
): Promise<Result<readonly Device[], Failure>> {
  const answer = await session.call(devicesRequest());
  if (!answer.ok) return answer;
  return ok(
    answer.value.body.elements.map(({ id, name, serial }) => ({ deviceId: id, name, serial })),
  );
}

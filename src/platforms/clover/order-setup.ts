/** What a merchant's account needs once before web orders go there: tenders and an order type (clover.md 5.3, 5.5). */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import { readServiceCharge, type CloverServiceCharge } from './order-money.ts';
import type { CloverSession } from './session.ts';
import { elementsOf } from './wire.ts';
import {
  wireOrderType,
  wireServiceCharge,
  wireTender,
  type WireOrderType,
  type WireServiceCharge,
  type WireTender,
} from './wire-money.ts';

export interface Tender {
  readonly tenderId: string;
  readonly label: string;
  /** Ours begin with our own domain; Clover's with `com.clover.` (clover.md 5.5). */
  readonly labelKey: string;
  readonly isEnabled: boolean;
}

const readTender = (wire: WireTender): Tender => ({
  tenderId: wire.id,
  label: wire.label,
  labelKey: wire.labelKey,
  isEnabled: wire.enabled ?? false,
});

const TENDER_LIST = elementsOf(wireTender);

function tendersRequest(): PlatformRequest<v.InferOutput<typeof TENDER_LIST>> {
  return {
    operation: 'tenders.list',
    method: 'GET',
    path: '/tenders',
    query: { limit: CLOVER_PAGE, forceRealTime: true },
    accepts: TENDER_LIST,
  };
}

/** All tenders, Clover's own among them. Label keys are not documented to be unique. */
export async function getTenders(
  session: CloverSession,
): Promise<Result<readonly Tender[], Failure>> {
  const answer = await session.call(tendersRequest());
  return answer.ok ? ok(answer.value.body.elements.map(readTender)) : answer;
}

function createTenderRequest(label: string, labelKey: string): PlatformRequest<WireTender> {
  return {
    operation: 'tenders.create',
    method: 'POST',
    path: '/tenders',
    body: { label, labelKey, enabled: true, visible: true, opensCashDrawer: false },
    accepts: wireTender,
  };
}

/** A tender of our own; look with `getTenders` first. May need MERCHANT_W (clover.md 10): `permission_missing`. */
export async function createTender(
  session: CloverSession,
  label: string,
  labelKey: string,
): Promise<Result<Tender, Failure>> {
  const answer = await session.call(createTenderRequest(label, labelKey));
  return answer.ok ? ok(readTender(answer.value.body)) : answer;
}

export interface OrderType {
  readonly orderTypeId: string;
  readonly label: string;
  readonly isTaxable: boolean;
}

const readOrderType = (wire: WireOrderType): OrderType => ({
  orderTypeId: wire.id,
  label: wire.label,
  isTaxable: wire.taxable ?? true,
});

const ORDER_TYPE_LIST = elementsOf(wireOrderType);

function orderTypesRequest(): PlatformRequest<v.InferOutput<typeof ORDER_TYPE_LIST>> {
  return {
    operation: 'order_types.list',
    method: 'GET',
    path: '/order_types',
    query: { limit: CLOVER_PAGE, forceRealTime: true },
    accepts: ORDER_TYPE_LIST,
  };
}

/** The merchant's order types. Labels are not documented to be unique. */
export async function getOrderTypes(
  session: CloverSession,
): Promise<Result<readonly OrderType[], Failure>> {
  const answer = await session.call(orderTypesRequest());
  return answer.ok ? ok(answer.value.body.elements.map(readOrderType)) : answer;
}

function createOrderTypeRequest(label: string): PlatformRequest<WireOrderType> {
  return {
    operation: 'order_types.create',
    method: 'POST',
    path: '/order_types',
    body: { label, taxable: true },
    accepts: wireOrderType,
  };
}

/** An order type of our own; look with `getOrderTypes` first. May need MERCHANT_W (clover.md 10): `permission_missing`. */
export async function createOrderType(
  session: CloverSession,
  label: string,
): Promise<Result<OrderType, Failure>> {
  const answer = await session.call(createOrderTypeRequest(label));
  return answer.ok ? ok(readOrderType(answer.value.body)) : answer;
}

function serviceChargeRequest(): PlatformRequest<WireServiceCharge> {
  return {
    operation: 'merchant.service_charge',
    method: 'GET',
    path: '/default_service_charge',
    accepts: wireServiceCharge,
  };
}

/** The charge that registers add to orders when it is enabled. `not_found` where a merchant has none. */
export async function getServiceCharge(
  session: CloverSession,
): Promise<Result<CloverServiceCharge, Failure>> {
  const answer = await session.call(serviceChargeRequest());
  return answer.ok ? ok(readServiceCharge(answer.value.body)) : answer;
}

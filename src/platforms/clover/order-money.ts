/**
 * What an order says about money (clover.md 5): terms, priced lines, payments, refunds. Each is a call of its own, because
 * a call expands three fields at most and nested lists are cut at 100 without a word (clover.md 0).
 */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_ORDER_LINES_MAX, CLOVER_PAGE, ORDER_FEED_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import { readRefund, type CloverRefund } from './refunds.ts';
import type { CloverSession } from './session.ts';
import { elementsOf } from './wire.ts';
import {
  wireOrderRefunds,
  wireOrderTerms,
  wirePricedLine,
  type WireDiscount,
  type WireOrderTerms,
  type WirePricedLine,
  type WireServiceCharge,
} from './wire-money.ts';

/** Either an amount or a part of what it stands on. */
export interface CloverDiscount {
  readonly discountId: string | null;
  readonly name: string;
  /** Taken off, minor units, zero or more; 0 for a percentage. */
  readonly amountOff: number;
  /** Percent times 10,000; 0 for an amount. */
  readonly percentageDecimal: number;
}

export interface CloverServiceCharge {
  readonly chargeId: string;
  readonly name: string;
  readonly isEnabled: boolean;
  /** Percent times 10,000. */
  readonly percentageDecimal: number;
}

export interface OrderTerms {
  readonly orderId: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly title: string;
  readonly note: string;
  readonly state: string | null;
  readonly paymentState: string | null;
  /** Minor units; on orders made over the API whatever the app posted (clover.md 5.3). */
  readonly total: number;
  readonly isTest: boolean;
  readonly taxRemoved: boolean;
  /** Prices include tax. */
  readonly isVat: boolean;
  readonly externalReferenceId: string | null;
  readonly orderTypeId: string | null;
  readonly employeeId: string | null;
  readonly deviceId: string | null;
  readonly isDeleted: boolean;
  /** Epoch milliseconds. */
  readonly createdMs: number | null;
  readonly modifiedMs: number | null;
  /** Of the whole order; those of lines stand with the lines. */
  readonly discounts: readonly CloverDiscount[];
  readonly serviceCharge: CloverServiceCharge | null;
  readonly customerIds: readonly string[];
}

function readDiscount(wire: WireDiscount): CloverDiscount {
  const percentage = wire.percentageDecimal ?? (wire.percentage ?? 0) * 10_000;
  return {
    discountId: wire.id,
    name: wire.name,
    amountOff: wire.amount === null ? 0 : Math.abs(wire.amount),
    percentageDecimal: percentage,
  };
}

export function readServiceCharge(wire: WireServiceCharge): CloverServiceCharge {
  return {
    chargeId: wire.id,
    name: wire.name,
    isEnabled: wire.enabled ?? false,
    percentageDecimal: wire.percentageDecimal ?? (wire.percentage ?? 0) * 10_000,
  };
}

function readTerms(wire: WireOrderTerms): OrderTerms {
  return {
    orderId: wire.id,
    currency: wire.currency,
    title: wire.title,
    note: wire.note,
    state: wire.state,
    paymentState: wire.paymentState,
    total: wire.total ?? 0,
    isTest: wire.testMode ?? false,
    taxRemoved: wire.taxRemoved ?? false,
    isVat: wire.isVat ?? false,
    externalReferenceId: wire.externalReferenceId,
    orderTypeId: wire.orderType?.id ?? null,
    employeeId: wire.employee?.id ?? null,
    deviceId: wire.device?.id ?? null,
    isDeleted: (wire.deletedTimestamp ?? 0) > 0,
    createdMs: wire.createdTime,
    modifiedMs: wire.modifiedTime,
    discounts: (wire.discounts?.elements ?? []).map(readDiscount),
    serviceCharge: wire.serviceCharge === null ? null : readServiceCharge(wire.serviceCharge),
    customerIds: (wire.customers?.elements ?? []).map(({ id }) => id),
  };
}

const TERMS_EXPANDED = 'discounts,serviceCharge,customers';
const orderPath = (orderId: string): string => `/orders/${encodeURIComponent(orderId)}`;

function termsRequest(orderId: string): PlatformRequest<WireOrderTerms> {
  return {
    operation: 'orders.terms',
    method: 'GET',
    path: orderPath(orderId),
    query: { expand: TERMS_EXPANDED, forceRealTime: true },
    accepts: wireOrderTerms,
  };
}

/** One order without lines and payments, from the primary. `not_found` for an unknown or deleted order. */
export async function getOrderTerms(
  session: CloverSession,
  orderId: string,
): Promise<Result<OrderTerms, Failure>> {
  const answer = await session.call(termsRequest(orderId));
  return answer.ok ? ok(readTerms(answer.value.body)) : answer;
}

const TERMS_LIST = elementsOf(wireOrderTerms);

function findOrdersRequest(filter: string): PlatformRequest<v.InferOutput<typeof TERMS_LIST>> {
  return {
    operation: 'orders.find',
    method: 'GET',
    path: '/orders',
    query: { filter, expand: TERMS_EXPANDED, forceRealTime: true },
    accepts: TERMS_LIST,
  };
}

async function findOrders(
  session: CloverSession,
  filter: string,
): Promise<Result<readonly OrderTerms[], Failure>> {
  const answer = await session.call(findOrdersRequest(filter));
  return answer.ok ? ok(answer.value.body.elements.map(readTerms)) : answer;
}

/**
 * Orders that carry this reference, newest first, from the primary: what a create whose answer got lost may have left.
 * Sees neither deleted nor hidden orders, and the last 90 days only (clover.md 5.1).
 */
export function findOrdersByReference(
  session: CloverSession,
  externalReferenceId: string,
): Promise<Result<readonly OrderTerms[], Failure>> {
  return findOrders(session, `externalReferenceId=${externalReferenceId}`);
}

/** As `findOrdersByReference`, by the title: a create may ignore the reference that a later update sets (clover.md 5.3). */
export function findOrdersByTitle(
  session: CloverSession,
  title: string,
): Promise<Result<readonly OrderTerms[], Failure>> {
  return findOrders(session, `title=${title}`);
}

/** A span of time, epoch milliseconds, the end left out. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

function termsPageRequest(
  span: TimeSpan,
  page: number,
): PlatformRequest<v.InferOutput<typeof TERMS_LIST>> {
  return {
    operation: 'orders.page',
    method: 'GET',
    path: '/orders',
    query: {
      filter: [`createdTime>=${span.fromMs}`, `createdTime<${span.untilMs}`],
      orderBy: 'createdTime ASC',
      expand: TERMS_EXPANDED,
      limit: ORDER_FEED_PAGE,
      offset: page * ORDER_FEED_PAGE,
    },
    accepts: TERMS_LIST,
  };
}

export interface OrderTermsPage {
  readonly orders: readonly OrderTerms[];
  readonly isLast: boolean;
}

/** One page, counted from 0, of orders made in a span of the last 90 days, oldest first, deleted ones left out. */
export async function getOrderTermsPage(
  session: CloverSession,
  span: TimeSpan,
  page: number,
): Promise<Result<OrderTermsPage, Failure>> {
  const answer = await session.call(termsPageRequest(span, page));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({ orders: elements.map(readTerms), isLast: elements.length < ORDER_FEED_PAGE });
}

// --- Lines ---------------------------------------------------------------------------------------------------------

export interface LineTax {
  readonly taxRateId: string | null;
  readonly name: string;
  /** 10,000,000 is 100 %. */
  readonly rate: number;
  /** A flat tax, minor units; 0 for a rate. */
  readonly taxAmount: number;
}

export interface PricedLine {
  readonly lineItemId: string;
  /** null for a line typed in by hand; may name an item that was deleted since. */
  readonly itemId: string | null;
  readonly name: string;
  /** Minor units, of one unit, before modifications and discounts. */
  readonly price: number;
  /** Thousandths of a unit, for items sold by weight or length only. */
  readonly unitQty: number | null;
  readonly note: string;
  /** What an app wrote for itself; empty otherwise. */
  readonly userData: string;
  readonly isRefunded: boolean;
  readonly isExchanged: boolean;
  readonly isRevenue: boolean;
  readonly discounts: readonly CloverDiscount[];
  readonly modifications: readonly { readonly name: string; readonly amount: number }[];
  readonly taxRates: readonly LineTax[];
}

function readLine(wire: WirePricedLine): PricedLine {
  return {
    lineItemId: wire.id,
    itemId: wire.item?.id ?? null,
    name: wire.name,
    price: wire.price ?? 0,
    unitQty: wire.unitQty,
    note: wire.note,
    userData: wire.userData,
    isRefunded: wire.refunded ?? false,
    isExchanged: wire.exchanged ?? false,
    isRevenue: wire.isRevenue ?? true,
    discounts: (wire.discounts?.elements ?? []).map(readDiscount),
    modifications: (wire.modifications?.elements ?? []).map(({ name, amount }) => ({
      name,
      amount: amount ?? 0,
    })),
    taxRates: (wire.taxRates?.elements ?? []).map((tax) => ({
      taxRateId: tax.id,
      name: tax.name,
      rate: tax.rate ?? 0,
      taxAmount: tax.taxAmount ?? 0,
    })),
  };
}

const LINE_LIST = elementsOf(wirePricedLine);

function linesRequest(
  orderId: string,
  offset: number,
): PlatformRequest<v.InferOutput<typeof LINE_LIST>> {
  return {
    operation: 'orders.priced_lines',
    method: 'GET',
    path: `${orderPath(orderId)}/line_items`,
    query: {
      expand: 'discounts,modifications,taxRates',
      limit: CLOVER_PAGE,
      offset,
      forceRealTime: true,
    },
    accepts: LINE_LIST,
  };
}

/** All lines of one order with what they cost, 1,000 a call; `too_large` beyond the limit of an order. */
export async function getPricedLines(
  session: CloverSession,
  orderId: string,
): Promise<Result<readonly PricedLine[], Failure>> {
  const lines = new Map<string, PricedLine>();
  for (let offset = 0; offset <= CLOVER_ORDER_LINES_MAX; offset += CLOVER_PAGE) {
    const answer = await session.call(linesRequest(orderId, offset));
    if (!answer.ok) return answer;
    const { elements } = answer.value.body;
    for (const wire of elements) lines.set(wire.id, readLine(wire));
    if (elements.length < CLOVER_PAGE) return ok([...lines.values()]);
  }
  return fail({ code: 'too_large', message: `Order ${orderId} has too many lines to read.` });
}

// --- Refunds -------------------------------------------------------------------------------------------------------

function refundsRequest(orderId: string): PlatformRequest<v.InferOutput<typeof wireOrderRefunds>> {
  return {
    operation: 'orders.refunds',
    method: 'GET',
    path: orderPath(orderId),
    query: { expand: 'refunds.lineItems', forceRealTime: true },
    accepts: wireOrderRefunds,
  };
}

/** The refunds of one order, the first 100 of them. `not_found` for an unknown or deleted order. */
export async function getOrderRefunds(
  session: CloverSession,
  orderId: string,
): Promise<Result<readonly CloverRefund[], Failure>> {
  const answer = await session.call(refundsRequest(orderId));
  if (!answer.ok) return answer;
  return ok((answer.value.body.refunds?.elements ?? []).map(readRefund));
}

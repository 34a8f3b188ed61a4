/** What the translation of a sale in store needs: the order as the register has it, and the linked variants. */
import type { Failure } from '../domain/failure.ts';
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import type { RegisterPayment, RegisterSale } from '../domain/orders/register-sale.ts';
import type { CatalogVariant, SaleOptions } from '../domain/orders/sale-plan.ts';
import { ok, type Result } from '../domain/result.ts';
import { componentsOf } from '../domain/stock/bundle-parts.ts';
import { getOrderTerms, getPricedLines, type PricedLine } from '../platforms/clover/order-money.ts';
import { getOrderPayments, type CloverPayment } from '../platforms/clover/payments.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import { findLinksByItem, type Link } from '../store/links.ts';
import { defaultLocationId, locationOfDevice, locationOfPlace } from './pools.ts';
import type { PushWorker } from './push-worker.ts';

/** What orders that we pushed refer to: their web order (S8). */
const OWN_REFERENCE = /^BC\d+$/;
const CASH_KEY = 'com.clover.tender.cash';

export interface SeenSale {
  readonly sale: RegisterSale;
  /** A web order that we pushed. */
  readonly isOwn: boolean;
  readonly deviceId: string | null;
  readonly isRefunded: boolean;
  readonly modifiedAtMs: number | null;
  readonly readStartedAtMs: number;
}

/** Terms, lines and payments: three calls, from the primary. `not_found` for an order that is gone. */
export async function readRegisterSale(
  worker: PushWorker,
  { merchantId, vat, currency }: CloverMerchant,
): Promise<Result<SeenSale, Failure>> {
  const { orderId, ports } = worker;
  const readStartedAtMs = ports.now();
  const session = worker.clover(merchantId);
  const terms = await getOrderTerms(session, orderId);
  if (!terms.ok) return terms;
  const lines = await getPricedLines(session, orderId);
  if (!lines.ok) return lines;
  const payments = await getOrderPayments(session, orderId);
  if (!payments.ok) return payments;
  const { value } = terms;
  const paidAtMs = payments.value.flatMap(({ isDone, createdMs }) =>
    isDone ? (createdMs ?? []) : [],
  );
  const sale: RegisterSale = {
    merchantId,
    orderId,
    currency: value.currency || currency,
    totalMinor: value.total,
    isTest: value.isTest,
    isDeleted: value.isDeleted,
    isVat: value.isVat || vat,
    taxRemoved: value.taxRemoved,
    note: value.note,
    soldAtMs: paidAtMs.length === 0 ? (value.createdMs ?? readStartedAtMs) : Math.max(...paidAtMs),
    lines: lines.value.map(saleLine),
    discounts: value.discounts,
    serviceCharge: value.serviceCharge?.isEnabled === false ? null : value.serviceCharge,
    payments: payments.value.map(salePayment),
  };
  return ok({
    sale,
    isOwn: OWN_REFERENCE.test(value.externalReferenceId ?? ''),
    deviceId: value.deviceId,
    isRefunded:
      /REFUNDED|CREDITED/.test(value.paymentState ?? '') ||
      lines.value.some(({ isRefunded }) => isRefunded),
    modifiedAtMs: value.modifiedMs,
    readStartedAtMs,
  });
}

function saleLine(line: PricedLine): RegisterSale['lines'][number] {
  const { lineItemId, itemId, name, note, unitQty, discounts, isExchanged, isRefunded } = line;
  return {
    lineItemId,
    itemId,
    name,
    note,
    unitQty,
    discounts,
    isExchanged,
    isRefunded,
    priceMinor: line.price,
    modifications: line.modifications.map((each) => ({
      name: each.name,
      amountMinor: each.amount,
    })),
    rates: line.taxRates.map((tax) => ({
      taxRateId: tax.taxRateId ?? `${tax.name}:${tax.rate}`,
      rate: tax.rate,
      flatMinor: tax.taxAmount,
    })),
  };
}

const salePayment = (payment: CloverPayment): RegisterPayment => ({
  tender: payment.tenderLabel,
  isCash: payment.tenderKey === CASH_KEY,
  amountMinor: payment.amount,
  tipMinor: payment.tipAmount,
  chargesMinor: payment.additionalCharges,
  taxMinor: payment.taxAmount,
  isDone: payment.isDone,
});

/** Active links of the sale's items. */
export async function linksOfSale(
  worker: PushWorker,
  { merchantId }: CloverMerchant,
  { sale }: SeenSale,
): Promise<readonly Link[]> {
  const itemIds = [
    ...new Set(sale.lines.flatMap(({ itemId }) => (itemId === null ? [] : [itemId]))),
  ];
  const links = await findLinksByItem(worker.ports.db, worker.connection.id, merchantId, itemIds);
  return links.filter(({ status }) => status === 'active');
}

/** The variant that an order may sell in the link's name: of the pool where orders take stock, and no bundle (S9). */
export function bookableVariant(
  connection: Connection,
  merchantId: MerchantId,
  deviceId: string | null,
  link: Link,
): CatalogVariant | null {
  const place = cloverPlace(merchantId);
  const soldAt =
    locationOfDevice(connection, merchantId, deviceId) ?? locationOfPlace(connection, place);
  const isHere = soldAt === defaultLocationId(connection);
  const isBundle = componentsOf(connection.settings.bundles, link.sku) !== undefined;
  if (!isHere || isBundle || link.status !== 'active') return null;
  return { productId: link.productId, variantId: link.variantId, sku: link.sku };
}

export function saleOptions(
  connection: Connection,
  { merchantId }: CloverMerchant,
  { deviceId }: SeenSale,
  links: readonly Link[],
): SaleOptions {
  const variants = links.flatMap((link) => {
    const variant = bookableVariant(connection, merchantId, deviceId, link);
    const items = link.items.filter((item) => item.merchantId === merchantId);
    return variant === null ? [] : items.map(({ itemId }) => [itemId, variant] as const);
  });
  return {
    storeCurrency: connection.currency,
    roundingMaxMinor: connection.settings.orders.webToClover.roundingMaxMinor,
    variants: new Map(variants),
  };
}

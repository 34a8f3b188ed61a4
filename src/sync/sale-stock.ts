/** What ledgers are told of a sale's order in BigCommerce, so that the sale moves the web's stock once (O5, S8). */
import { bigcommercePlace } from '../domain/ids.ts';
import type { SoldLine } from '../domain/orders/sale-state.ts';
import { saleReferenceOf, type SalePlan } from '../domain/orders/sale-plan.ts';
import type { PushedOrder } from '../domain/stock/api.ts';
import type { RegisterOrder } from '../platforms/clover/orders.ts';
import type { CloverMerchant } from '../store/connections.ts';
import type { Link } from '../store/links.ts';
import { stockPolicy } from './policy.ts';
import { defaultLocationId } from './pools.ts';
import type { PushWorker } from './push-worker.ts';
import { bookableVariant } from './sale-inputs.ts';
import type { Cause, Scope } from './scope.ts';

/** The order once BigCommerce has it. */
export interface MadeOrder {
  readonly orderId: number;
  readonly lines: readonly SoldLine[];
  /** By our clock. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

export interface SaleStock {
  /** Before an order is sent that takes stock. */
  before(plan: SalePlan): Promise<void>;
  /** When it was read back. */
  after(plan: SalePlan, made: MadeOrder): Promise<void>;
  /** No order takes this sale's stock: the web is lowered by us. */
  off(why: string): Promise<void>;
}

interface Given {
  readonly scope: Scope;
  readonly worker: Pick<PushWorker, 'connection' | 'eventId' | 'orderId'>;
  readonly merchant: Pick<CloverMerchant, 'merchantId'>;
  readonly links: readonly Link[];
}

export function saleStock(given: Given): SaleStock {
  return {
    before: (plan) => tell(given, (link) => unmade(given, unitsOf(plan, link))),
    after: (plan, made) => tell(given, (link) => madeOf(given, plan, made, link)),
    off: () => tell(given, () => ({ ...unmade(given, 0), isOff: true })),
  };
}

const unitsOf = ({ lines }: SalePlan, { variantId }: Link): number =>
  lines.reduce(
    (sum, line) => (line.variant?.variantId === variantId ? sum + line.quantity : sum),
    0,
  );

function unmade({ worker, merchant }: Given, units: number): PushedOrder {
  return {
    place: bigcommercePlace(defaultLocationId(worker.connection)),
    pushKey: saleReferenceOf(merchant.merchantId, worker.orderId),
    units,
    isMade: false,
    lines: [],
    addedAtMs: null,
    soldAtMs: null,
  };
}

function madeOf(given: Given, plan: SalePlan, made: MadeOrder, link: Link): PushedOrder {
  const own = plan.lines.filter(({ variant }) => variant?.variantId === link.variantId);
  const lines = own.flatMap(({ lineItemIds, quantity }) =>
    made.lines
      .filter((line) => line.lineItemIds[0] === lineItemIds[0])
      .map(({ webLineId }) => ({ saleKey: `bigcommerce:${made.orderId}:${webLineId}`, quantity })),
  );
  return {
    ...unmade(given, unitsOf(plan, link)),
    isMade: true,
    lines,
    addedAtMs: made.sentAtMs,
    soldAtMs: made.answeredAtMs,
  };
}

async function tell(
  { scope, worker, links }: Given,
  orderOf: (link: Link) => PushedOrder,
): Promise<void> {
  const { connection, eventId } = worker;
  const told = links.map(async (link) => {
    const order = orderOf(link);
    if (order.units === 0 && order.isOff !== true) return;
    const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
    scope.keep(await ledger.pushed(order, eventId, stockPolicy(connection, link.sku)));
  });
  await Promise.all(told);
}

/**
 * The sale is about to be counted: its order will take the web's stock, so the web's own lowering waits for it. Told
 * before the sale, and for a new sale only: one whose order is late has been waited for.
 */
export async function expectOrder(
  scope: Scope,
  { connection, eventId }: Cause,
  merchantId: CloverMerchant['merchantId'],
  order: RegisterOrder,
  links: readonly Link[],
): Promise<void> {
  const relay = scope.ports.objects.orderRelay(connection.id, 'clover', order.orderId);
  if ((await relay.viewPush()) !== null) return;
  const worker = { connection, eventId, orderId: order.orderId };
  const given = { scope, worker, merchant: { merchantId }, links };
  await tell(given, (link) => {
    const variant = bookableVariant(connection, merchantId, order.deviceId, link);
    const units = order.lines.filter(
      ({ itemId, isMeasured }) =>
        !isMeasured &&
        link.items.some((item) => item.merchantId === merchantId && item.itemId === itemId),
    ).length;
    return unmade(given, variant === null ? 0 : units);
  });
}

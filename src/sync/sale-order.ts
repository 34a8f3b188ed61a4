/**
 * A sale in store as BigCommerce's order, step by step (O3, O5): the intent is stored before the order is made, a lost
 * answer is looked for before anything is made again, and what is there in the end is read back.
 */
import type { Failure } from '../domain/failure.ts';
import { decimalText, minorDigits, moneyText, readExact, toMinor } from '../domain/money.ts';
import type { PushOutcome } from '../domain/orders/relay.ts';
import { isSameSale, matchLines, onlyFeesDiffer } from '../domain/orders/sale-match.ts';
import type { SalePlan, SalePlanLine } from '../domain/orders/sale-plan.ts';
import type { InStoreState } from '../domain/orders/sale-state.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  createOrder,
  findByExternalId,
  updateOrder,
  type NewOrder,
} from '../platforms/bigcommerce/order-writes.ts';
import { getSale, type Sale } from '../platforms/bigcommerce/sales.ts';
import type { CloverMerchant } from '../store/connections.ts';
import type { PushWorker } from './push-worker.ts';
import { channelOf, forgetChannel } from './sale-channel.ts';
import type { SeenSale } from './sale-inputs.ts';
import { bookRefunds } from './sale-refunds.ts';
import type { SaleStock } from './sale-stock.ts';

/** Completed: paid and taken along (bigcommerce.md 7.3). */
const COMPLETED_STATUS_ID = 10;

export interface Booking {
  readonly worker: PushWorker;
  readonly merchant: CloverMerchant;
  readonly seen: SeenSale;
  readonly plan: SalePlan;
  readonly stock: SaleStock;
}

/** Brings BigCommerce's order to the plan, making it when there is none, and then its refunds to the register's. */
export async function bookSale(booking: Booking): Promise<PushOutcome> {
  const { worker, seen } = booking;
  const outcome = await bookOrder(booking);
  const { inStore } = worker.current();
  if (outcome.end !== 'pushed' || inStore === undefined) return outcome;
  const refunded = await bookRefunds(worker, seen, inStore);
  if (refunded?.end !== 'pushed') return refunded ?? outcome;
  if (outcome.story === null) return refunded;
  const kept = await worker.keep({ story: outcome.story });
  return kept.ok ? refunded : { end: 'failed', failure: kept.failure };
}

async function bookOrder(booking: Booking): Promise<PushOutcome> {
  const { inStore } = booking.worker.state;
  if (inStore !== undefined && inStore.orderId !== null && inStore.lines.length > 0) {
    return followSale(booking, inStore, inStore.orderId);
  }
  const opened = await openOrder(booking);
  if (!opened.ok) return { end: 'failed', failure: opened.failure };
  const { orderId, twins } = opened.value;
  const outcome = await readBack(booking, orderId);
  if (outcome.end !== 'pushed' || twins.length === 0) return outcome;
  return {
    end: 'attention',
    reason: `BigCommerce has this sale more than once: cancel ${twins.map((id) => `order ${id}`).join(', ')}, and keep order ${orderId}.`,
  };
}

interface Opened {
  readonly orderId: number;
  /** Further orders of the same sale: a create that was answered too late, and was made again. */
  readonly twins: readonly number[];
}

async function openOrder(booking: Booking): Promise<Result<Opened, Failure>> {
  const { worker, plan } = booking;
  const found = await findByExternalId(worker.bigcommerce(), plan.reference);
  if (!found.ok) return found;
  const [first, ...others] = found.value;
  if (first === undefined) return makeOrder(booking);
  const { inStore } = worker.state;
  const isCustom = inStore?.isCustom ?? false;
  const kept = await keepState(worker, { plan, orderId: first.orderId, isCustom, lines: [] });
  return kept.ok
    ? ok({ orderId: first.orderId, twins: others.map(({ orderId }) => orderId) })
    : kept;
}

const keepState = (worker: PushWorker, inStore: InStoreState) => worker.keep({ inStore });

async function makeOrder(booking: Booking): Promise<Result<Opened, Failure>> {
  const { worker, merchant, plan, stock } = booking;
  const channel = await channelOf(worker, merchant);
  if (!channel.ok) return channel;
  const wasCustom = worker.state.inStore?.isCustom ?? false;
  const isCustom = wasCustom || plan.lines.every(({ variant }) => variant === null);
  const made = await send(booking, channel.value, isCustom);
  if (made.ok || isCustom) return made.ok ? made : refused(booking, made.failure);
  // Too little in stock, or a product that cannot be ordered: the sale has happened all the same. By name, it takes no
  // stock, and the web is lowered by us.
  if (made.failure.code !== 'stock_insufficient' && made.failure.code !== 'rejected') return made;
  await stock.off(made.failure.message);
  const again = await send(booking, channel.value, true);
  return again.ok ? again : refused({ worker, merchant }, again.failure);
}

async function refused(
  { worker, merchant }: Pick<Booking, 'worker' | 'merchant'>,
  failure: Failure,
): Promise<Result<never, Failure>> {
  if (failure.code === 'rejected') await forgetChannel(worker, merchant.merchantId);
  return { ok: false, failure };
}

async function send(
  { worker, plan, stock }: Booking,
  channelId: number,
  isCustom: boolean,
): Promise<Result<Opened, Failure>> {
  const state: InStoreState = { plan, orderId: null, isCustom, lines: [] };
  const intent = await worker.keep({ inStore: state, createSentAtMs: worker.ports.now() });
  if (!intent.ok) return intent;
  if (!isCustom) await stock.before(plan);
  const made = await createOrder(
    worker.bigcommerce(),
    orderBody(worker, plan, channelId, isCustom),
  );
  if (!made.ok) return made;
  const { orderId } = made.value;
  const kept = await keepState(worker, { ...state, orderId });
  return kept.ok ? ok({ orderId, twins: [] }) : kept;
}

function orderBody(
  { ports }: PushWorker,
  plan: SalePlan,
  channelId: number,
  isCustom: boolean,
): NewOrder {
  const { currency } = plan;
  const money = (minor: number) => decimalText(minor, currency);
  const sum = (of: (line: SalePlanLine) => number) =>
    plan.lines.reduce((sofar, line) => sofar + of(line) * line.quantity, 0);
  return {
    statusId: COMPLETED_STATUS_ID,
    customerId: 0,
    channelId,
    // The marketplace wants to see whose orders they are (bigcommerce.md 1.6).
    externalSource: ports.config.bigcommerce.clientId,
    externalOrderId: plan.reference,
    paymentMethod: plan.paymentMethod,
    staffNotes: plan.staffNotes,
    currency,
    createdAtMs: plan.soldAtMs,
    // Nobody's: registers know no address, and BigCommerce wants one with a code of two characters at least.
    billingAddress: { firstName: 'In-store', lastName: 'Sale', zip: '00000' },
    lines: plan.lines.map((line) => lineBody(line, isCustom, money)),
    ...(plan.discountMinor === 0 ? {} : { discount: money(plan.discountMinor) }),
    ...(plan.fees.length === 0 ? {} : { fees: feesBody(plan) }),
    subtotal: {
      exTax: money(sum(({ exTaxMinor }) => exTaxMinor)),
      incTax: money(sum(({ incTaxMinor }) => incTaxMinor)),
    },
    total: totalBody(plan),
  };
}

function lineBody(line: SalePlanLine, isCustom: boolean, money: (minor: number) => string) {
  const { variant, quantity, name } = line;
  const price = { exTax: money(line.exTaxMinor), incTax: money(line.incTaxMinor) };
  if (variant === null || isCustom) {
    return { name, quantity, price, ...(variant === null ? {} : { sku: variant.sku }) };
  }
  const { productId, variantId } = variant;
  return { productId, variantId, quantity, price };
}

const feesBody = ({ fees, currency }: SalePlan) =>
  fees.map(({ name, amountMinor }) => {
    const amount = decimalText(amountMinor, currency);
    return { name, exTax: amount, incTax: amount };
  });

const totalBody = ({ totalMinor, taxMinor, currency }: SalePlan) => ({
  exTax: decimalText(totalMinor - taxMinor, currency),
  incTax: decimalText(totalMinor, currency),
});

/** What BigCommerce made of it: its total to the cent, and which line stands for which of the register's. */
async function readBack({ worker, plan, stock }: Booking, orderId: number): Promise<PushOutcome> {
  const read = await getSale(worker.bigcommerce(), orderId);
  if (!read.ok) return { end: 'failed', failure: read.failure };
  const { createSentAtMs, inStore } = worker.current();
  const isCustom = inStore?.isCustom ?? false;
  const matched = matchLines(plan, read.value.lines);
  if (matched === null || minorOf(read.value, plan) !== plan.totalMinor) {
    return { end: 'attention', reason: differs(read.value, plan) };
  }
  if (!isCustom) {
    const answeredAtMs = worker.ports.now();
    const sentAtMs = createSentAtMs ?? answeredAtMs;
    await stock.after(plan, { orderId, lines: matched, sentAtMs, answeredAtMs });
  }
  const kept = await keepState(worker, { plan, orderId, isCustom, lines: matched });
  if (!kept.ok) return { end: 'failed', failure: kept.failure };
  const how = isCustom ? ' Its lines go by name: they take no stock there.' : '';
  const story = `It is order ${orderId} in BigCommerce, ${moneyText(plan.totalMinor, plan.currency)} to the cent.${how}`;
  return { end: 'pushed', story };
}

function minorOf({ total }: Sale, { currency }: SalePlan): number | null {
  const read = readExact(total.incTax);
  return read.ok ? toMinor(read.value, minorDigits(currency)) : null;
}

function differs({ orderId, total }: Sale, plan: SalePlan): string {
  return `Order ${orderId} in BigCommerce does not keep what it is given: ${total.incTax} instead of ${moneyText(plan.totalMinor, plan.currency)}. Correct it there.`;
}

/** The order is there. Tips come later than sales; what else changes at the register is a person's to correct. */
async function followSale(
  { worker, plan }: Booking,
  inStore: InStoreState,
  orderId: number,
): Promise<PushOutcome> {
  if (isSameSale(inStore.plan, plan)) return { end: 'pushed', story: null };
  const isFees = onlyFeesDiffer(inStore.plan, plan);
  if (isFees) {
    const changed = await updateOrder(worker.bigcommerce(), orderId, {
      fees: feesBody(plan),
      total: totalBody(plan),
      paymentMethod: plan.paymentMethod,
      staffNotes: plan.staffNotes,
    });
    if (!changed.ok) return { end: 'failed', failure: changed.failure };
  }
  const read = await getSale(worker.bigcommerce(), orderId);
  if (!read.ok) return { end: 'failed', failure: read.failure };
  if (minorOf(read.value, plan) !== plan.totalMinor) {
    const reason = isFees ? differs(read.value, plan) : changedThere(inStore, plan, orderId);
    return { end: 'attention', reason };
  }
  const kept = await keepState(worker, { ...inStore, plan });
  if (!kept.ok) return { end: 'failed', failure: kept.failure };
  const total = moneyText(plan.totalMinor, plan.currency);
  return { end: 'pushed', story: `Order ${orderId} in BigCommerce came to ${total}, as the sale.` };
}

function changedThere(inStore: InStoreState, plan: SalePlan, orderId: number): string {
  const money = ({ totalMinor, currency }: SalePlan) => moneyText(totalMinor, currency);
  return `The sale was changed at the register, to ${money(plan)}: correct order ${orderId} in BigCommerce, which has ${money(inStore.plan)}.`;
}

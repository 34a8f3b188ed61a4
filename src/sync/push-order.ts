/**
 * A web order at its register, step by step (O3): the intent is stored before the order is made, a lost answer is looked
 * for before anything is made again, and what is there in the end is read back.
 */
import type { Failure } from '../domain/failure.ts';
import {
  afterStep,
  emptyOrder,
  nextStep,
  type SeenOrder,
  type Step,
} from '../domain/orders/converge.ts';
import type { PlanPayment, PushPlan } from '../domain/orders/push-plan.ts';
import type { PushOutcome } from '../domain/orders/relay.ts';
import { fail, ok, unreachable, type Result } from '../domain/result.ts';
import {
  addLines,
  addOrderDiscount,
  createOrder,
  deleteLine,
  deleteOrder,
  deleteOrderDiscount,
  updateOrder,
  type NewLine,
} from '../platforms/clover/order-writes.ts';
import { addPayment } from '../platforms/clover/payments.ts';
import {
  findPushedOrders,
  getPushedOrder,
  type FoundOrder,
} from '../platforms/clover/pushed-order.ts';
import { forgetOrderType, orderTypeFor } from './order-type.ts';
import type { PushWorker } from './push-worker.ts';
import { tenderFor } from './tenders.ts';

/** Steps of one look: lines by the hundred, discounts and payments one by one, with room for an edit. */
const STEPS_MAX = 200;
/** Reads that verify; each may find what another hand changed meanwhile. */
const VERIFICATIONS_MAX = 3;

/** What the ledgers are told of the lines that move stock (S8). */
export interface PushStock {
  /** Before anything is sent that may move stock. */
  before(): Promise<void>;
  /** When the last call that may move stock was answered. */
  after(seen: SeenOrder): Promise<void>;
}

/** Brings the register's order to the plan, making it when there is none. */
export async function pushOrder(
  worker: PushWorker,
  merchantId: string,
  plan: PushPlan,
  stock: PushStock,
): Promise<PushOutcome> {
  const tenders = await tendersOf(worker, merchantId, plan);
  if (!tenders.ok) return ended(tenders.failure);
  if (movesStock(worker, plan)) await stock.before();
  const opened = await openOrder(worker, merchantId, plan);
  if (!opened.ok) return ended(opened.failure);
  if (opened.value === null) return { end: 'attention', reason: GONE };
  const push = { worker, merchantId, plan, tenders: tenders.value };
  const { isMade } = opened.value;
  let { seen } = opened.value;
  for (let round = 1; round <= VERIFICATIONS_MAX; round += 1) {
    const done = await converge(push, seen);
    if (!done.ok) return ended(done.failure);
    if (done.value.stuck !== null) return stuck(plan, done.value.stuck);
    if (done.value.steps === 0 && !isMade) return { end: 'pushed', story: null };
    const read = await getPushedOrder(worker.clover(merchantId), seen.orderId);
    if (!read.ok) return ended(read.failure);
    await stock.after(read.value);
    if (isAsPlanned(plan, read.value)) return { end: 'pushed', story: storyOf(plan, isMade) };
    seen = withCustomer(plan, read.value);
  }
  const message = `The register's order for ${plan.reference} does not keep what it is given.`;
  return ended({ code: 'conflict', message });
}

/** A read shows no customers, for want of a fourth expansion: the plan's was attached when the order was made. */
const withCustomer = ({ customerId }: PushPlan, seen: SeenOrder): SeenOrder => ({
  ...seen,
  customerIds: customerId === undefined ? [] : [customerId],
});

/** Something with stock is about to be sent: a new order, an edit, or the rest of a push that broke off. */
function movesStock({ state }: PushWorker, plan: PushPlan): boolean {
  if (state.registerOrderId === null || state.phase === 'new') return true;
  return JSON.stringify(state.plan?.lines) !== JSON.stringify(plan.lines);
}

const GONE = 'The order was deleted at the register; BigCommerce still has it.';

function storyOf(plan: PushPlan, isMade: boolean): string {
  const what = isMade ? 'was made at the register' : 'was brought up to date at the register';
  return `${plan.reference} ${what}, with ${plan.lines.length} lines and its total to the cent.`;
}

function stuck(plan: PushPlan, reason: string): PushOutcome {
  return {
    end: 'attention',
    reason: `${plan.reference} changed online, but ${reason}. Correct it in the register's Orders app.`,
  };
}

/** Missing mappings wait for a person to set them; everything else is tried again or parked by its code. */
function ended(failure: Failure): PushOutcome {
  if (failure.code !== 'mapping_missing') return { end: 'failed', failure };
  const fix = 'Set a tender under orders.webToClover.tenders.';
  return { end: 'parked', parking: { code: 'unknown_method', message: failure.message, fix } };
}

type Tenders = ReadonlyMap<string, string>;

/** Before anything is made: an order must not stand half done at the register for want of a tender. */
async function tendersOf(
  worker: PushWorker,
  merchantId: string,
  plan: PushPlan,
): Promise<Result<Tenders, Failure>> {
  const tenders = new Map<string, string>();
  for (const { method, tenderId } of plan.payments) {
    const found = tenderId === null ? await tenderFor(worker, merchantId, method) : ok(tenderId);
    if (!found.ok) return found;
    tenders.set(method, found.value);
  }
  return ok(tenders);
}

interface Opened {
  readonly seen: SeenOrder;
  /** This look made it, or found it half made. */
  readonly isMade: boolean;
}

/** The register's order as it is; made when there is none. Null: it was there and was deleted. */
async function openOrder(
  worker: PushWorker,
  merchantId: string,
  plan: PushPlan,
): Promise<Result<Opened | null, Failure>> {
  const { registerOrderId } = worker.state;
  if (registerOrderId !== null) return readKnown(worker, merchantId, plan, registerOrderId);
  const left = await findLeft(worker, merchantId, plan);
  if (!left.ok) return left;
  const [first, ...others] = left.value;
  if (first === undefined) return makeOrder(worker, merchantId, plan);
  const kept = await worker.keep({ merchantId, plan, registerOrderId: first.orderId });
  if (!kept.ok) return kept;
  const dropped = await dropTwins(worker, merchantId, plan, others);
  if (!dropped.ok) return dropped;
  const read = await getPushedOrder(worker.clover(merchantId), first.orderId);
  return read.ok ? ok({ seen: read.value, isMade: true }) : read;
}

async function readKnown(
  worker: PushWorker,
  merchantId: string,
  plan: PushPlan,
  orderId: string,
): Promise<Result<Opened | null, Failure>> {
  const kept = await worker.keep({ plan });
  if (!kept.ok) return kept;
  const read = await getPushedOrder(worker.clover(merchantId), orderId);
  const isMade = worker.state.phase === 'new';
  if (read.ok) return ok({ seen: isMade ? read.value : withCustomer(plan, read.value), isMade });
  return read.failure.code === 'not_found' ? ok(null) : read;
}

/** Orders that an earlier try left: by reference, and by title where a create may have gone out unanswered. */
async function findLeft(
  worker: PushWorker,
  merchantId: string,
  plan: PushPlan,
): Promise<Result<readonly FoundOrder[], Failure>> {
  const { createSentAtMs, plan: planned } = worker.state;
  const session = worker.clover(merchantId);
  const byReference = await findPushedOrders(session, { reference: plan.reference });
  if (!byReference.ok || byReference.value.length > 0 || createSentAtMs === null)
    return byReference;
  const title = planned?.title ?? plan.title;
  const byTitle = await findPushedOrders(session, { title });
  if (!byTitle.ok) return byTitle;
  // Not one that staff or another app gave the same title before.
  return ok(
    byTitle.value.filter(
      ({ reference, createdMs }) =>
        reference === null && (createdMs === null || createdMs >= createSentAtMs - TITLE_SLACK_MS),
    ),
  );
}

/** How far Clover's clock may be behind ours. */
const TITLE_SLACK_MS = 5 * 60_000;

/** A create that was answered too late for its time-out, and was then made again: the twin without payments goes. */
async function dropTwins(
  worker: PushWorker,
  merchantId: string,
  plan: PushPlan,
  twins: readonly FoundOrder[],
): Promise<Result<void, Failure>> {
  for (const { orderId } of twins) {
    const read = await getPushedOrder(worker.clover(merchantId), orderId);
    if (!read.ok && read.failure.code !== 'not_found') return read;
    if (!read.ok || read.value.isDeleted || read.value.payments.length > 0) continue;
    const gone = await deleteOrder(worker.clover(merchantId), orderId);
    if (!gone.ok && gone.failure.code !== 'not_found') return gone;
    const kept = await worker.keep({ story: `A second order for ${plan.reference} was removed.` });
    if (!kept.ok) return kept;
  }
  return ok(undefined);
}

async function makeOrder(
  worker: PushWorker,
  merchantId: string,
  plan: PushPlan,
): Promise<Result<Opened, Failure>> {
  const type = await orderTypeFor(worker, merchantId);
  if (!type.ok) return type;
  const intent = await worker.keep({ merchantId, plan, createSentAtMs: worker.ports.now() });
  if (!intent.ok) return intent;
  // Reference and total follow: whether Clover takes them on create is not known (clover.md 10).
  const fields = {
    state: 'open',
    title: plan.title,
    note: plan.note,
    taxRemoved: true,
    groupLineItems: true,
  } as const;
  const typed = type.value === null ? {} : { orderTypeId: type.value };
  const first = await createOrder(worker.clover(merchantId), { ...fields, ...typed });
  const isRefused = !first.ok && first.failure.code === 'rejected' && type.value !== null;
  if (isRefused) await forgetOrderType(worker, merchantId);
  // What was refused made nothing; the likely reason is an order type that was deleted there.
  const made = isRefused ? await createOrder(worker.clover(merchantId), fields) : first;
  if (!made.ok) return made;
  const { orderId } = made.value;
  const kept = await worker.keep({ registerOrderId: orderId });
  return kept.ok ? ok({ seen: emptyOrder(orderId, plan), isMade: true }) : kept;
}

interface Push {
  readonly worker: PushWorker;
  readonly merchantId: string;
  readonly plan: PushPlan;
  readonly tenders: Tenders;
}

async function converge(
  push: Push,
  from: SeenOrder,
): Promise<Result<{ steps: number; stuck: string | null }, Failure>> {
  let seen = from;
  for (let steps = 0; steps < STEPS_MAX; steps += 1) {
    const step = nextStep(push.plan, seen);
    if (step.step === 'done') return ok({ steps, stuck: null });
    if (step.step === 'stuck') return ok({ steps, stuck: step.reason });
    const held = await push.worker.hold();
    if (!held.ok) return held;
    const ids = await perform(push, seen.orderId, step);
    if (!ids.ok) return ids;
    seen = afterStep(seen, step, ids.value);
  }
  return fail({
    code: 'conflict',
    message: `${push.plan.reference} needs more steps than are sane.`,
  });
}

/** One call; answers the ids of what it made. */
async function perform(
  { worker, merchantId, tenders }: Push,
  orderId: string,
  step: Step,
): Promise<Result<readonly string[], Failure>> {
  const session = worker.clover(merchantId);
  switch (step.step) {
    case 'add_lines':
      return addLines(session, orderId, step.lines.map(lineBody));
    case 'remove_line':
      return orGone(await deleteLine(session, orderId, step.lineItemId));
    case 'add_discount': {
      const { name, amountMinor } = step.discount;
      const added = await addOrderDiscount(session, orderId, { name, amountOff: -amountMinor });
      return added.ok ? ok([added.value ?? '']) : added;
    }
    case 'remove_discount':
      return orGone(await deleteOrderDiscount(session, orderId, step.discountId));
    case 'update': {
      const {
        totalMinor: total,
        reference: externalReferenceId,
        title,
        note,
        customerIds,
      } = step.change;
      const updated = await updateOrder(session, orderId, {
        ...(total === undefined ? {} : { total }),
        ...(externalReferenceId === undefined ? {} : { externalReferenceId }),
        ...(title === undefined ? {} : { title }),
        ...(note === undefined ? {} : { note }),
        ...(customerIds === undefined ? {} : { customerIds }),
      });
      return updated.ok ? ok([]) : updated;
    }
    case 'pay': {
      const paid = await addPayment(session, orderId, paymentBody(step.payment, tenders));
      return paid.ok ? ok([paid.value.paymentId]) : refusedPayment(paid.failure, step.payment);
    }
    case 'done':
    case 'stuck':
      return ok([]);
    default:
      return unreachable(step);
  }
}

/** Clover takes payments of apps by custom and external tenders only (clover.md 5.4): the mapping is at fault then. */
function refusedPayment(failure: Failure, { method, tenderId, key }: PlanPayment) {
  if (failure.code !== 'rejected' || tenderId === null) return fail(failure);
  const message = `Clover takes no payment ${key} by the tender that is set for "${method}": only by custom and external ones.`;
  return fail({ code: 'mapping_missing', message } satisfies Failure);
}

function lineBody(line: Extract<Step, { step: 'add_lines' }>['lines'][number]): NewLine {
  return {
    ...(line.itemId === null ? {} : { itemId: line.itemId }),
    name: line.name,
    price: line.priceMinor,
    ...(line.note === '' ? {} : { note: line.note }),
    isRevenue: line.isRevenue,
  };
}

function paymentBody(payment: PlanPayment, tenders: Tenders) {
  return {
    tenderId: tenders.get(payment.method) ?? '',
    amount: payment.amountMinor,
    tipAmount: 0,
    taxAmount: payment.taxMinor,
    externalPaymentId: payment.key,
  };
}

function orGone(result: Result<null, Failure>): Result<readonly string[], Failure> {
  return result.ok || result.failure.code === 'not_found' ? ok([]) : result;
}

/** The register keeps the plan's money and lines; it may word title and note, and attach customers, in its own way. */
function isAsPlanned(plan: PushPlan, seen: SeenOrder): boolean {
  const step = nextStep(plan, seen);
  if (step.step === 'done') return true;
  if (step.step !== 'update') return false;
  const { title: _title, note: _note, customerIds: _customers, ...rest } = step.change;
  return (
    Object.keys(rest).length === 0 && nextStep(plan, { ...seen, ...step.change }).step === 'done'
  );
}

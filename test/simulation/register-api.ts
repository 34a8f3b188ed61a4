/** Orders made over the register's API, through the sandbox's own operations: what each call does and refuses is theirs. */
import type { Failure } from '../../src/domain/failure.ts';
import type { SeenOrder, Step } from '../../src/domain/orders/converge.ts';
import type { PushPlan } from '../../src/domain/orders/push-plan.ts';
import { fail, ok, type Result } from '../../src/domain/result.ts';
import { failureOfStatus } from '../../src/platforms/http-failures.ts';
import { Refusal } from '../sandbox/clover/errors.ts';
import { lineWriteOperations } from '../sandbox/clover/line-writes.ts';
import { linesOf } from '../sandbox/clover/order-book.ts';
import { orderWriteOperations } from '../sandbox/clover/order-writes.ts';
import { paymentWriteOperations } from '../sandbox/clover/payment-writes.ts';
import type { Platform } from '../sandbox/clover/platform.ts';
import type { Call, Method, Operation } from '../sandbox/clover/serve.ts';
import { all, find, pick, PRIMARY } from '../sandbox/clover/store.ts';
import type { Merchant, OrderRow } from '../sandbox/clover/types.ts';
import { PUSH_TENDER } from './platforms.ts';

const OPERATIONS: readonly Operation[] = [
  ...orderWriteOperations,
  ...lineWriteOperations,
  ...paymentWriteOperations,
];

/** Calls of the API of one merchant; answers are what a push needs of them. */
export interface RegisterApi {
  create(plan: PushPlan): Result<string, Failure>;
  /** One step of a push; answers the ids of what it made. */
  perform(orderId: string, step: Step): Result<readonly string[], Failure>;
  remove(orderId: string): Result<null, Failure>;
  /** `not_found` for an unknown or deleted order. */
  read(orderId: string): Result<SeenOrder, Failure>;
  /** Orders that refer to it, and those without a reference that have its title. */
  find(plan: Pick<PushPlan, 'reference' | 'title'>): readonly string[];
}

type Send = (
  method: Method,
  path: string,
  orderId: string,
  body?: unknown,
) => Result<unknown, Failure>;

export function registerApi(platform: Platform, merchant: Merchant): RegisterApi {
  const send = sender(platform, merchant);
  const isAlive = (order: OrderRow): boolean => order.deletedTime === undefined;
  const tenders = all(merchant.tables.tenders, PRIMARY);
  const tender = tenders.find(({ labelKey }) => labelKey === PUSH_TENDER);
  return {
    create: ({ title, note }) => {
      const body = { state: 'open', title, note, taxRemoved: true, groupLineItems: true };
      const made = send('POST', '/orders', '', body);
      return made.ok ? ok((made.value as { id: string }).id) : made;
    },
    perform: (orderId, step) => perform(send, orderId, step, tender?.id ?? ''),
    remove: (orderId) => {
      const gone = send('DELETE', '/orders/:orderId', orderId);
      return gone.ok ? ok(null) : gone;
    },
    read: (orderId) => {
      const order = find(merchant.tables.orders, orderId, PRIMARY);
      if (order === null || !isAlive(order)) return fail(failureOf('GET', 404));
      return ok(seenOf(merchant, order));
    },
    find: ({ reference, title }) => {
      const orders = all(merchant.tables.orders, PRIMARY).filter(isAlive);
      const byReference = orders.filter((order) => order.externalReferenceId === reference);
      const isLeft = (order: OrderRow): boolean =>
        order.externalReferenceId === undefined && order.title === title;
      const found = byReference.length > 0 ? byReference : orders.filter(isLeft);
      return found.map(({ id }) => id);
    },
  };
}

function sender(platform: Platform, merchant: Merchant): Send {
  const { tables } = merchant;
  const view: Call['view'] = { platform, merchant, tables, asOf: PRIMARY, base: '' };
  const url = new URL('https://register.test/');
  return (method, path, orderId, body) => {
    const operation = OPERATIONS.find((each) => each.method === method && each.path === path);
    if (operation === undefined) throw new Error(`the sandbox has no ${method} ${path}`);
    try {
      const call = { platform, merchant, view, url, params: { orderId }, body };
      return ok(operation.run(call).body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return fail(failureOf(method, error.status));
    }
  };
}

function failureOf(method: Method, status: number): Failure {
  return failureOfStatus({ platform: 'clover', method, status, body: undefined, rate: { status } });
}

function perform(
  send: Send,
  orderId: string,
  step: Step,
  tenderId: string,
): Result<readonly string[], Failure> {
  switch (step.step) {
    case 'add_lines': {
      const items = step.lines.map(({ itemId, name, priceMinor: price, isRevenue }) => ({
        ...(itemId === null ? {} : { item: { id: itemId } }),
        name,
        price,
        isRevenue,
      }));
      const added = send('POST', '/orders/:orderId/bulk_line_items', orderId, { items });
      return added.ok ? ok((added.value as { id: string }[]).map(({ id }) => id)) : added;
    }
    case 'update': {
      const { totalMinor: total, reference: externalReferenceId, title, note } = step.change;
      const fields = { total, externalReferenceId, title, note };
      const body = Object.fromEntries(
        Object.entries(fields).filter(([, value]) => value !== undefined),
      );
      const updated = send('POST', '/orders/:orderId', orderId, body);
      return updated.ok ? ok([]) : updated;
    }
    case 'pay': {
      const { key: externalPaymentId, amountMinor: amount } = step.payment;
      const body = { tender: { id: tenderId }, amount, externalPaymentId };
      const paid = send('POST', '/orders/:orderId/payments', orderId, body);
      return paid.ok ? ok([(paid.value as { id: string }).id]) : paid;
    }
    default:
      throw new Error(`no push of the simulation needs ${step.step}`);
  }
}

function seenOf(merchant: Merchant, order: OrderRow): SeenOrder {
  const {
    id: orderId,
    title = '',
    note = '',
    total,
    externalReferenceId: reference = null,
  } = order;
  return {
    orderId,
    title,
    note,
    totalMinor: total,
    reference,
    isDeleted: false,
    taxRemoved: order.taxRemoved,
    customerIds: [],
    lines: linesOf(merchant, order).map((line) => ({
      lineItemId: line.id,
      itemId: line.itemId ?? null,
      name: line.name,
      priceMinor: line.price,
      note: line.note ?? '',
      createdMs: line.createdTime,
    })),
    discounts: [],
    payments: pick(merchant.tables.payments, order.paymentIds, PRIMARY).map((payment) => ({
      paymentId: payment.id,
      key: payment.externalPaymentId ?? null,
      amountMinor: payment.amount,
      isDone: payment.result === 'SUCCESS',
      createdMs: payment.createdTime,
    })),
  };
}

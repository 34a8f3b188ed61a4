/** Consumer of `work`: effects, reads, sweeps and plan steps, each handed to its use case. */
import * as v from 'valibot';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, unreachable, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { syncCatalog } from '../sync/catalog.ts';
import { performCustomer } from '../sync/customers.ts';
import { pollCustomers } from '../sync/customer-feed.ts';
import { performErasure } from '../sync/erasure.ts';
import { ensureHooks } from '../sync/hooks.ts';
import { applyPlan, computePlan } from '../sync/link.ts';
import { refreshMerchant } from '../sync/merchants.ts';
import { refreshTakesStock } from '../sync/reservations.ts';
import { pollOrders } from '../sync/order-feed.ts';
import { performOrder, performPayment } from '../sync/orders.ts';
import { performPush } from '../sync/push.ts';
import { performSale } from '../sync/sale.ts';
import type { Scope } from '../sync/scope.ts';
import { evaluate, performRead, tellObservation } from '../sync/stock.ts';
import { performBundle, tellBundles } from '../sync/bundles.ts';
import { changePlace, resumeLocation } from '../sync/structure.ts';
import { findMissing } from '../sync/missing.ts';
import { sweepPage } from '../sync/sweep.ts';
import { performWrite } from '../sync/write.ts';
import { workMessage, type Work, type WorkMessage } from './messages.ts';
import { runBatch } from './run-batch.ts';

/** Pages of a catalog, pieces of a plan, a store's webhooks: seconds to minutes. */
const LONG_KINDS: ReadonlySet<string> = new Set([
  'plan',
  'apply',
  'sweep',
  'missing',
  'order_feed',
  'catalog',
  'customer_feed',
  'erase',
  'hooks',
]);

export function consumeWork(ports: Ports, batch: MessageBatch): Promise<void> {
  return runBatch(ports, batch, {
    queue: 'work',
    parse(body) {
      const parsed = v.safeParse(workMessage, body);
      return parsed.success ? parsed.output : undefined;
    },
    isLong: (body) => LONG_KINDS.has(String((body as Partial<WorkMessage> | null)?.kind)),
    async handle(scope, message) {
      await scope.begin(message.connectionId);
      return perform(scope, message);
    },
  });
}

async function perform(scope: Scope, message: WorkMessage): Promise<Result<void, Failure>> {
  switch (message.kind) {
    case 'write':
      return performWrite(scope, message);
    case 'read':
      return performRead(scope, message);
    case 'observe':
      return tellObservation(scope, message);
    case 'evaluate':
      return evaluate(scope, message);
    case 'bundle':
      return performBundle(scope, message);
    case 'bundles':
      return tellBundles(scope, message);
    case 'place':
      return changePlace(scope, message);
    case 'location':
      return resumeLocation(scope, message);
    case 'order':
      return performOrder(scope, message);
    case 'push':
      return message.from === 'clover' ? performSale(scope, message) : performPush(scope, message);
    case 'payment':
      return performPayment(scope, message);
    case 'sweep':
      return sweepPage(scope.ports, message);
    case 'missing':
      return findMissing(scope.ports, message);
    case 'order_feed':
      return pollOrders(scope.ports, message);
    case 'catalog':
      return syncCatalog(scope.ports, message);
    case 'customer':
      return performCustomer(scope, message);
    case 'customer_feed':
      return pollCustomers(scope.ports, message);
    case 'erase':
      return performErasure(scope.ports, message);
    case 'plan':
      return computePlan(scope.ports, message);
    case 'apply':
      return applyPlan(scope.ports, message);
    case 'hooks':
      return renewHooks(scope, message);
    default:
      return unreachable(message);
  }
}

/** Once an hour: the store's webhooks, and what it and its merchants say of themselves. One's failure keeps no other back. */
async function renewHooks(scope: Scope, message: Work<'hooks'>): Promise<Result<void, Failure>> {
  const connection = await scope.connection(message.connectionId);
  if (connection === undefined || connection.status !== 'active') {
    return fail({
      code: 'disconnected',
      message: 'The connection is not active, so it needs no webhooks.',
    });
  }
  const done = await ensureHooks(scope.ports, connection);
  const merchants = connection.merchants.filter(({ status }) => status === 'connected');
  const refreshed = await Promise.all(
    merchants.map(({ merchantId }) =>
      refreshMerchant(scope.ports, connection.id, merchantId, message.eventId),
    ),
  );
  await refreshTakesStock(scope.ports, connection, message.eventId);
  return [done, ...refreshed].find((each) => !each.ok) ?? ok(undefined);
}

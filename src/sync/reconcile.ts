/** Looking at both sides now instead of when it is due, part by part. */
import type { Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { reconcileCatalog } from './catalog.ts';
import { startCustomerFeed, SWITCHED_OFF } from './customer-feed.ts';
import { startOrderFeed } from './order-feed.ts';
import { startSweep } from './sweep.ts';

type ReconcilePorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues' | 'log'>;

export const RECONCILED = ['stock', 'orders', 'catalog', 'customers'] as const;
export type Reconciled = (typeof RECONCILED)[number];

/** Starts one part; `eventId` is that of everything it causes. Failures: why it cannot be started. */
type Reconciler = (
  ports: ReconcilePorts,
  connectionId: string,
  eventId: string,
) => Promise<Result<unknown, Failure>>;

/** One line per part that can be looked at. */
const RECONCILERS: Readonly<Record<Reconciled, Reconciler>> = {
  stock: (ports, connectionId, sweepId) =>
    startSweep(ports, connectionId, { sweepId, isFull: true }),
  orders: startOrderFeed,
  catalog: async (ports, connectionId, eventId) =>
    ok(await reconcileCatalog(ports, connectionId, eventId)),
  customers: startCustomerFeed,
};

export interface Reconciliation {
  readonly sweepId: string;
  readonly started: readonly Reconciled[];
  readonly skipped: readonly { readonly scope: Reconciled; readonly reason: string }[];
}

/**
 * Starts a part, or all of them. What is not synchronised, or cannot be now, is skipped with the reason; when nothing
 * could be started although something should, that is the failure.
 */
export async function reconcile(
  ports: ReconcilePorts,
  connectionId: string,
  scope: Reconciled | 'all',
): Promise<Result<Reconciliation, Failure>> {
  const sweepId = ports.newId();
  const started: Reconciled[] = [];
  const skipped: { scope: Reconciled; reason: string }[] = [];
  let firstFailure: Result<never, Failure> | null = null;
  for (const part of scope === 'all' ? RECONCILED : [scope]) {
    const begin = RECONCILERS[part];
    const begun = await begin(ports, connectionId, sweepId);
    if (begun.ok && begun.value === SWITCHED_OFF) {
      const reason = `Nothing is configured for ${part}: switch ${part}.enabled on.`;
      skipped.push({ scope: part, reason });
    } else if (begun.ok) {
      started.push(part);
    } else {
      firstFailure ??= begun;
      skipped.push({ scope: part, reason: begun.failure.message });
    }
  }
  if (started.length === 0 && firstFailure !== null) return firstFailure;
  return ok({ sweepId, started, skipped });
}

/** Whether a connection is at rest, and sweeps on demand. */
import * as z from 'zod';
import { ok } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { outstanding } from '../store/ledger-copies.ts';
import { findUnfinishedPlans } from '../store/plans.ts';
import { startOrderFeed } from '../sync/order-feed.ts';
import { reconcileCatalog } from '../sync/catalog.ts';
import { startSweep } from '../sync/sweep.ts';
import { refuse } from './errors.ts';
import { type Api, audit, checked, CONNECTION, describe, whileInstalled } from './routing.ts';

const activitySchema = z.object({
  outstanding: z
    .int()
    .describe(
      'Ledgers with something to write or read, unfinished plans, queued messages (of all connections) and messages ' +
        'being worked on. 0: at rest.',
    ),
  oldestOutstandingMs: z
    .int()
    .nullable()
    .describe(
      'How long the oldest of the ledgers and plans has waited, milliseconds; null when none does.',
    ),
  parked: z.int().describe('Writes out of attempts: they wait for a person, not for time.'),
});

const TAG = 'Operation';

export function registerActivity(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/activity`,
    describe({
      tag: TAG,
      summary: 'Tell whether a connection is at rest',
      answer: [200, 'What is left to do.', activitySchema],
    }),
    async (context) => context.json(await activityOf(ports, context.var.connection.id)),
  );
  api.post(
    `${CONNECTION}/reconcile`,
    describe({
      tag: TAG,
      summary: 'Sweep both sides now',
      description:
        'Compares every level with the ledgers, reads the orders that changed since the last poll, and both catalogs as ' +
        'a whole. Customers are not synchronised yet: that scope is refused.',
      answer: [202, 'The sweep is on its way.', z.object({ sweepId: z.string() })],
      errors: { 409: 'The app is uninstalled.', 422: 'Nothing of this scope is synchronised yet.' },
    }),
    whileInstalled,
    checked(
      'json',
      z.strictObject({ scope: z.enum(['stock', 'catalog', 'orders', 'customers', 'all']) }),
    ),
    async (context) => {
      const { scope } = context.req.valid('json');
      if (scope === 'customers') {
        const message = `This version does not synchronise ${scope} yet; the other scopes work.`;
        return refuse(context, { code: 'rejected', message });
      }
      const { id } = context.var.connection;
      if (scope === 'catalog') {
        const sweepId = ports.newId();
        await reconcileCatalog(ports, id, sweepId);
        return context.json({ sweepId }, 202);
      }
      const started =
        scope === 'orders' ? ok({ sweepId: ports.newId() }) : await startSweep(ports, id);
      if (!started.ok) return refuse(context, started.failure);
      const { sweepId } = started.value;
      if (scope !== 'stock') await startOrderFeed(ports, id, sweepId);
      if (scope === 'all') await reconcileCatalog(ports, id, ports.newId());
      audit(ports, context, {
        operation: 'reconcile.start',
        eventId: sweepId,
        message: 'A sweep was started through the API.',
      });
      return context.json({ sweepId }, 202);
    },
  );
}

/**
 * Asked in the order in which work flows (queued, in hand, in ledgers), so that work which moves on while we ask is
 * seen at its next station rather than missed.
 */
async function activityOf(ports: Ports, connectionId: string) {
  const queued = (await ports.queues.intake.backlog()) + (await ports.queues.work.backlog());
  const { working } = await ports.objects.platformAccount('bigcommerce', connectionId).status();
  const [plans, ledgers] = await Promise.all([
    findUnfinishedPlans(ports.db, connectionId),
    outstanding(ports.db, connectionId),
  ]);
  const since = [ledgers.oldestOutstandingMs, ...plans.map(({ createdAtMs }) => createdAtMs)];
  const oldestMs = Math.min(...since.filter((ms) => ms !== null));
  return {
    outstanding: queued + working + plans.length + ledgers.outstanding,
    oldestOutstandingMs: Number.isFinite(oldestMs) ? Math.max(0, ports.now() - oldestMs) : null,
    parked: ledgers.parked,
  };
}

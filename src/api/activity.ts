/** Whether a connection is at rest, and looks at both sides on demand. */
import * as z from 'zod';
import type { Ports } from '../ports.ts';
import { outstanding } from '../store/ledger-copies.ts';
import { findUnfinishedPlans } from '../store/plans.ts';
import { RECONCILED, reconcile } from '../sync/reconcile.ts';
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

export type Activity = z.infer<typeof activitySchema>;

const part = z.enum(RECONCILED);
const reconciliationSchema = z.object({
  sweepId: z.string().describe('The event id of everything that it causes.'),
  started: z.array(part),
  skipped: z.array(z.object({ scope: part, reason: z.string() })),
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
      summary: 'Look at both sides now',
      description:
        'stock: compares every level with the ledgers. orders: reads the orders that changed or were refunded since the ' +
        'last poll. catalog: compares both catalogs as a whole. What is not synchronised is skipped, with the reason.',
      answer: [202, 'What was asked for is on its way.', reconciliationSchema],
      errors: { 409: 'The app is uninstalled, or nothing of it can be looked at now.' },
    }),
    whileInstalled,
    checked('json', z.strictObject({ scope: z.enum([...RECONCILED, 'all']) })),
    async (context) => {
      const { scope } = context.req.valid('json');
      const begun = await reconcile(ports, context.var.connection.id, scope);
      if (!begun.ok) return refuse(context, begun.failure);
      const { sweepId, started, skipped } = begun.value;
      audit(ports, context, {
        operation: 'reconcile.start',
        eventId: sweepId,
        message: `A look at ${scope} was asked for through the API; started: ${started.join(', ') || 'nothing'}.`,
        detail: { scope, started, skipped },
      });
      return context.json({ sweepId, started, skipped }, 202);
    },
  );
}

/**
 * Asked in the order in which work flows (queued, in hand, in ledgers), so that work which moves on while we ask is
 * seen at its next station rather than missed.
 */
export async function activityOf(ports: Ports, connectionId: string): Promise<Activity> {
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

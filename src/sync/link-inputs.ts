/** What a plan is made from, checked before it is made and again before it is applied. */
import { poolsInUse, type Pools } from '../domain/catalog/pools.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { LogOutcome } from '../log.ts';
import type { Database, Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { readLinkState } from '../store/link-state.ts';
import type { PlanKind } from '../store/plans.ts';
import { poolsOf } from './pools.ts';

export interface PlanInputs extends Pools {
  readonly connection: Connection;
  /** What the plan's hash covers beside its operations. */
  hashed(db: Database, kind: PlanKind): Promise<unknown>;
}

/**
 * The connection with the pools in use. Failures: `not_found`, `disconnected`, `reauthorise` for a connection that
 * cannot be planned for; `conflict` without a connected Clover merchant; `invalid_input` with pools that make no sense.
 */
export function planInputs(connection: Connection | undefined): Result<PlanInputs, Failure> {
  if (connection === undefined) {
    return fail({ code: 'not_found', message: 'There is no such connection.' });
  }
  if (connection.status === 'reauthorise') {
    const message = 'BigCommerce no longer accepts our access: open the app there to renew it.';
    return fail({ code: 'reauthorise', message });
  }
  if (connection.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The app was uninstalled from this store.' });
  }
  const connected = connection.merchants.filter(({ status }) => status === 'connected');
  if (connected.length === 0) {
    const message = 'No Clover merchant is connected: connect one first, then plan.';
    return fail({ code: 'conflict', message });
  }
  // Without its items the plan would take it for gone, and its counts with it.
  const locked = connection.merchants.find(({ status }) => status === 'reauthorise');
  if (locked !== undefined) {
    const message = `Clover merchant ${locked.merchantId} no longer accepts our access: open the app there to renew it, then plan.`;
    return fail({ code: 'reauthorise', message });
  }
  const pools = poolsInUse(
    poolsOf(connection),
    connected.map(({ merchantId }) => merchantId),
  );
  if (!pools.ok) return pools;
  const { stock } = connection.settings;
  return ok({
    ...pools.value,
    connection,
    async hashed(db, kind) {
      const { baseline, massGuardShare, enabled, direction, buffer } = stock;
      const { bundles } = connection.settings;
      const settings = { bundles, baseline, massGuardShare, enabled, direction, buffer };
      const links = await readLinkState(db, connection.id);
      return {
        kind,
        settings,
        catalog: connection.settings.catalog,
        pools: pools.value.pools,
        links,
      };
    },
  });
}

export function logPlan(
  ports: Pick<Ports, 'log' | 'now'>,
  connectionId: string,
  planId: string,
  operation: string,
  outcome: LogOutcome,
  message: string,
  detail?: unknown,
): void {
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId,
    eventId: planId,
    operation,
    outcome,
    message,
    ...(detail === undefined ? {} : { detail }),
  });
}

/** Oversells in the list of failures (S7): one row per incident, told once, closed by itself when it is made good. */
import { and, count, eq, sql } from 'drizzle-orm';
import { byWhom } from '../domain/stock/oversells.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import type { Database } from '../ports.ts';
import { sha256Hex } from './digest.ts';
import { failures } from './schema.ts';

const SOURCE = 'ledger:oversell';

/**
 * Keeps what these ledgers say of their incidents. A repeat writes nothing, and a row that a person dismissed, or that
 * closed, stays so.
 */
export async function saveOversells(
  db: Database,
  views: readonly LedgerView[],
  nowMs: number,
): Promise<void> {
  for (const view of views) {
    for (const oversell of view.oversells ?? []) await saveOversell(db, view, oversell, nowMs);
  }
}

async function saveOversell(
  db: Database,
  { connectionId, sku }: LedgerView,
  oversell: NonNullable<LedgerView['oversells']>[number],
  nowMs: number,
): Promise<void> {
  const { incidentId, units, orders, sinceMs, endedAtMs } = oversell;
  const digest = await sha256Hex(JSON.stringify([connectionId, SOURCE, incidentId]));
  const what = `${units} of ${sku} were sold that were not there${byWhom(orders)}.`;
  const isOver = endedAtMs !== null;
  const message = isOver
    ? `${what} They were made good.`
    : `${what} Both sides show 0: find the units, or tell a customer.`;
  const row = {
    id: digest.slice(0, 32),
    connectionId,
    code: 'oversold',
    source: SOURCE,
    message,
    sku,
    status: isOver ? ('dismissed' as const) : ('open' as const),
    count: 1,
    firstAtMs: sinceMs,
    lastAtMs: Math.max(sinceMs, endedAtMs ?? nowMs),
    replay: null,
  };
  await db
    .insert(failures)
    .values(row)
    .onConflictDoUpdate({
      target: failures.id,
      set: { message, status: row.status, lastAtMs: row.lastAtMs },
      setWhere: sql`${failures.status} = 'open' and ${failures.message} <> ${message}`,
    });
}

/** Incidents of a connection: all that are on record, and those that are not made good. */
export async function countOversells(
  db: Database,
  connectionId: string,
): Promise<{ readonly incidents: number; readonly open: number }> {
  const [row] = await db
    .select({
      incidents: count(),
      open: sql<number>`count(*) filter (where ${failures.status} = 'open')`,
    })
    .from(failures)
    .where(and(eq(failures.connectionId, connectionId), eq(failures.source, SOURCE)));
  return { incidents: row?.incidents ?? 0, open: row?.open ?? 0 };
}

/** When each connection's sweeps and order polls are due: as its settings say, or sooner while webhooks are lost. */
import { and, asc, eq, sql } from 'drizzle-orm';
import type { ConnectionId } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { resolveSettings } from '../settings.ts';
import type { Connection } from './connections.ts';
import { connections } from './schema.ts';

/** What cron starts by schedule: when it is due, and which setting says how often. */
const SCHEDULES = {
  stock: {
    due: connections.sweepDueAtMs,
    column: 'sweepDueAtMs',
    minutes: 'stockMinutes',
    adapted: connections.stockPollMinutes,
  },
  orders: {
    due: connections.ordersDueAtMs,
    column: 'ordersDueAtMs',
    minutes: 'ordersMinutes',
    adapted: connections.ordersPollMinutes,
  },
} as const;

/**
 * Ids of active connections whose stock sweep or order poll is due, oldest first. One statement also moves the next one
 * an interval ahead, so two overlapping cron ticks never hand out the same one.
 */
export async function takeDue(
  db: Database,
  what: keyof typeof SCHEDULES,
  nowMs: number,
  limit: number,
): Promise<ConnectionId[]> {
  const schedule = SCHEDULES[what];
  const defaultMinutes = resolveSettings({}).schedule[schedule.minutes];
  const due = db
    .select({ id: connections.id })
    .from(connections)
    .where(and(eq(connections.status, 'active'), sql`${schedule.due} <= ${nowMs}`))
    .orderBy(asc(schedule.due))
    .limit(limit);
  const asSet = sql`coalesce(${connections.settings} ->> ${`$.schedule.${schedule.minutes}`}, ${defaultMinutes})`;
  const minutes = sql`min(${asSet}, coalesce(${schedule.adapted}, ${asSet}))`;
  const taken = await db
    .update(connections)
    .set({ [schedule.column]: sql`${nowMs} + 60000 * ${minutes}` })
    .where(sql`${connections.id} in ${due}`)
    .returning({ id: connections.id });
  return taken.map(({ id }) => id as ConnectionId);
}

/**
 * Keeps how often to poll from now on; what is as the settings say is kept as null. A shorter time takes effect at
 * once. Nothing is written when nothing changed.
 */
export async function savePolling(
  db: Database,
  connection: Connection,
  polling: { readonly stockMinutes: number; readonly ordersMinutes: number },
  nowMs: number,
): Promise<void> {
  const { schedule } = connection.settings;
  const stock = polling.stockMinutes < schedule.stockMinutes ? polling.stockMinutes : null;
  const orders = polling.ordersMinutes < schedule.ordersMinutes ? polling.ordersMinutes : null;
  if (stock === connection.stockPollMinutes && orders === connection.ordersPollMinutes) return;
  const { sweepDueAtMs, ordersDueAtMs } = connections;
  await db
    .update(connections)
    .set({
      stockPollMinutes: stock,
      ordersPollMinutes: orders,
      sweepDueAtMs: sql`min(${sweepDueAtMs}, ${nowMs + polling.stockMinutes * 60_000})`,
      ordersDueAtMs: sql`min(${ordersDueAtMs}, ${nowMs + polling.ordersMinutes * 60_000})`,
    })
    .where(eq(connections.id, connection.id));
}

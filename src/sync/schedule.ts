/** What cron starts every minute: due sweeps, and the housekeeping that is due once an hour. Each part stands alone. */
import type { Ports } from '../ports.ts';
import { defaultSettings } from '../settings.ts';
import { listConnections } from '../store/connections.ts';
import { faultText } from '../store/faults.ts';
import { deleteExpiredOutcomes } from '../store/idempotency-keys.ts';
import { sumUpLag } from '../store/lag.ts';
import { listParked } from '../store/ledger-copies.ts';
import { deleteOldLogs } from '../store/logs.ts';
import { deleteExpiredCodes } from '../store/one-time-codes.ts';
import { deleteExpiredSessions } from '../store/sessions.ts';
import { forgetAlerts, runAlerts } from './alerts.ts';
import { syncDueCatalogs } from './catalog.ts';
import { pollDueCustomers } from './customer-feed.ts';
import { pollDueOrders } from './order-feed.ts';
import { replayWaiting } from './push-replay.ts';
import { sweepDue } from './sweep.ts';
import { SWEEPS_PER_TICK } from '../limits.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const CONNECTIONS_PAGE = 100;
/** Ledgers with parked writes tried again per connection and hour. */
const PARKED_PER_HOUR = 500;
/** Old blocks of the log deleted per connection and hour: bounded, so that a backlog never starves the others. */
const LOG_BLOCKS_PER_TICK = 50_000;

/** Runs one tick. A part that fails is logged and does not keep the others from running. */
export async function runSchedule(ports: Ports): Promise<void> {
  const nowMs = ports.now();
  const parts: [string, () => Promise<unknown>][] = [
    ['sweep', () => sweepDue(ports)],
    ['order feed', () => pollDueOrders(ports)],
    ['catalog', () => syncDueCatalogs(ports, SWEEPS_PER_TICK)],
  ];
  // Cron ticks each minute; the first tick of an hour also keeps house.
  if (nowMs % HOUR_MS < MINUTE_MS) {
    parts.push(
      ['hooks', () => enqueueHookChecks(ports)],
      ['parked writes', () => retryParked(ports)],
      ['customers', () => pollDueCustomers(ports)],
      ['waiting orders', () => retryWaitingOrders(ports)],
      ['lag', () => sumUpAllLag(ports, nowMs)],
      ['log retention', () => deleteLogs(ports, nowMs)],
      ['expired codes', () => deleteExpiredCodes(ports.db, nowMs)],
      ['expired outcomes', () => deleteExpiredOutcomes(ports.db, nowMs)],
      ['expired sessions', () => deleteExpiredSessions(ports.db, nowMs)],
      ['old alerts', () => forgetAlerts(ports, nowMs)],
    );
  }
  // Last: whoever is slow to take an alert keeps nothing else waiting.
  parts.push(['alerts', () => runAlerts(ports)]);
  for (const [name, part] of parts) {
    try {
      await part();
    } catch (error) {
      ports.log.add({
        kind: 'decision',
        atMs: nowMs,
        connectionId: '',
        operation: `schedule.${name.replaceAll(' ', '_')}`,
        outcome: 'failed',
        code: 'internal',
        message: `The scheduled ${name} failed: ${faultText(error)}`,
      });
    }
  }
  await ports.log.flush();
}

/** Every active connection's webhooks are looked at once an hour: platforms switch silent ones off (R4). */
async function enqueueHookChecks(ports: Ports): Promise<void> {
  for (let cursor: string | null = null; ;) {
    const page = await listConnections(ports.db, cursor, CONNECTIONS_PAGE);
    const active = page.items.filter(({ status }) => status === 'active');
    await ports.queues.work.sendAll(
      active.map(({ id }) => ({
        v: 1 as const,
        kind: 'hooks' as const,
        connectionId: id,
        eventId: ports.newId(),
      })),
    );
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/**
 * Writes that ran out of attempts are tried afresh once an hour: an outage that outlasted the attempts must not leave a
 * level wrong until somebody looks. What is refused for good parks again after one call.
 */
async function retryParked(ports: Ports): Promise<void> {
  for (let cursor: string | null = null; ;) {
    const page = await listConnections(ports.db, cursor, CONNECTIONS_PAGE);
    for (const { id, status } of page.items) {
      const linkIds = status === 'active' ? await listParked(ports.db, id, PARKED_PER_HOUR) : [];
      const eventId = ports.newId();
      await ports.queues.work.sendAll(
        linkIds.map((linkId) => ({
          v: 1 as const,
          kind: 'evaluate' as const,
          connectionId: id,
          eventId,
          linkId,
          unpark: true,
        })),
      );
    }
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Before old blocks of the log go, what they measured is summed up. */
async function sumUpAllLag(ports: Ports, nowMs: number): Promise<void> {
  for (let cursor: string | null = null; ;) {
    const page = await listConnections(ports.db, cursor, CONNECTIONS_PAGE);
    for (const { id } of page.items) await sumUpLag(ports.db, id, nowMs);
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Orders that wait for a mapping: a link that was made since, or a tender, is found within the hour. */
async function retryWaitingOrders(ports: Ports): Promise<void> {
  for (let cursor: string | null = null; ;) {
    const page = await listConnections(ports.db, cursor, CONNECTIONS_PAGE);
    for (const { id, status } of page.items) {
      if (status === 'active') await replayWaiting(ports, id, ports.newId());
    }
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

async function deleteLogs(ports: Ports, nowMs: number): Promise<void> {
  // Records of no connection (refused intake, failed installs) belong to nobody who could set a time.
  const unownedMs = nowMs - defaultSettings.logs.retentionDays * 24 * HOUR_MS;
  await deleteOldLogs(ports.db, '', unownedMs, LOG_BLOCKS_PER_TICK);
  for (let cursor: string | null = null; ;) {
    const page = await listConnections(ports.db, cursor, CONNECTIONS_PAGE);
    for (const { id, settings } of page.items) {
      const beforeMs = nowMs - settings.logs.retentionDays * 24 * HOUR_MS;
      await deleteOldLogs(ports.db, id, beforeMs, LOG_BLOCKS_PER_TICK);
    }
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

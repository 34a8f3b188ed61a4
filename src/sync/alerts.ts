/**
 * Alerts (R9): what waits for a person is told once, together, and never so often that nobody reads it. Runs beside the
 * relay, at the end of a cron tick: it reads what others wrote, and nothing of the relay waits for it.
 */
import {
  ALERT_SOURCE,
  alertPauseMs,
  groupAlerts,
  kindOfFailure,
  type Alert,
  type AlertChannel,
} from '../domain/alerts.ts';
import type { Failure } from '../domain/failure.ts';
import type { Result } from '../domain/result.ts';
import type { DriftClass } from '../domain/stock/drift.ts';
import {
  ALERT_CONNECTIONS_PER_TICK,
  ALERT_MESSAGES_PER_TICK,
  ALERT_UNTOLD_ROWS,
  ALERTS_AT_ONCE,
  ALERTS_KEPT_MS,
} from '../limits.ts';
import type { Ports } from '../ports.ts';
import {
  addNotice,
  claimMessage,
  deleteOldAlerts,
  endNotice,
  lastToldAtMs,
  listAlerting,
  listDueMessages,
  listUntold,
  saveTold,
  settleMessage,
  untoldConnections,
  type AlertMessage,
} from '../store/alerts.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { closeFailure, failureId, findFailure, parkFailure } from '../store/failures.ts';
import { sendMessage, type ChannelPorts } from './alert-channels.ts';
import { ALERT_NOTICES, alertSubject } from './alert-words.ts';
import { driftSummary } from './drift.ts';
import { inGroups } from './in-groups.ts';

type AlertPorts = ChannelPorts & Pick<Ports, 'newId' | 'log'>;

const MINUTE_MS = 60_000;
/** States are looked at this often: their limits are counted in tens of minutes. */
const STATES_EVERY_MINUTES = 5;
const DRIFT_KEY = 'drift';
/** Differences that stay until a person decides otherwise: the catalog's findings and the settings tell of them. */
const NO_NEWS: readonly DriftClass[] = ['structure', 'switched_off'];

/** Tells what came up, and goes on with messages that were not delivered yet. */
export async function runAlerts(ports: AlertPorts): Promise<void> {
  const nowMs = ports.now();
  if (Math.floor(nowMs / MINUTE_MS) % STATES_EVERY_MINUTES === 0) await noticeStates(ports, nowMs);
  for (const id of await untoldConnections(ports.db, ALERT_CONNECTIONS_PER_TICK)) {
    await tell(ports, id);
  }
  const due = await listDueMessages(ports.db, ports.now(), ALERT_MESSAGES_PER_TICK);
  // A few at a time: a Worker has six connections, and those who wait for one must not run out of time.
  await inGroups(due, ALERTS_AT_ONCE, (message) => tryMessage(ports, message));
}

/** Forgets what was told long ago. */
export function forgetAlerts(ports: Pick<Ports, 'db'>, nowMs: number): Promise<void> {
  return deleteOldAlerts(ports.db, nowMs - ALERTS_KEPT_MS);
}

/** Where a connection's messages go. */
export function channelsOf({ settings }: Connection): AlertChannel[] {
  const { webhookUrl, emails } = settings.alerts;
  return [
    ...(webhookUrl === '' ? [] : (['webhook'] as const)),
    ...(emails.length === 0 ? [] : (['email'] as const)),
  ];
}

/** What is a state and no failure, for those who want to be told: access that ended, and drift over the limit. */
async function noticeStates(ports: AlertPorts, nowMs: number): Promise<void> {
  for (const id of await listAlerting(ports.db)) {
    const connection = await findConnection(ports.db, id);
    if (connection === undefined) continue;
    await noticeAccess(ports, connection, nowMs);
    if (connection.settings.stock.enabled) await noticeDrift(ports, connection, nowMs);
  }
}

async function noticeAccess(
  ports: AlertPorts,
  connection: Connection,
  nowMs: number,
): Promise<void> {
  const states = [
    {
      key: 'access:bigcommerce',
      isGone: connection.status === 'reauthorise',
      message: ALERT_NOTICES.accessEnded('BigCommerce'),
    },
    ...connection.merchants.map(({ merchantId, name, status }) => ({
      key: `access:${merchantId}`,
      isGone: status !== 'connected',
      message:
        status === 'disconnected'
          ? ALERT_NOTICES.merchantGone(name)
          : ALERT_NOTICES.accessEnded(`Clover (${name})`),
    })),
  ];
  for (const { key, isGone, message } of states) {
    const notice = { connectionId: connection.id, key, kind: 'reauthorise', message } as const;
    if (isGone) await addNotice(ports.db, { ...notice, atMs: nowMs });
    else await endNotice(ports.db, connection.id, key);
  }
}

async function noticeDrift(
  ports: AlertPorts,
  connection: Connection,
  nowMs: number,
): Promise<void> {
  const { id } = connection;
  const { driftMinutes } = connection.settings.alerts;
  const { skus, oldest } = await driftSummary(ports.db, connection, 1, NO_NEWS);
  const [first] = oldest;
  const sinceMs = first?.sinceMs ?? null;
  if (first === undefined || sinceMs === null || nowMs - sinceMs < driftMinutes * MINUTE_MS) {
    return endNotice(ports.db, id, DRIFT_KEY);
  }
  const message = ALERT_NOTICES.drift(skus, driftMinutes, first.sku);
  return addNotice(ports.db, {
    connectionId: id,
    key: DRIFT_KEY,
    kind: 'drift',
    message,
    atMs: nowMs,
  });
}

/** One digest of what is untold; in a quiet time it waits, and where nobody wants to hear it, it counts as told. */
async function tell(ports: AlertPorts, connectionId: string): Promise<void> {
  const nowMs = ports.now();
  const connection = await findConnection(ports.db, connectionId);
  const untold = await listUntold(ports.db, connectionId, ALERT_UNTOLD_ROWS);
  const channels =
    connection === undefined || connection.status === 'uninstalled' ? [] : channelsOf(connection);
  const wanted = new Set(connection?.settings.alerts.on);
  const alerts: Alert[] = [
    ...untold.notices.map(({ key, kind, message }) => ({
      kind,
      cause: key.split(':')[0] ?? key,
      message,
      sku: null,
      orderId: null,
    })),
    ...untold.failures.flatMap(({ code, source, message, sku, orderId }) => {
      const kind = kindOfFailure({ source, code });
      return kind === null ? [] : [{ kind, cause: `${source}:${code}`, message, sku, orderId }];
    }),
  ].filter(({ kind }) => wanted.has(kind));
  const isTold = connection !== undefined && channels.length > 0 && alerts.length > 0;
  if (isTold) {
    const lastMs = await lastToldAtMs(ports.db, connectionId);
    const quietMs = connection.settings.alerts.quietMinutes * MINUTE_MS;
    if (lastMs !== null && nowMs - lastMs < quietMs) return;
  }
  await saveTold(ports.db, {
    connectionId,
    failureIds: untold.failures.map(({ id }) => id),
    noticeKeys: untold.notices.map(({ key }) => key),
    messages: isTold ? messagesOf(ports, connection, channels, alerts, false) : [],
    nowMs,
  });
}

function messagesOf(
  ports: Pick<Ports, 'newId' | 'now'>,
  connection: Connection,
  channels: readonly AlertChannel[],
  alerts: readonly Alert[],
  isTest: boolean,
): AlertMessage[] {
  const id = ports.newId();
  const nowMs = ports.now();
  return channels.map((channel) => ({
    connectionId: connection.id,
    id,
    channel,
    status: 'sending',
    attempts: 0,
    nextTryAtMs: nowMs,
    createdAtMs: nowMs,
    isTest,
    count: alerts.length,
    subject: alertSubject(connection.name, alerts.length, isTest),
    groups: groupAlerts(alerts),
    error: null,
  }));
}

/** A test is sent while its page waits, and not again by itself. */
export async function sendTestAlert(ports: AlertPorts, connection: Connection): Promise<void> {
  const messages = messagesOf(ports, connection, channelsOf(connection), [], true);
  const told = { failureIds: [], noticeKeys: [], nowMs: ports.now() };
  await saveTold(ports.db, { connectionId: connection.id, messages, ...told });
  await Promise.all(messages.map((message) => tryMessage(ports, message)));
}

async function tryMessage(ports: AlertPorts, message: AlertMessage): Promise<void> {
  const { db } = ports;
  const attempts = message.attempts + 1;
  const pauseMs = message.isTest ? null : alertPauseMs(attempts);
  // Claimed with its next try: a crash right after it costs one pause, and the same id goes out again.
  const nextTryAtMs = ports.now() + (pauseMs ?? MINUTE_MS);
  if (!(await claimMessage(db, message, nextTryAtMs))) return;
  const connection = await findConnection(db, message.connectionId);
  if (connection === undefined) return;
  const sent = await sendMessage(ports, connection, message);
  // What a person has to set up does not come right by trying again.
  const isOver = sent.ok || pauseMs === null || sent.failure.code === 'config_missing';
  await settleMessage(db, message, {
    status: sent.ok ? 'sent' : isOver ? 'failed' : 'sending',
    error: sent.ok ? null : sent.failure.message,
  });
  report(ports, message, sent);
  await noteOutcome(ports, message, sent, isOver);
}

/** A way that does not work is a case in the inbox; it closes itself with the next message that gets through. */
async function noteOutcome(
  ports: AlertPorts,
  { connectionId, channel }: AlertMessage,
  sent: Result<void, Failure>,
  isOver: boolean,
): Promise<void> {
  const { db } = ports;
  const parked = {
    connectionId,
    source: ALERT_SOURCE,
    code: 'rejected' as const,
    subject: channel,
  };
  if (sent.ok) {
    const id = await failureId(parked);
    const open = await findFailure(db, connectionId, id);
    if (open?.status === 'open') await closeFailure(db, connectionId, id, 'replayed');
  } else if (isOver) {
    const message = `Alerts by ${channel} do not arrive: ${sent.failure.message}`;
    await parkFailure(db, { ...parked, message, atMs: ports.now(), replay: null });
  }
}

function report(
  ports: Pick<Ports, 'log' | 'now'>,
  { connectionId, id, channel, count, isTest }: AlertMessage,
  sent: Result<void, Failure>,
): void {
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId,
    operation: 'alert.send',
    outcome: sent.ok ? 'ok' : 'failed',
    ...(sent.ok ? {} : { code: sent.failure.code }),
    message: sent.ok
      ? `An alert was sent by ${channel}${isTest ? ', as a test' : ''}.`
      : `An alert could not be sent by ${channel}: ${sent.failure.message}`,
    detail: { messageId: id, count },
  });
}

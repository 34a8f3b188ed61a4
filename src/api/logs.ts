/** The log: attempts, events, decisions and skips, and what one event led to. */
import * as z from 'zod';
import type { Ports } from '../ports.ts';
import { eventChain, findLog, type LogRow, queryLogs } from '../store/logs.ts';
import { replayEvent } from '../sync/replay.ts';
import { invalid, notFound, refuse } from './errors.ts';
import {
  type Api,
  audit,
  checked,
  CONNECTION,
  describe,
  iso,
  isoTime,
  pageOf,
  pageQuery,
  readCursor,
  whileInstalled,
  writeCursor,
} from './routing.ts';

const KINDS = ['attempt', 'event', 'decision', 'skip', 'refused', 'audit'] as const;
const OUTCOMES = ['ok', 'failed', 'skipped', 'refused', 'unknown'] as const;
const PLATFORMS = ['bigcommerce', 'clover'] as const;

const logSchema = z.object({
  id: z.string(),
  at: isoTime,
  kind: z.enum(KINDS),
  eventId: z.string().nullable(),
  platform: z.enum(PLATFORMS).nullable(),
  sku: z.string().nullable(),
  orderId: z.string().nullable(),
  operation: z.string(),
  outcome: z.enum(OUTCOMES),
  code: z.string().nullable(),
  httpStatus: z.int().nullable(),
  durationMs: z.number().nullable(),
  message: z.string(),
});

const logDetailSchema = logSchema.extend({
  request: z
    .unknown()
    .describe('Method, address, headers and body, redacted; null when nothing was sent.'),
  response: z.unknown().describe('Status, headers and body, redacted; null when none came.'),
  error: z.unknown().describe('The failure; null when there was none.'),
  detail: z.unknown().describe('Everything else that was recorded.'),
});

/** Sorts by time. */
const logIdText = z.string().regex(/^\d{13}[0-9a-z]{8}$/);

const word = z.string().min(1).max(255).optional();
const moment = z.iso.datetime({ offset: true }).optional();

const logQuery = z.strictObject({
  ...pageQuery,
  since: moment.describe('ISO-8601, inclusive.'),
  until: moment.describe('ISO-8601, exclusive.'),
  sku: word,
  order: word.describe('Order id.'),
  platform: z.enum(PLATFORMS).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  eventId: word,
  kind: z.enum(KINDS).optional(),
});

/** Records shown of one event: far more than any one causes. */
const CHAIN_MAX = 1_000;

const TAG = 'Log';

export function registerLogs(api: Api, ports: Ports): void {
  registerList(api, ports);
  registerDetail(api, ports);
  registerReplay(api, ports);
}

function registerList(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/logs`,
    describe({
      tag: TAG,
      summary: 'Search the log',
      description:
        'Newest first. A page may hold fewer items than asked for, or none, while `nextCursor` is not null: a page ' +
        'looks at a bounded number of records.',
      answer: [200, 'A page of log records.', pageOf(logSchema)],
    }),
    checked('query', logQuery),
    async (context) => {
      const { limit, cursor: text, since, until, order, ...same } = context.req.valid('query');
      const cursor = readCursor(text, logIdText);
      if (!cursor.ok) return invalid(context, cursor.failure);
      const filters = {
        ...same,
        orderId: order,
        sinceMs: since === undefined ? undefined : Date.parse(since),
        untilMs: until === undefined ? undefined : Date.parse(until),
      };
      const { connection } = context.var;
      const page = await queryLogs(ports.db, connection.id, filters, cursor.value, limit);
      return context.json({
        items: page.items.map(shown),
        nextCursor: writeCursor(page.nextCursor),
      });
    },
  );
}

function registerDetail(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/logs/:logId`,
    describe({
      tag: TAG,
      summary: 'Show a log record with its request and response',
      answer: [200, 'The record.', logDetailSchema],
    }),
    async (context) => {
      const text = context.req.param('logId');
      const id = logIdText.safeParse(text).data;
      const row =
        id === undefined ? undefined : await findLog(ports.db, context.var.connection.id, id);
      if (row === undefined) return notFound(context, 'such log record');
      return context.json({ ...shown(row), ...detailOf(row.detail) });
    },
  );
  api.get(
    `${CONNECTION}/events/:eventId`,
    describe({
      tag: TAG,
      summary: 'Show what one event led to',
      answer: [
        200,
        'Its records, oldest first.',
        z.object({ eventId: z.string(), items: z.array(logSchema) }),
      ],
    }),
    async (context) => {
      const eventId = context.req.param('eventId');
      const rows = await eventChain(ports.db, context.var.connection.id, eventId, CHAIN_MAX);
      if (rows.length === 0) return notFound(context, 'such event in the log');
      return context.json({ eventId, items: rows.map(shown) });
    },
  );
}

function registerReplay(api: Api, ports: Ports): void {
  api.post(
    `${CONNECTION}/events/:eventId/replay`,
    describe({
      tag: TAG,
      summary: 'Replay an event',
      description:
        'Takes a webhook in once more. What it is about is read anew; what was done already is not done twice.',
      answer: [
        202,
        'The event is on its way.',
        z.object({ eventId: z.string(), status: z.literal('replayed') }),
      ],
      errors: { 409: 'The app is uninstalled, or the event is no webhook that can be replayed.' },
    }),
    whileInstalled,
    async (context) => {
      const eventId = context.req.param('eventId');
      const { id } = context.var.connection;
      const rows = await eventChain(ports.db, id, eventId, CHAIN_MAX);
      if (rows.length === 0) return notFound(context, 'such event in the log');
      const opening = rows.find(({ kind }) => kind === 'event');
      const record = opening && (await findLog(ports.db, id, opening.id));
      const replayed = await replayEvent(ports, id, eventId, record);
      if (!replayed.ok) return refuse(context, replayed.failure);
      const message = 'An event was replayed through the API.';
      audit(ports, context, { operation: 'event.replay', eventId, message });
      return context.json({ eventId, status: 'replayed' as const }, 202);
    },
  );
}

function shown(row: LogRow) {
  const { kind, eventId, platform, sku, orderId, operation, outcome, code } = row;
  const { httpStatus, durationMs, message } = row;
  return {
    id: row.id,
    at: iso(row.atMs),
    kind,
    eventId,
    platform,
    sku,
    orderId,
    operation,
    outcome,
    code,
    httpStatus,
    durationMs,
    message,
  };
}

function detailOf(detail: unknown) {
  const parts = typeof detail === 'object' && detail !== null ? { ...detail } : {};
  const {
    request = null,
    response = null,
    error = null,
    ...rest
  } = parts as Record<string, unknown>;
  const other = Array.isArray(detail) || typeof detail !== 'object' ? detail : rest;
  return { request, response, error, detail: isEmpty(other) ? null : other };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

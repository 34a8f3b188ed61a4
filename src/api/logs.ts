/** The log: attempts, events, decisions and skips, and what one event led to. */
import * as z from 'zod';
import { attachment } from '../attachment.ts';
import {
  LOG_EXPORT_PAGE_RECORDS,
  LOG_EXPORT_PAGES_MAX,
  LOG_EXPORT_RECORDS_MAX,
} from '../limits.ts';
import type { Ports } from '../ports.ts';
import { faultText } from '../store/faults.ts';
import {
  findLog,
  type LogFilters,
  type LogRow,
  queryLogDetails,
  queryLogs,
} from '../store/logs.ts';
import { invalid, notFound } from './errors.ts';
import {
  type Api,
  checked,
  CONNECTION,
  describe,
  describeText,
  iso,
  isoTime,
  pageOf,
  pageQuery,
  readCursor,
  writeCursor,
} from './routing.ts';

const KINDS = ['attempt', 'event', 'decision', 'skip', 'refused', 'audit'] as const;
const OUTCOMES = ['ok', 'failed', 'skipped', 'refused', 'unknown'] as const;
export const PLATFORMS = ['bigcommerce', 'clover'] as const;

export const logSchema = z.object({
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

/** A record's id: sorts by time. */
export const logIdText = z.string().regex(/^\d{13}[0-9a-z]{8}$/);

/** A text to look for. */
export const word = z.string().min(1).max(255).optional();
/** ISO-8601 with an offset. */
export const moment = z.iso.datetime({ offset: true }).optional();

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

/** A page's filters, and those of an export, which has no pages. */
const { limit: _, ...exportFilters } = logQuery.shape;
const exportQuery = z.strictObject(exportFilters);

const TAG = 'Log';

export function registerLogs(api: Api, ports: Ports): void {
  registerList(api, ports);
  registerExport(api, ports);
  registerDetail(api, ports);
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
      const { limit, cursor: text, ...asked } = context.req.valid('query');
      const cursor = readCursor(text, logIdText);
      if (!cursor.ok) return invalid(context, cursor.failure);
      const filters = filtersOf(asked);
      const { connection } = context.var;
      const page = await queryLogs(ports.db, connection.id, filters, cursor.value, limit);
      return context.json({
        items: page.items.map(shownLog),
        nextCursor: writeCursor(page.nextCursor),
      });
    },
  );
}

function registerExport(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/logs.ndjson`,
    describeText({
      tag: TAG,
      summary: 'Export the log',
      description:
        'One JSON object per line, newest first, with requests and responses, as they are read. When there is more than ' +
        `one export holds (${LOG_EXPORT_RECORDS_MAX} records at most), the last line is {"nextCursor": …}: ask again with it. ` +
        'A last line {"error": …} says that the export broke off.',
      answer: [200, 'The records.', 'application/x-ndjson'],
    }),
    checked('query', exportQuery),
    (context) => {
      const { cursor: text, ...asked } = context.req.valid('query');
      const cursor = readCursor(text, logIdText);
      if (!cursor.ok) return invalid(context, cursor.failure);
      const { id } = context.var.connection;
      const lines = exportLines(ports, id, filtersOf(asked), cursor.value);
      return attachment('log.ndjson', lines);
    },
  );
}

/** Page by page, so that memory holds one. What breaks after the first line can be told in the text alone. */
async function* exportLines(
  ports: Pick<Ports, 'db' | 'printError'>,
  connectionId: string,
  filters: LogFilters,
  from: string | null,
): AsyncGenerator<string, void> {
  let cursor = from;
  try {
    for (let told = 0, pages = 0; isWithin(told, pages); pages += 1) {
      const left = Math.min(LOG_EXPORT_PAGE_RECORDS, LOG_EXPORT_RECORDS_MAX - told);
      const page = await queryLogDetails(ports.db, connectionId, filters, cursor, left);
      for (const row of page.items) yield line({ ...shownLog(row), ...detailOf(row.detail) });
      told += page.items.length;
      cursor = page.nextCursor;
      if (cursor === null) return;
    }
    yield line({ nextCursor: writeCursor(cursor) });
  } catch (error) {
    ports.printError(`An export of the log of ${connectionId} broke off: ${faultText(error)}`);
    const message = 'The export broke off; ask again with this cursor.';
    yield line({ error: { code: 'internal', message }, nextCursor: writeCursor(cursor) });
  }
}

function isWithin(told: number, pages: number): boolean {
  return told < LOG_EXPORT_RECORDS_MAX && pages < LOG_EXPORT_PAGES_MAX;
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

interface Asked extends Omit<LogFilters, 'orderId' | 'sinceMs' | 'untilMs'> {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly order?: string | undefined;
}

function filtersOf({ since, until, order, ...same }: Asked): LogFilters {
  return {
    ...same,
    orderId: order,
    sinceMs: since === undefined ? undefined : Date.parse(since),
    untilMs: until === undefined ? undefined : Date.parse(until),
  };
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
      return context.json({ ...shownLog(row), ...detailOf(row.detail) });
    },
  );
}

/** A record as lists show it. */
export function shownLog(row: LogRow) {
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

/** Failures that wait for a person: seen, replayed, dismissed. */
import * as z from 'zod';
import type { Ports } from '../ports.ts';
import { closeFailure, findFailure, listFailures, type ParkedFailure } from '../store/failures.ts';
import { answerReturn } from '../sync/answer-return.ts';
import { replayFailure } from '../sync/replay.ts';
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

const STATUSES = ['open', 'replayed', 'dismissed'] as const;

const failureSchema = z.object({
  id: z.string(),
  status: z.enum(STATUSES),
  code: z.string(),
  message: z.string(),
  source: z
    .string()
    .describe('Which message or effect failed: `work:write`, `intake:bigcommerce`.'),
  platform: z.enum(['bigcommerce', 'clover']).nullable(),
  sku: z.string().nullable(),
  orderId: z.string().nullable(),
  eventId: z.string().nullable(),
  count: z.int().describe('How often this cause and subject failed.'),
  firstAt: isoTime,
  lastAt: isoTime,
  replayable: z.boolean(),
});

const closedSchema = z.object({ id: z.string(), status: z.enum(STATUSES) });

const TAG = 'Failures';
const FAILURE = `${CONNECTION}/failures/:failureId`;

export function registerFailures(api: Api, ports: Ports): void {
  registerList(api, ports);
  registerReplay(api, ports);
  registerDismiss(api, ports);
  registerRestock(api, ports);
}

function registerList(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/failures`,
    describe({
      tag: TAG,
      summary: 'List failures',
      answer: [200, 'A page of failures, the latest first.', pageOf(failureSchema)],
    }),
    checked('query', z.strictObject({ ...pageQuery, status: z.enum(STATUSES).default('open') })),
    async (context) => {
      const { limit, cursor: text, status } = context.req.valid('query');
      const cursor = readCursor(text, z.strictObject({ lastAtMs: z.int(), id: z.string() }));
      if (!cursor.ok) return invalid(context, cursor.failure);
      const { connection } = context.var;
      const page = await listFailures(ports.db, connection.id, status, cursor.value, limit);
      return context.json({
        items: page.items.map(shown),
        nextCursor: writeCursor(page.nextCursor),
      });
    },
  );
}

function registerReplay(api: Api, ports: Ports): void {
  api.post(
    `${FAILURE}/replay`,
    describe({
      tag: TAG,
      summary: 'Replay a failure',
      description:
        'Sends its message again. Safe to repeat: what was done already is not done twice.',
      answer: [202, 'The message is on its way.', closedSchema],
      errors: { 409: 'The app is uninstalled, or nothing is stored that can be sent again.' },
    }),
    whileInstalled,
    async (context) => {
      const id = context.req.param('failureId');
      const parked = await findFailure(ports.db, context.var.connection.id, id);
      if (parked === undefined) return notFound(context, 'such failure');
      const replayed = await replayFailure(ports, parked);
      if (!replayed.ok) return refuse(context, replayed.failure);
      audit(ports, context, {
        operation: 'failure.replay',
        ...(parked.eventId === null ? {} : { eventId: parked.eventId }),
        message: `A failure (${parked.source}) was replayed through the API.`,
        detail: { failureId: id },
      });
      return context.json({ id, status: 'replayed' }, 202);
    },
  );
}

function registerDismiss(api: Api, ports: Ports): void {
  api.post(
    `${FAILURE}/dismiss`,
    describe({
      tag: TAG,
      summary: 'Dismiss a failure',
      description: 'The reason is kept in the log.',
      answer: [200, 'Dismissed.', closedSchema],
    }),
    checked('json', z.strictObject({ reason: z.string().trim().min(1).max(500) })),
    async (context) => {
      const id = context.req.param('failureId');
      const parked = await findFailure(ports.db, context.var.connection.id, id);
      if (parked === undefined) return notFound(context, 'such failure');
      const { reason } = context.req.valid('json');
      await closeFailure(ports.db, context.var.connection.id, id, 'dismissed');
      audit(ports, context, {
        operation: 'failure.dismiss',
        ...(parked.eventId === null ? {} : { eventId: parked.eventId }),
        message: `A failure (${parked.source}) was dismissed through the API: ${reason}`,
        detail: { failureId: id },
      });
      return context.json({ id, status: 'dismissed' });
    },
  );
}

function registerRestock(api: Api, ports: Ports): void {
  api.post(
    `${FAILURE}/restock`,
    describe({
      tag: TAG,
      summary: 'Say whether goods of a refund are on the shelf again',
      description:
        'Answers a case with the code `restock_asked`; the count follows. Safe to repeat: what is decided stays so.',
      answer: [200, 'Noted.', closedSchema],
      errors: { 409: 'The case asks nothing, or its SKU is linked no more.' },
    }),
    checked('json', z.strictObject({ restocked: z.boolean() })),
    async (context) => {
      const id = context.req.param('failureId');
      const parked = await findFailure(ports.db, context.var.connection.id, id);
      if (parked === undefined) return notFound(context, 'such failure');
      const { restocked } = context.req.valid('json');
      const answered = await answerReturn(ports, parked, restocked);
      if (!answered.ok) return refuse(context, answered.failure);
      audit(ports, context, {
        operation: 'return.answer',
        message: `Goods of order ${parked.orderId ?? ''} are ${restocked ? '' : 'not '}on the shelf again, it was said through the API.`,
        detail: { failureId: id, restocked },
      });
      return context.json({ id, status: 'dismissed' });
    },
  );
}

function shown(parked: ParkedFailure) {
  const { connectionId: _, firstAtMs, lastAtMs, replay, ...failure } = parked;
  return {
    ...failure,
    firstAt: iso(firstAtMs),
    lastAt: iso(lastAtMs),
    replayable: replay !== null,
  };
}

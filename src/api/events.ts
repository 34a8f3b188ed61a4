/** Events: what one led to, taking one or a span of them in again, and what that would do. */
import * as z from 'zod';
import type { Ports } from '../ports.ts';
import { eventChain } from '../store/logs.ts';
import { previewEvent } from '../sync/preview.ts';
import { replayEvents, replayLogged } from '../sync/replay.ts';
import { invalid, notFound, refuse } from './errors.ts';
import { logIdText, logSchema, moment, PLATFORMS, shownLog, word } from './logs.ts';
import {
  type Api,
  audit,
  checked,
  CONNECTION,
  describe,
  readCursor,
  whileInstalled,
  writeCursor,
} from './routing.ts';
import { previewSchema, shownPreview } from './sku-acts.ts';

/** Records shown of one event: far more than any one causes. */
const CHAIN_MAX = 1_000;

const TAG = 'Events';
const EVENT = `${CONNECTION}/events/:eventId`;

export function registerEvents(api: Api, ports: Ports): void {
  registerChain(api, ports);
  registerReplay(api, ports);
  registerReplaySpan(api, ports);
  registerPreview(api, ports);
}

function registerChain(api: Api, ports: Ports): void {
  api.get(
    EVENT,
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
      return context.json({ eventId, items: rows.map(shownLog) });
    },
  );
}

function registerReplay(api: Api, ports: Ports): void {
  api.post(
    `${EVENT}/replay`,
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
      const replayed = await replayLogged(ports, context.var.connection.id, eventId);
      if (!replayed.ok) return refuse(context, replayed.failure);
      const message = 'An event was replayed through the API.';
      audit(ports, context, { operation: 'event.replay', eventId, message });
      return context.json({ eventId, status: 'replayed' as const }, 202);
    },
  );
}

const spanSchema = z.strictObject({
  since: moment.unwrap().describe('ISO-8601, inclusive.'),
  until: moment.unwrap().describe('ISO-8601, exclusive.'),
  sku: word.describe('Events that led to something for this SKU.'),
  order: word.describe('Events that led to something for this order.'),
  platform: z.enum(PLATFORMS).optional(),
  cursor: z.string().min(1).max(1_000).optional().describe('`nextCursor` of the answer before.'),
});

function registerReplaySpan(api: Api, ports: Ports): void {
  api.post(
    `${CONNECTION}/events/replay`,
    describe({
      tag: TAG,
      summary: 'Replay the events of a time span',
      description:
        'The newest first, a bounded number per call: call again with `nextCursor` until it is null. Webhooks only; other ' +
        'events are counted as refused.',
      answer: [
        202,
        'The events are on their way.',
        z.object({ replayed: z.int(), refused: z.int(), nextCursor: z.string().nullable() }),
      ],
      errors: { 409: 'The app is uninstalled.' },
    }),
    whileInstalled,
    checked(
      'json',
      spanSchema.refine(({ since, until }) => Date.parse(since) < Date.parse(until), {
        path: ['until'],
        message: 'The span ends before it begins.',
      }),
    ),
    async (context) => {
      const { since, until, order, cursor: text, ...same } = context.req.valid('json');
      const cursor = readCursor(text, logIdText);
      if (!cursor.ok) return invalid(context, cursor.failure);
      const span = { sinceMs: Date.parse(since), untilMs: Date.parse(until), orderId: order };
      const { connection } = context.var;
      const done = await replayEvents(ports, connection, { ...same, ...span }, cursor.value);
      const message = `Events from ${since} to ${until} were replayed through the API: ${done.replayed}.`;
      audit(ports, context, {
        operation: 'event.replay',
        message,
        detail: { ...same, since, until },
      });
      const { replayed, refused } = done;
      return context.json({ replayed, refused, nextCursor: writeCursor(done.nextCursor) }, 202);
    },
  );
}

function registerPreview(api: Api, ports: Ports): void {
  api.post(
    `${EVENT}/preview`,
    describe({
      tag: TAG,
      summary: 'Show what a replay of an event would do to stock',
      description:
        'For each SKU that the event led to: reads its places and decides, but stores nothing and writes nothing. Orders ' +
        'are not read: a sale that was never counted shows as the fall of its level.',
      answer: [
        200,
        'What would change, by SKU.',
        z.object({
          eventId: z.string(),
          items: z.array(previewSchema),
          failed: z.array(z.object({ sku: z.string(), message: z.string() })),
        }),
      ],
      errors: { 409: 'The app is uninstalled.' },
    }),
    whileInstalled,
    async (context) => {
      const eventId = context.req.param('eventId');
      const previewed = await previewEvent(ports, context.var.connection, eventId);
      if (previewed === null) return notFound(context, 'such event in the log');
      const { previews, failed } = previewed;
      return context.json({ eventId, items: previews.map(shownPreview), failed });
    },
  );
}

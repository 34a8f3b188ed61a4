/** What a connection costs and how well it is told: delivery scores, polling, calls, rows. */
import * as z from 'zod';
import { scoreOf } from '../domain/delivery.ts';
import { histogramOf } from '../domain/stock/timing.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { listDeliveries, type DeliveryRow } from '../store/deliveries.ts';
import { lagSince } from '../store/lag.ts';
import { countCalls, countRows } from '../store/metrics.ts';
import { countOversells } from '../store/oversells.ts';
import { activityOf } from './activity.ts';
import { prometheusText } from './prometheus.ts';
import {
  type Api,
  CONNECTION,
  describe,
  describeText,
  iso,
  isoOrNull,
  isoTime,
} from './routing.ts';

const HOUR_MS = 3_600_000;

const deliverySchema = z.object({
  platform: z.enum(['bigcommerce', 'clover']),
  place: z.string().describe('`bigcommerce:{locationId}` or `clover:{merchantId}`.'),
  topic: z.string().describe('The webhooks that tell of it: BigCommerce scopes, Clover keys.'),
  score: z
    .number()
    .nullable()
    .describe(
      'Share of changes that a webhook told before a poll found them; null: none measured.',
    ),
  told: z.number().describe('Changes that a webhook told first; half as many after each day.'),
  found: z.number().describe('Changes that a sweep or an order poll found first; as above.'),
  lastFoundAt: isoTime.nullable(),
  measuredAt: isoTime,
});

const quantile = z
  .int()
  .nullable()
  .describe('Upper bound of its bucket, milliseconds; null: none, or beyond the last bound.');

const histogramSchema = z.object({
  count: z.int(),
  p50Ms: quantile,
  p99Ms: quantile,
  buckets: z.array(z.object({ upToMs: z.int().nullable(), count: z.int() })),
});

const metricsSchema = z.object({
  lagMs: z
    .object({
      since: isoTime,
      received: histogramSchema.describe('From the event to the arrival of its webhook.'),
      decided: histogramSchema.describe('From the arrival to the entry.'),
      written: histogramSchema.describe('From the entry to the confirmed write of a level.'),
      total: histogramSchema.describe('From the event to the confirmed write of a level.'),
    })
    .describe('How long levels took to follow what happened at another place.'),
  exposureMs: histogramSchema.describe(
    'The whole lag of falls: how long another place offered units that were gone.',
  ),
  delivery: z.array(deliverySchema),
  polling: z
    .object({ stockMinutes: z.int(), ordersMinutes: z.int() })
    .describe('Minutes between two polls now: fewer than set while webhooks are lost.'),
  calls: z.object({
    since: isoTime,
    isWhole: z.boolean().describe('false: there were more than were counted.'),
    counts: z.array(
      z.object({
        platform: z.enum(['bigcommerce', 'clover']),
        outcome: z.string(),
        calls: z.int(),
      }),
    ),
  }),
  oversells: z
    .object({ incidents: z.int(), open: z.int() })
    .describe('How often more was sold than there was, and how often it is not made good yet.'),
  rows: z.object({ links: z.int(), ledgers: z.int() }).describe('Rows that D1 holds.'),
});

export function registerMetrics(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/metrics`,
    describe({
      tag: 'Operation',
      summary: 'Measure a connection',
      description:
        'Lag and exposure are those of the last day, delivery is measured per place by who told its ledgers of a change ' +
        'first, calls are those of the last hour.',
      answer: [200, 'The figures.', metricsSchema],
    }),
    async (context) => {
      const { connection } = context.var;
      return context.json(await figuresOf(ports, connection));
    },
  );
  api.get(
    `${CONNECTION}/metrics/prometheus`,
    describeText({
      tag: 'Operation',
      summary: 'Measure a connection, for scraping',
      description: 'The same figures in the text format of Prometheus, and what `activity` tells.',
      answer: [200, 'The figures.', 'text/plain; version=0.0.4'],
    }),
    async (context) => {
      const { connection } = context.var;
      const [figures, activity] = await Promise.all([
        figuresOf(ports, connection),
        activityOf(ports, connection.id),
      ]);
      const text = prometheusText(connection.id, figures, activity);
      return context.text(text, 200, {
        'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
      });
    },
  );
}

/** What both forms of the metrics tell. */
export type Figures = Awaited<ReturnType<typeof figuresOf>>;

async function figuresOf(ports: Ports, connection: Connection) {
  const sinceMs = ports.now() - HOUR_MS;
  const lagSinceMs = ports.now() - 24 * HOUR_MS;
  const [lag, delivery, calls, rows, oversells] = await Promise.all([
    lagSince(ports.db, connection.id, lagSinceMs),
    listDeliveries(ports.db, connection.id),
    countCalls(ports.db, connection.id, sinceMs),
    countRows(ports.db, connection.id),
    countOversells(ports.db, connection.id),
  ]);
  return {
    lagMs: {
      since: iso(lagSinceMs),
      received: histogramOf(lag, 'received'),
      decided: histogramOf(lag, 'decided'),
      written: histogramOf(lag, 'written'),
      total: histogramOf(lag, 'lag'),
    },
    exposureMs: histogramOf(lag, 'exposure'),
    delivery: delivery.map(shownDelivery),
    polling: pollingOf(connection),
    calls: { since: iso(sinceMs), ...calls },
    oversells,
    rows,
  };
}

function pollingOf({ settings, stockPollMinutes, ordersPollMinutes }: Connection) {
  const { stockMinutes, ordersMinutes } = settings.schedule;
  return {
    stockMinutes: Math.min(stockMinutes, stockPollMinutes ?? stockMinutes),
    ordersMinutes: Math.min(ordersMinutes, ordersPollMinutes ?? ordersMinutes),
  };
}

const TOPICS = {
  bigcommerce: {
    levels: 'store/channel/*/inventory/product/stock_changed',
    sales: 'store/order/*',
  },
  clover: { levels: 'IS,I', sales: 'O,P' },
} as const;

function shownDelivery(row: DeliveryRow) {
  const platform = row.place.startsWith('clover:') ? 'clover' : 'bigcommerce';
  return {
    platform,
    place: row.place,
    topic: TOPICS[platform][row.subject],
    score: scoreOf(row),
    told: rounded(row.told),
    found: rounded(row.found),
    lastFoundAt: isoOrNull(row.lastFoundAtMs),
    measuredAt: iso(row.measuredAtMs),
  } as const;
}

function rounded(count: number): number {
  return Math.round(count * 100) / 100;
}

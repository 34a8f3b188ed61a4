/** The daily proof that both sides' money agrees, as JSON and as CSV. */
import * as z from 'zod';
import type { Compared } from '../domain/orders/tie-out.ts';
import type { Ports } from '../ports.ts';
import { tieOutCsv } from '../sync/tie-out-file.ts';
import { tieOutOf, type DayTieOut } from '../sync/tie-out.ts';
import { refuse } from './errors.ts';
import {
  type Api,
  checked,
  CONNECTION,
  describe,
  iso,
  isoTime,
  whileInstalled,
} from './routing.ts';

const minor = z.int().describe('Minor units of `currency`.');
const comparedSchema = z.object({ web: minor, register: minor, difference: minor });

const tieOutSchema = z.object({
  date: z.string(),
  timeZone: z.string().describe("The merchant's own."),
  from: isoTime,
  until: isoTime,
  currency: z.string(),
  isTied: z
    .boolean()
    .describe(
      'Each cent of difference has its class below; register-only sales are differences too.',
    ),
  unexplained: minor,
  orders: z.object({ web: z.int(), matched: z.int(), registerOnly: z.int() }),
  total: comparedSchema,
  tax: comparedSchema.describe('Of web orders; the register has it in their payments.'),
  shipping: comparedSchema,
  discount: comparedSchema,
  refunds: comparedSchema.describe('Of this day, whatever day their order is of.'),
  tenders: z.array(comparedSchema.extend({ method: z.string() })),
  registerOnly: z.array(z.object({ tender: z.string(), amount: minor })),
  differences: z.array(
    z.object({
      class: z.enum([
        'rounding',
        'unmapped',
        'pending',
        'failed',
        'edited',
        'register-only',
        'not-sent',
      ]),
      kind: z.enum(['sale', 'refund']),
      webOrderId: z.string().nullable(),
      registerOrderId: z.string().nullable(),
      web: minor,
      register: minor,
      difference: minor,
      why: z.string(),
    }),
  ),
});

export function registerTieOut(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/tie-out`,
    describe({
      tag: 'Orders',
      summary: "Compare both sides' money of one day",
      description:
        'Reads both platforms now. `format=csv`: one row per order and refund that differs, and the sums.',
      answer: [200, 'The day.', tieOutSchema],
      errors: { 409: 'The app is uninstalled, or no register is connected.' },
    }),
    whileInstalled,
    checked(
      'query',
      z.strictObject({
        date: z.iso.date().describe("A day of the merchant's time zone, `2026-11-25`."),
        format: z.enum(['json', 'csv']).default('json'),
      }),
    ),
    async (context) => {
      const { date, format } = context.req.valid('query');
      const read = await tieOutOf(ports, context.var.connection, date, ports.newId());
      if (!read.ok) return refuse(context, read.failure);
      if (format === 'json') return context.json(shown(read.value));
      context.header('Content-Type', 'text/csv; charset=utf-8');
      context.header('Content-Disposition', `attachment; filename="tie-out-${date}.csv"`);
      return context.body(tieOutCsv(read.value));
    },
  );
}

const pair = ({ webMinor, registerMinor, differenceMinor }: Compared) => ({
  web: webMinor,
  register: registerMinor,
  difference: differenceMinor,
});

function shown(day: DayTieOut) {
  return {
    date: day.date,
    timeZone: day.timeZone,
    from: iso(day.fromMs),
    until: iso(day.untilMs),
    currency: day.currency,
    isTied: day.unexplainedMinor === 0,
    unexplained: day.unexplainedMinor,
    orders: day.orders,
    total: pair(day.total),
    tax: pair(day.tax),
    shipping: pair(day.shipping),
    discount: pair(day.discount),
    refunds: pair(day.refunds),
    tenders: day.tenders.map((tender) => ({ method: tender.method, ...pair(tender) })),
    registerOnly: day.registerOnly.map(({ tender, amountMinor }) => ({
      tender,
      amount: amountMinor,
    })),
    differences: day.differences.map((difference) => ({
      class: difference.class,
      kind: difference.kind,
      webOrderId: difference.webOrderId,
      registerOrderId: difference.registerOrderId,
      ...pair(difference),
      why: difference.why,
    })),
  };
}

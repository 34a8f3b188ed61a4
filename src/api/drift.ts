/** Where the two sides disagree with the ledgers, and what happens next. */
import * as z from 'zod';
import { DRIFT_CLASSES } from '../domain/stock/drift.ts';
import type { Ports } from '../ports.ts';
import { listSweepMarks } from '../store/sweep-marks.ts';
import { driftPage, driftTotals, type DriftRow } from '../sync/drift.ts';
import { invalid } from './errors.ts';
import {
  type Api,
  checked,
  CONNECTION,
  describe,
  isoOrNull,
  isoTime,
  pageOf,
  pageQuery,
  readCursor,
  writeCursor,
} from './routing.ts';

const units = z.int().nullable();

const rowSchema = z.object({
  sku: z.string(),
  linkId: z.string(),
  platform: z.enum(['bigcommerce', 'clover']),
  place: z.string().describe('`bigcommerce:{locationId}` or `clover:{merchantId}`.'),
  level: units.describe('The newest level known; null: not counted there.'),
  believed: units.describe('What the ledger believes it is.'),
  target: z.int(),
  difference: z.int().describe('Level less target.'),
  since: isoTime.nullable(),
  ageMs: z.int().nullable().describe('How long it has been so, as far as we know.'),
  class: z.enum(DRIFT_CLASSES),
  heals: z.boolean().describe('false: a person has to do something.'),
  next: z.string().describe('What happens next.'),
});

const totalsSchema = z.object(
  Object.fromEntries(DRIFT_CLASSES.map((kind) => [kind, z.int()])) as Record<
    (typeof DRIFT_CLASSES)[number],
    z.ZodInt
  >,
);

const driftSchema = pageOf(rowSchema).extend({
  totals: totalsSchema.describe('Places by class, over all pages.'),
  totalsWhole: z.boolean().describe('false: there are more than were counted.'),
  swept: z
    .array(z.object({ place: z.string(), at: isoTime.nullable() }))
    .describe('When every level of a place was last read.'),
});

export function registerDrift(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/drift`,
    describe({
      tag: 'SKUs',
      summary: 'Report drift on both sides',
      description:
        'Places whose level is not their target, as the ledgers believe and as the last sweep saw. `POST …/reconcile` ' +
        'reads both sides now. A page may be shorter than asked for while `nextCursor` is not null.',
      answer: [200, 'A page of drift, with totals.', driftSchema],
    }),
    checked('query', z.strictObject(pageQuery)),
    async (context) => {
      const { limit, cursor: text } = context.req.valid('query');
      const schema = z.strictObject({ linkId: z.string(), place: z.string() });
      const cursor = readCursor(text, schema);
      if (!cursor.ok) return invalid(context, cursor.failure);
      const { connection } = context.var;
      const [page, counted, marks] = await Promise.all([
        driftPage(ports.db, connection, cursor.value, limit),
        driftTotals(ports, connection),
        listSweepMarks(ports.db, connection.id),
      ]);
      return context.json({
        items: page.rows.map((row) => shown(row, ports.now())),
        nextCursor: writeCursor(page.nextCursor),
        totals: counted.totals,
        totalsWhole: counted.isWhole,
        swept: marks.map(({ place, doneAtMs }) => ({ place, at: isoOrNull(doneAtMs) })),
      });
    },
  );
}

function shown({ sinceMs, ...row }: DriftRow, nowMs: number) {
  const ageMs = sinceMs === null ? null : Math.max(0, nowMs - sinceMs);
  return { ...row, since: isoOrNull(sinceMs), ageMs };
}

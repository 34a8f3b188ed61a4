/** What a caller can have done about one SKU: read it again, or see what that would lead to. */
import * as z from 'zod';
import { eventId } from '../domain/ids.ts';
import type { Ports } from '../ports.ts';
import { saveLedgerViews } from '../store/ledger-copies.ts';
import { type Preview, previewLink } from '../sync/preview.ts';
import { notFound, problem, refuse } from './errors.ts';
import { type Api, audit, describe, whileInstalled } from './routing.ts';
import { ledgerOf, rowOf, SKU } from './skus.ts';

const counts = z.object({
  onHand: z.int(),
  reserved: z.int(),
  places: z.array(z.object({ place: z.string(), level: z.int().nullable(), target: z.int() })),
});

/** What levels read now would lead to. */
export const previewSchema = z.object({
  sku: z.string(),
  before: counts.describe('As the ledger stands.'),
  after: counts.describe(
    'As it would stand if a second look after the settle time showed the same.',
  ),
  entries: z.array(
    z.object({ locationId: z.int(), delta: z.int(), cause: z.string(), note: z.string() }),
  ),
  writes: z
    .array(z.object({ place: z.string(), from: z.int().nullable(), to: z.int() }))
    .describe('Levels that would be written.'),
  unread: z
    .array(z.object({ place: z.string(), message: z.string() }))
    .describe("Places that could not be read: for them the ledger's last word stands."),
});

const TAG = 'SKUs';

export function registerSkuActs(api: Api, ports: Ports): void {
  registerPreview(api, ports);
  api.post(
    `${SKU}/recount`,
    describe({
      tag: TAG,
      summary: 'Read every place of a SKU again',
      description: 'Closes what drifted; done by the queue.',
      answer: [202, 'The places are being read.', z.object({ eventId: z.string() })],
      errors: { 409: 'The app is uninstalled, or the SKU has no open ledger.' },
    }),
    whileInstalled,
    async (context) => {
      const row = await rowOf(ports, context);
      if (row === undefined) return notFound(context, 'such SKU in this connection');
      const cause = eventId(ports.newId());
      const view = await ledgerOf(ports, context, row).recount(cause);
      if (view === null) {
        const message = 'This SKU has no open ledger: apply a plan that links it first.';
        return problem(context, 409, 'conflict', message);
      }
      await saveLedgerViews(ports.db, [view], ports.now());
      audit(ports, context, {
        operation: 'sku.recount',
        eventId: cause,
        sku: row.sku,
        message: `A recount of ${row.sku} was asked for through the API.`,
      });
      return context.json({ eventId: cause }, 202);
    },
  );
}

function registerPreview(api: Api, ports: Ports): void {
  api.post(
    `${SKU}/preview`,
    describe({
      tag: TAG,
      summary: 'Show what a recount would do',
      description:
        'Reads every place of the SKU and decides, but stores nothing and writes nothing to either platform.',
      answer: [200, 'What would change.', previewSchema],
      errors: { 409: 'The app is uninstalled.' },
    }),
    whileInstalled,
    async (context) => {
      const row = await rowOf(ports, context);
      if (row === undefined) return notFound(context, 'such SKU in this connection');
      const preview = await previewLink(ports, context.var.connection, row.linkId);
      if (!preview.ok) return refuse(context, preview.failure);
      return context.json(shownPreview(preview.value));
    },
  );
}

/** A preview as the API shows it. */
export function shownPreview({ before, after, entries, writes, unread }: Preview) {
  const side = ({ onHand, reserved, places }: Preview['before']) => ({
    onHand,
    reserved,
    places: places.map(({ place, level, target }) => ({ place, level, target })),
  });
  return {
    sku: before.sku,
    before: side(before),
    after: side(after),
    entries: entries.map(({ locationId, delta, cause, note }) => ({
      locationId,
      delta,
      cause,
      note,
    })),
    writes: [...writes],
    unread: [...unread],
  };
}

/** What a person can do with one SKU: see it over time, hold units back, have it counted again, keep its entries. */
import type { Context } from 'hono';
import { attachment } from '../attachment.ts';
import { csvLines } from '../domain/csv.ts';
import { eventId } from '../domain/ids.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import { SKU_CSV_ENTRIES_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { saveLedgerViews } from '../store/ledger-copies.ts';
import { findLink, type Link } from '../store/links.ts';
import { type Point, StepChart } from './chart.tsx';
import { goTo } from './enter.tsx';
import type { Entries } from './entry-table.tsx';
import { SKU } from './english.ts';
import { Form, Told, type Tokens } from './form.tsx';
import { auditPage, failurePage, notFoundPage, type OwnForm, type Viewer } from './gate.ts';
import { saveAndAudit } from './settings.tsx';
import { sayMoment } from './words.tsx';

const CSV_PAGE_ENTRIES = 500;
const UNITS_MAX = 1_000_000;

export const skuPath = (linkId: string) => `/app/skus/${encodeURIComponent(linkId)}` as const;
export const bufferPath = (linkId: string): string => `${skuPath(linkId)}/buffer`;
export const recountPath = (linkId: string): string => `${skuPath(linkId)}/recount`;

/** What the last form did. */
export function SkuTold(props: { context: Context }) {
  const done = props.context.req.query('done');
  if (done === 'recount') return <Told>{SKU.recounted}</Told>;
  if (done === 'buffer') return <Told>{SKU.bufferSet}</Told>;
  return done === 'wrong' ? <Told tone="bad">{SKU.bufferWrong}</Told> : null;
}

/**
 * On hand after each of these entries (newest first), counted back from what it is now, so that pools add up whatever
 * the order of their lines.
 */
export function pointsOf(
  entries: readonly Pick<Entries['items'][number], 'atMs' | 'delta'>[],
  onHand: number,
): Point[] {
  let value = onHand;
  const points = entries.map(({ atMs, delta }): Point => {
    const point = { atMs, value };
    value -= delta;
    return point;
  });
  return points.toReversed();
}

export function OverTime(props: {
  link: Link;
  view: LedgerView;
  entries: Entries;
  connection: Connection;
  nowMs: number;
}) {
  const { link, view, entries, connection, nowMs } = props;
  const points = pointsOf(entries.items, view.onHand);
  if (points.length < 2) return null;
  return (
    <section class="card">
      <h2>{SKU.overTime}</h2>
      <div class="scroll" tabindex={0} role="region" aria-label={SKU.overTime}>
        <StepChart
          points={points}
          untilMs={nowMs}
          title={SKU.chart(link.sku)}
          sayTime={(atMs) => sayMoment(atMs, connection.timeZone)}
        />
      </div>
    </section>
  );
}

export function SkuActs(props: { link: Link; connection: Connection; tokens: Tokens }) {
  const { link, connection, tokens } = props;
  const { buffer } = connection.settings.stock;
  const own = Object.hasOwn(buffer.bySku, link.sku) ? buffer.bySku[link.sku] : undefined;
  return (
    <section class="card">
      <h2>{SKU.acts}</h2>
      <div class="acts end">
        <Form action={bufferPath(link.linkId)} tokens={tokens} inline>
          <label>
            {SKU.buffer}
            <br />
            <input
              type="number"
              name="units"
              min={0}
              max={UNITS_MAX}
              step={1}
              value={own === undefined ? '' : String(own)}
              aria-describedby="buffer-hint"
            />
          </label>
          <button type="submit" class="plain">
            {SKU.set}
          </button>
        </Form>
        <Form action={recountPath(link.linkId)} tokens={tokens} inline>
          <button type="submit" class="plain" title={SKU.recountMore}>
            {SKU.recount}
          </button>
        </Form>
        <a class="button plain" href={`${skuPath(link.linkId)}/entries.csv`}>
          {SKU.csv}
        </a>
      </div>
      <p class="soft small" id="buffer-hint">
        {SKU.bufferMore(buffer.units)}
      </p>
    </section>
  );
}

/** The link that an address names, within the viewer's connection only (X5). */
async function linkOf(ports: Ports, { connection }: Viewer, context: Context) {
  return findLink(ports.db, connection.id, context.req.param('linkId') ?? '');
}

/** `POST /app/skus/{linkId}/buffer` */
export async function bufferForm(ports: Ports, form: OwnForm, context: Context): Promise<Response> {
  const link = await linkOf(ports, form, context);
  if (link === undefined) return notFoundPage(ports, true);
  const text = (form.fields.get('units') ?? '').trim();
  const units = text === '' ? null : Number(text);
  const isFine = units === null || (/^\d{1,7}$/.test(text) && units <= UNITS_MAX);
  if (!isFine) return goTo(`${skuPath(link.linkId)}?done=wrong`);
  const bySku = Object.fromEntries([[link.sku, units]]);
  const refused = await saveAndAudit(ports, form, { stock: { buffer: { bySku } } });
  return refused ?? goTo(`${skuPath(link.linkId)}?done=buffer`);
}

/** `POST /app/skus/{linkId}/recount` */
export async function recountForm(
  ports: Ports,
  form: OwnForm,
  context: Context,
): Promise<Response> {
  const link = await linkOf(ports, form, context);
  if (link === undefined) return notFoundPage(ports, true);
  const cause = eventId(ports.newId());
  const view = await ports.objects.skuLedger(form.connection.id, link.linkId).recount(cause);
  if (view === null) {
    const message = 'This SKU has no open ledger: apply a plan that links it first.';
    return failurePage(ports, { code: 'conflict', message });
  }
  await saveLedgerViews(ports.db, [view], ports.now());
  auditPage(ports, form, {
    operation: 'sku.recount',
    eventId: cause,
    sku: link.sku,
    message: `A recount of ${link.sku} was asked for on its page.`,
  });
  return goTo(`${skuPath(link.linkId)}?done=recount`);
}

/** `GET /app/skus/{linkId}/entries.csv`, newest first. */
export async function entriesFile(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const link = await linkOf(ports, viewer, context);
  if (link === undefined) return notFoundPage(ports, true);
  const ledger = ports.objects.skuLedger(viewer.connection.id, link.linkId);
  const rows: string[][] = [];
  for (let cursor: number | null = null; rows.length < SKU_CSV_ENTRIES_MAX;) {
    const page: Entries = await ledger.entries(cursor, CSV_PAGE_ENTRIES);
    for (const entry of page.items) {
      rows.push([
        String(entry.seq),
        new Date(entry.atMs).toISOString(),
        String(entry.locationId),
        entry.cause,
        entry.place ?? '',
        String(entry.delta),
        String(entry.onHandAfter),
        entry.source,
        entry.eventId,
        entry.note,
      ]);
    }
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  const header = [
    'seq',
    'at',
    'locationId',
    'cause',
    'place',
    'delta',
    'onHandAfter',
    'source',
    'eventId',
    'note',
  ];
  return attachment('entries.csv', csvLines([header, ...rows]));
}

/** What a look at a SKU's places would lead to: both sides are read, the ledger decides, and nothing is stored or written. */
import type { Failure } from '../domain/failure.ts';
import { eventId, type PlaceKey } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { LedgerPreview, Observation } from '../domain/stock/api.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { findLink } from '../store/links.ts';
import { stockPolicy } from './policy.ts';
import { linksOf, storyOf } from './event-story.ts';
import { openScope } from './scope.ts';
import { addressOf, readLevel } from './stock.ts';

export interface Preview extends LedgerPreview {
  /** Places that could not be read: for them the ledger's last word stands. */
  readonly unread: readonly { readonly place: PlaceKey; readonly message: string }[];
}

/** Failure `unlinked`: there is no such link, or its ledger is not open yet. */
export async function previewLink(
  ports: Ports,
  connection: Connection,
  linkId: string,
): Promise<Result<Preview, Failure>> {
  const link = await findLink(ports.db, connection.id, linkId);
  const ledger = ports.objects.skuLedger(connection.id, linkId);
  const view = link === undefined ? null : await ledger.view();
  if (link === undefined || view === null) return notOpen();
  const cause = { connection, eventId: eventId(ports.newId()) };
  const scope = openScope(ports);
  const seen: Observation[] = [];
  const unread: Preview['unread'][number][] = [];
  for (const { place, skipped } of view.places) {
    const address = addressOf(link, place);
    if (address === undefined || skipped !== null) continue;
    const reading = await readLevel(scope, cause, link.sku, address);
    if (reading.ok)
      seen.push({ place, eventId: cause.eventId, source: 'verify', ...reading.value });
    else unread.push({ place, message: reading.failure.message });
  }
  const preview = await ledger.preview(seen, stockPolicy(connection, link.sku));
  return preview === null ? notOpen() : ok({ ...preview, unread });
}

/** SKUs of one event that are looked at: each costs a read per place, and a request has a bound of those. */
const PREVIEWED_MAX = 20;

export interface EventPreview {
  readonly previews: readonly Preview[];
  readonly failed: readonly { readonly sku: string; readonly message: string }[];
}

/**
 * Previews of the SKUs that an event named or led to something for; null: the log holds no such event of this connection.
 */
export async function previewEvent(
  ports: Ports,
  connection: Connection,
  id: string,
): Promise<EventPreview | null> {
  const story = await storyOf(ports.db, connection.id, id);
  if (story === null) return null;
  const links = await linksOf(ports, connection, story);
  const previews: Preview[] = [];
  const failed: { sku: string; message: string }[] = [];
  for (const { linkId, sku } of links.slice(0, PREVIEWED_MAX)) {
    const preview = await previewLink(ports, connection, linkId);
    if (preview.ok) previews.push(preview.value);
    else failed.push({ sku, message: preview.failure.message });
  }
  for (const { sku } of links.slice(PREVIEWED_MAX)) {
    failed.push({ sku, message: `Only ${PREVIEWED_MAX} SKUs are looked at per call.` });
  }
  return { previews, failed };
}

function notOpen(): Result<never, Failure> {
  const message = 'This SKU has no open ledger: apply a plan that links it first.';
  return fail({ code: 'unlinked', message });
}

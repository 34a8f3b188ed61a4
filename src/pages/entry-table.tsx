/** What a count is made of, entry by entry, in words: who moved it, how soon we knew, how soon the others showed it. */
import type { SkuLedgerApi } from '../domain/stock/api.ts';
import type { KeptEntry } from '../domain/stock/journal.ts';
import { levelPage, orderIn, orderPage, type PlatformPages } from '../domain/platform-pages.ts';
import type { Connection } from '../store/connections.ts';
import type { Link } from '../store/links.ts';
import { FRAME } from './english.ts';
import { Moment, sayCause, sayPlace, sayPlacesIn } from './words.tsx';
import { SKU_PAGE } from './words-english.ts';

export type Entries = Awaited<ReturnType<SkuLedgerApi['entries']>>;

interface Shown {
  readonly connection: Connection;
  readonly pages: PlatformPages;
}

export function EntryTable(props: { entries: Entries; link: Link } & Shown) {
  const { entries, link, ...shown } = props;
  return (
    <section class="card">
      <h2>{SKU_PAGE.entries}</h2>
      {entries.items.length === 0 ? (
        <p class="soft">{SKU_PAGE.noEntries}</p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label={FRAME.table}>
          <table>
            <thead>
              <tr>
                <th scope="col">{SKU_PAGE.when}</th>
                <th scope="col">{SKU_PAGE.what}</th>
                <th scope="col" class="num">
                  {SKU_PAGE.change}
                </th>
                <th scope="col" class="num">
                  {SKU_PAGE.onHandThen}
                </th>
              </tr>
            </thead>
            <tbody>
              {entries.items.map((entry) => (
                <EntryRow entry={entry} productId={link.productId} {...shown} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {entries.nextCursor === null ? null : (
        <a href={`/app/skus/${encodeURIComponent(link.linkId)}?after=${entries.nextCursor}`}>
          {SKU_PAGE.older}
        </a>
      )}
    </section>
  );
}

function EntryRow(props: { entry: KeptEntry; productId: number } & Shown) {
  const { entry, productId, connection, pages } = props;
  const orderId = orderIn(entry.source);
  const href =
    orderId === null
      ? levelPage(pages, entry.place, productId)
      : orderPage(pages, entry.place, orderId);
  const story = sayTimes(entry, connection);
  return (
    <tr>
      <td>
        <Moment atMs={entry.happenedAtMs ?? entry.atMs} timeZone={connection.timeZone} />
      </td>
      <td>
        <strong>{sayCause(entry.cause)}</strong>
        {entry.place === null ? '' : SKU_PAGE.at(sayPlace(entry.place, connection))}
        <div>{sayPlacesIn(entry.note, connection)}</div>
        {story === '' ? null : <div class="small">{story}</div>}
        <div class="soft small">
          {href === null ? (
            entry.source
          ) : (
            <a href={href} target="_blank" rel="noopener noreferrer">
              {orderId === null ? entry.source : SKU_PAGE.order(orderId)}
            </a>
          )}
        </div>
      </td>
      <td class="num">{entry.delta > 0 ? `+${entry.delta}` : entry.delta}</td>
      <td class="num">{entry.onHandAfter}</td>
    </tr>
  );
}

/**
 * How soon after it happened we knew, and the others showed it: `Seen after 0.8 s, Web shop written after 1.1 s.` Empty
 * where nothing is known of it.
 */
export function sayTimes(entry: KeptEntry, connection: Pick<Connection, 'merchants'>): string {
  const { happenedAtMs, receivedAtMs, atMs, written = [] } = entry;
  const beganAtMs = happenedAtMs ?? receivedAtMs ?? atMs;
  const seenAtMs = receivedAtMs ?? atMs;
  const seen =
    happenedAtMs === undefined || happenedAtMs === null
      ? []
      : [SKU_PAGE.seenAfter(sayDuration(seenAtMs - happenedAtMs))];
  const shown = written.map(({ place, atMs: writtenAtMs }) =>
    SKU_PAGE.writtenAfter(sayPlace(place, connection), sayDuration(writtenAtMs - beganAtMs)),
  );
  const parts = [...seen, ...shown].join(', ');
  return parts === '' ? '' : `${parts.charAt(0).toUpperCase()}${parts.slice(1)}.`;
}

/** `0.8 s`, `42 s`, `3 min`, `5 h`, `2 days`; clocks of two machines may disagree, time never ran backwards. */
export function sayDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

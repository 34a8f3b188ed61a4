import type { Context } from 'hono';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { findLink } from '../store/links.ts';
import { productPage } from '../domain/platform-pages.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import { EntryTable } from './entry-table.tsx';
import { frameOf, notFoundPage, type Viewer } from './gate.ts';
import { Level } from './skus.tsx';
import { FRAME } from './english.ts';
import { page } from './page.tsx';
import { tokensFor } from './form.tsx';
import { bufferPath, OverTime, recountPath, SkuActs, SkuTold } from './sku-acts.tsx';
import { Moment, sayPlace, sayPlacesIn, Tag } from './words.tsx';
import { SKU_PAGE } from './words-english.ts';

const ENTRIES_PER_PAGE = 50;

/** `GET /app/skus/{linkId}`: what one SKU's count is made of. `cursor` is the last seen entry. */
export async function skuPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
  cursor: number | null,
): Promise<Response> {
  const { connection } = viewer;
  const linkId = context.req.param('linkId') ?? '';
  // The link is looked up within the connection first: another connection's ledger is never asked (X5).
  const link = await findLink(ports.db, connection.id, linkId);
  if (link === undefined) return notFoundPage(ports, true);
  const ledger = ports.objects.skuLedger(connection.id, link.linkId);
  const [view, entries, tokens] = await Promise.all([
    ledger.view(),
    ledger.entries(cursor, ENTRIES_PER_PAGE),
    tokensFor(viewer.session, [bufferPath(linkId), recountPath(linkId)]),
  ]);
  const pages = { connectionId: connection.id, cloverOrigin: ports.config.clover.webOrigin };
  return page(ports, 200, {
    title: link.sku,
    ...frameOf(viewer),
    at: '/app/skus',
    children: (
      <>
        <p class="small">
          <a href="/app/skus">{FRAME.skus}</a>
        </p>
        <h1>{link.sku}</h1>
        <p class="soft">
          {link.name},{' '}
          <a href={productPage(pages, link.productId)} target="_blank" rel="noopener noreferrer">
            {SKU_PAGE.inBigCommerce}
          </a>
        </p>
        <SkuTold context={context} />
        {link.status === 'broken' ? (
          <p class="note bad" role="alert">
            {SKU_PAGE.broken}
          </p>
        ) : null}
        {view === null ? (
          <p class="note">{SKU_PAGE.notCounted}</p>
        ) : (
          <Counts view={view} connection={connection} />
        )}
        {view === null || cursor !== null ? null : (
          <OverTime
            link={link}
            view={view}
            entries={entries}
            connection={connection}
            nowMs={ports.now()}
          />
        )}
        <EntryTable entries={entries} link={link} connection={connection} pages={pages} />
        {view === null ? null : <SkuActs link={link} connection={connection} tokens={tokens} />}
      </>
    ),
  });
}

function Counts(props: { view: LedgerView; connection: Connection }) {
  const { view, connection } = props;
  return (
    <section class="card">
      <dl class="grid">
        <div>
          <dt>{SKU_PAGE.onHand}</dt>
          <dd>{view.onHand}</dd>
        </div>
        <div>
          <dt>{SKU_PAGE.reserved}</dt>
          <dd>{view.reserved}</dd>
        </div>
        <div>
          <dt>{SKU_PAGE.buffer}</dt>
          <dd>{view.buffer}</dd>
        </div>
      </dl>
      {view.onHand < 0 ? (
        <p class="note bad" role="alert">
          {SKU_PAGE.owed(-view.onHand)}
        </p>
      ) : null}
      <Places view={view} connection={connection} />
      {view.parked.map(({ place, reason }) => (
        <p class="note bad" role="alert">
          {SKU_PAGE.parked(sayPlace(place, connection), sayPlacesIn(reason, connection))}
        </p>
      ))}
    </section>
  );
}

function Places(props: { view: LedgerView; connection: Connection }) {
  const { view, connection } = props;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={FRAME.table}>
      <table>
        <thead>
          <tr>
            <th scope="col">{SKU_PAGE.place}</th>
            <th scope="col" class="num">
              {SKU_PAGE.shows}
            </th>
            <th scope="col">{SKU_PAGE.seen}</th>
            <th scope="col">{SKU_PAGE.state}</th>
          </tr>
        </thead>
        <tbody>
          {view.places.map((place) => (
            <tr>
              <td>{sayPlace(place.place, connection)}</td>
              <td class="num">
                <Level {...place} />
              </td>
              <td>
                {place.observedAtMs === null ? (
                  FRAME.never
                ) : (
                  <Moment atMs={place.observedAtMs} timeZone={connection.timeZone} />
                )}
              </td>
              <td>
                {place.skipped === null ? (
                  <Tag
                    tone={place.pending ? 'warn' : 'good'}
                    text={place.pending ? SKU_PAGE.onItsWay : SKU_PAGE.inStep}
                  />
                ) : (
                  <Tag tone="bad" text={place.skipped} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The linked SKUs with their levels, to be found by text or paged through. */
import type { Context } from 'hono';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { listSkus, searchSkus, type SkuCursor, type SkuRow } from '../store/ledger-copies.ts';
import { FRAME, SKUS } from './english.ts';
import { frameOf, type Viewer } from './gate.ts';
import { page } from './page.tsx';
import { sayLevel, sayPlace, Tag } from './words.tsx';

const SKUS_PER_PAGE = 100;
const FIND_CHARS_MAX = 100;

/** `GET /app/skus?find=`; without it a page after the SKU and link of the address. */
export async function skusPage(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const { connection } = viewer;
  const find = (context.req.query('find') ?? '').trim().slice(0, FIND_CHARS_MAX);
  const after = skuCursor(context);
  const listed =
    find === ''
      ? await listSkus(ports.db, connection.id, after, SKUS_PER_PAGE)
      : {
          items: await searchSkus(ports.db, connection.id, find, SKUS_PER_PAGE),
          nextCursor: null,
        };
  return page(ports, 200, {
    ...frameOf(viewer),
    title: FRAME.skus,
    at: '/app/skus',
    children: (
      <>
        <div class="row head">
          <h1>{FRAME.skus}</h1>
          <form method="get" action="/app/skus" class="inline" role="search">
            <input
              type="search"
              name="find"
              value={find}
              aria-label={SKUS.find}
              placeholder={SKUS.find}
              maxlength={FIND_CHARS_MAX}
            />
            <button type="submit" class="plain">
              {SKUS.search}
            </button>
          </form>
        </div>
        {listed.items.length === 0 ? (
          <Empty find={find} isFirst={after === null} />
        ) : (
          <SkuTable rows={listed.items} connection={connection} />
        )}
        <div class="row">
          {after === null && find === '' ? null : (
            <a href="/app/skus">{find === '' ? FRAME.first : SKUS.all}</a>
          )}
          {listed.nextCursor === null ? null : (
            <a href={nextHref(listed.nextCursor)}>{FRAME.next}</a>
          )}
        </div>
      </>
    ),
  });
}

function Empty(props: { find: string; isFirst: boolean }) {
  const { find, isFirst } = props;
  return (
    <section class="card empty">
      <h2>{find === '' ? (isFirst ? SKUS.none : SKUS.noMore) : SKUS.notFound(find)}</h2>
      {find === '' && isFirst ? (
        <p>
          {SKUS.noneMore} <a href="/app/plans">{SKUS.makePlan}</a>
        </p>
      ) : null}
    </section>
  );
}

function SkuTable(props: { rows: readonly SkuRow[]; connection: Connection }) {
  const { rows, connection } = props;
  const places = [
    ...new Set(rows.flatMap(({ ledger }) => ledger?.places.map(({ place }) => place) ?? [])),
  ].toSorted();
  return (
    <section class="card">
      <div class="scroll" tabindex={0} role="region" aria-label={FRAME.skus}>
        <table>
          <thead>
            <tr>
              <th scope="col">{SKUS.sku}</th>
              <th scope="col" class="num">
                {SKUS.onHand}
              </th>
              {places.map((place) => (
                <th scope="col" class="num">
                  {sayPlace(place, connection)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Sku row={row} places={places} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Where the next page begins; anything that is none is the first page. */
function skuCursor(context: Context): SkuCursor | null {
  const sku = context.req.query('sku');
  const linkId = context.req.query('link');
  return sku === undefined || linkId === undefined ? null : { sku, linkId };
}

function nextHref(next: SkuCursor): string {
  return `/app/skus?${new URLSearchParams({ sku: next.sku, link: next.linkId }).toString()}`;
}

function Sku(props: { row: SkuRow; places: readonly string[] }) {
  const { row, places } = props;
  const { ledger } = row;
  return (
    <tr>
      <td class="sku">
        <a href={`/app/skus/${encodeURIComponent(row.linkId)}`}>{row.sku}</a>
        <div class="soft small name">{row.name}</div>
        {row.linkStatus === 'broken' ? <Tag tone="bad" text="link broken" /> : null}
        {ledger !== null && ledger.parked > 0 ? <Tag tone="bad" text="parked" /> : null}
      </td>
      <td class="num">{ledger === null ? '–' : ledger.onHand}</td>
      {places.map((name) => {
        const place = ledger?.places.find((each) => each.place === name);
        return <td class="num">{place === undefined ? '' : <Level {...place} />}</td>;
      })}
    </tr>
  );
}

/** The level a place shows and, while they differ, the one it is to show. */
export function Level(props: { level: number | null; target: number; pending: boolean }) {
  const { level, target, pending } = props;
  if (level === target && !pending) return <>{sayLevel(level)}</>;
  return (
    <>
      {sayLevel(level)} → {target}
    </>
  );
}

import { makeTicket } from '../install/session.ts';
import type { Ports } from '../ports.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import {
  listSkus,
  outstanding,
  type Outstanding,
  type SkuCursor,
  type SkuRow,
} from '../store/ledger-copies.ts';
import { findLatestPlan, type Plan } from '../store/plans.ts';
import type { Viewer } from './gate.ts';
import { MerchantWarnings } from './merchant-warnings.tsx';
import { page } from './page.tsx';
import { PlanCounts } from './plans.tsx';
import { sayConnection, sayLevel, sayMerchant, sayPlace, sayPlan, Tag } from './words.tsx';

const SKUS_PER_PAGE = 100;

/** `GET /app`: one connection at a glance. `after` is the last SKU of the page before. */
export async function overviewPage(
  ports: Ports,
  viewer: Viewer,
  after: SkuCursor | null,
): Promise<Response> {
  const { connection } = viewer;
  const [skus, waiting, plan, ticket] = await Promise.all([
    listSkus(ports.db, connection.id, after, SKUS_PER_PAGE),
    outstanding(ports.db, connection.id),
    findLatestPlan(ports.db, connection.id),
    makeTicket(ports, viewer.session),
  ]);
  return page(ports, 200, {
    title: connection.name,
    signedIn: true,
    at: '/app',
    children: (
      <>
        <div class="row">
          <h1>{connection.name}</h1>
          <Tag {...sayConnection(connection.status)} />
        </div>
        {connection.status === 'reauthorise' ? (
          <p class="note bad" role="alert">
            BigCommerce no longer accepts our access. Open Onhand from Apps in your control panel
            and accept what it asks for.
          </p>
        ) : null}
        <Merchants connection={connection} ticket={ticket} />
        <Linking plan={plan} connection={connection} />
        <Activity waiting={waiting} nowMs={ports.now()} />
        <Skus rows={skus.items} connection={connection} next={skus.nextCursor} after={after} />
      </>
    ),
  });
}

/** In a new tab, because Clover's pages refuse to be framed; the ticket works there without this frame's cookie. */
function ConnectForm(props: { ticket: string; merchantId?: string; label: string }) {
  return (
    <form method="post" action="/app/clover/connect" target="_blank" rel="noopener">
      <input type="hidden" name="ticket" value={props.ticket} />
      {props.merchantId === undefined ? null : (
        <input type="hidden" name="merchantId" value={props.merchantId} />
      )}
      <button type="submit" class={props.merchantId === undefined ? undefined : 'plain'}>
        {props.label}
      </button>
    </form>
  );
}

function Merchants(props: { connection: Connection; ticket: string }) {
  const { connection, ticket } = props;
  return (
    <section class="card">
      <div class="row">
        <h2>Clover merchants</h2>
        <ConnectForm ticket={ticket} label="Connect Clover" />
      </div>
      {connection.merchants.length === 0 ? (
        <p class="soft">
          None yet. Install Onhand from the Clover App Market, then connect it here; a new tab
          opens.
        </p>
      ) : (
        connection.merchants.map((merchant) => <Merchant merchant={merchant} ticket={ticket} />)
      )}
    </section>
  );
}

function Merchant(props: { merchant: CloverMerchant; ticket: string }) {
  const { merchant, ticket } = props;
  return (
    <div>
      <div class="row">
        <span>
          <strong>{merchant.name}</strong> <span class="soft small">{merchant.merchantId}</span>
        </span>
        <Tag {...sayMerchant(merchant.status)} />
        {merchant.status === 'connected' ? null : (
          <ConnectForm ticket={ticket} merchantId={merchant.merchantId} label="Connect again" />
        )}
      </div>
      <MerchantWarnings trackStock={merchant.trackStock} updateStock={merchant.updateStock} />
    </div>
  );
}

function Linking(props: { plan: Plan | undefined; connection: Connection }) {
  const { plan, connection } = props;
  if (plan === undefined) {
    return (
      <section class="card">
        <h2>Linking</h2>
        <p class="soft">
          {connection.merchants.length === 0
            ? 'Connect a Clover merchant first.'
            : 'No SKU is linked yet. The plan shows what would be linked before anything is written.'}
        </p>
        <a class="button" href="/app/plans">
          Link by SKU
        </a>
      </section>
    );
  }
  return (
    <section class="card">
      <div class="row">
        <h2>Latest plan</h2>
        <Tag {...sayPlan(plan.status)} />
      </div>
      <PlanCounts plan={plan} />
      <p>
        <a href={`/app/plans/${plan.id}`}>See every operation</a>
      </p>
    </section>
  );
}

function Activity(props: { waiting: Outstanding; nowMs: number }) {
  const { outstanding: open, oldestOutstandingMs: oldestMs, parked } = props.waiting;
  const ageS = oldestMs === null ? 0 : Math.max(0, Math.round((props.nowMs - oldestMs) / 1_000));
  return (
    <section class="card">
      <h2>Right now</h2>
      <dl class="grid">
        <div>
          <dt>SKUs with work waiting</dt>
          <dd>{open}</dd>
        </div>
        <div>
          <dt>Oldest, seconds</dt>
          <dd>{ageS}</dd>
        </div>
        <div>
          <dt>Parked: needs a person</dt>
          <dd>{parked}</dd>
        </div>
      </dl>
    </section>
  );
}

function Skus(props: {
  rows: readonly SkuRow[];
  connection: Connection;
  next: SkuCursor | null;
  after: SkuCursor | null;
}) {
  const { rows, connection, next, after } = props;
  const places = [
    ...new Set(rows.flatMap(({ ledger }) => ledger?.places.map(({ place }) => place) ?? [])),
  ].toSorted();
  return (
    <section class="card">
      <h2>Linked SKUs</h2>
      {rows.length === 0 ? (
        <p class="soft">{after === null ? 'None yet.' : 'No more.'}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">SKU</th>
                <th scope="col" class="num">
                  On hand
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
      )}
      <div class="row">
        {after === null ? null : <a href="/app">First page</a>}
        {next === null ? null : <a href={nextHref(next)}>Next page</a>}
      </div>
    </section>
  );
}

function nextHref(next: SkuCursor): string {
  return `/app?${new URLSearchParams({ sku: next.sku, link: next.linkId }).toString()}`;
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

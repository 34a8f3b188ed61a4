import { makeTicket } from '../install/session.ts';
import type { Ports } from '../ports.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import { outstanding, type Outstanding } from '../store/ledger-copies.ts';
import { findLatestPlan, type Plan } from '../store/plans.ts';
import { frameOf, type Viewer } from './gate.ts';
import { MerchantWarnings } from './merchant-warnings.tsx';
import { page } from './page.tsx';
import { PlanCounts } from './plans.tsx';
import { sayConnection, sayMerchant, sayPlan, Tag } from './words.tsx';

/** `GET /app`: one connection at a glance. */
export async function overviewPage(ports: Ports, viewer: Viewer): Promise<Response> {
  const { connection } = viewer;
  const [waiting, plan, ticket] = await Promise.all([
    outstanding(ports.db, connection.id),
    findLatestPlan(ports.db, connection.id),
    makeTicket(ports, viewer.session),
  ]);
  return page(ports, 200, {
    title: connection.name,
    ...frameOf(viewer),
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

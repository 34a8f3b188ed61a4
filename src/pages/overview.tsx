import type { Context } from 'hono';
import type { Platform } from '../domain/ids.ts';
import { addTimings, histogramOf } from '../domain/stock/timing.ts';
import { makeTicket } from '../install/session.ts';
import type { Ports } from '../ports.ts';
import { listMarks } from '../store/catalog-marks.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import { listDeliveries } from '../store/deliveries.ts';
import { lagByHour } from '../store/lag.ts';
import { outstanding } from '../store/ledger-copies.ts';
import { countLinks } from '../store/links.ts';
import { queryLogs } from '../store/logs.ts';
import { countCalls } from '../store/metrics.ts';
import { moneyAtRisk } from '../store/failure-groups.ts';
import { countOrders } from '../store/order-links.ts';
import { countOversells } from '../store/oversells.ts';
import { findLatestPlan } from '../store/plans.ts';
import { driftSummary } from '../sync/drift.ts';
import { Checklist, isSetUp, stepsOf } from './checklist.tsx';
import { ConnectForm } from './connect-form.tsx';
import { goTo } from './enter.tsx';
import { OVERVIEW } from './english.ts';
import { Form, Told as Said, tokensFor, type Tokens } from './form.tsx';
import { frameOf, type OwnForm, type Viewer } from './gate.ts';
import { InStep, LastHour, Relayed, Speed, Told } from './health.tsx';
import { MerchantWarnings } from './merchant-warnings.tsx';
import { page } from './page.tsx';
import { START_PLAN } from './plan-paths.ts';
import { saveAndAudit } from './settings.tsx';
import { sayConnection, sayMerchant, Tag } from './words.tsx';

export const SWITCH = '/app/sync';

const HOUR_MS = 3_600_000;
const DRIFT_SHOWN = 5;
const DECISIONS_SHOWN = 10;

/** `GET /app`: what is next, and one connection at a glance. */
export async function overviewPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const { connection, session } = viewer;
  const nowMs = ports.now();
  const [links, plan, marks, ticket, tokens] = await Promise.all([
    countLinks(ports.db, connection.id),
    findLatestPlan(ports.db, connection.id),
    listMarks(ports.db, connection.id),
    makeTicket(ports, session),
    tokensFor(session, [SWITCH, START_PLAN]),
  ]);
  const steps = stepsOf({ connection, plan, marks, links }, tokens, ticket);
  const isMoving = plan?.status === 'computing' || plan?.status === 'applying';
  const figures = links === 0 ? null : await figuresOf(ports, viewer, links, nowMs);
  return page(ports, 200, {
    ...frameOf(viewer),
    title: connection.name,
    at: '/app',
    ...(isMoving ? { refreshSeconds: 3 } : {}),
    children: (
      <>
        <Heading connection={connection} tokens={tokens} isLinked={links > 0} />
        <SwitchTold context={context} />
        {connection.status === 'reauthorise' ? (
          <p class="note bad" role="alert">
            {OVERVIEW.reauthorise}
          </p>
        ) : null}
        {connection.settings.stock.enabled ? null : <p class="note">{OVERVIEW.paused}</p>}
        {isSetUp(steps) ? null : <Checklist steps={steps} />}
        {figures}
        <Merchants connection={connection} ticket={ticket} />
        {isSetUp(steps) ? <Checklist steps={steps} /> : null}
      </>
    ),
  });
}

async function figuresOf(ports: Ports, viewer: Viewer, links: number, nowMs: number) {
  const { connection } = viewer;
  const { db } = ports;
  const lastHour = { kind: 'decision', sinceMs: nowMs - HOUR_MS } as const;
  const [
    drift,
    waiting,
    oversells,
    hours,
    deliveries,
    calls,
    decisions,
    orders,
    atRiskMinor,
    allowed,
  ] = await Promise.all([
    driftSummary(db, connection, DRIFT_SHOWN),
    outstanding(db, connection.id),
    countOversells(db, connection.id),
    lagByHour(db, connection.id, nowMs - 24 * HOUR_MS),
    listDeliveries(db, connection.id),
    countCalls(db, connection.id, nowMs - HOUR_MS),
    queryLogs(db, connection.id, lastHour, null, DECISIONS_SHOWN),
    countOrders(db, connection.id, nowMs - 24 * HOUR_MS),
    moneyAtRisk(db, connection.id, connection.currency),
    allowedOf(ports, connection),
  ]);
  const changes = histogramOf(addTimings(hours.map(({ timing }) => timing)), 'lag').count;
  const figures = {
    links,
    drift,
    waiting,
    oversells,
    failures: viewer.waiting,
    atRiskMinor,
    nowMs,
  };
  return (
    <>
      <InStep figures={figures} connection={connection} />
      <Relayed orders={orders} changes={changes} />
      <Speed hours={hours} nowMs={nowMs} connection={connection} />
      <Told
        deliveries={deliveries}
        calls={calls.counts}
        allowed={allowed}
        connection={connection}
      />
      <LastHour rows={decisions.items} connection={connection} />
    </>
  );
}

/** Calls an hour that each platform's budgets allow, as their objects have learnt. */
async function allowedOf(
  ports: Pick<Ports, 'objects'>,
  { id, merchants }: Connection,
): Promise<Record<Platform, number>> {
  const [store, ...registers] = await Promise.all([
    ports.objects.platformAccount('bigcommerce', id).status(),
    ...merchants.map(({ merchantId }) =>
      ports.objects.platformAccount('clover', merchantId).status(),
    ),
  ]);
  return {
    bigcommerce: store.perHourMax,
    clover: registers.reduce((sum, { perHourMax }) => sum + perHourMax, 0),
  };
}

function Heading(props: { connection: Connection; tokens: Tokens; isLinked: boolean }) {
  const { connection, tokens, isLinked } = props;
  const isOn = connection.settings.stock.enabled;
  return (
    <div class="row head">
      <h1>{connection.name}</h1>
      <span class="row">
        <Tag {...sayConnection(connection.status)} />
        {isOn ? null : <Tag tone="warn" text={OVERVIEW.pausedTag} />}
        {isLinked || !isOn ? (
          <Form action={SWITCH} tokens={tokens} hidden={{ enabled: String(!isOn) }} inline>
            <button type="submit" class={isOn ? 'plain' : undefined}>
              {isOn ? OVERVIEW.pause : OVERVIEW.resume}
            </button>
          </Form>
        ) : null}
      </span>
    </div>
  );
}

function SwitchTold(props: { context: Context }) {
  const sync = props.context.req.query('sync');
  if (sync === 'paused') return <Said tone="warn">{OVERVIEW.pausedNow}</Said>;
  return sync === 'resumed' ? <Said>{OVERVIEW.resumedNow}</Said> : null;
}

/** `POST /app/sync`: pauses or resumes writing levels; a repeat changes nothing. */
export async function switchForm(ports: Ports, form: OwnForm): Promise<Response> {
  const enabled = form.fields.get('enabled') === 'true';
  const refused = await saveAndAudit(ports, form, {
    stock: { enabled: enabled ? null : false },
  });
  return refused ?? goTo(`/app?sync=${enabled ? 'resumed' : 'paused'}`);
}

function Merchants(props: { connection: Connection; ticket: string }) {
  const { connection, ticket } = props;
  return (
    <section class="card">
      <div class="row">
        <h2>{OVERVIEW.merchants}</h2>
        {connection.merchants.length === 0 ? null : (
          <ConnectForm ticket={ticket} label={OVERVIEW.connectMore} plain />
        )}
      </div>
      {connection.merchants.length === 0 ? (
        <p class="soft">{OVERVIEW.noMerchants}</p>
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
          <ConnectForm
            ticket={ticket}
            merchantId={merchant.merchantId}
            label={OVERVIEW.connectAgain}
          />
        )}
      </div>
      <MerchantWarnings trackStock={merchant.trackStock} updateStock={merchant.updateStock} />
    </div>
  );
}

/** The overview's figures: in step or not, how fast, how well told, what just happened. */
import type { Platform } from '../domain/ids.ts';
import { moneyText } from '../domain/money.ts';
import { scoreOf } from '../domain/delivery.ts';
import {
  addTimings,
  histogramOf,
  type Histogram,
  type TimingCounts,
} from '../domain/stock/timing.ts';
import type { Connection } from '../store/connections.ts';
import type { DeliveryRow } from '../store/deliveries.ts';
import type { Outstanding } from '../store/ledger-copies.ts';
import type { LogRow } from '../store/logs.ts';
import type { CallCount } from '../store/metrics.ts';
import type { OrderLinkStatus } from '../store/order-links.ts';
import type { DriftRow, DriftSummary } from '../sync/drift.ts';
import { BarChart } from './chart.tsx';
import { OVERVIEW } from './english.ts';
import { sayDuration } from './entry-table.tsx';
import { Moment, sayLevel, sayMoment, sayPlace, sayPlacesIn } from './words.tsx';

export interface Figures {
  readonly links: number;
  readonly drift: DriftSummary;
  readonly waiting: Outstanding;
  readonly oversells: { readonly incidents: number; readonly open: number };
  /** Failures in the inbox, and the web orders' money that they concern, minor units. */
  readonly failures: number;
  readonly atRiskMinor: number;
  readonly nowMs: number;
}

/** `99.8 %`: never rounded up to 100 while something drifts. */
export function sayShare(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = Math.floor((part / whole) * 1_000) / 10;
  return `${percent} %`;
}

export function InStep(props: { figures: Figures; connection: Connection }) {
  const { links, drift, waiting, oversells, failures, atRiskMinor, nowMs } = props.figures;
  const [oldest] = drift.oldest;
  const age = oldest === undefined || oldest.sinceMs === null ? null : nowMs - oldest.sinceMs;
  return (
    <section class="card">
      <h2>{OVERVIEW.inStep}</h2>
      <dl class="grid">
        <Figure name={OVERVIEW.ofSkus} value={sayShare(links - drift.skus, links)} />
        <Figure name={OVERVIEW.linked} value={links.toLocaleString('en')} />
        <Figure name={OVERVIEW.drifting} value={`${drift.isWhole ? '' : '> '}${drift.skus}`} />
        <Figure name={OVERVIEW.oldest} value={age === null ? OVERVIEW.atRest : sayDuration(age)} />
        <Figure name={OVERVIEW.waitingWrites} value={waiting.outstanding} />
        <Figure name={OVERVIEW.parked} value={waiting.parked} />
        <Figure
          name={OVERVIEW.oversells}
          value={oversells.incidents}
          more={oversells.open === 0 ? undefined : OVERVIEW.oversellsOpen(oversells.open)}
        />
        <Figure
          name={OVERVIEW.inbox}
          value={failures}
          more={
            atRiskMinor === 0
              ? undefined
              : OVERVIEW.atRisk(moneyText(atRiskMinor, props.connection.currency))
          }
        />
      </dl>
      {drift.oldest.length === 0 ? null : (
        <Drifting rows={drift.oldest} connection={props.connection} />
      )}
    </section>
  );
}

function Figure(props: { name: string; value: string | number; more?: string | undefined }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.value} {props.more === undefined ? null : <small>{props.more}</small>}
      </dd>
    </div>
  );
}

function Drifting(props: { rows: readonly DriftRow[]; connection: Connection }) {
  return (
    <>
      <h3>{OVERVIEW.oldest}</h3>
      <div class="scroll" tabindex={0} role="region" aria-label={OVERVIEW.oldest}>
        <table>
          <thead>
            <tr>
              <th scope="col">SKU</th>
              <th scope="col">{OVERVIEW.place}</th>
              <th scope="col" class="num">
                {OVERVIEW.shows}
              </th>
              <th scope="col">{OVERVIEW.next}</th>
            </tr>
          </thead>
          <tbody>
            {props.rows.map(({ linkId, sku, place, level, target, next }) => (
              <tr>
                <td class="sku">
                  <a href={`/app/skus/${encodeURIComponent(linkId)}`}>{sku}</a>
                </td>
                <td>{sayPlace(place, props.connection)}</td>
                <td class="num">
                  {sayLevel(level)} → {target}
                </td>
                <td class="wide">{sayPlacesIn(next, props.connection)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const HOUR_MS = 3_600_000;
const STEPS_MS = [100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000];

export function Speed(props: {
  hours: readonly { readonly hourMs: number; readonly timing: TimingCounts }[];
  nowMs: number;
  connection: Connection;
}) {
  const { hours, nowMs, connection } = props;
  const all = addTimings(hours.map(({ timing }) => timing));
  const lag = histogramOf(all, 'lag');
  const exposure = histogramOf(all, 'exposure');
  const rows = wholeDay(hours, nowMs).map(({ hourMs, timing }) => {
    const time = sayMoment(hourMs, connection.timeZone).split(', ').at(-1) ?? '';
    return { label: time.slice(0, 5), lag: histogramOf(timing, 'lag') };
  });
  const worst = Math.max(...rows.map(({ lag: { p99Ms } }) => p99Ms ?? 0), 5_000);
  const steps = STEPS_MS.slice(0, STEPS_MS.findIndex((ms) => ms >= worst) + 1);
  return (
    <section class="card">
      <h2>{OVERVIEW.speed}</h2>
      {lag.count === 0 ? (
        <p class="soft">{OVERVIEW.speedNone}</p>
      ) : (
        <>
          <dl class="facts">
            <dt>{OVERVIEW.lag}</dt>
            <dd>
              {sayHistogram(lag)}
              <div class="soft small">{OVERVIEW.lagMore}</div>
            </dd>
            <dt>{OVERVIEW.exposure}</dt>
            <dd>
              {sayHistogram(exposure)}
              <div class="soft small">{OVERVIEW.exposureMore}</div>
            </dd>
          </dl>
          <div class="scroll" tabindex={0} role="region" aria-label={OVERVIEW.speed}>
            <BarChart
              bars={rows.map(({ label, lag: { p50Ms, p99Ms } }) => ({
                label,
                values: [p50Ms, p99Ms],
              }))}
              title={OVERVIEW.chart}
              steps={steps.length < 2 ? STEPS_MS : steps}
              say={sayDuration}
            />
          </div>
          <p class="soft small">{OVERVIEW.chart}</p>
          <HourTable rows={rows} />
        </>
      )}
    </section>
  );
}

/** The last 24 hours, quiet ones too. */
function wholeDay(
  hours: readonly { readonly hourMs: number; readonly timing: TimingCounts }[],
  nowMs: number,
): { hourMs: number; timing: TimingCounts }[] {
  const lastMs = nowMs - (nowMs % HOUR_MS);
  return Array.from({ length: 24 }, (_, index) => {
    const hourMs = lastMs - (23 - index) * HOUR_MS;
    return { hourMs, timing: hours.find((each) => each.hourMs === hourMs)?.timing ?? {} };
  });
}

function sayHistogram({ count, p50Ms, p99Ms }: Histogram): string {
  if (count === 0) return '–';
  const within = (ms: number | null) => (ms === null ? OVERVIEW.longer : sayDuration(ms));
  return `${OVERVIEW.half} ${within(p50Ms)}, ${OVERVIEW.most} ${within(p99Ms)}`;
}

function HourTable(props: { rows: readonly { label: string; lag: Histogram }[] }) {
  return (
    <details>
      <summary>{OVERVIEW.asTable}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{OVERVIEW.hour}</th>
            <th scope="col">{OVERVIEW.changes}</th>
            <th scope="col">{OVERVIEW.lag}</th>
          </tr>
        </thead>
        <tbody>
          {props.rows
            .filter(({ lag }) => lag.count > 0)
            .map(({ label, lag }) => (
              <tr>
                <td>{label}</td>
                <td>{lag.count}</td>
                <td>{sayHistogram(lag)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </details>
  );
}

/** What went from one side to the other in the last day. */
export function Relayed(props: {
  orders: readonly { platform: Platform; status: OrderLinkStatus; orders: number }[];
  changes: number;
}) {
  const { orders, changes } = props;
  const of = (platform: Platform, ...statuses: readonly OrderLinkStatus[]): number =>
    orders
      .filter((row) => row.platform === platform && statuses.includes(row.status))
      .reduce((sum, row) => sum + row.orders, 0);
  return (
    <section class="card">
      <div class="row">
        <h2>{OVERVIEW.relayed}</h2>
        <a href="/app/orders/tie-out">{OVERVIEW.tieOut}</a>
      </div>
      <dl class="grid">
        <Figure name={OVERVIEW.followed} value={changes.toLocaleString('en')} />
        <Figure
          name={OVERVIEW.webOrders}
          value={of('bigcommerce', 'pushed', 'attention', 'removed')}
        />
        <Figure name={OVERVIEW.registerSales} value={of('clover', 'pushed', 'attention')} />
        <Figure name={OVERVIEW.byHand} value={of('bigcommerce', 'attention')} />
        <Figure name={OVERVIEW.stuck} value={of('bigcommerce', 'parked', 'failed')} />
      </dl>
    </section>
  );
}

export function Told(props: {
  deliveries: readonly DeliveryRow[];
  calls: readonly CallCount[];
  /** Calls an hour that the budgets of each platform allow; 0: not known. */
  allowed: Readonly<Record<Platform, number>>;
  connection: Connection;
}) {
  const { deliveries, calls, allowed, connection } = props;
  const scored = deliveries.filter((row) => scoreOf(row) !== null);
  return (
    <section class="card">
      <h2>{OVERVIEW.told}</h2>
      <p class="soft small">{OVERVIEW.toldMore}</p>
      {scored.length === 0 ? <p>{OVERVIEW.toldNone}</p> : null}
      <dl class="facts">
        {scored.map((row) => (
          <>
            <dt>
              {sayPlace(row.place, connection)}, {OVERVIEW.subject[row.subject]}
            </dt>
            <dd>
              {sayShare(scoreOf(row) ?? 0, 1)}
              {row.lastFoundAtMs === null ? null : (
                <span class="soft small">
                  {' '}
                  {OVERVIEW.lastLost}{' '}
                  <Moment atMs={row.lastFoundAtMs} timeZone={connection.timeZone} />
                </span>
              )}
            </dd>
          </>
        ))}
        {(['bigcommerce', 'clover'] as const).map((platform) => (
          <>
            <dt>
              {OVERVIEW.calls}, {OVERVIEW.callsOf(platform)}
            </dt>
            <dd>
              {sayCalls(
                calls.filter((each) => each.platform === platform),
                allowed[platform],
              )}
            </dd>
          </>
        ))}
      </dl>
    </section>
  );
}

function sayCalls(counts: readonly CallCount[], allowed: number): string {
  const all = counts.reduce((sum, { calls }) => sum + calls, 0);
  const fine = counts.find(({ outcome }) => outcome === 'ok')?.calls ?? 0;
  const said = all === fine ? String(all) : `${all}, ${OVERVIEW.failedCalls(all - fine)}`;
  return allowed === 0 ? said : `${said} · ${OVERVIEW.quota(sayPart(all, allowed), allowed)}`;
}

/** `0.3 %`, rounded up: a little is not nothing. */
function sayPart(part: number, whole: number): string {
  return `${Math.ceil((part / whole) * 1_000) / 10} %`;
}

export function LastHour(props: { rows: readonly LogRow[]; connection: Connection }) {
  const { rows, connection } = props;
  return (
    <section class="card">
      <h2>{OVERVIEW.lastHour}</h2>
      {rows.length === 0 ? <p class="soft">{OVERVIEW.quiet}</p> : null}
      <dl class="facts">
        {rows.map(({ atMs, message, sku }) => (
          <>
            <dt>
              <Moment atMs={atMs} timeZone={connection.timeZone} />
            </dt>
            <dd>
              {sku === null || message.includes(sku) ? '' : `${sku}: `}
              {sayPlacesIn(message, connection)}
            </dd>
          </>
        ))}
      </dl>
    </section>
  );
}

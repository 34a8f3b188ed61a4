/** The tie-out of one day: both sides' money beside each other, and each difference with its reason (O9). */
import type { Context } from 'hono';
import { attachment } from '../attachment.ts';
import { FAILURES, type Failure } from '../domain/failure.ts';
import { moneyText } from '../domain/money.ts';
import type { Compared, Difference } from '../domain/orders/tie-out.ts';
import { orderPage, type PlatformPages } from '../domain/platform-pages.ts';
import { dateAfter, dateIn } from '../domain/time.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { tieOutCsv } from '../sync/tie-out-file.ts';
import { tieOutOf, type DayTieOut } from '../sync/tie-out.ts';
import { counted, FRAME } from './english.ts';
import { failurePage, frameOf, type Viewer } from './gate.ts';
import { page } from './page.tsx';
import { CLASSES, REFUND_BY_HAND, TIE_OUT } from './tie-out-english.ts';
import { Tag } from './words.tsx';

const PATH = '/app/orders/tie-out';
/** A busy shop's day: what a page can still show; the CSV has all. */
const DIFFERENCES_SHOWN = 200;

/** `GET /app/orders/tie-out?date=`: yesterday when none is named, the last day that is over. */
export async function tieOutPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const { connection } = viewer;
  const today = dateIn(zoneOf(connection), ports.now());
  const asked = context.req.query('date') ?? '';
  const date = asked === '' ? dateAfter(today, -1) : asked;
  const read = await tieOutOf(ports, connection, date, ports.newId());
  const pages = { connectionId: connection.id, cloverOrigin: ports.config.clover.webOrigin };
  return page(ports, read.ok ? 200 : FAILURES[read.failure.code].status, {
    ...frameOf(viewer),
    title: TIE_OUT.title,
    at: '/app/orders',
    children: (
      <>
        <p>
          <a href="/app/orders">{FRAME.orders}</a>
        </p>
        <h1>{TIE_OUT.title}</h1>
        <p class="soft">{TIE_OUT.intro}</p>
        <Picker date={date} today={today} zone={zoneOf(connection)} isRead={read.ok} />
        {read.ok ? <Day day={read.value} pages={pages} /> : <NotRead failure={read.failure} />}
      </>
    ),
  });
}

/** `GET /app/orders/tie-out.csv?date=` */
export async function tieOutFile(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const date = context.req.query('date') ?? '';
  const read = await tieOutOf(ports, viewer.connection, date, ports.newId());
  return read.ok
    ? attachment(`tie-out-${date}.csv`, tieOutCsv(read.value))
    : failurePage(ports, read.failure);
}

/** As the comparison has it: the first connected register's. */
function zoneOf({ merchants, timeZone }: Connection): string {
  return merchants.find(({ status }) => status === 'connected')?.timeZone ?? timeZone;
}

function Picker(props: { date: string; today: string; zone: string; isRead: boolean }) {
  const { date, today, zone, isRead } = props;
  const href = (days: number) => `${PATH}?date=${dateAfter(date, days)}`;
  return (
    <section class="card">
      <form method="get" action={PATH} class="inline">
        <label>
          {TIE_OUT.day}
          <br />
          <input type="date" name="date" value={date} max={today} required />
        </label>
        <button type="submit">{TIE_OUT.show}</button>
        {isRead ? (
          <>
            <a class="button plain" href={href(-1)}>
              {TIE_OUT.before}
            </a>
            {date < today ? (
              <a class="button plain" href={href(1)}>
                {TIE_OUT.after}
              </a>
            ) : null}
            <a class="button plain" href={`${PATH}.csv?date=${date}`}>
              {TIE_OUT.csv}
            </a>
          </>
        ) : null}
      </form>
      <p class="soft small">{TIE_OUT.zone(zone)}</p>
    </section>
  );
}

function NotRead(props: { failure: Failure }) {
  return (
    <section class="card" role="alert">
      <h2>{TIE_OUT.notRead}</h2>
      <p>{props.failure.message}</p>
    </section>
  );
}

function Day(props: { day: DayTieOut; pages: PlatformPages }) {
  const { day, pages } = props;
  return (
    <>
      <Verdict day={day} />
      <Sums day={day} />
      {day.registerOnly.length === 0 ? null : <OwnSales day={day} />}
      {day.differences.length === 0 ? null : <Differences day={day} pages={pages} />}
    </>
  );
}

function Verdict(props: { day: DayTieOut }) {
  const { day } = props;
  const money = (minor: number) => moneyText(minor, day.currency);
  if (day.unexplainedMinor !== 0) {
    return (
      <p class="note bad" role="alert">
        {TIE_OUT.unexplained(money(day.unexplainedMinor))}
      </p>
    );
  }
  const open = day.differences.filter((each) => each.class !== 'register-only').length;
  if (open > 0) {
    return (
      <p class="note" role="status">
        {TIE_OUT.differs(counted(open, 'difference'))}
      </p>
    );
  }
  const isEmpty = day.orders.web === 0 && day.differences.length === 0;
  return (
    <p class={isEmpty ? 'note plain' : 'note good'} role="status">
      {isEmpty ? TIE_OUT.empty : TIE_OUT.tied}
    </p>
  );
}

function Sums(props: { day: DayTieOut }) {
  const { day } = props;
  const rows: readonly (readonly [string, Compared])[] = [
    [TIE_OUT.total, day.total],
    [TIE_OUT.tax, day.tax],
    [TIE_OUT.shipping, day.shipping],
    [TIE_OUT.discount, day.discount],
    [TIE_OUT.refunds, day.refunds],
    ...day.tenders.map((each) => [TIE_OUT.tender(each.method), each] as const),
  ];
  return (
    <section class="card">
      <h2>{TIE_OUT.sums}</h2>
      <p class="soft small">
        {TIE_OUT.counts(counted(day.orders.web, 'web order'), day.orders.matched)}.{' '}
        {TIE_OUT.sumsMore}
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label={TIE_OUT.sums}>
        <table>
          <thead>
            <tr>
              <th scope="col">{TIE_OUT.part}</th>
              <Amounts />
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, each]) => (
              <tr>
                <th scope="row">{name}</th>
                <Money compared={each} currency={day.currency} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Amounts() {
  return (
    <>
      {[TIE_OUT.web, TIE_OUT.register, TIE_OUT.difference].map((name) => (
        <th scope="col" class="num">
          {name}
        </th>
      ))}
    </>
  );
}

function Money(props: { compared: Compared; currency: string }) {
  const { compared, currency } = props;
  const { webMinor, registerMinor, differenceMinor } = compared;
  return (
    <>
      <td class="num">{moneyText(webMinor, currency)}</td>
      <td class="num">{moneyText(registerMinor, currency)}</td>
      <td class="num">
        {differenceMinor === 0 ? (
          <span class="soft">–</span>
        ) : (
          <strong>{moneyText(differenceMinor, currency)}</strong>
        )}
      </td>
    </>
  );
}

function OwnSales(props: { day: DayTieOut }) {
  const { day } = props;
  return (
    <section class="card">
      <h2>{TIE_OUT.ownSales}</h2>
      <p class="soft small">{TIE_OUT.ownSalesMore}</p>
      <dl class="facts">
        {day.registerOnly.map(({ tender, amountMinor }) => (
          <>
            <dt>{tender}</dt>
            <dd>{moneyText(amountMinor, day.currency)}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

/** A refund that the register has not seen is on nobody's way: a person makes it. */
function classOf({ kind, class: name }: Difference) {
  return kind === 'refund' && name === 'pending' ? REFUND_BY_HAND : CLASSES[name];
}

/** What somebody has to look at comes first; sales in store are no news. */
const byUrgency = (one: Difference, other: Difference): number =>
  Number(one.class === 'register-only') - Number(other.class === 'register-only');

function Differences(props: { day: DayTieOut; pages: PlatformPages }) {
  const { day, pages } = props;
  const count = day.differences.length;
  return (
    <section class="card">
      <h2>{TIE_OUT.differences}</h2>
      <div class="scroll" tabindex={0} role="region" aria-label={TIE_OUT.differences}>
        <table>
          <thead>
            <tr>
              <th scope="col">{TIE_OUT.order}</th>
              <Amounts />
              <th scope="col">{TIE_OUT.why}</th>
            </tr>
          </thead>
          <tbody>
            {day.differences
              .toSorted(byUrgency)
              .slice(0, DIFFERENCES_SHOWN)
              .map((each) => (
                <tr>
                  <td>
                    <Orders difference={each} day={day} pages={pages} />
                  </td>
                  <Money compared={each} currency={day.currency} />
                  <td class="wide">
                    <Tag {...classOf(each)} /> {each.why}
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      {count > DIFFERENCES_SHOWN ? (
        <p class="soft small">{TIE_OUT.more(DIFFERENCES_SHOWN, count)}</p>
      ) : null}
    </section>
  );
}

/** Our own page where we have a story, the platforms' pages always. */
function Orders(props: { difference: Difference; day: DayTieOut; pages: PlatformPages }) {
  const { difference, day, pages } = props;
  const { webOrderId, registerOrderId, kind } = difference;
  const merchantId = registerOrderId === null ? undefined : day.merchantOf.get(registerOrderId);
  const register =
    registerOrderId === null || merchantId === undefined
      ? null
      : orderPage(pages, `clover:${merchantId}`, registerOrderId);
  return (
    <>
      {webOrderId === null ? null : (
        <div>
          <Outside href={orderPage(pages, 'bigcommerce:1', webOrderId)}>
            {TIE_OUT.webOrder(webOrderId)}
          </Outside>
          {kind === 'refund' ? `, ${TIE_OUT.ofRefund}` : ''}
          {day.relayedIds.has(webOrderId) ? (
            <>
              {' · '}
              <a href={`/app/orders/bigcommerce/${encodeURIComponent(webOrderId)}`}>
                {TIE_OUT.story}
              </a>
            </>
          ) : null}
        </div>
      )}
      {registerOrderId === null ? null : (
        <div>
          <Outside href={register}>
            {TIE_OUT.registerOrder} {registerOrderId}
          </Outside>
        </div>
      )}
      {webOrderId === null && registerOrderId === null ? TIE_OUT.ofRefund : null}
    </>
  );
}

function Outside(props: { href: string | null; children?: unknown }) {
  if (props.href === null) return <>{props.children}</>;
  return (
    <a href={props.href} target="_blank" rel="noopener noreferrer">
      {props.children}
    </a>
  );
}

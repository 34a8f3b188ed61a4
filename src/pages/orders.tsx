/** Orders on their way between the sides, and one order's story. */
import type { Context } from 'hono';
import { moneyText } from '../domain/money.ts';
import type { RelayState } from '../domain/orders/relay.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import {
  findOrderLink,
  listOrderLinks,
  type OrderLink,
  type OrderLinkStatus,
} from '../store/order-links.ts';
import { FRAME, ORDERS } from './english.ts';
import { frameOf, notFoundPage, type Viewer } from './gate.ts';
import { page } from './page.tsx';
import { TIE_OUT } from './tie-out-english.ts';
import { Moment, sayPlace, Tag } from './words.tsx';

const ORDERS_PER_PAGE = 50;
const STATES = ['pushed', 'parked', 'attention', 'removed', 'failed'] as const;

/** `GET /app/orders?status=&soldAt=&order=`: a page after the last seen order. */
export async function ordersPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const { connection } = viewer;
  const status = STATES.find((state) => state === context.req.query('status')) ?? null;
  const cursor = orderCursor(context);
  const listed = await listOrderLinks(ports.db, connection.id, status, cursor, ORDERS_PER_PAGE);
  return page(ports, 200, {
    ...frameOf(viewer),
    title: FRAME.orders,
    at: '/app/orders',
    children: (
      <>
        <div class="row head">
          <h1>{FRAME.orders}</h1>
          <a class="button plain" href="/app/orders/tie-out">
            {TIE_OUT.link}
          </a>
        </div>
        <nav class="tabs" aria-label={ORDERS.state}>
          <a href="/app/orders" aria-current={status === null ? 'page' : undefined}>
            {ORDERS.all}
          </a>
          {STATES.map((state) => (
            <a
              href={`/app/orders?status=${state}`}
              aria-current={status === state ? 'page' : undefined}
            >
              {ORDERS.states[state].text}
            </a>
          ))}
        </nav>
        {listed.items.length === 0 ? (
          <Empty connection={connection} />
        ) : (
          <OrderTable orders={listed.items} connection={connection} />
        )}
        <div class="row">
          {cursor === null ? null : <a href="/app/orders">{FRAME.first}</a>}
          {listed.nextCursor === null ? null : (
            <a href={nextHref(status, listed.nextCursor)}>{FRAME.next}</a>
          )}
        </div>
      </>
    ),
  });
}

interface OrderCursor {
  readonly soldAtMs: number;
  readonly orderId: string;
}

function orderCursor(context: Context): OrderCursor | null {
  const soldAt = context.req.query('soldAt') ?? '';
  const orderId = context.req.query('order');
  if (!/^\d{1,15}$/.test(soldAt) || orderId === undefined) return null;
  return { soldAtMs: Number(soldAt), orderId };
}

function nextHref(status: OrderLinkStatus | null, { soldAtMs, orderId }: OrderCursor): string {
  const query = new URLSearchParams({ soldAt: String(soldAtMs), order: orderId });
  if (status !== null) query.set('status', status);
  return `/app/orders?${query.toString()}`;
}

function Empty(props: { connection: Connection }) {
  const { webToClover, inStoreSales } = props.connection.settings.orders;
  const isOn = webToClover.enabled || inStoreSales === 'bigcommerce-orders';
  return (
    <section class="card empty">
      <h2>{ORDERS.none}</h2>
      <p class="soft">{isOn ? ORDERS.noneOn : ORDERS.noneOff}</p>
      {isOn ? null : (
        <p>
          <a href="/app/settings/orders">{ORDERS.switchOn}</a>
        </p>
      )}
    </section>
  );
}

function OrderTable(props: { orders: readonly OrderLink[]; connection: Connection }) {
  return (
    <section class="card">
      <div class="scroll" tabindex={0} role="region" aria-label={FRAME.orders}>
        <table>
          <thead>
            <tr>
              <th scope="col">{ORDERS.order}</th>
              <th scope="col">{ORDERS.sold}</th>
              <th scope="col" class="num">
                {ORDERS.total}
              </th>
              <th scope="col">{ORDERS.state}</th>
            </tr>
          </thead>
          <tbody>
            {props.orders.map((order) => (
              <tr>
                <td>
                  <a href={`/app/orders/${order.platform}/${encodeURIComponent(order.orderId)}`}>
                    {titleOf(order)}
                  </a>
                  {order.reason === null ? null : <div class="soft small">{order.reason}</div>}
                </td>
                <td>
                  <Moment atMs={order.soldAtMs} timeZone={props.connection.timeZone} />
                </td>
                <td class="num">{moneyText(order.totalMinor, order.currency)}</td>
                <td>
                  <Tag {...ORDERS.states[order.status]} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function titleOf({ platform, orderId }: Pick<OrderLink, 'platform' | 'orderId'>): string {
  return platform === 'bigcommerce' ? ORDERS.web(orderId) : ORDERS.register(orderId);
}

/** `GET /app/orders/{platform}/{orderId}` */
export async function orderPage(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const { connection } = viewer;
  const platform = context.req.param('platform');
  const orderId = context.req.param('orderId') ?? '';
  if (platform !== 'bigcommerce' && platform !== 'clover') return notFoundPage(ports, true);
  // Looked up within the connection first: another connection's order is never asked (X5).
  const order = await findOrderLink(ports.db, connection.id, platform, orderId);
  if (order === undefined) return notFoundPage(ports, true);
  const state = await ports.objects.orderRelay(connection.id, platform, orderId).viewPush();
  const isPending = state !== null && state.askedAtMs !== null;
  return page(ports, 200, {
    ...frameOf(viewer),
    title: titleOf(order),
    at: '/app/orders',
    ...(isPending ? { refreshSeconds: 3 } : {}),
    children: (
      <>
        <p>
          <a href="/app/orders">{FRAME.orders}</a>
        </p>
        <div class="row head">
          <h1>{titleOf(order)}</h1>
          <Tag {...ORDERS.states[isPending ? 'pending' : order.status]} />
        </div>
        {order.reason === null ? null : (
          <p class="note" role="alert">
            {order.reason}
            {order.fix === null ? null : (
              <>
                <br />
                <strong>{ORDERS.todo}:</strong> {order.fix}
              </>
            )}
          </p>
        )}
        <Money order={order} connection={connection} />
        <Story state={state} connection={connection} />
      </>
    ),
  });
}

function Money(props: { order: OrderLink; connection: Connection }) {
  const { order, connection } = props;
  const money = (minor: number) => moneyText(minor, order.currency);
  const parts = Object.entries(order.breakdown ?? {}).filter(([, minor]) => minor !== 0);
  return (
    <section class="card">
      <h2>{ORDERS.money}</h2>
      <dl class="facts">
        {parts.map(([kind, minor]) => (
          <>
            <dt>{ORDERS.parts[kind] ?? kind}</dt>
            <dd>{money(minor)}</dd>
          </>
        ))}
        <dt>{ORDERS.total}</dt>
        <dd>
          <strong>{money(order.totalMinor)}</strong>{' '}
          <span class="soft">
            ({ORDERS.tax} {money(order.taxMinor)})
          </span>
        </dd>
        {order.payments.map(({ method, amountMinor }) => (
          <>
            <dt>{ORDERS.paid}</dt>
            <dd>
              {method}: {money(amountMinor)}
            </dd>
          </>
        ))}
        <dt>{ORDERS.sold}</dt>
        <dd>
          <Moment atMs={order.soldAtMs} timeZone={connection.timeZone} />
        </dd>
        {order.otherId === null ? null : (
          <>
            <dt>{ORDERS.otherSide}</dt>
            <dd>{otherSide(order, connection)}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** Where the order is found on the other side, with what staff there look for. */
function otherSide(order: OrderLink, connection: Connection): string {
  const { platform, orderId, otherId, merchantId } = order;
  if (platform === 'clover') return ORDERS.booked(otherId ?? '');
  const register = merchantId === null ? '' : `${sayPlace(`clover:${merchantId}`, connection)}, `;
  return `${register}${otherId} (BC${orderId})`;
}

function Story(props: { state: RelayState | null; connection: Connection }) {
  const story = props.state?.story ?? [];
  return (
    <section class="card">
      <h2>{ORDERS.story}</h2>
      {story.length === 0 ? <p class="soft">{ORDERS.noStory}</p> : null}
      <dl class="facts">
        {story.map(({ atMs, what }) => (
          <>
            <dt>
              <Moment atMs={atMs} timeZone={props.connection.timeZone} />
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

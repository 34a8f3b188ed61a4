/** Orders on their way between the sides: what became of each, and its story. */
import * as z from 'zod';
import { moneyText } from '../domain/money.ts';
import type { RelayState } from '../domain/orders/relay.ts';
import { saleReferenceOf } from '../domain/orders/sale-plan.ts';
import { referenceOf } from '../domain/orders/translate.ts';
import type { Ports } from '../ports.ts';
import { findOrderLink, listOrderLinks, type OrderLink } from '../store/order-links.ts';
import { invalid, notFound } from './errors.ts';
import {
  type Api,
  checked,
  CONNECTION,
  describe,
  iso,
  isoTime,
  pageOf,
  pageQuery,
  readCursor,
  writeCursor,
} from './routing.ts';

const status = z
  .enum(['pending', 'pushed', 'parked', 'attention', 'removed', 'failed'])
  .describe(
    'pushed: the other side shows it. parked: waits for a setting or a correction. attention: it is there, but a ' +
      'person has to act. removed: it was cancelled and taken off. failed: out of attempts. pending: on its way.',
  );
const minor = z.int().describe('Minor units of `currency`.');

const orderSchema = z.object({
  platform: z.enum(['bigcommerce', 'clover']).describe('Where the order was made.'),
  orderId: z.string(),
  status,
  merchantId: z.string().nullable(),
  otherId: z.string().nullable().describe('The order on the other side.'),
  reference: z
    .string()
    .nullable()
    .describe(
      'What the other side refers to: `BC{orderId}` at Clover, `clover:{merchantId}:{orderId}` in BigCommerce.',
    ),
  currency: z.string(),
  total: minor,
  tax: minor,
  totalText: z.string(),
  breakdown: z
    .record(z.string(), minor)
    .nullable()
    .describe('The total by kind; they sum up to it.'),
  payments: z.array(z.object({ method: z.string(), amount: minor })),
  reason: z.string().nullable().describe('What waits, in one sentence.'),
  fix: z.string().nullable().describe('What to set or do; then it goes on by itself.'),
  soldAt: isoTime,
  updatedAt: isoTime,
});
const storySchema = orderSchema.extend({
  story: z.array(z.object({ at: isoTime, eventId: z.string(), what: z.string() })),
});

const TAG = 'Orders';

export function registerOrders(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/orders`,
    describe({
      tag: TAG,
      summary: 'List orders that go from one side to the other',
      description: 'The latest sold first.',
      answer: [200, 'A page of orders.', pageOf(orderSchema)],
    }),
    checked(
      'query',
      z.strictObject({ ...pageQuery, status: status.exclude(['pending']).optional() }),
    ),
    async (context) => {
      const { limit, cursor: text, status: wanted } = context.req.valid('query');
      const shape = z.strictObject({ soldAtMs: z.int(), orderId: z.string() });
      const cursor = readCursor(text, shape);
      if (!cursor.ok) return invalid(context, cursor.failure);
      const { id } = context.var.connection;
      const page = await listOrderLinks(ports.db, id, wanted ?? null, cursor.value, limit);
      const items = page.items.map((link) => shown(link));
      return context.json({ items, nextCursor: writeCursor(page.nextCursor) });
    },
  );
  api.get(
    `${CONNECTION}/orders/:platform/:orderId`,
    describe({
      tag: TAG,
      summary: 'Show an order and its story',
      answer: [200, 'The order, and what happened to it, oldest first.', storySchema],
    }),
    checked('param', z.object({ id: z.string(), platform: z.string(), orderId: z.string() })),
    async (context) => {
      const { platform, orderId } = context.req.valid('param');
      const { id } = context.var.connection;
      if (platform !== 'bigcommerce' && platform !== 'clover') {
        return notFound(context, 'such platform');
      }
      const link = await findOrderLink(ports.db, id, platform, orderId);
      if (link === undefined) return notFound(context, 'such order in this connection');
      const state = await ports.objects.orderRelay(id, platform, orderId).viewPush();
      return context.json({ ...shown(link, state), story: storyOf(state) });
    },
  );
}

/** The copy, or pending while the object has something to do with it. */
function shown(link: OrderLink, state: RelayState | null = null) {
  const { platform, orderId, otherId, currency, totalMinor } = link;
  const isPending = state !== null && state.askedAtMs !== null;
  return {
    platform,
    orderId,
    status: isPending ? ('pending' as const) : link.status,
    merchantId: link.merchantId,
    otherId,
    reference: otherId === null ? null : referenceIn(link),
    currency,
    total: totalMinor,
    tax: link.taxMinor,
    totalText: moneyText(totalMinor, currency),
    breakdown: link.breakdown,
    payments: link.payments.map(({ method, amountMinor }) => ({ method, amount: amountMinor })),
    reason: link.reason,
    fix: link.fix,
    soldAt: iso(link.soldAtMs),
    updatedAt: iso(link.updatedAtMs),
  };
}

/** How the other side refers to the order. */
const referenceIn = ({ platform, orderId, merchantId }: OrderLink): string =>
  platform === 'bigcommerce' ? referenceOf(orderId) : saleReferenceOf(merchantId ?? '', orderId);

function storyOf(state: RelayState | null) {
  return (state?.story ?? []).map(({ atMs, eventId, what }) => ({ at: iso(atMs), eventId, what }));
}

/** A shop whose web orders go to its register, and what the register then holds. */
import { expect } from 'vitest';
import type { OrderRow, PaymentRow } from '../sandbox/clover/index.ts';
import { openShop, type Shop } from './shop.ts';
import { atRest, until, type Stage } from './stage.ts';

export interface RegisterOrderNow {
  readonly row: OrderRow;
  readonly lines: readonly {
    readonly name: string;
    readonly price: number;
    readonly itemId?: string | undefined;
    readonly note?: string | undefined;
  }[];
  readonly payments: readonly PaymentRow[];
}

export interface PushShop extends Shop {
  /** Every order at the register that is not deleted, oldest first. */
  registerOrders(): readonly RegisterOrderNow[];
  /** Those of one web order. */
  ordersFor(orderId: number): readonly RegisterOrderNow[];
  /** The one order of a web order, once the relay says that it is pushed. */
  pushed(orderId: number): Promise<RegisterOrderNow>;
  /** What the API tells of a web order; undefined while it tells nothing. */
  told(orderId: number): Promise<Record<string, unknown> | undefined>;
  /** Waits until the API tells this status. */
  becomes(orderId: number, status: string): Promise<Record<string, unknown>>;
}

const rowsOf = <Row>(table: Record<string, { versions: { row: Row | null }[] }>): Row[] =>
  Object.values(table).flatMap(({ versions }) => {
    const row = versions.at(-1)?.row ?? null;
    return row === null ? [] : [row];
  });

/** As `openShop`; `enable` connects it and switches the push on. */
export function openPushShop(
  stage: Stage,
  hash: string,
): PushShop & {
  enable(webToClover?: Record<string, unknown>): Promise<void>;
} {
  const shop = openShop(stage, hash);
  const merchant = () => {
    const found = stage.clover.state.merchants[shop.merchantId];
    if (found === undefined) throw new Error(`no merchant ${shop.merchantId}`);
    return found;
  };
  const registerOrders = (): RegisterOrderNow[] => {
    const { orders, lineItems, payments } = merchant().tables;
    const lines = rowsOf(lineItems);
    const paid = rowsOf(payments);
    return rowsOf(orders)
      .filter(({ deletedTime }) => deletedTime === undefined)
      .map((row) => ({
        row,
        lines: lines.filter(({ id }) => row.lineItemIds.includes(id)),
        payments: paid.filter(({ orderId }) => orderId === row.id),
      }));
  };
  const told = async (orderId: number) => {
    const answer = await shop.api('GET', `/orders/bigcommerce/${orderId}`);
    return answer.ok ? answer.json<Record<string, unknown>>() : undefined;
  };
  const becomes = (orderId: number, status: string) =>
    until(`order ${orderId} to be ${status}`, async () => {
      const body = await told(orderId);
      return body?.['status'] === status ? body : undefined;
    });
  const ordersFor = (orderId: number) =>
    registerOrders().filter(
      ({ row }) =>
        row.externalReferenceId === `BC${orderId}` || row.title?.includes(String(orderId)) === true,
    );
  return {
    ...shop,
    registerOrders,
    ordersFor,
    told,
    becomes,
    async pushed(orderId) {
      await becomes(orderId, 'pushed');
      const [order, ...more] = ordersFor(orderId);
      expect(more).toEqual([]);
      if (order === undefined) throw new Error(`no register order for ${orderId}`);
      return order;
    },
    async enable(webToClover = {}) {
      await shop.connect();
      const answer = await shop.api('PATCH', '/settings', {
        orders: { webToClover: { enabled: true, ...webToClover } },
      });
      expect(answer.status).toBe(200);
      await atRest(stage, hash);
    },
  };
}

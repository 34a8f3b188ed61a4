/** The orders of a span of time, with their amounts (bigcommerce.md 7.1). */
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { ORDER_FEED_PAGE } from '../../limits.ts';
import { readSale, type Sale } from './sales.ts';
import type { BigCommerceSession } from './session.ts';
import { wireSales } from './wire-orders.ts';

export interface SalePage {
  /** Without lines and fees: the amounts are the orders' own. */
  readonly sales: readonly Sale[];
  readonly isLast: boolean;
}

/** One page, counted from 1, of the orders made from `fromMs` until `untilMs`. Failures as `getSale`. */
export async function getSalePage(
  session: BigCommerceSession,
  fromMs: number,
  untilMs: number,
  page: number,
): Promise<Result<SalePage, Failure>> {
  const answer = await session.call({
    operation: 'orders.sales',
    method: 'GET',
    path: '/v2/orders',
    query: {
      min_date_created: new Date(fromMs).toISOString(),
      // BigCommerce tells whole seconds, and the bound is inclusive.
      max_date_created: new Date(untilMs - 1_000).toISOString(),
      sort: 'date_created:asc',
      page,
      limit: ORDER_FEED_PAGE,
    },
    accepts: wireSales,
  });
  if (!answer.ok) return answer;
  const sales: Sale[] = [];
  for (const wire of answer.value.body) {
    const sale = readSale(wire, [], answer.value.startedAtMs);
    if (!sale.ok) return sale;
    sales.push(sale.value);
  }
  return ok({ sales, isLast: sales.length < ORDER_FEED_PAGE });
}

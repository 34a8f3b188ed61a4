/** The orders of one person, for whoever has to find all that is known of them (bigcommerce.md 7.1). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { ORDER_FEED_PAGE } from '../../limits.ts';
import type { BigCommerceSession } from './session.ts';
import { wholeNumber } from './wire.ts';

const ORDERS = v.pipe(
  v.optional(v.array(v.object({ id: wholeNumber }))),
  v.transform((list) => list ?? []),
);

/** More orders of one person than these are a till's own account. */
const PAGES_MAX = 40;

/** Ids of the orders with this billing address' e-mail, or of this customer. Failures: `too_large`, and those of `session.call`. */
export async function getOrdersOfPerson(
  session: BigCommerceSession,
  of: { readonly email: string } | { readonly customerId: number },
): Promise<Result<readonly string[], Failure>> {
  const filter = 'email' in of ? { email: of.email } : { customer_id: of.customerId };
  const orders: string[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const answer = await session.call({
      operation: 'orders.of_person',
      method: 'GET',
      path: '/v2/orders',
      query: { ...filter, sort: 'id:asc', page, limit: ORDER_FEED_PAGE },
      accepts: ORDERS,
    });
    if (!answer.ok) return answer;
    const { body } = answer.value;
    orders.push(...body.map(({ id }) => String(id)));
    if (body.length < ORDER_FEED_PAGE) return ok(orders);
  }
  return fail({ code: 'too_large', message: 'One person has too many orders to read.' });
}

/**
 * The register's customer of a web order (O8): found, else made once. A register that lets nobody read or make customers
 * gets the order without one: a sale never waits for that.
 */
import { contactOf, type Buyer } from '../domain/orders/buyers.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Sale } from '../platforms/bigcommerce/sales.ts';
import { pairsByWeb } from '../store/customers.ts';
import type { PushWorker } from './push-worker.ts';
import { findOrMakeCustomer } from './register-customer.ts';

/** Clover's id; null: customers are not copied, the shopper left no contact, or the register has no leave for it. */
export async function customerFor(
  worker: PushWorker,
  merchantId: string,
  sale: Sale,
): Promise<Result<string | null, Failure>> {
  const { ports, connection, eventId } = worker;
  const { enabled, direction, withOrders } = connection.settings.customers;
  const buyer = buyerOf(sale);
  const { phase, plan } = worker.state;
  // Looked for while the order is made; afterwards staff may have put somebody else there.
  if (phase !== 'new' || plan?.customerId !== undefined) return ok(plan?.customerId ?? null);
  if (!enabled || direction === 'to-bigcommerce' || contactOf(buyer) === '') return ok(null);
  const work = { ports, connection, eventId, session: () => worker.clover(merchantId) };
  const found = await findOrMakeCustomer(work, merchantId, buyer, withOrders);
  if (!found.ok) return isRetryable(found.failure) ? found : ok(null);
  if (found.value !== null && sale.customerId > 0) await askForPair(worker, sale.customerId);
  return found;
}

function buyerOf({ billingAddress }: Sale): Buyer {
  const { firstName = '', lastName = '', email = '', phone = '' } = billingAddress ?? {};
  return { firstName, lastName, email: email.trim().toLowerCase(), phone: phone.trim() };
}

/** A shopper with an account is kept in step from the first order on. */
async function askForPair(
  { ports, connection, eventId }: PushWorker,
  webId: number,
): Promise<void> {
  if ((await pairsByWeb(ports.db, connection.id, [webId])).length > 0) return;
  await ports.queues.work.send({
    v: 1,
    kind: 'customer',
    connectionId: connection.id,
    eventId,
    platform: 'bigcommerce',
    account: connection.id,
    customerId: String(webId),
  });
}

/**
 * Customers on both sides (O8): who is who, and which change travels. A webhook or a sweep names one customer; both
 * sides are read, merged by `domain/customers/merge.ts`, written, and remembered as digests. Dying after a write is
 * harmless: both sides then show the same, and the next look writes nothing.
 */
import { isRetryable, type Failure } from '../domain/failure.ts';
import { parseMerchantId } from '../domain/ids.ts';
import { oldestOf } from '../domain/orders/buyers.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  createCustomers,
  findCustomers,
  type Customer,
} from '../platforms/bigcommerce/customers.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getCustomer, type CloverCustomer } from '../platforms/clover/customers.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Work } from '../queue/messages.ts';
import { deletePairs, pairsByRegister, pairsByWeb, type CustomerPair } from '../store/customers.ts';
import { joinPair, personAtRegister, tell, type CustomerWork } from './customer-pair.ts';
import { findOrMakeCustomer } from './register-customer.ts';
import type { Scope } from './scope.ts';

type Handled = Result<void, Failure>;

/** One customer that changed, on either side. Failures: those of the platforms that may pass. */
export async function performCustomer(scope: Scope, message: Work<'customer'>): Promise<Handled> {
  const { connectionId, eventId, platform, account, customerId } = message;
  const connection = await scope.connection(connectionId);
  if (connection?.status !== 'active' || !connection.settings.customers.enabled) {
    return ok(undefined);
  }
  const context = { connectionId, eventId, priority: 'background' as const };
  const work: CustomerWork = {
    scope,
    connection,
    eventId,
    bigcommerce: openBigCommerce(scope.ports, connection.id, context),
    clover: (merchantId) => openClover(scope.ports, merchantId, context),
  };
  return platform === 'bigcommerce'
    ? takeWebCustomer(work, Number(customerId))
    : takeRegisterCustomer(work, account, customerId);
}

async function takeWebCustomer(work: CustomerWork, webId: number): Promise<Handled> {
  const { connection, scope } = work;
  const read = await findCustomers(work.bigcommerce, { customerIds: [webId] });
  if (!read.ok) return read;
  const [web] = read.value;
  if (web === undefined) {
    const gone = await deletePairs(scope.ports.db, connection.id, { webIds: [webId] });
    if (gone > 0) tell(work, `Store customer ${webId} is gone; the register keeps its own.`);
    return ok(undefined);
  }
  const pairs = await pairsByWeb(scope.ports.db, connection.id, [webId]);
  const merchants = connection.merchants.filter(({ status }) => status === 'connected');
  for (const [index, { merchantId }] of merchants.entries()) {
    const pair = pairs.find((each) => each.merchantId === merchantId);
    // A new one is made at one register only; the others get it with an order.
    const mayMake = index === 0 && connection.settings.customers.createMissing.clover;
    const register = await registerOf(work, merchantId, web, pair, mayMake);
    if (!register.ok) return register;
    if (register.value === null) continue;
    const joined = await joinPair(work, merchantId, web, register.value, pair);
    if (!joined.ok) return joined;
  }
  return ok(undefined);
}

/** The register's customer of a store customer; null: there is none, and none is to be made. */
async function registerOf(
  work: CustomerWork,
  merchantId: string,
  web: Customer,
  pair: CustomerPair | undefined,
  mayMake: boolean,
): Promise<Result<CloverCustomer | null, Failure>> {
  const { db } = work.scope.ports;
  if (pair !== undefined) {
    const known = await getCustomer(work.clover(merchantId), pair.registerId);
    if (known.ok && !known.value.isDeleted) return known;
    if (!known.ok && known.failure.code !== 'not_found') return known;
    // Deleted at the register on purpose: the next order may bring a new one, a change of name does not.
    await deletePairs(db, work.connection.id, { registerIds: [pair.registerId] });
    return ok(null);
  }
  const { firstName, lastName, email, phone } = web;
  const buyer = { firstName, lastName, email: email.toLowerCase(), phone };
  const found = await findOrMakeCustomer(
    {
      ports: work.scope.ports,
      connection: work.connection,
      eventId: work.eventId,
      session: () => work.clover(merchantId),
    },
    merchantId,
    buyer,
    mayMake && work.connection.settings.customers.direction !== 'to-bigcommerce',
  );
  if (!found.ok) return isRetryable(found.failure) ? found : ok(null);
  if (found.value === null) return ok(null);
  const read = await getCustomer(work.clover(merchantId), found.value);
  return !read.ok && read.failure.code === 'not_found' ? ok(null) : read;
}

async function takeRegisterCustomer(
  work: CustomerWork,
  account: string,
  registerId: string,
): Promise<Handled> {
  const { connection, scope } = work;
  const merchantId = parseMerchantId(account);
  if (merchantId === undefined) return ok(undefined);
  const read = await getCustomer(work.clover(merchantId), registerId);
  if (!read.ok && read.failure.code !== 'not_found') return read;
  if (!read.ok || read.value.isDeleted) {
    const gone = await deletePairs(scope.ports.db, connection.id, { registerIds: [registerId] });
    if (gone > 0) tell(work, `Register customer ${registerId} is gone; the store keeps its own.`);
    return ok(undefined);
  }
  const register = read.value;
  const [pair] = await pairsByRegister(scope.ports.db, connection.id, merchantId, [registerId]);
  const web = await webOf(work, register, pair);
  if (!web.ok || web.value === null) return web.ok ? ok(undefined) : web;
  return joinPair(work, merchantId, web.value, register, pair);
}

/** The store's customer of a register's; null: there is none, and none is to be made. */
async function webOf(
  work: CustomerWork,
  register: CloverCustomer,
  pair: CustomerPair | undefined,
): Promise<Result<Customer | null, Failure>> {
  const { bigcommerce, connection } = work;
  if (pair !== undefined) {
    const known = await findCustomers(bigcommerce, { customerIds: [pair.webId] });
    if (!known.ok) return known;
    const [web] = known.value;
    if (web !== undefined) return ok(web);
    await deletePairs(work.scope.ports.db, connection.id, { webIds: [pair.webId] });
    return ok(null);
  }
  const { firstName, lastName, email, phone } = personAtRegister(register);
  const byEmail = email === '' ? ok([]) : await findCustomers(bigcommerce, { emails: [email] });
  if (!byEmail.ok) return byEmail;
  const found = oldestWeb(byEmail.value);
  if (found !== null) return ok(found);
  // A number may be a family's: it joins only somebody who has no address to go by.
  const isAlone = email === '' && phone !== '';
  const byPhone = isAlone ? await findCustomers(bigcommerce, { phones: [phone] }) : ok([]);
  if (!byPhone.ok) return byPhone;
  const second = oldestWeb(byPhone.value);
  if (second !== null) return ok(second);
  const { createMissing, direction } = connection.settings.customers;
  if (!createMissing.bigcommerce || direction === 'to-clover') return ok(null);
  if (email === '' || firstName === '' || lastName === '') {
    tell(
      work,
      `Register customer ${register.customerId} has no e-mail address or name to open an account with.`,
    );
    return ok(null);
  }
  return makeWebCustomer(work, { email, firstName, lastName, phone });
}

/** An address is unique at the store: who asks twice is refused, and finds what the first one made. */
async function makeWebCustomer(
  work: CustomerWork,
  fields: { email: string; firstName: string; lastName: string; phone: string },
): Promise<Result<Customer | null, Failure>> {
  // Consent to marketing is the shopper's to give at the store.
  const made = await createCustomers(work.bigcommerce, [fields]);
  if (made.ok) return ok(made.value[0] ?? null);
  if (made.failure.code !== 'rejected' && made.failure.code !== 'conflict') return made;
  const again = await findCustomers(work.bigcommerce, { emails: [fields.email] });
  if (!again.ok) return again;
  const found = oldestWeb(again.value);
  if (found === null) tell(work, `BigCommerce refused a new customer: ${made.failure.message}`);
  return ok(found);
}

function oldestWeb(customers: readonly Customer[]): Customer | null {
  const known = customers.map((customer) => ({
    customer,
    customerId: String(customer.customerId).padStart(12, '0'),
    isDeleted: false,
    sinceMs: customer.createdAtMs,
  }));
  const first = oldestOf(known);
  return known.find(({ customerId }) => customerId === first?.customerId)?.customer ?? null;
}

/**
 * The register's customer of a web order (O8): found by e-mail, then by phone, else made once. A register that lets
 * nobody read or make customers gets the order without one: a sale never waits for that.
 */
import { contactOf, oldestOf, type Buyer } from '../domain/orders/buyers.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CALL_TIMEOUT_MS } from '../limits.ts';
import type { Sale } from '../platforms/bigcommerce/sales.ts';
import {
  createCustomer,
  findCustomersByEmail,
  findCustomersByPhone,
  type CloverCustomer,
} from '../platforms/clover/customers.ts';
import { holdRegisterObject, keepRegisterObject } from '../store/register-objects.ts';
import { sha256Hex } from '../store/digest.ts';
import type { PushWorker } from './push-worker.ts';

/** Two looks and the making, each as long as a time-out. */
const MAKING_LEASE_MS = 4 * CALL_TIMEOUT_MS;
const MAKING_RETRY_MS = 2_000;
/** Clover's longest name (clover.md 6). */
const NAME_CHARS = 64;

/** Clover's id; null: customers are not copied, the shopper left no contact, or the register has no leave for it. */
export async function customerFor(
  worker: PushWorker,
  merchantId: string,
  sale: Sale,
): Promise<Result<string | null, Failure>> {
  const { ports, connection } = worker;
  const { enabled, direction } = connection.settings.customers;
  const buyer = buyerOf(sale);
  const { phase, plan } = worker.state;
  // Looked for while the order is made; afterwards staff may have put somebody else there.
  if (phase !== 'new' || plan?.customerId !== undefined) return ok(plan?.customerId ?? null);
  if (!enabled || direction === 'to-bigcommerce' || contactOf(buyer) === '') return ok(null);
  const labelKey = await sha256Hex(contactOf(buyer));
  const key = { connectionId: connection.id, merchantId, kind: 'customer', labelKey } as const;
  const nowMs = ports.now();
  if (!(await holdRegisterObject(ports.db, key, nowMs, nowMs + MAKING_LEASE_MS))) {
    const message = 'The customer of this order is being looked for by another one.';
    return fail({ code: 'busy', message, retryAfterMs: MAKING_RETRY_MS });
  }
  const found = await findOrMake(worker, merchantId, buyer);
  const isOpen = !found.ok && found.failure.outcomeUnknown === true;
  // One that may have been made is left to its lease: looked for too soon, it might be made twice.
  if (!isOpen) await keepRegisterObject(ports.db, key, null);
  if (found.ok || isRetryable(found.failure)) return found;
  return ok(null);
}

function buyerOf({ billingAddress }: Sale): Buyer {
  const { firstName = '', lastName = '', email = '', phone = '' } = billingAddress ?? {};
  return { firstName, lastName, email: email.trim().toLowerCase(), phone: phone.trim() };
}

async function findOrMake(
  worker: PushWorker,
  merchantId: string,
  buyer: Buyer,
): Promise<Result<string, Failure>> {
  const session = worker.clover(merchantId);
  const none = ok<readonly CloverCustomer[]>([]);
  const byEmail = buyer.email === '' ? none : await findCustomersByEmail(session, buyer.email);
  if (!byEmail.ok) return byEmail;
  const first = oldestOf(byEmail.value);
  if (first !== null) return ok(first.customerId);
  const byPhone = buyer.phone === '' ? none : await findCustomersByPhone(session, buyer.phone);
  if (!byPhone.ok) return byPhone;
  const second = oldestOf(byPhone.value);
  if (second !== null) return ok(second.customerId);
  const made = await createCustomer(worker.clover(merchantId), {
    firstName: buyer.firstName.slice(0, NAME_CHARS),
    lastName: buyer.lastName.slice(0, NAME_CHARS),
    // Consent to marketing is the shopper's to give at each side; it is not carried over.
    email: buyer.email === '' ? null : buyer.email,
    phone: buyer.phone === '' ? null : buyer.phone,
    address: null,
  });
  return made.ok ? ok(made.value.customerId) : made;
}

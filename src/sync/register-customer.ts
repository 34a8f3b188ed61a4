/** A shopper at a register (O8): known, found by e-mail, then by phone, else made once; never twice. */
import type { Failure } from '../domain/failure.ts';
import { contactOf, oldestOf, type Buyer } from '../domain/orders/buyers.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CALL_TIMEOUT_MS } from '../limits.ts';
import {
  createCustomer,
  findCustomersByEmail,
  findCustomersByPhone,
  getCustomer,
} from '../platforms/clover/customers.ts';
import type { CloverSession } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { sha256Hex } from '../store/digest.ts';
import {
  findRegisterObject,
  freeRegisterObject,
  holdRegisterObject,
  keepRegisterObject,
  type RegisterObjectKey,
} from '../store/register-objects.ts';
import { keepHidden, stillHidden } from './hidden-contacts.ts';

/** Three looks and the making, each as long as a time-out. */
const MAKING_LEASE_MS = 5 * CALL_TIMEOUT_MS;
const MAKING_RETRY_MS = 2_000;
/** Clover's longest name (clover.md 6). */
const NAME_CHARS = 64;

export interface RegisterWork {
  readonly ports: Pick<Ports, 'db' | 'now'>;
  readonly connection: Connection;
  readonly eventId: string;
  session(): CloverSession;
}

/**
 * Clover's id of the shopper; null: not there and not to be made, because `mayMake` says so or contacts are hidden. One
 * worker at a time per contact; the others are `busy` for a moment. Otherwise the failures of the calls.
 */
export async function findOrMakeCustomer(
  work: RegisterWork,
  merchantId: string,
  buyer: Buyer,
  mayMake: boolean,
): Promise<Result<string | null, Failure>> {
  const { ports, connection } = work;
  const contact = contactOf(buyer);
  if (contact === '') return ok(null);
  const labelKey = await sha256Hex(contact);
  const key = { connectionId: connection.id, merchantId, kind: 'customer', labelKey } as const;
  const nowMs = ports.now();
  if (!(await holdRegisterObject(ports.db, key, nowMs, nowMs + MAKING_LEASE_MS))) {
    const message = 'The customer of this order is being looked for by another one.';
    return fail({ code: 'busy', message, retryAfterMs: MAKING_RETRY_MS });
  }
  const found = await lookAndMake(work, key, buyer, mayMake);
  const isOpen = !found.ok && found.failure.outcomeUnknown === true;
  // One that may have been made is left to its lease: looked for too soon, it might be made twice.
  if (isOpen) return found;
  if (found.ok) await keepRegisterObject(ports.db, key, found.value);
  else await freeRegisterObject(ports.db, key);
  return found;
}

async function lookAndMake(
  work: RegisterWork,
  key: RegisterObjectKey,
  buyer: Buyer,
  mayMake: boolean,
): Promise<Result<string | null, Failure>> {
  const { merchantId } = key;
  // Known by its id it is found even where contacts are hidden.
  const known = await findRegisterObject(work.ports.db, key);
  if (known !== undefined) {
    const read = await getCustomer(work.session(), known);
    if (read.ok && !read.value.isDeleted) return ok(known);
    if (!read.ok && read.failure.code !== 'not_found') return read;
  }
  const byEmail =
    buyer.email === '' ? ok([]) : await findCustomersByEmail(work.session(), buyer.email);
  if (!byEmail.ok) return byEmail;
  const first = oldestOf(byEmail.value);
  if (first !== null) return ok(first.customerId);
  const byPhone =
    buyer.phone === '' ? ok([]) : await findCustomersByPhone(work.session(), buyer.phone);
  if (!byPhone.ok) return byPhone;
  // A family shares a number, and many type none of their own: somebody with another address is somebody else.
  const alike = byPhone.value.filter(({ emails }) => buyer.email === '' || emails.length === 0);
  const second = oldestOf(alike);
  if (second !== null) return ok(second.customerId);
  if (!mayMake) return ok(null);
  const hidden = await stillHidden(
    work.ports.db,
    () => work.session(),
    key.connectionId,
    merchantId,
  );
  if (!hidden.ok) return hidden;
  return hidden.value ? ok(null) : make(work, merchantId, buyer);
}

async function make(
  work: RegisterWork,
  merchantId: string,
  buyer: Buyer,
): Promise<Result<string, Failure>> {
  const made = await createCustomer(work.session(), {
    firstName: buyer.firstName.slice(0, NAME_CHARS),
    lastName: buyer.lastName.slice(0, NAME_CHARS),
    // Consent to marketing is the shopper's to give at each side; it is not carried over.
    email: buyer.email === '' ? null : buyer.email,
    phone: buyer.phone === '' ? null : buyer.phone,
    address: null,
  });
  if (!made.ok) return made;
  const { customerId, emails, phones } = made.value;
  if (emails.length + phones.length === 0) {
    const { ports, connection, eventId } = work;
    await keepHidden(ports, connection.id, merchantId, eventId, customerId);
  }
  return ok(customerId);
}

/**
 * Customers (clover.md 6). Nothing makes an address unique and there is no idempotency key: search before a create.
 * No modified time: changes are learnt from webhooks and sweeps. Cards are never asked for.
 */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { Page } from './inventory.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, epochMs, id, maybe, nested, textOrEmpty } from './wire.ts';

export interface CloverCustomer {
  readonly customerId: string;
  readonly firstName: string;
  readonly lastName: string;
  /** null when Clover does not tell, as in Europe without a grant (clover.md 1). */
  readonly marketingAllowed: boolean | null;
  readonly isDeleted: boolean;
  /** Epoch milliseconds. */
  readonly sinceMs: number | null;
  /** Empty also where the app lacks the grant for them. The same holds for what follows. */
  readonly emails: readonly CustomerContact[];
  readonly phones: readonly CustomerContact[];
  readonly addresses: readonly CustomerAddress[];
}

export interface CustomerContact {
  readonly contactId: string | null;
  readonly value: string;
}

export interface AddressFields {
  readonly address1: string;
  readonly address2: string;
  readonly city: string;
  readonly state: string;
  /** At most 10 characters. */
  readonly zip: string;
  /** ISO 3166, two letters. */
  readonly country: string;
}

export interface CustomerAddress extends AddressFields {
  readonly addressId: string | null;
}

const wireEmail = v.object({ id: maybe(v.string()), emailAddress: textOrEmpty });
const wirePhone = v.object({ id: maybe(v.string()), phoneNumber: textOrEmpty });
const wireAddress = v.object({
  id: maybe(v.string()),
  address1: textOrEmpty,
  address2: textOrEmpty,
  city: textOrEmpty,
  state: textOrEmpty,
  zip: textOrEmpty,
  country: textOrEmpty,
});

const wireCustomer = v.object({
  id,
  firstName: textOrEmpty,
  lastName: textOrEmpty,
  marketingAllowed: maybe(v.boolean()),
  customerSince: maybe(epochMs),
  deletedTime: maybe(v.number()),
  emailAddresses: nested(wireEmail),
  phoneNumbers: nested(wirePhone),
  addresses: nested(wireAddress),
});
type WireCustomer = v.InferOutput<typeof wireCustomer>;

const CUSTOMER_LIST = elementsOf(wireCustomer);
type WireCustomerList = v.InferOutput<typeof CUSTOMER_LIST>;

/** Left out of every answer unless asked for. */
const CONTACTS = 'emailAddresses,phoneNumbers,addresses';

function readCustomer(wire: WireCustomer): CloverCustomer {
  return {
    customerId: wire.id,
    firstName: wire.firstName,
    lastName: wire.lastName,
    marketingAllowed: wire.marketingAllowed,
    isDeleted: (wire.deletedTime ?? 0) > 0,
    sinceMs: wire.customerSince,
    emails: (wire.emailAddresses?.elements ?? []).map((email) => ({
      contactId: email.id,
      value: email.emailAddress,
    })),
    phones: (wire.phoneNumbers?.elements ?? []).map((phone) => ({
      contactId: phone.id,
      value: phone.phoneNumber,
    })),
    addresses: (wire.addresses?.elements ?? []).map(({ id: addressId, ...fields }) => ({
      addressId,
      ...fields,
    })),
  };
}

// --- Reads ---------------------------------------------------------------------------------------------------------

const customerPath = (customerId: string): string => `/customers/${encodeURIComponent(customerId)}`;

function customerRequest(customerId: string): PlatformRequest<WireCustomer> {
  return {
    operation: 'customers.get',
    method: 'GET',
    path: customerPath(customerId),
    query: { expand: CONTACTS, forceRealTime: true },
    accepts: wireCustomer,
  };
}

/** One customer, from the primary. `not_found` for an unknown or deleted one. */
export async function getCustomer(
  session: CloverSession,
  customerId: string,
): Promise<Result<CloverCustomer, Failure>> {
  const answer = await session.call(customerRequest(customerId));
  return answer.ok ? ok(readCustomer(answer.value.body)) : answer;
}

function findCustomersRequest(filter: string): PlatformRequest<WireCustomerList> {
  return {
    operation: 'customers.find',
    method: 'GET',
    path: '/customers',
    query: { filter, expand: CONTACTS, limit: CLOVER_PAGE, forceRealTime: true },
    accepts: CUSTOMER_LIST,
  };
}

async function findCustomers(
  session: CloverSession,
  filter: string,
): Promise<Result<readonly CloverCustomer[], Failure>> {
  const answer = await session.call(findCustomersRequest(filter));
  return answer.ok ? ok(answer.value.body.elements.map(readCustomer)) : answer;
}

/** Customers with exactly this address, from the primary; several are possible, deleted ones are left out. */
export function findCustomersByEmail(
  session: CloverSession,
  email: string,
): Promise<Result<readonly CloverCustomer[], Failure>> {
  return findCustomers(session, `emailAddress=${email}`);
}

/** Customers with exactly this number as Clover holds it, from the primary. */
export function findCustomersByPhone(
  session: CloverSession,
  phone: string,
): Promise<Result<readonly CloverCustomer[], Failure>> {
  return findCustomers(session, `phoneNumber=${phone}`);
}

function customerPageRequest(offset: number): PlatformRequest<WireCustomerList> {
  return {
    operation: 'customers.page',
    method: 'GET',
    path: '/customers',
    query: { expand: CONTACTS, orderBy: 'customerSince ASC', limit: CLOVER_PAGE, offset },
    accepts: CUSTOMER_LIST,
  };
}

/** One page of all customers, oldest first, for sweeps; start with offset 0. */
export async function getCustomerPage(
  session: CloverSession,
  offset: number,
): Promise<Result<Page<CloverCustomer>, Failure>> {
  const answer = await session.call(customerPageRequest(offset));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({
    rows: elements.map(readCustomer),
    nextOffset: elements.length < CLOVER_PAGE ? null : offset + elements.length,
    readStartedAtMs: answer.value.startedAtMs,
  });
}

// --- Writes --------------------------------------------------------------------------------------------------------

/** Fields of the customer itself; those left out stay as they are. Names have at most 64 characters. */
export interface CustomerFields {
  readonly firstName?: string;
  readonly lastName?: string;
  /** May be ignored on create (clover.md 6): compare the answer, then `updateCustomer`. */
  readonly marketingAllowed?: boolean;
}

export interface NewCustomer extends CustomerFields {
  readonly email: string | null;
  readonly phone: string | null;
  /** Sent only when Clover's five compulsory fields are there (clover.md 6). */
  readonly address: AddressFields | null;
}

function createCustomerRequest(customer: NewCustomer): PlatformRequest<WireCustomer> {
  const { email, phone, address, ...fields } = customer;
  return {
    operation: 'customers.create',
    method: 'POST',
    path: '/customers',
    query: { expand: CONTACTS },
    body: {
      ...fields,
      ...(email === null ? {} : { emailAddresses: [{ emailAddress: email }] }),
      ...(phone === null ? {} : { phoneNumbers: [{ phoneNumber: phone }] }),
      ...(address === null ? {} : { addresses: [address] }),
    },
    accepts: wireCustomer,
  };
}

/** Creates a customer with contacts. Failures: those of `session.call`, with `outcomeUnknown` where it may exist now. */
export async function createCustomer(
  session: CloverSession,
  customer: NewCustomer,
): Promise<Result<CloverCustomer, Failure>> {
  const answer = await session.call(createCustomerRequest(customer));
  return answer.ok ? ok(readCustomer(answer.value.body)) : answer;
}

function updateCustomerRequest(
  customerId: string,
  fields: CustomerFields,
): PlatformRequest<WireCustomer> {
  return {
    operation: 'customers.update',
    method: 'POST',
    path: customerPath(customerId),
    query: { expand: CONTACTS },
    body: fields,
    accepts: wireCustomer,
  };
}

/** Changes what is named and nothing else. `not_found` for an unknown or deleted customer. */
export async function updateCustomer(
  session: CloverSession,
  customerId: string,
  fields: CustomerFields,
): Promise<Result<CloverCustomer, Failure>> {
  const answer = await session.call(updateCustomerRequest(customerId, fields));
  return answer.ok ? ok(readCustomer(answer.value.body)) : answer;
}

/** What a customer can have several of. */
export type ContactKind = 'email_addresses' | 'phone_numbers' | 'addresses';

export type ContactValue =
  | { readonly kind: 'email_addresses'; readonly email: string }
  | { readonly kind: 'phone_numbers'; readonly phone: string }
  | { readonly kind: 'addresses'; readonly address: AddressFields };

function contactBody(contact: ContactValue): unknown {
  if (contact.kind === 'email_addresses') return { emailAddress: contact.email };
  return contact.kind === 'phone_numbers' ? { phoneNumber: contact.phone } : contact.address;
}

const WRITTEN_CONTACT = v.object({ id: maybe(v.string()) });

function contactPath(customerId: string, kind: ContactKind, contactId: string | null): string {
  const tail = contactId === null ? '' : `/${encodeURIComponent(contactId)}`;
  return `${customerPath(customerId)}/${kind}${tail}`;
}

function saveContactRequest(
  customerId: string,
  contactId: string | null,
  contact: ContactValue,
): PlatformRequest<v.InferOutput<typeof WRITTEN_CONTACT>> {
  return {
    operation: 'customers.save_contact',
    method: 'POST',
    path: contactPath(customerId, contact.kind, contactId),
    body: contactBody(contact),
    accepts: WRITTEN_CONTACT,
  };
}

/**
 * Adds a contact (`contactId` null) or replaces the one with that id, and answers its id. `permission_missing` in Europe
 * without the grant of its kind (clover.md 1).
 */
export async function saveContact(
  session: CloverSession,
  customerId: string,
  contactId: string | null,
  contact: ContactValue,
): Promise<Result<string | null, Failure>> {
  const answer = await session.call(saveContactRequest(customerId, contactId, contact));
  return answer.ok ? ok(answer.value.body.id) : answer;
}

function deleteRequest(operation: string, path: string): PlatformRequest<unknown> {
  return { operation, method: 'DELETE', path, accepts: v.unknown() };
}

/** Takes a contact off. `not_found` when it is gone already. */
export async function deleteContact(
  session: CloverSession,
  customerId: string,
  kind: ContactKind,
  contactId: string,
): Promise<Result<null, Failure>> {
  const path = contactPath(customerId, kind, contactId);
  const answer = await session.call(deleteRequest('customers.delete_contact', path));
  return answer.ok ? ok(null) : answer;
}

/** Deletes a customer, softly; `not_found` when it is gone already. */
export async function deleteCustomer(
  session: CloverSession,
  customerId: string,
): Promise<Result<null, Failure>> {
  const answer = await session.call(deleteRequest('customers.delete', customerPath(customerId)));
  return answer.ok ? ok(null) : answer;
}

/** Customers of a store (customers.v3.yml, bigcommerce.md 9). Guests are in no list; an e-mail is unique per channel. */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { BIGCOMMERCE_CUSTOMER_BATCH, BIGCOMMERCE_CUSTOMER_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import { epochMs } from './orders.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, wholeNumber } from './wire.ts';

export interface CustomerAddress {
  readonly firstName: string;
  readonly lastName: string;
  readonly company: string;
  readonly address1: string;
  readonly address2: string;
  readonly city: string;
  readonly stateOrProvince: string;
  readonly postalCode: string;
  /** ISO 3166, two letters. */
  readonly countryCode: string;
  readonly phone: string;
}

export interface Customer {
  readonly customerId: number;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly company: string;
  readonly phone: string;
  readonly notes: string;
  readonly acceptsMarketing: boolean;
  readonly channelIds: readonly number[];
  /** Epoch milliseconds; null when BigCommerce tells none. */
  readonly createdAtMs: number | null;
  readonly modifiedAtMs: number | null;
  readonly addresses: readonly CustomerAddress[];
}

const text = v.nullish(v.string(), '');
const wireAddress = v.object({
  first_name: text,
  last_name: text,
  company: text,
  address1: text,
  address2: text,
  city: text,
  state_or_province: text,
  postal_code: text,
  country_code: text,
  phone: text,
});
const wireCustomer = v.object({
  id: wholeNumber,
  email: text,
  first_name: text,
  last_name: text,
  company: text,
  phone: text,
  notes: text,
  accepts_product_review_abandoned_cart_emails: v.nullish(v.boolean(), false),
  channel_ids: v.nullish(v.array(wholeNumber), []),
  date_created: text,
  date_modified: text,
  addresses: v.nullish(v.array(wireAddress), []),
});
const CUSTOMERS = listOf(wireCustomer);
type WireCustomers = v.InferOutput<typeof CUSTOMERS>;

function readCustomer(wire: v.InferOutput<typeof wireCustomer>): Customer {
  return {
    customerId: wire.id,
    email: wire.email,
    firstName: wire.first_name,
    lastName: wire.last_name,
    company: wire.company,
    phone: wire.phone,
    notes: wire.notes,
    acceptsMarketing: wire.accepts_product_review_abandoned_cart_emails,
    channelIds: wire.channel_ids,
    createdAtMs: epochMs(wire.date_created),
    modifiedAtMs: epochMs(wire.date_modified),
    addresses: wire.addresses.map((address) => ({
      firstName: address.first_name,
      lastName: address.last_name,
      company: address.company,
      address1: address.address1,
      address2: address.address2,
      city: address.city,
      stateOrProvince: address.state_or_province,
      postalCode: address.postal_code,
      countryCode: address.country_code,
      phone: address.phone,
    })),
  };
}

export interface CustomerPage {
  readonly customers: readonly Customer[];
  readonly isLast: boolean;
}

async function readPage(
  session: BigCommerceSession,
  query: Readonly<Record<string, string>>,
  page: number,
): Promise<Result<CustomerPage, Failure>> {
  const answer = await session.call<WireCustomers>({
    operation: 'customers.list',
    method: 'GET',
    path: '/v3/customers',
    query: { ...query, include: 'addresses', page, limit: BIGCOMMERCE_CUSTOMER_PAGE },
    accepts: CUSTOMERS,
  });
  if (!answer.ok) return answer;
  const { data } = answer.value.body;
  return ok({ customers: data.map(readCustomer), isLast: data.length < BIGCOMMERCE_CUSTOMER_PAGE });
}

/** Which customers: by one kind of key. E-mails match whatever their case. */
export type CustomerKeys =
  | { readonly customerIds: readonly number[] }
  | { readonly emails: readonly string[] }
  | { readonly phones: readonly string[] };

/**
 * The customers with one of the keys: at most a page of them, which is more than keys fit into one address. Keys that
 * nobody has are simply not answered. `invalid_input` without any key: no filter would select everybody; otherwise the
 * failures of `session.call`.
 */
export async function findCustomers(
  session: BigCommerceSession,
  keys: CustomerKeys,
): Promise<Result<readonly Customer[], Failure>> {
  const [name, list]: [string, readonly (string | number)[]] =
    'customerIds' in keys
      ? ['id:in', keys.customerIds]
      : 'emails' in keys
        ? ['email:in', keys.emails]
        : ['phone:in', keys.phones];
  if (list.length === 0) {
    return fail({ code: 'invalid_input', message: 'A search for customers has to name some.' });
  }
  const page = await readPage(session, { [name]: list.join(',') }, 1);
  return page.ok ? ok(page.value.customers) : page;
}

/**
 * One page of customers changed at or after `sinceMs`, oldest change first; `page` counts from 1. A change of an
 * address may not count as one (bigcommerce.md 2.3). Failures: those of `session.call`.
 */
export async function getCustomersSince(
  session: BigCommerceSession,
  sinceMs: number,
  page: number,
): Promise<Result<CustomerPage, Failure>> {
  const since = new Date(sinceMs).toISOString();
  return readPage(session, { 'date_modified:min': since, sort: 'date_modified:asc' }, page);
}

export interface CustomerFields {
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly company?: string;
  readonly phone?: string;
  readonly notes?: string;
  readonly acceptsMarketing?: boolean;
}

export interface NewCustomer extends CustomerFields {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly originChannelId?: number;
  readonly channelIds?: readonly number[];
  readonly addresses?: readonly CustomerAddress[];
}

export interface CustomerChange extends CustomerFields {
  readonly customerId: number;
}

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function fieldsBody(fields: CustomerFields) {
  return given({
    email: fields.email,
    first_name: fields.firstName,
    last_name: fields.lastName,
    company: fields.company,
    phone: fields.phone,
    notes: fields.notes,
    accepts_product_review_abandoned_cart_emails: fields.acceptsMarketing,
  });
}

function addressBody(address: CustomerAddress) {
  return {
    first_name: address.firstName,
    last_name: address.lastName,
    company: address.company,
    address1: address.address1,
    address2: address.address2,
    city: address.city,
    state_or_province: address.stateOrProvince,
    postal_code: address.postalCode,
    country_code: address.countryCode,
    phone: address.phone,
  };
}

function newBody(customer: NewCustomer) {
  return {
    ...fieldsBody(customer),
    ...given({
      origin_channel_id: customer.originChannelId,
      channel_ids: customer.channelIds,
      addresses: customer.addresses?.map(addressBody),
    }),
  };
}

async function write(
  session: BigCommerceSession,
  operation: 'customers.create' | 'customers.update',
  body: readonly unknown[],
): Promise<Result<readonly Customer[], Failure>> {
  if (body.length === 0 || body.length > BIGCOMMERCE_CUSTOMER_BATCH) {
    const message = `A write takes 1 to ${BIGCOMMERCE_CUSTOMER_BATCH} customers, not ${body.length}.`;
    return fail({ code: 'invalid_input', message });
  }
  const request: PlatformRequest<WireCustomers> = {
    operation,
    method: operation === 'customers.create' ? 'POST' : 'PUT',
    path: '/v3/customers',
    body,
    accepts: CUSTOMERS,
  };
  const answer = await session.call(request);
  return answer.ok ? ok(answer.value.body.data.map(readCustomer)) : answer;
}

/**
 * Makes up to 10 customers, all or none; they have no password until they ask for one. `rejected` when an e-mail is
 * taken on one of the channels or a value is refused; `outcomeUnknown` when they may have been made: look by e-mail.
 */
export async function createCustomers(
  session: BigCommerceSession,
  customers: readonly NewCustomer[],
): Promise<Result<readonly Customer[], Failure>> {
  return write(session, 'customers.create', customers.map(newBody));
}

/** Changes up to 10 customers, only what is named; addresses have an endpoint of their own. Failures as `createCustomers`. */
export async function updateCustomers(
  session: BigCommerceSession,
  changes: readonly CustomerChange[],
): Promise<Result<readonly Customer[], Failure>> {
  const body = changes.map(({ customerId, ...fields }) => ({
    id: customerId,
    ...fieldsBody(fields),
  }));
  return write(session, 'customers.update', body);
}

const ADDRESSES = listOf(v.object({ id: wholeNumber, customer_id: wholeNumber }));

/**
 * Adds addresses; one that the customer has already is left as it is. Up to 10 in one call. Failures: `rejected` for an
 * unknown customer or an incomplete address, and those of `session.call`.
 */
export async function addCustomerAddresses(
  session: BigCommerceSession,
  customerId: number,
  addresses: readonly CustomerAddress[],
): Promise<Result<{ readonly added: number }, Failure>> {
  const answer = await session.call({
    operation: 'customers.add_addresses',
    method: 'POST',
    path: '/v3/customers/addresses',
    body: addresses.map((address) => ({ ...addressBody(address), customer_id: customerId })),
    accepts: ADDRESSES,
  });
  return answer.ok ? ok({ added: answer.value.body.data.length }) : answer;
}

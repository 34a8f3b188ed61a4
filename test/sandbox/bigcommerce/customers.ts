/** /v3/customers and /v3/customers/addresses (customers.v3.yml, bigcommerce.md 9). */
import { iso, wholeSecond } from './clock.ts';
import { nothing, ok, Refusal, refuse422 } from './errors.ts';
import { emit } from './events.ts';
import { moneyNumber } from './money.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import { badFilter, date, integers, text, texts, words } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Customer, CustomerAddress, Store } from './state.ts';

type Fields = Record<string, unknown>;

const LIMIT_MAX = 250;
const BATCH_MAX = 10;
/** Characters of each text field. */
const LENGTHS: Record<string, number> = {
  email: 250,
  first_name: 100,
  last_name: 100,
  company: 255,
  phone: 50,
};

function batchOf(call: Call, max: number): Fields[] {
  const { body } = call;
  if (!Array.isArray(body) || body.length === 0)
    throw refuse422('The body is a list of resources.');
  if (body.length > max) throw new Refusal(413, `The maximum number of items is ${max}.`);
  return body.map((value: unknown) => {
    if (typeof value !== 'object' || value === null) throw refuse422('An item is not an object.');
    return value as Fields;
  });
}

const CUSTOMER = [
  ...words('email first_name last_name company phone notes tax_exempt_category customer_group_id'),
  ...words('authentication accepts_product_review_abandoned_cart_emails store_credit_amounts'),
  ...words('origin_channel_id channel_ids form_fields'),
];
const ONLY_NEW = words('addresses attributes trigger_account_created_notification');
const ADDRESS = [
  ...words('first_name last_name company address1 address2 city state_or_province postal_code'),
  ...words('country_code phone address_type form_fields'),
];

function refuseOthers(fields: Fields, known: readonly string[], at: string): void {
  const other = Object.keys(fields).find((name) => !known.includes(name));
  if (other !== undefined) {
    throw refuse422(`Invalid field(s): ${other}`, { [`${at}.${other}`]: 'unknown field' });
  }
}

function textIn(fields: Fields, name: string, at: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const most = LENGTHS[name] ?? 65_535;
  if (typeof value !== 'string' || value.length > most) {
    throw refuse422(`${name} is invalid.`, { [`${at}.${name}`]: 'invalid' });
  }
  return value;
}

function required(fields: Fields, name: string, at: string): string {
  const value = textIn(fields, name, at);
  if (value === undefined || value === '') {
    throw refuse422(`The field '${name}' is required.`, { [`${at}.${name}`]: 'required' });
  }
  return value;
}

function emailIn(value: string, at: string): string {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return value;
  throw refuse422('The email is invalid.', { [`${at}.email`]: 'invalid' });
}

/** An e-mail belongs to one customer of a channel; the same may exist again in another channel (9). */
export function refuseTakenEmail(store: Store, customer: Customer, at: string): void {
  const email = customer.email.toLowerCase();
  const taken = Object.values(store.customers).some(
    (other) =>
      other.id !== customer.id &&
      other.email.toLowerCase() === email &&
      other.channelIds.some((id) => customer.channelIds.includes(id)),
  );
  if (!taken) return;
  const title = `Customer email already in use: ${customer.email}`;
  throw refuse422(title, { [`${at}.email`]: 'The email is already in use on this channel.' });
}

function channelIdsIn(call: Call, fields: Fields, at: string): number[] | undefined {
  const { channel_ids: list, origin_channel_id: origin } = fields;
  const ids = list ?? (origin === undefined ? undefined : [origin]);
  if (ids === undefined) return undefined;
  const known = (id: unknown) => typeof id === 'number' && call.store.channels[id] !== undefined;
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every(known)) {
    throw refuse422('channel_ids is invalid.', { [`${at}.channel_ids`]: 'invalid' });
  }
  return ids as number[];
}

/** The fields that both a new customer and a change may hold. */
function changesIn(call: Call, fields: Fields, at: string): Partial<Customer> {
  const { customer_group_id: groupId, accepts_product_review_abandoned_cart_emails: accepts } =
    fields;
  const { store_credit_amounts: credit } = fields;
  const email = textIn(fields, 'email', at);
  const [first] = Array.isArray(credit) ? (credit as { amount?: unknown }[]) : [];
  const found: Partial<Record<keyof Customer, unknown>> = {
    email: email === undefined ? undefined : emailIn(email, at),
    firstName: textIn(fields, 'first_name', at),
    lastName: textIn(fields, 'last_name', at),
    company: textIn(fields, 'company', at),
    phone: textIn(fields, 'phone', at),
    notes: textIn(fields, 'notes', at),
    groupId: typeof groupId === 'number' ? groupId : undefined,
    acceptsMarketing: typeof accepts === 'boolean' ? accepts : undefined,
    storeCredit: typeof first?.amount === 'number' ? Math.round(first.amount * 10_000) : undefined,
    channelIds: channelIdsIn(call, fields, at),
  };
  const given = Object.entries(found).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Customer>;
}

function addressIn(store: Store, fields: Fields, at: string): Omit<CustomerAddress, 'customerId'> {
  refuseOthers(fields, [...ADDRESS, 'customer_id', 'id'], at);
  const country = required(fields, 'country_code', at);
  if (!/^[A-Z]{2}$/.test(country)) throw refuse422('country_code is invalid.');
  return {
    id: storeId(store, 'customerAddress'),
    first_name: required(fields, 'first_name', at),
    last_name: required(fields, 'last_name', at),
    company: textIn(fields, 'company', at) ?? '',
    address1: required(fields, 'address1', at),
    address2: textIn(fields, 'address2', at) ?? '',
    city: required(fields, 'city', at),
    state_or_province: textIn(fields, 'state_or_province', at) ?? '',
    postal_code: textIn(fields, 'postal_code', at) ?? '',
    country_code: country,
    phone: textIn(fields, 'phone', at) ?? '',
    address_type: fields['address_type'] === 'commercial' ? 'commercial' : 'residential',
  };
}

export interface CustomerInput {
  email: string;
  firstName?: string;
  lastName?: string;
  phone?: string;
  channelIds?: number[];
}

function blank(platform: Platform, id: number): Customer {
  const nowMs = wholeSecond(platform.runtime.now());
  return {
    id,
    email: '',
    firstName: '',
    lastName: '',
    company: '',
    phone: '',
    notes: '',
    groupId: 0,
    acceptsMarketing: false,
    storeCredit: 0,
    channelIds: [1],
    originChannelId: 1,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    addresses: [],
  };
}

function enter(platform: Platform, store: Store, customer: Customer): Customer {
  store.customers[customer.id] = customer;
  emit(platform, store, 'store/customer/created', {
    type: 'customer',
    id: customer.id,
    origin_channel_id: customer.originChannelId,
    channel_ids: customer.channelIds,
  });
  return customer;
}

/** A shopper opens an account. */
export function addCustomer(platform: Platform, store: Store, input: CustomerInput): Customer {
  const draft = blank(platform, storeId(store, 'customer'));
  const name = { firstName: input.firstName ?? 'Jane', lastName: input.lastName ?? 'Doe' };
  const customer = { ...draft, ...input, ...name };
  refuseTakenEmail(store, customer, '0');
  return enter(platform, store, customer);
}

function create(call: Call): Response {
  const { platform, store } = call;
  const drafts: Customer[] = [];
  for (const [index, fields] of batchOf(call, BATCH_MAX).entries()) {
    const at = String(index);
    refuseOthers(fields, [...CUSTOMER, ...ONLY_NEW], at);
    for (const name of ['email', 'first_name', 'last_name']) required(fields, name, at);
    const draft = { ...blank(platform, 0), ...changesIn(call, fields, at) };
    const customer = { ...draft, originChannelId: draft.channelIds[0] ?? 1 };
    refuseTakenEmail(store, customer, at);
    const twin = drafts.find((one) => one.email.toLowerCase() === customer.email.toLowerCase());
    if (twin !== undefined) throw refuse422('The same email twice.', { [`${at}.email`]: 'taken' });
    const { addresses = [] } = fields;
    if (!Array.isArray(addresses) || addresses.length > BATCH_MAX) {
      throw refuse422('addresses is invalid.', { [`${at}.addresses`]: 'invalid' });
    }
    customer.addresses = addresses.map((address) => ({
      ...addressIn(store, address as Fields, `${at}.addresses`),
      customerId: 0,
    }));
    drafts.push(customer);
  }
  const made = drafts.map((draft) => {
    const id = storeId(store, 'customer');
    const addresses = draft.addresses.map((address) => ({ ...address, customerId: id }));
    return enter(platform, store, { ...draft, id, addresses });
  });
  return ok({ data: made.map((customer) => view(customer)), meta: {} });
}

function update(call: Call): Response {
  const { platform, store } = call;
  const changes = batchOf(call, BATCH_MAX).map((fields, index) => {
    const at = String(index);
    const { id, ...rest } = fields;
    refuseOthers(rest, [...CUSTOMER, 'registration_ip_address'], at);
    const customer = typeof id === 'number' ? store.customers[id] : undefined;
    if (customer === undefined) {
      throw refuse422(`Unknown customer: ${String(id)}`, { [`${at}.id`]: 'not found' });
    }
    const changed = { ...customer, ...changesIn(call, rest, at) };
    refuseTakenEmail(store, changed, at);
    return changed;
  });
  for (const changed of changes) {
    changed.modifiedAtMs = wholeSecond(platform.runtime.now());
    store.customers[changed.id] = changed;
    emit(platform, store, 'store/customer/updated', { type: 'customer', id: changed.id });
  }
  return ok({ data: changes.map((customer) => view(customer)), meta: {} });
}

function remove(call: Call): Response {
  const ids = integers(call, 'id:in');
  if (ids === undefined) throw refuse422('The filter id:in is required.');
  for (const id of ids) {
    if (call.store.customers[id] === undefined) continue;
    delete call.store.customers[id];
    emit(call.platform, call.store, 'store/customer/deleted', { type: 'customer', id });
  }
  return nothing();
}

const INCLUDES = words('addresses storecredit attributes formfields');

function view(customer: Customer, includes: readonly string[] = []): Fields {
  return {
    id: customer.id,
    email: customer.email,
    first_name: customer.firstName,
    last_name: customer.lastName,
    company: customer.company,
    phone: customer.phone,
    registration_ip_address: '',
    notes: customer.notes,
    tax_exempt_category: '',
    customer_group_id: customer.groupId,
    date_created: iso(customer.createdAtMs),
    date_modified: iso(customer.modifiedAtMs),
    address_count: customer.addresses.length,
    attribute_count: 0,
    authentication: { force_password_reset: false },
    accepts_product_review_abandoned_cart_emails: customer.acceptsMarketing,
    origin_channel_id: customer.originChannelId,
    channel_ids: customer.channelIds,
    ...(includes.includes('addresses') ? { addresses: customer.addresses.map(addressView) } : {}),
    ...(includes.includes('storecredit')
      ? { store_credit_amounts: [{ amount: moneyNumber(customer.storeCredit) }] }
      : {}),
    ...(includes.includes('attributes') ? { attributes: [] } : {}),
    ...(includes.includes('formfields') ? { form_fields: [] } : {}),
  };
}

const COUNTRIES: Record<string, string> = { US: 'United States', CA: 'Canada' };

function addressView({ customerId, ...address }: CustomerAddress): Fields {
  const country = COUNTRIES[address.country_code] ?? address.country_code;
  return { ...address, customer_id: customerId, country };
}

const nameOf = (customer: Customer) => `${customer.firstName} ${customer.lastName}`.toLowerCase();

function matching(call: Call): Customer[] {
  const lower = (name: string) => texts(call, name)?.map((one) => one.toLowerCase());
  const lists: [string[] | undefined, (customer: Customer) => string][] = [
    [lower('email:in'), (customer) => customer.email.toLowerCase()],
    [lower('name:in'), nameOf],
    [lower('phone:in'), (customer) => customer.phone.toLowerCase()],
    [lower('company:in'), (customer) => customer.company.toLowerCase()],
    [integers(call, 'id:in')?.map(String), (customer) => String(customer.id)],
    [integers(call, 'customer_group_id:in')?.map(String), (customer) => String(customer.groupId)],
  ];
  const like = lower('name:like');
  const within = (name: string, atMs: number) =>
    atMs >= Math.floor((date(call, `${name}:min`) ?? 0) / 1000) * 1000 &&
    atMs <= (date(call, `${name}:max`) ?? Number.POSITIVE_INFINITY);
  return Object.values(call.store.customers).filter(
    (customer) =>
      lists.every(([list, of]) => list === undefined || list.includes(of(customer))) &&
      (like === undefined || like.some((part) => nameOf(customer).includes(part))) &&
      within('date_created', customer.createdAtMs) &&
      within('date_modified', customer.modifiedAtMs),
  );
}

const SORTS: Record<string, (customer: Customer) => number | string> = {
  date_created: (customer) => customer.createdAtMs,
  date_modified: (customer) => customer.modifiedAtMs,
  last_name: (customer) => customer.lastName.toLowerCase(),
};

function list(call: Call): Response {
  const includes = texts(call, 'include') ?? [];
  if (includes.some((name) => !INCLUDES.includes(name))) throw badFilter(call, 'include');
  const [name = '', direction = ''] = (text(call, 'sort') ?? '').split(':');
  const key = name === '' ? (customer: Customer) => customer.id : SORTS[name];
  if (key === undefined || !['', 'asc', 'desc'].includes(direction)) throw badFilter(call, 'sort');
  const sign = direction === 'desc' ? -1 : 1;
  const rows = matching(call).toSorted((a, b) => {
    if (key(a) === key(b)) return a.id - b.id;
    return key(a) < key(b) ? -sign : sign;
  });
  return pageV3(call, rows, (customer) => view(customer, includes), { limitMax: LIMIT_MAX });
}

function listAddresses(call: Call): Response {
  const ids = integers(call, 'customer_id:in');
  const own = integers(call, 'id:in');
  const rows = Object.values(call.store.customers)
    .filter(({ id }) => ids === undefined || ids.includes(id))
    .flatMap((customer) => customer.addresses)
    .filter(({ id }) => own === undefined || own.includes(id));
  const shown = (address: CustomerAddress) => addressView(address);
  return pageV3(call, rows, shown, { limitMax: LIMIT_MAX });
}

/** An address that the customer has already is left out of the answer, without an error (9). */
function addAddresses(call: Call): Response {
  const { platform, store } = call;
  const asked = batchOf(call, BATCH_MAX).map((fields, index) => {
    const customerId = fields['customer_id'];
    const customer = typeof customerId === 'number' ? store.customers[customerId] : undefined;
    if (customer === undefined) throw refuse422(`Unknown customer: ${String(customerId)}`);
    return { customer, address: addressIn(store, fields, String(index)) };
  });
  const made: CustomerAddress[] = [];
  for (const { customer, address } of asked) {
    const core = (one: Omit<CustomerAddress, 'customerId'>) =>
      JSON.stringify({ ...one, id: 0, customerId: 0 });
    if (customer.addresses.some((one) => core(one) === core(address))) continue;
    const added = { ...address, customerId: customer.id };
    customer.addresses.push(added);
    made.push(added);
    const data = { type: 'customer', id: added.id, address: { customer_id: customer.id } };
    emit(platform, store, 'store/customer/address/created', data);
  }
  return ok({ data: made.map(addressView), meta: {} });
}

const FILTERS = [
  ...words('id:in email:in name:in name:like phone:in company:in customer_group_id:in'),
  ...words('date_created:min date_created:max date_modified:min date_modified:max include sort'),
];
const path = '/customers';
const addresses = '/customers/addresses';
const read = { method: 'GET', version: 'v3', scopes: reading('store_v2_customers') } as const;
const write = { version: 'v3', scopes: ['store_v2_customers'] } as const;

export const customerRoutes: readonly Route[] = [
  { ...read, path, query: [...PAGING_FILTERS, ...FILTERS], handle: list },
  { ...write, method: 'POST', path, handle: create },
  // Three at a time (3.2).
  { ...write, method: 'PUT', path, concurrency: { key: 'customers', max: 3 }, handle: update },
  { ...write, method: 'DELETE', path, query: ['id:in'], handle: remove },
  {
    ...read,
    path: addresses,
    query: [...PAGING_FILTERS, 'customer_id:in', 'id:in'],
    handle: listAddresses,
  },
  { ...write, method: 'POST', path: addresses, handle: addAddresses },
];

/**
 * Customers: clover.md section 6. Contacts come as arrays with the customer and change through endpoints of their own. No
 * modifiedTime, no uniqueness of e-mail addresses. In Europe most fields need grants of their own.
 */
import { notFound, unauthorized } from './errors.ts';
import { flag, integer, listOf, readFields, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { newId, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { byFlag, byNumber, byText, byTexts, many, one, render } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { getOperation, listOperation, param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { all, find, put } from './store.ts';
import type { CustomerField } from './switches.ts';
import { emit } from './webhooks.ts';
import type { Actor } from './webhooks.ts';
import type { AddressRow, ContactRow, CustomerRow, Merchant, MetadataRow } from './types.ts';

/** Whether the app may see this kind of field; outside Europe always. */
const sees = (view: View, field: CustomerField): boolean =>
  view.platform.switches.customerGrants?.includes(`${field}_R`) ?? true;

const writes = (platform: Platform, field: CustomerField): boolean =>
  platform.switches.customerGrants?.includes(`${field}_W`) ?? true;

const emails: Resource<ContactRow> = {
  wire: (row) => ({ id: row.id, emailAddress: row.value, primaryEmail: row.primary }),
};
const phones: Resource<ContactRow> = { wire: (row) => ({ id: row.id, phoneNumber: row.value }) };
const addresses: Resource<AddressRow> = { wire: (row) => ({ ...row }) };

const metadata: Resource<MetadataRow> = {
  wire: ({ businessName, note, dobYear, dobMonth, dobDay, modifiedTime }, view) => ({
    businessName: sees(view, 'BUSINESSNAME') ? businessName : undefined,
    note: sees(view, 'NOTE') ? note : undefined,
    ...(sees(view, 'BIRTHDATE') ? { dobYear, dobMonth, dobDay } : {}),
    modifiedTime,
  }),
};

const fullName = (row: CustomerRow): string =>
  [row.firstName, row.lastName].filter((part) => part !== undefined).join(' ');

export const customers: Resource<CustomerRow> = {
  wire: (row, view) => ({
    href: `${view.base}/customers/${row.id}`,
    id: row.id,
    merchant: { id: view.merchant.id },
    firstName: row.firstName,
    lastName: row.lastName,
    marketingAllowed: sees(view, 'MARKETING') ? row.marketingAllowed : undefined,
    customerSince: row.customerSince,
    deletedTime: row.deletedTime,
  }),
  relations: {
    emailAddresses: many(emails, (row, view) => (sees(view, 'EMAIL') ? row.emails : [])),
    phoneNumbers: many(phones, (row, view) => (sees(view, 'PHONE') ? row.phones : [])),
    addresses: many(addresses, (row, view) => (sees(view, 'ADDRESS') ? row.addresses : [])),
    metadata: one(metadata, (row) => row.metadata ?? null),
    orders: many({ wire: (id: string) => ({ id }) }, (row, view) =>
      all(view.tables.orders, view.asOf)
        .filter((order) => order.customerIds.includes(row.id))
        .map((order) => order.id),
    ),
  },
  emptyExpands: ['cards'],
  filters: {
    customerSince: byNumber((row) => row.customerSince),
    firstName: byText((row) => row.firstName),
    lastName: byText((row) => row.lastName),
    emailAddress: byTexts((row, view) =>
      sees(view, 'EMAIL') ? row.emails.map(({ value }) => value) : [],
    ),
    phoneNumber: byTexts((row, view) =>
      sees(view, 'PHONE') ? row.phones.map(({ value }) => value) : [],
    ),
    marketingAllowed: byFlag((row, view) =>
      sees(view, 'MARKETING') ? row.marketingAllowed : undefined,
    ),
    fullName: byText(fullName),
    id: byText((row) => row.id),
    deletedTime: byNumber((row) => row.deletedTime),
  },
  listed: (row, filteredBy) => (row.deletedTime !== undefined) === filteredBy.has('deletedTime'),
  newest: (row) => row.customerSince,
};

// --- Bodies --------------------------------------------------------------------------------------------------------

interface EmailBody {
  emailAddress: string;
  primaryEmail: boolean;
}

const EMAIL_FIELDS: Fields<EmailBody> = { emailAddress: text(127, 3), primaryEmail: flag };
const PHONE_FIELDS: Fields<{ phoneNumber: string }> = { phoneNumber: text(21, 1) };

type AddressBody = Required<Omit<AddressRow, 'id'>>;

const ADDRESS_FIELDS: Fields<AddressBody> = {
  address1: text(127, 1),
  address2: text(127),
  address3: text(127),
  city: text(127, 1),
  state: text(127, 1),
  zip: text(10, 1),
  country: text(2, 2),
};

/** Marked as required in the official class. */
const ADDRESS_REQUIRED = ['address1', 'city', 'state', 'zip', 'country'] as const;

const METADATA_FIELDS: Fields<Required<Omit<MetadataRow, 'modifiedTime'>>> = {
  businessName: text(127),
  note: text(2000),
  dobYear: integer(1),
  dobMonth: integer(1, 12),
  dobDay: integer(1, 31),
};

interface CustomerBody {
  firstName: string;
  lastName: string;
  marketingAllowed: boolean;
}

const CUSTOMER_FIELDS: Fields<CustomerBody> = {
  firstName: text(64),
  lastName: text(64),
  marketingAllowed: flag,
};

const objects = listOf((value) => value);

/** The contacts of a create; plain arrays, each member checked. */
function contactsOf<Row>(body: unknown, name: string, row: (member: unknown) => Row): Row[] {
  const sent = readFields<Record<string, unknown[]>>(body, { [name]: objects })[name];
  return (sent ?? []).map(row);
}

const emailRow = (platform: Platform, body: unknown): ContactRow => {
  const { emailAddress = '', primaryEmail } = readFields(body, EMAIL_FIELDS, ['emailAddress']);
  return { id: newId(platform), value: emailAddress, primary: primaryEmail ?? false };
};

const phoneRow = (platform: Platform, body: unknown): ContactRow => {
  const { phoneNumber = '' } = readFields(body, PHONE_FIELDS, ['phoneNumber']);
  return { id: newId(platform), value: phoneNumber, primary: false };
};

const addressRow = (platform: Platform, body: unknown): AddressRow => ({
  id: newId(platform),
  ...readFields(body, ADDRESS_FIELDS, ADDRESS_REQUIRED),
});

function metadataRow(platform: Platform, before: MetadataRow | undefined, body: unknown) {
  const read = readFields(body, METADATA_FIELDS);
  const { note, businessName, ...birth } = read;
  return {
    ...before,
    ...(writes(platform, 'NOTE') && note !== undefined ? { note } : {}),
    ...(writes(platform, 'BUSINESSNAME') && businessName !== undefined ? { businessName } : {}),
    ...(writes(platform, 'BIRTHDATE') ? birth : {}),
    modifiedTime: nowMs(platform),
  };
}

/** Creates a customer; what an app has no grant for is dropped without a word, and its consent by the switch. */
export function createCustomer(
  platform: Platform,
  merchant: Merchant,
  body: unknown,
  by: Actor,
): CustomerRow {
  const { marketingAllowed, ...names } = readFields(body, CUSTOMER_FIELDS);
  const may = (field: CustomerField) => by === 'merchant' || writes(platform, field);
  const consents = by === 'merchant' || platform.switches.customerCreateTakesConsent;
  const sentMetadata = readFields<{ metadata: unknown }>(body, { metadata: (value) => value });
  const row: CustomerRow = {
    id: newId(platform),
    ...names,
    marketingAllowed: consents && may('MARKETING') && marketingAllowed === true,
    customerSince: nowMs(platform),
    emails: contactsOf(body, 'emailAddresses', (sent) => emailRow(platform, sent)),
    phones: contactsOf(body, 'phoneNumbers', (sent) => phoneRow(platform, sent)),
    addresses: contactsOf(body, 'addresses', (sent) => addressRow(platform, sent)),
    metadata:
      sentMetadata.metadata === undefined
        ? undefined
        : metadataRow(platform, undefined, sentMetadata.metadata),
  };
  if (!may('EMAIL')) row.emails = [];
  if (!may('PHONE')) row.phones = [];
  if (!may('ADDRESS')) row.addresses = [];
  put(platform, merchant.tables.customers, row.id, row);
  emit(platform, merchant, 'C', row.id, 'CREATE', { by });
  return row;
}

/** Soft: found again with `filter=deletedTime>=`, not by its id. */
export function removeCustomer(
  platform: Platform,
  merchant: Merchant,
  row: CustomerRow,
  by: Actor,
): void {
  put(platform, merchant.tables.customers, row.id, { ...row, deletedTime: nowMs(platform) });
  emit(platform, merchant, 'C', row.id, 'DELETE', { by });
}

/** Commits a change and announces it. */
export function saveCustomer(
  platform: Platform,
  merchant: Merchant,
  row: CustomerRow,
  by: Actor,
): CustomerRow {
  put(platform, merchant.tables.customers, row.id, row);
  emit(platform, merchant, 'C', row.id, 'UPDATE', { by });
  return row;
}

// --- Operations ----------------------------------------------------------------------------------------------------

function existing(call: Call): CustomerRow {
  const row = find(call.view.tables.customers, param(call, 'customerId'), call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound('Customer');
  return row;
}

const save = (call: Call, row: CustomerRow): CustomerRow =>
  saveCustomer(call.platform, call.merchant, row, 'api');

function update(call: Call): Answer {
  const { marketingAllowed, ...names } = readFields(call.body, CUSTOMER_FIELDS);
  const changed = { ...existing(call), ...names };
  if (marketingAllowed !== undefined && writes(call.platform, 'MARKETING')) {
    changed.marketingAllowed = marketingAllowed;
  }
  return { body: show(call, customers, save(call, changed)) };
}

function demandGrant(call: Call, field: CustomerField): void {
  if (!writes(call.platform, field)) throw unauthorized();
}

/** The three kinds of contact, one endpoint each: POST to add, POST and DELETE by id. */
function contactOperations<Row extends { id: string }>(kind: {
  path: string;
  idName: string;
  field: CustomerField;
  what: string;
  resource: Resource<Row>;
  of: (row: CustomerRow) => Row[];
  within: (row: CustomerRow, contacts: Row[]) => CustomerRow;
  read: (call: Call) => Row;
  change: (call: Call, before: Row) => Row;
}): Operation[] {
  const path = `/customers/:customerId/${kind.path}`;
  const contactOf = (call: Call, customer: CustomerRow): Row => {
    const row = kind.of(customer).find(({ id }) => id === param(call, kind.idName));
    if (row === undefined) throw notFound(kind.what);
    return row;
  };
  const operation = (
    method: 'POST' | 'DELETE',
    tail: string,
    run: (call: Call) => Answer,
  ): Operation => ({
    method,
    path: path + tail,
    permission: 'CUSTOMERS_W',
    run: (call) => {
      demandGrant(call, kind.field);
      return run(call);
    },
  });
  const add = (call: Call): Answer => {
    const customer = existing(call);
    const row = kind.read(call);
    save(call, kind.within(customer, [...kind.of(customer), row]));
    return { body: render(kind.resource, row, call.view, []) };
  };
  const change = (call: Call): Answer => {
    const customer = existing(call);
    const row = kind.change(call, contactOf(call, customer));
    const contacts = kind.of(customer).map((other) => (other.id === row.id ? row : other));
    save(call, kind.within(customer, contacts));
    return { body: render(kind.resource, row, call.view, []) };
  };
  const remove = (call: Call): Answer => {
    const customer = existing(call);
    const gone = contactOf(call, customer);
    const contacts = kind.of(customer).filter((other) => other.id !== gone.id);
    save(call, kind.within(customer, contacts));
    return {};
  };
  return [
    operation('POST', '', add),
    operation('POST', `/:${kind.idName}`, change),
    operation('DELETE', `/:${kind.idName}`, remove),
  ];
}

function setMetadata(call: Call): Answer {
  const customer = existing(call);
  const row = metadataRow(call.platform, customer.metadata, call.body);
  save(call, { ...customer, metadata: row });
  return { body: render(metadata, row, call.view, []) };
}

const CUSTOMER = '/customers/:customerId';

export const customerOperations: Operation[] = [
  listOperation('/customers', 'CUSTOMERS_R', customers, (call) =>
    all(call.view.tables.customers, call.view.asOf),
  ),
  getOperation(CUSTOMER, 'CUSTOMERS_R', customers, existing),
  {
    method: 'POST',
    path: '/customers',
    permission: 'CUSTOMERS_W',
    run: (call) => ({
      body: show(call, customers, createCustomer(call.platform, call.merchant, call.body, 'api')),
    }),
  },
  { method: 'POST', path: CUSTOMER, permission: 'CUSTOMERS_W', run: update },
  {
    method: 'DELETE',
    path: CUSTOMER,
    permission: 'CUSTOMERS_W',
    run: (call) => {
      removeCustomer(call.platform, call.merchant, existing(call), 'api');
      return {};
    },
  },
  ...contactOperations({
    path: 'email_addresses',
    idName: 'emailId',
    field: 'EMAIL',
    what: 'Email address',
    resource: emails,
    of: (row) => row.emails,
    within: (row, contacts) => ({ ...row, emails: contacts }),
    read: (call) => emailRow(call.platform, call.body),
    change: (call, { id }) => ({ ...emailRow(call.platform, call.body), id }),
  }),
  ...contactOperations({
    path: 'phone_numbers',
    idName: 'phoneId',
    field: 'PHONE',
    what: 'Phone number',
    resource: phones,
    of: (row) => row.phones,
    within: (row, contacts) => ({ ...row, phones: contacts }),
    read: (call) => phoneRow(call.platform, call.body),
    change: (call, { id }) => ({ ...phoneRow(call.platform, call.body), id }),
  }),
  ...contactOperations({
    path: 'addresses',
    idName: 'addressId',
    field: 'ADDRESS',
    what: 'Address',
    resource: addresses,
    of: (row) => row.addresses,
    within: (row, contacts) => ({ ...row, addresses: contacts }),
    read: (call) => addressRow(call.platform, call.body),
    change: (call, before) => ({ ...before, ...readFields(call.body, ADDRESS_FIELDS) }),
  }),
  {
    method: 'POST',
    path: `${CUSTOMER}/metadata`,
    permission: 'CUSTOMERS_W',
    run: setMetadata,
  },
];

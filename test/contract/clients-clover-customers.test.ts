/** Customers through the clients, and what the sandbox makes of them; see `clients-clover.test.ts`. */
import { expect, it } from 'vitest';
import {
  createCustomer,
  deleteContact,
  deleteCustomer,
  findCustomersByEmail,
  findCustomersByPhone,
  getCustomer,
  getCustomerPage,
  saveContact,
  updateCustomer,
  type NewCustomer,
} from '../../src/platforms/clover/customers.ts';
import { getOrderTerms } from '../../src/platforms/clover/order-money.ts';
import { createOrder, updateOrder } from '../../src/platforms/clover/order-writes.ts';
import { failOnProblems, openClients } from '../support/clover-clients.ts';
import { filter, MERCHANT_ID } from '../support/clover-harness.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';
import { describeWithClover } from '../support/specs-clover.ts';

failOnProblems();

const address = {
  address1: '1 Main St',
  address2: '',
  city: 'Austin',
  state: 'TX',
  zip: '78701',
  country: 'US',
};

const ada: NewCustomer = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada+web@example.com',
  phone: '+1 555 0100',
  address,
};

describeWithClover('Clover clients: customers', (specs) => {
  it('[O8] a customer is created with contacts and found by each, behind a replica that lags', async () => {
    const { session, updates } = await openClients(specs, { replicaLagMs: 60_000 });
    const created = valueOf(await createCustomer(session, ada));
    expect(created).toMatchObject({
      firstName: 'Ada',
      lastName: 'Lovelace',
      isDeleted: false,
      emails: [{ value: 'ada+web@example.com' }],
      phones: [{ value: '+1 555 0100' }],
      addresses: [address],
    });
    expect(await updates()).toEqual([`CREATE C:${created.customerId}`]);
    expect(valueOf(await findCustomersByEmail(session, 'ada+web@example.com'))).toEqual([created]);
    expect(valueOf(await findCustomersByPhone(session, '+1 555 0100'))).toEqual([created]);
    expect(valueOf(await findCustomersByEmail(session, 'ADA@example.com'))).toEqual([]);
    expect(valueOf(await getCustomer(session, created.customerId))).toEqual(created);
  });

  it('the same address twice makes two customers', async () => {
    const { session } = await openClients(specs);
    valueOf(await createCustomer(session, ada));
    valueOf(await createCustomer(session, ada));
    expect(valueOf(await findCustomersByEmail(session, ada.email ?? ''))).toHaveLength(2);
  });

  it.each([
    [false, false],
    [true, true],
  ])('consent counts on create: %s', async (customerCreateTakesConsent, told) => {
    const { session } = await openClients(specs, { customerCreateTakesConsent });
    const created = valueOf(await createCustomer(session, { ...ada, marketingAllowed: true }));
    expect(created.marketingAllowed).toBe(told);
    const fields = { marketingAllowed: true, lastName: 'King' };
    expect(valueOf(await updateCustomer(session, created.customerId, fields))).toMatchObject({
      firstName: 'Ada',
      lastName: 'King',
      marketingAllowed: true,
      emails: created.emails,
    });
  });

  it('contacts are added, changed and taken off one by one', async () => {
    const { session, updates } = await openClients(specs);
    const { customerId } = valueOf(
      await createCustomer(session, { firstName: 'Ada', email: null, phone: null, address: null }),
    );
    const values = [
      { kind: 'email_addresses', email: 'a@example.com' },
      { kind: 'phone_numbers', phone: '5550100' },
      { kind: 'addresses', address },
    ] as const;
    for (const value of values) {
      const contactId = valueOf(await saveContact(session, customerId, null, value));
      const again = valueOf(await saveContact(session, customerId, contactId, value));
      expect(again).toBe(contactId);
    }
    const changed = { kind: 'email_addresses', email: 'b@example.com' } as const;
    const [email] = valueOf(await getCustomer(session, customerId)).emails;
    valueOf(await saveContact(session, customerId, email?.contactId ?? '', changed));
    const full = valueOf(await getCustomer(session, customerId));
    expect(full).toMatchObject({
      emails: [{ value: 'b@example.com' }],
      phones: [{ value: '5550100' }],
      addresses: [address],
    });
    const phoneId = full.phones[0]?.contactId ?? '';
    await updates();
    valueOf(await deleteContact(session, customerId, 'phone_numbers', phoneId));
    expect(await updates()).toEqual([`UPDATE C:${customerId}`]);
    const twice = await deleteContact(session, customerId, 'phone_numbers', phoneId);
    expect(failureOf(twice).code).toBe('not_found');
    expect(valueOf(await getCustomer(session, customerId)).phones).toEqual([]);
  });

  it('a deleted customer is gone from reads and searches', async () => {
    const { session, get } = await openClients(specs);
    const { customerId } = valueOf(await createCustomer(session, ada));
    valueOf(await deleteCustomer(session, customerId));
    expect(failureOf(await deleteCustomer(session, customerId)).code).toBe('not_found');
    expect(failureOf(await getCustomer(session, customerId)).code).toBe('not_found');
    expect(failureOf(await updateCustomer(session, customerId, { firstName: 'A' })).code).toBe(
      'not_found',
    );
    expect(valueOf(await findCustomersByEmail(session, ada.email ?? ''))).toEqual([]);
    expect((await get(`/customers?${filter('deletedTime>=1')}`)).elements).toHaveLength(1);
  });

  it('a sweep sees the customers of the register, oldest first', async () => {
    const { session, clover, clock } = await openClients(specs);
    for (const firstName of ['Ann', 'Ben']) {
      clover.addCustomer(MERCHANT_ID, { firstName, phoneNumbers: [{ phoneNumber: '555' }] });
      await clock.advance(1);
    }
    const { rows, nextOffset } = valueOf(await getCustomerPage(session, 0));
    expect(rows.map(({ firstName }) => firstName)).toEqual(['Ann', 'Ben']);
    expect(nextOffset).toBeNull();
    clover.deleteCustomer(MERCHANT_ID, rows[0]?.customerId ?? '');
    expect(valueOf(await getCustomerPage(session, 0)).rows).toHaveLength(1);
  });

  it('an order names its customer, whoever put it there', async () => {
    const { session, clover } = await openClients(specs);
    const { customerId } = valueOf(await createCustomer(session, ada));
    const { orderId } = valueOf(await createOrder(session, { state: 'open' }));
    valueOf(await updateOrder(session, orderId, { customerIds: [customerId] }));
    expect(valueOf(await getOrderTerms(session, orderId)).customerIds).toEqual([customerId]);
    const { id: itemId } = clover.addItem(MERCHANT_ID, { name: 'Tea', price: 450, quantity: 9 });
    const sold = clover.ringUp(MERCHANT_ID, { lines: [{ itemId, quantity: 1 }], customerId });
    expect(valueOf(await getOrderTerms(session, sold.id)).customerIds).toEqual([customerId]);
    const nobody = { customerIds: ['0000000000000'] };
    expect(failureOf(await updateOrder(session, orderId, nobody)).status).toBe(400);
  });
});

describeWithClover('clover sandbox: customers in Europe', (specs) => {
  it('without grants only names are there; what is written of the rest is dropped or refused', async () => {
    const { session, clover, platform, calls } = await openClients(specs, { customerGrants: [] });
    platform.account.refused = async () => ({
      ok: false,
      failure: { code: 'permission_missing', message: 'no' },
    });
    const { customerId } = valueOf(
      await createCustomer(session, { ...ada, marketingAllowed: true }),
    );
    clover.switches.customerGrants = null;
    expect(valueOf(await getCustomer(session, customerId))).toMatchObject({
      emails: [],
      phones: [],
    });
    const contact = { kind: 'email_addresses', email: 'a@example.com' } as const;
    valueOf(await saveContact(session, customerId, null, contact));
    clover.switches.customerGrants = [];
    expect(valueOf(await getCustomer(session, customerId))).toMatchObject({
      firstName: 'Ada',
      marketingAllowed: null,
      emails: [],
    });
    expect(valueOf(await findCustomersByEmail(session, 'a@example.com'))).toEqual([]);
    const refused = await saveContact(session, customerId, null, contact);
    expect(failureOf(refused).code).toBe('permission_missing');
    clover.switches.customerGrants = ['EMAIL_R'];
    expect(valueOf(await findCustomersByEmail(session, 'a@example.com'))).toHaveLength(1);
    expect(calls.join('\n')).not.toContain('cards');
  });

  it.each([
    ['GET', '/customers'],
    ['POST', '/customers'],
  ])('%s %s needs its permission', async (method, path) => {
    const { call, clover } = await openClients(specs);
    const merchant = clover.state.merchants[MERCHANT_ID];
    if (merchant === undefined) throw new Error('no merchant');
    merchant.permissions = ['ORDERS_R'];
    expect((await call(method, path, method === 'POST' ? { body: {} } : {})).status).toBe(401);
  });

  it.each([
    [{ emailAddresses: { emailAddress: 'a@b.c' } }],
    [{ firstName: 'x'.repeat(65) }],
    [{ addresses: [{ address1: '1 Main St' }] }],
    [{ addresses: [{ ...address, zip: '12345678901' }] }],
    [{ emailAddresses: [{}] }],
  ])('%j is refused', async (body) => {
    const { call } = await openClients(specs);
    expect((await call('POST', '/customers', { body })).status).toBe(400);
  });

  it('a note and a birthday stand in metadata; a flat address is ignored without a word', async () => {
    const { post, get } = await openClients(specs);
    const { body } = await post('/customers', { firstName: 'Ada', email: 'a@example.com' });
    const path = `/customers/${String(body['id'])}`;
    expect((await get(`${path}?expand=emailAddresses`)).body).not.toHaveProperty('emailAddresses');
    await post(`${path}/metadata`, { note: 'Likes tea', dobYear: 1815 });
    await post(`${path}/metadata`, { businessName: 'Engines' });
    expect((await get(`${path}?expand=metadata`)).body['metadata']).toMatchObject({
      note: 'Likes tea',
      businessName: 'Engines',
      dobYear: 1815,
    });
  });
});

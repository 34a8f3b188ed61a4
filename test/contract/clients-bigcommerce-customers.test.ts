/** Goal: customers, channels and taxes of a store are read and written as the documents say. */
import { describe, expect, it } from 'vitest';
import {
  createRegisterChannel,
  getChannels,
  setChannelStatus,
} from '../../src/platforms/bigcommerce/channels.ts';
import {
  addCustomerAddresses,
  createCustomers,
  findCustomers,
  getCustomersSince,
  updateCustomers,
} from '../../src/platforms/bigcommerce/customers.ts';
import { getTaxClasses, getTaxSettings } from '../../src/platforms/bigcommerce/tax.ts';
import { HASH, specs } from '../support/bigcommerce.ts';
import { heard, openClients } from '../support/bigcommerce-clients.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';

const person = (email: string) => ({ email, firstName: 'Ann', lastName: 'Lee', phone: '5551' });
const ADDRESS = {
  firstName: 'Ann',
  lastName: 'Lee',
  company: '',
  address1: '1 Main St',
  address2: '',
  city: 'Austin',
  stateOrProvince: 'Texas',
  postalCode: '78751',
  countryCode: 'US',
  phone: '',
};

describe.skipIf(specs === undefined)('BigCommerce customers', () => {
  it('are made, found by any key, and changed', async () => {
    const { session, bench } = await openClients();
    await bench.hook('store/customer/*');
    const [made] = valueOf(
      await createCustomers(session, [
        { ...person('ann@example.com'), notes: 'Clover', addresses: [ADDRESS] },
        person('bob@example.com'),
      ]),
    );
    const customerId = made?.customerId ?? 0;
    for (const keys of [{ customerIds: [customerId] }, { emails: ['ANN@example.com'] }]) {
      expect(valueOf(await findCustomers(session, keys))).toMatchObject([
        { customerId, notes: 'Clover', addresses: [{ city: 'Austin' }] },
      ]);
    }
    expect(valueOf(await findCustomers(session, { phones: ['5551'] }))).toHaveLength(2);
    expect(valueOf(await findCustomers(session, { emails: ['no@example.com'] }))).toEqual([]);
    expect(failureOf(await findCustomers(session, { emails: [] })).code).toBe('invalid_input');
    const change = { customerId, phone: '777', acceptsMarketing: true };
    expect(valueOf(await updateCustomers(session, [change]))).toMatchObject([
      { email: 'ann@example.com', phone: '777', acceptsMarketing: true },
    ]);
    expect(valueOf(await addCustomerAddresses(session, customerId, [ADDRESS])).added).toBe(0);
    const other = { ...ADDRESS, address1: '2 Main St' };
    expect(valueOf(await addCustomerAddresses(session, customerId, [other])).added).toBe(1);
    expect(await heard({ bench }, 4)).toEqual([
      'store/customer/created',
      'store/customer/created',
      'store/customer/updated',
      'store/customer/address/created',
    ]);
  });

  it('share an e-mail across channels only, and a refused batch makes nobody', async () => {
    const { session, bench } = await openClients();
    const pos = bench.sandbox.addChannel(HASH, { name: 'P', type: 'pos', platform: 'clover' });
    bench.sandbox.addCustomer(HASH, { email: 'ann@example.com' });
    const twin = person('Ann@example.com');
    const refused = failureOf(await createCustomers(session, [person('c@example.com'), twin]));
    expect(refused).toMatchObject({ code: 'rejected', status: 422 });
    expect(valueOf(await findCustomers(session, { emails: ['c@example.com'] }))).toEqual([]);
    valueOf(await createCustomers(session, [{ ...twin, channelIds: [pos.id] }]));
    expect(valueOf(await findCustomers(session, { emails: [twin.email] }))).toHaveLength(2);
    const eleven = Array.from({ length: 11 }, (_, index) => person(`p${index}@example.com`));
    expect(failureOf(await createCustomers(session, eleven)).code).toBe('invalid_input');
    const body = eleven.map(({ email }) => ({ email, first_name: 'A', last_name: 'B' }));
    expect((await bench.call('POST', '/v3/customers', body)).status).toBe(413);
    expect(failureOf(await updateCustomers(session, [{ customerId: 9_999 }])).code).toBe(
      'rejected',
    );
  });

  it('that changed come oldest change first', async () => {
    const { session, bench } = await openClients();
    bench.sandbox.addCustomer(HASH, { email: 'old@example.com' });
    await bench.clock.advance(60_000);
    const sinceMs = bench.clock.now();
    const first = bench.sandbox.addCustomer(HASH, { email: 'a@example.com' });
    await bench.clock.advance(5_000);
    bench.sandbox.addCustomer(HASH, { email: 'b@example.com' });
    await bench.clock.advance(5_000);
    valueOf(await updateCustomers(session, [{ customerId: first.id, company: 'A Inc' }]));
    const { customers, isLast } = valueOf(await getCustomersSince(session, sinceMs, 1));
    expect(customers.map(({ email }) => email)).toEqual(['b@example.com', 'a@example.com']);
    expect(isLast).toBe(true);
  });
});

describe.skipIf(specs === undefined)('BigCommerce channels and taxes', () => {
  it.each([
    [false, 'clover'],
    [true, 'custom'],
  ] as const)(
    'a register channel, where clover is kept for partners: %s',
    async (kept, platform) => {
      const { session } = await openClients({ switches: { refuseCloverChannels: kept } });
      const wanted = { name: 'Clover POS', externalId: 'M1' };
      const first = await createRegisterChannel(session, { ...wanted, platform: 'clover' });
      expect(first.ok).toBe(!kept);
      if (!first.ok) expect(first.failure).toMatchObject({ code: 'rejected', status: 422 });
      const channel = first.ok
        ? first.value
        : valueOf(await createRegisterChannel(session, { ...wanted, platform: 'custom' }));
      expect(channel).toMatchObject({
        type: 'pos',
        platform,
        status: 'connected',
        externalId: 'M1',
      });
      expect(valueOf(await getChannels(session))).toHaveLength(2);
      const { channelId } = channel;
      expect(valueOf(await setChannelStatus(session, channelId, 'disconnected')).status).toBe(
        'disconnected',
      );
      expect(failureOf(await setChannelStatus(session, 5, 'connected')).code).toBe('not_found');
    },
  );

  it('tax classes by number, and whether prices hold their tax', async () => {
    const { session } = await openClients({ store: { isPriceEnteredWithTax: true } });
    expect(valueOf(await getTaxClasses(session))[0]).toEqual({
      taxClassId: 1,
      name: 'Non-Taxable Products',
    });
    expect(valueOf(await getTaxSettings(session)).isPriceEnteredWithTax).toBe(true);
  });
});

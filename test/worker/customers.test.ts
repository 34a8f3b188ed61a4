/**
 * Goal: a shopper is one customer on each side, and a change on one side reaches the other, once; who asks to be erased
 * is in no table of ours. Method: the real Worker over both sandboxes.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { parkFailure } from '../../src/store/failures.ts';
import { unpackBlock } from '../../src/store/log-blocks.ts';
import { portsFor } from '../../src/wiring.ts';
import { openPushShop } from '../support/push-shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: ReturnType<typeof openPushShop>;

const rows = () =>
  Object.values(stage.clover.state.merchants[shop.merchantId]?.tables.customers ?? {}).flatMap(
    ({ versions }) => versions.at(-1)?.row ?? [],
  );
const withEmail = (email: string) =>
  rows().filter((row) => row.emails.some(({ value }) => value === email));
const registerOne = (email: string) =>
  until(`a register customer ${email}`, () => withEmail(email)[0]);
const online = (id: number) => stage.bigcommerce.state.stores[shop.hash]?.customers[id];
const patch = async (customers: unknown) =>
  expect((await shop.api('PATCH', '/settings', { customers })).status).toBe(200);
const pairs = async (webId: number) =>
  (await env.DB.prepare('select * from customer_pairs where web_id = ?').bind(webId).all()).results;
const buy = (billingAddress: Record<string, string>, customerId = 0) =>
  stage.bigcommerce.placeOrder(shop.hash, {
    lines: [{ variantId: shop.at('A').variantId, quantity: 1 }],
    billingAddress: { phone: '', ...billingAddress },
    customerId,
  });

beforeAll(async () => {
  stage = openStage();
  shop = openPushShop(stage, 'customerstore');
  shop.add('A', 90, 90);
  await shop.enable({
    apiOrdersMoveStock: 'no',
    title: 'Web {orderId} for {customer}',
    note: 'Says: {message}',
  });
  await patch({ enabled: true });
  await atRest(stage, shop.hash);
  await until('the customer webhooks', () => {
    const scopes = Object.values(stage.bigcommerce.state.stores[shop.hash]?.hooks ?? {});
    return scopes.some(({ scope }) => scope === 'store/customer/updated') ? true : undefined;
  });
});

describe('a shopper with an account', () => {
  it('[O8] is paired with the first order, and changes travel both ways, by webhook', async () => {
    const web = stage.bigcommerce.addCustomer(shop.hash, {
      email: 'grace@example.com',
      firstName: 'Grace',
      lastName: 'Hopper',
      phone: '+1 555 020 3040',
    });
    const order = buy(
      { first_name: 'Grace', last_name: 'Hopper', email: 'Grace@Example.com' },
      web.id,
    );
    await shop.pushed(order.id);
    const made = await registerOne('grace@example.com');
    await until('the pair', async () => ((await pairs(web.id)).length === 1 ? true : undefined));
    // What one side lacked is filled; consent is not carried over.
    await until('the phone number', () =>
      rows().find(({ id }) => id === made.id)?.phones[0]?.value === '+1 555 020 3040'
        ? true
        : undefined,
    );
    stage.bigcommerce.editCustomer(shop.hash, web.id, { email: 'grace@navy.example.com' });
    await registerOne('grace@navy.example.com');
    stage.clover.editCustomer(shop.merchantId, made.id, { lastName: 'Murray Hopper' });
    await until('the name online', () =>
      online(web.id)?.lastName === 'Murray Hopper' ? true : undefined,
    );
    await shop.settle();
    expect(withEmail('grace@example.com')).toEqual([]);
    expect(withEmail('grace@navy.example.com')).toHaveLength(1);
    // Nothing of the person is in the pair.
    expect(JSON.stringify(await pairs(web.id))).not.toMatch(/grace|hopper|555/i);
    // No echo goes on for ever: a look with nothing changed writes nothing.
    stage.runtime.faults.calls.length = 0;
    const before = await pairs(web.id);
    stage.bigcommerce.editCustomer(shop.hash, web.id, {});
    await shop.settle();
    expect(await pairs(web.id)).toEqual(before);
  });

  it('[O8] is found by a sweep when webhooks are lost, and made where that is wanted, once', async () => {
    await patch({ createMissing: { bigcommerce: true, clover: true } });
    stage.runtime.faults.hooks.push(
      { platform: 'bigcommerce', match: /customer/, fault: { kind: 'drop' }, times: 50 },
      { platform: 'clover', match: /./, fault: { kind: 'drop' }, times: 50 },
    );
    const web = stage.bigcommerce.addCustomer(shop.hash, {
      email: 'alan@example.com',
      firstName: 'Alan',
      lastName: 'T',
    });
    stage.clover.addCustomer(shop.merchantId, {
      firstName: 'Edsger',
      lastName: 'D',
      emailAddresses: [{ emailAddress: 'edsger@example.com' }],
    });
    const reconcile = () => shop.api('POST', '/reconcile', { scope: 'customers' });
    expect((await reconcile()).status).toBe(202);
    await registerOne('alan@example.com');
    const accounts = () =>
      Object.values(stage.bigcommerce.state.stores[shop.hash]?.customers ?? {});
    const mailOf = (email: string) => accounts().filter((each) => each.email === email);
    await until('the account', () => mailOf('edsger@example.com')[0]);
    expect((await reconcile()).status).toBe(202);
    await shop.settle();
    expect(
      [withEmail('alan@example.com'), mailOf('edsger@example.com')].map((all) => all.length),
    ).toEqual([1, 1]);
    expect(await pairs(web.id)).toHaveLength(1);
    stage.runtime.faults.hooks.length = 0;
    await patch({ createMissing: null });
  });
});

describe('a register without grants for contacts, as in Europe', () => {
  it('[O8] gets one customer at most, says what it lacks, and goes on when it is granted', async () => {
    stage.clover.switches.customerGrants = [];
    const first = buy({ first_name: 'Hidden', last_name: 'One', email: 'hidden1@example.com' });
    await shop.pushed(first.id);
    const again = buy({ first_name: 'Hidden', last_name: 'One', email: 'hidden1@example.com' });
    const other = buy({ first_name: 'Hidden', last_name: 'Two', email: 'hidden2@example.com' });
    const [one, two] = [await shop.pushed(again.id), await shop.pushed(other.id)];
    expect(rows().filter(({ firstName }) => firstName === 'Hidden')).toHaveLength(1);
    expect(one.row.customerIds).toHaveLength(1);
    expect(two.row.customerIds).toEqual([]);
    const open = async () =>
      (
        await (
          await shop.api('GET', '/failures')
        ).json<{ items: { code: string; message: string }[] }>()
      ).items.filter(({ code }) => code === 'permission_missing');
    expect((await open()).map(({ message }) => message).join()).toContain('CUSTOMERS_EMAIL');
    stage.clover.switches.customerGrants = null;
    const [hidden] = rows().filter(({ firstName }) => firstName === 'Hidden');
    stage.clover.editCustomer(shop.merchantId, hidden?.id ?? '', { email: 'hidden1@example.com' });
    const third = buy({ first_name: 'Hidden', last_name: 'Three', email: 'hidden3@example.com' });
    expect((await shop.pushed(third.id)).row.customerIds).toHaveLength(1);
    expect(await open()).toEqual([]);
  });
});

/** Every table, as text; the log's blocks unpacked. */
async function everything(): Promise<string> {
  const { results } = await env.DB.prepare(
    `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '\\_cf_%' escape '\\'`,
  ).all<{ name: string }>();
  const dumps = await Promise.all(
    results.map(async ({ name }) => {
      const dump = await env.DB.prepare(`select * from "${name}"`).all<{ body?: string }>();
      if (name !== 'log_blocks') return `${name} ${JSON.stringify(dump.results)}`;
      const blocks = await Promise.all(dump.results.map(({ body = '' }) => unpackBlock(body)));
      return JSON.stringify(blocks);
    }),
  );
  return dumps.join('\n');
}

/** What stands around each hit, so that a failure tells where. */
const contextsOf = (text: string, hit: RegExp): string[] =>
  [...text.matchAll(new RegExp(`.{0,200}(?:${hit.source}).{0,60}`, 'gis'))].map(([found]) => found);

describe('a person who asks to be erased', () => {
  it('[O8] is in no table, order object or log afterwards; the report says what is left where', async () => {
    const person = {
      email: 'mallory.q@example.com',
      phone: '+44 20 7946 0111',
      firstName: 'Mallory',
      lastName: 'Quux',
    };
    const web = stage.bigcommerce.addCustomer(shop.hash, person);
    const order = buy(
      { first_name: 'Mallory', last_name: 'Quux', email: person.email, phone: person.phone },
      web.id,
    );
    const { row } = await shop.pushed(order.id);
    expect(row.title).toContain('Mallory Quux');
    await until('the pair', async () => ((await pairs(web.id)).length === 1 ? true : undefined));
    await parkFailure(portsFor(env).db, {
      connectionId: shop.hash,
      code: 'rejected',
      message: 'Mallory Quux, mallory.q@example.com',
      source: 'work:order',
      subject: 'x',
      atMs: Date.now(),
      replay: { queue: 'work', body: { note: 'call +442079460111' } },
    });
    const traces = /mallory|quux|79460111|7946 0111/i;
    await until('the log', async () => (traces.test(await everything()) ? true : undefined));
    const relay = env.ORDER_RELAY.getByName(`${shop.hash}:bigcommerce:${order.id}`);
    expect(JSON.stringify(await relay.viewPush())).toMatch(traces);
    await atRest(stage, shop.hash);

    expect((await shop.api('POST', '/customers/erase', { firstName: 'Mallory' })).status).toBe(400);
    const asked = await shop.api('POST', '/customers/erase', person);
    expect(asked.status).toBe(202);
    const { id } = await asked.json<{ id: string }>();
    const report = await until('the erasure', async () => {
      const answer = await shop.api('GET', `/customers/erasures/${id}`);
      const body = await answer.json<{
        status: string;
        remains: string[];
        erased: Record<string, number>;
      }>();
      return body.status === 'done' ? body : undefined;
    });
    expect(contextsOf(await everything(), traces)).toEqual([]);
    expect(JSON.stringify(await relay.viewPush())).not.toMatch(traces);
    expect(report.erased).toMatchObject({ pairs: 1, orderObjects: 1, failures: 1 });
    expect(report.erased['logs']).toBeGreaterThan(0);
    const remains = report.remains.join('\n');
    expect(remains).toContain(`customer ${web.id}`);
    expect(remains).toContain(`order ${order.id}`);
    expect(remains).toContain(`Clover merchant ${shop.merchantId} holds customer`);
    // The order stands as it was at the register, and goes on.
    expect(shop.ordersFor(order.id)).toHaveLength(1);
    stage.bigcommerce.setOrderStatus(shop.hash, order.id, 2);
    await shop.settle();
    expect(shop.ordersFor(order.id)).toHaveLength(1);
  });
});

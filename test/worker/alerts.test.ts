/** Goal: what waits for a person is told once and together, signed, and a receiver that fails holds up nothing. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Email, Ports } from '../../src/ports.ts';
import { listMessages } from '../../src/store/alerts.ts';
import { saveSettings, setConnectionStatus } from '../../src/store/connections.ts';
import { closeFailure, listFailures, parkFailure } from '../../src/store/failures.ts';
import { saveLedgerViews } from '../../src/store/ledger-copies.ts';
import { saveLinks } from '../../src/store/links.ts';
import { makeAlertSecret } from '../../src/sync/alert-secret.ts';
import { runAlerts } from '../../src/sync/alerts.ts';
import { ledgerView, START_MS, testPorts, type TestPorts } from '../support/ports.ts';
import { install, link, linked } from '../support/store.ts';

const MINUTE_MS = 60_000;
const SHOP = 'alertshop';
const HOOK = 'https://alerts.example.com/onhand';

interface Received {
  readonly request: Request;
  readonly body: string;
}

let base: TestPorts;
let ports: Ports;
let received: Received[];
let mails: Email[];
/** How the receiver answers. */
let answer: () => Response;

const park = (n: number, changes = {}) =>
  parkFailure(base.db, {
    connectionId: SHOP,
    code: 'timeout',
    message: 'No answer within 10 s',
    source: 'work:write',
    subject: `case ${n}`,
    sku: `SKU-${n}`,
    atMs: base.now(),
    replay: null,
    ...changes,
  });

const alerting = (alerts: object) => saveSettings(base.db, SHOP, { alerts }, base.now());
const bodies = () =>
  received.map(({ body }) => JSON.parse(body) as { count: number; alerts: { kind: string }[] });
const openCases = async () => (await listFailures(base.db, SHOP, 'open', null, 50)).items;

async function later(minutes: number): Promise<void> {
  base.advance(minutes * MINUTE_MS);
  await runAlerts(ports);
}

beforeEach(async () => {
  const tables = ['failures', 'alert_notices', 'alert_messages', 'connections', 'clover_merchants'];
  for (const table of tables) await env.DB.prepare(`DELETE FROM ${table}`).run();
  base = testPorts(env.DB);
  received = [];
  mails = [];
  answer = () => new Response('thanks', { status: 202 });
  ports = {
    ...base,
    fetch: async (request) => {
      received.push({ request, body: await request.clone().text() });
      return answer();
    },
  };
  await install(base.db, SHOP);
});

describe('[R9] alerts', () => {
  it('tell each thing once, together, after a quiet time', async () => {
    await park(0);
    await runAlerts(ports);
    await alerting({ webhookUrl: HOOK });
    const secret = await makeAlertSecret(ports, SHOP);
    await later(1);
    // What was open before anybody wanted to be told is no news.
    expect(received).toEqual([]);

    for (let n = 1; n <= 20; n += 1) await park(n);
    await park(21, { code: 'oversold', source: 'ledger:oversell', orderId: '100' });
    await later(1);
    await later(1);
    expect(bodies().map(({ count }) => count)).toEqual([21]);
    expect(bodies()[0]?.alerts.map(({ kind }) => kind)).toEqual(['oversell', 'parked']);
    await expectSigned(received[0], secret);

    // Twice in the quiet time, again as the same thing, and one that comes right by itself meanwhile.
    await park(22);
    await park(22, { atMs: base.now() + 1 });
    await park(1, { atMs: base.now() + 1 });
    const healed = await park(23);
    await later(10);
    expect(received).toHaveLength(1);
    await closeFailure(base.db, SHOP, healed, 'dismissed');
    await later(21);
    expect(bodies().map(({ count }) => count)).toEqual([21, 1]);

    // Closed and back again: that is news.
    await closeFailure(base.db, SHOP, healed, 'replayed');
    await park(23, { atMs: base.now() + 2 });
    await later(40);
    expect(bodies().map(({ count }) => count)).toEqual([21, 1, 1]);
  });

  it('are tried again under the same id, then are a case in the inbox, which is no alert itself', async () => {
    await alerting({ webhookUrl: HOOK });
    await makeAlertSecret(ports, SHOP);
    await park(1);
    const answers = [
      () => new Response('', { status: 500 }),
      () => new Response('', { status: 302, headers: { Location: 'https://10.0.0.1/' } }),
      (): Response => {
        throw new TypeError('no such host');
      },
    ];
    for (let minutes = 0; minutes < 400; minutes += 10) {
      answer = answers[received.length % answers.length] ?? answer;
      await later(10);
    }
    expect(received).toHaveLength(5);
    expect(received.every(({ request }) => request.redirect === 'manual')).toBe(true);
    const ids = received.map(({ request }) => request.headers.get('webhook-id'));
    expect(new Set(ids).size).toBe(1);
    const [cases] = [await openCases()];
    expect(cases.map(({ source }) => source).toSorted()).toEqual(['alert:send', 'work:write']);
    expect((await listMessages(base.db, SHOP, 5))[0]).toMatchObject({
      status: 'failed',
      attempts: 5,
    });

    answer = () => new Response(null, { status: 204 });
    await park(2);
    await later(1);
    expect(received).toHaveLength(6);
    expect((await openCases()).map(({ source }) => source)).not.toContain('alert:send');
  });

  it('by e-mail need the binding, and say so where it is missing', async () => {
    await alerting({ emails: ['a@example.com', 'b@example.com'] });
    await park(1);
    await runAlerts(ports);
    const [message] = await listMessages(base.db, SHOP, 5);
    expect(message).toMatchObject({ channel: 'email', status: 'failed' });
    expect(message?.error).toContain('send_email');
    ports = { ...ports, email: (mail) => Promise.resolve(void mails.push(mail)) };
    await park(2);
    await later(31);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({
      to: ['a@example.com', 'b@example.com'],
      subject: 'Onhand: 1 thing needs you at Store alertshop',
    });
    expect(mails[0]?.text).toContain('No answer within 10 s\n  SKUs: SKU-2');
  });

  it('tell of access that ended and of drift that lasts, and leave out what nobody asked for', async () => {
    await linked(base.db, SHOP);
    await alerting({
      webhookUrl: HOOK,
      on: ['reauthorise', 'drift'],
      quietMinutes: 5,
      driftMinutes: 60,
    });
    await makeAlertSecret(ports, SHOP);
    await saveLinks(base.db, [link(SHOP, 1, { sku: 'TEA' })]);
    const view = ledgerView(SHOP, `${SHOP}-l1`, { sku: 'TEA', outstandingSinceMs: START_MS });
    await saveLedgerViews(base.db, [view], START_MS);
    await park(1);
    await later(30);
    expect(received).toEqual([]);
    await later(35);
    expect(received.map(({ body }) => body).join('')).toContain('the oldest (TEA)');
    await setConnectionStatus(base.db, SHOP, 'reauthorise', base.now());
    await later(10);
    await later(10);
    expect(bodies().map(({ alerts }) => alerts.map(({ kind }) => kind))).toEqual([
      ['drift'],
      ['reauthorise'],
    ]);
  });
});

/** As a receiver checks it: HMAC-SHA256 over `{id}.{timestamp}.{body}` with the secret's bytes. */
async function expectSigned(got: Received | undefined, secret: string): Promise<void> {
  const headers = got?.request.headers;
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (char) => char.charCodeAt(0));
  expect(bytes).toHaveLength(32);
  const key = await crypto.subtle.importKey(
    'raw',
    bytes,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const signature = (headers?.get('webhook-signature') ?? '').replace(/^v1,/, '');
  const signed = `${headers?.get('webhook-id')}.${headers?.get('webhook-timestamp')}.${got?.body}`;
  const given = Uint8Array.from(atob(signature), (char) => char.charCodeAt(0));
  const data = new TextEncoder().encode(signed);
  expect(await crypto.subtle.verify('HMAC', key, given, data)).toBe(true);
}

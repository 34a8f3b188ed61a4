/** Goal: nobody but the two platforms gets a message into the queue, and nothing that they send comes back for ever. */
import { env, exports } from 'cloudflare:workers';
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { parseConnectionId } from '../../src/domain/ids.ts';
import { hookSecret } from '../../src/platforms/bigcommerce/hook-secret.ts';
import type { IntakeMessage } from '../../src/queue/messages.ts';
import { portsFor } from '../../src/wiring.ts';
import worker from '../../src/worker.ts';
import { ORIGIN } from '../support/stage.ts';

const STORE = 'abc123';
const MERCHANT = 'ABCDEFGHJKMNP';

/** Sends to the real Worker with a queue that remembers what the real one was given. */
async function send(
  path: string,
  body: BodyInit | null,
  headers: HeadersInit = {},
): Promise<{ status: number; text: string; sent: IntakeMessage[] }> {
  const sent: IntakeMessage[] = [];
  const queue = {
    send: async (message: IntakeMessage, options?: QueueSendOptions) => {
      await env.INTAKE.send(message, options);
      sent.push(message);
    },
  };
  const request = new Request(`${ORIGIN}${path}`, { method: 'POST', body, headers });
  const watched = { ...env, INTAKE: queue as unknown as Queue };
  const response = await worker.fetch(request as never, watched, createExecutionContext());
  return { status: response.status, text: await response.text(), sent };
}

async function secretOf(store: string): Promise<string> {
  const id = parseConnectionId(store);
  if (id === undefined) throw new Error(`${store} is no store hash`);
  return hookSecret(portsFor(env).config, id);
}

const hook = (data: string, more = '') =>
  `{"scope":"store/order/created","producer":"stores/${STORE}","hash":"x","created_at":1790000000,"data":${data}${more}}`;
const order = hook('{"type":"order","id":1}');
const toStore = async (body: BodyInit, headers: Record<string, string> = {}) =>
  send('/webhooks/bigcommerce', body, { 'X-Onhand-Secret': await secretOf(STORE), ...headers });
const toClover = (body: BodyInit, code = env.CLOVER_WEBHOOK_AUTH_CODES) =>
  send('/webhooks/clover', body, { 'X-Clover-Auth': code });
const changes = (count: number, idChars: number) =>
  JSON.stringify({
    appId: env.CLOVER_APP_ID,
    merchants: {
      [MERCHANT]: Array.from({ length: count }, (_, index) => ({
        objectId: `O:${String(index).padStart(idChars, 'A')}`,
        type: 'UPDATE',
        ts: 1_790_000_000_000,
      })),
    },
  });

describe('forged webhooks', () => {
  it('[X1] a good one is taken: the refusals below are not for another reason', async () => {
    expect((await toStore(order)).sent).toHaveLength(1);
    expect((await toClover(changes(1, 13))).sent).toHaveLength(1);
  });

  it('[X1] the secret of another store, of another key or with a word added opens nothing', async () => {
    const own = await secretOf(STORE);
    const [, mac = ''] = own.split('.');
    const wrong = [
      await secretOf('other1'),
      `k2.${mac}`,
      `.${mac}`,
      mac,
      `k1.${mac}.${mac}`,
      `k1.${mac}=`,
      `k1.${mac.slice(0, -1)}`,
      'k1.',
      'k1',
      '__proto__.x',
      `${own}, ${own}`,
      '',
    ];
    for (const secret of wrong) {
      const { status, sent } = await toStore(order, { 'X-Onhand-Secret': secret });
      expect([secret, status, sent.length]).toEqual([secret, 401, 0]);
    }
  });

  it('[X1] a secret that is right does not excuse a signature that is wrong', async () => {
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
      'webhook-signature': 'v1,AAAA',
    };
    for (const signature of [
      'v1,AAAA',
      '',
      'v1,',
      'v1a,AAAA',
      'none',
      'v1,A v1,B v1,C v1,D v1,E v1,F',
    ]) {
      const answer = await toStore(order, { ...headers, 'webhook-signature': signature });
      expect([signature, answer.status]).toEqual([signature, 401]);
    }
  });

  it('[X1] two Clover codes in one header are none', async () => {
    const code = env.CLOVER_WEBHOOK_AUTH_CODES;
    const headers = new Headers();
    headers.append('X-Clover-Auth', 'x');
    headers.append('X-Clover-Auth', code);
    const answer = await send('/webhooks/clover', changes(1, 13), headers);
    expect([answer.status, answer.sent]).toEqual([401, []]);
    for (const wrong of ['', `${code} x`, `${code},`, code.toUpperCase()]) {
      expect((await toClover(changes(1, 13), wrong)).status).toBe(401);
    }
  });

  it('[R1] of two producers the one that the secret is for has to be the one that counts', async () => {
    const last = await toStore(hook('{"id":1}', ',"producer":"stores/other1"'));
    expect([last.status, last.sent]).toEqual([401, []]);
    const producers = [
      'stores/ABC123',
      'stores/abc123/',
      'stores/abc123\\u0000',
      '../abc123',
      '__proto__',
    ];
    for (const producer of producers) {
      const answer = await toStore(hook('{"id":1}', `,"producer":"${producer}"`));
      expect([producer, answer.status]).toEqual([producer, 400]);
    }
  });

  it('[X8] a refusal repeats nothing that was sent', async () => {
    const answer = await send('/webhooks/bigcommerce', '{"producer":"<script>s3cret"}', {
      'X-Onhand-Secret': 's3cret',
    });
    expect(answer.text).not.toContain('s3cret');
  });
});

describe('odd bodies', () => {
  it('[R1] bytes that are no JSON text are malformed', async () => {
    const gzip = new Response(order).body?.pipeThrough(new CompressionStream('gzip'));
    const zipped = await new Response(gzip).arrayBuffer();
    const bodies = ['', 'null', '[]', '"x"', '{', '\u0000', order.slice(1), zipped];
    for (const body of [...bodies, new Uint8Array([0xff, 0xfe, 0x7b])]) {
      const answer = await toStore(body, { 'Content-Encoding': 'gzip' });
      expect([answer.status, answer.sent]).toEqual([400, []]);
    }
    expect((await toStore(`\uFEFF${order}`)).status).toBe(200);
  });

  it('[X7] a body without a length, or that never ends, is cut off at the bound', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16_000).fill(0x20));
      },
    });
    expect((await toStore(endless)).status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });

  it('[R1] a sender that goes away in the middle is not a fault of ours', async () => {
    const cut = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error('connection lost'));
      },
    });
    expect((await toStore(cut)).status).toBe(400);
  });

  it.each([
    ['nests deeper than can be written', '{"a":'.repeat(9_000) + '1' + '}'.repeat(9_000)],
    ['lists deeper than can be written', '{"a":' + '['.repeat(40_000) + ']'.repeat(40_000) + '}'],
    [
      'grows beyond what a queue takes',
      `[${Array.from({ length: 19_000 }, () => '1e20').join(',')}]`,
    ],
  ])('[R1] one that %s is refused, not asked for again', async (_, data) => {
    const answer = await toStore(hook(data));
    expect([answer.status, answer.sent]).toEqual([413, []]);
  });

  it('[R1] a thousand changes of Clover fit; with endless ids they are refused', async () => {
    const full = await toClover(changes(1_000, 13));
    expect([full.status, full.sent.length]).toEqual([200, 1]);
    const long = await toClover(changes(800, 64));
    expect([long.status, long.sent]).toEqual([413, []]);
  });

  it('[R1] keys of a prototype are data and no more', async () => {
    const data =
      '{"type":"order","id":1,"__proto__":{"polluted":true},"constructor":{"prototype":1}}';
    expect((await toStore(hook(data))).status).toBe(200);
    const merchants = `{"appId":"${env.CLOVER_APP_ID}","merchants":{"__proto__":[{"objectId":"O:1","type":"UPDATE","ts":1}]}}`;
    expect((await toClover(merchants)).sent).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('[R1] other methods and addresses answer without reading anything', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await exports.default.fetch(
        new Request(`${ORIGIN}/webhooks/clover`, { method }),
      );
      expect([method, answer.status]).toEqual([method, 405]);
    }
    for (const path of [
      '/webhooks/',
      '/webhooks//clover',
      '/webhooks/clover/x',
      '/webhooks/%2e%2e',
    ]) {
      expect((await send(path, order)).status, path).toBe(404);
    }
  });
});

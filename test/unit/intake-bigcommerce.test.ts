/** Goal: a BigCommerce webhook is believed only with its proofs, and one queue message is all it causes. */
import { describe, expect, it } from 'vitest';
import { WEBHOOK_BODY_BYTES_MAX, WEBHOOK_TOLERANCE_MS } from '../../src/limits.ts';
import { hookSecret } from '../../src/platforms/bigcommerce/hook-secret.ts';
import {
  bigcommerceHeaders,
  openIntake,
  orderCreated,
  STORE,
  storeHash,
  testConfig,
} from '../support/intake.ts';

const PATH = '/bigcommerce';

describe('BigCommerce intake', () => {
  it('[R1] a proven webhook becomes one message and an empty 200', async () => {
    const stage = openIntake();
    const body = orderCreated(250);
    const headers = await bigcommerceHeaders(stage.config, body, {
      signedAtMs: stage.clock.nowMs,
    });
    const response = await stage.post(PATH, body, headers);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(stage.sent).toEqual([
      {
        v: 1,
        platform: 'bigcommerce',
        eventId: expect.stringMatching(/^bc_[0-9a-f]{32}$/),
        connectionId: STORE,
        receivedAtMs: stage.clock.nowMs,
        scope: 'store/order/created',
        data: { type: 'order', id: 250 },
        createdAtMs: 1_789_999_990_000,
      },
    ]);
    expect(stage.logged).toEqual([]);
  });

  it('[R2] a repeated delivery has the same event id, another event or store has another', async () => {
    const stage = openIntake();
    const other = storeHash('zzz999');
    const deliver = async (body: string, store = STORE) =>
      stage.post(PATH, body, await bigcommerceHeaders(stage.config, body, { store }));
    await deliver(orderCreated(1));
    stage.clock.nowMs += 60_000;
    await deliver(orderCreated(1));
    await deliver(orderCreated(2));
    await deliver(orderCreated(1, { producer: `stores/${other}` }), other);
    const ids = stage.sent.map(({ eventId }) => eventId);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
  });

  it('[R1] a scope that we do not know is answered 200 and passed on', async () => {
    const stage = openIntake();
    const body = orderCreated(1, { scope: 'store/cart/created', data: { type: 'cart', id: 'x' } });
    const response = await stage.post(PATH, body, await bigcommerceHeaders(stage.config, body));
    expect(response.status).toBe(200);
    expect(stage.sent).toMatchObject([{ scope: 'store/cart/created' }]);
  });

  it('[X1] without the secret header it is 401, signature or not', async () => {
    const stage = openIntake();
    const body = orderCreated(1);
    const { 'X-Onhand-Secret': _, ...signedOnly } = await bigcommerceHeaders(stage.config, body, {
      signedAtMs: stage.clock.nowMs,
    });
    expect((await stage.post(PATH, body, signedOnly)).status).toBe(401);
    expect((await stage.post(PATH, body)).status).toBe(401);
    expect(stage.sent).toEqual([]);
  });

  it('[X1] another store’s secret, a forged one and a cut one are 401', async () => {
    const stage = openIntake();
    const body = orderCreated(1);
    const right = await hookSecret(stage.config, STORE);
    const flipped = `${right.slice(0, -1)}${right.endsWith('A') ? 'Q' : 'A'}`;
    const wrong = [
      await hookSecret(stage.config, storeHash('other1')),
      flipped,
      right.slice(0, -1),
      right.replace('k1.', 'k2.'),
      right.slice('k1.'.length),
      'k1.',
      '.',
      '',
    ];
    for (const secret of wrong) {
      const response = await stage.post(PATH, body, { 'X-Onhand-Secret': secret });
      expect(response.status, secret).toBe(401);
    }
    expect(stage.sent).toEqual([]);
  });

  it('[X1] a secret of any configured key is right, one of a removed key is not', async () => {
    const body = orderCreated(1);
    const headers = await bigcommerceHeaders(testConfig(['k1']), body);
    const rotated = openIntake(testConfig(['k2', 'k1']));
    expect((await rotated.post(PATH, body, headers)).status).toBe(200);
    const retired = openIntake(testConfig(['k3', 'k2']));
    expect((await retired.post(PATH, body, headers)).status).toBe(401);
  });

  it('[X1] with signature headers, a wrong signature is 401 although the secret is right', async () => {
    const stage = openIntake();
    const body = orderCreated(1);
    const forged = await bigcommerceHeaders(stage.config, body, {
      signedAtMs: stage.clock.nowMs,
      clientSecret: 'somebody else’s secret',
    });
    expect((await stage.post(PATH, body, forged)).status).toBe(401);
    const genuine = await bigcommerceHeaders(stage.config, body, {
      signedAtMs: stage.clock.nowMs,
    });
    expect((await stage.post(PATH, orderCreated(2), genuine)).status).toBe(401);
    // One byte of white space is the same JSON, but not the same bytes.
    expect((await stage.post(PATH, `${body} `, genuine)).status).toBe(401);
    expect(stage.sent).toEqual([]);
  });

  it('[X1] a timestamp beyond the tolerance is recorded, not refused', async () => {
    const stage = openIntake();
    const body = orderCreated(1);
    const headers = await bigcommerceHeaders(stage.config, body, {
      signedAtMs: stage.clock.nowMs - WEBHOOK_TOLERANCE_MS - 1_000,
    });
    expect((await stage.post(PATH, body, headers)).status).toBe(200);
    expect(stage.sent).toHaveLength(1);
    await Promise.all(stage.kept);
    expect(stage.logged).toMatchObject([
      { kind: 'event', operation: 'intake.stale_timestamp', outcome: 'ok' },
    ]);
  });

  it('[R1] what is no envelope is 400', async () => {
    const stage = openIntake();
    const bodies = [
      '',
      'null',
      '[]',
      '{"scope":"store/order/created"',
      '{}',
      orderCreated(1, { producer: 'stores/{store_hash}' }),
      orderCreated(1, { scope: '' }),
      orderCreated(1, { created_at: '1789999990' }),
      orderCreated(1, { data: 'x' }),
    ];
    for (const body of bodies) {
      const headers = await bigcommerceHeaders(stage.config, body);
      expect((await stage.post(PATH, body, headers)).status, body).toBe(400);
    }
    const broken = new Uint8Array([0x7b, 0xff, 0x7d]);
    expect((await stage.post(PATH, broken, { 'X-Onhand-Secret': 'k1.x' })).status).toBe(400);
    expect(stage.sent).toEqual([]);
  });

  it('[X7] a body over the limit is 413, with and without Content-Length', async () => {
    const stage = openIntake();
    const body = orderCreated(1, { padding: 'x'.repeat(WEBHOOK_BODY_BYTES_MAX) });
    const headers = await bigcommerceHeaders(stage.config, body);
    expect((await stage.post(PATH, body, headers)).status).toBe(413);

    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(10_000).fill(0x20));
      },
    });
    const streamed = new Request(`https://onhand.test${PATH}`, {
      method: 'POST',
      body: endless,
      headers,
      duplex: 'half',
    } as RequestInit);
    expect(streamed.headers.has('content-length')).toBe(false);
    expect((await stage.request(streamed)).status).toBe(413);
    expect(pulled).toBeLessThan(15);
    expect(stage.sent).toEqual([]);
  });

  it('[R1] a body at the limit is taken', async () => {
    const stage = openIntake();
    const room = WEBHOOK_BODY_BYTES_MAX - orderCreated(1, { padding: '' }).length;
    const body = orderCreated(1, { padding: 'x'.repeat(room) });
    expect(body).toHaveLength(WEBHOOK_BODY_BYTES_MAX);
    const response = await stage.post(PATH, body, await bigcommerceHeaders(stage.config, body));
    expect(response.status).toBe(200);
  });

  it('[R1] when the queue does not take it, the sender is told to keep it', async () => {
    const stage = openIntake();
    const body = orderCreated(1);
    stage.queue.failure = new Error('Queue is overloaded');
    const headers = await bigcommerceHeaders(stage.config, body);
    const response = await stage.post(PATH, body, headers);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(stage.logged).toMatchObject([{ operation: 'intake.receive', outcome: 'failed' }]);
    stage.queue.failure = null;
    expect((await stage.post(PATH, body, headers)).status).toBe(200);
    expect(stage.sent).toHaveLength(1);
  });

  it('[R1] other methods are 405, other paths 404', async () => {
    const stage = openIntake();
    const got = await stage.request(new Request(`https://onhand.test${PATH}`));
    expect(got.status).toBe(405);
    expect(got.headers.get('allow')).toBe('POST');
    expect((await stage.post('/square', '{}')).status).toBe(404);
  });
});

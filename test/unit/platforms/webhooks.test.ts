/** Goal: webhooks are read liberally, believed only with proof, and never beyond the ids that they name. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkSignature,
  HOOK_SCOPES,
  parseWebhook as parseBigCommerce,
  subjectOf,
} from '../../../src/platforms/bigcommerce/webhook.ts';
import { isAuthCode, parseWebhook as parseClover } from '../../../src/platforms/clover/webhook.ts';
import { failureOf, valueOf } from '../../support/platform-ports.ts';

const ENVELOPE = {
  scope: 'store/order/created',
  store_id: '1025646',
  data: { type: 'order', id: 250 },
  hash: 'dd70c0976e06b67aaf671e73f49dcb79230ebf9d',
  created_at: 1_561_479_335,
  producer: 'stores/g5cd38',
};

describe('BigCommerce envelopes', () => {
  it('are read, seconds as milliseconds', () => {
    expect(valueOf(parseBigCommerce({ ...ENVELOPE, more: 'fields' }))).toEqual({
      connectionId: 'g5cd38',
      scope: 'store/order/created',
      data: { type: 'order', id: 250 },
      hash: ENVELOPE.hash,
      createdAtMs: 1_561_479_335_000,
    });
  });

  it.each([
    ['no object', 'text'],
    ['nothing', null],
    ['a list', []],
    ['no scope', { ...ENVELOPE, scope: undefined }],
    ['a text for a time', { ...ENVELOPE, created_at: '1561479335' }],
    ['another producer', { ...ENVELOPE, producer: 'apps/g5cd38' }],
    ['a path for a store', { ...ENVELOPE, producer: 'stores/../admin' }],
    ['no data', { ...ENVELOPE, data: 5 }],
  ])('[X7] %s is refused by name only', (_name, body) => {
    const failure = failureOf(parseBigCommerce(body));
    expect(failure.code).toBe('invalid_input');
    expect(failure.message).not.toContain('../');
  });

  it.each([
    [
      'store/channel/1/inventory/product/stock_changed',
      { variant_id: 127, product_id: 113, location_id: 2 },
      { kind: 'stock', productId: 113, variantId: 127, locationId: 2 },
    ],
    [
      'store/sku/inventory/order/updated',
      {
        type: 'sku',
        id: 461,
        inventory: { product_id: 206, method: 'absolute', value: 5, variant_id: 509 },
      },
      { kind: 'stock', productId: 206, variantId: 509, locationId: null },
    ],
    [
      'store/product/inventory/updated',
      { type: 'product', id: 167, inventory: { product_id: 167, method: 'absolute', value: 5 } },
      { kind: 'stock', productId: 167, variantId: null, locationId: null },
    ],
    [
      'store/order/statusUpdated',
      { type: 'order', id: 250, status: { previous_status_id: 0, new_status_id: 11 } },
      { kind: 'order', orderId: 250 },
    ],
    [
      'store/order/refund/created',
      { type: 'order', id: 250, refund: { refund_id: 3 } },
      { kind: 'order', orderId: 250 },
    ],
    ['store/channel/3/order/created', { order_id: 127 }, { kind: 'order', orderId: 127 }],
    [
      'store/product/deleted',
      { type: 'product', id: 205 },
      { kind: 'deleted', productId: 205, variantId: null },
    ],
    [
      'store/sku/deleted',
      { type: 'sku', id: 461, sku: { product_id: 206, variant_id: 509 } },
      { kind: 'deleted', productId: 206, variantId: 509 },
    ],
    ['store/sku/deleted', { type: 'sku', id: 461 }, { kind: 'other' }],
    ['store/app/uninstalled', { type: 'store' }, { kind: 'uninstalled' }],
    [
      'store/order/transaction/created',
      { type: 'transaction', order_id: '250' },
      { kind: 'other' },
    ],
    ['store/product/updated', { type: 'product', id: 205 }, { kind: 'product', productId: 205 }],
    ['store/product/imported', { type: 'product', id: 205 }, { kind: 'other' }],
    ['store/order/created', { type: 'order' }, { kind: 'other' }],
    ['store/sku/inventory/updated', { type: 'sku', id: 461 }, { kind: 'other' }],
  ])('%s points at what it is about', (scope, data, subject) => {
    expect(subjectOf(scope, data)).toEqual(subject);
  });

  it('asks for no scope that it could not read', () => {
    const ids = { product_id: 1, variant_id: 1 };
    const data = { type: 'product', id: 1, order_id: 1, location_id: 1, sku: ids, ...ids };
    for (const scope of HOOK_SCOPES) expect(subjectOf(scope, data).kind).not.toBe('other');
    expect(new Set(HOOK_SCOPES).size).toBe(HOOK_SCOPES.length);
  });
});

describe('Standard Webhooks signatures', () => {
  const NOW_MS = 1_700_000_000_000;
  const body = new TextEncoder().encode('{"scope":"store/order/created","ü":1}');
  function signed(secret: string, atMs = NOW_MS, id = 'msg_1'): Headers {
    const timestamp = String(Math.floor(atMs / 1_000));
    const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body);
    return new Headers({
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac.digest('base64')}`,
    });
  }
  const check = (headers: Headers, raw = body, secrets = ['current']) =>
    checkSignature(raw, headers, secrets, NOW_MS);

  it('[X1] holds over the raw bytes', async () => {
    expect(await check(signed('current'))).toEqual({
      present: true,
      valid: true,
      ageMs: 0,
      stale: false,
    });
    const respaced = new TextEncoder().encode('{ "scope":"store/order/created","ü":1}');
    expect(await check(signed('current'), respaced)).toMatchObject({ present: true, valid: false });
  });

  it('[X1] holds with any configured secret, and any signature of the list', async () => {
    expect((await check(signed('older'), body, ['current', 'older'])).valid).toBe(true);
    expect((await check(signed('older'))).valid).toBe(false);
    const headers = signed('current');
    headers.set('webhook-signature', `v1,AAAA v2,BBBB ${headers.get('webhook-signature')}`);
    expect((await check(headers)).valid).toBe(true);
  });

  it('[X1] binds id and timestamp', async () => {
    for (const name of ['webhook-id', 'webhook-timestamp']) {
      const headers = signed('current');
      headers.set(name, '1700000001');
      expect((await check(headers)).valid).toBe(false);
    }
  });

  it('[X1] reports an age beyond five minutes either way and leaves the verdict to the caller', async () => {
    const ages = [299_000, 301_000, -301_000];
    const checks = await Promise.all(ages.map((ageMs) => check(signed('current', NOW_MS - ageMs))));
    expect(checks).toMatchObject([
      { valid: true, stale: false, ageMs: 299_000 },
      { valid: true, stale: true, ageMs: 301_000 },
      { valid: true, stale: true, ageMs: -301_000 },
    ]);
  });

  it('[X1] tells absent from wrong', async () => {
    const headers = signed('current');
    headers.delete('webhook-signature');
    expect(await check(headers)).toMatchObject({ present: false, valid: false });
    for (const wrong of ['', 'v1', 'v1,', 'v1,***', 'v2,AAAA', 'v1,AAAA '.repeat(1_000)]) {
      const bad = signed('current');
      bad.set('webhook-signature', wrong);
      expect(await check(bad)).toMatchObject({ present: true, valid: false });
    }
    const undated = signed('current');
    undated.set('webhook-timestamp', 'yesterday');
    expect(await check(undated)).toMatchObject({ valid: false, ageMs: null, stale: true });
  });
});

describe('Clover webhooks', () => {
  const body = {
    appId: 'DRKVJT2ZRRRSC',
    merchants: {
      XYZVJT2ZRRRSC: [
        { objectId: 'O:GHIVJT2ABCRSC', type: 'CREATE', ts: 1_537_970_958_000 },
        { objectId: 'IS:ABCVJTABCRRSC', type: 'UPDATE', quantity: 4 },
      ],
      MNOVJT2ZRRRSC: [],
    },
  };

  it('carry changes of several merchants; one without a time has the time it came', () => {
    expect(valueOf(parseClover(body, 7))).toEqual({
      kind: 'changes',
      appId: 'DRKVJT2ZRRRSC',
      changes: [
        {
          merchantId: 'XYZVJT2ZRRRSC',
          key: 'O',
          objectId: 'GHIVJT2ABCRSC',
          type: 'CREATE',
          tsMs: 1_537_970_958_000,
        },
        {
          merchantId: 'XYZVJT2ZRRRSC',
          key: 'IS',
          objectId: 'ABCVJTABCRRSC',
          type: 'UPDATE',
          tsMs: 7,
        },
      ],
      unreadable: 0,
    });
  });

  it('lose no readable change for one that nobody can read', () => {
    const odd = { appId: 'DRKVJT2ZRRRSC', merchants: { XYZVJT2ZRRRSC: [{ objectId: '?' }] } };
    expect(parseClover(odd, 7).ok).toBe(false);
    const mixed = {
      ...odd,
      merchants: {
        XYZVJT2ZRRRSC: [{ objectId: '?' }, { objectId: 'O:A1', type: 'UPDATE', ts: 9 }],
      },
    };
    expect(valueOf(parseClover(mixed, 7))).toMatchObject({
      changes: [{ key: 'O', objectId: 'A1', tsMs: 9 }],
      unreadable: 1,
    });
  });

  it('begin with a handshake that carries only a code', () => {
    expect(valueOf(parseClover({ verificationCode: 'd1fc-4' }, 7))).toEqual({
      kind: 'verification',
      code: 'd1fc-4',
    });
  });

  it.each([
    ['nothing', null],
    ['no merchants', { appId: 'DRKVJT2ZRRRSC' }],
    ['a merchant that is none', { ...body, merchants: { '../x': [] } }],
    [
      'an object without a key',
      { ...body, merchants: { XYZVJT2ZRRRSC: [{ objectId: 'ABC', type: 'UPDATE', ts: 1 }] } },
    ],
    [
      'too many changes',
      {
        ...body,
        merchants: {
          XYZVJT2ZRRRSC: Array.from({ length: 1_001 }, () => body.merchants.XYZVJT2ZRRRSC[0]),
        },
      },
    ],
    ['an endless code', { verificationCode: 'x'.repeat(1_000) }],
  ])('[X7] %s is refused', (_name, value) => {
    expect(failureOf(parseClover(value, 7)).code).toBe('invalid_input');
  });

  it('[X1] are proven by any of the codes, compared whole', async () => {
    const codes = ['code-new', 'code-old'];
    expect(await isAuthCode('code-new', codes)).toBe(true);
    expect(await isAuthCode('code-old', codes)).toBe(true);
    for (const wrong of ['', 'code', 'code-newer', 'CODE-NEW', 'code-new,code-old']) {
      expect(await isAuthCode(wrong, codes)).toBe(false);
    }
    expect(await isAuthCode('', [''])).toBe(false);
    expect(await isAuthCode('x', [])).toBe(false);
    expect(await isAuthCode('same', ['same', 'same'])).toBe(true);
  });
});

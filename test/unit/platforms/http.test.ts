/** Goal: whatever a platform or the network does becomes the right failure, and leaves one redacted record. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../../src/domain/failure.ts';
import { ANSWER_BYTES_MAX, CALL_TIMEOUT_MS } from '../../../src/limits.ts';
import { refineBigCommerce } from '../../../src/platforms/bigcommerce/session.ts';
import { callForOutcome, callPlatform, type PlatformCall } from '../../../src/platforms/http.ts';
import { failureOf, openPlatformBench, valueOf } from '../../support/platform-ports.ts';

const accepts = v.object({ level: v.number() });
type Body = v.InferOutput<typeof accepts>;

function callOf(change: Partial<PlatformCall<Body>> = {}): PlatformCall<Body> {
  return {
    platform: 'bigcommerce',
    operation: 'inventory.read',
    method: 'GET',
    url: 'https://api.bigcommerce.com/stores/abc123/v3/inventory/items',
    headers: { 'X-Auth-Token': 'the-token' },
    accepts,
    context: { connectionId: 'abc123', eventId: 'event-1', sku: 'SKU-1', orderId: '250' },
    ...change,
  };
}
const write = callOf({ method: 'POST', body: { quantity: 1 } });

async function failing(status: number, body: unknown, call = callOf()) {
  const bench = openPlatformBench(() => Response.json(body, { status }));
  return failureOf(await callPlatform(bench.ports, call));
}

describe('a call', () => {
  it('sends JSON with a User-Agent that names our origin, and follows no redirect', async () => {
    const bench = openPlatformBench(() => Response.json({ level: 3 }));
    const answer = valueOf(await callPlatform(bench.ports, write));
    expect(answer).toMatchObject({ status: 200, body: { level: 3 } });
    expect(answer.endedAtMs - answer.startedAtMs).toBe(5);
    const [sent] = bench.sent;
    expect(sent?.headers.get('user-agent')).toBe('Onhand/0.1 (+https://onhand.example.com)');
    expect(sent?.headers.get('content-type')).toBe('application/json');
    expect(sent?.headers.get('accept')).toBe('application/json');
    expect(sent?.redirect).toBe('manual');
    expect(sent?.body).toEqual({ quantity: 1 });
  });

  it('sends no body with a GET', async () => {
    const bench = openPlatformBench(() => Response.json({ level: 3 }));
    await callPlatform(bench.ports, callOf());
    expect(bench.sent[0]?.body).toBeUndefined();
  });

  it('reads an empty answer as undefined', async () => {
    const bench = openPlatformBench(() => new Response(null, { status: 204 }));
    const call = { ...callOf(), accepts: v.undefined() };
    expect(valueOf(await callPlatform(bench.ports, call)).body).toBeUndefined();
  });
});

describe('the table of failures', () => {
  const table: [status: number, code: FailureCode, unknownForWrites: boolean][] = [
    [207, 'rejected', true],
    [302, 'malformed_answer', true],
    [400, 'rejected', false],
    [401, 'unauthorized', false],
    [403, 'permission_missing', false],
    [404, 'not_found', false],
    [405, 'rejected', false],
    [408, 'timeout', true],
    [409, 'conflict', false],
    [410, 'not_found', false],
    [413, 'too_large', false],
    [418, 'rejected', false],
    [422, 'rejected', false],
    [423, 'rate_limited', false],
    [429, 'rate_limited', false],
    [500, 'platform_unavailable', true],
    [502, 'platform_unavailable', true],
    [503, 'platform_unavailable', true],
    [507, 'rejected', false],
  ];
  it.each(table)('[S5] %i is %s; unknown for a write: %s', async (status, code, isUnknown) => {
    const read = await failing(status, { title: 'No' });
    expect(read).toMatchObject({ code, status });
    expect(read.outcomeUnknown).toBeUndefined();
    const written = await failing(status, { title: 'No' }, write);
    expect(written.code).toBe(code);
    expect(written.outcomeUnknown ?? false).toBe(isUnknown);
  });

  it.each([
    ['V3', { title: 'Bad', errors: { 'items.0': 'Required' } }, 'Bad; items.0: Required'],
    ['V2', [{ status: 404, message: 'Gone' }], 'Gone'],
    ['Clover', { message: 'Not Found', details: 'Order not found' }, 'Not Found; Order not found'],
    ['OAuth', { error: 'invalid_grant', error_description: 'Used' }, 'invalid_grant; Used'],
  ])("tells the words of %s's errors", async (_name, body, words) => {
    expect((await failing(400, body)).message).toContain(words);
  });

  it('[X8] keeps e-mail addresses of error texts out of the failure', async () => {
    const { message } = await failing(409, { title: 'ann@example.com is taken' });
    expect(message).not.toContain('ann@example.com');
    expect(message).toContain('is taken');
  });

  it.each([
    [
      422,
      'Items with identity: [product_id 113] requires absolute adjustment before relative',
      'baseline_required',
    ],
    [
      422,
      '[Item with variant_id 106 is tracked by product, please update stock by product id]',
      'tracking_mismatch',
    ],
    [422, 'Items with identity: [variant_id 4] have insufficient stock', 'stock_insufficient'],
    [
      409,
      'Quantities of one or more products are out of stock or did not meet',
      'stock_insufficient',
    ],
    [422, 'Payload contains invalid fields', 'rejected'],
    [409, 'The product name is a duplicate', 'conflict'],
    [404, 'insufficient', 'not_found'],
  ])('BigCommerce %i "%s" is %s', async (status, title, code) => {
    const call = { ...write, refine: refineBigCommerce };
    const failure = await failing(status, { title }, call);
    expect(failure.code).toBe(code);
    expect(failure.outcomeUnknown).toBeUndefined();
  });
});

describe('answers that are none', () => {
  it.each([
    ['text', 'plain words', 'without JSON'],
    ['cut JSON', '{"level":', 'without JSON'],
    ['another shape', '{"level":"many"}', 'level is not number'],
    ['nothing', '', 'the whole body is not'],
  ])('[S5] %s is malformed, and a write with it unknown', async (_name, text, words) => {
    const bench = openPlatformBench(() => new Response(text, { status: 200 }));
    const failure = failureOf(await callPlatform(bench.ports, write));
    expect(failure).toMatchObject({ code: 'malformed_answer', outcomeUnknown: true });
    expect(failure.message).toContain(words);
    const read = failureOf(await callPlatform(bench.ports, callOf()));
    expect(read.outcomeUnknown).toBeUndefined();
  });

  it('[X7] an answer above the bound is dropped unread', async () => {
    const chunk = new Uint8Array(1_000_000);
    let given = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          given += chunk.byteLength;
          controller.enqueue(chunk);
        },
      });
    const bench = openPlatformBench(() => new Response(endless()));
    const failure = failureOf(await callPlatform(bench.ports, callOf()));
    expect(failure.code).toBe('too_large');
    expect(given).toBeLessThan(ANSWER_BYTES_MAX + 3 * chunk.byteLength);
  });

  it('[S5] a broken connection leaves the outcome of a write unknown, not of a read', async () => {
    const bench = openPlatformBench(() => Promise.reject(new TypeError('socket hang up')));
    const failure = failureOf(await callPlatform(bench.ports, write));
    expect(failure).toMatchObject({ code: 'network', outcomeUnknown: true });
    expect(failureOf(await callPlatform(bench.ports, callOf())).outcomeUnknown).toBeUndefined();
  });

  it('[S5] silence ends at the time-out, also in the middle of a body', async () => {
    const bench = openPlatformBench((request) => {
      const body = new ReadableStream({
        start(stream) {
          request.signal.addEventListener('abort', () => stream.error(request.signal.reason));
        },
      });
      expect([...bench.timers.values()]).toEqual([CALL_TIMEOUT_MS]);
      for (const timeIsUp of bench.timers.keys()) queueMicrotask(timeIsUp);
      return new Response(body);
    });
    const failure = failureOf(await callPlatform(bench.ports, write));
    expect(failure).toMatchObject({ code: 'timeout', outcomeUnknown: true });
    expect(failure.message).toContain('10 s');
    expect(bench.records[0]).toMatchObject({ outcome: 'unknown', code: 'timeout' });
  });

  it('leaves no timer running', async () => {
    const bench = openPlatformBench((_request, index) =>
      index === 0 ? Response.json({ level: 1 }) : Promise.reject(new Error('down')),
    );
    await callPlatform(bench.ports, callOf());
    await callPlatform(bench.ports, callOf());
    expect(bench.timers.size).toBe(0);
  });
});

describe('rate headers', () => {
  async function report(headers: Record<string, string>, status = 429) {
    const bench = openPlatformBench(
      () => new Response(status === 200 ? '{"level":1}' : '{}', { status, headers }),
    );
    const { rate, result } = await callForOutcome(bench.ports, callOf());
    return { rate, failure: result.ok ? null : result.failure };
  }

  it('[R3] BigCommerce: quota, rest, window and reset; a 429 waits for the reset', async () => {
    const headers = {
      'X-Rate-Limit-Requests-Left': '35',
      'X-Rate-Limit-Requests-Quota': '150',
      'X-Rate-Limit-Time-Reset-Ms': '2800',
      'X-Rate-Limit-Time-Window-Ms': '30000',
    };
    const { rate, failure } = await report(headers);
    expect(rate).toEqual({
      status: 429,
      remaining: 35,
      quota: 150,
      resetMs: 2_800,
      windowMs: 30_000,
      retryAfterMs: 2_800,
    });
    expect(failure?.retryAfterMs).toBe(2_800);
    expect((await report(headers, 200)).rate.retryAfterMs).toBeUndefined();
  });

  it.each([
    [{ 'Retry-After': '3' }, 3_000],
    [{ 'X-Retry-After': '7' }, 7_000],
    [{ 'Retry-After': '0.5' }, 500],
    // The bench's clock stands at 2023-11-14T22:13:20.005Z when the answer is in.
    [{ 'Retry-After': 'Tue, 14 Nov 2023 22:13:30 GMT' }, 9_995],
    [{ 'Retry-After': 'Tue, 14 Nov 2023 22:00:00 GMT' }, 0],
    [{ 'Retry-After': '999999' }, 15 * 60_000],
    [{ 'Retry-After': '3', 'X-Rate-Limit-Time-Reset-Ms': '100' }, 3_000],
    [{ 'Retry-After': 'soon' }, undefined],
    [{}, undefined],
  ])('[R3] %j asks to wait %s ms', async (headers, wanted) => {
    expect((await report(headers as Record<string, string>)).failure?.retryAfterMs).toBe(wanted);
  });

  it.each([
    ['X-RateLimit-crossTokenLimit', true],
    ['X-RateLimit-crossTokenConcurrentLimit', true],
    ['X-RateLimit-tokenLimit', undefined],
    ['X-RateLimit-tokenConcurrentLimit', undefined],
  ])('Clover: %s concerns the whole app: %s', async (header, appWide) => {
    expect((await report({ [header]: '1' })).rate.appWide).toBe(appWide);
    expect((await report({ [header]: '1' }, 200)).rate.appWide).toBeUndefined();
  });

  it('says nothing when there was no answer', async () => {
    const bench = openPlatformBench(() => Promise.reject(new Error('down')));
    expect((await callForOutcome(bench.ports, callOf())).rate).toEqual({ status: null });
  });
});

describe('the record of an attempt', () => {
  it('[R6] holds who, what, how long, request and answer', async () => {
    const bench = openPlatformBench(() =>
      Response.json({ level: 3 }, { headers: { 'x-request-id': 'r-1', 'set-cookie': 'a=b' } }),
    );
    await callPlatform(bench.ports, write);
    expect(bench.records).toHaveLength(1);
    expect(bench.records[0]).toMatchObject({
      kind: 'attempt',
      platform: 'bigcommerce',
      connectionId: 'abc123',
      eventId: 'event-1',
      sku: 'SKU-1',
      orderId: '250',
      operation: 'inventory.read',
      outcome: 'ok',
      httpStatus: 200,
      durationMs: 5,
      detail: {
        request: { method: 'POST', body: { quantity: 1 } },
        response: { status: 200, headers: { 'x-request-id': 'r-1' }, body: { level: 3 } },
      },
    });
    expect(JSON.stringify(bench.records)).not.toContain('a=b');
  });

  it('[X8] holds no token, code, secret or personal value, whatever fails', async () => {
    const secrets = ['the-token', 'grant-code', 'client-s3cret', 'refresh-1', 'ann@example.com'];
    const bench = openPlatformBench((_request, index) =>
      Response.json(
        {
          access_token: 'the-token',
          user: { email: 'ann@example.com' },
          refresh_token: 'refresh-1',
        },
        { status: [200, 401, 500][index] ?? 200 },
      ),
    );
    const call = callOf({
      method: 'POST',
      url: 'https://login.bigcommerce.com/oauth2/token?code=grant-code&email%3Ain=ann%40example.com',
      headers: { Authorization: 'Bearer the-token', 'X-Auth-Token': 'the-token' },
      body: { client_secret: 'client-s3cret', code: 'grant-code', refresh_token: 'refresh-1' },
    });
    for (let index = 0; index < 3; index += 1) await callPlatform(bench.ports, call);
    expect(bench.records).toHaveLength(3);
    for (const secret of secrets) {
      expect(JSON.stringify(bench.records)).not.toContain(secret);
    }
  });

  it('[R6] keeps the beginning of an answer that is no JSON', async () => {
    const bench = openPlatformBench(() => new Response('<h1>Bad gateway</h1>', { status: 502 }));
    await callPlatform(bench.ports, callOf());
    expect(bench.records[0]).toMatchObject({
      outcome: 'failed',
      code: 'platform_unavailable',
      detail: { response: { body: '<h1>Bad gateway</h1>' } },
    });
  });

  it('[X8] keeps nothing of cut JSON or a form, where no key says what is a token', async () => {
    const answers = [
      '{"access_token":"tok3n-of-the-store","scope":"store_v2',
      ' [{"email":"a@b.example","first_name":"Ada',
      'access_token=tok3n-of-the-store&scope=x',
    ];
    for (const answer of answers) {
      const bench = openPlatformBench(() => new Response(answer));
      await callPlatform(bench.ports, callOf());
      expect(bench.records[0]?.code).toBe('malformed_answer');
      expect(JSON.stringify(bench.records)).not.toMatch(/tok3n|Ada/);
    }
  });

  it('[X8] hides tokens in the address that a redirect names', async () => {
    const location = 'https://elsewhere.example/?access_token=tok3n&page=2';
    const bench = openPlatformBench(
      () => new Response(null, { status: 302, headers: { location } }),
    );
    await callPlatform(bench.ports, callOf());
    expect(JSON.stringify(bench.records)).not.toContain('tok3n');
    expect(JSON.stringify(bench.records)).toContain('page=2');
  });
});

/** Goal: nothing secret or personal survives redaction, and nothing large does. */
import { describe, expect, it } from 'vitest';
import {
  redact,
  redactBody,
  REDACTED,
  redactHeaders,
  redactText,
  redactUrl,
} from '../../src/log-redaction.ts';

describe('redaction by key', () => {
  it.each([
    'access_token',
    'refreshToken',
    'X-Auth-Token',
    'Authorization',
    'X-Clover-Auth',
    'X-Onhand-Secret',
    'client_secret',
    'code',
    'signed_payload_jwt',
    'password',
    'cookie',
    'email',
    'emailAddress',
    'phone',
    'phoneNumber',
    'first_name',
    'lastName',
    'street_1',
    'billing_address',
    'customers',
    'abaAccountNumber',
    'ddaAccountNumber',
    'bankProcessing',
    'cardTransaction',
    'ip_address',
    'pin',
  ])('[X8] hides %s', (key) => {
    expect(redact({ [key]: 'private' })).toEqual({ [key]: REDACTED });
    expect(redact({ deep: [{ [key]: { more: 'private' } }] })).toEqual({
      deep: [{ [key]: REDACTED }],
    });
  });

  it('keeps what explains a call', () => {
    const plain = {
      sku: 'SKU-1',
      quantity: 2,
      name: 'Blue shirt',
      location_id: 1,
      status_id: 11,
      state: 'open',
      access_token_expiration: 1_677_875_430,
      items: [{ variant_id: 74, quantity: -2 }],
      note: null,
    };
    expect(redact(plain)).toEqual(plain);
  });

  it('shows that a private field was empty', () => {
    expect(redact({ email: '', phone: null })).toEqual({ email: '', phone: null });
  });

  it('hides e-mail addresses inside texts, also encoded ones', () => {
    expect(redactText('mail to ann.b+c@example.co.uk now')).toBe(`mail to ${REDACTED} now`);
    expect(redactText('q=ann%40example.com')).toBe(`q=${REDACTED}`);
  });

  it('hides private query values and a state, and keeps the rest of an address', () => {
    const url = redactUrl('https://h.example/cb?code=abc&state=xyz&limit=5&email%3Ain=a%40b.co');
    expect(url).not.toMatch(/abc|xyz|a%40b|a@b/);
    expect(url).toContain('limit=5');
    expect(redactUrl('no address')).toBe('no address');
  });

  it("[R6] shows Clover's limits per token, and never the token", () => {
    const headers = new Headers({
      'X-RateLimit-tokenLimit': '16',
      'X-RateLimit-crossTokenConcurrentLimit': '10',
      'X-Access-Token': 'abc',
    });
    expect(redactHeaders(headers)).toEqual({
      'x-ratelimit-tokenlimit': '16',
      'x-ratelimit-crosstokenconcurrentlimit': '10',
      'x-access-token': REDACTED,
    });
  });

  it('keeps only the headers asked for', () => {
    const headers = new Headers({ 'Retry-After': '3', 'Set-Cookie': 'a=b', Via: 'x' });
    expect(redactHeaders(headers, (name) => name === 'retry-after')).toEqual({
      'retry-after': '3',
    });
  });
});

describe('bounds', () => {
  it('[R6] cuts long lists, deep trees and long texts, and says so', () => {
    const list = redact(Array.from({ length: 1_000 }, (_, index) => index)) as unknown[];
    expect(list).toHaveLength(21);
    expect(list.at(-1)).toBe('[980 more]');
    let tree: unknown = 'leaf';
    for (let depth = 0; depth < 20; depth += 1) tree = { tree };
    expect(JSON.stringify(redact(tree))).toContain('[too deep]');
    expect(redactText('x'.repeat(5_000))).toHaveLength(1_001);
  });

  it('[R6] replaces a body that is still too large by its beginning', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`field${index}`, 'x'.repeat(50)]),
    );
    const cut = redactBody(wide, 1_000) as { truncated: boolean; head: string; chars: number };
    expect(cut.truncated).toBe(true);
    expect(cut.head).toHaveLength(1_000);
    expect(cut.chars).toBeGreaterThan(30_000);
    expect(redactBody({ a: 1 }, 1_000)).toEqual({ a: 1 });
    expect(redactBody(undefined)).toBeUndefined();
  });
});

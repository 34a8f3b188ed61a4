/**
 * Goal: the real objects hand out leave and tokens, keep both across eviction, and renew tokens once. Method: objects
 * of the Worker by RPC; a Clover whose refresh tokens work once answers the global fetch.
 */
import { evictAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenGrant } from '../../src/platforms/account-port.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';

const realFetch = globalThis.fetch;
/** Refresh tokens that Clover was shown, in order. */
let refreshes: string[] = [];
/** What Clover does with the next refresh; a good pair when it is undefined. */
let onRefresh: ((refreshToken: string) => Promise<Response>) | undefined;
let issued = 0;
let names = 0;

const inSeconds = (ms: number) => Math.floor((Date.now() + ms) / 1_000);

function pairAnswer(): Response {
  issued += 1;
  return Response.json({
    access_token: `access-${issued}`,
    access_token_expiration: inSeconds(30 * 60_000),
    refresh_token: `refresh-${issued}`,
    refresh_token_expiration: inSeconds(365 * 86_400_000),
  });
}

beforeEach(() => {
  refreshes = [];
  onRefresh = undefined;
  issued = 0;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.url !== 'https://api.clover.test/oauth/v2/refresh') {
      throw new TypeError(`no such place: ${request.url}`);
    }
    const body = await request.json<{ refresh_token: string }>();
    refreshes.push(body.refresh_token);
    return onRefresh === undefined ? pairAnswer() : onRefresh(body.refresh_token);
  };
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

function grantFor(accessTtlMs: number): TokenGrant {
  return {
    accessToken: 'access-0',
    accessExpiresAtMs: Date.now() + accessTtlMs,
    refreshToken: 'refresh-0',
    refreshExpiresAtMs: Date.now() + 365 * 86_400_000,
  };
}
const STORE_GRANT: TokenGrant = {
  accessToken: 'store-token',
  accessExpiresAtMs: null,
  refreshToken: null,
  refreshExpiresAtMs: null,
};

function openAccount(platform: 'clover' | 'bigcommerce' = 'clover') {
  names += 1;
  const name = `${platform}:ACCOUNT${names}`;
  return { name, stub: () => env.PLATFORM_ACCOUNT.getByName(name) };
}

describe('PlatformAccount', () => {
  it('says that it is not connected before it was', async () => {
    const { stub } = openAccount();
    expect(await stub().status()).toEqual({
      state: 'disconnected',
      connectionId: '',
      accessExpiresAtMs: null,
      working: 0,
      // 15 a second, one below what Clover allows a token.
      perHourMax: 54_000,
    });
    expect(failureOf(await stub().acquire('interactive')).code).toBe('disconnected');
  });

  it('[X3] hands out the token after an eviction, with nothing of it readable on disk', async () => {
    const { stub } = openAccount('bigcommerce');
    await stub().storeGrant('abc123', STORE_GRANT);
    await evictAllDurableObjects();
    const permit = valueOf(await stub().acquire('interactive'));
    expect(permit.accessToken).toBe('store-token');
    const rows = await runInDurableObject(stub(), (_object, state) =>
      state.storage.sql.exec('SELECT * FROM account').toArray(),
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('store-token');
    expect(rows[0]?.['sealed']).toMatch(/^v1\.k1\./);
  });

  it('[X3] a row copied into another account does not open', async () => {
    const one = openAccount('bigcommerce');
    const other = openAccount('bigcommerce');
    await one.stub().storeGrant('abc123', STORE_GRANT);
    const [row] = await runInDurableObject(one.stub(), (_object, state) =>
      state.storage.sql.exec<{ sealed: string }>('SELECT sealed FROM account').toArray(),
    );
    await other.stub().storeGrant('abc123', STORE_GRANT);
    await runInDurableObject(other.stub(), (_object, state) => {
      state.storage.sql.exec('UPDATE account SET sealed = ?', row?.sealed ?? '');
    });
    await evictAllDurableObjects();
    expect(failureOf(await other.stub().acquire('interactive')).code).toBe('internal');
  });

  it('[R4] forgets at once, and tells those who wait', async () => {
    const { stub } = openAccount('bigcommerce');
    await stub().storeGrant('abc123', STORE_GRANT);
    for (let index = 0; index < 3; index += 1) valueOf(await stub().acquire('interactive'));
    const waiting = stub().acquire('interactive');
    await scheduler.wait(20);
    await stub().disconnect();
    expect(failureOf(await waiting).code).toBe('disconnected');
    expect(failureOf(await stub().acquire('interactive')).code).toBe('disconnected');
    await evictAllDurableObjects();
    expect(await stub().status()).toMatchObject({ state: 'disconnected', connectionId: 'abc123' });
  });

  it('[R5] has three calls of a store at once; the fourth waits for one to end', async () => {
    const { stub } = openAccount('bigcommerce');
    await stub().storeGrant('abc123', STORE_GRANT);
    const permits = [];
    for (let index = 0; index < 3; index += 1) {
      permits.push(valueOf(await stub().acquire('interactive')).permitId);
    }
    let isServed = false;
    const fourth = stub()
      .acquire('interactive')
      .then((permit) => {
        isServed = true;
        return permit;
      });
    await scheduler.wait(50);
    expect(isServed).toBe(false);
    await stub().release(permits[1] ?? '', { status: 200 });
    expect((await fourth).ok).toBe(true);
  });

  it('[R3] a refusal pauses everybody for as long as it asks', async () => {
    const { stub } = openAccount('bigcommerce');
    await stub().storeGrant('abc123', STORE_GRANT);
    const { permitId } = valueOf(await stub().acquire('interactive'));
    await stub().release(permitId, { status: 429, retryAfterMs: 400 });
    const startedAtMs = Date.now();
    expect((await stub().acquire('interactive')).ok).toBe(true);
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(390);
  });

  it("[R5] the app's refusal does not pause one merchant", async () => {
    const { stub } = openAccount();
    await stub().storeGrant('abc123', grantFor(30 * 60_000));
    const { permitId } = valueOf(await stub().acquire('interactive'));
    await stub().release(permitId, { status: 429, retryAfterMs: 5_000, appWide: true });
    const startedAtMs = Date.now();
    expect((await stub().acquire('interactive')).ok).toBe(true);
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
  });

  it('[R4] renews an ended token once for all who come, and keeps the new pair', async () => {
    const { stub } = openAccount();
    await stub().storeGrant('abc123', grantFor(-1));
    const results = await Promise.all(
      Array.from({ length: 4 }, () => stub().acquire('interactive')),
    );
    expect(results.map((result) => valueOf(result).accessToken)).toEqual(
      Array.from({ length: 4 }, () => 'access-1'),
    );
    expect(refreshes).toEqual(['refresh-0']);
    await evictAllDurableObjects();
    expect(valueOf(await stub().acquire('interactive')).accessToken).toBe('access-1');
    expect(refreshes).toHaveLength(1);
  });

  it('[R4] goes on with a living token while it is renewed', async () => {
    const { stub } = openAccount();
    const { promise, resolve } = Promise.withResolvers<void>();
    onRefresh = async () => {
      await promise;
      return pairAnswer();
    };
    await stub().storeGrant('abc123', grantFor(60_000));
    expect(valueOf(await stub().acquire('interactive')).accessToken).toBe('access-0');
    expect(valueOf(await stub().acquire('background')).accessToken).toBe('access-0');
    resolve();
    await expect
      .poll(async () => {
        const { permitId, accessToken } = valueOf(await stub().acquire('interactive'));
        await stub().release(permitId, { status: 200 });
        return accessToken;
      })
      .toBe('access-1');
    expect(refreshes).toEqual(['refresh-0']);
  });

  it('[R4] a refused refresh token needs consent, also after an eviction; a new grant ends that', async () => {
    const { stub } = openAccount();
    onRefresh = async () => Response.json({ message: 'Invalid refresh token' }, { status: 401 });
    await stub().storeGrant('abc123', grantFor(-1));
    expect(failureOf(await stub().acquire('interactive')).code).toBe('reauthorise');
    await evictAllDurableObjects();
    expect(await stub().status()).toMatchObject({ state: 'reauthorise', connectionId: 'abc123' });
    expect(failureOf(await stub().acquire('interactive')).code).toBe('reauthorise');
    expect(refreshes).toHaveLength(1);
    await stub().storeGrant('abc123', grantFor(30 * 60_000));
    expect((await stub().acquire('interactive')).ok).toBe(true);
  });

  it('[R4] Clover being down is no refusal', async () => {
    const { stub } = openAccount();
    onRefresh = async () => new Response('down', { status: 503 });
    await stub().storeGrant('abc123', grantFor(-1));
    expect(failureOf(await stub().acquire('interactive')).code).toBe('platform_unavailable');
    expect((await stub().status()).state).toBe('connected');
    expect(failureOf(await stub().acquire('interactive'))).toMatchObject({ code: 'busy' });
    expect(refreshes).toHaveLength(1);
  });

  it('a fresh token that Clover refuses lacks a permission, and is not renewed', async () => {
    const { stub } = openAccount();
    await stub().storeGrant('abc123', grantFor(30 * 60_000));
    const { permitId } = valueOf(await stub().acquire('interactive'));
    expect(failureOf(await stub().refused(permitId)).code).toBe('permission_missing');
    expect(refreshes).toEqual([]);
    expect(valueOf(await stub().refused('a permit of long ago'))).toBe('retry');
  });

  it('[R4] a token that BigCommerce refuses needs a new install; once taken again it is good', async () => {
    const { stub, name } = openAccount('bigcommerce');
    await stub().storeGrant('abc123', STORE_GRANT);
    const { permitId } = valueOf(await stub().acquire('interactive'));
    expect(failureOf(await stub().refused(permitId)).code).toBe('reauthorise');
    await stub().release(permitId, { status: 401 });
    expect(failureOf(await stub().acquire('interactive')).code).toBe('reauthorise');
    expect(await stub().status()).toMatchObject({ state: 'reauthorise' });
    // A restart forgets when the last try was: one is allowed, and it shows that the store takes the token after all.
    await evictAllDurableObjects();
    const again = valueOf(await env.PLATFORM_ACCOUNT.getByName(name).acquire('interactive'));
    expect(failureOf(await stub().acquire('interactive')).code).toBe('reauthorise');
    await stub().release(again.permitId, { status: 200 });
    expect(await stub().status()).toMatchObject({ state: 'connected' });
    expect((await stub().acquire('interactive')).ok).toBe(true);
  });

  it('counts what is being worked on, until it ends or its time is up', async () => {
    const { stub } = openAccount();
    await stub().beginWork('a', 60_000);
    await stub().beginWork('b', 60_000);
    await stub().beginWork('b', 60_000);
    await stub().beginWork('late', 30);
    expect((await stub().status()).working).toBe(3);
    await scheduler.wait(50);
    expect((await stub().status()).working).toBe(2);
    await stub().endWork('a');
    await stub().endWork('nobody');
    expect((await stub().status()).working).toBe(1);
  });
});

describe('CloverApp', () => {
  const app = (name: string) => env.CLOVER_APP.getByName(name);

  it('[R5] has nine calls at once for all merchants, and lets merchants take turns', async () => {
    const stub = app('turns');
    const held: string[] = [];
    for (let index = 0; index < 9; index += 1) {
      held.push(valueOf(await stub.acquire('BIG', 'interactive')).permitId);
    }
    const order: string[] = [];
    const wait = (merchantId: string) =>
      stub.acquire(merchantId, 'interactive').then((permit) => {
        order.push(merchantId);
        return valueOf(permit).permitId;
      });
    const waiting = [wait('BIG'), wait('BIG'), wait('BIG'), wait('SMALL')];
    await scheduler.wait(50);
    expect(order).toEqual([]);
    for (const permitId of held.slice(0, 4)) await stub.release(permitId, { status: 200 });
    await Promise.all(waiting);
    expect(order).toEqual(['BIG', 'SMALL', 'BIG', 'BIG']);
  });

  it('[R5] hands out at most 48 calls in any second', async () => {
    const stub = app('rate');
    const startedAtMs = Date.now();
    for (let index = 0; index < 49; index += 1) {
      const { permitId } = valueOf(await stub.acquire('M', 'interactive'));
      await stub.release(permitId, { status: 200 });
    }
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(990);
  });

  it("[R5] pauses for the app's refusal, not for one merchant's", async () => {
    const stub = app('pause');
    const one = valueOf(await stub.acquire('M', 'interactive'));
    await stub.release(one.permitId, { status: 429, retryAfterMs: 5_000 });
    const startedAtMs = Date.now();
    const two = valueOf(await stub.acquire('M', 'interactive'));
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
    await stub.release(two.permitId, { status: 429, retryAfterMs: 300, appWide: true });
    const pausedAtMs = Date.now();
    expect((await stub.acquire('M', 'interactive')).ok).toBe(true);
    expect(Date.now() - pausedAtMs).toBeGreaterThanOrEqual(290);
  });
});

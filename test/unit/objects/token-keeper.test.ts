/** Goal: tokens are renewed early, once and never lost; they are given up only when the platform says so. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/domain/failure.ts';
import { ok, type Result } from '../../../src/domain/result.ts';
import { createTokenKeeper } from '../../../src/objects/token-keeper.ts';
import type { TokenGrant } from '../../../src/platforms/account-port.ts';
import { failureOf, valueOf } from '../../support/platform-ports.ts';
import {
  grantOf,
  MINUTE_MS,
  openWorld,
  START_MS,
  TTL_MS,
  type World,
} from '../../support/token-world.ts';

let world: World;

async function connect(): Promise<void> {
  await world.keeper.storeGrant('abc123', grantOf(world.nowMs));
  world.events.length = 0;
}
const restart = () => {
  world.keeper = createTokenKeeper(world.deps);
};
const settled = () => Promise.all(world.tasks);
const token = async () => valueOf(await world.keeper.current()).accessToken;

const TIMED_OUT: Failure = { code: 'timeout', message: 'silence', outcomeUnknown: true };
const REFUSED: Failure = { code: 'unauthorized', message: 'no', status: 401 };

beforeEach(async () => {
  world = openWorld();
  await connect();
});

describe('keeping', () => {
  it('is disconnected before the first grant', async () => {
    const empty = openWorld();
    expect(failureOf(await empty.keeper.current()).code).toBe('disconnected');
    expect(failureOf(await empty.keeper.refused(1)).code).toBe('disconnected');
    expect(empty.keeper.status()).toEqual({
      state: 'disconnected',
      connectionId: '',
      accessExpiresAtMs: null,
    });
    await empty.keeper.disconnect();
    expect(empty.stored).toBeNull();
  });

  it('[X3] stores no token in plain text and hands it out again after a restart', async () => {
    expect(await token()).toBe('access-1');
    expect(JSON.stringify(world.stored)).not.toMatch(/access-1|refresh-1/);
    restart();
    expect(world.keeper.status()).toEqual({
      state: 'connected',
      connectionId: 'abc123',
      accessExpiresAtMs: START_MS + TTL_MS,
    });
    expect(await token()).toBe('access-1');
  });

  it('[X3] does not open a row that was copied from another account', async () => {
    const other = openWorld();
    other.stored = world.stored;
    const keeper = createTokenKeeper({ ...other.deps, name: 'clover:OTHER' });
    expect(failureOf(await keeper.current()).code).toBe('internal');
  });

  it('[X3] re-encrypts with the newest key as soon as it reads with an old one', async () => {
    const keys = [
      { id: 'k2', bytes: new Uint8Array(32).fill(2) },
      ...world.deps.vault.keys,
    ] as const;
    world.deps = { ...world.deps, vault: { ...world.deps.vault, keys: [...keys] } };
    restart();
    expect(await token()).toBe('access-1');
    expect(world.stored?.sealed).toMatch(/^v1\.k2\./);
    world.deps = { ...world.deps, vault: { ...world.deps.vault, keys: [keys[0]] } };
    restart();
    expect(await token()).toBe('access-1');
  });

  it('[R4] forgets the tokens when it is disconnected', async () => {
    await world.keeper.disconnect();
    expect(failureOf(await world.keeper.current()).code).toBe('disconnected');
    expect(world.stored).toMatchObject({ state: 'disconnected', sealed: null });
    expect(world.keeper.status().accessExpiresAtMs).toBeNull();
    restart();
    expect(failureOf(await world.keeper.current()).code).toBe('disconnected');
    await world.keeper.storeGrant('abc123', grantOf(world.nowMs));
    expect(await token()).toBe('access-2');
    expect(world.states).toEqual(['connected', 'disconnected', 'connected']);
  });
});

describe('renewal', () => {
  it('leaves a token alone that has long to live', async () => {
    world.nowMs += TTL_MS - 5 * MINUTE_MS;
    expect(await token()).toBe('access-1');
    expect(world.refreshes).toEqual([]);
  });

  it('[R4] renews early and goes on with the living token meanwhile', async () => {
    world.nowMs += TTL_MS - 4 * MINUTE_MS;
    expect(await token()).toBe('access-1');
    await settled();
    expect(await token()).toBe('access-2');
    expect(world.refreshes).toEqual(['refresh-1']);
  });

  it('[R4] many callers share one renewal', async () => {
    world.nowMs += TTL_MS;
    const tokens = await Promise.all(Array.from({ length: 20 }, token));
    expect(new Set(tokens)).toEqual(new Set(['access-2']));
    expect(world.refreshes).toEqual(['refresh-1']);
  });

  it('[R4] saves the new pair straight after the answer, before anybody gets it', async () => {
    world.nowMs += TTL_MS;
    await token();
    expect(world.events).toEqual(['asked', 'answered', 'saved']);
    restart();
    expect(await token()).toBe('access-2');
    world.nowMs += TTL_MS;
    expect(await token()).toBe('access-3');
    expect(world.refreshes).toEqual(['refresh-1', 'refresh-2']);
  });

  it('[R4] goes on with the living token when an early renewal fails, and does not hammer', async () => {
    world.answers = [TIMED_OUT, TIMED_OUT];
    world.nowMs += TTL_MS - 4 * MINUTE_MS;
    for (let index = 0; index < 10; index += 1) {
      expect(await token()).toBe('access-1');
      await settled();
    }
    expect(world.refreshes).toHaveLength(1);
    world.nowMs += 10_000;
    expect(await token()).toBe('access-1');
    await settled();
    expect(world.refreshes).toHaveLength(2);
    world.nowMs += 10_000;
    expect(await token()).toBe('access-1');
    await settled();
    // The old refresh token had not been used up after all.
    expect(world.refreshes).toEqual(['refresh-1', 'refresh-1', 'refresh-1']);
    expect(await token()).toBe('access-2');
    expect(world.keeper.status().state).toBe('connected');
  });

  it('[R4] a renewal that fails for now is told as such when no token lives', async () => {
    world.answers = [
      { code: 'platform_unavailable', message: 'down', status: 503, outcomeUnknown: true },
    ];
    world.nowMs += TTL_MS;
    const failure = failureOf(await world.keeper.current());
    expect(failure).toMatchObject({ code: 'platform_unavailable', retryAfterMs: 10_000 });
    // The caller's own request was never sent.
    expect(failure.outcomeUnknown).toBeUndefined();
    expect(failureOf(await world.keeper.current())).toMatchObject({ code: 'busy' });
    expect(world.refreshes).toHaveLength(1);
    expect(world.keeper.status().state).toBe('connected');
    world.nowMs += 10_000;
    expect(await token()).toBe('access-2');
  });

  it.each([429, 408])('[R3] %i to a renewal is no refusal', async (status) => {
    const code = status === 429 ? 'rate_limited' : 'timeout';
    world.answers = [{ code, message: 'later', status, retryAfterMs: 45_000 }];
    world.nowMs += TTL_MS;
    await world.keeper.current();
    expect(world.keeper.status().state).toBe('connected');
    world.nowMs += 44_999;
    expect((await world.keeper.current()).ok).toBe(false);
    world.nowMs += 1;
    expect(await token()).toBe('access-2');
  });

  it('[R4] a refused refresh token needs consent; the access token goes on until its end', async () => {
    world.answers = [REFUSED];
    world.nowMs += TTL_MS - MINUTE_MS;
    expect(await token()).toBe('access-1');
    await settled();
    expect(world.keeper.status().state).toBe('reauthorise');
    expect(world.states.at(-1)).toBe('reauthorise');
    expect(await token()).toBe('access-1');
    restart();
    expect(await token()).toBe('access-1');
    world.nowMs += MINUTE_MS;
    expect(failureOf(await world.keeper.current()).code).toBe('reauthorise');
    expect(world.refreshes).toHaveLength(1);
    await world.keeper.storeGrant('abc123', grantOf(world.nowMs));
    expect(world.keeper.status().state).toBe('connected');
  });

  it('[R4] after an unknown outcome the old refresh token is tried until its refusal tells', async () => {
    world.answers = [TIMED_OUT, REFUSED];
    world.nowMs += TTL_MS;
    expect(failureOf(await world.keeper.current()).code).toBe('timeout');
    world.nowMs += 60_000;
    expect(failureOf(await world.keeper.current()).code).toBe('reauthorise');
    expect(failureOf(await world.keeper.current()).code).toBe('reauthorise');
    expect(world.refreshes).toEqual(['refresh-1', 'refresh-1']);
  });

  it('[R4] a grant that comes during a renewal wins over it', async () => {
    const { promise, resolve } = Promise.withResolvers<Result<TokenGrant, Failure>>();
    world.answers = [() => promise];
    world.nowMs += TTL_MS;
    const waiting = world.keeper.current();
    await Promise.resolve();
    const fresh = {
      ...grantOf(world.nowMs),
      accessToken: 'access-new',
      refreshToken: 'refresh-new',
    };
    await world.keeper.storeGrant('abc123', fresh);
    resolve(ok(grantOf(world.nowMs)));
    expect(valueOf(await waiting).accessToken).toBe('access-new');
    world.nowMs += TTL_MS;
    await token();
    expect(world.refreshes.at(-1)).toBe('refresh-new');
  });

  it('[R4] a disconnect during a renewal stays a disconnect', async () => {
    const { promise, resolve } = Promise.withResolvers<Result<TokenGrant, Failure>>();
    world.answers = [() => promise];
    world.nowMs += TTL_MS;
    const waiting = world.keeper.current();
    await Promise.resolve();
    await world.keeper.disconnect();
    resolve(ok(grantOf(world.nowMs)));
    expect(failureOf(await waiting).code).toBe('disconnected');
    expect(world.stored).toMatchObject({ state: 'disconnected', sealed: null });
  });
});

describe('a token that Clover refused', () => {
  const version = async () => valueOf(await world.keeper.current()).version;

  it('is renewed when it is old', async () => {
    world.nowMs += 2 * MINUTE_MS;
    expect(await world.keeper.refused(await version())).toEqual(ok('retry'));
    expect(await token()).toBe('access-2');
  });

  it('is no news when another one is current by now, or nobody knows which it was', async () => {
    const before = await version();
    world.nowMs += 2 * MINUTE_MS;
    await world.keeper.refused(before);
    expect(await world.keeper.refused(before)).toEqual(ok('retry'));
    expect(await world.keeper.refused(undefined)).toEqual(ok('retry'));
    expect(world.refreshes).toHaveLength(1);
  });

  it('lacks a permission when it is fresh, and no refresh token is spent on that', async () => {
    world.nowMs += MINUTE_MS;
    expect(failureOf(await world.keeper.refused(await version())).code).toBe('permission_missing');
    expect(world.refreshes).toEqual([]);
    expect(world.keeper.status().state).toBe('connected');
  });

  it('is not renewed over and over for a permission that is missing', async () => {
    for (let minute = 0; minute < 20; minute += 1) {
      world.nowMs += MINUTE_MS;
      await world.keeper.refused(await version());
    }
    // One try to tell an ended token from a missing permission, then one every ten minutes.
    expect(world.refreshes.length).toBeLessThanOrEqual(3);
    expect(world.keeper.status().state).toBe('connected');
  });

  it('needs consent when the refresh token is refused as well', async () => {
    world.answers = [REFUSED];
    world.nowMs += 2 * MINUTE_MS;
    expect(failureOf(await world.keeper.refused(await version())).code).toBe('reauthorise');
    expect(failureOf(await world.keeper.current()).code).toBe('reauthorise');
    restart();
    expect(world.keeper.status().state).toBe('reauthorise');
    expect(failureOf(await world.keeper.current()).code).toBe('reauthorise');
  });

  it('is asked about again when the renewal fails for now', async () => {
    world.answers = [TIMED_OUT];
    world.nowMs += 2 * MINUTE_MS;
    const failure = failureOf(await world.keeper.refused(await version()));
    expect(failure).toMatchObject({ code: 'unauthorized', retryAfterMs: 10_000 });
    expect(failure.outcomeUnknown).toBeUndefined();
    expect(world.keeper.status().state).toBe('connected');
  });

  it('waits for a renewal that is under way before it judges', async () => {
    const { promise, resolve } = Promise.withResolvers<Result<TokenGrant, Failure>>();
    const short = { ...grantOf(world.nowMs), accessExpiresAtMs: world.nowMs + MINUTE_MS };
    await world.keeper.storeGrant('abc123', short);
    const used = await version();
    world.answers = [() => promise];
    await world.keeper.current();
    const verdict = world.keeper.refused(used);
    await Promise.resolve();
    resolve(ok(grantOf(world.nowMs)));
    expect(await verdict).toEqual(ok('retry'));
  });
});

describe('a token that BigCommerce refused', () => {
  const grant: TokenGrant = {
    accessToken: 'store-token',
    accessExpiresAtMs: null,
    refreshToken: null,
    refreshExpiresAtMs: null,
  };

  beforeEach(async () => {
    world = openWorld('bigcommerce');
    await world.keeper.storeGrant('abc123', grant);
  });

  it('never ends by time and is never renewed', async () => {
    world.nowMs += 1_000 * 24 * 60 * MINUTE_MS;
    expect(await token()).toBe('store-token');
    expect(world.refreshes).toEqual([]);
  });

  it('needs a new install, also after a restart', async () => {
    const { version } = valueOf(await world.keeper.current());
    expect(failureOf(await world.keeper.refused(version)).code).toBe('reauthorise');
    expect(failureOf(await world.keeper.current()).code).toBe('reauthorise');
    expect(world.keeper.status().state).toBe('reauthorise');
  });

  it('[R4] is tried again every ten minutes, and is good again once it was taken', async () => {
    const { version } = valueOf(await world.keeper.current());
    await world.keeper.refused(version);
    world.nowMs += 10 * MINUTE_MS - 1;
    expect((await world.keeper.current()).ok).toBe(false);
    world.nowMs += 1;
    const again = valueOf(await world.keeper.current());
    expect(again.accessToken).toBe('store-token');
    world.keeper.accepted(again.version - 1);
    expect(world.keeper.status().state).toBe('reauthorise');
    world.keeper.accepted(again.version);
    expect(world.keeper.status().state).toBe('connected');
    restart();
    expect(await token()).toBe('store-token');
  });
});

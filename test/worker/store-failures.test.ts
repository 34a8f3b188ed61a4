import { env } from 'cloudflare:workers';
import { applyD1Migrations, reset } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  closeFailure,
  type FailureCursor,
  findFailure,
  listFailures,
  type NewFailure,
  parkFailure,
} from '../../src/store/failures.ts';
import { deleteHooks, listHooks, saveHooks } from '../../src/store/hooks.ts';
import { deleteExpiredCodes, saveCode, takeCode } from '../../src/store/one-time-codes.ts';
import {
  deleteExpiredSessions,
  deleteSession,
  deleteSessions,
  findSession,
  saveSession,
} from '../../src/store/sessions.ts';
import { explained } from '../support/explain.ts';
import { START_MS, testPorts } from '../support/ports.ts';

const { db } = testPorts(env.DB);

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

function failure(changes: Partial<NewFailure> = {}): NewFailure {
  return {
    connectionId: 'abc',
    code: 'timeout',
    message: 'It took too long.',
    source: 'work:write',
    subject: 'l1:bigcommerce:1',
    sku: 'SKU-1',
    atMs: START_MS,
    replay: { queue: 'work', body: { n: 1 } },
    ...changes,
  };
}

describe('failures', () => {
  it('[R3] of one cause and subject share a row that counts and keeps the newest replay', async () => {
    const first = await parkFailure(db, failure());
    const second = await parkFailure(
      db,
      failure({ atMs: START_MS + 9, replay: { queue: 'work', body: { n: 2 } } }),
    );
    expect(second).toBe(first);
    expect(await findFailure(db, 'abc', first)).toMatchObject({
      count: 2,
      firstAtMs: START_MS,
      lastAtMs: START_MS + 9,
      replay: { queue: 'work', body: { n: 2 } },
      sku: 'SKU-1',
      status: 'open',
    });
  });

  it('do not count a message that was delivered twice', async () => {
    const id = await parkFailure(db, failure());
    await parkFailure(db, failure());
    expect((await findFailure(db, 'abc', id))?.count).toBe(1);
  });

  it.each([
    ['connection', { connectionId: 'def' }],
    ['cause', { code: 'rejected' as const }],
    ['source', { source: 'work:read' }],
    ['subject', { subject: 'l2:bigcommerce:1' }],
  ])('of another %s get a row of their own', async (_, changes) => {
    expect(await parkFailure(db, failure(changes))).not.toBe(await parkFailure(db, failure()));
  });

  it('open again when they come back after they were closed', async () => {
    const id = await parkFailure(db, failure());
    expect(await closeFailure(db, 'abc', id, 'dismissed')).toBe(true);
    expect((await listFailures(db, 'abc', 'open', null, 10)).items).toEqual([]);
    await parkFailure(db, failure({ atMs: START_MS + 1 }));
    expect((await listFailures(db, 'abc', 'open', null, 10)).items).toHaveLength(1);
  });

  it('page from the latest on, by the partial index', async () => {
    for (let n = 0; n < 5; n += 1) {
      await parkFailure(db, failure({ subject: `s${n}`, atMs: START_MS + Math.floor(n / 2) }));
    }
    const seen: number[] = [];
    for (let cursor: FailureCursor | null = null; ;) {
      const page = await listFailures(db, 'abc', 'open', cursor, 2);
      seen.push(...page.items.map(({ lastAtMs }) => lastAtMs - START_MS));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([2, 1, 1, 0, 0]);
    const steps = await explained(env.DB, (recorded) =>
      listFailures(recorded, 'abc', 'open', null, 2),
    );
    expect(steps.join('\n')).toMatch(/failures_open/);
  });

  it('[X5] are neither seen nor closed through another connection', async () => {
    const id = await parkFailure(db, failure());
    expect(await findFailure(db, 'def', id)).toBeUndefined();
    expect(await closeFailure(db, 'def', id, 'dismissed')).toBe(false);
    expect((await listFailures(db, 'def', 'open', null, 10)).items).toEqual([]);
  });
});

describe('one-time codes', () => {
  const code = (hash: string, expiresAtMs = START_MS + 1_000) => ({
    hash,
    purpose: 'clover_state' as const,
    connectionId: 'abc',
    boundTo: null,
    expiresAtMs,
  });

  it('[X3] are taken by exactly one of many', async () => {
    await saveCode(db, code('h1'));
    const taken = await Promise.all(
      Array.from({ length: 5 }, () => takeCode(db, 'h1', 'clover_state', START_MS)),
    );
    expect(taken.filter((each) => each !== undefined)).toEqual([code('h1')]);
  });

  it('[X3] are worth nothing late or for another purpose', async () => {
    await saveCode(db, code('h1'));
    expect(await takeCode(db, 'h1', 'session_ticket', START_MS)).toBeUndefined();
    expect(await takeCode(db, 'h1', 'clover_state', START_MS + 1_000)).toBeUndefined();
    expect(await takeCode(db, 'h1', 'clover_state', START_MS)).toBeUndefined();
  });

  it('tell that they were there before', async () => {
    expect(await saveCode(db, code('h1'))).toBe(true);
    expect(await saveCode(db, code('h1'))).toBe(false);
  });

  it('are swept when they expired', async () => {
    await saveCode(db, code('old', START_MS));
    await saveCode(db, code('new'));
    expect(await deleteExpiredCodes(db, START_MS)).toBe(1);
    expect(await takeCode(db, 'new', 'clover_state', START_MS)).toBeDefined();
  });
});

describe('sessions', () => {
  const session = (hash: string, connectionId: string, userId: string) =>
    saveSession(db, { hash, connectionId, userId, expiresAtMs: START_MS + 1_000 });

  it('[X4] end by time, one by one, by user and by connection', async () => {
    await session('a', 'abc', 'u1');
    await session('b', 'abc', 'u2');
    await session('c', 'abc', 'u2');
    await session('d', 'def', 'u2');
    const alive = async () => {
      const found = await Promise.all(
        ['a', 'b', 'c', 'd'].map((hash) => findSession(db, hash, START_MS)),
      );
      return found.flatMap((each) => (each === undefined ? [] : [each.hash]));
    };
    expect(await findSession(db, 'a', START_MS + 1_000)).toBeUndefined();
    await deleteSession(db, 'c');
    expect(await alive()).toEqual(['a', 'b', 'd']);
    await deleteSessions(db, 'abc', 'u2');
    expect(await alive()).toEqual(['a', 'd']);
    await deleteSessions(db, 'abc');
    expect(await alive()).toEqual(['d']);
    expect(await deleteExpiredSessions(db, START_MS + 1_000)).toBe(1);
    expect(await alive()).toEqual([]);
  });
});

it('hooks are one per scope; a renewed one replaces the row', async () => {
  const hook = (scope: string, hookId: number, connectionId = 'abc') => ({
    connectionId,
    scope,
    hookId,
    secretKeyId: 'k1',
    checkedAtMs: START_MS,
  });
  await saveHooks(db, [hook('store/order/*', 1), hook('store/product/*', 2), hook('x', 3, 'def')]);
  await saveHooks(db, [hook('store/order/*', 9)]);
  expect(await listHooks(db, 'abc')).toEqual([
    hook('store/order/*', 9),
    hook('store/product/*', 2),
  ]);
  await deleteHooks(db, 'abc', ['store/order/*']);
  expect(await listHooks(db, 'abc')).toHaveLength(1);
  await deleteHooks(db, 'abc');
  expect(await listHooks(db, 'abc')).toEqual([]);
  expect(await listHooks(db, 'def')).toHaveLength(1);
});

import { env } from 'cloudflare:workers';
import { applyD1Migrations, reset } from 'cloudflare:test';
import { beforeEach, expect, it } from 'vitest';
import {
  countOperations,
  createPlan,
  deleteOperations,
  findLatestPlan,
  findPlan,
  findUnfinishedPlans,
  insertOperations,
  listOperations,
  markOperations,
  nextOperations,
  type PlanOperation,
  setPlanStatus,
  updatePlan,
} from '../../src/store/plans.ts';
import { START_MS, testPorts } from '../support/ports.ts';

const { db } = testPorts(env.DB);
const plan = (id: string, connectionId = 'abc') =>
  createPlan(db, { id, connectionId, kind: 'link', nowMs: START_MS });

function operation(seq: number, changes: Partial<PlanOperation> = {}): PlanOperation {
  return {
    seq,
    kind: 'link',
    sku: `SKU-${seq}`,
    outcome: 'planned',
    reason: null,
    before: null,
    after: { level: seq },
    payload: { secretOfApply: seq },
    ...changes,
  };
}

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

it('a plan begins once, and only one of two callers moves it on', async () => {
  await plan('p1');
  await updatePlan(db, 'abc', 'p1', { progressTotal: 10, counts: { link: 3 } }, START_MS + 1);
  await plan('p1');
  const ready = {
    from: ['computing'] as const,
    to: 'ready' as const,
    nowMs: START_MS + 2,
    hash: 'h',
  };
  expect(await setPlanStatus(db, 'abc', 'p1', ready)).toBe(true);
  const apply = { from: ['ready'] as const, to: 'applying' as const, nowMs: START_MS + 3 };
  const moved = await Promise.all([
    setPlanStatus(db, 'abc', 'p1', apply),
    setPlanStatus(db, 'abc', 'p1', apply),
  ]);
  expect(moved.filter(Boolean)).toEqual([true]);
  expect(await findPlan(db, 'abc', 'p1')).toEqual({
    id: 'p1',
    connectionId: 'abc',
    kind: 'link',
    status: 'applying',
    progressDone: 0,
    progressTotal: 10,
    counts: { link: 3 },
    hash: 'h',
    error: null,
    createdAtMs: START_MS,
    updatedAtMs: START_MS + 3,
    origin: 'person',
    request: null,
  });
});

it('[X5] a plan is not seen or moved through another connection, nor are its operations', async () => {
  await plan('p1');
  await insertOperations(db, 'p1', [operation(1)]);
  expect(await findPlan(db, 'def', 'p1')).toBeUndefined();
  expect(
    await setPlanStatus(db, 'def', 'p1', { from: ['computing'], to: 'stopped', nowMs: START_MS }),
  ).toBe(false);
  expect(await updatePlan(db, 'def', 'p1', { hash: 'x' }, START_MS)).toBe(false);
  expect((await listOperations(db, 'def', 'p1', null, 10)).items).toEqual([]);
  await markOperations(db, 'def', 'p1', [{ seq: 1, outcome: 'failed' }]);
  await deleteOperations(db, 'def', 'p1');
  expect((await listOperations(db, 'abc', 'p1', null, 10)).items).toEqual([operation(1)]);
});

it('operations come in pages and chunks, repeats replace, marks stick', async () => {
  await plan('p1');
  const all = Array.from({ length: 1_203 }, (_, seq) => operation(seq));
  await insertOperations(db, 'p1', all);
  await insertOperations(db, 'p1', [operation(5, { outcome: 'open', reason: 'two items' })]);
  const first = await listOperations(db, 'abc', 'p1', null, 1_000);
  expect(first.items.map(({ seq }) => seq)).toEqual(all.slice(0, 1_000).map(({ seq }) => seq));
  const second = await listOperations(db, 'abc', 'p1', first.nextCursor, 1_000);
  expect(second.items).toHaveLength(203);
  expect(second.nextCursor).toBeNull();
  await markOperations(
    db,
    'abc',
    'p1',
    all.slice(0, 600).map(({ seq }) => ({
      seq,
      outcome: seq === 7 ? 'failed' : 'applied',
      reason: seq === 7 ? 'gone' : null,
    })),
  );
  const next = await nextOperations(db, 'abc', 'p1', 590, 20);
  expect(next.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => 600 + n));
  expect(next[0]?.payload).toEqual({ secretOfApply: 600 });
  const counts = await countOperations(db, 'abc', 'p1');
  expect(Object.fromEntries(counts.map(({ outcome, count }) => [outcome, count]))).toEqual({
    applied: 599,
    failed: 1,
    planned: 603,
  });
});

it('unfinished plans and the latest one are told per connection', async () => {
  await plan('p1');
  await plan('p2');
  await plan('p3', 'def');
  await setPlanStatus(db, 'abc', 'p1', { from: ['computing'], to: 'ready', nowMs: START_MS });
  expect((await findUnfinishedPlans(db, 'abc')).map(({ id }) => id)).toEqual(['p2']);
  expect((await findLatestPlan(db, 'abc'))?.id).toBe('p2');
  expect(await findLatestPlan(db, 'none')).toBeUndefined();
});

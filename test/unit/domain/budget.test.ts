/** Goal: no run of events makes a budget exceed its limits, forget a ticket, or serve out of turn. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  createBudget,
  giveBack,
  heldCount,
  join,
  learn,
  type Budget,
  type BudgetLimits,
  type Urgency,
} from '../../../src/domain/budget.ts';

const LIMITS: BudgetLimits = {
  perWindow: 10,
  windowMs: 1_000,
  concurrent: 4,
  backgroundShare: 0.8,
  quotaShare: 0.5,
  leaseMs: 15_000,
  pauseCapMs: 60_000,
};

function enter(
  budget: Budget,
  id: string,
  urgency: Urgency = 'interactive',
  key = 'a',
  untilMs = 8_000,
): void {
  join(budget, { id, key, urgency, untilMs });
}

/** Joins `ids` one after the other and hands out what the limits allow. */
function grantAll(budget: Budget, ids: readonly string[], nowMs: number): readonly string[] {
  for (const id of ids) enter(budget, id, 'interactive', 'a', nowMs + 8_000);
  return advance(budget, nowMs).granted;
}

describe('limits', () => {
  it('[R5] hands out as many at once as are allowed, and more as they come back', () => {
    const budget = createBudget(LIMITS);
    expect(grantAll(budget, ['1', '2', '3', '4', '5'], 0)).toEqual(['1', '2', '3', '4']);
    expect(giveBack(budget, '2', 5)).toBe(0);
    expect(giveBack(budget, '2', 5)).toBeNull();
    expect(advance(budget, 10).granted).toEqual(['5']);
  });

  it('[R5] hands out as many per window as are allowed', () => {
    const budget = createBudget({ ...LIMITS, concurrent: 100 });
    const ids = Array.from({ length: 12 }, (_, index) => String(index));
    expect(grantAll(budget, ids, 500)).toHaveLength(10);
    for (const id of ids) giveBack(budget, id, 500);
    const waiting = advance(budget, 1_499);
    expect(waiting.granted).toEqual([]);
    expect(waiting.nextAtMs).toBe(1_500);
    expect(advance(budget, 1_500).granted).toEqual(['10', '11']);
  });

  it('[R5] a leave that nobody gives back ends by itself', () => {
    const budget = createBudget({ ...LIMITS, concurrent: 1 });
    grantAll(budget, ['lost'], 0);
    enter(budget, 'next', 'interactive', 'a', 60_000);
    expect(advance(budget, 14_999).nextAtMs).toBe(15_000);
    expect(advance(budget, 15_000).granted).toEqual(['next']);
    expect(heldCount(budget)).toBe(1);
  });

  it('[R5] a ticket gives up at its time, and only then', () => {
    const budget = createBudget({ ...LIMITS, concurrent: 1 });
    grantAll(budget, ['first'], 0);
    enter(budget, 'late', 'interactive', 'a', 8_000);
    expect(advance(budget, 7_999)).toMatchObject({ gaveUp: [], nextAtMs: 8_000 });
    expect(advance(budget, 8_000)).toEqual({ granted: [], gaveUp: ['late'], nextAtMs: null });
  });
});

describe('turns', () => {
  it('[R5] interactive work goes first, whoever came first', () => {
    const budget = createBudget({ ...LIMITS, concurrent: 1 });
    grantAll(budget, ['busy'], 0);
    enter(budget, 'sweep', 'background');
    enter(budget, 'sale', 'interactive');
    giveBack(budget, 'busy', 1);
    expect(advance(budget, 1).granted).toEqual(['sale']);
    giveBack(budget, 'sale', 2);
    expect(advance(budget, 2).granted).toEqual(['sweep']);
  });

  it('[R5] background work leaves a slot and a part of the window to sales', () => {
    const budget = createBudget(LIMITS);
    for (let index = 0; index < 20; index += 1) enter(budget, `b${index}`, 'background');
    expect(advance(budget, 0).granted).toHaveLength(3);
    enter(budget, 'sale');
    expect(advance(budget, 0).granted).toEqual(['sale']);
    const wide = createBudget({ ...LIMITS, concurrent: 100 });
    for (let index = 0; index < 20; index += 1) enter(wide, `b${index}`, 'background');
    expect(advance(wide, 0).granted).toHaveLength(8);
    enter(wide, 'sale');
    expect(advance(wide, 0).granted).toEqual(['sale']);
  });

  it('[R5] background work is not shut out of a budget of one', () => {
    const budget = createBudget({ ...LIMITS, perWindow: 1, concurrent: 1 });
    enter(budget, 'sweep', 'background');
    expect(advance(budget, 0).granted).toEqual(['sweep']);
  });

  it('[R5] keys take turns, however long one of their lines is', () => {
    const budget = createBudget({ ...LIMITS, concurrent: 1 });
    for (let index = 0; index < 5; index += 1) enter(budget, `big${index}`, 'background', 'big');
    enter(budget, 'small0', 'background', 'small');
    enter(budget, 'other0', 'background', 'other');
    const order: string[] = [];
    for (let nowMs = 0; order.length < 7 && nowMs < 5_000; nowMs += 100) {
      for (const id of advance(budget, nowMs).granted) {
        order.push(id);
        giveBack(budget, id, nowMs);
      }
    }
    expect(order).toEqual(['big0', 'small0', 'other0', 'big1', 'big2', 'big3', 'big4']);
  });
});

describe('what answers teach', () => {
  it('[R5] a call counts against the window until one window after its answer', () => {
    const budget = createBudget({ ...LIMITS, perWindow: 2, concurrent: 100 });
    expect(grantAll(budget, ['1', '2', '3'], 0)).toEqual(['1', '2']);
    // Slow answers: the platform may have counted both just now.
    giveBack(budget, '1', 900);
    giveBack(budget, '2', 950);
    expect(advance(budget, 1_000)).toMatchObject({ granted: [], nextAtMs: 1_900 });
    expect(advance(budget, 1_900).granted).toEqual(['3']);
  });

  it('[R3] calls refused together are one refusal; one sent after it is the next', () => {
    const budget = createBudget(LIMITS);
    grantAll(budget, ['1', '2', '3', '4'], 0);
    for (const [index, id] of ['1', '2', '3'].entries()) {
      learn(budget, { status: 429 }, 100 + index, giveBack(budget, id, 100 + index));
    }
    expect(budget).toMatchObject({ refusals: 1, pausedUntilMs: 1_600 });
    // An answer to a call from before says nothing about after.
    learn(budget, { status: 200 }, 110, giveBack(budget, '4', 110));
    expect(budget.refusals).toBe(1);
    learn(budget, { status: 429 }, 2_000, 1_600);
    expect(budget).toMatchObject({ refusals: 2, pausedUntilMs: 4_500 });
    learn(budget, { status: 200 }, 5_000, 4_500);
    expect(budget.refusals).toBe(0);
  });

  it('[R5] a call whose caller died counts until one window after its lease', () => {
    const budget = createBudget({ ...LIMITS, perWindow: 2, concurrent: 100 });
    expect(grantAll(budget, ['1', '2'], 0)).toEqual(['1', '2']);
    enter(budget, '3', 'interactive', 'a', 60_000);
    expect(advance(budget, 15_000)).toMatchObject({ granted: [], nextAtMs: 16_000 });
    // Too late: the lease has spoken for it already.
    expect(giveBack(budget, '1', 15_500)).toBeNull();
    expect(advance(budget, 15_999).granted).toEqual([]);
    expect(advance(budget, 16_000).granted).toEqual(['3']);
  });

  it('[R5] takes its share of the quota and the window that answers name', () => {
    const budget = createBudget({ ...LIMITS, concurrent: 1_000 });
    learn(budget, { status: 200, quota: 450, windowMs: 30_000, remaining: 400 }, 0);
    const ids = Array.from({ length: 300 }, (_, index) => String(index));
    expect(grantAll(budget, ids, 0)).toHaveLength(225);
    expect(advance(budget, 7_000).granted).toEqual([]);
  });

  it('[R3] waits as long as a refusal asks', () => {
    const budget = createBudget(LIMITS);
    learn(budget, { status: 429, retryAfterMs: 2_500 }, 1_000);
    expect(grantAll(budget, ['1'], 1_000)).toEqual([]);
    expect(advance(budget, 3_499)).toMatchObject({ granted: [], nextAtMs: 3_500 });
    expect(advance(budget, 3_500).granted).toEqual(['1']);
  });

  it('[R3] waits longer with each refusal that names no time, and forgets them after a success', () => {
    const budget = createBudget(LIMITS);
    const pauses: number[] = [];
    for (let index = 0; index < 9; index += 1) {
      const nowMs = index * 1_000_000;
      learn(budget, { status: 429 }, nowMs);
      pauses.push(budget.pausedUntilMs - nowMs);
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(1_000);
    expect(pauses.every((pause, index) => index === 0 || pause >= (pauses[index - 1] ?? 0))).toBe(
      true,
    );
    expect(pauses.at(-1)).toBeLessThanOrEqual(60_000);
    expect(pauses.at(-1)).toBeGreaterThan(20_000);
    learn(budget, { status: 200 }, 20_000_000);
    learn(budget, { status: 429 }, 20_000_000);
    expect(budget.pausedUntilMs - 20_000_000).toBe(pauses[0]);
  });

  it('[R5] stops while what is left of the quota only covers calls under way', () => {
    const budget = createBudget(LIMITS);
    grantAll(budget, ['1', '2'], 0);
    learn(budget, { status: 200, remaining: 2, resetMs: 700 }, 0);
    expect(grantAll(budget, ['3'], 0)).toEqual([]);
    expect(advance(budget, 700).granted).toEqual(['3']);
    const roomy = createBudget(LIMITS);
    grantAll(roomy, ['1', '2'], 0);
    learn(roomy, { status: 200, remaining: 3, resetMs: 700 }, 0);
    expect(grantAll(roomy, ['3'], 0)).toEqual(['3']);
  });

  it('[R3] never shortens a pause', () => {
    const budget = createBudget(LIMITS);
    learn(budget, { status: 429, retryAfterMs: 9_000 }, 0);
    learn(budget, { status: 429, retryAfterMs: 10 }, 0);
    expect(budget.pausedUntilMs).toBe(9_000);
  });
});

type Step =
  | { kind: 'join'; urgency: Urgency; key: string; waitMs: number }
  | { kind: 'giveBack'; index: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'learn'; status: number; quota: number | undefined; retryAfterMs: number | undefined };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('join' as const),
      urgency: fc.constantFrom('interactive' as const, 'background' as const),
      key: fc.constantFrom('a', 'b', 'c'),
      waitMs: fc.integer({ min: 1, max: 8_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('giveBack' as const), index: fc.nat(50) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('learn' as const),
      status: fc.constantFrom(200, 429, 503),
      quota: fc.constantFrom(undefined, 4, 40),
      retryAfterMs: fc.constantFrom(undefined, 500, 5_000),
    }),
  },
);

describe('any run of events', () => {
  it('[R5] stays within both limits, loses no ticket and always says when to come back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const budget = createBudget(LIMITS);
        const grants: number[] = [];
        const open = new Map<string, number>();
        const held: string[] = [];
        let nowMs = 0;
        let perWindowMost = LIMITS.perWindow;
        steps.forEach((one, index) => {
          if (one.kind === 'join') {
            const untilMs = nowMs + one.waitMs;
            enter(budget, String(index), one.urgency, one.key, untilMs);
            open.set(String(index), untilMs);
          } else if (one.kind === 'giveBack') {
            giveBack(budget, held[one.index % Math.max(1, held.length)] ?? '', nowMs);
          } else if (one.kind === 'wait') {
            nowMs += one.ms;
          } else {
            const { status, quota, retryAfterMs } = one;
            const pausedBefore = budget.pausedUntilMs;
            learn(
              budget,
              {
                status,
                ...(quota === undefined ? {} : { quota }),
                ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
              },
              nowMs,
            );
            expect(budget.pausedUntilMs).toBeGreaterThanOrEqual(pausedBefore);
          }
          perWindowMost = Math.max(perWindowMost, budget.limits.perWindow);
          const paused = budget.pausedUntilMs > nowMs;
          const turn = advance(budget, nowMs);
          if (paused) expect(turn.granted).toEqual([]);
          for (const id of turn.granted) {
            grants.push(nowMs);
            held.push(id);
            // Granted once, and not after its time.
            expect(open.get(id)).toBeGreaterThan(nowMs);
            open.delete(id);
          }
          for (const id of turn.gaveUp) {
            expect(open.get(id)).toBeLessThanOrEqual(nowMs);
            open.delete(id);
          }
          expect(heldCount(budget)).toBeLessThanOrEqual(LIMITS.concurrent);
          const inWindow = grants.filter((atMs) => atMs > nowMs - LIMITS.windowMs).length;
          expect(inWindow).toBeLessThanOrEqual(perWindowMost);
          if (open.size === 0) expect(turn.nextAtMs).toBeNull();
          else expect(turn.nextAtMs).toBeGreaterThan(nowMs);
        });
        // Whoever still waits is served or turned away by following `nextAtMs` alone.
        for (let round = 0; open.size > 0 && round < 1_000; round += 1) {
          const { granted, gaveUp, nextAtMs } = advance(budget, nowMs);
          for (const id of [...granted, ...gaveUp]) open.delete(id);
          nowMs = nextAtMs ?? nowMs;
        }
        expect([...open.keys()]).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

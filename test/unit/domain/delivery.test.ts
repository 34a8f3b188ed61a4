/** Goal: scores say what was measured, and polls come as often as they make necessary, within their bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  measure,
  NO_DELIVERY,
  pollMinutes,
  scoreOf,
  sweepFloorMinutes,
} from '../../../src/domain/delivery.ts';
import { DELIVERY_HALF_LIFE_MS } from '../../../src/limits.ts';

const NONE = { told: 0, found: 0 };

describe('the delivery score', () => {
  it('[R4] is the share that webhooks told first, and unknown before anything was measured', () => {
    expect(scoreOf(NO_DELIVERY)).toBeNull();
    expect(scoreOf({ told: 9, found: 1 })).toBe(0.9);
    expect(scoreOf({ told: 0, found: 3 })).toBe(0);
  });

  it('[R4] adds what the running counts grew by, once', () => {
    const first = measure(NO_DELIVERY, NONE, { told: 8, found: 2 }, 0);
    expect(first).toEqual({ told: 8, found: 2 });
    expect(measure(first, { told: 8, found: 2 }, { told: 8, found: 2 }, 0)).toEqual(first);
    const later = measure(first, { told: 8, found: 2 }, { told: 9, found: 2 }, 0);
    expect(later).toEqual({ told: 9, found: 2 });
  });

  it('[R4] forgets a bad day by halves', () => {
    const known = { told: 10, found: 10 };
    const now = measure(known, NONE, { told: 5, found: 0 }, DELIVERY_HALF_LIFE_MS);
    expect(now).toEqual({ told: 10, found: 5 });
  });

  it('[R4] a ledger that leaves takes nothing back', () => {
    expect(measure({ told: 4, found: 1 }, { told: 50, found: 5 }, NONE, 0)).toEqual({
      told: 4,
      found: 1,
    });
  });
});

describe('the time between polls', () => {
  it('[R4] is what the merchant set while webhooks come, and also before any did', () => {
    expect(pollMinutes([], 15, 1)).toBe(15);
    expect(pollMinutes([NO_DELIVERY, { told: 500, found: 3 }], 15, 1)).toBe(15);
  });

  it('[R4] shrinks with the share that is lost, down to the floor', () => {
    const at = (told: number, found: number) => pollMinutes([{ told, found }], 15, 1);
    expect([at(970, 30), at(900, 100), at(500, 500), at(0, 100)]).toEqual([10, 3, 1, 1]);
    expect(pollMinutes([{ told: 0, found: 100 }], 15, 10)).toBe(10);
  });

  it('[R4] follows the worst of its topics', () => {
    const good = { told: 1_000, found: 0 };
    expect(pollMinutes([good, { told: 500, found: 500 }], 30, 1)).toBe(1);
  });

  it('[R4] stays between the floor and the setting, and never grows with losses', () => {
    const count = fc.double({ min: 0, max: 1e6, noNaN: true });
    const minutes = fc.integer({ min: 1, max: 1_440 });
    fc.assert(
      fc.property(count, count, count, minutes, minutes, (told, found, more, set, floor) => {
        const now = pollMinutes([{ told, found }], set, floor);
        expect(now).toBeLessThanOrEqual(set);
        expect(now).toBeGreaterThanOrEqual(Math.min(set, floor));
        expect(pollMinutes([{ told, found: found + more }], set, floor)).toBeLessThanOrEqual(now);
      }),
    );
  });

  it('[R5] leaves the quota to sales when a place has many pages', () => {
    expect([0, 1, 10, 11, 100].map(sweepFloorMinutes)).toEqual([1, 1, 1, 2, 10]);
  });
});

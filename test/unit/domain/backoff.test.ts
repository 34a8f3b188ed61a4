/** Goal: waits stay within their bounds for every attempt and every chance. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  RETRY_BASE_MS,
  RETRY_CAP_MS,
  retryDelayMs,
} from '../../../src/domain/backoff.ts';
import { CALL_TIMEOUT_MS } from '../../../src/limits.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempts = fc.integer({ min: 0, max: 10_000 });

describe('backoff', () => {
  it('[R3] is never shorter than a call may take', () => {
    expect(RETRY_BASE_MS).toBeGreaterThanOrEqual(CALL_TIMEOUT_MS);
    expect(backoffMs(1, 0)).toBe(RETRY_BASE_MS);
  });

  it('[R3] doubles its ceiling up to the cap', () => {
    const bounds = { baseMs: 100, capMs: 1_000 };
    const ceilings = [1, 2, 3, 4, 50].map((attempt) => backoffMs(attempt, 0.999_999, bounds));
    expect(ceilings).toEqual([200, 400, 800, 1_000, 1_000]);
  });

  it('[R3] stays within base and cap', () => {
    fc.assert(
      fc.property(attempts, chance, (attempt, random) => {
        const ms = backoffMs(attempt, random);
        expect(ms).toBeGreaterThanOrEqual(RETRY_BASE_MS);
        expect(ms).toBeLessThanOrEqual(RETRY_CAP_MS);
      }),
    );
  });

  it('[R3] obeys a wait that was asked for, spread by at most a tenth', () => {
    fc.assert(
      fc.property(attempts, chance, fc.integer({ min: 1, max: 900_000 }), (attempt, random, ms) => {
        const delay = retryDelayMs(attempt, random, ms);
        expect(delay).toBeGreaterThanOrEqual(ms);
        expect(delay).toBeLessThanOrEqual(Math.ceil(ms * 1.1));
      }),
    );
    expect(retryDelayMs(1, 0, undefined)).toBe(RETRY_BASE_MS);
    expect(retryDelayMs(1, 0, 0)).toBe(RETRY_BASE_MS);
  });
});

import { describe, expect, it } from 'vitest';
import {
  addTimings,
  countTimings,
  histogramOf,
  stagesOf,
  type Written,
} from '../../../src/domain/stock/timing.ts';

const sale: Written = {
  happenedAtMs: 1_000,
  receivedAtMs: 1_800,
  decidedAtMs: 1_900,
  writtenAtMs: 2_100,
  delta: -1,
};

describe('how long a change took', () => {
  it('[R8] is told by stage, and as exposure where units were gone', () => {
    expect(stagesOf(sale)).toEqual({
      received: 800,
      decided: 100,
      written: 200,
      lag: 1_100,
      exposure: 1_100,
    });
    expect(stagesOf({ ...sale, delta: 3 })).not.toHaveProperty('exposure');
  });

  it('[R8] leaves out what nobody told, and what two clocks make negative', () => {
    expect(stagesOf({ ...sale, happenedAtMs: null })).toEqual({
      decided: 100,
      written: 200,
      lag: 300,
      exposure: 300,
    });
    expect(stagesOf({ ...sale, receivedAtMs: 900 })).not.toHaveProperty('received');
    expect(countTimings([])).toBeNull();
  });

  it('[R8] is counted in buckets that add up in any order', () => {
    const slow = { ...sale, writtenAtMs: 1e9 };
    const counts = [countTimings([sale, sale, slow]), null, countTimings([sale])];
    const sum = addTimings(counts);
    expect(addTimings(counts.toReversed())).toEqual(sum);
    expect(histogramOf(sum, 'lag')).toEqual({
      count: 4,
      buckets: [
        { upToMs: 1_500, count: 3 },
        { upToMs: null, count: 1 },
      ],
      p50Ms: 1_500,
      p99Ms: null,
    });
    expect(histogramOf({}, 'exposure')).toEqual({
      count: 0,
      buckets: [],
      p50Ms: null,
      p99Ms: null,
    });
  });
});

/** Goal: several locations of one register start with counts that its one count bears out. */
import { describe, expect, it } from 'vitest';
import {
  countPools,
  type BaselineRule,
  type SeenLevel,
} from '../../src/domain/catalog/baseline.ts';
import type { PlaceKey } from '../../src/domain/ids.ts';

const seen = (place: PlaceKey, level: number | null): SeenLevel => ({
  place,
  level,
  readStartedAtMs: 0,
  platformModifiedMs: null,
});

function counts(web: (number | null)[], register: number | null, rule: BaselineRule): number[] {
  const pools = web.map((level, index) => ({
    levels: [seen(`bigcommerce:${index + 1}`, level), seen('clover:M1', register)],
    isShared: false,
  }));
  return countPools(pools, rule).map(({ onHand }) => onHand);
}

describe('[S10] the baseline of a register in several pools', () => {
  it('is the web levels, together not more than the register counts', () => {
    expect(counts([6, 4], 10, 'lower')).toEqual([6, 4]);
    expect(counts([6, 4], 12, 'lower')).toEqual([6, 4]);
    expect(counts([6, 4], 7, 'lower')).toEqual([3, 4]);
    expect(counts([6, 4], 0, 'lower')).toEqual([0, 0]);
    expect(counts([6, 4], -2, 'lower')).toEqual([0, 0]);
    expect(counts([6, 4], null, 'lower')).toEqual([6, 4]);
  });

  it('gives the rest to the first pool that the web never counted', () => {
    expect(counts([6, null], 10, 'lower')).toEqual([6, 4]);
    expect(counts([null, null], 10, 'lower')).toEqual([10, 0]);
    expect(counts([6, null], 5, 'lower')).toEqual([5, 0]);
  });

  it('follows the side that the merchant chose', () => {
    expect(counts([6, 4], 7, 'bigcommerce')).toEqual([6, 4]);
    expect(counts([6, null], 10, 'bigcommerce')).toEqual([6, 4]);
    expect(counts([null, null], 10, 'bigcommerce')).toEqual([10, 0]);
    expect(counts([6, 4], 7, 'clover')).toEqual([3, 4]);
    expect(counts([6, 4], 12, 'clover')).toEqual([8, 4]);
  });
});

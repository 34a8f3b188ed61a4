/** Goal: what a person applies is what they saw. Method: hashes of plans that differ in one thing, pools, the guard. */
import { describe, expect, it } from 'vitest';
import { exceedsMassGuard, MASS_GUARD_MIN_SKUS } from '../../src/domain/catalog/guard.ts';
import { inputsHash, planHash, type Operation } from '../../src/domain/catalog/plan.ts';
import { poolsInUse } from '../../src/domain/catalog/pools.ts';
import { linkId } from '../../src/domain/ids.ts';
import { M1, M2, REGISTER, seen } from '../support/catalog.ts';

describe('the mass guard', () => {
  it('[S11] stops above the share, not at it, and never for a handful', () => {
    expect(exceedsMassGuard(4, 20, 0.2)).toBe(false);
    expect(exceedsMassGuard(5, 20, 0.2)).toBe(true);
    expect(exceedsMassGuard(MASS_GUARD_MIN_SKUS - 1, MASS_GUARD_MIN_SKUS - 1, 0.2)).toBe(false);
    expect(exceedsMassGuard(MASS_GUARD_MIN_SKUS, MASS_GUARD_MIN_SKUS, 0.2)).toBe(true);
    expect(exceedsMassGuard(20, 20, 1)).toBe(false);
  });
});

describe('the plan hash', () => {
  const operation = (changes: Partial<Operation> = {}): Operation => ({
    kind: 'link',
    sku: 'A',
    outcome: 'planned',
    reason: null,
    before: { a: 1, b: 2 },
    after: null,
    payload: null,
    ...changes,
  });
  const inputs = { settings: { baseline: 'lower' } };

  it('[C7] is the same for the same plan, whatever the order of keys', async () => {
    const hash = await planHash([operation()], inputs);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await planHash([operation({ before: { b: 2, a: 1 } })], inputs)).toBe(hash);
  });

  it('[C7] moves with a level, an outcome, an operation more, their order and the inputs', async () => {
    const other = operation({ sku: 'B' });
    const hashes = await Promise.all([
      planHash([operation()], inputs),
      planHash([operation({ before: { a: 1, b: 3 } })], inputs),
      planHash([operation({ outcome: 'open' })], inputs),
      planHash([operation(), other], inputs),
      planHash([other, operation()], inputs),
      planHash([operation()], { settings: { baseline: 'clover' } }),
    ]);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('[C7] tells changed inputs without the operations', async () => {
    const hash = await planHash([operation()], inputs);
    expect(hash.endsWith(await inputsHash(inputs))).toBe(true);
    expect(hash.endsWith(await inputsHash({ settings: { baseline: 'clover' } }))).toBe(false);
  });

  it('[C7] does not move with the time of reading, also beyond one chunk', async () => {
    const at = (readStartedAtMs: number) =>
      Array.from({ length: 1_201 }, (_, index) =>
        operation({
          sku: `S${index}`,
          payload: {
            do: 'resync',
            linkId: linkId('l1'),
            places: [
              {
                address: { platform: 'clover', merchantId: M1, itemId: 'i' },
                seen: seen(REGISTER, 4, readStartedAtMs),
              },
            ],
          },
        }),
      );
    expect(await planHash(at(1), inputs)).toBe(await planHash(at(2), inputs));
    const moved = at(1).with(700, operation({ sku: 'other' }));
    expect(await planHash(moved, inputs)).not.toBe(await planHash(at(1), inputs));
  });
});

describe('pools in use', () => {
  it('[S10] leaves merchants out that are not connected, and says so', () => {
    const pools = poolsInUse([{ locationId: 2, merchantIds: [M1, M2] }], [M1]);
    expect(pools).toMatchObject({
      ok: true,
      value: {
        pools: [{ locationId: 2, merchantIds: [M1] }],
        notes: [expect.stringContaining(M2)],
      },
    });
  });

  it('[S10] says which connected merchant stands in no pool', () => {
    const pools = poolsInUse([{ locationId: 1, merchantIds: [M1] }], [M1, M2]);
    expect(pools).toMatchObject({ ok: true, value: { notes: [expect.stringContaining(M2)] } });
  });

  it('[S10] refuses a merchant in several pools that share by parts, and pools without a connected merchant', () => {
    const twice = [
      { locationId: 1, merchantIds: [M1, M2], policy: 'split' as const },
      { locationId: 2, merchantIds: [M1] },
    ];
    expect(poolsInUse(twice, [M1, M2])).toMatchObject({
      ok: false,
      failure: { code: 'invalid_input' },
    });
    expect(poolsInUse([{ locationId: 1, merchantIds: [M2] }], [M1])).toMatchObject({ ok: false });
  });
});

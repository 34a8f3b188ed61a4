/** Goal: a device that is set at a pool is one that sells there, and nowhere else. */
import { expect, it } from 'vitest';
import { deviceProblems } from '../../src/domain/catalog/pools.ts';

const known = new Map([
  ['M1', [{ deviceId: 'a', name: 'Till' }]],
  ['M2', [1, 2, 3, 4, 5, 6].map((n) => ({ deviceId: `b${n}`, name: '' }))],
]);
const told = (...pools: [string[], string[]][]) =>
  deviceProblems(
    pools.map(([merchantIds, deviceIds], index) => ({
      locationId: index + 1,
      merchantIds,
      deviceIds,
    })),
    known,
  ).map(({ path, message }) => `${path}: ${message}`);

it('[S10] devices of a pool are its merchants own, each in one place', () => {
  expect(
    told(
      [
        ['M1', 'M2'],
        ['a', 'b6'],
      ],
      [['M1'], []],
    ),
  ).toEqual([]);
  expect(told([['M1'], ['a']], [['M1'], ['a']])).toEqual([
    'stock.pools.1.deviceIds: device a is named at location 1 as well: it stands in one place',
  ]);
  expect(told([['M1'], ['a', 'a']])).toEqual([
    'stock.pools.0.deviceIds: device a is named twice: it stands in one place',
  ]);
  // Another merchant's device is no device here.
  const [problem, ...others] = told([['M2'], ['a']]);
  expect(others).toEqual([]);
  expect(problem).toContain('device a is none of the devices');
  expect(problem).toContain('it has b1, b2, b3, b4, b5 and 1 more');
  expect(told([['M3'], ['a']])).toEqual([expect.stringContaining('it has none')]);
});

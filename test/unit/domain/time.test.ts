import { expect, it } from 'vitest';
import { hourIn } from '../../../src/domain/time.ts';

it.each([
  ['UTC', '2026-11-25T00:30:00Z', 0],
  ['America/New_York', '2026-11-25T04:59:00Z', 23],
  ['America/New_York', '2026-07-01T05:00:00Z', 1],
  ['Asia/Kolkata', '2026-11-25T18:31:00Z', 0],
  ['Nowhere/Land', '2026-11-25T13:00:00Z', 13],
])('the hour of the day in %s at %s', (zone, at, hour) => {
  expect(hourIn(zone, Date.parse(at))).toBe(hour);
});

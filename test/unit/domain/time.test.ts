import { expect, it } from 'vitest';
import { dateAfter, dateIn, hourIn } from '../../../src/domain/time.ts';

it.each([
  ['UTC', '2026-11-25T00:30:00Z', 0],
  ['America/New_York', '2026-11-25T04:59:00Z', 23],
  ['America/New_York', '2026-07-01T05:00:00Z', 1],
  ['Asia/Kolkata', '2026-11-25T18:31:00Z', 0],
  ['Nowhere/Land', '2026-11-25T13:00:00Z', 13],
])('the hour of the day in %s at %s', (zone, at, hour) => {
  expect(hourIn(zone, Date.parse(at))).toBe(hour);
});

it('a moment falls on the date that the zone’s own calendar shows', () => {
  const justAfterMidnightUtc = Date.UTC(2026, 10, 25, 0, 30);
  expect(dateIn('America/New_York', justAfterMidnightUtc)).toBe('2026-11-24');
  expect(dateIn('Asia/Tokyo', justAfterMidnightUtc)).toBe('2026-11-25');
  expect(dateIn('Nowhere/Land', justAfterMidnightUtc)).toBe('2026-11-25');
  expect(dateAfter('2026-03-01', -1)).toBe('2026-02-28');
  expect(dateAfter('2026-12-31', 1)).toBe('2027-01-01');
});

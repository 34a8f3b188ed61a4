import { expect, it } from 'vitest';
import { dateAfter, dateIn, hourIn, momentIn, wallClockIn } from '../../../src/domain/time.ts';

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

it('what a zone’s clocks show is found again, and a time that they skip is its end', () => {
  const zone = 'America/New_York';
  const atMs = Date.UTC(2026, 6, 4, 16, 5);
  expect(wallClockIn(zone, atMs)).toBe('2026-07-04T12:05');
  expect(momentIn(zone, '2026-07-04T12:05')).toBe(atMs);
  expect(momentIn(zone, '2026-11-25T00:00')).toBe(Date.UTC(2026, 10, 25, 5));
  expect(momentIn('Nowhere/Land', '2026-11-25T00:00')).toBe(Date.UTC(2026, 10, 25));
  expect(momentIn(zone, '2026-03-08T02:30')).toBeGreaterThanOrEqual(Date.UTC(2026, 2, 8, 6, 30));
  for (const wrong of ['', '2026-11-25', '2026-13-01T00:00', '2026-11-25T99:00', 'x'])
    expect(momentIn(zone, wrong)).toBeNull();
});

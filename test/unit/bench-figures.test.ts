import { describe, expect, it } from 'vitest';
import { atLeast, atMost, tableOf, verdictOf } from '../bench/figures.ts';
import { median, percentile, sum } from '../bench/stats.ts';
import { countedBetween, writtenTable, type Counters } from '../bench/watched/counters.ts';

describe('order statistics', () => {
  it('take the nearest rank, in any order of values', () => {
    const values = [50, 10, 40, 20, 30];
    expect(percentile(values, 0)).toBe(10);
    expect(percentile(values, 0.2)).toBe(10);
    expect(percentile(values, 0.21)).toBe(20);
    expect(percentile(values, 0.5)).toBe(30);
    expect(percentile(values, 0.99)).toBe(50);
    expect(percentile(values, 1)).toBe(50);
  });

  it('sort as numbers, not as text', () => {
    expect(percentile([9, 100, 1_000], 0.34)).toBe(100);
  });

  it('have the one value for a single measurement', () => {
    expect(median([7])).toBe(7);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('refuse to make a figure of nothing', () => {
    expect(() => percentile([], 0.5)).toThrow('No values');
    expect(sum([])).toBe(0);
  });
});

describe('verdicts', () => {
  const figure = { name: 'x', unit: '' };

  it.each([
    [{ ...figure, value: 0.8, target: atLeast(0.8) }, 'met'],
    [{ ...figure, value: 0.79, target: atLeast(0.8) }, 'missed'],
    [{ ...figure, value: 8, target: atMost(8) }, 'met'],
    [{ ...figure, value: 8.01, target: atMost(8) }, 'missed'],
    [{ ...figure, value: Number.NaN, target: atMost(8) }, 'missed'],
    [{ ...figure, value: 8 }, null],
  ])('of %o', (given, expected) => {
    expect(verdictOf(given)).toBe(expected);
  });

  it('stand in the table beside value and target, with the note below', () => {
    const table = tableOf([
      { name: 'calls', value: 5, unit: 'calls', target: atMost(4), note: 'GET this, GET that' },
    ]);
    const [, , row, note] = table.split('\n');
    expect(row?.split(/ {2,}/)).toEqual(['calls', '5 calls', '<= 4 calls', 'missed']);
    expect(note?.trim()).toBe('GET this, GET that');
  });
});

describe('counted rows', () => {
  const counters = (runId: string, ledger: number): Counters => ({
    runId,
    objects: { ledger },
    d1: { logs: 4 },
    ledgerCalls: { sell: 1 },
  });

  it('are what grew between two looks', () => {
    const counted = countedBetween(counters('a', 2), counters('a', 5));
    expect(counted).toMatchObject({ objects: { ledger: 3 }, d1: {}, ledgerCalls: {} });
  });

  it('are refused when the Worker was restarted in between, which would look like no rows at all', () => {
    expect(() => countedBetween(counters('a', 2), counters('b', 0))).toThrow('restarted');
  });

  it.each([
    ['insert into "logs" ("id") values (?)', 'logs'],
    ['INSERT OR REPLACE INTO account (id) VALUES (1)', 'account'],
    ['\n  UPDATE ledger SET state = ?', 'ledger'],
    ['delete from `sessions` where 1', 'sessions'],
    ['CREATE TABLE IF NOT EXISTS applied_migrations (id)', 'applied_migrations'],
    ['SELECT 1', 'other'],
  ])('belong to the table that the statement names: %s', (sql, table) => {
    expect(writtenTable(sql)).toBe(table);
  });
});

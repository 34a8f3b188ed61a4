import { describe, expect, test } from 'vitest';
import {
  ALERT_TRIES,
  alertPauseMs,
  alertUrlProblem,
  groupAlerts,
  kindOfFailure,
  type Alert,
} from '../../src/domain/alerts.ts';
import { applySettingsPatch } from '../../src/settings.ts';
import { alertSubject, alertText } from '../../src/sync/alert-words.ts';

describe('where alerts may go', () => {
  test.each([
    'https://example.com/alerts?key=1',
    'https://hooks.shop.co.uk/',
    'https://10.example.com/',
  ])('[X6] to %s', (url) => {
    expect(alertUrlProblem(url)).toBeNull();
  });

  test.each([
    'http://example.com/',
    'ftp://example.com/',
    'javascript:alert(1)',
    'https://user:pass@example.com/',
    'https://example.com:8443/',
    'https://localhost/',
    'https://localhost./',
    'https://intranet/',
    'https://db.internal/',
    'https://printer.local/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://169.254.169.254/latest',
    'https://10.0.0.8/',
    'https://8.8.8.8/',
    'https://[::1]/',
    'https://[fd00::1]/',
    'no address',
  ])('[X6] never to %s', (url) => {
    expect(alertUrlProblem(url)).not.toBeNull();
    const saved = applySettingsPatch({}, { alerts: { webhookUrl: url } });
    expect(saved.ok ? '' : saved.failure.details[0]?.path).toBe('alerts.webhookUrl');
  });
});

const alert = (changes: Partial<Alert> = {}): Alert => ({
  kind: 'parked',
  cause: 'work:write:timeout',
  message: 'It failed.',
  sku: null,
  orderId: null,
  ...changes,
});

describe('[R9] a digest', () => {
  test('tells a cause once however often it struck, the urgent first', () => {
    const many = Array.from({ length: 300 }, (_, n) => alert({ sku: `S${n}` }));
    const groups = groupAlerts([...many, alert({ kind: 'oversell', cause: 'x', orderId: '7' })]);
    expect(groups.map(({ kind, count }) => [kind, count])).toEqual([
      ['oversell', 1],
      ['parked', 300],
    ]);
    expect(groups[1]?.skus).toHaveLength(5);
    const text = alertText(groups, false);
    expect(text).toContain('Oversold\n  It failed.\n  orders: 7');
    expect(text).toContain('Out of attempts (300 times)');
  });

  test('is bounded', () => {
    const many = Array.from({ length: 500 }, (_, n) =>
      alert({ cause: `c${n}`, message: 'x'.repeat(9_000) }),
    );
    expect(alertText(groupAlerts(many), false).length).toBeLessThan(20_000);
  });

  test('has a subject of one line', () => {
    expect(alertSubject('Shop\r\nBcc: all@example.com', 2, false)).toBe(
      'Onhand: 2 things need you at Shop Bcc: all@example.com',
    );
  });

  test.each([
    ['ledger:oversell', 'oversold', 'oversell'],
    ['work:sweep', 'stale', 'mass-guard'],
    ['work:write', 'reauthorise', 'reauthorise'],
    ['order:push', 'mapping_missing', 'parked'],
    ['alert:send', 'rejected', null],
  ] as const)('%s with %s is of kind %s', (source, code, kind) => {
    expect(kindOfFailure({ source, code })).toBe(kind);
  });

  test('is tried a bounded number of times, ever more rarely', () => {
    const pauses = Array.from({ length: ALERT_TRIES }, (_, n) => alertPauseMs(n + 1));
    expect(pauses.at(-1)).toBeNull();
    const waits = pauses.slice(0, -1).map(Number);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
  });
});

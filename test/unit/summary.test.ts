import { describe, expect, test } from 'vitest';
import { closingLine, tally } from '../support/summary.ts';

function report(passed: number, failed: number, pending = 0, brokenFiles = 0): string {
  const broken = { status: 'failed', assertionResults: [] };
  const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  return JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: 0,
    testResults: [
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
      ...(failed > 0 ? [failing] : []),
      ...Array.from({ length: brokenFiles }, () => broken),
    ],
  });
}

describe('the closing line of .ci/run', () => {
  test.each([
    ['all is well', report(12, 0), [], '12 passed, 0 failed'],
    ['some were skipped', report(12, 0, 3), [], '12 passed, 0 failed, 3 skipped'],
    ['tests failed', report(10, 2), ['test'], '10 passed, 2 failed'],
    ['the check failed too', report(10, 2), ['test', 'check'], '10 passed, 3 failed'],
    ['only the check failed', report(12, 0), ['check'], '12 passed, 1 failed'],
    ['a file did not load', report(12, 0, 0, 1), ['test'], '12 passed, 1 failed'],
    ['the run failed without a failing test', report(12, 0), ['test'], '12 passed, 1 failed'],
    ['nothing could be installed', null, ['install'], '0 passed, 1 failed'],
    ['the run left no report', null, ['test', 'check'], '0 passed, 2 failed'],
    ['the report is missing though nothing failed', null, [], '0 passed, 1 failed'],
    ['the report is cut off', '{"numPassedTests":', ['test'], '0 passed, 1 failed'],
  ])('when %s', (_, text, steps, line) => {
    expect(closingLine(tally(text, steps))).toBe(line);
  });
});

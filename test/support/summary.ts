/**
 * The closing line of `.ci/run`: how many tests and steps passed, failed and were skipped, read from vitest's JSON
 * report. A step besides the tests (an install, `npm run check`) that failed counts as one failure, and so does a
 * report that is missing or a run that failed without saying where.
 */
import { readFileSync } from 'node:fs';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** `report` is the text of the JSON report, null when there is none; `failedSteps` are the steps that failed. */
export function tally(report: string | null, failedSteps: readonly string[]): Tally {
  const testsFailed = failedSteps.includes('test');
  const otherSteps = failedSteps.filter((step) => step !== 'test').length;
  const parsed = parse(report);
  if (parsed === null) {
    // No report: the run never got as far, which is a failure even if nobody said so.
    return { passed: 0, failed: Math.max(1, otherSteps + (testsFailed ? 1 : 0)), skipped: 0 };
  }
  const brokenFiles = parsed.testResults.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const inTests = parsed.numFailedTests + brokenFiles;
  return {
    passed: parsed.numPassedTests,
    failed: (testsFailed ? Math.max(1, inTests) : inTests) + otherSteps,
    skipped: parsed.numPendingTests + parsed.numTodoTests,
  };
}

/** `N passed, N failed`, and `, N skipped` when any were. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function parse(report: string | null): Report | null {
  try {
    const value: Report | null = JSON.parse(report ?? 'null');
    return typeof value?.numPassedTests === 'number' ? value : null;
  } catch {
    return null;
  }
}

function readReport(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

// `node test/support/summary.ts REPORT [FAILED_STEP...]`
if (import.meta.main) {
  const [path = '', ...failedSteps] = process.argv.slice(2);
  console.log(closingLine(tally(readReport(path), failedSteps)));
}

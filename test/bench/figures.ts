/** What a run found out: named values against their targets, as a table for people and as JSON for machines. */

export interface Target {
  readonly is: 'at least' | 'at most';
  readonly value: number;
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** Behind the number: `ms`, `calls`; empty for ratios and counts that the name explains. */
  readonly unit: string;
  /** Figures without one only explain the others. */
  readonly target?: Target;
  readonly note?: string;
}

export type Verdict = 'met' | 'missed';

export const atLeast = (value: number): Target => ({ is: 'at least', value });
export const atMost = (value: number): Target => ({ is: 'at most', value });

/** Null without a target. A value that is no number misses every target. */
export function verdictOf({ value, target }: Figure): Verdict | null {
  if (target === undefined) return null;
  const isMet = target.is === 'at least' ? value >= target.value : value <= target.value;
  return isMet ? 'met' : 'missed';
}

const HEADS = ['figure', 'value', 'target', 'verdict'] as const;

/** One line per figure, columns aligned, and below it what explains it. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${shown(figure.value)}${figure.unit === '' ? '' : ` ${figure.unit}`}`,
    targetText(figure),
    verdictOf(figure) ?? '',
  ]);
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const body = figures.flatMap(({ note }, index) => [
    line(rows[index] ?? []),
    ...(note === undefined ? [] : [`    ${note}`]),
  ]);
  return [line(HEADS), line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

function targetText({ target, unit }: Figure): string {
  if (target === undefined) return '';
  const sign = target.is === 'at least' ? '>=' : '<=';
  return `${sign} ${shown(target.value)}${unit === '' ? '' : ` ${unit}`}`;
}

/** Two decimals where they tell something, thousands grouped. */
function shown(value: number): string {
  const digits = Math.abs(value) < 100 && !Number.isInteger(value) ? 2 : 0;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

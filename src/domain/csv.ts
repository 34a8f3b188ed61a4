/** Comma-separated values as spreadsheets write and read them (RFC 4180). */

/** Lines with CRLF. What a spreadsheet would take for a formula gets an apostrophe before it; numbers below 0 are none. */
export function csvLines(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(text: string): string {
  const isFormula = /^[=+\-@\t\r]/u.test(text) && !/^-\d+(\.\d+)?$/u.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of a file; `line` counts from 1, as a person's editor does. */
export interface CsvLine {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads what `csvLines` and spreadsheets write, without the apostrophe before what looks like a formula; lines without
 * any text are left out. A quote that never ends takes the rest of the text.
 */
export function parseCsv(text: string): CsvLine[] {
  const rows: CsvLine[] = [];
  let line = 1;
  let begun = 1;
  let cells: string[] = [];
  const token = /(?:"((?:[^"]|"")*)(?:"|$)|([^",\r\n]*))(,|\r\n|\n|\r|$)/gu;
  for (const [all, quoted, plain, end] of text.replace(/^\uFEFF/u, '').matchAll(token)) {
    const cell = quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"');
    cells.push(cell.replace(/^'(?=[=+\-@\t\r])/u, ''));
    line += all.match(/\r\n|\n|\r/gu)?.length ?? 0;
    if (end === ',') continue;
    if (cells.some((each) => each.trim() !== '')) rows.push({ line: begun, cells });
    cells = [];
    begun = line;
    if (end === '') break;
  }
  return rows;
}

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

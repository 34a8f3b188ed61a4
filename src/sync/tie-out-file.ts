/** One day's tie-out as a file: the sums, then one row per order and refund that differs. */
import { decimalText } from '../domain/money.ts';
import type { Compared, Difference } from '../domain/orders/tie-out.ts';
import type { DayTieOut } from './tie-out.ts';

const COLUMNS = [
  'row',
  'class',
  'web order',
  'register order',
  'web',
  'register',
  'difference',
  'why',
];

/** Lines with CRLF. Amounts are decimals, because spreadsheets add them up. */
export function tieOutCsv(day: DayTieOut): string {
  const amounts = ({ webMinor, registerMinor, differenceMinor }: Compared) =>
    [webMinor, registerMinor, differenceMinor].map((each) => decimalText(each, day.currency));
  const sums: readonly (readonly [string, Compared])[] = [
    ['total', day.total],
    ['tax', day.tax],
    ['shipping', day.shipping],
    ['discount', day.discount],
    ['refunds', day.refunds],
    ...day.tenders.map((tender) => [`tender ${tender.method}`, tender] as const),
  ];
  const rows = [
    COLUMNS.map(cell),
    ...sums.map(([name, each]) => [cell(name), '', '', '', ...amounts(each), '']),
    ...day.differences.map((each: Difference) => [
      cell(each.kind),
      cell(each.class),
      cell(each.webOrderId ?? ''),
      cell(each.registerOrderId ?? ''),
      ...amounts(each),
      cell(each.why),
    ]),
  ];
  return `${rows.map((row) => row.join(',')).join('\r\n')}\r\n`;
}

/** Quoted (RFC 4180); a text that a spreadsheet would take for a formula gets an apostrophe before it. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

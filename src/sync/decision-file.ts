/** Decisions as a file: links to make and to take apart, or operations of a plan to approve and to reject, row by row. */
import { parseCsv, type CsvLine } from '../domain/csv.ts';
import { parseMerchantId, type MerchantId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CHOSEN_LINKS_MAX, DECISION_ROWS_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { findMirrorsBySku } from '../store/catalog.ts';
import type { Connection } from '../store/connections.ts';
import { findLinksByVariant } from '../store/links.ts';
import type { ChosenLink } from './chosen-links.ts';

/** What is wrong with a line of the file. */
export interface LineProblem {
  readonly line: number;
  readonly message: string;
}

export interface LinkDecisions {
  readonly links: readonly ChosenLink[];
  /** Link ids. */
  readonly unlinks: readonly string[];
}

const LINK_COLUMNS = ['decision', 'sku', 'variant_id', 'merchant_id', 'item_id', 'clover_sku'];

type Cells = Readonly<Record<string, string>>;
interface Row {
  readonly line: number;
  readonly cells: Cells;
}

/**
 * Reads a file of links. Columns: `decision` (`link`, `unlink`, or empty: nothing), the variant by `variant_id` or `sku`,
 * the item by `item_id` or `clover_sku`, `merchant_id` where several are connected. Nothing is decided unless every line
 * is right: failure is what is wrong, line by line.
 */
export async function readLinkFile(
  { db }: Pick<Ports, 'db'>,
  connection: Connection,
  text: string,
): Promise<Result<LinkDecisions, LineProblem[]>> {
  const read = rowsOf(text, LINK_COLUMNS, ['decision'], CHOSEN_LINKS_MAX);
  if (!read.ok) return read;
  const rows = read.value.filter(({ cells }) => cells['decision'] !== '');
  const skus = (column: string) => rows.flatMap(({ cells }) => cells[column] || []);
  const web = await findMirrorsBySku(db, connection.id, 'bigcommerce', skus('sku'));
  const registers = await findMirrorsBySku(db, connection.id, 'clover', skus('clover_sku'));
  const problems: LineProblem[] = [];
  const chosen = new Map<number, { merchantId: MerchantId; itemId: string }[]>();
  const apart: { line: number; variantId: number }[] = [];
  for (const { line, cells } of rows) {
    const variantId = variantOf(cells, web);
    const decision = cells['decision'];
    if (typeof variantId === 'string') problems.push({ line, message: variantId });
    else if (decision === 'unlink') apart.push({ line, variantId });
    else if (decision !== 'link') {
      problems.push({ line, message: `"${decision}" is no decision: write link or unlink.` });
    } else {
      const item = itemOf(cells, connection, registers);
      if (typeof item === 'string') problems.push({ line, message: item });
      else chosen.set(variantId, [...(chosen.get(variantId) ?? []), item]);
    }
  }
  const found = await findLinksByVariant(
    db,
    connection.id,
    apart.map(({ variantId }) => variantId),
  );
  const linkOf = new Map(found.map((link) => [link.variantId, link.linkId]));
  for (const { line, variantId } of apart) {
    if (!linkOf.has(variantId)) {
      problems.push({ line, message: `Variant ${variantId} is not linked.` });
    }
  }
  if (problems.length > 0) return fail(problems.toSorted((a, b) => a.line - b.line));
  const links = [...chosen].map(([variantId, items]) => ({ variantId, items }));
  return ok({ links, unlinks: apart.flatMap(({ variantId }) => linkOf.get(variantId) ?? []) });
}

type BySku = ReadonlyMap<string, readonly { readonly id: string }[]>;

function variantOf(cells: Cells, web: BySku): number | string {
  const id = cells['variant_id'] ?? '';
  if (id !== '') return /^\d{1,10}$/u.test(id) ? Number(id) : `"${id}" is no variant id.`;
  const sku = cells['sku'] ?? '';
  if (sku === '') return 'It names neither variant_id nor sku.';
  const rows = web.get(sku) ?? [];
  const [row] = rows;
  if (row === undefined) return `BigCommerce has no SKU "${sku}", or was not read yet.`;
  return rows.length === 1 ? Number(row.id) : `${rows.length} variants have SKU "${sku}".`;
}

function itemOf(
  cells: Cells,
  { merchants }: Connection,
  registers: BySku,
): { merchantId: MerchantId; itemId: string } | string {
  const connected = merchants.filter(({ status }) => status === 'connected');
  const named = cells['merchant_id'] ?? '';
  const only = connected.length === 1 ? connected[0]?.merchantId : undefined;
  const merchantId = named === '' ? only : parseMerchantId(named);
  if (merchantId === undefined || !connected.some((each) => each.merchantId === merchantId)) {
    return named === '' ? 'It names no merchant_id.' : `No merchant "${named}" is connected here.`;
  }
  const itemId = cells['item_id'] ?? '';
  if (itemId !== '') {
    return /^\w{1,64}$/u.test(itemId) ? { merchantId, itemId } : `"${itemId}" is no item id.`;
  }
  const sku = cells['clover_sku'] ?? '';
  if (sku === '') return 'It names neither item_id nor clover_sku.';
  const own = (registers.get(sku) ?? []).filter(({ id }) => id.startsWith(`${merchantId}:`));
  const [row] = own;
  if (row === undefined) return `Clover has no SKU "${sku}" at ${merchantId}, or was not read yet.`;
  return own.length === 1
    ? { merchantId, itemId: row.id.slice(merchantId.length + 1) }
    : `${own.length} items of ${merchantId} have SKU "${sku}".`;
}

/** Reads a plan's own file with its `decision` column filled in: `approve`, `reject`, or empty. */
export function readPlanFile(
  text: string,
): Result<{ approve: number[]; reject: number[] }, LineProblem[]> {
  const read = rowsOf(text, null, ['seq', 'decision'], DECISION_ROWS_MAX);
  if (!read.ok) return read;
  const decided = { approve: [] as number[], reject: [] as number[] };
  const problems: LineProblem[] = [];
  for (const { line, cells } of read.value) {
    const { seq = '', decision = '' } = cells;
    if (decision === '') continue;
    if (!/^\d{1,9}$/u.test(seq)) problems.push({ line, message: `"${seq}" is no seq of a plan.` });
    else if (decision === 'approve' || decision === 'reject') decided[decision].push(Number(seq));
    else {
      const message = `"${decision}" is no decision: write approve or reject.`;
      problems.push({ line, message });
    }
  }
  return problems.length > 0 ? fail(problems) : ok(decided);
}

/** Rows by the names of their columns. `known` null: further columns are left alone. */
function rowsOf(
  text: string,
  known: readonly string[] | null,
  needed: readonly string[],
  rowsMax: number,
): Result<Row[], LineProblem[]> {
  const [head, ...lines] = parseCsv(text);
  if (head === undefined) return fail([{ line: 1, message: 'The file is empty.' }]);
  const columns = head.cells.map((name) => name.trim().toLowerCase());
  const missing = needed.filter((name) => !columns.includes(name));
  const unknown = known === null ? [] : columns.filter((name) => !known.includes(name));
  if (missing.length + unknown.length > 0) {
    const message = [
      ...missing.map((name) => `There is no column "${name}".`),
      ...unknown.map((name) => `"${name}" is no column that we know.`),
    ].join(' ');
    return fail([{ line: head.line, message }]);
  }
  if (lines.length > rowsMax) {
    return fail([{ line: 1, message: `A file holds at most ${rowsMax} rows, this one has more.` }]);
  }
  const long = lines.filter(({ cells }) => cells.length > columns.length);
  if (long.length > 0) {
    return fail(
      long.map(({ line }) => ({ line, message: 'It has more cells than the first line.' })),
    );
  }
  return ok(lines.map((row) => ({ line: row.line, cells: cellsOf(columns, row) })));
}

function cellsOf(columns: readonly string[], { cells }: CsvLine): Cells {
  return Object.fromEntries(columns.map((name, at) => [name, (cells[at] ?? '').trim()]));
}

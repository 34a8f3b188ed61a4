/** Lines added, changed and taken off over the API: clover.md section 5.3 (a). */
import { badRequest, notFound } from './errors.ts';
import { flag, integer, isRecord, readArray, readFields, reference, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { lineItems, orderOf } from './line-items.ts';
import { attachLines, detachLines, emptyLine, lineOf, linesOf, saveOrder } from './order-book.ts';
import { demandUnlocked } from './order-writes.ts';
import { render } from './resource.ts';
import { param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { find, PRIMARY, put } from './store.ts';
import type { ItemRow, LineItemRow, LineTaxRow, OrderRow } from './types.ts';

/** Per request (clover.md 5.3). */
const BULK_LINES_MAX = 100;
/** Per order, by the changelog of March 2026; the reference says 3,000. */
const ORDER_LINES_MAX = 2500;

interface LineBody {
  item: { id: string };
  name: string;
  alternateName: string;
  price: number;
  unitName: string;
  unitQty: number;
  itemCode: string;
  isRevenue: boolean;
  note: string;
  binName: string;
  userData: string;
  printed: boolean;
}

const LINE_FIELDS: Fields<LineBody> = {
  item: reference,
  name: text(127, 1),
  alternateName: text(127),
  price: integer(Number.MIN_SAFE_INTEGER),
  unitName: text(64),
  unitQty: integer(1),
  itemCode: text(100),
  isRevenue: flag,
  note: text(255),
  binName: text(127),
  userData: text(255),
  printed: flag,
};

/** What is left of a line's own fields since June 2024; the rest is ignored (clover.md 5.3). */
const LATER_FIELDS: Fields<
  Pick<LineBody, 'note' | 'printed' | 'binName' | 'userData' | 'itemCode'>
> = {
  note: LINE_FIELDS.note,
  printed: LINE_FIELDS.printed,
  binName: LINE_FIELDS.binName,
  userData: LINE_FIELDS.userData,
  itemCode: LINE_FIELDS.itemCode,
};

interface TaxBody {
  id: string;
  name: string;
  rate: number;
  taxAmount: number;
}

const TAX_FIELDS: Fields<TaxBody> = {
  id: text(13, 13),
  name: text(127, 1),
  rate: integer(0, 100_000_000),
  taxAmount: integer(0),
};

/** The rates a line names itself; undefined when it says nothing of taxes. */
function taxesOf(call: Call, body: unknown): LineTaxRow[] | undefined {
  const sent = isRecord(body) ? body['taxRates'] : undefined;
  if (sent === undefined || sent === null) return undefined;
  if (!Array.isArray(sent)) throw badRequest('Invalid value for taxRates');
  if (sent.length === 0) return call.platform.switches.emptyTaxRates === 'none' ? [] : undefined;
  return sent.map((one: unknown) => {
    const read = readFields(one, TAX_FIELDS, ['id', 'name', 'rate']);
    const { id = '', name = '', rate = 0, taxAmount } = read;
    const known = find(call.merchant.tables.taxRates, id, PRIMARY);
    if (known === null || known.deletedTime !== undefined) throw badRequest('Invalid tax rate');
    return { id, name, rate, ...(taxAmount === undefined ? {} : { taxAmount }) };
  });
}

function itemOf(call: Call, item: { id: string }): ItemRow {
  const row = find(call.merchant.tables.items, item.id, PRIMARY);
  if (row === null || row.deletedTime !== undefined) throw badRequest('Invalid item');
  return row;
}

type Mode = 'single' | 'bulk';

/** `single` copies the catalogue item and ignores what differs from it; `bulk` takes overrides (clover.md 5.3). */
function lineFrom(call: Call, order: OrderRow, body: unknown, mode: Mode): LineItemRow {
  const required = mode === 'bulk' ? (['price'] as const) : [];
  const { item, ...fields } = readFields(body, LINE_FIELDS, required);
  const taxRates = taxesOf(call, body);
  if (item === undefined) {
    if (fields.price === undefined) throw badRequest('item or price is required');
    const line = emptyLine(call.platform, order.id);
    return { ...line, ...fields, taxRates: taxRates ?? [] };
  }
  const row = itemOf(call, item);
  const units = row.priceType === 'PER_UNIT' ? (fields.unitQty ?? 1000) : undefined;
  const line = lineOf(call.platform, call.merchant, order.id, row, units);
  if (mode === 'bulk')
    return { ...line, ...fields, unitQty: units, taxRates: taxRates ?? line.taxRates };
  const { note, binName, userData, printed } = fields;
  return { ...line, note, binName, userData, printed: printed ?? false };
}

function append(call: Call, order: OrderRow, lines: LineItemRow[]): void {
  if (order.lineItemIds.length + lines.length > ORDER_LINES_MAX) {
    throw badRequest(`An order is limited to ${ORDER_LINES_MAX} line items`);
  }
  attachLines(call.platform, call.merchant, order, lines, 'api');
}

function openOrderOf(call: Call): OrderRow {
  const order = orderOf(call);
  demandUnlocked(call, order);
  return order;
}

function createLine(call: Call): Answer {
  const order = openOrderOf(call);
  const line = lineFrom(call, order, call.body, 'single');
  append(call, order, [line]);
  return { body: render(lineItems, line, call.view, []) };
}

/** All or nothing: every line is checked before the first is added. */
function createLines(call: Call): Answer {
  const order = openOrderOf(call);
  const bodies = readArray(call.body, 'items', BULK_LINES_MAX);
  const lines = bodies.map((body) => lineFrom(call, order, body, 'bulk'));
  append(call, order, lines);
  const elements = lines.map((line) => render(lineItems, line, call.view, []));
  const { bulkLineItemsAnswer } = call.platform.switches;
  return { body: bulkLineItemsAnswer === 'array' ? elements : { [bulkLineItemsAnswer]: elements } };
}

/** The line a path names. */
export function lineOfPath(call: Call, order: OrderRow): LineItemRow {
  const id = param(call, 'lineItemId');
  const row = find(call.merchant.tables.lineItems, id, PRIMARY);
  if (row === null || !order.lineItemIds.includes(id)) throw notFound('Line item');
  return row;
}

function updateLine(call: Call): Answer {
  const { platform, merchant } = call;
  const order = orderOf(call);
  const line = { ...lineOfPath(call, order), ...readFields(call.body, LATER_FIELDS) };
  put(platform, merchant.tables.lineItems, line.id, line);
  saveOrder(platform, merchant, order, 'api');
  return { body: show(call, lineItems, line) };
}

function deleteLine(call: Call): Answer {
  const order = openOrderOf(call);
  detachLines(call.platform, call.merchant, order, [lineOfPath(call, order)], 'api');
  return {};
}

function deleteLines(call: Call): Answer {
  const order = openOrderOf(call);
  detachLines(call.platform, call.merchant, order, linesOf(call.merchant, order), 'api');
  return {};
}

const LINES = '/orders/:orderId/line_items';
const LINE = `${LINES}/:lineItemId`;
const BULK = '/orders/:orderId/bulk_line_items';

export const lineWriteOperations: Operation[] = [
  { method: 'POST', path: LINES, permission: 'ORDERS_W', run: createLine },
  { method: 'DELETE', path: LINES, permission: 'ORDERS_W', run: deleteLines },
  { method: 'POST', path: LINE, permission: 'ORDERS_W', run: updateLine },
  { method: 'DELETE', path: LINE, permission: 'ORDERS_W', run: deleteLine },
  { method: 'POST', path: BULK, permission: 'ORDERS_W', run: createLines },
];

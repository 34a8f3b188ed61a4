/** Tax rates: clover.md section 4.4. */
import { badRequest, notFound } from './errors.ts';
import { flag, integer, oneOf, readFields, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { newId, nowMs } from './platform.ts';
import { byFlag, byNumber, byText, byTexts, many } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { all, find, put } from './store.ts';
import type { ItemRow, TaxRateRow, Tables } from './types.ts';

/** The items a rate is attached to by hand; default rates are not listed there. */
function itemsOf(rate: TaxRateRow, tables: Tables, asOf: number): ItemRow[] {
  return all(tables.items, asOf).filter(
    (item) => item.deletedTime === undefined && item.taxRateIds.includes(rate.id),
  );
}

const itemReferences: Resource<ItemRow> = { wire: (row) => ({ id: row.id }) };

export const taxRates: Resource<TaxRateRow> = {
  wire: (row) => ({
    id: row.id,
    name: row.name,
    rate: row.rate,
    isDefault: row.isDefault,
    taxAmount: row.taxAmount,
    taxType: row.taxType,
    modifiedTime: row.modifiedTime,
  }),
  relations: {
    items: many(itemReferences, (row, view) => itemsOf(row, view.tables, view.asOf)),
  },
  filters: {
    isDefault: byFlag((row) => row.isDefault),
    rate: byNumber((row) => row.rate),
    'items.id': byTexts((row, view) => itemsOf(row, view.tables, view.asOf).map((item) => item.id)),
    name: byText((row) => row.name),
    id: byText((row) => row.id),
    taxAmount: byNumber((row) => row.taxAmount),
    taxType: byText((row) => row.taxType),
  },
  listed: (row) => row.deletedTime === undefined,
};

type TaxRateBody = Required<Pick<TaxRateRow, 'name' | 'rate' | 'taxAmount' | 'isDefault'>> & {
  taxType: string;
};

const TAX_RATE_FIELDS: Fields<TaxRateBody> = {
  name: text(127, 1),
  rate: integer(0, 100_000_000),
  taxAmount: integer(0),
  isDefault: flag,
  taxType: oneOf(
    'VAT_TAXABLE',
    'VAT_NON_TAXABLE',
    'VAT_EXEMPT',
    'INTERNAL_TAX',
    'PARTNER_TAX',
    'ORDER_FEES',
  ),
};

const PATH = '/tax_rates/:taxId';

function existing(call: Call): TaxRateRow {
  const row = find(call.view.tables.taxRates, param(call, 'taxId'), call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound('Tax rate');
  return row;
}

function save(call: Call, row: TaxRateRow): Answer {
  const saved = { ...row, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.taxRates, row.id, saved);
  return { body: show(call, taxRates, saved) };
}

/** A percentage or a flat amount; names need not be unique. */
function create(call: Call): Answer {
  const { name = '', ...fields } = readFields(call.body, TAX_RATE_FIELDS, ['name']);
  if (fields.rate === undefined && fields.taxAmount === undefined) {
    throw badRequest('rate or taxAmount is required');
  }
  const row = { id: newId(call.platform), rate: 0, isDefault: false, ...fields, name };
  return save(call, { ...row, modifiedTime: nowMs(call.platform) });
}

/** NO_TAX_APPLIED always exists (clover.md 4.4). */
function remove(call: Call): Answer {
  const row = existing(call);
  if (row.name === 'NO_TAX_APPLIED') throw badRequest('This tax rate cannot be deleted');
  save(call, { ...row, deletedTime: nowMs(call.platform) });
  return {};
}

export const taxRateOperations: Operation[] = [
  listOperation('/tax_rates', 'INVENTORY_R', taxRates, (call) =>
    all(call.view.tables.taxRates, call.view.asOf),
  ),
  getOperation(PATH, 'INVENTORY_R', taxRates, existing),
  { method: 'POST', path: '/tax_rates', permission: 'INVENTORY_W', run: create },
  {
    method: 'POST',
    path: PATH,
    permission: 'INVENTORY_W',
    run: (call) => save(call, { ...existing(call), ...readFields(call.body, TAX_RATE_FIELDS) }),
  },
  { method: 'DELETE', path: PATH, permission: 'INVENTORY_W', run: remove },
];

/** Tax rates, read only for now: clover.md section 4.4. */
import { notFound } from './errors.ts';
import { byFlag, byNumber, byText, byTexts, many } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Operation } from './serve.ts';
import { all, find } from './store.ts';
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
    taxAmount: byNumber(() => undefined),
    taxType: byText((row) => row.taxType),
  },
  listed: (row) => row.deletedTime === undefined,
};

export const taxRateOperations: Operation[] = [
  listOperation('/tax_rates', 'INVENTORY_R', taxRates, (call) =>
    all(call.view.tables.taxRates, call.view.asOf),
  ),
  getOperation('/tax_rates/:taxId', 'INVENTORY_R', taxRates, (call) => {
    const row = find(call.view.tables.taxRates, param(call, 'taxId'), call.view.asOf);
    if (row === null || row.deletedTime !== undefined) throw notFound('Tax rate');
    return row;
  }),
];

/** Categories: clover.md section 4.5. Deletes are soft and take the category off its items. */
import { badRequest, notFound } from './errors.ts';
import { integer, readFields, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { newId, nowMs } from './platform.ts';
import { byFlag, byNumber, byText, many } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { getOperation, listOperation, param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { all, find, put } from './store.ts';
import { emit } from './webhooks.ts';
import type { CategoryRow } from './types.ts';

const itemIdsOf = (row: CategoryRow, view: View): string[] =>
  all(view.tables.items, view.asOf)
    .filter((item) => item.deletedTime === undefined && item.categoryIds.includes(row.id))
    .map((item) => item.id);

/** Without modifiedTime, which Clover gives beside expanded items only (clover.md 9) and nobody here reads. */
export const categories: Resource<CategoryRow> = {
  wire: (row) => ({
    id: row.id,
    name: row.name,
    sortOrder: row.sortOrder,
    colorCode: row.colorCode,
    deleted: row.deletedTime !== undefined ? true : undefined,
  }),
  relations: {
    items: many({ wire: (id: string) => ({ id }) }, itemIdsOf),
  },
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    deleted: byFlag((row) => row.deletedTime !== undefined),
    sortOrder: byNumber((row) => row.sortOrder),
    name: byText((row) => row.name),
    colorCode: byText((row) => row.colorCode),
    id: byText((row) => row.id),
  },
  listed: (row, filteredBy) => row.deletedTime === undefined || filteredBy.has('deleted'),
};

interface CategoryBody {
  name: string;
  sortOrder: number;
  colorCode: string;
}

const CATEGORY_FIELDS: Fields<CategoryBody> = {
  name: text(127, 1),
  sortOrder: integer(Number.MIN_SAFE_INTEGER),
  colorCode: text(9),
};

const PATH = '/categories/:catId';

function existing(call: Call, id = param(call, 'catId')): CategoryRow {
  const row = find(call.view.tables.categories, id, call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound('Category');
  return row;
}

function save(call: Call, row: CategoryRow, type: 'CREATE' | 'UPDATE' | 'DELETE'): CategoryRow {
  const saved = { ...row, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.categories, row.id, saved);
  emit(call.platform, call.merchant, 'IC', row.id, type, { by: 'api' });
  return saved;
}

/** Names need not be unique. */
function create(call: Call): Answer {
  const { name = '', ...fields } = readFields(call.body, CATEGORY_FIELDS, ['name']);
  const id = newId(call.platform);
  const row = { id, sortOrder: 0, ...fields, name, modifiedTime: nowMs(call.platform) };
  return { body: show(call, categories, save(call, row, 'CREATE')) };
}

function update(call: Call): Answer {
  const row = { ...existing(call), ...readFields(call.body, CATEGORY_FIELDS) };
  return { body: show(call, categories, save(call, row, 'UPDATE')) };
}

const remove = (call: Call, row: CategoryRow): unknown =>
  save(call, { ...row, deletedTime: nowMs(call.platform) }, 'DELETE');

function bulkDelete(call: Call): Answer {
  const ids = (call.url.searchParams.get('categoryIds') ?? '').split(',').filter((id) => id !== '');
  if (ids.length === 0) throw badRequest('categoryIds is required');
  const rows = ids.map((id) => existing(call, id));
  for (const row of rows) remove(call, row);
  return {};
}

export const categoryOperations: Operation[] = [
  listOperation('/categories', 'INVENTORY_R', categories, (call) =>
    all(call.view.tables.categories, call.view.asOf),
  ),
  getOperation(PATH, 'INVENTORY_R', categories, existing),
  { method: 'POST', path: '/categories', permission: 'INVENTORY_W', run: create },
  { method: 'POST', path: PATH, permission: 'INVENTORY_W', run: update },
  {
    method: 'DELETE',
    path: PATH,
    permission: 'INVENTORY_W',
    run: (call) => {
      remove(call, existing(call));
      return {};
    },
  },
  { method: 'DELETE', path: '/categories', permission: 'INVENTORY_W', run: bulkDelete },
];

/** Category trees and their categories (category-trees_catalog.v3.yml); a store has tree 1, of the storefront. */
import { objectOf, refuseOthers } from './catalog-input.ts';
import type { Fields } from './catalog-input.ts';
import { uuid } from './crypto.ts';
import { created, refuse422 } from './errors.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { storeId } from './platform.ts';
import { flag, integers, text, words } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Category } from './state.ts';

const LIMIT_MAX = 250;
const NAME_CHARS_MAX = 50;

function view(category: Category): Fields {
  return {
    category_id: category.id,
    category_uuid: category.uuid,
    tree_id: category.treeId,
    parent_id: category.parentId,
    name: category.name,
    description: category.description,
    views: 0,
    sort_order: category.sortOrder,
    page_title: '',
    meta_keywords: [],
    meta_description: '',
    layout_file: '',
    image_url: '',
    is_visible: category.isVisible,
    search_keywords: '',
    default_product_sort: 'use_store_settings',
    url: { path: `/category-${category.id}/`, is_customized: false },
  };
}

function list(call: Call): Response {
  const name = text(call, 'name')?.toLowerCase();
  const visible = flag(call, 'is_visible');
  const filters: [number[] | undefined, (category: Category) => number][] = [
    [integers(call, 'category_id:in'), (category) => category.id],
    [integers(call, 'parent_id:in'), (category) => category.parentId],
    [integers(call, 'tree_id:in'), (category) => category.treeId],
  ];
  const rows = Object.values(call.store.categories).filter(
    (category) =>
      filters.every(([ids, of]) => ids === undefined || ids.includes(of(category))) &&
      (name === undefined || category.name.toLowerCase() === name) &&
      (visible === undefined || category.isVisible === visible),
  );
  return pageV3(call, rows, view, { limitMax: LIMIT_MAX });
}

/** A new category; names are unique below one parent. */
function read(call: Call, fields: Fields, before: readonly Category[]): Category {
  refuseOthers(fields, words('name parent_id tree_id description sort_order is_visible'));
  const { name, parent_id: parentId = 0, tree_id: treeId = 1, description = '' } = fields;
  const { sort_order: sortOrder = 0, is_visible: isVisible = true } = fields;
  if (typeof name !== 'string' || name === '' || name.length > NAME_CHARS_MAX) {
    throw refuse422('name is invalid.', { name: `1 to ${NAME_CHARS_MAX} characters` });
  }
  const all = [...Object.values(call.store.categories), ...before];
  if (typeof parentId !== 'number' || (parentId !== 0 && !all.some(({ id }) => id === parentId))) {
    throw refuse422('parent_id is invalid.', { parent_id: 'unknown' });
  }
  if (treeId !== 1) throw refuse422('tree_id is invalid.', { tree_id: 'unknown' });
  if (all.some((one) => one.parentId === parentId && one.name === name)) {
    throw refuse422('The name is a duplicate.', { name: 'duplicate' });
  }
  return {
    id: storeId(call.store, 'category'),
    uuid: uuid(call.platform.runtime),
    treeId,
    parentId,
    name,
    description: String(description),
    sortOrder: Number(sortOrder),
    isVisible: isVisible === true,
  };
}

function create(call: Call): Response {
  if (!Array.isArray(call.body) || call.body.length === 0) throw refuse422('A list is wanted.');
  const made: Category[] = [];
  for (const value of call.body) made.push(read(call, objectOf(value), made));
  for (const category of made) call.store.categories[category.id] = category;
  return created(made.map(view), { total: made.length, success: made.length, failed: 0 });
}

const scopes = reading('store_v2_products');

export const categoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    version: 'v3',
    path: '/catalog/trees',
    scopes,
    query: PAGING_FILTERS,
    handle: (call) =>
      pageV3(call, [{ id: 1, name: 'Default catalog tree', channels: [1] }], (row) => row, {
        limitMax: LIMIT_MAX,
      }),
  },
  {
    method: 'GET',
    version: 'v3',
    path: '/catalog/trees/categories',
    scopes,
    query: [...PAGING_FILTERS, ...words('category_id:in parent_id:in tree_id:in name is_visible')],
    handle: list,
  },
  {
    method: 'POST',
    version: 'v3',
    path: '/catalog/trees/categories',
    scopes: ['store_v2_products'],
    handle: create,
  },
];

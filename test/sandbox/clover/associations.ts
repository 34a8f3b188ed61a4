/**
 * What hangs on items: `POST /{thing}_items` links pairs, `?delete=true` unlinks them, and one side left out unlinks all
 * of the other (clover.md 0 "Associations").
 */
import { badRequest, notFound } from './errors.ts';
import { isRecord, readArray, readFields, reference } from './fields.ts';
import { items, touchItem } from './items.ts';
import { demandGroups } from './plan.ts';
import { listOperation, param } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { all, find, pick, PRIMARY } from './store.ts';
import { groupedName, livingItems } from './variants.ts';
import type { ItemRow, Merchant, Table, Tables } from './types.ts';

type Linked = 'categoryIds' | 'taxRateIds' | 'modifierGroupIds' | 'optionIds';

interface Association {
  path: string;
  /** The thing's name in a pair. */
  name: 'category' | 'taxRate' | 'modifierGroup' | 'option';
  key: Linked;
  /** The item's own name of the list. */
  field: string;
  table: (tables: Tables) => Table<{ deletedTime?: number | undefined }>;
  /** Whether the merchant's plan has to have groups. */
  grouped: boolean;
}

interface Pair {
  thingId: string | undefined;
  itemId: string | undefined;
}

function readPair(call: Call, association: Association, sent: unknown, deleting: boolean): Pair {
  if (!isRecord(sent)) throw badRequest('Invalid JSON format');
  const required = deleting ? [] : [association.name, 'item'];
  const fields = { [association.name]: reference, item: reference };
  const read = readFields<Record<string, { id: string }>>(sent, fields, required);
  const thingId = read[association.name]?.id;
  const itemId = read['item']?.id;
  if (thingId === undefined && itemId === undefined) throw badRequest('Nothing is named');
  const { tables } = call.merchant;
  const thing = find(association.table(tables), thingId ?? '', PRIMARY);
  if (thingId !== undefined && (thing === null || thing.deletedTime !== undefined)) {
    throw badRequest(`Invalid ${association.name}`);
  }
  const item = find(tables.items, itemId ?? '', PRIMARY);
  if (itemId !== undefined && (item === null || item.deletedTime !== undefined)) {
    throw badRequest('Invalid item');
  }
  return { thingId, itemId };
}

/** An option fits an item of its own group only, and one option per attribute. */
function demandFit(merchant: Merchant, item: ItemRow, optionId: string): void {
  const { tables } = merchant;
  const option = find(tables.options, optionId, PRIMARY);
  const attribute = find(tables.attributes, option?.attributeId ?? '', PRIMARY);
  if (attribute === null || attribute.itemGroupId !== item.itemGroupId) {
    throw badRequest('The option is not of the item group');
  }
  const taken = pick(tables.options, item.optionIds, PRIMARY);
  if (taken.some((other) => other.attributeId === attribute.id && other.id !== optionId)) {
    throw badRequest('The item has an option of this attribute');
  }
}

/** The item with its options in the order of the group's attributes, and the name that follows from them. */
function renamed(merchant: Merchant, item: ItemRow): ItemRow {
  const { tables } = merchant;
  const order = all(tables.attributes, PRIMARY).map(({ id }) => id);
  const optionIds = pick(tables.options, item.optionIds, PRIMARY)
    .toSorted((one, other) => order.indexOf(one.attributeId) - order.indexOf(other.attributeId))
    .map(({ id }) => id);
  const sorted = { ...item, optionIds };
  return { ...sorted, name: groupedName(merchant, sorted) };
}

function save(call: Call, association: Association, item: ItemRow, ids: string[]): void {
  const changed = { ...item, [association.key]: ids };
  const saved = association.key === 'optionIds' ? renamed(call.merchant, changed) : changed;
  touchItem(call.platform, call.merchant, saved, association.field, 'api');
}

function link(call: Call, association: Association, pairs: readonly Pair[]): void {
  const wanted = Map.groupBy(pairs, ({ itemId }) => itemId ?? '');
  const named = pick(call.merchant.tables.items, [...wanted.keys()], PRIMARY);
  const changes = named.map((item) => {
    const ids = new Set(item[association.key]);
    for (const { thingId = '' } of wanted.get(item.id) ?? []) {
      if (association.key === 'optionIds') {
        demandFit(call.merchant, { ...item, optionIds: [...ids] }, thingId);
      }
      ids.add(thingId);
    }
    return { item, ids: [...ids] };
  });
  for (const { item, ids } of changes) {
    if (ids.length > item[association.key].length) save(call, association, item, ids);
  }
}

function unlink(call: Call, association: Association, pairs: readonly Pair[]): void {
  for (const { thingId, itemId } of pairs) {
    const named = livingItems(call.view).filter(
      (item) => itemId === undefined || item.id === itemId,
    );
    for (const item of named) {
      const before = item[association.key];
      const ids = before.filter((id) => thingId !== undefined && id !== thingId);
      if (ids.length < before.length) save(call, association, item, ids);
    }
  }
}

/** All or nothing: every pair is checked before the first is carried out. */
function associate(call: Call, association: Association): Answer {
  if (association.grouped) demandGroups(call.platform, call.merchant);
  const deleting = call.url.searchParams.get('delete') === 'true';
  const sent = readArray(call.body, 'elements', Number.MAX_SAFE_INTEGER);
  const pairs = sent.map((one) => readPair(call, association, one, deleting));
  (deleting ? unlink : link)(call, association, pairs);
  return { body: { elements: sent } };
}

const ASSOCIATIONS: Association[] = [
  {
    path: '/category_items',
    name: 'category',
    key: 'categoryIds',
    field: 'categories',
    table: (tables) => tables.categories,
    grouped: false,
  },
  {
    path: '/tax_rate_items',
    name: 'taxRate',
    key: 'taxRateIds',
    field: 'taxRates',
    table: (tables) => tables.taxRates,
    grouped: false,
  },
  {
    path: '/item_modifier_groups',
    name: 'modifierGroup',
    key: 'modifierGroupIds',
    field: 'modifierGroups',
    table: (tables) => tables.modifierGroups,
    grouped: true,
  },
  {
    path: '/option_items',
    name: 'option',
    key: 'optionIds',
    field: 'options',
    table: (tables) => tables.options,
    grouped: true,
  },
];

/** The items of one thing, whole, unlike the nested list that is cut at 100. */
const itemsOf = (path: string, key: Linked, table: Association['table']): Operation =>
  listOperation(`${path}/:thingId/items`, 'INVENTORY_R', items, (call) => {
    const id = param(call, 'thingId');
    const thing = find(table(call.view.tables), id, call.view.asOf);
    if (thing === null || thing.deletedTime !== undefined) throw notFound('Object');
    return livingItems(call.view).filter((item) => item[key].includes(id));
  });

export const associationOperations: Operation[] = [
  ...ASSOCIATIONS.map((association): Operation => ({
    method: 'POST',
    path: association.path,
    permission: 'INVENTORY_W',
    run: (call) => associate(call, association),
  })),
  itemsOf('/categories', 'categoryIds', (tables) => tables.categories),
  itemsOf('/tax_rates', 'taxRateIds', (tables) => tables.taxRates),
  itemsOf('/modifier_groups', 'modifierGroupIds', (tables) => tables.modifierGroups),
];

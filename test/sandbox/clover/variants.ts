/** Item groups, attributes and options as they are read: clover.md section 4.3. */
import { notFound } from './errors.ts';
import { byNumber, byText, byTexts, many, ref } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Call, Operation } from './serve.ts';
import { all, find, pick, PRIMARY } from './store.ts';
import type {
  AttributeRow,
  ItemGroupRow,
  ItemRow,
  Merchant,
  OptionRow,
  Table,
  Tables,
} from './types.ts';

const shownUnlessDeleted = (
  row: { deletedTime?: number | undefined },
  filteredBy: ReadonlySet<string>,
): boolean => row.deletedTime === undefined || filteredBy.has('deletedTime');

export const livingItems = (view: View): ItemRow[] =>
  all(view.tables.items, view.asOf).filter((item) => item.deletedTime === undefined);

const itemReferences: Resource<ItemRow> = { wire: (row) => ({ id: row.id, name: row.name }) };

export const options: Resource<OptionRow> = {
  wire: (row) => ({ id: row.id, name: row.name, attribute: ref(row.attributeId) }),
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    'item.id': byTexts((row, view) =>
      livingItems(view)
        .filter((item) => item.optionIds.includes(row.id))
        .map((item) => item.id),
    ),
    name: byText((row) => row.name),
    'attribute.id': byText((row) => row.attributeId),
    id: byText((row) => row.id),
    deletedTime: byNumber((row) => row.deletedTime),
  },
  listed: shownUnlessDeleted,
};

export const optionsOf = (attributeId: string, view: View): OptionRow[] =>
  all(view.tables.options, view.asOf).filter(
    (option) => option.attributeId === attributeId && option.deletedTime === undefined,
  );

export const attributes: Resource<AttributeRow> = {
  wire: (row) => ({ id: row.id, name: row.name, itemGroup: ref(row.itemGroupId) }),
  relations: { options: many(options, (row, view) => optionsOf(row.id, view)) },
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    name: byText((row) => row.name),
    id: byText((row) => row.id),
    deletedTime: byNumber((row) => row.deletedTime),
    'itemGroup.id': byText((row) => row.itemGroupId),
  },
  listed: shownUnlessDeleted,
};

export const itemGroups: Resource<ItemGroupRow> = {
  wire: (row) => ({ id: row.id, name: row.name }),
  relations: {
    items: many(itemReferences, (row, view) =>
      livingItems(view).filter((item) => item.itemGroupId === row.id),
    ),
    attributes: many(attributes, (row, view) =>
      all(view.tables.attributes, view.asOf).filter(
        (attribute) => attribute.itemGroupId === row.id && attribute.deletedTime === undefined,
      ),
    ),
  },
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    name: byText((row) => row.name),
    id: byText((row) => row.id),
    deletedTime: byNumber((row) => row.deletedTime),
  },
  listed: shownUnlessDeleted,
};

/** The server's own name of a variant: the group's name, then its options in the order of the attributes. */
export function groupedName(merchant: Merchant, item: ItemRow): string {
  const { tables } = merchant;
  const group = find(tables.itemGroups, item.itemGroupId ?? '', PRIMARY);
  const chosen = pick(tables.options, item.optionIds, PRIMARY).map((option) => option.name);
  return [group?.name ?? '', ...chosen].join(' ').slice(0, 127);
}

/** The row a path names; 404 in `what`'s name when there is none or it is deleted. */
export function existing<Row extends { deletedTime?: number | undefined }>(
  call: Call,
  table: (tables: Tables) => Table<Row>,
  name: string,
  what: string,
): Row {
  const row = find(table(call.view.tables), param(call, name), call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound(what);
  return row;
}

export const attributeOf = (call: Call): AttributeRow =>
  existing(call, (tables) => tables.attributes, 'attributeId', 'Attribute');

export const itemGroupOf = (call: Call): ItemGroupRow =>
  existing(call, (tables) => tables.itemGroups, 'itemGroupId', 'Item group');

export const optionOf = (call: Call): OptionRow => {
  const attribute = attributeOf(call);
  const option = existing(call, (tables) => tables.options, 'optionId', 'Option');
  if (option.attributeId !== attribute.id) throw notFound('Option');
  return option;
};

export const variantOperations: Operation[] = [
  listOperation('/item_groups', 'INVENTORY_R', itemGroups, (call) =>
    all(call.view.tables.itemGroups, call.view.asOf),
  ),
  getOperation('/item_groups/:itemGroupId', 'INVENTORY_R', itemGroups, itemGroupOf),
  listOperation('/attributes', 'INVENTORY_R', attributes, (call) =>
    all(call.view.tables.attributes, call.view.asOf),
  ),
  getOperation('/attributes/:attributeId', 'INVENTORY_R', attributes, attributeOf),
  listOperation('/options', 'INVENTORY_R', options, (call) =>
    all(call.view.tables.options, call.view.asOf),
  ),
  listOperation('/attributes/:attributeId/options', 'INVENTORY_R', options, (call) =>
    optionsOf(attributeOf(call).id, call.view),
  ),
  getOperation('/attributes/:attributeId/options/:optionId', 'INVENTORY_R', options, optionOf),
];

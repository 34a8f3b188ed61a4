/** Modifier groups and their modifiers: clover.md section 4.5. */
import { badRequest, notFound } from './errors.ts';
import { flag, integer, readFields, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { demandGroups } from './plan.ts';
import { newId, nowMs } from './platform.ts';
import { byFlag, byNumber, byText, byTexts, many, one, ref } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { getOperation, listOperation, param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { all, find, put } from './store.ts';
import { emit } from './webhooks.ts';
import type { ModifierGroupRow, ModifierRow } from './types.ts';

const groupWire = (row: ModifierGroupRow, view: View) => ({
  id: row.id,
  name: row.name,
  alternateName: row.alternateName,
  minRequired: row.minRequired,
  maxAllowed: row.maxAllowed,
  showByDefault: row.showByDefault,
  sortOrder: row.sortOrder,
  modifierIds: modifiersOf(row.id, view)
    .map(({ id }) => id)
    .join(','),
});

const modifiers: Resource<ModifierRow> = {
  wire: (row) => ({
    id: row.id,
    name: row.name,
    alternateName: row.alternateName,
    price: row.price,
    available: row.available,
  }),
  relations: {
    modifierGroup: one(
      { wire: groupWire },
      (row, view) => find(view.tables.modifierGroups, row.modifierGroupId, view.asOf),
      (row) => ref(row.modifierGroupId),
    ),
  },
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    price: byNumber((row) => row.price),
    name: byText((row) => row.name),
    alternateName: byText((row) => row.alternateName),
    id: byText((row) => row.id),
    'modifierGroup.id': byText((row) => row.modifierGroupId),
  },
  listed: (row) => row.deletedTime === undefined,
};

const modifiersOf = (groupId: string, view: View): ModifierRow[] =>
  all(view.tables.modifiers, view.asOf).filter(
    (row) => row.modifierGroupId === groupId && row.deletedTime === undefined,
  );

const itemIdsOf = (row: ModifierGroupRow, view: View): string[] =>
  all(view.tables.items, view.asOf)
    .filter((item) => item.deletedTime === undefined && item.modifierGroupIds.includes(row.id))
    .map((item) => item.id);

export const modifierGroups: Resource<ModifierGroupRow> = {
  wire: groupWire,
  relations: {
    modifiers: many(modifiers, (row, view) => modifiersOf(row.id, view)),
    items: many({ wire: (id: string) => ({ id }) }, itemIdsOf),
  },
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    'category.id': byText(() => undefined),
    negativeSortOrder: byNumber(() => undefined),
    'item.id': byTexts(itemIdsOf),
    sortOrder: byNumber((row) => row.sortOrder),
    name: byText((row) => row.name),
    id: byText((row) => row.id),
    showByDefault: byFlag((row) => row.showByDefault),
  },
  listed: (row) => row.deletedTime === undefined,
};

// --- Groups --------------------------------------------------------------------------------------------------------

type GroupBody = Required<Omit<ModifierGroupRow, 'id' | 'modifiedTime' | 'deletedTime'>>;

const GROUP_FIELDS: Fields<{ [Key in keyof GroupBody]: NonNullable<GroupBody[Key]> }> = {
  name: text(255, 1),
  alternateName: text(255),
  minRequired: integer(0),
  maxAllowed: integer(0, 65_535),
  showByDefault: flag,
  sortOrder: integer(0),
};

function groupOf(call: Call, id = param(call, 'modGroupId')): ModifierGroupRow {
  const row = find(call.view.tables.modifierGroups, id, call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound('Modifier group');
  return row;
}

type ChangeType = 'CREATE' | 'UPDATE' | 'DELETE';

function saveGroup(call: Call, row: ModifierGroupRow, type: ChangeType): Answer {
  demandGroups(call.platform, call.merchant);
  const saved = { ...row, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.modifierGroups, row.id, saved);
  emit(call.platform, call.merchant, 'IG', row.id, type, { by: 'api' });
  return { body: show(call, modifierGroups, saved) };
}

function createGroup(call: Call): Answer {
  const { name = '', ...fields } = readFields(call.body, GROUP_FIELDS, ['name']);
  const atMs = nowMs(call.platform);
  const row = {
    id: newId(call.platform),
    showByDefault: true,
    ...fields,
    name,
    modifiedTime: atMs,
  };
  return saveGroup(call, row, 'CREATE');
}

/** Its modifiers go with it. */
function removeGroup(call: Call, row: ModifierGroupRow): void {
  for (const modifier of modifiersOf(row.id, call.view)) removeModifier(call, modifier);
  saveGroup(call, { ...row, deletedTime: nowMs(call.platform) }, 'DELETE');
}

function bulkDelete(call: Call): Answer {
  const sent = call.url.searchParams.get('modifierGroupIds') ?? '';
  const ids = sent.split(',').filter((id) => id !== '');
  if (ids.length === 0) throw badRequest('modifierGroupIds is required');
  const rows = ids.map((id) => groupOf(call, id));
  for (const row of rows) removeGroup(call, row);
  return {};
}

// --- Modifiers -----------------------------------------------------------------------------------------------------

interface ModifierBody {
  name: string;
  alternateName: string;
  price: number;
  available: boolean;
}

const MODIFIER_FIELDS: Fields<ModifierBody> = {
  name: text(255, 1),
  alternateName: text(255),
  price: integer(0),
  available: flag,
};

function modifierOf(call: Call): ModifierRow {
  const row = find(call.view.tables.modifiers, param(call, 'modId'), call.view.asOf);
  const gone = row === null || row.deletedTime !== undefined;
  if (gone || row.modifierGroupId !== groupOf(call).id) throw notFound('Modifier');
  return row;
}

function saveModifier(call: Call, row: ModifierRow, type: ChangeType): Answer {
  demandGroups(call.platform, call.merchant);
  const saved = { ...row, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.modifiers, row.id, saved);
  emit(call.platform, call.merchant, 'IM', row.id, type, { by: 'api' });
  return { body: show(call, modifiers, saved) };
}

function createModifier(call: Call): Answer {
  const group = groupOf(call);
  const read = readFields(call.body, MODIFIER_FIELDS, ['name', 'price']);
  const { name = '', price = 0, ...fields } = read;
  const row = { id: newId(call.platform), modifierGroupId: group.id, available: true, ...fields };
  return saveModifier(call, { ...row, name, price, modifiedTime: nowMs(call.platform) }, 'CREATE');
}

function removeModifier(call: Call, row: ModifierRow): void {
  saveModifier(call, { ...row, deletedTime: nowMs(call.platform) }, 'DELETE');
}

const GROUP = '/modifier_groups/:modGroupId';
const MODIFIER = `${GROUP}/modifiers/:modId`;

const write = (method: 'POST' | 'DELETE', path: string, run: Operation['run']): Operation => ({
  method,
  path,
  permission: 'INVENTORY_W',
  run,
});

export const modifierOperations: Operation[] = [
  listOperation('/modifier_groups', 'INVENTORY_R', modifierGroups, (call) =>
    all(call.view.tables.modifierGroups, call.view.asOf),
  ),
  getOperation(GROUP, 'INVENTORY_R', modifierGroups, groupOf),
  write('POST', '/modifier_groups', createGroup),
  write('POST', GROUP, (call) =>
    saveGroup(call, { ...groupOf(call), ...readFields(call.body, GROUP_FIELDS) }, 'UPDATE'),
  ),
  write('DELETE', GROUP, (call) => {
    removeGroup(call, groupOf(call));
    return {};
  }),
  write('DELETE', '/modifier_groups', bulkDelete),
  listOperation('/modifiers', 'INVENTORY_R', modifiers, (call) =>
    all(call.view.tables.modifiers, call.view.asOf),
  ),
  listOperation(`${GROUP}/modifiers`, 'INVENTORY_R', modifiers, (call) =>
    modifiersOf(groupOf(call).id, call.view),
  ),
  getOperation(MODIFIER, 'INVENTORY_R', modifiers, modifierOf),
  write('POST', `${GROUP}/modifiers`, createModifier),
  write('POST', MODIFIER, (call) =>
    saveModifier(
      call,
      { ...modifierOf(call), ...readFields(call.body, MODIFIER_FIELDS) },
      'UPDATE',
    ),
  ),
  write('DELETE', MODIFIER, (call) => {
    removeModifier(call, modifierOf(call));
    return {};
  }),
];

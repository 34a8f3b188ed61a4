/**
 * Item groups, attributes and options written: clover.md section 4.3. Names of members are the server's and follow every
 * renaming; no webhook tells of groups, attributes and options themselves.
 */
import { badRequest } from './errors.ts';
import { readFields, reference, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { removeItem, touchItem } from './items.ts';
import { demandGroups } from './plan.ts';
import { newId, nowMs } from './platform.ts';
import { show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { find, PRIMARY, put } from './store.ts';
import {
  attributeOf,
  attributes,
  groupedName,
  itemGroupOf,
  itemGroups,
  livingItems,
  optionOf,
  options,
  optionsOf,
} from './variants.ts';
import type { AttributeRow, ItemGroupRow, ItemRow, OptionRow } from './types.ts';

const NAME: Fields<{ name: string }> = { name: text(255, 1) };

const nameOf = (call: Call): string => readFields(call.body, NAME, ['name']).name ?? '';

const membersOf = (call: Call, groupId: string): ItemRow[] =>
  livingItems(call.view).filter((item) => item.itemGroupId === groupId);

/** Gives these items the names that their group and options have now. */
function rename(call: Call, items: readonly ItemRow[]): void {
  for (const item of items) {
    const name = groupedName(call.merchant, item);
    if (name !== item.name)
      touchItem(call.platform, call.merchant, { ...item, name }, 'name', 'api');
  }
}

// --- Groups --------------------------------------------------------------------------------------------------------

function saveGroup(call: Call, row: ItemGroupRow): Answer {
  const saved = { ...row, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.itemGroups, row.id, saved);
  return { body: show(call, itemGroups, saved) };
}

function createGroup(call: Call): Answer {
  const modifiedTime = nowMs(call.platform);
  return saveGroup(call, { id: newId(call.platform), name: nameOf(call), modifiedTime });
}

function renameGroup(call: Call): Answer {
  const row = { ...itemGroupOf(call), name: nameOf(call) };
  const answer = saveGroup(call, row);
  rename(call, membersOf(call, row.id));
  return answer;
}

function deleteGroup(call: Call): Answer {
  const group = itemGroupOf(call);
  const members = membersOf(call, group.id);
  if (members.length > 0 && call.platform.switches.itemGroupDelete === 'refuse') {
    throw badRequest('The item group has items');
  }
  for (const item of members) removeItem(call.platform, call.merchant, item, 'api');
  saveGroup(call, { ...group, deletedTime: nowMs(call.platform) });
  return {};
}

// --- Attributes and options ----------------------------------------------------------------------------------------

function saveAttribute(call: Call, row: AttributeRow): Answer {
  const saved = { ...row, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.attributes, row.id, saved);
  return { body: show(call, attributes, saved) };
}

const ATTRIBUTE: Fields<{ name: string; itemGroup: { id: string } }> = {
  name: text(255, 1),
  itemGroup: reference,
};

function createAttribute(call: Call): Answer {
  const read = readFields(call.body, ATTRIBUTE, ['name', 'itemGroup']);
  const group = find(call.merchant.tables.itemGroups, read.itemGroup?.id ?? '', PRIMARY);
  if (group === null || group.deletedTime !== undefined) throw badRequest('Invalid item group');
  const row = { id: newId(call.platform), name: read.name ?? '', itemGroupId: group.id };
  return saveAttribute(call, { ...row, modifiedTime: nowMs(call.platform) });
}

/** Items lose the option, and their names its part. */
function dropOption(call: Call, option: OptionRow): void {
  const atMs = nowMs(call.platform);
  const row = { ...option, deletedTime: atMs, modifiedTime: atMs };
  put(call.platform, call.merchant.tables.options, option.id, row);
  for (const item of livingItems(call.view)) {
    if (!item.optionIds.includes(option.id)) continue;
    const left = { ...item, optionIds: item.optionIds.filter((id) => id !== option.id) };
    const renamed = { ...left, name: groupedName(call.merchant, left) };
    touchItem(call.platform, call.merchant, renamed, 'options', 'api');
  }
}

function deleteAttribute(call: Call): Answer {
  const attribute = attributeOf(call);
  for (const option of optionsOf(attribute.id, call.view)) dropOption(call, option);
  saveAttribute(call, { ...attribute, deletedTime: nowMs(call.platform) });
  return {};
}

function saveOption(call: Call, row: OptionRow): Answer {
  const saved = { ...row, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.options, row.id, saved);
  return { body: show(call, options, saved) };
}

function createOption(call: Call): Answer {
  const row = { id: newId(call.platform), name: nameOf(call), attributeId: attributeOf(call).id };
  return saveOption(call, { ...row, modifiedTime: nowMs(call.platform) });
}

function renameOption(call: Call): Answer {
  const row = { ...optionOf(call), name: nameOf(call) };
  const answer = saveOption(call, row);
  rename(
    call,
    livingItems(call.view).filter((item) => item.optionIds.includes(row.id)),
  );
  return answer;
}

const write = (method: 'POST' | 'DELETE', path: string, run: Operation['run']): Operation => ({
  method,
  path,
  permission: 'INVENTORY_W',
  run: (call) => {
    demandGroups(call.platform, call.merchant);
    return run(call);
  },
});

const GROUP = '/item_groups/:itemGroupId';
const ATTRIBUTE_PATH = '/attributes/:attributeId';
const OPTION = `${ATTRIBUTE_PATH}/options/:optionId`;

export const variantWriteOperations: Operation[] = [
  write('POST', '/item_groups', createGroup),
  write('POST', GROUP, renameGroup),
  write('DELETE', GROUP, deleteGroup),
  write('POST', '/attributes', createAttribute),
  write('POST', ATTRIBUTE_PATH, (call) =>
    saveAttribute(call, { ...attributeOf(call), name: nameOf(call) }),
  ),
  write('DELETE', ATTRIBUTE_PATH, deleteAttribute),
  write('POST', `${ATTRIBUTE_PATH}/options`, createOption),
  write('POST', OPTION, renameOption),
  write('DELETE', OPTION, (call) => {
    dropOption(call, optionOf(call));
    return {};
  }),
];

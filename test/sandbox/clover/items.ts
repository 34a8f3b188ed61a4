/** Items: clover.md section 4.1. Sparse POST updates, soft deletes, bulk calls, no uniqueness of SKUs. */
import { categories } from './categories.ts';
import { badRequest, invalidId } from './errors.ts';
import {
  flag,
  integer,
  isRecord,
  oneOf,
  readArray,
  readFields,
  reference,
  text,
} from './fields.ts';
import type { Fields } from './fields.ts';
import { modifierGroups } from './modifiers.ts';
import { demandGroups } from './plan.ts';
import { newId, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { byFlag, byNumber, byText, byTexts, many, one, ref, render } from './resource.ts';
import type { Resource, Wire } from './resource.ts';
import { getOperation, listOperation, param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { announceAvailability, stocks } from './stock.ts';
import { all, find, pick, PRIMARY, put } from './store.ts';
import { taxRates } from './tax-rates.ts';
import { groupedName, options } from './variants.ts';
import { emit } from './webhooks.ts';
import type { Actor } from './webhooks.ts';
import type { ItemGroupRow, ItemRow, Merchant, NamedRow } from './types.ts';

const BULK_MAX = 2500;

const tags: Resource<NamedRow> = { wire: (row) => ({ id: row.id, name: row.name }) };

/** A deleted category, rate or group is not on its items any more. */
const living = <Row extends { deletedTime?: number | undefined }>(rows: Row[]): Row[] =>
  rows.filter((row) => row.deletedTime === undefined);

export const items: Resource<ItemRow> = {
  wire: (row, view): Wire => ({
    href: `${view.base}/items/${row.id}`,
    id: row.id,
    hidden: row.hidden,
    available: row.available,
    autoManage: row.autoManage,
    itemGroup: ref(row.itemGroupId),
    name: row.name,
    price: row.price,
    priceType: row.priceType,
    defaultTaxRates: row.defaultTaxRates,
    isRevenue: row.isRevenue,
    ...row.more,
    modifiedTime: row.modifiedTime,
    deletedTime: row.deletedTime,
  }),
  relations: {
    itemStock: one(
      stocks,
      (row, view) => find(view.tables.stocks, row.id, view.asOf) ?? { itemId: row.id },
    ),
    options: many(options, (row, view) => pick(view.tables.options, row.optionIds, view.asOf)),
    categories: many(categories, (row, view) =>
      living(pick(view.tables.categories, row.categoryIds, view.asOf)),
    ),
    tags: many(tags, (row, view) => pick(view.tables.tags, row.tagIds, view.asOf)),
    taxRates: many(taxRates, (row, view) =>
      living(pick(view.tables.taxRates, row.taxRateIds, view.asOf)),
    ),
    modifierGroups: many(modifierGroups, (row, view) =>
      living(pick(view.tables.modifierGroups, row.modifierGroupIds, view.asOf)),
    ),
  },
  emptyExpands: ['ageRestricted'],
  filters: {
    lowStock: byFlag((row, view) => {
      const stock = find(view.tables.stocks, row.id, view.asOf);
      return stock !== null && stock.quantity < (stock.stockAlertThreshold ?? 1);
    }),
    modifiedTime: byNumber((row) => row.modifiedTime),
    hidden: byFlag((row) => row.hidden),
    itemCode: byText((row) => more(row, 'code')),
    available: byFlag((row) => row.available),
    'option.id': byTexts((row) => row.optionIds),
    'modifierGroup.id': byTexts((row) => row.modifierGroupIds),
    autoManage: byFlag((row) => row.autoManage),
    price: byNumber((row) => row.price),
    id: byText((row) => row.id),
    sku: byText((row) => more(row, 'sku')),
    defaultTaxRates: byFlag((row) => row.defaultTaxRates),
    'tags.id': byTexts((row) => row.tagIds),
    alternateName: byText((row) => more(row, 'alternateName')),
    isRevenue: byFlag((row) => row.isRevenue),
    'tags.name': byTexts((row, view) =>
      pick(view.tables.tags, row.tagIds, view.asOf).map((tag) => tag.name),
    ),
    deleted: byFlag((row) => row.deletedTime !== undefined),
    'item.id': byText((row) => row.id),
    name: byText((row) => row.name),
    'itemStock.quantity': byNumber(
      (row, view) => find(view.tables.stocks, row.id, view.asOf)?.quantity,
    ),
    'itemGroup.id': byText((row) => row.itemGroupId),
    isAgeRestricted: byFlag((row) => row.more['isAgeRestricted'] === true),
    ageRestrictedType: byText(() => undefined),
    minimumAge: byNumber(() => undefined),
    categoryId: byTexts((row) => row.categoryIds),
  },
  listed: (row, filteredBy) => row.deletedTime === undefined || filteredBy.has('deleted'),
  nullable: ['alternateName', 'code', 'sku', 'unitName', 'cost', 'colorCode', 'itemGroup'],
};

function more(row: ItemRow, name: string): string | undefined {
  const value = row.more[name];
  return typeof value === 'string' ? value : undefined;
}

/** What an app may write; stock, taxes, categories and options have endpoints of their own. */
interface ItemBody {
  name: string;
  price: number;
  priceType: ItemRow['priceType'];
  hidden: boolean;
  available: boolean;
  autoManage: boolean;
  defaultTaxRates: boolean;
  isRevenue: boolean;
  alternateName: string;
  code: string;
  sku: string;
  priceWithoutVat: number;
  unitName: string;
  cost: number;
  colorCode: string;
  isAgeRestricted: boolean;
  excludeCashDiscount: boolean;
  itemGroup: { id: string };
}

const ITEM_FIELDS: Fields<ItemBody> = {
  name: text(127, 1),
  price: integer(0),
  priceType: oneOf('FIXED', 'VARIABLE', 'PER_UNIT'),
  hidden: flag,
  available: flag,
  autoManage: flag,
  defaultTaxRates: flag,
  isRevenue: flag,
  alternateName: text(127),
  code: text(100),
  sku: text(100),
  priceWithoutVat: integer(0),
  unitName: text(64),
  cost: integer(0),
  colorCode: text(9),
  isAgeRestricted: flag,
  excludeCashDiscount: flag,
  itemGroup: reference,
};

/** The fields every item has; the rest lives in `more`. */
function split(body: Partial<ItemBody>) {
  const { name, price, priceType, hidden, available, autoManage, itemGroup, ...others } = body;
  const { defaultTaxRates, isRevenue, ...rest } = others;
  const known = {
    name,
    price,
    priceType,
    hidden,
    available,
    autoManage,
    defaultTaxRates,
    isRevenue,
  };
  const core = Object.fromEntries(
    Object.entries(known).filter(([, value]) => value !== undefined),
  ) as Partial<typeof known>;
  return { core, rest, itemGroup };
}

function groupOf(merchant: Merchant, { id }: { id: string }): ItemGroupRow {
  const group = find(merchant.tables.itemGroups, id, PRIMARY);
  if (group === null || group.deletedTime !== undefined) throw badRequest('Invalid item group');
  return group;
}

/** Commits an item that something beside its own endpoint changed, under the wire name of what changed. */
export function touchItem(
  platform: Platform,
  merchant: Merchant,
  row: ItemRow,
  field: string,
  by: Actor,
): void {
  const touched = !platform.switches.untouchedItemFields.includes(field);
  const modifiedTime = touched ? nowMs(platform) : row.modifiedTime;
  put(platform, merchant.tables.items, row.id, { ...row, modifiedTime });
  emit(platform, merchant, 'I', row.id, 'UPDATE', { by });
}

/** Creates an item on the primary and announces it; the body is checked as one that came over the API. */
export function createItem(
  platform: Platform,
  merchant: Merchant,
  input: unknown,
  by: Actor,
): ItemRow {
  const { core, rest, itemGroup } = split(readFields(input, ITEM_FIELDS, ['name', 'price']));
  const id = newId(platform);
  const row: ItemRow = {
    id,
    name: '',
    price: 0,
    priceType: 'FIXED',
    hidden: false,
    available: true,
    autoManage: false,
    defaultTaxRates: true,
    isRevenue: platform.switches.itemRevenueDefault,
    ...(core as Partial<ItemRow>),
    modifiedTime: nowMs(platform),
    more: rest,
    optionIds: [],
    categoryIds: [],
    tagIds: [],
    taxRateIds: [],
    modifierGroupIds: [],
  };
  if (itemGroup !== undefined) {
    demandGroups(platform, merchant);
    row.itemGroupId = groupOf(merchant, itemGroup).id;
    row.name = groupedName(merchant, row);
  }
  put(platform, merchant.tables.items, id, row);
  emit(platform, merchant, 'I', id, 'CREATE', { by });
  return row;
}

/** Changes what was sent and nothing else; a grouped item keeps its generated name. */
export function updateItem(
  platform: Platform,
  merchant: Merchant,
  row: ItemRow,
  input: unknown,
  by: Actor,
): ItemRow {
  const body = readFields(input, ITEM_FIELDS);
  const { core, rest } = split(body);
  const wanted: ItemRow = {
    ...row,
    ...(core as Partial<ItemRow>),
    more: { ...row.more, ...rest },
  };
  if (row.itemGroupId !== undefined) wanted.name = row.name;
  const sent = Object.keys(body).filter((name) => name !== 'itemGroup');
  const { untouchedItemFields, inventoryTopics } = platform.switches;
  if (sent.some((name) => !untouchedItemFields.includes(name))) {
    wanted.modifiedTime = nowMs(platform);
  }
  put(platform, merchant.tables.items, row.id, wanted);
  const turned = wanted.available !== row.available;
  if (turned) announceAvailability(platform, merchant, wanted, by);
  const told = turned && inventoryTopics === 'legacy';
  if (!told && sent.some((name) => name !== 'available')) {
    emit(platform, merchant, 'I', row.id, 'UPDATE', { by });
  }
  return wanted;
}

/** Soft: the row stays and carries deletedTime. */
export function removeItem(platform: Platform, merchant: Merchant, row: ItemRow, by: Actor): void {
  const atMs = nowMs(platform);
  put(platform, merchant.tables.items, row.id, { ...row, deletedTime: atMs, modifiedTime: atMs });
  emit(platform, merchant, 'I', row.id, 'DELETE', { by });
}

function existing(call: Call, id = param(call, 'itemId')): ItemRow {
  const row = find(call.view.tables.items, id, call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw invalidId();
  return row;
}

function shown(call: Call): ItemRow {
  const row = find(call.view.tables.items, param(call, 'itemId'), call.view.asOf);
  const gone = call.platform.switches.deletedItemById === 'gone';
  if (row === null || (row.deletedTime !== undefined && gone)) throw invalidId();
  return row;
}

function bulkAnswer(call: Call, rows: readonly ItemRow[]): Answer {
  const elements = rows.map((row) => render(items, row, call.view, []));
  const { bulkItemsAnswer } = call.platform.switches;
  return { body: bulkItemsAnswer === 'array' ? elements : { [bulkItemsAnswer]: elements } };
}

/** All or nothing: every member is checked before the first is written. */
function bulkCreate(call: Call): Answer {
  const bodies = readArray(call.body, 'items', BULK_MAX);
  for (const body of bodies) {
    const { itemGroup } = readFields(body, ITEM_FIELDS, ['name', 'price']);
    if (itemGroup !== undefined) groupOf(call.merchant, itemGroup);
  }
  return bulkAnswer(
    call,
    bodies.map((body) => createItem(call.platform, call.merchant, body, 'api')),
  );
}

function bulkUpdate(call: Call): Answer {
  const bodies = readArray(call.body, 'items', BULK_MAX);
  for (const body of bodies) {
    readFields(body, ITEM_FIELDS);
    existing(call, idOf(body));
  }
  return bulkAnswer(
    call,
    bodies.map((body) =>
      updateItem(call.platform, call.merchant, existing(call, idOf(body)), body, 'api'),
    ),
  );
}

function idOf(body: unknown): string {
  const id = isRecord(body) ? body['id'] : undefined;
  if (typeof id !== 'string') throw badRequest('id is required');
  return id;
}

function bulkDelete(call: Call): Answer {
  const ids = (call.url.searchParams.get('itemIds') ?? '').split(',').filter((id) => id !== '');
  if (ids.length === 0) throw badRequest('itemIds is required');
  const rows = ids.map((id) => existing(call, id));
  for (const row of rows) removeItem(call.platform, call.merchant, row, 'api');
  return {};
}

export const itemOperations: Operation[] = [
  listOperation('/items', 'INVENTORY_R', items, (call) =>
    all(call.view.tables.items, call.view.asOf),
  ),
  getOperation('/items/:itemId', 'INVENTORY_R', items, shown),
  {
    method: 'POST',
    path: '/items',
    permission: 'INVENTORY_W',
    run: (call) => ({
      body: show(call, items, createItem(call.platform, call.merchant, call.body, 'api')),
    }),
  },
  {
    method: 'POST',
    path: '/items/:itemId',
    permission: 'INVENTORY_W',
    run: (call) => ({
      body: show(
        call,
        items,
        updateItem(call.platform, call.merchant, existing(call), call.body, 'api'),
      ),
    }),
  },
  {
    method: 'DELETE',
    path: '/items/:itemId',
    permission: 'INVENTORY_W',
    run: (call) => {
      removeItem(call.platform, call.merchant, existing(call), 'api');
      return {};
    },
  },
  { method: 'DELETE', path: '/items', permission: 'INVENTORY_W', run: bulkDelete },
  { method: 'POST', path: '/bulk_items', permission: 'INVENTORY_W', run: bulkCreate },
  { method: 'PUT', path: '/bulk_items', permission: 'INVENTORY_W', run: bulkUpdate },
];

/** Order types: labels that name an order's kind, e.g. "BigCommerce" (clover.md 5.3). */
import { badRequest, notFound } from './errors.ts';
import { flag, integer, isRecord, oneOf, readFields, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { newId, nowMs } from './platform.ts';
import { byNumber, byText } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { all, find, put } from './store.ts';
import type { OrderTypeRow } from './types.ts';

export const orderTypes: Resource<OrderTypeRow> = {
  wire: (row, view) => ({
    href: `${view.base}/order_types/${row.id}`,
    id: row.id,
    label: row.label,
    taxable: row.taxable,
    isDefault: row.isDefault,
    isHidden: row.isHidden,
    ...row.more,
    isDeleted: row.deletedTime !== undefined,
  }),
  emptyExpands: ['hours', 'attributes', 'categories'],
  filters: { id: byText((row) => row.id), deletedTime: byNumber((row) => row.deletedTime) },
  listed: (row, filteredBy) => row.deletedTime === undefined || filteredBy.has('deletedTime'),
};

interface OrderTypeBody {
  label: string;
  taxable: boolean;
  isDefault: boolean;
  isHidden: boolean;
  labelKey: string;
  filterCategories: boolean;
  fee: number;
  minOrderAmount: number;
  maxOrderAmount: number;
  hoursAvailable: 'ALL' | 'BUSINESS' | 'CUSTOM';
  customerIdMethod: 'NAME' | 'TABLE' | 'NAME_TABLE';
}

const ORDER_TYPE_FIELDS: Fields<OrderTypeBody> = {
  label: text(127, 1),
  taxable: flag,
  isDefault: flag,
  isHidden: flag,
  labelKey: text(127),
  filterCategories: flag,
  fee: integer(0),
  minOrderAmount: integer(0),
  maxOrderAmount: integer(0),
  hoursAvailable: oneOf('ALL', 'BUSINESS', 'CUSTOM'),
  customerIdMethod: oneOf('NAME', 'TABLE', 'NAME_TABLE'),
};

function existing(call: Call): OrderTypeRow {
  const row = find(call.view.tables.orderTypes, param(call, 'orderTypeId'), call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound('Order type');
  return row;
}

/** Labels need not be unique: two calls make two types. */
function save(call: Call, before: OrderTypeRow): Answer {
  const { label, taxable, isDefault, isHidden, ...more } = readFields(call.body, ORDER_TYPE_FIELDS);
  const row: OrderTypeRow = {
    ...before,
    label: label ?? before.label,
    taxable: taxable ?? before.taxable,
    isDefault: isDefault ?? before.isDefault,
    isHidden: isHidden ?? before.isHidden,
    more: { ...before.more, ...more },
    modifiedTime: nowMs(call.platform),
  };
  put(call.platform, call.merchant.tables.orderTypes, row.id, row);
  return { body: show(call, orderTypes, row) };
}

function create(call: Call): Answer {
  if (!isRecord(call.body) || Object.keys(call.body).length === 0) {
    throw badRequest('label is required');
  }
  const defaults = { label: '', taxable: true, isDefault: false, isHidden: false, more: {} };
  return save(call, { id: newId(call.platform), ...defaults, modifiedTime: nowMs(call.platform) });
}

function remove(call: Call): Answer {
  const row = { ...existing(call), deletedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.orderTypes, row.id, row);
  return {};
}

const PATH = '/order_types/:orderTypeId';

/** UNCONFIRMED 11. */
const setup: Operation['permission'] = (switches) => switches.merchantSetupPermission;

export const orderTypeOperations: Operation[] = [
  listOperation('/order_types', 'MERCHANT_R', orderTypes, (call) =>
    all(call.view.tables.orderTypes, call.view.asOf),
  ),
  getOperation(PATH, 'MERCHANT_R', orderTypes, existing),
  { method: 'POST', path: '/order_types', permission: setup, run: create },
  { method: 'POST', path: PATH, permission: setup, run: (call) => save(call, existing(call)) },
  { method: 'DELETE', path: PATH, permission: setup, run: remove },
];

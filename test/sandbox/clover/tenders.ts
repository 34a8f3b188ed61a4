/** Tenders: clover.md section 5.5. An app makes its own once; the system's are fixed. */
import { badRequest, notFound } from './errors.ts';
import { flag, readFields, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { newId, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { byFlag, byNumber, byText } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param, show } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { all, find, put } from './store.ts';
import type { Merchant, TenderRow } from './types.ts';

export const tenders: Resource<TenderRow> = {
  wire: (row, view) => ({
    href: `${view.base}/tenders/${row.id}`,
    id: row.id,
    editable: row.editable,
    labelKey: row.labelKey,
    label: row.label,
    opensCashDrawer: row.opensCashDrawer,
    supportsTipping: row.supportsTipping,
    enabled: row.enabled,
    visible: row.visible,
    instructions: row.instructions,
  }),
  filters: {
    modifiedTime: byNumber((row) => row.modifiedTime),
    visible: byFlag((row) => row.visible),
    merchantId: byText((_row, view) => view.merchant.id),
    instruction: byText(() => undefined),
    systemTenderId: byText(() => undefined),
    label: byText((row) => row.label),
    id: byText((row) => row.id),
    labelKey: byText((row) => row.labelKey),
    opensCashDrawer: byFlag((row) => row.opensCashDrawer),
    deletedTime: byNumber((row) => row.deletedTime),
    enabled: byFlag((row) => row.enabled),
  },
  listed: (row, filteredBy) => row.deletedTime === undefined || filteredBy.has('deletedTime'),
};

/** The system tenders of clover.md 5.5, padded to the fourteen a new sandbox merchant has. */
const SYSTEM_TENDERS: [labelKey: string, label: string, enabled: boolean][] = [
  ['com.clover.tender.cash', 'Cash', true],
  ['com.clover.tender.check', 'Check', true],
  ['com.clover.tender.credit_card', 'Credit Card', true],
  ['com.clover.tender.debit_card', 'Debit Card', true],
  ['com.clover.tender.external_gift_card', 'External Gift Card', false],
  ['com.clover.tender.external_payment', 'External Payment', false],
  ['com.clover.tender.external_pin_debit', 'External PIN Debit', false],
  ['com.clover.paypal', 'PayPal', false],
  ['com.clover.venmo', 'Venmo', false],
  ...[1, 2, 3, 4, 5].map((index): [string, string, boolean] => [
    `com.clover.tender.sandbox_${index}`,
    `Sandbox Tender ${index}`,
    false,
  ]),
];

/** Gives a new merchant its fourteen tenders. */
export function seedTenders(platform: Platform, merchant: Merchant): void {
  for (const [labelKey, label, enabled] of SYSTEM_TENDERS) {
    const id = newId(platform);
    put(platform, merchant.tables.tenders, id, {
      id,
      label,
      labelKey,
      enabled,
      visible: enabled,
      opensCashDrawer: labelKey === 'com.clover.tender.cash',
      supportsTipping: labelKey !== 'com.clover.tender.cash',
      editable: false,
      modifiedTime: nowMs(platform),
    });
  }
}

type TenderBody = Pick<
  TenderRow,
  'label' | 'labelKey' | 'enabled' | 'visible' | 'opensCashDrawer' | 'supportsTipping' | 'editable'
> & { instructions: string };

const TENDER_FIELDS: Fields<TenderBody> = {
  label: text(127, 1),
  labelKey: text(127, 1),
  enabled: flag,
  visible: flag,
  opensCashDrawer: flag,
  supportsTipping: flag,
  editable: flag,
  instructions: text(Number.MAX_SAFE_INTEGER),
};

/** Label keys are not documented to be unique: two calls make two tenders. */
function create(call: Call): Answer {
  const { label = '', ...fields } = readFields(call.body, TENDER_FIELDS, ['label']);
  const row: TenderRow = {
    id: newId(call.platform),
    labelKey: '',
    enabled: true,
    visible: true,
    opensCashDrawer: false,
    supportsTipping: false,
    editable: true,
    ...fields,
    label,
    modifiedTime: nowMs(call.platform),
  };
  put(call.platform, call.merchant.tables.tenders, row.id, row);
  return { body: show(call, tenders, row) };
}

function existing(call: Call): TenderRow {
  const row = find(call.view.tables.tenders, param(call, 'tenderId'), call.view.asOf);
  if (row === null || row.deletedTime !== undefined) throw notFound('Tender');
  return row;
}

/** A system tender keeps its name; it can be switched on and off. */
function update(call: Call): Answer {
  const before = existing(call);
  const fields = readFields(call.body, TENDER_FIELDS);
  const renames = fields.label !== undefined || fields.labelKey !== undefined;
  if (!before.editable && renames) throw badRequest('System tenders cannot be renamed');
  const row = { ...before, ...fields, modifiedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.tenders, row.id, row);
  return { body: show(call, tenders, row) };
}

function remove(call: Call): Answer {
  const before = existing(call);
  if (!before.editable) throw badRequest('System tenders cannot be deleted');
  const row = { ...before, deletedTime: nowMs(call.platform) };
  put(call.platform, call.merchant.tables.tenders, row.id, row);
  return {};
}

const PATH = '/tenders/:tenderId';

/** UNCONFIRMED 11. */
const setup: Operation['permission'] = (switches) => switches.merchantSetupPermission;

export const tenderOperations: Operation[] = [
  listOperation('/tenders', 'MERCHANT_R', tenders, (call) =>
    all(call.view.tables.tenders, call.view.asOf),
  ),
  getOperation(PATH, 'MERCHANT_R', tenders, existing),
  { method: 'POST', path: '/tenders', permission: setup, run: create },
  { method: 'POST', path: PATH, permission: setup, run: update },
  { method: 'DELETE', path: PATH, permission: setup, run: remove },
];

/** Tenders, read only for now: clover.md section 5.5. */
import { notFound } from './errors.ts';
import { newId, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { byFlag, byNumber, byText } from './resource.ts';
import type { Resource } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Operation } from './serve.ts';
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

export const tenderOperations: Operation[] = [
  listOperation('/tenders', 'MERCHANT_R', tenders, (call) =>
    all(call.view.tables.tenders, call.view.asOf),
  ),
  getOperation('/tenders/:tenderId', 'MERCHANT_R', tenders, (call) => {
    const row = find(call.view.tables.tenders, param(call, 'tenderId'), call.view.asOf);
    if (row === null || row.deletedTime !== undefined) throw notFound('Tender');
    return row;
  }),
];

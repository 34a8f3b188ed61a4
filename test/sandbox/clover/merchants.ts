/** Merchant record, address, POS settings: clover.md section 7. */
import { notFound } from './errors.ts';
import { many, one } from './resource.ts';
import type { Resource, View, Wire } from './resource.ts';
import { getOperation } from './serve.ts';
import type { Call, Operation } from './serve.ts';
import { all, find } from './store.ts';
import { employees } from './employees.ts';
import { items } from './items.ts';
import { orders } from './orders.ts';
import { payments } from './payments.ts';
import { tenders } from './tenders.ts';
import type { MerchantRow } from './types.ts';

const hrefOf = (name: string) => (_row: MerchantRow, view: View) => ({
  href: `${view.base}/${name}`,
});

const address: Resource<MerchantRow> = {
  wire: (row, view) => ({ href: `${view.base}/address`, ...row.address }),
};

/** Bank numbers included, as Clover answers them: a client must keep an allow-list (clover.md 7). */
const properties: Resource<MerchantRow> = {
  wire: (row, view) => ({
    href: `${view.base}/properties`,
    merchantRef: { id: row.id },
    ...row.properties,
  }),
};

const merchants: Resource<MerchantRow> = {
  wire: (row, view): Wire => ({
    href: view.base,
    id: row.id,
    name: row.name,
    defaultCurrency: row.properties['defaultCurrency'],
    phoneNumber: row.phoneNumber,
    customerContactEmail: row.customerContactEmail,
    createdTime: row.createdTime,
    merchantPlan: { id: row.plan.id, type: row.plan.type, planCode: row.plan.planCode },
    isBillable: false,
  }),
  relations: {
    owner: one(
      employees,
      (row, view) => find(view.tables.employees, row.ownerId, view.asOf),
      (row, view) => ({ href: `${view.base}/employees/${row.ownerId}`, id: row.ownerId }),
    ),
    address: one(address, (row) => row, hrefOf('address')),
    properties: one(properties, (row) => row, hrefOf('properties')),
    employees: many(
      employees,
      (_row, view) => all(view.tables.employees, view.asOf),
      hrefOf('employees'),
    ),
    tenders: many(tenders, (_row, view) => all(view.tables.tenders, view.asOf), hrefOf('tenders')),
    items: many(
      items,
      (_row, view) =>
        all(view.tables.items, view.asOf).filter((item) => item.deletedTime === undefined),
      hrefOf('items'),
    ),
    orders: many(orders, (_row, view) => all(view.tables.orders, view.asOf), hrefOf('orders')),
    payments: many(
      payments,
      (_row, view) => all(view.tables.payments, view.asOf),
      hrefOf('payments'),
    ),
  },
  emptyExpands: [
    'shifts',
    'logos',
    'tags',
    'gateway',
    'printers',
    'modifierGroups',
    'tipSuggestions',
    'openingHours',
    'partnerApp',
    'hierarchy',
    'deviceBoarding',
    'merchantBoarding',
    'programExpress',
    'externalMerchant',
    'enterprises',
    'equipment',
    'equipmentSummary',
  ],
};

const merchantRow = (call: Call): MerchantRow => {
  const row = find(call.view.tables.merchants, call.merchant.id, call.view.asOf);
  if (row === null) throw notFound('Merchant');
  return row;
};

export const merchantOperations: Operation[] = [
  getOperation('', 'MERCHANT_R', merchants, merchantRow),
  getOperation('/address', 'MERCHANT_R', address, merchantRow),
  getOperation('/properties', 'MERCHANT_R', properties, merchantRow),
];

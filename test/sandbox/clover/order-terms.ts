/** Discounts of orders and lines, and the service charge: clover.md section 5.3. */
import { badRequest, notFound } from './errors.ts';
import { flag, integer, readFields, reference, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { discounts, modifications, orderOf, serviceCharges } from './line-items.ts';
import { lineOfPath } from './line-writes.ts';
import { retotal, saveOrder } from './order-book.ts';
import { demandUnlocked } from './order-writes.ts';
import { newId } from './platform.ts';
import { render } from './resource.ts';
import { getOperation, listOperation, param } from './serve.ts';
import type { Answer, Call, Operation } from './serve.ts';
import { find, PRIMARY, put } from './store.ts';
import type {
  DiscountRow,
  LineItemRow,
  ModificationRow,
  OrderRow,
  ServiceChargeRow,
} from './types.ts';

type DiscountBody = Required<Pick<DiscountRow, 'name'>> & {
  amount: number;
  percentage: number;
  percentageDecimal: number;
};

const DISCOUNT_FIELDS: Fields<DiscountBody> = {
  name: text(64, 1),
  amount: integer(Number.MIN_SAFE_INTEGER, 0),
  percentage: integer(0, 100),
  percentageDecimal: integer(0, 1_000_000),
};

function readDiscount(call: Call): DiscountRow {
  const { name = '', ...values } = readFields(call.body, DISCOUNT_FIELDS, ['name']);
  if (Object.keys(values).length !== 1) {
    throw badRequest('One of amount, percentage and percentageDecimal is required');
  }
  return { id: newId(call.platform), name, ...values };
}

/** Saves the order after a change of its terms or of one of its lines. */
function settle(call: Call, order: OrderRow, line?: LineItemRow): void {
  const { platform, merchant } = call;
  if (line !== undefined) put(platform, merchant.tables.lineItems, line.id, line);
  saveOrder(platform, merchant, retotal(platform, merchant, order), 'api');
}

function openOrderOf(call: Call): OrderRow {
  const order = orderOf(call);
  demandUnlocked(call, order);
  return order;
}

/** The list without the member a path names; 404 when it has none. */
function without<Row extends { id: string }>(
  rows: readonly Row[],
  id: string,
  what: string,
): Row[] {
  const left = rows.filter((row) => row.id !== id);
  if (left.length === rows.length) throw notFound(what);
  return left;
}

function addOrderDiscount(call: Call): Answer {
  const order = openOrderOf(call);
  const discount = readDiscount(call);
  settle(call, { ...order, discounts: [...order.discounts, discount] });
  return { body: render(discounts, discount, call.view, []) };
}

function removeOrderDiscount(call: Call): Answer {
  const order = openOrderOf(call);
  const left = without(order.discounts, param(call, 'discountId'), 'Discount');
  settle(call, { ...order, discounts: left });
  return {};
}

function addLineDiscount(call: Call): Answer {
  const order = openOrderOf(call);
  const line = lineOfPath(call, order);
  const discount = readDiscount(call);
  settle(call, order, { ...line, discounts: [...line.discounts, discount] });
  return { body: render(discounts, discount, call.view, []) };
}

function removeLineDiscount(call: Call): Answer {
  const order = openOrderOf(call);
  const line = lineOfPath(call, order);
  const left = without(line.discounts, param(call, 'discountId'), 'Discount');
  settle(call, order, { ...line, discounts: left });
  return {};
}

interface ModificationBody {
  modifier: { id: string };
  name: string;
  amount: number;
}

const MODIFICATION_FIELDS: Fields<ModificationBody> = {
  modifier: reference,
  name: text(255, 1),
  amount: integer(Number.MIN_SAFE_INTEGER),
};

/** Name and price are the modifier's own unless others are sent. */
function addModification(call: Call): Answer {
  const order = openOrderOf(call);
  const line = lineOfPath(call, order);
  const { modifier, name, amount } = readFields(call.body, MODIFICATION_FIELDS, ['modifier']);
  const row = find(call.merchant.tables.modifiers, modifier?.id ?? '', PRIMARY);
  if (row === null || row.deletedTime !== undefined) throw badRequest('Invalid modifier');
  const applied: ModificationRow = {
    id: newId(call.platform),
    modifierId: row.id,
    name: name ?? row.name,
    amount: amount ?? row.price,
  };
  settle(call, order, { ...line, modifications: [...line.modifications, applied] });
  return { body: render(modifications, applied, call.view, []) };
}

function removeModification(call: Call): Answer {
  const order = openOrderOf(call);
  const line = lineOfPath(call, order);
  const left = without(line.modifications, param(call, 'modificationId'), 'Modification');
  settle(call, order, { ...line, modifications: left });
  return {};
}

function defaultCharge(call: Call): ServiceChargeRow {
  const row = find(call.view.tables.merchants, call.merchant.id, call.view.asOf);
  if (row === null) throw notFound('Service charge');
  return row.serviceCharge;
}

type ChargeBody = ServiceChargeRow & { percentage: number };

const CHARGE_FIELDS: Fields<ChargeBody> = {
  id: text(13, 13),
  name: text(127, 1),
  enabled: flag,
  percentage: integer(0, 100),
  percentageDecimal: integer(0, 1_000_000),
};

function applyCharge(call: Call): Answer {
  const order = openOrderOf(call);
  const base = defaultCharge(call);
  const { percentage, ...fields } = readFields(call.body, CHARGE_FIELDS, ['id']);
  if (fields.id !== base.id) throw badRequest('Invalid service charge');
  const percentageDecimal =
    fields.percentageDecimal ?? (percentage === undefined ? undefined : percentage * 10_000);
  const charge = {
    ...base,
    ...fields,
    percentageDecimal: percentageDecimal ?? base.percentageDecimal,
  };
  settle(call, { ...order, serviceCharge: charge.enabled ? charge : undefined });
  return { body: render(serviceCharges, charge, call.view, []) };
}

function removeCharge(call: Call): Answer {
  const order = openOrderOf(call);
  if (order.serviceCharge?.id !== param(call, 'chargeId')) throw notFound('Service charge');
  settle(call, { ...order, serviceCharge: undefined });
  return {};
}

const DISCOUNTS = '/orders/:orderId/discounts';
const LINE_DISCOUNTS = '/orders/:orderId/line_items/:lineItemId/discounts';
const MODIFICATIONS = '/orders/:orderId/line_items/:lineItemId/modifications';
const CHARGE = '/orders/:orderId/service_charge';

const write = (method: 'POST' | 'DELETE', path: string, run: Operation['run']): Operation => ({
  method,
  path,
  permission: 'ORDERS_W',
  run,
});

export const orderTermOperations: Operation[] = [
  getOperation('/default_service_charge', 'MERCHANT_R', serviceCharges, defaultCharge),
  listOperation(DISCOUNTS, 'ORDERS_R', discounts, (call) => orderOf(call).discounts, true),
  write('POST', DISCOUNTS, addOrderDiscount),
  write('DELETE', `${DISCOUNTS}/:discountId`, removeOrderDiscount),
  write('POST', LINE_DISCOUNTS, addLineDiscount),
  write('DELETE', `${LINE_DISCOUNTS}/:discountId`, removeLineDiscount),
  write('POST', MODIFICATIONS, addModification),
  write('DELETE', `${MODIFICATIONS}/:modificationId`, removeModification),
  write('POST', CHARGE, applyCharge),
  write('DELETE', `${CHARGE}/:chargeId`, removeCharge),
];

/**
 * Orders from the inside: lines, payment, voids, refunds and the stock that follows them. The register uses it
 * in `register.ts`; endpoints that write orders use it with origin 'api'.
 */
import { newId, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { moveQuantity } from './stock.ts';
import { all, find, pick, PRIMARY, put } from './store.ts';
import { totalsOf } from './totals.ts';
import type { Totals } from './totals.ts';
import type { CloverSwitches } from './switches.ts';
import { emit } from './webhooks.ts';
import type { Actor } from './webhooks.ts';
import type { ItemRow, LineItemRow, Merchant, OrderOrigin, OrderRow, PaymentRow } from './types.ts';

const actorOf = (order: OrderRow): Actor => (order.origin === 'api' ? 'api' : 'merchant');

/** The merchant's POS setting. */
export const setting = (merchant: Merchant, name: string) =>
  find(merchant.tables.merchants, merchant.id, PRIMARY)?.properties[name];

/** The order's row on the primary; unknown ids are a mistake of the caller. */
export function orderRow(merchant: Merchant, orderId: string): OrderRow {
  const order = find(merchant.tables.orders, orderId, PRIMARY);
  if (order === null) throw new Error(`The sandbox has no order ${orderId}`);
  return order;
}

export const linesOf = (merchant: Merchant, order: OrderRow): LineItemRow[] =>
  pick(merchant.tables.lineItems, order.lineItemIds, PRIMARY);

/** Commits a change of an order: its clock moves and an O UPDATE goes out. */
export function saveOrder(
  platform: Platform,
  merchant: Merchant,
  order: OrderRow,
  by: Actor = actorOf(order),
): OrderRow {
  const saved = { ...order, modifiedTime: nowMs(platform) };
  put(platform, merchant.tables.orders, order.id, saved);
  emit(platform, merchant, 'O', order.id, 'UPDATE', { by });
  return saved;
}

/** Opens an empty order, at one of the merchant's own devices if at any; an API's may bring fields of its own. */
export function openOrder(
  platform: Platform,
  merchant: Merchant,
  origin: OrderOrigin,
  deviceId?: string,
  fields: Partial<OrderRow> = {},
): OrderRow {
  if (deviceId !== undefined && find(merchant.tables.devices, deviceId, PRIMARY) === null) {
    throw new Error(`The merchant has no device ${deviceId}: Clover makes their ids`);
  }
  const atMs = nowMs(platform);
  const order: OrderRow = {
    id: newId(platform),
    origin,
    currency: String(setting(merchant, 'defaultCurrency') ?? 'USD'),
    total: 0,
    paymentState: 'OPEN',
    state: 'open',
    createdTime: atMs,
    clientCreatedTime: atMs,
    modifiedTime: atMs,
    employeeId: all(merchant.tables.employees, PRIMARY)[0]?.id ?? 'DFLTEMPLOYEE',
    deviceId,
    isVat: setting(merchant, 'vat') === true,
    taxRemoved: false,
    manualTransaction: false,
    groupLineItems: true,
    testMode: false,
    lineItemIds: [],
    paymentIds: [],
    refundIds: [],
    customerIds: [],
    discounts: [],
    ...fields,
  };
  put(platform, merchant.tables.orders, order.id, order);
  emit(platform, merchant, 'O', order.id, 'CREATE', { by: actorOf(order) });
  return order;
}

/** Whether this order moves counts at all: both POS settings, and for the API the open question. */
function movesStock(platform: Platform, merchant: Merchant, order: OrderRow): boolean {
  if (order.testMode && !platform.switches.testOrdersMoveStock) return false;
  const tracked = setting(merchant, 'trackStock') === true;
  const updated = setting(merchant, 'updateStock') === true;
  return (
    tracked && updated && (order.origin === 'register' || platform.switches.apiOrdersDecrement)
  );
}

/**
 * Takes from the shelf what these lines hold, if this is the moment at which this kind of order does (UNCONFIRMED 2).
 */
export function sellAt(
  platform: Platform,
  merchant: Merchant,
  order: OrderRow,
  lines: readonly LineItemRow[],
  moment: CloverSwitches['decrementMoment'],
): void {
  const { decrementMoment, apiDecrementMoment } = platform.switches;
  const chosen = order.origin === 'api' ? (apiDecrementMoment ?? decrementMoment) : decrementMoment;
  if (chosen === moment && movesStock(platform, merchant, order)) {
    moveStock(platform, merchant, lines, 'sale');
  }
}

const unitsOf = (line: LineItemRow): number =>
  line.unitQty === undefined ? 1 : line.unitQty / 1000;

/** Moves each item's count once by what these lines hold, and marks the lines. */
function moveStock(
  platform: Platform,
  merchant: Merchant,
  lines: readonly LineItemRow[],
  cause: 'sale' | 'cancel',
): void {
  const byItem = Map.groupBy(lines, (line) => line.itemId ?? '');
  for (const [itemId, group] of byItem) {
    const moving = group.filter((line) => (cause === 'sale') === (line.stockMoved === 0));
    const units = moving.reduce(
      (sum, line) => sum + (cause === 'sale' ? unitsOf(line) : line.stockMoved),
      0,
    );
    if (itemId === '' || units === 0) continue;
    const delta = cause === 'sale' ? -units : units;
    if (moveQuantity(platform, merchant, itemId, delta, cause) === 0) continue;
    for (const line of moving) {
      const current = find(merchant.tables.lineItems, line.id, PRIMARY) ?? line;
      const stockMoved = cause === 'sale' ? unitsOf(line) : 0;
      put(platform, merchant.tables.lineItems, line.id, { ...current, stockMoved });
    }
  }
}

/** The rates that an item is sold under. */
export function taxRatesOf(merchant: Merchant, item: ItemRow): LineItemRow['taxRates'] {
  const { taxRates } = merchant.tables;
  const rates = item.defaultTaxRates
    ? all(taxRates, PRIMARY).filter((rate) => rate.isDefault)
    : pick(taxRates, item.taxRateIds, PRIMARY);
  return rates
    .filter((rate) => rate.deletedTime === undefined)
    .map(({ id, name, rate, taxAmount }) => ({
      id,
      name,
      rate,
      ...(taxAmount === undefined ? {} : { taxAmount }),
    }));
}

const optionalText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** One line of an item, as the item is now: later edits of it change nothing here. */
export function lineOf(
  platform: Platform,
  merchant: Merchant,
  orderId: string,
  item: ItemRow,
  unitQty?: number,
): LineItemRow {
  return {
    ...emptyLine(platform, orderId),
    itemId: item.id,
    name: item.name,
    price: item.price,
    unitQty,
    unitName: item.priceType === 'PER_UNIT' ? optionalText(item.more['unitName']) : undefined,
    itemCode: optionalText(item.more['code']),
    isRevenue: item.isRevenue,
    taxRates: taxRatesOf(merchant, item),
  };
}

/** A line without an item. */
export const emptyLine = (platform: Platform, orderId: string): LineItemRow => ({
  id: newId(platform),
  orderId,
  name: '',
  price: 0,
  isRevenue: true,
  printed: false,
  refunded: false,
  createdTime: nowMs(platform),
  taxRates: [],
  discounts: [],
  modifications: [],
  stockMoved: 0,
});

/** N pieces are N lines; a PER_UNIT item is one line with thousandths. */
function newLines(
  platform: Platform,
  merchant: Merchant,
  order: OrderRow,
  item: ItemRow,
  quantity: number,
): LineItemRow[] {
  const perUnit = item.priceType === 'PER_UNIT';
  if (!perUnit && (!Number.isInteger(quantity) || quantity < 1)) {
    throw new Error('A register adds whole pieces; only PER_UNIT items have fractions');
  }
  const unitQty = perUnit ? Math.round(quantity * 1000) : undefined;
  const line = () => lineOf(platform, merchant, order.id, item, unitQty);
  return Array.from({ length: perUnit ? 1 : quantity }, line);
}

/** What Clover makes of an order's lines, discounts, charge and taxes. */
export function orderTotals(merchant: Merchant, order: OrderRow, withRefunded = false): Totals {
  const { isVat: vat, taxRemoved, discounts, serviceCharge } = order;
  return totalsOf(linesOf(merchant, order), {
    vat,
    taxRemoved,
    withRefunded,
    discounts,
    serviceCharge,
  });
}

/** The register totals its orders; an API order keeps what the app posted, by the guide (clover.md 5.3). */
export function retotal(platform: Platform, merchant: Merchant, order: OrderRow): OrderRow {
  if (order.origin === 'api' && !platform.switches.apiTotalFollowsLines) return order;
  return { ...order, total: orderTotals(merchant, order, true).total };
}

/** Adds an item to an open order; one O UPDATE per call. */
export function addLines(
  platform: Platform,
  merchant: Merchant,
  orderId: string,
  item: ItemRow,
  quantity: number,
): LineItemRow[] {
  const order = orderRow(merchant, orderId);
  const lines = newLines(platform, merchant, order, item, quantity);
  attachLines(platform, merchant, order, lines);
  return lines;
}

/** Puts lines on an order, totals it and moves stock where this is the moment for it. */
export function attachLines(
  platform: Platform,
  merchant: Merchant,
  order: OrderRow,
  lines: readonly LineItemRow[],
  by?: Actor,
): void {
  for (const line of lines) put(platform, merchant.tables.lineItems, line.id, line);
  const ids = [...order.lineItemIds, ...lines.map((line) => line.id)];
  saveOrder(platform, merchant, retotal(platform, merchant, { ...order, lineItemIds: ids }), by);
  sellAt(platform, merchant, order, lines, 'line-added');
}

/** Takes a line off an unpaid order. */
export function removeLine(
  platform: Platform,
  merchant: Merchant,
  orderId: string,
  lineItemId: string,
): void {
  const order = orderRow(merchant, orderId);
  const line = find(merchant.tables.lineItems, lineItemId, PRIMARY);
  if (line === null || line.orderId !== orderId) throw new Error('The order has no such line');
  if (order.paymentState !== 'OPEN') throw new Error('A paid line is refunded, not voided');
  detachLines(platform, merchant, order, [line]);
}

/** Takes lines off an order, and gives back what they took where voids do that. */
export function detachLines(
  platform: Platform,
  merchant: Merchant,
  order: OrderRow,
  lines: readonly LineItemRow[],
  by?: Actor,
): void {
  const gone = new Set(lines.map((line) => line.id));
  for (const id of gone) put(platform, merchant.tables.lineItems, id, null);
  const ids = order.lineItemIds.filter((id) => !gone.has(id));
  saveOrder(platform, merchant, retotal(platform, merchant, { ...order, lineItemIds: ids }), by);
  if (!platform.switches.voidRestocks) return;
  for (const line of lines) {
    if (line.stockMoved === 0) continue;
    moveQuantity(platform, merchant, line.itemId ?? '', line.stockMoved, 'cancel');
  }
}

/** Lines are printed to the kitchen or the receipt: they flip `printed`, the order hears of it. */
export function printOrder(platform: Platform, merchant: Merchant, orderId: string): void {
  const order = orderRow(merchant, orderId);
  for (const line of linesOf(merchant, order)) {
    put(platform, merchant.tables.lineItems, line.id, { ...line, printed: true });
  }
  saveOrder(platform, merchant, order);
}

export interface RegisterPayment {
  tenderId: string;
  tipAmount: number;
  /** Minor units; all that is left to pay when left out. */
  amount?: number | undefined;
}

/** What payments brought in so far. */
const paidOf = (merchant: Merchant, order: OrderRow): number =>
  pick(merchant.tables.payments, order.paymentIds, PRIMARY).reduce(
    (sum, { amount }) => sum + amount,
    0,
  );

/**
 * Pays at the register: P CREATE, then O UPDATE, with the order locked once nothing is left to pay. A part of the total
 * carries its part of the taxes.
 */
export function payOrder(
  platform: Platform,
  merchant: Merchant,
  orderId: string,
  payment: RegisterPayment,
): PaymentRow {
  const order = orderRow(merchant, orderId);
  const { taxAmount, taxes, total } = orderTotals(merchant, order);
  const left = total - paidOf(merchant, order);
  const settledBefore = order.paymentState !== 'OPEN' && order.paymentState !== 'PARTIALLY_PAID';
  if (settledBefore) throw new Error('The order is paid already');
  const amount = payment.amount ?? left;
  if (amount > left || amount < 0) throw new Error(`Only ${left} is left to pay`);
  const part = (value: number) => (total === 0 ? value : Math.round((value * amount) / total));
  const atMs = nowMs(platform);
  const row: PaymentRow = {
    id: newId(platform),
    orderId,
    tenderId: payment.tenderId,
    employeeId: order.employeeId,
    deviceId: order.deviceId,
    amount,
    tipAmount: payment.tipAmount,
    taxAmount: part(taxAmount),
    result: 'SUCCESS',
    offline: false,
    createdTime: atMs,
    clientCreatedTime: atMs,
    modifiedTime: atMs,
    taxRates: taxes.map((share) => ({
      ...share,
      taxableAmount: part(share.taxableAmount),
      taxAmount: part(share.taxAmount),
    })),
    refundIds: [],
  };
  put(platform, merchant.tables.payments, row.id, row);
  emit(platform, merchant, 'P', row.id, 'CREATE');
  const paid: OrderRow = { ...order, total, paymentIds: [...order.paymentIds, row.id] };
  if (amount < left) {
    saveOrder(platform, merchant, { ...paid, paymentState: 'PARTIALLY_PAID' }, 'merchant');
    return row;
  }
  const payType = amount === total ? 'FULL' : 'SPLIT_CUSTOM';
  const settled = { paymentState: 'PAID', state: 'locked', payType } as const;
  saveOrder(platform, merchant, { ...paid, ...settled }, 'merchant');
  sellAt(platform, merchant, order, linesOf(merchant, order), 'paid');
  return row;
}

/** Puts what these lines took back on the shelf. */
export const restock = (
  platform: Platform,
  merchant: Merchant,
  lines: readonly LineItemRow[],
): void => moveStock(platform, merchant, lines, 'cancel');

/**
 * Sales in store for tests of their translation. `registerSales` generates them as registers ring them up; what they come
 * to is worked out by the sandbox's own calculator, not by the code under test.
 */
import fc from 'fast-check';
import type {
  RegisterPayment,
  RegisterSale,
  RegisterSaleLine,
} from '../../src/domain/orders/register-sale.ts';
import type { SaleOptions } from '../../src/domain/orders/sale-plan.ts';
import { totalsOf, type Totals } from '../sandbox/clover/totals.ts';
import type { LineItemRow } from '../sandbox/clover/types.ts';

export function registerLine(changes: Partial<RegisterSaleLine> = {}): RegisterSaleLine {
  return {
    lineItemId: 'L1',
    itemId: 'ITEM1',
    name: 'Mug',
    note: '',
    priceMinor: 1_000,
    unitQty: null,
    modifications: [],
    discounts: [],
    rates: [],
    isExchanged: false,
    isRefunded: false,
    ...changes,
  };
}

export function registerPayment(changes: Partial<RegisterPayment> = {}): RegisterPayment {
  return {
    tender: 'Credit Card',
    isCash: false,
    amountMinor: 1_000,
    tipMinor: 0,
    chargesMinor: 0,
    taxMinor: 0,
    isDone: true,
    ...changes,
  };
}

/** A paid sale of one mug at 10.00 without tax; `changes` make it another. */
export function registerSale(changes: Partial<RegisterSale> = {}): RegisterSale {
  return {
    merchantId: 'M1',
    orderId: 'O1',
    currency: 'USD',
    totalMinor: 1_000,
    isTest: false,
    isDeleted: false,
    isVat: false,
    taxRemoved: false,
    note: '',
    soldAtMs: 1_795_000_000_000,
    lines: [registerLine()],
    discounts: [],
    serviceCharge: null,
    payments: [registerPayment()],
    ...changes,
  };
}

export function saleOptions(changes: Partial<SaleOptions> = {}): SaleOptions {
  return {
    storeCurrency: 'USD',
    roundingMaxMinor: 0,
    variants: new Map([
      ['ITEM1', { productId: 70, variantId: 71, sku: 'MUG' }],
      ['ITEM2', { productId: 80, variantId: 81, sku: 'TEA' }],
    ]),
    ...changes,
  };
}

const RATES = [
  { taxRateId: 'T1', rate: 825_000, flatMinor: 0 },
  { taxRateId: 'T2', rate: 100_000, flatMinor: 0 },
  { taxRateId: 'T3', rate: 0, flatMinor: 7 },
] as const;

const discount = fc.oneof(
  fc.record({
    name: fc.constant('Off'),
    amountOff: fc.integer({ min: 1, max: 900 }),
    percentageDecimal: fc.constant(0),
  }),
  fc.record({
    name: fc.constant('Percent'),
    amountOff: fc.constant(0),
    percentageDecimal: fc.integer({ min: 1, max: 600_000 }),
  }),
);

const line = fc.record({
  itemId: fc.constantFrom('ITEM1', 'ITEM2', 'UNLINKED', null),
  priceMinor: fc.integer({ min: 0, max: 250_000 }),
  unitQty: fc.option(fc.integer({ min: 1, max: 9_999 }), { freq: 6 }),
  modifications: fc.array(
    fc.record({ name: fc.constant('Large'), amountMinor: fc.integer({ min: 0, max: 500 }) }),
    { maxLength: 2 },
  ),
  discounts: fc.array(discount, { maxLength: 2 }),
  rates: fc.subarray([...RATES]),
  units: fc.integer({ min: 1, max: 7 }),
});

const order = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 6 }),
  discounts: fc.array(discount, { maxLength: 2 }),
  charge: fc.option(fc.integer({ min: 1, max: 250_000 }), { freq: 3 }),
  isVat: fc.boolean(),
  taxRemoved: fc.constantFrom(false, false, false, true),
  cuts: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 2 }),
  tip: fc.constantFrom(0, 0, 150),
  surcharge: fc.constantFrom(0, 0, 33),
  /** What the payments miss or have too much. */
  off: fc.constantFrom(0, 0, 0, 0, 0, 0, -2, 3, 250, -250),
  isCash: fc.boolean(),
  saysTax: fc.boolean(),
});

const rowOf = (each: RegisterSaleLine): LineItemRow =>
  ({
    price: each.priceMinor,
    ...(each.unitQty === null ? {} : { unitQty: each.unitQty }),
    modifications: each.modifications.map(({ amountMinor }) => ({ amount: amountMinor })),
    discounts: each.discounts.map(rowOfDiscount),
    taxRates: each.rates.map(({ taxRateId, rate, flatMinor }) => ({
      id: taxRateId,
      name: taxRateId,
      rate,
      taxAmount: flatMinor,
    })),
    refunded: false,
  }) as unknown as LineItemRow;

const rowOfDiscount = (each: RegisterSale['discounts'][number]) => ({
  id: '',
  name: each.name,
  ...(each.amountOff === 0
    ? { percentageDecimal: each.percentageDecimal }
    : { amount: -each.amountOff }),
});

/** What the sandbox's register makes of it. */
export function registerTotals(sale: RegisterSale): Totals {
  const charge = sale.serviceCharge;
  return totalsOf(sale.lines.map(rowOf), {
    vat: sale.isVat,
    taxRemoved: sale.taxRemoved,
    discounts: sale.discounts.map(rowOfDiscount),
    ...(charge === null ? {} : { serviceCharge: { id: 'S', enabled: true, ...charge } }),
  });
}

export interface GeneratedSale {
  readonly sale: RegisterSale;
  readonly totals: Totals;
  /** What was paid beside what is due. */
  readonly off: number;
}

export const registerSales: fc.Arbitrary<GeneratedSale> = order.map((given) => {
  // A flat tax inside a price may be more than the price.
  const fits = ({ flatMinor }: (typeof RATES)[number]) => !given.isVat || flatMinor === 0;
  const lines = given.lines.flatMap(({ units, ...rest }, index) =>
    Array.from({ length: units }, (_, unit) =>
      registerLine({
        ...rest,
        rates: rest.rates.filter(fits),
        lineItemId: `L${index}-${unit}`,
        name: `Item ${rest.itemId}`,
      }),
    ),
  );
  const serviceCharge =
    given.charge === null ? null : { name: 'Service', percentageDecimal: given.charge };
  const { discounts, isVat, taxRemoved } = given;
  const unpaid = registerSale({ lines, discounts, isVat, taxRemoved, serviceCharge, payments: [] });
  const totals = registerTotals(unpaid);
  const off = Math.max(given.off, -totals.total);
  const amounts = cutUp(totals.total + off, given.cuts);
  const taxes = cutUp(given.saysTax ? totals.taxAmount : 0, given.cuts);
  const payments = amounts.map((amountMinor, index) =>
    registerPayment({
      tender: given.isCash && index === 0 ? 'Cash' : `Card ${index}`,
      isCash: given.isCash && index === 0,
      amountMinor,
      taxMinor: taxes[index] ?? 0,
      tipMinor: index === 0 ? given.tip : 0,
      chargesMinor: index === 0 ? given.surcharge : 0,
    }),
  );
  const voided = registerPayment({ amountMinor: 777, isDone: false });
  const sale = { ...unpaid, totalMinor: totals.total, payments: [...payments, voided] };
  return { sale, totals, off };
});

/** `minor` in parts by percents of what is left, the last the rest. */
function cutUp(minor: number, percents: readonly number[]): number[] {
  let left = minor;
  const parts = percents.map((percent) => {
    const part = Math.floor((left * percent) / 100);
    left -= part;
    return part;
  });
  return [...parts, left];
}

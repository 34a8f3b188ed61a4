/** Shapes of Clover answers about money: orders with their terms, payments, refunds, tenders (clover.md 5). */
import * as v from 'valibot';
import { epochMs, id, maybe, nested, reference, textOrEmpty } from './wire.ts';

const maybeReference = maybe(v.object({ id: maybe(v.string()) }));

const wireDiscount = v.object({
  id: maybe(v.string()),
  name: textOrEmpty,
  amount: maybe(v.number()),
  percentage: maybe(v.number()),
  /** Percent times 10,000. */
  percentageDecimal: maybe(v.number()),
});
export type WireDiscount = v.InferOutput<typeof wireDiscount>;

export const wireServiceCharge = v.object({
  id,
  name: textOrEmpty,
  enabled: maybe(v.boolean()),
  percentage: maybe(v.number()),
  percentageDecimal: maybe(v.number()),
});
export type WireServiceCharge = v.InferOutput<typeof wireServiceCharge>;

export const wireOrderTerms = v.object({
  id,
  currency: textOrEmpty,
  title: textOrEmpty,
  note: textOrEmpty,
  state: maybe(v.string()),
  paymentState: maybe(v.string()),
  total: maybe(v.number()),
  testMode: maybe(v.boolean()),
  taxRemoved: maybe(v.boolean()),
  isVat: maybe(v.boolean()),
  externalReferenceId: maybe(v.string()),
  orderType: maybeReference,
  employee: maybeReference,
  device: maybeReference,
  createdTime: maybe(epochMs),
  modifiedTime: maybe(epochMs),
  deletedTimestamp: maybe(v.number()),
  discounts: nested(wireDiscount),
  serviceCharge: maybe(wireServiceCharge),
  customers: nested(reference),
});
export type WireOrderTerms = v.InferOutput<typeof wireOrderTerms>;

const wireLineTax = v.object({
  id: maybe(v.string()),
  name: textOrEmpty,
  /** 10,000,000 is 100 %. */
  rate: maybe(v.number()),
  taxAmount: maybe(v.number()),
});

export const wirePricedLine = v.object({
  id,
  item: maybeReference,
  name: textOrEmpty,
  price: maybe(v.number()),
  unitQty: maybe(v.number()),
  note: textOrEmpty,
  userData: textOrEmpty,
  refunded: maybe(v.boolean()),
  exchanged: maybe(v.boolean()),
  isRevenue: maybe(v.boolean()),
  discounts: nested(wireDiscount),
  modifications: nested(
    v.object({ id: maybe(v.string()), name: textOrEmpty, amount: maybe(v.number()) }),
  ),
  taxRates: nested(wireLineTax),
});
export type WirePricedLine = v.InferOutput<typeof wirePricedLine>;

export const wireTender = v.object({
  id,
  label: textOrEmpty,
  labelKey: textOrEmpty,
  enabled: maybe(v.boolean()),
  visible: maybe(v.boolean()),
});
export type WireTender = v.InferOutput<typeof wireTender>;

export const wireOrderType = v.object({
  id,
  label: textOrEmpty,
  taxable: maybe(v.boolean()),
  isHidden: maybe(v.boolean()),
  isDeleted: maybe(v.boolean()),
});
export type WireOrderType = v.InferOutput<typeof wireOrderType>;

export const wireFullPayment = v.object({
  id,
  order: maybeReference,
  tender: maybe(v.object({ id: maybe(v.string()), label: textOrEmpty, labelKey: textOrEmpty })),
  amount: v.number(),
  tipAmount: maybe(v.number()),
  taxAmount: maybe(v.number()),
  result: textOrEmpty,
  offline: maybe(v.boolean()),
  externalPaymentId: maybe(v.string()),
  createdTime: maybe(epochMs),
  modifiedTime: maybe(epochMs),
  taxRates: nested(
    v.object({
      id: maybe(v.string()),
      name: textOrEmpty,
      rate: maybe(v.number()),
      taxableAmount: maybe(v.number()),
      taxAmount: maybe(v.number()),
    }),
  ),
  additionalCharges: nested(v.object({ type: textOrEmpty, amount: maybe(v.number()) })),
});
export type WireFullPayment = v.InferOutput<typeof wireFullPayment>;

export const wireFullRefund = v.object({
  id,
  orderRef: maybeReference,
  payment: maybeReference,
  amount: v.number(),
  taxAmount: maybe(v.number()),
  tipAmount: maybe(v.number()),
  status: maybe(v.string()),
  voided: maybe(v.boolean()),
  reason: textOrEmpty,
  createdTime: maybe(epochMs),
  overrideMerchantTender: maybeReference,
  lineItems: nested(reference),
});
export type WireFullRefund = v.InferOutput<typeof wireFullRefund>;

export const wireCredit = v.object({
  id,
  orderRef: maybeReference,
  tender: maybe(v.object({ id: maybe(v.string()), label: textOrEmpty, labelKey: textOrEmpty })),
  amount: v.number(),
  taxAmount: maybe(v.number()),
  result: maybe(v.string()),
  voided: maybe(v.boolean()),
  reason: textOrEmpty,
  createdTime: maybe(epochMs),
});
export type WireCredit = v.InferOutput<typeof wireCredit>;

/** An order whose refunds were expanded. */
export const wireOrderRefunds = v.object({ id, refunds: nested(wireFullRefund) });

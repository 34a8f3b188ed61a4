/**
 * Shapes of Clover answers, only the fields that the relay reads. Absent does not mean null or false: Clover leaves
 * fields out (clover.md 0), so nearly everything is optional here.
 */
import * as v from 'valibot';

/** Ids of all objects; employees' and devices' are longer than the rest (clover.md 0). */
export const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
export const reference = v.object({ id });
export const epochMs = v.pipe(v.number(), v.integer(), v.minValue(0));
export const textOrEmpty = v.nullish(v.string(), '');
/** Absent and null are the same to us. */
export const maybe = <Value>(schema: v.GenericSchema<unknown, Value>) => v.nullish(schema, null);

/** A list, or a nested collection when it was expanded: `{elements: […], href}`. */
export function elementsOf<Item>(item: v.GenericSchema<unknown, Item>) {
  return v.object({ elements: v.array(item) });
}
/** A nested collection that may be absent or a bare `{href}`. */
export const nested = <Item>(item: v.GenericSchema<unknown, Item>) =>
  maybe(v.object({ elements: maybe(v.array(item)) }));

export const wireToken = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  /** Unix seconds, unlike every other time of Clover (clover.md 1). */
  access_token_expiration: epochMs,
  refresh_token: maybe(v.pipe(v.string(), v.minLength(1))),
  refresh_token_expiration: maybe(epochMs),
});
export type WireToken = v.InferOutput<typeof wireToken>;

/** An allow-list: the answer also holds bank account numbers, which never pass this point (clover.md 7). */
const wireProperties = v.object({
  defaultCurrency: maybe(v.string()),
  timezone: maybe(v.string()),
  locale: maybe(v.string()),
  trackStock: maybe(v.boolean()),
  updateStock: maybe(v.boolean()),
  vat: maybe(v.boolean()),
});

export const wireMerchant = v.object({
  id,
  name: textOrEmpty,
  merchantPlan: maybe(v.object({ name: maybe(v.string()), planCode: maybe(v.string()) })),
  defaultCurrency: maybe(v.string()),
  properties: maybe(wireProperties),
});
export type WireMerchant = v.InferOutput<typeof wireMerchant>;

/** Its id is a UUID, unlike every other (clover.md 0). */
export const wireDevice = v.object({ id, name: textOrEmpty, serial: textOrEmpty });

export const wireStock = v.object({
  item: maybe(reference),
  /** Absent for an item that was never stocked; whole or decimal, may be negative (clover.md 4.2). */
  quantity: maybe(v.number()),
  modifiedTime: maybe(epochMs),
});
export type WireStock = v.InferOutput<typeof wireStock>;

export const wireItem = v.object({
  id,
  name: textOrEmpty,
  sku: textOrEmpty,
  code: textOrEmpty,
  price: maybe(v.number()),
  priceType: maybe(v.string()),
  cost: maybe(v.number()),
  autoManage: maybe(v.boolean()),
  hidden: maybe(v.boolean()),
  available: maybe(v.boolean()),
  deletedTime: maybe(v.number()),
  modifiedTime: maybe(epochMs),
  itemGroup: maybe(reference),
  itemStock: maybe(wireStock),
  defaultTaxRates: maybe(v.boolean()),
  categories: nested(reference),
  taxRates: nested(reference),
});
export type WireItem = v.InferOutput<typeof wireItem>;

export const wireLine = v.object({
  id,
  item: maybe(v.object({ id: maybe(v.string()) })),
  name: textOrEmpty,
  price: maybe(v.number()),
  unitQty: maybe(v.number()),
  refunded: maybe(v.boolean()),
  exchanged: maybe(v.boolean()),
  createdTime: maybe(epochMs),
});
export type WireLine = v.InferOutput<typeof wireLine>;

export const wirePayment = v.object({
  id: maybe(v.string()),
  order: maybe(v.object({ id: maybe(v.string()) })),
  amount: maybe(v.number()),
  result: maybe(v.string()),
  createdTime: maybe(epochMs),
});

const wireRefund = v.object({
  id: maybe(v.string()),
  amount: maybe(v.number()),
  status: maybe(v.string()),
  voided: maybe(v.boolean()),
  createdTime: maybe(epochMs),
  lineItems: nested(reference),
});

export const wireOrder = v.object({
  id,
  state: maybe(v.string()),
  paymentState: maybe(v.string()),
  testMode: maybe(v.boolean()),
  total: maybe(v.number()),
  externalReferenceId: maybe(v.string()),
  createdTime: maybe(epochMs),
  modifiedTime: maybe(epochMs),
  deletedTimestamp: maybe(v.number()),
  device: maybe(v.object({ id: maybe(v.string()) })),
  lineItems: nested(wireLine),
  payments: nested(wirePayment),
  refunds: nested(wireRefund),
});
export type WireOrder = v.InferOutput<typeof wireOrder>;

export const wireChangedOrder = v.object({ id, modifiedTime: maybe(epochMs) });

/** Orders, with the money that came in and went back, as plain data. Money is in ten-thousandths. */

/** One tax on one class of goods; several of them add up. */
export interface TaxRate {
  id: number;
  name: string;
  classId: number;
  className: string;
  /** Thousandths of a percent: 8.25 % is 8,250. */
  milliPercent: number;
}

export interface OrderFee {
  id: number;
  name: string;
  source: string;
  exTax: number;
  incTax: number;
  taxClassId: number | null;
}

/** A coupon that was used: type 1 takes a percentage off the order, 2 an amount. */
export interface OrderCoupon {
  id: number;
  couponId: number;
  code: string;
  type: 1 | 2;
  /** Percent or amount, in ten-thousandths. */
  amount: number;
  discount: number;
}

/** One movement of money (orders.v3.yml, Transaction). */
export interface Transaction {
  id: number;
  event: 'purchase' | 'authorization' | 'capture' | 'refund' | 'void' | 'pending' | 'settled';
  method: 'credit_card' | 'gift_certificate' | 'store_credit' | 'custom' | 'offline' | 'offsite';
  gateway: string;
  name: string;
  amount: number;
  atMs: number;
  status: 'ok' | 'error';
  /** The transaction a refund gives back; null for money that came in. */
  referenceId: number | null;
}

export type RefundItemType =
  | 'PRODUCT'
  | 'GIFT_WRAPPING'
  | 'SHIPPING'
  | 'HANDLING'
  | 'ORDER'
  | 'FEE';

export interface RefundItem {
  type: RefundItemType;
  itemId: number;
  reason: string;
  /** Units of PRODUCT and GIFT_WRAPPING; 1 for the others. */
  quantity: number;
  /** Before adjustments, in the way the store enters prices: with or without tax. */
  requested: number;
  adjustments: { amount: number; description: string }[];
  /** What goes back for it, its tax included, and the tax. */
  total: number;
  tax: number;
}

export interface RefundPayment {
  id: number;
  providerId: string;
  amount: number;
  offline: boolean;
  transactionId: number;
}

export interface Refund {
  id: number;
  atMs: number;
  total: number;
  tax: number;
  isOverride: boolean;
  items: RefundItem[];
  payments: RefundPayment[];
}

export interface OrderLine {
  id: number;
  /** 0 for a custom line. */
  productId: number;
  variantId: number;
  name: string;
  sku: string;
  upc: string;
  quantity: number;
  priceExTax: number;
  priceIncTax: number;
  taxClassId: number;
  /** Taxed by the store's own rates; a line whose prices an API caller gave is taxed as those say. */
  isTaxedByStore: boolean;
  /** For the whole line; null without gift wrapping. */
  wrapping: { name: string; message: string; exTax: number; incTax: number } | null;
  /** The bundle this line is a part of; its price is the parent's then. */
  parentLineId: number | null;
  type: 'physical' | 'digital';
  options: { optionId: number; name: string; value: string; valueId: number }[];
  /** Units this line holds of a location's stock; 0 when none was taken. */
  takenUnits: number;
  takenFrom: number;
}

export interface Address {
  first_name: string;
  last_name: string;
  company: string;
  street_1: string;
  street_2: string;
  city: string;
  state: string;
  zip: string;
  country: string;
  country_iso2: string;
  phone: string;
  email: string;
}

export interface Order {
  id: number;
  channelId: number;
  customerId: number;
  statusId: number;
  createdAtMs: number;
  modifiedAtMs: number;
  shippedAtMs: number | null;
  cartId: string;
  orderSource: 'www' | 'manual' | 'external';
  paymentMethod: string;
  paymentStatus: '' | 'captured' | 'paid' | 'refunded' | 'partially refunded';
  staffNotes: string;
  customerMessage: string;
  externalSource: string | null;
  externalOrderId: string;
  externalMerchantId: string | null;
  currencyCode: string;
  discountAmount: number;
  shippingExTax: number;
  shippingIncTax: number;
  shippingTaxClassId: number;
  handlingExTax: number;
  handlingIncTax: number;
  fees: OrderFee[];
  coupons: OrderCoupon[];
  giftCertificateAmount: number;
  storeCreditAmount: number;
  /** Whether prices held their tax when the order was made. */
  isTaxInclusive: boolean;
  /** The rates that were in force then. */
  taxRates: TaxRate[];
  /** Units of the order's currency for one of the store's, as text. */
  exchangeRate: string;
  transactions: Transaction[];
  refunds: Refund[];
  /** Totals given by the API caller instead of computed; only those named are overridden (7.4). */
  overrides: Partial<Record<TotalField, number>>;
  billingAddress: Address;
  shippingAddresses: (Address & { id: number; shippingMethod: string })[];
  lines: OrderLine[];
  isDeleted: boolean;
}

export type TotalField = 'subtotal_ex_tax' | 'subtotal_inc_tax' | 'total_ex_tax' | 'total_inc_tax';

/**
 * A web order's money and lines as BigCommerce tells them, before anything is decided: amounts are its own decimal
 * texts in the currency that the shopper paid in (bigcommerce.md 7.2).
 */

/** An amount without and with tax. */
export interface TaxedAmount {
  readonly exTax: string;
  readonly incTax: string;
}

export interface WebSaleLine {
  readonly lineId: number;
  readonly variantId: number | null;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** `physical`, `digital`, `giftcertificate`. */
  readonly type: string;
  /** Part of a pick list or bundle; its parent may hold the price already. */
  readonly isBundleChild: boolean;
  /** The whole line, before discounts of the order. */
  readonly total: TaxedAmount;
  readonly options: readonly { readonly name: string; readonly value: string }[];
  /** Its shares of the order's discounts, by name. */
  readonly discounts: readonly { readonly name: string; readonly amount: string }[];
}

export interface WebSaleFee extends TaxedAmount {
  readonly name: string;
}

/** Money that came in, by BigCommerce's list of transactions. */
export interface WebPayment {
  /** What BigCommerce calls the method: `credit_card`, `gift_certificate`, … */
  readonly method: string;
  readonly amount: string;
}

export interface WebSale {
  readonly orderId: number;
  readonly statusId: number;
  readonly status: string;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** What the shopper paid in; all amounts are in it. */
  readonly currency: string;
  readonly storeCurrency: string;
  /** How many units of `currency` one of `storeCurrency` is. */
  readonly storeToCurrencyRate: string;
  readonly isTaxInclusive: boolean;
  readonly total: TaxedAmount;
  readonly totalTax: string;
  readonly subtotal: TaxedAmount;
  readonly shipping: TaxedAmount;
  readonly handling: TaxedAmount;
  readonly wrapping: TaxedAmount;
  readonly fees: readonly WebSaleFee[];
  /** Taken off by staff or a promotion. */
  readonly discount: string;
  readonly couponDiscount: string;
  readonly storeCredit: string;
  readonly giftCertificate: string;
  readonly paymentMethod: string;
  /** `paid`, `captured`, `authorized`, `declined`, … or empty. */
  readonly paymentStatus: string;
  /** Tax by name, where it was asked for; empty: the total alone is known. */
  readonly taxes: readonly { readonly name: string; readonly amount: string }[];
  /** Several payments, where they were asked for; empty: one, by `paymentMethod`. */
  readonly payments: readonly WebPayment[];
  readonly shippingMethod: string;
  readonly customerMessage: string;
  readonly customerName: string;
  readonly isDeleted: boolean;
  readonly lines: readonly WebSaleLine[];
}

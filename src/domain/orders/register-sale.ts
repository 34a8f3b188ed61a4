/** A sale rung up in store as Clover tells it, before anything is decided: minor units of the merchant's currency. */

export interface RegisterDiscount {
  readonly name: string;
  /** Taken off, zero or more; 0 for a percentage. */
  readonly amountOff: number;
  /** Percent times 10,000; 0 for an amount. */
  readonly percentageDecimal: number;
}

export interface RegisterTaxRate {
  readonly taxRateId: string;
  /** 10,000,000 is 100 %. */
  readonly rate: number;
  /** A flat tax; 0 for a rate. */
  readonly flatMinor: number;
}

export interface RegisterSaleLine {
  readonly lineItemId: string;
  /** null for a line typed in by hand. */
  readonly itemId: string | null;
  readonly name: string;
  readonly note: string;
  /** Of one unit, before modifications and discounts. */
  readonly priceMinor: number;
  /** Thousandths of a unit, for items sold by weight or length only. */
  readonly unitQty: number | null;
  readonly modifications: readonly { readonly name: string; readonly amountMinor: number }[];
  readonly discounts: readonly RegisterDiscount[];
  readonly rates: readonly RegisterTaxRate[];
  /** It came back, and another line of the order took its place. */
  readonly isExchanged: boolean;
  readonly isRefunded: boolean;
}

export interface RegisterPayment {
  readonly tender: string;
  readonly isCash: boolean;
  /** Without tip and surcharges. */
  readonly amountMinor: number;
  readonly tipMinor: number;
  readonly chargesMinor: number;
  /** Part of `amountMinor`. */
  readonly taxMinor: number;
  /** Money really came in. */
  readonly isDone: boolean;
}

export interface RegisterSale {
  readonly merchantId: string;
  readonly orderId: string;
  readonly currency: string;
  /** What the register says the order comes to, without tips. */
  readonly totalMinor: number;
  readonly isTest: boolean;
  readonly isDeleted: boolean;
  /** Prices include tax. */
  readonly isVat: boolean;
  readonly taxRemoved: boolean;
  readonly note: string;
  /** Epoch milliseconds. */
  readonly soldAtMs: number;
  readonly lines: readonly RegisterSaleLine[];
  /** Of the whole order. */
  readonly discounts: readonly RegisterDiscount[];
  readonly serviceCharge: { readonly name: string; readonly percentageDecimal: number } | null;
  readonly payments: readonly RegisterPayment[];
}

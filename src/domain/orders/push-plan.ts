/** What one web order becomes at a register (O1): plain data, stored as the intent before anything is sent. */
import type { PartKind } from './parts.ts';

export interface PlanLine {
  readonly kind: Exclude<PartKind, 'discount'>;
  /** The web order's line; null for shipping, tax and the like. */
  readonly webLineId: number | null;
  /** Clover item; null for a line without one. */
  readonly itemId: string | null;
  readonly name: string;
  readonly priceMinor: number;
  readonly note: string;
  readonly isRevenue: boolean;
}

export interface PlanDiscount {
  readonly name: string;
  /** Negative. */
  readonly amountMinor: number;
}

export interface PlanPayment {
  /** `BC{orderId}-{n}`: how it is found again (Clover's `externalPaymentId`, 32 characters). */
  readonly key: string;
  readonly kind: 'method' | 'gift_certificate' | 'store_credit';
  /** As BigCommerce names it; chooses the tender. */
  readonly method: string;
  /** Null: a tender of its own is found or made. */
  readonly tenderId: string | null;
  readonly amountMinor: number;
  readonly taxMinor: number;
}

/** The order's money by kind, for the tie-out. */
export type Breakdown = Readonly<Record<PartKind, number>>;

export interface PushPlan {
  /** `BC{orderId}`: Clover's `externalReferenceId`. */
  readonly reference: string;
  /** Currency of every amount: the merchant's. */
  readonly currency: string;
  readonly totalMinor: number;
  readonly taxMinor: number;
  readonly title: string;
  readonly note: string;
  readonly lines: readonly PlanLine[];
  readonly discounts: readonly PlanDiscount[];
  readonly payments: readonly PlanPayment[];
  readonly breakdown: Breakdown;
  /** The register's customer; left out: none. */
  readonly customerId?: string;
}

export type ParkCode =
  | 'total_differs'
  | 'too_many_lines'
  | 'other_currency'
  | 'unknown_method'
  | 'unlinked_line'
  | 'credits_exceed_total'
  | 'unreadable_amount'
  | 'no_register'
  | 'nothing_sold';

/** Why an order waits for a person. */
export interface Parking {
  readonly code: ParkCode;
  /** What happened, in one plain sentence. */
  readonly message: string;
  /** What to set or do; once done the order goes on by itself. */
  readonly fix: string;
  /** BigCommerce's total less what its parts add up to, minor units of the order's currency. */
  readonly differenceMinor?: number;
}

export type Translation =
  | { readonly kind: 'plan'; readonly plan: PushPlan }
  | { readonly kind: 'parked'; readonly parking: Parking }
  /** Not (yet) something that was sold (O7). */
  | { readonly kind: 'not_a_sale'; readonly reason: string };

/** What the merchant decided, and what is known of the register. */
export interface PushOptions {
  readonly statusIds: readonly number[];
  /** The register's currency. */
  readonly currency: string;
  readonly otherCurrency: 'park' | 'convert';
  /** Largest difference that may become a visible line of its own, minor units. */
  readonly roundingMaxMinor: number;
  readonly title: string;
  readonly note: string;
  /** Clover item by variant id. */
  readonly items: ReadonlyMap<number, string>;
  readonly unlinkedLines: 'custom' | 'park';
  /** Clover tender by payment method. */
  readonly tenders: Readonly<Record<string, string>>;
  readonly unknownMethods: 'create' | 'park';
}

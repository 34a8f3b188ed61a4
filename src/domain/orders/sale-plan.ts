/** What one sale in store becomes in BigCommerce (O5): plain data, stored as the intent before anything is sent. */
import type { Breakdown, Parking } from './push-plan.ts';

export interface SalePlanLine {
  /** The register's lines in it, one a unit. */
  readonly lineItemIds: readonly string[];
  /** Of the catalog; null: a line by name, which takes no stock. */
  readonly variant: CatalogVariant | null;
  readonly name: string;
  readonly quantity: number;
  /** Of one unit, the line's own discounts taken off. */
  readonly exTaxMinor: number;
  readonly incTaxMinor: number;
}

export interface CatalogVariant {
  readonly productId: number;
  readonly variantId: number;
  readonly sku: string;
}

export interface SalePlan {
  /** `clover:{merchantId}:{orderId}`: BigCommerce's `external_order_id`. */
  readonly reference: string;
  readonly currency: string;
  /** All that the customer paid, tips and surcharges among it. */
  readonly totalMinor: number;
  readonly taxMinor: number;
  readonly lines: readonly SalePlanLine[];
  /** Off the order as a whole, zero or more. */
  readonly discountMinor: number;
  readonly fees: readonly { readonly name: string; readonly amountMinor: number }[];
  readonly payments: readonly { readonly method: string; readonly amountMinor: number }[];
  readonly paymentMethod: string;
  readonly staffNotes: string;
  /** Epoch milliseconds. */
  readonly soldAtMs: number;
  readonly breakdown: Breakdown;
}

export type SaleTranslation =
  | { readonly kind: 'plan'; readonly plan: SalePlan }
  | { readonly kind: 'parked'; readonly parking: Parking }
  /** Not (yet) something that was sold (O7). */
  | { readonly kind: 'not_a_sale'; readonly reason: string };

export interface SaleOptions {
  readonly storeCurrency: string;
  /** Largest difference that may become a visible fee or discount, minor units. */
  readonly roundingMaxMinor: number;
  /** Items whose units the order may take from the web's level itself: linked, no bundle, of the store's default location. */
  readonly variants: ReadonlyMap<string, CatalogVariant>;
}

/** BigCommerce's reference of a register's order. */
export const saleReferenceOf = (merchantId: string, orderId: string): string =>
  `clover:${merchantId}:${orderId}`;

/** What a ledger keeps of each sale that it was told of: units by the sale's own key. */
import type { Sale } from '../domain/stock/api.ts';

/** What is kept of a sale key. */
export interface KnownSale extends Pick<Sale, 'saleKey' | 'quantity'> {
  /** The order's own time of the change, and when the read began, of the read that said so; left out: orders in any order. */
  readonly version?: SaleVersion;
}

export interface SaleVersion {
  readonly modifiedAtMs: number;
  readonly readAtMs: number;
}

/** Null: the sale's order has no reads in order. */
export function versionOf({ modifiedAtMs, readAtMs }: Sale): SaleVersion | null {
  return modifiedAtMs === undefined || readAtMs === undefined ? null : { modifiedAtMs, readAtMs };
}

/** What is kept of a sale that was told: units sold stay sold when the order is over, and none are while it is promised. */
export function keptOf(sale: Sale, soldUnits: number): KnownSale {
  const quantity = (sale.standing ?? 'sold') === 'sold' ? sale.quantity : soldUnits;
  const version = versionOf(sale);
  return { saleKey: sale.saleKey, quantity, ...(version === null ? {} : { version }) };
}

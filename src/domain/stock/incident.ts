/** What a ledger keeps of oversells (S7). Units are whole, times epoch milliseconds of the relay's clock. */

/** More owed than there was (S7). */
export interface Oversell {
  /** Never used twice in a connection. */
  readonly incidentId: string;
  readonly locationId: number;
  readonly sinceMs: number;
  /** The most that was owed. */
  readonly units: number;
  /** What may have sold them, as a person reads it: `web order 100`. */
  readonly orders: readonly string[];
  /** When what was owed was made good; null: it is still owed. */
  readonly endedAtMs: number | null;
}

/** An order that sold this SKU lately. */
export interface RecentOrder {
  readonly locationId: number;
  readonly side: 'web' | 'register';
  readonly name: string;
  readonly atMs: number;
}

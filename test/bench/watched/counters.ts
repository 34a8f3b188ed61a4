/** What the watched Worker counts: rows written by table, and calls that woke a ledger. Plain, so that both ends know it. */

/** Where the bench reads them. */
export const COUNTERS_PATH = '/bench/counters';

export interface Counters {
  /** Of this run of the Worker: after a restart everything is counted anew. */
  readonly runId: string;
  /** Rows that objects wrote, by table; `alarm` for alarms set or deleted, which cost a row each. */
  readonly objects: Readonly<Record<string, number>>;
  /** Rows that D1 wrote, indexes included, by table. */
  readonly d1: Readonly<Record<string, number>>;
  /** Calls and alarms that reached a `SkuLedger`, by method. */
  readonly ledgerCalls: Readonly<Record<string, number>>;
}

/**
 * `data.product_id` of webhooks that belong to the intake measurement: the relay takes them in like any other, but
 * their messages are acknowledged unread, as the floor's consumer does, so that only intake is compared.
 */
export const ACKED_PRODUCT_ID = 999_999_001;

/** What was counted between two looks. @throws when the Worker was restarted in between. */
export function countedBetween(before: Counters, after: Counters): Counters {
  if (before.runId !== after.runId)
    throw new Error('The relay was restarted while it was measured.');
  return {
    runId: after.runId,
    objects: difference(before.objects, after.objects),
    d1: difference(before.d1, after.d1),
    ledgerCalls: difference(before.ledgerCalls, after.ledgerCalls),
  };
}

function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([table, rows]) => [table, rows - (before[table] ?? 0)] as const)
      .filter(([, rows]) => rows > 0),
  );
}

const WRITES =
  /^\s*(?:insert(?:\s+or\s+\w+)?\s+into|replace\s+into|update|delete\s+from|create\s+table(?:\s+if\s+not\s+exists)?)\s+["`]?(\w+)/i;

/** The table that a statement writes to; `other` when it does not say so at its beginning. */
export function writtenTable(sql: string): string {
  return WRITES.exec(sql)?.[1] ?? 'other';
}

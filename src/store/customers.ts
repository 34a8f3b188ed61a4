/** Pairs of one shopper on both sides, and how far the lists of customers were read. */
import { and, eq, sql } from 'drizzle-orm';
import type { CustomerField } from '../domain/customers/merge.ts';
import type { Database } from '../ports.ts';
import { isOneOf } from './bulk.ts';
import { customerMarks, customerPairs, type SeenPerson } from './customer-tables.ts';

export type { SeenPerson };

export interface CustomerPair {
  readonly connectionId: string;
  readonly merchantId: string;
  /** Clover's id. */
  readonly registerId: string;
  /** BigCommerce's id. */
  readonly webId: number;
  readonly seen: { readonly web: SeenPerson; readonly register: SeenPerson };
  readonly updatedAtMs: number;
}

/** Pairs of these store customers, at all merchants. */
export async function pairsByWeb(
  db: Database,
  connectionId: string,
  webIds: readonly number[],
): Promise<CustomerPair[]> {
  return db
    .select()
    .from(customerPairs)
    .where(and(eq(customerPairs.connectionId, connectionId), isOneOf(customerPairs.webId, webIds)));
}

/** Pairs of these customers of one register. */
export async function pairsByRegister(
  db: Database,
  connectionId: string,
  merchantId: string,
  registerIds: readonly string[],
): Promise<CustomerPair[]> {
  return db
    .select()
    .from(customerPairs)
    .where(
      and(
        eq(customerPairs.connectionId, connectionId),
        eq(customerPairs.merchantId, merchantId),
        isOneOf(customerPairs.registerId, registerIds),
      ),
    );
}

/** Keeps a pair as it was just looked at. False: one of the two is another's already, and nothing was stored. */
export async function savePair(db: Database, pair: CustomerPair): Promise<boolean> {
  const { connectionId, merchantId, registerId, webId, seen, updatedAtMs } = pair;
  await db.insert(customerPairs).values(pair).onConflictDoNothing();
  const kept = await db
    .update(customerPairs)
    .set({ seen, updatedAtMs })
    .where(
      and(
        eq(customerPairs.connectionId, connectionId),
        eq(customerPairs.merchantId, merchantId),
        eq(customerPairs.registerId, registerId),
        eq(customerPairs.webId, webId),
      ),
    )
    .returning({ webId: customerPairs.webId });
  return kept.length > 0;
}

/** Forgets the pairs of customers that are gone on one side; answers how many. */
export async function deletePairs(
  db: Database,
  connectionId: string,
  gone: { readonly webIds: readonly number[] } | { readonly registerIds: readonly string[] },
): Promise<number> {
  const which =
    'webIds' in gone
      ? isOneOf(customerPairs.webId, gone.webIds)
      : isOneOf(customerPairs.registerId, gone.registerIds);
  const deleted = await db
    .delete(customerPairs)
    .where(and(eq(customerPairs.connectionId, connectionId), which))
    .returning({ webId: customerPairs.webId });
  return deleted.length;
}

/** Epoch milliseconds by the platform's clock; undefined before the first look. */
export async function findCustomerMark(
  db: Database,
  connectionId: string,
  account: string,
): Promise<number | undefined> {
  const [row] = await db
    .select({ markMs: customerMarks.markMs })
    .from(customerMarks)
    .where(and(eq(customerMarks.connectionId, connectionId), eq(customerMarks.account, account)));
  return row?.markMs;
}

/** Moves the mark on, never back. */
export async function saveCustomerMark(
  db: Database,
  connectionId: string,
  account: string,
  markMs: number,
): Promise<void> {
  await db
    .insert(customerMarks)
    .values({ connectionId, account, markMs })
    .onConflictDoUpdate({
      target: [customerMarks.connectionId, customerMarks.account],
      set: { markMs },
      setWhere: sql`${customerMarks.markMs} < ${markMs}`,
    });
}

/** Whether a side shows what was seen of it. */
export function isAsSeen(
  seen: SeenPerson,
  now: SeenPerson,
  fields: readonly CustomerField[],
): boolean {
  return (
    fields.every((field) => seen.fields[field] === now.fields[field]) &&
    seen.consents === now.consents
  );
}

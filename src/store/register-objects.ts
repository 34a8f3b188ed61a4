/** Tenders and order types of ours at Clover merchants: found or made once, and held while they are made. */
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { registerObjects } from './order-tables.ts';

export interface RegisterObjectKey {
  readonly connectionId: string;
  readonly merchantId: string;
  readonly kind: 'tender' | 'order_type' | 'customer' | 'channel';
  readonly labelKey: string;
}

const isKey = ({ connectionId, merchantId, kind, labelKey }: RegisterObjectKey) =>
  and(
    eq(registerObjects.connectionId, connectionId),
    eq(registerObjects.merchantId, merchantId),
    eq(registerObjects.kind, kind),
    eq(registerObjects.labelKey, labelKey),
  );

/** Clover's id of it; undefined when it is not known. */
export async function findRegisterObject(
  db: Database,
  key: RegisterObjectKey,
): Promise<string | undefined> {
  const [row] = await db
    .select({ objectId: registerObjects.objectId })
    .from(registerObjects)
    .where(isKey(key));
  return row?.objectId ?? undefined;
}

/** True: the caller may look for it and make it until `leaseUntilMs`; false: somebody else is at it. */
export async function holdRegisterObject(
  db: Database,
  key: RegisterObjectKey,
  nowMs: number,
  leaseUntilMs: number,
): Promise<boolean> {
  const held = await db
    .insert(registerObjects)
    .values({ ...key, objectId: null, leaseUntilMs })
    .onConflictDoUpdate({
      target: [registerObjects.merchantId, registerObjects.kind, registerObjects.labelKey],
      set: { leaseUntilMs, connectionId: key.connectionId },
      setWhere: sql`${registerObjects.leaseUntilMs} <= ${nowMs}`,
    })
    .returning({ labelKey: registerObjects.labelKey });
  return held.length > 0;
}

/** Keeps the id, or lets the row go for the next one who asks (null). */
export async function keepRegisterObject(
  db: Database,
  key: RegisterObjectKey,
  objectId: string | null,
): Promise<void> {
  await db.update(registerObjects).set({ objectId, leaseUntilMs: 0 }).where(isKey(key));
}

/** Ends the hold and keeps what is known. */
export async function freeRegisterObject(db: Database, key: RegisterObjectKey): Promise<void> {
  await db.update(registerObjects).set({ leaseUntilMs: 0 }).where(isKey(key));
}

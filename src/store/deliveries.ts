/** Delivery scores of a connection's webhooks: one row per place and subject, written only when something was counted. */
import { eq, sql } from 'drizzle-orm';
import type { Delivery, DeliverySum } from '../domain/delivery.ts';
import type { Database } from '../ports.ts';
import { insertRows, takeNew } from './bulk.ts';
import { deliveries } from './schema.ts';

export type DeliverySubject = 'levels' | 'sales';

export interface DeliveryRow extends Delivery {
  readonly connectionId: string;
  /** `bigcommerce:{locationId}` or `clover:{merchantId}`. */
  readonly place: string;
  readonly subject: DeliverySubject;
  readonly toldSum: DeliverySum['told'];
  readonly foundSum: DeliverySum['found'];
  readonly measuredAtMs: number;
  readonly lastFoundAtMs: number | null;
}

/** All of a connection, by place. */
export function listDeliveries(db: Database, connectionId: string): Promise<DeliveryRow[]> {
  return db
    .select()
    .from(deliveries)
    .where(eq(deliveries.connectionId, connectionId))
    .orderBy(deliveries.place, deliveries.subject);
}

/** Stores these rows; an older measurement never replaces a newer one. */
export async function saveDeliveries(db: Database, rows: readonly DeliveryRow[]): Promise<void> {
  if (rows.length === 0) return;
  await insertRows(db, deliveries, rows).onConflictDoUpdate({
    target: [deliveries.connectionId, deliveries.place, deliveries.subject],
    set: takeNew(deliveries, [
      'told',
      'found',
      'toldSum',
      'foundSum',
      'measuredAtMs',
      'lastFoundAtMs',
    ]),
    setWhere: sql`excluded.measured_at_ms > ${deliveries.measuredAtMs}`,
  });
}

/**
 * Which sale reached the other side when. The relay may fold several sales of a SKU into one write, so a sale is not
 * matched with a write of its own: it counts as delivered once the relay's writes have taken the other side down by
 * all units sold so far, this sale's included.
 */

export type Side = 'bigcommerce' | 'clover';

/** One committed change of a level, in the order in which the changes were committed. */
export interface LevelChange {
  readonly atMs: number;
  readonly side: Side;
  /** The SKU, and whose it is: unique over all connections. */
  readonly sku: string;
  /** Units by which the level fell; below 0 it rose. */
  readonly fellBy: number;
  /** `sale`: somebody bought. `relay`: the relay wrote. Anything else plays no part. */
  readonly cause: 'sale' | 'relay';
}

export interface Delivery {
  readonly sku: string;
  /** Where it was sold. */
  readonly side: Side;
  readonly soldAtMs: number;
  /** Null: the other side never fell far enough. */
  readonly deliveredAtMs: number | null;
}

/** Every sale among the changes, with the moment at which it had reached the other side. */
export function deliveries(changes: readonly LevelChange[]): Delivery[] {
  const bySku = Map.groupBy(changes, ({ sku }) => sku);
  return [...bySku.values()].flatMap((ofSku) => [
    ...deliveriesFrom('bigcommerce', ofSku),
    ...deliveriesFrom('clover', ofSku),
  ]);
}

/** Sales at one side of one SKU, against the relay's writes to the other. */
function deliveriesFrom(side: Side, changes: readonly LevelChange[]): Delivery[] {
  const writes = changes.filter((change) => change.cause === 'relay' && change.side !== side);
  const sales = changes.filter((change) => change.cause === 'sale' && change.side === side);
  let soldUnits = 0;
  return sales.map((sale) => {
    soldUnits += sale.fellBy;
    const deliveredAtMs = reachedAtMs(writes, soldUnits);
    return { sku: sale.sku, side, soldAtMs: sale.atMs, deliveredAtMs };
  });
}

/** When the writes had first taken a level down by so many units; a rise in between counts against them. */
function reachedAtMs(writes: readonly LevelChange[], units: number): number | null {
  let fallen = 0;
  for (const write of writes) {
    fallen += write.fellBy;
    if (fallen >= units) return write.atMs;
  }
  return null;
}

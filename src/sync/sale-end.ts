/** The copy in D1 of a sale in store and its BigCommerce order. */
import type { PushOutcome, RelayState } from '../domain/orders/relay.ts';
import { saveOrderLink } from '../store/order-links.ts';
import { statusOf } from './push-end.ts';
import type { PushWorker } from './push-worker.ts';
import type { SeenSale } from './sale-inputs.ts';

export interface SaleLook {
  readonly outcome: PushOutcome;
  /** Null: the register did not show the order. */
  readonly seen: SeenSale | null;
}

/** For lists and the tie-out; nothing is kept of orders that are none of BigCommerce's. */
export async function keepSaleCopy(
  { ports, connection, orderId }: PushWorker,
  { seen }: SaleLook,
  state: RelayState,
): Promise<void> {
  const status = statusOf(state);
  const { inStore, merchantId } = state;
  const plan = inStore?.plan;
  const soldAtMs = plan?.soldAtMs ?? seen?.sale.soldAtMs;
  if (status === null || soldAtMs === undefined) return;
  const webOrderId = inStore?.orderId ?? null;
  await saveOrderLink(ports.db, {
    connectionId: connection.id,
    platform: 'clover',
    orderId,
    merchantId,
    otherId: webOrderId === null ? null : String(webOrderId),
    status,
    reason: state.attention ?? state.parking?.message ?? state.failure?.message ?? null,
    fix: state.parking?.fix ?? null,
    currency: plan?.currency ?? seen?.sale.currency ?? connection.currency,
    totalMinor: plan?.totalMinor ?? seen?.sale.totalMinor ?? 0,
    taxMinor: plan?.taxMinor ?? 0,
    breakdown: plan?.breakdown ?? null,
    payments: plan?.payments ?? [],
    soldAtMs,
    updatedAtMs: ports.now(),
  });
}

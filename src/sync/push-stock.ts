/** What ledgers are told of a pushed order, so that its lines move the stock once (S8). */
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import type { SeenOrder } from '../domain/orders/converge.ts';
import type { PushPlan } from '../domain/orders/push-plan.ts';
import type { Connection } from '../store/connections.ts';
import type { Link } from '../store/links.ts';
import { keepLessons } from './merchants.ts';
import { stockPolicy } from './policy.ts';
import { itemOf } from './push-inputs.ts';
import type { PushStock } from './push-order.ts';
import type { PushWorker } from './push-worker.ts';
import type { Scope } from './scope.ts';

interface Pushed {
  readonly scope: Scope;
  readonly worker: PushWorker;
  readonly connection: Connection;
  readonly merchantId: MerchantId;
  readonly plan: PushPlan;
  readonly links: readonly Link[];
}

/** Tells the ledger of each linked item in the order, before it is made and once its lines are known. */
export function pushStock(pushed: Pushed): PushStock {
  return {
    before: () => tell(pushed, null),
    after: (seen) => tell(pushed, seen),
  };
}

async function tell(pushed: Pushed, seen: SeenOrder | null): Promise<void> {
  const { scope, worker, connection, merchantId, plan, links } = pushed;
  const place = cloverPlace(merchantId);
  const paidAtMs = latest(seen?.payments.map(({ createdMs }) => createdMs));
  const told = links.map(async (link) => {
    const itemId = itemOf(link, merchantId);
    const units = plan.lines.filter((line) => line.itemId === itemId).length;
    if (itemId === undefined || units === 0) return;
    const lines = (seen?.lines ?? []).filter((line) => line.itemId === itemId);
    const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
    const view = await ledger.pushed(
      {
        place,
        pushKey: plan.reference,
        units,
        isMade: seen !== null,
        lines: lines.map(({ lineItemId }) => ({
          saleKey: `${place}:${seen?.orderId ?? ''}:${lineItemId}`,
          quantity: 1,
        })),
        addedAtMs: latest(lines.map(({ createdMs }) => createdMs)),
        soldAtMs: paidAtMs,
      },
      worker.eventId,
      stockPolicy(connection, link.sku),
    );
    scope.keep(view);
    if (view !== null) await keepLessons(scope.ports, connection, view);
  });
  await Promise.all(told);
}

function latest(times: readonly (number | null)[] = []): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** A person's word on goods that came back: on the shelf again, or not (O6). */
import type { Failure } from '../domain/failure.ts';
import { eventId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import type { ParkedFailure } from '../store/failures.ts';
import { saveLedgerViews } from '../store/ledger-copies.ts';
import { findLinksBySku } from '../store/links.ts';

/**
 * Tells the ledger that asked; a repeat, or an answer after the level has decided, changes nothing. Failure `conflict` when
 * this case asks nothing, or its SKU is linked no more.
 */
export async function answerReturn(
  ports: Pick<Ports, 'db' | 'now' | 'newId' | 'objects'>,
  { connectionId, code, sku, orderId }: ParkedFailure,
  isRestocked: boolean,
): Promise<Result<void, Failure>> {
  if (code !== 'restock_asked' || sku === null || orderId === null) {
    return fail({
      code: 'conflict',
      message: 'This case asks nothing about goods that came back.',
    });
  }
  const links = await findLinksBySku(ports.db, connectionId, [sku]);
  const cause = eventId(ports.newId());
  const views = await Promise.all(
    links.map(({ linkId }) =>
      ports.objects.skuLedger(connectionId, linkId).answerReturns(orderId, isRestocked, cause),
    ),
  );
  const known = views.filter((view) => view !== null);
  if (known.length === 0) {
    const message = `${sku} is not linked any more: count it by hand, then dismiss this.`;
    return fail({ code: 'conflict', message });
  }
  await saveLedgerViews(ports.db, known, ports.now());
  return ok(undefined);
}

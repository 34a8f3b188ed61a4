/** A merchant's own switches as we know them: whether Clover counts stock at all, and whether sales move it. */
import type { Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import { getMerchant } from '../platforms/clover/merchant.ts';
import { openClover, type CloverPorts } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import { saveMerchantFacts } from '../store/connections.ts';

/**
 * Reads the merchant's properties and keeps them. The ledger asks them whether a sale without a fall is counted twice
 * (S2), so they are read again when Clover says that they changed, and once an hour. Failures: those of `getMerchant`.
 */
export async function refreshMerchant(
  ports: CloverPorts & Pick<Ports, 'db' | 'now'>,
  connectionId: string,
  merchantId: MerchantId,
  eventId: string,
): Promise<Result<void, Failure>> {
  const context = { connectionId, eventId, priority: 'background' as const };
  const read = await getMerchant(openClover(ports, merchantId, context));
  if (!read.ok) return read;
  await saveMerchantFacts(ports.db, connectionId, merchantId, read.value, ports.now());
  return ok(undefined);
}

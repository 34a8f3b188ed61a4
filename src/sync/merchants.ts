/** What is known of a merchant: its own switches, and what its sales taught. */
import type { Failure } from '../domain/failure.ts';
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import { getMerchant } from '../platforms/clover/merchant.ts';
import { openClover, type CloverPorts } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { saveLesson, saveMerchantFacts, type Lesson } from '../store/merchants.ts';

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

/** What one ledger learnt of its registers, all ledgers of the merchant are told from now on (S2, S8). */
export async function keepLessons(
  ports: Pick<Ports, 'db' | 'now'>,
  connection: Connection,
  view: LedgerView,
): Promise<void> {
  for (const known of connection.merchants) {
    const { merchantId } = known;
    const learnt = view.places.find(({ place }) => place === cloverPlace(merchantId));
    const keep = (lesson: Lesson): Promise<void> =>
      saveLesson(ports.db, connection.id, merchantId, lesson, ports.now());
    const { saleMoment, apiOrdersMove } = learnt ?? {};
    if (saleMoment !== undefined && known.saleMoment === null) await keep({ saleMoment });
    if (apiOrdersMove !== undefined && known.apiOrdersMove === null) await keep({ apiOrdersMove });
  }
}

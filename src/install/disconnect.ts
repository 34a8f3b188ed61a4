/** What a person takes apart: one register, or the whole connection. */
import type { ConnectionId, MerchantId } from '../domain/ids.ts';
import type { Ports } from '../ports.ts';
import { unlinkMerchant } from '../store/connections.ts';
import { removeHooks } from '../sync/hooks.ts';
import { leaveLedgers } from '../sync/reevaluate.ts';
import { stopConnection, stopMerchant } from './uninstall.ts';

/**
 * Forgets a merchant: its token at once, then its part of the ledgers, then its items and itself. A crash in between
 * leaves it stopped; a repeat goes on.
 */
export async function disconnectMerchant(
  ports: Pick<Ports, 'db' | 'now' | 'log' | 'objects' | 'queues' | 'newId'>,
  connectionId: ConnectionId,
  merchantId: MerchantId,
  reason: string,
): Promise<void> {
  await stopMerchant(ports, merchantId, reason);
  await leaveLedgers(ports, connectionId, merchantId, ports.newId());
  await unlinkMerchant(ports.db, connectionId, merchantId);
}

/**
 * Takes our webhooks off the store while its token still works, then stops everything as an uninstall does. Hooks that
 * could not be taken off are refused when they deliver, and BigCommerce switches them off.
 */
export async function disconnectStore(
  ports: Pick<Ports, 'config' | 'now' | 'timer' | 'fetch' | 'log' | 'db' | 'objects'>,
  connectionId: ConnectionId,
  reason: string,
): Promise<void> {
  await removeHooks(ports, connectionId);
  await stopConnection(ports, connectionId, reason);
}
